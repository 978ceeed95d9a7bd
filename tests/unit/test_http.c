/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTTP messages without sockets: whatever way they are cut, they are understood, or refused, alike.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/http.h"

int suite_http(void);

#define HOST "Host: a\r\n"
#define END  "\r\n"
#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof text - 1, 400                                                                 \
    }

static const struct {
    const char *text;
    size_t n;    /* of the text that may hold a 0; or 0 */
    uint16_t is; /* 200, or why it is refused */
} requests[] = {
    { "GET /1 HTTP/1.1\r\n" HOST END, 0, 200 },
    { "\r\nGET /1 HTTP/1.1\r\n" HOST END, 0, 200 },
    { "GET http://a/1 HTTP/1.1\r\n" HOST END, 0, 200 },
    { "GET /1 HTTP/1.0\r\n" END, 0, 200 },
    { "OPTIONS * HTTP/1.1\r\n" HOST END, 0, 200 },
    { "DELETE /1?x=%20 HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n" END, 0, 200 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END "abc", 0, 200 },
    { "POST /1 HTTP/1.1\r\n" HOST "content-LENGTH:\t3 \r\nExpect: 100-Continue\r\n" END "abc", 0,
      200 },
    { "GET /1 HTTP/1.1\r\n" HOST "X-Lbsim: id=5 part=2\r\n" END, 0, 200 },
    { "GET /1 HTTP/1.1\r\n" HOST "Connection: Upgrade-Insecure\r\n" END, 0, 200 },
    /* lines */
    { "\r\n\r\nGET /1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "GET /1 HTTP/1.1\n" HOST END, 0, 400 },
    { "GET /1 HTTP/1.1\r\nHost: a\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "\n", 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "X: a\rb\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "X: a\r\r\n" END, 0, 400 },
    BYTES("GET /1 HTTP/1.1\r\n" HOST "X: a\0b\r\n" END),
    BYTES("GET /1\0 HTTP/1.1\r\n" HOST END),
    { "GET /1 HTTP/1.1\r\n" HOST "X: a\x7f\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "X: a\r\n b\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n Host: a\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "X : a\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "Content-Length : 3\r\n" END "abc", 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST ": a\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "nonsense\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "X\xc3: a\r\n" END, 0, 400 },
    BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    /* the first line */
    { "GET /1\r\n" END, 0, 400 },
    { "GET /1 HTTP/0.9\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.2\r\n" HOST END, 0, 505 },
    { "GET /1 HTTP/2.0\r\n" HOST END, 0, 505 },
    { "GET /1 HTTX/1.1\r\n" HOST END, 0, 400 },
    { "GET  /1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "GET /1  HTTP/1.1\r\n" HOST END, 0, 400 },
    { "GET /1 HTTP/1.1 \r\n" HOST END, 0, 400 },
    { " GET /1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "GET\t/1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "GET /1 2 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "get /1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "BREW /1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 400 },
    { "GET 1 HTTP/1.1\r\n" HOST END, 0, 400 },
    { "CONNECT a:1 HTTP/1.1\r\n" HOST END, 0, 501 },
    { "GET /1 HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: upgrade\r\n" END, 0, 501 },
    { "HTTP/1.1 200 OK\r\n" END, 0, 400 },
    /* framing */
    { "GET /1 HTTP/1.1\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST HOST END, 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: +3\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: -3\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3 3\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length:\r\n" END "abc", 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n" END, 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n" END, 0, 413 },
    { "POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n", 0, 411 },
    { "POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END, 0,
      400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END, 0,
      400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n" END, 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n" END, 0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n" END, 0, 501 },
    { "POST /1 HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" END,
      0, 400 },
    { "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: cake\r\n" END "abc", 0, 417 },
    { "GET /1 HTTP/1.1\r\n" HOST "X-Lbsim: id=x\r\n" END, 0, 400 },
    { "GET /1 HTTP/1.1\r\n" HOST "X-Lbsim: id=1\r\nX-Lbsim: id=2\r\n" END, 0, 400 },
};

/* Feeds a text in pieces that end at `cut` and, if step, after every byte from there. */
static uint16_t feed(struct request_reader *r, const char *text, size_t n, size_t cut, bool step)
{
    const struct channel_limits limits = channel_limits_default();
    size_t at = 0, end = cut;

    request_reset(r);
    while (at < n) {
        /* a copy of its own, so that a sanitizer sees who looks beyond it */
        char *piece = malloc(end - at + 1);
        enum news news = NEWS_NONE;
        size_t used = 0;

        memcpy(piece, text + at, end - at);
        while (used < end - at && (news == NEWS_NONE || news == NEWS_CONTINUE))
            used += protocol_http.request_read(r, &limits, piece + used, end - at - used, &news);
        free(piece);
        at += used;
        if (news == NEWS_BAD)
            return r->bad;
        if (news == NEWS_WHOLE)
            return at == n ? 200 : 299;
        end = step && end < n ? end + 1 : n;
    }
    return 100;
}

static void test_requests(void)
{
    struct request_reader r = { 0 };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const char *text = requests[i].text;
        const size_t n = requests[i].n ? requests[i].n : strlen(text);

        for (size_t cut = 1; cut <= n; cut++) {
            const uint16_t is = feed(&r, text, n, cut, cut == 1);

            if (is != requests[i].is)
                fprintf(stderr, "request %zu, cut at %zu: %u\n%s\n", i, cut, is, text);
            CU_ASSERT_EQUAL(is, requests[i].is);
        }
    }
    request_reset(&r);
}

static struct channel_limits limits_of(uint32_t header, uint32_t fields, uint32_t uri)
{
    struct channel_limits limits = channel_limits_default();

    limits.header_bytes = header;
    limits.fields = fields;
    limits.uri_bytes = uri;
    return limits;
}

static uint16_t feed_long(const struct channel_limits *limits, const char *text, size_t n,
                          size_t piece)
{
    struct request_reader r = { 0 };
    enum news news = NEWS_NONE;
    uint16_t is;

    for (size_t at = 0; at < n && news == NEWS_NONE;) {
        const size_t step = n - at < piece ? n - at : piece;

        at += protocol_http.request_read(&r, limits, text + at, step, &news);
    }
    is = news == NEWS_WHOLE ? 200 : news == NEWS_BAD ? r.bad : 100;
    request_reset(&r);
    return is;
}

/* At a limit all is well; one byte, one field beyond it is refused, and before its end is there. */
static void test_request_limits(void)
{
    static const size_t pieces[] = { 1, 7, 1000, 100000 };
    char text[10000], line[64];

    for (int i = 0; i < 4; i++) {
        struct channel_limits limits = limits_of(8192, 100, 4096);
        int n = sprintf(text, "GET /%4095d HTTP/1.1\r\n" HOST END, 0);
        for (char *c = text + 5; *c == ' '; c++)
            *c = '7';
        CU_ASSERT_EQUAL(feed_long(&limits, text, (size_t)n, pieces[i]), 200);
        limits.uri_bytes = 4095;
        CU_ASSERT_EQUAL(feed_long(&limits, text, (size_t)n, pieces[i]), 414);
        CU_ASSERT_EQUAL(feed_long(&limits, text, 4200 - 60, pieces[i]), 414);
        limits = limits_of((uint32_t)n, 100, 4096);
        CU_ASSERT_EQUAL(feed_long(&limits, text, (size_t)n, pieces[i]), 200);
        limits.header_bytes--;
        CU_ASSERT_EQUAL(feed_long(&limits, text, (size_t)n, pieces[i]), 431);

        n = sprintf(text, "GET /1 HTTP/1.1\r\n" HOST);
        for (int f = 1; f < 100; f++)
            n += sprintf(text + n, "X-%d: %d\r\n", f, f);
        limits = limits_of(8192, 100, 4096);
        strcpy(text + n, END);
        CU_ASSERT_EQUAL(feed_long(&limits, text, (size_t)n + 2, pieces[i]), 200);
        n += sprintf(text + n, "One: more\r\n");
        CU_ASSERT_EQUAL(feed_long(&limits, text, (size_t)n, pieces[i]), 431);
        memset(text, 'a', sizeof text);
        sprintf(line, "GET /1 HTTP/1.1\r\nX: ");
        memcpy(text, line, strlen(line));
        CU_ASSERT_EQUAL(feed_long(&limits, text, 9000, pieces[i]), 431);
    }
}

static struct parcel hear_request(const char *text, struct request_reader *r)
{
    enum news news;

    request_reset(r);
    protocol_http.request_read(r, &(struct channel_limits) { 0 }, text, strlen(text), &news);
    CU_ASSERT_NOT_EQUAL(news, NEWS_BAD);
    return r->parcel;
}

/* What others ask for. */
static void test_strangers(void)
{
    struct request_reader r = { 0 };
    struct parcel p = hear_request("GET /123?x HTTP/1.1\r\nHost: a\r\n\r\n", &r), q;

    CU_ASSERT(p.key == 123 && p.id == 0 && p.client == LB_NONE && p.work == -1);
    CU_ASSERT(!r.ours && r.keep && !r.head_only && p.kind == PARCEL_REQUEST);
    p = hear_request("HEAD http://a/18446744073709551615 HTTP/1.0\r\n\r\n", &r);
    CU_ASSERT(p.key == UINT64_MAX && !r.keep && r.head_only);
    p = hear_request("GET /18446744073709551616 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                     &r);
    CU_ASSERT(p.key != 0 && !r.keep);
    q = hear_request("GET /18446744073709551617 HTTP/1.1\r\nHost: a\r\n\r\n", &r);
    CU_ASSERT(q.key != p.key);
    p = hear_request("GET /health HTTP/1.1\r\nHost: a\r\n\r\n", &r);
    CU_ASSERT(p.kind == PARCEL_CHECK && p.client == LB_NONE);
    p = hear_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &r);
    q = hear_request("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", &r);
    CU_ASSERT(p.key != q.key);
    p = hear_request("GET /9 HTTP/1.1\r\nx-lbsim: id=7 client=2 key=5\r\nHost: a\r\n\r\n", &r);
    CU_ASSERT(p.id == 7 && p.client == 2 && p.key == 5 && r.ours);
    request_reset(&r);
}

/* The path is the key, which may be 0, or the number of the request where there are no keys. */
static void test_paths(void)
{
    const struct asking asking = { .host = "a" };
    struct parcel p = parcel_blank(17);
    char text[MESSAGE_MOST];
    uint64_t filler;

    protocol_http.request_write(text, &p, &asking, &filler);
    CU_ASSERT_NSTRING_EQUAL(text, "GET /17 HTTP/1.1\r\n", 18);
    p.keyed = true;
    protocol_http.request_write(text, &p, &asking, &filler);
    CU_ASSERT_NSTRING_EQUAL(text, "GET /0 HTTP/1.1\r\n", 17);
    p.key = 5;
    protocol_http.request_write(text, &p, &asking, &filler);
    CU_ASSERT_NSTRING_EQUAL(text, "GET /5 HTTP/1.1\r\n", 17);
}

static const struct {
    const char *text;
    enum news is; /* NEWS_NONE: more bytes are needed; its end may be its answer */
    enum news end;
    enum parcel_status status;
    uint32_t body;
    bool keep;
} answers[] = {
    { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", NEWS_WHOLE, 0, PARCEL_OK, 3, true },
    { "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_OK, 0, true },
    { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_OK, 0, false },
    { "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", NEWS_WHOLE, 0,
      PARCEL_OK, 1, false },
    { "HTTP/1.1 204 No\r\n\r\n", NEWS_WHOLE, 0, PARCEL_OK, 0, true },
    { "HTTP/1.1 304 No\r\n\r\n", NEWS_WHOLE, 0, PARCEL_OK, 0, true },
    { "HTTP/1.1 302 Away\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_OK, 0, true },
    { "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_BAD_REQUEST, 0, true },
    { "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_ERROR, 0, true },
    { "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_REFUSED, 0, true },
    { "HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE, 0, PARCEL_TIMED_OUT, 0, true },
    { "HTTP/1.1 503 No\r\nX-Lbsim: id=1 status=rejected\r\nContent-Length: 0\r\n\r\n", NEWS_WHOLE,
      0, PARCEL_REJECTED, 0, true },
    { "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hint\r\nLink: x\r\n\r\nHTTP/1.1 200 "
      "OK\r\nContent-Length: 0\r\n\r\n",
      NEWS_WHOLE, 0, PARCEL_OK, 0, true },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: "
      "t\r\n\r\n",
      NEWS_WHOLE, 0, PARCEL_OK, 4, true },
    { "HTTP/1.1 200 OK\r\n\r\nto its end", NEWS_NONE, NEWS_WHOLE, PARCEL_OK, 10, false },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxy", NEWS_NONE, NEWS_WHOLE, PARCEL_OK, 2,
      false },
    { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", NEWS_NONE, NEWS_BAD, 0, 0, false },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", NEWS_NONE, NEWS_BAD, 0,
      0, false },
    { "HTTP/1.1 200 OK\r\nContent-Le", NEWS_NONE, NEWS_BAD, 0, 0, false },
    { "", NEWS_NONE, NEWS_NONE, 0, 0, false },
    { "HTTP/1.1 200 OK\nContent-Length: 0\n\n", NEWS_BAD, 0, 0, 0, false },
    { "HTTP/1.1 101 Change\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", NEWS_BAD, 0, 0, 0,
      false },
    { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", NEWS_BAD, 0, 0, 0,
      false },
    { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      NEWS_BAD, 0, 0, 0, false },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", NEWS_BAD, 0, 0, 0, false },
    { "HTTP/1.1 200 OK\r\nX-Lbsim: id=q\r\nContent-Length: 0\r\n\r\n", NEWS_BAD, 0, 0, 0, false },
    { "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", NEWS_BAD, 0, 0, 0, false },
    { "ICY 200 OK\r\n\r\n", NEWS_BAD, 0, 0, 0, false },
    { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", NEWS_BAD, 0, 0, 0, false },
    { "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", NEWS_BAD, 0, 0, 0, false },
};

static enum news feed_answer(struct answer_reader *r, const char *text, size_t cut, bool step,
                             size_t *at)
{
    const struct channel_limits limits = channel_limits_default();
    const size_t n = strlen(text);
    enum news news = NEWS_NONE;
    size_t end = cut;

    answer_reset(r);
    for (*at = 0; *at < n && news == NEWS_NONE; end = step && end < n ? end + 1 : n) {
        char *piece = malloc(end - *at + 1);
        size_t used = 0;

        memcpy(piece, text + *at, end - *at);
        while (used < end - *at && news == NEWS_NONE)
            used += protocol_http.answer_read(r, &limits, piece + used, end - *at - used, &news);
        free(piece);
        *at += used;
    }
    return news;
}

static void test_answers(void)
{
    struct answer_reader r = { 0 };
    size_t at;

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const char *text = answers[i].text;

        for (size_t cut = 1; cut <= strlen(text); cut++) {
            enum news is = feed_answer(&r, text, cut, cut == 1, &at), end = answers[i].end;

            if (is != answers[i].is)
                fprintf(stderr, "answer %zu, cut at %zu: %d\n%s\n", i, cut, is, text);
            CU_ASSERT_EQUAL(is, answers[i].is);
            if (is == NEWS_NONE) {
                is = protocol_http.answer_end(&r);
                if (is != end)
                    fprintf(stderr, "end of answer %zu, cut at %zu: %d\n%s\n", i, cut, is, text);
                CU_ASSERT_EQUAL(is, end);
            }
            if (is != NEWS_WHOLE)
                continue;
            CU_ASSERT_EQUAL(at, strlen(text));
            CU_ASSERT_EQUAL(r.parcel.status, answers[i].status);
            CU_ASSERT_EQUAL(r.parcel.body, answers[i].body);
            CU_ASSERT_EQUAL(r.keep, answers[i].keep);
        }
    }
    CU_ASSERT_EQUAL(protocol_http.answer_end(&(struct answer_reader) { 0 }), NEWS_NONE);
    answer_reset(&r);
}

int suite_http(void)
{
    CU_pSuite suite = CU_add_suite("http", NULL, NULL);

    return !suite || !CU_add_test(suite, "requests, good and bad", test_requests) ||
           !CU_add_test(suite, "limits of requests", test_request_limits) ||
           !CU_add_test(suite, "requests of others", test_strangers) ||
           !CU_add_test(suite, "paths", test_paths) ||
           !CU_add_test(suite, "answers, good and bad", test_answers);
}
