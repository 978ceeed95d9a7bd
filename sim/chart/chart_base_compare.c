/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policies against each other, and a policy against itself with fewer replications, at the point
 * that is shown. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"
#include "sim/record/comparison.h"

static const char *const compared[] = { "latency.mean", "latency.p99" };

/* ---- Differences. */

static void put_differences(struct put *put, const struct comparison *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        const struct compared *x = &c->of[i];
        const uint32_t place = base_place(put->base, x->contender->label);
        const struct interval *d = &x->difference.absolute, *p = &x->difference.percent;

        if (place && strcmp(x->contender->label, c->base) && isfinite(d->value))
            put_row(put, "iissdddddd", put->base->point + 1, place, c->metric, c->base, d->value,
                    d->low, d->high, p->value, p->low, p->high);
    }
}

/* What was asked for, or the first policy that can be compared. */
static const char *choose_base(const struct chart_base *base)
{
    const struct results *r = base->results;
    uint32_t first;
    const uint32_t n = results_at_point(r, base->point, &first);

    for (uint32_t i = first; !base->choice.base && i < first + n; i++)
        if (base_sound(&r->contenders[i]))
            return r->contenders[i].label;
    return base->choice.base;
}

static int put_metric(struct put *put, const char *metric)
{
    const struct chart_base *base = put->base;
    const struct comparison_order order = { .results = base->results,
                                            .point = base->point,
                                            .metric = metric,
                                            .base = choose_base(base),
                                            .confidence = chart_base_confidence(base) };
    struct comparison c;
    const int failed = comparison_open(&c, &order);

    if (!failed)
        put_differences(put, &c);
    else
        snprintf(put->base->why, sizeof put->base->why, "charts: out of memory");
    comparison_close(&c);
    return failed;
}

int base_differences(struct chart_base *base)
{
    struct put put;
    int failed = 0;

    if (!base->results)
        return 0;
    put_open(&put, base, "difference", 10);
    for (size_t i = 0; i < sizeof compared / sizeof compared[0] && !failed; i++)
        failed = put_metric(&put, compared[i]);
    if (!failed && base->choice.metric)
        failed = put_metric(&put, base->choice.metric);
    return put_close(&put) ? -EIO : failed;
}

/* ---- Running means. */

static void put_running(struct put *put, const struct results_contender *c, uint32_t place,
                        const struct results_number *x)
{
    char metric[128];

    snprintf(metric, sizeof metric, "%s%s%s", x->metric, x->statistic[0] ? "." : "", x->statistic);
    for (uint32_t n = 1; n <= c->replications; n++) {
        const struct interval i = interval_t(x->at, n, c->confidence);

        put_row(put, "iisiddd", c->point + 1, place, metric, n, i.value, i.low, i.high);
    }
}

static bool is_running(const struct chart_base *base, const struct results_number *x)
{
    char name[128];

    snprintf(name, sizeof name, "%s%s%s", x->metric, x->statistic[0] ? "." : "", x->statistic);
    return !strcmp(x->scope, "all") &&
           (!strcmp(name, "latency.mean") ||
            (base->choice.metric && !strcmp(name, base->choice.metric)));
}

int base_running(struct chart_base *base)
{
    uint32_t first;
    const uint32_t n = base->results ? results_at_point(base->results, base->point, &first) : 0;
    struct put put;

    put_open(&put, base, "running", 7);
    for (uint32_t i = first = n ? first : 0; i < first + n; i++) {
        const struct results_contender *c = &base->results->contenders[i];
        const uint32_t place = base_place(base, c->label);

        for (uint32_t k = 0; place && k < c->numbers_n; k++)
            if (is_running(base, &c->numbers[k]))
                put_running(&put, c, place, &c->numbers[k]);
    }
    return put_close(&put);
}
