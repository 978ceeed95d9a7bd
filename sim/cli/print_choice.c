/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The answer of run --select. */
#include <math.h>

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

static void print_choice(FILE *out, const struct experiment *e, const struct chooser *all,
                         uint32_t cell)
{
    const struct choice *c = &all->choice[cell];
    const struct point *best = best_of(e, c);
    double scale;
    const char *unit = cell_unit(best->metrics->at[metrics_find(best->metrics, all->metric)].unit,
                                 c->delta, &scale);

    if (best->at[0])
        fprintf(out, "%s: ", best->at);
    if (c->decided)
        fprintf(out,
                "the best is %s, with probability %g %% or more, unless another is within %.3g%s%s "
                "of it",
                best->policy->label, 100.0 * (1.0 - all->alpha), c->delta / scale,
                unit[0] ? " " : "", unit);
    else
        fprintf(out, "NOT DECIDED: %s; the best so far is %s", c->why ? c->why : "it did not end",
                best->policy->label);
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
    fprintf(out, ", \"probability\": %.15g, \"points\": [", 1.0 - all->alpha);
    for (i = 0; i < all->cells; i++) {
        const struct choice *c = &all->choice[i];

        fputs(i ? ",\n    {\"at\": " : "\n    {\"at\": ", out);
        print_json_text(out, best_of(e, c)->at);
        fprintf(out, ", \"decided\": %s, \"best\": ", c->decided ? "true" : "false");
        print_json_text(out, best_of(e, c)->policy->label);
        fputs(", \"delta\": ", out);
        print_json_number(out, c->delta);
        if (!c->decided && c->why) {
            fputs(", \"why\": ", out);
            print_json_text(out, c->why);
        }
        fputc('}', out);
    }
    fputs("] },\n", out);
}
