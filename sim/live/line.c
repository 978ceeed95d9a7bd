/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One line a message, as a person can type it: `request FIELDS`, `check FIELDS`, `begun FIELDS`,
 * `answer FIELDS`; the bytes of a body follow their line. Whatever else comes as a line is
 * somebody's who is not lbsim, and is answered in words. */
#include <stdlib.h>
#include <string.h>

#include "sim/live/protocol.h"

/* Takes bytes until a line is whole, as head_take does: without its end, then. */
static int line_take(struct head *h, const struct channel_limits *limits, const char *bytes,
                     size_t n, size_t *used, const char **text, size_t *length)
{
    const uint32_t most = limits->header_bytes > 0 ? limits->header_bytes : 65536;
    const char *end = memchr(bytes, '\n', n);

    *used = end ? (size_t)(end - bytes) + 1 : n;
    if (h->n + *used > most)
        return 431;
    if (h->n > 0 || !end) {
        char *kept = realloc(h->kept, h->n + *used);

        if (!kept)
            return 431;
        memcpy(kept + h->n, bytes, *used);
        h->kept = kept;
        h->n += (uint32_t)*used;
    }
    if (!end)
        return HEAD_MORE;
    *text = h->n > 0 ? h->kept : bytes;
    *length = (h->n > 0 ? h->n : *used) - 1;
    if (*length > 0 && (*text)[*length - 1] == '\r')
        --*length;
    for (size_t i = 0; i < *length; i++)
        if ((unsigned char)(*text)[i] < ' ' && (*text)[i] != '\t')
            return 400;
    return HEAD_WHOLE;
}

/* The fields behind a word: NULL if the line begins with another one. */
static const char *behind(const char *word, const char *text, size_t length, size_t *rest)
{
    const size_t n = strlen(word);

    if (length < n + 3 || memcmp(text, word, n) || memcmp(text + n, "id=", 3))
        return NULL;
    *rest = length - n;
    return text + n;
}

static uint16_t understand(struct request_reader *r, const struct channel_limits *limits,
                           const char *text, size_t length)
{
    size_t rest;
    const char *request = behind("request ", text, length, &rest);
    const char *fields = request ? request : behind("check ", text, length, &rest);

    r->parcel = parcel_blank(0);
    r->parcel.kind = fields && !request ? PARCEL_CHECK : PARCEL_REQUEST;
    r->keep = true;
    if (!fields) {
        r->parcel.keyed = true;
        if (!key_of_digits(text, length, &r->parcel.key))
            r->parcel.key = key_of_text(text, length);
        return 0;
    }
    r->ours = true;
    if (parcel_read(&r->parcel, fields, rest))
        return 400;
    r->body_left = r->parcel.body;
    return limits->body_bytes > 0 && r->body_left > limits->body_bytes ? 413 : 0;
}

static size_t request_read(struct request_reader *r, const struct channel_limits *limits,
                           const char *bytes, size_t n, enum news *news)
{
    const char *text;
    size_t used, length;
    int found;

    *news = NEWS_NONE;
    if (r->in_body)
        return request_body(r, n, news);
    found = line_take(&r->head, limits, bytes, n, &used, &text, &length);
    if (found == HEAD_WHOLE && length == 0) {
        request_reset(r);
        return used;
    }
    if (found == HEAD_MORE)
        return used;
    r->bad = found == HEAD_WHOLE ? understand(r, limits, text, length) : (uint16_t)found;
    r->in_body = true;
    if (r->bad)
        *news = NEWS_BAD;
    else if (r->body_left == 0)
        *news = NEWS_WHOLE;
    return used;
}

/* Whatever else a server says is its answer, as of one that is not lbsim. */
static enum news hear(struct answer_reader *r, const char *text, size_t length)
{
    size_t rest;
    const char *begun = behind("begun ", text, length, &rest);
    const char *fields = begun ? begun : behind("answer ", text, length, &rest);

    r->parcel = parcel_blank(0);
    r->parcel.kind = begun ? PARCEL_BEGUN : PARCEL_ANSWER;
    r->keep = true;
    r->ours = fields != NULL;
    if (fields && parcel_read(&r->parcel, fields, rest))
        return NEWS_BAD;
    if (begun) {
        head_reset(&r->head);
        return NEWS_BEGUN;
    }
    r->in_body = true;
    r->taken = r->parcel.body;
    return r->taken == 0 ? NEWS_WHOLE : NEWS_NONE;
}

/* `taken` counts down here: what is to be taken still. */
static size_t answer_read(struct answer_reader *r, const struct channel_limits *limits,
                          const char *bytes, size_t n, enum news *news)
{
    const char *text;
    size_t used, length;
    int found;

    *news = NEWS_NONE;
    r->any = r->any || n > 0;
    if (r->in_body) {
        used = n < r->taken ? n : (size_t)r->taken;
        r->taken -= used;
        *news = r->taken == 0 ? NEWS_WHOLE : NEWS_NONE;
        return used;
    }
    found = line_take(&r->head, limits, bytes, n, &used, &text, &length);
    if (found == HEAD_WHOLE)
        *news = hear(r, text, length);
    else if (found != HEAD_MORE)
        *news = NEWS_BAD;
    if (*news == NEWS_NONE && limits->body_bytes > 0 && r->taken > limits->body_bytes)
        *news = NEWS_BAD;
    return used;
}

static enum news answer_end(struct answer_reader *r)
{
    return r->any ? NEWS_BAD : NEWS_NONE;
}

static size_t put(char *to, const char *word, const struct parcel *p)
{
    size_t n = strlen(word);

    memcpy(to, word, n);
    n += parcel_write(p, to + n);
    to[n] = '\n';
    return n + 1;
}

static size_t request_write(char to[MESSAGE_MOST], const struct parcel *p,
                            const struct asking *asking, uint64_t *filler)
{
    (void)asking;
    *filler = p->body;
    return put(to, p->kind == PARCEL_CHECK ? "check " : "request ", p);
}

static size_t answer_write(char to[MESSAGE_MOST], const struct parcel *p, const struct manner *m,
                           uint64_t *filler)
{
    *filler = m->ours ? p->body : 0;
    return m->ours ? put(to, "answer ", p) : parcel_say(to, p, m->name);
}

static size_t begun_write(char to[MESSAGE_MOST], const struct parcel *p)
{
    return put(to, "begun ", p);
}

static size_t nothing_write(char to[MESSAGE_MOST])
{
    (void)to;
    return 0;
}

static size_t bad_write(char to[MESSAGE_MOST], uint16_t status)
{
    const char *why = status == 408   ? "too slow\n"
                      : status == 400 ? "not understood\n"
                                      : "too large\n";

    memcpy(to, why, strlen(why));
    return strlen(why);
}

const struct protocol protocol_line = { .request_read = request_read,
                                        .answer_read = answer_read,
                                        .answer_end = answer_end,
                                        .request_write = request_write,
                                        .answer_write = answer_write,
                                        .begun_write = begun_write,
                                        .continue_write = nothing_write,
                                        .bad_write = bad_write };
