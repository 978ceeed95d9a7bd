/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same prediction many times: with other draws of delays and services, or, for a foreign
 * balancer draws by chance and nobody sees what, with other draws of its policy. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/validation.h"

/* Predictions of which all are the same say that nothing is drawn. */
enum { ALIKE = 3 };
/* Points that an interval or a band is to hold at. */
enum { JUDGED_TOGETHER = AGREE_P99 + 1 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int one(const struct predict_order *order, const struct fates *measured, double *at[],
               uint32_t i, struct agreement *a)
{
    struct prediction p;
    int k, answer = predict(order, &p);

    if (answer == 0 && agree_fates(&p.fates, measured, false, a))
        answer = -1;
    for (k = 0; answer == 0 && k < AGREE_POINTS; k++)
        at[k][i] = a->predicted[k];
    prediction_close(&p);
    return answer;
}

int average_paths(const struct predict_order *given, const struct fates *measured,
                  struct agreement *out)
{
    double value[AGREE_POINTS], *at[AGREE_POINTS];
    struct predict_order order = *given;
    struct agreement other;
    uint32_t i;
    int k;

    for (k = 0; k < AGREE_POINTS; k++)
        at[k] = &value[k];
    for (i = 1; i < VALIDATION_PATHS; i++) {
        order.path = i;
        if (one(&order, measured, at, 0, &other))
            return -1;
        for (k = 0; k < AGREE_POINTS; k++)
            out->predicted[k] += (value[k] - out->predicted[k]) / (i + 1.0);
    }
    for (k = 0; k < AGREE_POINTS; k++)
        out->error[k] = out->predicted[k] / out->measured[k] - 1.0;
    return 0;
}

/* Where the middle of them lies, over what was measured. */
static void tell_spread(double *values, double measured, double confidence, struct interval *error)
{
    const double alone = (1.0 - confidence) / JUDGED_TOGETHER;
    const double beyond = alone / 2.0 * (VALIDATION_SAMPLES + 1);
    const uint32_t k = beyond < 1.0 ? 0 : (uint32_t)(beyond + 1e-9) - 1;
    double sum = 0.0, squares = 0.0, mean;
    uint32_t i;

    qsort(values, VALIDATION_SAMPLES, sizeof values[0], by_size);
    for (i = 0; i < VALIDATION_SAMPLES; i++)
        sum += values[i];
    mean = sum / VALIDATION_SAMPLES;
    for (i = 0; i < VALIDATION_SAMPLES; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    error->se = sqrt(squares / (VALIDATION_SAMPLES - 1)) / measured;
    error->low = values[k] / measured - 1.0;
    error->high = values[VALIDATION_SAMPLES - 1 - k] / measured - 1.0;
    error->confidence = confidence;
    error->method = INTERVAL_BOOTSTRAP;
    error->n = VALIDATION_SAMPLES;
    error->why = NULL;
}

int spread_of(const struct predict_order *given, const struct fates *measured, double confidence,
              struct interval error[AGREE_POINTS])
{
    double *memory = malloc(AGREE_POINTS * VALIDATION_SAMPLES * sizeof memory[0]);
    double *at[AGREE_POINTS];
    struct predict_order order = *given;
    struct agreement first;
    uint32_t i;
    int k, answer = memory ? 0 : -1;

    order.sampled = true;
    for (k = 0; memory && k < AGREE_POINTS; k++)
        at[k] = memory + k * VALIDATION_SAMPLES;
    for (i = 0; answer == 0 && i < VALIDATION_SAMPLES; i++) {
        order.path = VALIDATION_PATHS + i;
        answer = one(&order, measured, at, i, &first);
    }
    for (k = 0; answer == 0 && k < AGREE_POINTS; k++)
        if (!isnan(error[k].value))
            tell_spread(at[k], first.measured[k], confidence, &error[k]);
    free(memory);
    return answer;
}

static bool all_alike(double *const at[], uint32_t n)
{
    uint32_t i;
    int k;

    for (k = 0; k <= AGREE_P99; k++)
        for (i = 1; i < n; i++)
            if (at[k][i] < at[k][0] || at[k][i] > at[k][0])
                return false;
    return true;
}

static double width(const double *sorted)
{
    const double low = sorted[BAND_ALONE], high = sorted[BAND_SEEDS - 1 - BAND_ALONE];

    return (high - low) / (high + low);
}

static void conclude(double *const at[], struct band *out)
{
    int k;

    out->seeds = BAND_SEEDS;
    for (k = 0; k < AGREE_POINTS; k++) {
        qsort(at[k], BAND_SEEDS, sizeof at[k][0], by_size);
        out->width[k] = width(at[k]);
        out->low[k] = at[k][BAND_LEFT_OUT];
        out->high[k] = at[k][BAND_SEEDS - 1 - BAND_LEFT_OUT];
    }
}

int band_of(const struct predict_order *given, const struct fates *measured, struct band *out)
{
    double *memory = malloc(AGREE_POINTS * BAND_SEEDS * sizeof memory[0]), *at[AGREE_POINTS];
    struct predict_order order = *given;
    struct agreement other;
    uint32_t i;
    int k, answer = memory ? 0 : -1;

    memset(out, 0, sizeof *out);
    for (k = 0; memory && k < AGREE_POINTS; k++)
        at[k] = memory + k * BAND_SEEDS;
    for (i = 0; answer == 0 && i < BAND_SEEDS; i++) {
        order.draws = i + 1;
        answer = one(&order, measured, at, i, &other);
        if (answer == 0 && i + 1 == ALIKE && all_alike(at, ALIKE))
            break;
    }
    if (answer == 0 && i == BAND_SEEDS)
        conclude(at, out);
    free(memory);
    return answer;
}
