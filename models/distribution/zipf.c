/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Zipf: item k of many is asked for in proportion to 1 / k^exponent. Drawn by rejection-inversion,
 * W. Hoermann and G. Derflinger, Rejection-Inversion to Generate Variates from Monotone Discrete
 * Distributions, ACM TOMACS 6 (1996), 169-184: no table, the same time for any number of items, one
 * word of the stream an attempt, of which more than 95 % succeed. Each item's probability is met to
 * 2^-52 of the whole. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_zipf;

enum { ITEMS_SUMMED = 200 }; /* one by one; the others by Euler and Maclaurin */

/* HIGH is the integral up to items + 1/2, LOW that up to 3/2 less the whole of item 1. Within SURE
 * above an item nothing is ever rejected. */
enum number { ITEMS, EXPONENT, LOW, HIGH, SURE };

static const double ITEMS_MOST = 1e12, EXPONENT_MOST = 20.0;

struct config {
    int64_t items;
    double exponent;
};

static const struct lb_param params[] = {
    { .name = "items",
      .type = LB_INT,
      .offset = offsetof(struct config, items),
      .preset = NAN,
      .least = 1.0,
      .most = 1e12,
      .help = "how many items; their numbers 1 to items are drawn" },
    { .name = "exponent",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, exponent),
      .preset = NAN,
      .least = 0.0,
      .most = 20.0,
      .help = "0 is uniform; words, pages, cache keys: 0.6 to 1.2" },
    { .name = NULL },
};

/* ---- The density x^-exponent, its integral from 1, and the inverse of that, in arithmetic that
 * decides draws. */

static double density(double exponent, double x)
{
    return exact_pow(x, -exponent);
}

static double integral(double exponent, double x)
{
    const double log_x = exact_log(x), t = (1.0 - exponent) * log_x;

    return t > -1e-300 && t < 1e-300 ? log_x : log_x * (exact_expm1(t) / t);
}

static double inverse(double exponent, double y)
{
    double t = (1.0 - exponent) * y;

    if (t > -1e-300 && t < 1e-300)
        return exact_exp(y);
    if (t < -0x1.fffffffffffffp-1) /* rounding alone goes there */
        t = -0x1.fffffffffffffp-1;
    return exact_exp(y * (exact_log1p(t) / t));
}

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;
    const double items = (double)c->items, exponent = c->exponent;

    (void)room;
    if (c->items < 1)
        return "items is missing; it must be a whole number, at least 1";
    if (isnan(exponent))
        return "exponent is missing";
    if (items > ITEMS_MOST)
        return "items must be at most 1e12";
    if (!(exponent >= 0.0 && exponent <= EXPONENT_MOST))
        return "exponent must lie between 0 and 20";
    *d = (struct distribution) { .kind = &distribution_zipf, .p = { items, exponent } };
    d->p[LOW] = integral(exponent, 1.5) - 1.0;
    d->p[HIGH] = integral(exponent, items + 0.5);
    d->p[SURE] = 2.0 - inverse(exponent, integral(exponent, 2.5) - density(exponent, 2.0));
    return NULL;
}

static double draw_one(const double *p, struct lb_random *random)
{
    for (;;) {
        const double y = p[LOW] + exact_uniform(lb_bits(random)) * (p[HIGH] - p[LOW]);
        const double x = inverse(p[EXPONENT], y);
        double item = floor(x + 0.5);

        item = item < 1.0 ? 1.0 : item < p[ITEMS] ? item : p[ITEMS];
        if (item - x <= p[SURE] ||
            y >= integral(p[EXPONENT], item + 0.5) - density(p[EXPONENT], item))
            return item;
    }
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        out[i] = draw_one(d->p, random);
}

/* ---- Moments. */

/* The sum of k^-s over from <= k <= to, from at least 200, by Euler and Maclaurin; the term left
 * out is below 1e-17 of the first kept. */
static double sum_far(double s, double from, double to)
{
    const double ratio = log(to / from), t = (1.0 - s) * ratio;
    const double first = pow(from, -s), last = pow(to, -s);
    const double whole = first * from * (fabs(t) < 1e-300 ? ratio : ratio * (expm1(t) / t));
    const double slope = s / 12.0 * (first / from - last / to);
    const double third =
        s * (s + 1.0) * (s + 2.0) / 720.0 * (first / pow(from, 3.0) - last / pow(to, 3.0));
    const double fifth = s * (s + 1.0) * (s + 2.0) * (s + 3.0) * (s + 4.0) / 30240.0 *
                         (first / pow(from, 5.0) - last / pow(to, 5.0));

    return whole + 0.5 * (first + last) + slope - third + fifth;
}

/* The sum of k^-exponent (k - centre)^power up to k = to, power 0 to 2. */
static double sum_of(double exponent, double to, double centre, int power)
{
    double sum = 0.0, k;

    for (k = 1.0; k <= to && k < ITEMS_SUMMED; k++)
        sum += pow(k, -exponent) * pow(k - centre, power);
    if (to < ITEMS_SUMMED)
        return sum;
    if (power == 0)
        return sum + sum_far(exponent, ITEMS_SUMMED, to);
    if (power == 1)
        return sum + sum_far(exponent - 1.0, ITEMS_SUMMED, to) -
               centre * sum_far(exponent, ITEMS_SUMMED, to);
    return sum + sum_far(exponent - 2.0, ITEMS_SUMMED, to) -
           2.0 * centre * sum_far(exponent - 1.0, ITEMS_SUMMED, to) +
           centre * centre * sum_far(exponent, ITEMS_SUMMED, to);
}

static double mean(const struct distribution *d)
{
    const double items = d->p[ITEMS], exponent = d->p[EXPONENT];

    return sum_of(exponent, items, 0.0, 1) / sum_of(exponent, items, 0.0, 0);
}

static double variance(const struct distribution *d)
{
    const double items = d->p[ITEMS], exponent = d->p[EXPONENT];

    return sum_of(exponent, items, mean(d), 2) / sum_of(exponent, items, 0.0, 0);
}

static double quantile(const struct distribution *d, double p)
{
    const double wanted = p * sum_of(d->p[EXPONENT], d->p[ITEMS], 0.0, 0);
    double low = 1.0, high = d->p[ITEMS];

    while (low < high) {
        const double middle = floor(low + (high - low) / 2.0);

        if (sum_of(d->p[EXPONENT], middle, 0.0, 0) < wanted)
            low = middle + 1.0;
        else
            high = middle;
    }
    return low;
}

const struct distribution_kind distribution_zipf = {
    .name = "zipf",
    .summary = "the number of an item, few of which are popular; no table, so any number of them",
    .formula = "P(X = k) proportional to 1 / k^exponent, k = 1 .. items",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
