/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The head of an HTTP message, before a parser sees it: found, bounded, and strict where parsers
 * are lenient. Lines end with CR LF and nothing else; a line has no control character; no line
 * continues the one before; a field has a name, and no space before its colon (RFC 9112, 2.2, 5.1,
 * 5.2; the differences between readers of one request are what request smuggling lives on). */
#ifndef SIM_HEAD_H
#define SIM_HEAD_H

#include "sim/live/channel.h"

/* Fields that decide where a message ends, or that lbsim looks at. */
enum known_field {
    KNOWN_HOST,
    KNOWN_LENGTH,
    KNOWN_ENCODING,
    KNOWN_EXPECT,
    KNOWN_UPGRADE,
    KNOWN_LBSIM,
    KNOWN_FIELDS
};

struct head {
    char *kept; /* what has come of an unfinished one */
    uint32_t n, room;
    uint32_t scanned; /* bytes that have been looked at */
    uint32_t start;   /* of the head: an empty line may come before it */
    uint32_t line;    /* where the present line begins */
    uint16_t fields;
    struct {
        uint32_t at, n; /* the value of the last one, within the head */
        uint32_t count;
    } known[KNOWN_FIELDS];
};

enum { HEAD_MORE = 0, HEAD_WHOLE = 1 }; /* else the status of an answer: 400, 414, 431 */

/* Takes bytes, *used of them, until a head is whole: then *text is it, its empty line included,
 * good until the next call; `known` counts from there. */
int head_take(struct head *, const struct channel_limits *, const char *bytes, size_t n,
              size_t *used, const char **text, size_t *length);
/* The next head may come; memory of this one is given back. */
void head_reset(struct head *);
/* A value, and the comparison of one with a word in any case. */
bool head_says(const struct head *, const char *text, enum known_field, const char *word);

#endif
