/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "sim/live/datagram.h"
#include "sim/live/protocol.h"

static const char *const words[] = {
    [PARCEL_REQUEST] = "request", [PARCEL_CHECK] = "check",   [PARCEL_ANSWER] = "answer",
    [PARCEL_BEGUN] = "begun",     [PARCEL_CANCEL] = "cancel",
};
enum { WORDS = sizeof words / sizeof words[0] };

/* The kind of parcel that a line begins with, its word and then its id; -1: none. */
static int kind_of(const char *line, size_t n)
{
    int i;

    for (i = 0; i < WORDS; i++) {
        const size_t word = strlen(words[i]);

        if (n >= word + 4 && !memcmp(line, words[i], word) && !memcmp(line + word, " id=", 4))
            return i;
    }
    return -1;
}

static bool is_text(const char *line, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t')
            return false;
    return n > 0;
}

/* 0 and *mark (0: the line has none), or -1: it is no number. */
static int read_mark(const char *line, size_t n, uint64_t *mark)
{
    static const char name[] = "mark=";
    const char *end = line + n, *at = line;

    *mark = 0;
    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space ? space : end;

        if ((size_t)(stop - at) >= sizeof name - 1 && !memcmp(at, name, sizeof name - 1)) {
            at += sizeof name - 1;
            return key_of_digits(at, (size_t)(stop - at), mark) ? 0 : -1;
        }
        at = space ? space + 1 : end;
    }
    return 0;
}

static int read_fields(struct datagram *d, const char *fields, size_t n, size_t body)
{
    if (parcel_read(&d->parcel, fields, n) || read_mark(fields, n, &d->mark))
        return -1;
    return d->parcel.body == body ? 0 : -1;
}

/* Where the newline is, or NULL; *line is the length of what stands before it. */
static const char *end_of_line(const char *bytes, size_t n, size_t *line)
{
    const char *end = memchr(bytes, '\n', n);

    *line = end ? (size_t)(end - bytes) : n;
    if (*line > 0 && bytes[*line - 1] == '\r')
        --*line;
    return end;
}

int datagram_read(struct datagram *d, const char *bytes, size_t n, size_t whole)
{
    size_t line;
    const char *end = end_of_line(bytes, n, &line);
    const size_t body = end ? whole - (size_t)(end - bytes) - 1 : 0;
    int kind;

    *d = (struct datagram) { .parcel = parcel_blank(0) };
    if ((!end && whole > n) || !is_text(bytes, line))
        return -1;
    kind = kind_of(bytes, line);
    if (kind >= 0) {
        const size_t word = strlen(words[kind]) + 1;

        d->parcel.kind = (enum parcel_kind)kind;
        return read_fields(d, bytes + word, line - word, body);
    }
    d->stranger = d->parcel.keyed = true;
    if (!key_of_digits(bytes, line, &d->parcel.key))
        d->parcel.key = key_of_text(bytes, line);
    d->parcel.body = (uint32_t)body;
    return 0;
}

uint64_t datagram_mark(const char *bytes, size_t n)
{
    uint64_t mark;
    size_t line;

    return end_of_line(bytes, n, &line) && !read_mark(bytes, line, &mark) ? mark : 0;
}

size_t datagram_write(char text[DATAGRAM_TEXT_MOST], const struct parcel *parcel, uint64_t mark)
{
    const char *word = words[parcel->kind];
    size_t n = strlen(word);

    memcpy(text, word, n);
    text[n++] = ' ';
    n += parcel_write(parcel, text + n);
    if (mark)
        n += (size_t)snprintf(text + n, DATAGRAM_TEXT_MOST - n, " mark=%llu",
                              (unsigned long long)mark);
    text[n++] = '\n';
    return n;
}
