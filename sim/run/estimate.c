/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/estimate.h"

#include <math.h>

static struct interval without(const struct estimate *of, double value, double confidence,
                               const char *why)
{
    return (struct interval) { .value = value,
                               .low = NAN,
                               .high = NAN,
                               .se = NAN,
                               .confidence = confidence,
                               .n = of->at.n,
                               .method = of->at.method,
                               .why = why };
}

static struct interval around(const struct estimate *of, double value, double se, uint32_t freedom,
                              double confidence)
{
    const double half = interval_t_quantile(confidence, freedom) * se;

    return (struct interval) { .value = value,
                               .low = value - half,
                               .high = value + half,
                               .se = se,
                               .confidence = confidence,
                               .n = of->at.n,
                               .method = of->at.method };
}

struct interval estimate_interval(const struct estimate *of, double confidence)
{
    struct interval alone = of->at;

    if (of->exact && isfinite(of->at.value)) {
        alone.low = alone.high = alone.value;
        alone.se = 0;
        alone.why = NULL;
        return alone;
    }
    if (of->at.why || !(of->at.se >= 0) || of->at.n < 2)
        return without(of, of->at.value, confidence, of->at.why ? of->at.why : "it has no spread");
    return around(of, of->at.value, of->at.se, of->at.n - 1, confidence);
}

/* The variance of the mean that deviations make. */
static double spread(const struct estimate *of)
{
    const double n = of->at.n;
    double squares = 0;
    uint32_t i;

    for (i = 0; i < of->at.n; i++)
        squares += of->deviation[i] * of->deviation[i];
    return squares / (n * (n - 1));
}

/* What rounding adds to it. */
static double rounding(const struct estimate *of)
{
    const double rest = of->at.se * of->at.se - spread(of);

    return rest > 0 ? rest : 0;
}

void estimate_unpool(struct estimate *of)
{
    const double rest = of->deviation ? rounding(of) : 0;
    double middle = 0;
    uint32_t i;

    if (!of->deviation || of->bias == 0)
        return;
    for (i = 0; i < of->at.n; i++)
        middle += of->deviation[i] / of->at.n;
    for (i = 0; i < of->at.n; i++)
        of->deviation[i] -= middle;
    of->at.value += of->bias;
    of->at.se = sqrt(spread(of) + rest);
    of->at.low = of->at.high = NAN;
    of->bias = 0;
}

static double paired_variance(const struct estimate *a, double da, const struct estimate *b,
                              double db)
{
    const double n = a->at.n;
    double squares = 0;
    uint32_t i;

    for (i = 0; i < a->at.n; i++) {
        const double z = da * a->deviation[i] + db * b->deviation[i];

        squares += z * z;
    }
    return squares / (n * (n - 1)) + da * da * rounding(a) + db * db * rounding(b);
}

static uint32_t welch_freedom(double va, uint32_t na, double vb, uint32_t nb)
{
    const double below = va * va / (na - 1) + vb * vb / (nb - 1);
    const double freedom = below > 0 ? (va + vb) * (va + vb) / below : na + nb - 2;

    return freedom < 1 ? 1 : (uint32_t)freedom;
}

struct interval estimate_function(const struct estimate *a, double da, const struct estimate *b,
                                  double db, double value, bool paired, double confidence)
{
    const double va = da * da * a->at.se * a->at.se, vb = db * db * b->at.se * b->at.se;

    if (!a->deviation || a->at.why)
        return without(a, value, confidence, a->at.why ? a->at.why : "it has no spread");
    if (!b->deviation || b->at.why)
        return without(b, value, confidence, b->at.why ? b->at.why : "it has no spread");
    if (!isfinite(value))
        return without(a, value, confidence, "there is no such number");
    if (paired && a->at.n == b->at.n)
        return around(a, value, sqrt(paired_variance(a, da, b, db)), a->at.n - 1, confidence);
    return around(a->at.n < b->at.n ? a : b, value, sqrt(va + vb),
                  welch_freedom(va, a->at.n, vb, b->at.n), confidence);
}

struct interval estimate_difference(const struct estimate *a, const struct estimate *b, bool paired,
                                    double confidence)
{
    return estimate_function(a, 1, b, -1, a->at.value - b->at.value, paired, confidence);
}

struct interval estimate_ratio(const struct estimate *a, const struct estimate *b, bool paired,
                               double confidence)
{
    const double ratio = a->at.value / b->at.value;
    const struct interval below = estimate_interval(b, confidence);

    if (!below.why && below.low <= 0 && below.high >= 0)
        return without(b, ratio, confidence, "what it is divided by may be 0");
    return estimate_function(a, 1 / b->at.value, b, -ratio / b->at.value, ratio, paired,
                             confidence);
}
