/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policies of stored results against each other: one metric at one point. */
#ifndef SIM_COMPARISON_H
#define SIM_COMPARISON_H

#include "sim/record/part_of_run.h"
#include "sim/record/ranking.h"
#include "sim/record/results.h"

/* A policy in this metric. */
struct compared {
    const struct results_contender *contender;
    const struct results_contender *earlier; /* of two results: the same in the first */
    struct interval value;                   /* at the confidence asked for */
    struct interval former;                  /* of two results: that of the first */
    struct ranking_difference difference;    /* from the base; of two results: second less first */
    uint32_t common; /* replications that went into the difference; without pairing the fewer */
    uint32_t best, worst; /* ranks it may have; 0: it is in no ranking */
    bool welch;           /* of two results: they share no random numbers */
};

struct comparison_warning {
    const char *code;
    char *text;
};

struct comparison {
    const char *point, *metric, *unit;
    int better;    /* 1: more is, -1: less is, 0: neither */
    bool quantile; /* of all replications together; their own only tell how much it varies */
    double confidence;
    struct compared *of;
    uint32_t n;
    bool two; /* results, each policy in both */

    /* Of one result. */
    const char *base; /* a label */
    uint32_t *judged; /* which of `of` are compared and ranked, in the order of `data` */
    struct ranking_data data;
    struct ranking_difference *pairs; /* of the judged */
    struct ranking_place *places;
    struct ranking_best best;

    struct comparison_warning *warnings;
    uint32_t warnings_n;
    char (*parts)[PART_OF_RUN]; /* reasons that tell how many replications are here */
    uint32_t parts_n;
    void *owned[13]; /* memory behind all this */
    uint32_t owned_n;
};

/* What to compare. */
struct comparison_order {
    const struct results *results, *second; /* NULL: one result against itself */
    uint32_t point;                         /* of results */
    const char *metric;                     /* in full: "latency.p99{web}" */
    const char *base;                       /* a label; NULL: the first policy */
    double confidence;
};

/* 0 or -ENOMEM; either way close it. */
int comparison_open(struct comparison *, const struct comparison_order *);
void comparison_close(struct comparison *);

/* The label of the i-th judged. */
const char *comparison_label(const struct comparison *, uint32_t judged);

/* A number's name in full, "latency.p99{web}". */
void comparison_metric_name(const struct results_number *, char *name, size_t room);
/* The number that a full name means; a scope may be written with its kind ("client:web"). NULL:
 * there is none. */
const struct results_number *comparison_number(const struct results_contender *, const char *name);

#endif
