/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a request may go: every policy, with every set of usable, full and tried servers out of a
 * few; and how servers that start slowly share. All seeds are fixed; a chi-square test would fail a
 * right program with probability 1e-6 for another choice of seeds. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "models/policies.h"
#include "models/policy/eligible.h"
#include "tests/unit/mini_host.h"
#include "tests/unit/pick_shares.h"
#include "tests/unit/policy_find.h"

int suite_policies_allowed(void);

enum { SEATS = 5, SETS = 1 << SEATS, FLYING = 8 };

struct trial {
    const char *policy, *settings;
    struct mini m;
    struct mini_pick flying[FLYING];
    uint32_t flying_n, wrong;
    uint32_t up, full, tried; /* sets of seats */
    struct lb_random random;
};

/* The right answers beside a server: nobody is allowed; or its rule wants room at the server, and
 * there is none. */
static int may_answer_none(const struct trial *t, uint32_t allowed, lb_server answer)
{
    lb_server s;

    if (allowed == 0)
        return answer == LB_NONE;
    if (!strcmp(t->policy, "central_queue") && answer == LB_HOLD) {
        for (s = 0; s < SEATS; s++)
            if ((allowed >> s & 1) && t->m.inflight[s] < t->m.slots[s])
                return 0;
        return 1;
    }
    if (!strcmp(t->policy, "weight_budget") && answer == LB_NONE) {
        for (s = 0; s < SEATS; s++)
            if ((allowed >> s & 1) && t->m.inflight[s] < t->m.weight[s])
                return 0;
        return 1;
    }
    return 0;
}

/* Copies go where the request itself may go, each to another server. */
static int copies_are_allowed(const struct trial *t, uint32_t allowed, lb_server answer)
{
    const struct mini_asked *asked = &t->m.asked;
    uint32_t i, seen;

    if (answer >= SEATS)
        return asked->also_n == 0;
    for (i = 0, seen = 1u << answer; i < asked->also_n; i++) {
        if (asked->also[i] >= SEATS || !((allowed & ~seen) >> asked->also[i] & 1))
            return 0;
        seen |= 1u << asked->also[i];
    }
    return 1;
}

static void try_once(struct trial *t)
{
    uint32_t allowed = t->up & ~t->full & ~t->tried, n = 0;
    lb_server tried[SEATS], s;
    struct mini_pick pick;
    int right;

    for (s = SEATS; s-- > 0;)
        if (t->tried >> s & 1)
            tried[n++] = s;
    mini_pick(&t->m, tried, n, &pick);
    right = pick.server < SEATS ? (allowed >> pick.server & 1) != 0
                                : may_answer_none(t, allowed, pick.server);
    t->wrong += !right || !copies_are_allowed(t, allowed, pick.server);
    if (pick.server < SEATS && t->flying_n < FLYING) {
        mini_send(&t->m, &pick, 1000);
        t->flying[t->flying_n++] = pick;
    }
}

static void land_some(struct trial *t)
{
    while (t->flying_n && lb_below(&t->random, 3)) {
        uint32_t i = lb_below(&t->random, t->flying_n);

        mini_done(&t->m, &t->flying[i], lb_below(&t->random, 5) ? LB_OK : LB_TIMEOUT);
        t->flying[i] = t->flying[--t->flying_n];
    }
    t->m.now += lb_below(&t->random, 2000);
}

static void use(struct trial *t, uint32_t up)
{
    lb_server s;

    for (s = 0; s < SEATS; s++)
        if ((t->up ^ up) >> s & 1) {
            t->m.up[s] = (uint8_t)(up >> s & 1);
            mini_changed(&t->m, s);
        }
    t->up = up;
}

static void check_every_set(const char *policy, const char *settings)
{
    static const uint32_t weights[SEATS] = { 1, 2, 1, 3, 1 };
    struct trial t = { .policy = policy, .settings = settings, .random = { 11 } };
    uint32_t step;

    mini_open(&t.m, named(policy), settings, SEATS, SEATS, weights);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t.m.self[0]);
    t.up = SETS - 1;
    t.m.view.full = t.m.full;
    for (step = 0; step < SETS * SETS * SETS; step++) {
        uint32_t shuffled = step * 20011 % (SETS * SETS * SETS); /* prime to 2^15: all come once */

        use(&t, shuffled % SETS);
        t.m.full[0] = t.full = shuffled / SETS % SETS;
        t.tried = shuffled / SETS / SETS;
        try_once(&t);
        land_some(&t);
    }
    if (t.wrong || t.m.parted)
        fprintf(stderr, "%s(%s): %u wrong, %u parted\n", policy, settings, t.wrong, t.m.parted);
    CU_ASSERT_EQUAL(t.wrong, 0);
    CU_ASSERT_EQUAL(t.m.parted, 0);
    mini_close(&t.m);
}

static void test_every_set(void)
{
    static const char *const more[][2] = {
        { "tags", "cutoffs=1/2/3" },
        { "least_conn", "tie=swrr" },
        { "least_conn", "tie=first" },
        { "sed", "tie=last" },
        { "nq", "tie=random" },
        { "p2c", "replacement=true,tie=random" },
        { "p2c", "d=5" },
        { "lwl", "tie=first" },
        { "redundancy_d", "d=3" },
        { "weight_budget", "forward=0.5" },
    };
    uint32_t i;

    for (i = 0; policies[i]; i++)
        if (strcmp(policies[i]->name, "tags") != 0)
            check_every_set(policies[i]->name, "");
    for (i = 0; i < sizeof more / sizeof more[0]; i++)
        check_every_set(more[i][0], more[i][1]);
}

/* ---- Slow start. */

static void open_starting(struct mini *m, const char *policy, const char *settings, uint32_t n,
                          float ramp)
{
    mini_open(m, named(policy), settings, n, n, NULL);
    m->view.ramp = m->ramp;
    m->ramp[n - 1] = ramp;
    mini_changed(m, n - 1);
}

/* One starting server among n - 1 warm ones gets x / (n - 1 + x). */
static void test_random_share(void)
{
    static const float ramps[] = { 0.25f, 0.5f, 0.0625f };
    uint32_t count[CROWD], i, k;
    double share[CROWD];
    struct mini_pick pick;
    struct mini m;

    for (k = 0; k < 3; k++) {
        open_starting(&m, "weighted_random", "", CROWD, ramps[k]);
        memset(count, 0, sizeof count);
        for (i = 0; i < CROWD; i++)
            share[i] = i < CROWD - 1 ? 1.0 : (double)ramps[k];
        for (i = 0; i < PICKS; i++) {
            mini_pick(&m, NULL, 0, &pick);
            count[pick.server]++;
        }
        check_shares(count, share, CROWD);
        mini_close(&m);
    }
}

/* In turn the share is exact: after every (n - 1 + x) / x picks one more. */
static void test_share_in_turn(void)
{
    struct mini_pick pick;
    struct mini m;
    uint32_t i, count = 0, wrong = 0;

    open_starting(&m, "smooth_wrr", "", 4, 0.25f);
    for (i = 1; i <= 13 * 100; i++) {
        mini_pick(&m, NULL, 0, &pick);
        count += pick.server == 3;
        wrong += i % 13 == 0 && count != i / 13;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    /* It warms up while the turns go on: the counts follow from then on. */
    m.ramp[3] = 0.5f;
    mini_changed(&m, 3);
    for (i = count = 0; i < 7 * 100; i++) {
        mini_pick(&m, NULL, 0, &pick);
        count += pick.server == 3;
    }
    CU_ASSERT(count >= 99 && count <= 101);
    m.view.ramp = NULL;
    mini_changed(&m, 3);
    for (i = count = 0; i < 4 * 100; i++) {
        mini_pick(&m, NULL, 0, &pick);
        count += pick.server == 3;
    }
    CU_ASSERT(count >= 99 && count <= 101);
    CU_ASSERT_EQUAL(m.parted, 0);
    mini_close(&m);
}

/* Requests that stay are spread in proportion to the weights as slow start has lowered them. */
static void check_levels(const char *policy, const char *settings)
{
    struct mini_pick pick;
    struct mini m;
    uint32_t i;

    open_starting(&m, policy, settings, 4, 0.25f);
    for (i = 0; i < 1300; i++) {
        mini_pick(&m, NULL, 0, &pick);
        mini_send(&m, &pick, 0);
    }
    for (i = 0; i < 4; i++)
        CU_ASSERT(m.load[i] + 1 >= (i < 3 ? 400 : 100) && m.load[i] <= (i < 3 ? 400 : 100) + 1);
    CU_ASSERT_EQUAL(m.parted, 0);
    mini_close(&m);
}

static void test_levels(void)
{
    check_levels("least_conn", "");
    check_levels("least_conn", "tie=first");
    check_levels("least_conn", "tie=swrr");
    check_levels("sed", "");
    check_levels("nq", "");
}

/* Loads 3 / 1 and 1 / x: at x = 1/4 the first is less, at 1/2 the second. */
static void test_least_conn_compares(void)
{
    struct mini_pick pick;
    struct mini m;

    open_starting(&m, "least_conn", "", 2, 0.25f);
    m.load[0] = 3;
    m.load[1] = 1;
    mini_loaded(&m, 0);
    mini_loaded(&m, 1);
    mini_pick(&m, NULL, 0, &pick);
    CU_ASSERT_EQUAL(pick.server, 0);
    m.ramp[1] = 0.5f;
    mini_changed(&m, 1);
    mini_pick(&m, NULL, 0, &pick);
    CU_ASSERT_EQUAL(pick.server, 1);
    mini_close(&m);
}

/* A budget follows too, whole and at least 1; keys move to a warm server in proportion. */
static void test_budget_and_keys(void)
{
    uint32_t count[CROWD] = { 0 }, i;
    double share[CROWD];
    struct mini_pick pick;
    struct mini m;

    mini_open(&m, named("weight_budget"), "", 1, 1, (const uint32_t[]) { 8 });
    m.view.ramp = m.ramp;
    m.ramp[0] = 0.3f;
    mini_changed(&m, 0);
    for (i = 0; i < 2; i++) {
        mini_pick(&m, NULL, 0, &pick);
        CU_ASSERT_EQUAL(pick.server, 0);
        mini_send(&m, &pick, 0);
    }
    mini_pick(&m, NULL, 0, &pick);
    CU_ASSERT_EQUAL(pick.server, LB_NONE);
    mini_close(&m);
    open_starting(&m, "rendezvous", "", CROWD, 0.25f);
    for (i = 0; i < CROWD; i++)
        share[i] = i < CROWD - 1 ? 1.0 : 0.25;
    for (i = 0; i < PICKS; i++) {
        mini_pick(&m, NULL, 0, &pick);
        count[pick.server]++;
    }
    check_shares(count, share, CROWD);
    mini_close(&m);
}

/* How often the first of four servers with two requests each is taken, if it starts slowly. */
static uint32_t times_first(const struct lb_policy *policy, float ramp)
{
    uint32_t seen = 0, i;
    struct mini_pick pick;
    struct mini m;

    mini_open(&m, policy, policy->params && policy->params->type == LB_LIST ? "cutoffs=1" : "", 4,
              4, (const uint32_t[]) { 4, 4, 4, 4 });
    m.view.ramp = m.ramp;
    for (i = 0; i < 4; i++) {
        m.ramp[i] = i ? 1.0f : ramp;
        m.load[i] = 2;
        mini_changed(&m, i);
        mini_loaded(&m, i);
    }
    for (i = 0; i < 2000; i++) {
        mini_pick(&m, NULL, 0, &pick);
        seen += pick.server == 0;
        if (policy->sees & LB_USES_MEMO && pick.server < 4)
            mini_send(&m, &pick, 0);
    }
    mini_close(&m);
    return seen;
}

/* Those that say they go by slow start do, and no others: only there does it change a pick. */
static void test_who_sees_it(void)
{
    uint32_t i;

    for (i = 0; policies[i]; i++) {
        int differs = times_first(policies[i], 0.25f) != times_first(policies[i], 1.0f);

        CU_ASSERT_EQUAL(differs, (policies[i]->sees & LB_SEES_RAMP) != 0);
        if (differs != ((policies[i]->sees & LB_SEES_RAMP) != 0))
            fprintf(stderr, "%s: differs %d\n", policies[i]->name, differs);
    }
}

int suite_policies_allowed(void)
{
    CU_pSuite suite = CU_add_suite("where policies may go", NULL, NULL);

    return !suite || !CU_add_test(suite, "every set", test_every_set) ||
           !CU_add_test(suite, "a random share", test_random_share) ||
           !CU_add_test(suite, "a share in turn", test_share_in_turn) ||
           !CU_add_test(suite, "levels", test_levels) ||
           !CU_add_test(suite, "least_conn compares", test_least_conn_compares) ||
           !CU_add_test(suite, "budget and keys", test_budget_and_keys) ||
           !CU_add_test(suite, "who sees it", test_who_sees_it);
}
