/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Building a world from a scenario, and taking it down. */
#include "sim/run/world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/express.h"
#include "sim/run/express_part.h"
#include "sim/run/features.h"
#include "sim/run/trip.h"

enum { HUGE_PAGES_FROM = 65536 };

void world_fail(struct world *w, const char *format, ...)
{
    va_list list;

    if (w->failed)
        return;
    w->failed = true;
    va_start(list, format);
    vsnprintf(w->why, sizeof w->why, format, list);
    va_end(list);
}

/* ---- Memory. */

static bool reserve(void *at, size_t each)
{
    void *memory = slab_reserve(each * EVENT_INDEX_LIMIT);

    memcpy(at, &memory, sizeof memory);
    return memory != NULL;
}

/* May messages take time? */
static bool travels(const struct world *w)
{
    return scenario_has_links(w->scenario) || (w->order->wire && w->order->wire->adds);
}

static bool reserve_jobs(struct world *w)
{
    const struct scenario *s = w->scenario;
    bool trips = world_needs_trips(w->order);
    bool holds = (w->order->policy->policy->sees & LB_MAY_HOLD) != 0;
    uint32_t i;

    for (i = 0; i < s->balancers_n; i++)
        holds = holds || s->balancers[i].on_none == ON_NONE_QUEUE;
    return reserve(&w->job, sizeof w->job[0]) &&
           (!travels(w) || w->way >= 0 || reserve(&w->travel, sizeof w->travel[0])) &&
           ((!scenario_has_leavers(s) && !trips) ||
            (reserve(&w->state, sizeof w->state[0]) && reserve(&w->place, sizeof w->place[0]))) &&
           ((!holds && !trips) || reserve(&w->hold, sizeof w->hold[0])) &&
           (!world_needs_more(w->order) || reserve(&w->more, sizeof w->more[0])) &&
           (!(w->order->policy->policy->sees & LB_USES_MEMO) ||
            reserve(&w->memo, sizeof w->memo[0])) &&
           ((!w->users && !w->session) || reserve(&w->user_of_job, sizeof w->user_of_job[0])) &&
           (!(w->features & FEATURE_ALL) || reserve(&w->message, sizeof w->message[0]));
}

void *world_zeroed(size_t n, size_t each)
{
    return calloc(n ? n : 1, each);
}

/* ---- Servers. */

static const struct discipline *discipline_of(const struct server_spec *spec)
{
    switch (spec->discipline) {
    case DISCIPLINE_LIFO:
        return &discipline_lifo;
    case DISCIPLINE_PS:
        return &discipline_ps;
    case DISCIPLINE_SRPT:
        return &discipline_srpt;
    case DISCIPLINE_PRIORITY:
        return spec->preemptive ? &discipline_priority_preemptive : &discipline_priority;
    default:
        return &discipline_fifo;
    }
}

/* Groups of one discipline share its states of jobs. */
static void *jobs_of(struct world *w, const struct discipline *d)
{
    uint32_t i;

    for (i = 0; disciplines[i] != d; i++)
        continue;
    if (!w->jobs_of[i] && !reserve(&w->jobs_of[i], d->job_size))
        return NULL;
    return w->jobs_of[i];
}

static int open_discipline(struct world *w, struct group *g)
{
    const struct discipline *d = discipline_of(g->spec);
    uint32_t i;

    g->discipline = d;
    g->jobs = jobs_of(w, d);
    g->state = world_zeroed(g->count, d->server_size);
    g->armed = world_zeroed(g->count, sizeof g->armed[0]);
    if (!g->state || !g->armed || !g->jobs)
        return -ENOMEM;
    for (i = 0; i < g->count; i++) {
        d->open(g->state + i * d->server_size, g->cores, g->speed);
        g->armed[i].time = LB_NEVER;
    }
    return 0;
}

static int open_group(struct world *w, struct group *g, const struct server_spec *spec)
{
    uint64_t limit = (uint64_t)spec->cores + spec->queue_limit;
    uint32_t i;

    *g = (struct group) { .spec = spec,
                          .speed = spec->speed,
                          .first = spec->first,
                          .count = spec->count,
                          .cores = spec->cores,
                          .limit = spec->queue_limit == SCENARIO_UNLIMITED || limit > UINT32_MAX
                                       ? SCENARIO_UNLIMITED
                                       : (uint32_t)limit };
    g->unit = spec->speed >= 1.0 && spec->speed <= 1.0;
    for (i = 0; i < spec->count; i++)
        w->server[spec->first + i].group = (uint32_t)(g - w->group);
    w->fallible = w->fallible || server_group_errs(spec);
    if (spec->discipline != DISCIPLINE_FIFO || world_needs_trips(w->order) ||
        scenario_has_patience(w->scenario) || timeline_moves(w->scenario, (uint32_t)(g - w->group)))
        return open_discipline(w, g);
    if (g->cores > 1 && g->cores != SCENARIO_UNLIMITED) {
        g->core_free = world_zeroed((size_t)g->count * g->cores, sizeof g->core_free[0]);
        return g->core_free ? 0 : -ENOMEM;
    }
    return 0;
}

static int open_servers(struct world *w)
{
    const struct scenario *s = w->scenario;
    size_t bytes = (size_t)s->servers_total * sizeof w->server[0];
    uint32_t i;
    int failed = 0;

    w->servers = s->servers_total;
    w->groups = s->servers_n;
    w->server = slab_reserve(bytes + 1);
    w->group = world_zeroed(s->servers_n, sizeof w->group[0]);
    if (!w->server || !w->group)
        return -ENOMEM;
    if (w->servers >= HUGE_PAGES_FROM)
        slab_huge(w->server, bytes);
    for (i = 0; i < s->servers_n && !failed; i++)
        failed = open_group(w, &w->group[i], &s->servers[i]);
    return failed;
}

/* ---- Clients and links. */

static uint64_t *keys(const struct world *w, enum stream_purpose purpose)
{
    uint64_t *key = world_zeroed(w->scenario->clients_n, sizeof key[0]);
    uint32_t i;

    for (i = 0; key && i < w->scenario->clients_n; i++)
        key[i] = stream_key(w->scenario->run.seed, w->order->replication, i, purpose);
    return key;
}

static int open_sessions(struct world *w)
{
    w->free_session = JOB_NONE;
    w->session_key = keys(w, STREAM_SESSION);
    w->sessions_begun = world_zeroed(w->scenario->clients_n, sizeof w->sessions_begun[0]);
    return w->session_key && w->sessions_begun && reserve(&w->session, sizeof w->session[0])
               ? 0
               : -ENOMEM;
}

static int open_users(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint64_t users = 0;
    uint32_t i, k, next = 0;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].process == ARRIVAL_CLOSED)
            users += s->clients[i].population;
    if (scenario_has_sessions(s) && open_sessions(w))
        return -ENOMEM;
    if (users == 0)
        return 0;
    if (users >= EVENT_INDEX_LIMIT) {
        world_fail(w, "more than %d users", EVENT_INDEX_LIMIT);
        return -EINVAL;
    }
    w->users = (uint32_t)users;
    w->user_client = world_zeroed(users, sizeof w->user_client[0]);
    w->user_count = world_zeroed(users, sizeof w->user_count[0]);
    if (!w->user_client || !w->user_count)
        return -ENOMEM;
    for (i = 0; i < s->clients_n; i++)
        for (k = 0; s->clients[i].process == ARRIVAL_CLOSED && k < s->clients[i].population; k++)
            w->user_client[next++] = i;
    return 0;
}

static int open_links(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint32_t i;

    w->link = world_zeroed(s->links_n, sizeof w->link[0]);
    if (!w->link)
        return -ENOMEM;
    for (i = 0; i < s->links_n; i++) {
        const struct link_spec *spec = &s->links[i];

        w->link[i] = (struct link) {
            .spec = spec,
            .latency = spec->latency,
            .bandwidth = spec->bandwidth,
            .loss = spec->loss,
            .key = stream_key(s->run.seed, w->order->replication, i, STREAM_LINK),
        };
        link_settle(&w->link[i]);
    }
    return 0;
}

static int open_clients(struct world *w)
{
    w->spread_key = keys(w, STREAM_SPREAD);
    w->service_key = keys(w, STREAM_SERVICE);
    w->think_key = keys(w, STREAM_THINK);
    w->patience_key = keys(w, STREAM_PATIENCE);
    w->error_key = stream_key(w->scenario->run.seed, w->order->replication, 0, STREAM_ERROR);
    w->number_key = keys(w, STREAM_KEY);
    w->estimate_key = keys(w, STREAM_ESTIMATE);
    w->turn = world_zeroed(w->scenario->clients_n, sizeof w->turn[0]);
    if (scenario_has_difficult_links(w->scenario) || w->order->wire) {
        w->bytes_key = keys(w, STREAM_BYTES);
        if (!w->bytes_key)
            return -ENOMEM;
    }
    return w->spread_key && w->service_key && w->think_key && w->patience_key && w->number_key &&
                   w->estimate_key && w->turn
               ? 0
               : -ENOMEM;
}

/* ---- Agents. */

static int open_agents(struct world *w)
{
    w->agent = w->order->policy->policy->agent;
    w->agent_key = stream_key(w->scenario->run.seed, w->order->replication, 0, STREAM_AGENT);
    if (!w->agent)
        return 0;
    w->agent_memory = world_zeroed(w->servers, w->agent->memory ? w->agent->memory : 1);
    if (w->agent->moments & LB_TICK) {
        if (w->agent->tick <= 0) {
            world_fail(w, "the agent of policy %s ticks with no period",
                       w->order->policy->policy->name);
            return -EINVAL;
        }
        w->account = world_zeroed(w->servers, sizeof w->account[0]);
        if (!w->account)
            return -ENOMEM;
    }
    return w->agent_memory ? 0 : -ENOMEM;
}

/* ---- The whole. */

static void touch(void *context, const struct event *at, uint32_t n)
{
    const struct world *w = context;
    uint32_t i;

    for (i = 0; i < n; i++)
        __builtin_prefetch(&w->job[event_index(at[i].what)], 1);
}

static int open_tally(struct world *w)
{
    struct tally *t = &w->tally;
    int i;

    for (i = 0; i < DURATIONS; i++) {
        t->duration[i] = MOMENTS_EMPTY;
        if (!(w->order->histograms & 1u << i))
            continue;
        t->histogram[i] = slab_reserve(sizeof *t->histogram[i]);
        if (!t->histogram[i])
            return -ENOMEM;
    }
    t->from = w->warmup == 0 ? 0 : w->warmup == UINT64_MAX ? w->order->warmup_time : LB_NEVER;
    t->to = w->scenario->run.duration ? w->scenario->run.duration : LB_NEVER;
    return 0;
}

static uint32_t distance(const struct world *w)
{
    const struct world_order *o = w->order;

    if (!o->policy->policy->prepare || w->users || w->session || w->balancers != 1 ||
        scenario_has_client_links(w->scenario))
        return 0;
    if (o->ahead != UINT32_MAX)
        return o->ahead < SOURCE_AHEAD ? o->ahead : SOURCE_AHEAD;
    return w->servers >= FEATURE_LARGE && (w->express || w->features & FEATURE_PREFETCH)
               ? SOURCE_AHEAD
               : 0;
}

/* The express way, if it is open and nobody says otherwise. */
static int take_way(struct world *w, bool *express)
{
    const struct world_order *o = w->order;
    const char *refused = o->way == ENGINE_GENERAL ? "it is told not to" : express_refuses(o);

    *express = refused == NULL;
    if (refused && o->way == ENGINE_EXPRESS) {
        world_fail(w, "it cannot go the express way: %s", refused);
        return -EINVAL;
    }
    if (*express && express_is_wide(o)) /* as the general loop has it for all that there is */
        w->features = FEATURE_ALL;
    else if (*express)
        w->features = (scenario_has_links(o->scenario) ? FEATURE_LINKS : 0) |
                      (o->scenario->servers_total >= FEATURE_LARGE ? FEATURE_PREFETCH : 0);
    return 0;
}

int world_open(struct world *w, const struct world_order *order)
{
    const struct scenario *s = order->scenario;
    bool large = s->servers_total >= FEATURE_LARGE, express;
    int failed;

    memset(w, 0, sizeof *w);
    w->order = order;
    w->scenario = s;
    w->free_job = w->free_message = JOB_NONE;
    w->requests = order->requests ? order->requests : UINT64_MAX;
    w->warmup = order->warmup;
    w->closes = s->run.duration && (scenario_has_closed(s) || scenario_has_sessions(s))
                    ? s->run.duration
                    : LB_NEVER;
    w->features = world_features(order);
    if (take_way(w, &express))
        return -EINVAL;
    w->may_dry = scenario_may_dry(s);
    w->way = world_constant_way(s, w->features);
    w->policy_key = stream_key(s->run.seed, order->replication, 0, STREAM_POLICY);
    w->panic_key = stream_key(s->run.seed, order->replication, 0, STREAM_PANIC);
    failed = queue_open(&w->queue, order->queue, large ? touch : NULL, w);
    if (!failed)
        failed = open_tally(w);
    if (!failed)
        failed = feed_open(w);
    if (!failed)
        failed = open_users(w);
    if (!failed)
        failed = open_servers(w);
    if (!failed)
        failed = timeline_open(w);
    if (!failed && !reserve_jobs(w))
        failed = -ENOMEM;
    if (!failed && world_needs_trips(order))
        failed = trips_open(w);
    if (!failed)
        failed = open_links(w);
    if (!failed)
        failed = open_clients(w);
    if (!failed)
        failed = open_agents(w);
    if (!failed)
        failed = balancers_open(w);
    if (!failed)
        failed = source_open(&w->source, s, order->replication);
    if (!failed && express)
        failed = express_open(w);
    w->ahead = failed ? 0 : distance(w);
    if (failed == -ENOMEM)
        world_fail(w, "out of memory for %u servers", s->servers_total);
    return failed;
}

static void release(void *at, size_t each)
{
    slab_release(at, each * EVENT_INDEX_LIMIT);
}

static void close_groups(struct world *w)
{
    uint32_t i;

    for (i = 0; w->group && i < w->groups; i++) {
        free(w->group[i].core_free);
        free(w->group[i].state);
        free(w->group[i].armed);
    }
    free(w->group);
}

void world_close(struct world *w)
{
    int i;

    express_close(w);
    balancers_close(w);
    trips_close(w);
    timeline_close(w);
    ledger_close(w->ledger);
    close_groups(w);
    source_close(&w->source);
    queue_close(&w->queue);
    release(w->job, sizeof w->job[0]);
    release(w->travel, sizeof w->travel[0]);
    release(w->state, sizeof w->state[0]);
    release(w->place, sizeof w->place[0]);
    release(w->hold, sizeof w->hold[0]);
    release(w->memo, sizeof w->memo[0]);
    release(w->more, sizeof w->more[0]);
    release(w->user_of_job, sizeof w->user_of_job[0]);
    release(w->session, sizeof w->session[0]);
    release(w->message, sizeof w->message[0]);
    for (i = 0; disciplines[i]; i++)
        release(w->jobs_of[i], disciplines[i]->job_size);
    slab_release(w->server, (size_t)w->scenario->servers_total * sizeof w->server[0] + 1);
    for (i = 0; i < DURATIONS; i++)
        slab_release(w->tally.histogram[i], sizeof *w->tally.histogram[i]);
    free(w->link);
    free(w->spread_key);
    free(w->service_key);
    free(w->think_key);
    free(w->patience_key);
    free(w->bytes_key);
    free(w->session_key);
    free(w->number_key);
    free(w->estimate_key);
    free(w->sessions_begun);
    free(w->turn);
    free(w->user_client);
    free(w->user_count);
    free(w->agent_memory);
    free(w->account);
}
