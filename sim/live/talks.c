/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "sim/live/predict_part.h"

/* By when it was said, and by whom to whom. */
static int by_origin(const void *a, const void *b)
{
    const struct live_talk *x = a, *y = b;

    if (x->sent != y->sent)
        return x->sent < y->sent ? -1 : 1;
    if (x->server != y->server)
        return x->server < y->server ? -1 : 1;
    if (x->balancer != y->balancer)
        return x->balancer < y->balancer ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

static int by_origin_and_end(const void *a, const void *b)
{
    const struct live_talk *x = a, *y = b;
    const int order = by_origin(a, b);

    return order ? order : (x->came > y->came) - (x->came < y->came);
}

bool talks_open(struct talks *t, const struct live_shared *s)
{
    t->n = shared_talks(s);
    t->at = malloc((t->n + 1) * sizeof t->at[0]);
    t->used = calloc(t->n + 1, sizeof t->used[0]);
    if (!t->at || !t->used)
        return false;
    memcpy(t->at, s->talk, t->n * sizeof t->at[0]);
    qsort(t->at, t->n, sizeof t->at[0], by_origin_and_end);
    return true;
}

lb_time talks_find(struct talks *t, const struct message *m, lb_time sent)
{
    const struct live_talk wanted = { sent, 0, m->server, m->balancer, (uint32_t)m->kind };
    uint64_t low = 0, high = t->n;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (by_origin(&t->at[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < t->n && by_origin(&t->at[low], &wanted) == 0; low++)
        if (!t->used[low]) {
            t->used[low] = true;
            return t->at[low].came;
        }
    return LB_NEVER;
}

void talks_close(struct talks *t)
{
    free(t->at);
    free(t->used);
}
