/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Turning requests away by chance while too many fail. */
#ifndef MODELS_ADMISSION_H
#define MODELS_ADMISSION_H

#include <stdbool.h>

#include "models/policy.h"

enum admission_kind {
    ADMISSION_SRE, /* max(0, (requests - k accepts) / (requests + 1)) over the window (Beyer et al.,
                      Site Reliability Engineering, ch. 21): k 2, window 2 min */
    ADMISSION_ENVOY /* max(0, (n - success / threshold) / (n + 1))^(1 / aggression), at most cap:
                       threshold .95, window 30 s, aggression 1, cap .8 */
};
struct admission_spec {
    enum admission_kind kind;
    lb_time window;
    double k, threshold, aggression, cap;
};
enum { ADMISSION_SLOTS = 30 };
struct admission {
    const struct admission_spec *spec;
    double requests[ADMISSION_SLOTS], accepts[ADMISSION_SLOTS], all_requests, all_accepts;
    int64_t slot;
};

void admission_open(struct admission *, const struct admission_spec *);
/* The probability with which a request is to be turned away now. */
double admission_rejects(struct admission *, lb_time now);
/* A request has come (sre: those turned away count too; envoy: they do not), and later: an admitted
 * one has succeeded (sre: has been accepted by its server, however it ended). */
void admission_came(struct admission *, bool turned_away, lb_time now);
void admission_succeeded(struct admission *, lb_time now);

#endif
