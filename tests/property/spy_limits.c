/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whenever an attempt is sent: is it one more than there may be? */
#include <inttypes.h>

#include "sim/run/guard.h"
#include "tests/property/spy.h"

static void beyond(struct spy *s, const char *what, uint64_t is, uint64_t most)
{
    if (s->over++ == 0)
        snprintf(s->bound, sizeof s->bound,
                 "%s: %" PRIu64 ", at most %" PRIu64 ", at %" PRId64 " ns", what, is, most,
                 s->world->now);
}

static uint64_t out(const struct balancer *b)
{
    uint64_t n = 0;
    uint32_t i;

    for (i = 0; i < b->view.n; i++)
        n += b->inflight[i];
    return n;
}

/* Attempts of a call that are out together: how many, and how many of them at this server. */
static void count_copies(const struct world *w, uint32_t call, uint32_t server, uint32_t *all,
                         uint32_t *here)
{
    uint32_t slot;

    *all = *here = 0;
    for (slot = w->trip[call].first; slot != JOB_NONE; slot = w->trip[slot].next) {
        ++*all;
        *here += w->job[slot].server == server;
    }
}

static void look_at_call(struct spy *s, const struct balancer *b, uint32_t call, uint32_t server,
                         bool panicked)
{
    const struct attempts_spec *spec = &b->spec->attempts;
    const struct trip *t = &s->world->trip[call];
    bool copying = (s->inner->sees & LB_SENDS_COPIES) != 0;
    uint32_t all, here;

    count_copies(s->world, call, server, &all, &here);
    if (here > 1 && !panicked)
        beyond(s, "attempts of one request at one server", here, 1);
    if (!copying && all > spec->hedge.most)
        beyond(s, "attempts of one request out at once", all, spec->hedge.most);
    if (t->retries >= spec->retry.attempts)
        beyond(s, "attempts after a failure", t->retries, spec->retry.attempts - 1);
    if (!copying && spec->hedge.most == 1 && t->made > t->retries + 1)
        beyond(s, "attempts of one request", t->made, t->retries + UINT64_C(1));
}

void spy_looks_at_limits(struct spy *s, const struct balancer *b, const struct lb_request *request,
                         lb_server seat)
{
    const struct guard_spec *spec = &b->spec->guard;
    uint32_t call = (uint32_t)request->ticket & (EVENT_INDEX_LIMIT - 1);
    uint32_t server = b->server_of ? b->server_of[seat] : seat;
    bool panicked = s->stay[request->id].answer == LB_NONE;

    if (b->inflight[seat] > spec->per_server && !panicked)
        beyond(s, "attempts at one server", b->inflight[seat], spec->per_server);
    if (spec->in_flight != SCENARIO_UNLIMITED && out(b) > spec->in_flight)
        beyond(s, "attempts in flight", out(b), spec->in_flight);
    if (b->guard->extra > spec->retries)
        beyond(s, "attempts beyond the first", b->guard->extra, spec->retries);
    if (b->guard->out != out(b))
        beyond(s, "attempts counted by the limits", b->guard->out, out(b));
    look_at_call(s, b, call, server, panicked);
}
