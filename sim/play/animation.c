/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/animation.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_ITSELF = 120000, /* bytes of a page without films, about */
    MOMENTS_SHOWN = 5,    /* windows, where a run is too long */
    CENTRES = 64,
    UNITS_A_LATENCY = 2000,
    TRIES = 10,      /* with windows anywhere; then with the start of the run alone ... */
    TRIES_MOST = 40, /* ... which is empty at first */
};
#define SHARE_FIRST 0.9
#define SHARE_LESS  0.7

/* ---- One film. */

static int make_film(struct animation *a, struct film *f, uint32_t i, bool shown)
{
    const struct contender *c = a->order->contender[i];

    *f = (struct film) { .scenario = c->scenario,
                         .policy = &c->scenario->policies[c->policy],
                         .windows = shown ? a->windows : 0,
                         .most = ANIMATION_REQUESTS / a->order->n,
                         .unit = a->unit,
                         .stop = a->order->stop };
    memcpy(f->window, a->window, sizeof f->window);
    if (film_run(f) == 0)
        return 0;
    snprintf(a->why, sizeof a->why, "policy %.40s: %.250s", f->policy->label, f->why);
    return -1;
}

/* ---- What to show. */

/* The instants to be seen, what matters most first. */
static uint32_t list_centres(const struct animation *a, lb_time *centre)
{
    static const enum film_moment_kind kinds[] = { MOMENT_QUEUE,     MOMENT_FAILED,
                                                   MOMENT_TIMED_OUT, MOMENT_REJECTED,
                                                   MOMENT_DOWN,      MOMENT_GAP,
                                                   MOMENT_CANCELLED, MOMENT_SLOWEST };
    const struct scenario *s = a->order->contender[0]->scenario;
    uint32_t n = 0, i, k;

    centre[n++] = 0;
    for (i = 0; i < s->changes_n && n < CENTRES / 2; i++)
        centre[n++] = s->changes[i].at;
    for (k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (i = 0; i < a->order->n && n < CENTRES; i++)
            if (a->whole[i].moment[kinds[k]].at != LB_NEVER)
                centre[n++] = a->whole[i].moment[kinds[k]].at;
    return n;
}

static lb_time span_of(const struct animation *a)
{
    lb_time span = 1;
    uint32_t i;

    for (i = 0; i < a->order->n; i++)
        span = a->whole[i].ends > span ? a->whole[i].ends : span;
    return span;
}

static int by_start(const void *a, const void *b)
{
    const struct film_window *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

/* Those that meet become one. */
static void merge_windows(struct animation *a)
{
    uint32_t i, n = 0;

    qsort(a->window, a->windows, sizeof a->window[0], by_start);
    for (i = 1; i < a->windows; i++) {
        if (a->window[i].from > a->window[n].to)
            a->window[++n] = a->window[i];
        else if (a->window[i].to > a->window[n].to)
            a->window[n].to = a->window[i].to;
    }
    a->windows = n + 1;
}

static bool is_near(const struct animation *a, lb_time centre)
{
    uint32_t i;

    for (i = 0; i < a->windows; i++)
        if (centre >= a->window[i].from && centre < a->window[i].to)
            return true;
    return false;
}

/* This share of the whole, in windows that begin shortly before what they are to show. */
static void choose_windows(struct animation *a, double share)
{
    const lb_time span = span_of(a);
    const double width = share * (double)span / MOMENTS_SHOWN;
    lb_time centre[CENTRES];
    uint32_t n = list_centres(a, centre), i;

    a->windows = 0;
    for (i = 0; i < n && a->windows < MOMENTS_SHOWN; i++) {
        const lb_time before = (lb_time)(0.4 * width);
        const lb_time from = centre[i] > before ? centre[i] - before : 0;

        if (centre[i] < span && !is_near(a, centre[i]))
            a->window[a->windows++] = (struct film_window) { from, from + (lb_time)width + 1 };
    }
    merge_windows(a);
    a->windowed = true;
}

/* What was asked for, or its first part. */
static void choose_part(struct animation *a, double share)
{
    const lb_time span = span_of(a), to = a->order->to < span ? a->order->to : span + 1;
    const double width = share * (double)(to - a->order->from);

    a->windows = 1;
    a->window[0] = (struct film_window) { a->order->from, to };
    a->windowed = true;
    a->shortened = share < 1.0;
    if (a->shortened)
        a->window[0].to = a->order->from + (lb_time)width + 1;
}

static void choose(struct animation *a, double share, uint32_t tries)
{
    if (a->order->from > 0 || a->order->to != LB_NEVER || tries > TRIES) {
        choose_part(a, share);
    } else if (share < 1.0) {
        choose_windows(a, share);
    } else {
        a->windows = 1;
        a->window[0] = (struct film_window) { 0, LB_NEVER };
        a->windowed = false;
    }
}

/* ---- All films. */

static void forget_films(struct animation *a)
{
    uint32_t i;

    for (i = 0; i < a->order->n; i++) {
        film_close(&a->film[i]);
        free(a->bytes[i].at);
        a->bytes[i] = (struct film_bytes) { .at = NULL };
    }
}

/* 0; 1 if they are too large; -1. */
static int try_films(struct animation *a)
{
    size_t bytes = PAGE_ITSELF;
    uint32_t i;

    for (i = 0; i < a->order->n; i++) {
        if (make_film(a, &a->film[i], i, true))
            return -1;
        if (a->film[i].full)
            return 1;
        if (!film_pack(&a->film[i], &a->bytes[i])) {
            snprintf(a->why, sizeof a->why, "out of memory");
            return -1;
        }
        bytes += (a->bytes[i].n + 2) / 3 * 4;
    }
    return bytes > ANIMATION_BYTES;
}

/* How much of the run may fit; 1: all of it. */
static double first_share(const struct animation *a)
{
    const double most = ANIMATION_REQUESTS / a->order->n;
    uint64_t issued = 0;
    uint32_t i;

    for (i = 0; i < a->order->n; i++)
        issued = a->whole[i].total.issued > issued ? a->whole[i].total.issued : issued;
    return (double)issued <= most ? 1.0 : SHARE_FIRST * most / (double)issued;
}

/* Instants are told to a small part of what a request takes. */
static lb_time choose_unit(const struct animation *a)
{
    double latency = 0.0;
    lb_time unit = 1;
    uint32_t i;

    for (i = 0; i < a->order->n; i++)
        if (a->whole[i].completed && !(latency > 0.0 && latency < a->whole[i].latency_mean))
            latency = a->whole[i].latency_mean;
    while ((double)(10 * unit) * UNITS_A_LATENCY <= latency)
        unit *= 10;
    return unit;
}

static double start_share(const struct animation *a)
{
    return a->order->from > 0 || a->order->to != LB_NEVER ? 1.0 : first_share(a);
}

int animation_make(struct animation *a, const struct animation_order *order)
{
    double share;
    uint32_t i, tries;
    int answer = 1;

    memset(a, 0, sizeof *a);
    a->order = order;
    a->unit = 1;
    for (i = 0; i < order->n; i++)
        if (make_film(a, &a->whole[i], i, false))
            return -1;
    a->unit = choose_unit(a);
    share = start_share(a);
    for (tries = 0; answer > 0 && tries < TRIES_MOST; tries++) {
        if (tries == TRIES + 1)
            share = start_share(a);
        forget_films(a);
        choose(a, share, tries);
        answer = try_films(a);
        share *= share < 1.0 ? SHARE_LESS : SHARE_FIRST;
    }
    if (answer > 0)
        snprintf(a->why, sizeof a->why,
                 "too much is in flight at once for a page of %d requests: fewer policies "
                 "(--policy), fewer servers, or another part (--from, --to)",
                 ANIMATION_REQUESTS);
    return answer ? -1 : 0;
}

void animation_close(struct animation *a)
{
    uint32_t i;

    if (!a->order)
        return;
    forget_films(a);
    for (i = 0; i < a->order->n; i++)
        film_close(&a->whole[i]);
}
