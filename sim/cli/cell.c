/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/cell.h"

#include <math.h>
#include <string.h>

const char *cell_unit(const char *unit, double largest, double *scale)
{
    static const struct {
        const char *name;
        double one;
    } times[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1.0 } };
    int i;

    *scale = 1.0;
    if (strcmp(unit, "s"))
        return strcmp(unit, "1") && strcmp(unit, "requests") ? unit : "";
    if (!(largest > 0.0))
        largest = 1.0;
    for (i = 3; i > 0 && largest < times[i].one; i--)
        ;
    *scale = times[i].one;
    return times[i].name;
}

int cell_decimals(double half, double value)
{
    double about = half > 0.0 ? half : fabs(value) / 1000.0;
    int d = about > 0.0 && isfinite(about) ? 1 - (int)floor(log10(about)) : 0;

    return d < 0 ? 0 : d > 6 ? 6 : d;
}

void cell_number(char *cell, size_t room, double value, double half, bool with_sign)
{
    const int d = cell_decimals(half, value);

    if (isnan(value))
        snprintf(cell, room, "-");
    else if (isnan(half) || (!with_sign && value <= 0.0 && half <= 0.0))
        snprintf(cell, room, with_sign ? "%+.4g" : "%.4g", value);
    else
        snprintf(cell, room, with_sign ? "%+.*f \u00b1%.*f" : "%.*f \u00b1%.*f", d, value, d, half);
}

int cell_width(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void cell_print(FILE *out, const char *text, int width, bool right)
{
    int gap = width - cell_width(text);

    fprintf(out, "%*s%s%*s", right && gap > 0 ? gap : 0, "", text, !right && gap > 0 ? gap : 0, "");
}

void cell_line(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
}
