/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policies, points and numbers of the newest run. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"

/* ---- Places. */

static int no_memory(struct chart_base *base)
{
    snprintf(base->why, sizeof base->why, "charts: out of memory");
    return -ENOMEM;
}

static bool wanted(const struct chart_choice *choice, const char *label, const char *policy)
{
    for (uint32_t i = 0; i < choice->policies_n; i++)
        if (!strcmp(choice->policies[i], label) || !strcmp(choice->policies[i], policy))
            return true;
    return choice->policies_n == 0;
}

uint32_t base_place(const struct chart_base *base, const char *label)
{
    for (uint32_t i = 0; i < base->policies; i++)
        if (!strcmp(base->label[i], label))
            return base->shown[i] ? i + 1 : 0;
    return 0;
}

static bool grow(void *array, size_t n, size_t size)
{
    void **at = array, *grown = realloc(*at, n * size);

    if (grown)
        *at = grown;
    return grown;
}

uint32_t base_add_place(struct chart_base *base, const char *label, const char *policy)
{
    const uint32_t n = base->policies;

    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(base->label[i], label))
            return i + 1;
    if (!grow(&base->label, n + 1, sizeof base->label[0]) ||
        !grow(&base->policy, n + 1, sizeof base->policy[0]) ||
        !grow(&base->style, n + 1, sizeof base->style[0]) ||
        !grow(&base->rank, n + 1, sizeof base->rank[0]) ||
        !grow(&base->shown, n + 1, sizeof base->shown[0]))
        return 0;
    base->label[n] = names_keep(base->names, label);
    base->policy[n] = names_keep(base->names, policy);
    base->style[n] = base->rank[n] = 0;
    base->shown[n] = wanted(&base->choice, label, policy);
    if (!base->label[n] || !base->policy[n])
        return 0;
    return base->policies = n + 1;
}

/* ---- Points. */

static double load_of(const struct results *r, uint32_t point)
{
    for (uint32_t i = 0; i < r->points[point].at_n; i++)
        if (!strcmp(r->points[point].at[i].path, "load"))
            return r->points[point].at[i].number;
    return NAN;
}

bool base_sound(const struct results_contender *c)
{
    const struct results_number *x = results_find(c, "all", "latency", "mean");

    return x && x->interval && isfinite(x->interval->low);
}

/* Three policies in four have their intervals there. */
static bool is_sound(const struct results *r, uint32_t point)
{
    uint32_t first, sound = 0;
    const uint32_t n = results_at_point(r, point, &first);

    for (uint32_t i = first; i < first + n; i++)
        sound += base_sound(&r->contenders[i]);
    return n > 0 && 4 * sound >= 3 * n;
}

/* Of the sound points the one of most load, and of those the first; if none is sound, the first. */
static uint32_t best_point(const struct results *r)
{
    uint32_t best = UINT32_MAX;

    for (uint32_t i = 0; i < r->points_n; i++)
        if (is_sound(r, i) && (best == UINT32_MAX || load_of(r, i) > load_of(r, best)))
            best = i;
    return best == UINT32_MAX ? 0 : best;
}

static const struct results_coordinate *coordinate(const struct results_point *p, const char *path)
{
    for (uint32_t i = 0; i < p->at_n; i++)
        if (!strcmp(p->at[i].path, path))
            return &p->at[i];
    return NULL;
}

/* Does it vary? `numbers`: is it a number everywhere? */
static bool is_axis(const struct results *r, const char *path, bool *numbers)
{
    const struct results_coordinate *first = coordinate(&r->points[0], path);
    bool varies = false;

    *numbers = true;
    for (uint32_t i = 0; i < r->points_n; i++) {
        const struct results_coordinate *c = coordinate(&r->points[i], path);

        *numbers &= c && isfinite(c->number);
        varies |= (c && first) ? strcmp(c->text, first->text) != 0 : c != first;
    }
    return varies;
}

/* What was asked for, load, the first with numbers, the first. */
static const char *choose_axis(const struct chart_base *base)
{
    const struct results *r = base->results;
    const char *found = "";
    bool numbers, found_numbers = false;

    if (base->choice.along)
        return base->choice.along;
    if (r->points_n && is_axis(r, "load", &numbers))
        return "load";
    for (uint32_t i = 0; r->points_n && i < r->points[0].at_n; i++) {
        const char *path = r->points[0].at[i].path;

        if (!is_axis(r, path, &numbers) || (*found && (found_numbers || !numbers)))
            continue;
        found = path;
        found_numbers = numbers;
    }
    return found;
}

/* Is it where the shown point is, but for the axis? */
static bool beside_shown(const struct chart_base *base, const struct results_point *p)
{
    const struct results_point *shown = &base->results->points[base->point];

    for (uint32_t i = 0; i < p->at_n; i++) {
        const struct results_coordinate *c = coordinate(shown, p->at[i].path);

        if (strcmp(p->at[i].path, base->axis) && (!c || strcmp(c->text, p->at[i].text)))
            return false;
    }
    return true;
}

int base_points(struct chart_base *base)
{
    const struct results *r = base->results;
    struct put points, along;
    bool numbers = true;
    uint32_t n = 0;
    int failed;

    if (!r)
        return 0;
    put_open(&points, base, "point", 2);
    put_open(&along, base, "along", 5);
    if (r->points_n)
        is_axis(r, base->axis, &numbers);
    for (uint32_t i = 0; i < r->points_n; i++) {
        const struct results_coordinate *c = coordinate(&r->points[i], base->axis);

        put_row(&points, "is", i + 1, r->points[i].name);
        if (c && beside_shown(base, &r->points[i])) {
            n++;
            put_row(&along, "idisi", i + 1, numbers ? c->number : n, n, c->text, numbers ? 1u : 0u);
        }
    }
    failed = put_close(&points);
    return put_close(&along) ? -EIO : failed;
}

/* ---- Policies. */

struct standing {
    uint32_t place;
    double value;
};

static int by_value(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    if (isnan(x->value) != isnan(y->value))
        return isnan(x->value) ? 1 : -1;
    if (!isnan(x->value) && x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

static double mean_of(const struct chart_base *base, uint32_t place)
{
    const struct results *r = base->results;
    uint32_t first;
    const uint32_t n = r ? results_at_point(r, base->point, &first) : 0;

    for (uint32_t i = first = n ? first : 0; i < first + n; i++) {
        const struct results_number *x = results_find(&r->contenders[i], "all", "latency", "mean");

        if (strcmp(r->contenders[i].label, base->label[place]) == 0)
            return x && x->interval ? x->interval->value : NAN;
    }
    return NAN;
}

/* Ranks by the mean latency where one point is shown; the best get the colours, in their order. */
static int rank_policies(struct chart_base *base)
{
    struct standing *all = calloc(base->policies + 1, sizeof all[0]);
    uint32_t style = 0;

    if (!all)
        return no_memory(base);
    for (uint32_t i = 0; i < base->policies; i++)
        all[i] = (struct standing) { i, mean_of(base, i) };
    qsort(all, base->policies, sizeof all[0], by_value);
    for (uint32_t i = 0; i < base->policies; i++)
        base->rank[all[i].place] = i + 1;
    for (uint32_t i = 0; i < base->policies; i++)
        if (base->rank[i] <= CHART_COLOURS)
            base->style[i] = ++style;
    free(all);
    return 0;
}

static int put_policies(struct chart_base *base)
{
    struct put put;

    put_open(&put, base, "policy", 5);
    for (uint32_t i = 0; i < base->policies; i++)
        if (base->shown[i])
            put_row(&put, "issii", i + 1, base->label[i], base->policy[i], base->style[i],
                    base->rank[i]);
    return put_close(&put);
}

int base_places(struct chart_base *base)
{
    const struct results *r = base->results;

    if (r) {
        base->point = base->choice.point == UINT32_MAX ? best_point(r) : base->choice.point;
        base->axis = choose_axis(base);
    }
    for (uint32_t i = 0; r && i < r->contenders_n; i++)
        if (!base_add_place(base, r->contenders[i].label, r->contenders[i].policy))
            return no_memory(base);
    return 0;
}

int base_policies(struct chart_base *base)
{
    return rank_policies(base) ? -ENOMEM : put_policies(base);
}

/* ---- Numbers. */

static bool warned(const struct results *r, const struct results_contender *c)
{
    static const char *const codes[] = { "unstable", "not_steady", "warmup_not_found",
                                         "precision_not_reached" };

    for (uint32_t i = 0; i < r->warnings_n; i++) {
        const struct store_warning *w = &r->warnings[i];

        if (strcmp(w->point, r->points[c->point].name) || strcmp(w->label, c->label))
            continue;
        for (size_t k = 0; k < sizeof codes / sizeof codes[0]; k++)
            if (!strcmp(w->code, codes[k]))
                return true;
    }
    return false;
}

static double mean(const double *at, uint32_t n)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < n; i++)
        sum += at[i];
    return n ? sum / n : NAN;
}

static void put_number(struct put *put, const struct results_contender *c, uint32_t place,
                       const struct results_number *x, bool weak)
{
    const struct store_interval *i = x->interval;
    const double value = i ? i->value : mean(x->at, c->replications);
    char metric[128];

    snprintf(metric, sizeof metric, "%s%s%s", x->metric, x->statistic[0] ? "." : "", x->statistic);
    put_row(put, "iisssdddi", c->point + 1, place, x->scope, metric, x->unit, value,
            i ? i->low : NAN, i ? i->high : NAN, weak || !i || isnan(i->low) ? 1u : 0u);
}

int base_numbers(struct chart_base *base)
{
    const struct results *r = base->results;
    struct put put;

    put_open(&put, base, "number", 9);
    for (uint32_t i = 0; r && i < r->contenders_n; i++) {
        const struct results_contender *c = &r->contenders[i];
        const uint32_t place = base_place(base, c->label);
        const bool weak = place && warned(r, c);

        for (uint32_t k = 0; place && k < c->numbers_n; k++)
            put_number(&put, c, place, &c->numbers[k], weak);
    }
    return put_close(&put);
}
