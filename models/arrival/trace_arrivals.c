/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrivals as recorded. The records are handed in one by one. */
#include <math.h>

#include "models/arrival.h"

extern const struct arrival_kind arrival_trace;

static const char *check(const struct arrival_spec *spec)
{
    if (spec->loop && spec->gap <= 0)
        return "loop: all its requests come at one instant, so nothing says when the next round "
               "begins";
    return NULL;
}

static double rate(const struct arrival_spec *spec, double horizon)
{
    const double last = (double)spec->last * spec->scale * 1e-9;

    (void)horizon;
    if (spec->gap > 0)
        return (double)(spec->count - 1) /
               ((double)(spec->last - spec->first) * spec->scale * 1e-9);
    return (double)spec->count / fmax(last, 1e-9);
}

static double dispersion(const struct arrival_spec *spec, double mean)
{
    (void)spec;
    (void)mean;
    return NAN;
}

static void begin(struct arrival_clock *c)
{
    c->rate = 1.0;
    c->state = c->changes_n > 0 || c->factor < 1.0 || c->factor > 1.0;
}

static bool pull(struct arrival_clock *c)
{
    const struct arrival_spec *spec = c->spec;
    int got = c->feed.pull(c->feed.context, &c->record, &c->failed);

    if (got == 0 && spec->loop) {
        c->shift += spec->last - spec->first + spec->gap;
        if (c->feed.rewind(c->feed.context, &c->failed) == 0)
            got = c->feed.pull(c->feed.context, &c->record, &c->failed);
    }
    c->record.time += got > 0 ? c->shift : 0;
    return got > 0;
}

/* Times are kept as they are where nothing stretches them; else each is a product, so that rounding
 * does not add up; gaps there are only where the pace changes (state 1). */
static bool next(struct arrival_clock *c)
{
    const double stretch = c->spec->scale / c->speed;
    const lb_time before = c->record.time, from = c->at.whole;

    if (!pull(c))
        return false;
    if (c->state)
        return arrival_spend(c, (double)(c->record.time - before) * 1e-9 * c->spec->scale);
    c->at = (struct arrival_instant) { 0, 0 };
    if (stretch < 1.0 || stretch > 1.0)
        arrival_add(&c->at, fmin((double)c->record.time * 1e-9 * stretch, 1e10));
    else
        c->at.whole = c->record.time;
    return !arrival_too_long(c, from);
}

const struct arrival_kind arrival_trace = {
    .name = "trace",
    .rule = "Requests come when the file says, times `scale`, counted from the start of the run, "
            "and need what its service column says; its columns key and bytes say what policies "
            "hash and what answers weigh. What the client gives itself (service, key, "
            "bytes.response) is taken instead. With loop the file is repeated, each round one mean "
            "gap after the last; without, its client falls silent after the last request, and the "
            "run ends if all clients are such traces. With the scenario's load its times are "
            "stretched instead of by scale.",
    .bursts = "Whatever was recorded, at every scale: which is why one replays a trace. Every "
              "replication replays the same instants, so intervals show what the policies draw "
              "only.",
    .check = check,
    .rate = rate,
    .dispersion = dispersion,
    .begin = begin,
    .next = next,
};
