/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The 16-byte event and its total order. An event is a reminder to look, never a command: whoever
 * handles it asks the state whether the thing is really due. */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "models/policy.h"

/* What: 6 bits of kind, 32 of serial, 26 of index. Order is (time, what): total, the same for every
 * queue and independent of its history. By kind first, so completions go before arrivals at the
 * same instant; then by the serial number of the request, so simultaneous messages keep the order
 * in which their requests were issued. */
enum { EVENT_INDEX_BITS = 26, EVENT_SERIAL_BITS = 32, EVENT_INDEX_LIMIT = 1 << EVENT_INDEX_BITS };

struct event {
    lb_time time; /* never negative */
    uint64_t what;
};

static inline uint64_t event_what(uint32_t kind, uint32_t serial, uint32_t index)
{
    assert(index < EVENT_INDEX_LIMIT);
    return (uint64_t)kind << (EVENT_SERIAL_BITS + EVENT_INDEX_BITS) |
           (uint64_t)serial << EVENT_INDEX_BITS | index;
}

static inline uint32_t event_kind(uint64_t what)
{
    return (uint32_t)(what >> (EVENT_SERIAL_BITS + EVENT_INDEX_BITS));
}

static inline uint32_t event_serial(uint64_t what)
{
    return (uint32_t)(what >> EVENT_INDEX_BITS);
}

static inline uint32_t event_index(uint64_t what)
{
    return (uint32_t)what & (EVENT_INDEX_LIMIT - 1);
}

__extension__ typedef unsigned __int128 event_order;

/* As one number: two words compare without a branch between them. */
static inline event_order event_key(struct event e)
{
    return (event_order)e.time << 64 | e.what;
}

static inline bool event_before(struct event a, struct event b)
{
    return event_key(a) < event_key(b);
}

#endif
