/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/protocol.h"

#include <string.h>

void request_reset(struct request_reader *r)
{
    head_reset(&r->head);
    memset(r, 0, sizeof *r);
}

size_t request_body(struct request_reader *r, size_t n, enum news *news)
{
    const size_t used = n < r->body_left ? n : (size_t)r->body_left;

    r->body_left -= used;
    *news = r->body_left == 0 ? NEWS_WHOLE : NEWS_NONE;
    return used;
}

void answer_reset(struct answer_reader *r)
{
    head_reset(&r->head);
    memset(r, 0, sizeof *r);
}

bool request_is_begun(const struct request_reader *r)
{
    return r->in_body || r->head.n > r->head.start;
}

static char *put(char *to, const char *text, size_t most)
{
    const size_t n = strnlen(text, most);

    memcpy(to, text, n);
    return to + n;
}

/* Nanoseconds as "5.021 ms". */
static char *put_ms(char *to, lb_time time)
{
    const uint64_t us = time > 0 ? (uint64_t)time / 1000 : 0;

    to += lb_text(us / 1000, to);
    *to++ = '.';
    for (uint64_t digit = 100; digit > 0; digit /= 10)
        *to++ = (char)('0' + us % 1000 / digit % 10);
    return put(to, " ms", 3);
}

size_t parcel_say(char to[SAID_MOST], const struct parcel *p, const char *name)
{
    enum { NAME_MOST = 128 };
    char *at = put(to, name ? name : "nobody", NAME_MOST);

    *at++ = ' ';
    at = put(at, parcel_status_name(p->status), NAME_MOST);
    at = put_ms(put(at, " waited ", 8), p->wait);
    at = put_ms(put(at, " served ", 8), p->service);
    *at++ = '\n';
    return (size_t)(at - to);
}

/* FNV-1a of 64 bits, mixed. */
uint64_t key_of_text(const char *text, size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return lb_mix(hash);
}

bool key_of_digits(const char *text, size_t n, uint64_t *key)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        const uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

        if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *key = sum;
    return n > 0;
}
