/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario expects of its results: the claims of `expect`, read and checked, not judged. The
 * places on axes that a claim names are the study's own, so they compare by their text. */
#ifndef SIM_CLAIM_H
#define SIM_CLAIM_H

#include "sim/scenario/study.h"

enum claim_form {
    CLAIM_VALUE,      /* metric against value, min, max */
    CLAIM_ORDER,      /* operands, each better than the next */
    CLAIM_RATIO,      /* first operand over the second, against value, min, max */
    CLAIM_DIFFERENCE, /* first less second, likewise */
    CLAIM_MONOTONE,   /* metric along an axis */
    CLAIM_CROSSING,   /* the axis value at which the first operand stops being the better */
    CLAIM_WARNING     /* a code is, or is not, among the warnings */
};

enum claim_kind { /* of its source */
                  KIND_NONE,
                  KIND_EXACT,
                  KIND_NUMERIC,
                  KIND_LIMIT,
                  KIND_APPROX,
                  KIND_SIMULATION,
                  KIND_PUBLISHED,
                  KIND_MEMORY,
                  KIND_FROZEN
};

/* By what rule `value` holds. */
enum claim_rule {
    RULE_TOLERANCE, /* relative: the whole interval lies within value +- tolerance */
    RULE_CI,        /* the value lies in the interval, widened to the family of claims */
    RULE_ERROR      /* the reference has a half-width of its own */
};

enum claim_direction { DIRECTION_INCREASING, DIRECTION_DECREASING };

/* Which contender: a policy's label, and coordinates (beside those of the claim). */
struct operand {
    const char *policy; /* NULL: the claim's */
    const struct coordinate *at;
    uint32_t at_n;
};

struct claim {
    enum claim_form form;
    struct place place;
    const char *left_out; /* why it cannot be judged as the study is run now, or NULL */
    uint32_t number;      /* in the list, from 0 */
    const char *metric;   /* as written; NULL: of a warning */
    const char *unit;     /* of value, error, least and most: "s", "1" ... */
    const char *source;   /* NULL: none */
    enum claim_kind kind;
    bool info;                   /* severity info: judged and printed, never counted */
    const struct coordinate *at; /* what all operands share; none: at every point */
    uint32_t at_n;
    const struct operand *operand; /* order, ratio, difference, crossing: two or more */
    uint32_t operands;
    const char *policy; /* label: whom it is about where no operand says so; NULL: every policy */
    double value, tolerance, error, least, most; /* NAN: not given; in the base unit */
    enum claim_rule rule;
    const char *along; /* path of an axis: monotone, crossing */
    enum claim_direction direction;
    double low, high; /* crossing: between */
    const char *warning;
    bool absent; /* the warning is not there */
    bool windowed;
    lb_time from, to; /* window */
    struct {
        const char *of; /* the metric that recovers; NULL: this is no such claim */
        lb_time after;  /* when the disturbance ends */
        double level;   /* recovered is what stays within level times the reference: ... */
        bool given;     /* ... the mean in this window, else before the first change */
        struct window before;
        lb_time first, every; /* the windows in which it is told: run.windows */
    } recovery;
};

/* Reads claims from a text of their own (a list, or an object with `expect`) in place of the
 * study's. False, and what is wrong in `said`. */
bool claims_of_text(struct study *, const char *path, const char *text, size_t length,
                    const struct scenario_request *, struct diagnostics *said);
/* The same of a file. */
bool claims_load(struct study *, const char *path, const struct scenario_request *,
                 struct diagnostics *said);

/* ---- Which points and contenders a claim is about. */

/* Does the cell lie at these coordinates? */
bool cell_is_at(const struct cell *, const struct coordinate *at, uint32_t n);
/* The place of a cell on an axis, or NULL. */
const struct coordinate *cell_on(const struct cell *, const char *path);
/* The cell that differs from this one in these coordinates alone, or else also in what goes in step
 * with them (itself if it has them), or UINT32_MAX if the sweep has no such point. */
uint32_t study_move(const struct study *, uint32_t cell, const struct coordinate *at, uint32_t n);
/* The contender of that label, or UINT32_MAX. */
uint32_t study_contender(const struct study *, uint32_t cell, const char *label);
/* The first contender of a cell; the others follow it. */
uint32_t study_first(const struct study *, uint32_t cell);
const char *contender_label(const struct study *, uint32_t contender);
/* The axis of that path, or NULL. */
const struct axis *study_axis(const struct study *, const char *path);

/* ---- What has to be simulated for claims. */

/* Adds what claims speak of to the scenarios of the study: metrics that results would not have, and
 * windows. The windows of claims and of run.windows are cut into pieces at all borders. What claims
 * need decides how long to go on: run.precision.relative is dropped. False: out of memory, or `why`
 * says which windows do not go together. */
bool claims_prepare(struct study *, char *why, size_t room);
/* Makes all runs of the study ten times shorter: requests (not below 1,000), duration and warm-up;
 * with a timeline, windows or a trace, which have their own times, the replications (not below 10).
 */
void study_shorten(struct study *);
/* The windows of a scenario so prepared that make up this one: first and number; 0: none. */
uint32_t claim_pieces(const struct scenario *, struct window, uint32_t *first);

/* ---- In words. */

enum { CLAIM_WORDS = 320 };
/* "latency.mean of p2c at load=0.9 is 26.14ms (1 %)". */
const char *claim_words(const struct claim *, char room[CLAIM_WORDS]);
const char *claim_kind_name(enum claim_kind); /* "exact"; "" for KIND_NONE */

#endif
