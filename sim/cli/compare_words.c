/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "sim/cli/compare_print.h"
#include "sim/cli/grid.h"

double compare_half(const struct interval *x)
{
    return isnan(x->low) ? NAN : (x->high - x->low) / 2;
}

/* "a", "a and b", "a, b and c" for the i-th of n. */
static void print_in_list(FILE *out, const char *label, uint32_t i, uint32_t n, const char *last)
{
    fprintf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : last, label);
}

void compare_ranking(FILE *out, const struct comparison *c)
{
    const uint32_t k = c->data.contenders;
    for (uint32_t from = 0, to; from < k; from = to) {
        for (to = from + 1; to < k && c->places[to].group == from;)
            to++;
        fprintf(out, "%s%u. ", from ? "; " : "", from + 1);
        for (uint32_t i = from; i < to; i++)
            print_in_list(out, comparison_label(c, c->places[i].contender), i - from, to - from,
                          " and ");
        if (to > from + 1)
            fputs(c->places[from].alike ? " cannot be told apart"
                                        : " cannot be put in an order throughout",
                  out);
    }
}

static void print_margin(FILE *out, const struct comparison *c)
{
    const struct interval *next = &c->of[c->judged[c->best.next]].value;
    const double percent = 100 * c->best.margin / fabs(next->value);
    const struct grid_unit unit = grid_unit(c->unit, c->best.margin);
    fprintf(out, ", by at least %.3g%s%s", c->best.margin / unit.one, *unit.name ? " " : "",
            unit.name);
    if (isfinite(percent))
        fprintf(out, " (%.2g %% of %s, the nearest)", percent, comparison_label(c, c->best.next));
}

void compare_best(FILE *out, const struct comparison *c)
{
    const uint32_t k = c->data.contenders;
    fprintf(out, "with %.6g %% confidence ", 100 * c->confidence);
    if (c->best.possibles == k) {
        fputs("any of them may be the best", out);
        return;
    }
    fputs("the best is ", out);
    for (uint32_t i = 0, told = 0; i < k; i++) {
        const uint32_t contender = c->places[i].contender;
        if (c->best.possible[contender])
            print_in_list(out, comparison_label(c, contender), told++, c->best.possibles, " or ");
    }
    if (c->best.possibles == 1)
        print_margin(out, c);
}

/* Codes that tell whether numbers can be trusted; others are advice on the scenario. */
static bool bears(const struct comparisons *all, const struct store_warning *w)
{
    static const char *const codes[] = { "heavy_tail", "warmup_not_found", "unstable",
                                         "not_steady", "unfinished",       "nothing_completed",
                                         "correlated", "nothing_measured" };
    bool code = false, point = !*w->point;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        code |= !strcmp(w->code, codes[i]);
    for (uint32_t i = 0; i < all->n && code && !point; i++)
        point = !strcmp(all->at[i].point, w->point);
    return code && point;
}

const struct store_warning *compare_stored_warning(const struct comparisons *all, uint32_t *at)
{
    const uint32_t first = all->results->warnings_n;
    const uint32_t n = first + (all->second ? all->second->warnings_n : 0);
    while (*at < n) {
        const struct store_warning *w =
            *at < first ? &all->results->warnings[*at] : &all->second->warnings[*at - first];
        ++*at;
        if (bears(all, w))
            return w;
    }
    return NULL;
}

/* A warning names its point, and the comparisons of a point are neighbours. */
bool compare_said_before(const struct comparisons *all, uint32_t i, uint32_t k)
{
    const char *text = all->at[i].warnings[k].text;
    for (uint32_t j = i + 1; j-- > 0 && !strcmp(all->at[j].point, all->at[i].point);) {
        const uint32_t n = j < i ? all->at[j].warnings_n : k;
        for (uint32_t w = 0; w < n; w++) {
            if (!strcmp(all->at[j].warnings[w].text, text))
                return true;
        }
    }
    return false;
}
