/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/chart/chart_svg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_text.h"

struct page {
    FILE *out;
    const char *name;
    bool titled; /* what comes first is the page's own */
};

static bool starts(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

/* How long the id is that begins behind a quote here, if it is one of those that are the same in
 * every picture: 0 if it is not. */
static size_t common_id(const char *at)
{
    static const char *const ids[] = { "gpDot", "gpPt", "gnuplot_canvas", "textbox", "greybox" };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (starts(at, ids[i]))
            return strlen(ids[i]);
    return 0;
}

/* An id where it is defined ('gpPt0') or used ('#gpPt0'): how much of the text that was. */
static size_t put_id(struct page *p, const char *at)
{
    const size_t before = *at == '\'' || *at == '"' ? 1 + (at[1] == '#') : 0;
    const size_t n = before ? common_id(at + before) : 0;

    if (n)
        fprintf(p->out, "%.*s%s_%.*s", (int)before, at, p->name, (int)n, at + before);
    return n ? before + n : 0;
}

static void put_escaped(FILE *out, const char *text)
{
    char *clean = NULL;
    size_t n;
    FILE *memory = open_memstream(&clean, &n);

    if (memory) {
        chart_clean(memory, text, 4 * CHART_TEXT_MOST);
        fclose(memory);
    }
    for (const char *c = clean; c && *c; c++)
        if (*c == '<' || *c == '>' || *c == '&')
            fputs(*c == '<' ? "&lt;" : *c == '>' ? "&gt;" : "&amp;", out);
        else
            fputc(*c, out);
    free(clean);
}

/* The end of an element that begins here, or NULL. */
static const char *past(const char *at, const char *begin, const char *end)
{
    const char *found = starts(at, begin) ? strstr(at, end) : NULL;

    return found ? found + strlen(end) : NULL;
}

static const char *put(struct page *p, const char *at, const char *title, const char *help)
{
    const char *next = past(at, "<title>", "</title>");
    size_t id;

    if (next) {
        if (!p->titled) {
            fputs("<title>", p->out);
            put_escaped(p->out, title);
            fputs("</title>", p->out);
        }
        p->titled = true;
        return next;
    }
    next = past(at, "<desc>", "</desc>");
    if (next) {
        fputs("<desc>", p->out);
        put_escaped(p->out, help);
        fputs("</desc>", p->out);
        return next;
    }
    id = put_id(p, at);
    if (id == 0)
        fputc(*at, p->out);
    return at + (id ? id : 1);
}

char *chart_svg(const char *svg, const char *name, const char *title, const char *help,
                size_t *size)
{
    char *bytes = NULL;
    struct page p = { .out = open_memstream(&bytes, size), .name = name };

    if (!p.out)
        return NULL;
    while (*svg)
        svg = put(&p, svg, title, help);
    if (fclose(p.out)) {
        free(bytes);
        return NULL;
    }
    return bytes;
}
