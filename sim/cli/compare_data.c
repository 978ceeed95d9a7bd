/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "sim/cli/compare_print.h"
#include "sim/cli/print.h"

/* ---- JSON. */

static void json_key(FILE *out, const char *key)
{
    fprintf(out, "\"%s\": ", key);
}

static void json_interval(FILE *out, const char *key, const struct interval *x)
{
    json_key(out, key);
    fputs("{\"value\": ", out);
    print_json_number(out, x->value);
    fputs(", \"low\": ", out);
    print_json_number(out, x->low);
    fputs(", \"high\": ", out);
    print_json_number(out, x->high);
    if (x->why) {
        fputs(", \"why\": ", out);
        print_json_text(out, x->why);
    }
    fputc('}', out);
}

static void json_difference(FILE *out, const struct ranking_difference *d)
{
    json_interval(out, "difference", &d->absolute);
    fprintf(out, ", \"method\": \"%s\"", interval_method_name(d->absolute.method));
    fputs(", ", out);
    json_interval(out, "percent", &d->percent);
    fputs(", \"variance_reduction\": ", out);
    print_json_number(out, d->reduction);
}

static void json_policy(FILE *out, const struct comparison *c, const struct compared *x)
{
    fputs("      {\"policy\": ", out);
    print_json_text(out, x->contender->policy);
    fputs(", \"label\": ", out);
    print_json_text(out, x->contender->label);
    fputs(", ", out);
    if (c->two) {
        json_interval(out, "first", &x->former);
        fputs(", ", out);
    }
    json_interval(out, c->two ? "second" : "value", &x->value);
    fputs(",\n       ", out);
    json_difference(out, &x->difference);
    fprintf(out, ", \"replications\": %u", x->common);
    if (c->two)
        fprintf(out, ", \"paired\": %s", x->welch ? "false" : "true");
    else if (x->best)
        fprintf(out, ", \"rank\": [%u, %u]", x->best, x->worst);
    else
        fputs(", \"rank\": null", out);
    fputc('}', out);
}

static void json_ranking(FILE *out, const struct comparison *c)
{
    const uint32_t k = c->data.contenders;
    fputs(",\n     \"ranking\": [", out);
    for (uint32_t i = 0; i < k; i++) {
        const bool first = c->places[i].group == i;
        fputs(first ? (i ? "], [" : "[") : ", ", out);
        print_json_text(out, comparison_label(c, c->places[i].contender));
    }
    fputs("]],\n     \"best\": {\"possible\": [", out);
    for (uint32_t i = 0, told = 0; i < k; i++) {
        if (!c->best.possible[c->places[i].contender])
            continue;
        fputs(told++ ? ", " : "", out);
        print_json_text(out, comparison_label(c, c->places[i].contender));
    }
    fputs("], \"margin\": ", out);
    print_json_number(out, c->best.margin);
    fputs(", \"nearest\": ", out);
    if (c->best.possibles == 1)
        print_json_text(out, comparison_label(c, c->best.next));
    else
        fputs("null", out);
    fputs(", \"behind_best_of_others\": {", out);
    for (uint32_t i = 0; i < k; i++) {
        fputs(i ? ", " : "", out);
        print_json_text(out, comparison_label(c, i));
        fputs(": [", out);
        print_json_number(out, c->best.behind[i].low);
        fputs(", ", out);
        print_json_number(out, c->best.behind[i].high);
        fputc(']', out);
    }
    fputs("}}", out);
}

static void json_pairs(FILE *out, const struct comparison *c)
{
    const uint32_t k = c->data.contenders;
    fputs(",\n     \"pairs\": [", out);
    for (uint32_t i = 0, at = 0; i < k; i++) {
        for (uint32_t j = i + 1; j < k; j++, at++) {
            fputs(at ? ",\n      {\"label\": " : "\n      {\"label\": ", out);
            print_json_text(out, comparison_label(c, i));
            fputs(", \"less\": ", out);
            print_json_text(out, comparison_label(c, j));
            fputs(", ", out);
            json_difference(out, &c->pairs[at]);
            fputc('}', out);
        }
    }
    fputs("]", out);
}

static void json_one(FILE *out, const struct comparisons *all, const struct comparison *c)
{
    fputs("    {\"point\": ", out);
    print_json_text(out, c->point);
    fputs(", \"metric\": ", out);
    print_json_text(out, c->metric);
    fputs(", \"unit\": ", out);
    print_json_text(out, c->unit);
    fprintf(out, ", \"better\": %s",
            c->better > 0   ? "\"more\""
            : c->better < 0 ? "\"less\""
                            : "null");
    if (!c->two) {
        fputs(", \"base\": ", out);
        print_json_text(out, c->base);
    }
    fputs(",\n     \"policies\": [\n", out);
    for (uint32_t i = 0; i < c->n; i++) {
        json_policy(out, c, &c->of[i]);
        fputs(i + 1 < c->n ? ",\n" : "]", out);
    }
    if (c->n == 0)
        fputc(']', out);
    if (c->places && c->better)
        json_ranking(out, c);
    if (c->places && all->all_pairs)
        json_pairs(out, c);
    fputc('}', out);
}

static void json_warning(FILE *out, const char *code, const char *text, bool *first)
{
    fprintf(out, "%s\n    {\"code\": \"%s\", \"message\": ", *first ? "" : ",", code);
    print_json_text(out, text);
    fputc('}', out);
    *first = false;
}

static void json_warnings(FILE *out, const struct comparisons *all)
{
    const struct store_warning *w;
    bool first = true;
    fputs("  \"warnings\": [", out);
    for (uint32_t i = 0; i < all->n; i++) {
        for (uint32_t k = 0; k < all->at[i].warnings_n; k++) {
            if (!compare_said_before(all, i, k))
                json_warning(out, all->at[i].warnings[k].code, all->at[i].warnings[k].text, &first);
        }
    }
    for (uint32_t at = 0; (w = compare_stored_warning(all, &at));)
        json_warning(out, w->code, w->message, &first);
    fputs("]\n}\n", out);
}

static void json_source(FILE *out, const struct results *results)
{
    fputs("{\"path\": ", out);
    print_json_text(out, results->path);
    fputs(", \"scenario\": ", out);
    print_json_text(out, results->scenario);
    fprintf(out, ", \"complete\": %s}", results->complete ? "true" : "false");
}

void compare_json(FILE *out, const struct comparisons *all)
{
    fputs("{ \"format\": \"lbsim-comparison/1\", \"lbsim\": \"" LBSIM_VERSION "\",\n", out);
    fputs("  \"results\": [", out);
    json_source(out, all->results);
    if (all->second) {
        fputs(", ", out);
        json_source(out, all->second);
    }
    fprintf(out, "],\n  \"confidence\": %.15g,\n  \"comparisons\": [\n", all->confidence);
    for (uint32_t i = 0; i < all->n; i++) {
        json_one(out, all, &all->at[i]);
        fputs(i + 1 < all->n ? ",\n" : "],\n", out);
    }
    if (all->n == 0)
        fputs("  ],\n", out);
    json_warnings(out, all);
}

/* ---- CSV: a row a difference, "label less the other". */

static void csv_text(FILE *out, const char *text, char end)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
    fputc(end, out);
}

static void csv_interval(FILE *out, const struct interval *x)
{
    const double numbers[] = { x->value, x->low, x->high };
    for (int i = 0; i < 3; i++) {
        if (isfinite(numbers[i]))
            fprintf(out, "%.17g", numbers[i]);
        fputc(',', out);
    }
}

/* How it was found, from how many replications, and why it is missing. */
struct csv_row {
    const char *label, *less, *method;
    const struct interval *value;
    const struct ranking_difference *difference;
    uint32_t replications, best, worst;
};

static void csv_row(FILE *out, const struct comparison *c, const struct csv_row *row)
{
    const char *why = row->difference->absolute.why;
    csv_text(out, c->point, ',');
    csv_text(out, c->metric, ',');
    fprintf(out, "%s,", c->unit);
    csv_text(out, row->label, ',');
    csv_interval(out, row->value);
    csv_text(out, row->less, ',');
    csv_interval(out, &row->difference->absolute);
    csv_interval(out, &row->difference->percent);
    if (isfinite(row->difference->reduction))
        fprintf(out, "%.17g", row->difference->reduction);
    fprintf(out, ",%u,%s,", row->replications, row->method);
    if (row->best)
        fprintf(out, "%u,%u,", row->best, row->worst);
    else
        fputs(",,", out);
    csv_text(out, why ? why : "", '\n');
}

static void csv_policies(FILE *out, const struct comparisons *all, const struct comparison *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        const struct compared *x = &c->of[i];
        const struct csv_row row = { .label = x->contender->label,
                                     .less = c->two ? all->results->path : c->base,
                                     .method = x->welch ? "welch" : "paired",
                                     .value = &x->value,
                                     .difference = &x->difference,
                                     .replications = x->common,
                                     .best = x->best,
                                     .worst = x->worst };
        csv_row(out, c, &row);
    }
}

static void csv_pairs(FILE *out, const struct comparison *c)
{
    const uint32_t k = c->data.contenders;
    for (uint32_t i = 0, at = 0; i < k; i++) {
        const struct compared *x = &c->of[c->judged[i]];
        for (uint32_t j = i + 1; j < k; j++, at++) {
            const struct csv_row row = { .label = x->contender->label,
                                         .less = comparison_label(c, j),
                                         .method = "paired",
                                         .value = &x->value,
                                         .difference = &c->pairs[at],
                                         .replications = x->common,
                                         .best = x->best,
                                         .worst = x->worst };
            csv_row(out, c, &row);
        }
    }
}

void compare_csv(FILE *out, const struct comparisons *all)
{
    fputs("point,metric,unit,label,value,low,high,less,difference,difference_low,difference_high,"
          "percent,percent_low,percent_high,variance_reduction,replications,method,rank_best,"
          "rank_worst,why\n",
          out);
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->all_pairs && all->at[i].places)
            csv_pairs(out, &all->at[i]);
        else
            csv_policies(out, all, &all->at[i]);
    }
}
