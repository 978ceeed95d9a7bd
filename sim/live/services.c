/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/services.h"

#include <stdlib.h>

#include "sim/engine/stream.h"
#include "sim/live/live_result.h"

/* Fewer pings say nothing of a group. */
enum { SERVICES_LEAST = 20 };

static lb_time between(lb_time from, lb_time to)
{
    return from == LB_NEVER || to == LB_NEVER ? -1 : to > from ? to - from : 0;
}

static int by_size(const void *a, const void *b)
{
    const lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

bool services_foreign(const struct live_plan *plan, lb_server server)
{
    return plan->backends && server < plan->scenario->servers_total &&
           plan->backends[server].length > 0;
}

bool services_any_foreign(const struct live_plan *plan)
{
    uint32_t i;

    for (i = 0; i < plan->scenario->servers_total; i++)
        if (services_foreign(plan, i))
            return true;
    return false;
}

double services_pace(const struct live_plan *ping)
{
    return ping->time_scale / ping->scenario->live.time_scale;
}

static uint64_t issued(const struct live_plan *plan)
{
    uint64_t n = 0;

    while (n < plan->shared->room && plan->shared->record[n].intended != LB_NEVER)
        n++;
    return n;
}

/* ---- The ways. */

static lb_time median(lb_time *values, uint64_t n)
{
    qsort(values, n, sizeof values[0], by_size);
    return n ? values[histogram_rank(0.5, n) - 1] : 0;
}

int services_ways(const struct live_plan *ping, struct ways *out)
{
    const uint64_t n = issued(ping);
    lb_time *there = malloc((n + 1) * sizeof there[0]), *back = malloc((n + 1) * sizeof back[0]);
    uint64_t i, kept = 0;
    int answer = there && back ? 0 : -1;

    for (i = live_first_measured(ping); answer == 0 && i < n; i++) {
        const struct live_record *r = &ping->shared->record[i];
        const lb_time to = between(r->sent, r->arrived), from = between(r->replied, r->done);

        if (!live_is_plain(r) || to < 0 || from < 0)
            continue;
        there[kept] = to;
        back[kept++] = from;
    }
    if (answer == 0)
        *out = (struct ways) { median(there, kept), median(back, kept) };
    free(there);
    free(back);
    return answer;
}

/* ---- Who found a core free. */

/* A request at a server, as the balancer saw it. */
struct stay {
    lb_server server;
    lb_time from, to; /* LB_NEVER: its server may still be at it */
    uint64_t serial;
};

static int by_server(const void *a, const void *b)
{
    const struct stay *x = a, *y = b;

    if (x->server != y->server)
        return x->server < y->server ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

static uint64_t stays_of(const struct live_plan *ping, uint64_t n, struct stay *at)
{
    uint64_t i, kept = 0;

    for (i = 0; i < n; i++) {
        const struct live_record *r = &ping->shared->record[i];

        if (r->forwarded != LB_NEVER && services_foreign(ping, r->dispatched))
            at[kept++] = (struct stay) { .server = r->dispatched,
                                         .from = r->forwarded,
                                         .to = r->returned != LB_NEVER ? r->returned : r->done,
                                         .serial = i };
    }
    qsort(at, kept, sizeof at[0], by_server);
    return kept;
}

/* The cores of one server: when each is free for sure. */
struct cores {
    lb_time *free;
    uint32_t n; /* 0: as many as there are requests */
};

static uint32_t first_free(const struct cores *c)
{
    uint32_t i, first = 0;

    for (i = 1; i < c->n; i++)
        if (c->free[i] < c->free[first])
            first = i;
    return first;
}

/* Did it find a core free? In any case it takes one. */
static bool finds_free(struct cores *c, const struct stay *s)
{
    uint32_t i;
    bool found;

    if (c->n == 0)
        return true;
    i = first_free(c);
    found = c->free[i] <= s->from;
    if (c->free[i] < s->to)
        c->free[i] = s->to;
    return found;
}

uint32_t services_group(const struct scenario *s, lb_server server)
{
    uint32_t g = 0;

    while (g + 1 < s->servers_n && server >= s->servers[g].first + s->servers[g].count)
        g++;
    return g;
}

/* A server that is met for the first time is idle. */
static bool open_cores(struct cores *c, const struct server_spec *group)
{
    uint32_t i;

    c->n = group->cores == SCENARIO_UNLIMITED ? 0 : group->cores;
    free(c->free);
    c->free = malloc(((size_t)c->n + 1) * sizeof c->free[0]);
    for (i = 0; c->free && i < c->n; i++)
        c->free[i] = 0;
    return c->free != NULL;
}

/* ---- The services. */

static void keep(struct services *s, const struct live_plan *ping, const struct stay *stay,
                 const struct ways *ways)
{
    const struct live_record *r = &ping->shared->record[stay->serial];
    lb_time t = between(r->forwarded, r->returned);

    if (t < 0 || !live_is_plain(r) || stay->serial < live_first_measured(ping))
        return;
    t = t > ways->there + ways->back ? t - ways->there - ways->back : 0;
    s->at[s->n++] = (lb_time)((double)t * services_pace(ping) + 0.5);
}

static bool collect(struct services *out, const struct live_plan *ping, const struct stay *stay,
                    uint64_t n, const struct ways *ways)
{
    const struct scenario *s = ping->scenario;
    struct cores cores = { NULL, 0 };
    bool good = true;
    uint64_t i;

    for (i = 0; good && i < n; i++) {
        const uint32_t g = services_group(s, stay[i].server);

        if (i == 0 || stay[i].server != stay[i - 1].server)
            good = open_cores(&cores, &s->servers[g]);
        if (good && finds_free(&cores, &stay[i]))
            keep(&out[g], ping, &stay[i], ways);
    }
    free(cores.free);
    return good;
}

static bool open_groups(struct services *out, const struct live_plan *ping, uint64_t n)
{
    const struct scenario *s = ping->scenario;
    uint32_t g;

    for (g = 0; g < s->servers_n; g++)
        if (services_foreign(ping, s->servers[g].first) &&
            !(out[g].at = malloc((n + 1) * sizeof out[g].at[0])))
            return false;
    return true;
}

static void conclude(struct services *s)
{
    double sum = 0.0;
    uint64_t i;

    if (s->n == 0)
        return;
    qsort(s->at, s->n, sizeof s->at[0], by_size);
    for (i = 0; i < s->n; i++)
        sum += (double)s->at[i] / 1e9;
    s->mean = sum / (double)s->n;
}

struct services *services_measure(const struct live_plan *ping, const struct ways *ways)
{
    const uint32_t groups = ping->scenario->servers_n;
    const uint64_t n = issued(ping);
    struct services *out = calloc((size_t)groups + 1, sizeof out[0]);
    struct stay *stay = malloc((n + 1) * sizeof stay[0]);
    bool good = out && stay && open_groups(out, ping, n) &&
                collect(out, ping, stay, stays_of(ping, n, stay), ways);
    uint32_t g;

    free(stay);
    if (out && !good) {
        services_forget(out, groups);
        free(out);
        return NULL;
    }
    for (g = 0; good && g < groups; g++)
        conclude(&out[g]);
    return out;
}

static bool is_in_turn(const struct server_spec *s)
{
    return s->discipline == DISCIPLINE_FIFO ||
           (s->discipline == DISCIPLINE_PRIORITY && !s->preemptive);
}

const char *services_refusal(const struct services *of, const struct live_plan *ping)
{
    const struct scenario *s = ping->scenario;
    uint32_t g;

    for (g = 0; g < s->servers_n; g++) {
        if (!of[g].at)
            continue;
        if (!is_in_turn(&s->servers[g]))
            return "services of servers that are not lbsim's are measured where they are served in "
                   "turn alone, by fifo";
        if (of[g].n < SERVICES_LEAST)
            return "too few pings found a server free that is not lbsim's";
    }
    return NULL;
}

void services_forget(struct services *of, uint32_t groups)
{
    uint32_t g;

    for (g = 0; of && g < groups; g++) {
        free(of[g].at);
        of[g].at = NULL;
    }
}

lb_time services_draw(const struct services *of, uint64_t key, uint64_t sample, uint64_t serial,
                      uint64_t attempt)
{
    struct lb_random random = stream_at(key, serial, attempt);
    uint32_t i = lb_below(&random, (uint32_t)of->n);

    if (sample) {
        random = stream_at(sample, i, 0);
        i = lb_below(&random, (uint32_t)of->n);
    }
    return of->at[i];
}
