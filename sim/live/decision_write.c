/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records of decisions are written: the host waits for it, so nothing here is slow. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/live/decision_text.h"

enum {
    KEPT = 1 << 16,   /* bytes that are written at once */
    SPARE = 1 << 12,  /* for a record; it grows for one that is longer */
    TOKEN_MOST = 100, /* a name, a range and a number */
    LONG = 2048       /* of a record that can be cut in several */
};

static const char *const verbs[] = {
#define VERB(id, name) name,
    DECISION_VERBS
#undef VERB
};

const char *decision_verb_name(enum decision_verb verb)
{
    return verb < DECISION_VERBS_N ? verbs[verb] : "?";
}

static const char *const arguments[][2] = {
    [DECISION_WISH_WAKE - DECISION_WISH_WAKE] = { "at", "cookie" },
    [DECISION_WISH_PROBE - DECISION_WISH_WAKE] = { "seat", "cookie" },
    [DECISION_WISH_OFFER - DECISION_WISH_WAKE] = { "ticket", NULL },
    [DECISION_WISH_MEMO - DECISION_WISH_WAKE] = { "ticket", "value" },
    [DECISION_WISH_PUBLISH - DECISION_WISH_WAKE] = { "gauge", NULL },
    [DECISION_WISH_COPY - DECISION_WISH_WAKE] = { "seat", "after" },
    [DECISION_WISH_LIMIT - DECISION_WISH_WAKE] = { "service", NULL },
    [DECISION_WISH_VIA - DECISION_WISH_WAKE] = { "seat", NULL },
};

const char *decision_wish_first(const struct decision_wish *wish)
{
    return arguments[wish->verb - DECISION_WISH_WAKE][0];
}

const char *decision_wish_second(const struct decision_wish *wish)
{
    return wish->gone ? "gone" : arguments[wish->verb - DECISION_WISH_WAKE][1];
}

const struct decision_field decision_request[] = {
    { "id", offsetof(struct lb_request, id), DECISION_U64 },
    { "ticket", offsetof(struct lb_request, ticket), DECISION_U64 },
    { "key", offsetof(struct lb_request, key), DECISION_U64 },
    { "parent", offsetof(struct lb_request, parent), DECISION_U64 },
    { "at", offsetof(struct lb_request, now), DECISION_TIME },
    { "issued", offsetof(struct lb_request, issued), DECISION_TIME },
    { "size", offsetof(struct lb_request, size), DECISION_TIME },
    { "bytes", offsetof(struct lb_request, bytes), DECISION_U64 },
    { "client", offsetof(struct lb_request, client), DECISION_U32 },
    { "attempt", offsetof(struct lb_request, attempt), DECISION_U16 },
    { "offer", offsetof(struct lb_request, offer), DECISION_U16 },
    { "priority", offsetof(struct lb_request, priority), DECISION_U16 },
    { "zone", offsetof(struct lb_request, zone), DECISION_U16 },
    { NULL, 0, DECISION_U16 },
};

const struct decision_field decision_outcome[] = {
    { "server", offsetof(struct lb_outcome, server), DECISION_U32 },
    { "status", offsetof(struct lb_outcome, status), DECISION_U32 },
    { "sent", offsetof(struct lb_outcome, sent), DECISION_TIME },
    { "first", offsetof(struct lb_outcome, first), DECISION_TIME },
    { "done", offsetof(struct lb_outcome, done), DECISION_TIME },
    { "answer", offsetof(struct lb_outcome, bytes), DECISION_U64 },
    { NULL, 0, DECISION_U16 },
};

const struct decision_field decision_report[] = {
    { "server", offsetof(struct lb_report, server), DECISION_U32 },
    { "origin", offsetof(struct lb_report, origin), DECISION_U32 },
    { "at", offsetof(struct lb_report, at), DECISION_TIME },
    { "latency", offsetof(struct lb_report, latency), DECISION_TIME },
    { "service", offsetof(struct lb_report, service), DECISION_TIME },
    { "cookie", offsetof(struct lb_report, cookie), DECISION_U64 },
    { "running", offsetof(struct lb_report, running), DECISION_U32 },
    { "waiting", offsetof(struct lb_report, waiting), DECISION_U32 },
    { "utilization", offsetof(struct lb_report, utilization), DECISION_FLOAT },
    { "rate", offsetof(struct lb_report, rate), DECISION_FLOAT },
    { "errors", offsetof(struct lb_report, errors), DECISION_FLOAT },
    { "weight", offsetof(struct lb_report, weight), DECISION_FLOAT },
    { NULL, 0, DECISION_U16 },
};

int decision_writer_open(struct decision_writer *w, FILE *file)
{
    *w = (struct decision_writer) { .file = file, .room = KEPT + SPARE };
    w->text = malloc(w->room);
    return w->text ? 0 : -ENOMEM;
}

static void write_out(struct decision_writer *w)
{
    if (w->n && fwrite(w->text, 1, w->n, w->file) != w->n)
        w->failed = true;
    w->n = 0;
}

int decision_writer_flush(struct decision_writer *w)
{
    write_out(w);
    if (fflush(w->file))
        w->failed = true;
    return w->failed ? -1 : 0;
}

void decision_writer_close(struct decision_writer *w)
{
    free(w->text);
    w->text = NULL;
}

static char *room_for(struct decision_writer *w, size_t more)
{
    char *text;

    if (w->n + more > w->room) {
        text = realloc(w->text, w->room * 2 + more);
        if (!text) {
            w->failed = true;
            w->n = w->line; /* this record is given up */
            return w->text + w->n;
        }
        w->text = text;
        w->room = w->room * 2 + more;
    }
    return w->text + w->n;
}

static char *put_decimal(char *to, uint64_t number)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    char digits[20];
    size_t at = sizeof digits;

    while (number >= 100) {
        at -= 2;
        memcpy(digits + at, pairs + number % 100 * 2, 2);
        number /= 100;
    }
    if (number >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + number * 2, 2);
    } else {
        digits[--at] = (char)('0' + number);
    }
    memcpy(to, digits + at, sizeof digits - at);
    return to + sizeof digits - at;
}

static char *put_name(char *to, const char *name)
{
    *to++ = ' ';
    while (*name)
        *to++ = *name++;
    *to++ = '=';
    return to;
}

/* ---- A record. */

void decision_begin(struct decision_writer *w, enum decision_verb verb, uint32_t balancer)
{
    const char *name = verbs[verb];
    char *to;

    w->line = w->n;
    to = room_for(w, TOKEN_MOST);
    while (*name)
        *to++ = *name++;
    *to++ = ' ';
    w->n = (size_t)(put_decimal(to, balancer) - w->text);
}

uint32_t decision_sum(const char *text, size_t length, uint64_t number)
{
    return (uint32_t)XXH3_64bits_withSeed(text, length, number);
}

void decision_end(struct decision_writer *w)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t sum = decision_sum(w->text + w->line, w->n - w->line, ++w->records);
    char *to = room_for(w, TOKEN_MOST);
    int shift;

    *to++ = ' ';
    *to++ = '~';
    for (shift = 28; shift >= 0; shift -= 4)
        *to++ = digits[sum >> shift & 15];
    *to++ = '\n';
    w->n = (size_t)(to - w->text);
    if (w->n >= KEPT)
        write_out(w);
    w->line = w->n;
}

bool decision_is_long(const struct decision_writer *w)
{
    return w->n - w->line > LONG;
}

void decision_put_number(struct decision_writer *w, const char *name, uint64_t number)
{
    char *to = put_name(room_for(w, TOKEN_MOST), name);

    w->n = (size_t)(put_decimal(to, number) - w->text);
}

void decision_put_word(struct decision_writer *w, const char *text, size_t length)
{
    memcpy(room_for(w, length), text, length);
    w->n += length;
}

void decision_put_seat(struct decision_writer *w, const char *name, lb_server seat)
{
    const char *word = seat == LB_NONE     ? "none"
                       : seat == LB_HOLD   ? "hold"
                       : seat == LB_REJECT ? "reject"
                                           : NULL;

    if (!word) {
        decision_put_number(w, name, seat);
        return;
    }
    w->n = (size_t)(put_name(room_for(w, TOKEN_MOST), name) - w->text);
    decision_put_word(w, word, strlen(word));
}

void decision_put_text(struct decision_writer *w, const char *name, const char *text)
{
    char code[4];

    w->n = (size_t)(put_name(room_for(w, TOKEN_MOST), name) - w->text);
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == '%' || *text == 127) {
            snprintf(code, sizeof code, "%%%02x", (unsigned char)*text);
            decision_put_word(w, code, 3);
        } else {
            decision_put_word(w, text, 1);
        }
}

void decision_put_list(struct decision_writer *w, const char *name, const lb_server *list,
                       uint32_t n)
{
    uint32_t i;

    w->n = (size_t)(put_name(room_for(w, TOKEN_MOST), name) - w->text);
    for (i = 0; i < n; i++) {
        char *to = room_for(w, TOKEN_MOST);

        if (i)
            *to++ = ',';
        w->n = (size_t)(put_decimal(to, list[i]) - w->text);
    }
}

void decision_put_range(struct decision_writer *w, const char *name, uint32_t from, uint32_t to)
{
    char *at = put_name(room_for(w, TOKEN_MOST), name);

    at[-1] = '[';
    at = put_decimal(at, from);
    if (to != from) {
        *at++ = '.';
        *at++ = '.';
        at = put_decimal(at, to);
    }
    *at++ = ']';
    *at++ = '=';
    w->n = (size_t)(at - w->text);
}

/* ---- Values. */

static char *put_float(char *to, float value)
{
    int whole = value >= 1.0F && value < 1e6F ? (int)value : 0;

    if (whole && (float)whole == value)
        return put_decimal(to, (uint64_t)whole);
    return to + snprintf(to, TOKEN_MOST / 2, "%a", (double)value);
}

static uint64_t load_bits(enum decision_type type, const void *from)
{
    uint16_t half;
    uint32_t word;
    uint64_t bits;

    switch (type) {
    case DECISION_U16:
        memcpy(&half, from, sizeof half);
        return half;
    case DECISION_U32:
    case DECISION_FLOAT:
        memcpy(&word, from, sizeof word);
        return word;
    default:
        memcpy(&bits, from, sizeof bits);
        return bits;
    }
}

void decision_put_value(struct decision_writer *w, enum decision_type type, const void *from)
{
    char *to = room_for(w, TOKEN_MOST);
    uint64_t bits = load_bits(type, from);
    float value;

    if (type == DECISION_FLOAT) {
        memcpy(&value, from, sizeof value);
        to = put_float(to, value);
    } else {
        if (type == DECISION_TIME && bits >> 63) {
            *to++ = '-';
            bits = -bits;
        }
        to = put_decimal(to, bits);
    }
    w->n = (size_t)(to - w->text);
}

void decision_put_fields(struct decision_writer *w, const struct decision_field *field,
                         const void *structure, unsigned always, unsigned never)
{
    unsigned bit = 1;

    for (; field->name; field++, bit <<= 1) {
        const char *from = (const char *)structure + field->offset;

        if ((never & bit) || (!(always & bit) && load_bits(field->type, from) == 0))
            continue;
        w->n = (size_t)(put_name(room_for(w, TOKEN_MOST), field->name) - w->text);
        decision_put_value(w, field->type, from);
    }
}
