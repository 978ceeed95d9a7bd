/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An inlet against clients of all manners, over real sockets. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live_bench.h"

int suite_inlet(void);

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define SAYS      "app[3] ok waited 1.250 ms served 5.021 ms\n"

static struct bench *open_inlet(struct bench *b, enum transport transport)
{
    bench_open(b, transport, false);
    bench_listen(b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b->inlet);
    return b;
}

/* Says a text on a connection of its own and gives what is heard until the peer ends. */
static void talk(struct bench *b, const char *text, char *heard, size_t room)
{
    const int fd = raw_open(inlet_port(b->inlet));
    bool reset;

    raw_say(b, fd, text, strlen(text), false);
    raw_hear(b, fd, heard, room, NULL, &reset);
    CU_ASSERT_FALSE(reset);
    close(fd);
}

static uint32_t occurrences(const char *text, const char *word)
{
    uint32_t n = 0;

    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

static void test_strangers(void)
{
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_HTTP);
    const int fd = raw_open(inlet_port(b.inlet));
    for (int i = 0; i < 3; i++) {
        raw_say(&b, fd, ASK("/any/thing"), strlen(ASK("/any/thing")), i == 1);
        raw_hear(&b, fd, heard, sizeof heard, SAYS, &reset);
        CU_ASSERT_PTR_NOT_NULL(strstr(heard, "HTTP/1.1 200 OK\r\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nX-Lbsim-Server: app[3]\r\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nContent-Length: 42\r\n"));
        CU_ASSERT_PTR_NULL(strstr(heard, "Connection: close"));
    }
    close(fd);
    talk(&b, "HEAD /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", heard, sizeof heard);
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nContent-Length: 42\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nConnection: close\r\n\r\n"));
    CU_ASSERT_PTR_NULL(strstr(heard, "waited"));
    talk(&b, "HEAD /1 HTTP/1.0\r\nX-Lbsim: id=1 answer=9000\r\n\r\n", heard, sizeof heard);
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nContent-Length: 9000\r\n"));
    CU_ASSERT_STRING_EQUAL(strstr(heard, "\r\n\r\n"), "\r\n\r\n");
    talk(&b, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", heard, sizeof heard);
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nConnection: close\r\n\r\n" SAYS));
    b.status = PARCEL_ERROR;
    talk(&b, "GET /1 HTTP/1.0\r\n\r\n", heard, sizeof heard);
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "HTTP/1.1 500 "));
    CU_ASSERT_EQUAL(b.asks, 7);
    CU_ASSERT_EQUAL(b.lefts, 0);
    bench_close(&b);
}

static void test_lines(void)
{
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_TCP);
    const int fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, "\nhello\r\n", 8, true);
    raw_hear(&b, fd, heard, sizeof heard, "\n", &reset);
    CU_ASSERT_STRING_EQUAL(heard, SAYS);
    raw_say(&b, fd, "77\n", 3, false);
    raw_hear(&b, fd, heard, sizeof heard, "\n", &reset);
    CU_ASSERT_STRING_EQUAL(heard, SAYS);
    CU_ASSERT(b.asked.key == 77 && b.asked.client == LB_NONE);
    raw_say(&b, fd, "request id=5 client=1 body=3\nabc", 32, true);
    raw_hear(&b, fd, heard, sizeof heard, "\n", &reset);
    CU_ASSERT_STRING_EQUAL(heard, "answer id=5 status=ok server=3 wait=1250000 service=5021000\n");
    CU_ASSERT(b.asked.id == 5 && b.asked.client == 1 && b.asked.body == 3);
    raw_say(&b, fd, "check id=6\n", 11, true);
    raw_hear(&b, fd, heard, sizeof heard, "\n", &reset);
    CU_ASSERT_EQUAL(b.asked.kind, PARCEL_CHECK);
    close(fd);
    talk(&b, "request id=x\n", heard, sizeof heard);
    CU_ASSERT_STRING_EQUAL(heard, "not understood\n");
    talk(&b, "a\001b\n", heard, sizeof heard);
    CU_ASSERT_STRING_EQUAL(heard, "not understood\n");
    talk(&b, "request id=1 body=1048577\n", heard, sizeof heard);
    CU_ASSERT_STRING_EQUAL(heard, "too large\n");
    CU_ASSERT_EQUAL(b.asks, 4);
    CU_ASSERT_EQUAL(inlet_count(b.inlet).bad, 3);
    bench_close(&b);
}

/* Lines that somebody pastes are answered one after the other, also where the answers take their
 * time, and where nothing more will come. */
static void test_pasted_lines(void)
{
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_TCP);
    for (int hold = 0; hold < 2; hold++) {
        const int fd = raw_open(inlet_port(b.inlet));

        b.asks = 0;
        b.way = hold ? WAY_HOLD : WAY_ANSWER;
        raw_say(&b, fd, "1\n2\n3\n4", 7, false);
        shutdown(fd, SHUT_WR);
        for (uint32_t i = 1; hold && i <= 3; i++) {
            CU_ASSERT_TRUE_FATAL(bench_until(&b, &b.asks, i));
            bench_rest(&b);
            CU_ASSERT(b.asks == i && b.asked.key == i);
            bench_answer(&b, b.held, &b.asked);
            CU_ASSERT_EQUAL(b.asks, i); /* never from within */
        }
        raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
        CU_ASSERT_STRING_EQUAL(heard, SAYS SAYS SAYS);
        CU_ASSERT(!reset && b.asks == 3 && b.asked.key == 3);
        close(fd);
    }
    CU_ASSERT_EQUAL(b.lefts, 0);
    bench_close(&b);
}

/* Who sends without end and never listens is sent away. */
static void test_too_many_lines(void)
{
    struct bench b;
    char heard[64], lines[5000];
    bool reset;

    memset(lines, '\n', sizeof lines);
    for (size_t i = 0; i < sizeof lines; i += 2)
        lines[i] = 'x';
    open_inlet(&b, TRANSPORT_TCP);
    b.way = WAY_HOLD;
    const int fd = raw_open(inlet_port(b.inlet));
    for (int i = 0; i < 20; i++)
        raw_say(&b, fd, lines, sizeof lines, false);
    raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    CU_ASSERT(reset && b.asks == 1 && b.lefts == 1);
    close(fd);
    bench_close(&b);
}

/* What is torn has begun: some bytes of the answer, and then a reset. */
static void test_torn(void)
{
    const struct {
        enum transport transport;
        const char *ask, *begins;
    } cases[] = { { TRANSPORT_HTTP, ASK("/1"), "HTTP/1.1 200 OK\r\n" },
                  { TRANSPORT_TCP, "request id=5\n", "answer id=" } };
    char heard[4096];
    bool reset;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;

        open_inlet(&b, cases[i].transport);
        b.way = WAY_TORN;
        const int fd = raw_open(inlet_port(b.inlet));
        raw_say(&b, fd, cases[i].ask, strlen(cases[i].ask), false);
        const size_t n = raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
        CU_ASSERT(reset && n >= strlen(cases[i].begins));
        CU_ASSERT_NSTRING_EQUAL(heard, cases[i].begins, strlen(cases[i].begins));
        CU_ASSERT_PTR_NULL(strstr(heard, "\r\n\r\n"));
        close(fd);
        bench_close(&b);
    }
}

/* A second request that does not wait for the answer to the first is not read: the first answer
 * says that the connection ends. */
static void test_pipelining(void)
{
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_HTTP);
    talk(&b, ASK("/1") ASK("/2"), heard, sizeof heard);
    CU_ASSERT_EQUAL(occurrences(heard, "HTTP/1.1 200 OK"), 1);
    CU_ASSERT_EQUAL(occurrences(heard, "Connection: close"), 1);
    CU_ASSERT(b.asks == 1 && b.asked.key == 1);
    talk(&b, "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" ASK("/4"), heard,
         sizeof heard);
    CU_ASSERT_EQUAL(occurrences(heard, "HTTP/1.1 200 OK"), 1);
    CU_ASSERT(b.asks == 2 && b.asked.key == 3);
    b.way = WAY_HOLD;
    const int fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, ASK("/5"), strlen(ASK("/5")), false);
    CU_ASSERT_TRUE(bench_until(&b, &b.asks, 3));
    raw_say(&b, fd, ASK("/6"), strlen(ASK("/6")), true);
    bench_rest(&b);
    CU_ASSERT_EQUAL(b.asks, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.held);
    bench_answer(&b, b.held, &b.asked);
    raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    CU_ASSERT_EQUAL(occurrences(heard, "HTTP/1.1 200 OK"), 1);
    CU_ASSERT_EQUAL(occurrences(heard, "Connection: close"), 1);
    CU_ASSERT_FALSE(reset);
    close(fd);
    /* an empty line behind a request is none */
    b.way = WAY_ANSWER;
    const int again = raw_open(inlet_port(b.inlet));
    for (int i = 0; i < 2; i++) {
        raw_say(&b, again, ASK("/7") "\r\n", strlen(ASK("/7")) + 2, false);
        raw_hear(&b, again, heard, sizeof heard, SAYS, &reset);
        CU_ASSERT_EQUAL(occurrences(heard, "HTTP/1.1 200 OK"), 1);
    }
    CU_ASSERT_EQUAL(b.asks, 5);
    close(again);
    bench_close(&b);
}

/* More than anybody may say in vain. */
static void test_flood(void)
{
    static char much[1 << 18];
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_HTTP);
    b.way = WAY_HOLD;
    memset(much, 'x', sizeof much);
    const int fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, ASK("/1"), strlen(ASK("/1")), false);
    CU_ASSERT_TRUE(bench_until(&b, &b.asks, 1));
    raw_say(&b, fd, much, sizeof much, false);
    raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    CU_ASSERT_TRUE(reset);
    CU_ASSERT_EQUAL(b.lefts, 1);
    close(fd);
    bench_close(&b);
}

static void test_refusals(void)
{
    static const struct {
        const char *text, *status;
    } cases[] = {
        { "GARBAGE\r\n\r\n", "400" },
        { "GET /1 HTTP/1.1\r\n\r\n", "400" },
        { "GET /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
          "400" },
        { "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", "413" },
        { "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
          "411" },
        { "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "501" },
        { "GET /1 HTTP/3.0\r\nHost: a\r\n\r\n", "505" },
        { "\001\002\003", "400" },
    };
    struct bench b;
    char heard[4096], line[32];

    open_inlet(&b, TRANSPORT_HTTP);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        talk(&b, cases[i].text, heard, sizeof heard);
        snprintf(line, sizeof line, "HTTP/1.1 %s ", cases[i].status);
        CU_ASSERT_EQUAL(strncmp(heard, line, strlen(line)), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nConnection: close\r\n"));
        CU_ASSERT_EQUAL(occurrences(heard, "HTTP/1.1"), 1);
    }
    CU_ASSERT_EQUAL(b.asks, 0);
    CU_ASSERT_EQUAL(inlet_count(b.inlet).bad, sizeof cases / sizeof cases[0]);
    bench_close(&b);
}

static void test_expect(void)
{
    static const char head[] =
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_HTTP);
    const int fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, head, strlen(head), true);
    raw_hear(&b, fd, heard, sizeof heard, "\r\n\r\n", &reset);
    CU_ASSERT_STRING_EQUAL(heard, "HTTP/1.1 100 Continue\r\n\r\n");
    CU_ASSERT_EQUAL(b.asks, 0);
    raw_say(&b, fd, "ab", 2, true);
    raw_hear(&b, fd, heard, sizeof heard, SAYS, &reset);
    CU_ASSERT_EQUAL(occurrences(heard, "HTTP/1.1 200 OK"), 1);
    CU_ASSERT_EQUAL(b.asked.body, 2);
    close(fd);
    bench_close(&b);
}

/* Who is slow is told so; who says nothing at all may stay. */
static void test_deadlines(void)
{
    static const char *const slow[] = {
        "GET /1 HT", "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na"
    };
    struct bench b;
    char heard[4096];
    bool reset;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.in.limits.header_time = b.in.limits.body_time = 30000000;
    bench_listen(&b);
    const int silent = raw_open(inlet_port(b.inlet));
    for (int i = 0; i < 2; i++) {
        talk(&b, slow[i], heard, sizeof heard);
        CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 408 ", 13), 0);
    }
    CU_ASSERT_EQUAL(inlet_count(b.inlet).timed_out, 2);
    raw_say(&b, silent, ASK("/2"), strlen(ASK("/2")), false);
    raw_hear(&b, silent, heard, sizeof heard, SAYS, &reset);
    CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 200 ", 13), 0);
    close(silent);
    bench_close(&b);

    bench_open(&b, TRANSPORT_HTTP, false);
    b.in.limits.idle_time = 30000000;
    bench_listen(&b);
    talk(&b, ASK("/3"), heard, sizeof heard);
    CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 200 ", 13), 0);
    bench_close(&b);
}

static void test_who_does_not_read(void)
{
    static const char ask[] = "GET /1 HTTP/1.1\r\nHost: a\r\nX-Lbsim: id=1 answer=50000000\r\n\r\n";
    struct bench b;
    char heard[64];
    bool reset;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.in.limits.write_time = 30000000;
    bench_listen(&b);
    const int fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, ask, strlen(ask), false);
    raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    CU_ASSERT_FALSE(inlet_idle(b.inlet));
    for (int i = 0; i < 1000 && inlet_count(b.inlet).connections > 0; i++)
        bench_rest(&b);
    CU_ASSERT_EQUAL(inlet_count(b.inlet).connections, 0);
    CU_ASSERT_TRUE(inlet_idle(b.inlet));
    close(fd);
    bench_close(&b);
}

/* lbsim's own by closing, strangers by a reset. */
static void test_leaving(void)
{
    static const char own[] = "GET /1 HTTP/1.1\r\nHost: a\r\nX-Lbsim: id=1\r\n\r\n";
    struct bench b;

    open_inlet(&b, TRANSPORT_HTTP);
    b.way = WAY_HOLD;
    for (uint32_t i = 0; i < 2; i++) {
        const struct linger at_once = { .l_onoff = 1 };
        const int fd = raw_open(inlet_port(b.inlet));

        const char *ask = i == 0 ? own : ASK("/1");

        raw_say(&b, fd, ask, strlen(ask), false);
        CU_ASSERT_TRUE(bench_until(&b, &b.asks, i + 1));
        CU_ASSERT_FALSE(inlet_idle(b.inlet));
        if (i == 1)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
        CU_ASSERT_TRUE(bench_until(&b, &b.lefts, i + 1));
        CU_ASSERT_TRUE(inlet_idle(b.inlet));
    }
    CU_ASSERT_EQUAL(inlet_count(b.inlet).connections, 0);
    bench_close(&b);
}

/* A port that is refused is nobody else's, and those who are there stay. */
static void test_refuse(void)
{
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_HTTP);
    const uint16_t port = inlet_port(b.inlet);
    const int fd = raw_open(port);
    bench_rest(&b);
    for (int i = 0; i < 3; i++) {
        inlet_refuse(b.inlet);
        inlet_refuse(b.inlet);
        errno = 0;
        CU_ASSERT_EQUAL(raw_open(port), -1);
        CU_ASSERT_EQUAL(errno, ECONNREFUSED);
        raw_say(&b, fd, ASK("/1"), strlen(ASK("/1")), false);
        raw_hear(&b, fd, heard, sizeof heard, SAYS, &reset);
        CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 200 ", 13), 0);
        struct bench other;
        bench_open(&other, TRANSPORT_HTTP, false);
        bench_listen(&other);
        CU_ASSERT_NOT_EQUAL(inlet_port(other.inlet), port);
        bench_close(&other);
        CU_ASSERT_EQUAL(inlet_listen(b.inlet), 0);
        CU_ASSERT_EQUAL(inlet_port(b.inlet), port);
        talk(&b, "GET /1 HTTP/1.0\r\n\r\n", heard, sizeof heard);
        CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 200 ", 13), 0);
    }
    close(fd);
    bench_close(&b);
}

static void test_port_in_use(void)
{
    struct bench b, other;
    char why[256], expected[256];
    int code;

    open_inlet(&b, TRANSPORT_HTTP);
    bench_open(&other, TRANSPORT_HTTP, false);
    other.in.address = address_loopback(inlet_port(b.inlet));
    CU_ASSERT_PTR_NULL(inlet_open(&other.in, &code, why, sizeof why));
    CU_ASSERT_EQUAL(code, EADDRINUSE);
    snprintf(expected, sizeof expected, "bind 127.0.0.1:%u: Address already in use",
             inlet_port(b.inlet));
    CU_ASSERT_STRING_EQUAL(why, expected);
    /* whoever comes after waits until it is free, though connections of the first are left over */
    const int fd = raw_open(inlet_port(b.inlet));
    bench_rest(&b);
    bench_close(&b);
    other.in.reuse_port = true;
    other.inlet = inlet_open(&other.in, &code, why, sizeof why);
    CU_ASSERT_PTR_NOT_NULL(other.inlet);
    close(fd);
    bench_close(&other);
}

static void test_crowd(void)
{
    struct bench b;
    char heard[4096];
    bool reset;
    int fd[4];

    bench_open(&b, TRANSPORT_HTTP, false);
    b.in.limits.connections = 2;
    bench_listen(&b);
    for (int i = 0; i < 4; i++) {
        fd[i] = raw_open(inlet_port(b.inlet));
        raw_say(&b, fd[i], ASK("/1"), strlen(ASK("/1")), false);
    }
    for (int i = 0; i < 4; i++) {
        bench_rest(&b);
        CU_ASSERT_EQUAL(inlet_count(b.inlet).connections, i < 3 ? 2 : 1);
        raw_hear(&b, fd[i], heard, sizeof heard, SAYS, &reset);
        CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 200 ", 13), 0);
        close(fd[i]);
    }
    CU_ASSERT_EQUAL(b.asks, 4);
    bench_close(&b);
}

/* Without a descriptor left nobody waits for ever, and all is well once there are some again. */
static void test_no_descriptors(void)
{
    struct rlimit before, now;
    struct bench b;
    char heard[4096];
    bool reset;

    open_inlet(&b, TRANSPORT_HTTP);
    const int fd = raw_open(inlet_port(b.inlet)), late = raw_open(inlet_port(b.inlet));
    getrlimit(RLIMIT_NOFILE, &before);
    now = before;
    now.rlim_cur = (rlim_t)late + 1;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &now), 0);
    raw_say(&b, fd, ASK("/1"), strlen(ASK("/1")), false);
    const bool told = bench_until(&b, &b.troubles, 1);
    raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    setrlimit(RLIMIT_NOFILE, &before);
    CU_ASSERT_TRUE(told);
    CU_ASSERT(heard[0] == '\0');
    CU_ASSERT(reset || recv(fd, heard, 1, MSG_DONTWAIT) == 0); /* it was turned away */
    close(fd);
    close(late);
    talk(&b, "GET /1 HTTP/1.0\r\n\r\n", heard, sizeof heard);
    CU_ASSERT_EQUAL(strncmp(heard, "HTTP/1.1 200 ", 13), 0);
    bench_close(&b);
}

static void close_inlet(void *context, struct visitor *v, const struct parcel *p)
{
    struct bench *b = context;

    (void)v;
    (void)p;
    b->asks++;
    inlet_close(b->inlet);
    b->inlet = NULL;
}

static void test_closing_within(void)
{
    for (int tls = 0; tls < 2; tls++) {
        struct bench b;
        struct parcel p = parcel_blank(1);

        bench_open(&b, TRANSPORT_HTTP, tls);
        b.in.request = close_inlet;
        bench_listen(&b);
        bench_connect(&b);
        outlet_send(b.outlet, 1, &p);
        CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
        CU_ASSERT(b.asks == 1 && b.heard[0].failed && b.heard[0].cause == CAUSE_EOF);
        bench_close(&b);
    }
}

/* Who says that it has nothing more to say waits for its answer; but one that is awaited for ever
 * is awaited by nobody. */
static void test_half_closed(void)
{
    static const char own[] = "GET /1 HTTP/1.1\r\nHost: a\r\nX-Lbsim: id=1\r\n\r\n";
    struct bench b;
    char heard[4096];
    bool reset;
    int fd;

    open_inlet(&b, TRANSPORT_HTTP);
    b.way = WAY_HOLD;
    fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, ASK("/1"), strlen(ASK("/1")), false);
    CU_ASSERT(bench_until(&b, &b.asks, 1));
    shutdown(fd, SHUT_WR);
    bench_rest(&b);
    CU_ASSERT_EQUAL(b.lefts, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.held);
    bench_answer(&b, b.held, &b.asked);
    raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    CU_ASSERT_FALSE(reset);
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "HTTP/1.1 200 OK\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nConnection: close\r\n"));
    close(fd);
    fd = raw_open(inlet_port(b.inlet)); /* lbsim's own say by it that they want no answer */
    raw_say(&b, fd, own, sizeof own - 1, false);
    CU_ASSERT(bench_until(&b, &b.asks, 2));
    shutdown(fd, SHUT_WR);
    CU_ASSERT(bench_until(&b, &b.lefts, 1));
    CU_ASSERT_PTR_NULL(b.held);
    close(fd);
    bench_close(&b);
}

static void test_half_closed_for_ever(void)
{
    struct bench b;
    int fd;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.in.limits.idle_time = 20000000;
    bench_listen(&b);
    b.way = WAY_HOLD;
    fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, ASK("/1"), strlen(ASK("/1")), false);
    CU_ASSERT(bench_until(&b, &b.asks, 1));
    bench_rest(&b); /* while it may say more it is not timed */
    CU_ASSERT_EQUAL(b.lefts, 0);
    shutdown(fd, SHUT_WR);
    CU_ASSERT(bench_until(&b, &b.lefts, 1));
    CU_ASSERT(inlet_idle(b.inlet));
    close(fd);
    bench_close(&b);
}

/* A long answer goes on being written to who has nothing more to say. */
static void test_half_closed_late(void)
{
    enum { LONG = 4000000 };
    static char heard[LONG + 4096];
    struct bench b;
    bool reset;
    size_t n;

    open_inlet(&b, TRANSPORT_HTTP);
    b.way = WAY_HOLD;
    const int fd = raw_open(inlet_port(b.inlet));
    raw_say(&b, fd, ASK("/1"), strlen(ASK("/1")), false);
    CU_ASSERT(bench_until(&b, &b.asks, 1));
    b.asked.answer = LONG;
    bench_answer(&b, b.held, &b.asked);
    bench_rest(&b);
    shutdown(fd, SHUT_WR);
    bench_rest(&b);
    n = raw_hear(&b, fd, heard, sizeof heard, NULL, &reset);
    CU_ASSERT_FALSE(reset);
    CU_ASSERT(n > LONG);
    close(fd);
    bench_close(&b);
}

int suite_inlet(void)
{
    CU_pSuite suite = CU_add_suite("inlets", NULL, NULL);

    return !suite || !CU_add_test(suite, "answers that people read", test_strangers) ||
           !CU_add_test(suite, "half-closed", test_half_closed) ||
           !CU_add_test(suite, "half-closed for ever", test_half_closed_for_ever) ||
           !CU_add_test(suite, "half-closed in an answer", test_half_closed_late) ||
           !CU_add_test(suite, "lines", test_lines) ||
           !CU_add_test(suite, "lines that are pasted", test_pasted_lines) ||
           !CU_add_test(suite, "too many lines", test_too_many_lines) ||
           !CU_add_test(suite, "a torn answer", test_torn) ||
           !CU_add_test(suite, "pipelining", test_pipelining) ||
           !CU_add_test(suite, "a flood", test_flood) ||
           !CU_add_test(suite, "refusals", test_refusals) ||
           !CU_add_test(suite, "100-continue", test_expect) ||
           !CU_add_test(suite, "deadlines", test_deadlines) ||
           !CU_add_test(suite, "who does not read", test_who_does_not_read) ||
           !CU_add_test(suite, "who leaves", test_leaving) ||
           !CU_add_test(suite, "a refused port", test_refuse) ||
           !CU_add_test(suite, "a port in use", test_port_in_use) ||
           !CU_add_test(suite, "too many connections", test_crowd) ||
           !CU_add_test(suite, "no descriptors", test_no_descriptors) ||
           !CU_add_test(suite, "closing within", test_closing_within);
}
