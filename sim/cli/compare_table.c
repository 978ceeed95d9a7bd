/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/grid.h"

static struct grid_unit unit_of(const struct comparison *c)
{
    double largest = 0;
    for (uint32_t i = 0; i < c->n; i++)
        largest = fmax(largest, fmax(c->of[i].value.value, c->of[i].former.value));
    return grid_unit(c->unit, largest);
}

/* ---- Cells. */

static void put_value(struct grid *g, uint32_t row, uint32_t column, const struct interval *x,
                      struct grid_unit unit, bool with_sign)
{
    cell_number(g->row[row].cell[column], GRID_CELL, x->value / unit.one,
                compare_half(x) / unit.one, with_sign);
}

static void put_percent(struct grid *g, uint32_t row, uint32_t column, const struct interval *x)
{
    const int d = cell_decimals(compare_half(x), x->value);
    if (isnan(x->value))
        grid_put(g, row, column, "-");
    else if (isnan(x->low))
        grid_put(g, row, column, "%+.4g", x->value);
    else
        grid_put(g, row, column, "%+.*f (%+.*f .. %+.*f)", d, x->value, d, x->low, d, x->high);
}

/* The difference, in percent, and what pairing did to its variance: three columns. */
static void put_difference(struct grid *g, uint32_t row, uint32_t column,
                           const struct ranking_difference *d, struct grid_unit unit)
{
    put_value(g, row, column, &d->absolute, unit, true);
    put_percent(g, row, column + 1, &d->percent);
    if (isnan(d->reduction))
        grid_put(g, row, column + 2, "-");
    else
        grid_put(g, row, column + 2, "%.3g%s", d->reduction, d->backfired ? "!" : "");
}

static void put_rank(struct grid *g, uint32_t row, uint32_t column, const struct compared *x)
{
    if (!x->best)
        grid_put(g, row, column, "-");
    else if (x->best == x->worst)
        grid_put(g, row, column, "%u", x->best);
    else
        grid_put(g, row, column, "%u-%u", x->best, x->worst);
}

static void put_title(struct grid *g, uint32_t column, const char *text, struct grid_unit unit)
{
    grid_put(g, 0, column, "%.100s%s%s", text, *unit.name && *text ? ", " : "", unit.name);
}

/* ---- One result. */

static void fill_one(struct grid *g, const struct comparison *c)
{
    static const char *const titles[] = { "policy", "", "", "in percent", "factor", "rank" };
    const struct grid_unit unit = unit_of(c);
    char less[GRID_CELL];
    snprintf(less, sizeof less, "less %.100s", c->base);
    for (uint32_t i = 0; i < g->columns; i++)
        grid_put(g, 0, i, "%s", titles[i]);
    put_title(g, 1, c->metric, unit);
    put_title(g, 2, less, unit);
    for (uint32_t i = 0; i < c->n; i++) {
        const struct compared *x = &c->of[i];
        grid_put(g, i + 1, 0, "%s", x->contender->label);
        put_value(g, i + 1, 1, &x->value, unit, false);
        put_difference(g, i + 1, 2, &x->difference, unit);
        put_rank(g, i + 1, 5, x);
    }
    for (uint32_t i = 0; i < c->data.contenders && c->places && c->better; i++)
        g->row[c->judged[i] + 1].bold = c->best.possible[i];
}

static bool print_pairs(FILE *out, const struct comparison *c, bool color)
{
    const uint32_t k = c->data.contenders;
    const struct grid_unit unit = unit_of(c);
    struct grid g;
    uint32_t row = 1;
    const bool good = grid_open(&g, k * (k - 1) / 2 + 1, 4);
    if (good) {
        grid_put(&g, 0, 0, "all pairs");
        put_title(&g, 1, "difference", unit);
        grid_put(&g, 0, 2, "in percent");
        grid_put(&g, 0, 3, "factor");
        for (uint32_t i = 0; i < k; i++) {
            for (uint32_t j = i + 1; j < k; j++, row++) {
                grid_put(&g, row, 0, "%.70s less %.70s", comparison_label(c, i),
                         comparison_label(c, j));
                put_difference(&g, row, 1, &c->pairs[row - 1], unit);
            }
        }
        fputc('\n', out);
        grid_print(out, &g, color);
    }
    grid_close(&g);
    return good;
}

static void print_words(FILE *out, const struct comparison *c)
{
    if (!c->places)
        return;
    if (!c->better) {
        fputs("no ranking: neither more nor less of it is better\n", out);
        return;
    }
    fputs("ranking: ", out);
    compare_ranking(out, c);
    fputs("\nbest: ", out);
    compare_best(out, c);
    fputc('\n', out);
}

/* ---- Two results. */

static void fill_two(struct grid *g, const struct comparison *c)
{
    static const char *const titles[] = { "policy",     "first",  "second", "second less first",
                                          "in percent", "factor", "how" };
    const struct grid_unit unit = unit_of(c);
    for (uint32_t i = 0; i < g->columns; i++) {
        if (i >= 1 && i <= 3)
            put_title(g, i, titles[i], unit);
        else
            grid_put(g, 0, i, "%s", titles[i]);
    }
    for (uint32_t i = 0; i < c->n; i++) {
        const struct compared *x = &c->of[i];
        grid_put(g, i + 1, 0, "%s", x->contender->label);
        put_value(g, i + 1, 1, &x->former, unit, false);
        put_value(g, i + 1, 2, &x->value, unit, false);
        put_difference(g, i + 1, 3, &x->difference, unit);
        if (x->difference.absolute.why)
            grid_put(g, i + 1, 6, "-");
        else
            grid_put(g, i + 1, 6, x->welch ? "independent" : "paired");
    }
    g->left |= 1u << 6;
}

/* ---- What stands around a table. */

/* The reason of the i-th for having no value, interval or difference; NULL: it has them. */
static const char *reason(const struct comparison *c, uint32_t i)
{
    const struct compared *x = &c->of[i];
    if (x->value.why)
        return x->value.why;
    if (c->two && x->former.why)
        return x->former.why;
    if (!c->two && !strcmp(x->contender->label, c->base))
        return NULL;
    return x->difference.absolute.why ? x->difference.absolute.why : x->difference.percent.why;
}

static bool reason_told(const struct comparison *c, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (reason(c, j) && !strcmp(reason(c, j), reason(c, i)))
            return true;
    }
    return false;
}

static void print_reasons(FILE *out, const struct comparison *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        bool first = true;
        if (!reason(c, i) || reason_told(c, i))
            continue;
        fputs("-: ", out);
        for (uint32_t j = i; j < c->n; j++) {
            if (!reason(c, j) || strcmp(reason(c, j), reason(c, i)))
                continue;
            fprintf(out, "%s%s", first ? "" : ", ", c->of[j].contender->label);
            first = false;
        }
        fprintf(out, ": %s\n", reason(c, i));
    }
}

static bool print_one(FILE *out, const struct comparisons *all, const struct comparison *c)
{
    struct grid g;
    const bool good = grid_open(&g, c->n + 1, c->two ? 7 : 6);
    if (good) {
        if (c->two)
            fprintf(out, "%s\n", c->metric);
        (c->two ? fill_two : fill_one)(&g, c);
        grid_print(out, &g, all->color);
        print_reasons(out, c);
        print_words(out, c);
    }
    grid_close(&g);
    return good && (!all->all_pairs || !c->places || print_pairs(out, c, all->color));
}

static void print_head(FILE *out, const struct comparisons *all)
{
    const double percent = 100 * all->confidence;
    bool quantile = false;
    if (all->second) {
        fprintf(out, "first: %s\nsecond: %s\n", all->results->path, all->second->path);
        fprintf(out,
                "\u00b1 is half a %.6g %% confidence interval; the differences in a column "
                "hold together with %.6g %%\n",
                percent, percent);
        fputs("paired: replications of the same number and seed; independent: they share none "
              "(Welch)\n",
              out);
    } else
        fprintf(out,
                "%s: policies paired by replication; \u00b1 is half a %.6g %% confidence interval, "
                "the differences in a column\nhold together with %.6g %%, and so do all ranks\n",
                all->results->scenario, percent, percent);
    for (uint32_t i = 0; i < all->n && !quantile; i++)
        quantile = all->at[i].quantile;
    if (quantile)
        fputs("quantiles are those of all replications together; how much they vary from "
              "replication to replication\ntells the intervals\n",
              out);
    fputs("factor: by how much pairing reduced the variance of the difference; below 1 (!) it did "
          "harm\n",
          out);
}

static void print_warnings(FILE *out, const struct comparisons *all)
{
    const struct store_warning *w;
    for (uint32_t i = 0; i < all->n; i++) {
        for (uint32_t k = 0; k < all->at[i].warnings_n; k++) {
            if (!compare_said_before(all, i, k))
                fprintf(out, "warning: %s\n", all->at[i].warnings[k].text);
        }
    }
    for (uint32_t at = 0; (w = compare_stored_warning(all, &at));)
        fprintf(out, "warning: %s%s%s%s%s\n", w->point, *w->point ? ": " : "", w->label,
                *w->label ? ": " : "", w->message);
    if (!all->results->complete)
        fprintf(out, "warning: %s: the run has not ended\n", all->results->path);
    if (all->second && !all->second->complete)
        fprintf(out, "warning: %s: the run has not ended\n", all->second->path);
}

bool compare_table(FILE *out, const struct comparisons *all)
{
    const char *point = "";
    print_head(out, all);
    for (uint32_t i = 0; i < all->n; i++) {
        const struct comparison *c = &all->at[i];
        fputc('\n', out);
        if (strcmp(point, c->point))
            fprintf(out, "at %s\n", c->point);
        point = c->point;
        if (!print_one(out, all, c))
            return false;
    }
    if (!all->quiet) {
        fputc('\n', out);
        print_warnings(out, all);
    }
    return true;
}
