/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Labels of policies: unique in a scenario, for they name rows of a table and operands of claims.
 */
#ifndef SIM_LABEL_H
#define SIM_LABEL_H

#include "sim/scenario/bind.h"

struct label {
    const char *text;
    const cJSON *node; /* for messages */
    int64_t index;     /* in the list of policies */
    bool given;        /* by the user, and so not to be changed */
};

/* Makes them unique: of made labels that are the same, the second gets " #2" and so on. Two given
 * labels that are the same are an error. Sorts and restores the order; n log n. */
bool labels_settle(struct reader *, struct label *, uint32_t n);

#endif
