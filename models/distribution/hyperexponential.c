/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hyperexponential: one of several exponentials, chosen at random; more variable than one. Two
 * words of the stream a draw, the first for the phase (shortest mean first), the second for its
 * length by inversion: a greater word never gives a smaller draw.
 *
 * Given mean and scv, it is the one of two phases with balanced means (each contributes half the
 * mean): K. S. Trivedi, Probability and Statistics with Reliability, Queuing, and Computer Science
 * Applications; H. C. Tijms, Stochastic Models, appendix B. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_hyperexponential;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

struct config {
    double mean, scv;
    struct lb_list weights, means;
};

/* The phases, shortest mean first: n cumulative probabilities, the last 1, then n means, then n
 * probabilities. Two fit into the distribution's own numbers. */
struct phases {
    uint32_t n;
    const double *cumulative, *mean, *weight;
};

static const struct lb_param params[] = {
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the mean, above 0; with scv" },
    { .name = "scv",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, scv),
      .preset = NAN,
      .least = 1.0,
      .most = 1e6,
      .help = "squared coefficient of variation, variance over squared mean; with mean" },
    { .name = "weights",
      .type = LB_LIST,
      .offset = offsetof(struct config, weights),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "how often each phase is chosen, in proportion; with means" },
    { .name = "means",
      .type = LB_LIST,
      .offset = offsetof(struct config, means),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .unit = "quantity",
      .help = "the mean of each phase, above 0; with weights" },
    { .name = NULL },
};

static struct phases phases_of(const struct distribution *d)
{
    const double *at = d->table ? d->table : d->p;
    const uint32_t n = d->table ? d->table_n / 3 : 2;

    return (struct phases) { n, at, at + n, at + 2 * (size_t)n };
}

/* Balanced means: p = (1 + root) / 2 with root = sqrt((scv - 1) / (scv + 1)), and 1 - p written so
 * that it keeps its digits where p is nearly 1. */
static const char *make_two(const struct config *c, struct distribution *d)
{
    double root, often, seldom;

    if (isnan(c->mean))
        return "mean is missing (or give weights and means)";
    if (isnan(c->scv))
        return "scv is missing (or give weights and means)";
    if (!(c->mean > 0.0))
        return "mean must be above 0; for none at all write the number 0";
    if (!(c->scv >= 1.0))
        return "scv must be at least 1 for a hyperexponential; below 1 use erlang";
    if (c->scv > 1e6)
        return "scv must be at most 1e6";
    root = sqrt((c->scv - 1.0) / (c->scv + 1.0));
    often = 0.5 * (1.0 + root);
    seldom = 1.0 / ((c->scv + 1.0) * (1.0 + root));
    *d = (struct distribution) { .kind = &distribution_hyperexponential,
                                 .p = { often, 1.0, c->mean / (2.0 * often),
                                        c->mean / (2.0 * seldom), often, seldom } };
    return NULL;
}

static const char *check_lists(const struct config *c, double *total)
{
    uint32_t i;

    if (c->weights.n == 0 || c->means.n == 0)
        return "weights and means go together";
    if (c->weights.n != c->means.n)
        return "weights and means must have the same length";
    *total = 0.0;
    for (i = 0; i < c->weights.n; i++) {
        if (!(c->weights.at[i] >= 0.0) || isinf(c->weights.at[i]))
            return "every one of weights must be a number, at least 0";
        if (!(c->means.at[i] > 0.0) || isinf(c->means.at[i]))
            return "every one of means must be above 0";
        *total += c->weights.at[i];
    }
    return *total > 0.0 ? NULL : "at least one of weights must be above 0";
}

static const char *make_many(const struct config *c, double *room, struct distribution *d)
{
    const uint32_t n = c->weights.n;
    double *cumulative = room, *means = room + n, *weights = room + 2 * (size_t)n;
    double total, sum = 0.0;
    const char *wrong = check_lists(c, &total);
    uint32_t i, j;

    if (wrong)
        return wrong;
    for (i = 0; i < n; i++) {
        for (j = i; j > 0 && means[j - 1] > c->means.at[i]; j--) {
            means[j] = means[j - 1];
            weights[j] = weights[j - 1];
        }
        means[j] = c->means.at[i];
        weights[j] = c->weights.at[i] / total;
    }
    for (i = 0; i < n; i++)
        cumulative[i] = sum += weights[i];
    cumulative[n - 1] = 1.0;
    *d = (struct distribution) { .kind = &distribution_hyperexponential,
                                 .table = room,
                                 .table_n = 3 * n };
    return NULL;
}

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    if (c->weights.n == 0 && c->means.n == 0)
        return make_two(c, d);
    if (!isnan(c->mean) || !isnan(c->scv))
        return "give either mean and scv, or weights and means, not both";
    return make_many(c, room, d);
}

static double draw_mean(const struct phases *phases, double u)
{
    uint32_t i = 0;

    while (u >= phases->cumulative[i])
        i++;
    return phases->mean[i];
}

/* Two passes, so that the second is vector code. */
static void fill_block(const struct phases *phases, struct lb_random *random, double *out,
                       uint32_t n)
{
    double scale[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++) {
        scale[i] = draw_mean(phases, exact_uniform(lb_bits(random)));
        out[i] = 1.0 - exact_uniform(lb_bits(random));
    }
    for (i = 0; i < n; i++)
        out[i] = -scale[i] * exact_log(out[i]);
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const struct phases phases = phases_of(d);

    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(&phases, random, out, BLOCK);
    fill_block(&phases, random, out, n);
}

static double mean(const struct distribution *d)
{
    const struct phases phases = phases_of(d);
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < phases.n; i++)
        sum += phases.weight[i] * phases.mean[i];
    return sum;
}

/* E(X^2) - E(X)^2 as a sum of what cannot be negative: within the phases and between them. */
static double variance(const struct distribution *d)
{
    const struct phases phases = phases_of(d);
    const double centre = mean(d);
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < phases.n; i++) {
        const double m = phases.mean[i];

        sum += phases.weight[i] * (m * m + (m - centre) * (m - centre));
    }
    return sum;
}

static double below(const void *context, double x)
{
    const struct phases *phases = context;
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < phases->n; i++)
        sum -= phases->weight[i] * expm1(-x / phases->mean[i]);
    return sum;
}

static double minus_above(const void *context, double x)
{
    const struct phases *phases = context;
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < phases->n; i++)
        sum -= phases->weight[i] * exp(-x / phases->mean[i]);
    return sum;
}

static double quantile(const struct distribution *d, double p)
{
    const struct phases phases = phases_of(d);
    const double unit = -log1p(-p); /* the mixture lies between its shortest and longest phase */
    const double low = 0.999999 * unit * phases.mean[0];
    const double high = 1.000001 * unit * phases.mean[phases.n - 1];

    if (p < 0.5)
        return invert_increasing(below, &phases, p, low, high);
    return invert_increasing(minus_above, &phases, p - 1.0, low, high);
}

const struct distribution_kind distribution_hyperexponential = {
    .name = "hyperexponential",
    .summary = "one of several exponentials at random: more variable than one (scv at least 1)",
    .formula = "P(X > x) = sum of weight_i exp(-x / mean_i)",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
