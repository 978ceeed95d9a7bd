/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The scenario under test, and the book of laws: how often each was looked at, and how often it did
 * not hold. */
#ifndef TESTS_SUBJECT_H
#define TESTS_SUBJECT_H

#include <stdbool.h>

#include "sim/run/plugin.h"
#include "sim/scenario/scenario.h"

enum law {
    LAW_READING,    /* a text is accepted, or refused with an error */
    LAW_RUNNING,    /* what is accepted runs to its end */
    LAW_ACCOUNTING, /* each request and each attempt ends once */
    LAW_LITTLE,     /* the integral of requests in the system is the sum of their sojourns */
    LAW_TALLY,      /* durations, histograms and counts as the request log has them */
    LAW_SCOPES,     /* parts of the system add up to the whole */
    LAW_WINDOWS,    /* windows of time hold what the request log has in them */
    LAW_WAITING,    /* the integral of requests waiting, likewise */
    LAW_BUSY,       /* each server's busy, waiting and absent time, simulated once more */
    LAW_QUEUE,      /* the longest queue, likewise */
    LAW_SERVICE,    /* service is work over speed, latency the sum of its parts */
    LAW_FIFO,       /* begin and end of each service, simulated once more: first in first out, */
    LAW_LIFO,       /* last in first out, */
    LAW_SRPT,       /* shortest remaining processing time, */
    LAW_PRIORITY,   /* and by priority */
    LAW_SHARING,    /* processor sharing does each request's work, neither less nor more */
    LAW_FATE,       /* who is served, refused, lost, or answered with an error */
    LAW_CENTRAL,    /* nobody waits at the balancer while a server is free */
    LAW_USABLE,     /* no server that takes none, or of another balancer, is picked */
    LAW_VIEW,       /* policies see weights, loads and usable servers as they are */
    LAW_PATIENCE,   /* who leaves unserved has waited exactly as long as it would */
    LAW_POPULATION, /* closed users have one request at a time */
    LAW_SAME_INPUT, /* every policy meets the same requests */
    LAW_AGAIN,      /* same seed, same bytes */
    LAW_HEAP,       /* the ladder is the heap */
    LAW_AHEAD,      /* prepare at any distance changes nothing */
    LAW_LIST,       /* first in first out as a list is the planned form */
    LAW_GENERAL,    /* the plain loops are the general one, and traces change nothing */
    LAW_PLUGIN,     /* a policy from outside is the one inside */
    LAW_SCALING,    /* all times multiplied by k: every duration is, exactly */
    LAW_NAMES,      /* other names change nothing */
    LAW_UNUSED,     /* servers that no balancer uses change nothing */
    LAW_SPLIT,      /* two clients of half the rate are one */
    LAW_REPLAY,     /* a trace recorded from a run replays it */
    LAW_WORKERS,    /* any number of workers */
    LAW_MEMORY,     /* no allocation while a world runs */
    LAW_ATTEMPTS,   /* attempts of a request are as many as were sent, and no more than allowed */
    LAW_LIMITS,     /* limits hold whenever something is sent */
    LAW_WORK,       /* useful and duplicated work are parts of the work done */
    LAW_TRIES,      /* retries, hedges and cancellation, simulated once more */
    LAW_IDLE,       /* mechanisms that never act change nothing */
    LAW_DECISIONS,  /* a log of decisions changes nothing, and played it gives the same ones */
    LAWS
};

struct subject {
    uint64_t seed;
    uint32_t accounts; /* runs whose accounts were taken */
    uint32_t number;   /* of the scenario under this seed */
    char *text;
    size_t length;
    struct scenario *scenario;
    const char *policy;                  /* label of the one under test */
    uint32_t requests;                   /* of random scenarios; 0: a few thousand */
    const char *trace;                   /* a file for random scenarios to replay */
    const char *folder;                  /* where texts of failing scenarios go */
    uint32_t faults;                     /* of this scenario */
    uint64_t looked[LAWS], broken[LAWS]; /* over all scenarios */
};

/* Writes the text of the scenario to its folder. */
void subject_write(const struct subject *);
/* Enters one look at a law. If it does not hold, says where and why; the first fault of a scenario
 * also writes its text to a file. Returns `holds`. */
bool law_holds(struct subject *, enum law, bool holds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Prints the book; the number of laws that were never looked at. */
uint32_t laws_print(const struct subject *);

#endif
