/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Gamma: the sum of a number of exponential phases that need not be whole. Drawn by rejection,
 * G. Marsaglia and W. W. Tsang, A Simple Method for Generating Gamma Variables, ACM TOMS 26 (2000),
 * 363-372: two words of the stream an attempt, of which at least 95 % succeed; below shape 1 that
 * of shape + 1, and a word more for the power that it is multiplied with. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_gamma;

enum number { SHAPE, MEAN };

static const double SHAPE_LEAST = 0.01, SHAPE_MOST = 1e6;

struct config {
    double shape, mean, scv;
};

static const struct lb_param params[] = {
    { .name = "shape",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, shape),
      .preset = NAN,
      .least = 0.01,
      .most = 1e6,
      .help = "how many phases, not always whole: 1 is the exponential, more are more regular" },
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the mean, above 0" },
    { .name = "scv",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, scv),
      .preset = NAN,
      .least = 1e-6,
      .most = 100.0,
      .help = "squared coefficient of variation, 1 / shape; instead of shape" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;
    const double shape = isnan(c->shape) ? 1.0 / c->scv : c->shape;

    (void)room;
    if (isnan(shape))
        return "shape is missing (or scv)";
    if (!isnan(c->shape) && !isnan(c->scv))
        return "give either shape or scv, not both";
    if (isnan(c->mean))
        return "mean is missing";
    if (!(shape >= SHAPE_LEAST && shape <= SHAPE_MOST))
        return isnan(c->shape) ? "scv must lie between 1e-6 and 100"
                               : "shape must lie between 0.01 and 1e6";
    if (!(c->mean > 0.0))
        return "mean must be above 0; for none at all write the number 0";
    *d = (struct distribution) { .kind = &distribution_gamma, .p = { shape, c->mean } };
    return NULL;
}

/* Of scale 1 and shape d + 1 / 3, d >= 2 / 3, with c = 1 / sqrt(9 d). */
static double draw_one(double d, double c, struct lb_random *random)
{
    for (;;) {
        const double x = exact_normal_quantile(exact_uniform(lb_bits(random)));
        const double u = exact_uniform(lb_bits(random)), root = 1.0 + c * x;
        const double v = root * root * root, square = x * x;

        if (v > 0x1p-1000 && (u < 1.0 - 0.0331 * square * square ||
                              exact_log(u) < 0.5 * square + d * (1.0 - v + exact_log(v))))
            return d * v;
    }
}

static void fill(const struct distribution *distribution, struct lb_random *random, double *out,
                 uint32_t n)
{
    const double shape = distribution->p[SHAPE], scale = distribution->p[MEAN] / shape;
    const double d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    uint32_t i;

    for (i = 0; i < n; i++) {
        out[i] = scale * draw_one(d, c, random);
        if (shape < 1.0) { /* below e^-1399 is 0 to a double */
            const double power = exact_log(exact_uniform(lb_bits(random))) / shape;

            out[i] *= exact_exp(power > -1399.0 ? power : -1399.0);
        }
    }
}

static double mean(const struct distribution *d)
{
    return d->p[MEAN];
}

static double variance(const struct distribution *d)
{
    return d->p[MEAN] * d->p[MEAN] / d->p[SHAPE];
}

static double below(const void *context, double x)
{
    return gsl_cdf_gamma_P(x, *(const double *)context, 1.0);
}

static double minus_above(const void *context, double x)
{
    return -gsl_cdf_gamma_Q(x, *(const double *)context, 1.0);
}

static double quantile(const struct distribution *d, double p)
{
    const double *shape = &d->p[SHAPE], scale = d->p[MEAN] / *shape;
    double high = *shape;

    if (p < 0.5) /* the median lies below the mean */
        return scale * invert_increasing(below, shape, p, 0.0, high);
    while (minus_above(shape, high) < p - 1.0)
        high += 1.0 + sqrt(*shape);
    return scale * invert_increasing(minus_above, shape, p - 1.0, 0.0, high);
}

const struct distribution_kind distribution_gamma = {
    .name = "gamma",
    .summary = "any variability with one formula: scv 1 / shape, above or below 1",
    .formula = "density proportional to x^(shape - 1) exp(-x shape / mean)",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
