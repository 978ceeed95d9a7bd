/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/print.h"
#include "sim/cli/verify.h"

/* A number of `unit`, with its unit. */
static size_t put_number(char *room, size_t size, double value, const char *unit)
{
    double scale = 1.0;
    const char *shown = cell_unit(unit ? unit : "1", fabs(value), &scale);
    int n;

    if (isinf(value))
        n = snprintf(room, size, "never");
    else
        n = snprintf(room, size, "%.6g%s%s", value / scale, strchr(shown, '/') ? " " : "", shown);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

const char *verify_measured(const struct judgement *j, char room[MEASURED_ROOM])
{
    const struct interval *x = &j->measured;
    size_t at;

    room[0] = '\0';
    if (isnan(x->value))
        return room;
    at = put_number(room, MEASURED_ROOM, x->value, j->unit);
    if (isnan(x->low) || isnan(x->high) || !(x->low < x->high))
        return room;
    at += (size_t)snprintf(room + at, MEASURED_ROOM - at, " (");
    at += put_number(room + at, MEASURED_ROOM - at, x->low, j->unit);
    at += (size_t)snprintf(room + at, MEASURED_ROOM - at, " to ");
    at += put_number(room + at, MEASURED_ROOM - at, x->high, j->unit);
    snprintf(room + at, MEASURED_ROOM - at, ")");
    return room;
}

/* ---- The table. */

/* A line of a table has room for a case of a few axes; JSON and JUnit have all of it. */
static void print_where(FILE *out, const struct verified *v, const struct judgement *j,
                        const char *before)
{
    enum { LONGEST = 160 };
    char *where = judge_where(v->study, j);
    size_t end = LONGEST - strlen("...");

    if (where && strlen(where) > LONGEST) {
        while (end && ((unsigned char)where[end] & 0xc0) == 0x80)
            end--;
        strcpy(where + end, "...");
    }
    if (where && *where) {
        fputs(before, out);
        cell_line(out, where);
    }
    free(where);
}

static const char *word_of(const struct claim *claim, const struct judgement *j)
{
    return claim->left_out ? "LEFT OUT" : claim->info ? "INFO" : verdict_name(j->verdict);
}

static void print_word(FILE *out, const struct claim *claim, const struct judgement *j, bool color)
{
    static const char *const colors[] = {
        [VERDICT_PASS] = "\033[32m", [VERDICT_UNDECIDED] = "\033[33m", [VERDICT_FAIL] = "\033[31m"
    };
    const bool coloured = color && !claim->info && !claim->left_out;

    fprintf(out, "%s%-9s%s  ", coloured ? colors[j->verdict] : "", word_of(claim, j),
            coloured ? "\033[0m" : "");
}

static void print_why(FILE *out, const struct verified *v, const struct claim *claim,
                      const struct judgement *j)
{
    if (claim->left_out) {
        fprintf(out, "; %s", claim->left_out);
        return;
    }
    if (claim->info)
        fprintf(out, "; %s",
                j->verdict == VERDICT_PASS   ? "holds"
                : j->verdict == VERDICT_FAIL ? "does not hold"
                                             : "undecided");
    if (j->why[0]) {
        fprintf(out, "; %s", j->why);
        print_where(out, v, j, ": ");
    }
}

static void print_source(FILE *out, const struct claim *claim)
{
    const char *kind = claim_kind_name(claim->kind);

    if (!*kind && !claim->source)
        return;
    fprintf(out, "  [%s%s", kind, *kind && claim->source ? ": " : "");
    if (claim->source)
        cell_line(out, claim->source);
    fputc(']', out);
}

/* Of several cases that hold, the first is shown. */
static void print_measured(FILE *out, const struct verified *v, const struct claim *claim,
                           const struct judgement *j)
{
    const bool steps = claim->form == CLAIM_ORDER || claim->form == CLAIM_MONOTONE ||
                       claim->form == CLAIM_CROSSING;
    char measured[MEASURED_ROOM];

    if (claim->left_out || !*verify_measured(j, measured))
        return;
    if (j->cases > 1 && j->verdict == VERDICT_PASS) {
        fprintf(out, ": in all %u cases", j->cases);
        print_where(out, v, j, "; the first, ");
    }
    fprintf(out, ": %s%s", steps ? "difference " : "", measured);
}

static void print_claim(FILE *out, const struct verified *v, uint32_t i, bool color)
{
    const struct claim *claim = &v->study->claims[i];
    const struct judgement *j = &v->judgement[i];
    char words[CLAIM_WORDS];

    if (v->order->quiet && (claim->info || claim->left_out || j->verdict == VERDICT_PASS))
        return;
    fputs("  ", out);
    print_word(out, claim, j, color);
    cell_line(out, claim_words(claim, words));
    print_measured(out, v, claim, j);
    print_why(out, v, claim, j);
    print_source(out, claim);
    fputc('\n', out);
}

void verify_summary(FILE *out, const char *name, const struct tally_of_claims *c)
{
    const char *before = ": ";
    uint32_t k;

    cell_line(out, name);
    for (k = KIND_EXACT; k <= KIND_FROZEN; k++)
        if (c->of_kind[k]) {
            fprintf(out, "%s%u of %u %s", before, c->held_of_kind[k], c->of_kind[k],
                    claim_kind_name((enum claim_kind)k));
            before = ", ";
        }
    if (c->of_kind[KIND_NONE] || !c->all)
        fprintf(out, "%s%u of %u%s", before, c->held_of_kind[KIND_NONE], c->of_kind[KIND_NONE],
                c->of_kind[KIND_NONE] < c->all ? " others"
                : c->all == 1                  ? " claim"
                                               : " claims");
    if (c->undecided)
        fprintf(out, ", %u undecided", c->undecided);
    if (c->left_out)
        fprintf(out, ", %u left out", c->left_out);
    fputc('\n', out);
}

void verify_table(FILE *out, const struct verified *v, bool color)
{
    const struct tally_of_claims c = verified_count(v);
    uint32_t i;

    verify_summary(out, v->study->path, &c);
    for (i = 0; i < v->study->claims_n; i++)
        print_claim(out, v, i, color);
}

/* ---- JSON. */

static void json_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\": ", key);
    if (text && *text)
        print_json_text(out, text);
    else
        fputs("null", out);
    fputs(", ", out);
}

static void json_number(FILE *out, const char *key, double value, const char *after)
{
    fprintf(out, "\"%s\": ", key);
    print_json_number(out, value);
    fputs(after, out);
}

static void json_measured(FILE *out, const struct judgement *j)
{
    const struct interval *x = &j->measured;

    fputs("\"measured\": ", out);
    if (isnan(x->value)) {
        fputs("null", out);
        return;
    }
    fputs("{ ", out);
    json_number(out, "value", x->value, ", ");
    json_number(out, "low", x->low, ", ");
    json_number(out, "high", x->high, ", ");
    json_text(out, "unit", j->unit);
    fprintf(out, "\"replications\": %u }", x->n);
}

static void json_claim(FILE *out, const struct verified *v, uint32_t i)
{
    const struct claim *claim = &v->study->claims[i];
    const struct judgement *j = &v->judgement[i];
    char *where = judge_where(v->study, j);
    static const char *const names[] = { "pass", "undecided", "fail" };
    char words[CLAIM_WORDS];

    fputs("      { ", out);
    json_text(out, "claim", claim_words(claim, words));
    json_text(out, "verdict", claim->left_out ? "left_out" : names[j->verdict]);
    json_text(out, "severity", claim->info ? "info" : "error");
    json_text(out, "kind", claim_kind_name(claim->kind));
    json_text(out, "source", claim->source);
    json_text(out, "why", claim->left_out ? claim->left_out : j->why);
    json_text(out, "where", where);
    free(where);
    fprintf(out, "\"cases\": %u, \"line\": %u, ", j->cases, claim->place.line);
    json_measured(out, j);
    fputs(" }", out);
}

void verify_json(FILE *out, const struct verified *v)
{
    const struct tally_of_claims c = verified_count(v);
    uint32_t i;

    fputs("    { ", out);
    json_text(out, "file", v->study->path);
    json_text(out, "scenario", v->study->name);
    fprintf(out, "\"counted\": %u, \"held\": %u, \"undecided\": %u, \"claims\": [\n", c.all, c.held,
            c.undecided);
    for (i = 0; i < v->study->claims_n; i++) {
        json_claim(out, v, i);
        fputs(i + 1 < v->study->claims_n ? ",\n" : "\n", out);
    }
    fputs("    ] }", out);
}
