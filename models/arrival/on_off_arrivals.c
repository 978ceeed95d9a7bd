/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * On and off: Poisson during periods of activity, nothing in between; both of any length. Periods
 * with heavy tails give traffic that is bursty at every scale: W. Willinger, M. S. Taqqu,
 * R. Sherman, D. V. Wilson, IEEE/ACM Transactions on Networking 5 (1997), 71-86. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/arrival.h"

extern const struct arrival_kind arrival_on_off;

enum { REJECTIONS = 100000, STEPS = 8192 };
static const double SUPPORT = 1.0 - 1e-15,
                    DEPTH = 36.0; /* exp(-36) is the end of a double below 1 */

static double mean_of(const struct distribution *d)
{
    return d->kind->mean(d);
}

static const char *check(const struct arrival_spec *spec)
{
    if (!(mean_of(&spec->on) > 0.0))
        return "on: periods of activity must take some time";
    return mean_of(&spec->off) > 0.0 ? NULL : "off: pauses must take some time";
}

static double rate(const struct arrival_spec *spec, double horizon)
{
    (void)horizon;
    return spec->rate;
}

/* Of an alternating renewal process: the time spent on grows with variance
 * (a^2 var off + b^2 var on) / (a + b)^3 a second; a, b the means of on and off. */
static double dispersion(const struct arrival_spec *spec, double mean)
{
    const double a = mean_of(&spec->on), b = mean_of(&spec->off), peak = mean * (a + b) / a;
    const double spread =
        a * a * spec->off.kind->variance(&spec->off) + b * b * spec->on.kind->variance(&spec->on);

    return 1.0 + peak * peak * spread / pow(a + b, 3.0) / mean;
}

static double turns(const struct arrival_spec *spec)
{
    return 2.0 / (mean_of(&spec->on) + mean_of(&spec->off));
}

static const struct distribution *period_of(const struct arrival_clock *c)
{
    return c->state ? &c->spec->off : &c->spec->on;
}

static void pace(struct arrival_clock *c)
{
    const double a = mean_of(&c->spec->on), b = mean_of(&c->spec->off);

    c->rate = c->state ? 0.0 : (isnan(c->spec->rate) ? 1.0 : c->spec->rate) * (a + b) / a;
}

/* The length of the period that a random instant falls into, where rejection would take too long:
 * its distribution function is the integral of the quantile over the probabilities below, here by
 * midpoints of y = -log(1 - p). Rounded to 2^-20 of itself, so that the last bit of a quantile
 * cannot shift a stream. */
static double long_period(const struct distribution *d, struct lb_random *random)
{
    const double wanted = exact_uniform(lb_bits(random)) * mean_of(d), step = DEPTH / STEPS;
    double sum = 0.0, length = 0.0;
    uint32_t i;

    for (i = 0; i < STEPS && sum < wanted; i++) {
        const double y = (i + 0.5) * step;

        length = d->kind->quantile(d, -expm1(-y));
        sum += length * exp(-y) * step;
    }
    return exact_double(exact_bits(length) & ~UINT64_C(0xffffffff));
}

/* Longer periods are met more often, in proportion to their length: drawn by rejection, which is
 * exact (the border, a power of two, leaves 1e-15 out), and a random part of it remains. */
static double residual(const struct distribution *d, struct lb_random *random)
{
    const double border = exp2(ceil(log2(d->kind->quantile(d, SUPPORT)) + 1e-9));
    double length;

    if (border > REJECTIONS * mean_of(d)) {
        length = long_period(d, random);
    } else {
        do
            d->kind->fill(d, random, &length, 1);
        while (exact_uniform(lb_bits(random)) * border >= length);
    }
    return length * exact_uniform(lb_bits(random));
}

static void begin(struct arrival_clock *c)
{
    const double a = mean_of(&c->spec->on), b = mean_of(&c->spec->off);

    c->state = exact_uniform(lb_bits(&c->modulation)) * (a + b) >= a;
    c->until = (struct arrival_instant) { 0, 0 };
    arrival_add(&c->until, residual(period_of(c), &c->modulation));
    pace(c);
}

static void turn(struct arrival_clock *c)
{
    double length;

    c->state = !c->state;
    period_of(c)->kind->fill(period_of(c), &c->modulation, &length, 1);
    arrival_add(&c->until, fmin(length, 2.0 * ARRIVAL_LONGEST));
    pace(c);
}

static bool next(struct arrival_clock *c)
{
    return arrival_spend(c, arrival_exponential(&c->draws));
}

const struct arrival_kind arrival_on_off = {
    .name = "on_off",
    .rule = "Periods of activity (on) and pauses (off) follow each other; while on, requests come "
            "as a Poisson process of rate (on + off) / on, in means, so that rate is the mean over "
            "all time. It starts in its stationary law: within a period that a random instant "
            "falls into, drawn by rejection from on or off, of which a random part remains (where "
            "the tail is too heavy for that, by a numerical inversion).",
    .bursts = "Above Poisson; the longer the periods, the more: index of dispersion 1 + p^2 "
              "(a^2 var off + b^2 var on) / ((a + b)^3 rate) with p the rate while on and a, b "
              "the means. With heavy tails (pareto) it is bursty at every scale.",
    .check = check,
    .rate = rate,
    .dispersion = dispersion,
    .turns = turns,
    .begin = begin,
    .turn = turn,
    .next = next,
};
