/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A port that connections come in at. It can be refused and open again without being lost to
 * others, pauses when there may be no more of them, and outlives a want of descriptors: one is kept
 * in reserve to take what waits and turn it away. */
#ifndef SIM_LISTENER_H
#define SIM_LISTENER_H

#include <event2/listener.h>

#include "sim/live/channel.h"

struct event;

struct listener {
    struct evconnlistener *accepts;
    struct event *again; /* after a want of descriptors */
    int fd, spare;
    bool refused, full, starved;
    void *owner;
    void (*came)(void *owner, int fd, const struct sockaddr *peer);
    void (*trouble)(void *owner);
};

/* 0, or an errno with `why`. The port of the address may be 0; `reuse`: it is waited for a while.
 */
int listener_open(struct listener *, struct event_base *, const struct address *, bool reuse,
                  char *why, size_t room);
uint16_t listener_port(const struct listener *);
void listener_refuse(struct listener *);
int listener_resume(struct listener *);           /* 0 or -1 */
void listener_full(struct listener *, bool full); /* no more, or more again */
void listener_close(struct listener *);

#endif
