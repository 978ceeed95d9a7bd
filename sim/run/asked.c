/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/asked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/ledger.h"
#include "sim/run/scope_name.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

/* A name that has been read: a metric, and the scopes in its braces. */
struct asked {
    struct metric metric;
    struct scope scope[ASKED_MOST];
    uint32_t n;
};

enum {
    STANDARD_SCOPES = 100, /* clients and groups in results without being asked for */
    STANDARD_SERVERS = 100
};

/* ---- Reading a name. */

enum { KNOWN_MOST = 128, KNOWN_ROOM = 80 };

static void say_unknown(const char *name, size_t length, char *why, size_t room)
{
    char known[KNOWN_MOST][KNOWN_ROOM], wanted[64] = "";
    struct nearest nearest = nearest_to(wanted);
    struct metric m;
    uint32_t i;

    snprintf(wanted, sizeof wanted, "%.*s", (int)length, name);
    for (i = 0; i < KNOWN_MOST && metric_name_at(i, &m); i++) {
        snprintf(known[i], KNOWN_ROOM, "%s%s%s", m.name, m.statistic[0] ? "." : "", m.statistic);
        nearest_see(&nearest, known[i]);
    }
    if (nearest_found(&nearest))
        snprintf(why, room, "unknown metric \"%s\"; did you mean \"%s\"?", wanted,
                 nearest_found(&nearest));
    else
        snprintf(why, room, "unknown metric \"%s\"; see lbsim list metrics", wanted);
}

static bool needs_threshold(const struct metric *m)
{
    return m->kind == METRIC_ABOVE || m->id == ID_OCCUPANCY;
}

static const char *threshold_example(const struct metric *m)
{
    return m->id == ID_OCCUPANCY              ? "occupancy{2}, occupancy{2,app}"
           : m->duration >= DURATION_SLOWDOWN ? "slowdown.above{10}, slowdown.above{10,web}"
                                              : "latency.above{1s}, latency.above{1s,web}";
}

const char *asked_threshold(const struct metric *m)
{
    return !needs_threshold(m)                ? ""
           : m->id == ID_OCCUPANCY            ? "{2}"
           : m->duration >= DURATION_SLOWDOWN ? "{10}"
                                              : "{1s}";
}

/* The text of a threshold: a time, a ratio, a number of requests. */
static int take_threshold(struct metric *m, const char *text, size_t length, char *why, size_t room)
{
    bool time = m->kind == METRIC_ABOVE && m->duration < DURATION_SLOWDOWN;
    char copy[24];
    double value;

    if (length == 0 || length >= sizeof copy) {
        snprintf(why, room, "a threshold is missing: as in %s", threshold_example(m));
        return -1;
    }
    snprintf(copy, sizeof copy, "%.*s", (int)length, text);
    if (unit_read(time ? UNIT_TIME : UNIT_NONE, copy, &value)) {
        char *end;

        value = strtod(copy, &end);
        if (*end || copy[0] < '0' || copy[0] > '9')
            value = -1.0;
    }
    if (m->id == ID_OCCUPANCY ? !(value >= 1.0 && value <= 4e9 && value == (double)(uint32_t)value)
                              : !(value >= 0.0 && value <= 1e8)) {
        snprintf(why, room, "\"%s\" is no threshold: expected something like %s", copy,
                 threshold_example(m));
        return -1;
    }
    metric_threshold(m, copy, value);
    return 0;
}

static int check_kind(const struct metric *m, enum scope_kind kind, char *why, size_t room)
{
    char kinds[128];

    if (m->scopes & 1u << kind)
        return 0;
    scope_list(m->scopes, kinds, sizeof kinds);
    if (kind == SCOPE_ALL) {
        snprintf(why, room, "%s%s%s wants a name in braces, of %s: %s%s%s{app}", m->name,
                 m->statistic[0] ? "." : "", m->statistic, kinds, m->name,
                 m->statistic[0] ? "." : "", m->statistic);
        return -1;
    }
    snprintf(why, room, "%s%s%s has no meaning for %s: it is told of %s", m->name,
             m->statistic[0] ? "." : "", m->statistic, scope_kind_words(kind), kinds);
    return -1;
}

/* What stands in the braces: a threshold where the metric has one, then a scope. */
static int take_braces(const struct scenario *s, const char *text, size_t length,
                       struct asked *asked, char *why, size_t room)
{
    const char *comma = memchr(text, ',', length);
    size_t n = comma ? (size_t)(comma - text) : length;

    if (needs_threshold(&asked->metric)) {
        if (take_threshold(&asked->metric, text, n, why, room))
            return -1;
        text += comma ? n + 1 : n;
        length -= comma ? n + 1 : n;
        if (!comma)
            return check_kind(&asked->metric, SCOPE_ALL, why, room);
    }
    while (length && *text == ' ')
        text++, length--;
    asked->n = scope_find(s, text, length, asked->scope, ASKED_MOST, why, room);
    return asked->n ? check_kind(&asked->metric, asked->scope[0].kind, why, room) : -1;
}

/* 0, or -1 with what is wrong in `why`. */
static int asked_read(const struct scenario *s, const char *name, struct asked *asked, char *why,
                      size_t room)
{
    const char *brace = strchr(name, '{');
    size_t base = brace ? (size_t)(brace - name) : strlen(name), whole = strlen(name);

    asked->n = 1;
    asked->scope[0] = (struct scope) { SCOPE_ALL, 0 };
    if (metric_known(name, base, &asked->metric)) {
        say_unknown(name, base, why, room);
        return -1;
    }
    if (brace && strchr(brace + 1, '{')) {
        snprintf(why, room, "\"%.80s\": one pair of braces holds all, as in latency.above{1s,web}",
                 name);
        return -1;
    }
    if (brace && name[whole - 1] != '}') {
        snprintf(why, room, "\"%.80s\": the brace is not closed", name);
        return -1;
    }
    if (brace)
        return take_braces(s, brace + 1, whole - base - 2, asked, why, room);
    if (needs_threshold(&asked->metric))
        return take_threshold(&asked->metric, "", 0, why, room);
    return check_kind(&asked->metric, SCOPE_ALL, why, room);
}

int asked_check(const struct scenario *s, const char *name, char *why, size_t room)
{
    struct asked *asked = malloc(sizeof *asked);
    int wrong = asked ? asked_read(s, name, asked, why, room) : 0;

    free(asked);
    return wrong;
}

const char *asked_unit(const char *name)
{
    struct metric m;

    return metric_known(name, strcspn(name, "{"), &m) ? NULL : m.unit;
}

/* ---- Lists of metrics. */

static bool add(const struct scenario *s, struct metrics *all, const struct metric *m,
                struct scope scope)
{
    char full[SCOPE_NAME_ROOM], brief[SCOPE_NAME_ROOM] = "";

    scope_full_name(s, scope, full);
    if (scope.kind != SCOPE_ALL)
        scope_short_name(s, scope, brief);
    return metrics_add(all, m, scope, brief, full) != UINT32_MAX;
}

/* Names that are wrong have been said, or nobody wants to know. */
static bool add_named(const struct scenario *s, struct metrics *all, const char *name)
{
    struct asked *asked = malloc(sizeof *asked);
    char why[256];
    uint32_t i, before = all->n;
    bool good = asked != NULL;

    if (good && asked_read(s, name, asked, why, sizeof why) == 0)
        for (i = 0; good && i < asked->n; i++)
            good = add(s, all, &asked->metric, asked->scope[i]);
    for (i = before; i < all->n; i++)
        all->counted |= !metric_in_tally(&all->at[i]);
    free(asked);
    return good;
}

/* Histograms of each scope's every duration would be much to keep: the others are on request. */
static bool is_standard(const struct metric *m, enum scope_kind kind)
{
    return (m->scopes & 1u << kind) && !needs_threshold(m) && m->id != ID_IN_FLIGHT &&
           (m->kind != METRIC_QUANTILE || m->duration == DURATION_LATENCY ||
            m->duration == DURATION_WAIT);
}

static bool add_percentiles(const struct scenario *s, struct metrics *all, struct scope scope)
{
    static const enum duration durations[] = { DURATION_LATENCY, DURATION_WAIT };
    char name[64];
    struct metric m;
    uint32_t i, d;
    bool good = true;

    for (d = 0; d < 2; d++)
        for (i = 0; good && i < s->run.percentiles_n; i++) {
            snprintf(name, sizeof name, "%s.p%.12g", duration_name(durations[d]),
                     s->run.percentiles[i]);
            good = metric_known(name, strlen(name), &m) || add(s, all, &m, scope);
        }
    return good;
}

static bool add_scope(const struct scenario *s, struct metrics *all, struct scope scope)
{
    struct metric m;
    uint32_t i;
    bool good = true;

    for (i = 0; good && metric_name_at(i, &m); i++)
        if (is_standard(&m, scope.kind))
            good = add(s, all, &m, scope);
    return good && add_percentiles(s, all, scope);
}

static bool has_several(const struct scenario *s)
{
    return s->clients_n > 1 || s->servers_n > 1 || s->balancers_n > 1 || s->balancers[0].count > 1;
}

/* A group of one has said all that there is. What costs nothing is always there. */
static bool add_servers(const struct scenario *s, struct metrics *all, const struct server_spec *g)
{
    static const char *const names[] = { "utilization.mean", "queue.mean", "throughput", "share" };
    uint32_t n = has_several(s) ? 4 : 2, i, k;
    struct metric m;

    for (i = 0; g->count > 1 && i < g->count; i++)
        for (k = 0; k < n; k++)
            if (metric_known(names[k], strlen(names[k]), &m) == 0 &&
                !add(s, all, &m, (struct scope) { SCOPE_SERVER, g->first + i }))
                return false;
    return true;
}

static bool add_standard(const struct scenario *s, struct metrics *all)
{
    uint32_t i;
    bool good = true;

    if ((uint64_t)s->clients_n + s->servers_n > STANDARD_SCOPES)
        return true;
    for (i = 0; good && i < s->clients_n; i++)
        good = add_scope(s, all, (struct scope) { SCOPE_CLIENT, i });
    for (i = 0; good && i < s->servers_n; i++)
        good = add_scope(s, all, (struct scope) { SCOPE_SERVERS, i });
    for (i = 0; good && s->servers_total <= STANDARD_SERVERS && i < s->servers_n; i++)
        good = add_servers(s, all, &s->servers[i]);
    return good;
}

/* Shares of work and of time are put together from each server's. */
static bool looks_at_servers(const struct metrics *all)
{
    uint32_t i;

    for (i = 0; i < all->n; i++)
        if (metric_of_servers(&all->at[i]))
            return true;
    return false;
}

static int open_windows(const struct scenario *s, struct metrics *all)
{
    const struct windows_spec *spec = &s->run.windows;
    uint32_t i;
    bool good = metrics_open_empty(all) == 0;

    for (i = 0; good && i < spec->metrics_n; i++)
        good = add_named(s, all, spec->metrics[i]);
    if (good && looks_at_servers(all))
        good = metrics_scopes(all, SCOPE_SERVER, s->servers_total);
    return good ? 0 : -ENOMEM;
}

int asked_open(const struct scenario *s, struct metrics *measured, struct metrics *windows)
{
    bool good = metrics_open(measured, s->run.percentiles, s->run.percentiles_n) == 0;
    uint32_t i;

    good = open_windows(s, windows) == 0 && good && add_standard(s, measured);
    for (i = 0; good && i < s->run.metrics_n; i++)
        good = add_named(s, measured, s->run.metrics[i]);
    return good ? 0 : -ENOMEM;
}

uint32_t asked_find(const struct scenario *s, const struct metrics *all, const char *name,
                    uint32_t at[ASKED_MOST])
{
    struct asked *asked = malloc(sizeof *asked);
    char why[256];
    uint32_t i, k, n = 0;

    if (asked && asked_read(s, name, asked, why, sizeof why) == 0)
        for (i = 0; i < asked->n; i++)
            for (k = 0; k < all->n; k++)
                if (!strcmp(all->at[k].name, asked->metric.name) &&
                    !strcmp(all->at[k].statistic, asked->metric.statistic) &&
                    all->at[k].scope.kind == asked->scope[i].kind &&
                    all->at[k].scope.index == asked->scope[i].index)
                    at[n++] = k;
    free(asked);
    return n;
}

/* ---- Windows. */

/* How many there will be, as far as the scenario says; 0: that depends on the run. */
static uint64_t count_windows(const struct scenario *s)
{
    const struct windows_spec *spec = &s->run.windows;
    lb_time to = spec->to;

    if (!spec->every)
        return spec->at_n;
    if (s->run.duration && s->run.duration < to)
        to = s->run.duration;
    return to == LB_NEVER || to <= spec->from ? 0
                                              : (uint64_t)((to - spec->from - 1) / spec->every) + 1;
}

int asked_check_windows(const struct scenario *s, char *why, size_t room)
{
    struct metrics windows;
    uint64_t n = count_windows(s), most;
    int failed = open_windows(s, &windows);
    uint32_t i;

    most = failed || !windows.n ? UINT64_MAX : ledger_windows_most(&windows);
    if (n > most)
        snprintf(why, room,
                 "%llu windows of %u metrics are too many: at most %llu (make `every` longer, or "
                 "set from and to)",
                 (unsigned long long)n, windows.n, (unsigned long long)most);
    for (i = 0; i < windows.n; i++)
        if (metric_of_growth(&windows.at[i])) {
            snprintf(why, room, "%s is told of the whole run, not of windows", windows.at[i].full);
            n = UINT64_MAX;
        }
    metrics_close(&windows);
    return n > most ? -1 : 0;
}
