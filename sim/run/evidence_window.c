/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/evidence_window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SECTIONS = 20 };

/* Pieces first .. first + pieces - 1 of replications at[0] .. at[n - 1]. */
struct part {
    const struct point *point;
    const struct metric *metric;
    uint32_t index; /* of the metric */
    uint32_t first, pieces;
    const struct outcome **at;
    uint32_t n;
};

/* What is cut in pieces adds up: sums and counts, and of largest values the largest. */
static struct metric_number add_up(const struct part *part, const struct outcome *out)
{
    const uint32_t stride = part->point->window_metrics->n;
    struct metric_number sum = { 0, 0, 0 };
    uint32_t i;

    for (i = part->first; i < part->first + part->pieces; i++) {
        const struct metric_number *x = &out->number[(size_t)i * stride + part->index];

        if (part->metric->kind == METRIC_LARGEST) {
            if (x->n > 0 && (!(sum.n > 0) || x->y / x->n > sum.y))
                sum = (struct metric_number) { x->y / x->n, 1, 0 };
            continue;
        }
        sum.y += x->y;
        sum.n += x->n;
        sum.squares += x->squares;
    }
    return sum;
}

/* What each replication adds to a ratio of sums: its deviation over the mean count. */
static double *ratio_deviations(const struct metric_number *at, uint32_t n, double value)
{
    double *z = malloc((n ? n : 1) * sizeof *z), count = 0;
    uint32_t r;

    for (r = 0; r < n; r++)
        count += at[r].n / n;
    for (r = 0; z && r < n; r++)
        z[r] = (at[r].y - value * at[r].n) / count;
    return z;
}

static bool of_numbers(const struct part *part, struct estimate *out)
{
    struct metric_number *column = malloc((part->n ? part->n : 1) * sizeof *column);
    bool good = column;
    uint32_t r;

    for (r = 0; good && r < part->n; r++)
        column[r] = add_up(part, part->at[r]);
    if (good)
        out->at =
            metric_ratio(part->metric, column, part->n, part->point->scenario->run.confidence);
    out->exact = part->metric->kind == METRIC_LARGEST;
    if (good && !out->at.why && part->metric->kind != METRIC_SPREAD) {
        out->deviation = ratio_deviations(column, part->n, out->at.value);
        good = out->deviation;
    }
    free(column);
    return good;
}

/* ---- Quantiles: replications are joined to sections, as one alone may have few requests. */

static uint64_t join(const struct part *part, uint32_t first, uint32_t end,
                     struct histogram_total *total)
{
    const uint32_t stride = part->point->window_metrics->pools;
    const uint64_t before = total->n;
    uint32_t r, i;

    for (r = first; r < end; r++)
        for (i = part->first; i < part->first + part->pieces; i++) {
            const struct encoded *h = &part->at[r]->pool[(size_t)i * stride + part->metric->part];

            histogram_decode(total, h->bytes, h->n);
        }
    return total->n - before;
}

static double *section_deviations(const struct interval *x, const double *section, uint32_t n)
{
    double *z = malloc((n ? n : 1) * sizeof *z), middle = 0;
    uint32_t i;

    for (i = 0; i < n; i++)
        middle += section[i] / n;
    if (x->method == INTERVAL_SECTIONING)
        middle = x->value;
    for (i = 0; z && i < n; i++)
        z[i] = section[i] - middle;
    return z;
}

static bool of_quantile(const struct part *part, struct estimate *out)
{
    const uint32_t n = part->n < SECTIONS ? part->n : SECTIONS;
    struct histogram_total *total = malloc(sizeof *total);
    double section[SECTIONS], one = duration_one(part->metric->duration);
    uint64_t least = UINT64_MAX;
    uint32_t i;

    for (i = 0; total && i < n; i++) {
        uint64_t has;

        memset(total, 0, sizeof *total);
        has = join(part, (uint32_t)((uint64_t)part->n * i / n),
                   (uint32_t)((uint64_t)part->n * (i + 1) / n), total);
        least = has < least ? has : least;
        section[i] = total->n ? histogram_quantile(total, part->metric->p) / one : NAN;
    }
    if (!total)
        return false;
    memset(total, 0, sizeof *total);
    join(part, 0, part->n, total);
    out->at = metric_over(part->metric, section, n, 1, total, n ? least : 0, 0,
                          part->point->scenario->run.confidence);
    free(total);
    if (out->at.why)
        return true;
    out->deviation = section_deviations(&out->at, section, n);
    return out->deviation;
}

/* ---- The whole. */

/* The first n finished replications; false: one of them does not reach the window's end. */
static bool gather(struct part *part, uint32_t n)
{
    const struct point *p = part->point;
    bool reached = true;
    uint32_t r;

    for (r = 0; r < p->room && part->n < n; r++) {
        if (!p->finished[r])
            continue;
        reached = reached && part->first + part->pieces <= p->outcome[r].windows_n;
        part->at[part->n++] = &p->outcome[r];
    }
    return reached;
}

static bool told(struct part *part, struct estimate *out)
{
    if (part->pieces > 1 && metric_of_servers(part->metric)) {
        out->hopeless = "this metric does not add up over the parts of a window: give run.windows "
                        "this very window";
        return true;
    }
    return part->metric->kind == METRIC_QUANTILE ? of_quantile(part, out) : of_numbers(part, out);
}

bool evidence_window(const struct point *p, uint32_t metric, const struct window *w, uint32_t n,
                     struct estimate *out)
{
    struct part part = { .point = p, .metric = &p->window_metrics->at[metric], .index = metric };
    bool good;

    part.pieces = claim_pieces(p->scenario, *w, &part.first);
    part.at = malloc((p->room + 1) * sizeof *part.at);
    if (!part.at)
        return false;
    good = true;
    if (!part.pieces || !gather(&part, n))
        out->hopeless = "not every replication lasts so long";
    else
        good = told(&part, out);
    free(part.at);
    return good;
}
