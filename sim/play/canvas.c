/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "sim/play/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

int canvas_open(struct canvas *f, uint32_t rows, uint32_t columns, bool utf8)
{
    *f = (struct canvas) { rows, columns, utf8,
                           malloc(((size_t)rows * columns + 1) * sizeof f->at[0]) };
    if (!f->at)
        return -ENOMEM;
    canvas_clear(f);
    return 0;
}

void canvas_close(struct canvas *f)
{
    free(f->at);
    f->at = NULL;
}

void canvas_clear(struct canvas *f)
{
    size_t i, n = (size_t)f->rows * f->columns;

    for (i = 0; i < n; i++)
        f->at[i] = (struct glyph) { ' ', LOOK_PLAIN };
}

/* ---- Text. */

/* The next character of a text that is perhaps UTF-8; U+FFFD for a byte that is none. */
static uint32_t decode(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    int more = at[0] < 0x80 ? 0 : at[0] < 0xc2 ? -1 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3, i;
    uint32_t code = more <= 0 ? at[0] : at[0] & (0x3fu >> more);

    ++*text;
    for (i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0xfffd;
        code = code << 6 | (at[i] & 0x3fu);
    }
    if (more < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
        (more == 2 && code < 0x800) || (more == 3 && code < 0x10000))
        return 0xfffd;
    *text += more;
    return code;
}

/* Marks that set the direction of writing, some of which locales give a width. */
static bool directs(uint32_t code)
{
    return code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* The columns that it takes; 0: it is not to be shown. */
static uint32_t width(const struct canvas *f, uint32_t code)
{
    int n;

    if (code < 0x80)
        return code >= 0x20 && code < 0x7f;
    if (!f->utf8 || code == 0xfffd || directs(code))
        return 0;
    n = wcwidth((wchar_t)code);
    return n == 1 || n == 2 ? (uint32_t)n : 0;
}

static void set(struct canvas *f, uint32_t row, uint32_t column, unsigned look, uint32_t code)
{
    if (row < f->rows && column < f->columns)
        f->at[(size_t)row * f->columns + column] = (struct glyph) { code, look };
}

uint32_t canvas_put(struct canvas *f, uint32_t row, uint32_t column, uint32_t room, unsigned look,
                    const char *text)
{
    uint32_t used = 0, last = column;

    if (column >= f->columns)
        return 0;
    room = room < f->columns - column ? room : f->columns - column;
    while (*text && room > 0) {
        uint32_t code = decode(&text), n = width(f, code);

        code = n ? code : '?';
        n = n ? n : 1;
        if (used + n > room) {
            last = used < room ? column + used : last;
            set(f, row, last, look, f->utf8 ? 0x2026 : '~');
            if (last + 1 < column + room)
                set(f, row, last + 1, look, ' ');
            return room;
        }
        last = column + used;
        set(f, row, last, look, code);
        if (n == 2)
            set(f, row, last + 1, look, 0);
        used += n;
    }
    return used;
}

void canvas_glyph(struct canvas *f, uint32_t row, uint32_t column, unsigned look, uint32_t code,
                  char ascii)
{
    set(f, row, column, look, f->utf8 ? code : (unsigned char)ascii);
}

/* ---- Bytes. */

static size_t encode(uint32_t code, char bytes[4])
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | code >> 18);
    bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

void canvas_text(const struct canvas *f, uint32_t row, char *text, size_t room)
{
    const struct glyph *at = f->at + (size_t)row * f->columns;
    size_t n = 0;
    uint32_t i;

    for (i = 0; i < f->columns && n + 5 < room; i++)
        n += at[i].code ? encode(at[i].code, text + n) : 0;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
}

static void draw_look(FILE *out, unsigned look, bool color)
{
    fputs("\033[0", out);
    if (look & LOOK_BOLD)
        fputs(";1", out);
    if (look & LOOK_DIM)
        fputs(";2", out);
    if (look & LOOK_REVERSE)
        fputs(";7", out);
    if (color && (look & LOOK_COLORS))
        fprintf(out, ";%u", 30 + (look & LOOK_COLORS));
    fputc('m', out);
}

static bool same(const struct glyph *a, const struct glyph *b)
{
    return a->code == b->code && a->look == b->look;
}

/* The glyphs from .. to - 1 of a row, cursor and look first; the look is plain again afterwards. */
static void draw_span(FILE *out, const struct glyph *at, uint32_t row, uint32_t from, uint32_t to,
                      bool color)
{
    unsigned look = LOOK_PLAIN;
    char bytes[4];
    uint32_t i;

    fprintf(out, "\033[%u;%uH", row + 1, from + 1);
    for (i = from; i < to; i++) {
        if (at[i].look != look)
            draw_look(out, at[i].look, color);
        look = at[i].look;
        if (at[i].code)
            fwrite(bytes, 1, encode(at[i].code, bytes), out);
    }
    if (look != LOOK_PLAIN)
        fputs("\033[0m", out);
}

void canvas_draw(FILE *out, const struct canvas *now, const struct canvas *before, bool color)
{
    bool anew = !before || before->rows != now->rows || before->columns != now->columns;
    uint32_t row, from, to;

    if (anew)
        fputs("\033[0m\033[2J", out);
    for (row = 0; row < now->rows; row++) {
        const struct glyph *at = now->at + (size_t)row * now->columns;
        const struct glyph *was = anew ? NULL : before->at + (size_t)row * now->columns;

        from = 0;
        to = now->columns;
        while (was && to > 0 && same(&at[to - 1], &was[to - 1]))
            to--;
        while (was && from < to && same(&at[from], &was[from]))
            from++;
        while (from > 0 && (!at[from].code || (was && !was[from].code)))
            from--; /* a wide glyph is written, and written over, as a whole */
        if (to < now->columns && !at[to].code)
            to++;
        if (from < to)
            draw_span(out, at, row, from, to, color);
    }
}
