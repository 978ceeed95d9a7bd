/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/datagram_guests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { GUESTS_REMEMBERED = 1024, GUESTS_PRESET = 1 << 16 };
static const uint32_t nobody = UINT32_MAX;

int guests_open(struct guests *g, uint32_t waiting_most)
{
    uint32_t size = 1, i;

    *g = (struct guests) { .most = waiting_most ? waiting_most : GUESTS_PRESET,
                           .oldest = nobody,
                           .newest = nobody };
    if (g->most > UINT32_MAX / 8)
        return -1;
    g->slots = g->most + GUESTS_REMEMBERED;
    while (size < 2 * g->slots)
        size *= 2;
    g->mask = size - 1;
    g->guest = calloc(g->slots, sizeof *g->guest);
    g->index = calloc(size, sizeof *g->index);
    if (!g->guest || !g->index || getrandom(&g->salt, sizeof g->salt, 0) != sizeof g->salt) {
        guests_close(g);
        return -1;
    }
    for (i = 0; i < g->slots; i++)
        g->guest[i].next = i + 1 < g->slots ? i + 1 : nobody;
    return 0;
}

void guests_close(struct guests *g)
{
    free(g->guest);
    free(g->index);
    g->guest = NULL;
    g->index = NULL;
}

/* The finisher of MurmurHash3 (Appleby), step by step over the words of a name. */
static uint64_t stir(uint64_t h, uint64_t word)
{
    h ^= word;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

static uint32_t hash_of(const struct guests *g, const struct guest_name *name)
{
    uint64_t word[(sizeof name->peer.at + 7) / 8] = { 0 }, h = g->salt;
    size_t i;

    memcpy(word, &name->peer.at, name->peer.length);
    for (i = 0; i < sizeof word / sizeof word[0]; i++)
        h = stir(h, word[i]);
    return (uint32_t)stir(stir(stir(h, name->id), name->mark), name->part);
}

static bool same(const struct guest_name *a, const struct guest_name *b)
{
    return a->mark == b->mark && a->id == b->id && a->part == b->part &&
           a->peer.length == b->peer.length && !memcmp(&a->peer.at, &b->peer.at, a->peer.length);
}

struct guest *guests_find(struct guests *g, const struct guest_name *name)
{
    const uint32_t hash = hash_of(g, name);
    uint32_t at;

    for (at = hash & g->mask; g->index[at]; at = (at + 1) & g->mask) {
        struct guest *guest = &g->guest[g->index[at] - 1];

        if (guest->hash == hash && same(&guest->name, name))
            return guest;
    }
    return NULL;
}

static void index_add(struct guests *g, struct guest *guest)
{
    uint32_t at = guest->hash & g->mask;

    while (g->index[at])
        at = (at + 1) & g->mask;
    g->index[at] = (uint32_t)(guest - g->guest) + 1;
}

/* Those behind it move up, unless that would put them before their own place (Knuth, The Art of
 * Computer Programming 3, 6.4, algorithm R). */
static void index_remove(struct guests *g, const struct guest *guest)
{
    const uint32_t own = (uint32_t)(guest - g->guest) + 1;
    uint32_t hole = guest->hash & g->mask, at, home;

    while (g->index[hole] != own)
        hole = (hole + 1) & g->mask;
    for (at = (hole + 1) & g->mask; g->index[at]; at = (at + 1) & g->mask) {
        home = g->guest[g->index[at] - 1].hash & g->mask;
        if (((at - home) & g->mask) < ((at - hole) & g->mask))
            continue;
        g->index[hole] = g->index[at];
        hole = at;
    }
    g->index[hole] = 0;
}

static void release(struct guests *g, struct guest *guest)
{
    if (!guest->stranger)
        index_remove(g, guest);
    guest->state = GUEST_FREE;
    guest->next = g->free;
    g->free = (uint32_t)(guest - g->guest);
}

static void forget_oldest(struct guests *g)
{
    struct guest *guest = &g->guest[g->oldest];

    g->oldest = guest->next;
    if (g->oldest == nobody)
        g->newest = nobody;
    release(g, guest);
}

struct guest *guests_take(struct guests *g, const struct guest_name *name, bool stranger)
{
    struct guest *guest;

    if (g->waiting == g->most)
        return NULL;
    if (g->free == nobody)
        forget_oldest(g);
    guest = &g->guest[g->free];
    g->free = guest->next;
    g->waiting++;
    *guest = (struct guest) { .name = *name, .state = GUEST_WAITING, .stranger = stranger };
    if (!stranger) {
        guest->hash = hash_of(g, name);
        index_add(g, guest);
    }
    return guest;
}

void guests_settle(struct guests *g, struct guest *guest, int64_t until)
{
    const uint32_t slot = (uint32_t)(guest - g->guest);

    g->waiting--;
    if (guest->stranger || !guest->name.mark) {
        release(g, guest);
        return;
    }
    guest->state = GUEST_REMEMBERED;
    guest->until = until;
    guest->next = nobody;
    if (g->oldest == nobody)
        g->oldest = slot;
    else
        g->guest[g->newest].next = slot;
    g->newest = slot;
}

void guests_forget(struct guests *g, int64_t now)
{
    while (g->oldest != nobody && g->guest[g->oldest].until <= now)
        forget_oldest(g);
}
