/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/ledger.h"

/* ---- What the servers add up to. */

/* How much of a span of measured time a server was up, ns. */
static double time_up(const struct world *w, uint32_t server, double span)
{
    return w->condition ? span - (double)w->condition[server].gone : span;
}

/* Of the time in which it is up; NAN if its cores are unlimited. */
static double share_busy(const struct world *w, uint32_t server, double span)
{
    const struct group *g = &w->group[w->server[server].group];

    if (g->cores == SCENARIO_UNLIMITED)
        return NAN;
    return (double)w->server[server].busy / (time_up(w, server, span) * (double)g->cores);
}

static double even_work(const struct world *w, uint32_t server)
{
    const struct group *g = &w->group[w->server[server].group];

    if (g->cores == SCENARIO_UNLIMITED)
        return (double)w->server[server].worked / g->speed;
    return (double)w->server[server].worked / ((double)g->cores * g->speed);
}

/* The servers that a scope speaks of lie in a row, but for those of a zone. */
struct row {
    uint32_t first, end;
};

static struct row row_of(const struct world *w, struct scope scope)
{
    if (scope.kind == SCOPE_SERVER)
        return (struct row) { scope.index, scope.index + 1 };
    if (scope.kind == SCOPE_SERVERS)
        return (struct row) { w->group[scope.index].first,
                              w->group[scope.index].first + w->group[scope.index].count };
    return (struct row) { 0, w->servers };
}

/* Servers that no balancer uses are no part of the whole. */
static bool is_in(const struct world *w, uint32_t server, struct scope scope)
{
    const struct server_spec *spec = w->group[w->server[server].group].spec;

    if (scope.kind == SCOPE_ALL)
        return !spec->unused;
    return scope.kind != SCOPE_ZONE || (spec->zone == scope.index && !spec->unused);
}

/* Sums over servers, to be made into shares. */
struct sums {
    double n, up, busy, most, least, work, squares, largest;
};

static struct sums add_up(const struct world *w, struct scope scope)
{
    struct sums s = { .least = INFINITY };
    double span = (double)(w->tally.to - w->tally.from);
    struct row row = row_of(w, scope);
    uint32_t i;

    for (i = row.first; i < row.end; i++) {
        double share = share_busy(w, i, span), work = even_work(w, i);

        if (!is_in(w, i, scope) || !(time_up(w, i, span) > 0.0))
            continue;
        if (!isnan(share)) {
            s.busy += share;
            s.most = fmax(s.most, share);
            s.least = fmin(s.least, share);
            s.up += 1.0;
        }
        s.n += 1.0;
        s.work += work;
        s.squares += work * work;
        s.largest = fmax(s.largest, work);
    }
    return s;
}

static struct evenness read_evenness(const struct world *w, struct scope scope)
{
    struct evenness e = { NAN, NAN, NAN, NAN, NAN, NAN };
    struct sums s = add_up(w, scope);
    double mean = s.work / s.n;

    if (s.up > 0.0)
        e = (struct evenness) { s.busy / s.up, s.most, s.least, NAN, NAN, NAN };
    if (s.n < 2.0 || !(s.work > 0.0))
        return e;
    e.max_over_mean = s.largest / mean;
    e.jain = s.work * s.work / (s.n * s.squares);
    e.cov = sqrt(fmax(0.0, s.squares / s.n - mean * mean)) / mean;
    return e;
}

static double of_evenness(const struct evenness *s, enum metric_id id)
{
    return id == ID_UTILIZATION_MEAN  ? s->utilization_mean
           : id == ID_UTILIZATION_MAX ? s->utilization_max
           : id == ID_UTILIZATION_MIN ? s->utilization_min
           : id == ID_IMBALANCE_COV   ? s->cov
           : id == ID_IMBALANCE_MAX   ? s->max_over_mean
                                      : s->jain;
}

/* ---- Scopes without a ledger: one client, one group of servers that keep their own accounts, and
 * nobody waits elsewhere. */

static uint64_t sum_servers(const struct world *w, struct scope scope, bool busy_too)
{
    struct row row = row_of(w, scope);
    uint64_t sum = 0;
    uint32_t i;

    for (i = row.first; i < row.end; i++)
        sum += w->server[i].waited + (busy_too ? w->server[i].busy : 0);
    return sum;
}

static double of_the_only(const struct world *w, const struct metrics *all, const struct metric *m,
                          const double *values)
{
    const struct tally *t = &w->tally;
    double span = (double)(t->to - t->from);
    uint32_t i;

    if (m->scope.kind != SCOPE_CLIENT && (m->id == ID_QUEUE_MEAN || m->id == ID_IN_SYSTEM))
        return span > 0.0 ? (double)sum_servers(w, m->scope, m->id == ID_IN_SYSTEM) / span : NAN;
    if (m->id == ID_SHARE)
        return t->measured_attempts ? 1.0 : NAN;
    for (i = 0; i < all->n; i++)
        if (all->at[i].scope.kind == SCOPE_ALL && all->at[i].id == m->id &&
            !strcmp(all->at[i].name, m->name) && !strcmp(all->at[i].statistic, m->statistic))
            return values[i];
    return NAN;
}

/* One reading of the servers serves the metrics of a scope, which stand together. */
struct servers_read {
    struct scope scope;
    bool known;
    struct evenness evenness;
};

static double of_servers(const struct world *w, const struct metric *m, struct servers_read *last)
{
    if (!last->known || last->scope.kind != m->scope.kind || last->scope.index != m->scope.index)
        *last = (struct servers_read) { m->scope, true, read_evenness(w, m->scope) };
    return of_evenness(&last->evenness, m->id);
}

/* What the ledger knows of measured time; durations of an only client or group are the tally's. */
static double of_ledger(const struct world *w, const struct metric *m,
                        struct histogram_total *total)
{
    const struct histogram *h = w->tally.histogram[m->duration];

    if (m->id != ID_DURATION || !ledger_in_tally(w->ledger, m->place))
        return ledger_measured(w->ledger, m, total);
    if (m->kind == METRIC_QUANTILE) {
        memset(total, 0, sizeof *total);
        if (h)
            histogram_merge(total, h);
    }
    return metric_of_duration(m, &w->tally.duration[m->duration], total);
}

static void read_scopes(const struct world *w, const struct metrics *all,
                        struct histogram_total *total, double *values)
{
    struct servers_read last = { .known = false };
    uint32_t i;

    for (i = 0; i < all->n; i++) {
        const struct metric *m = &all->at[i];

        if (metric_in_tally(m))
            continue;
        if (metric_of_servers(m))
            values[i] = of_servers(w, m, &last);
        else if (w->ledger)
            values[i] = of_ledger(w, m, total);
        else
            values[i] = of_the_only(w, all, m, values);
    }
}

/* ---- Windows. */

static bool read_windows(const struct world *w, const struct metrics *windows,
                         struct histogram_total *total, uint8_t *room, struct outcome *out)
{
    uint32_t n = w->ledger && windows ? ledger_windows(w->ledger) : 0, i, k;
    bool good = true;

    out->windows_n = n;
    if (n == 0)
        return true;
    out->numbers_n = n * windows->n;
    out->pools_n = n * windows->pools;
    out->number = calloc(out->numbers_n + 1, sizeof out->number[0]);
    out->pool = calloc(out->pools_n + 1, sizeof out->pool[0]);
    if (!out->number || !out->pool)
        return false;
    for (i = 0; i < n; i++)
        for (k = 0; k < windows->n; k++)
            out->number[i * windows->n + k] =
                ledger_in_window(w->ledger, &windows->at[k], i, total);
    for (i = 0; i < n; i++)
        for (k = 0; good && k < windows->pools; k++)
            good = outcome_encode(ledger_pool(w->ledger, true, i, k), room,
                                  &out->pool[i * windows->pools + k]);
    return good;
}

/* ---- The whole. */

static const struct histogram *pool_of(const struct world *w, const struct metrics *all,
                                       uint32_t pool)
{
    const struct metric_pool *p = &all->pool[pool];

    if (p->place == 0 || (w->ledger && ledger_in_tally(w->ledger, p->place)))
        return w->tally.histogram[p->duration];
    return w->ledger ? ledger_pool(w->ledger, false, 0, pool) : NULL;
}

static bool read_histograms(const struct world *w, const struct metrics *all, uint8_t *room,
                            struct outcome *out)
{
    uint32_t i;
    bool good = true;

    out->histograms_n = all->pools;
    out->histogram = calloc(all->pools + 1, sizeof out->histogram[0]);
    for (i = 0; out->histogram && good && i < all->pools; i++) {
        const struct histogram *h = pool_of(w, all, i);

        good = !h || outcome_encode(h, room, &out->histogram[i]);
    }
    return out->histogram && good;
}

static void add_server_waits(struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->servers; i++)
        w->tally.waiting += w->server[i].waited;
}

bool reading_take(struct world *w, const struct metrics *measured, const struct metrics *windows,
                  struct outcome *out)
{
    struct histogram_total *total = malloc(sizeof *total);
    uint8_t *room = malloc(HISTOGRAM_ENCODED_MOST);
    struct evenness evenness;
    bool good;

    out->values_n = measured->n;
    out->values = calloc(measured->n + 1, sizeof out->values[0]);
    good = total && room && out->values;
    if (good) {
        if (w->tally.to < w->tally.from)
            w->tally.from = w->tally.to; /* it ended within the warm-up */
        w->tally.measured = w->tally.issued > w->warmup ? w->tally.issued - w->warmup : 0;
        add_server_waits(w);
        evenness = read_evenness(w, (struct scope) { SCOPE_ALL, 0 });
        metrics_read(measured, &w->tally, &evenness, total, out->values);
        read_scopes(w, measured, total, out->values);
        out->tally = w->tally;
        out->in_system = w->in_flight;
        good =
            read_histograms(w, measured, room, out) && read_windows(w, windows, total, room, out);
    }
    free(room);
    free(total);
    return good;
}
