/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/theory/oracle_judge.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double score_most = 4.5, score_inside = 1.959963984540054;

double oracle_score(const struct oracle_row *row, const struct interval *measured)
{
    double distance = measured->value - row->value;
    double reference = row->value;

    if (row->kind == ORACLE_NUMERIC)
        reference += copysign(fmin(fabs(distance), row->error), distance);
    return interval_score(measured, reference);
}

bool oracle_agrees(const struct oracle_row *row, const struct interval *measured)
{
    double room = row->error * fabs(row->value);

    if (row->kind == ORACLE_LIMIT)
        return measured->low >= row->value - room && measured->high <= row->value + room;
    return fabs(oracle_score(row, measured)) <= score_most;
}

/* The least number that more than it come up with probability 0.001 at most. */
static double binomial_most(uint32_t n)
{
    unsigned k = 0;

    while (gsl_cdf_binomial_Q(k, 0.05, n) > 0.001)
        k++;
    return k;
}

struct oracle_summary oracle_summarize(const double *scores, uint32_t n)
{
    struct oracle_summary s = { .n = n,
                                .mean_most = 3.0 / sqrt(n),
                                .spread_most = 3.3 / sqrt(2.0 * n),
                                .outside_most = n >= 240 ? floor(0.08 * n) : binomial_most(n) };
    double squares = 0.0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        s.mean += scores[i] / n;
        s.outside += fabs(scores[i]) > score_inside;
    }
    for (i = 0; i < n; i++)
        squares += (scores[i] - s.mean) * (scores[i] - s.mean);
    s.spread = sqrt(squares / (n - 1));
    s.failed += !(fabs(s.mean) <= s.mean_most);
    s.failed += !(fabs(s.spread - 1.0) <= s.spread_most);
    s.failed += s.outside > s.outside_most;
    return s;
}
