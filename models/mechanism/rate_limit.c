/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/rate_limit.h"

#define SECOND INT64_C(1000000000)

/* What rounding may take from a whole number of requests. */
#define ROUNDING 1e-9

void rate_limit_open(struct rate_limit *limit, const struct rate_limit_spec *spec)
{
    *limit = (struct rate_limit) { .spec = spec, .tokens = spec->burst };
}

/* At `at` there were `tokens`, below 0 included. The time since stays below a second, a refill of
 * whole seconds is exact for whole rates and takings are whole: so nothing drifts. */
static bool take_token(struct rate_limit *limit, lb_time now)
{
    const struct rate_limit_spec *spec = limit->spec;
    lb_time seconds = (now - limit->at) / SECOND;
    double there;

    limit->tokens += spec->rate * (double)seconds;
    limit->at += seconds * SECOND;
    there = limit->tokens + spec->rate * (double)(now - limit->at) / 1e9;
    if (there >= spec->burst) {
        there = limit->tokens = spec->burst;
        limit->at = now;
    }
    if (there < 1.0 - ROUNDING)
        return false;
    limit->tokens -= 1.0;
    return true;
}

static void pass(struct rate_limit *limit, lb_time now)
{
    int64_t window = now / limit->spec->window;

    if (window == limit->window)
        return;
    limit->previous = window == limit->window + 1 ? limit->count : 0.0;
    limit->count = 0.0;
    limit->window = window;
}

/* The part of the previous window that a window ending now still covers, times its count. */
static double in_view(const struct rate_limit *limit, lb_time now)
{
    lb_time window = limit->spec->window;

    return limit->previous * (double)(window - now % window) / (double)window;
}

bool rate_limit_take(struct rate_limit *limit, lb_time now)
{
    const struct rate_limit_spec *spec = limit->spec;
    double counted;

    if (spec->kind == RATE_LIMIT_BUCKET)
        return take_token(limit, now);
    pass(limit, now);
    counted = limit->count;
    if (spec->kind == RATE_LIMIT_SLIDING_WINDOW)
        counted += in_view(limit, now);
    if (counted + 1.0 > spec->rate * (double)spec->window / 1e9 + ROUNDING)
        return false;
    limit->count += 1.0;
    return true;
}
