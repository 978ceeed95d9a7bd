/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policies that send copies or cut services short. Random walks are in test_policies.c. All seeds
 * are fixed; a chi-square test would fail a right program with probability 1e-6 for another choice
 * of seeds. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "models/policies.h"
#include "tests/unit/mini_host.h"
#include "tests/unit/pick_shares.h"
#include "tests/unit/policy_find.h"

int suite_policies_copies(void);

enum { FEW = 4, PAIRS = 12 };

/* Every ordered pair of four servers is as likely as any other. */
static void check_pairs(const char *policy, const char *settings)
{
    uint32_t count[PAIRS] = { 0 }, i, wrong = 0;
    double share[PAIRS];
    struct mini_pick pick;
    struct mini m;

    mini_open(&m, named(policy), settings, FEW, FEW, NULL);
    for (i = 0; i < PAIRS; i++)
        share[i] = 1.0;
    for (i = 0; i < PICKS; i++) {
        lb_server other;

        mini_pick(&m, NULL, 0, &pick);
        other = m.asked.also[0];
        wrong += m.asked.also_n != 1 || other == pick.server || other >= FEW;
        if (!wrong)
            count[pick.server * (FEW - 1) + other - (other > pick.server)]++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    check_shares(count, share, PAIRS);
    mini_close(&m);
}

static void test_pairs_are_uniform(void)
{
    check_pairs("redundancy_d", "");
    check_pairs("hedged", "");
    check_pairs("tied", "");
    check_pairs("approx_pull", "");
}

/* And where nearly all of many are denied, of those that are left. */
static void test_few_are_left(void)
{
    static const char *const names[] = { "redundancy_d", "hedged", "tied", "approx_pull" };
    uint32_t i, s, wrong = 0, first = 0;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct mini_pick pick;
        struct mini m;

        mini_open(&m, named(names[i]), "", 2000, 2000, NULL);
        for (s = 0; s < m.view.n; s++)
            m.full[s / 64] |= (uint64_t)(s != 3 && s != 900) << (s % 64);
        m.view.full = m.full;
        for (s = 0; s < 500; s++) {
            mini_pick(&m, NULL, 0, &pick);
            wrong += m.asked.also_n != 1 || pick.server + m.asked.also[0] != 903 ||
                     (pick.server != 3 && pick.server != 900);
            first += pick.server == 3;
        }
        mini_pick(&m, (const lb_server[]) { 900 }, 1, &pick);
        CU_ASSERT(pick.server == 3 && m.asked.also_n == 0);
        mini_close(&m);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(first > 1000 - 110 && first < 1000 + 110); /* 4.9 standard deviations: 1e-6 */
}

static void check_delays(const char *policy, const char *settings, uint32_t copies, lb_time step)
{
    struct mini_pick pick;
    struct mini m;
    uint32_t i;

    mini_open(&m, named(policy), settings, 10, 10, NULL);
    mini_pick(&m, NULL, 0, &pick);
    CU_ASSERT_EQUAL(m.asked.also_n, copies);
    for (i = 0; i < copies; i++)
        CU_ASSERT_EQUAL(m.asked.after[i], (lb_time)(i + 1) * step);
    mini_close(&m);
}

static void test_delays(void)
{
    check_delays("redundancy_d", "d=4", 3, 0);
    check_delays("redundancy_d", "d=1", 0, 0);
    check_delays("hedged", "", 1, 10000000);
    check_delays("hedged", "after=0.25,most=5", 4, 250000000);
    check_delays("hedged", "after=0", 1, 0);
    check_delays("hedged", "most=1", 0, 0);
    check_delays("tied", "", 1, 1000000);
    check_delays("tied", "stagger=0", 1, 0);
    check_delays("approx_pull", "d=3", 2, 0);
}

/* Answers after `latency`; the delay of the next request's copy, or -1 if there is none. */
static lb_time delay_after(struct mini *m, lb_time latency, uint32_t status)
{
    struct mini_pick pick;

    mini_pick(m, NULL, 0, &pick);
    mini_send(m, &pick, latency);
    m->now += latency;
    mini_done(m, &pick, status);
    mini_pick(m, NULL, 0, &pick);
    return m->asked.also_n ? m->asked.after[0] : -1;
}

/* The delay is a quantile of the latencies, 2.2 % up at most, once there are enough of them;
 * failures tell nothing, and what is old is forgotten. */
static void test_delay_is_measured(void)
{
    lb_time after = 0;
    uint32_t i;
    struct mini m;

    mini_open(&m, named("speculative_retry"), "percentile=0.75,least=8,window=100", 10, 10, NULL);
    for (i = 1; i <= 7; i++)
        CU_ASSERT_EQUAL(delay_after(&m, (lb_time)i * 10000000, LB_OK), -1);
    CU_ASSERT_EQUAL(delay_after(&m, 1000, LB_ERROR), -1);
    after = delay_after(&m, 80000000, LB_OK);
    CU_ASSERT(after >= 60000000 && after <= 61400000);
    for (i = 0; i < 100; i++)
        after = delay_after(&m, 5000000, LB_OK);
    CU_ASSERT(after >= 5000000 && after <= 5110000);
    m.now += INT64_C(300000000000);
    CU_ASSERT_EQUAL(delay_after(&m, 5000000, LB_OK), -1);
    CU_ASSERT_EQUAL(m.parted, 0);
    mini_close(&m);
}

/* A copy that answers first has no memo: the request's time counts from its issue. */
static void test_copy_answers(void)
{
    struct mini_pick pick;
    struct mini m;
    lb_time after;
    int twin;

    mini_open(&m, named("speculative_retry"), "percentile=0.5,least=1", 10, 10, NULL);
    m.now = 1000000000;
    mini_pick(&m, NULL, 0, &pick);
    pick.request.issued = m.now;
    mini_send(&m, &pick, 0);
    m.now += 30000000;
    for (twin = 0; twin < MINI_TWINS; twin++)
        pick.memo[twin] = 0;
    mini_done(&m, &pick, LB_OK);
    mini_pick(&m, NULL, 0, &pick);
    after = m.asked.after[0];
    CU_ASSERT_EQUAL(m.asked.also_n, 1);
    CU_ASSERT(after >= 30000000 && after <= 30700000);
    mini_close(&m);
}

/* Where the part of a job reserves: as bits. */
static uint32_t reserve(struct mini *m)
{
    struct mini_pick pick;
    uint32_t i, at;

    mini_pick(m, NULL, 0, &pick);
    at = 1u << pick.server;
    for (i = 0; i < m->asked.also_n; i++)
        at |= 1u << m->asked.also[i];
    return at;
}

/* The parts of one job reserve at different servers while there are enough, then again. */
static void test_parts_reserve_elsewhere(void)
{
    uint32_t job, part, all;
    struct mini m;

    mini_open(&m, named("approx_pull"), "d=3", 10, 10, NULL);
    for (job = 1; job <= 200; job++) {
        m.parent = job;
        for (part = all = 0; part < 3; part++)
            all |= reserve(&m);
        CU_ASSERT_EQUAL(__builtin_popcount(all), 9);
        part = reserve(&m);
        CU_ASSERT_EQUAL(all | part, 0x3ff);
        CU_ASSERT_EQUAL(__builtin_popcount(part), 3);
        all = part;
        all |= reserve(&m);
        all |= reserve(&m);
        /* The fourth took the tenth server and two of the next round. */
        CU_ASSERT(__builtin_popcount(all) >= 8);
    }
    m.parent = 0;
    CU_ASSERT_EQUAL(__builtin_popcount(reserve(&m)), 3);
    CU_ASSERT_EQUAL(m.parted, 0);
    mini_close(&m);
}

static void check_stage(struct mini *m, const lb_server *tried, uint32_t n, lb_server s,
                        lb_time limit)
{
    struct mini_pick pick;

    mini_pick(m, tried, n, &pick);
    CU_ASSERT_EQUAL(pick.server, s);
    CU_ASSERT_EQUAL(m->asked.limit, limit);
    CU_ASSERT_EQUAL(m->asked.limits, limit > 0);
}

/* From server to server; one that is down or full is left out, and the last never cuts. */
static void test_tags_stages(void)
{
    static const lb_server tried[] = { 0, 1, 2 };
    struct mini m;

    mini_open(&m, named("tags"), "cutoffs=0.01/0.1/2", 4, 4, NULL);
    check_stage(&m, NULL, 0, 0, 10000000);
    check_stage(&m, tried, 1, 1, 100000000);
    check_stage(&m, tried, 2, 2, 2000000000);
    check_stage(&m, tried, 3, 3, 0);
    m.up[1] = 0;
    mini_changed(&m, 1);
    check_stage(&m, tried, 1, 2, 2000000000);
    m.up[3] = 0;
    mini_changed(&m, 3);
    check_stage(&m, tried, 1, 2, 0);
    check_stage(&m, NULL, 0, 0, 10000000);
    m.full[0] = 4;
    m.view.full = m.full;
    check_stage(&m, NULL, 0, 0, 0);
    check_stage(&m, tried, 1, LB_NONE, 0);
    mini_close(&m);
    mini_open(&m, named("tags"), "cutoffs=1", 3, 3, NULL);
    check_stage(&m, NULL, 0, 0, 1000000000);
    check_stage(&m, tried, 1, 1, 0);
    check_stage(&m, (const lb_server[]) { 2 }, 1, 1, 0);
    mini_close(&m);
}

static char noted[200];

static void keep_note(struct lb_host *host, const char *text)
{
    (void)host;
    snprintf(noted, sizeof noted, "%s", text);
}

static void check_refused(const char *settings)
{
    struct lb_host host = { .abi = LB_ABI, .size = sizeof host, .note = keep_note };
    const struct lb_view view = { .size = sizeof view };
    uint64_t config[MINI_CONFIG / 8];
    struct lb_setup setup = {
        .size = sizeof setup, .config = config, .view = &view, .host = &host
    };

    noted[0] = '\0';
    mini_configure(named("tags"), settings, (char *)config);
    CU_ASSERT_PTR_NULL(named("tags")->open(&setup));
    CU_ASSERT_PTR_NOT_NULL(strstr(noted, "cutoffs"));
}

static void test_tags_refuses(void)
{
    check_refused("");
    check_refused("cutoffs=0/1");
    check_refused("cutoffs=1/1");
    check_refused("cutoffs=2/1");
}

/* Who calls also or limit says so. */
static void test_flags(void)
{
    uint32_t i;

    for (i = 0; policies[i]; i++) {
        int copies = !strcmp(policies[i]->family, "redundancy");
        int cuts = !strcmp(policies[i]->name, "tags");

        CU_ASSERT_EQUAL((policies[i]->sees & LB_SENDS_COPIES) != 0, copies);
        CU_ASSERT_EQUAL((policies[i]->sees & LB_CUTS) != 0, cuts);
    }
}

int suite_policies_copies(void)
{
    CU_pSuite suite = CU_add_suite("policies of copies", NULL, NULL);

    return !suite || !CU_add_test(suite, "pairs are uniform", test_pairs_are_uniform) ||
           !CU_add_test(suite, "few are left", test_few_are_left) ||
           !CU_add_test(suite, "delays", test_delays) ||
           !CU_add_test(suite, "the delay is measured", test_delay_is_measured) ||
           !CU_add_test(suite, "a copy answers", test_copy_answers) ||
           !CU_add_test(suite, "parts of a job", test_parts_reserve_elsewhere) ||
           !CU_add_test(suite, "tags goes on", test_tags_stages) ||
           !CU_add_test(suite, "tags refuses", test_tags_refuses) ||
           !CU_add_test(suite, "flags", test_flags);
}
