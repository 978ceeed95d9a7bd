/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of a live run on their way out. */
#ifndef SIM_EXPORT_LIVE_PART_H
#define SIM_EXPORT_LIVE_PART_H

#include "sim/cli/cli.h"
#include "sim/cli/export_live.h"
#include "sim/record/stamp.h"
#include "sim/record/store_live.h"

struct names;

struct live_rows {
    const struct export_live *export;
    struct names *names; /* the texts below */
    const char *scenario, *seed, *text, *kind, *transport, *through, *scheduler,
        *stamp[STAMP_ITEMS];
    bool tls, found, failed;
    double time_scale;
    struct store_live_contender *contenders; /* that are asked for */
    struct store_live_try *tries;            /* of all */
    struct store_live_value *values;         /* likewise, of metrics that are asked for */
    struct store_live_histogram *histograms;
    uint32_t contenders_n, contenders_all, tries_n, values_n, histograms_n;
    uint64_t damaged;
};

/* Reads those that `l->export` asks for. 0, -ENOMEM with l->failed, or -errno with store_why. Close
 * them in each case. */
int live_rows_read(struct live_rows *l, struct store *);
void live_rows_close(struct live_rows *);

void live_rows_csv(FILE *, const struct live_rows *);
void live_rows_json(FILE *, const struct live_rows *);

#endif
