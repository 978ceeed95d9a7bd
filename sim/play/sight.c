/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/sight.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/histogram.h"
#include "sim/run/guard.h"

const char *trouble_name(enum trouble t)
{
    static const char *const names[] = { "down",   "hangs",   "refuses", "resets", "a hole",
                                         "drains", "ejected", "ill",     "full",   "unused",
                                         "slow",   "fast",    "" };

    return names[t];
}

int sight_open(struct sight *s, uint32_t most)
{
    *s = (struct sight) { .server = calloc((size_t)most + 1, sizeof s->server[0]) };
    return s->server ? 0 : -ENOMEM;
}

void sight_close(struct sight *s)
{
    free(s->server);
    s->server = NULL;
}

/* ---- One server. */

static enum trouble trouble_of_state(enum server_state state)
{
    static const enum trouble of[] = {
        [SERVER_UP] = TROUBLE_NONE,         [SERVER_DOWN] = TROUBLE_DOWN,
        [SERVER_DRAIN] = TROUBLE_DRAIN,     [SERVER_HANG] = TROUBLE_HANG,
        [SERVER_REFUSE] = TROUBLE_REFUSE,   [SERVER_RESET] = TROUBLE_RESET,
        [SERVER_BLACK_HOLE] = TROUBLE_HOLE,
    };

    return of[state];
}

/* What stands between a balancer and a server. */
static enum trouble trouble_at(const struct balancer *b, uint32_t seat)
{
    const struct guard *g = b->guard;

    if (g && g->outlier_seat && !outlier_allows(&g->outlier, seat))
        return TROUBLE_EJECTED;
    if (g && g->check && g->check[seat].health.down)
        return TROUBLE_ILL;
    if (b->view.full && (b->view.full[seat >> 6] >> (seat & 63) & 1))
        return TROUBLE_FULL;
    return b->open && !b->open[seat] ? TROUBLE_UNUSED : TROUBLE_NONE;
}

static void look_at_views(struct sight_server *s, const struct world *w)
{
    uint32_t i;

    s->believed = UINT32_MAX;
    for (i = 0; i < w->balancers; i++) {
        const struct balancer *b = &w->balancer[i];
        uint32_t seat = seat_of(b, s->server);
        enum trouble trouble;

        if (seat >= b->view.n)
            continue;
        s->seen = true;
        s->believed = b->view.load[seat] < s->believed ? b->view.load[seat] : s->believed;
        s->believed_most =
            b->view.load[seat] > s->believed_most ? b->view.load[seat] : s->believed_most;
        trouble = trouble_at(b, seat);
        s->trouble = trouble < s->trouble ? trouble : s->trouble;
    }
}

static bool is_there(const struct world *w, uint32_t server)
{
    const struct condition *c = w->condition ? &w->condition[server] : NULL;

    return !c || !c->absent || w->server[server].inside > 0;
}

static void count(const struct world *w, uint32_t server, uint32_t *running, uint32_t *waiting)
{
    const struct group *g = &w->group[w->server[server].group];
    uint32_t inside = w->server[server].inside;
    bool shares = g->discipline && g->discipline->shares;

    *running = shares || inside < g->cores ? inside : g->cores;
    *waiting = inside - *running;
}

static void look_at(struct sight_server *s, const struct world *w, uint32_t server)
{
    const struct group *g = &w->group[w->server[server].group];
    const struct condition *c = w->condition ? &w->condition[server] : NULL;

    *s = (struct sight_server) { .group = g->spec->name,
                                 .server = server,
                                 .number = server - g->first,
                                 .cores = g->cores,
                                 .alone = g->count == 1,
                                 .speed = 1.0,
                                 .trouble = TROUBLE_NONE };
    count(w, server, &s->running, &s->waiting);
    if (c) {
        s->trouble = trouble_of_state(c->state);
        s->speed = c->speed / (g->spec->speed > 0.0 ? g->spec->speed : 1.0);
    }
    look_at_views(s, w);
    if (s->trouble == TROUBLE_NONE && (s->speed < 0.999 || s->speed > 1.001))
        s->trouble = s->speed < 1.0 ? TROUBLE_SLOW : TROUBLE_FAST;
}

/* ---- All of them. */

/* Puts a server where it belongs among those with the most requests; the last one falls out. */
static void insert(struct sight *s, uint32_t most, uint32_t server, uint32_t inside)
{
    uint32_t i = s->shown < most ? s->shown++ : most - 1;

    for (; i > 0 && s->server[i - 1].running < inside; i--)
        s->server[i] = s->server[i - 1];
    s->server[i].server = server;
    s->server[i].running = inside;
}

static void choose(struct sight *s, const struct world *w, uint32_t most)
{
    uint32_t i;

    s->shown = 0;
    for (i = 0; i < w->servers; i++) {
        uint32_t inside = w->server[i].inside;

        if (!is_there(w, i))
            continue;
        if (s->servers <= most)
            s->server[s->shown++].server = i;
        else if (s->shown < most || inside > s->server[most - 1].running)
            insert(s, most, i, inside);
    }
}

static void look_at_servers(struct sight *s, const struct world *w, uint32_t most)
{
    uint32_t i, running, waiting;

    s->servers = s->idle = s->busy = s->queued = 0;
    for (i = 0; i < w->servers; i++) {
        if (!is_there(w, i))
            continue;
        count(w, i, &running, &waiting);
        s->servers++;
        s->idle += running == 0;
        s->busy += running > 0 && waiting == 0;
        s->queued += waiting > 0;
    }
    s->shown = 0;
    if (most > 0)
        choose(s, w, most);
    for (i = 0; i < s->shown; i++) {
        struct sight_server *shown = &s->server[i];

        look_at(shown, w, shown->server);
        s->idle -= shown->running == 0;
        s->busy -= shown->running > 0 && shown->waiting == 0;
        s->queued -= shown->waiting > 0;
    }
}

/* ---- The requests completed last. */

static int by_size(const void *a, const void *b)
{
    lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

static void look_at_recent(struct sight *s, const struct recent *r, lb_time now)
{
    lb_time sorted[RECENT], first;

    s->recent = r->n;
    s->rate = s->p50 = s->p99 = NAN;
    if (r->n == 0)
        return;
    memcpy(sorted, r->latency, r->n * sizeof sorted[0]);
    qsort(sorted, r->n, sizeof sorted[0], by_size);
    s->p50 = (double)sorted[histogram_rank(0.50, r->n) - 1] / 1e9;
    s->p99 = (double)sorted[histogram_rank(0.99, r->n) - 1] / 1e9;
    first = r->n < RECENT ? 0 : r->at[r->next];
    if (s->over)
        now = r->at[(r->next + RECENT - 1) % RECENT];
    if (now > first)
        s->rate = (double)(r->n < RECENT ? r->n : RECENT - 1) * 1e9 / (double)(now - first);
}

void sight_take(struct sight *s, const struct act *a, lb_time now, uint32_t most)
{
    const struct world *w = &a->world;
    const struct tally *t = &w->tally;
    uint32_t i;

    s->label = a->label;
    s->over = a->over;
    s->issued = t->issued;
    s->in_flight = t->issued;
    for (i = 0; i < ENDINGS; i++) {
        s->ended[i] = t->ended[i];
        s->in_flight -= t->ended[i];
    }
    s->retries = t->retries;
    s->hedges = t->hedges;
    for (s->held = i = 0; i < w->balancers; i++)
        s->held += w->balancer[i].held;
    look_at_recent(s, &a->recent, now);
    look_at_servers(s, w, most);
}
