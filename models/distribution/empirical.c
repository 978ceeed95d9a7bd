/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was measured: one of the values, each as likely as another, or by the steps of a cumulative
 * distribution function. Nothing between the values is ever drawn. By inversion: one word of the
 * stream a draw, and a greater word never gives a smaller draw. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arithmetic.h"
#include "models/distribution/steps.h"

extern const struct distribution_kind distribution_empirical;

enum number { STEPS }; /* nonzero: a table of steps.h; else the values alone, ascending */

struct config {
    struct lb_list values, cumulative;
};

static const struct lb_param params[] = {
    { .name = "values",
      .type = LB_LIST,
      .offset = offsetof(struct config, values),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .unit = "quantity",
      .help = "what was measured; one of these is drawn, each as likely as another" },
    { .name = "cumulative",
      .type = LB_LIST,
      .offset = offsetof(struct config, cumulative),
      .preset = NAN,
      .least = 0.0,
      .most = 1.0,
      .help = "P(X <= value) of each of ascending values, the last 1: then that is how often" },
    { .name = NULL },
};

static const char *const columns[] = { "values", "cumulative", NULL };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static const char *make_plain(const struct lb_list *values, double *room, struct distribution *d)
{
    int ascending = 1;
    uint32_t i;

    for (i = 0; i < values->n; i++) {
        if (!(values->at[i] >= 0.0) || isinf(values->at[i]))
            return "every one of values must be a number, at least 0";
        room[i] = values->at[i] + 0.0;
        ascending &= i == 0 || room[i] >= room[i - 1];
    }
    if (!ascending)
        qsort(room, values->n, sizeof *room, compare);
    *d = (struct distribution) { .kind = &distribution_empirical,
                                 .table = room,
                                 .table_n = values->n };
    return NULL;
}

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;
    const char *wrong;

    if (!c->values.n)
        return c->cumulative.n ? "cumulative goes with values" : "values is missing (or a file)";
    if (!c->cumulative.n)
        return make_plain(&c->values, room, d);
    wrong = steps_by_sum(&distribution_empirical, &c->values, &c->cumulative, room, d);
    if (!wrong)
        d->p[STEPS] = 1.0;
    return wrong;
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const double values = (double)d->table_n;
    uint32_t i;

    if (d->p[STEPS] > 0.0) {
        steps_fill(d, random, out, n);
        return;
    }
    for (i = 0; i < n; i++)
        out[i] = d->table[(uint32_t)(exact_uniform(lb_bits(random)) * values)];
}

static double mean(const struct distribution *d)
{
    double sum = 0.0;
    uint32_t i;

    if (d->p[STEPS] > 0.0)
        return steps_mean(d);
    for (i = 0; i < d->table_n; i++)
        sum += d->table[i];
    return sum / (double)d->table_n;
}

static double variance(const struct distribution *d)
{
    double centre, sum = 0.0;
    uint32_t i;

    if (d->p[STEPS] > 0.0)
        return steps_variance(d);
    if (!(d->table[d->table_n - 1] > d->table[0]))
        return 0.0;
    centre = mean(d);
    for (i = 0; i < d->table_n; i++)
        sum += (d->table[i] - centre) * (d->table[i] - centre);
    return sum / (double)d->table_n;
}

static double quantile(const struct distribution *d, double p)
{
    double rank;

    if (d->p[STEPS] > 0.0)
        return steps_quantile(d, p);
    rank = ceil(p * (double)d->table_n);
    return d->table[rank < 1.0 ? 0 : (uint32_t)rank - 1];
}

const struct distribution_kind distribution_empirical = {
    .name = "empirical",
    .summary = "what was measured: one of a list of values, from the scenario or from a file",
    .formula = "P(X <= x) = share of values up to x, or the step of `cumulative`; no interpolation",
    .config_size = sizeof(struct config),
    .params = params,
    .columns = columns,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
