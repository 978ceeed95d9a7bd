/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How latency settles in the pilots of the point that is shown. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"
#include "sim/record/interval.h"

enum { PARTS_MOST = 256, PILOTS = 10 };

struct settling {
    double request[PARTS_MOST], mean[PARTS_MOST], se[PARTS_MOST];
    uint32_t n;
};

/* Series come in the order of their names and times: the errors after the means. */
static int take_pilot(void *context, const struct store_trial *t, const char *damage)
{
    struct settling *s = context;
    uint32_t errors = 0;

    for (uint32_t i = 0; !damage && i < t->series_n; i++) {
        const struct store_series *x = &t->series[i];

        if (!strcmp(x->metric, "warmup.latency") && s->n < PARTS_MOST) {
            s->request[s->n] = x->time;
            s->mean[s->n++] = x->value;
        } else if (!strcmp(x->metric, "warmup.latency:se") && errors < PARTS_MOST) {
            s->se[errors++] = x->value;
        }
    }
    s->n = errors < s->n ? errors : s->n;
    return 0;
}

/* Over the two parts before and after, fewer near the ends (Welch; Law, section 9.5.1). */
static double average(const struct settling *s, uint32_t at)
{
    uint32_t half = at < s->n - 1 - at ? at : s->n - 1 - at;
    double sum = 0.0;

    half = half < 2 ? half : 2;
    for (uint32_t i = at - half; i <= at + half; i++)
        sum += s->mean[i];
    return sum / (2 * half + 1);
}

static void put_settling(struct put *put, const struct results_contender *c, uint32_t place,
                         const struct settling *s)
{
    const double t = interval_t_quantile(c->confidence, PILOTS - 1);

    for (uint32_t i = 0; i < s->n; i++)
        put_row(put, "iddddddi", place, s->request[i], s->mean[i], s->mean[i] - t * s->se[i],
                s->mean[i] + t * s->se[i], average(s, i), (double)c->memory, c->settled ? 1u : 0u);
}

static int put_pilot(struct put *put, uint32_t contender)
{
    const struct results_contender *c = &put->base->results->contenders[contender];
    const uint32_t place = base_place(put->base, c->label);
    struct settling s = { .n = 0 };

    if (!place || !c->piloted)
        return 0;
    if (results_pilot(put->base->results, contender, take_pilot, &s)) {
        snprintf(put->base->why, sizeof put->base->why, "%s", results_why(put->base->results));
        return -EIO;
    }
    put_settling(put, c, place, &s);
    return 0;
}

int base_pilots(struct chart_base *base)
{
    uint32_t first;
    const uint32_t n = base->results ? results_at_point(base->results, base->point, &first) : 0;
    struct put put;
    int failed = 0;

    put_open(&put, base, "pilot", 8);
    for (uint32_t i = first = n ? first : 0; i < first + n && !failed; i++)
        failed = put_pilot(&put, i);
    return put_close(&put) ? -EIO : failed;
}
