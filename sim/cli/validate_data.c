/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Validations for programs: JSON (lbsim-validate/1) and CSV, a row a number. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/live_text.h"
#include "sim/cli/print.h"
#include "sim/cli/validate.h"
#include "sim/record/stamp.h"

/* ---- JSON. */

struct json_numbers {
    FILE *out;
    const char *world; /* begun, or NULL */
};

static void json_number(void *context, const char *world, const struct live_number *x)
{
    struct json_numbers *j = context;

    if (!j->world || strcmp(j->world, world)) {
        fprintf(j->out, "%s\n      \"%s\": {\n       ", j->world ? "}," : "", world);
        j->world = world;
    } else {
        fputs(",\n       ", j->out);
    }
    live_json_number(j->out, x);
}

static void json_policy(FILE *out, const struct validate_told *t)
{
    const struct validation *v = &t->validation;
    struct json_numbers numbers = { out, NULL };
    const char *between = "";
    int level;

    fputs("    {", out);
    live_json_text(out, "policy", live_told_policy(&t->live)->name, ", ");
    live_json_text(out, "label", live_told_policy(&t->live)->label, ", ");
    print_json_point(out, t->live.cell, ",\n     ");
    live_json_text(out, "gate", gate_verdict_name(live_told_run(&t->live)->gate.verdict), ", ");
    live_json_text(out, "verdict", verdict_answer_name(v->verdict.answer), ", ");
    live_json_text(out, "why", v->verdict.why, ", ");
    live_json_pair(out, "expected_bias", v->verdict.bias, "services are not short", ",\n     ");
    fprintf(out, "\"requests\": %" PRIu64 ", \"measured\": %" PRIu64 ", \"stateless\": %s,\n     ",
            v->measured.n, v->measured.n - v->measured.first, v->stateless ? "true" : "false");
    fputs("\"missing\": {", out);
    for (level = 0; level < PREDICT_LEVELS; level++)
        if (v->missing[level]) {
            fputs(between, out);
            live_json_text(out, prediction_level_name((enum prediction_level)level),
                           v->missing[level], "");
            between = ", ";
        }
    fputs("},\n     ", out);
    live_json_tries(out, &t->live.session, "gate");
    fputs("\"worlds\": {", out);
    validate_each_number(t, json_number, &numbers);
    fputs("}}}", out);
}

static void json_order(FILE *out, const struct validate_cell *c, const struct standing *at)
{
    static const char few[] = "too few requests completed under both policies";
    uint32_t i;

    fputc('[', out);
    for (i = 0; i < c->n; i++) {
        fputs(i ? ", {" : "{", out);
        live_json_text(out, "label", live_told_policy(&c->at[at[i].policy]->live)->label, ", ");
        live_json_pair(out, "value", at[i].value, "no measured request has completed", "");
        if (i + 1 < c->n) {
            fprintf(out, ", \"better_than_next\": %s, ", at[i].apart ? "true" : "false");
            live_json_pair(out, "over_next", at[i].less.value, few, ", ");
            live_json_pair(out, "low", at[i].less.low, few, ", ");
            live_json_pair(out, "high", at[i].less.high, few, "");
        }
        fputc('}', out);
    }
    fputc(']', out);
}

static void json_standings(FILE *out, const struct validate_cell *c)
{
    static const char *const metrics[] = { "latency.mean", "latency.p99" };
    const struct standings *s = &c->standings;
    int i;

    fputs("    {", out);
    print_json_point(out, c->cell, ",\n     ");
    for (i = 0; i < 2; i++) {
        fprintf(out, "\"%s\": {\"same\": %s, \"measured\": ", metrics[i],
                s->same[i] ? "true" : "false");
        json_order(out, c, s->measured[i]);
        fprintf(out, ",\n      \"%s\": ", prediction_level_name(s->level));
        json_order(out, c, s->predicted[i]);
        fputs(i ? "}, " : "},\n     ", out);
    }
    fprintf(out, "\"contradicted\": %s}", s->better ? "true" : "false");
}

static void json_host(FILE *out, const struct validate_report *r)
{
    const struct live_told *live = NULL;
    struct stamp stamp;
    char quiet[200];
    uint32_t i;

    for (i = 0; i < r->n && !live; i++)
        live = r->at[i].done ? &r->at[i].live : NULL;
    if (!live || stamp_open(&stamp, 0, NULL))
        return;
    quiet_write(&live_told_run(live)->supervised.quiet[ROLE_CLIENTS], quiet, sizeof quiet);
    fputs("  \"host\": {", out);
    live_json_text(out, "cpu", stamp.value[STAMP_CPU], ", ");
    live_json_text(out, "kernel", stamp.value[STAMP_KERNEL], ", ");
    live_json_text(out, "scheduler", quiet, ", ");
    live_json_known(out, "timers_p50", live->session.timers.p50, ", ");
    live_json_known(out, "timers_p99", live->session.timers.p99, "},\n");
    stamp_close(&stamp);
}

static bool is_complete(const struct validate_report *r)
{
    uint32_t i;

    for (i = 0; i < r->n; i++)
        if (!r->at[i].done)
            return false;
    return !r->interrupted;
}

void validate_print_json(FILE *out, const struct validate_report *r)
{
    const struct scenario *s = r->study->cells[0].scenario;
    bool any = false;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-validate/1\", \"lbsim\": \"" LBSIM_VERSION "\", ", out);
    live_json_text(out, "scenario", s->name, ", ");
    fprintf(out,
            "\"seed\": %" PRIu64 ",\n  \"transport\": \"%s\", \"tls\": %s, \"complete\": %s,\n",
            s->run.seed, live_transport_name(s->live.transport), s->live.tls ? "true" : "false",
            is_complete(r) ? "true" : "false");
    json_host(out, r);
    fputs("  \"policies\": [", out);
    for (i = 0; i < r->n; i++) {
        if (!r->at[i].done)
            continue;
        fputs(any ? ",\n" : "\n", out);
        json_policy(out, &r->at[i]);
        any = true;
    }
    fputs("\n  ],\n  \"standings\": [", out);
    for (any = false, i = 0; i < r->cells; i++) {
        if (!r->cell[i].ranked)
            continue;
        fputs(any ? ",\n" : "\n", out);
        json_standings(out, &r->cell[i]);
        any = true;
    }
    fputs("\n  ] }\n", out);
}

/* ---- CSV. */

struct csv_rows {
    FILE *out;
    const struct validate_told *told;
};

static void csv_row(void *context, const char *world, const struct live_number *x)
{
    const struct csv_rows *c = context;
    const struct live_told *live = &c->told->live;
    uint32_t i;

    print_csv_text(c->out, live->contender->scenario->name);
    fputc(',', c->out);
    print_csv_text(c->out, live_told_policy(live)->name);
    fputc(',', c->out);
    print_csv_text(c->out, live_told_policy(live)->label);
    fprintf(c->out, ",%" PRIu64 ",%s,%s,%s,", live->contender->scenario->run.seed,
            gate_verdict_name(live_told_run(live)->gate.verdict),
            verdict_answer_name(c->told->validation.verdict.answer), world);
    print_csv_text(c->out, x->metric);
    fprintf(c->out, ",%s", x->statistic);
    print_csv_number(c->out, x->value);
    print_csv_number(c->out, x->low);
    print_csv_number(c->out, x->high);
    fprintf(c->out, ",%s", x->unit);
    for (i = 0; i < live->cell->at_n; i++) {
        fputc(',', c->out);
        print_csv_text(c->out, live->cell->at[i].text);
    }
    fputc('\n', c->out);
}

void validate_print_csv(FILE *out, const struct validate_report *r)
{
    const struct cell *first = &r->study->cells[0];
    uint32_t i;

    fputs("scenario,policy,label,seed,gate,verdict,world,metric,statistic,value,low,high,unit",
          out);
    for (i = 0; i < first->at_n; i++) {
        fputc(',', out);
        print_csv_text(out, first->at[i].path);
    }
    fputc('\n', out);
    for (i = 0; i < r->n; i++) {
        struct csv_rows rows = { out, &r->at[i] };

        if (r->at[i].done)
            validate_each_number(rows.told, csv_row, &rows);
    }
}
