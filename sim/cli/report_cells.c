/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of the tables of a report. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/cell.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/report.h"

void report_count(FILE *out, uint64_t n, const char *one, const char *many)
{
    fprintf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

void report_table_begin(FILE *out, const char *caption, const char *kind)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
    page_text(out, caption);
    fprintf(out, "\"><table class=\"%s\"><caption>", kind);
    page_text(out, caption);
    fputs("</caption>\n<thead><tr>", out);
}

void report_table_end(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}

/* A long name may be broken after a point or a bracket. */
static void put_breakable(FILE *out, const char *text)
{
    char part[256];

    while (*text) {
        size_t n = strcspn(text, ".]_");

        n += text[n] != '\0';
        n = n < sizeof part ? n : sizeof part - 1;
        memcpy(part, text, n);
        part[n] = '\0';
        page_text(out, part);
        text += n;
        fputs(*text ? "<wbr>" : "", out);
    }
}

void report_heading(FILE *out, const char *text, const char *unit, bool number)
{
    fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
    put_breakable(out, text);
    if (*unit) {
        fputs(" <small>", out);
        page_text(out, unit);
        fputs("</small>", out);
    }
    fputs("</th>", out);
}

static void put_key(FILE *out, double value)
{
    fprintf(out, "<td class=\"n\"");
    if (isfinite(value))
        fprintf(out, " data-v=\"%.9g\"", value);
}

/* "12.3 ±0.4" with the half-width in small. */
static void put_number(FILE *out, const struct interval *x, struct grid_unit unit, bool with_sign)
{
    const double half = compare_half(x) / unit.one;
    char text[CELL_ROOM];
    char *half_at;

    cell_number(text, sizeof text, x->value / unit.one, half, with_sign);
    half_at = strstr(text, " \u00b1");
    if (half_at)
        *half_at = '\0';
    fputs(text, out);
    if (half_at)
        fprintf(out, " <span class=\"pm\">%s</span>", half_at + 1);
}

void report_cell(FILE *out, const struct interval *x, struct grid_unit unit, char mark,
                 bool with_sign)
{
    put_key(out, x->value);
    if (x->why) {
        fputs(" title=\"", out);
        page_text(out, x->why);
        fputc('"', out);
    }
    fputc('>', out);
    if (mark == '*' || mark == '=')
        fprintf(out, "<span class=\"best\" title=\"%s\">%s</span> ",
                mark == '*' ? "the best for sure" : "may be the best: cannot be told apart",
                mark == '*' ? "\u2605" : "\u2606");
    if (isnan(x->value))
        fputs("<span class=\"none\">\u2013</span>", out);
    else
        put_number(out, x, unit, with_sign);
    fputs("</td>", out);
}

enum { SHORT_LABEL = 30 };

/* Short ones stay on a line with their mark. */
void report_policy(FILE *out, const struct report *r, const char *label)
{
    uint32_t i;

    for (i = 0; i < r->policies && strcmp(r->policy[i], label); i++)
        ;
    fprintf(out, "<span class=\"%s\">", cell_width(label) <= SHORT_LABEL ? "short" : "name");
    if (i < r->policies)
        fprintf(out, "<i class=\"key k%u\"></i>", i + 1);
    page_name(out, label);
    fputs("</span>", out);
}

void report_point(FILE *out, const struct results_point *point)
{
    uint32_t i;

    for (i = 0; i < point->at_n; i++) {
        fputs(i ? ", " : "", out);
        page_name(out, point->at[i].path);
        fputc('=', out);
        page_name(out, point->at[i].text);
    }
}
