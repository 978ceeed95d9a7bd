/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The numbers of a live run under the names that they have in simulation. */
#include <math.h>
#include <stdio.h>

#include "sim/cli/live_report.h"

struct teller {
    live_visit *visit;
    void *context;
};

static const char none_completed[] = "no measured request has completed",
                  none_measured[] = "no request was measured";

/* `why` there is no value, if there is none. */
static void tell(const struct teller *t, const char *metric, const char *statistic,
                 const char *unit, double value, const char *why)
{
    const struct live_number x = { metric, statistic, unit, value, NAN, NAN, why };

    t->visit(t->context, &x);
}

static void tell_durations(const struct teller *t, const char *metric, const struct live_numbers *x,
                           const char *why)
{
    const double p999 = x->n >= AGREE_P999_LEAST ? x->p999 : NAN;

    tell(t, metric, "mean", "s", x->mean, why);
    tell(t, metric, "p50", "s", x->p50, why);
    tell(t, metric, "p90", "s", x->p90, why);
    tell(t, metric, "p95", "s", x->p95, why);
    tell(t, metric, "p99", "s", x->p99, why);
    tell(t, metric, "p99.9", "s", p999, x->n ? "told from 100,000 requests on" : why);
    tell(t, metric, "max", "s", x->max, why);
    tell(t, metric, "stddev", "s", x->stddev, x->n ? "of one request alone" : why);
}

static bool is_standard(double percentile)
{
    static const double all[] = { 50.0, 90.0, 95.0, 99.0, 99.9 };
    size_t i;

    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        if (fabs(percentile - all[i]) < 1e-9)
            return true;
    return false;
}

static void tell_percentiles(const struct teller *t, const struct session_try *run)
{
    const struct run_spec *spec = &run->plan.scenario->run;
    char name[32];
    uint32_t i;

    for (i = 0; i < spec->percentiles_n; i++) {
        if (is_standard(spec->percentiles[i]))
            continue;
        snprintf(name, sizeof name, "p%.10g", spec->percentiles[i]);
        tell(t, "latency", name, "s", run->result.percentile[i], none_completed);
    }
}

static const char no_server[] = "nobody has said which servers it was",
                  no_cores[] =
                      "known of servers of lbsim's own, whose cores serve one request each";

void live_server_name(const struct scenario *s, uint32_t server, char *text, size_t room)
{
    uint32_t g = 0;

    while (g + 1 < s->servers_n && server >= s->servers[g].first + s->servers[g].count)
        g++;
    snprintf(text, room, "%.40s[%u]", s->servers[g].name, server - s->servers[g].first);
}

static void tell_servers(const struct teller *t, const struct session_try *run)
{
    const struct live_result *r = &run->result;
    char server[64], name[80];
    uint32_t i;

    for (i = 0; i < r->servers; i++) {
        live_server_name(run->plan.scenario, i, server, sizeof server);
        snprintf(name, sizeof name, "share{%s}", server);
        tell(t, name, "value", "1", r->share[i], no_server);
        snprintf(name, sizeof name, "utilization{%s}", server);
        tell(t, name, "mean", "1", r->utilization[i], no_cores);
    }
}

static void tell_utilization(const struct teller *t, const struct live_result *r)
{
    double sum = 0.0, most = -INFINITY, least = INFINITY;
    uint32_t i, n = 0;

    for (i = 0; i < r->servers; i++) {
        if (isnan(r->utilization[i]))
            continue;
        sum += r->utilization[i];
        most = fmax(most, r->utilization[i]);
        least = fmin(least, r->utilization[i]);
        n++;
    }
    tell(t, "utilization", "mean", "1", n ? sum / n : NAN, no_cores);
    tell(t, "utilization", "max", "1", n ? most : NAN, no_cores);
    tell(t, "utilization", "min", "1", n ? least : NAN, no_cores);
}

static void tell_path(const struct teller *t, const struct live_result *r)
{
    static const char *const names[PATH_PARTS] = {
        [PATH_SEND] = "path.send",
        [PATH_TO_BALANCER] = "path.to_balancer",
        [PATH_IN_BALANCER] = "path.in_balancer",
        [PATH_TO_SERVER] = "path.to_server",
        [PATH_TIMER] = "path.timer",
        [PATH_FROM_SERVER] = "path.from_server",
        [PATH_TO_CLIENT] = "path.to_client",
        [PATH_OVERHEAD] = "path.overhead",
    };
    static const char why[] = "no measured request was a single attempt of which both ends of this "
                              "part are recorded";
    int i;

    for (i = 0; i < PATH_PARTS; i++) {
        const struct path_summary *p = &r->path[i];
        const char *name = names[i];

        tell(t, name, "p50", "s", p->p50, why);
        tell(t, name, "p90", "s", p->p90, why);
        tell(t, name, "p99", "s", p->p99, why);
        tell(t, name, "p99.9", "s", p->p999, why);
        tell(t, name, "max", "s", p->max, why);
    }
}

void live_each_number(const struct session_try *run, live_visit *visit, void *context)
{
    const struct teller t = { visit, context };
    const struct live_result *r = &run->result;
    const char *unheard =
        r->latency.n ? "servers that are not lbsim's do not tell" : none_completed;

    tell_durations(&t, "latency", &r->latency, none_completed);
    tell_percentiles(&t, run);
    tell_durations(&t, "latency_uncorrected", &r->uncorrected, none_completed);
    tell_durations(&t, "wait", &r->wait, unheard);
    tell_durations(&t, "service", &r->service, unheard);
    tell(&t, "rate", "target", "1/s", r->rate, "too few requests were measured");
    tell(&t, "rate", "achieved", "1/s", r->rate_achieved, "too few requests were measured");
    tell(&t, "throughput", "value", "1/s", r->throughput, "too few requests were measured");
    tell(&t, "goodput", "value", "1/s", r->goodput, "too few requests were measured");
    tell(&t, "rejected", "rate", "1", r->rejected, none_measured);
    tell(&t, "timeout", "rate", "1", r->timed_out, none_measured);
    tell(&t, "error", "rate", "1", r->failed, none_measured);
    tell(&t, "cancelled", "rate", "1", r->cancelled, none_measured);
    tell(&t, "retry", "rate", "1", r->retries, none_measured);
    tell(&t, "attempts", "per_request", "1", r->attempts,
         run->plan.through ? "a balancer that is not lbsim's does not count its attempts"
                           : none_measured);
    tell_utilization(&t, r);
    tell(&t, "policy", "pick_ns", "ns", r->pick_ns,
         run->plan.through ? "a balancer that is not lbsim's does not tell" : "nothing was picked");
    tell_path(&t, r);
    tell_servers(&t, run);
}

/* ---- Who has been run. */

const struct session_try *live_told_run(const struct live_told *t)
{
    return session_best((struct session_phase *)&t->session.run);
}

bool live_is_complete(const struct live_report *report)
{
    uint32_t i;

    for (i = 0; i < report->n; i++)
        if (!live_told_run(&report->at[i]) || report->at[i].session.code)
            return false;
    return !report->interrupted;
}

const struct policy_spec *live_told_policy(const struct live_told *t)
{
    return &t->contender->scenario->policies[t->contender->policy];
}
