/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A trial as the rows of results.sqlite, and back from them (recall.h):
 *
 *   value      each metric; how requests ended ("requests.issued", ...) and what was measured
 *   param      "measured.from", "measured.to": measured time, "123 ns", beside what was asked for
 *   histogram  each pool of durations; of a window with the window after the scope, "all@9..10"
 *   series     for each metric of windows "latency.mean", what it is a mean over
 * ("latency.mean:n"), the sum ("latency.mean:sum"; for deviations ":squares" too), by the time at
 * which the window begins; "window:to" is when it ended
 *
 * A pilot is a trial whose values are "warmup.cut", "warmup.memory" (requests) and "warmup.found"
 * (1 or 0); its series are "warmup.latency" and "warmup.latency:se", s, by the first request of
 * each part of the pilot. */
#ifndef SIM_TRIAL_ROWS_H
#define SIM_TRIAL_ROWS_H

#include "sim/record/store.h"
#include "sim/run/outcome.h"
#include "sim/run/trial.h"

/* What a trial is of. */
struct trial_source {
    const struct scenario *scenario;
    const struct policy_spec *policy;
    uint64_t warmup; /* requests; UINT64_MAX: by the scenario's time */
    const struct metrics *measured, *windows;
};

struct trial_rows;

/* Makes the rows of an outcome and sets the lists of a trial to them: they live until
 * trial_rows_close and read the outcome and the metrics. NULL: out of memory. Of a trial that
 * failed there are parameters alone. */
struct trial_rows *trial_rows_open(const struct trial_source *, const struct outcome *,
                                   struct store_trial *);
void trial_rows_close(struct trial_rows *);

/* The values of a pilot, and its series: how many of that, for there may be none. */
enum { PILOT_VALUES = 4, PILOT_SERIES = 2 * WARMUP_PARTS };
uint32_t pilot_rows(const struct warmup_found *, struct store_value values[PILOT_VALUES],
                    struct store_series series[PILOT_SERIES]);

/* The scope of a pool: that of a metric that reads it. */
const char *pool_scope(const struct metrics *, uint32_t pool);

#endif
