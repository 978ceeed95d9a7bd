/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What simulation says of the very requests of a live run: same scenario, policy, seed and
 * replication, and as many requests as were issued.
 *
 *  - RAW: the simulation as it is. Sockets, processes and timers cost nothing.
 *  - CALIBRATED: each message takes longer by what a ping took on this machine at this rate. At
 *    servers that are not lbsim's each attempt takes a service drawn from those of pings there.
 *  - ENV-REPLAY: each message of a request takes as long as the same message of the same request
 *    took. What servers and queues did is not told: were the machine as noisy as it likes, a
 *    simulation that is right gives the measured latencies. It proves fidelity and predicts
 *    nothing. */
#ifndef SIM_PREDICT_H
#define SIM_PREDICT_H

#include "sim/live/agree.h"
#include "sim/live/role.h"
#include "sim/live/services.h"

enum prediction_level { PREDICT_RAW, PREDICT_CALIBRATED, PREDICT_REPLAY, PREDICT_LEVELS };
const char *prediction_level_name(enum prediction_level); /* "CALIBRATED" */

/* The four messages of a request, in the order of enum link_part. */
enum { PREDICT_MESSAGES = 4 };

/* What the messages of pings took beside their links, model ns. Of each ping all four stay
 * together: a process that sleeps is late for more than one. */
struct calibration {
    lb_time (*at)[PREDICT_MESSAGES];
    uint64_t n;
    lb_time *talk; /* what policies and servers said to each other took beside links, ns */
    uint64_t talks;
    struct services *service; /* by group, where servers are not lbsim's; NULL: all are */
    uint32_t groups;
    uint64_t dropped; /* pings that were stalled for longer than the bound, and are left out */
    double bound;     /* model s */
    double median;    /* of the four together, model s; NAN: no pings */
    const char *why;  /* none can be had; else NULL */
};

/* From the records of a ping phase. Left out are the warm-up, pings that did not complete at the
 * first attempt, and those whose delays together are longer than `bound` (real s; a gate's limit of
 * what is slow): stalls of the machine come in bursts, so one that hit the pings says nothing of
 * the run; what is left is the median and its ordinary spread. Where the servers' timers had
 * nothing to do, for pings make no work, they are taken to be as late as the clients' timers were.
 * Through a foreign balancer each way is halved. Of servers that are not lbsim's services are
 * measured as well, and kept however long they are. All is in the model time of the run. 0 (perhaps
 * with `why`), or -1: no memory. */
int calibrate(struct calibration *, const struct live_plan *ping, double bound);
/* Its data; what they come to stays. */
void calibration_forget(struct calibration *);
void calibration_close(struct calibration *);

struct predict_order {
    const struct scenario *scenario;
    const struct policy_spec *policy; /* the policy itself, not one that logs */
    uint32_t replication;
    uint64_t requests, warmup;
    lb_time warmup_time;
    enum prediction_level level;
    /* CALIBRATED, and ENV-REPLAY where a request was tried more than once or no answer came. NULL:
     * nothing is added. */
    const struct calibration *calibration;
    const struct live_shared *shared; /* ENV-REPLAY: its records */
    uint32_t draws;                   /* not 0: other draws of the policy, all else the same */
    uint32_t path;                    /* which draws of delays and services: 0 the first */
    bool sampled; /* services are those of a bootstrap sample of the pings, by `path` */
    bool links;   /* also keep what links took */
};

struct prediction {
    struct fates fates;
    /* By request: what the links of its first messages took, ns; -1: not sent, or lost. */
    lb_time (*link)[PREDICT_MESSAGES];
    uint64_t
        replayed;    /* ENV-REPLAY: messages that took as long as measured, those of policies too */
    uint64_t filled; /* ... that took what pings took */
    char why[256];
};

/* The order for a plan's requests, RAW. */
struct predict_order predict_order_of(const struct live_plan *, const struct policy_spec *);
/* 0, or -1 with `why`. Close it in each case. */
int predict(const struct predict_order *, struct prediction *);
void prediction_close(struct prediction *);

/* What came of the requests of a live run: 0 or -1: no memory. */
int fates_of_run(const struct live_plan *, struct fates *);
void fates_close(struct fates *);

/* Do the picks of a policy depend on the requests and on their order alone, not on what servers
 * have done? Nothing else of the scenario must make them depend on it either. */
bool predict_is_stateless(const struct scenario *, const struct policy_spec *);

#endif
