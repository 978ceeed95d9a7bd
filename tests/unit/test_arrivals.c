/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrival processes against what is known of them. Random checks allow 5 standard errors or a
 * probability of 1e-6: about 40 of them, a false alarm in 25,000 seeds; the seeds are fixed. */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arithmetic.h"
#include "models/arrival.h"

int suite_arrivals(void);

enum { RUNS = 20000 };
#define SECONDS(x) ((lb_time)((x)*1e9 + 0.5))

static struct distribution exponential(double mean)
{
    const struct distribution_kind *kind = distribution_kind("exponential");
    struct distribution d;

    kind->make(&mean, NULL, &d);
    return d;
}

static struct arrival_spec spec_of(enum arrival_process process)
{
    return (struct arrival_spec) { .kind = arrival_kinds[process], .rate = NAN, .scale = 1.0 };
}

static void begin(struct arrival_clock *c, const struct arrival_spec *spec, double speed,
                  const struct rate_change *changes, uint32_t n, uint64_t seed)
{
    c->feed = (struct arrival_feed) { NULL, NULL, NULL };
    arrival_begin(c, spec, speed, changes, n, (struct lb_random) { lb_mix(2 * seed + 1) },
                  (struct lb_random) { lb_mix(2 * seed + 2) });
}

/* ---- Counts. */

struct counts {
    double n, mean, variance, mean_error, variance_error;
};

/* Requests up to `end`, over many runs. */
static struct counts count(const struct arrival_spec *spec, double speed,
                           const struct rate_change *changes, uint32_t changes_n, double end)
{
    double sum[5] = { 0 };
    struct counts c = { .n = RUNS };
    uint64_t run;
    int k;

    for (run = 0; run < RUNS; run++) {
        struct arrival_clock clock;
        double n = 0.0, power = 1.0;

        begin(&clock, spec, speed, changes, changes_n, run);
        while (arrival_next(&clock) && clock.at.whole < SECONDS(end))
            n++;
        CU_ASSERT_PTR_NULL(clock.failed);
        for (k = 1, power = n; k < 5; k++, power *= n)
            sum[k] += power;
    }
    for (k = 1; k < 5; k++)
        sum[k] /= RUNS;
    c.mean = sum[1];
    c.variance = sum[2] - sum[1] * sum[1];
    c.mean_error = sqrt(c.variance / RUNS);
    c.variance_error = sqrt((sum[4] - 4 * sum[3] * sum[1] + 6 * sum[2] * sum[1] * sum[1] -
                             3 * pow(sum[1], 4) - c.variance * c.variance) /
                            RUNS);
    return c;
}

static void agrees(const char *what, struct counts c, double mean, double variance)
{
    const bool good = fabs(c.mean - mean) <= 5 * c.mean_error + 1e-9 &&
                      fabs(c.variance - variance) <= 5 * c.variance_error + 1e-9;

    if (!good)
        fprintf(stderr, "%s: mean %g (%g), variance %g (%g)\n", what, c.mean, mean, c.variance,
                variance);
    CU_ASSERT(good);
}

static void test_poisson(void)
{
    struct arrival_spec spec = spec_of(ARRIVAL_POISSON);
    const struct rate_change changes[] = { { SECONDS(1), 3 },
                                           { SECONDS(1.5), 0 },
                                           { SECONDS(2.25), 0.5 } };

    spec.rate = 4;
    agrees("poisson", count(&spec, 1, NULL, 0, 2.5), 10, 10);
    agrees("poisson, faster", count(&spec, 2, NULL, 0, 2.5), 20, 20);
    agrees("poisson, changes", count(&spec, 1, changes, 3, 3), 4 + 6 + 0 + 1.5, 11.5);
    spec.rate = NAN; /* set by the load: then one a second, times the speed */
    agrees("poisson, load", count(&spec, 3, NULL, 0, 2), 6, 6);
}

static void test_batch(void)
{
    struct arrival_spec spec = spec_of(ARRIVAL_BATCH);
    const struct rate_change stop = { SECONDS(2), 0 };
    struct arrival_clock c;
    lb_time before;
    int i;

    spec.rate = 12;
    spec.size = distribution_constant(4);
    agrees("batch", count(&spec, 1, NULL, 0, 1.5), 18, 72);
    agrees("batch, change", count(&spec, 1, &stop, 1, 9), 24, 96);
    spec.size = distribution_constant(2.5); /* 2 or 3: E N^2 / E N = 6.5 / 2.5 */
    agrees("batch, rounded", count(&spec, 1, NULL, 0, 1.5), 18, 18 * 6.5 / 2.5);
    spec.size = exponential(2); /* below 1 it counts as 1 */
    CU_ASSERT_DOUBLE_EQUAL(whole_mean(&spec.size), 1 + 2 * exp(-0.5), 1e-6);
    CU_ASSERT(fabs(count(&spec, 1, NULL, 0, 1.5).mean - 18) < 0.3);
    spec.size = distribution_constant(3);
    CU_ASSERT_EQUAL(spec.kind->dispersion(&spec, 1), 3);
    begin(&c, &spec, 1, NULL, 0, 7);
    for (i = 0; i < 300; i++) { /* three at one instant, then another */
        before = c.at.whole;
        CU_ASSERT(arrival_next(&c) && (c.at.whole == before) == (i % 3 != 0));
    }
}

/* Variance of the counts of two states: Fischer and Meier-Hellstern 1993. */
static double variance_of_two(double a, double b, double from_a, double from_b, double t)
{
    const double s = from_a + from_b, p = from_b / s, mean = (p * a + (1 - p) * b) * t;

    return mean + 2 * (a - b) * (a - b) * p * (1 - p) * (t / s - (1 - exp(-s * t)) / (s * s));
}

static void test_mmpp(void)
{
    static const double rates[] = { 10, 2 }, leave[] = { 0.5, 1.5 };
    static const double three[] = { 0, 3, 6 }, leave_three[] = { 2, 1, 1 };
    struct arrival_spec spec = spec_of(ARRIVAL_MMPP);

    spec.rates = (struct lb_list) { rates, 2 };
    spec.leave = (struct lb_list) { leave, 2 };
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->rate(&spec, 0), 8, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->turns(&spec), 0.75, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->dispersion(&spec, 8),
                           variance_of_two(10, 2, 0.5, 1.5, 1e9) / 8e9, 1e-6);
    agrees("mmpp", count(&spec, 1, NULL, 0, 1.25), 10, variance_of_two(10, 2, 0.5, 1.5, 1.25));
    agrees("mmpp, faster", count(&spec, 0.5, NULL, 0, 2), 8, variance_of_two(5, 1, 0.5, 1.5, 2));
    spec.rates = (struct lb_list) { three, 3 };
    spec.leave = (struct lb_list) { leave_three, 3 };
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->rate(&spec, 0), 3.6, 1e-12);
    CU_ASSERT(fabs(count(&spec, 1, NULL, 0, 3).mean - 10.8) < 5 * sqrt(30.0 / RUNS));
    spec.leave.n = 2;
    CU_ASSERT(strstr(spec.kind->check(&spec), "same length") != NULL);
}

/* The probability that nothing has come by t, from the stationary start: p' = p (Q - R). */
static double silent(const double *rate, const double *leave, double t)
{
    const double s = leave[0] + leave[1];
    double p[2] = { leave[1] / s, leave[0] / s };
    enum { STEPS = 200000 };
    int i;

    for (i = 0; i < STEPS; i++) {
        const double h = t / STEPS, a = p[0], b = p[1];

        p[0] += h * (-(leave[0] + rate[0]) * a + leave[1] * b);
        p[1] += h * (leave[0] * a - (leave[1] + rate[1]) * b);
    }
    return p[0] + p[1];
}

static void test_first_interval(void)
{
    static const double rates[] = { 10, 0.5 }, leave[] = { 1, 2 };
    static const double at[] = { 0.05, 0.2, 0.5, 1.5 };
    struct arrival_spec spec = spec_of(ARRIVAL_MMPP);
    uint32_t later[4] = { 0 }, i;
    uint64_t run;

    spec.rates = (struct lb_list) { rates, 2 };
    spec.leave = (struct lb_list) { leave, 2 };
    for (run = 0; run < RUNS; run++) {
        struct arrival_clock c;

        begin(&c, &spec, 1, NULL, 0, run);
        CU_ASSERT(arrival_next(&c));
        for (i = 0; i < 4; i++)
            later[i] += c.at.whole > SECONDS(at[i]);
    }
    for (i = 0; i < 4; i++) {
        const double p = silent(rates, leave, at[i]);

        CU_ASSERT(fabs((double)later[i] / RUNS - p) < 5 * sqrt(p * (1 - p) / RUNS));
    }
}

static void test_on_off(void)
{
    struct arrival_spec spec = spec_of(ARRIVAL_ON_OFF);

    spec.rate = 4;
    spec.on = exponential(0.5);
    spec.off = exponential(1.5);
    agrees("on_off", count(&spec, 1, NULL, 0, 2), 8, variance_of_two(16, 0, 2, 2 / 3.0, 2));
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->dispersion(&spec, 4),
                           variance_of_two(16, 0, 2, 2 / 3.0, 1e9) / 4e9, 1e-6);
    spec.on = distribution_constant(0.5); /* two seconds hold a whole round: Poisson */
    spec.off = distribution_constant(1.5);
    agrees("on_off, clockwork", count(&spec, 1, NULL, 0, 2), 8, 8);
    CU_ASSERT(fabs(count(&spec, 1, NULL, 0, 0.25).mean - 1) < 5 * sqrt(4.0 / RUNS));
}

/* What remains at time 0 of the period that a random instant falls into, against the law: with L
 * the length-biased length, P(rest > x) = P(L > x) - x P(X > x) / mean. Of lognormals L is one too.
 */
static void check_residual(double scv, uint32_t runs)
{
    const double mean_and_scv[] = { 1, scv }, sigma = sqrt(log(1 + scv)), mu = -sigma * sigma / 2;
    static const double at[] = { 0.1, 1, 10, 100 };
    struct arrival_spec spec = spec_of(ARRIVAL_ON_OFF);
    uint32_t longer[4] = { 0 }, on = 0, i;
    uint64_t run;

    spec.rate = 1;
    CU_ASSERT_PTR_NULL(distribution_kind("lognormal")->make(mean_and_scv, NULL, &spec.on));
    spec.off = spec.on;
    for (run = 0; run < runs; run++) {
        struct arrival_clock c;

        begin(&c, &spec, 1, NULL, 0, run);
        on += c.state == 0;
        for (i = 0; i < 4; i++)
            longer[i] += (double)c.until.whole > at[i] * 1e9;
    }
    CU_ASSERT(fabs((double)on / runs - 0.5) < 5 * sqrt(0.25 / runs));
    for (i = 0; i < 4; i++) {
        const double p = gsl_cdf_lognormal_Q(at[i], mu + sigma * sigma, sigma) -
                         at[i] * gsl_cdf_lognormal_Q(at[i], mu, sigma);

        CU_ASSERT(fabs((double)longer[i] / runs - p) < 5 * sqrt(p * (1 - p) / runs));
    }
}

static void test_residual(void)
{
    check_residual(4, 2000);  /* by rejection */
    check_residual(1e4, 300); /* by numerical inversion */
}

static void test_gaps(void)
{
    struct arrival_spec spec = spec_of(ARRIVAL_RENEWAL), even = spec_of(ARRIVAL_DETERMINISTIC);
    const struct rate_change changes[] = { { SECONDS(2.5), 2 },
                                           { SECONDS(5), 0 },
                                           { SECONDS(7), 1 } };
    static const double expected[] = { 1, 2, 2.75, 3.25, 3.75, 4.25, 4.75, 7.5, 8.5 };
    const struct rate_change stop = { SECONDS(2), 0 };
    struct arrival_clock c;
    size_t i;

    spec.interarrival = exponential(0.25);
    agrees("renewal", count(&spec, 1, NULL, 0, 2.5), 10, 10);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->rate(&spec, 0), 4, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->dispersion(&spec, 4), 1, 1e-12);
    spec.interarrival = distribution_constant(0.25);
    agrees("renewal, equal gaps", count(&spec, 2, NULL, 0, 2.51), 20, 0);
    even.rate = 1;
    begin(&c, &even, 1, changes, 3, 1);
    for (i = 0; i < sizeof expected / sizeof *expected; i++) {
        CU_ASSERT(arrival_next(&c));
        CU_ASSERT(llabs(c.at.whole - SECONDS(expected[i])) <= 1);
    }
    begin(&c, &even, 1, &stop, 1, 1);
    CU_ASSERT(arrival_next(&c) && arrival_next(&c));
    CU_ASSERT(!arrival_next(&c) && !c.failed);
    even.rate = 1e-8;
    begin(&c, &even, 0.5, NULL, 0, 1);
    CU_ASSERT(!arrival_next(&c) && strstr(c.failed, "longer than 1e8 s"));
}

/* Rounding does not add up: a third of a second, a million times. */
static void test_drift(void)
{
    struct arrival_spec even = spec_of(ARRIVAL_DETERMINISTIC);
    struct arrival_clock c;
    int i;

    even.rate = 3;
    begin(&c, &even, 1, NULL, 0, 1);
    for (i = 1; i <= 1000000; i++)
        arrival_next(&c);
    CU_ASSERT(llabs(c.at.whole - SECONDS(1000000 / 3.0)) <= 1);
}

/* ---- Rates that follow the clock. */

/* Expected requests up to t, by the textbook. */
static long double sinusoid(long double mean, long double amplitude, long double period,
                            long double t)
{
    const long double pi = 3.14159265358979323846264338327950288L;

    return mean * (t + amplitude * period / (2 * pi) * (1 - cosl(2 * pi * t / period)));
}

static struct arrival_spec wave(double mean, double amplitude, double period)
{
    struct arrival_spec spec = spec_of(ARRIVAL_NONHOMOGENEOUS);

    spec.rate = mean;
    spec.amplitude = amplitude;
    spec.period = SECONDS(period);
    return spec;
}

static void test_sinusoid_counts(void)
{
    const struct arrival_spec spec = wave(5, 0.8, 0.7);
    const struct rate_change changes[] = { { SECONDS(0.5), 0 }, { SECONDS(1), 2 } };
    const double all = (double)sinusoid(5, 0.8, 0.7, 1.9);
    const double parts = (double)(sinusoid(5, 0.8, 0.7, 0.5) +
                                  2 * (sinusoid(5, 0.8, 0.7, 1.9) - sinusoid(5, 0.8, 0.7, 1)));

    agrees("sinusoid", count(&spec, 1, NULL, 0, 1.9), all, all);
    agrees("sinusoid, changes", count(&spec, 1, changes, 2, 1.9), parts, parts);
}

/* Requests by the phase at which they come. */
static void test_phases(void)
{
    enum { BINS = 40, EVENTS = 400000 };
    const struct arrival_spec spec = wave(3, 1, 10);
    double square = 0.0;
    uint32_t seen[BINS] = { 0 }, i;
    struct arrival_clock c;

    begin(&c, &spec, 1, NULL, 0, 11);
    for (i = 0; i < EVENTS && arrival_next(&c); i++)
        seen[c.at.whole % spec.period * BINS / spec.period]++;
    for (i = 0; i < BINS; i++) {
        const long double width = 10.0L / BINS;
        const double expected =
            EVENTS / 30.0 *
            (double)(sinusoid(3, 1, 10, (i + 1) * width) - sinusoid(3, 1, 10, i * width));

        square += (seen[i] - expected) * (seen[i] - expected) / expected;
    }
    CU_ASSERT(gsl_cdf_chisq_Q(square, BINS - 1) > 1e-6);
}

/* Between two requests the integral of the rate is the exponential that was drawn. */
static void test_inversion(void)
{
    static const double amplitudes[] = { 0, 0.3, 0.999, 1 }, means[] = { 0.01, 1, 300 };
    struct arrival_clock c;
    size_t a, m;
    int i;

    for (a = 0; a < 4; a++)
        for (m = 0; m < 3; m++) {
            const struct arrival_spec spec = wave(means[m], amplitudes[a], 2);
            struct lb_random same = { lb_mix(2 * 5 + 1) };
            long double before = 0.0L, now, units = 0.0L;

            begin(&c, &spec, 1, NULL, 0, 5);
            for (i = 0; i < 2000 && arrival_next(&c); i++) {
                now = sinusoid((long double)means[m], (long double)amplitudes[a], 2,
                               ((long double)c.at.whole + (long double)c.at.part / 0x1p32L) / 1e9L);
                units = arrival_exponential(&same);
                CU_ASSERT(fabsl(now - before - units) < 1e-12L * (1 + now));
                before = now;
            }
            CU_ASSERT_EQUAL(i, 2000);
        }
}

static void test_steps(void)
{
    const struct rate_piece pieces[] = { { SECONDS(0.5), 8 },
                                         { SECONDS(1), 2 },
                                         { SECONDS(3), 0 } };
    struct arrival_spec spec = spec_of(ARRIVAL_NONHOMOGENEOUS);
    const struct rate_change twice = { SECONDS(0.75), 2 };

    spec.pieces = pieces;
    spec.pieces_n = 3;
    agrees("steps", count(&spec, 1, NULL, 0, 5), 8, 8);
    agrees("steps, change", count(&spec, 1, &twice, 1, 2), 2 + 4 + 4, 10);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->rate(&spec, 0), 8 / 3.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->rate(&spec, 2), 3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(spec.kind->rate(&spec, 8), 1, 1e-12);
    CU_ASSERT_PTR_NULL(spec.kind->check(&spec));
}

/* A factor of 1 changes nothing but the last bits. */
static void test_factor_of_one(void)
{
    struct arrival_spec spec = spec_of(ARRIVAL_POISSON);
    const struct rate_change one = { SECONDS(1), 1 };
    struct arrival_clock a, b;
    int i;

    spec.rate = 100;
    begin(&a, &spec, 1, NULL, 0, 3);
    begin(&b, &spec, 1, &one, 1, 3);
    for (i = 0; i < 1000; i++)
        CU_ASSERT(arrival_next(&a) && arrival_next(&b) && llabs(a.at.whole - b.at.whole) <= 1);
}

int suite_arrivals(void)
{
    CU_pSuite suite = CU_add_suite("arrivals", NULL, NULL);

    if (!suite || !CU_add_test(suite, "poisson", test_poisson) ||
        !CU_add_test(suite, "batch", test_batch) || !CU_add_test(suite, "mmpp", test_mmpp) ||
        !CU_add_test(suite, "first interval of mmpp", test_first_interval) ||
        !CU_add_test(suite, "on and off", test_on_off) ||
        !CU_add_test(suite, "what remains of a period", test_residual) ||
        !CU_add_test(suite, "gaps", test_gaps) || !CU_add_test(suite, "drift", test_drift) ||
        !CU_add_test(suite, "sinusoid: counts", test_sinusoid_counts) ||
        !CU_add_test(suite, "sinusoid: phases", test_phases) ||
        !CU_add_test(suite, "sinusoid: inversion", test_inversion) ||
        !CU_add_test(suite, "steps", test_steps) ||
        !CU_add_test(suite, "a factor of one", test_factor_of_one))
        return -1;
    return 0;
}
