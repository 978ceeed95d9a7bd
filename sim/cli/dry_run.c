/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/dry_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/keep.h"
#include "sim/cli/print.h"
#include "sim/run/outlook.h"
#include "sim/run/rounds.h"

/* The whole, in plain numbers. */
struct total {
    uint32_t points, different;
    double trials, requests, cpu_s, disk, memory, kept;
    uint32_t jobs;
    bool precise, out_of_reach;
};

static bool has_pilot(void *context, const struct point *p, struct warmup_found *found)
{
    return keep_has_pilot(context, p, found);
}

static bool has_trial(void *context, const struct point *p, uint32_t replication)
{
    return keep_has(context, p, replication);
}

static struct total add_up(const struct experiment *e, const struct outlook *all)
{
    struct total t = { .points = e->points_n, .jobs = experiment_jobs(e) };
    uint32_t i;

    for (i = 0; i < e->points_n; i++) {
        const struct outlook *x = &all[i];

        if (e->points[i].twin != i)
            continue;
        t.different++;
        t.trials += x->trials;
        t.requests += x->requests;
        t.cpu_s += x->cpu_s;
        t.kept += x->kept;
        t.disk += x->trials * x->bytes;
        t.memory = fmax(t.memory, x->memory);
        t.precise |= !isnan(e->points[i].scenario->run.precision.relative);
        t.out_of_reach |= t.precise && x->rounds == UINT32_MAX;
    }
    t.memory *= t.jobs;
    return t;
}

/* ---- As text. */

static void print_size(FILE *out, double bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    int i = 0;

    for (bytes /= 1e3; bytes >= 1000.0 && i < 3; i++)
        bytes /= 1e3;
    fprintf(out, "%.3g %s", bytes, units[i]);
}

static void print_time(FILE *out, double s)
{
    if (s < 1.0)
        fputs("less than a second", out);
    else if (s < 120.0)
        fprintf(out, "%.2g s", s);
    else if (s < 7200.0)
        fprintf(out, "%.2g min", s / 60.0);
    else
        fprintf(out, "%.3g h", s / 3600.0);
}

static void print_count(FILE *out, double n)
{
    if (n < 1e6)
        fprintf(out, "%.0f", n);
    else
        fprintf(out, n < 1e9 ? "%.3g million" : "%.0f million", n / 1e6);
}

static void print_about(FILE *out, double n)
{
    double digit = n >= 10.0 ? pow(10.0, floor(log10(n)) - 1.0) : 1.0;

    print_count(out, digit * round(n / digit));
}

/* What is worth a line: points that one round will not do for. */
static bool is_notable(const struct outlook *x)
{
    return x->rounds > 0 || x->metric == UINT32_MAX;
}

static void print_forecast(FILE *out, const struct point *p, const struct outlook *x)
{
    double length = (double)trial_length(p->scenario) * p->replications;

    fprintf(out, "  %s%s%s: ", p->at, p->at[0] ? " " : "", p->policy->label);
    if (x->metric == UINT32_MAX) {
        fprintf(out, "no forecast: %s\n", x->why ? x->why : "nothing was measured");
        return;
    }
    fputs("about ", out);
    print_about(out, x->needed);
    fprintf(out, " requests for %s: ", p->metrics->at[x->metric].full);
    if (x->rounds == UINT32_MAX) {
        fputs("beyond the budget\n", out);
        return;
    }
    fprintf(out, "%u rounds, the last of ", x->rounds + 1);
    print_count(out, ldexp(length, (int)x->rounds));
    fputc('\n', out);
}

static void print_forecasts(FILE *out, const struct experiment *e, const struct outlook *all)
{
    enum { SHOWN = 40 };
    uint32_t i, shown = 0, more = 0, one = 0;

    for (i = 0; i < e->points_n; i++) {
        if (e->points[i].twin != i)
            continue;
        if (!is_notable(&all[i]))
            one++;
        else if (shown++ < SHOWN)
            print_forecast(out, &e->points[i], &all[i]);
        else
            more++;
    }
    if (more)
        fprintf(out, "  and %u more such\n", more);
    if (one)
        fprintf(out, "  one round will do for %s%u%s\n", shown ? "the other " : "", one,
                shown      ? ""
                : one == 1 ? " policy"
                           : " policies");
}

static void print_precision(FILE *out, const struct experiment *e, const struct outlook *all)
{
    fprintf(out,
            "precision %.3g %%: each round is twice as long as the one before and begins anew; ",
            100.0 * e->points[0].scenario->run.precision.relative);
    print_count(out, rounds_budget(e->points[0].scenario));
    fputs(" requests at most for a policy at a point\n", out);
    print_forecasts(out, e, all);
}

static void print_points(FILE *out, const struct experiment *e, const struct total *t)
{
    cell_line(out, e->points[0].scenario->name);
    if (e->cells_n > 1)
        fprintf(out, ": %u points, %u policies at them in all", e->cells_n, t->points);
    else
        fprintf(out, ": %u polic%s", t->points, t->points == 1 ? "y" : "ies");
    if (t->different < t->points)
        fprintf(out, ", %u of them different", t->different);
    if (e->shards)
        fprintf(out, "; share %u of %u", e->shard + 1, e->shards);
    fputc('\n', out);
}

static void print_text(FILE *out, const struct experiment *e, const struct outlook *all,
                       const struct total *t, const char *directory)
{
    print_points(out, e, t);
    fputs("trials    ", out);
    print_count(out, t->trials);
    if (t->kept > 0.0)
        fprintf(out, ", beside %.0f that are in %s already", t->kept, directory);
    fputs("\nrequests  ", out);
    print_count(out, t->requests);
    fputs("\ntime      ", out);
    print_time(out, t->cpu_s);
    fputs(" of CPU, ", out);
    print_time(out, t->cpu_s / t->jobs);
    fprintf(out, " on %u worker%s\nmemory    ", t->jobs, t->jobs == 1 ? "" : "s");
    print_size(out, t->memory);
    fputs("\ndisk      ", out);
    print_size(out, t->disk);
    fprintf(out, " in %s\n", directory);
    if (t->precise)
        print_precision(out, e, all);
}

/* ---- As JSON. */

static void json_point(FILE *out, const struct point *p, const struct outlook *x)
{
    fputs("    {\"label\": ", out);
    print_json_text(out, p->policy->label);
    fputs(", \"at\": ", out);
    print_json_text(out, p->at);
    fprintf(out, ", \"trials\": %.0f, \"requests\": %.0f, \"cpu_s\": ", x->trials, x->requests);
    print_json_number(out, x->cpu_s);
    fputs(", \"ns_per_request\": ", out);
    print_json_number(out, 1e9 * x->cpu_per_request);
    fputs(", \"precision_requests\": ", out);
    print_json_number(out, x->needed);
    fputs("}", out);
}

static void print_json_plan(FILE *out, const struct experiment *e, const struct outlook *all,
                            const struct total *t)
{
    bool first = true;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-plan/1\", \"scenario\": ", out);
    print_json_text(out, e->points[0].scenario->name);
    fprintf(out,
            ",\n  \"trials\": %.0f, \"kept\": %.0f, \"requests\": %.0f, \"workers\": %u, "
            "\"cpu_s\": ",
            t->trials, t->kept, t->requests, t->jobs);
    print_json_number(out, t->cpu_s);
    fputs(", \"wall_s\": ", out);
    print_json_number(out, t->cpu_s / t->jobs);
    fprintf(out, ", \"memory_bytes\": %.0f, \"disk_bytes\": %.0f, \"within_budget\": %s,\n",
            t->memory, t->disk, t->out_of_reach ? "false" : "true");
    fputs("  \"points\": [\n", out);
    for (i = 0; i < e->points_n; i++) {
        if (e->points[i].twin != i)
            continue;
        fputs(first ? "" : ",\n", out);
        json_point(out, &e->points[i], &all[i]);
        first = false;
    }
    fputs("\n  ] }\n", out);
}

int dry_run(FILE *out, struct experiment *e, const char *directory, bool json)
{
    struct keep keep;
    struct outlook_kept kept = { &keep, has_pilot, has_trial };
    bool there = keep_look(&keep, directory, e->points[0].scenario->name);
    struct outlook *all = experiment_outlook(e, there ? &kept : NULL);
    struct total t;

    if (all) {
        t = add_up(e, all);
        if (json)
            print_json_plan(out, e, all, &t);
        else
            print_text(out, e, all, &t, keep.directory);
    }
    keep_close(&keep);
    free(all);
    return all ? 0 : -1;
}
