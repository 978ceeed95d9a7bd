/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A foreign balancer draws by chance, and nobody sees what: the same prediction with other draws of
 * its policy, many times. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/validation.h"

/* Predictions of which all are the same say that nothing is drawn. */
enum { ALIKE = 3, BEYOND = BAND_SEEDS / 40 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int one(const struct predict_order *order, const struct fates *measured, double *at[],
               uint32_t i)
{
    struct agreement a;
    struct prediction p;
    int k, answer = predict(order, &p);

    if (answer == 0 && agree_fates(&p.fates, measured, false, &a))
        answer = -1;
    for (k = 0; answer == 0 && k < AGREE_POINTS; k++)
        at[k][i] = a.predicted[k];
    prediction_close(&p);
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

static void conclude(double *const at[], struct band *out)
{
    int k;

    out->seeds = BAND_SEEDS;
    for (k = 0; k < AGREE_POINTS; k++) {
        qsort(at[k], BAND_SEEDS, sizeof at[k][0], by_size);
        out->low[k] = at[k][BEYOND - 1];
        out->high[k] = at[k][BAND_SEEDS - BEYOND];
    }
}

int band_of(const struct predict_order *given, const struct fates *measured, struct band *out)
{
    double *memory = malloc(AGREE_POINTS * BAND_SEEDS * sizeof memory[0]), *at[AGREE_POINTS];
    struct predict_order order = *given;
    uint32_t i;
    int k, answer = memory ? 0 : -1;

    memset(out, 0, sizeof *out);
    for (k = 0; memory && k < AGREE_POINTS; k++)
        at[k] = memory + k * BAND_SEEDS;
    for (i = 0; answer == 0 && i < BAND_SEEDS; i++) {
        order.draws = i + 1;
        answer = one(&order, measured, at, i);
        if (answer == 0 && i + 1 == ALIKE && all_alike(at, ALIKE))
            break;
    }
    if (answer == 0 && i == BAND_SEEDS)
        conclude(at, out);
    free(memory);
    return answer;
}
