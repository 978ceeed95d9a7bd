/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a reader of a report must know before trusting it. */
#include <stdlib.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/caution.h"
#include "sim/cli/report.h"
#include "sim/record/part_of_run.h"

enum { PART_MOST = 20 };

static const char *meaning(const char *code)
{
    uint32_t i;

    for (i = 0; caution_codes[i][0]; i++)
        if (!strcmp(caution_codes[i][0], code))
            return caution_codes[i][1];
    return code;
}

static void put_where(FILE *out, const struct store_warning *w)
{
    fputs("<li>", out);
    if (*w->label)
        page_name(out, w->label);
    if (*w->label && *w->point)
        fputs(" at ", out);
    if (*w->point)
        page_name(out, w->point);
    fputs(*w->label || *w->point ? ": " : "", out);
    page_text(out, w->message);
    fputs("</li>\n", out);
}

static bool is_first(const struct results *r, uint32_t i)
{
    uint32_t k;

    for (k = 0; k < i; k++)
        if (!strcmp(r->warnings[k].code, r->warnings[i].code))
            return false;
    return true;
}

/* All of one code. */
static void put_kind(FILE *out, const struct results *r, uint32_t first)
{
    const char *code = r->warnings[first].code;
    uint32_t i, n = 0, told = 0;

    for (i = first; i < r->warnings_n; i++)
        n += !strcmp(r->warnings[i].code, code);
    fprintf(out, "<li><details><summary>");
    page_text(out, meaning(code));
    fputs(" <small>", out);
    page_text(out, code);
    if (n > 1)
        fprintf(out, ", %u times", n);
    fputs("</small></summary><ul>\n", out);
    for (i = first; i < r->warnings_n && told < REPORT_SAYINGS; i++)
        if (!strcmp(r->warnings[i].code, code)) {
            put_where(out, &r->warnings[i]);
            told++;
        }
    if (told < n)
        fprintf(out, "<li>and %u more</li>\n", n - told);
    fputs("</ul></details></li>\n", out);
}

/* Of the point that the answer is about. */
static void put_of_answer(FILE *out, const struct report *r)
{
    struct comparison c;
    uint32_t i;

    if (report_compare(r, r->point, &c) == 0)
        for (i = 0; i < c.warnings_n; i++) {
            fputs("<li>", out);
            page_text(out, c.warnings[i].text);
            fputs("</li>\n", out);
        }
    comparison_close(&c);
}

static void put_parts(FILE *out, const struct results *r)
{
    char part[PART_OF_RUN];
    uint32_t i, n = 0;

    for (i = 0; i < r->contenders_n; i++) {
        const struct results_contender *c = &r->contenders[i];

        if ((!c->failed && !part_of_run(c, part)) || ++n > PART_MOST)
            continue;
        fputs("<li>", out);
        page_name(out, c->label);
        if (*r->points[c->point].name) {
            fputs(" at ", out);
            page_name(out, r->points[c->point].name);
        }
        if (c->failed)
            fprintf(out, ": %u of its trials failed</li>\n", c->failed);
        else
            fprintf(out, ": %s</li>\n", part);
    }
    if (n > PART_MOST)
        fprintf(out, "<li>and %u more policies and points of which a part is here</li>\n",
                n - PART_MOST);
}

static void put_damage(FILE *out, const struct results *r)
{
    uint32_t i;

    for (i = 0; i < r->damage_n && i < REPORT_SAYINGS; i++) {
        fputs("<li>Damaged and left out: ", out);
        page_text(out, r->damage[i]);
        fputs("</li>\n", out);
    }
    if (r->damage_n > REPORT_SAYINGS)
        fprintf(out, "<li>and %u more damaged rows or trials</li>\n", r->damage_n - REPORT_SAYINGS);
}

static void put_all(FILE *out, const struct report *r)
{
    const struct results *results = r->results;
    uint32_t i;

    if (results && !results->complete)
        fputs("<li>The run has not ended: numbers are of what is there.</li>\n", out);
    if (results) {
        put_damage(out, results);
        put_parts(out, results);
        for (i = 0; i < results->warnings_n; i++)
            if (is_first(results, i))
                put_kind(out, results, i);
        put_of_answer(out, r);
    }
    if (r->live && r->live->damaged)
        fputs("<li>Rows of the live run are damaged and left out.</li>\n", out);
}

void report_warnings(FILE *out, const struct report *r)
{
    char *text = NULL;
    size_t size = 0;
    FILE *list = open_memstream(&text, &size);

    if (!list)
        return;
    put_all(list, r);
    if (fclose(list) == 0 && size)
        fprintf(out,
                "<section id=\"warnings\" class=\"warnings\" aria-labelledby=\"h-warnings\">"
                "<h2 id=\"h-warnings\">Before you trust it</h2>\n<ul>\n%s</ul></section>\n",
                text);
    free(text);
}
