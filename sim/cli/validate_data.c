/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Validations for programs: JSON (lbsim-validate/1) and CSV, a row a number. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/print.h"
#include "sim/cli/validate.h"
#include "sim/record/stamp.h"

static const char *const transports[] = { "http", "tcp", "udp" };

/* ---- JSON. */

static void json_pair(FILE *out, const char *name, double value, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_number(out, value);
    fputs(after, out);
}

static void json_text_pair(FILE *out, const char *name, const char *text, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_text(out, text);
    fputs(after, out);
}

static void json_try(FILE *out, const char *phase, const struct session_try *t, uint32_t n,
                     bool chosen)
{
    const struct gate_reading *g = &t->gate.reading;
    char why[400];

    gate_write(&t->gate, why, sizeof why);
    fprintf(out, "{\"phase\": \"%s\", \"try\": %u, \"gate\": \"%s\", \"chosen\": %s, ", phase,
            n + 1, gate_verdict_name(t->gate.verdict), chosen ? "true" : "false");
    json_text_pair(out, "why", why, ", ");
    json_pair(out, "overhead_p99.9", g->overhead, ", ");
    json_pair(out, "send_p99", g->send, ", ");
    json_pair(out, "steal", g->steal, ", ");
    json_pair(out, "slow_share", g->slow_share, ", ");
    json_pair(out, "rate_share", g->rate, "}");
}

static void json_tries(FILE *out, const struct live_session *s)
{
    uint32_t i;

    fputs("\"tries\": [", out);
    for (i = 0; i < s->ping.n; i++) {
        fputs(i ? ",\n       " : "\n       ", out);
        json_try(out, "ping", &s->ping.at[i], i, i == s->ping.best);
    }
    for (i = 0; i < s->run.n; i++) {
        fputs(i || s->ping.n ? ",\n       " : "\n       ", out);
        json_try(out, "run", &s->run.at[i], i, i == s->run.best);
    }
    fputs("],\n     ", out);
}

struct json_numbers {
    FILE *out;
    const char *world; /* begun, or NULL */
};

static void json_number(void *context, const char *world, const char *metric, const char *statistic,
                        const char *unit, double value, double low, double high)
{
    struct json_numbers *j = context;
    const bool plain = !strcmp(statistic, "value");
    char name[160];

    snprintf(name, sizeof name, "%s%s%s", metric, plain ? "" : ".", plain ? "" : statistic);
    if (!j->world || strcmp(j->world, world)) {
        fprintf(j->out, "%s\n      \"%s\": {\n       ", j->world ? "}," : "", world);
        j->world = world;
    } else {
        fputs(",\n       ", j->out);
    }
    print_json_text(j->out, name);
    fputs(": {", j->out);
    json_pair(j->out, "value", value, "");
    if (!isnan(low) || !isnan(high)) {
        fputs(", ", j->out);
        json_pair(j->out, "low", low, ", ");
        json_pair(j->out, "high", high, "");
    }
    fprintf(j->out, ", \"unit\": \"%s\"}", unit);
}

static void json_point(FILE *out, const struct cell *cell)
{
    uint32_t i;

    fputs("\"point\": {", out);
    for (i = 0; i < cell->at_n; i++) {
        fputs(i ? ", " : "", out);
        print_json_text(out, cell->at[i].path);
        fputs(": ", out);
        if (isnan(cell->at[i].number))
            print_json_text(out, cell->at[i].text);
        else
            print_json_number(out, cell->at[i].number);
    }
    fputs("},\n     ", out);
}

static void json_policy(FILE *out, const struct validate_told *t)
{
    const struct validation *v = &t->validation;
    struct json_numbers numbers = { out, NULL };
    const char *between = "";
    int level;

    fputs("    {", out);
    json_text_pair(out, "policy", live_told_policy(&t->live)->name, ", ");
    json_text_pair(out, "label", live_told_policy(&t->live)->label, ", ");
    json_point(out, t->live.cell);
    json_text_pair(out, "gate", gate_verdict_name(live_told_run(&t->live)->gate.verdict), ", ");
    json_text_pair(out, "verdict", verdict_answer_name(v->verdict.answer), ", ");
    json_text_pair(out, "why", v->verdict.why, ", ");
    json_pair(out, "expected_bias", v->verdict.bias, ",\n     ");
    fprintf(out, "\"requests\": %" PRIu64 ", \"measured\": %" PRIu64 ", \"stateless\": %s,\n     ",
            v->measured.n, v->measured.n - v->measured.first, v->stateless ? "true" : "false");
    fputs("\"missing\": {", out);
    for (level = 0; level < PREDICT_LEVELS; level++)
        if (v->missing[level]) {
            fputs(between, out);
            json_text_pair(out, prediction_level_name((enum prediction_level)level),
                           v->missing[level], "");
            between = ", ";
        }
    fputs("},\n     ", out);
    json_tries(out, &t->live.session);
    fputs("\"worlds\": {", out);
    validate_each_number(t, json_number, &numbers);
    fputs("}}}", out);
}

static void json_order(FILE *out, const struct validate_cell *c, const struct standing *at)
{
    uint32_t i;

    fputc('[', out);
    for (i = 0; i < c->n; i++) {
        fputs(i ? ", {" : "{", out);
        json_text_pair(out, "label", live_told_policy(&c->at[at[i].policy]->live)->label, ", ");
        json_pair(out, "value", at[i].value, "");
        if (i + 1 < c->n) {
            fprintf(out, ", \"better_than_next\": %s, ", at[i].apart ? "true" : "false");
            json_pair(out, "over_next", at[i].less.value, ", ");
            json_pair(out, "low", at[i].less.low, ", ");
            json_pair(out, "high", at[i].less.high, "");
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
    json_point(out, c->cell);
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
    json_text_pair(out, "cpu", stamp.value[STAMP_CPU], ", ");
    json_text_pair(out, "kernel", stamp.value[STAMP_KERNEL], ", ");
    json_text_pair(out, "scheduler", quiet, ", ");
    json_pair(out, "timers_p50", live->session.timers.p50, ", ");
    json_pair(out, "timers_p99", live->session.timers.p99, "},\n");
    stamp_close(&stamp);
}

void validate_print_json(FILE *out, const struct validate_report *r)
{
    const struct scenario *s = r->study->cells[0].scenario;
    bool any = false;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-validate/1\", \"lbsim\": \"" LBSIM_VERSION "\", ", out);
    json_text_pair(out, "scenario", s->name, ", ");
    fprintf(out,
            "\"seed\": %" PRIu64 ",\n  \"transport\": \"%s\", \"tls\": %s, \"complete\": %s,\n",
            s->run.seed, transports[s->live.transport], s->live.tls ? "true" : "false",
            r->interrupted ? "false" : "true");
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

static void csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void csv_number(FILE *out, double x)
{
    fputc(',', out);
    if (isfinite(x))
        fprintf(out, "%.17g", x);
}

struct csv_rows {
    FILE *out;
    const struct validate_told *told;
};

static void csv_row(void *context, const char *world, const char *metric, const char *statistic,
                    const char *unit, double value, double low, double high)
{
    const struct csv_rows *c = context;
    const struct live_told *live = &c->told->live;
    uint32_t i;

    csv_text(c->out, live->contender->scenario->name);
    fputc(',', c->out);
    csv_text(c->out, live_told_policy(live)->name);
    fputc(',', c->out);
    csv_text(c->out, live_told_policy(live)->label);
    fprintf(c->out, ",%" PRIu64 ",%s,%s,%s,", live->contender->scenario->run.seed,
            gate_verdict_name(live_told_run(live)->gate.verdict),
            verdict_answer_name(c->told->validation.verdict.answer), world);
    csv_text(c->out, metric);
    fprintf(c->out, ",%s", statistic);
    csv_number(c->out, value);
    csv_number(c->out, low);
    csv_number(c->out, high);
    fprintf(c->out, ",%s", unit);
    for (i = 0; i < live->cell->at_n; i++) {
        fputc(',', c->out);
        csv_text(c->out, live->cell->at[i].text);
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
        csv_text(out, first->at[i].path);
    }
    fputc('\n', out);
    for (i = 0; i < r->n; i++) {
        struct csv_rows rows = { out, &r->at[i] };

        if (r->at[i].done)
            validate_each_number(rows.told, csv_row, &rows);
    }
}
