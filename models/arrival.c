/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of arrival processes, and what they share. */
#include "models/arrival.h"

#include <math.h>

#include "models/arithmetic.h"

#define ARRIVAL(NAME, name, summary) extern const struct arrival_kind arrival_##name;
#include "models/arrival/arrivals.def"
#undef ARRIVAL

#define ARRIVAL(NAME, name, summary) &arrival_##name,
const struct arrival_kind *const arrival_kinds[ARRIVALS + 1] = {
#include "models/arrival/arrivals.def"
    NULL
};
#undef ARRIVAL

enum { TURNS_MOST = 100000000, PANELS = 1 << 14 };
static const lb_time WHOLE_MOST = INT64_C(9000000000000000000);

static const struct arrival_instant never = { LB_NEVER, 0 };

static bool before(struct arrival_instant a, struct arrival_instant b)
{
    return a.whole < b.whole || (a.whole == b.whole && a.part < b.part);
}

double arrival_seconds(struct arrival_instant from, struct arrival_instant to)
{
    return ((double)(to.whole - from.whole) +
            ((double)to.part - (double)from.part) / 4294967296.0) *
           1e-9;
}

double arrival_exponential(struct lb_random *random)
{
    return -exact_log(1.0 - exact_uniform(lb_bits(random)));
}

struct arrival_instant arrival_border(const struct arrival_clock *c)
{
    return c->changes_n ? (struct arrival_instant) { c->changes->at, 0 } : never;
}

void arrival_cross(struct arrival_clock *c)
{
    c->factor = c->changes->factor;
    c->changes++;
    c->changes_n--;
}

bool arrival_too_long(struct arrival_clock *c, lb_time from)
{
    if ((double)(c->at.whole - from) > ARRIVAL_LONGEST * 1e9)
        c->failed = "a time between requests is longer than 1e8 s";
    else if (c->at.whole > WHOLE_MOST)
        c->failed = "the run is longer than 9e9 s";
    return c->failed;
}

/* To the last instant of the present pace: what happens there. */
static void cross(struct arrival_clock *c, struct arrival_instant border)
{
    c->at = border;
    if (!before(border, c->until))
        c->spec->kind->turn(c);
    while (c->changes_n && c->changes->at <= border.whole)
        arrival_cross(c);
}

bool arrival_spend(struct arrival_clock *c, double units)
{
    const lb_time from = c->at.whole;
    uint32_t turns;

    for (turns = 0; turns < TURNS_MOST; turns++) {
        const struct arrival_instant change = arrival_border(c);
        const struct arrival_instant border = before(change, c->until) ? change : c->until;
        const double pace = c->rate * c->speed * c->factor;
        const double room = border.whole == LB_NEVER ? INFINITY : arrival_seconds(c->at, border);

        if (pace > 0.0 && units <= pace * room) {
            arrival_add(&c->at, fmin(units / pace, 2.0 * ARRIVAL_LONGEST));
            c->at = before(border, c->at) ? border : c->at;
            return !arrival_too_long(c, from);
        }
        if (border.whole == LB_NEVER)
            return false;
        units = fmax(0.0, units - pace * room);
        cross(c, border);
        if (arrival_too_long(c, from))
            return false;
    }
    c->failed = "arrivals change their state 1e8 times between two requests";
    return false;
}

void arrival_begin(struct arrival_clock *c, const struct arrival_spec *spec, double speed,
                   const struct rate_change *changes, uint32_t changes_n, struct lb_random draws,
                   struct lb_random modulation)
{
    const struct arrival_feed feed = c->feed;

    *c = (struct arrival_clock) { .spec = spec,
                                  .draws = draws,
                                  .modulation = modulation,
                                  .speed = speed,
                                  .changes = changes,
                                  .changes_n = changes_n,
                                  .factor = 1.0,
                                  .rate = isnan(spec->rate) ? 1.0 : spec->rate,
                                  .until = never,
                                  .feed = feed,
                                  .record = { .work = -1, .response = -1 } };
    while (c->changes_n && c->changes->at <= 0)
        arrival_cross(c);
    if (spec->kind->begin)
        spec->kind->begin(c);
}

bool arrival_next(struct arrival_clock *c)
{
    return !c->failed && c->spec->kind->next(c);
}

/* ---- Whole numbers. */

uint64_t whole_draw(const struct distribution *d, struct lb_random *random)
{
    double x, floor;

    d->kind->fill(d, random, &x, 1);
    if (!(x > 1.0))
        return 1;
    floor = (double)(uint64_t)x;
    if (x > floor && exact_uniform(lb_bits(random)) < x - floor)
        floor += 1.0;
    return (uint64_t)floor;
}

static double quantile_of(const void *context, double p)
{
    const struct distribution *d = context;

    return p <= 0.0 ? -1.0 : d->kind->quantile(d, p);
}

/* E max(1, X) = E X + E (1 - X)+, the second by midpoints over the probabilities below P(X < 1).
 * Rounded to 2^-30, so that the last bit of a quantile cannot shift a stream of requests. */
double whole_mean(const struct distribution *d)
{
    double low = d->kind->quantile(d, 1e-12), below, sum = 0.0;
    int i;

    if (low >= 1.0)
        return d->kind->mean(d);
    if (distribution_is_constant(d) || d->kind->quantile(d, 1.0 - 1e-12) <= 1.0)
        return 1.0;
    below = invert_increasing(quantile_of, d, 1.0, 0.0, 1.0 - 1e-12);
    for (i = 0; i < PANELS; i++)
        sum += fmax(0.0, 1.0 - d->kind->quantile(d, below * (i + 0.5) / PANELS));
    return rint((d->kind->mean(d) + sum * below / PANELS) * 0x1p30) * 0x1p-30;
}
