/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How many attempts beyond the first there may be: what keeps retries from feeding an outage. */
#ifndef MODELS_BUDGET_H
#define MODELS_BUDGET_H

#include <stdbool.h>

#include "models/policy.h"

enum budget_kind {
    BUDGET_WINDOW, /* each request deposits ratio, a retry costs 1; a deposit lives for window, and
                      floor x window are always there (Finagle RetryBudget: ratio .2, 10 a second,
                      10 s) */
    BUDGET_ACTIVE, /* retries in flight stay within max(floor, ratio x requests in flight)
                      (Envoy retry_budget: .2, 3) */
    BUDGET_TOKENS  /* 0 .. tokens; a failure takes 1, a success gives refill; only while more than
                      half are left (gRPC A6: 10, .1) */
};
struct budget_spec {
    enum budget_kind kind;
    double ratio, floor; /* floor: a second with BUDGET_WINDOW */
    lb_time window;
    double tokens, refill;
};

enum { BUDGET_SLOTS = 10 };
struct budget {
    const struct budget_spec *spec;
    double tokens;                /* in billionths: whole numbers, whose sums are exact */
    double deposit[BUDGET_SLOTS]; /* requests over the window, in slots of a tenth of it */
    double spent[BUDGET_SLOTS];
    int64_t slot; /* number of the newest */
};

void budget_open(struct budget *, const struct budget_spec *);
/* A request makes its first attempt. */
void budget_deposit(struct budget *, lb_time now);
/* May one more be made, when `retries` of `active` requests in flight are retries? Takes its price
 * if so. */
bool budget_take(struct budget *, uint32_t retries, uint32_t active, lb_time now);
/* An attempt has come to an end. */
void budget_ended(struct budget *, bool success);

#endif
