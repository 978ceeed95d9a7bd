/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one piece of arithmetic that is not worth inlining. */
#include "models/arithmetic.h"

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
