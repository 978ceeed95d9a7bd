/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The newest live run of a store, for other programs: what was measured and what was predicted. */
#ifndef SIM_EXPORT_LIVE_H
#define SIM_EXPORT_LIVE_H

#include <stdint.h>
#include <stdio.h>

enum export_live_form { EXPORT_LIVE_CSV, EXPORT_LIVE_JSON, EXPORT_LIVE_HGRM };

/* What is asked for; empty lists: all. */
struct export_live {
    const char *path; /* of the store, or its directory */
    const char *out;  /* "-": standard output */
    enum export_live_form form;
    const char *const *policies, *const *metrics, *const *points;
    uint32_t policies_n, metrics_n, points_n;
};

/* CSV has a row a number; JSON (lbsim-live-results/1) the tries, the numbers and the histogram of
 * latency of each world, as [lowest, highest, count] in ns; hgrm a percentile spectrum a policy and
 * world. 0, or an exit status after saying what is wrong. */
int export_live(const struct export_live *);

#endif
