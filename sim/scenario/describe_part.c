/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/describe_part.h"

#include <math.h>

void describe_value(FILE *out, enum unit unit, double value)
{
    char room[40];

    fputs(unit_show(unit, value, room, sizeof room), out);
}

void describe_time(FILE *out, lb_time time)
{
    describe_value(out, UNIT_TIME, (double)time * 1e-9);
}

void describe_quantity(FILE *out, enum unit unit, const struct distribution *quantity)
{
    const double mean = quantity->kind->mean(quantity);
    const double scv = quantity->kind->variance(quantity) / (mean * mean);

    if (distribution_is_constant(quantity)) {
        describe_value(out, unit, mean);
        return;
    }
    fprintf(out, "%s with mean ", quantity->kind->name);
    describe_value(out, unit, mean);
    if (isinf(scv))
        fputs(" and infinite variance", out);
    else if (fabs(scv - 1) > 1e-9)
        fprintf(out, " and squared coefficient of variation %.4g", scv);
}
