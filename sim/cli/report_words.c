/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The answer of a report in words: who beats whom, by how much, and what cannot be told. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/cell.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/report.h"

enum { NAMES_MOST = 6, BEATEN_MOST = 3 };

/* ---- Lists of names. */

static void put_between(FILE *out, uint32_t i, uint32_t n)
{
    fputs(i == 0 ? "" : i + 1 < n ? ", " : " and ", out);
}

static void put_policy(FILE *out, const struct report *r, const char *label)
{
    fputs("<b>", out);
    report_policy(out, r, label);
    fputs("</b>", out);
}

static void put_places(FILE *out, const struct report *r, const struct comparison *c, uint32_t from,
                       uint32_t to)
{
    const uint32_t n = to - from, shown = n > NAMES_MOST ? NAMES_MOST : n;
    uint32_t i;

    for (i = 0; i < shown; i++) {
        put_between(out, i, n > shown ? n + 1 : n);
        put_policy(out, r, comparison_label(c, c->places[from + i].contender));
    }
    if (n > shown)
        fprintf(out, " and %u more", n - shown);
}

static uint32_t group_end(const struct comparison *c, uint32_t from)
{
    uint32_t to = from + 1;

    while (to < c->data.contenders && c->places[to].group == from)
        to++;
    return to;
}

/* ---- Differences. */

/* That of two judged, the sign such that the first is less by it. */
static const struct ranking_difference *pair(const struct comparison *c, uint32_t a, uint32_t b)
{
    return &c->pairs[a < b ? ranking_pair(c->data.contenders, a, b)
                           : ranking_pair(c->data.contenders, b, a)];
}

/* How much less (or more, if that is better) the winner has, in percent of the beaten: the pair may
 * be stored the other way round, and then its ratio is turned over. */
static void put_margin(FILE *out, const struct comparison *c, uint32_t winner, uint32_t beaten)
{
    const struct ranking_difference *d = pair(c, winner, beaten);
    const bool turned = winner > beaten;
    double low = d->percent.low, high = d->percent.high, value = d->percent.value, half;

    if (isnan(low)) {
        const struct grid_unit unit = grid_unit(c->unit, fabs(d->absolute.value));
        half = compare_half(&d->absolute) / unit.one;
        value = fabs(d->absolute.value) / unit.one;
        fprintf(out, "%.*f&nbsp;%s \u00b1&nbsp;%.*f", cell_decimals(half, value), value, unit.name,
                cell_decimals(half, value), half);
        return;
    }
    if (turned) {
        value = 100.0 / (1.0 + value / 100.0) - 100.0;
        half = 100.0 / (1.0 + low / 100.0) - 100.0;
        low = 100.0 / (1.0 + high / 100.0) - 100.0;
        high = half;
    }
    half = (high - low) / 2.0;
    fprintf(out, "<b class=\"n\">%.*f&nbsp;%%</b> \u00b1&nbsp;%.*f&nbsp;%%",
            cell_decimals(half, value), fabs(value), cell_decimals(half, value), half);
}

/* Whom the best is compared with: the next, the base, the last, of all that it beats. */
static uint32_t choose_beaten(const struct comparison *c, uint32_t from, uint32_t *beaten)
{
    const uint32_t k = c->data.contenders;
    uint32_t n = 0, i;

    if (k - from <= BEATEN_MOST) {
        for (i = from; i < k; i++)
            beaten[n++] = i;
        return n;
    }
    beaten[n++] = from;
    for (i = from + 1; i + 1 < k; i++)
        if (!strcmp(comparison_label(c, c->places[i].contender), c->base))
            beaten[n++] = i;
    beaten[n++] = k - 1;
    return n;
}

static void put_beaten(FILE *out, const struct report *r, const struct comparison *c, uint32_t from,
                       bool with_metric)
{
    const uint32_t best = c->places[0].contender;
    uint32_t beaten[BEATEN_MOST + 1], n = choose_beaten(c, from, beaten), i;

    put_policy(out, r, comparison_label(c, best));
    fputs(" beats ", out);
    for (i = 0; i < n; i++) {
        put_between(out, i, n);
        put_policy(out, r, comparison_label(c, c->places[beaten[i]].contender));
        if (i == 0 && with_metric)
            fputs(" at ", out);
        if (i == 0 && with_metric)
            page_text(out, r->metric[0].words);
        fputs(" by ", out);
        put_margin(out, c, best, c->places[beaten[i]].contender);
    }
}

/* ---- The sentence. */

static void put_lone(FILE *out, const struct report *r, const struct comparison *c)
{
    const struct grid_unit unit = grid_unit(c->unit, c->n ? c->of[0].value.value : NAN);
    char value[CELL_ROOM];

    if (c->n == 0 || isnan(c->of[0].value.value)) {
        fputs("There is no ", out);
        page_text(out, r->metric[0].words);
        fputs(" to compare", out);
        if (c->n && c->of[0].value.why)
            fprintf(out, ": %s", c->of[0].value.why);
    } else {
        cell_number(value, sizeof value, c->of[0].value.value / unit.one,
                    compare_half(&c->of[0].value) / unit.one, false);
        put_policy(out, r, c->of[0].contender->label);
        fputs(" has a ", out);
        page_text(out, r->metric[0].words);
        fprintf(out, " of <b class=\"n\">%s</b>&nbsp;%s", value, unit.name);
        if (c->n > 1)
            fputs("; there is nothing that it can be compared with", out);
    }
}

static void put_group(FILE *out, const struct report *r, const struct comparison *c, uint32_t from,
                      uint32_t to)
{
    put_places(out, r, c, from, to);
    fputs(c->places[from].alike
              ? " cannot be told apart"
              : " cannot be put in one order, as only some of them differ for sure",
          out);
}

void report_sentence(FILE *out, const struct report *r, const struct comparison *c)
{
    uint32_t from = 0, to, told = 0;

    if (!c->places) {
        put_lone(out, r, c);
        return;
    }
    if (!c->better) {
        page_text(out, r->metric[0].words);
        fputs(": neither more nor less of it is better, so there is no winner", out);
        return;
    }
    to = group_end(c, 0);
    if (to > 1) {
        put_group(out, r, c, 0, to);
        fputs(" at ", out);
        page_text(out, r->metric[0].words);
    }
    if (to < c->data.contenders) {
        fputs(to > 1 ? "; " : "", out);
        put_beaten(out, r, c, to, to == 1);
    }
    for (from = to; from < c->data.contenders && told < BEATEN_MOST; from = to) {
        to = group_end(c, from);
        if (to - from < 2)
            continue;
        fputs("; ", out);
        put_group(out, r, c, from, to);
        told++;
    }
}

/* ---- The answer. */

static void put_ranking(FILE *out, const struct comparison *c)
{
    char *text = NULL;
    size_t size;
    FILE *words = open_memstream(&text, &size);

    if (words) {
        compare_ranking(words, c);
        if (fclose(words) == 0)
            page_text(out, text);
    }
    free(text);
}

static void put_ground(FILE *out, const struct comparison *c)
{
    fprintf(out,
            "<p class=\"ground\">Every policy met the same requests, so they are compared "
            "replication by replication (%u of them). Intervals are widened until all that is said "
            "of this point holds together with %.6g&nbsp;%% confidence.</p>\n",
            c->data.n, 100.0 * c->confidence);
}

/* At how many points a policy is the best for sure. */
static uint32_t wins_of(const struct report *r, const char *label)
{
    uint32_t i, n = 0;

    for (i = 0; i < r->results->contenders_n; i++)
        n += r->mark[i] == '*' && !strcmp(r->results->contenders[i].label, label);
    return n;
}

static void put_over_sweep(FILE *out, const struct report *r)
{
    uint32_t i, left = r->results->points_n, told = 0;

    if (left < 2 || r->policies < 2 || !r->metric[0].better)
        return;
    fputs("<p>Over the whole sweep ", out);
    for (i = 0; i < r->policies; i++) {
        const uint32_t n = wins_of(r, r->policy[i]);

        if (n == 0)
            continue;
        left -= n;
        if (told++ >= NAMES_MOST)
            continue;
        fputs(told > 1 ? ", " : "", out);
        report_policy(out, r, r->policy[i]);
        fprintf(out, told > 1 ? " at %u" : " is the best at %u", n);
        if (told == 1)
            fprintf(out, " of %u points", r->results->points_n);
    }
    if (left)
        fprintf(out, "%s %u%s no policy can be told to be the best", told ? "; at" : "at", left,
                told ? "" : " points");
    fprintf(out,
            ". Each point by itself has %.6g&nbsp;%% confidence: <a href=\"#points\">see them</a>."
            "</p>\n",
            100.0 * r->confidence);
}

static void put_answer(FILE *out, const struct report *r, const struct comparison *c)
{
    fputs("<p class=\"answer\">", out);
    if (*c->point) {
        fputs("At ", out);
        report_point(out, &r->results->points[r->point]);
        fputs(": ", out);
    }
    report_sentence(out, r, c);
    fputs(".</p>\n", out);
    if (c->places && c->better) {
        fputs("<p>Ranking, best first: ", out);
        put_ranking(out, c);
        fputs(".</p>\n", out);
    }
    put_over_sweep(out, r);
    if (c->places)
        put_ground(out, c);
}

void report_answer(FILE *out, const struct report *r)
{
    struct comparison c;

    if (!r->results)
        return;
    fputs("<section id=\"answer\" aria-labelledby=\"h-answer\"><h2 id=\"h-answer\">Answer</h2>\n",
          out);
    if (report_compare(r, r->point, &c) == 0)
        put_answer(out, r, &c);
    comparison_close(&c);
    fputs("</section>\n", out);
}
