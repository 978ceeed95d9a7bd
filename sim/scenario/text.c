/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/text.h"

#include <errno.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/scenario.h"

enum { BLOCK = 4096, WINDOW = 90, BEFORE = 60 };

static bool is_inner(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static void index_bytes(const struct text *text, uint32_t *starts, uint32_t *inner)
{
    uint32_t line = 1, count = 0;
    size_t i;

    starts[0] = 0;
    for (i = 0; i < text->length; i++) {
        if (i % BLOCK == 0)
            inner[i / BLOCK] = count;
        count += is_inner(text->bytes[i]);
        if (text->bytes[i] == '\n')
            starts[line++] = (uint32_t)i + 1;
    }
    if (i % BLOCK == 0)
        inner[i / BLOCK] = count;
}

int text_open(struct text *text, struct arena *arena, const char *name, const char *bytes,
              size_t length)
{
    uint32_t lines = 1, *starts, *inner;
    size_t i;

    for (i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    *text = (struct text) { .name = name, .bytes = bytes, .length = length, .starts_n = lines };
    starts = arena_get(arena, lines * sizeof *starts);
    inner = arena_get(arena, (length / BLOCK + 1) * sizeof *inner);
    if (!starts || !inner)
        return -ENOMEM;
    index_bytes(text, starts, inner);
    text->starts = starts;
    text->inner = inner;
    return 0;
}

struct text text_of_option(const char *name, const char *bytes, size_t length)
{
    return (struct text) { .name = name, .bytes = bytes, .length = length, .option = true };
}

struct text text_made_of(const struct text *within, size_t offset, const char *bytes, size_t length)
{
    return (struct text) { .name = within->name,
                           .bytes = bytes,
                           .length = length,
                           .option = within->option,
                           .within = within,
                           .within_at = offset };
}

static uint32_t line_of(const struct text *text, size_t offset)
{
    uint32_t low = 0, high = text->starts_n;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (text->starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t inner_before(const struct text *text, size_t offset)
{
    uint32_t count = text->inner[offset / BLOCK];
    size_t i;

    for (i = offset / BLOCK * BLOCK; i < offset; i++)
        count += is_inner(text->bytes[i]);
    return count;
}

struct place text_place(const struct text *text, size_t offset)
{
    uint32_t line, column;
    size_t start;

    if (text->within)
        return text_place(text->within, text->within_at);
    if (text->option || !text->starts)
        return (struct place) { 0, 0 };
    if (offset > text->length)
        offset = text->length;
    line = line_of(text, offset);
    start = text->starts[line];
    column = (uint32_t)(offset - start) - (inner_before(text, offset) - inner_before(text, start));
    return (struct place) { line + 1, column + 1 };
}

/* The part of the offset's line that is shown: [*from, *to). */
static void window(const struct text *text, size_t offset, size_t *from, size_t *to)
{
    size_t start = text->starts ? text->starts[line_of(text, offset)] : 0, end = offset;

    *from = offset - start > BEFORE ? offset - BEFORE : start;
    while (*from < offset && is_inner(text->bytes[*from]))
        ++*from;
    while (end < text->length && end - *from < WINDOW && text->bytes[end] != '\n')
        end++;
    while (end > *from && end < text->length && is_inner(text->bytes[end]))
        end--;
    *to = end;
}

uint32_t text_excerpt(const struct text *text, size_t offset, char room[EXCERPT_ROOM])
{
    size_t from, to, i;
    uint32_t caret = 0, n = 0;

    if (text->within)
        return text_excerpt(text->within, text->within_at, room);
    if (offset > text->length)
        offset = text->length;
    window(text, offset, &from, &to);
    for (i = from; i < to; i++) {
        unsigned char byte = (unsigned char)text->bytes[i];

        if (i < offset)
            caret += !is_inner((char)byte);
        if (byte != '\r')
            room[n++] = byte == '\t' ? ' ' : byte < ' ' || byte == 127 ? '?' : (char)byte;
    }
    room[n] = '\0';
    return caret;
}

size_t utf8_length(const char *at, size_t left)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t n = byte[0] < 0x80   ? 1
               : byte[0] < 0xc2 ? 0
               : byte[0] < 0xe0 ? 2
               : byte[0] < 0xf0 ? 3
                                : 4;
    size_t i;

    if (!n || n > left || byte[0] > 0xf4)
        return 0;
    for (i = 1; i < n; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
        (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    return n;
}

bool text_has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

void text_clean(char *text)
{
    size_t left = strlen(text), n;

    for (; left; text += n, left -= n) {
        n = utf8_length(text, left);
        if (!n || (unsigned char)*text < ' ' || *text == 127) {
            *text = '?';
            n = 1;
        }
    }
}
