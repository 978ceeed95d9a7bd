/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/same_runs.h"

#include <string.h>

static bool same_lines(const struct witness *a, const struct witness *b, uint32_t scale)
{
    uint64_t i;

    for (i = 0; i < a->n && i < b->n; i++) {
        const struct logged *x = &a->at[i], *y = &b->at[i];

        if (x->ended != y->ended || x->issued * scale != y->issued || x->server != y->server ||
            x->work * scale != y->work || x->wait * scale != y->wait ||
            x->service * scale != y->service || x->latency * scale != y->latency)
            return false;
    }
    return a->n == b->n;
}

static bool same_servers(const struct world *a, const struct world *b, uint32_t scale)
{
    uint32_t i;

    for (i = 0; i < a->servers; i++)
        if (a->server[i].busy * scale != b->server[i].busy ||
            a->server[i].waited * scale != b->server[i].waited ||
            a->server[i].worked * scale != b->server[i].worked)
            return false;
    return true;
}

const char *difference_of_runs(const struct witness *a, const struct witness *b, uint32_t scale)
{
    const struct tally *x = &a->world.tally, *y = &b->world.tally;

    if (!same_lines(a, b, scale))
        return "the log";
    if (!same_servers(&a->world, &b->world, scale))
        return "what the servers counted";
    if (x->sent != y->sent || memcmp(x->attempts, y->attempts, sizeof x->attempts))
        return "attempts";
    if (x->waited != y->waited || x->served != y->served || x->finished != y->finished ||
        x->answered != y->answered || x->messages != y->messages)
        return "services";
    if (x->in_system * scale != y->in_system || x->waiting * scale != y->waiting ||
        x->longest_queue != y->longest_queue || x->from * scale != y->from ||
        x->to * scale != y->to)
        return "integrals";
    return NULL;
}
