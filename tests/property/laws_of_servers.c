/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must hold at each server, judged from when requests reached it, began and left. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/property/laws.h"

/* One server's requests. */
struct station {
    const struct witness *w;
    const struct server_spec *spec;
    const struct logged **at; /* completed here */
    uint64_t n;
    const struct logged **refused;
    uint64_t refused_n;
};

static int by_reach(const void *a, const void *b)
{
    const struct logged *x = *(const struct logged *const *)a;
    const struct logged *y = *(const struct logged *const *)b;

    if (x->reached != y->reached)
        return x->reached < y->reached ? -1 : 1;
    if (x->started != y->started)
        return x->started < y->started ? -1 : 1;
    return (x->left > y->left) - (x->left < y->left);
}

/* ---- First in, first out: Kiefer and Wolfowitz's recursion, with a plain array of cores. */

static uint32_t first_free(const lb_time *core, uint32_t cores)
{
    uint32_t best = 0, i;

    for (i = 1; i < cores; i++)
        if (core[i] < core[best])
            best = i;
    return best;
}

static bool in_order(const struct station *t)
{
    lb_time *core = calloc(t->spec->cores, sizeof core[0]);
    bool good = core != NULL;
    uint64_t i;

    for (i = 0; good && i < t->n; i++) {
        lb_time *free_at = &core[first_free(core, t->spec->cores)];
        lb_time start = *free_at > t->at[i]->reached ? *free_at : t->at[i]->reached;

        good = t->at[i]->started == start;
        *free_at = t->at[i]->left;
    }
    free(core);
    return good;
}

/* The longest queue that a request that reaches the server makes or joins. */
static uint64_t longest(const struct station *t)
{
    uint64_t i, j, gone = 0, most = 0;
    lb_time *left = malloc((t->n + 1) * sizeof left[0]);

    for (i = 0; left && i < t->n && t->at[i]->reached <= t->w->to; i++) {
        /* `left[gone .. i - 1]` ascending: who is inside */
        while (gone < i && left[gone] <= t->at[i]->reached)
            gone++;
        for (j = i; j > gone && left[j - 1] > t->at[i]->left; j--)
            left[j] = left[j - 1];
        left[j] = t->at[i]->left;
        if (i + 1 - gone > t->spec->cores && i + 1 - gone - t->spec->cores > most)
            most = i + 1 - gone - t->spec->cores;
    }
    free(left);
    return most;
}

/* ---- Counting who is there. */

struct step {
    lb_time time;
    int64_t by;
};

/* Who leaves goes before who comes. */
static int by_time(const void *a, const void *b)
{
    const struct step *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->by > y->by) - (x->by < y->by);
}

struct crowd {
    int64_t most; /* at once, instants apart */
    double busy;  /* integral of min(those there, cores), ns */
    double busy_measured;
};

static double common(const struct witness *w, lb_time start, lb_time end)
{
    lb_time from = start > w->from ? start : w->from, to = end < w->to ? end : w->to;

    return to > from ? (double)(to - from) : 0.0;
}

/* Those in service (from when they began) or inside (from when they reached it). */
static struct crowd crowd_of(const struct station *t, bool in_service)
{
    struct step *step = malloc((2 * t->n + 1) * sizeof step[0]);
    struct crowd c = { 0, 0.0, 0.0 };
    uint64_t i, n = 0;
    int64_t now = 0;

    for (i = 0; step && i < t->n; i++) {
        lb_time since = in_service ? t->at[i]->started : t->at[i]->reached;

        if (since == t->at[i]->left)
            continue;
        step[n++] = (struct step) { since, 1 };
        step[n++] = (struct step) { t->at[i]->left, -1 };
    }
    if (n)
        qsort(step, n, sizeof step[0], by_time);
    for (i = 0; i < n; i++) {
        if (i > 0 && now > 0) {
            double at_work = now < (int64_t)t->spec->cores ? (double)now : (double)t->spec->cores;

            c.busy += at_work * (double)(step[i].time - step[i - 1].time);
            c.busy_measured += at_work * common(t->w, step[i - 1].time, step[i].time);
        }
        now += step[i].by;
        c.most = now > c.most ? now : c.most;
    }
    free(step);
    return c;
}

/* ---- The laws. */

static uint64_t places(const struct server_spec *spec)
{
    return spec->queue_limit == SCENARIO_UNLIMITED ? UINT64_MAX
                                                   : (uint64_t)spec->cores + spec->queue_limit;
}

/* Who leaves at that very instant has left. */
static bool was_full(const struct station *t, const struct logged *refused)
{
    uint64_t inside = 0, i;

    for (i = 0; i < t->n && t->at[i]->reached <= refused->reached; i++)
        inside += t->at[i]->left > refused->reached;
    return inside >= places(t->spec);
}

static void places_laws(struct subject *s, const struct station *t, uint32_t server)
{
    uint64_t i, wrong = 0;

    law_holds(s, LAW_CORES, (uint64_t)crowd_of(t, false).most <= places(t->spec),
              "more requests inside server %u than it has places", server);
    for (i = 0; i < t->refused_n; i++)
        wrong += !was_full(t, t->refused[i]);
    if (t->refused_n)
        law_holds(s, LAW_CORES, wrong == 0, "%" PRIu64 " requests refused by server %u had room",
                  wrong, server);
}

static void busy_laws(struct subject *s, const struct station *t, uint32_t server)
{
    const bool shared = t->spec->discipline == DISCIPLINE_PS;
    struct crowd c = crowd_of(t, !shared);
    double work = 0.0;
    uint64_t i;

    law_holds(s, LAW_BUSY, (uint64_t)c.busy_measured == t->w->world.server[server].busy,
              "server %u was busy for %.0f ns, counted %" PRIu64 " ns", server, c.busy_measured,
              t->w->world.server[server].busy);
    if (!shared)
        return;
    for (i = 0; i < t->n; i++)
        work += (double)t->at[i]->work / t->spec->speed;
    /* each departure is up to 1 ns late; and doubles count the work */
    law_holds(s, LAW_SHARING,
              c.busy >= work * (1.0 - 1e-9) - 1.0 &&
                  c.busy <= work * (1.0 + 1e-9) + (double)t->n + 1.0,
              "server %u worked for %.17g ns on %.17g ns of work", server, c.busy, work);
}

static void judge_station(struct subject *s, const struct station *t, uint32_t server)
{
    const struct witness *w = t->w;

    if (t->spec->discipline == DISCIPLINE_FIFO)
        law_holds(s, LAW_CORES, crowd_of(t, true).most <= (int64_t)t->spec->cores,
                  "server %u has more requests in service than cores", server);
    if (w->timeouts || w->cut || w->holds)
        return;
    qsort(t->at, t->n, sizeof t->at[0], by_reach);
    if (t->spec->discipline == DISCIPLINE_FIFO)
        law_holds(s, LAW_FIFO, in_order(t), "server %u serves out of order, or idles", server);
    if (places(t->spec) < UINT64_MAX)
        places_laws(s, t, server);
    busy_laws(s, t, server);
}

/* ---- Sorting requests to servers. */

static struct station *stations_of(const struct witness *w, const struct logged ***room)
{
    struct station *all = calloc(w->world.servers + 1, sizeof all[0]);
    const struct logged **next = calloc(w->n + 1, sizeof next[0]);
    uint64_t i;
    uint32_t k, g = 0;

    *room = next;
    if (!all || !next)
        return all;
    for (i = 0; i < w->n; i++)
        if (w->at[i].ended == ENDED_COMPLETED)
            all[w->at[i].server].n++;
        else if (w->at[i].ended == ENDED_REJECTED && w->at[i].server != LB_NONE)
            all[w->at[i].server].refused_n++;
    for (k = 0; k < w->world.servers; k++) {
        while (k >= w->scenario->servers[g].first + w->scenario->servers[g].count)
            g++;
        all[k].w = w;
        all[k].spec = &w->scenario->servers[g];
        all[k].at = next;
        all[k].refused = next + all[k].n;
        next += all[k].n + all[k].refused_n;
        all[k].n = all[k].refused_n = 0;
    }
    for (i = 0; i < w->n; i++) {
        struct station *t = &all[w->at[i].server % w->world.servers];

        if (w->at[i].ended == ENDED_COMPLETED)
            t->at[t->n++] = &w->at[i];
        else if (w->at[i].ended == ENDED_REJECTED && w->at[i].server != LB_NONE)
            t->refused[t->refused_n++] = &w->at[i];
    }
    return all;
}

static void longest_queue(struct subject *s, const struct witness *w, const struct station *all)
{
    uint64_t most = 0;
    uint32_t i;

    if (w->timeouts || w->cut || w->holds || !w->fifo || w->order.warmup != 0)
        return;
    for (i = 0; i < w->world.servers; i++) {
        uint64_t here = longest(&all[i]);

        most = here > most ? here : most;
    }
    law_holds(s, LAW_QUEUE, most == w->world.tally.longest_queue,
              "the longest queue was %" PRIu64 ", counted %" PRIu64, most,
              w->world.tally.longest_queue);
}

/* ---- One queue for all: while anybody waits every core is busy. */

static void central(struct subject *s, const struct witness *w)
{
    struct step *wait = malloc((2 * w->n + 1) * sizeof wait[0]);
    struct step *work = malloc((2 * w->n + 1) * sizeof work[0]);
    int64_t cores = 0, waiting = 0, working = 0;
    uint64_t i, n = 0, m = 0, idle = 0;
    uint32_t g;

    for (g = 0; g < w->scenario->servers_n; g++)
        if (w->scenario->servers[g].weight)
            cores += (int64_t)w->scenario->servers[g].count * w->scenario->servers[g].cores;
    for (i = 0; wait && work && i < w->n; i++) {
        const struct logged *r = &w->at[i];

        wait[n++] = (struct step) { r->issued, 1 };
        wait[n++] = (struct step) { r->started, -1 };
        work[m++] = (struct step) { r->started, 1 };
        work[m++] = (struct step) { r->left, -1 };
    }
    if (wait && work && n) {
        qsort(wait, n, sizeof wait[0], by_time);
        qsort(work, m, sizeof work[0], by_time);
    }
    for (i = 0, m = 0; wait && work && i < n;) {
        lb_time now = wait[i].time;

        for (; i < n && wait[i].time == now; i++)
            waiting += wait[i].by;
        for (; m < 2 * w->n && work[m].time <= now; m++)
            working += work[m].by;
        idle += waiting > 0 && working < cores;
    }
    free(wait);
    free(work);
    law_holds(s, LAW_CENTRAL, idle == 0, "%" PRIu64 " times a request waits while a core is free",
              idle);
}

static bool is_central(const struct witness *w)
{
    const struct scenario *s = w->scenario;

    return !strcmp(w->order.policy->policy->name, "central_queue") && !w->timeouts && !w->cut &&
           !w->linked && w->fifo && s->balancers_n == 1 && s->balancers[0].count == 1 &&
           s->balancers[0].groups_n == s->servers_n;
}

void laws_of_servers(struct subject *s, const struct witness *w)
{
    const struct logged **room;
    struct station *all;
    uint32_t i;

    if (!w->told)
        return;
    all = stations_of(w, &room);
    for (i = 0; all && room && i < w->world.servers; i++)
        if (all[i].n)
            judge_station(s, &all[i], i);
    if (all && room)
        longest_queue(s, w, all);
    if (is_central(w))
        central(s, w);
    free(all);
    free(room);
}
