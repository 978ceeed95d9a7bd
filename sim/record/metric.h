/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From what a replication counted to named numbers, and from the replications' numbers to one with
 * an interval. */
#ifndef SIM_METRIC_H
#define SIM_METRIC_H

#include "sim/record/interval.h"
#include "sim/record/scope.h"
#include "sim/record/tally.h"

enum metric_kind { METRIC_MEAN, METRIC_QUANTILE, METRIC_LARGEST, METRIC_SPREAD, METRIC_ABOVE };

/* What a metric reads: a duration (kind says what of it), or one of the plain numbers. */
enum metric_id {
    ID_DURATION,
#define METRIC(id, name, statistic, unit, better, scopes, summary) ID_##id,
#include "sim/record/metrics.def"
#undef METRIC
    METRIC_IDS
};

struct metric {
    char name[32], statistic[40]; /* "latency", "p99.9"; "" if the metric has but one */
    const char *full;             /* "latency.p99.9{web}" */
    const char *scope_name;       /* "all", "client:web" */
    const char *unit, *summary;
    int better;
    enum metric_kind kind;
    enum metric_id id;
    unsigned scopes;        /* what it may be asked of: OF_... */
    enum duration duration; /* of ID_DURATION */
    double p;               /* of a quantile */
    double over;            /* METRIC_ABOVE: in the metric's unit */
    uint32_t least;         /* occupancy: how many requests */
    struct scope scope;
    uint32_t place; /* of its scope, in metrics.scope */
    uint32_t part;  /* above, occupancy, quantile: which of metrics.above, ... */
};

/* A threshold of durations, in the whole numbers of the tally. */
struct metric_above {
    enum duration duration;
    int64_t over;
};
/* A histogram, beside those of all requests. */
struct metric_pool {
    uint32_t place;
    enum duration duration;
};

/* The metrics of a run, and what has to be counted for them. */
struct metrics {
    struct metric *at;
    uint32_t n, room;
    struct scope *scope; /* all different; the first is that of everything */
    uint32_t scopes;
    struct metric_above *above;
    uint32_t aboves;
    uint32_t *occupied; /* thresholds */
    uint32_t occupieds;
    struct metric_pool *pool;
    uint32_t pools;
    bool counted; /* some of them only a ledger can tell */
};

/* The standard metrics of everything, and the percentiles asked for beside them. 0 or -ENOMEM.
 * Percentiles are 0 .. 100. */
int metrics_open(struct metrics *, const double *percentiles, uint32_t n);
/* No metrics at all, to be filled by metrics_add. */
int metrics_open_empty(struct metrics *);
void metrics_close(struct metrics *);
/* The index of a metric by its full name, or UINT32_MAX. */
uint32_t metrics_find(const struct metrics *, const char *full);

/* Looks a metric up by what stands before the braces: "latency.p97.5", "occupancy". 0 with its
 * scope and thresholds still to be set, or -ENOENT. */
int metric_known(const char *name, size_t length, struct metric *);
/* The i-th known name, for "did you mean" and lists; NULL after the last. */
const char *metric_name_at(uint32_t i, struct metric *);
/* Sets the threshold of METRIC_ABOVE or of occupancy, `text` as in "latency.above{text}"; `over` is
 * in the metric's unit. */
void metric_threshold(struct metric *, const char *text, double over);

/* Adds a metric of a scope if it is not there. `braces` stands for the scope in its full name (""
 * for everything), `scope_name` in the store. Its index, or UINT32_MAX without memory. */
uint32_t metrics_add(struct metrics *, const struct metric *, struct scope, const char *braces,
                     const char *scope_name);
/* Adds scopes SCOPE_SERVER 0 .. n - 1, or of another kind. False without memory. */
bool metrics_scopes(struct metrics *, enum scope_kind, uint32_t n);

/* Fills the values of metrics of everything that a tally tells; the others are left as they are.
 * NAN where a replication has no such number. `total` is room for one histogram, overwritten. */
void metrics_read(const struct metrics *, const struct tally *, const struct evenness *,
                  struct histogram_total *total, double *values);
/* Does a tally tell it, without a ledger? */
bool metric_in_tally(const struct metric *);
/* Is it put together from what each server did: utilization, imbalance, fairness? */
bool metric_of_servers(const struct metric *);

/* Does it tell whether there is a steady state, so that it needs none: queue.growth, stable? */
bool metric_of_growth(const struct metric *);

/* A number as a sum over a count: means over replications of different size are ratios of sums. */
struct metric_number {
    double y, n;    /* the value is y / n; NAN if n is 0 */
    double squares; /* METRIC_SPREAD: of the values whose sum is y, in the metric's unit squared */
};
double metric_value(const struct metric *, const struct metric_number *);
/* Of durations: `total` is their histogram, or NULL. The first is exact for one replication, the
 * second can be added up. */
double metric_of_duration(const struct metric *, const struct moments *,
                          const struct histogram_total *total);
struct metric_number metric_of_moments(const struct metric *, const struct moments *,
                                       const struct histogram_total *total);

/* The number of all replications: values[r * stride] is that of replication r, r < n. `pooled` is
 * the histogram over all of them where the metric is a quantile (else not read), `least` the number
 * of values in the replication that has the fewest, `memory` the requests the warm-up took. */
struct interval metric_over(const struct metric *, const double *values, uint32_t n, size_t stride,
                            const struct histogram_total *pooled, uint64_t least, uint64_t memory,
                            double confidence);
/* The same from sums and counts, for anything but quantiles: a ratio of sums, with its interval by
 * the ratio estimator unless all counts are the same. */
struct interval metric_ratio(const struct metric *, const struct metric_number *, uint32_t n,
                             double confidence);

/* A quantile over n histograms of which one alone may have few values, or none: they are joined to
 * at most 20 sections in their order. `room` is overwritten. */
struct interval metric_sections(const struct metric *, const struct encoded *const *, uint32_t n,
                                double confidence, struct histogram_total *room);

/* Why there is no interval although there are values. */
#define METRIC_UNSETTLED "warm-up not found: run longer"
#define METRIC_DRIFTS    "not steady: requests gather all the time: run longer"
#define METRIC_TOO_SHORT "not every replication lasts so long"

/* Does a system that ought to be steady gather requests? `growth` is the interval of queue.growth
 * over replications: its mean is 0 in a steady state, and above it by chance once in 10,000. */
bool metric_drifts(const struct interval *growth);

/* Takes an interval away, if there is one, and says why. */
void metric_withdraw(struct interval *, const char *why);

/* The name of a duration: "latency", ...; what one of its unit is in the tally's whole numbers. */
const char *duration_name(enum duration);
double duration_one(enum duration);

#endif
