/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/caution.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/heavy_tail.h"

const char *const caution_codes[][2] = {
    { "breaker_never_opens", "a breaker wants more requests in its window than there are" },
    { "closed_ignores_load", "a closed client's rate follows from its users, not from load" },
    { "copies_all_served", "a policy of copies one of which is to be served, and all may be" },
    { "correlated",
      "the batch means of a single run are correlated: its intervals are too narrow" },
    { "few_replications", "fewer than 10 replications: no claim may rest on the interval" },
    { "heavy_tail",
      "so heavy a tail that it has no finite variance, or one request is more than 5 % of all "
      "work: averages settle slowly, intervals mislead" },
    { "late_hedge", "the attempt times out before it would be hedged" },
    { "late_retries", "the client gives up before its balancer has made its attempts" },
    { "late_timeout", "the deadline comes before the timeout" },
    { "no_keys", "a policy that goes by keys, and clients without: all goes to one server" },
    { "not_steady", "requests gather all the time it is measured: no steady state, no interval" },
    { "nothing_completed", "no request was completed: there are no latencies" },
    { "nothing_measured", "the warm-up is longer than the run" },
    { "pairing_backfired", "common random numbers made a difference less certain, not more" },
    { "panic_or_ejection",
      "a panic threshold and ejection that undo each other, or a threshold never reached" },
    { "precision_not_reached", "the budget did not suffice for the precision that was asked for" },
    { "retry_storm",
      "retries without a budget make more load than the servers can do: an outage feeds itself" },
    { "several_queues", "a central queue a balancer: several of them are not one queue" },
    { "short_timeout", "a timeout is shorter than the mean service" },
    { "sinkhole",
      "a server that fails at once looks idle to the policy, and nothing leaves it out" },
    { "slow_checks", "a fault is over before health checks have found it" },
    { "trace_ends", "a trace without loop ends while other clients go on" },
    { "unbounded_hedge", "nothing bounds hedges: when answers get slow they are more load" },
    { "unbounded_queue", "more load than capacity, and nothing bounds a balancer's queue" },
    { "unequal_replications", "policies have different replications: those in common count" },
    { "unfinished", "some requests never ended: nothing was left that could end them" },
    { "unstable", "more work is offered than the servers can do: queues grow for ever" },
    { "unused_axis", "the sweep of a policy that --policy leaves out, or decides itself" },
    { "unused_balancer", "no client names this balancer" },
    { "unused_column", "a column of the trace is not used: the client gives the same" },
    { "unused_copies", "copies, and neither a hedge nor a policy that sends any" },
    { "unused_hedge", "a hedge that never is: one server, or no attempts beyond the first" },
    { "unused_link", "nothing names this link" },
    { "unused_priority",
      "neither a server nor a balancer nor a policy looks at this client's priority" },
    { "unused_queue", "a queue at a balancer where nobody waits" },
    { "unused_retry", "keys of retry beside a single attempt" },
    { "unused_servers", "no balancer serves these servers" },
    { "unused_share", "a lone open client needs no share" },
    { "unused_slow_start", "slow start or warm-up of servers that never come up" },
    { "unused_work", "work to be drawn anew, of requests whose work a trace has" },
    { "useless_outlier", "ejection that can leave no server out, there are too few" },
    { "warmup_not_found", "the pilots never settled: no interval can be given" },
    { "zombie_work", "a client tries again after a timeout, and its server works on" },
    { NULL, NULL },
};

static const char *unsettled(const struct caution_facts *f)
{
    return f->offered_load >= 1.0
               ? "it never settled in its pilots, so no intervals: more work is offered than the "
                 "servers can do"
               : "it never settled in its pilots (warm-up not found), so no intervals: run longer";
}

static uint32_t add(struct caution *said, uint32_t n, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static uint32_t add(struct caution *said, uint32_t n, const char *code, const char *format, ...)
{
    va_list list;

    said[n].code = code;
    va_start(list, format);
    vsnprintf(said[n].text, sizeof said[n].text, format, list);
    va_end(list);
    return n + 1;
}

static uint32_t judge_counts(const struct caution_facts *f, struct caution *said)
{
    if (f->measured == 0)
        return add(said, 0, "nothing_measured",
                   "the warm-up is longer than the run: nothing was measured");
    if (f->completed == 0)
        return add(said, 0, "nothing_completed", "no request was completed");
    if (f->piloted && !f->settled)
        return add(said, 0, "warmup_not_found", "%s", unsettled(f));
    if (f->drifts)
        return add(said, 0, "not_steady",
                   "requests gather all the time it is measured, so no intervals: it is not in its "
                   "steady state; run longer");
    return 0;
}

bool caution_by_facts(const char *code)
{
    static const char *const codes[] = { "nothing_measured", "nothing_completed",
                                         "warmup_not_found", "not_steady",
                                         "unfinished",       "heavy_tail",
                                         "few_replications" };
    size_t i;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (!strcmp(codes[i], code))
            return true;
    return false;
}

uint32_t cautions_by(const struct caution_facts *f, struct caution said[CAUTIONS_MOST])
{
    uint32_t n;

    if (f->done == 0)
        return 0;
    n = judge_counts(f, said);
    if (f->in_system)
        n = add(said, n, "unfinished",
                "%" PRIu64 " of %" PRIu64 " requests never ended: they wait for what does not come",
                f->in_system, f->issued);
    if (f->heavy)
        n = add(said, n, "heavy_tail", "%s; medians and slowdowns tell more than means", f->heavy);
    if (f->done < INTERVAL_FEW && f->asked >= INTERVAL_FEW)
        n = add(said, n, "few_replications",
                "%u of %u replications are there: no claim may rest on its intervals", f->done,
                f->asked);
    return n;
}

static const char *why_none(const struct point *p)
{
    const char *why = p->achieved_metric == UINT32_MAX ? NULL : p->interval[p->achieved_metric].why;

    if (p->piloted && !p->warmup.found && p->scenario->offered_load >= 1.0)
        return "queues grow for ever";
    return why ? why : "no request has such a number";
}

static uint32_t judge_precision(const struct point *p, uint32_t n, struct caution *said)
{
    const char *metric =
        p->achieved_metric == UINT32_MAX ? "" : p->metrics->at[p->achieved_metric].full;

    if (p->aim != AIM_MISSED)
        return n;
    if (isinf(p->achieved))
        return add(said, n, "precision_not_reached",
                   "precision NOT REACHED: %s has no interval after %" PRIu64 " requests (%s)",
                   metric, p->spent, why_none(p));
    return add(said, n, "precision_not_reached",
               "precision NOT REACHED: achieved %.2g %% for %s after %" PRIu64
               " requests (asked for: "
               "%.3g %%)",
               100.0 * p->achieved, metric, p->spent, 100.0 * p->scenario->run.precision.relative);
}

/* From the service times of all replications; their histogram is that of a duration, the largest
 * the metric of it. */
static bool has_heavy_tail(const struct point *p, struct heavy_tail *tail)
{
    uint32_t most = metrics_find(p->metrics, "service.max");
    struct histogram_total *total = malloc(sizeof *total);
    bool heavy = false;

    if (total && p->interval && most != UINT32_MAX && p->interval[most].value > 0.0) {
        point_pool(p, DURATION_SERVICE, total);
        heavy = heavy_tail(total, (int64_t)llround(p->interval[most].value * 1e9), tail);
    }
    free(total);
    return heavy;
}

uint32_t cautions_of(const struct point *p, struct caution said[CAUTIONS_MOST])
{
    struct heavy_tail tail;
    struct counts c = point_counts(p);
    struct caution_facts facts = { .done = p->done,
                                   .asked = p->replications,
                                   .issued = c.issued,
                                   .completed = c.ended[ENDED_COMPLETED],
                                   .measured = c.measured,
                                   .in_system = c.in_system,
                                   .piloted = p->piloted,
                                   .settled = p->warmup.found,
                                   .offered_load = p->scenario->offered_load,
                                   .drifts = p->drifts,
                                   .heavy = has_heavy_tail(p, &tail) ? tail.why : NULL };
    uint32_t n = cautions_by(&facts, said);

    if (p->done == 0)
        return 0;
    if (p->correlated)
        n = add(said, n, "correlated",
                "batch means are correlated (lag 1: %.2f): its intervals are not trustworthy; run "
                "longer",
                p->lag1);
    return judge_precision(p, n, said);
}
