/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Predicted against measured: how far two sets of latencies lie apart, and whether a run was good
 * enough to say so. */
#ifndef SIM_AGREE_H
#define SIM_AGREE_H

#include "sim/live/shared.h"

/* Latencies of completed requests, s. */
struct latencies {
    double *value;
    uint64_t n;
    bool sorted;
};

enum { AGREE_MEAN, AGREE_P50, AGREE_P90, AGREE_P99, AGREE_P999, AGREE_POINTS };
enum { AGREE_P999_LEAST = 100000 }; /* requests for a p99.9 that means something */
/* "mean", "p50", ...; the share below it, or NAN. */
const char *agree_point_name(int point);
double agree_point_share(int point);

struct agreement {
    uint64_t n_predicted, n_measured;                       /* latencies */
    double predicted[AGREE_POINTS], measured[AGREE_POINTS]; /* s; NAN: not told */
    double error[AGREE_POINTS];                             /* predicted / measured - 1 */
    double ks;     /* largest distance of the two distributions */
    double ks_at;  /* s: where */
    double same;   /* share of the requests that both sent to the same server; NAN */
    double differ; /* share of the requests that ended in different ways; NAN */
    double lost;   /* ... that completed as predicted, less those that did as measured; NAN */
};
/* Sorts both. Quantiles are by nearest rank, as everywhere (histogram.h), and p99.9 is told from
 * AGREE_P999_LEAST of both on. 0, or -1: no data. */
int agree(struct latencies *predicted, struct latencies *measured, struct agreement *);

/* What came of a request, here or there. */
struct fate {
    lb_time latency;  /* of one that was completed, ns */
    lb_server server; /* who served it last; LB_NONE: nobody */
    uint8_t ended;    /* 0: not; else 1 + enum ending */
    lb_server sent;   /* where its last attempt went, whatever came of it; LB_NONE: nowhere */
};
struct fates {
    struct fate *at; /* by the serial number of the request */
    uint64_t n;      /* issued */
    uint64_t first;  /* of those that are measured */
};

/* The same of all measured requests that completed; `both`: that completed in both. 0, -1: no
 * data, or -2: no memory. */
int agree_fates(const struct fates *predicted, const struct fates *measured, bool both,
                struct agreement *);
/* Latencies of measured requests by their numbers, s; NAN: not completed. To be freed; NULL: no
 * memory. */
double *fates_latencies(const struct fates *, uint64_t *n);
/* Which share of the measured requests' last attempts went to each server, completed or not: as
 * live_result.h has it. */
void fates_shares(const struct fates *, uint32_t servers, double *share);

/* Where the time of requests went beyond what servers and queues took, model s. */
enum path_part {
    PATH_SEND,        /* sent later than intended */
    PATH_TO_BALANCER, /* client to balancer */
    PATH_IN_BALANCER, /* in the balancer, before it is sent on, beyond its queue */
    PATH_TO_SERVER,   /* balancer to server */
    PATH_TIMER,       /* the server answers later than it was due */
    PATH_FROM_SERVER,
    PATH_TO_CLIENT,
    PATH_OVERHEAD, /* all of these together */
    PATH_PARTS
};
const char *path_part_name(enum path_part);
struct path_summary {
    uint64_t n;
    double p50, p90, p99, p999, max; /* s */
};

#endif
