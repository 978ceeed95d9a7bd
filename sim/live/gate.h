/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Was a run good enough to be believed? Its own overhead decides, never how well it agrees with a
 * prediction. Durations are real seconds. */
#ifndef SIM_GATE_H
#define SIM_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gate_verdict {
    GATE_VALID,
    GATE_SUSPECT,   /* this machine was too busy with other things, or others took part */
    GATE_OVERLOADED /* the clients could not issue what they were to issue */
};
const char *gate_verdict_name(enum gate_verdict); /* "VALID" */

struct gate_limits {
    double overhead;   /* 99.9 % of requests spend no more than this beside queues and services */
    double send;       /* 99 % are sent no later than this after their intended time */
    double steal;      /* share of the processors' time that others had; 1: whatever */
    double slow;       /* an overhead that is long ... */
    double slow_share; /* ... for no more than this share of the requests */
    double rate;       /* achieved over intended, at least */
    double collapse;   /* below this the clients were overloaded */
};
struct gate_limits gate_limits_default(void);

/* What a run was like. NAN: it is not known: where lbsim's own balancer and servers should have
 * told the overhead, or this machine the steal, that is a fault; else it is not judged. */
struct gate_reading {
    double overhead, send, steal, slow_share, rate;
    uint64_t overload;  /* requests that the clients had no connection or descriptor for */
    bool endless;       /* it was ended by its time limit */
    bool empty;         /* no measured request completed */
    bool foreign;       /* the balancer is not lbsim's, or servers are not */
    uint64_t strangers; /* requests of others, which were served meanwhile */
};

enum gate_fault {
    GATE_OVERHEAD = 1,
    GATE_SEND = 2,
    GATE_STEAL = 4,
    GATE_SLOW = 8,
    GATE_RATE = 16,
    GATE_OVERLOAD = 32,
    GATE_ENDLESS = 64,
    GATE_EMPTY = 128,
    GATE_STRANGERS = 256,
    GATE_UNKNOWN = 512,  /* overhead or steal */
    GATE_COLLAPSE = 1024 /* far less was sent than was to be */
};

struct gate {
    enum gate_verdict verdict;
    unsigned faults; /* enum gate_fault, or-ed */
    struct gate_limits limits;
    struct gate_reading reading;
};
struct gate gate_judge(const struct gate_limits *, const struct gate_reading *);
/* Why, in words: "overhead p99.9 8.1 ms, above 6 ms; ..."; empty if it is valid. */
void gate_write(const struct gate *, char *text, size_t room);

#endif
