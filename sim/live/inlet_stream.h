/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inside of an inlet of streams: its connections, and what is going on at each. */
#ifndef SIM_INLET_STREAM_H
#define SIM_INLET_STREAM_H

#include <netinet/in.h>

#include "sim/live/channel_inside.h"
#include "sim/live/conduit.h"
#include "sim/live/listener.h"
#include "sim/live/patience.h"
#include "sim/live/protocol.h"

enum stage {
    STAGE_READING, /* a request comes, or none */
    STAGE_ASKED,   /* it is with who has ordered the inlet */
    STAGE_WRITING, /* its answer does not fit into the socket at once */
    STAGE_ENDING   /* the last answer is written: what still comes is thrown away */
};

struct guest {
    struct visitor visitor;
    struct conduit conduit;
    struct guest *next, *previous;
    struct request_reader reader;
    struct patience patience;
    enum stage stage;
    uint32_t ignored;
    bool stranger;     /* who asked last has none of lbsim's fields */
    bool last;         /* its connection ends with the present answer */
    bool heard_all;    /* its peer says nothing more, and waits for what is answered still */
    struct event turn; /* lines that came before the present answer: their turn */
    char *ahead;       /* these lines, or NULL */
    size_t ahead_n;
    struct in6_addr peer; /* 0 for loopback */
};

struct stream_inlet {
    struct inlet inlet;
    const struct protocol *protocol;
    struct listener listener;
    struct guest *guests, *grave;
    struct event *walk;
    struct timeval pace;
    uint32_t asked; /* visitors that are to be answered */
    uint32_t depth; /* how many functions are at work that may yet look at a guest */
    bool closed;
    char room[CONDUIT_ROOM];
};

struct stream_inlet *guest_inlet(const struct guest *);
/* Between these nothing is freed that might be looked at. */
void guests_enter(struct stream_inlet *);
void guests_leave(struct stream_inlet *);
/* Takes in who has come, or turns them away (NULL). `turn` is the owner's to assign. */
struct guest *guest_new(struct stream_inlet *, int fd, const struct sockaddr *peer,
                        const struct conduit_owner *);
void guest_end(struct guest *, bool reset);

#endif
