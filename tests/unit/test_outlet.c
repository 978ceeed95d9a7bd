/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An outlet against servers that refuse, end, reset, lie or are somebody else's. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live_bench.h"

int suite_outlet(void);

#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* A server by hand. */
static int raw_listen(int backlog)
{
    const struct address at = address_loopback(0);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (const struct sockaddr *)&at.at, at.length) || listen(fd, backlog))
        return -1;
    return fd;
}

static struct address address_of(int fd)
{
    struct address at = { .length = sizeof at.at };

    getsockname(fd, (struct sockaddr *)&at.at, &at.length);
    return at;
}

static void connect_to(struct bench *b, int listener, bool own)
{
    b->out.address = address_of(listener);
    b->out.own = own;
    bench_connect(b);
}

static void ask(struct bench *b, uint64_t id)
{
    const struct parcel p = parcel_blank(id);
    const uint32_t before = b->n;

    CU_ASSERT_PTR_NOT_NULL_FATAL(outlet_send(b->outlet, id, &p));
    CU_ASSERT_EQUAL(b->n, before); /* never from within */
}

static void expect_failure(const struct bench *b, uint32_t i, enum cause cause, bool sent)
{
    CU_ASSERT_TRUE(b->heard[i].failed);
    CU_ASSERT_EQUAL(b->heard[i].cause, cause);
    CU_ASSERT_EQUAL(b->heard[i].sent, sent);
}

static void serve(struct bench *b, int fd, const char *answer)
{
    char heard[4096];
    bool reset;

    raw_hear(b, fd, heard, sizeof heard, "\r\n\r\n", &reset);
    CU_ASSERT_PTR_NOT_NULL(strstr(heard, "\r\nX-Lbsim: id="));
    raw_say(b, fd, answer, strlen(answer), false);
}

static void test_refused(void)
{
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    bench_listen(&b);
    bench_connect(&b);
    inlet_refuse(b.inlet);
    for (uint64_t i = 0; i < 50; i++)
        ask(&b, i);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 50));
    for (uint32_t i = 0; i < 50; i++)
        expect_failure(&b, i, CAUSE_CONNECT_REFUSED, false);
    /* who refuses is left in peace for a while: what is asked now fails without a connection */
    ask(&b, 50);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 51));
    expect_failure(&b, 50, CAUSE_CONNECT_REFUSED, false);
    CU_ASSERT_EQUAL(inlet_listen(b.inlet), 0);
    ask(&b, 51);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 52));
    expect_failure(&b, 51, CAUSE_CONNECT_REFUSED, false);
    outlet_forget(b.outlet);
    ask(&b, 52);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 53));
    CU_ASSERT_FALSE(b.heard[52].failed);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).failed[CAUSE_CONNECT_REFUSED], 52);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).connected, 1);
    bench_close(&b);
}

/* The peace ends by itself. */
static void test_back_off_ends(void)
{
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    bench_listen(&b);
    bench_connect(&b);
    inlet_refuse(b.inlet);
    ask(&b, 0);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
    CU_ASSERT_EQUAL(inlet_listen(b.inlet), 0);
    for (uint32_t i = 1; i < 200 && b.asks == 0; i++) {
        bench_rest(&b);
        ask(&b, i);
        CU_ASSERT_TRUE(bench_until(&b, &b.n, i + 1));
    }
    CU_ASSERT_EQUAL(b.asks, 1);
    bench_close(&b);
}

static void test_ends(void)
{
    static const struct {
        enum bench_way way;
        enum cause cause;
    } cases[] = { { WAY_CLOSE, CAUSE_EOF }, { WAY_RESET, CAUSE_RESET }, { WAY_TORN, CAUSE_RESET } };

    for (int transport = TRANSPORT_HTTP; transport <= TRANSPORT_TCP; transport++)
        for (uint32_t i = 0; i < 6; i++) {
            struct bench b;

            bench_open(&b, (enum transport)transport, false);
            bench_listen(&b);
            bench_connect(&b);
            if (i >= 3) { /* so that the connection is a reused one: lbsim asks once all the same */
                ask(&b, 7);
                CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
            }
            b.way = cases[i % 3].way;
            ask(&b, 8);
            CU_ASSERT_TRUE(bench_until(&b, &b.n, 1 + i / 3));
            expect_failure(&b, i / 3, cases[i % 3].cause, true);
            b.way = WAY_ANSWER;
            ask(&b, 9);
            CU_ASSERT_TRUE(bench_until(&b, &b.n, 2 + i / 3));
            CU_ASSERT_FALSE(b.heard[1 + i / 3].failed);
            CU_ASSERT_EQUAL(b.asks, 2 + i / 3);
            CU_ASSERT_EQUAL(outlet_count(b.outlet).resent, 0);
            CU_ASSERT_EQUAL(outlet_count(b.outlet).connections, 1);
            bench_close(&b);
        }
}

/* Somebody's server ends a connection just when it is used again: the request goes out once more,
 * on a new one; but once only, and not one with a body, nor one that has begun to be answered. */
static void test_stale(void)
{
    for (int how = 0; how < 4; how++) {
        struct parcel p = parcel_blank(2);
        struct bench b;

        bench_open(&b, TRANSPORT_HTTP, false);
        const int listener = raw_listen(16);
        connect_to(&b, listener, false);
        ask(&b, 1);
        const int first = accept(listener, NULL, NULL);
        serve(&b, first, GOOD);
        CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
        p.body = how == 2 ? 5 : 0;
        outlet_send(b.outlet, 2, &p);
        serve(&b, first, how == 3 ? "HTTP/1.1 200" : "");
        if (how == 2) { /* unread bytes would make it a reset */
            char body[8];
            CU_ASSERT_EQUAL(recv(first, body, sizeof body, MSG_DONTWAIT) <= 5, true);
        }
        close(first);
        if (how <= 1) {
            for (int i = 0; i < 100 && outlet_count(b.outlet).resent == 0; i++)
                bench_rest(&b);
            const int second = accept(listener, NULL, NULL);
            if (how == 0)
                serve(&b, second, GOOD);
            else
                close(second);
            CU_ASSERT_TRUE(bench_until(&b, &b.n, 2));
            CU_ASSERT_EQUAL(b.heard[1].failed, how == 1);
            CU_ASSERT_EQUAL(b.heard[1].ticket, 2);
            CU_ASSERT_EQUAL(outlet_count(b.outlet).resent, 1);
            if (how == 0)
                close(second);
        } else {
            CU_ASSERT_TRUE(bench_until(&b, &b.n, 2));
            CU_ASSERT_TRUE(b.heard[1].failed && b.heard[1].sent);
            CU_ASSERT_EQUAL(outlet_count(b.outlet).resent, 0);
        }
        close(listener);
        bench_close(&b);
    }
}

/* An idle connection that ends is nobody's failure. */
static void test_idle_end(void)
{
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    const int listener = raw_listen(16);
    connect_to(&b, listener, true);
    outlet_prepare(b.outlet, 3);
    CU_ASSERT_FALSE(outlet_ready(b.outlet));
    for (int i = 0; i < 100 && !outlet_ready(b.outlet); i++)
        bench_rest(&b);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).idle, 3);
    for (int i = 0; i < 3; i++)
        close(accept(listener, NULL, NULL));
    for (int i = 0; i < 100 && outlet_count(b.outlet).idle > 0; i++)
        bench_rest(&b);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).connections, 0);
    ask(&b, 1);
    const int fd = accept(listener, NULL, NULL);
    serve(&b, fd, GOOD);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
    CU_ASSERT_FALSE(b.heard[0].failed);
    for (int cause = 0; cause < CAUSES; cause++)
        CU_ASSERT_EQUAL(outlet_count(b.outlet).failed[cause], 0);
    close(fd);
    close(listener);
    bench_close(&b);
}

/* Connections that are opened beforehand are silent, and stay (prototypes ended them). */
static void test_prepare(void)
{
    for (int tls = 0; tls < 2; tls++) {
        struct bench b;

        bench_open(&b, TRANSPORT_HTTP, tls);
        b.in.limits.header_time = 20000000;
        bench_listen(&b);
        bench_connect(&b);
        outlet_prepare(b.outlet, 20);
        for (int i = 0; i < 1000 && !outlet_ready(b.outlet); i++)
            bench_rest(&b);
        bench_rest(&b);
        bench_rest(&b);
        CU_ASSERT_EQUAL(outlet_count(b.outlet).idle, 20);
        CU_ASSERT_EQUAL(inlet_count(b.inlet).connections, 20);
        for (uint32_t i = 0; i < 20; i++)
            ask(&b, i);
        CU_ASSERT_TRUE(bench_until(&b, &b.n, 20));
        for (uint32_t i = 0; i < 20; i++)
            CU_ASSERT_FALSE(b.heard[i].failed);
        CU_ASSERT_EQUAL(inlet_count(b.inlet).accepted, 20);
        outlet_forget(b.outlet);
        CU_ASSERT_EQUAL(outlet_count(b.outlet).connections, 0);
        inlet_refuse(b.inlet);
        outlet_prepare(b.outlet, 2);
        for (int i = 0; i < 1000 && !outlet_ready(b.outlet); i++)
            bench_rest(&b);
        CU_ASSERT_EQUAL(outlet_count(b.outlet).failed[CAUSE_CONNECT_REFUSED], 2);
        CU_ASSERT_EQUAL(outlet_count(b.outlet).idle, 0);
        bench_close(&b);
    }
}

static void test_cancel(void)
{
    const struct parcel p = parcel_blank(1);
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.way = WAY_HOLD;
    bench_listen(&b);
    bench_connect(&b);
    struct passage *passage = outlet_send(b.outlet, 1, &p);
    CU_ASSERT_TRUE(bench_until(&b, &b.asks, 1));
    outlet_cancel(b.outlet, passage);
    CU_ASSERT_TRUE(bench_until(&b, &b.lefts, 1));
    CU_ASSERT_EQUAL(outlet_count(b.outlet).connections, 0);
    /* before it was sent: the connection is kept */
    outlet_cancel(b.outlet, outlet_send(b.outlet, 2, &p));
    for (int i = 0; i < 100 && outlet_count(b.outlet).idle == 0; i++)
        bench_rest(&b);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).idle, 1);
    /* before its failure was told */
    outlet_forget(b.outlet);
    inlet_refuse(b.inlet);
    outlet_send(b.outlet, 3, &p);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
    struct passage *doomed[3];
    for (int i = 0; i < 3; i++)
        doomed[i] = outlet_send(b.outlet, 4 + (uint64_t)i, &p);
    outlet_cancel(b.outlet, doomed[2]);
    outlet_cancel(b.outlet, doomed[0]);
    ask(&b, 9);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 3));
    bench_rest(&b);
    CU_ASSERT(b.n == 3 && b.heard[1].ticket == 5 && b.heard[2].ticket == 9);
    CU_ASSERT_EQUAL(b.asks, 1);
    bench_close(&b);
}

static void test_overload(void)
{
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.way = WAY_HOLD;
    b.out.limits.connections = 2;
    bench_listen(&b);
    bench_connect(&b);
    for (uint64_t i = 0; i < 5; i++)
        ask(&b, i);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 3));
    for (uint32_t i = 0; i < 3; i++) {
        expect_failure(&b, i, CAUSE_CLIENT_OVERLOAD, false);
        CU_ASSERT_EQUAL(b.heard[i].ticket, 2 + i);
    }
    CU_ASSERT_TRUE(bench_until(&b, &b.asks, 2));
    CU_ASSERT_EQUAL(outlet_count(b.outlet).connections, 2);
    bench_close(&b);
}

static void test_begun(void)
{
    for (int transport = TRANSPORT_HTTP; transport <= TRANSPORT_TCP; transport++) {
        struct bench b;

        bench_open(&b, (enum transport)transport, false);
        b.way = WAY_BEGIN;
        bench_listen(&b);
        bench_connect(&b);
        for (uint32_t i = 0; i < 3; i++) {
            ask(&b, i);
            CU_ASSERT_TRUE(bench_until(&b, &b.begun, i + 1));
            CU_ASSERT_PTR_NOT_NULL_FATAL(b.held);
            bench_answer(&b, b.held, &b.asked);
            CU_ASSERT_TRUE(bench_until(&b, &b.n, i + 1));
            CU_ASSERT_FALSE(b.heard[i].failed);
        }
        CU_ASSERT_EQUAL(outlet_count(b.outlet).connected, 1);
        bench_close(&b);
    }
}

/* Servers of others, by hand: what they say, and whether their connection is used again. */
static void test_others(void)
{
    static const struct {
        const char *answer;
        enum cause cause;
        enum parcel_status status;
        uint32_t idle;
        bool closes;
    } cases[] = {
        { GOOD, CAUSE_NONE, PARCEL_OK, 1, false },
        { "HTTP/1.1 200 OK\r\n\r\nuntil the end", CAUSE_NONE, PARCEL_OK, 0, true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", CAUSE_NONE,
          PARCEL_OK, 1, false },
        { "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", CAUSE_NONE, PARCEL_REFUSED, 1, false },
        { "HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n", CAUSE_NONE, PARCEL_TIMED_OUT, 1, false },
        { "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", CAUSE_NONE, PARCEL_BAD_REQUEST, 1,
          false },
        { "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", CAUSE_NONE,
          PARCEL_OK, 0, false },
        { GOOD "HTTP/1.1 200 OK\r\n", CAUSE_NONE, PARCEL_OK, 0, false },
        { "HTTP/1.1 100 Go\r\n\r\n" GOOD, CAUSE_NONE, PARCEL_OK, 1, false },
        { "HTTP/1.1 200 OK\r\nX-Lbsim: id=9999\r\nContent-Length: 0\r\n\r\n", CAUSE_PARSE, 0, 0,
          false },
        { "nonsense\r\n\r\n", CAUSE_PARSE, 0, 0, false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CAUSE_EOF, 0, 0, true },
        { "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", CAUSE_EOF, 0, 0, true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;

        bench_open(&b, TRANSPORT_HTTP, false);
        const int listener = raw_listen(16);
        connect_to(&b, listener, false);
        ask(&b, 1);
        const int fd = accept(listener, NULL, NULL);
        serve(&b, fd, cases[i].answer);
        if (cases[i].closes)
            close(fd);
        CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
        if (cases[i].cause) {
            expect_failure(&b, 0, cases[i].cause, true);
        } else {
            CU_ASSERT_FALSE(b.heard[0].failed);
            CU_ASSERT_EQUAL(b.heard[0].parcel.status, cases[i].status);
            CU_ASSERT_EQUAL(b.heard[0].parcel.server, LB_NONE);
        }
        CU_ASSERT_EQUAL(outlet_count(b.outlet).idle, cases[i].idle);
        if (!cases[i].closes)
            close(fd);
        close(listener);
        bench_close(&b);
    }
}

static void test_too_much(void)
{
    static char much[100000];
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.out.limits.body_bytes = 50000;
    const int listener = raw_listen(16);
    connect_to(&b, listener, false);
    ask(&b, 1);
    const int fd = accept(listener, NULL, NULL);
    serve(&b, fd, "HTTP/1.1 200 OK\r\n\r\n");
    raw_say(&b, fd, much, sizeof much, false);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
    expect_failure(&b, 0, CAUSE_PARSE, true);
    close(fd);
    close(listener);
    bench_close(&b);
}

/* A server that accepts nobody: its queue is full, and the system drops who comes then. */
static void test_connect_timeout(void)
{
    struct bench b;
    int fd[8];

    bench_open(&b, TRANSPORT_HTTP, false);
    b.out.limits.connect_time = 30000000;
    const int listener = raw_listen(0);
    const struct address at = address_of(listener);
    for (int i = 0; i < 8; i++) {
        fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fd[i], (const struct sockaddr *)&at.at, at.length);
    }
    connect_to(&b, listener, true);
    ask(&b, 1);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
    expect_failure(&b, 0, CAUSE_CONNECT_TIMEOUT, false);
    for (int i = 0; i < 8; i++)
        close(fd[i]);
    close(listener);
    bench_close(&b);
}

static void test_no_descriptors(void)
{
    struct rlimit before, now;
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    bench_listen(&b);
    bench_connect(&b);
    const int next = dup(0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    now = before;
    now.rlim_cur = (rlim_t)next;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &now), 0);
    ask(&b, 1);
    const bool told = bench_until(&b, &b.n, 1);
    setrlimit(RLIMIT_NOFILE, &before);
    CU_ASSERT_TRUE(told);
    expect_failure(&b, 0, CAUSE_FD_EXHAUSTED, false);
    ask(&b, 2);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 2));
    CU_ASSERT_FALSE(b.heard[1].failed);
    bench_close(&b);
}

static void test_no_tls(void)
{
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, true);
    const int listener = raw_listen(16);
    connect_to(&b, listener, true);
    ask(&b, 1);
    const int fd = accept(listener, NULL, NULL);
    raw_say(&b, fd, GOOD, strlen(GOOD), false);
    CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
    expect_failure(&b, 0, CAUSE_TLS, false);
    close(fd);
    close(listener);
    bench_listen(&b); /* and the other way round */
    char heard[256];
    bool reset;
    const int plain = raw_open(inlet_port(b.inlet));
    raw_say(&b, plain, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", 28, false);
    raw_hear(&b, plain, heard, sizeof heard, NULL, &reset);
    CU_ASSERT_PTR_NULL(strstr(heard, "HTTP/1.1"));
    CU_ASSERT_EQUAL(b.asks, 0);
    close(plain);
    bench_close(&b);
}

static void close_outlet(void *context, uint64_t ticket, const struct parcel *p)
{
    struct bench *b = context;

    (void)ticket;
    (void)p;
    b->n++;
    outlet_close(b->outlet);
    b->outlet = NULL;
}

static void fail_outlet(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    (void)cause;
    (void)sent;
    close_outlet(context, ticket, NULL);
}

static void test_closing_within(void)
{
    for (int tls = 0; tls < 2; tls++)
        for (int refused = 0; refused < 2; refused++) {
            struct bench b;

            bench_open(&b, TRANSPORT_HTTP, tls);
            b.out.answer = close_outlet;
            b.out.failed = fail_outlet;
            bench_listen(&b);
            bench_connect(&b);
            if (refused)
                inlet_refuse(b.inlet);
            for (uint64_t i = 0; i < 5; i++)
                ask(&b, i);
            CU_ASSERT_TRUE(bench_until(&b, &b.n, 1));
            bench_rest(&b);
            CU_ASSERT_EQUAL(b.n, 1);
            bench_close(&b);
        }
}

/* Requests that are given up, again and again, and more of them than there may be connections:
 * there are never more than these, and no more are made than requests went out. */
static void test_storm(void)
{
    enum { ROUNDS = 40, EACH = 16, MOST = 4 };
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.way = WAY_HOLD;
    b.out.limits.connections = MOST;
    bench_listen(&b);
    bench_connect(&b);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct passage *out[EACH];

        for (uint32_t k = 0; k < EACH; k++) {
            const struct parcel p = parcel_blank(i * EACH + k);

            out[k] = outlet_send(b.outlet, k, &p);
            CU_ASSERT_PTR_NOT_NULL_FATAL(out[k]);
            CU_ASSERT(outlet_count(b.outlet).connections <= MOST);
        }
        CU_ASSERT_TRUE(bench_until(&b, &b.n, (i + 1) * (EACH - MOST)));
        CU_ASSERT_TRUE(bench_until(&b, &b.asks, (i + 1) * MOST));
        for (uint32_t k = 0; k < MOST; k++)
            outlet_cancel(b.outlet, out[k]);
        CU_ASSERT_TRUE(bench_until(&b, &b.lefts, (i + 1) * MOST));
    }
    CU_ASSERT_EQUAL(outlet_count(b.outlet).failed[CAUSE_CLIENT_OVERLOAD], ROUNDS * (EACH - MOST));
    CU_ASSERT(outlet_count(b.outlet).connected <= ROUNDS * MOST);
    CU_ASSERT(inlet_count(b.inlet).accepted <= ROUNDS * MOST);
    bench_close(&b);
}

/* A peer that throws out whoever comes is come to once a request. */
static void test_thrown_out(void)
{
    enum { N = 100 };
    struct bench b;

    bench_open(&b, TRANSPORT_HTTP, false);
    b.way = WAY_RESET;
    bench_listen(&b);
    bench_connect(&b);
    for (uint32_t i = 0; i < N; i++) {
        ask(&b, i);
        CU_ASSERT_TRUE(bench_until(&b, &b.n, i + 1));
    }
    CU_ASSERT_EQUAL(b.asks, N);
    CU_ASSERT_EQUAL(inlet_count(b.inlet).accepted, N);
    bench_close(&b);
}

int suite_outlet(void)
{
    CU_pSuite suite = CU_add_suite("outlets", NULL, NULL);

    return !suite || !CU_add_test(suite, "refused", test_refused) ||
           !CU_add_test(suite, "back-off ends", test_back_off_ends) ||
           !CU_add_test(suite, "no storm of connections", test_storm) ||
           !CU_add_test(suite, "a peer that throws all out", test_thrown_out) ||
           !CU_add_test(suite, "ends of all kinds", test_ends) ||
           !CU_add_test(suite, "stale connections", test_stale) ||
           !CU_add_test(suite, "idle connections that end", test_idle_end) ||
           !CU_add_test(suite, "connections beforehand", test_prepare) ||
           !CU_add_test(suite, "cancelling", test_cancel) ||
           !CU_add_test(suite, "too many at once", test_overload) ||
           !CU_add_test(suite, "begun", test_begun) ||
           !CU_add_test(suite, "servers of others", test_others) ||
           !CU_add_test(suite, "answers without end", test_too_much) ||
           !CU_add_test(suite, "nobody accepts", test_connect_timeout) ||
           !CU_add_test(suite, "no descriptors", test_no_descriptors) ||
           !CU_add_test(suite, "no TLS", test_no_tls) ||
           !CU_add_test(suite, "closing within", test_closing_within);
}
