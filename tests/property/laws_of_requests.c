/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must hold for each request alone, and between the runs of two policies. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/engine/stream.h"
#include "sim/run/quantity.h"
#include "tests/property/clockwork.h"
#include "tests/property/laws.h"

static lb_time at_speed(lb_time work, double speed)
{
    return speed >= 1.0 && speed <= 1.0 ? work : (lb_time)((double)work / speed + 0.5);
}

/* When a client gives up for good. */
static lb_time last_moment(const struct client_spec *client)
{
    lb_time timeout = client->retry.attempts > 1 ? LB_NEVER : client->timeout;

    return timeout < client->deadline ? timeout : client->deadline;
}

/* The latency is wait, service and links; the links can be told where they are constant. */
static bool adds_up(const struct witness *w, const struct logged *r)
{
    lb_time there = constant_delay(w->scenario, w->scenario->clients[r->client].link);
    lb_time on = constant_delay(w->scenario, server_link(w->scenario, r->server, r->balancer));

    if (!w->told)
        return r->latency >= r->wait + r->service;
    return r->latency == r->wait + r->service + 2 * (there + on);
}

static bool served_right(const struct witness *w, const struct logged *r)
{
    const struct server_spec *group = &w->scenario->servers[group_at(w->scenario, r->server)];
    lb_time least = at_speed(r->work, group->speed);

    if (w->scenario->changes_n || w->unsteady)
        return true; /* its server is simulated once more */
    if (group->discipline == DISCIPLINE_FIFO ||
        (group->discipline == DISCIPLINE_PRIORITY && !group->preemptive))
        return r->service == least;
    return r->service + 1 >= least; /* an end may be rounded up, `least` is to the nearest */
}

static void services(struct subject *s, const struct witness *w)
{
    uint64_t i, service = 0, sum = 0, late = 0;

    for (i = 0; i < w->n; i++) {
        const struct logged *r = &w->at[i];
        lb_time timeout =
            r->ended != STILL_INSIDE ? last_moment(&w->scenario->clients[r->client]) : 0;

        if (r->ended == ENDED_COMPLETED) {
            service += !served_right(w, r);
            sum += !adds_up(w, r);
            late += r->latency > timeout;
        } else if (r->ended == ENDED_TIMED_OUT) {
            late += w->trips ? r->latency > timeout : r->latency != timeout;
        } else if (r->ended != STILL_INSIDE) {
            late += r->latency > timeout;
        }
    }
    law_holds(s, LAW_SERVICE, service == 0, "%" PRIu64 " services are not work over speed",
              service);
    law_holds(s, LAW_SERVICE, sum == 0, "%" PRIu64 " latencies are not what their parts add up to",
              sum);
    law_holds(s, LAW_SERVICE, late == 0, "%" PRIu64 " requests ended beyond their time-out", late);
}

/* ---- Where requests are sent. */

static bool serves(const struct balancer_spec *b, uint32_t group)
{
    uint32_t i;

    for (i = 0; i < b->groups_n; i++)
        if (b->groups[i] == group)
            return true;
    return false;
}

/* At the instant of a change it depends on what came first. */
static bool sent_well(const struct scenario *s, const struct attempt *a)
{
    const struct balancer_spec *b = balancer_at(s, a->balancer);

    if (!serves(b, group_at(s, a->server)))
        return false;
    return takes_at(s, a->server, a->sent) || b->guard.has_health || turns_at(s, a->sent) ||
           (b->on_none == ON_NONE_PANIC && a->panicked);
}

static void usable(struct subject *s, const struct witness *w)
{
    uint64_t wrong = 0;
    uint32_t i;

    for (i = 0; i < w->spy.attempts; i++)
        wrong += !sent_well(w->scenario, &w->spy.attempt[i]);
    law_holds(s, LAW_USABLE, wrong == 0 || w->unsteady,
              "%" PRIu64 " requests went to a server that takes none, or to another balancer's",
              wrong);
    law_holds(s, LAW_VIEW, w->spy.strange == 0, "%" PRIu64 " times, first: %s", w->spy.strange,
              w->spy.first);
}

/* ---- Patience. */

static lb_time patience_of(const struct witness *w, const struct logged *r, uint32_t serial)
{
    struct lb_random random = stream_at(w->world.patience_key[r->client], serial, 0);
    const struct distribution *patience = &w->scenario->clients[r->client].patience;

    return patience->kind ? quantity_draw(patience, &random) : LB_NEVER;
}

static void patience(struct subject *s, const struct witness *w)
{
    uint64_t wrong = 0, any = 0;
    uint32_t i;

    for (i = 0; i < w->n; i++) {
        const struct logged *r = &w->at[i];

        if (r->ended == STILL_INSIDE)
            continue;
        any += r->ended == ENDED_CANCELLED;
        if (r->ended == ENDED_CANCELLED)
            wrong += r->latency != patience_of(w, r, i);
        else if (r->ended == ENDED_COMPLETED && !w->trips)
            wrong += r->wait > patience_of(w, r, i);
    }
    if (any || wrong)
        law_holds(s, LAW_PATIENCE, wrong == 0,
                  "%" PRIu64 " requests left before their patience was over, or after", wrong);
}

/* ---- Closed users. */

struct move {
    lb_time time;
    int64_t by;
};

/* Who leaves goes before who comes. */
static int by_time(const void *a, const void *b)
{
    const struct move *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->by > y->by) - (x->by < y->by);
}

/* The most requests of a client that were under way at once, beside those of no duration. */
static int64_t most_at_once(const struct witness *w, uint32_t client, struct move *change)
{
    int64_t now = 0, most = 0;
    uint64_t i, n = 0;

    for (i = 0; i < w->n; i++) {
        const struct logged *r = &w->at[i];

        if (r->ended == STILL_INSIDE || r->client != client || r->latency == 0)
            continue;
        change[n++] = (struct move) { r->issued, 1 };
        change[n++] = (struct move) { r->issued + r->latency, -1 };
    }
    qsort(change, n, sizeof change[0], by_time);
    for (i = 0; i < n; i++) {
        now += change[i].by;
        most = now > most ? now : most;
    }
    return most;
}

static void populations(struct subject *s, const struct witness *w)
{
    struct move *change = malloc((2 * w->n + 1) * sizeof change[0]);
    uint32_t i;

    for (i = 0; change && i < w->scenario->clients_n; i++) {
        const struct client_spec *client = &w->scenario->clients[i];

        if (client->process == ARRIVAL_CLOSED)
            law_holds(s, LAW_POPULATION, most_at_once(w, i, change) <= client->population,
                      "client %s has more requests under way than users", client->name);
    }
    free(change);
}

void laws_of_requests(struct subject *s, const struct witness *w)
{
    services(s, w);
    usable(s, w);
    patience(s, w);
    if (w->closed)
        populations(s, w);
}

/* ---- Two policies. */

/* All servers stand behind the same link, so the way does not depend on the choice. */
static bool one_way(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        if (s->servers[i].link != s->servers[0].link)
            return false;
    return true;
}

static bool forwards(const struct witness *w)
{
    return (w->order.policy->policy->sees & LB_FORWARDS) != 0;
}

void laws_of_input(struct subject *s, const struct witness *a, const struct witness *b)
{
    bool ways = one_way(a->scenario) && a->scenario->changes_n == 0 &&
                !(a->linked && (forwards(a) || forwards(b)));
    uint64_t i, wrong = 0, travelled = 0;

    if (a->closed)
        return;
    law_holds(s, LAW_SAME_INPUT, a->n == b->n,
              "%" PRIu64 " requests under %s, %" PRIu64 " under %s", a->n, a->order.policy->label,
              b->n, b->order.policy->label);
    for (i = 0; i < a->n && i < b->n; i++) {
        const struct logged *x = &a->at[i], *y = &b->at[i];

        if (x->ended == STILL_INSIDE || y->ended == STILL_INSIDE)
            continue; /* not in the log */
        wrong += x->issued != y->issued || x->client != y->client ||
                 (!a->trips && !b->trips && (x->work != y->work || x->balancer != y->balancer));
        if (ways && !a->trips && !b->trips && x->ended == ENDED_COMPLETED &&
            y->ended == ENDED_COMPLETED)
            travelled += x->latency - x->wait - x->service != y->latency - y->wait - y->service;
    }
    law_holds(s, LAW_SAME_INPUT, wrong == 0, "%" PRIu64 " requests differ between %s and %s", wrong,
              a->order.policy->label, b->order.policy->label);
    law_holds(s, LAW_SAME_INPUT, travelled == 0,
              "%" PRIu64 " requests travel for other times under %s and %s", travelled,
              a->order.policy->label, b->order.policy->label);
}
