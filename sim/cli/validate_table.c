/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One policy in both worlds, for people: a block of lines, 100 columns wide. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/validate.h"

enum { NAME = 13, CELL = 15, KS = 8, SAME = 9, SERVERS_SHOWN = 10, LINE = 98 };

void validate_say(FILE *out, int at, int indent, const char *text)
{
    while (*text) {
        const int n = (int)strcspn(text, " ");

        if (at + 1 + n > LINE && at > indent) {
            fprintf(out, "\n%*s", indent - 1, "");
            at = indent - 1;
        }
        fprintf(out, " %.*s", n, text);
        at += 1 + n;
        text += n;
        text += strspn(text, " ");
    }
}

/* ---- Latencies. */

/* p99.9 where it means something. */
static int points_of(const struct validation *v)
{
    return isnan(v->interval[AGREE_P999].value) ? AGREE_P999 : AGREE_POINTS;
}

/* However wide the text is: it stands apart. */
static void put_cell(FILE *out, const char *text, int width)
{
    fputc(' ', out);
    cell_print(out, text, width - 1, true);
}

/* Does anybody know whether requests went to the same servers? */
static bool knows_same(const struct validation *v)
{
    int level;

    for (level = 0; level < PREDICT_LEVELS; level++)
        if (!v->missing[level] && !isnan(v->agreement[level].same))
            return true;
    return false;
}

static void print_head(FILE *out, const struct validation *v, int points)
{
    int i;

    fprintf(out, "  %-*s", NAME, "latency, ms");
    for (i = 0; i < points; i++)
        put_cell(out, agree_point_name(i), CELL);
    put_cell(out, "KS", KS);
    if (knows_same(v))
        put_cell(out, "same", SAME);
    fputc('\n', out);
}

/* Milliseconds. */
static int write_ms(char *text, size_t room, double s)
{
    return snprintf(text, room, s < 1.0 ? "%.4g" : s < 1e4 ? "%.0f" : "%.3g", 1e3 * s);
}

/* No more digits than help. */
static void write_error(char *text, size_t room, double error)
{
    const double size = fabs(error);

    snprintf(text, room,
             size < 1.0     ? " %+.2f%%"
             : size < 100.0 ? " %+.0f%%"
                            : " %+.1e%%",
             100.0 * error);
}

static void print_measured(FILE *out, const struct validation *v, int points)
{
    char text[CELL_ROOM];
    int i;

    fprintf(out, "  %-*s", NAME, "measured");
    for (i = 0; i < points; i++) {
        const struct interval *x = &v->interval[i];

        const double half = 1e3 * (x->high - x->low) / 2.0;
        const int n = write_ms(text, sizeof text, x->value);

        if (!isnan(half))
            snprintf(text + n, sizeof text - (size_t)n, half < 100.0 ? " ±%.2g" : " ±%.0f", half);
        put_cell(out, text, CELL);
    }
    fputc('\n', out);
}

static void print_share(FILE *out, double share)
{
    char text[CELL_ROOM] = "";

    if (!isnan(share))
        snprintf(text, sizeof text, "%.2f %%", 100.0 * share);
    put_cell(out, text, SAME);
}

static void print_level(FILE *out, const struct validation *v, enum prediction_level level,
                        int points)
{
    const struct agreement *a = &v->agreement[level];
    char text[CELL_ROOM];
    int i;

    fprintf(out, "  %-*s", NAME, prediction_level_name(level));
    if (v->missing[level]) {
        fprintf(out, "  none: %s\n", v->missing[level]);
        return;
    }
    for (i = 0; i < points; i++) {
        const int n = write_ms(text, sizeof text, a->predicted[i]);

        write_error(text + n, sizeof text - (size_t)n, a->error[i]);
        put_cell(out, text, CELL);
    }
    snprintf(text, sizeof text, "%.4f", a->ks);
    put_cell(out, text, KS);
    print_share(out, a->same);
    fputc('\n', out);
}

static void print_drawn(FILE *out, const struct validation *v)
{
    const double drawn = validation_drawn(v);

    if (drawn >= 1e-4)
        fprintf(out, "  %-*s  %s%.2f %% of its delays are drawn, not measured\n", NAME, "",
                drawn >= verdict_limits_default().drawn ? "not judged: " : "", 100.0 * drawn);
}

/* What pings found of servers that are not lbsim's. */
static void print_services(FILE *out, const struct validate_told *told)
{
    const struct calibration *c = &told->validation.calibration;
    const struct scenario *s = told->live.contender->scenario;
    char text[CELL_ROOM];
    uint32_t g;

    for (g = 0; c->service && g < c->groups; g++) {
        if (!c->service[g].n)
            continue;
        write_ms(text, sizeof text, c->service[g].mean);
        fprintf(out, "  %-*s %s ms on average at \"%s\", by %" PRIu64 " pings\n", NAME, "services",
                text, s->servers[g].name, c->service[g].n);
    }
}

static void print_band(FILE *out, const struct validation *v, int points)
{
    char text[CELL_ROOM];
    int i;

    if (!v->band.seeds)
        return;
    fprintf(out, "  %-*s", NAME, "95 % band");
    for (i = 0; i < points; i++) {
        int n = write_ms(text, sizeof text, v->band.low[i]);

        n += snprintf(text + n, sizeof text - (size_t)n, "..");
        write_ms(text + n, sizeof text - (size_t)n, v->band.high[i]);
        put_cell(out, text, CELL);
    }
    fprintf(out, "   %u draws\n", v->band.seeds);
}

/* ---- The rest. */

static void print_shares(FILE *out, const struct validation *v, const char *name,
                         const double *share)
{
    uint32_t i;

    fprintf(out, "  %-*s", NAME, name);
    for (i = 0; i < v->servers; i++)
        fprintf(out, " %7.4f", share[i]);
    fputc('\n', out);
}

/* Which prediction's shares go beside the measured ones. */
static enum prediction_level level_of(const struct validation *v)
{
    return v->missing[PREDICT_CALIBRATED] ? PREDICT_RAW : PREDICT_CALIBRATED;
}

static void print_servers(FILE *out, const struct validate_told *told)
{
    const struct validation *v = &told->validation;
    const double *share = v->share_predicted[level_of(v)];
    char name[64];
    uint32_t i, at = 0;

    if (!share)
        return;
    if (v->servers <= SERVERS_SHOWN) {
        print_shares(out, v, "shares", v->share);
        print_shares(out, v, "  predicted", share);
        return;
    }
    for (i = 1; i < v->servers; i++)
        if (fabs(v->share[i] - share[i]) > fabs(v->share[at] - share[at]))
            at = i;
    live_server_name(told->live.contender->scenario, at, name, sizeof name);
    fprintf(out, "  %-*s farthest apart at %s: measured %.4f, predicted %.4f\n", NAME, "shares",
            name, v->share[at], share[at]);
}

static void print_decisions(FILE *out, const struct validation *v)
{
    if (v->decided)
        fprintf(out, "  %-*s %" PRIu64 " of %" PRIu64 " picks the same when played back\n", NAME,
                "decisions", v->decisions.same, v->decisions.picks);
}

static void print_endings(FILE *out, const struct validate_told *told)
{
    const struct live_account *a = &live_told_run(&told->live)->result.account;
    const uint64_t lost = a->issued - a->ended[ENDED_COMPLETED];

    if (lost)
        fprintf(out,
                "  %-*s %" PRIu64 " of %" PRIu64 " did not complete; in CALIBRATED %.2f %% end "
                "otherwise than measured\n",
                NAME, "requests", lost, a->issued,
                100.0 * told->validation.agreement[level_of(&told->validation)].differ);
}

static void print_verdict(FILE *out, const struct validation *v, bool color)
{
    static const char *const colors[] = { "\033[32m", "\033[31m", "\033[33m" };
    const struct verdict *verdict = &v->verdict;
    const char *name = verdict_answer_name(verdict->answer);

    fprintf(out, "  %-*s %s%s%s", NAME, "verdict", color ? colors[verdict->answer] : "", name,
            color ? "\033[0m" : "");
    if (verdict->why[0]) {
        fputc(':', out);
        validate_say(out, 4 + NAME + cell_width(name), 3 + NAME, verdict->why);
    }
    fputc('\n', out);
    if (!isnan(verdict->bias))
        fprintf(out, "  %-*s services are short: RAW is expected to be %+.1f %% off at p50\n", NAME,
                "", 100.0 * verdict->bias);
}

void validate_print_policy(FILE *out, const struct validate_told *told, bool color)
{
    const struct validation *v = &told->validation;
    const struct policy_spec *policy = live_told_policy(&told->live);
    const struct session_try *run = live_told_run(&told->live);
    const int points = points_of(v);
    int level;

    fprintf(out, "\n%s%s%s, %s, %" PRIu64 " of %" PRIu64 " requests measured\n", policy->label,
            told->live.cell->name[0] ? " at " : "", told->live.cell->name,
            gate_verdict_name(run->gate.verdict), v->measured.n - v->measured.first, v->measured.n);
    print_head(out, v, points);
    print_measured(out, v, points);
    for (level = 0; level < PREDICT_LEVELS; level++)
        print_level(out, v, (enum prediction_level)level, points);
    print_drawn(out, v);
    print_services(out, told);
    print_band(out, v, points);
    print_servers(out, told);
    print_endings(out, told);
    print_decisions(out, v);
    print_verdict(out, v, color);
}
