/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/live_result_part.h"

/* The records that are measured, and measured time. */
struct measured {
    const struct live_plan *plan;
    const struct live_record *at;
    uint64_t n;
    lb_time from, to;
};

static bool is_issued(const struct live_shared *s, uint64_t i)
{
    return i < s->room && s->record[i].intended != LB_NEVER;
}

uint64_t live_first_measured(const struct live_plan *plan)
{
    uint64_t i = 0;

    if (plan->warmup != UINT64_MAX)
        return plan->warmup;
    while (is_issued(plan->shared, i) && plan->shared->record[i].intended < plan->warmup_time)
        i++;
    return i;
}

/* Time averages run from the issue that ends the warm-up to the last one. */
static struct measured measured_of(const struct live_plan *plan)
{
    const struct live_shared *s = plan->shared;
    const uint64_t first = live_first_measured(plan);
    struct measured m = { .plan = plan };

    if (!is_issued(s, first))
        return m;
    m.at = &s->record[first];
    while (is_issued(s, first + m.n))
        m.n++;
    m.from = plan->warmup == UINT64_MAX ? plan->warmup_time : 0;
    if (plan->warmup != UINT64_MAX && first > 0)
        m.from = s->record[first - 1].intended;
    m.to = m.at[m.n - 1].intended;
    return m;
}

/* ---- Durations. */

typedef lb_time duration_of(const struct live_record *);

static lb_time latency(const struct live_record *r)
{
    return r->done == LB_NEVER ? LB_NEVER : r->done - r->intended;
}

static lb_time uncorrected(const struct live_record *r)
{
    return r->done == LB_NEVER || r->sent == LB_NEVER ? LB_NEVER
                                                      : r->done - r->sent + r->client_link;
}

static lb_time wait_of(const struct live_record *r)
{
    return r->wait;
}

static lb_time service_of(const struct live_record *r)
{
    return r->service;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void collect(const struct measured *m, duration_of *of, struct latencies *out)
{
    uint64_t i;

    for (out->n = 0, i = 0; i < m->n; i++) {
        const lb_time t = m->at[i].ended == 1 + ENDED_COMPLETED ? of(&m->at[i]) : LB_NEVER;

        if (t != LB_NEVER)
            out->value[out->n++] = (double)t / 1e9;
    }
    qsort(out->value, out->n, sizeof out->value[0], by_size);
    out->sorted = true;
}

/* By nearest rank, as everywhere (histogram.h). */
static double quantile(const struct latencies *x, double p)
{
    return x->n ? x->value[histogram_rank(p, x->n) - 1] : NAN;
}

static struct live_numbers numbers_of(const struct latencies *x)
{
    struct live_numbers y = { .n = x->n, .mean = NAN, .stddev = NAN };
    double sum = 0.0, squares = 0.0;
    uint64_t i;

    for (i = 0; i < x->n; i++)
        sum += x->value[i];
    if (x->n)
        y.mean = sum / (double)x->n;
    for (i = 0; i < x->n; i++)
        squares += (x->value[i] - y.mean) * (x->value[i] - y.mean);
    if (x->n > 1)
        y.stddev = sqrt(squares / (double)(x->n - 1));
    y.p50 = quantile(x, 0.5);
    y.p90 = quantile(x, 0.9);
    y.p95 = quantile(x, 0.95);
    y.p99 = quantile(x, 0.99);
    y.p999 = quantile(x, 0.999);
    y.p9999 = quantile(x, 0.9999);
    y.max = quantile(x, 1.0);
    return y;
}

static int take_durations(struct live_result *out, const struct measured *m)
{
    const struct run_spec *run = &m->plan->scenario->run;
    struct latencies other = { .value = malloc((m->n + 1) * sizeof other.value[0]) };
    uint64_t i;

    out->latencies.value = malloc((m->n + 1) * sizeof out->latencies.value[0]);
    out->spectrum = calloc(1, sizeof *out->spectrum);
    out->percentile = calloc((size_t)run->percentiles_n + 1, sizeof out->percentile[0]);
    if (!other.value || !out->latencies.value || !out->spectrum || !out->percentile) {
        free(other.value);
        return -1;
    }
    collect(m, latency, &out->latencies);
    out->latency = numbers_of(&out->latencies);
    for (i = 0; i < run->percentiles_n; i++)
        out->percentile[i] = quantile(&out->latencies, run->percentiles[i] / 100.0);
    for (i = 0; i < out->latencies.n; i++)
        out->spectrum->count[histogram_index((int64_t)(out->latencies.value[i] * 1e9 + 0.5))]++;
    out->spectrum->n = out->latencies.n;
    collect(m, uncorrected, &other);
    out->uncorrected = numbers_of(&other);
    collect(m, wait_of, &other);
    out->wait = numbers_of(&other);
    collect(m, service_of, &other);
    out->service = numbers_of(&other);
    free(other.value);
    return 0;
}

/* ---- Rates. */

static double over(double a, double b)
{
    return b > 0.0 ? a / b : NAN;
}

/* What was sent, over the time that sending took, against what was to be issued. A request whose
 * simulated link lost it on its way to the balancer, or that ended there, was sent as well. */
static void take_rates(struct live_result *out, const struct measured *m)
{
    lb_time last = 0;
    uint64_t sent = 0, finished = 0, completed = 0, i;

    for (i = 0; i < m->n; i++) {
        const struct live_record *r = &m->at[i];
        const lb_time end = r->due != LB_NEVER ? r->due : r->done;

        sent += r->sent != LB_NEVER || r->ended;
        if (r->sent != LB_NEVER && r->sent - r->client_link > last)
            last = r->sent - r->client_link;
        finished += end != LB_NEVER && end > m->from && end <= m->to;
        completed += r->ended == 1 + ENDED_COMPLETED && r->done > m->from && r->done <= m->to;
    }
    out->rate = over((double)m->n, out->seconds);
    out->rate_achieved =
        over((double)sent, (double)(last > m->to ? last - m->from : m->to - m->from) / 1e9);
    out->throughput = over((double)finished, out->seconds);
    out->goodput = over((double)completed, out->seconds);
}

static void take_endings(struct live_result *out, const struct measured *m)
{
    uint64_t tries = 0, attempts = 0, i;

    for (i = 0; i < m->n; i++) {
        const struct live_record *r = &m->at[i];

        if (r->ended > 0 && r->ended <= ENDINGS)
            out->measured_ended[r->ended - 1]++;
        tries += r->tries > 1 ? r->tries - 1u : 0u;
        attempts += r->attempts;
    }
    out->rejected = over((double)out->measured_ended[ENDED_REJECTED], (double)m->n);
    out->timed_out = over((double)out->measured_ended[ENDED_TIMED_OUT], (double)m->n);
    out->failed = over((double)out->measured_ended[ENDED_FAILED], (double)m->n);
    out->cancelled = over((double)out->measured_ended[ENDED_CANCELLED], (double)m->n);
    out->retries = over((double)tries, (double)m->n);
    out->attempts = m->plan->through ? NAN : over((double)attempts, (double)m->n);
}

/* ---- Servers. */

static bool keeps_cores(const struct server_spec *s)
{
    return s->cores != SCENARIO_UNLIMITED &&
           (s->discipline == DISCIPLINE_FIFO ||
            (s->discipline == DISCIPLINE_PRIORITY && !s->preemptive));
}

/* The part of a service that lies in measured time. */
static double overlap(const struct measured *m, const struct live_record *r)
{
    const lb_time start = r->due - r->service > m->from ? r->due - r->service : m->from;
    const lb_time end = r->due < m->to ? r->due : m->to;

    return end > start ? (double)(end - start) / 1e9 : 0.0;
}

static const struct server_spec *group_of(const struct scenario *s, uint32_t server)
{
    uint32_t g = 0;

    while (g + 1 < s->servers_n && server >= s->servers[g].first + s->servers[g].count)
        g++;
    return &s->servers[g];
}

/* Services of requests that came before the measured ones reach into measured time, too. Did any
 * server tell? */
static bool take_busy(struct live_result *out, const struct measured *m)
{
    const struct live_shared *s = m->plan->shared;
    bool told = false;
    uint64_t i;

    for (i = 0; is_issued(s, i); i++) {
        const struct live_record *r = &s->record[i];

        if (r->server >= out->servers || r->due == LB_NEVER || r->service == LB_NEVER)
            continue;
        out->utilization[r->server] += overlap(m, r);
        told = true;
    }
    return told;
}

static bool is_own(const struct live_plan *plan, uint32_t server)
{
    return !plan->backends || plan->backends[server].length == 0;
}

static int take_servers(struct live_result *out, const struct measured *m)
{
    const struct scenario *s = m->plan->scenario;
    uint64_t sent = 0, i;
    uint32_t k;
    bool told;

    out->servers = s->servers_total;
    out->share = calloc((size_t)out->servers + 1, sizeof out->share[0]);
    out->utilization = calloc((size_t)out->servers + 1, sizeof out->utilization[0]);
    if (!out->share || !out->utilization)
        return -1;
    for (i = 0; i < m->n; i++) {
        const struct live_record *r = &m->at[i];
        const lb_server to = r->dispatched != LB_NONE ? r->dispatched : r->server;

        if (to < out->servers) {
            out->share[to]++;
            sent++;
        }
    }
    told = take_busy(out, m);
    for (k = 0; k < out->servers; k++) {
        const struct server_spec *g = group_of(s, k);

        out->share[k] = over(out->share[k], (double)sent);
        out->utilization[k] = told && is_own(m->plan, k) && keeps_cores(g)
                                  ? over(out->utilization[k], out->seconds * g->cores)
                                  : NAN;
    }
    return 0;
}

bool live_is_silent(const struct live_plan *plan, lb_server server)
{
    const struct live_shared *s = plan->shared;
    bool sent = false;
    uint64_t i;

    for (i = 0; is_issued(s, i); i++) {
        const struct live_record *r = &s->record[i];

        if (r->dispatched == server && r->ended == 1 + ENDED_COMPLETED)
            return false;
        sent |= r->dispatched == server;
    }
    return sent;
}

/* ---- The whole. */

static void take_fares(struct live_result *out, const struct live_plan *plan)
{
    const struct live_fare *fare = plan->shared->fare;
    const uint64_t picks = fare[ROLE_BALANCER].picks;
    int i;

    out->pick_ns = over((double)fare[ROLE_BALANCER].pick_ns, (double)picks);
    for (i = 0; i < ROLES; i++)
        out->cpu[i] = (double)fare[i].cpu_ns / 1e9;
}

int live_result_of(struct live_result *out, const struct live_plan *plan, double slow)
{
    const struct measured m = measured_of(plan);

    memset(out, 0, sizeof *out);
    out->warmup = live_first_measured(plan);
    out->measured = m.n;
    out->seconds = (double)(m.to - m.from) / 1e9;
    live_account_take(&out->account, plan);
    if (take_durations(out, &m) || take_servers(out, &m) || live_paths(out, plan, slow))
        return -1;
    take_rates(out, &m);
    take_endings(out, &m);
    take_fares(out, plan);
    return 0;
}

void live_result_close(struct live_result *r)
{
    free(r->latencies.value);
    free(r->spectrum);
    free(r->percentile);
    free(r->share);
    free(r->utilization);
    memset(r, 0, sizeof *r);
}
