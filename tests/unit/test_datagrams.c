/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Datagrams over real sockets of loopback: an inlet and an outlet in one loop, and sockets of this
 * file where somebody else is to be there. Nothing is timed; a loop that waits in vain for longer
 * than PATIENCE fails its test. */
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/live/channel.h"
#include "sim/live/datagram.h"

int suite_datagrams(void);

enum { PATIENCE = 20 /* s */, MOST = 20000 };

/* Both ends and what each was told. */
struct both {
    struct event_base *base;
    struct inlet *inlet;
    struct outlet *outlet;
    struct visitor *visitor[MOST];
    struct parcel request[MOST];
    uint32_t requests, left;
    struct visitor *who_left;
    uint8_t answered[MOST], begun[MOST], failed[MOST]; /* by ticket */
    enum cause cause;
    uint32_t answers, begins, failures;
    bool sent;
    struct parcel answer;
    bool at_once;              /* requests are answered as they come */
    bool close_inlet;          /* ... the inlet is closed instead */
    bool close_outlet, resend; /* when an answer comes, or a failure */
};

static void on_request(void *context, struct visitor *visitor, const struct parcel *parcel)
{
    struct both *b = context;
    struct parcel answer = *parcel;

    b->visitor[b->requests] = visitor;
    b->request[b->requests++] = *parcel;
    if (b->close_inlet) {
        inlet_close(b->inlet);
        b->inlet = NULL;
    } else if (b->at_once) {
        answer.kind = PARCEL_ANSWER;
        answer.server = 3;
        answer.body = parcel->answer;
        visitor_answer(visitor, &answer);
    }
}

static void on_left(void *context, struct visitor *visitor)
{
    struct both *b = context;

    b->left++;
    b->who_left = visitor;
}

static const char *on_name(void *context, lb_server server)
{
    (void)context;
    return server == 3 ? "app[3]" : NULL;
}

static void send_one(struct both *b, uint64_t ticket)
{
    struct parcel parcel = parcel_blank(ticket);

    CU_ASSERT_PTR_NOT_NULL(outlet_send(b->outlet, ticket, &parcel));
}

static void after_end(struct both *b, uint64_t ticket)
{
    if (b->resend) {
        b->resend = false;
        send_one(b, ticket + 1);
    }
    if (b->close_outlet) {
        outlet_close(b->outlet);
        b->outlet = NULL;
    }
}

static void on_begun(void *context, uint64_t ticket)
{
    struct both *b = context;

    b->begun[ticket]++;
    b->begins++;
}

static void on_answer(void *context, uint64_t ticket, const struct parcel *parcel)
{
    struct both *b = context;

    b->answered[ticket]++;
    b->answers++;
    b->answer = *parcel;
    after_end(b, ticket);
}

static void on_failed(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    struct both *b = context;

    b->failed[ticket]++;
    b->failures++;
    b->cause = cause;
    b->sent = sent;
    after_end(b, ticket);
}

static struct inlet_order inlet_ordered(struct both *b, struct address address)
{
    return (struct inlet_order) { .base = b->base,
                                  .transport = TRANSPORT_UDP,
                                  .address = address,
                                  .limits = channel_limits_default(),
                                  .context = b,
                                  .request = on_request,
                                  .left = on_left,
                                  .name = on_name };
}

static struct outlet_order outlet_ordered(struct both *b, struct address address)
{
    return (struct outlet_order) { .base = b->base,
                                   .transport = TRANSPORT_UDP,
                                   .address = address,
                                   .limits = channel_limits_default(),
                                   .own = true,
                                   .context = b,
                                   .begun = on_begun,
                                   .answer = on_answer,
                                   .failed = on_failed };
}

static struct inlet *inlet_at(struct both *b, struct address address)
{
    const struct inlet_order order = inlet_ordered(b, address);
    char why[256] = "";
    int code = 0;
    struct inlet *inlet = inlet_open(&order, &code, why, sizeof why);

    if (!inlet)
        fprintf(stderr, "%s\n", why);
    CU_ASSERT_PTR_NOT_NULL_FATAL(inlet);
    return inlet;
}

static struct both *blank_both(void)
{
    struct both *b = calloc(1, sizeof *b);

    b->base = event_base_new();
    b->at_once = true;
    return b;
}

static struct both *both_open(void)
{
    struct both *b = blank_both();
    struct outlet_order order;

    b->inlet = inlet_at(b, address_loopback(0));
    order = outlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    b->outlet = outlet_open(&order);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b->outlet);
    return b;
}

static void both_close(struct both *b)
{
    inlet_close(b->inlet);
    outlet_close(b->outlet);
    event_base_free(b->base);
    free(b);
}

/* Turns the loop until *what is `wanted`. */
static void until(struct both *b, const uint32_t *what, uint32_t wanted)
{
    const time_t began = time(NULL);

    while (*what < wanted && time(NULL) - began < PATIENCE)
        event_base_loop(b->base, EVLOOP_NONBLOCK);
    CU_ASSERT_EQUAL(*what, wanted);
}

/* All that has come is dealt with. */
static void settle(struct both *b)
{
    int i;

    for (i = 0; i < 1000; i++)
        event_base_loop(b->base, EVLOOP_NONBLOCK);
}

/* A socket of somebody else, that talks to this port. */
static int stranger(uint16_t port)
{
    const struct address to = address_loopback(port);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_FATAL(!connect(fd, (const struct sockaddr *)&to.at, to.length));
    return fd;
}

static void say(int fd, const char *text)
{
    CU_ASSERT_EQUAL(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

/* What came, without its line's end; "" nothing. */
static const char *heard(int fd, char text[512])
{
    const ssize_t n = recv(fd, text, 511, 0);

    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* ---- There and back. */

static void test_round_trip(void)
{
    struct both *b = both_open();
    struct parcel parcel = parcel_blank(17);

    parcel.part = 2;
    parcel.client = 5;
    parcel.work = 5000000;
    parcel.key = UINT64_MAX;
    parcel.body = 1000;
    parcel.answer = 5000;
    CU_ASSERT_PTR_NOT_NULL(outlet_send(b->outlet, 7, &parcel));
    until(b, &b->answers, 1);
    CU_ASSERT_EQUAL(b->answered[7], 1);
    CU_ASSERT_EQUAL(b->request[0].kind, PARCEL_REQUEST);
    CU_ASSERT_EQUAL(b->request[0].id, 17);
    CU_ASSERT_EQUAL(b->request[0].part, 2);
    CU_ASSERT_EQUAL(b->request[0].client, 5);
    CU_ASSERT_EQUAL(b->request[0].work, 5000000);
    CU_ASSERT_EQUAL(b->request[0].key, UINT64_MAX);
    CU_ASSERT_EQUAL(b->request[0].body, 1000);
    CU_ASSERT_EQUAL(b->answer.kind, PARCEL_ANSWER);
    CU_ASSERT_EQUAL(b->answer.id, 17);
    CU_ASSERT_EQUAL(b->answer.server, 3);
    CU_ASSERT_EQUAL(b->answer.body, 5000);
    CU_ASSERT_EQUAL(b->failures, 0);
    CU_ASSERT(inlet_idle(b->inlet));
    CU_ASSERT(inlet_count(b->inlet).receive_buffer > 0);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).connected, 1);
    CU_ASSERT(outlet_count(b->outlet).receive_buffer > 0);
    both_close(b);
}

static void test_checks_and_begun(void)
{
    struct both *b = both_open();
    struct parcel parcel = parcel_blank(0);

    b->at_once = false;
    parcel.kind = PARCEL_CHECK;
    outlet_send(b->outlet, 0, &parcel);
    parcel.kind = PARCEL_REQUEST; /* the same id */
    outlet_send(b->outlet, 1, &parcel);
    until(b, &b->requests, 2);
    CU_ASSERT_EQUAL(b->request[0].kind, PARCEL_CHECK);
    CU_ASSERT_EQUAL(b->request[1].kind, PARCEL_REQUEST);
    CU_ASSERT_FALSE(inlet_idle(b->inlet));
    visitor_begun(b->visitor[1], &parcel);
    until(b, &b->begins, 1);
    CU_ASSERT_EQUAL(b->begun[1], 1);
    parcel.status = PARCEL_TIMED_OUT;
    visitor_answer(b->visitor[1], &parcel);
    until(b, &b->answers, 1);
    CU_ASSERT_EQUAL(b->answered[1], 1);
    CU_ASSERT_EQUAL(b->answer.status, PARCEL_TIMED_OUT);
    visitor_answer(b->visitor[0], &parcel);
    until(b, &b->answers, 2);
    CU_ASSERT_EQUAL(b->answered[0], 1);
    both_close(b);
}

static void test_tags(void)
{
    struct both *b = both_open();

    b->at_once = false;
    send_one(b, 0);
    send_one(b, 1);
    until(b, &b->requests, 2);
    CU_ASSERT_EQUAL(visitor_tag_of(b->visitor[0]), 0);
    visitor_tag(b->visitor[0], 11);
    visitor_tag(b->visitor[1], 12);
    CU_ASSERT_EQUAL(visitor_tag_of(b->visitor[0]), 11);
    CU_ASSERT_EQUAL(visitor_tag_of(b->visitor[1]), 12);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).connections, 2);
    both_close(b);
}

/* A thousand in flight, answered from the last to the first. */
static void test_many_in_flight(void)
{
    struct both *b = both_open();
    uint32_t i;

    b->at_once = false;
    for (i = 0; i < 1000; i++) {
        send_one(b, i);
        event_base_loop(b->base, EVLOOP_NONBLOCK);
    }
    until(b, &b->requests, 1000);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).idle, 0);
    for (i = 1000; i-- > 0;) {
        struct parcel answer = b->request[i];

        visitor_answer(b->visitor[i], &answer);
        if (i % 10 == 0)
            event_base_loop(b->base, EVLOOP_NONBLOCK);
    }
    until(b, &b->answers, 1000);
    for (i = 0; i < 1000; i++)
        CU_ASSERT(b->answered[i] == 1 && b->request[i].id == i);
    CU_ASSERT_EQUAL(b->answer.id, 0);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).idle, 1);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).late, 0);
    both_close(b);
}

static void test_ipv6(void)
{
    struct both *b = blank_both();
    struct address address;
    struct outlet_order order;
    struct inlet_order inlet_order;
    char why[256];
    int code;

    CU_ASSERT_FATAL(!address_read(&address, "[::1]:0", why, sizeof why));
    inlet_order = inlet_ordered(b, address);
    b->inlet = inlet_open(&inlet_order, &code, why, sizeof why);
    if (b->inlet) { /* some machines have none */
        snprintf(why, sizeof why, "[::1]:%u", inlet_port(b->inlet));
        address_read(&address, why, why, sizeof why);
        order = outlet_ordered(b, address);
        b->outlet = outlet_open(&order);
        send_one(b, 4);
        until(b, &b->answers, 1);
        inlet_refuse(b->inlet);
        send_one(b, 5);
        until(b, &b->failures, 1);
        CU_ASSERT_EQUAL(b->cause, CAUSE_CONNECT_REFUSED);
    } else {
        printf("  skipped: %s\n", why);
    }
    both_close(b);
}

static void test_port_in_use(void)
{
    struct both *b = both_open();
    const struct inlet_order order = inlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    char why[256] = "", words[256];
    int code = 0;

    CU_ASSERT_PTR_NULL(inlet_open(&order, &code, why, sizeof why));
    CU_ASSERT_EQUAL(code, EADDRINUSE);
    snprintf(words, sizeof words, "bind 127.0.0.1:%u: Address already in use",
             inlet_port(b->inlet));
    CU_ASSERT_STRING_EQUAL(why, words);
    both_close(b);
}

/* ---- Loss. */

/* More than the inlet's socket can hold, while nobody reads: what was not answered was lost, and
 * each loss was counted, in the kernel or at the table. */
static void test_burst(void)
{
    struct both *b = blank_both();
    struct outlet_order order;
    struct parcel parcel;
    uint32_t i, answered = 0;

    b->inlet = inlet_at(b, address_loopback(0));
    order = outlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    order.limits.connections = 0;
    b->outlet = outlet_open(&order);
    for (i = 0; i < MOST; i++) {
        parcel = parcel_blank(i);
        parcel.body = 4000; /* 20,000 of them are more than any socket gets */
        outlet_send(b->outlet, i, &parcel);
    }
    settle(b);
    for (i = 0; i < MOST; i++) {
        CU_ASSERT(b->answered[i] <= 1 && b->answered[i] + b->failed[i] <= 1);
        answered += b->answered[i];
    }
    CU_ASSERT_EQUAL(answered, b->answers);
    CU_ASSERT_EQUAL(b->answers + outlet_count(b->outlet).datagrams_lost, b->requests);
    CU_ASSERT_EQUAL(b->requests + inlet_count(b->inlet).datagrams_lost, MOST);
    CU_ASSERT(inlet_count(b->inlet).datagrams_lost > 0);
    CU_ASSERT_EQUAL(b->failures, 0);
    printf("  %u of %u lost\n", (unsigned)inlet_count(b->inlet).datagrams_lost, (unsigned)MOST);
    both_close(b);
}

/* At most two wait; the third is lost, and counted. */
static void test_no_room(void)
{
    struct both *b = blank_both();
    struct inlet_order order = inlet_ordered(b, address_loopback(0));
    struct outlet_order out;
    char why[256];
    uint32_t i;
    int code;

    b->at_once = false;
    order.limits.connections = 2;
    b->inlet = inlet_open(&order, &code, why, sizeof why);
    out = outlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    b->outlet = outlet_open(&out);
    for (i = 0; i < 3; i++)
        send_one(b, i);
    settle(b);
    CU_ASSERT_EQUAL(b->requests, 2);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).datagrams_lost, 1);
    visitor_answer(b->visitor[0], &b->request[0]);
    visitor_drop(b->visitor[1], VISITOR_RESET);
    for (i = 3; i < 3000; i++) { /* slots are used again, and those remembered make room */
        send_one(b, i);
        until(b, &b->requests, i);
        visitor_answer(b->visitor[i - 1], &b->request[i - 1]);
    }
    until(b, &b->answers, 2999);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).datagrams_lost, 1);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).dropped, 1);
    CU_ASSERT(inlet_idle(b->inlet));
    both_close(b);
}

static void test_client_overload(void)
{
    struct both *b = blank_both();
    struct outlet_order order;
    uint32_t i;

    b->at_once = false;
    b->inlet = inlet_at(b, address_loopback(0));
    order = outlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    order.limits.connections = 10;
    b->outlet = outlet_open(&order);
    for (i = 0; i < 600; i++)
        send_one(b, i);
    CU_ASSERT_EQUAL(b->failures, 0); /* not from within */
    settle(b);
    CU_ASSERT_EQUAL(b->requests, 10);
    CU_ASSERT_EQUAL(b->failures, 590);
    CU_ASSERT_EQUAL(b->cause, CAUSE_CLIENT_OVERLOAD);
    CU_ASSERT_FALSE(b->sent);
    for (i = 0; i < 10; i++)
        visitor_answer(b->visitor[i], &b->request[i]);
    until(b, &b->answers, 10);
    send_one(b, 600);
    until(b, &b->requests, 11);
    both_close(b);
}

static void test_bodies(void)
{
    struct both *b = both_open();
    struct parcel parcel = parcel_blank(0);

    parcel.body = parcel.answer = DATAGRAM_BODY_MOST;
    outlet_send(b->outlet, 0, &parcel);
    until(b, &b->answers, 1);
    CU_ASSERT_EQUAL(b->request[0].body, DATAGRAM_BODY_MOST);
    CU_ASSERT_EQUAL(b->answer.body, DATAGRAM_BODY_MOST);
    parcel.answer = 1 << 20; /* as much of it as a datagram carries */
    outlet_send(b->outlet, 1, &parcel);
    until(b, &b->answers, 2);
    CU_ASSERT_EQUAL(b->answer.body, DATAGRAM_BODY_MOST);
    parcel.body = parcel.answer; /* likewise */
    outlet_send(b->outlet, 2, &parcel);
    until(b, &b->answers, 3);
    CU_ASSERT_EQUAL(b->request[2].body, DATAGRAM_BODY_MOST);
    CU_ASSERT_EQUAL(b->failures, 0);
    both_close(b);
}

/* ---- What is not wanted any more, and what comes twice. */

static void test_cancel(void)
{
    struct both *b = both_open();
    struct parcel parcel = parcel_blank(9);
    struct passage *passage;

    b->at_once = false;
    send_one(b, 8);
    passage = outlet_send(b->outlet, 9, &parcel);
    until(b, &b->requests, 2);
    outlet_cancel(b->outlet, passage);
    until(b, &b->left, 1);
    CU_ASSERT_PTR_EQUAL(b->who_left, b->visitor[1]);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).connections, 1);
    visitor_answer(b->visitor[0], &b->request[0]);
    until(b, &b->answers, 1);
    CU_ASSERT_EQUAL(b->answered[8], 1);
    CU_ASSERT_EQUAL(b->answered[9] + b->failed[9], 0);
    outlet_send(b->outlet, 10, &parcel); /* the same id again is another request */
    until(b, &b->requests, 3);
    visitor_answer(b->visitor[2], &parcel);
    until(b, &b->answers, 2);
    CU_ASSERT_EQUAL(b->answered[10], 1);
    both_close(b);
}

/* The answer is on its way when it is cancelled. */
static void test_late(void)
{
    struct both *b = both_open();
    struct parcel parcel = parcel_blank(9);
    struct passage *passage = outlet_send(b->outlet, 9, &parcel);

    b->at_once = false;
    until(b, &b->requests, 1);
    visitor_answer(b->visitor[0], &parcel);
    outlet_cancel(b->outlet, passage);
    outlet_send(b->outlet, 10, &parcel); /* its passage is that one's, perhaps */
    settle(b);
    CU_ASSERT_EQUAL(b->answers, 0);
    CU_ASSERT_EQUAL(b->left, 0);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).late, 1);
    visitor_answer(b->visitor[1], &parcel);
    until(b, &b->answers, 1);
    CU_ASSERT_EQUAL(b->answered[10], 1);
    both_close(b);
}

static void test_twice(void)
{
    struct both *b = both_open();
    const int fd = stranger(inlet_port(b->inlet));
    char text[512];

    b->at_once = false;
    say(fd, "request id=5 work=7 mark=99");
    say(fd, "request id=5 work=7 mark=99");
    say(fd, "request id=5 part=1 work=7 mark=100");
    settle(b);
    CU_ASSERT_EQUAL(b->requests, 2);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).repeated, 1);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "");
    visitor_answer(b->visitor[0], &b->request[0]);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "answer id=5 status=ok work=7 mark=99");
    say(fd, "request id=5 work=7 mark=99"); /* answered, and remembered */
    say(fd, "cancel id=5 mark=99");         /* too late */
    settle(b);
    CU_ASSERT_EQUAL(b->requests, 2);
    CU_ASSERT_EQUAL(b->left, 0);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).repeated, 2);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "answer id=5 status=ok work=7 mark=99");
    say(fd, "cancel id=5 part=1 mark=100");
    say(fd, "cancel id=5 part=1 mark=100");
    say(fd, "request id=5 part=1 work=7 mark=100"); /* comes late, and is not wanted */
    settle(b);
    CU_ASSERT_EQUAL(b->left, 1);
    CU_ASSERT_EQUAL(b->requests, 2);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "");
    CU_ASSERT(inlet_idle(b->inlet));
    close(fd);
    both_close(b);
}

/* The same text from two peers is two requests. */
static void test_two_peers(void)
{
    struct both *b = both_open();
    const int one = stranger(inlet_port(b->inlet)), other = stranger(inlet_port(b->inlet));
    char text[512];

    b->at_once = false;
    say(one, "request id=5 mark=99");
    say(other, "request id=5 mark=99");
    until(b, &b->requests, 2);
    visitor_answer(b->visitor[1], &b->request[1]);
    CU_ASSERT_STRING_EQUAL(heard(one, text), "");
    CU_ASSERT_STRING_EQUAL(heard(other, text), "answer id=5 status=ok mark=99");
    say(other, "cancel id=5 mark=99");
    say(one, "cancel id=5 mark=99");
    until(b, &b->left, 1);
    CU_ASSERT_PTR_EQUAL(b->who_left, b->visitor[0]);
    close(one);
    close(other);
    both_close(b);
}

/* An answer that comes twice, of nothing, or of another kind. */
static void test_answers_of_others(void)
{
    static const char *const texts[] = { "answer id=0 status=ok mark=%llu",
                                         "answer id=0 status=ok mark=%llu",
                                         "answer id=0 status=ok mark=12345678",
                                         "answer id=0 status=ok",
                                         "answer id=0 status=great mark=%llu",
                                         "answer id=0 body=3 mark=%llu\nab",
                                         "request id=0 mark=%llu",
                                         "hello",
                                         "" };
    struct both *b = blank_both();
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct address at = address_loopback(0);
    struct outlet_order order;
    struct sockaddr_in peer;
    socklen_t length = sizeof at.at;
    char text[512], said[512];
    size_t i;

    bind(fd, (const struct sockaddr *)&at.at, at.length);
    getsockname(fd, (struct sockaddr *)&at.at, &length);
    order = outlet_ordered(b, at);
    b->outlet = outlet_open(&order);
    send_one(b, 0);
    length = sizeof peer;
    i = (size_t)recvfrom(fd, text, sizeof text - 1, 0, (struct sockaddr *)&peer, &length);
    text[i] = '\0';
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        snprintf(said, sizeof said, texts[k], strtoull(strstr(text, "mark=") + 5, NULL, 10));
        sendto(fd, said, strlen(said), 0, (struct sockaddr *)&peer, length);
    }
    settle(b);
    CU_ASSERT_EQUAL(b->answered[0], 1);
    CU_ASSERT_EQUAL(b->failures, 0);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).late, 2);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).bad, 6);
    close(fd);
    both_close(b);
}

/* A server that is not lbsim gives back what it got. */
static void test_echo(void)
{
    struct both *b = blank_both();
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct address at = address_loopback(0);
    struct parcel parcel = parcel_blank(3);
    struct outlet_order order;
    struct sockaddr_in peer;
    socklen_t length = sizeof at.at;
    char text[2048];
    ssize_t n;

    bind(fd, (const struct sockaddr *)&at.at, at.length);
    getsockname(fd, (struct sockaddr *)&at.at, &length);
    order = outlet_ordered(b, at);
    order.own = false;
    b->outlet = outlet_open(&order);
    parcel.body = 100;
    outlet_send(b->outlet, 3, &parcel);
    length = sizeof peer;
    n = recvfrom(fd, text, sizeof text, 0, (struct sockaddr *)&peer, &length);
    sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&peer, length);
    until(b, &b->answers, 1);
    CU_ASSERT_EQUAL(b->answer.kind, PARCEL_ANSWER);
    CU_ASSERT_EQUAL(b->answer.status, PARCEL_OK);
    CU_ASSERT_EQUAL(b->answer.body, 100);
    close(fd);
    both_close(b);
}

/* ---- Where nobody listens. */

/* Each request fails on its own; as soon as somebody listens there, the next one is served. */
static void test_refused_port(void)
{
    struct both *b = both_open();
    const uint16_t port = inlet_port(b->inlet);
    uint32_t i;

    send_one(b, 0);
    until(b, &b->answers, 1);
    inlet_close(b->inlet);
    b->inlet = NULL;
    for (i = 1; i <= 100; i++)
        send_one(b, i);
    until(b, &b->failures, 100);
    for (i = 1; i <= 100; i++)
        CU_ASSERT_EQUAL(b->failed[i], 1);
    CU_ASSERT_EQUAL(b->cause, CAUSE_CONNECT_REFUSED);
    CU_ASSERT_FALSE(b->sent);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).failed[CAUSE_CONNECT_REFUSED], 100);
    send_one(b, 101); /* its refusal is known to the kernel, and not to us, when 102 is sent */
    b->inlet = inlet_at(b, address_loopback(port));
    outlet_forget(b->outlet);
    send_one(b, 102);
    until(b, &b->answers, 2);
    until(b, &b->failures, 101);
    CU_ASSERT_EQUAL(b->answered[102], 1);
    CU_ASSERT_EQUAL(b->failed[101], 1);
    both_close(b);
}

/* One waits at a server that takes no new requests: it is answered, and they are refused. */
static void test_refuse_and_listen(void)
{
    struct both *b = both_open();
    const uint16_t port = inlet_port(b->inlet);
    int i;

    b->at_once = false;
    for (i = 0; i < 3; i++) {
        const uint32_t n = (uint32_t)i;

        send_one(b, 10 * n);
        until(b, &b->requests, 2 * n + 1);
        inlet_refuse(b->inlet);
        inlet_refuse(b->inlet);
        send_one(b, 10 * n + 1);
        until(b, &b->failures, n + 1);
        CU_ASSERT_EQUAL(b->failed[10 * n + 1], 1);
        visitor_answer(b->visitor[2 * n], &b->request[2 * n]);
        until(b, &b->answers, 2 * n + 1);
        CU_ASSERT_EQUAL(inlet_listen(b->inlet), 0);
        CU_ASSERT_EQUAL(inlet_listen(b->inlet), 0);
        CU_ASSERT_EQUAL(inlet_port(b->inlet), port);
        send_one(b, 10 * n + 2);
        until(b, &b->requests, 2 * n + 2);
        visitor_answer(b->visitor[2 * n + 1], &b->request[2 * n + 1]);
        until(b, &b->answers, 2 * n + 2);
    }
    both_close(b);
}

/* One in flight may be: the second fails, and before it is told so it is cancelled. */
static void test_cancel_of_failed(void)
{
    struct both *b = blank_both();
    struct outlet_order order;
    struct parcel parcel = parcel_blank(1);
    struct passage *first, *passage;

    b->inlet = inlet_at(b, address_loopback(0));
    order = outlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    order.limits.connections = 1;
    b->outlet = outlet_open(&order);
    b->at_once = false;
    first = outlet_send(b->outlet, 0, &parcel);
    passage = outlet_send(b->outlet, 1, &parcel);
    send_one(b, 2);
    outlet_cancel(b->outlet, passage);
    until(b, &b->failures, 1);
    CU_ASSERT_EQUAL(b->failed[1], 0);
    CU_ASSERT_EQUAL(b->failed[2], 1);
    outlet_cancel(b->outlet, first);
    until(b, &b->left, 1);
    inlet_refuse(b->inlet);
    passage = outlet_send(b->outlet, 3, &parcel); /* refused; only the kernel knows */
    outlet_cancel(b->outlet, passage);
    settle(b);
    CU_ASSERT_EQUAL(b->failures, 1);
    both_close(b);
}

/* One is dropped, and told of an error; one is forsaken, and hears nothing. */
static void test_dropped(void)
{
    struct both *b = both_open();
    const int fd = stranger(inlet_port(b->inlet));
    char text[512];

    b->at_once = false;
    send_one(b, 0);
    send_one(b, 1);
    until(b, &b->requests, 2);
    visitor_forsake(b->visitor[0]);
    visitor_drop(b->visitor[1], VISITOR_TORN);
    until(b, &b->answers, 1);
    settle(b);
    CU_ASSERT_EQUAL(b->answered[1], 1);
    CU_ASSERT_EQUAL(b->answer.status, PARCEL_ERROR);
    CU_ASSERT_EQUAL(b->answer.id, 1);
    CU_ASSERT_EQUAL(b->answers, 1);
    CU_ASSERT(inlet_idle(b->inlet));
    CU_ASSERT_EQUAL(inlet_count(b->inlet).dropped, 2);
    say(fd, "request id=5 part=6 mark=7");
    until(b, &b->requests, 3);
    visitor_forsake(b->visitor[2]);
    say(fd, "request id=5 part=6 mark=7"); /* it is not served again either */
    settle(b);
    CU_ASSERT_EQUAL(b->requests, 3);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "");
    say(fd, "who is there?");
    until(b, &b->requests, 4);
    visitor_drop(b->visitor[3], VISITOR_RESET);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "nobody error waited 0.000 ms served 0.000 ms");
    close(fd);
    both_close(b);
}

/* It makes room for another one, and the peer is not told. */
static void test_forsaken(void)
{
    struct both *b = blank_both();
    struct outlet_order order;
    struct parcel parcel = parcel_blank(1);
    uint32_t i;

    b->inlet = inlet_at(b, address_loopback(0));
    order = outlet_ordered(b, address_loopback(inlet_port(b->inlet)));
    order.limits.connections = 1;
    b->outlet = outlet_open(&order);
    b->at_once = false;
    for (i = 0; i < 10; i++)
        outlet_forsake(b->outlet, outlet_send(b->outlet, i, &parcel));
    send_one(b, 10);
    until(b, &b->requests, 11);
    for (i = 0; i < 11; i++)
        visitor_answer(b->visitor[i], &b->request[i]);
    until(b, &b->answers, 1);
    settle(b);
    CU_ASSERT_EQUAL(b->answered[10], 1);
    CU_ASSERT_EQUAL(b->answers, 1);
    CU_ASSERT_EQUAL(b->failures, 0);
    CU_ASSERT_EQUAL(b->left, 0);
    CU_ASSERT_EQUAL(outlet_count(b->outlet).late, 10);
    both_close(b);
}

/* ---- Callbacks that do more. */

static void test_from_callbacks(void)
{
    struct both *b = both_open();

    b->resend = true;
    send_one(b, 0);
    until(b, &b->answers, 2);
    CU_ASSERT_EQUAL(b->answered[1], 1);
    b->close_outlet = true;
    send_one(b, 2);
    send_one(b, 3);
    until(b, &b->answers, 3);
    CU_ASSERT_PTR_NULL(b->outlet);
    settle(b);
    CU_ASSERT_EQUAL(b->answers, 3);
    both_close(b);

    b = both_open();
    b->close_inlet = true;
    send_one(b, 0);
    send_one(b, 1);
    until(b, &b->requests, 1);
    CU_ASSERT_PTR_NULL(b->inlet);
    b->resend = b->close_outlet = true;
    send_one(b, 2);
    until(b, &b->failures, 1);
    CU_ASSERT_PTR_NULL(b->outlet);
    settle(b);
    CU_ASSERT_EQUAL(b->failures, 1);
    both_close(b);
}

/* ---- People, and nonsense. */

static void test_person(void)
{
    struct both *b = both_open();
    const int fd = stranger(inlet_port(b->inlet));
    char text[512];
    struct parcel answer;

    b->at_once = false;
    say(fd, "hello\n");
    say(fd, "hello\n");
    say(fd, "42\r\n");
    say(fd, "request id=6 work=5000000\n");
    say(fd, "requests are welcome\n");
    until(b, &b->requests, 5);
    CU_ASSERT_EQUAL(b->request[0].client, LB_NONE);
    CU_ASSERT_EQUAL(b->request[0].id, 0);
    CU_ASSERT_EQUAL(b->request[0].work, -1);
    CU_ASSERT_EQUAL(b->request[0].key, b->request[1].key);
    CU_ASSERT_NOT_EQUAL(b->request[0].key, b->request[4].key);
    CU_ASSERT_EQUAL(b->request[2].key, 42);
    CU_ASSERT_EQUAL(b->request[3].id, 6);
    CU_ASSERT_EQUAL(b->request[3].work, 5000000);
    answer = b->request[0];
    answer.server = 3;
    answer.service = 5021000;
    answer.body = 5000;
    visitor_begun(b->visitor[0], &answer);
    visitor_answer(b->visitor[0], &answer);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "app[3] ok waited 0.000 ms served 5.021 ms");
    answer = parcel_blank(6);
    answer.server = 3;
    answer.service = 5021000;
    visitor_answer(b->visitor[3], &answer);
    CU_ASSERT_STRING_EQUAL(heard(fd, text), "answer id=6 status=ok server=3 service=5021000");
    close(fd);
    both_close(b);
}

static void test_nonsense(void)
{
    static const char *const texts[] = { "",
                                         "\n",
                                         "\r\n",
                                         "a\tb\nmore", /* a stranger's, with a body */
                                         "a\x01",
                                         "request id=x",
                                         "request id=",
                                         "request id=1 mark=",
                                         "request id=1 mark=18446744073709551616",
                                         "request id=1 body=5\nabcd",
                                         "request id=1 body=5",
                                         "request id=1\nabcd",
                                         "begun id=1",
                                         "answer id=1 status=ok",
                                         "cancel id=1",
                                         "request id=99999999999999999999" };
    struct both *b = both_open();
    const int fd = stranger(inlet_port(b->inlet));
    char bytes[3000];
    uint32_t i, k, random = 1;
    size_t n = sizeof texts / sizeof texts[0];

    for (i = 0; i < n; i++)
        say(fd, texts[i]);
    memset(bytes, 'a', sizeof bytes);
    send(fd, bytes, sizeof bytes, 0); /* a line that is too long */
    settle(b);
    CU_ASSERT_EQUAL(b->requests, 1);
    CU_ASSERT_EQUAL(b->request[0].body, 4);
    CU_ASSERT_EQUAL(inlet_count(b->inlet).bad, n - 2 + 1); /* the stranger's and the cancel */
    for (i = 0; i < 1000; i++) {
        for (k = 0; k < 64; k++)
            bytes[k] = (char)((random = random * 1664525 + 1013904223) >> 24);
        send(fd, bytes, 1 + random % 64, 0);
        event_base_loop(b->base, EVLOOP_NONBLOCK);
    }
    settle(b);
    CU_ASSERT_EQUAL(b->requests + inlet_count(b->inlet).bad, 1 + n - 2 + 1 + 1000);
    close(fd);
    both_close(b);
}

int suite_datagrams(void)
{
    CU_pSuite suite = CU_add_suite("datagrams", NULL, NULL);

    return !suite || !CU_add_test(suite, "there and back", test_round_trip) ||
           !CU_add_test(suite, "checks, and service that begins", test_checks_and_begun) ||
           !CU_add_test(suite, "tags", test_tags) ||
           !CU_add_test(suite, "many in flight", test_many_in_flight) ||
           !CU_add_test(suite, "IPv6", test_ipv6) ||
           !CU_add_test(suite, "a port in use", test_port_in_use) ||
           !CU_add_test(suite, "a burst", test_burst) ||
           !CU_add_test(suite, "no room", test_no_room) ||
           !CU_add_test(suite, "too many in flight", test_client_overload) ||
           !CU_add_test(suite, "bodies", test_bodies) ||
           !CU_add_test(suite, "cancelled", test_cancel) ||
           !CU_add_test(suite, "late", test_late) || !CU_add_test(suite, "twice", test_twice) ||
           !CU_add_test(suite, "two peers", test_two_peers) ||
           !CU_add_test(suite, "answers of others", test_answers_of_others) ||
           !CU_add_test(suite, "an echo", test_echo) ||
           !CU_add_test(suite, "a refused port", test_refused_port) ||
           !CU_add_test(suite, "refusing and listening", test_refuse_and_listen) ||
           !CU_add_test(suite, "cancelled as it fails", test_cancel_of_failed) ||
           !CU_add_test(suite, "dropped", test_dropped) ||
           !CU_add_test(suite, "forsaken", test_forsaken) ||
           !CU_add_test(suite, "from callbacks", test_from_callbacks) ||
           !CU_add_test(suite, "a person", test_person) ||
           !CU_add_test(suite, "nonsense", test_nonsense);
}
