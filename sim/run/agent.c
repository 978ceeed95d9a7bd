/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server's half of a policy: it runs at each server, sees that server alone, and tells
 * balancers what it likes. */
#include <stdlib.h>
#include <string.h>

#include "sim/run/step.h"

/* How many are in service; under a discipline that shares, all are. */
static uint32_t running(const struct world *w, uint32_t server, uint32_t inside)
{
    const struct group *g = &w->group[w->server[server].group];

    return (g->discipline && g->discipline->shares) || inside < g->cores ? inside : g->cores;
}

static struct lb_station station(const struct world *w, uint32_t server, lb_time now)
{
    uint32_t inside = w->server[server].inside, run = running(w, server, inside);
    const struct agent_account *account = w->account ? &w->account[server] : NULL;

    return (struct lb_station) { .now = now,
                                 .server = LB_NONE,
                                 .running = run,
                                 .waiting = inside - run,
                                 .slots = w->group[w->server[server].group].cores,
                                 .balancer = LB_NOBODY,
                                 .balancers = w->balancers,
                                 .utilization = account ? account->utilization : 0.0F,
                                 .rate = account ? account->rate : 0.0F,
                                 .gauge = w->gauge };
}

static struct lb_report facts(const struct world *w, const struct lb_station *at, uint32_t server)
{
    return (struct lb_report) { .at = at->now,
                                .latency = at->sojourn,
                                .service = at->service,
                                .origin = LB_TOLD,
                                .running = at->running,
                                .waiting = at->waiting,
                                .utilization = at->utilization,
                                .rate = at->rate,
                                .weight = (float)w->group[w->server[server].group].spec->weight };
}

static void tell_one(struct world *w, uint32_t server, uint32_t balancer,
                     const struct lb_report *say, lb_time now)
{
    struct message m = {
        .report = *say, .balancer = balancer, .server = server, .kind = MESSAGE_REPORT
    };

    message_send(w, m, now);
}

/* Asks the agent, and sends what it says to whom it names. */
static void ask(struct world *w, enum lb_moment moment, uint32_t server,
                const struct lb_station *at, struct lb_random random)
{
    struct lb_report say = facts(w, at, server);
    unsigned char *memory = w->agent_memory + (size_t)server * w->agent->memory;
    uint32_t whom = w->agent->tell(w->order->policy->config, memory, moment, at, &random, &say);
    uint32_t i;

    say.origin = LB_TOLD;
    if (whom == LB_EVERYONE) {
        for (i = 0; i < w->balancers; i++)
            tell_one(w, server, i, &say, at->now);
    } else if (whom < w->balancers) {
        tell_one(w, server, whom, &say, at->now);
    } else if (whom != LB_NOBODY) {
        world_fail(w, "the agent of policy %s tells balancer %u of %u",
                   w->order->policy->policy->name, whom, w->balancers);
    }
}

/* The count inside has moved already: what was in service until now is what was before. */
static void account(struct world *w, enum lb_moment moment, uint32_t server, lb_time now)
{
    struct agent_account *a = &w->account[server];
    uint32_t cores = w->group[w->server[server].group].cores;
    uint32_t before = w->server[server].inside + (moment == LB_FINISHED) - (moment == LB_ARRIVED);

    a->area += (double)(before < cores ? before : cores) * (double)(now - a->since);
    a->since = now;
    a->finished += moment == LB_FINISHED;
}

void agent_moment(struct world *w, enum lb_moment moment, uint32_t slot, uint32_t server,
                  lb_time now)
{
    const struct job *j = &w->job[slot];
    struct balancer *b = &w->balancer[j->balancer];
    struct lb_station at;

    if (w->account && (moment & (LB_ARRIVED | LB_FINISHED)))
        account(w, moment, server, now);
    if (!(w->agent->moments & moment))
        return;
    at = station(w, server, now);
    at.balancer = j->balancer;
    at.server = seat_of(b, server);
    if (moment == LB_FINISHED) {
        const struct group *g = &w->group[w->server[server].group];
        lb_time reached = world_reached_at(w, slot);

        at.sojourn = now - reached;
        at.service =
            g->discipline ? now - g->discipline->began(g->jobs, slot) : service_time(g, j->work);
    }
    ask(w, moment, server, &at,
        stream_at(w->agent_key, j->serial, message_of(w, slot, 0) << 8 | moment));
}

void agent_joins(struct world *w, uint32_t server, lb_time now)
{
    struct lb_station at = station(w, server, now);

    memset(w->agent_memory + (size_t)server * w->agent->memory, 0, w->agent->memory);
    if (!(w->agent->moments & LB_JOINED))
        return;
    at.balancer = server % w->balancers;
    at.server = seat_of(&w->balancer[at.balancer], server);
    ask(w, LB_JOINED, server, &at,
        stream_at(w->agent_key, UINT64_C(5) << 40 | w->talks++, LB_JOINED));
}

void agent_probed(struct world *w, uint32_t server, uint32_t balancer, struct lb_report *say,
                  lb_time now)
{
    struct lb_station at = station(w, server, now);
    struct lb_random random = stream_at(w->agent_key, UINT64_C(1) << 40 | w->talks, LB_PROBED);

    at.balancer = balancer;
    at.server = seat_of(&w->balancer[balancer], server);
    *say = facts(w, &at, server);
    if (w->agent && (w->agent->moments & LB_PROBED))
        w->agent->tell(w->order->policy->config,
                       w->agent_memory + (size_t)server * w->agent->memory, LB_PROBED, &at, &random,
                       say);
}

void agent_tick(struct world *w, uint32_t server, lb_time now)
{
    struct agent_account *a = &w->account[server];
    double span = (double)w->agent->tick;
    struct lb_station at;
    uint32_t cores = w->group[w->server[server].group].cores;

    account(w, LB_TICK, server, now);
    a->utilization = (float)(a->area / (span * (double)cores));
    a->rate = (float)((double)a->finished / span * QUANTITY_SECOND);
    a->area = 0.0;
    a->finished = 0;
    at = station(w, server, now);
    ask(w, LB_TICK, server, &at, stream_at(w->agent_key, UINT64_C(2) << 40 | w->talks++, LB_TICK));
    queue_push(&w->queue,
               (struct event) { now + w->agent->tick, event_what(EVENT_TICK, 0, server) });
}

/* All servers come up at time 0, in random order, dealt to the balancers. */
void agents_start(struct world *w)
{
    uint32_t *order = calloc(w->servers ? w->servers : 1, sizeof order[0]), i, n = 0;
    struct lb_random random = stream_at(w->agent_key, UINT64_C(3) << 40, 0);

    if (!order) {
        world_fail(w, "out of memory");
        return;
    }
    for (i = 0; i < w->servers; i++) {
        uint32_t k;

        if (w->group[w->server[i].group].spec->unused)
            continue;
        k = lb_below(&random, n + 1);
        order[n++] = order[k];
        order[k] = i;
    }
    for (i = 0; i < n && !w->failed; i++) {
        struct lb_station at = station(w, order[i], 0);

        if (w->condition && w->condition[order[i]].absent)
            continue;
        at.balancer = i % w->balancers;
        at.server = seat_of(&w->balancer[at.balancer], order[i]);
        if (w->agent->moments & LB_JOINED)
            ask(w, LB_JOINED, order[i], &at,
                stream_at(w->agent_key, UINT64_C(4) << 40 | order[i], LB_JOINED));
        if (!(w->agent->moments & LB_TICK))
            continue;
        w->timers++;
        queue_push(&w->queue,
                   (struct event) { w->agent->tick, event_what(EVENT_TICK, 0, order[i]) });
    }
    free(order);
}
