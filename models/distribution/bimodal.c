/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One of two values. See steps.h for how it is drawn. */
#include <math.h>

#include "models/distribution/steps.h"

extern const struct distribution_kind distribution_bimodal;

struct config {
    struct lb_list values, weights;
};

static const struct lb_param params[] = {
    { .name = "values",
      .type = LB_LIST,
      .offset = offsetof(struct config, values),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .unit = "quantity",
      .help = "the two values, in any order" },
    { .name = "weights",
      .type = LB_LIST,
      .offset = offsetof(struct config, weights),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "how often each of the two is drawn, in proportion" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    if (c->values.n != 2)
        return "values must be two; for more use discrete";
    if (c->weights.n != 2)
        return "weights must be two, one for each of values";
    return steps_by_weight(&distribution_bimodal, &c->values, &c->weights, room, d);
}

const struct distribution_kind distribution_bimodal = {
    .name = "bimodal",
    .summary = "one of two values: many short and some long, say",
    .formula = "P(X = value_i) = weight_i / sum of weights",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = steps_fill,
    .mean = steps_mean,
    .variance = steps_variance,
    .quantile = steps_quantile,
};
