/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes, cut anywhere, give the same messages or are refused alike: requests and answers, HTTP
 * and lines. The first byte says which, the second where to cut. */
#include <stdlib.h>
#include <string.h>

#include "sim/live/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct said {
    const struct protocol *protocol;
    struct request_reader request;
    struct answer_reader answer;
    bool answers;
};

static size_t read_some(struct said *s, const char *bytes, size_t n, enum news *news)
{
    struct channel_limits limits = channel_limits_default();

    limits.header_bytes = 600;
    limits.uri_bytes = 200;
    limits.fields = 10;
    limits.body_bytes = 500;
    if (s->answers)
        return s->protocol->answer_read(&s->answer, &limits, bytes, n, news);
    return s->protocol->request_read(&s->request, &limits, bytes, n, news);
}

/* One message from a text that comes in pieces; each has memory of its own. */
static size_t read_message(struct said *s, const char *text, size_t n, size_t piece,
                           enum news *news)
{
    size_t at = 0;

    *news = NEWS_NONE;
    while (at < n && *news != NEWS_WHOLE && *news != NEWS_BAD) {
        const size_t step = n - at < piece ? n - at : piece;
        char *copy = malloc(step);
        size_t used = 0;

        memcpy(copy, text + at, step);
        while (used < step && *news != NEWS_WHOLE && *news != NEWS_BAD) {
            const size_t more = read_some(s, copy + used, step - used, news);

            if (more > step - used)
                abort();
            used += more;
        }
        free(copy);
        at += used;
    }
    return at;
}

static const struct parcel *parcel_of(const struct said *s)
{
    return s->answers ? &s->answer.parcel : &s->request.parcel;
}

static void forget(struct said *s)
{
    request_reset(&s->request);
    answer_reset(&s->answer);
}

static void same(const struct said *a, const struct said *b)
{
    char one[PARCEL_TEXT_MOST], other[PARCEL_TEXT_MOST];
    const size_t n = parcel_write(parcel_of(a), one);

    if (n != parcel_write(parcel_of(b), other) || memcmp(one, other, n) != 0)
        abort();
    if (a->request.keep != b->request.keep || a->request.ours != b->request.ours ||
        a->request.head_only != b->request.head_only || a->answer.keep != b->answer.keep)
        abort();
}

/* What was understood can be said, and is understood again as the same. */
static void say_again(struct said *s)
{
    const struct manner manner = { .name = "app[3]", .keep = true, .ours = true };
    const struct asking asking = { "127.0.0.1:80" };
    struct said again = { .protocol = s->protocol, .answers = s->answers };
    struct parcel p = *parcel_of(s);
    char text[MESSAGE_MOST + 512];
    uint64_t filler;
    size_t n;
    enum news news;

    if (s->answers)
        n = s->protocol->answer_write(text, &p, &manner, &filler);
    else
        n = s->protocol->request_write(text, &p, &asking, &filler);
    if (n > MESSAGE_MOST || filler > 512 || n + filler > sizeof text)
        abort();
    memset(text + n, '.', filler);
    read_message(&again, text, n + filler, 600, &news);
    if (news != NEWS_WHOLE)
        abort();
    forget(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct said whole = { 0 }, cut;
    const char *text = (const char *)data + 2;
    size_t n, piece;

    if (size < 2)
        return 0;
    n = size - 2;
    whole.protocol = data[0] & 1 ? &protocol_line : &protocol_http;
    whole.answers = data[0] & 2;
    piece = 1 + data[1] % 16;
    cut = whole;
    for (enum news news = NEWS_WHOLE, other; n > 0 && news == NEWS_WHOLE;) {
        const size_t used = read_message(&whole, text, n, n, &news);
        const size_t used_cut = read_message(&cut, text, n, piece, &other);

        if (news == NEWS_WHOLE || other == NEWS_WHOLE) {
            if (news != other || used != used_cut)
                abort();
            same(&whole, &cut);
            say_again(&whole);
        } else if ((news == NEWS_BAD) != (other == NEWS_BAD)) {
            abort();
        } else if (whole.answers && whole.protocol->answer_end(&whole.answer) !=
                                        cut.protocol->answer_end(&cut.answer)) {
            abort();
        }
        forget(&whole);
        forget(&cut);
        text += used;
        n -= used;
    }
    return 0;
}
