/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *statistic, *unit;
    int better;
    unsigned scopes;
    const char *summary;
} plain[METRIC_IDS] = {
#define METRIC(id, name, statistic, unit, better, scopes, summary)                                 \
    [ID_##id] = { name, statistic, unit, better, scopes, summary },
#include "sim/record/metrics.def"
#undef METRIC
};

static const struct {
    const char *name, *unit, *summary;
    double one; /* what a unit is in the tally's whole numbers */
} durations[DURATIONS] = {
    { "latency", "s", "from the issue to the answer at the client", 1e9 },
    { "wait", "s", "in queues, until service first starts", 1e9 },
    { "service", "s", "from the start of service to its end", 1e9 },
    { "slowdown", "1",
      "latency over the service time alone on a core; no mean exists where service can be as good "
      "as nothing (exponential)",
      (double)TALLY_RATIO_ONE },
    { "wait_slowdown", "1", "wait over the service time alone on a core; likewise",
      (double)TALLY_RATIO_ONE },
};

static const struct {
    const char *name;
    enum metric_kind kind;
} statistics[] = { { "mean", METRIC_MEAN },
                   { "max", METRIC_LARGEST },
                   { "stddev", METRIC_SPREAD },
                   { "above", METRIC_ABOVE } };
enum { STATISTICS = sizeof statistics / sizeof statistics[0] };

static const double standard[] = { 50, 90, 95, 99, 99.9, 99.99 };
enum { STANDARD = sizeof standard / sizeof standard[0] };

const char *duration_name(enum duration d)
{
    return durations[d].name;
}

double duration_one(enum duration d)
{
    return durations[d].one;
}

/* ---- Names. */

static struct metric of_duration(enum duration d, const char *statistic, enum metric_kind kind)
{
    struct metric m = { .unit = kind == METRIC_ABOVE ? "1" : durations[d].unit,
                        .summary = kind == METRIC_ABOVE
                                       ? "share of completed requests above a threshold"
                                       : durations[d].summary,
                        .better = d == DURATION_SERVICE ? 0 : -1,
                        .kind = kind,
                        .id = ID_DURATION,
                        .scopes = OF_ANY,
                        .duration = d };

    snprintf(m.name, sizeof m.name, "%s", durations[d].name);
    snprintf(m.statistic, sizeof m.statistic, "%s", statistic);
    return m;
}

static struct metric of_percentile(enum duration d, double percent)
{
    char statistic[24];
    struct metric m;

    snprintf(statistic, sizeof statistic, "p%.12g", percent);
    m = of_duration(d, statistic, METRIC_QUANTILE);
    m.p = percent / 100.0;
    return m;
}

static struct metric of_plain(enum metric_id id)
{
    struct metric m = { .unit = plain[id].unit,
                        .summary = plain[id].summary,
                        .better = plain[id].better,
                        .kind =
                            id == ID_QUEUE_MAX || id == ID_IN_FLIGHT ? METRIC_LARGEST : METRIC_MEAN,
                        .id = id,
                        .scopes = plain[id].scopes };

    snprintf(m.name, sizeof m.name, "%s", plain[id].name);
    snprintf(m.statistic, sizeof m.statistic, "%s", plain[id].statistic);
    return m;
}

static bool same(const char *text, size_t length, const char *name)
{
    return strlen(name) == length && !memcmp(text, name, length);
}

static int duration_known(const char *name, size_t length, enum duration d, struct metric *m)
{
    size_t n = strlen(durations[d].name);
    char text[24], *end;
    double percent;
    int i;

    if (length < n + 2 || memcmp(name, durations[d].name, n) || name[n] != '.')
        return -ENOENT;
    name += n + 1;
    length -= n + 1;
    for (i = 0; i < STATISTICS; i++)
        if (same(name, length, statistics[i].name)) {
            *m = of_duration(d, statistics[i].name, statistics[i].kind);
            return 0;
        }
    if (length < 2 || length >= sizeof text || name[0] != 'p' || name[1] < '0' || name[1] > '9')
        return -ENOENT;
    snprintf(text, sizeof text, "%.*s", (int)length - 1, name + 1);
    percent = strtod(text, &end);
    if (*end || strspn(text, "0123456789.") != length - 1 || !(percent <= 100.0))
        return -ENOENT;
    *m = of_percentile(d, percent);
    return 0;
}

int metric_known(const char *name, size_t length, struct metric *m)
{
    char full[sizeof m->name + sizeof m->statistic];
    int i;

    for (i = 0; i < DURATIONS; i++)
        if (!duration_known(name, length, (enum duration)i, m))
            return 0;
    for (i = ID_DURATION + 1; i < METRIC_IDS; i++) {
        snprintf(full, sizeof full, "%s%s%s", plain[i].name, plain[i].statistic[0] ? "." : "",
                 plain[i].statistic);
        if (same(name, length, full)) {
            *m = of_plain((enum metric_id)i);
            return 0;
        }
    }
    return -ENOENT;
}

const char *metric_name_at(uint32_t i, struct metric *m)
{
    enum { EACH = STANDARD + STATISTICS };

    if (i < DURATIONS * EACH) {
        enum duration d = (enum duration)(i / EACH);

        i %= EACH;
        *m = i < STANDARD
                 ? of_percentile(d, standard[i])
                 : of_duration(d, statistics[i - STANDARD].name, statistics[i - STANDARD].kind);
        return m->name;
    }
    i -= DURATIONS * EACH;
    if (i >= METRIC_IDS - 1)
        return NULL;
    *m = of_plain((enum metric_id)(i + 1));
    return m->name;
}

void metric_threshold(struct metric *m, const char *text, double over)
{
    if (m->id == ID_OCCUPANCY) {
        snprintf(m->name, sizeof m->name, "occupancy{%s}", text);
        m->least = (uint32_t)over;
    } else {
        snprintf(m->statistic, sizeof m->statistic, "above{%s}", text);
        m->over = over;
    }
}

/* ---- Lists. */

/* Room for one more: arrays grow by doubling. */
static void *grow(void *at, uint32_t n, size_t each)
{
    if (n & (n - 1))
        return at;
    return realloc(at, (n ? 2 * (size_t)n : 1) * each);
}

#define ADD(all, list, n, value)                                                                   \
    do {                                                                                           \
        void *grown = grow((all)->list, (all)->n, sizeof(all)->list[0]);                           \
        if (!grown)                                                                                \
            return UINT32_MAX;                                                                     \
        (all)->list = grown;                                                                       \
        (all)->list[(all)->n] = value;                                                             \
        return (all)->n++;                                                                         \
    } while (0)

/* The place of a scope, or UINT32_MAX. */
static uint32_t metrics_place(const struct metrics *all, struct scope scope)
{
    uint32_t i;

    for (i = 0; i < all->scopes; i++)
        if (all->scope[i].kind == scope.kind && all->scope[i].index == scope.index)
            return i;
    return UINT32_MAX;
}

static uint32_t append_scope(struct metrics *all, struct scope scope)
{
    ADD(all, scope, scopes, scope);
}

/* The place of a scope, which is added if it is not there; UINT32_MAX without memory. */
static uint32_t metrics_scope(struct metrics *all, struct scope scope)
{
    uint32_t place = metrics_place(all, scope);

    return place != UINT32_MAX ? place : append_scope(all, scope);
}

bool metrics_scopes(struct metrics *all, enum scope_kind kind, uint32_t n)
{
    uint32_t before = all->scopes, i, k;

    for (i = 0; i < n; i++) {
        for (k = 0; k < before; k++)
            if (all->scope[k].kind == kind && all->scope[k].index == i)
                break;
        if (k == before && append_scope(all, (struct scope) { kind, i }) == UINT32_MAX)
            return false;
    }
    return true;
}

static uint32_t add_above(struct metrics *all, struct metric_above a)
{
    uint32_t i;

    for (i = 0; i < all->aboves; i++)
        if (all->above[i].duration == a.duration && all->above[i].over == a.over)
            return i;
    ADD(all, above, aboves, a);
}

static uint32_t add_occupied(struct metrics *all, uint32_t least)
{
    uint32_t i;

    for (i = 0; i < all->occupieds; i++)
        if (all->occupied[i] == least)
            return i;
    ADD(all, occupied, occupieds, least);
}

static uint32_t add_pool(struct metrics *all, struct metric_pool p)
{
    uint32_t i;

    for (i = 0; i < all->pools; i++)
        if (all->pool[i].place == p.place && all->pool[i].duration == p.duration)
            return i;
    ADD(all, pool, pools, p);
}

static int64_t threshold(const struct metric *m)
{
    double over = m->over * durations[m->duration].one + 0.5;

    return over < 9.2e18 ? (int64_t)over : INT64_MAX;
}

/* What is to be counted for it: an index, or UINT32_MAX without memory. */
static uint32_t part_of(struct metrics *all, const struct metric *m)
{
    if (m->kind == METRIC_QUANTILE)
        return add_pool(all, (struct metric_pool) { m->place, m->duration });
    if (m->kind == METRIC_ABOVE)
        return add_above(all, (struct metric_above) { m->duration, threshold(m) });
    return m->id == ID_OCCUPANCY ? add_occupied(all, m->least) : 0;
}

/* "latency.p99" and "web" make "latency.p99{web}", "occupancy{2}" and "app" "occupancy{2,app}". */
static char *full_name(const struct metric *m, const char *braces)
{
    size_t room = sizeof m->name + sizeof m->statistic + strlen(braces) + 3, n;
    char *full = malloc(room);

    if (!full)
        return NULL;
    n = (size_t)snprintf(full, room, "%s%s%s", m->name, m->statistic[0] ? "." : "", m->statistic);
    if (braces[0] && full[n - 1] == '}')
        snprintf(full + n - 1, room - n + 1, ",%s}", braces);
    else if (braces[0])
        snprintf(full + n, room - n, "{%s}", braces);
    return full;
}

static uint32_t append(struct metrics *all, struct metric m)
{
    ADD(all, at, n, m);
}

uint32_t metrics_add(struct metrics *all, const struct metric *what, struct scope scope,
                     const char *braces, const char *scope_name)
{
    struct metric m = *what;
    uint32_t i;

    m.scope = scope;
    m.place = metrics_scope(all, scope);
    m.full = full_name(&m, braces);
    i = m.full ? metrics_find(all, m.full) : UINT32_MAX;
    if (i != UINT32_MAX) {
        free((char *)(uintptr_t)m.full);
        return i;
    }
    m.part = m.place == UINT32_MAX ? UINT32_MAX : part_of(all, &m);
    m.scope_name = m.part == UINT32_MAX ? NULL : strdup(scope_name);
    i = m.full && m.scope_name ? append(all, m) : UINT32_MAX;
    if (i == UINT32_MAX) {
        free((char *)(uintptr_t)m.full);
        free((char *)(uintptr_t)m.scope_name);
    }
    return i;
}

static bool add_all(struct metrics *all, struct metric m)
{
    return metrics_add(all, &m, (struct scope) { SCOPE_ALL, 0 }, "", "all") != UINT32_MAX;
}

static bool add_duration(struct metrics *all, enum duration d, const double *percentiles,
                         uint32_t n)
{
    bool good = add_all(all, of_duration(d, "mean", METRIC_MEAN));
    uint32_t i;

    for (i = 0; i < STANDARD; i++)
        good = good && add_all(all, of_percentile(d, standard[i]));
    for (i = 0; i < n; i++) /* those that are the same to twelve digits are one */
        good = good && add_all(all, of_percentile(d, percentiles[i]));
    return good && add_all(all, of_duration(d, "max", METRIC_LARGEST)) &&
           add_all(all, of_duration(d, "stddev", METRIC_SPREAD));
}

int metrics_open_empty(struct metrics *all)
{
    memset(all, 0, sizeof *all);
    return metrics_scope(all, (struct scope) { SCOPE_ALL, 0 }) == UINT32_MAX ? -ENOMEM : 0;
}

int metrics_open(struct metrics *all, const double *percentiles, uint32_t n)
{
    bool good = metrics_open_empty(all) == 0;
    int i;

    for (i = 0; i < DURATIONS; i++)
        good = good && add_duration(all, (enum duration)i, percentiles, n);
    for (i = ID_DURATION + 1; i < METRIC_IDS; i++)
        if ((plain[i].scopes & OF_ALL) && i != ID_OCCUPANCY)
            good = good && add_all(all, of_plain((enum metric_id)i));
    return good ? 0 : -ENOMEM;
}

void metrics_close(struct metrics *all)
{
    uint32_t i;

    for (i = 0; i < all->n; i++) {
        free((char *)(uintptr_t)all->at[i].full);
        free((char *)(uintptr_t)all->at[i].scope_name);
    }
    free(all->at);
    free(all->scope);
    free(all->above);
    free(all->occupied);
    free(all->pool);
    memset(all, 0, sizeof *all);
}

uint32_t metrics_find(const struct metrics *all, const char *full)
{
    uint32_t i;

    for (i = 0; i < all->n; i++)
        if (!strcmp(all->at[i].full, full))
            return i;
    return UINT32_MAX;
}
