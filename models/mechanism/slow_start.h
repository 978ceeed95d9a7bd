/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The share of its weight that a server gets after it has come up. */
#ifndef MODELS_SLOW_START_H
#define MODELS_SLOW_START_H

#include "models/policy.h"

enum slow_start_kind {
    SLOW_START_ENVOY,  /* max(least, (max(t, 1 s) / window)^(1 / aggression)) */
    SLOW_START_LINEAR, /* t / window: nginx */
    SLOW_START_HAPROXY /* sixteenths: (floor(16 t / window) + 1) / 16 (its server_recalc_eweight) */
};
struct slow_start_spec {
    lb_time window; /* 0: none */
    double aggression, least;
    enum slow_start_kind kind;
};

/* 0 .. 1, the time since it came up given; a window is below 5e17 ns. */
double slow_start_share(const struct slow_start_spec *, lb_time up);
/* How many steps the host should make of it. */
enum { SLOW_START_STEPS = 32 };

#endif
