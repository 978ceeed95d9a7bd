/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What ranks say to each other, and how it travels: never waiting for anybody, who may be dead. */
#ifndef SIM_RANKS_POST_H
#define SIM_RANKS_POST_H

#include <mpi.h>

#include "sim/run/foreman.h"

enum { TAG_ORDER = 1, TAG_REPORT, ALIVE_S = 5, SILENT_S = 30, MASTER_SILENT_S = 60 };

/* From rank 0. END: it has all it wants; END_EARLY: and there will be no other work. */
enum order_kind { ORDER_TASK, ORDER_STOP, ORDER_END, ORDER_END_EARLY, ORDER_ALIVE };
struct order {
    uint32_t kind;
    struct crew_task task;
};

/* Messages on their way; MPI reads them until it has let them go. */
struct parcel {
    MPI_Request request;
    void *data;
};
struct outbox {
    struct parcel *at;
    uint32_t n, room;
};

/* MPI_Init, unless it was. 0, or -EPROTO. */
int post_begin(void);
/* Sends `head`, and `body` behind it. 0 or -errno. */
int post_send(struct outbox *, uint32_t to, int tag, const void *head, size_t head_n,
              const void *body, size_t n);
/* Lets go what has arrived. */
void post_sweep(struct outbox *);
/* Waits up to so many seconds for the rest. What is still there then belongs to MPI for good. */
void post_close(struct outbox *, double seconds);
/* The next message of a tag, as one block from malloc, or NULL: there is none, or no memory. */
void *post_next(int tag, uint32_t *from, size_t *n);

double post_now(void); /* s */
/* Whether a read would not wait. */
bool post_readable(int file);
/* Sleeps until `file` can be read, a signal comes, or a while that grows with the time since the
 * last message: one that waits long for a task or a result does not burn a core meanwhile. */
void post_nap(int file, double last_message);

#endif
