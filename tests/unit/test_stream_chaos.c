/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever happens in whatever order: every request that goes out has one end, every request that
 * comes in has one end, and nothing is left over. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live_bench.h"

int suite_stream_chaos(void);

enum { MOST = 64, STEPS = 3000, RAW = 8 };

struct chaos {
    struct bench b;
    struct lb_random random;
    struct passage *passage[STEPS];
    uint8_t out[STEPS]; /* by ticket: 0 not sent, 1 sent, 2 ended */
    uint32_t outstanding, sent, answered, failed, cancelled, wrong;
    struct {
        struct visitor *visitor;
        struct parcel ask;
    } held[STEPS + MOST];
    uint32_t asked, holds, replied, dropped, left;
    int raw[RAW];
};

static void end_ticket(struct chaos *c, uint64_t ticket)
{
    c->wrong += ticket >= STEPS || c->out[ticket] != 1;
    c->out[ticket % STEPS] = 2;
    c->outstanding--;
}

static void on_answer(void *context, uint64_t ticket, const struct parcel *p)
{
    struct chaos *c = context;

    c->wrong += p->id != ticket;
    end_ticket(c, ticket);
    c->answered++;
}

static void on_failed(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    struct chaos *c = context;

    (void)sent;
    c->wrong += cause == CAUSE_NONE || cause == CAUSE_PARSE || cause == CAUSE_TLS;
    end_ticket(c, ticket);
    c->failed++;
}

static void on_request(void *context, struct visitor *v, const struct parcel *p)
{
    struct chaos *c = context;

    c->held[c->holds].visitor = v;
    c->held[c->holds].ask = *p;
    c->holds++;
    c->asked++;
}

static void let_go(struct chaos *c, uint32_t i)
{
    c->held[i] = c->held[--c->holds];
}

static void on_left(void *context, struct visitor *v)
{
    struct chaos *c = context;
    uint32_t i = 0;

    while (i < c->holds && c->held[i].visitor != v)
        i++;
    c->wrong += i == c->holds;
    if (i < c->holds)
        let_go(c, i);
    c->left++;
}

static void send_some(struct chaos *c)
{
    struct parcel p = parcel_blank(c->sent);

    if (c->outstanding >= MOST || c->sent == STEPS)
        return;
    p.client = 1;
    p.body = lb_below(&c->random, 8) ? 0 : lb_below(&c->random, 300000);
    p.answer = lb_below(&c->random, 4) ? 0 : lb_below(&c->random, 300000);
    c->out[c->sent] = 1;
    c->outstanding++;
    c->passage[c->sent] = outlet_send(c->b.outlet, c->sent, &p);
    c->sent++;
}

static void cancel_some(struct chaos *c)
{
    const uint32_t from = c->sent > MOST ? c->sent - MOST : 0;

    for (uint32_t t = from + lb_below(&c->random, MOST); t < c->sent; t++)
        if (c->out[t] == 1) {
            outlet_cancel(c->b.outlet, c->passage[t]);
            end_ticket(c, t);
            c->cancelled++;
            return;
        }
}

static void reply_some(struct chaos *c)
{
    if (c->holds == 0)
        return;
    const uint32_t i = lb_below(&c->random, c->holds);
    struct visitor *v = c->held[i].visitor;
    struct parcel ask = c->held[i].ask;

    let_go(c, i);
    if (ask.client == 1 && lb_below(&c->random, 5) == 0)
        visitor_begun(v, &ask);
    if (lb_below(&c->random, 10) == 0) {
        visitor_drop(v, (enum visitor_end)lb_below(&c->random, 3));
        c->dropped++;
    } else {
        bench_answer(&c->b, v, &ask);
        c->replied++;
    }
}

/* Somebody with bad manners, in the middle of it all. */
static void disturb(struct chaos *c)
{
    static const char *const said[] = {
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /1 HT",    "\n\n\n",
        "GET /1 HTTP/1.0\r\n\r\nmore",        "\x16\x03\x01", "hello\n",
        "request id=1 body=9\n1234"
    };
    const uint32_t i = lb_below(&c->random, RAW), what = lb_below(&c->random, 9);

    if (c->raw[i] < 0) {
        c->raw[i] = raw_open(inlet_port(c->b.inlet));
    } else if (what < 7) {
        raw_say(&c->b, c->raw[i], said[what], strlen(said[what]), false);
    } else {
        const struct linger at_once = { .l_onoff = what == 8 };

        setsockopt(c->raw[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(c->raw[i]);
        c->raw[i] = -1;
    }
}

static void step(struct chaos *c, bool refused)
{
    const uint32_t what = lb_below(&c->random, 100);

    if (what < 45)
        send_some(c);
    else if (what < 52)
        cancel_some(c);
    else if (what < 88)
        reply_some(c);
    else if (what < 94)
        disturb(c);
    else if (what < 95)
        outlet_forget(c->b.outlet);
    else if (what < 96)
        outlet_prepare(c->b.outlet, lb_below(&c->random, 4));
    else if (what < 97 && refused)
        inlet_refuse(c->b.inlet);
    else if (inlet_listen(c->b.inlet))
        c->wrong++;
    if (lb_below(&c->random, 3) == 0)
        event_base_loop(c->b.base, EVLOOP_NONBLOCK);
}

static void wind_up(struct chaos *c)
{
    CU_ASSERT_EQUAL(inlet_listen(c->b.inlet), 0);
    for (int i = 0; i < RAW; i++)
        if (c->raw[i] >= 0)
            close(c->raw[i]);
    for (int i = 0; i < 2000 && (c->outstanding > 0 || !inlet_idle(c->b.inlet)); i++) {
        while (c->holds > 0)
            reply_some(c);
        bench_rest(&c->b);
    }
    CU_ASSERT_EQUAL(c->wrong, 0);
    CU_ASSERT_EQUAL(c->outstanding, 0);
    CU_ASSERT_EQUAL(c->sent, c->answered + c->failed + c->cancelled);
    CU_ASSERT_EQUAL(c->asked, c->replied + c->dropped + c->left);
    CU_ASSERT(c->answered > c->sent / 4 && c->failed > 0 && c->cancelled > 0 && c->dropped > 0);
    CU_ASSERT_TRUE(inlet_idle(c->b.inlet));
    CU_ASSERT_EQUAL(inlet_count(c->b.inlet).requests, c->asked);
    CU_ASSERT_EQUAL(outlet_count(c->b.outlet).connections, outlet_count(c->b.outlet).idle);
}

static void test_chaos(void)
{
    for (uint64_t kind = 0; kind < 8; kind++) {
        struct chaos *c = calloc(1, sizeof *c);

        c->random.state = 60 + kind;
        for (int i = 0; i < RAW; i++)
            c->raw[i] = -1;
        bench_open(&c->b, kind & 1 ? TRANSPORT_TCP : TRANSPORT_HTTP, kind & 2);
        c->b.in.context = c->b.out.context = c;
        c->b.in.request = on_request;
        c->b.in.left = on_left;
        c->b.out.begun = NULL;
        c->b.out.answer = on_answer;
        c->b.out.failed = on_failed;
        c->b.out.limits.connections = MOST / 2;
        bench_listen(&c->b);
        bench_connect(&c->b);
        for (uint32_t i = 0; i < STEPS; i++)
            step(c, kind & 4);
        wind_up(c);
        bench_close(&c->b);
        free(c);
    }
}

int suite_stream_chaos(void)
{
    CU_pSuite suite = CU_add_suite("streams in chaos", NULL, NULL);

    return !suite || !CU_add_test(suite, "everything has one end", test_chaos);
}
