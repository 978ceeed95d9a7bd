/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Leaves: what measured time adds up. */
#include <errno.h>
#include <stdlib.h>

#include "models/dispatch.h"
#include "sim/engine/slab.h"
#include "sim/record/batch.h"
#include "sim/record/ledger_book.h"

_Static_assert((int)LEDGER_BATCH <= (int)BATCH_MOST, "short sums hold a batch");

/* ---- Opening. */

static struct ledger_leaf *add_leaf(struct ledger_leaves *t, struct ledger_few places)
{
    t->at[t->n].places = places;
    return &t->at[t->n++];
}

static void list_lines(struct ledger *l)
{
    struct ledger_leaves *t = &l->leaves;
    struct ledger_leaf *shared = NULL;
    uint32_t i;

    for (i = 0; i < l->balancers; i++) {
        struct ledger_few places = book_line(&l->measured, i, l->line[i].name);

        if (i && l->line[i].name != l->line[i - 1].name)
            shared = NULL;
        if (book_place(&l->measured, SCOPE_BALANCER, i) != LEDGER_NONE)
            t->line[i] = add_leaf(t, places);
        else
            t->line[i] = shared = shared ? shared : add_leaf(t, places);
    }
}

static void list_servers(struct ledger *l)
{
    struct ledger_leaves *t = &l->leaves;
    struct ledger_leaf *shared;
    uint32_t i, g, k;

    for (g = 0; g < l->roster.groups; g++)
        for (shared = NULL, i = 0; i < l->group[g].count; i++) {
            struct ledger_few places;

            k = l->group[g].first + i;
            places = book_server(&l->measured, k, g, l->group[g].zone);
            if (book_place(&l->measured, SCOPE_SERVER, k) != LEDGER_NONE)
                t->server[k] = add_leaf(t, places);
            else
                t->server[k] = shared = shared ? shared : add_leaf(t, places);
        }
}

/* A batch for each place of which durations are asked, but that the tally does not know. */
static uint32_t *list_batches(struct ledger *l)
{
    const struct ledger_book *b = &l->measured;
    uint32_t *of = calloc(b->metrics->scopes, sizeof of[0]), i;

    for (i = 0; of && i < b->metrics->scopes; i++)
        of[i] = b->durations[i] && !ledger_in_tally(l, i) ? l->leaves.batches++ : LEDGER_NONE;
    l->leaves.batch = slab_reserve(l->leaves.batches * sizeof l->leaves.batch[0] + 1);
    for (i = 0; of && l->leaves.batch && i < b->metrics->scopes; i++)
        if (of[i] != LEDGER_NONE)
            l->leaves.batch[of[i]].place = i;
    return of;
}

static void list_samples(struct ledger *l, const uint32_t *batch_of)
{
    struct ledger_leaves *t = &l->leaves;
    uint32_t i, k;

    for (i = 0; i < t->n; i++) {
        struct ledger_leaf *leaf = &t->at[i];

        for (k = 0; k < leaf->places.n; k++)
            if (batch_of[leaf->places.at[k]] != LEDGER_NONE)
                leaf->samples.at[leaf->samples.n++] = batch_of[leaf->places.at[k]];
        if (i < l->roster.clients && batch_of[0] != LEDGER_NONE)
            leaf->samples.at[leaf->samples.n++] = batch_of[0];
    }
}

int leaves_open(struct ledger *l)
{
    struct ledger_leaves *t = &l->leaves;
    const struct ledger_roster *r = &l->roster;
    size_t most = (size_t)r->clients + r->balancers + r->groups + l->measured.metrics->scopes;
    uint32_t *batch_of = list_batches(l), i;

    t->at = calloc(most, sizeof t->at[0]);
    t->client = calloc((size_t)r->clients + 1, sizeof t->client[0]);
    t->line = calloc((size_t)l->balancers + 1, sizeof t->line[0]);
    t->server = calloc((size_t)l->servers + 1, sizeof t->server[0]);
    if (batch_of && t->batch && t->at && t->client && t->line && t->server) {
        for (i = 0; i < r->clients; i++)
            t->client[i] = add_leaf(t, book_client(&l->measured, i));
        list_lines(l);
        t->first_server = t->n;
        list_servers(l);
        list_samples(l, batch_of);
    }
    free(batch_of);
    return t->n ? 0 : -ENOMEM;
}

void leaves_close(struct ledger *l)
{
    struct ledger_leaves *t = &l->leaves;

    free(t->at);
    free(t->client);
    free(t->line);
    free(t->server);
    slab_release(t->batch, t->batches * sizeof t->batch[0] + 1);
}

/* ---- Durations. */

static void count(struct ledger_book *b, uint32_t place, enum duration d, const int64_t *values,
                  uint32_t n)
{
    const struct metrics *m = b->metrics;
    struct moments *moments = &b->cell[place].duration[d];
    uint32_t pool = b->pool_of[place * DURATIONS + d], i, k;
    struct histogram *histogram = pool != LEDGER_NONE ? &b->pool[pool] : NULL;

    if (n == 0 || !(b->durations[place] & 1u << d))
        return;
    if (moments->n == 0)
        *moments = MOMENTS_EMPTY;
    if (!batch_short(moments, values, n))
        batch_long(moments, values, n);
    for (i = 0; histogram && i < n; i++)
        histogram_add(histogram, values[i]);
    for (k = 0; k < m->aboves; k++)
        for (i = 0; m->above[k].duration == d && i < n; i++)
            b->above[(size_t)place * m->aboves + k] += values[i] > m->above[k].over;
}

static void count_ratios(struct ledger_book *b, const struct ledger_batch *batch)
{
    int64_t slowdown[LEDGER_BATCH], wait[LEDGER_BATCH];
    uint32_t i, n = 0;

    for (i = 0; i < batch->n; i++) {
        if (batch->alone[i] == 0)
            continue;
        slowdown[n] = tally_ratio(batch->latency[i], batch->alone[i]);
        wait[n++] = tally_ratio(batch->wait[i], batch->alone[i]);
    }
    count(b, batch->place, DURATION_SLOWDOWN, slowdown, n);
    count(b, batch->place, DURATION_WAIT_SLOWDOWN, wait, n);
}

DISPATCHED void leaves_flush(struct ledger *l, struct ledger_batch *batch)
{
    struct ledger_book *b = &l->measured;

    count(b, batch->place, DURATION_LATENCY, batch->latency, batch->n);
    count(b, batch->place, DURATION_WAIT, batch->wait, batch->n);
    count(b, batch->place, DURATION_SERVICE, batch->service, batch->n);
    if (b->durations[batch->place] & (1u << DURATION_SLOWDOWN | 1u << DURATION_WAIT_SLOWDOWN))
        count_ratios(b, batch);
    batch->n = 0;
}

/* ---- The end. */

static void add(struct ledger_sums *to, const struct ledger_sums *from)
{
    int i;

    to->issued += from->issued;
    to->attempts += from->attempts;
    to->served += from->served + from->both;
    to->waited += from->waited;
    for (i = 0; i < ENDINGS; i++)
        to->ended[i] += from->ended[i];
    to->finished += from->finished + from->both;
    to->answered += from->answered;
    to->messages += from->messages;
    to->longest = from->longest > to->longest ? from->longest : to->longest;
    to->in_system += from->in_system;
    to->waiting += from->waiting;
    for (i = 0; i < LEDGER_EXTRAS; i++)
        to->extra[i] += from->extra[i];
    for (i = 0; i < LEDGER_WORKS; i++)
        to->work[i] += from->work[i];
}

/* Of everything, just what shares are of, and the states: by request what is in the system, by
 * place what waits. */
static void add_to_whole(struct ledger *l, uint32_t leaf)
{
    struct ledger_sums *all = &l->measured.cell[0].sums, *from = &l->leaves.at[leaf].sums;

    if (leaf >= l->leaves.first_server)
        all->attempts += from->attempts;
    if (leaf < l->roster.clients) {
        all->in_system += from->in_system;
        return;
    }
    all->waiting += from->waiting;
    all->longest = from->longest > all->longest ? from->longest : all->longest;
}

void leaves_gather(struct ledger *l)
{
    struct ledger_leaves *t = &l->leaves;
    uint32_t i, k;

    for (i = 0; i < t->batches; i++)
        leaves_flush(l, &t->batch[i]);
    for (i = 0; i < t->n; i++) {
        for (k = 0; k < t->at[i].places.n; k++)
            add(&l->measured.cell[t->at[i].places.at[k]].sums, &t->at[i].sums);
        add_to_whole(l, i);
    }
}
