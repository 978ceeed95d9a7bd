/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <string.h>

#include "sim/live/channel.h"

int suite_parcel(void);

static bool same(const struct parcel *a, const struct parcel *b)
{
    return a->status == b->status && a->id == b->id && a->part == b->part &&
           a->client == b->client && a->balancer == b->balancer && a->server == b->server &&
           a->key == b->key && a->keyed == b->keyed && a->work == b->work && a->size == b->size &&
           a->cut == b->cut && a->cost == b->cost && a->wait == b->wait &&
           a->service == b->service && a->body == b->body && a->answer == b->answer &&
           a->retried == b->retried && a->run == b->run;
}

static void test_text(void)
{
    struct parcel ask = parcel_blank(17), answer = parcel_blank(17);
    char text[PARCEL_TEXT_MOST];

    ask.client = 2;
    ask.balancer = 0;
    ask.work = ask.size = 5000000;
    ask.key = 42;
    CU_ASSERT_EQUAL(parcel_write(&ask, text), strlen(text));
    CU_ASSERT_STRING_EQUAL(text, "id=17 client=2 balancer=0 key=42 work=5000000 size=5000000");
    answer.kind = PARCEL_ANSWER;
    answer.server = 3;
    parcel_write(&answer, text);
    CU_ASSERT_STRING_EQUAL(text, "id=17 status=ok server=3");
    ask = parcel_blank(0);
    parcel_write(&ask, text);
    CU_ASSERT_STRING_EQUAL(text, "id=0");
    ask.keyed = true; /* a key of 0 is a key */
    parcel_write(&ask, text);
    CU_ASSERT_STRING_EQUAL(text, "id=0 key=0");
}

static uint64_t some_bits(struct lb_random *random)
{
    return lb_bits(random) >> lb_below(random, 64);
}

/* Any parcel comes back as it was, and the longest text fits. */
static void test_there_and_back(void)
{
    struct lb_random random = { 6 };
    char text[PARCEL_TEXT_MOST];
    size_t longest = 0;

    for (int i = 0; i < 20000; i++) {
        struct parcel p = { .kind = PARCEL_ANSWER, .id = some_bits(&random) }, q = parcel_blank(9);
        const bool full = i == 0;

        p.status = full ? PARCEL_TIMED_OUT : (enum parcel_status)lb_below(&random, 6);
        p.part = full ? UINT32_MAX : (uint32_t)some_bits(&random);
        p.client = full ? 4000000000u : (uint32_t)some_bits(&random);
        p.balancer = full ? 4000000000u : (uint32_t)some_bits(&random);
        p.server = full ? 4000000000u : (uint32_t)some_bits(&random);
        p.key = full ? UINT64_MAX : some_bits(&random);
        p.keyed = p.key > 0 || lb_below(&random, 2);
        p.work = full ? INT64_MAX : (lb_time)(some_bits(&random) >> 1);
        p.size = full ? INT64_MAX : (lb_time)(some_bits(&random) >> 1);
        p.cut = full ? INT64_MAX - 1 : (lb_time)(some_bits(&random) >> 1);
        p.cost = full ? INT64_MAX : (lb_time)(some_bits(&random) >> 1);
        p.wait = full ? INT64_MAX : (lb_time)(some_bits(&random) >> 1);
        p.service = full ? INT64_MAX : (lb_time)(some_bits(&random) >> 1);
        p.body = full ? UINT32_MAX : (uint32_t)some_bits(&random);
        p.answer = full ? UINT32_MAX : (uint32_t)some_bits(&random);
        p.retried = full || lb_below(&random, 2);
        p.id = full ? UINT64_MAX : p.id;
        p.run = full ? UINT64_MAX : some_bits(&random);
        const size_t length = parcel_write(&p, text);
        longest = length > longest ? length : longest;
        CU_ASSERT_EQUAL_FATAL(length, strlen(text));
        CU_ASSERT_EQUAL_FATAL(parcel_read(&q, text, length), 0);
        CU_ASSERT_FATAL(same(&p, &q));
    }
    CU_ASSERT(longest > 300 && longest < PARCEL_TEXT_MOST);
}

static void test_refusals(void)
{
    static const char *const bad[] = {
        "id=",
        "id=-1",
        "id=18446744073709551616",
        "part=4294967296",
        "work=9223372036854775808",
        "id=1x",
        "id= 1",
        "status=fine",
        "retried=2",
        "work=-1",
        "id=1\t",
        "status=",
        "cut=0x10",
    };
    static const char *const good[] = { "",  " ",  "id=7", "id=7  nonsense x=y part=0",
                                        "=", "==", "id" };
    struct parcel p = parcel_blank(0);

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(parcel_read(&p, bad[i], strlen(bad[i])), -1);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_EQUAL(parcel_read(&p, good[i], strlen(good[i])), 0);
    p = parcel_blank(0);
    CU_ASSERT_EQUAL(parcel_read(&p, "id=12345", 5), 0);
    CU_ASSERT_EQUAL(p.id, 12);
}

static void test_addresses(void)
{
    static const char *const good[][2] = {
        { "127.0.0.1:80", "127.0.0.1:80" },
        { "[::1]:8080", "[::1]:8080" },
        { "localhost:1", "127.0.0.1:1" },
        { "10.1.2.3:65535", "10.1.2.3:65535" },
        { "[::ffff:127.0.0.1]:5", "[::ffff:127.0.0.1]:5" },
    };
    static const char *const bad[] = {
        "",         "127.0.0.1",    "127.0.0.1:",      "::1:80",
        "[::1]",    ":80",          "127.0.0.1:65536", "127.0.0.1:8x",
        "1.2.3:80", "[]:80",        "example.org:80",  "127.0.0.1:-1",
        "[::1:80",  "[127.0.0.1:80"
    };
    struct address address;
    char text[64], why[160];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CU_ASSERT_EQUAL(address_read(&address, good[i][0], why, sizeof why), 0);
        address_write(&address, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, good[i][1]);
        CU_ASSERT_EQUAL(address_is_loopback(&address), i != 3);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        why[0] = '\0';
        CU_ASSERT_EQUAL(address_read(&address, bad[i], why, sizeof why), -1);
        CU_ASSERT(why[0] != '\0');
    }
    address_read(&address, "127.0.0.1:70000", why, sizeof why);
    CU_ASSERT_STRING_EQUAL(why,
                           "\"127.0.0.1:70000\": a port is a whole number from 0 to 65535, and "
                           "not \"70000\"");
    address_read(&address, "127.0.0.1:80x", why, sizeof why);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "not \"80x\""));
    address_read(&address, "127.0.0.1", why, sizeof why);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "has no port"));
    address = address_loopback(9);
    CU_ASSERT(address_is_loopback(&address) && address_port(&address) == 9);
}

int suite_parcel(void)
{
    CU_pSuite suite = CU_add_suite("parcels and addresses", NULL, NULL);

    return !suite || !CU_add_test(suite, "the text of a parcel", test_text) ||
           !CU_add_test(suite, "any parcel comes back", test_there_and_back) ||
           !CU_add_test(suite, "what is no parcel", test_refusals) ||
           !CU_add_test(suite, "addresses", test_addresses);
}
