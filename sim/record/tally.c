/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/tally.h"

#include "models/dispatch.h"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Values below this fit the short sums: 128 of them in 64 bits. */
#define SHORT_MOST (INT64_C(1) << 56)

static void count_long(struct moments *m, const int64_t *values, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        moments_add(m, values[i]);
}

/* The same without looking for overflow at each value; a new extreme is rare. False, and nothing
 * counted, if a value is too great for that. */
static bool count_short(struct moments *m, const int64_t *values, uint32_t n)
{
    moments_wide squares = 0;
    int64_t least = m->least, most = m->most;
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        uint64_t v = (uint64_t)values[i];

        sum += v;
        squares += (moments_wide)v * v;
        if (UNLIKELY(values[i] < least))
            least = values[i];
        if (UNLIKELY(values[i] > most))
            most = values[i];
    }
    if (most >= SHORT_MOST)
        return false;
    m->n += n;
    m->sum += sum;
    m->overflowed |= __builtin_add_overflow(m->squares, squares, &m->squares);
    m->least = least;
    m->most = most;
    return true;
}

static void count(struct tally *t, enum duration which, const int64_t *values, uint32_t n)
{
    struct histogram *histogram = t->histogram[which];
    uint32_t i;

    if (n == 0)
        return;
    if (!count_short(&t->duration[which], values, n))
        count_long(&t->duration[which], values, n);
    for (i = 0; histogram && i < n; i++)
        histogram_add(histogram, values[i]);
}

static void count_ratios(struct tally *t)
{
    int64_t slowdown[TALLY_BATCH], wait[TALLY_BATCH];
    uint32_t i, n = 0;

    for (i = 0; i < t->batched; i++) {
        if (t->alone[i] == 0)
            continue;
        slowdown[n] = tally_ratio(t->latency[i], t->alone[i]);
        wait[n++] = tally_ratio(t->wait[i], t->alone[i]);
    }
    t->unmeasurable += t->batched - n;
    count(t, DURATION_SLOWDOWN, slowdown, n);
    count(t, DURATION_WAIT_SLOWDOWN, wait, n);
}

DISPATCHED void tally_flush(struct tally *t)
{
    count(t, DURATION_LATENCY, t->latency, t->batched);
    count(t, DURATION_WAIT, t->wait, t->batched);
    count(t, DURATION_SERVICE, t->service, t->batched);
    if (t->histogram[DURATION_SLOWDOWN] || t->histogram[DURATION_WAIT_SLOWDOWN])
        count_ratios(t);
    t->batched = 0;
}
