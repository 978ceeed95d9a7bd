/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/http.h"

static int on_head(llhttp_t *http)
{
    struct answer_reader *r = http->data;

    r->keep = llhttp_should_keep_alive(http) != 0;
    return 0;
}

static int on_body(llhttp_t *http, const char *at, size_t n)
{
    struct answer_reader *r = http->data;

    (void)at;
    r->taken += n;
    return 0;
}

/* Stops the parser just behind the message. */
static int on_end(llhttp_t *http)
{
    struct answer_reader *r = http->data;

    r->whole = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t listening = { .on_headers_complete = on_head,
                                             .on_body = on_body,
                                             .on_message_complete = on_end };

/* What a server that is not lbsim means. */
static enum parcel_status meaning(unsigned status)
{
    if (status < 400)
        return PARCEL_OK;
    if (status < 500)
        return PARCEL_BAD_REQUEST;
    if (status == 503)
        return PARCEL_REFUSED;
    return status == 504 ? PARCEL_TIMED_OUT : PARCEL_ERROR;
}

/* An informational answer: another one follows (RFC 9110, 15.2). */
static enum news hear_before(struct answer_reader *r, unsigned status, const char *text)
{
    const struct head *h = &r->head;
    enum news news = NEWS_NONE;

    if (status == 101)
        return NEWS_BAD;
    if (status == 102 && h->known[KNOWN_LBSIM].count == 1) {
        r->parcel = parcel_blank(0);
        r->ours = true;
        news = parcel_read(&r->parcel, text + h->known[KNOWN_LBSIM].at, h->known[KNOWN_LBSIM].n)
                   ? NEWS_BAD
                   : NEWS_BEGUN;
        r->parcel.kind = PARCEL_BEGUN;
    }
    head_reset(&r->head);
    r->whole = false;
    return news;
}

static enum news hear_head(struct answer_reader *r, const char *text, size_t length)
{
    const struct head *h = &r->head;
    llhttp_errno_t wrong;

    llhttp_init(&r->http, HTTP_RESPONSE, &listening);
    r->http.data = r;
    r->keep = r->ours = false;
    wrong = llhttp_execute(&r->http, text, length);
    if ((wrong != HPE_OK && wrong != HPE_PAUSED) || r->http.upgrade || r->http.http_major != 1 ||
        r->http.status_code < 100 || r->http.status_code > 999 ||
        h->known[KNOWN_LENGTH].count > 1 || h->known[KNOWN_ENCODING].count > 1 ||
        h->known[KNOWN_LBSIM].count > 1)
        return NEWS_BAD;
    if (r->http.status_code < 200)
        return hear_before(r, r->http.status_code, text);
    r->parcel = parcel_blank(0);
    r->parcel.kind = PARCEL_ANSWER;
    r->parcel.status = meaning(r->http.status_code);
    if (h->known[KNOWN_LBSIM].count > 0) {
        if (parcel_read(&r->parcel, text + h->known[KNOWN_LBSIM].at, h->known[KNOWN_LBSIM].n))
            return NEWS_BAD;
        r->ours = true;
    }
    r->in_body = true;
    return r->whole ? NEWS_WHOLE : NEWS_NONE;
}

static size_t read_body(struct answer_reader *r, const struct channel_limits *limits,
                        const char *bytes, size_t n, enum news *news)
{
    const llhttp_errno_t wrong = llhttp_execute(&r->http, bytes, n);

    *news = r->whole ? NEWS_WHOLE : NEWS_NONE;
    if ((wrong != HPE_OK && wrong != HPE_PAUSED) || (wrong == HPE_PAUSED) != r->whole ||
        (limits->body_bytes > 0 && r->taken > limits->body_bytes) || r->taken > UINT32_MAX)
        *news = NEWS_BAD;
    r->parcel.body = (uint32_t)r->taken;
    return r->whole ? (size_t)(llhttp_get_error_pos(&r->http) - bytes) : n;
}

size_t http_answer_read(struct answer_reader *r, const struct channel_limits *limits,
                        const char *bytes, size_t n, enum news *news)
{
    const char *text;
    size_t used, length;
    int found;

    *news = NEWS_NONE;
    r->any = r->any || n > 0;
    if (r->in_body)
        return read_body(r, limits, bytes, n, news);
    found = head_take(&r->head, limits, bytes, n, &used, &text, &length);
    if (found == HEAD_WHOLE)
        *news = hear_head(r, text, length);
    else if (found != HEAD_MORE)
        *news = NEWS_BAD;
    return used;
}

enum news http_answer_end(struct answer_reader *r)
{
    if (!r->any)
        return NEWS_NONE;
    if (!r->in_body || llhttp_finish(&r->http) == HPE_INVALID_EOF_STATE || !r->whole)
        return NEWS_BAD;
    r->keep = false;
    return NEWS_WHOLE;
}
