/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/report_svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "sim/chart/page.h"

struct copy {
    FILE *out;
    const struct svg_picture *picture;
    struct svg_inks *inks;
    const char *a, *b; /* where both are; b: NULL, there is but one */
};

/* ---- Colours. */

/* The length of a colour: "#0072b2", "rgb(  0, 114, 178)", "black". */
static size_t ink_length(const char *at)
{
    size_t n;

    if (*at == '#')
        return 1 + strspn(at + 1, "0123456789abcdefABCDEF");
    if (!strncmp(at, "rgb(", 4)) {
        n = 4 + strspn(at + 4, "0123456789, ");
        return at[n] == ')' ? n + 1 : 0;
    }
    for (n = 0; isalpha((unsigned char)at[n]);)
        n++;
    return n;
}

static bool keep_ink(char to[SVG_INK], const char *from, size_t n)
{
    size_t i, at = 0;

    if (n == 0 || n >= SVG_INK)
        return false;
    for (i = 0; i < n; i++)
        if (from[i] != ' ')
            to[at++] = from[i];
    to[at] = '\0';
    return true;
}

/* The number of a pair; SVG_INKS: there is no room for it, or it is none. */
static uint32_t ink_of(struct svg_inks *inks, const char *light, size_t n, const char *dark,
                       size_t m)
{
    char a[SVG_INK], b[SVG_INK];
    uint32_t i;

    if (!keep_ink(a, light, n) || !keep_ink(b, dark, m))
        return SVG_INKS;
    for (i = 0; i < inks->n; i++)
        if (!strcmp(inks->light[i], a) && !strcmp(inks->dark[i], b))
            return i;
    if (inks->n == SVG_INKS)
        return SVG_INKS;
    memcpy(inks->light[inks->n], a, sizeof a);
    memcpy(inks->dark[inks->n], b, sizeof b);
    return inks->n++;
}

void svg_rules(FILE *out, const struct svg_inks *inks)
{
    uint32_t i;

    if (inks->n == 0)
        return;
    fputs(":root{", out);
    for (i = 0; i < inks->n; i++)
        fprintf(out, "--q%u:%s;", i, inks->light[i]);
    fputs("}\n@media screen and (prefers-color-scheme:dark){:root{", out);
    for (i = 0; i < inks->n; i++)
        fprintf(out, "--q%u:%s;", i, inks->dark[i]);
    fputs("}}\n", out);
}

/* ---- Words that may stand in a picture. */

static bool is_one_of(const char *word, size_t n, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == n && !strncmp(word, *list, n))
            return true;
    return false;
}

static bool is_shape(const char *name, size_t n)
{
    static const char *const shapes[] = { "svg",     "g",        "path",           "rect",
                                          "circle",  "use",      "text",           "tspan",
                                          "defs",    "polygon",  "polyline",       "line",
                                          "ellipse", "clipPath", "linearGradient", "stop",
                                          "pattern", "image",    "filter",         "feComposite",
                                          "feFlood", NULL };

    return is_one_of(name, n, shapes);
}

static bool is_left_out(const char *name, size_t n)
{
    static const char *const names[] = { "title", "desc", NULL };

    return is_one_of(name, n, names);
}

/* Nothing that acts, nothing that leads out of the page. */
static bool is_harmless(const char *name, size_t n, const char *value, size_t m)
{
    static const char *const links[] = { "href", "xlink:href", NULL };
    static const char png[] = "data:image/png;base64,";

    if (n >= 2 && !strncasecmp(name, "on", 2))
        return false;
    if (is_one_of(name, n, links))
        return (m > 0 && *value == '#') ||
               (m >= sizeof png && !strncmp(value, png, sizeof png - 1));
    for (size_t i = 0; i + 4 < m; i++)
        if (!strncasecmp(value + i, "url(", 4) && value[i + 4] != '#')
            return false;
    return true;
}

/* ---- Copying. */

/* Both go on by a byte that they share. */
static bool step(struct copy *c)
{
    if (!*c->a || (c->b && *c->a != *c->b))
        return false;
    fputc(*c->a++, c->out);
    c->b += c->b ? 1 : 0;
    return true;
}

/* Both pass what is not written. */
static bool skip(struct copy *c, size_t n)
{
    if (c->b && strncmp(c->a, c->b, n))
        return false;
    c->a += n;
    c->b += c->b ? n : 0;
    return true;
}

/* Value of an attribute, up to its quote: a colour that differs becomes a variable, a name of the
 * picture its own. */
static bool copy_value(struct copy *c, char quote, bool id)
{
    if (id || *c->a == '#') {
        const bool ink = c->b && strncmp(c->a, c->b, strcspn(c->a, "\"'"));

        if (!ink && id)
            fprintf(c->out, "c%u-", c->picture->number);
        else if (!ink && ink_length(c->a) != 7) {
            step(c);
            fprintf(c->out, "c%u-", c->picture->number);
        }
    }
    while (*c->a && *c->a != quote) {
        if (!strncmp(c->a, "url(#", 5) && skip(c, 5)) {
            fprintf(c->out, "url(#c%u-", c->picture->number);
        } else if (c->b && ink_length(c->a) &&
                   (ink_length(c->a) != ink_length(c->b) ||
                    strncmp(c->a, c->b, ink_length(c->a)))) {
            const size_t n = ink_length(c->a), m = ink_length(c->b);
            const uint32_t ink = ink_of(c->inks, c->a, n, c->b, m);

            if (ink == SVG_INKS)
                return false;
            fprintf(c->out, "var(--q%u)", ink);
            c->a += n;
            c->b += m;
        } else if (!step(c)) {
            return false;
        }
    }
    return step(c);
}

static bool copy_attribute(struct copy *c)
{
    const char *name = c->a, *value, *end;
    const size_t n = strcspn(name, "= \t\r\n/>");
    char quote;

    value = name + n;
    value += strspn(value, " ");
    if (n == 0 || *value != '=')
        return false;
    value += 1 + strspn(value + 1, " ");
    quote = *value++;
    if (quote != '"' && quote != '\'')
        return false;
    end = strchr(value, quote);
    if (!end || !is_harmless(name, n, value, (size_t)(end - value)))
        return false;
    while (c->a < value)
        if (!step(c))
            return false;
    return copy_value(c, quote, n == 2 && !strncmp(name, "id", 2));
}

static bool copy_tag(struct copy *c)
{
    const char *name = c->a + 1 + (c->a[1] == '/');
    const size_t n = strcspn(name, " \t\r\n/>");
    const bool root = name == c->a + 1 && n == 3 && !strncmp(name, "svg", 3);

    if (!is_shape(name, n))
        return false;
    while (c->a < name + n)
        if (!step(c))
            return false;
    if (root) {
        fputs(" role=\"img\" aria-label=\"", c->out);
        page_text(c->out, c->picture->label);
        fputc('"', c->out);
    }
    while (*c->a && *c->a != '>')
        if (strchr(" \t\r\n/", *c->a) ? !step(c) : !copy_attribute(c))
            return false;
    return step(c);
}

/* An element that is left out, with its text. */
static bool skip_element(struct copy *c, size_t n)
{
    char end[16];
    const char *found;

    snprintf(end, sizeof end, "</%.*s>", (int)n, c->a + 1);
    found = strstr(c->a, end);
    return found && skip(c, (size_t)(found - c->a) + strlen(end));
}

int svg_write(FILE *out, const struct svg_picture *picture, struct svg_inks *inks)
{
    struct copy c = { out, picture, inks, strstr(picture->light, "<svg"),
                      picture->dark ? strstr(picture->dark, "<svg") : NULL };
    bool good = c.a && (c.b || !picture->dark);

    while (good && *c.a) {
        const size_t n = *c.a == '<' ? strcspn(c.a + 1, " \t\r\n/>") : 0;

        if (n && is_left_out(c.a + 1, n))
            good = skip_element(&c, n);
        else
            good = *c.a == '<' ? copy_tag(&c) : step(&c);
    }
    return good && (!c.b || !*c.b) ? 0 : -EBADMSG;
}
