/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a claim of `expect` says, as read: texts NULL, numbers NAN, choices -1, times LB_NEVER and
 * nodes NULL where it says nothing. */
#ifndef SIM_CLAIM_KEYS_H
#define SIM_CLAIM_KEYS_H

#include "sim/scenario/tables.h"

struct claim_keys {
    const cJSON *node;
    const char *metric, *policy, *by, *monotone, *along, *warning, *of, *source;
    const cJSON *at, *value, *tolerance, *error, *least, *most; /* read by their owner */
    const cJSON *order, *ratio, *difference, *crossing, *between;
    int32_t direction, kind, severity; /* kind: of enum claim_kind, without KIND_NONE */
    int32_t absent;
    struct window_form window, relative_to;
    lb_time after;
    double level;
};

struct claims_keys {
    const cJSON *node;
    struct objects claims; /* of struct claim_keys */
};

enum { MOST_CLAIMS = 10000 };

extern const struct shape shape_claim;
/* The row of `expect`, for a struct claims_keys. */
extern const struct field field_expect;

#endif
