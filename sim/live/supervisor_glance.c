/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a run goes: from the records as they are filled. Only those that may have ended since the
 * last look are read. */
#include <math.h>
#include <stdlib.h>

#include "sim/live/supervisor_part.h"
#include "sim/run/trial.h"

int glance_open(struct show *s)
{
    struct counted *c = &s->counted;

    c->latency = calloc(1, sizeof *c->latency);
    c->seen = calloc((size_t)(s->plan->shared->room / 8 + 1), 1);
    c->last = s->epoch;
    c->steal = s->steal;
    return c->latency && c->seen ? 0 : supervisor_fail(s, 3, "out of memory");
}

void glance_close(struct show *s)
{
    free(s->counted.latency);
    free(s->counted.seen);
}

/* It has ended, and its record is written no more. */
static void count(struct counted *c, const struct live_record *r, uint8_t ended)
{
    if (ended != 1 + ENDED_COMPLETED) {
        c->errors++;
        return;
    }
    c->completed++;
    if (r->done != LB_NEVER && r->done >= r->intended) {
        c->latency->count[histogram_index(r->done - r->intended)]++;
        c->latency->n++;
    }
}

static void look(struct counted *c, const struct live_shared *shared, uint64_t issued)
{
    const uint64_t end = issued < shared->room ? issued : shared->room;
    uint64_t i;

    for (i = c->frontier; i < end; i++) {
        const struct live_record *r = &shared->record[i];
        const uint8_t bit = (uint8_t)(1u << (i % 8));
        const uint8_t ended = atomic_load_explicit(&r->ended, memory_order_acquire);

        if (!(c->seen[i / 8] & bit) && ended) {
            c->seen[i / 8] |= bit;
            count(c, r, ended);
        }
        if (i == c->frontier && (c->seen[i / 8] & bit))
            c->frontier++;
    }
}

void glance_tell(struct show *s, bool draining)
{
    const struct live_fare *clients = &s->plan->shared->fare[ROLE_CLIENTS];
    const int64_t now = live_monotonic();
    const struct steal steal = steal_now();
    struct counted *c = &s->counted;
    double model = s->plan->time_scale * 1e9;
    struct live_glance g = { .issued = clients->issued,
                             .in_flight = clients->in_flight,
                             .elapsed = (double)(now - s->epoch) / model,
                             .planned = (double)trial_span(s->plan->scenario) / 1e9,
                             .draining = draining,
                             .ping = s->plan->ping };

    look(c, s->plan->shared, g.issued);
    g.rate =
        now > c->last ? (double)(c->completed - c->before) * model / (double)(now - c->last) : 0.0;
    g.errors = c->errors;
    g.p99 = histogram_quantile(c->latency, 0.99) / 1e9;
    g.steal = steal_share(c->steal, steal);
    c->before = c->completed;
    c->last = now;
    c->steal = steal;
    s->order->watch(s->order->context, &g);
}
