/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts that make up a prediction. */
#ifndef SIM_PREDICT_PART_H
#define SIM_PREDICT_PART_H

#include "sim/live/predict.h"
#include "sim/run/trip.h"
#include "sim/run/wire.h"

/* How long a message of a live request took, from the instant that it would set out in simulation:
 * to the balancer from its intended time; to the server from when the balancer had it, less what it
 * waited in the balancer's queue (of a later attempt, from when it was sent); from the server from
 * when its service was due; to the client from when the balancer had the answer. ns; -1: not known.
 */
lb_time path_message(const struct live_record *, enum link_part);

/* What policies and servers said to each other in a live run, to be found again. */
struct talks {
    struct live_talk *at; /* sorted */
    bool *used;
    uint64_t n;
};
/* False: no memory. Close it in each case. */
bool talks_open(struct talks *, const struct live_shared *);
/* When a message came that left its link at `sent`; LB_NEVER: not known. Each is found once. */
lb_time talks_find(struct talks *, const struct message *, lb_time sent);
void talks_close(struct talks *);

/* The messages of a live run's requests, to be found by request, draw (trip.draw) and part. */
struct passages {
    struct live_moment *at; /* sorted */
    uint64_t n;
};
/* False: no memory. Close it in each case. */
bool passages_open(struct passages *, const struct live_shared *);
/* How long it took, ns; -1: not known. One that was given up was under way until then at least, and
 * is taken to have come 1 ns later. */
lb_time passages_took(const struct passages *, uint64_t serial, uint64_t draw, enum link_part);
void passages_close(struct passages *);

#endif
