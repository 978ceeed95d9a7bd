/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sim/live/http.h"

/* Where text is being put. Everything that is put is bounded: see MESSAGE_MOST. */
static char *put(char *to, const char *text)
{
    const size_t n = strlen(text);

    memcpy(to, text, n);
    return to + n;
}

static char *put_number(char *to, uint64_t number)
{
    return to + lb_text(number, to);
}

static char *put_parcel(char *to, const struct parcel *p)
{
    to = put(to, "X-Lbsim: ");
    to += parcel_write(p, to);
    return put(to, "\r\n");
}

/* A name may be anything; a field may not. */
static char *put_name(char *to, const char *name)
{
    enum { NAME_MOST = 128 };

    for (int i = 0; name[i] && i < NAME_MOST; i++)
        *to++ = name[i] > ' ' && name[i] < 0x7f ? name[i] : '_';
    return to;
}

static size_t request_write(char to[MESSAGE_MOST], const struct parcel *p,
                            const struct asking *asking, uint64_t *filler)
{
    char *at = to;

    *filler = p->body;
    at = put(at, p->body > 0 ? "POST /" : "GET /");
    at = p->kind == PARCEL_CHECK ? put(at, "health") : put_number(at, p->keyed ? p->key : p->id);
    at = put(at, " HTTP/1.1\r\nHost: ");
    at = put(at, asking->host);
    at = put(at, "\r\n");
    at = put_parcel(at, p);
    if (p->body > 0) {
        at = put(at, "Content-Length: ");
        at = put_number(at, p->body);
        at = put(at, "\r\n");
    }
    return (size_t)(put(at, "\r\n") - to);
}

static const char *status_line(enum parcel_status status, bool gateway)
{
    switch (status) {
    case PARCEL_OK:
        return "HTTP/1.1 200 OK\r\n";
    case PARCEL_TIMED_OUT:
        return "HTTP/1.1 504 Gateway Timeout\r\n";
    case PARCEL_REFUSED:
    case PARCEL_REJECTED:
        return "HTTP/1.1 503 Service Unavailable\r\n";
    case PARCEL_BAD_REQUEST:
    case PARCEL_ERROR:
        if (gateway)
            return "HTTP/1.1 502 Bad Gateway\r\n";
        /* fallthrough */
    default:
        return "HTTP/1.1 500 Internal Server Error\r\n";
    }
}

static size_t answer_write(char to[MESSAGE_MOST], const struct parcel *p, const struct manner *m,
                           uint64_t *filler)
{
    char said[SAID_MOST], *at;
    size_t n = 0;
    uint64_t body = p->body;

    if (body > 0 || !m->ours)
        n = parcel_say(said, p, m->name);
    if (!m->ours && body < n)
        body = n;
    n = n < body ? n : (size_t)body;
    at = put(to, status_line(p->status, m->gateway));
    at = put(at, "Content-Type: text/plain\r\nContent-Length: ");
    at = put_number(at, body);
    at = put(at, "\r\n");
    at = put_parcel(at, p);
    if (m->name) {
        at = put(at, "X-Lbsim-Server: ");
        at = put_name(at, m->name);
        at = put(at, "\r\n");
    }
    at = put(at, m->keep ? "\r\n" : "Connection: close\r\n\r\n");
    *filler = m->head_only ? 0 : body - n;
    if (!m->head_only && n > 0) {
        memcpy(at, said, n);
        at += n;
    }
    return (size_t)(at - to);
}

static size_t begun_write(char to[MESSAGE_MOST], const struct parcel *p)
{
    char *at = put(to, "HTTP/1.1 102 Processing\r\n");

    at = put_parcel(at, p);
    return (size_t)(put(at, "\r\n") - to);
}

static size_t continue_write(char to[MESSAGE_MOST])
{
    return (size_t)(put(to, "HTTP/1.1 100 Continue\r\n\r\n") - to);
}

static const char *reason(uint16_t status)
{
    switch (status) {
    case 408:
        return "Request Timeout";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 417:
        return "Expectation Failed";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Bad Request";
    }
}

static size_t bad_write(char to[MESSAGE_MOST], uint16_t status)
{
    const char *why = reason(status);
    char *at = put(to, "HTTP/1.1 ");

    at = put_number(at, status);
    at = put(at, " ");
    at = put(at, why);
    at = put(at, "\r\nContent-Type: text/plain\r\nContent-Length: ");
    at = put_number(at, strlen(why) + 1);
    at = put(at, "\r\nConnection: close\r\n\r\n");
    at = put(at, why);
    return (size_t)(put(at, "\n") - to);
}

const struct protocol protocol_http = { .request_read = http_request_read,
                                        .answer_read = http_answer_read,
                                        .answer_end = http_answer_end,
                                        .request_write = request_write,
                                        .answer_write = answer_write,
                                        .begun_write = begun_write,
                                        .continue_write = continue_write,
                                        .bad_write = bad_write };
