/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The requests that came to an inlet of datagrams: those that wait for an answer, and for a while
 * those that have had it, since a network may deliver a datagram twice. Found by name; a fixed
 * number of slots, nothing is allocated after the start. */
#ifndef SIM_DATAGRAM_GUESTS_H
#define SIM_DATAGRAM_GUESTS_H

#include "sim/live/channel_inside.h"
#include "sim/live/datagram.h"

struct guest_name {
    struct datagram_peer peer;
    uint64_t id, mark;
    uint32_t part;
};

enum guest_state { GUEST_FREE, GUEST_WAITING, GUEST_REMEMBERED };

struct guest {
    struct visitor visitor;
    struct guest_name name;
    uint8_t state;
    bool stranger; /* it has no name to be found by */
    bool answered; /* remembered with an answer */
    uint32_t hash, next;
    int64_t until;        /* remembered, ns */
    struct parcel answer; /* remembered */
};

struct guests {
    struct guest *guest;
    uint32_t *index; /* slot + 1; 0: free. Open addressing, linear probing */
    uint32_t slots, mask, free, waiting, most;
    uint32_t oldest, newest; /* remembered */
    uint64_t salt;           /* nobody outside knows which names collide */
};

/* For at most so many that wait. 0, or -1: out of memory. */
int guests_open(struct guests *, uint32_t waiting_most);
void guests_close(struct guests *);
struct guest *guests_find(struct guests *, const struct guest_name *);
/* One that waits; the oldest that is remembered makes room. NULL: as many wait as may. */
struct guest *guests_take(struct guests *, const struct guest_name *, bool stranger);
/* It waits no more: it is remembered until then, or forgotten at once if it has no mark. */
void guests_settle(struct guests *, struct guest *, int64_t until);
/* Forgets those whose time is over. */
void guests_forget(struct guests *, int64_t now);

#endif
