/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A rank's own pool of one, in a process apart: the rank talks MPI, the foreman starts processes,
 * neither does both. Forking is safe before MPI_Init only, and a crashed worker needs a successor.
 */
#ifndef SIM_FOREMAN_H
#define SIM_FOREMAN_H

#include <sys/types.h>

#include "sim/run/inbox.h"
#include "sim/run/workers.h"

enum { REPORT_TEXT = 160 };

/* What a rank tells rank 0, and before that the foreman his rank. A result follows at once. */
enum report_kind { REPORT_HELLO, REPORT_ALIVE, REPORT_RESULT, REPORT_BYE };
struct report {
    uint32_t kind;
    uint32_t none;          /* there is no result: see text */
    uint32_t tries;         /* of the task */
    uint32_t reserved;      /* 0 */
    uint64_t size;          /* of the result */
    char text[REPORT_TEXT]; /* HELLO: of which host; RESULT: why there is none; BYE: why it goes */
};

struct foreman {
    pid_t pid;     /* 0: gone */
    int orders[2]; /* tasks go here; the end to read stays open, so that writing never fails */
    int reports;   /* what he says comes here: to be polled */
    struct inbox inbox;
    volatile sig_atomic_t *stop; /* shared with him */
};

/* 0 or -errno. Uses work and context of the crew, as they are now. */
int foreman_start(struct foreman *, const struct crew *);
/* One at a time: not before the last one's report. */
void foreman_give(struct foreman *, const struct crew_task *);
/* The task in hand shall end early. */
void foreman_stop(struct foreman *);
/* Reads what is there. HEARD_END: he has died. */
enum heard foreman_hear(struct foreman *);
/* The report that is here as a whole, result and all, or NULL; good until foreman_taken. */
const struct report *foreman_report(const struct foreman *);
void foreman_taken(struct foreman *);
/* Ends him and his worker, and waits for it. */
void foreman_end(struct foreman *);

#endif
