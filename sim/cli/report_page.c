/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page of a report: what belongs at each mark of plots/report.html. */
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/report.h"

static const char *scenario_of(const struct report *r)
{
    return r->results ? r->results->scenario : r->live ? r->live->scenario : "";
}

static void put_title(FILE *out, const struct report *r)
{
    page_text(out, r->title ? r->title : scenario_of(r));
}

/* What it is about, under the title. */
static void put_question(FILE *out, const struct report *r)
{
    if (r->title) {
        fputs("<p class=\"of\">Scenario ", out);
        page_name(out, scenario_of(r));
        fputs("</p>\n", out);
    }
    if (r->question) {
        fputs("<p class=\"question\">", out);
        page_text(out, r->question);
        fputs("</p>\n", out);
    }
    if (r->source) {
        fputs("<p class=\"of\">After ", out);
        page_text(out, r->source);
        fputs("</p>\n", out);
    }
}

static void put_facts(FILE *out, const struct report *r)
{
    const char *const *stamp = r->results ? r->results->stamp : (const char *const *)r->live->stamp;
    uint32_t most = 0, i;

    fputs("<p class=\"facts\">", out);
    if (r->results) {
        for (i = 0; i < r->results->contenders_n; i++)
            if (r->results->contenders[i].replications > most)
                most = r->results->contenders[i].replications;
        report_count(out, r->policies, "policy", "policies");
        fputs(" \u00b7 ", out);
        report_count(out, r->results->points_n, "point", "points");
        fputs(" \u00b7 ", out);
        report_count(out, most, "replication", "replications");
        fputs(" \u00b7 seed ", out);
        page_text(out, r->results->seed);
        fputs(" \u00b7 ", out);
    } else {
        report_count(out, r->live->contenders_n, "live run", "live runs");
        fputs(" \u00b7 ", out);
    }
    fputs("lbsim ", out);
    page_text(out, stamp[STAMP_VERSION]);
    fputs(" \u00b7 ", out);
    page_text(out, stamp[STAMP_CREATED]);
    fputs("</p>\n", out);
}

/* Links to the sections that are there. */
static void put_links(FILE *out, const struct report *r)
{
    const bool simulated = r->results != NULL, sweep = simulated && r->results->points_n > 1;
    const struct {
        const char *to, *name;
        bool there;
    } links[] = { { "answer", "Answer", simulated },
                  { "live", "Real sockets", r->live && r->live->contenders_n },
                  { "charts", "Charts", r->charts_size > 0 },
                  { "explore", "Explore", sweep },
                  { "numbers", "Numbers", simulated },
                  { "points", sweep ? "Each point" : "Differences", simulated },
                  { "scenario", "Scenario", true },
                  { "again", "Reproduce", true },
                  { "origin", "Origin", true } };
    size_t i;

    for (i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].there)
            fprintf(out, "<li%s><a href=\"#%s\">%s</a></li>\n",
                    !strcmp(links[i].to, "explore") ? " class=\"js\"" : "", links[i].to,
                    links[i].name);
}

/* ---- Marks. */

typedef void section(FILE *, const struct report *);

static int put_part(void *context, FILE *out, const char *mark)
{
    static const struct {
        const char *mark;
        section *put;
    } parts[] = { { "title", put_title },          { "colours", report_colours },
                  { "question", put_question },    { "facts", put_facts },
                  { "links", put_links },          { "answer", report_answer },
                  { "warnings", report_warnings }, { "live", report_live },
                  { "charts", report_charts },     { "explorer", report_explorer },
                  { "numbers", report_numbers },   { "points", report_points },
                  { "scenario", report_scenario }, { "again", report_again },
                  { "origin", report_origin },     { "data", report_data } };
    size_t i;

    for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strcmp(parts[i].mark, mark))
            parts[i].put(out, context);
    return 0;
}

int report_write(FILE *out, const struct report *r)
{
    return page_fill(out, "report.html", put_part, (void *)(uintptr_t)r);
}
