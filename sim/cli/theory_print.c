/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/theory_print.h"

#include <math.h>
#include <string.h>

#include "sim/cli/print.h"
#include "sim/scenario/units.h"

/* ---- The models. */

static void print_preset(FILE *out, const struct theory_parameter *p)
{
    const bool whole = p->kind == THEORY_WHOLE;

    if (p->kind == THEORY_CHOICE)
        fprintf(out, " (default %s)", p->words[(int)p->preset]);
    else if (!p->required && isinf(p->preset))
        fputs(" (default infinite)", out);
    else if (!isnan(p->preset))
        fprintf(out, " (default %.10g%s)", p->preset, whole ? "" : p->unit);
    else if (p->required)
        fputs(" (needed)", out);
}

static void print_parameter(FILE *out, const struct theory_parameter *p)
{
    uint32_t i;

    fprintf(out, "  %-14s %s", p->name, p->help);
    for (i = 0; p->words && p->words[i]; i++)
        fprintf(out, "%s%s", i ? "|" : ": ", p->words[i]);
    print_preset(out, p);
    fputc('\n', out);
}

void theory_print_model(FILE *out, const struct theory_model *model)
{
    const struct theory_parameter *p;

    fprintf(out, "%s (theory): %s\n", model->name, model->summary);
    for (p = model->parameters; p->name; p++)
        print_parameter(out, p);
    cli_paragraph(out, "Formula", model->formula);
    cli_paragraph(out, "Source", model->source);
}

void theory_print_models(FILE *out)
{
    const struct theory_model *model;
    const struct theory_parameter *p;

    for (model = theory_models; model->name; model++) {
        fprintf(out, "%-18s %s\n%18s ", model->name, model->summary, "");
        if (model->full_rate)
            fputs(" load|rate", out);
        for (p = model->parameters; p->name; p++)
            if (!model->full_rate || (strcmp(p->name, "load") && strcmp(p->name, "rate")))
                fprintf(out, p->required && isnan(p->preset) ? " %s" : " [%s]", p->name);
        fputc('\n', out);
    }
}

/* ---- An answer. */

static const char *unit_of(const struct theory_sheet *sheet, const char *name)
{
    char bare[64];
    uint32_t i;

    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(name, "{"), name);
    i = metrics_find(sheet->metrics, bare);
    return i == UINT32_MAX ? "" : sheet->metrics->at[i].unit;
}

static const char *manner(const struct theory_answer *a)
{
    return a->approximate   ? "approximate"
           : a->limit       ? "limit"
           : a->error > 0.0 ? "numerical"
                            : "exact";
}

static void print_value(FILE *out, struct theory_sheet *sheet, uint32_t i, const char *label,
                        const struct theory_answer *a, const char *name)
{
    const double value = theory_metric(a, name);
    const char *unit = unit_of(sheet, name);
    char room[40];

    if (sheet->output == OUTPUT_JSON) {
        fprintf(out, "%s\n      \"%s\": {\"value\": ", i ? "," : "", name);
        print_json_number(out, value);
        fprintf(out, ", \"unit\": \"%s\"}", unit);
    } else if (sheet->output == OUTPUT_CSV)
        fprintf(out, "%s,%s,%s,%s,%.17g,%s\n", label, a->model, manner(a), name, value, unit);
    else if (!strcmp(unit, "s") && value < 1.0)
        fprintf(out, "  %-24s %s\n", name, unit_show(UNIT_TIME, value, room, sizeof room));
    else
        fprintf(out, "  %-24s %.6g%s%s\n", name, value,
                strcmp(unit, "1") && strcmp(unit, "s") ? " " : "", strcmp(unit, "1") ? unit : "");
}

/* A share of 0 says nothing in a table: such requests do not exist in the model. */
static bool worth_it(const struct theory_sheet *sheet, const struct theory_answer *a,
                     const char *name)
{
    const double value = theory_metric(a, name);
    const bool lost = !strcmp(name, "rejected.rate") || !strcmp(name, "cancelled.rate");

    return !isnan(value) && !(sheet->output == OUTPUT_TABLE && lost && value == 0.0);
}

static void print_values(FILE *out, struct theory_sheet *sheet, const char *label,
                         const struct theory_answer *a)
{
    uint32_t i, n = 0;

    for (i = 0; theory_metrics[i]; i++)
        if (worth_it(sheet, a, theory_metrics[i]))
            print_value(out, sheet, n++, label, a, theory_metrics[i]);
    for (i = 0; i < a->extras; i++)
        print_value(out, sheet, n++, label, a, a->extra[i].name);
}

static void print_caution(FILE *out, const struct theory_answer *a)
{
    if (a->limit)
        fputs("  a limit: exact only as servers become infinitely many\n", out);
    if (a->approximate)
        fputs("  approximate\n", out);
    if (a->error > 0.0)
        fprintf(out, "  numerical: relative error of the latency about %.1g\n",
                fmax(a->error, 1e-14));
}

static void table_answer(FILE *out, struct theory_sheet *sheet, const char *label,
                         const struct theory_answer *a, const char *why)
{
    if (why) {
        fprintf(out, "%s: no model: %s\n", label, why);
        return;
    }
    fprintf(out, "%s: %s\n", label, a->model);
    print_values(out, sheet, label, a);
    print_caution(out, a);
    if (sheet->model) {
        cli_paragraph(out, "Formula", sheet->model->formula);
        cli_paragraph(out, "Source", sheet->model->source);
    }
}

static void json_answer(FILE *out, struct theory_sheet *sheet, const char *label,
                        const struct theory_answer *a, const char *why)
{
    fprintf(out, "%s\n    {\"%s\": ", sheet->printed ? "," : "", sheet->model ? "model" : "policy");
    print_json_text(out, label);
    if (why) {
        fputs(", \"name\": null, \"why\": ", out);
        print_json_text(out, why);
        fputc('}', out);
        return;
    }
    fprintf(out, ", \"name\": \"%s\", \"kind\": \"%s\", \"error\": ", a->model, manner(a));
    print_json_number(out, a->error);
    if (sheet->model) {
        fputs(",\n     \"formula\": ", out);
        print_json_text(out, sheet->model->formula);
        fputs(",\n     \"source\": ", out);
        print_json_text(out, sheet->model->source);
    }
    fputs(",\n     \"metrics\": {", out);
    print_values(out, sheet, label, a);
    fputs("}}", out);
}

void theory_print_begin(FILE *out, const struct theory_sheet *sheet)
{
    if (sheet->output == OUTPUT_JSON)
        fputs("{\"format\": \"lbsim-theory/1\", \"answers\": [", out);
    else if (sheet->output == OUTPUT_CSV)
        fprintf(out, "%s,name,kind,metric,value,unit\n", sheet->model ? "model" : "policy");
}

void theory_print_answer(FILE *out, struct theory_sheet *sheet, const char *label,
                         const struct theory_answer *a, const char *why)
{
    if (sheet->output == OUTPUT_JSON)
        json_answer(out, sheet, label, a, why);
    else if (sheet->output == OUTPUT_TABLE)
        table_answer(out, sheet, label, a, why);
    else if (!why)
        print_values(out, sheet, label, a);
    sheet->printed++;
}

void theory_print_end(FILE *out, const struct theory_sheet *sheet)
{
    if (sheet->output == OUTPUT_JSON)
        fputs("\n]}\n", out);
}
