/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sed and nq: decisions that can be worked out by hand. Random walks against naive oracles are in
 * test_policies.c. All seeds are fixed; a chi-square test would fail a right program with
 * probability 1e-6 for another choice of seeds. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/policies.h"
#include "models/policy/eligible.h"
#include "tests/unit/mini_host.h"
#include "tests/unit/pick_shares.h"
#include "tests/unit/policy_find.h"

int suite_policies_delay(void);

static void set_loads(struct mini *m, const uint32_t *loads)
{
    lb_server s;

    for (s = 0; s < m->view.n; s++) {
        m->load[s] = loads[s];
        mini_loaded(m, s);
    }
}

static lb_server pick_once(struct mini *m, const lb_server *tried, uint32_t tried_n)
{
    struct mini_pick pick;

    mini_pick(m, tried, tried_n, &pick);
    CU_ASSERT_EQUAL(m->parted, 0);
    return pick.server;
}

/* The pick of a policy in one state of n servers. */
static lb_server pick_at(const char *policy, const char *settings, uint32_t n,
                         const uint32_t *weights, const uint32_t *loads)
{
    struct mini m;
    lb_server s;

    mini_open(&m, named(policy), settings, n, n, weights);
    set_loads(&m, loads);
    s = pick_once(&m, NULL, 0);
    mini_close(&m);
    return s;
}

/* An idle slow server and a busy one three times as fast: 0 < 1/3, but 1 > 2/3. */
static void test_counts_the_request_itself(void)
{
    static const uint32_t weights[] = { 1, 3 }, loads[] = { 0, 1 };

    CU_ASSERT_EQUAL(pick_at("least_conn", "", 2, weights, loads), 0);
    CU_ASSERT_EQUAL(pick_at("sed", "", 2, weights, loads), 1);
    CU_ASSERT_EQUAL(pick_at("nq", "", 2, weights, loads), 0);
}

/* Equal delays are ties to the last bit: 1/1 = 3/3, and 2/65534 = 1/32767 < 1/32766. */
static void test_ties(void)
{
    static const uint32_t small[] = { 1, 3, 2 }, even[] = { 0, 2, 1 };
    static const uint32_t large[] = { 32766, 65534, 32767 }, one[] = { 0, 1, 0 };

    CU_ASSERT_EQUAL(pick_at("sed", "", 3, small, even), 0);
    CU_ASSERT_EQUAL(pick_at("sed", "tie=first", 3, small, even), 0);
    CU_ASSERT_EQUAL(pick_at("sed", "tie=last", 3, small, even), 2);
    CU_ASSERT_EQUAL(pick_at("sed", "", 3, large, one), 1);
    CU_ASSERT_EQUAL(pick_at("sed", "tie=last", 3, large, one), 2);
    CU_ASSERT_EQUAL(pick_at("nq", "", 3, large, one), 0);
    CU_ASSERT_EQUAL(pick_at("nq", "tie=last", 3, large, one), 2);
}

/* Seven of twelve are tied at delay 2; then two of those are denied. */
static void check_random_ties(const char *policy)
{
    static const lb_server tried[] = { 2, 6 };
    uint32_t weights[CROWD], loads[CROWD], s;
    double share[CROWD];
    struct mini m;

    for (s = 0; s < CROWD; s++) {
        uint32_t behind = s % 2 && s != 5;

        weights[s] = s + 1;
        share[s] = !behind;
        loads[s] = 2 * weights[s] - 1 + behind;
    }
    mini_open(&m, named(policy), "tie=random", CROWD, CROWD, weights);
    set_loads(&m, loads);
    check_picks(&m, NULL, 0, share);
    share[2] = share[6] = 0;
    check_picks(&m, tried, 2, share);
    mini_close(&m);
}

/* And the idle ones of nq, whatever their weights. */
static void test_random_ties(void)
{
    static const double share[CROWD] = { 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0 };
    static const uint32_t loads[CROWD] = { 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1 };
    static const uint32_t weights[CROWD] = { 9, 1, 9, 9, 2, 9, 9, 3, 9, 9, 4, 9 };
    struct mini m;

    check_random_ties("sed");
    check_random_ties("nq");
    mini_open(&m, named("nq"), "tie=random", CROWD, CROWD, weights);
    set_loads(&m, loads);
    check_picks(&m, NULL, 0, share);
    mini_close(&m);
}

/* Requests that stay are dealt out as seats in D'Hondt's method: (seats + 1) / votes. */
static void test_deals_as_dhondt(void)
{
    static const uint32_t votes[] = { 53, 24, 23 }, seats[] = { 4, 2, 1 };
    static const uint32_t weights[] = { 5, 3, 1 };
    struct mini m;
    struct mini_pick pick;
    uint32_t i;

    mini_open(&m, named("sed"), "", 3, 3, votes);
    for (i = 0; i < 7; i++) {
        mini_pick(&m, NULL, 0, &pick);
        mini_send(&m, &pick, 0);
    }
    for (i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(m.load[i], seats[i]);
    mini_close(&m);
    mini_open(&m, named("sed"), "", 3, 3, weights);
    for (i = 0; i < 900; i++) {
        mini_pick(&m, NULL, 0, &pick);
        mini_send(&m, &pick, 0);
    }
    for (i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(m.load[i], 100 * weights[i]);
    mini_close(&m);
}

/* Rates are 0.7, 1.4 and 2.1, weights all 1. */
static void test_by_rate(void)
{
    static const uint32_t loads[] = { 0, 0, 1 }, more[] = { 0, 1, 3 };

    CU_ASSERT_EQUAL(pick_at("sed", "", 3, NULL, loads), 0);
    CU_ASSERT_EQUAL(pick_at("sed", "by=rate", 3, NULL, loads), 1);
    CU_ASSERT_EQUAL(pick_at("sed", "by=rate", 3, NULL, more), 0);
    CU_ASSERT_EQUAL(pick_at("sed", "by=rate,tie=last", 3, NULL, more), 1);
    CU_ASSERT_EQUAL(pick_at("nq", "by=rate", 3, NULL, loads), 0);
    CU_ASSERT_EQUAL(pick_at("nq", "by=rate", 3, NULL, (const uint32_t[]) { 1, 1, 1 }), 2);
}

/* Rates change: a server that stands still is a last resort, and where cores are unlimited one
 * request more delays nobody. */
static void test_extreme_rates(void)
{
    struct mini m;

    mini_open(&m, named("sed"), "by=rate", 3, 3, NULL);
    m.rate[2] = 0.0f;
    mini_changed(&m, 2);
    m.rate[0] = INFINITY;
    mini_changed(&m, 0);
    set_loads(&m, (const uint32_t[]) { 1000, 0, 0 });
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 0);
    CU_ASSERT_EQUAL(pick_once(&m, (const lb_server[]) { 0 }, 1), 1);
    CU_ASSERT_EQUAL(pick_once(&m, (const lb_server[]) { 0, 1 }, 2), 2);
    set_loads(&m, (const uint32_t[]) { 0, 1000000, 0 });
    CU_ASSERT_EQUAL(pick_once(&m, (const lb_server[]) { 0 }, 1), 1);
    m.rate[1] = 0.0f;
    mini_changed(&m, 1);
    CU_ASSERT_EQUAL(pick_once(&m, (const lb_server[]) { 0 }, 1), 2);
    mini_close(&m);
}

/* A server that starts slowly counts for as much of its weight or rate as it may. */
static void check_slow_start(const char *settings)
{
    struct mini m;

    mini_open(&m, named("sed"), settings, 2, 2, (const uint32_t[]) { 1, 2 });
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 1);
    m.view.ramp = m.ramp;
    m.ramp[1] = 0.25f;
    mini_changed(&m, 1);
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 0);
    m.ramp[1] = 0.0f;
    mini_changed(&m, 1);
    set_loads(&m, (const uint32_t[]) { 100, 0 });
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 0);
    m.up[0] = 0;
    mini_changed(&m, 0);
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 1);
    mini_close(&m);
}

static void test_slow_start(void)
{
    check_slow_start("by=weight");
    check_slow_start("by=rate");
}

/* Whoever is denied is passed over for this request alone. */
static void test_denied(void)
{
    static const lb_server tried[] = { 2, 0, 1 };
    struct mini m;

    mini_open(&m, named("nq"), "", 3, 3, (const uint32_t[]) { 3, 1, 2 });
    set_loads(&m, (const uint32_t[]) { 2, 1, 0 });
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 2);
    CU_ASSERT_EQUAL(pick_once(&m, tried, 1), 0);
    CU_ASSERT_EQUAL(pick_once(&m, tried, 2), 1);
    CU_ASSERT_EQUAL(pick_once(&m, tried, 3), LB_NONE);
    m.view.full = m.full;
    m.full[0] = 4;
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 0);
    m.full[0] = 0;
    CU_ASSERT_EQUAL(pick_once(&m, NULL, 0), 2);
    mini_close(&m);
}

static char noted[200];

static void keep_note(struct lb_host *host, const char *text)
{
    (void)host;
    snprintf(noted, sizeof noted, "%s", text);
}

/* Where nobody tells the rates, by=rate is refused with a reason and by=weight is not. */
static void check_without_rates(const char *policy)
{
    struct lb_host host = { .abi = LB_ABI, .size = sizeof host, .note = keep_note };
    const uint32_t load = 0, weight = 1;
    const lb_server usable = 0;
    const struct lb_view view = { .size = sizeof view,
                                  .n = 1,
                                  .capacity = 1,
                                  .usable_n = 1,
                                  .usable = &usable,
                                  .load = &load,
                                  .weight = &weight };
    uint64_t config[MINI_CONFIG / 8];
    struct lb_setup setup = {
        .size = sizeof setup, .config = config, .view = &view, .host = &host
    };
    void *self;

    noted[0] = '\0';
    mini_configure(named(policy), "by=rate", (char *)config);
    CU_ASSERT_PTR_NULL(named(policy)->open(&setup));
    CU_ASSERT_PTR_NOT_NULL(strstr(noted, "by=rate"));
    mini_configure(named(policy), "by=weight", (char *)config);
    self = named(policy)->open(&setup);
    CU_ASSERT_PTR_NOT_NULL_FATAL(self);
    named(policy)->close(self);
}

static void test_without_rates(void)
{
    check_without_rates("sed");
    check_without_rates("nq");
}

int suite_policies_delay(void)
{
    CU_pSuite suite = CU_add_suite("policies of delay", NULL, NULL);

    return !suite || !CU_add_test(suite, "counts the request", test_counts_the_request_itself) ||
           !CU_add_test(suite, "ties", test_ties) ||
           !CU_add_test(suite, "random ties", test_random_ties) ||
           !CU_add_test(suite, "deals as D'Hondt", test_deals_as_dhondt) ||
           !CU_add_test(suite, "by rate", test_by_rate) ||
           !CU_add_test(suite, "extreme rates", test_extreme_rates) ||
           !CU_add_test(suite, "slow start", test_slow_start) ||
           !CU_add_test(suite, "denied", test_denied) ||
           !CU_add_test(suite, "without rates", test_without_rates);
}
