/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/comparison.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/comparison_part.h"
#include "sim/record/metric.h"

enum { WARNING_ROOM = 400 };

static const char no_number[] = "it has no such number";
static const char not_ended[] = "the run did not end: no quantile of all replications";
static const char not_settled[] = "warm-up not found: run longer";
static const char no_base[] = "the base has no such number at this point";
static const char few_common[] = "fewer than two replications in common";

/* ---- Names. */

static void full_name(const struct results_number *x, const char *scope, char *name, size_t room)
{
    const bool dot = x->statistic[0] != '\0';
    const int n = snprintf(name, room, "%s%s%s", x->metric, dot ? "." : "", x->statistic);
    if (n < 1 || (size_t)n >= room || !strcmp(scope, "all"))
        return;
    if (name[n - 1] == '}')
        snprintf(name + n - 1, room - (size_t)n + 1, ",%s}", scope);
    else
        snprintf(name + n, room - (size_t)n, "{%s}", scope);
}

static const char *bare(const char *scope)
{
    const char *colon = strchr(scope, ':');
    return colon ? colon + 1 : scope;
}

void comparison_metric_name(const struct results_number *x, char *name, size_t room)
{
    full_name(x, bare(x->scope), name, room);
}

/* Does the name start as that of this number must? Most do not, and need not be written. */
static bool starts_alike(const struct results_number *x, const char *name)
{
    const size_t metric = strlen(x->metric), statistic = strlen(x->statistic);
    if (strncmp(name, x->metric, metric))
        return false;
    /* Its last character may be a brace that a scope comes before. */
    return statistic == 0 ||
           (name[metric] == '.' && !strncmp(name + metric + 1, x->statistic, statistic - 1));
}

const struct results_number *comparison_number(const struct results_contender *contender,
                                               const char *name)
{
    char written[512];
    for (uint32_t i = 0; i < contender->numbers_n; i++) {
        const struct results_number *x = &contender->numbers[i];
        if (!starts_alike(x, name))
            continue;
        full_name(x, bare(x->scope), written, sizeof written);
        if (!strcmp(written, name))
            return x;
        full_name(x, x->scope, written, sizeof written);
        if (!strcmp(written, name))
            return x;
    }
    return NULL;
}

/* What the name says of the metric; all zero but its name if it is not a known one. */
static struct metric metric_of(const char *name)
{
    struct metric m;
    if (metric_known(name, strcspn(name, "{"), &m))
        memset(&m, 0, sizeof m);
    return m;
}

/* ---- Parts that both kinds share. */

void *comparison_room(struct comparison *c, size_t n, size_t size)
{
    void *room = calloc(n ? n : 1, size);
    c->owned[c->owned_n++] = room;
    return room;
}

bool comparison_lists(struct comparison *c, uint32_t n)
{
    c->of = comparison_room(c, n, sizeof c->of[0]);
    c->warnings = comparison_room(c, 3 * (size_t)n + 2, sizeof c->warnings[0]);
    c->parts = comparison_room(c, 2 * (size_t)n + 1, sizeof c->parts[0]);
    return c->of && c->warnings && c->parts;
}

bool comparison_warn(struct comparison *c, const char *code, const char *format, ...)
{
    struct comparison_warning w = { .code = code, .text = malloc(WARNING_ROOM) };
    va_list list;
    if (!w.text)
        return false;
    va_start(list, format);
    vsnprintf(w.text, WARNING_ROOM, format, list);
    va_end(list);
    c->warnings[c->warnings_n++] = w;
    return true;
}

struct interval comparison_none(const char *why)
{
    return (struct interval) { .value = NAN, .low = NAN, .high = NAN, .se = NAN, .why = why };
}

struct ranking_difference comparison_nothing(const char *why)
{
    return (struct ranking_difference) { .absolute = comparison_none(why),
                                         .percent = comparison_none(why),
                                         .reduction = NAN };
}

/* The summary's interval, at another confidence. */
static struct interval from_summary(const struct store_interval *x, double confidence)
{
    struct interval i = { .value = x->value,
                          .low = NAN,
                          .high = NAN,
                          .se = x->se,
                          .confidence = confidence,
                          .n = x->n,
                          .why = x->why };
    if (!i.why && (isnan(x->se) || x->n < 2))
        i.why = no_number;
    if (i.why)
        return i;
    const double half = interval_t_quantile(confidence, x->n - 1) * x->se;
    i.low = x->value - half;
    i.high = x->value + half;
    return i;
}

/* Why a number is not there: most of all, that only part of a run is. */
static const char *why_none(struct comparison *c, const struct results_contender *contender,
                            const char *otherwise)
{
    char *part = c->parts[c->parts_n];

    if (!part_of_run(contender, part))
        return otherwise;
    c->parts_n++;
    return part;
}

struct interval comparison_value(struct comparison *c, const struct results_contender *contender,
                                 const struct results_number *x, const struct metric *m)
{
    if (!x)
        return comparison_none(why_none(c, contender, no_number));
    if (x->interval)
        return from_summary(x->interval, c->confidence);
    if (m->kind == METRIC_QUANTILE)
        return comparison_none(why_none(c, contender, not_ended));
    if (contender->piloted && !contender->settled)
        return comparison_none(not_settled);
    return interval_t(x->at, contender->replications, c->confidence);
}

/* ---- One result. */

/* Replications that all the judged have. */
static uint32_t common_numbers(const struct comparison *c, uint32_t *numbers)
{
    const struct results_contender *first = c->of[c->judged[0]].contender;
    uint32_t n = 0;
    for (uint32_t r = 0; r < first->replications; r++) {
        const uint32_t number = first->replication[r].number;
        bool all = true;
        for (uint32_t i = 1; i < c->data.contenders && all; i++)
            all = comparison_replication(c->of[c->judged[i]].contender, number) != UINT32_MAX;
        if (all)
            numbers[n++] = number;
    }
    return n;
}

uint32_t comparison_replication(const struct results_contender *contender, uint32_t number)
{
    uint32_t low = 0, high = contender->replications;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (contender->replication[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < contender->replications && contender->replication[low].number == number
               ? low
               : UINT32_MAX;
}

/* How far a quantile may be off by the width of its bucket, in the metric's unit. */
double comparison_blur(const struct metric *m, double value)
{
    if (m->kind != METRIC_QUANTILE || !(value >= 0))
        return 0;
    return histogram_rounding(value * duration_one(m->duration)) / duration_one(m->duration);
}

/* Are the common replications all that there are, for each of the judged? */
static bool nothing_left_out(const struct comparison *c)
{
    for (uint32_t i = 0; i < c->data.contenders; i++) {
        if (c->of[c->judged[i]].contender->replications != c->data.n)
            return false;
    }
    return true;
}

/* The values of the judged, by contender. A quantile of all replications is the centre only where
 * the values are from just these: that of others would be off by their share of chance. */
static bool gather(struct comparison *c, const struct metric *m)
{
    const uint32_t k = c->data.contenders, most = c->of[c->judged[0]].contender->replications;
    uint32_t *numbers = comparison_room(c, most, sizeof numbers[0]);
    double *values = comparison_room(c, (size_t)k * most, sizeof values[0]);
    double *centre = comparison_room(c, k, sizeof centre[0]);
    double *blur = comparison_room(c, k, sizeof blur[0]);
    if (!numbers || !values || !centre || !blur)
        return false;
    c->data.n = common_numbers(c, numbers);
    for (uint32_t i = 0; i < k; i++) {
        const struct compared *x = &c->of[c->judged[i]];
        const struct results_number *number = comparison_number(x->contender, c->metric);
        for (uint32_t r = 0; r < c->data.n; r++)
            values[(size_t)i * c->data.n + r] =
                number->at[comparison_replication(x->contender, numbers[r])];
        centre[i] = x->value.value;
        blur[i] = comparison_blur(m, x->value.value);
    }
    c->data.values = values;
    c->data.blur = blur;
    c->data.centre = m->kind == METRIC_QUANTILE && nothing_left_out(c) ? centre : NULL;
    return true;
}

static uint32_t place_of(const struct comparison *c, const char *label)
{
    for (uint32_t i = 0; i < c->data.contenders; i++) {
        if (!strcmp(comparison_label(c, i), label))
            return i;
    }
    return UINT32_MAX;
}

static bool to_base(struct comparison *c)
{
    const uint32_t base = place_of(c, c->base), k = c->data.contenders;
    struct ranking_difference *d = comparison_room(c, k, sizeof d[0]);
    if (!d)
        return false;
    if (base != UINT32_MAX)
        ranking_to_base(&c->data, base, c->confidence, d);
    for (uint32_t i = 0; i < k; i++) {
        struct compared *x = &c->of[c->judged[i]];
        x->difference = base == UINT32_MAX ? comparison_nothing(no_base) : d[i];
        x->common = c->data.n;
        if (x->difference.backfired &&
            !comparison_warn(c, "pairing_backfired",
                             "%s%s%s: %s less %s varies more by pairing (factor %.2g): common "
                             "random numbers do harm here",
                             c->point, *c->point ? ": " : "", c->metric, x->contender->label,
                             c->base, x->difference.reduction))
            return false;
    }
    return true;
}

static bool rank(struct comparison *c)
{
    const uint32_t k = c->data.contenders;
    c->pairs = comparison_room(c, (size_t)k * (k - 1) / 2, sizeof c->pairs[0]);
    c->places = comparison_room(c, k, sizeof c->places[0]);
    c->best.behind = comparison_room(c, k, sizeof c->best.behind[0]);
    c->best.possible = comparison_room(c, k, sizeof c->best.possible[0]);
    if (!c->pairs || !c->places || !c->best.behind || !c->best.possible)
        return false;
    ranking_all_pairs(&c->data, c->confidence, c->pairs);
    ranking_order(&c->data, c->pairs, c->places);
    ranking_with_best(&c->data, c->confidence, &c->best);
    for (uint32_t i = 0; i < k && c->better; i++) {
        c->of[c->judged[c->places[i].contender]].best = c->places[i].best;
        c->of[c->judged[c->places[i].contender]].worst = c->places[i].worst;
    }
    return true;
}

static bool warn_of_numbers(struct comparison *c)
{
    const char *comma = *c->point ? ": " : "";
    if (!nothing_left_out(c) &&
        !comparison_warn(c, "unequal_replications",
                         "%s%snot all policies have the same replications: differences rest on the "
                         "%u that all have (those of a quantile on its mean over them)",
                         c->point, comma, c->data.n))
        return false;
    return c->data.n >= INTERVAL_FEW ||
           comparison_warn(c, "few_replications",
                           "%s%s%u replications: no claim may rest on fewer than %u", c->point,
                           comma, c->data.n, INTERVAL_FEW);
}

/* Those with a value that may be compared. */
static bool judge(struct comparison *c, const struct metric *m)
{
    c->judged = comparison_room(c, c->n, sizeof c->judged[0]);
    if (!c->judged)
        return false;
    for (uint32_t i = 0; i < c->n; i++) {
        c->of[i].difference = comparison_nothing(c->of[i].value.why);
        if (!c->of[i].value.why)
            c->judged[c->data.contenders++] = i;
    }
    c->data.larger = c->better > 0;
    if (c->data.contenders == 0)
        return true;
    if (!gather(c, m) || !warn_of_numbers(c))
        return false;
    if (c->data.n < 2) {
        for (uint32_t i = 0; i < c->n; i++)
            c->of[i].difference = comparison_nothing(few_common);
        c->data.contenders = 0;
        return true;
    }
    return to_base(c) && (c->data.contenders < 2 || rank(c));
}

static bool open_one(struct comparison *c, const struct comparison_order *order,
                     const struct metric *m)
{
    uint32_t first;
    const uint32_t n = results_at_point(order->results, order->point, &first);
    if (!comparison_lists(c, n))
        return false;
    for (uint32_t i = first; i < first + n; i++) {
        const struct results_contender *contender = &order->results->contenders[i];
        const struct results_number *x = comparison_number(contender, c->metric);
        c->unit = x ? x->unit : c->unit;
        c->of[c->n++] = (struct compared) {
            .contender = contender,
            .value = comparison_value(c, contender, x, m),
        };
    }
    c->base = order->base ? order->base : c->n ? c->of[0].contender->label : "";
    return judge(c, m);
}

int comparison_open(struct comparison *c, const struct comparison_order *order)
{
    const struct metric m = metric_of(order->metric);
    *c = (struct comparison) { .point = order->results->points[order->point].name,
                               .metric = order->metric,
                               .unit = "",
                               .better = m.better,
                               .quantile = m.kind == METRIC_QUANTILE,
                               .confidence = order->confidence,
                               .two = order->second != NULL };
    if (order->second)
        return comparison_of_two(c, order, &m) ? 0 : -ENOMEM;
    return open_one(c, order, &m) ? 0 : -ENOMEM;
}

void comparison_close(struct comparison *c)
{
    for (uint32_t i = 0; i < c->warnings_n; i++)
        free(c->warnings[i].text);
    for (uint32_t i = 0; i < c->owned_n; i++)
        free(c->owned[i]);
    c->warnings_n = c->owned_n = 0;
}

const char *comparison_label(const struct comparison *c, uint32_t judged)
{
    return c->of[c->judged[judged]].contender->label;
}
