/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A limit on requests in flight that finds itself. */
#ifndef MODELS_CONCURRENCY_H
#define MODELS_CONCURRENCY_H

#include <stdbool.h>

#include "models/policy.h"

enum concurrency_kind {
    CONCURRENCY_GRADIENT, /* Envoy adaptive concurrency, Netflix gradient: each `every`,
                             gradient = min_rtt (1 + buffer) / sample_rtt (.5 to 2; quantile of
                             the period's samples, failed ones too), limit = gradient limit +
                             sqrt(limit) within least .. most; each `measure`, for
                             `measure_requests` answers, the limit is `least` and min_rtt is
                             measured anew */
    CONCURRENCY_AIMD      /* an answer while at least half the limit is used: + 1 / limit; an error,
                             time-out or refusal: x decrease */
};
struct concurrency_spec {
    enum concurrency_kind kind;
    uint32_t initial, least, most;
    double buffer, quantile, decrease, jitter; /* jitter: of `measure`, a share of it */
    lb_time every, measure;
    uint32_t measure_requests;
};
enum { CONCURRENCY_SAMPLES = 1024 };
struct concurrency {
    const struct concurrency_spec *spec;
    double limit;
    lb_time min_rtt, period_ends;
    lb_time measure_at; /* when to measure next; while measuring: since when */
    bool measuring;
    uint32_t measured, samples;
    uint64_t seen;
    lb_time sample[CONCURRENCY_SAMPLES]; /* of this period: a reservoir */
};

void concurrency_open(struct concurrency *, const struct concurrency_spec *);
uint32_t concurrency_limit(const struct concurrency *);
/* An attempt has come back after rtt; `dropped`: with an error, a time-out or a refusal; when it
 * did, in_flight others were out. */
void concurrency_done(struct concurrency *, lb_time rtt, bool dropped, uint32_t in_flight,
                      struct lb_random *, lb_time now);

#endif
