/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What policies and their agents say to each other beside requests: probes, reports, and numbers
 * that are published, over a socket pair between the balancer and each process of servers. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim/live/loop.h"

struct control {
    struct loop *loop;
    struct event *readable;
    int fd;
    bool muted; /* nothing is sent */
    uint64_t lost;
};

/* fd -1: nobody is there, and nothing is sent. The messages that come enter the loop's world. 0, or
 * -1: out of memory. */
int control_open(struct control *, struct loop *, int fd);
void control_close(struct control *);
/* What cannot be sent at once is lost; of a probe its policy hears so. */
void control_message(struct control *, struct world *, const struct message *);
void control_gauge(struct control *, uint32_t balancer, uint32_t gauge);

#endif
