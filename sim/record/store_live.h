/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live runs in a store (store.h), and what simulation predicted of them. They are numbered by
 * themselves, so that the newest run of simulations stays what it was. The view `live_summary` has
 * a row a policy, world and number of the newest:
 *
 *     select label, metric, statistic, m.value as measured, p.value as predicted
 *       from live_summary m join live_summary p using (point, label, metric, statistic)
 *      where m.world = 'measured' and p.world = 'CALIBRATED'
 *
 * A world is "measured", "RAW", "CALIBRATED" or "ENV-REPLAY". Each row has a checksum of its own.
 */
#ifndef SIM_STORE_LIVE_H
#define SIM_STORE_LIVE_H

#include "sim/record/store.h"

struct store_live_run {
    const struct stamp *stamp;
    const char *scenario, *path, *seed, *text; /* as in struct store_run */
    const char *kind;                          /* "live" or "validate" */
    const char *transport;                     /* "http" */
    bool tls;
    double time_scale;
    const char *through;   /* address of a foreign balancer, or NULL */
    const char *scheduler; /* what quietness was obtained, in words */
};

/* A policy at a point. */
struct store_live_contender {
    const char *point, *label, *policy;
    uint32_t position;
    const char *gate, *gate_why; /* of the run that counts: "VALID", "" */
    uint64_t issued, measured;   /* requests */
    const char *verdict, *why;   /* "agreed", "disagreed", "not judged"; NULL: nobody asked */
};

/* Durations are real seconds, see sim/live/gate.h. */
struct store_live_try {
    const char *point, *label;
    const char *phase; /* "ping" or "run" */
    uint32_t try;      /* 0 the first */
    bool chosen;
    const char *gate, *why;
    double overhead, send, steal, slow_share, rate; /* NAN: not known */
    uint64_t overload;
};

/* A number; in model seconds if it is a time. */
struct store_live_value {
    const char *point, *label, *world, *metric, *statistic;
    double value, low, high; /* NAN: none */
    const char *unit;
};

struct store_live_histogram {
    const char *point, *label, *world, *metric;
    const uint8_t *bytes; /* of histogram_encode_total, ns */
    size_t n;
};

/* All of one policy; the parts need not name point and label, they are the contender's. */
struct store_live {
    struct store_live_contender contender;
    const struct store_live_try *tries;
    const struct store_live_value *values;
    const struct store_live_histogram *histograms;
    uint32_t tries_n, values_n, histograms_n;
};

/* Starts a live run: what is put from now on belongs to it. 0 or -errno with store_why. */
int store_begin_live(struct store *, const struct store_live_run *);
/* Adds a policy, whole or not at all. -EINVAL: names are not unique, or no live run was begun. */
int store_put_live(struct store *, const struct store_live *);

/* Has it any live run? */
bool store_has_live(struct store *);

/* What the newest live run has, in the order of its policies; damaged rows are left out and
 * counted. `row` is a struct of those above; texts are gone after the call. Anything but 0 ends the
 * reading. A store from before there were live runs has none. */
enum store_live_table {
    STORE_LIVE_RUN,
    STORE_LIVE_CONTENDERS,
    STORE_LIVE_TRIES,
    STORE_LIVE_VALUES,
    STORE_LIVE_HISTOGRAMS
};
int store_each_live(struct store *, enum store_live_table, store_row_visit *, void *context,
                    uint64_t *damaged);

#endif
