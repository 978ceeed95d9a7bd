/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What had better not be said of attempts, health and limits: they are known to make an outage
 * worse, or to do nothing. */
#include <math.h>
#include <string.h>

#include "sim/scenario/advise_part.h"
#include "sim/scenario/contradiction.h"

static const double HEDGE_LOAD = .5; /* above this, hedges are a load themselves */

uint32_t build_policy_sees(const struct policy_spec *spec)
{
    const struct rows rows = rows_of_params(spec->policy->params, spec->policy->param_size);
    uint32_t sees = spec->policy->sees, i;
    struct field field;

    for (i = 0; spec->config && rows_at(&rows, i, &field); i++) {
        const struct lb_inner *inner = (const void *)((const char *)spec->config + field.offset);

        if (field.type == FIELD_POLICY && inner->policy)
            sees |= build_policy_sees(
                &(struct policy_spec) { .policy = inner->policy, .config = inner->config });
    }
    return sees;
}

/* Of the policies together. */
static uint32_t all_see(const struct scenario *scenario)
{
    uint32_t sees = 0, i;

    for (i = 0; i < scenario->policies_n; i++)
        sees |= build_policy_sees(&scenario->policies[i]);
    return sees;
}

static const struct balancer_spec *balancer_of(const struct scenario *scenario,
                                               const struct client_spec *client)
{
    return &scenario->balancers[client->balancer];
}

static bool is_sink(enum server_state state)
{
    return state == SERVER_BLACK_HOLE || state == SERVER_REFUSE;
}

static void see_state(struct sight *sight, enum server_state state, double lasts)
{
    sight->errors |= state == SERVER_BLACK_HOLE || state == SERVER_RESET;
    sight->sinks |= is_sink(state);
    sight->returns = true;
    if (state != SERVER_UP && state != SERVER_DRAIN)
        sight->least_fault = fmin(sight->least_fault, lasts);
}

static void see_group(struct sight *sight, const struct scenario *scenario,
                      const struct server_spec *group)
{
    uint32_t i;

    sight->errors |= group->errors + group->resets > 0;
    sight->fastest = fmax(sight->fastest, group->speed);
    sight->servers += group->present;
    sight->seats += group->count;
    for (i = 0; i < group->redrawn.n; i++)
        sight->fastest = fmax(sight->fastest, group->redrawn.values[i]);
    for (i = 0; i < group->faults_n; i++)
        if (group->faults[i].change.kind == CHANGE_STATE)
            see_state(sight, group->faults[i].change.state,
                      group->faults[i].lasts.kind->mean(&group->faults[i].lasts));
    for (i = 0; i < scenario->changes_n; i++) {
        const struct change *c = &scenario->changes[i];

        if (c->kind == CHANGE_COUNT && &scenario->servers[c->first] == group)
            sight->returns = true;
        if (c->kind == CHANGE_STATE && c->first < group->first + group->count &&
            group->first < c->first + c->count)
            see_state(sight, c->state,
                      c->until == LB_NEVER ? INFINITY : (double)(c->until - c->at) * 1e-9);
    }
}

static struct sight see(const struct scenario *scenario, const struct balancer_spec *balancer)
{
    struct sight sight = { .least_fault = INFINITY };
    uint32_t k;

    for (k = 0; k < balancer->groups_n; k++)
        see_group(&sight, scenario, &scenario->servers[balancer->groups[k]]);
    return sight;
}

/* ---- Clients. */

static double tries(const struct retry_spec *retry)
{
    return retry->attempts == SCENARIO_UNLIMITED ? INFINITY : (double)retry->attempts;
}

/* Do its retries make more work, where the servers have too much? */
static bool feeds(const struct retry_spec *retry, bool timeout, bool errors)
{
    return retry->attempts > 1 && !retry->budgeted &&
           ((retry->on & FAILURE_TIMEOUT && timeout) || (retry->on & FAILURE_ERROR && errors));
}

static void advise_storm(struct build *build, const struct trail *owner, const cJSON *node,
                         const struct retry_spec *retry, double load)
{
    const struct trail here = { owner, "retry", -1 };

    if (!(tries(retry) * load > 1) && retry->attempts != SCENARIO_UNLIMITED)
        return;
    if (retry->attempts == SCENARIO_UNLIMITED)
        warn(build->reader, "retry_storm", &here, node,
             "attempts are unlimited and there is no budget: an outage feeds itself");
    else
        warn(build->reader, "retry_storm", &here, node,
             "%u attempts at a load of %.3g are a load of %.3g while requests fail, and there is "
             "no budget: an outage feeds itself",
             (unsigned)retry->attempts, load, tries(retry) * load);
}

/* Of two attempts there is one wait. */
static void advise_growth(struct build *build, const struct trail *owner,
                          const struct retry_form *form, const struct retry_spec *retry)
{
    const struct trail up = { owner, "backoff", -1 }, here = { &up, "factor", -1 };

    if (form->node && retry->attempts == 2 && build_has(form->backoff.node, "factor"))
        warn(build->reader, "unused_retry", &here, build_value(form->backoff.node, "factor"),
             "two attempts have one wait between them: it does not grow");
}

static void advise_client_times(struct build *build, const struct trail *here,
                                const struct client_form *form, const struct client_spec *client,
                                const struct sight *sight)
{
    const struct attempts_spec *attempts = &balancer_of(build->scenario, client)->attempts;
    const struct trail timeout = { here, "timeout", -1 };
    const double most = fmin(seconds(client->timeout), seconds(client->deadline));
    const double service = client->service.kind->mean(&client->service) / sight->fastest;

    if (seconds(client->timeout) < service)
        warn(build->reader, "short_timeout", &timeout, build_value(form->node, "timeout"),
             "it is shorter than the mean service, %.3g s on the fastest server", service);
    if (client->timeout != LB_NEVER && client->timeout >= client->deadline)
        warn(build->reader, "late_timeout", &timeout, build_value(form->node, "timeout"),
             "the deadline comes first: this timeout never does");
    if (attempts->timeout == LB_NEVER || isinf(most))
        return;
    if (seconds(attempts->timeout) >= most)
        warn(build->reader, "late_retries", here, form->node,
             "it gives up after %.3g s, before its balancer gives up an attempt", most);
    else if (attempts->retry.attempts > 1 && attempts->retry.on & FAILURE_TIMEOUT &&
             tries(&attempts->retry) * seconds(attempts->timeout) > most)
        warn(build->reader, "late_retries", here, form->node,
             "it gives up after %.3g s, before its balancer has made all attempts", most);
}

static void advise_client(struct build *build, uint32_t i, const struct sight *sight)
{
    const struct scenario *scenario = build->scenario;
    const struct client_form *form = roster_at(&build->clients, i);
    const struct client_spec *client = &scenario->clients[i];
    const struct trail here = roster_trail(&build->clients, i), retry = { &here, "retry", -1 };
    const bool timeout = client->timeout != LB_NEVER;

    if (feeds(&client->retry, timeout, sight->errors))
        advise_storm(build, &here, form->retry.node, &client->retry, scenario->offered_load);
    if (form->retry.node && client->retry.attempts == 1 && form->retry.node->child->next)
        warn(build->reader, "unused_retry", &retry, form->retry.node,
             "of one attempt in all nothing else that stands here matters");
    advise_growth(build, &retry, &form->retry, &client->retry);
    if (client->retry.attempts > 1 && client->retry.on & FAILURE_TIMEOUT && timeout &&
        !client->cancels)
        warn(build->reader, "zombie_work", &retry, form->retry.node,
             "it tries again after a timeout, and the server works on at what nobody waits for: "
             "say cancel");
    advise_client_times(build, &here, form, client, sight);
}

/* ---- Balancers. */

static void advise_retries(const struct duty *d)
{
    const struct attempts_spec *a = &d->spec->attempts;
    const struct retry_form *form = &d->form->attempts.retry;
    const struct trail here = { &d->here, "attempts", -1 }, retry = { &here, "retry", -1 };
    const struct trail timeout = { &here, "timeout", -1 };

    if (d->spec->guard.retries == SCENARIO_UNLIMITED &&
        feeds(&a->retry, a->timeout != LB_NEVER, d->sight.errors))
        advise_storm(d->build, &here, form->node, &a->retry, d->build->scenario->offered_load);
    if (form->node && a->retry.attempts == 1 && form->node->child->next)
        warn(d->build->reader, "unused_retry", &retry, form->node,
             "of one attempt in all nothing else that stands here matters");
    if (form->node && a->retry.attempts > 1 && d->spec->guard.retries == 0)
        warn(d->build->reader, "unused_retry", &retry, form->node,
             "limits.retries is 0: it never tries again");
    advise_growth(d->build, &retry, form, &a->retry);
    if (seconds(a->timeout) < d->service)
        warn(d->build->reader, "short_timeout", &timeout,
             build_value(d->form->attempts.node, "timeout"),
             "it is shorter than the mean service, %.3g s on the fastest server", d->service);
    if (a->timeout != LB_NEVER && a->timeout >= a->deadline)
        warn(d->build->reader, "late_timeout", &timeout,
             build_value(d->form->attempts.node, "timeout"),
             "the deadline comes first: this timeout never does");
}

static void advise_hedge(const struct duty *d)
{
    const struct hedge_spec *h = &d->spec->attempts.hedge;
    const struct trail up = { &d->here, "attempts", -1 }, here = { &up, "hedge", -1 };
    const cJSON *node = d->form->attempts.hedge.node;

    if (h->most == 1)
        return;
    if (d->spec->guard.retries == 0)
        warn(d->build->reader, "unused_hedge", &here, node, "limits.retries is 0: it never hedges");
    else if (d->sight.seats == 1)
        warn(d->build->reader, "unused_hedge", &here, node,
             "there is one server, where the first attempt is");
    if (!h->budgeted && d->spec->guard.retries == SCENARIO_UNLIMITED &&
        (h->most > 2 || d->build->scenario->offered_load > HEDGE_LOAD))
        warn(d->build->reader, "unbounded_hedge", &here, node,
             "nothing bounds its hedges: when answers get slow they are more load; give it a "
             "budget");
    if (h->after != LB_NEVER && h->after >= d->spec->attempts.timeout)
        warn(d->build->reader, "late_hedge", &here, node,
             "the attempt times out first: it never hedges");
}

/* Policies whose copies wait in line together, and only one is served. */
static void advise_on_start(const struct duty *d)
{
    static const char *const names[] = { "tied", "approx_pull" };
    const struct scenario *scenario = d->build->scenario;
    const struct trail here = { NULL, "policies", -1 };
    uint32_t i, k;

    if (d->spec->attempts.copies.cancel == COPIES_CANCEL_ON_START)
        return;
    for (i = 0; i < scenario->policies_n; i++)
        for (k = 0; k < sizeof names / sizeof names[0]; k++)
            if (!strcmp(scenario->policies[i].policy->name, names[k]))
                warn(d->build->reader, "copies_all_served", &here,
                     build_value(d->build->top.node, "policies"),
                     "%s sends copies of which one is to be served: say attempts.copies.cancel "
                     "\"on_start\" of balancer \"%s\"",
                     scenario->policies[i].label, d->spec->name);
}

static void advise_unused_keys(const struct duty *d)
{
    const struct guard_spec *g = &d->spec->guard;
    const bool any = d->form->attempts.copies.node || d->spec->queue.given || g->sheds;
    const uint32_t sees = any ? all_see(d->build->scenario) : 0;
    const struct trail up = { &d->here, "attempts", -1 }, here = { &up, "copies", -1 };
    const bool held = d->spec->on_none == ON_NONE_QUEUE || g->in_flight != SCENARIO_UNLIMITED ||
                      g->per_server != SCENARIO_UNLIMITED || g->has_concurrency || g->has_breaker ||
                      sees & LB_MAY_HOLD;

    if (d->form->attempts.copies.node && d->spec->attempts.hedge.most == 1 &&
        !(sees & LB_SENDS_COPIES))
        warn(d->build->reader, "unused_copies", &here, d->form->attempts.copies.node,
             "there are no copies: it does not hedge, and no policy sends any");
    if (d->spec->queue.given && !held)
        say(d, "unused_queue", "queue",
            "nobody waits here: on_none is not queue, there is no limit on what is out, and no "
            "policy holds requests back");
    if (g->sheds && g->shed_queue != SCENARIO_UNLIMITED &&
        g->shed_in_flight == SCENARIO_UNLIMITED && !held)
        say(d, "unused_queue", "shed", "nobody waits at this balancer, so nothing is shed");
    if (d->spec->queue.given && held && d->spec->queue.limit == SCENARIO_UNLIMITED &&
        d->spec->queue.time_limit == LB_NEVER && d->spec->queue.order != QUEUE_CODEL &&
        d->build->scenario->offered_load > 1)
        say(d, "unbounded_queue", "queue",
            "more is offered than the servers can do, and neither limit nor time_limit bounds it");
}

static void advise_balancer(const struct duty *d)
{
    advise_sinks(d);
    advise_on_start(d);
    if (d->build->top.balancers.node == d->build->top.node)
        return;
    advise_retries(d);
    advise_hedge(d);
    advise_unused_keys(d);
    advise_guard(d);
}

/* ---- Servers. */

/* Does some balancer take a server of the group back, having left it out? */
static bool taken_back(const struct scenario *scenario, uint32_t group)
{
    uint32_t i, k;

    for (i = 0; i < scenario->balancers_n; i++)
        for (k = 0; k < scenario->balancers[i].groups_n; k++)
            if (scenario->balancers[i].groups[k] == group &&
                (scenario->balancers[i].guard.has_health ||
                 scenario->balancers[i].guard.has_outlier))
                return true;
    return false;
}

static void advise_group(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct server_form *form = roster_at(&build->servers, i);
    const struct trail up = roster_trail(&build->servers, i);
    const struct trail start = { &up, "slow_start", -1 }, warm = { &up, "warm_up", -1 };
    struct sight sight = { .least_fault = INFINITY };

    if (!form->slow_start.node && !form->warm_up.node)
        return;
    see_group(&sight, scenario, &scenario->servers[i]);
    if (sight.returns)
        return;
    if (form->slow_start.node && !taken_back(scenario, i))
        warn(build->reader, "unused_slow_start", &start, form->slow_start.node,
             "none of these servers ever comes up: they are there from the start");
    if (form->warm_up.node)
        warn(build->reader, "unused_slow_start", &warm, form->warm_up.node,
             "none of these servers ever comes up: they are there from the start");
}

/* Balancers of all servers see the same. */
static void fill_sights(struct build *build, struct duty *duties)
{
    const struct scenario *scenario = build->scenario;
    const struct sight *all = NULL;
    uint32_t i;

    for (i = 0; i < scenario->balancers_n; i++) {
        const bool shared = scenario->balancers[i].groups == build->all;

        duties[i] =
            (struct duty) { .build = build,
                            .form = roster_at(&build->balancers, i),
                            .spec = &scenario->balancers[i],
                            .here = roster_trail(&build->balancers, i),
                            .sight = shared && all ? *all : see(scenario, &scenario->balancers[i]),
                            .service = INFINITY };
        if (shared)
            all = &duties[i].sight;
    }
}

static void add_client(struct duty *d, const struct client_spec *client)
{
    const double rate = client->process == ARRIVAL_CLOSED ? NAN : client->rate * client->parts;

    d->rate += rate / d->spec->count;
    d->service = fmin(d->service, client->service.kind->mean(&client->service) / d->sight.fastest);
}

void advise_mechanisms(struct build *build)
{
    const struct scenario *scenario = build->scenario;
    struct duty *duties = reader_get(build->reader, scenario->balancers_n * sizeof *duties);
    uint32_t i;

    if (!duties)
        return;
    fill_sights(build, duties);
    for (i = 0; i < scenario->clients_n; i++) {
        struct duty *d = &duties[scenario->clients[i].balancer];

        add_client(d, &scenario->clients[i]);
        advise_client(build, i, &d->sight);
    }
    for (i = 0; i < scenario->balancers_n; i++)
        advise_balancer(&duties[i]);
    for (i = 0; i < scenario->servers_n; i++)
        advise_group(build, i);
    advise_traced_work(build);
}
