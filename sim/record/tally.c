/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/tally.h"

#include "models/dispatch.h"
#include "sim/record/batch.h"

_Static_assert((int)TALLY_BATCH <= (int)BATCH_MOST, "short sums hold a batch");

const char *attempt_ending_name(enum attempt_ending how)
{
    static const char *const names[ATTEMPT_ENDINGS] = { "ok",   "error",     "timeout", "refused",
                                                        "lost", "cancelled", "cut" };

    return names[how];
}

static void count(struct tally *t, enum duration which, const int64_t *values, uint32_t n)
{
    struct histogram *histogram = t->histogram[which];
    uint32_t i;

    if (n == 0)
        return;
    if (!batch_short(&t->duration[which], values, n))
        batch_long(&t->duration[which], values, n);
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
