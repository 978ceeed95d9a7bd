/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/chart/chart_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sim/scenario/text.h"

/* The character at the start of a text and how many bytes it has; UINT32_MAX and 1: no UTF-8. */
static uint32_t character(const unsigned char *s, size_t *bytes)
{
    static const uint32_t lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    const size_t n = utf8_length((const char *)s, strnlen((const char *)s, 4));
    uint32_t code = s[0] & lead[n];

    *bytes = n ? n : 1;
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (s[i] & 0x3f);
    return n ? code : UINT32_MAX;
}

/* Marks that nobody sees and that change how neighbours are shown. */
static bool is_mark(uint32_t c)
{
    return c == 0x61c || c == 0xfeff || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           (c >= 0xfff0 && c <= 0xfffd) || (c <= 0x10ffff && (c & 0xfffe) == 0xfffe);
}

static bool is_space(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static size_t length(const char *text)
{
    size_t n = 0, bytes;

    for (const unsigned char *s = (const unsigned char *)text; *s; s += bytes)
        n += !is_mark(character(s, &bytes));
    return n;
}

/* What may mean something to gnuplot, between quotes or not. */
static bool is_sign(uint32_t c)
{
    return c == '\'' || c == '"' || c == '`' || c == '$' || c == '@' || c == '\\';
}

static void put(FILE *out, const char *text, size_t most, bool quoted)
{
    const size_t all = length(text);
    size_t left = all > most ? most - 1 : all, bytes;

    for (const unsigned char *s = (const unsigned char *)text; *s && left; s += bytes) {
        const uint32_t c = character(s, &bytes);

        if (is_mark(c))
            continue;
        left--;
        if (c == UINT32_MAX || is_space(c))
            fputc(c == UINT32_MAX ? '?' : ' ', out);
        else if (quoted && is_sign(c))
            fprintf(out, "'.\"\\%03o\".'", (unsigned)c);
        else
            fwrite(s, 1, bytes, out);
    }
    if (all > most)
        fputs("…", out);
}

void chart_clean(FILE *out, const char *text, size_t most)
{
    put(out, text, most, false);
}

void chart_quote(FILE *out, const char *text, size_t most)
{
    fputc('\'', out);
    put(out, text, most, true);
    fputc('\'', out);
}
