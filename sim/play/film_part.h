/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of a film share while it is made. */
#ifndef SIM_FILM_PART_H
#define SIM_FILM_PART_H

#include "sim/play/film.h"
#include "sim/run/trip.h"

/* While the world runs. */
struct film_state {
    uint32_t *request_of, *call_of, *attempt_of; /* rows by slot; 0: none, else one more */
    uint32_t *believed;                          /* by balancer and seat: load << 1 | closed */
    uint32_t *seats_from;                        /* of each balancer in `believed` */
    struct film_change *now;                     /* each server as it is */
    struct film_candidate pending[FILM_CANDIDATES];
    uint32_t pending_n, picks, window, kept;
    bool showing;
    double latency_sum;
    int stop; /* ends the world; see film.stop */
    struct wire wire;
};

/* A row that is all zero but for `next`; FILM_NOTHING without memory. */
uint32_t film_take(struct film_pool *);
void film_give(struct film_pool *, uint32_t row);

/* The wire of a world that is filmed. */
struct wire film_wire(struct film *);
/* Once the world is open: how its servers are. */
void film_begin(struct film *, const struct world *);

/* Memory for one more at the end of an array; false: none. `at` points to the array's pointer. */
bool film_grow(void *at, uint32_t n, uint32_t *room, size_t each);
void film_out_of_memory(struct film *);
void film_add_change(struct film *, const struct film_change *);
/* Enters and leaves windows: before anything is written down. */
void film_looks_at_clock(struct film *, const struct world *);

/* Functions of the wire (film_view.c). */
void film_candidate(void *film, const struct balancer *, lb_server seat, double score);
void film_picked(void *film, const struct balancer *, uint32_t slot, lb_server answer);
void film_changed(void *film, const struct world *, uint32_t server);

/* Moments (film_moments.c). */
void film_moments_none(struct film *);
void film_sees_queue(struct film *, const struct world *, uint32_t server);
void film_sees_pick(struct film *, const struct balancer *, lb_server answer);
void film_sees_end(struct film *, const struct film_request *);
void film_sees_change(struct film *, const struct film_change *);

#endif
