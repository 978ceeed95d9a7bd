/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long each message of a live run took, of requests with several attempts too: each process has
 * said what set out from it and what came (shared.h). */
#include <stdlib.h>
#include <string.h>

#include "sim/live/predict_part.h"

static int by_message(const void *a, const void *b)
{
    const struct live_moment *x = a, *y = b;

    if (x->serial != y->serial)
        return x->serial < y->serial ? -1 : 1;
    if (x->draw != y->draw)
        return x->draw < y->draw ? -1 : 1;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

static int by_message_and_time(const void *a, const void *b)
{
    const struct live_moment *x = a, *y = b;
    const int order = by_message(a, b);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

bool passages_open(struct passages *m, const struct live_shared *s)
{
    m->n = shared_moments(s);
    m->at = malloc((m->n + 1) * sizeof m->at[0]);
    if (!m->at)
        return false;
    memcpy(m->at, s->moment, m->n * sizeof m->at[0]);
    qsort(m->at, m->n, sizeof m->at[0], by_message_and_time);
    return true;
}

/* LB_NEVER: not kept. */
static lb_time find(const struct passages *m, struct live_moment wanted, enum moment_kind kind)
{
    uint64_t low = 0, high = m->n;

    wanted.kind = (uint16_t)kind;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (by_message(&m->at[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->n && by_message(&m->at[low], &wanted) == 0 ? m->at[low].at : LB_NEVER;
}

lb_time passages_took(const struct passages *m, uint64_t serial, uint64_t draw, enum link_part part)
{
    const struct live_moment wanted = { 0, (uint32_t)serial, (uint32_t)draw, (uint16_t)part, 0 };
    const lb_time out = find(m, wanted, MOMENT_OUT);
    lb_time end;

    if (out == LB_NEVER)
        return -1;
    end = find(m, wanted, MOMENT_COME);
    if (end == LB_NEVER) {
        end = find(m, wanted, MOMENT_VAIN);
        if (end == LB_NEVER)
            return -1;
        end++;
    }
    return end > out ? end - out : 0;
}

void passages_close(struct passages *m)
{
    free(m->at);
}
