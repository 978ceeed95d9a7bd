/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records of decisions are read, and what is not as it was written is refused. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_text.h"

enum { SUM_LENGTH = 10 }; /* " ~5f3759df" */

void decision_reader_close(struct decision_reader *r)
{
    free(r->line);
    r->line = NULL;
}

int decision_damaged(struct decision_reader *r, const char *format, ...)
{
    char what[160];
    va_list list;

    if (r->damaged)
        return -1;
    r->damaged = true;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (r->record <= 1)
        snprintf(r->why, sizeof r->why, "this is no log of decisions: %s", what);
    else
        snprintf(r->why, sizeof r->why, "record %llu: %s", (unsigned long long)r->record, what);
    return -1;
}

/* Cuts the checksum off. */
static int check_sum(struct decision_reader *r, size_t length)
{
    char fits[SUM_LENGTH + 1];

    if (length <= SUM_LENGTH || strlen(r->line) != length ||
        memcmp(r->line + length - SUM_LENGTH, " ~", 2))
        return decision_damaged(r, "it has no checksum");
    length -= SUM_LENGTH;
    snprintf(fits, sizeof fits, " ~%08x", decision_sum(r->line, length, r->record));
    if (strcmp(r->line + length, fits))
        return decision_damaged(r, "it is damaged: its checksum is another");
    r->line[length] = '\0';
    return 0;
}

static int read_head(struct decision_reader *r)
{
    char *space = strchr(r->line, ' '), *end;
    uint64_t balancer;
    int verb;

    if (!space)
        return decision_damaged(r, "it names no balancer");
    *space = '\0';
    for (verb = 0; verb < DECISION_VERBS_N; verb++)
        if (!strcmp(r->line, decision_verb_name((enum decision_verb)verb)))
            break;
    if (verb == DECISION_VERBS_N)
        return decision_damaged(r, "\"%.40s\" is unknown", r->line);
    end = strchr(space + 1, ' ');
    r->rest = end ? end + 1 : space + 1 + strlen(space + 1);
    if (end)
        *end = '\0';
    if (decision_read_number(r, space + 1, UINT32_MAX, &balancer))
        return -1;
    r->verb = (enum decision_verb)verb;
    r->balancer = (uint32_t)balancer;
    return 0;
}

int decision_next(struct decision_reader *r)
{
    ssize_t length;

    if (r->damaged)
        return -1;
    length = getline(&r->line, &r->room, r->file);
    r->record++;
    if (length < 0)
        return decision_damaged(r, ferror(r->file) ? "it cannot be read"
                                                   : "it is missing, and so is the end");
    if (r->line[length - 1] != '\n')
        return decision_damaged(r, "it is cut off");
    r->line[length - 1] = '\0';
    return check_sum(r, (size_t)length - 1) || read_head(r) ? -1 : 0;
}

/* ---- Fields. */

static int read_range(struct decision_reader *r, struct decision_token *token, char *bracket)
{
    char *end = strchr(bracket, ']'), *dots;
    uint64_t from, to;

    if (!end || end[1] != '\0')
        return decision_damaged(r, "a bracket is not closed");
    *bracket = *end = '\0';
    dots = strstr(bracket + 1, "..");
    if (dots)
        *dots = '\0';
    if (decision_read_number(r, bracket + 1, UINT32_MAX - 1, &from))
        return -1;
    to = from;
    if (dots && decision_read_number(r, dots + 2, UINT32_MAX - 1, &to))
        return -1;
    if (to < from)
        return decision_damaged(r, "a range runs backwards");
    token->ranged = true;
    token->from = (uint32_t)from;
    token->to = (uint32_t)to;
    return 0;
}

int decision_token(struct decision_reader *r, struct decision_token *token)
{
    char *end, *bracket;

    if (r->damaged)
        return -1;
    if (*r->rest == '\0')
        return 0;
    *token = (struct decision_token) { .name = r->rest };
    end = strchr(r->rest, ' ');
    r->rest = end ? end + 1 : r->rest + strlen(r->rest);
    if (end)
        *end = '\0';
    token->value = strchr(token->name, '=');
    if (!token->value)
        return decision_damaged(r, "\"%.40s\" is no NAME=VALUE", token->name);
    *token->value++ = '\0';
    bracket = strchr(token->name, '[');
    return bracket && read_range(r, token, bracket) ? -1 : 1;
}

int decision_read_number(struct decision_reader *r, const char *text, uint64_t most, uint64_t *to)
{
    char *end;

    errno = 0;
    *to = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || *to > most)
        return decision_damaged(r, "\"%.40s\" is no number that fits", text);
    return 0;
}

static int read_time(struct decision_reader *r, const char *text, lb_time *to)
{
    bool negative = text[0] == '-';
    uint64_t number;

    if (decision_read_number(r, text + negative, (uint64_t)INT64_MAX + negative, &number))
        return -1;
    *to = negative ? (lb_time)-number : (lb_time)number;
    return 0;
}

static int read_float(struct decision_reader *r, const char *text, float *to)
{
    char *end;

    *to = strtof(text, &end);
    return end == text || *end ? decision_damaged(r, "\"%.40s\" is no number", text) : 0;
}

int decision_read_value(struct decision_reader *r, const char *text, enum decision_type type,
                        void *to)
{
    uint64_t number = 0;
    uint16_t half;
    uint32_t word;
    lb_time time;
    float value;

    switch (type) {
    case DECISION_FLOAT:
        return read_float(r, text, &value) ? -1 : (memcpy(to, &value, sizeof value), 0);
    case DECISION_TIME:
        return read_time(r, text, &time) ? -1 : (memcpy(to, &time, sizeof time), 0);
    case DECISION_U64:
        return decision_read_number(r, text, UINT64_MAX, &number)
                   ? -1
                   : (memcpy(to, &number, sizeof number), 0);
    case DECISION_U32:
        if (decision_read_number(r, text, UINT32_MAX, &number))
            return -1;
        word = (uint32_t)number;
        memcpy(to, &word, sizeof word);
        return 0;
    default:
        if (decision_read_number(r, text, UINT16_MAX, &number))
            return -1;
        half = (uint16_t)number;
        memcpy(to, &half, sizeof half);
        return 0;
    }
}

int decision_read_field(struct decision_reader *r, const struct decision_token *token,
                        const struct decision_field *field, void *structure, unsigned *seen)
{
    unsigned bit = 1;

    for (; field->name; field++, bit <<= 1)
        if (!token->ranged && !strcmp(field->name, token->name)) {
            *seen |= bit;
            return decision_read_value(r, token->value, field->type,
                                       (char *)structure + field->offset)
                       ? -1
                       : 1;
        }
    return 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void decision_read_text(char *text)
{
    char *to = text;

    for (; *text; text++)
        if (text[0] == '%' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
            *to++ = (char)(hex(text[1]) * 16 + hex(text[2]));
            text += 2;
        } else {
            *to++ = *text;
        }
    *to = '\0';
}
