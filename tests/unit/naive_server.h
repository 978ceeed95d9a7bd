/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server that looks at all its guests at every step: the rule of each discipline, said plainly.
 * At each event it decides anew who is in service; nothing is kept but who is inside, what is left
 * of each, and since when it has been served. */
#ifndef NAIVE_SERVER_H
#define NAIVE_SERVER_H

#include <string.h>

#include "models/server.h"

enum { GUESTS_MOST = 64 };

struct guest {
    double left;
    lb_time since, began;
    uint64_t arrival;
    uint32_t priority;
    bool served;
};

struct naive_server {
    const char *discipline;
    bool rounds; /* speeds other than 0 and 1: what is left is not whole */
    double speed;
    uint64_t arrivals;
    uint32_t cores, n;
    uint32_t inside[GUESTS_MOST]; /* by arrival */
    struct guest guest[GUESTS_MOST];
};

static inline double guest_left(const struct naive_server *s, uint32_t i, lb_time now)
{
    const struct guest *g = &s->guest[i];
    double left = g->left - (g->served ? (double)(now - g->since) * s->speed : 0.0);

    return left < 0.0 ? 0.0 : left;
}

static inline lb_time guest_end(const struct naive_server *s, uint32_t i)
{
    const struct guest *g = &s->guest[i];

    return g->served && s->speed > 0.0 ? g->since + (lb_time)(g->left / s->speed + 0.5) : LB_NEVER;
}

/* ---- The rules: who has the better right to a core. */

static inline bool is(const struct naive_server *s, const char *discipline)
{
    return !strcmp(s->discipline, discipline);
}

static inline bool keeps_core(const struct naive_server *s)
{
    return is(s, "priority") || (is(s, "srpt") && s->rounds);
}

static inline bool ahead(const struct naive_server *s, uint32_t i, uint32_t k, lb_time now)
{
    const struct guest *a = &s->guest[i], *b = &s->guest[k];

    if (keeps_core(s) && a->served != b->served)
        return a->served;
    if (is(s, "lifo"))
        return a->arrival > b->arrival;
    if (is(s, "srpt") && guest_left(s, i, now) < guest_left(s, k, now))
        return true;
    if (is(s, "srpt") && guest_left(s, i, now) > guest_left(s, k, now))
        return false;
    if (!is(s, "fifo") && !is(s, "srpt") && a->priority != b->priority)
        return a->priority > b->priority;
    return a->arrival < b->arrival;
}

static inline void guest_serve(struct naive_server *s, uint32_t i, bool serve, lb_time now)
{
    struct guest *g = &s->guest[i];

    if (g->served == serve)
        return;
    g->left = guest_left(s, i, now);
    g->since = now;
    g->served = serve;
}

/* Gives the cores to those with the best right; answers who is served for the first time. */
static inline uint32_t naive_choose(struct naive_server *s, lb_time now)
{
    uint32_t rank[GUESTS_MOST], i, k, first = JOB_NONE;

    for (i = 0; i < s->n; i++) {
        for (k = i; k && ahead(s, s->inside[i], rank[k - 1], now); k--)
            rank[k] = rank[k - 1];
        rank[k] = s->inside[i];
    }
    for (i = 0; i < s->n; i++)
        guest_serve(s, rank[i], i < s->cores, now);
    for (i = 0; i < s->n; i++)
        if (s->guest[rank[i]].served && s->guest[rank[i]].began == LB_NEVER) {
            s->guest[rank[i]].began = now;
            first = rank[i];
        }
    return first;
}

/* Shortest remaining first where ends are rounded: the newcomer is held against the one that would
 * end last, and nobody else moves. */
static inline void naive_interrupt(struct naive_server *s, uint32_t newcomer, lb_time now)
{
    uint32_t i, served = 0, worst = JOB_NONE;

    for (i = 0; i < s->n; i++) {
        uint32_t g = s->inside[i];

        if (!s->guest[g].served)
            continue;
        served++;
        if (worst == JOB_NONE || guest_end(s, g) > guest_end(s, worst) ||
            (guest_end(s, g) == guest_end(s, worst) &&
             (s->speed > 0.0 || guest_left(s, g, now) >= guest_left(s, worst, now))))
            worst = g;
    }
    if (served == s->cores && s->guest[newcomer].left < guest_left(s, worst, now)) {
        guest_serve(s, worst, false, now);
        guest_serve(s, newcomer, true, now);
    }
}

/* ---- What happens. */

static inline uint32_t naive_arrive(struct naive_server *s, uint32_t i, const struct task *task,
                                    lb_time now)
{
    s->guest[i] =
        (struct guest) { (double)task->work, now, LB_NEVER, s->arrivals++, task->priority, false };
    s->inside[s->n++] = i;
    if (is(s, "srpt") && s->rounds)
        naive_interrupt(s, i, now);
    return naive_choose(s, now);
}

static inline uint32_t naive_leave(struct naive_server *s, uint32_t i, lb_time now)
{
    uint32_t k = 0;

    while (s->inside[k] != i)
        k++;
    s->n--;
    memmove(&s->inside[k], &s->inside[k + 1], (s->n - k) * sizeof s->inside[0]);
    return naive_choose(s, now);
}

static inline void naive_pace(struct naive_server *s, double speed, lb_time now)
{
    uint32_t i;

    for (i = 0; i < s->n; i++) {
        struct guest *g = &s->guest[s->inside[i]];

        g->left = guest_left(s, s->inside[i], now);
        g->since = now;
    }
    s->speed = speed;
}

static inline lb_time naive_due(const struct naive_server *s, uint32_t *job)
{
    lb_time due = LB_NEVER;
    uint32_t i;

    for (i = 0; i < s->n; i++)
        if (guest_end(s, s->inside[i]) < due) {
            due = guest_end(s, s->inside[i]);
            *job = s->inside[i];
        }
    return due;
}

#endif
