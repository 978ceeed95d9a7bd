/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inside of an outlet of streams: its connections, and what becomes of each. */
#ifndef SIM_OUTLET_STREAM_H
#define SIM_OUTLET_STREAM_H

#include "sim/live/channel_inside.h"
#include "sim/live/conduit.h"
#include "sim/live/patience.h"
#include "sim/live/protocol.h"

enum link_stage {
    LINK_OPENING, /* perhaps with a passage that waits for it */
    LINK_IDLE,
    LINK_BUSY,  /* its passage has been sent */
    LINK_DOOMED /* no connection: the failure of its passage is to be told */
};

/* A connection, or what stands for one that cannot be had. */
struct link {
    struct passage passage;
    struct conduit conduit;
    struct link *next, *previous;           /* of all */
    struct link *idle_next, *idle_previous; /* the one used last comes first */
    struct outlet *outlet;
    struct answer_reader reader;
    struct patience patience;
    struct parcel ask;
    int64_t idle_since;
    enum link_stage stage;
    enum cause doom;
    bool wanted; /* somebody has a passage on it */
    bool reused; /* by the present passage: a new connection is not tried twice */
    bool late;
};

struct stream_outlet {
    struct outlet outlet;
    const struct protocol *protocol;
    struct asking asking;
    struct link *links, *idle, *grave;
    struct link *doomed, **doomed_end; /* in the order of their doom */
    struct event *walk, *tell;
    struct timeval pace;
    uint32_t opening, depth;
    int64_t refused_until, back_off; /* CLOCK_MONOTONIC, ns; and for how long */
    bool closed;
    char room[CONDUIT_ROOM];
};

struct stream_outlet *link_outlet(const struct link *);
/* Between these nothing is freed that might be looked at. */
void links_enter(struct stream_outlet *);
void links_leave(struct stream_outlet *);
/* A new one, in the list of all; NULL: out of memory. */
struct link *link_new(struct stream_outlet *, const struct conduit_owner *);
/* False: TLS cannot begin. */
bool link_connect(struct link *);
void link_end(struct link *, bool reset);
void link_rest(struct link *);                  /* it is idle from now on */
struct link *link_wake(struct stream_outlet *); /* one that was idle and is not stale; or NULL */

#endif
