/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pieces of arithmetic that are not worth inlining. */
#include "models/arithmetic.h"

#include <gsl/gsl_errno.h>

void arithmetic_begin(void)
{
    gsl_set_error_handler_off();
}

double exact_normal_below(double x)
{
    const double square = x * x;
    double term = x, sum = x, below;
    uint32_t i;

    if (x > 9.0)
        return 1.0;
    for (i = 3; term > 0x1p-60 * sum; i += 2) {
        term *= square / (double)i;
        sum += term;
    }
    below = 0.5 + sum * exact_exp(-0.5 * square) * 0x1.9884533d43651p-2; /* 1 / sqrt(2 pi) */
    return below < 1.0 ? below : 1.0;
}

double exact_gamma(double x)
{
    double product = 1.0, power, series;

    while (x < 16.0)
        product *= x++;
    power = 1.0 / (x * x);
    series = 1.0 / 12.0 -
             power * (1.0 / 360.0 -
                      power * (1.0 / 1260.0 -
                               power * (1.0 / 1680.0 -
                                        power * (1.0 / 1188.0 - power * (691.0 / 360360.0)))));
    /* log(sqrt(2 pi)) = 0.9189... */
    return exact_exp((x - 0.5) * exact_log(x) - x + 0x1.d67f1c864beb5p-1 + series / x) / product;
}

double invert_increasing(double (*value)(const void *context, double x), const void *context,
                         double target, double low, double high)
{
    for (;;) {
        const double middle = low + (high - low) / 2;

        if (!(middle > low && middle < high))
            return high;
        if (value(context, middle) < target)
            low = middle;
        else
            high = middle;
    }
}
