/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A mechanism that is on but never acts changes nothing: a scenario where requests are one attempt
 * each, and the same with deadlines after years, budgets without a retry, and limits that nothing
 * meets, which runs by way of errands, calls and attempts. What happens at one instant may happen
 * in another order there: the scenarios have no such instants. And a balancer with a clock waits
 * for what is lost by its own clock: nothing is. And a client that may try again leaves while news
 * of a failure is under way, where one that tries once waits for it: nobody is impatient. And where
 * requests are one attempt each, how long an answer takes from the balancer to its client is known
 * when it leaves the server, not when it leaves the balancer: no client's link changes. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/features.h"
#include "sim/run/trial.h"
#include "sim/scenario/diagnose.h"
#include "tests/property/laws.h"
#include "tests/property/random_scenario.h"
#include "tests/property/same_runs.h"

static struct scenario *read_with(struct subject *s, const struct policy_source *source,
                                  enum mechanisms mechanisms, char **text, size_t *length)
{
    struct wish wish = { .seed = s->seed,
                         .number = s->number,
                         .requests = s->requests,
                         .trace = s->trace,
                         .mechanisms = mechanisms,
                         .untied = true };
    struct scenario_request request = { .policies = source, .open_file = scenario_open_file };
    struct diagnostics *said = diagnostics_open();
    struct scenario *scenario = NULL;

    *text = random_scenario(&wish, length);
    if (said && *text)
        scenario = scenario_read("idle.json", *text, *length, &request, said);
    if (said && !scenario)
        diagnostics_print(said, stdout, HIDE_WARNINGS);
    law_holds(s, LAW_READING, scenario != NULL, "a scenario with idle mechanisms is refused");
    diagnostics_close(said);
    return scenario;
}

static bool same_end(const struct logged *x, const struct logged *y)
{
    return x->ended == y->ended && x->issued == y->issued && x->server == y->server &&
           x->wait == y->wait && x->service == y->service && x->latency == y->latency;
}

static void show(const char *which, const struct logged *r, uint64_t serial)
{
    printf("  %s: request %" PRIu64 " issued %" PRId64 " ended as %u after %" PRId64
           " ns: wait %" PRId64 ", service %" PRId64 ", server %u\n",
           which, serial, r->issued, r->ended, r->latency, r->wait, r->service, r->server);
}

/* The first request that fares otherwise. */
static void show_first(const struct witness *a, const struct witness *b)
{
    uint64_t i = 0;

    while (i < a->n && i < b->n && same_end(&a->at[i], &b->at[i]))
        i++;
    if (i == a->n || i == b->n)
        return;
    show("plain", &a->at[i], i);
    show("idle ", &b->at[i], i);
}

/* Where a request was that came to nothing, of all its attempts. */
static void forget_what_may_differ(struct witness *w)
{
    uint64_t i;

    for (i = 0; i < w->n; i++)
        if (w->at[i].ended != ENDED_COMPLETED)
            w->at[i].server = LB_NONE;
}

/* The log, and all that is counted. */
static void same_run(struct subject *s, const struct scenario *plain, const struct scenario *idle,
                     uint32_t policy)
{
    struct witness *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
    const char *what;
    bool refused;

    if (!a || !b) {
        free(a);
        free(b);
        return;
    }
    if (witness_open(a, plain, policy, 0, &refused) == 0 &&
        law_holds(s, LAW_IDLE, witness_open(b, idle, policy, 0, &refused) == 0, "it fails: %s",
                  b->world.why)) {
        forget_what_may_differ(a);
        forget_what_may_differ(b);
        what = difference_of_runs(a, b, 1);
        law_holds(s, LAW_IDLE, !what, "idle mechanisms: %s differs", what);
        if (what)
            show_first(a, b);
    }
    witness_close(a);
    witness_close(b);
    free(a);
    free(b);
}

static void same_values(struct subject *s, const struct scenario *plain,
                        const struct scenario *idle, uint32_t policy)
{
    struct trial trial = {
        .scenario = plain, .policy = policy, .warmup = warmup_of(plain), .ahead = UINT32_MAX
    };
    struct metrics metrics = { 0 };
    struct outcome a, b;
    uint32_t i;

    if (metrics_open(&metrics, NULL, 0))
        return;
    trial_run(&trial, &metrics, &a);
    trial.scenario = idle;
    trial_run(&trial, &metrics, &b);
    for (i = 0; !a.failed && !b.failed && i < metrics.n; i++)
        law_holds(s, LAW_IDLE,
                  !memcmp(&a.values[i], &b.values[i], sizeof a.values[i]) ||
                      (isnan(a.values[i]) && isnan(b.values[i])),
                  "%s: %.17g, with idle mechanisms %.17g", metrics.at[i].full, a.values[i],
                  b.values[i]);
    outcome_close(&a);
    outcome_close(&b);
    metrics_close(&metrics);
}

static bool is_latency_or_bandwidth(const struct change *c)
{
    return c->kind == CHANGE_LATENCY || c->kind == CHANGE_BANDWIDTH;
}

static bool clients_link_changes(const struct scenario *s)
{
    uint32_t i, k;

    for (i = 0; i < s->changes_n; i++)
        for (k = 0; is_latency_or_bandwidth(&s->changes[i]) && k < s->clients_n; k++)
            if (s->clients[k].link == s->changes[i].first)
                return true;
    return false;
}

void laws_of_idleness(struct subject *s, const struct policy_source *source)
{
    char *kept = s->text, *text, *text_idle;
    size_t length = s->length, plain_length;
    struct scenario *plain, *idle;
    uint32_t i;

    s->policy = "idle mechanisms";
    plain = read_with(s, source, MECHANISMS_NONE, &text, &plain_length);
    idle = read_with(s, source, MECHANISMS_IDLE, &text_idle, &s->length);
    s->text = text_idle;
    for (i = 0; plain && idle && !clients_link_changes(plain) && i < plain->policies_n && i < 2;
         i++) {
        s->policy = plain->policies[i].label;
        same_run(s, plain, idle, i);
        same_values(s, plain, idle, i);
    }
    s->text = kept;
    s->length = length;
    free(text);
    free(text_idle);
    scenario_close(plain);
    scenario_close(idle);
}
