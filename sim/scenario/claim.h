/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario expects of its results: the claims of `expect`, read and checked, not judged. */
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
    const char *policy; /* NULL: every policy */
    const struct coordinate *at;
    uint32_t at_n;
};

struct claim {
    enum claim_form form;
    struct place place;
    uint32_t number;    /* in the list, from 0 */
    const char *metric; /* as written; NULL: of a warning */
    const char *source; /* NULL: none */
    enum claim_kind kind;
    bool info;                   /* severity info: judged and printed, never counted */
    const struct coordinate *at; /* what all operands share; none: at every point */
    uint32_t at_n;
    const struct operand *operand; /* CLAIM_VALUE, MONOTONE, WARNING: one */
    uint32_t operands;
    double value, tolerance, error, least, most; /* NAN: not given; in the metric's base unit */
    enum claim_rule rule;
    const char *along; /* path of an axis: monotone, crossing */
    enum claim_direction direction;
    double low, high; /* crossing: between */
    const char *warning;
    bool absent; /* the warning is not there */
    bool windowed;
    lb_time from, to; /* window */
    struct {
        const char *of; /* metric.recovery.time: the metric that recovers; NULL: no such claim */
        lb_time after;  /* the trigger's end */
        double level;   /* recovered where `of` is back within level ... */
        bool relative;  /* ... times its mean in the window `before`, else absolute */
        lb_time before_from, before_to;
    } recovery;
};

#endif
