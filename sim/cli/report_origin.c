/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the results of a report come from, and how to get them again. */
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/report.h"

static const char *text_of(const struct report *r)
{
    return r->results ? r->results->text : r->live ? r->live->text : "";
}

void report_scenario(FILE *out, const struct report *r)
{
    const char *text = text_of(r);
    const size_t size = strlen(text);

    if (size == 0)
        return;
    fputs("<section id=\"scenario\" aria-labelledby=\"h-scenario\"><h2 id=\"h-scenario\">Scenario"
          "</h2>\n",
          out);
    if (size > REPORT_SCENARIO)
        fprintf(out,
                "<p class=\"left-out\">Its text has %zu bytes, too many for a page: "
                "<code>scenario.json</code> beside the results has it.</p>\n",
                size);
    else {
        fputs("<p class=\"js\"><button type=\"button\" class=\"plain\" id=\"save\">Save it as "
              "scenario.json"
              "</button></p>\n<pre tabindex=\"0\" aria-label=\"text of the scenario\" dir=\"ltr\">"
              "<code id=\"text\">",
              out);
        page_text(out, text);
        fputs("</code></pre>\n", out);
    }
    fputs("</section>\n", out);
}

/* ---- Again. */

static void put_step(FILE *out, const char *before, const char *command, const char *after)
{
    fputs("<li>", out);
    fputs(before, out);
    fputs("<pre tabindex=\"0\"><code>", out);
    page_text(out, command);
    fputs("</code></pre>", out);
    fputs(after, out);
    fputs("</li>\n", out);
}

/* Options of its command line are in the text of the scenario already. */
void report_again(FILE *out, const struct report *r)
{
    const char *const *stamp = r->results ? r->results->stamp
                               : r->live  ? (const char *const *)r->live->stamp
                                          : NULL;
    char command[1200];

    if (!stamp)
        return;
    snprintf(command, sizeof command, "lbsim %.1100s", stamp[STAMP_COMMAND]);
    fputs("<section id=\"again\" aria-labelledby=\"h-again\"><h2 id=\"h-again\">How to reproduce it"
          "</h2>\n<ol>\n",
          out);
    fputs("<li>Take lbsim <b>", out);
    page_text(out, stamp[STAMP_VERSION]);
    fputs("</b> (commit <b>", out);
    page_text(out, stamp[STAMP_GIT]);
    fputs("</b>).</li>\n", out);
    put_step(out, "This is how it was called:", command, "");
    if (r->results) {
        put_step(out,
                 "Or save the scenario above, which has the options of that call in it, and "
                 "run it:",
                 "lbsim run scenario.json -o again",
                 "The same scenario, seed and version give the same numbers to the last bit, "
                 "whatever the machine and the number of workers.");
        put_step(out,
                 "Every difference from these results is then 0:", "lbsim compare RESULTS again",
                 "");
    } else {
        put_step(out,
                 "Or save the scenario above and run it:", "lbsim validate scenario.json -o again",
                 "What is measured differs from run to run, what is predicted does not.");
    }
    if (r->results && r->results->plugins && *r->results->plugins) {
        fputs("<li>It needs these plug-ins: <code>", out);
        page_text(out, r->results->plugins);
        fputs("</code></li>\n", out);
    }
    fputs("</ol></section>\n", out);
}

/* ---- Where from. */

static void put_pair(FILE *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    fprintf(out, "<dt>%s</dt><dd>", name);
    page_text(out, value);
    fputs("</dd>\n", out);
}

static void put_stamp(FILE *out, const char *const *stamp)
{
    int i;

    for (i = 0; i < STAMP_ITEMS; i++)
        put_pair(out, stamp_name((enum stamp_item)i), stamp[i]);
}

/* Which way trials take: each policy once for each reason that any point gives. */
static void put_ways(FILE *out, const struct report *r)
{
    const struct results *s = r->results;
    const char *why[REPORT_ROWS];
    uint32_t i, k, n = s->contenders_n < REPORT_ROWS ? s->contenders_n : REPORT_ROWS;

    for (i = 0; i < n; i++) {
        const char *label = s->contenders[i].label;

        why[i] = report_way_of(r->theory, s, i);
        for (k = 0; k < i; k++)
            if (why[i] && why[k] && !strcmp(why[i], why[k]) &&
                !strcmp(label, s->contenders[k].label))
                break;
        if (k < i || !why[i])
            continue;
        fputs("<dt>engine, <bdi>", out);
        page_text(out, label);
        fprintf(out, "</bdi></dt><dd>%s%s</dd>\n",
                *why[i] ? "the general way: " : "the express way", why[i]);
    }
}

void report_origin(FILE *out, const struct report *r)
{
    char confidence[40];

    fputs("<section id=\"origin\" aria-labelledby=\"h-origin\"><h2 id=\"h-origin\">Where it comes "
          "from</h2>\n",
          out);
    if (r->results) {
        snprintf(confidence, sizeof confidence, "%.6g %%", 100.0 * r->confidence);
        fputs("<dl class=\"origin\">\n", out);
        put_pair(out, "results", r->path);
        put_pair(out, "scenario", r->results->scenario);
        put_pair(out, "seed", r->results->seed);
        put_pair(out, "confidence", confidence);
        put_stamp(out, r->results->stamp);
        put_ways(out, r);
        fputs("</dl>\n", out);
    }
    if (r->live) {
        fputs(r->results ? "<h3>The live run</h3>\n" : "", out);
        fputs("<dl class=\"origin\">\n", out);
        put_pair(out, "results", r->results ? NULL : r->path);
        put_pair(out, "scenario", r->live->scenario);
        put_pair(out, "seed", r->live->seed);
        put_pair(out, "transport", r->live->transport);
        put_pair(out, "through", r->live->through);
        put_pair(out, "scheduler", r->live->scheduler);
        put_stamp(out, (const char *const *)r->live->stamp);
        fputs("</dl>\n", out);
    }
    fputs("</section>\n", out);
}
