/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same rules as the policies', by looking at every server each time, as oracles. */
#ifndef TESTS_UNIT_NAIVE_POLICIES_H
#define TESTS_UNIT_NAIVE_POLICIES_H

#include <math.h>

#include "models/policy/eligible.h"
#include "tests/unit/mini_host.h"

/* Nonzero if a request may go from the view of m to s. */
static inline int naive_may(const struct mini *m, const struct lb_request *request, lb_server s)
{
    return s < m->view.n && m->up[s] && m->weight[s] && lb_may(&m->view, request, s);
}

/* A measure of a server: the less, the better; a fraction above / below. */
struct naive_score {
    uint64_t above, below;
};

enum naive_rule { NAIVE_LOAD, NAIVE_RATIO, NAIVE_WORK, NAIVE_DELAY, NAIVE_RATE_DELAY };

/* The rate in units of 2^-40, slow start included; whole for the rates and ramps of a walk. */
static inline uint64_t naive_rate(const struct mini *m, lb_server s)
{
    double ramp = m->view.ramp ? (double)m->view.ramp[s] : 1.0;

    ramp = ramp < 1.0 / SHARE_UNIT ? 1.0 / SHARE_UNIT : ramp;
    return (uint64_t)((double)m->rate[s] * 0x1p24) * (uint64_t)(ramp * 0x1p16);
}

static inline struct naive_score naive_score(const struct mini *m, enum naive_rule rule,
                                             lb_server s)
{
    if (rule == NAIVE_RATIO)
        return (struct naive_score) { m->load[s], share_of(&m->view, s) };
    if (rule == NAIVE_LOAD)
        return (struct naive_score) { m->load[s], 1 };
    if (rule == NAIVE_DELAY)
        return (struct naive_score) { m->load[s] + 1, share_of(&m->view, s) };
    if (rule == NAIVE_RATE_DELAY)
        return (struct naive_score) { m->load[s] + 1, naive_rate(m, s) };
    return (struct naive_score) { m->free_at[s] > m->now ? (uint64_t)(m->free_at[s] - m->now) : 0,
                                  1 };
}

static inline int naive_less(struct naive_score a, struct naive_score b)
{
    return a.above * b.below < b.above * a.below;
}

/* Writes the servers with the least score that the request may go to, in seat order. */
static inline uint32_t naive_tied(const struct mini *m, const struct lb_request *request,
                                  enum naive_rule rule, lb_server *tied)
{
    uint32_t s, n = 0;

    for (s = 0; s < m->view.n; s++) {
        if (!naive_may(m, request, s))
            continue;
        if (n && naive_less(naive_score(m, rule, s), naive_score(m, rule, tied[0])))
            n = 0;
        if (n == 0 || !naive_less(naive_score(m, rule, tied[0]), naive_score(m, rule, s)))
            tied[n++] = s;
    }
    return n;
}

/* The server with the highest weight / -ln u, u = (H + 1/2) / 2^64, that the request may go to, in
 * long doubles, or LB_NONE. */
static inline lb_server naive_rendezvous(const struct mini *m, const struct lb_request *request,
                                         uint64_t salt)
{
    long double best = -1.0L;
    lb_server s, winner = LB_NONE;

    for (s = 0; s < m->view.n; s++) {
        uint64_t hash = lb_mix(lb_mix(request->key ^ lb_mix(salt)) ^ m->name[s]);
        long double u = ((long double)hash + 0.5L) * 0x1p-64L;
        long double score;

        if (!naive_may(m, request, s))
            continue;
        score = (long double)share_of(&m->view, s) / -logl(u);
        if (score > best) {
            best = score;
            winner = s;
        }
    }
    return winner;
}

/* nginx's smooth weighted round robin, a step over the listed servers. */
struct naive_smooth {
    int64_t current, effective, top;
};

static inline void naive_smooth_top(struct naive_smooth *at, int64_t top)
{
    if (at->effective == at->top || at->effective > top)
        at->effective = top;
    at->top = top;
}

static inline lb_server naive_smooth_step(struct naive_smooth *smooth, const lb_server *list,
                                          uint32_t n)
{
    struct naive_smooth *best = NULL;
    int64_t total = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        struct naive_smooth *at = &smooth[list[i]];

        at->current += at->effective;
        total += at->effective;
        if (at->effective < at->top)
            at->effective =
                at->effective + SHARE_UNIT < at->top ? at->effective + SHARE_UNIT : at->top;
        if (!best || at->current > best->current)
            best = at;
    }
    if (!best)
        return LB_NONE;
    best->current -= total;
    return (lb_server)(best - smooth);
}

#endif
