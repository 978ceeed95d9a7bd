/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The built-in policies: random walks against naive oracles, sequences, shares, rules of tokens
 * and budgets. All seeds are fixed; a chi-square test would fail a right program with probability
 * 1e-6 for another choice of seeds. */
#include <CUnit/CUnit.h>
#include <math.h>

#include "models/policies.h"
#include "tests/unit/mini_host.h"
#include "tests/unit/naive_policies.h"
#include "tests/unit/pick_shares.h"
#include "tests/unit/policy_walks.h"

int suite_policies(void);

/* ---- Random walks. */

static void test_walks(void)
{
    static const uint32_t sizes[] = { 0, 1, 2, 10, 70, 1000 };
    struct walk *w = calloc(1, sizeof *w);
    uint32_t i, j;

    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    w->flying = calloc(FLYING_MOST, sizeof *w->flying);
    for (i = 0; i < CASES && w->flying; i++)
        for (j = 0; j < 2 * sizeof sizes / sizeof sizes[0]; j++)
            take_walk(w, &cases[i], sizes[j / 2], j & 1);
    free(w->flying);
    free(w);
}

static void test_every_policy_walks(void)
{
    uint32_t i, j;

    for (i = 0; policies[i]; i++) {
        for (j = 0; j < CASES && strcmp(cases[j].policy, policies[i]->name); j++)
            ;
        CU_ASSERT(j < CASES);
    }
}

/* ---- Sequences. */

static void check_sequence(const char *policy, const uint32_t *weights, const char *expected)
{
    struct mini m;
    struct mini_pick pick;
    size_t i, length = strlen(expected);
    uint32_t wrong = 0;

    mini_open(&m, named(policy), "", 3, 3, weights);
    for (i = 0; i < 5 * length; i++) {
        mini_pick(&m, NULL, 0, &pick);
        wrong += pick.server != (lb_server)(expected[i % length] - 'a');
    }
    CU_ASSERT_EQUAL(wrong, 0);
    mini_close(&m);
}

static void test_smooth_sequences(void)
{
    check_sequence("smooth_wrr", (const uint32_t[]) { 5, 1, 1 }, "aabacaa");
    check_sequence("smooth_wrr", (const uint32_t[]) { 3, 2, 1 }, "abacba");
    check_sequence("smooth_wrr", (const uint32_t[]) { 4, 2, 1 }, "abacaba");
    check_sequence("smooth_wrr", (const uint32_t[]) { 2, 3, 6 }, "cbcacbcacbc");
    check_sequence("smooth_wrr", (const uint32_t[]) { 20, 4, 4 }, "aabacaa");
    check_sequence("smooth_wrr", (const uint32_t[]) { 7, 7, 7 }, "abc");
    check_sequence("round_robin", (const uint32_t[]) { 5, 1, 1 }, "abc");
    check_sequence("weight_budget", (const uint32_t[]) { 5, 1, 1 }, "abc");
}

/* Long calm stretches between failures and exclusions, so that the cycle is found again. */
static void check_smooth_again(const uint32_t *weights, uint32_t n, uint32_t stretch)
{
    struct naive_smooth smooth[8] = { { 0, 0, 0 } };
    lb_server all[8], list[8], tried;
    struct mini m;
    struct mini_pick pick;
    uint32_t i, j, length, wrong = 0;

    mini_open(&m, named("smooth_wrr"), "", n, n, weights);
    for (i = 0; i < n; i++) {
        naive_smooth_top(&smooth[i], (int64_t)weights[i] * SHARE_UNIT);
        all[i] = i;
    }
    for (i = 1; i < 20 * stretch; i++) {
        int exclude = i % (3 * stretch) == 0;

        tried = i / stretch % n;
        for (j = length = 0; j < n; j++)
            if (!exclude || j != tried)
                list[length++] = j;
        mini_pick(&m, &tried, (uint32_t)exclude, &pick);
        wrong += pick.server != naive_smooth_step(smooth, exclude ? list : all, length);
        mini_send(&m, &pick, 0);
        mini_done(&m, &pick, i % (2 * stretch) == 7 ? LB_ERROR : LB_OK);
        if (i % (2 * stretch) == 7)
            smooth[pick.server].effective = 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(m.parted, 0);
    mini_close(&m);
}

static void test_smooth_finds_its_cycle_again(void)
{
    check_smooth_again((const uint32_t[]) { 5, 1, 1 }, 3, 100);
    check_smooth_again((const uint32_t[]) { 1, 5, 1, 44, 36, 44, 5, 2 }, 8, 1500);
    check_smooth_again((const uint32_t[]) { 30000, 65535, 7, 7 }, 4, 3000);
}

/* ---- Shares. */

/* Seven of twelve are tied at the top; then two of those are denied. */
static void check_uniform(const char *policy, const char *settings, const uint32_t *weights,
                          int by_load)
{
    static const lb_server tried[] = { 2, 6 };
    double share[CROWD];
    struct mini m;
    uint32_t s;

    mini_open(&m, named(policy), settings, CROWD, CROWD, weights);
    m.now = 1;
    for (s = 0; s < CROWD; s++) {
        uint32_t behind = s % 2 && s != 5;

        share[s] = !by_load || !behind;
        m.load[s] = (weights ? weights[s] : 1) * (behind ? 2 + s : 2);
        m.free_at[s] = behind ? 5000 + s : 5000;
        mini_loaded(&m, s);
    }
    check_picks(&m, NULL, 0, share);
    share[2] = share[6] = 0;
    check_picks(&m, tried, 2, share);
    mini_close(&m);
}

static void test_ties_are_uniform(void)
{
    static const uint32_t weights[CROWD] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

    check_uniform("random", "", NULL, 0);
    check_uniform("central_queue", "", NULL, 0);
    check_uniform("p2c", "d=1", NULL, 0);
    check_uniform("p2c", "d=1,replacement=true", NULL, 0);
    check_uniform("p2c", "d=64", NULL, 1);
    check_uniform("p2c", "d=64,tie=random", NULL, 1);
    check_uniform("jsq", "", NULL, 1);
    check_uniform("least_conn", "", NULL, 1);
    check_uniform("least_conn", "", weights, 1);
    check_uniform("lwl", "", NULL, 1);
}

/* All idle in lwl, though at different times; most servers denied, so that redraws give out. */
static void test_few_allowed(void)
{
    static const char *const names[] = { "random", "weighted_random", "jsq", "lwl", "p2c" };
    double share[CROWD] = { 0 };
    uint32_t i, s;

    share[3] = share[9] = 1;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct mini m;

        mini_open(&m, named(names[i]), "", 2000, 2000, NULL);
        for (s = 0; s < m.view.n; s++) {
            m.full[s / 64] |= (uint64_t)(s != 3 && s != 9) << (s % 64);
            m.free_at[s] = s;
            mini_loaded(&m, s);
        }
        m.view.full = m.full;
        m.now = 5000;
        for (s = 0; s < 2000; s++) {
            struct mini_pick pick;

            mini_pick(&m, NULL, 0, &pick);
            share[3] += pick.server == 3;
            share[9] += pick.server == 9;
        }
        CU_ASSERT_EQUAL(share[3] + share[9], 2000.0 * (i + 1) + 2);
        mini_close(&m);
    }
    CU_ASSERT(fabs(share[3] - share[9]) < 4.9 * sqrt(2000.0 * i));
}

/* Where redraws give out, all of the few that suit are still compared. */
static void test_p2c_compares_the_few(void)
{
    struct mini m;
    struct mini_pick pick;
    uint32_t s, i, wrong = 0;

    mini_open(&m, named("p2c"), "d=3", 2000, 2000, NULL);
    for (s = 0; s < m.view.n; s++)
        m.full[s / 64] |= (uint64_t)(s != 3 && s != 900 && s != 1999) << (s % 64);
    m.view.full = m.full;
    m.load[3] = m.load[1999] = 2;
    m.load[900] = 1;
    for (i = 0; i < 500; i++) {
        mini_pick(&m, NULL, 0, &pick);
        wrong += pick.server != 900;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    mini_close(&m);
}

static void test_weighted_random_shares(void)
{
    static const uint32_t weights[CROWD] = { 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 7, 100 };
    static const lb_server tried[] = { 11, 9, 8 };
    double share[CROWD];
    struct mini m;
    uint32_t s;

    for (s = 0; s < CROWD; s++)
        share[s] = weights[s];
    mini_open(&m, named("weighted_random"), "", CROWD, CROWD, weights);
    check_picks(&m, NULL, 0, share);
    share[11] = share[9] = share[8] = 0;
    check_picks(&m, tried, 3, share);
    share[11] = 25;
    share[9] = 55;
    share[8] = 34;
    share[0] = 0;
    m.view.ramp = m.ramp;
    m.ramp[11] = 0.25f;
    m.up[0] = 0;
    mini_changed(&m, 0);
    mini_changed(&m, 11);
    check_picks(&m, NULL, 0, share);
    mini_close(&m);
}

/* ---- p2c. */

/* With replacement and two servers the worse one is taken when it is drawn twice: one in four. */
static void test_p2c_replacement(void)
{
    static const double share[CROWD] = { 3, 1 };
    struct mini m;

    mini_open(&m, named("p2c"), "replacement=true", 2, 2, NULL);
    m.load[1] = 5;
    check_picks(&m, NULL, 0, share);
    mini_close(&m);
    mini_open(&m, named("p2c"), "", 2, 2, NULL);
    m.load[1] = 5;
    check_picks(&m, NULL, 0, (const double[CROWD]) { 1 });
    m.load[0] = 5;
    check_picks(&m, NULL, 0, (const double[CROWD]) { 1, 1 });
    mini_close(&m);
}

/* Every ordered sample of three of five has the same probability. */
static void test_p2c_samples(void)
{
    uint32_t count[125] = { 0 }, i;
    double share[125];
    struct mini m;

    mini_open(&m, named("p2c"), "d=3", 5, 5, NULL);
    for (i = 0; i < 125; i++)
        share[i] = i % 5 != i / 5 % 5 && i / 5 % 5 != i / 25 && i % 5 != i / 25;
    for (i = 0; i < PICKS; i++) {
        m.serial = i;
        mini_prepare(&m);
        count[m.look[0] + 5 * m.look[1] + 25 * m.look[2]]++;
    }
    check_shares(count, share, 125);
    mini_close(&m);
}

/* And every ordered pair of five. */
static void test_p2c_pairs(void)
{
    uint32_t count[25] = { 0 }, i;
    double share[25];
    struct mini m;

    mini_open(&m, named("p2c"), "", 5, 5, NULL);
    for (i = 0; i < 25; i++)
        share[i] = i % 5 != i / 5;
    for (i = 0; i < PICKS; i++) {
        m.serial = i;
        mini_prepare(&m);
        count[m.look[0] + 5 * m.look[1]]++;
    }
    check_shares(count, share, 25);
    mini_close(&m);
}

static uint32_t whys;

static void count_why(struct lb_host *host, lb_server s, double score)
{
    (void)score;
    whys += s < ((struct mini *)host)->view.n;
}

/* Asking why changes nothing, and each candidate is named. */
static void test_tracing(void)
{
    struct mini m;
    struct mini_pick plain, traced;
    uint32_t i;

    mini_open(&m, named("p2c"), "d=2", 9, 9, NULL);
    m.host.why = count_why;
    whys = 0;
    for (i = 0; i < 100; i++) {
        m.load[i % 9] = i % 4;
        m.host.tracing = 0;
        mini_pick(&m, NULL, 0, &plain);
        m.serial--;
        m.look_n = 0;
        m.host.tracing = 1;
        mini_pick(&m, NULL, 0, &traced);
        CU_ASSERT_EQUAL(plain.server, traced.server);
    }
    CU_ASSERT_EQUAL(whys, 100 * 2 * MINI_TWINS);
    mini_close(&m);
}

/* ---- jiq. */

/* A message of the agent of server s. */
static void say(struct mini *m, lb_server s, uint64_t mark, int withdraw)
{
    struct lb_report report = { .server = s,
                                .origin = LB_TOLD,
                                .cookie = mark * 2 + (uint64_t)withdraw };
    int i;

    for (i = 0; i < MINI_TWINS; i++)
        m->policy->report(m->self[i], &report, m->now);
}

static lb_server pick_one(struct mini *m, lb_server tried, uint32_t tried_n)
{
    struct mini_pick pick;

    mini_pick(m, &tried, tried_n, &pick);
    return pick.server;
}

/* Takes the tokens that the servers left when they joined. */
static void open_jiq(struct mini *m, const char *settings, uint32_t n)
{
    uint32_t i;

    mini_open(m, named("jiq"), settings, n, n, NULL);
    for (i = 0; i < n; i++)
        CU_ASSERT_EQUAL(pick_one(m, 0, 0), i);
}

static void test_jiq_queue(void)
{
    struct mini m;

    open_jiq(&m, "tell=sq_d", 6);
    say(&m, 3, 10, 0);
    say(&m, 1, 10, 0);
    say(&m, 3, 11, 0);
    say(&m, 5, 10, 0);
    CU_ASSERT_EQUAL(m.gauge, 3);
    CU_ASSERT_EQUAL(pick_one(&m, 3, 1), 1);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 3);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 5);
    CU_ASSERT_EQUAL(m.gauge, 0);
    say(&m, 3, 10, 0);
    CU_ASSERT_EQUAL(m.gauge, 0);
    say(&m, 2, 20, 0);
    say(&m, 2, 20, 1);
    CU_ASSERT_EQUAL(m.gauge, 0);
    say(&m, 4, 21, 1);
    say(&m, 4, 21, 0);
    CU_ASSERT_EQUAL(m.gauge, 0);
    mini_close(&m);
}

/* The token of a server that may not be used rests until it may. */
static void test_jiq_unusable(void)
{
    struct mini m;

    open_jiq(&m, "tell=sq_d", 3);
    say(&m, 2, 10, 0);
    say(&m, 0, 10, 0);
    m.up[2] = 0;
    mini_changed(&m, 2);
    CU_ASSERT_EQUAL(m.gauge, 1);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 0);
    m.up[2] = 1;
    mini_changed(&m, 2);
    CU_ASSERT_EQUAL(m.gauge, 1);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 2);
    mini_close(&m);
}

/* Without tokens, or with none that suits, any server is as good. */
static void test_jiq_without_tokens(void)
{
    static const lb_server tried[] = { 4 };
    double share[CROWD];
    struct mini m;
    uint32_t s;

    for (s = 0; s < CROWD; s++)
        share[s] = 1;
    open_jiq(&m, "", CROWD);
    check_picks(&m, NULL, 0, share);
    say(&m, 4, 10, 0);
    share[4] = 0;
    check_picks(&m, tried, 1, share);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 4);
    mini_close(&m);
}

struct server_half {
    char config[MINI_CONFIG];
    uint64_t memory[8];
    uint32_t gauge[4];
    struct lb_random random;
    struct lb_report said;
};

static uint32_t ask(struct server_half *half, enum lb_moment moment, lb_time now, uint32_t balancer,
                    uint32_t jobs)
{
    struct lb_station at = { .now = now,
                             .running = jobs,
                             .slots = 1,
                             .balancer = balancer,
                             .balancers = 4,
                             .gauge = half->gauge };

    half->said = (struct lb_report) { .origin = LB_TOLD };
    return named("jiq")->agent->tell(half->config, half->memory, moment, &at, &half->random,
                                     &half->said);
}

static struct server_half server_half(const char *settings)
{
    struct server_half half = { .gauge = { 4, 2, 1, 2 }, .random = { 3 } };

    mini_configure(named("jiq"), settings, half.config);
    return half;
}

static void test_jiq_server_withdraws(void)
{
    struct server_half half = server_half("tell=sq_d,d=4,stale=false");
    uint64_t mark;

    CU_ASSERT(named("jiq")->agent->memory <= sizeof half.memory);
    CU_ASSERT_EQUAL(ask(&half, LB_JOINED, 0, 3, 0), 3);
    CU_ASSERT_EQUAL(ask(&half, LB_ARRIVED, 5, 3, 1), LB_NOBODY);
    CU_ASSERT_EQUAL(ask(&half, LB_FINISHED, 9, 3, 1), LB_NOBODY);
    CU_ASSERT_EQUAL(ask(&half, LB_FINISHED, 10, 3, 0), 2);
    mark = half.said.cookie / 2;
    CU_ASSERT_EQUAL(half.said.cookie & 1, 0);
    CU_ASSERT_EQUAL(ask(&half, LB_ARRIVED, 12, 1, 1), 2);
    CU_ASSERT_EQUAL(half.said.cookie, mark * 2 + 1);
    CU_ASSERT_EQUAL(ask(&half, LB_ARRIVED, 13, 1, 2), LB_NOBODY);
    CU_ASSERT_EQUAL(ask(&half, LB_FINISHED, 13, 1, 0), 2);
    CU_ASSERT(half.said.cookie / 2 > mark);
    mark = half.said.cookie / 2;
    CU_ASSERT_EQUAL(ask(&half, LB_ARRIVED, 13, 2, 1), LB_NOBODY);
    CU_ASSERT_EQUAL(ask(&half, LB_FINISHED, 13, 2, 0), 2);
    CU_ASSERT(half.said.cookie / 2 > mark);
}

static void test_jiq_server_tells(void)
{
    struct server_half half = server_half("");
    uint32_t count[4] = { 0 }, told, i;

    told = ask(&half, LB_FINISHED, 10, 0, 0);
    CU_ASSERT(told < 4);
    CU_ASSERT_EQUAL(ask(&half, LB_ARRIVED, 12, (told + 1) % 4, 1), LB_NOBODY);
    for (i = 0; i < 40000; i++)
        count[ask(&half, LB_FINISHED, 20 + i, i % 4, 0)]++;
    check_shares(count, (const double[]) { 1, 1, 1, 1 }, 4);
    half = server_half("tell=sq_d");
    memset(count, 0, sizeof count);
    for (i = 0; i < 40000; i++)
        count[ask(&half, LB_FINISHED, 20 + i, i % 4, 0)]++;
    check_shares(count, (const double[]) { 0, 1, 2, 1 }, 4);
}

/* ---- weight_budget. */

static void test_budget_runs_out(void)
{
    struct mini m;
    struct mini_pick pick[7], more;
    uint32_t i, charged[3] = { 0 };

    mini_open(&m, named("weight_budget"), "", 3, 3, (const uint32_t[]) { 4, 2, 1 });
    for (i = 0; i < 7; i++) {
        mini_pick(&m, NULL, 0, &pick[i]);
        CU_ASSERT_FATAL(pick[i].server < 3);
        mini_send(&m, &pick[i], 0);
        charged[pick[i].server] += (uint32_t)pick[i].memo[0];
    }
    CU_ASSERT(charged[0] == 4 && charged[1] == 2 && charged[2] == 1);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), LB_NONE);
    mini_done(&m, &pick[1], LB_LOST);
    mini_pick(&m, NULL, 0, &more);
    CU_ASSERT_EQUAL(more.server, pick[1].server);
    mini_close(&m);
}

/* The random cost is uniform from 1 to the budget, and a forwarded request goes to a uniform other
 * server. */
static void test_budget_draws(void)
{
    uint32_t cost[CROWD] = { 0 }, i;
    double share[CROWD] = { 0 };
    struct mini m;
    struct mini_pick pick;

    mini_open(&m, named("weight_budget"), "cost=random", 1, 1, (const uint32_t[]) { 10 });
    for (i = 0; i < PICKS; i++) {
        mini_pick(&m, NULL, 0, &pick);
        cost[pick.memo[0]]++;
    }
    for (i = 1; i <= 10; i++)
        share[i] = 1;
    check_shares(cost, share, CROWD);
    mini_close(&m);
    mini_open(&m, named("weight_budget"), "forward=1", CROWD, CROWD, NULL);
    for (i = 0; i < CROWD; i++)
        share[i] = 1;
    check_picks(&m, NULL, 0, share);
    mini_close(&m);
}

/* ---- central_queue and the table. */

static void test_central_queue_holds(void)
{
    struct mini m;
    struct mini_pick pick;
    lb_server both[] = { 0, 1 };

    mini_open(&m, named("central_queue"), "tie=first", 2, 2, NULL);
    m.slots[0] = 2;
    mini_changed(&m, 0);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 0);
    mini_pick(&m, NULL, 0, &pick);
    mini_send(&m, &pick, 0);
    mini_pick(&m, NULL, 0, &pick);
    mini_send(&m, &pick, 0);
    CU_ASSERT_EQUAL(pick_one(&m, 0, 0), 1);
    CU_ASSERT_EQUAL(pick_one(&m, 1, 1), LB_HOLD);
    mini_pick(&m, both, 2, &pick);
    CU_ASSERT_EQUAL(pick.server, LB_NONE);
    mini_close(&m);
}

/* The same name twice, as name or alias, of any policy? */
static uint32_t name_count(const char *name)
{
    const struct lb_alias *alias;
    uint32_t i, n = 0;

    for (i = 0; policies[i]; i++) {
        n += !strcmp(policies[i]->name, name);
        for (alias = policies[i]->aliases; alias && alias->name; alias++)
            n += !strcmp(alias->name, name);
    }
    return n;
}

static void check_param(const struct lb_policy *policy, const struct lb_param *param)
{
    CU_ASSERT(param->preset >= param->least && param->preset <= param->most);
    CU_ASSERT(param->offset + 4 <= policy->config_size && policy->config_size <= MINI_CONFIG);
    CU_ASSERT(param->unit && param->help && param->help[0]);
    if (param->type == LB_CHOICE) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(param->choices);
        CU_ASSERT_PTR_NOT_NULL(param->choices[(int)param->most]);
        CU_ASSERT_PTR_NULL(param->choices[(int)param->most + 1]);
    }
}

/* An alias sets what its policy has; "?" asks the user. */
static void check_alias(const struct lb_policy *policy, const struct lb_alias *alias)
{
    const struct lb_param *param;
    size_t length = strcspn(alias->settings, "=");
    const char *value = alias->settings + length + 1;

    CU_ASSERT_EQUAL(name_count(alias->name), 1);
    if (!alias->settings[0])
        return;
    for (param = policy->params; param && param->name; param++)
        if (strlen(param->name) == length && !strncmp(param->name, alias->settings, length))
            break;
    CU_ASSERT_FATAL(param && param->name);
    CU_ASSERT(value[0] == '?' || mini_value(param, value, strlen(value)) >= 0);
}

static void test_table(void)
{
    const struct lb_alias *alias;
    const struct lb_param *param;
    uint32_t i;

    for (i = 0; policies[i]; i++) {
        const struct lb_policy *policy = policies[i];
        const struct lb_about *about = policy->about;

        CU_ASSERT(policy->abi == LB_ABI && policy->size == sizeof *policy);
        CU_ASSERT(policy->param_size == sizeof *param && policy->family && policy->summary);
        CU_ASSERT_EQUAL(name_count(policy->name), 1);
        CU_ASSERT(policy->open && policy->close && policy->pick);
        CU_ASSERT(about->rule && about->formula && about->cost && about->source);
        CU_ASSERT(about->fails && about->scenario);
        for (param = policy->params; param && param->name; param++)
            check_param(policy, param);
        for (alias = policy->aliases; alias && alias->name; alias++)
            check_alias(policy, alias);
    }
    CU_ASSERT_EQUAL(i, 20);
}

int suite_policies(void)
{
    CU_pSuite suite = CU_add_suite("policies", NULL, NULL);

    return !suite || !CU_add_test(suite, "table", test_table) ||
           !CU_add_test(suite, "every policy walks", test_every_policy_walks) ||
           !CU_add_test(suite, "random walks against naive oracles", test_walks) ||
           !CU_add_test(suite, "sequences", test_smooth_sequences) ||
           !CU_add_test(suite, "smooth_wrr after failures", test_smooth_finds_its_cycle_again) ||
           !CU_add_test(suite, "ties are uniform", test_ties_are_uniform) ||
           !CU_add_test(suite, "few allowed", test_few_allowed) ||
           !CU_add_test(suite, "weighted_random shares", test_weighted_random_shares) ||
           !CU_add_test(suite, "p2c with replacement", test_p2c_replacement) ||
           !CU_add_test(suite, "p2c samples", test_p2c_samples) ||
           !CU_add_test(suite, "p2c pairs", test_p2c_pairs) ||
           !CU_add_test(suite, "p2c compares the few", test_p2c_compares_the_few) ||
           !CU_add_test(suite, "tracing", test_tracing) ||
           !CU_add_test(suite, "jiq queue", test_jiq_queue) ||
           !CU_add_test(suite, "jiq unusable", test_jiq_unusable) ||
           !CU_add_test(suite, "jiq without tokens", test_jiq_without_tokens) ||
           !CU_add_test(suite, "jiq server withdraws", test_jiq_server_withdraws) ||
           !CU_add_test(suite, "jiq server tells", test_jiq_server_tells) ||
           !CU_add_test(suite, "weight_budget runs out", test_budget_runs_out) ||
           !CU_add_test(suite, "weight_budget draws", test_budget_draws) ||
           !CU_add_test(suite, "central_queue holds", test_central_queue_holds);
}
