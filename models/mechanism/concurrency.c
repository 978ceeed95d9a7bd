/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/concurrency.h"

#include <math.h>

#include "models/mechanism/sample_rank.h"

static double clamped(const struct concurrency_spec *spec, double limit)
{
    double least = spec->least > 1 ? (double)spec->least : 1.0;
    double most = (double)spec->most > least ? (double)spec->most : least;

    return limit < least ? least : limit > most ? most : limit;
}

void concurrency_open(struct concurrency *c, const struct concurrency_spec *spec)
{
    *c = (struct concurrency) { .spec = spec, .limit = clamped(spec, (double)spec->initial) };
    c->measuring = spec->kind == CONCURRENCY_GRADIENT;
}

uint32_t concurrency_limit(const struct concurrency *c)
{
    return (uint32_t)(c->measuring ? clamped(c->spec, 0.0) : c->limit);
}

/* ---- The period's samples. */

static void forget(struct concurrency *c)
{
    c->samples = 0;
    c->seen = 0;
}

/* A uniform choice of all that were seen (Vitter's algorithm R). */
static void keep(struct concurrency *c, lb_time rtt, struct lb_random *random)
{
    uint64_t place = c->samples;

    c->seen++;
    if (c->samples < CONCURRENCY_SAMPLES)
        c->samples++;
    else
        place = lb_below(random, c->seen < UINT32_MAX ? (uint32_t)c->seen : UINT32_MAX);
    if (place < CONCURRENCY_SAMPLES)
        c->sample[place] = rtt;
}

static void swap(lb_time *a, lb_time *b)
{
    lb_time kept = *a;

    *a = *b;
    *b = kept;
}

/* The k-th smallest (from 0) of x, in place (Hoare's FIND). */
static lb_time smallest(lb_time *x, int64_t n, int64_t k)
{
    int64_t low = 0, high = n - 1;

    while (low < high) {
        lb_time pivot = x[low + (high - low) / 2];
        int64_t i = low, j = high;

        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i <= j)
                swap(&x[i++], &x[j--]);
        }
        if (j < k)
            low = i;
        if (k < i)
            high = j;
    }
    return x[k];
}

/* The quantile of the samples, which are forgotten. */
static lb_time summary(struct concurrency *c)
{
    uint64_t rank = sample_rank(c->spec->quantile, c->samples);
    lb_time rtt = smallest(c->sample, c->samples, (int64_t)rank - 1);

    forget(c);
    return rtt;
}

/* ---- The gradient. */

/* While it is measured, measure_at is when that began. */
static void begin_measuring(struct concurrency *c, lb_time now)
{
    c->measuring = true;
    c->measured = 0;
    c->measure_at = now;
    forget(c);
}

static void end_measuring(struct concurrency *c, struct lb_random *random, lb_time now)
{
    const struct concurrency_spec *spec = c->spec;
    double wait = (double)spec->measure;

    c->min_rtt = summary(c);
    c->measuring = false;
    c->period_ends = now + spec->every;
    if (spec->jitter > 0.0)
        wait *= 1.0 + spec->jitter * lb_unit(random);
    c->measure_at = wait < (double)(LB_NEVER / 2 - now) ? now + (lb_time)wait : LB_NEVER;
}

/* Requests that were sent before tell of a fuller server. */
static void measure(struct concurrency *c, lb_time rtt, struct lb_random *random, lb_time now)
{
    if (now - rtt < c->measure_at)
        return;
    keep(c, rtt, random);
    if (++c->measured >= c->spec->measure_requests)
        end_measuring(c, random, now);
}

static void end_period(struct concurrency *c, lb_time now)
{
    const struct concurrency_spec *spec = c->spec;
    double gradient;
    lb_time rtt;

    c->period_ends += ((now - c->period_ends) / spec->every + 1) * spec->every;
    if (c->samples == 0)
        return;
    rtt = summary(c);
    gradient = rtt > 0 ? (double)c->min_rtt * (1.0 + spec->buffer) / (double)rtt : 2.0;
    gradient = gradient < 0.5 ? 0.5 : gradient > 2.0 ? 2.0 : gradient;
    c->limit = clamped(spec, gradient * c->limit + sqrt(c->limit));
}

static void by_gradient(struct concurrency *c, lb_time rtt, struct lb_random *random, lb_time now)
{
    if (c->measuring) {
        measure(c, rtt, random, now);
        return;
    }
    if (now >= c->period_ends)
        end_period(c, now);
    if (now >= c->measure_at)
        begin_measuring(c, now);
    else
        keep(c, rtt, random);
}

void concurrency_done(struct concurrency *c, lb_time rtt, bool dropped, uint32_t in_flight,
                      struct lb_random *random, lb_time now)
{
    if (c->spec->kind == CONCURRENCY_GRADIENT)
        by_gradient(c, rtt, random, now);
    else if (dropped)
        c->limit = clamped(c->spec, c->limit * c->spec->decrease);
    else if (2.0 * ((double)in_flight + 1.0) >= c->limit)
        c->limit = clamped(c->spec, c->limit + 1.0 / c->limit);
}
