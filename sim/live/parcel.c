/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/parcel.h"

#include <stddef.h>
#include <string.h>

/* How a field is kept, and what it may be. */
enum field_shape { SHAPE_64, SHAPE_32, SHAPE_TIME, SHAPE_FLAG, SHAPE_STATUS };

struct field {
    const char *name;
    uint8_t length;
    uint8_t shape;
    uint16_t at;
};

#define FIELD(name, shape)                                                                         \
    {                                                                                              \
#name, sizeof #name - 1, shape, offsetof(struct parcel, name)                              \
    }
static const struct field fields[] = {
    FIELD(id, SHAPE_64),         FIELD(run, SHAPE_64),       FIELD(part, SHAPE_32),
    FIELD(status, SHAPE_STATUS), FIELD(client, SHAPE_32),    FIELD(balancer, SHAPE_32),
    FIELD(server, SHAPE_32),     FIELD(key, SHAPE_64),       FIELD(work, SHAPE_TIME),
    FIELD(size, SHAPE_TIME),     FIELD(cut, SHAPE_TIME),     FIELD(cost, SHAPE_TIME),
    FIELD(wait, SHAPE_TIME),     FIELD(service, SHAPE_TIME), FIELD(body, SHAPE_32),
    FIELD(answer, SHAPE_32),     FIELD(retried, SHAPE_FLAG),
};
#undef FIELD
enum { FIELDS = sizeof fields / sizeof fields[0] };

static const char *const status_names[] = {
    [PARCEL_OK] = "ok",
    [PARCEL_ERROR] = "error",
    [PARCEL_TIMED_OUT] = "timed_out",
    [PARCEL_REFUSED] = "refused",
    [PARCEL_REJECTED] = "rejected",
    [PARCEL_CUT] = "cut",
    [PARCEL_BAD_REQUEST] = "bad_request",
};
enum { STATUSES = sizeof status_names / sizeof status_names[0] };

const char *parcel_status_name(enum parcel_status status)
{
    return (unsigned)status < STATUSES ? status_names[status] : "unknown";
}

struct parcel parcel_blank(uint64_t id)
{
    return (struct parcel) { .id = id,
                             .client = LB_NONE,
                             .balancer = LB_NONE,
                             .server = LB_NONE,
                             .work = -1,
                             .cut = LB_NEVER };
}

static uint64_t field_value(const struct field *f, const struct parcel *p)
{
    const char *at = (const char *)p + f->at;

    switch (f->shape) {
    case SHAPE_64:
        return *(const uint64_t *)(const void *)at;
    case SHAPE_32:
        return *(const uint32_t *)(const void *)at;
    case SHAPE_TIME:
        return (uint64_t) * (const lb_time *)(const void *)at;
    case SHAPE_FLAG:
        return *(const bool *)(const void *)at;
    default:
        return (uint64_t) * (const enum parcel_status *)(const void *)at;
    }
}

static char *put_number(char *to, uint64_t value)
{
    char digit[20];
    uint32_t n = 0;

    do
        digit[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n > 0)
        *to++ = digit[--n];
    return to;
}

static char *put_word(char *to, const char *word, size_t length)
{
    memcpy(to, word, length);
    return to + length;
}

/* What is said of every parcel, whatever it is. */
static bool always_written(const struct field *f, const struct parcel *p)
{
    return f->at == offsetof(struct parcel, id) ||
           (f->at == offsetof(struct parcel, key) && p->keyed) ||
           (f->shape == SHAPE_STATUS && p->kind == PARCEL_ANSWER);
}

size_t parcel_write(const struct parcel *p, char text[PARCEL_TEXT_MOST])
{
    const struct parcel blank = parcel_blank(0);
    char *to = text;

    for (uint32_t i = 0; i < FIELDS; i++) {
        const struct field *f = &fields[i];
        const uint64_t value = field_value(f, p);

        if (value == field_value(f, &blank) && !always_written(f, p))
            continue;
        if (f->shape == SHAPE_TIME && (lb_time)value < 0)
            continue;
        if (to != text)
            *to++ = ' ';
        to = put_word(to, f->name, f->length);
        *to++ = '=';
        if (f->shape == SHAPE_STATUS) {
            const char *name = parcel_status_name((enum parcel_status)value);
            to = put_word(to, name, strlen(name));
        } else {
            to = put_number(to, value);
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

static int read_number(const char *text, size_t length, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;

    if (length == 0)
        return -1;
    for (size_t i = 0; i < length; i++) {
        const uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

        if (digit > 9 || digit > most || sum > (most - digit) / 10)
            return -1;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return 0;
}

static int read_status(const char *text, size_t length, enum parcel_status *status)
{
    for (uint32_t i = 0; i < STATUSES; i++)
        if (strlen(status_names[i]) == length && !memcmp(status_names[i], text, length)) {
            *status = (enum parcel_status)i;
            return 0;
        }
    return -1;
}

static int field_read(const struct field *f, struct parcel *p, const char *text, size_t length)
{
    static const uint64_t most[] = {
        [SHAPE_64] = UINT64_MAX, [SHAPE_32] = UINT32_MAX, [SHAPE_TIME] = INT64_MAX, [SHAPE_FLAG] = 1
    };
    void *at = (char *)p + f->at;
    uint64_t value;

    if (f->shape == SHAPE_STATUS)
        return read_status(text, length, at);
    if (read_number(text, length, most[f->shape], &value))
        return -1;
    p->keyed |= f->at == offsetof(struct parcel, key);
    if (f->shape == SHAPE_64)
        *(uint64_t *)at = value;
    else if (f->shape == SHAPE_32)
        *(uint32_t *)at = (uint32_t)value;
    else if (f->shape == SHAPE_TIME)
        *(lb_time *)at = (lb_time)value;
    else
        *(bool *)at = value != 0;
    return 0;
}

static const struct field *field_find(const char *name, size_t length)
{
    for (uint32_t i = 0; i < FIELDS; i++)
        if (fields[i].length == length && !memcmp(fields[i].name, name, length))
            return &fields[i];
    return NULL;
}

int parcel_read(struct parcel *p, const char *text, size_t length)
{
    const char *end = text + length;

    while (text < end) {
        const char *space = memchr(text, ' ', (size_t)(end - text));
        const char *stop = space ? space : end;
        const char *is = memchr(text, '=', (size_t)(stop - text));
        const struct field *f = is ? field_find(text, (size_t)(is - text)) : NULL;

        if (f && field_read(f, p, is + 1, (size_t)(stop - is - 1)))
            return -1;
        text = space ? space + 1 : end;
    }
    return 0;
}
