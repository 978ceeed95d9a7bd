/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Slow start: Envoy's power curve, nginx's line, HAProxy's sixteenths. */
#include "models/mechanism/slow_start.h"

#include "models/arithmetic.h"

enum { SIXTEEN = 16 };

/* Without this floor of Envoy's the first instant would have no share at all. */
static const lb_time one_second = 1000000000;

static double power(const struct slow_start_spec *spec, lb_time up)
{
    const double part = (double)(up > one_second ? up : one_second) / (double)spec->window;
    double exponent, share;

    if (part >= 1.0)
        return 1.0;
    if (spec->aggression == 1.0)
        return part > spec->least ? part : spec->least;
    exponent = exact_log(part) / spec->aggression;
    share = exponent > -700.0 ? exact_exp(exponent) : 0.0;
    return share > spec->least ? share : spec->least;
}

double slow_start_share(const struct slow_start_spec *spec, lb_time up)
{
    if (up >= spec->window)
        return 1.0;
    if (up < 0)
        up = 0;
    if (spec->kind == SLOW_START_ENVOY)
        return power(spec, up);
    if (spec->kind == SLOW_START_LINEAR)
        return (double)up / (double)spec->window;
    return (double)(SIXTEEN * up / spec->window + 1) / SIXTEEN;
}
