/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/http.h"

#include <string.h>

/* What llhttp has to say of a head. */
struct asked {
    const char *target;
    size_t length;
    uint64_t body;
    uint8_t method, major, minor;
    bool keep, whole;
};

static int on_url(llhttp_t *http, const char *at, size_t n)
{
    struct asked *asked = http->data;

    if (!asked->target)
        asked->target = at;
    asked->length += n;
    return 0;
}

static int on_head(llhttp_t *http)
{
    struct asked *asked = http->data;

    asked->method = http->method;
    asked->major = http->http_major;
    asked->minor = http->http_minor;
    asked->body = http->content_length;
    asked->keep = llhttp_should_keep_alive(http) != 0;
    asked->whole = true;
    return 0;
}

static const llhttp_settings_t listening = { .on_url = on_url, .on_headers_complete = on_head };

/* A method, a target, a version, and one space between them: llhttp forgives more. */
static bool is_request_line(const char *text, size_t length)
{
    const char *end = memchr(text, '\r', length);
    const char *first = end ? memchr(text, ' ', (size_t)(end - text)) : NULL;
    const char *second = first ? memchr(first + 1, ' ', (size_t)(end - first - 1)) : NULL;

    return second && first > text && second > first + 1 && second + 1 < end &&
           !memchr(second + 1, ' ', (size_t)(end - second - 1));
}

/* 0, or the status that says what is wrong. */
static uint16_t parse(struct asked *asked, const char *text, size_t length)
{
    llhttp_t http;
    llhttp_errno_t wrong;

    if (!is_request_line(text, length))
        return 400;
    llhttp_init(&http, HTTP_REQUEST, &listening);
    http.data = asked;
    wrong = llhttp_execute(&http, text, length);
    if (wrong == HPE_PAUSED_UPGRADE)
        return 501;
    if (wrong == HPE_INVALID_VERSION)
        return 505;
    if (wrong != HPE_OK || !asked->whole || !asked->target)
        return 400;
    if (asked->major == 0) /* "HTTP/0.9", or no version at all */
        return 400;
    return asked->major == 1 && asked->minor <= 1 ? 0 : 505;
}

/* Whatever could make two readers see different messages is refused (RFC 9112, 6.1, 6.3). */
static uint16_t check_framing(const struct head *h, const char *text, const struct asked *asked,
                              const struct channel_limits *limits)
{
    const uint32_t hosts = h->known[KNOWN_HOST].count;

    if (asked->method == HTTP_CONNECT || h->known[KNOWN_UPGRADE].count > 0)
        return 501;
    if (limits->uri_bytes > 0 && asked->length > limits->uri_bytes)
        return 414;
    if (hosts > 1 || (asked->minor == 1 && hosts == 0))
        return 400;
    if (h->known[KNOWN_LENGTH].count > 1 || h->known[KNOWN_LBSIM].count > 1)
        return 400;
    if (h->known[KNOWN_ENCODING].count > 0) {
        if (h->known[KNOWN_LENGTH].count > 0 || h->known[KNOWN_ENCODING].count > 1)
            return 400;
        return head_says(h, text, KNOWN_ENCODING, "chunked") ? 411 : 501;
    }
    if (asked->body > UINT32_MAX || (limits->body_bytes > 0 && asked->body > limits->body_bytes))
        return 413;
    if (h->known[KNOWN_EXPECT].count > 0 && !head_says(h, text, KNOWN_EXPECT, "100-continue"))
        return 417;
    return 0;
}

/* The path of a target: "/x?y" or "http://host/x?y". */
static void target_path(const struct asked *asked, const char **path, size_t *length)
{
    const char *end = asked->target + asked->length, *at = asked->target;
    const char *query;

    if (asked->length > 0 && *at != '/')
        for (at = end; at > asked->target + 2 && memcmp(at - 3, "://", 3) != 0;)
            at--;
    while (at < end && *at != '/')
        at++;
    query = memchr(at, '?', (size_t)(end - at));
    *path = at;
    *length = (size_t)((query ? query : end) - at);
}

static int understand(struct request_reader *r, const char *text, const struct asked *asked)
{
    const struct head *h = &r->head;
    const char *path;
    size_t length;

    target_path(asked, &path, &length);
    r->parcel = parcel_blank(0);
    if (h->known[KNOWN_LBSIM].count > 0) {
        if (parcel_read(&r->parcel, text + h->known[KNOWN_LBSIM].at, h->known[KNOWN_LBSIM].n))
            return -1;
        r->ours = true;
    } else {
        r->parcel.keyed = true;
        if (length < 2 || !key_of_digits(path + 1, length - 1, &r->parcel.key))
            r->parcel.key = key_of_text(asked->target, asked->length);
    }
    r->parcel.kind = PARCEL_REQUEST;
    if (length == 7 && !memcmp(path, "/health", 7))
        r->parcel.kind = PARCEL_CHECK;
    r->parcel.body = (uint32_t)asked->body;
    r->body_left = asked->body;
    r->head_only = asked->method == HTTP_HEAD;
    r->keep = asked->keep && asked->minor == 1;
    return 0;
}

static enum news hear_head(struct request_reader *r, const struct channel_limits *limits,
                           const char *text, size_t length)
{
    struct asked asked = { 0 };

    r->bad = parse(&asked, text, length);
    if (!r->bad)
        r->bad = check_framing(&r->head, text, &asked, limits);
    if (!r->bad && understand(r, text, &asked))
        r->bad = 400;
    if (r->bad)
        return NEWS_BAD;
    r->in_body = true;
    if (r->body_left == 0)
        return NEWS_WHOLE;
    return asked.minor == 1 && r->head.known[KNOWN_EXPECT].count > 0 ? NEWS_CONTINUE : NEWS_NONE;
}

size_t http_request_read(struct request_reader *r, const struct channel_limits *limits,
                         const char *bytes, size_t n, enum news *news)
{
    const char *text;
    size_t used, length;
    int found;

    *news = NEWS_NONE;
    if (r->in_body)
        return request_body(r, n, news);
    found = head_take(&r->head, limits, bytes, n, &used, &text, &length);
    if (found == HEAD_WHOLE) {
        *news = hear_head(r, limits, text, length);
    } else if (found != HEAD_MORE) {
        r->bad = (uint16_t)found;
        *news = NEWS_BAD;
    }
    return used;
}
