/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/gate.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

const char *gate_verdict_name(enum gate_verdict v)
{
    static const char *const names[] = { "VALID", "SUSPECT", "OVERLOADED" };

    return names[v];
}

struct gate_limits gate_limits_default(void)
{
    return (struct gate_limits) { .overhead = 6e-3,
                                  .send = 1e-3,
                                  .steal = 0.005,
                                  .slow = 2e-3,
                                  .slow_share = 0.03,
                                  .rate = 0.99,
                                  .collapse = 0.9 };
}

/* Where nothing completed that is said already. */
static bool unknown_overhead(const struct gate_reading *r)
{
    return isnan(r->overhead) && !r->foreign && !r->empty;
}

struct gate gate_judge(const struct gate_limits *l, const struct gate_reading *r)
{
    struct gate g = { .limits = *l, .reading = *r };

    g.faults |= r->overhead > l->overhead ? GATE_OVERHEAD : 0u;
    g.faults |= r->send > l->send ? GATE_SEND : 0u;
    g.faults |= r->steal > l->steal ? GATE_STEAL : 0u;
    g.faults |= r->slow_share > l->slow_share ? GATE_SLOW : 0u;
    g.faults |= r->rate < l->rate ? GATE_RATE : 0u;
    g.faults |= r->overload ? GATE_OVERLOAD : 0u;
    g.faults |= r->endless ? GATE_ENDLESS : 0u;
    g.faults |= r->empty ? GATE_EMPTY : 0u;
    g.faults |= r->rate < l->collapse ? GATE_COLLAPSE : 0u;
    g.faults |= unknown_overhead(r) || (isnan(r->steal) && l->steal < 1.0) ? GATE_UNKNOWN : 0u;
    g.faults |= r->strangers ? GATE_STRANGERS : 0u;
    if (g.faults & (GATE_OVERLOAD | GATE_ENDLESS | GATE_COLLAPSE))
        g.verdict = GATE_OVERLOADED;
    else if (g.faults)
        g.verdict = GATE_SUSPECT;
    return g;
}

/* ---- In words. */

struct words {
    char *text;
    size_t room, n;
};

static void add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *w, const char *format, ...)
{
    va_list list;
    int n;

    if (w->n + 3 >= w->room)
        return;
    if (w->n) {
        w->text[w->n++] = ';';
        w->text[w->n++] = ' ';
    }
    va_start(list, format);
    n = vsnprintf(w->text + w->n, w->room - w->n, format, list);
    va_end(list);
    w->n = n > 0 && (size_t)n < w->room - w->n ? w->n + (size_t)n : w->room - 1;
}

void gate_write(const struct gate *g, char *text, size_t room)
{
    const struct gate_reading *r = &g->reading;
    const struct gate_limits *l = &g->limits;
    struct words w = { text, room, 0 };

    text[0] = '\0';
    if (g->faults & GATE_OVERLOAD)
        add(&w, "%" PRIu64 " requests found no free connection or descriptor", r->overload);
    if (g->faults & GATE_ENDLESS)
        add(&w, "ended by its time limit");
    if (g->faults & GATE_EMPTY)
        add(&w, "no measured request completed");
    if (g->faults & GATE_STRANGERS)
        add(&w, "%" PRIu64 " requests of strangers, whose load nobody has predicted", r->strangers);
    if (g->faults & GATE_OVERHEAD)
        add(&w, "overhead p99.9 %.3g ms, above %.3g ms", r->overhead * 1e3, l->overhead * 1e3);
    if (g->faults & GATE_UNKNOWN)
        add(&w, "%s not known", unknown_overhead(r) ? "overhead" : "steal");
    if (g->faults & GATE_SEND)
        add(&w, "send lateness p99 %.3g ms, above %.3g ms", r->send * 1e3, l->send * 1e3);
    if (g->faults & GATE_STEAL)
        add(&w, "steal %.3g %%, above %.3g %%", r->steal * 100.0, l->steal * 100.0);
    if (g->faults & GATE_SLOW)
        add(&w, "%.3g %% of requests with more than %.3g ms overhead, above %.3g %%",
            r->slow_share * 100.0, l->slow * 1e3, l->slow_share * 100.0);
    if (g->faults & GATE_RATE)
        add(&w, "%.4g %% of the intended rate, below %.4g %%", r->rate * 100.0, l->rate * 100.0);
}
