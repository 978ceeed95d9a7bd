/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The answer of run --select. */
#include <math.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/print.h"

static const struct point *best_of(const struct experiment *e, const struct choice *c)
{
    return &e->points[c->best];
}

/* How far each of the others came. */
static void print_others(FILE *out, const struct experiment *e, uint32_t cell)
{
    const char *comma = "; replications: ";
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++) {
        fprintf(out, "%s%s %u", comma, e->points[i].policy->label, e->points[i].done);
        comma = ", ";
    }
    fputc('\n', out);
}

/* Units as one says them: 194 us, 8.9/s. */
static void print_delta(FILE *out, double delta, const char *unit)
{
    double scale;
    const char *shown = cell_unit(unit, delta, &scale);
    const char *per = strncmp(shown, "1/", 2) ? shown : shown + 1;

    fprintf(out, "%.3g%s%s", delta / scale, *per && *per != '/' ? " " : "", per);
}

static void print_best(FILE *out, const struct chooser *all, const struct choice *c,
                       const struct point *best)
{
    fprintf(out, "the best is %s, with probability %g %% or more, unless another is within ",
            best->policy->label, 100.0 * (1.0 - c->alpha));
    print_delta(out, c->delta, best->metrics->at[metrics_find(best->metrics, all->metric)].unit);
    fputs(" of it", out);
}

static void print_choice(FILE *out, const struct experiment *e, const struct chooser *all,
                         uint32_t cell)
{
    const struct choice *c = &all->choice[cell];
    const struct point *best = best_of(e, c);

    if (best->at[0])
        fprintf(out, "%s: ", best->at);
    if (e->first[cell + 1] - e->first[cell] == 1)
        fprintf(out, "there is only %s", best->policy->label);
    else if (c->decided)
        print_best(out, all, c, best);
    else
        fprintf(out, "NOT DECIDED: %s", c->why ? c->why : "it did not end");
    if (!c->decided && c->selection)
        fprintf(out, "; the best so far is %s", best->policy->label);
    print_others(out, e, cell);
}

void print_choices(FILE *out, const struct experiment *e, const struct chooser *all)
{
    uint32_t i;

    fprintf(out, "\nselection by %s:\n", all->metric);
    for (i = 0; i < all->cells; i++)
        print_choice(out, e, all, i);
}

void print_json_choices(FILE *out, const struct experiment *e, const struct chooser *all)
{
    uint32_t i;

    fputs("  \"selection\": {\"metric\": ", out);
    print_json_text(out, all->metric);
    fputs(", \"points\": [", out);
    for (i = 0; i < all->cells; i++) {
        const struct choice *c = &all->choice[i];

        fputs(i ? ",\n    {\"at\": " : "\n    {\"at\": ", out);
        print_json_text(out, best_of(e, c)->at);
        fprintf(out, ", \"probability\": %.15g, \"decided\": %s, \"best\": ", 1.0 - c->alpha,
                c->decided ? "true" : "false");
        if (c->decided || c->selection)
            print_json_text(out, best_of(e, c)->policy->label);
        else
            fputs("null", out);
        fputs(", \"delta\": ", out);
        print_json_number(out, c->selection ? c->delta : NAN);
        if (!c->decided && c->why) {
            fputs(", \"why\": ", out);
            print_json_text(out, c->why);
        }
        fputc('}', out);
    }
    fputs("] },\n", out);
}
