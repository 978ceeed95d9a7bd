/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text and the places in it: from a byte offset to line and column, and to an excerpt. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct place;

/* A file, or the words of an option (`--set load=2`), which has no lines worth naming, or values
 * that were made of what stands in another text, as those of a range: their place is there. */
struct text {
    const char *name, *bytes;
    size_t length;
    bool option;
    const struct text *within; /* NULL: a text of its own */
    size_t within_at;
    const uint32_t *starts; /* where each line begins */
    uint32_t starts_n;
    const uint32_t *inner; /* UTF-8 continuation bytes before each block */
};

/* Indexes `bytes`, which must outlive the text; the index lies in the arena. 0 or -ENOMEM. */
int text_open(struct text *, struct arena *, const char *name, const char *bytes, size_t length);
/* The words of an option: nothing is indexed, every place in it is 0:0. */
struct text text_of_option(const char *name, const char *bytes, size_t length);
/* Values made of what stands at an offset of another text. */
struct text text_made_of(const struct text *, size_t offset, const char *bytes, size_t length);

/* Line and column of an offset (at most the length), counted from 1; columns count characters, not
 * bytes. Time: the logarithm of the number of lines. */
struct place text_place(const struct text *, size_t offset);

enum { EXCERPT_ROOM = 512 };
/* Writes the line around the offset, cut to about 90 bytes, made printable, and answers the column
 * (from 0) in what was written where a caret belongs. */
uint32_t text_excerpt(const struct text *, size_t offset, char room[EXCERPT_ROOM]);

/* Length of the UTF-8 character at `at`, at most `left` bytes; 0 if it is not one (overlong forms,
 * surrogates and what lies above U+10FFFF are not). */
size_t utf8_length(const char *at, size_t left);

/* Are there line breaks or other characters of control in it? */
bool text_has_control(const char *text);
/* Makes a text fit to be printed: what is no character, or one of control, becomes '?'. */
void text_clean(char *text);

#endif
