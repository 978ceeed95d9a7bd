/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The distribution function of every kind, P(X <= x), written from its formula and not as the
 * kind itself computes it. `a` are the numbers of `of` in a case. */
#ifndef TESTS_DISTRIBUTION_LAWS_H
#define TESTS_DISTRIBUTION_LAWS_H

#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_sf_zeta.h>
#include <math.h>

static double exponential_law(double x, const double *a)
{
    return -expm1(-x / a[0]);
}

static double uniform_law(double x, const double *a)
{
    return (x - a[0]) / (a[1] - a[0]);
}

/* phases, mean */
static double erlang_law(double x, const double *a)
{
    const double r = x * a[0] / a[1];
    double sum = 0.0, i;

    for (i = 0.0; i < a[0]; i++)
        sum += exp(i * log(r) - r - lgamma(i + 1.0));
    return 1.0 - sum;
}

/* shape, mean: the series of the incomplete gamma function */
static double gamma_law(double x, const double *a)
{
    const double y = x * a[0] / a[1];
    double term = 1.0, sum = 1.0, i;

    for (i = 1.0; term > 1e-18 * sum; i++) {
        term *= y / (a[0] + i);
        sum += term;
    }
    return sum * exp(a[0] * log(y) - y - lgamma(a[0] + 1.0));
}

/* Mean 1 and balanced means: p = (1 + sqrt((scv - 1) / (scv + 1))) / 2, rates 2 p and 2 (1 - p). */
static double balanced_law(double x, const double *a)
{
    const double p = 0.5 + 0.5 * sqrt((a[0] - 1.0) / (a[0] + 1.0));

    return 1.0 - p * exp(-2.0 * p * x) - (1.0 - p) * exp(-2.0 * (1.0 - p) * x);
}

/* weight, mean of three phases */
static double phases_law(double x, const double *a)
{
    return 1.0 - a[0] * exp(-x / a[1]) - a[2] * exp(-x / a[3]) - a[4] * exp(-x / a[5]);
}

/* mean, scv */
static double lognormal_law(double x, const double *a)
{
    const double variance = log(1.0 + a[1]);

    return erfc(-(log(x / a[0]) + variance / 2.0) / sqrt(2.0 * variance)) / 2.0;
}

/* shape, scale */
static double weibull_law(double x, const double *a)
{
    return -expm1(-pow(x / a[1], a[0]));
}

/* shape, least */
static double pareto_law(double x, const double *a)
{
    return -expm1(a[0] * log(a[1] / x));
}

/* shape, least, most */
static double bounded_pareto_law(double x, const double *a)
{
    return expm1(a[0] * log(a[1] / x)) / expm1(a[0] * log(a[1] / a[2]));
}

/* mean, stddev */
static double normal_law(double x, const double *a)
{
    const double cut = erfc(a[0] / a[1] / sqrt(2.0)) / 2.0;

    return 1.0 - erfc((x - a[0]) / a[1] / sqrt(2.0)) / 2.0 / (1.0 - cut);
}

/* least, mode, most */
static double triangular_law(double x, const double *a)
{
    const double width = a[2] - a[0];

    if (x < a[1])
        return (x - a[0]) * (x - a[0]) / (width * (a[1] - a[0]));
    return a[2] > a[1] ? 1.0 - (a[2] - x) * (a[2] - x) / (width * (a[2] - a[1])) : 1.0;
}

/* Pairs of a value and P(X <= value), ascending, up to probability 1. */
static double staircase_law(double x, const double *a)
{
    double below = 0.0;

    for (;; a += 2) {
        if (x < a[0])
            return below;
        below = a[1];
        if (below >= 1.0)
            return 1.0;
    }
}

static double geometric_law(double x, const double *a)
{
    return -expm1(floor(x) * log1p(-1.0 / a[0]));
}

/* 1 + 2^-s + ... + n^-s, for the exponents of the cases. */
static double harmonic(double n, double s)
{
    double sum = 0.0, k;

    if (n < 1000.0) {
        for (k = 1.0; k <= n; k++)
            sum += pow(k, -s);
        return sum;
    }
    if (s == 0.0)
        return n;
    if (s == 1.0)
        return gsl_sf_psi(n + 1.0) + 0.57721566490153286;
    if (s == 0.5)
        return 2.0 * sqrt(n) + gsl_sf_zeta(0.5) + 0.5 / sqrt(n) - pow(n, -1.5) / 24.0;
    return gsl_sf_zeta(s) - gsl_sf_hzeta(s, n + 1.0);
}

/* items, exponent */
static double zipf_law(double x, const double *a)
{
    return harmonic(floor(x < a[0] ? x : a[0]), a[1]) / harmonic(a[0], a[1]);
}

#endif
