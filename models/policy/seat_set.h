/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A set of seats: adding, removing and drawing a member are O(1) (a dense array and the place of
 * each member in it). Kept in seat order too, if asked: bits in words, a bit for each word that is
 * not empty, and so on up; the next member from a seat on is found in O(log n / 6). */
#ifndef MODELS_POLICY_SEAT_SET_H
#define MODELS_POLICY_SEAT_SET_H

#include <errno.h>
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"

enum { SEAT_LEVELS = 6 };

struct seat_set {
    uint32_t count;
    lb_server *member;            /* in no particular order */
    uint32_t *place;              /* by seat; LB_NONE: not in */
    uint32_t levels;              /* 0: no order is kept */
    uint64_t *level[SEAT_LEVELS]; /* level[0]: a bit a seat */
    uint32_t words[SEAT_LEVELS];
};

static inline void seat_set_close(struct seat_set *set)
{
    uint32_t i;

    free(set->member);
    free(set->place);
    for (i = 0; i < set->levels; i++)
        free(set->level[i]);
}

/* 0, or -ENOMEM; then nothing is left to close. */
static inline int seat_set_open(struct seat_set *set, uint32_t capacity, int ordered)
{
    size_t room = (size_t)capacity + 1;
    uint32_t words = capacity, i;
    int missing;

    *set = (struct seat_set) { 0 };
    set->member = malloc(room * sizeof *set->member);
    set->place = malloc(room * sizeof *set->place);
    missing = !set->member || !set->place;
    do {
        words = words / 64 + 1;
        if (!ordered)
            break;
        set->words[set->levels] = words;
        set->level[set->levels] = calloc(words, sizeof **set->level);
        missing |= !set->level[set->levels++];
    } while (words > 1);
    if (missing) {
        seat_set_close(set);
        return -ENOMEM;
    }
    for (i = 0; i < capacity; i++)
        set->place[i] = LB_NONE;
    return 0;
}

static inline int seat_set_has(const struct seat_set *set, lb_server s)
{
    return set->place[s] != LB_NONE;
}

static inline void seat_set_add(struct seat_set *set, lb_server s)
{
    uint32_t i, at = s;

    if (seat_set_has(set, s))
        return;
    set->member[set->count] = s;
    set->place[s] = set->count++;
    for (i = 0; i < set->levels; i++, at /= 64)
        set->level[i][at / 64] |= UINT64_C(1) << (at % 64);
}

static inline void seat_set_remove(struct seat_set *set, lb_server s)
{
    uint32_t place = set->place[s], i, at = s;
    lb_server last;

    if (place == LB_NONE)
        return;
    last = set->member[--set->count];
    set->member[place] = last;
    set->place[last] = place;
    set->place[s] = LB_NONE;
    for (i = 0; i < set->levels; i++, at /= 64)
        if (set->level[i][at / 64] &= ~(UINT64_C(1) << (at % 64)))
            break;
}

static inline void seat_set_put(struct seat_set *set, lb_server s, int in)
{
    if (in)
        seat_set_add(set, s);
    else
        seat_set_remove(set, s);
}

/* The first member from seat s on, or LB_NONE. Needs the order. */
static inline lb_server seat_set_from(const struct seat_set *set, uint32_t s)
{
    uint32_t i, at = s;

    for (i = 0; i < set->levels && at / 64 < set->words[i]; i++, at = at / 64 + 1) {
        uint64_t word = set->level[i][at / 64] & ~UINT64_C(0) << (at % 64);

        if (word == 0)
            continue;
        at = at / 64 * 64 + (uint32_t)__builtin_ctzll(word);
        while (i-- > 0)
            at = at * 64 + (uint32_t)__builtin_ctzll(set->level[i][at]);
        return at;
    }
    return LB_NONE;
}

/* The last member before seat s, or LB_NONE. Needs the order. */
static inline lb_server seat_set_before(const struct seat_set *set, uint32_t s)
{
    uint32_t i, at = s;

    for (i = 0; i < set->levels && at > 0; i++, at /= 64) {
        uint64_t word = set->level[i][at / 64] & ~(~UINT64_C(0) << (at % 64));

        if (word == 0)
            continue;
        at = at / 64 * 64 + 63 - (uint32_t)__builtin_clzll(word);
        while (i-- > 0)
            at = at * 64 + 63 - (uint32_t)__builtin_clzll(set->level[i][at]);
        return at;
    }
    return LB_NONE;
}

/* The first, the last or a random one of the members that the request may go to, or LB_NONE.
 * First and last need the order. */
static inline lb_server seat_set_choose(const struct seat_set *set, enum tie tie,
                                        const struct lb_view *view,
                                        const struct lb_request *request, struct lb_random *random)
{
    lb_server s;

    if (tie == TIE_RANDOM || set->count == 0)
        return any_of(view, request, set->member, set->count, random);
    s = tie == TIE_FIRST ? seat_set_from(set, 0) : seat_set_before(set, view->n);
    while (s != LB_NONE && !lb_may(view, request, s))
        s = tie == TIE_FIRST ? seat_set_from(set, s + 1) : seat_set_before(set, s);
    return s;
}

#endif
