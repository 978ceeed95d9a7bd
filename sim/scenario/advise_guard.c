/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What had better not be said of health and ejection. */
#include "sim/scenario/advise_part.h"

/* ---- Ejection. */

/* Does the share that may be out let one out? */
static bool lets_one_out(const struct outlier_spec *o, uint32_t seats)
{
    if (isnan(o->most_ejected) || o->at_least_one || o->rule > OUTLIER_GRPC)
        return true;
    return o->rule == OUTLIER_GRPC ? o->most_ejected > 0 : 1. / seats <= o->most_ejected;
}

/* Servers without which no rule of rates or latencies judges anybody; 0: there is no such rule. */
static uint32_t least_hosts(const struct outlier_spec *o, bool latency)
{
    uint32_t least = UINT32_MAX;

    if (o->success_rate.enforced > 0)
        least = o->success_rate.least_hosts;
    if (o->failure_percentage.enforced > 0 && o->failure_percentage.least_hosts < least)
        least = o->failure_percentage.least_hosts;
    if (latency && !isnan(o->latency.factor) && o->latency.least_hosts < least)
        least = o->latency.least_hosts;
    return least == UINT32_MAX ? 0 : least;
}

static bool judges_in_a_row(const struct outlier_spec *o)
{
    return o->consecutive && (o->enforced > 0 || o->rule > OUTLIER_GRPC);
}

/* Is a server left out that fails? */
static bool ejects_failures(const struct duty *d)
{
    const struct outlier_spec *o = &d->spec->guard.outlier;
    const uint32_t hosts = least_hosts(o, false);

    return d->spec->guard.has_outlier && lets_one_out(o, d->sight.seats) &&
           (judges_in_a_row(o) || (hosts && hosts <= d->sight.seats));
}

static void advise_outlier(const struct duty *d)
{
    const struct outlier_spec *o = &d->spec->guard.outlier;
    const uint32_t hosts = least_hosts(o, true);
    const struct trail here = { &d->here, "outlier", -1 };

    if (!d->spec->guard.has_outlier)
        return;
    if (!lets_one_out(o, d->sight.seats))
        warn(d->build->reader, "useless_outlier", &here, d->form->outlier.node,
             "most_ejected, %g, lets none of %u servers out: say at_least_one, or a larger part",
             o->most_ejected, (unsigned)d->sight.seats);
    else if (!judges_in_a_row(o) && hosts > d->sight.seats)
        warn(d->build->reader, "useless_outlier", &here, d->form->outlier.node,
             "least_hosts, %u, is more than the %u servers there are: nobody is judged",
             (unsigned)hosts, (unsigned)d->sight.seats);
}

/* ---- The others. */

/* Servers that end requests fast because they fail look idle. */
void advise_sinks(const struct duty *d)
{
    const struct scenario *scenario = d->build->scenario;
    const struct guard_spec *g = &d->spec->guard;
    const struct trail servers = { NULL, "servers", -1 };
    const cJSON *node = d->form->node;
    uint32_t i;

    if (!d->sight.sinks || ejects_failures(d) || g->has_breaker ||
        (g->has_health && g->health.deep))
        return;
    for (i = 0; i < scenario->policies_n; i++)
        if (build_policy_sees(&scenario->policies[i]) &
            (LB_SEES_LOAD | LB_SEES_TRUTH | LB_SEES_WORK)) {
            warn(d->build->reader, "sinkhole", node ? &d->here : &servers,
                 node ? node : build_value(d->build->top.node, "servers"),
                 "a server that fails at once looks idle to %s and draws all requests: give the "
                 "balancer outlier, or checks that are deep",
                 scenario->policies[i].label);
            return;
        }
}

static void advise_health(const struct duty *d)
{
    const struct guard_spec *g = &d->spec->guard;
    const struct trail here = { &d->here, "health", -1 };
    const double found = g->health.fall * seconds(g->health.interval);

    if (g->has_health && d->sight.least_fault < found)
        warn(d->build->reader, "slow_checks", &here, d->form->health.node,
             "%u failed checks take %.3g s, and some faults last only %.3g s",
             (unsigned)g->health.fall, found, d->sight.least_fault);
}

static void advise_panic(const struct duty *d)
{
    const struct guard_spec *g = &d->spec->guard;
    const double one = d->sight.servers ? 1 - 1. / d->sight.servers : 0;
    const bool others = g->has_health;

    if (isnan(g->panic) || !g->has_outlier)
        return;
    if (one < g->panic)
        say(d, "panic_or_ejection", "panic",
            "one server less is panic already: whom `outlier` leaves out is used at once again");
    else if (!others && 1 - g->outlier.most_ejected >= g->panic && g->outlier.rule < OUTLIER_NGINX)
        say(d, "panic_or_ejection", "panic",
            "it never comes to this: most_ejected leaves more servers than that");
}

static void advise_breaker(const struct duty *d)
{
    const struct breaker_spec *b = &d->spec->guard.breaker;
    const struct trail here = { &d->here, "breaker", -1 };
    const double expected = d->rate * seconds(b->window) / fmax(d->sight.servers, 1);

    if (d->spec->guard.has_breaker && expected > 0 && expected < b->least_requests)
        warn(d->build->reader, "breaker_never_opens", &here, d->form->breaker.node,
             "a server gets about %.3g requests in a window, of %u that it takes", expected,
             (unsigned)b->least_requests);
}

void advise_guard(const struct duty *d)
{
    advise_outlier(d);
    advise_health(d);
    advise_panic(d);
    advise_breaker(d);
}

/* ---- Work in a trace. */

static void say_of_trace(struct build *build, const struct trail *owner, const cJSON *node,
                         const char *key, const char *what)
{
    const struct trail here = { owner, key, -1 };

    warn(build->reader, "unused_work", &here, build_value(node, key),
         "the trace has the work of each request: %s", what);
}

static void advise_client_work(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail here = roster_trail(&build->clients, i), retry = { &here, "retry", -1 };

    if (!client->service_in_trace)
        return;
    if (client->retry.independent)
        say_of_trace(build, &retry, form->retry.node, "work", "none is drawn anew");
    if (client->parts > 1)
        say_of_trace(build, &here, form->node, "fan_out", "all parts have the same");
}

/* Does each client of the balancer take its work from a trace? */
static bool all_traced(const struct scenario *scenario, uint32_t balancer)
{
    bool any = false;
    uint32_t k;

    for (k = 0; k < scenario->clients_n; k++)
        if (scenario->clients[k].balancer == balancer) {
            if (!scenario->clients[k].service_in_trace)
                return false;
            any = true;
        }
    return any;
}

static void advise_balancer_work(struct build *build, uint32_t i)
{
    const struct attempts_spec *spec = &build->scenario->balancers[i].attempts;
    const struct balancer_form *form = roster_at(&build->balancers, i);
    const struct trail up = roster_trail(&build->balancers, i), inner = { &up, "attempts", -1 };
    const struct trail retry = { &inner, "retry", -1 }, copies = { &inner, "copies", -1 };

    if (!(spec->retry.independent || spec->copies.independent) || !all_traced(build->scenario, i))
        return;
    if (spec->retry.independent)
        say_of_trace(build, &retry, form->attempts.retry.node, "work", "none is drawn anew");
    if (spec->copies.independent)
        say_of_trace(build, &copies, form->attempts.copies.node, "work", "none is drawn anew");
}

void advise_traced_work(struct build *build)
{
    uint32_t i;

    for (i = 0; i < build->scenario->clients_n; i++)
        advise_client_work(build, i);
    for (i = 0; i < build->scenario->balancers_n; i++)
        advise_balancer_work(build, i);
}
