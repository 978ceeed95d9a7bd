/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/chart/page.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/chart/embedded.h"

#define REPLACEMENT 0xfffdu

/* The next character of a text (The Unicode Standard, table 3-7); what is no UTF-8 is replaced byte
 * by byte. */
static uint32_t next_character(const unsigned char **at)
{
    const unsigned char *s = *at;
    const uint32_t length = s[0] < 0x80                   ? 1
                            : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                            : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                            : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                          : 0;
    uint32_t c = length < 2 ? s[0] : s[0] & (0x7fu >> length), i;

    *at = s + 1;
    if (length == 0)
        return REPLACEMENT;
    for (i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return REPLACEMENT;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if ((length == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
        (length == 4 && (c < 0x10000 || c > 0x10ffff)))
        return REPLACEMENT;
    *at = s + length;
    return c;
}

/* Marks that turn the direction of writing, and separators that are unseen. */
static bool is_unseen(uint32_t c)
{
    return c == 0x2028 || c == 0x2029 || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_control(uint32_t c)
{
    return (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0xfffe ||
           c == 0xffff;
}

static void put_character(FILE *out, uint32_t c)
{
    if (c < 0x80) {
        fputc((int)c, out);
    } else if (c < 0x800) {
        fputc((int)(0xc0 | c >> 6), out);
        fputc((int)(0x80 | (c & 0x3f)), out);
    } else if (c < 0x10000) {
        fputc((int)(0xe0 | c >> 12), out);
        fputc((int)(0x80 | (c >> 6 & 0x3f)), out);
        fputc((int)(0x80 | (c & 0x3f)), out);
    } else {
        fputc((int)(0xf0 | c >> 18), out);
        fputc((int)(0x80 | (c >> 12 & 0x3f)), out);
        fputc((int)(0x80 | (c >> 6 & 0x3f)), out);
        fputc((int)(0x80 | (c & 0x3f)), out);
    }
}

static const char *entity(uint32_t c)
{
    return c == '<'    ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '&'  ? "&amp;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&#39;"
           : c == '`'  ? "&#96;"
                       : NULL;
}

void page_text(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)(text ? text : "");

    while (*at) {
        const uint32_t c = next_character(&at);

        if (entity(c))
            fputs(entity(c), out);
        else if (is_unseen(c))
            fprintf(out, "\\u%04x", c);
        else
            put_character(out, is_control(c) ? REPLACEMENT : c);
    }
}

void page_name(FILE *out, const char *text)
{
    fputs("<bdi>", out);
    page_text(out, text);
    fputs("</bdi>", out);
}

void page_json_text(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)(text ? text : "");

    fputc('"', out);
    while (*at) {
        const uint32_t c = next_character(&at);

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\'')
            fprintf(out, "\\u%04x", c);
        else if (is_unseen(c)) /* to be seen, not to be obeyed */
            fprintf(out, "\\\\u%04x", c);
        else
            put_character(out, c);
    }
    fputc('"', out);
}

void page_json_number(FILE *out, double x)
{
    if (isfinite(x))
        fprintf(out, "%.6g", x);
    else
        fputs("null", out);
}

int page_fill(FILE *out, const char *name, page_part *part, void *context)
{
    static const char open[] = "<!--@", shut[] = "-->";
    const struct embedded *file = embedded(name);
    const char *at = file ? (const char *)file->bytes : NULL, *mark, *end;
    char word[32];
    int answer = file ? 0 : -ENOENT;

    while (answer == 0 && (mark = strstr(at, open)) && (end = strstr(mark, shut))) {
        fwrite(at, 1, (size_t)(mark - at), out);
        mark += sizeof open - 1;
        snprintf(word, sizeof word, "%.*s", (int)(end - mark), mark);
        answer = part(context, out, word);
        at = end + sizeof shut - 1;
    }
    if (answer == 0)
        fputs(at, out);
    return answer;
}
