/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One of a list of values, each with its weight. See steps.h for how it is drawn. */
#include <math.h>

#include "models/distribution/steps.h"

extern const struct distribution_kind distribution_discrete;

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
      .help = "what may be drawn, in any order" },
    { .name = "weights",
      .type = LB_LIST,
      .offset = offsetof(struct config, weights),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "how often each value is drawn, in proportion" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    if (!c->values.n)
        return "values is missing";
    if (!c->weights.n)
        return "weights is missing; of equally likely values draws empirical";
    return steps_by_weight(&distribution_discrete, &c->values, &c->weights, room, d);
}

const struct distribution_kind distribution_discrete = {
    .name = "discrete",
    .summary = "one of a list of values, each with its weight",
    .formula = "P(X = value_i) = weight_i / sum of weights",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = steps_fill,
    .mean = steps_mean,
    .variance = steps_variance,
    .quantile = steps_quantile,
};
