/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests over real sockets of loopback, from an outlet to an inlet. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "live_bench.h"

int suite_streams(void);

static const struct {
    enum transport transport;
    bool tls;
} kinds[] = { { TRANSPORT_HTTP, false },
              { TRANSPORT_TCP, false },
              { TRANSPORT_HTTP, true },
              { TRANSPORT_TCP, true } };
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct parcel request(uint64_t id)
{
    struct parcel p = parcel_blank(id);

    p.client = 1;
    p.balancer = 0;
    p.work = 5000000;
    p.key = 1000 + id;
    return p;
}

static void check_answer(const struct bench *b, uint32_t i, uint64_t id)
{
    CU_ASSERT_FALSE(b->heard[i].failed);
    CU_ASSERT_EQUAL(b->heard[i].parcel.kind, PARCEL_ANSWER);
    CU_ASSERT_EQUAL(b->heard[i].parcel.id, id);
    CU_ASSERT_EQUAL(b->heard[i].parcel.server, 3);
    CU_ASSERT_EQUAL(b->heard[i].parcel.wait, 1250000);
    CU_ASSERT_EQUAL(b->heard[i].parcel.service, 5021000);
}

/* One after another over one connection, with bodies of all sizes both ways. */
static void round_trips(enum transport transport, bool tls)
{
    static const uint32_t sizes[] = { 0, 1, 43, 44, 45, 300, 4032, 4033, 100000, 3000000 };
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    struct bench b;

    bench_open(&b, transport, tls);
    b.in.limits.body_bytes = b.out.limits.body_bytes = 4000000;
    bench_listen(&b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.inlet);
    bench_connect(&b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.outlet);
    for (uint32_t i = 0; i < SIZES * SIZES; i++) {
        struct parcel p = request(i);

        p.body = sizes[i / SIZES];
        p.answer = sizes[i % SIZES];
        p.kind = i % 5 == 4 ? PARCEL_CHECK : PARCEL_REQUEST;
        b.status = i % 3 ? PARCEL_OK : PARCEL_ERROR;
        CU_ASSERT_PTR_NOT_NULL_FATAL(outlet_send(b.outlet, 70 + i, &p));
        CU_ASSERT_TRUE_FATAL(bench_until(&b, &b.n, i + 1));
        check_answer(&b, i, i);
        CU_ASSERT_EQUAL(b.heard[i].ticket, 70 + i);
        CU_ASSERT_EQUAL(b.heard[i].parcel.status, b.status);
        CU_ASSERT_EQUAL(b.heard[i].parcel.body, p.answer);
        CU_ASSERT_EQUAL(b.asked.id, i);
        CU_ASSERT_EQUAL(b.asked.kind, p.kind);
        CU_ASSERT_EQUAL(b.asked.client, 1);
        CU_ASSERT_EQUAL(b.asked.work, 5000000);
        CU_ASSERT_EQUAL(b.asked.key, 1000 + i);
        CU_ASSERT_EQUAL(b.asked.body, p.body);
    }
    CU_ASSERT_EQUAL(outlet_count(b.outlet).connected, 1);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).reused, SIZES * SIZES - 1);
    CU_ASSERT_EQUAL(outlet_count(b.outlet).idle, 1);
    CU_ASSERT_EQUAL(inlet_count(b.inlet).accepted, 1);
    CU_ASSERT_EQUAL(inlet_count(b.inlet).answered, SIZES * SIZES);
    CU_ASSERT_TRUE(inlet_idle(b.inlet));
    bench_close(&b);
}

static void test_round_trips(void)
{
    for (int i = 0; i < KINDS; i++)
        round_trips(kinds[i].transport, kinds[i].tls);
}

int suite_streams(void)
{
    CU_pSuite suite = CU_add_suite("streams", NULL, NULL);

    return !suite || !CU_add_test(suite, "there and back", test_round_trips);
}
