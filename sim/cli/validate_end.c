/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What concerns all policies of a validation: where the overhead went, who is better, on which
 * machine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "sim/cli/cell.h"
#include "sim/cli/validate.h"
#include "sim/record/stamp.h"

enum { PART = 10, LINE = 98 };

/* ---- Overhead, a line a policy. */

static const char *const titles[PATH_PARTS] = { "sent late", "to LB",   "in LB",     "to server",
                                                "timer",     "from it", "to client", "all" };

static int label_width(const struct validate_report *r)
{
    int width = 8;
    uint32_t i;

    for (i = 0; i < r->n; i++) {
        const int n = r->at[i].done ? cell_width(live_told_policy(&r->at[i].live)->label) : 0;

        width = n > width ? n : width;
    }
    return width < 18 ? width : 18;
}

/* Microseconds, unless there are many. */
static int duration(char *text, size_t room, double s)
{
    if (s < 0.01)
        return snprintf(text, room, "%.0f", 1e6 * s);
    return snprintf(text, room, s < 1.0 ? "%.0fms" : "%.1fs", s < 1.0 ? 1e3 * s : s);
}

static void print_parts(FILE *out, const struct validate_told *told, int width)
{
    const struct live_result *result = &live_told_run(&told->live)->result;
    char text[CELL_ROOM];
    int i;

    fputs("  ", out);
    cell_print(out, live_told_policy(&told->live)->label, width, false);
    for (i = 0; i < PATH_PARTS; i++) {
        const struct path_summary *p = &result->path[i];

        snprintf(text, sizeof text, "-");
        if (p->n) {
            int n = duration(text, sizeof text, p->p50);

            text[n++] = '/';
            duration(text + n, sizeof text - (size_t)n, p->p99);
        }
        fputc(' ', out);
        cell_print(out, text, PART - 1, true);
    }
    fputc('\n', out);
}

static void print_overhead(FILE *out, const struct validate_report *r)
{
    const int width = label_width(r);
    uint32_t i;
    int k;

    fputs("\noverhead beside queues and services, us, p50/p99 (without the links of the "
          "scenario)\n  ",
          out);
    cell_print(out, "", width, false);
    for (k = 0; k < PATH_PARTS; k++)
        cell_print(out, titles[k], PART, true);
    fputc('\n', out);
    for (i = 0; i < r->n; i++)
        if (r->at[i].done)
            print_parts(out, &r->at[i], width);
}

/* ---- Standings. */

/* A line that goes on in the next where it is full. */
struct line {
    FILE *out;
    int at, indent;
};

static void put(struct line *line, const char *text)
{
    const int width = cell_width(text);

    if (line->at + width > LINE) {
        fprintf(line->out, "\n%*s", line->indent, "");
        line->at = line->indent;
        text += strspn(text, " ");
    }
    fputs(text, line->out);
    line->at += width;
}

static void print_order(FILE *out, const struct validate_cell *c, const char *name,
                        const struct standing *at)
{
    struct line line = { out, 0, 24 };
    char text[CELL_ROOM + 120];
    uint32_t i;

    fprintf(out, "  %-22s", name);
    line.at = 24;
    for (i = 0; i < c->n; i++) {
        snprintf(text, sizeof text, "%s%.100s %.4g",
                 i == 0            ? ""
                 : at[i - 1].apart ? " < "
                                   : " = ",
                 live_told_policy(&c->at[at[i].policy]->live)->label, 1e3 * at[i].value);
        put(&line, text);
    }
    fputc('\n', out);
}

static void print_standings(FILE *out, const struct validate_cell *c)
{
    static const char *const metrics[] = { "mean", "p99" };
    const struct standings *s = &c->standings;
    char name[64];
    int i;

    fprintf(out,
            "\norder%s%s, latency in ms (<: better for sure; =: cannot be told apart; block "
            "bootstrap)\n",
            c->cell->name[0] ? " at " : "", c->cell->name);
    for (i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "by %s, measured", metrics[i]);
        print_order(out, c, name, s->measured[i]);
        snprintf(name, sizeof name, "  %s", prediction_level_name(s->level));
        print_order(out, c, name, s->predicted[i]);
    }
    if (s->better)
        fprintf(out, "  the worlds contradict each other: measured, %s is better than %s\n",
                s->better, s->worse);
    else
        fprintf(out, "  %s\n",
                s->same[0] && s->same[1] ? "both worlds have the same order"
                : s->sampled ? "the order differs; services were measured for each policy by itself"
                             : "the order differs in a run that was not VALID");
}

/* ---- The host. */

static void print_host(FILE *out, const struct validate_report *r)
{
    const struct live_told *live = NULL;
    double load[1] = { NAN };
    char quiet[200];
    struct stamp stamp;
    uint32_t i;

    for (i = 0; i < r->n && !live; i++)
        live = r->at[i].done ? &r->at[i].live : NULL;
    if (!live || stamp_open(&stamp, 0, NULL))
        return;
    quiet_write(&live_told_run(live)->supervised.quiet[ROLE_CLIENTS], quiet, sizeof quiet);
    if (getloadavg(load, 1) != 1)
        load[0] = NAN;
    fprintf(out,
            "\nhost  %s, %d processors, %s, load %.1f\n      %s; timers late by %.0f us (p50), "
            "%.0f us (p99)\n",
            stamp.value[STAMP_CPU], get_nprocs(), stamp.value[STAMP_KERNEL], load[0], quiet,
            1e6 * live->session.timers.p50, 1e6 * live->session.timers.p99);
    stamp_close(&stamp);
}

static void print_count(FILE *out, const struct validate_report *r)
{
    uint32_t count[3] = { 0 }, i;

    for (i = 0; i < r->n; i++)
        if (r->at[i].done)
            count[r->at[i].validation.verdict.answer]++;
    fprintf(out, "\n%u agreed, %u disagreed, %u not judged%s\n", count[VERDICT_AGREED],
            count[VERDICT_DISAGREED], count[VERDICT_NOT_JUDGED],
            r->interrupted ? "; interrupted" : "");
}

void validate_print_end(FILE *out, const struct validate_report *r)
{
    uint32_t i;

    print_overhead(out, r);
    for (i = 0; i < r->cells; i++)
        if (r->cell[i].ranked)
            print_standings(out, &r->cell[i]);
    print_host(out, r);
    print_count(out, r);
}
