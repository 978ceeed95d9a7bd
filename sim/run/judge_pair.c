/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/run/judge_case.h"

/* The same seed gives both the same requests: replication i of one goes with replication i of the
 * other. */
static bool same_seed(const struct study *study, uint32_t a, uint32_t b)
{
    return study->contenders[a].scenario->run.seed == study->contenders[b].scenario->run.seed;
}

void case_two_close(struct estimate two[2])
{
    free(two[0].deviation);
    free(two[1].deviation);
}

bool case_two(struct hearing *h, uint32_t first, uint32_t second, struct estimate two[2],
              bool *paired)
{
    const struct evidence *ev = h->evidence;
    const struct window window = { h->claim->from, h->claim->to };
    const struct window *part = h->claim->windowed ? &window : NULL;
    uint32_t n = ev->replications(ev->context, first),
             other = ev->replications(ev->context, second);
    const bool unequal = n != other;

    *paired = same_seed(ev->study, first, second);
    if (*paired)
        n = other = n < other ? n : other;
    two[0] = two[1] = (struct estimate) { .deviation = NULL };
    if (!ev->estimate(ev->context, first, h->claim->metric, part, n, &two[0]) ||
        !ev->estimate(ev->context, second, h->claim->metric, part, other, &two[1])) {
        case_two_close(two);
        h->no_memory = true;
        return false;
    }
    if (*paired && unequal) {
        estimate_unpool(&two[0]);
        estimate_unpool(&two[1]);
    }
    return true;
}

/* Is `sign` times (first less second) above 0, as the interval has it? */
static void judge_sign(const struct interval *d, int sign, struct finding *f)
{
    const double low = sign > 0 ? d->low : -d->high, high = sign > 0 ? d->high : -d->low;

    f->measured = *d;
    f->verdict = low > 0 ? VERDICT_PASS : high < 0 ? VERDICT_FAIL : VERDICT_UNDECIDED;
    f->why = f->verdict == VERDICT_FAIL ? "it is the other way round"
                                        : "the difference is not significant";
}

void case_pair(struct hearing *h, uint32_t first, uint32_t second, int sign, uint32_t steps,
               struct finding *f)
{
    const double level = 1 - h->alpha / ((double)steps * (h->cases ? h->cases : 1));
    struct estimate two[2];
    struct interval d;
    bool paired;

    f->verdict = VERDICT_UNDECIDED;
    if (!case_two(h, first, second, two, &paired))
        return;
    if (!case_unfit(&two[0], f) && !case_unfit(&two[1], f)) {
        d = estimate_difference(&two[0], &two[1], paired, level);
        f->measured = d;
        f->hopeless = d.why; /* enough replications, and no spread: a largest value */
        if (!d.why)
            judge_sign(&d, sign, f);
    }
    case_two_close(two);
}
