/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/closed_form.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/theory_case.h"

/* A case and what it points to. */
struct situation {
    struct theory_case c;
    double rates[THEORY_STATES], generator[THEORY_STATES * THEORY_STATES];
    struct theory_class classes[THEORY_CLASSES];
    const char *names[THEORY_CLASSES];
};

static uint32_t choices_of(const struct policy_spec *p)
{
    const struct lb_param *param;

    for (param = p->policy->params; param && param->name; param++)
        if (!strcmp(param->name, "d") && param->type == LB_INT) {
            int64_t d;

            memcpy(&d, (const char *)p->config + param->offset, sizeof d);
            return d > 0 && d < 1000 ? (uint32_t)d : 0;
        }
    return 0;
}

static double mean_of(const struct distribution *d)
{
    return d->kind->mean(d);
}

static double scv_of(const struct distribution *d)
{
    return d->kind->variance(d) / (mean_of(d) * mean_of(d));
}

static bool is(const struct distribution *d, const char *kind)
{
    return !strcmp(d->kind->name, kind);
}

/* ---- What keeps a scenario from all models. Whatever else the format may come to hold belongs
 * here, unless the case says it. */

static const char *client_disturbs(const struct client_spec *client)
{
    if (client->timeout != LB_NEVER || client->deadline != LB_NEVER)
        return "clients have a time-out";
    if (client->retry.attempts > 1)
        return "clients try again";
    if (client->parts > 1)
        return "requests have parts";
    if (client->changes_n)
        return "rates change with time";
    if (client->sessions.requests.kind)
        return "clients have sessions";
    if (client->service_in_trace)
        return "the work comes from a trace";
    if (client->size_estimate.kind)
        return "declared sizes are estimates";
    return NULL;
}

static const char *servers_disturb(const struct server_spec *servers)
{
    if (servers->errors + servers->resets + servers->hangs > 0.0)
        return "servers make errors";
    if (servers->faults_n)
        return "servers have faults";
    if (servers->redrawn.n)
        return "speeds are drawn anew";
    if (servers->warm_up.over > 0 || servers->slow_start.window > 0)
        return "servers start slowly";
    return NULL;
}

static bool copies_or_repeats(const struct attempts_spec *a, const struct policy_spec *p)
{
    return a->timeout != LB_NEVER || a->deadline != LB_NEVER || a->retry.attempts > 1 ||
           a->hedge.most > 1 || (p->policy->sees & LB_SENDS_COPIES);
}

static const char *balancer_disturbs(const struct balancer_spec *b, const struct policy_spec *p)
{
    const struct guard_spec *g = &b->guard;

    if (copies_or_repeats(&b->attempts, p))
        return "requests may have several attempts";
    if (b->queue.given)
        return "the balancer has a queue of its own";
    if (g->has_health || g->has_outlier || g->has_breaker || g->has_concurrency ||
        g->has_rate_limit || g->has_admission || g->sheds || !isnan(g->panic) ||
        g->in_flight != SCENARIO_UNLIMITED || g->per_server != SCENARIO_UNLIMITED ||
        g->retries != SCENARIO_UNLIMITED)
        return "the balancer has checks or limits";
    return NULL;
}

static const char *disturbance(const struct scenario *s, const struct policy_spec *p)
{
    const char *wrong = NULL;
    uint32_t i;

    if (p->plugin)
        return "the policy is a plug-in";
    if (s->servers_n > 1 || s->balancers_n > 1)
        return "there is more than one kind of servers or balancers";
    if (s->links_n)
        return "there are links";
    if (s->zones_n)
        return "there are zones";
    if (s->changes_n || s->servers_present != s->servers_total)
        return "there is a timeline";
    wrong = servers_disturb(&s->servers[0]);
    if (!wrong)
        wrong = balancer_disturbs(&s->balancers[0], p);
    if (wrong)
        return wrong;
    if (s->clients_n > 1 && s->servers[0].discipline != DISCIPLINE_PRIORITY)
        return "there is more than one kind of clients";
    if ((s->run.warmup == WARMUP_COUNT && s->run.warmup_count == 0) ||
        (s->run.warmup == WARMUP_TIME && s->run.warmup_time == 0))
        return "the run starts empty and measures that too (warmup 0)";
    for (i = 0; !wrong && i < s->clients_n; i++)
        wrong = client_disturbs(&s->clients[i]);
    return wrong;
}

/* ---- Arrivals. */

static const char *renewal_of(const struct client_spec *client, struct theory_case *c)
{
    const struct distribution *gap = &client->arrivals.interarrival;

    c->arrivals = THEORY_RENEWAL;
    c->gap_scv = scv_of(gap);
    if (is(gap, "exponential"))
        c->gap_phases = 1;
    else if (is(gap, "deterministic"))
        c->gap_phases = 0;
    else if (is(gap, "erlang"))
        c->gap_phases = (uint32_t)lround(1.0 / c->gap_scv);
    else if (is(gap, "hyperexponential") && !gap->table)
        c->gap_phases = THEORY_UNLIMITED;
    else
        return "no model has such times between requests";
    return NULL;
}

static const char *batches_of(const struct client_spec *client, struct theory_case *c)
{
    const struct distribution *size = &client->arrivals.size;
    const double mean = mean_of(size);

    if (!is(size, "geometric") && !(is(size, "deterministic") && mean == floor(mean)))
        return "no model has such batches";
    c->arrivals = THEORY_BATCHES;
    c->batch_mean = mean;
    c->batch_scv = scv_of(size);
    return NULL;
}

/* Rates as written, then as the load has them. */
static const char *modulated_of(const struct client_spec *client, struct situation *at,
                                const double *rates, const double *leave, uint32_t n)
{
    double time = 0.0, sum = 0.0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        time += 1.0 / leave[i];
        sum += rates[i] / leave[i];
    }
    for (i = 0; i < n; i++)
        at->rates[i] = rates[i] * client->rate * time / sum;
    theory_generator(leave, n, at->generator);
    at->c.arrivals = THEORY_MODULATED;
    at->c.rates = at->rates;
    at->c.generator = at->generator;
    at->c.states = n;
    return NULL;
}

static const char *on_off_of(const struct client_spec *client, struct situation *at)
{
    const struct distribution *on = &client->arrivals.on, *off = &client->arrivals.off;
    const double rates[] = { 1.0, 0.0 }, leave[] = { 1.0 / mean_of(on), 1.0 / mean_of(off) };

    if (!is(on, "exponential") || !is(off, "exponential"))
        return "no model has periods that are not exponential";
    return modulated_of(client, at, rates, leave, 2);
}

static const char *arrivals_of(const struct client_spec *client, struct situation *at)
{
    const struct arrival_spec *spec = &client->arrivals;

    switch (client->process) {
    case ARRIVAL_POISSON:
        return NULL;
    case ARRIVAL_DETERMINISTIC:
        at->c.arrivals = THEORY_EQUAL;
        return NULL;
    case ARRIVAL_RENEWAL:
        return renewal_of(client, &at->c);
    case ARRIVAL_BATCH:
        return batches_of(client, &at->c);
    case ARRIVAL_MMPP:
        if (spec->rates.n > THEORY_STATES)
            return "the arrivals have too many states";
        return modulated_of(client, at, spec->rates.at, spec->leave.at, spec->rates.n);
    case ARRIVAL_ON_OFF:
        return on_off_of(client, at);
    case ARRIVAL_CLOSED:
        at->c.arrivals = THEORY_CLOSED;
        at->c.population = client->population;
        at->c.think_mean = mean_of(&client->think);
        return NULL;
    default:
        return "no model has such arrivals";
    }
}

static const char *patience_of(const struct client_spec *client, struct theory_case *c)
{
    const struct distribution *patience = &client->patience;

    if (!patience->kind)
        return NULL;
    c->patience_mean = mean_of(patience);
    if (is(patience, "exponential"))
        c->patience = THEORY_PATIENCE_EXPONENTIAL;
    else if (is(patience, "deterministic"))
        c->patience = THEORY_PATIENCE_EQUAL;
    else
        return "no model has such a patience";
    return NULL;
}

/* ---- Disciplines. */

/* The most urgent first; each client's priority must be its own. */
static const char *priorities_of(const struct scenario *s, struct situation *at)
{
    const struct client_spec *client[THEORY_CLASSES];
    uint32_t i, j;

    if (s->clients_n > THEORY_CLASSES)
        return "there are too many classes";
    for (i = 0; i < s->clients_n; i++) {
        const struct client_spec *one = &s->clients[i];

        if (one->process != ARRIVAL_POISSON || one->patience.kind)
            return "classes of priority with other than Poisson requests, or patience";
        for (j = i; j > 0 && client[j - 1]->priority <= one->priority; j--) {
            if (client[j - 1]->priority == one->priority)
                return "two clients have the same priority";
            client[j] = client[j - 1];
        }
        client[j] = one;
    }
    for (at->c.rate = 0.0, i = 0; i < s->clients_n; i++) {
        at->classes[i] = (struct theory_class) { client[i]->rate,
                                                 mean_of(&client[i]->service) / s->servers[0].speed,
                                                 scv_of(&client[i]->service) };
        at->names[i] = client[i]->name;
        at->c.rate += client[i]->rate;
    }
    at->c.discipline = THEORY_PRIORITIES;
    at->c.classes = at->classes;
    at->c.classes_n = s->clients_n;
    at->c.preemptive = s->servers[0].preemptive;
    return NULL;
}

static const char *discipline_of(const struct scenario *s, struct situation *at)
{
    switch (s->servers[0].discipline) {
    case DISCIPLINE_FIFO:
        return NULL;
    case DISCIPLINE_PS:
        at->c.discipline = THEORY_SHARED;
        return NULL;
    case DISCIPLINE_LIFO:
        at->c.discipline = THEORY_NEWEST;
        return NULL;
    case DISCIPLINE_SRPT:
        at->c.discipline = THEORY_SHORTEST;
        return NULL;
    case DISCIPLINE_PRIORITY:
        return priorities_of(s, at);
    default:
        return "no model has such a discipline";
    }
}

/* Numbers of a class are under its client's name. */
static void name_classes(const struct situation *at, struct theory_answer *answer)
{
    uint32_t i;

    for (i = 0; i < answer->extras && at->c.classes_n; i++) {
        struct theory_extra *extra = &answer->extra[i];
        const int bare = (int)strcspn(extra->name, "{");
        char name[sizeof extra->name];

        snprintf(name, sizeof name, "%.*s{%.16s}", bare, extra->name, at->names[i / 2]);
        memcpy(extra->name, name, sizeof name);
    }
}

const char *closed_form(const struct scenario *s, const struct policy_spec *p,
                        struct theory_answer *answer)
{
    const struct client_spec *client = &s->clients[0];
    const struct server_spec *servers = &s->servers[0];
    struct situation at = { .c = { .rate = client->rate,
                                   .servers = s->servers_total,
                                   .cores = servers->cores,
                                   .queue_limit = servers->queue_limit,
                                   .alike = true,
                                   .undisturbed = true,
                                   .balancers = s->balancers[0].count,
                                   .policy = p->name,
                                   .choices = choices_of(p) } };
    const char *wrong = disturbance(s, p);

    if (!wrong)
        wrong = arrivals_of(client, &at);
    if (!wrong)
        wrong = patience_of(client, &at.c);
    if (!wrong)
        wrong = discipline_of(s, &at);
    if (wrong)
        return wrong;
    theory_case_service(&at.c, &client->service, servers->speed);
    wrong = theory_match(&at.c, answer);
    if (!wrong)
        name_classes(&at, answer);
    return wrong;
}
