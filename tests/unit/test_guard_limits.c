/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Breakers, limits, slow start, and what a balancer knows after it has been down. */
#include "tests/unit/guard_world.h"

int suite_guard_limits(void);

static void take_tally(const struct world *w, void *into)
{
    *(struct tally *)into = w->tally;
}

static struct tally tally_of(const char *text, uint64_t requests)
{
    struct tally tally = { 0 };

    guard_run((struct guard_case) { .text = text,
                                    .policy = &first_one,
                                    .requests = requests,
                                    .look = take_tally,
                                    .into = &tally });
    return tally;
}

/* ---- Breakers. */

/* The errors at 2.5 and 3.5 ms open it for 10 ms. Then two may go, and the first error, at 15.5,
 * opens it again; what else was sent says nothing. */
static void half_open_lets_two_through(void)
{
    static const double at[] = { 1, 2, 3, 14, 15, 26, 27 };
    uint32_t i;

    guard_run((struct guard_case) {
        .text = CLIENT(
            1000, "1.5ms",
            "") "\"servers\": [ { \"name\": \"bad\", \"errors\": 1, \"cores\": \"unlimited\" }, "
                "{ \"name\": \"good\", \"cores\": \"unlimited\" } ], \"balancers\": { "
                "\"breaker\": { \"errors\": 0.5, \"least_requests\": 2, \"open\": \"10ms\", "
                "\"half_open\": 2 } }",
        .policy = &first_one,
        .requests = 35 });
    CU_ASSERT_EQUAL(notes.picks, 7);
    for (i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(notes.picked[i], SECONDS(at[i] / 1000));
}

/* ---- Limits. */

/* Four parts fail together after 1.5 ms, at 2.5, 3.5, 4.5, 5.5 ms. One of them is tried again, from
 * 2.5 to 4 and from 4.5 to 6 ms; the others would be beyond the limit. */
static void retries_have_a_limit(void)
{
    const struct tally t = tally_of(
        CLIENT(1000, "1.5ms",
               ", \"fan_out\": { \"parts\": 4 }") "\"servers\": { \"count\": 2, \"cores\": "
                                                  "\"unlimited\", \"errors\": 1 }, "
                                                  "\"balancers\": { \"limits\": { \"retries\": 1 "
                                                  "}, \"attempts\": { \"retry\": { "
                                                  "\"attempts\": 2 } } }",
        4);

    CU_ASSERT_EQUAL(t.retries, 2);
    CU_ASSERT_EQUAL(t.attempts[ATTEMPT_ERROR], 18);
    CU_ASSERT_EQUAL(t.ended[ENDED_FAILED], 4);
}

/* The same by a budget of one in flight, where they wait a millisecond first: from 3.5 to 5, and
 * from 6.5 to 8 ms. Who waits counts, or all four would go. */
static void budgets_count_who_waits(void)
{
    const struct tally t = tally_of(
        CLIENT(1000, "1.5ms",
               ", \"fan_out\": { \"parts\": 4 }") "\"servers\": { \"count\": 2, \"cores\": "
                                                  "\"unlimited\", \"errors\": 1 }, "
                                                  "\"balancers\": { \"attempts\": { \"retry\": { "
                                                  "\"attempts\": 2, \"backoff\": "
                                                  "\"1ms\", \"budget\": { \"like\": \"envoy\", "
                                                  "\"ratio\": 0, \"floor\": 1 } } } }",
        4);

    CU_ASSERT_EQUAL(t.retries, 2);
    CU_ASSERT_EQUAL(t.attempts[ATTEMPT_ERROR], 18);
}

/* A policy sees who is full as it is told of what is sent and done. */
static void caps_are_told_in_time(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(1000, "1.5ms", "") "\"servers\": { \"count\": 3 }, \"balancers\": { "
                                          "\"limits\": { \"per_server\": 1 } }",
        .policy = &capped,
        .requests = 100 });
    CU_ASSERT_EQUAL(notes.picks, 50);
    CU_ASSERT_EQUAL(notes.strange, 0);
}

/* Two copies of each would be four attempts: there may be three. */
static void copies_have_a_limit(void)
{
    struct tally t = { 0 };

    guard_run((struct guard_case) {
        .text = CLIENT(
            1000, "1.5ms",
            "") "\"servers\": { \"count\": 4, \"cores\": \"unlimited\" "
                "}, \"balancers\": { \"limits\": { \"in_flight\": 3 }, \"attempts\": { \"copies\": "
                "{ \"cancel\": \"never\" } } }",
        .named = "redundancy_d",
        .requests = 2,
        .look = take_tally,
        .into = &t });
    CU_ASSERT_EQUAL(t.attempts[ATTEMPT_OK], 3);
    CU_ASSERT_EQUAL(t.hedges, 1);
}

/* In flight while the second and the fourth come is one, which is enough. */
static void the_less_important_are_shed(void)
{
    const struct tally t =
        tally_of(CLIENT(1000, "1.5ms", "") "\"servers\": { \"cores\": \"unlimited\" }, "
                                           "\"balancers\": { \"shed\": { \"below_priority\": 1, "
                                           "\"when\": { \"in_flight\": 1 } } }",
                 4);

    CU_ASSERT_EQUAL(t.ended[ENDED_REJECTED], 2);
    CU_ASSERT_EQUAL(t.ended[ENDED_COMPLETED], 2);
}

/* One of 10 ms at a time, each 5 ms another: numbers 2 to 5 leave the queue at 15, 25, 35, 45 ms.
 * At 35 ms for the first time more than one stays behind; 20 ms later number 6 is dropped, and
 * number 9 after 20 more. Number 11 leaves one behind, and all is well. */
static void codel_drops_heads(void)
{
    const struct tally t =
        tally_of(CLIENT(200, "10ms", "") "\"servers\": {}, \"balancers\": { \"limits\": { "
                                         "\"in_flight\": 1 }, \"queue\": { \"order\": \"codel\", "
                                         "\"target\": \"5ms\", \"interval\": \"20ms\" } }",
                 12);

    CU_ASSERT_EQUAL(t.ended[ENDED_REJECTED], 2);
    CU_ASSERT_EQUAL(t.ended[ENDED_COMPLETED], 10);
}

static void take_limit(const struct world *w, void *into)
{
    *(double *)into = w->balancer[0].guard->concurrency.limit;
}

#define OVERLOADED(concurrency, queue)                                                             \
    "\"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": \"10ms\" }, "      \
    "\"arrivals\": { \"process\": \"poisson\", \"rate\": 2000 } }, \"servers\": { \"cores\": 10, " \
    "\"queue_limit\": " queue " }, \"balancers\": { \"concurrency\": " concurrency " }"

/* The server turns away who finds fifteen there. So the limit rises to sixteen, one is turned away,
 * and it falls to 14.4 or by a tenth more. */
static void aimd_finds_the_limit(void)
{
    double limit = 0.0;

    guard_run((struct guard_case) { .text = OVERLOADED("{ \"like\": \"aimd\" }", "5"),
                                    .policy = &first_one,
                                    .requests = 20000,
                                    .look = take_limit,
                                    .into = &limit });
    CU_ASSERT_TRUE(limit >= 16 * .9 * .9 && limit < 16.1);
}

static void take_rate_and_latency(const struct world *w, void *into)
{
    double *to = into;

    to[0] = (double)w->tally.ended[ENDED_COMPLETED] / ((double)w->tally.to / 1e9);
    to[1] = moments_mean(&w->tally.duration[DURATION_LATENCY]) / 1e9;
}

/* Ten cores serve 1,000 a second; without a limit the queue would grow to 10,000 and waits to 10 s.
 * With it most of the capacity is used, and the mean stays within a few service times: the limit
 * settles where 1.25 x least median = median, plus the square root that it probes with. */
static void gradient_finds_the_limit(void)
{
    double told[2] = { 0, 0 };

    guard_run((struct guard_case) { .text = OVERLOADED("{ \"like\": \"gradient\" }", "100000"),
                                    .policy = &first_one,
                                    .requests = 20000,
                                    .look = take_rate_and_latency,
                                    .into = told });
    CU_ASSERT_TRUE(told[0] > 900 && told[0] < 1030);
    CU_ASSERT_TRUE(told[1] > 0.01 && told[1] < 0.04);
}

/* ---- Slow start. */

static void take_done_by_first(const struct world *w, void *into)
{
    *(uint64_t *)into = w->server[0].worked / 1000000;
}

#define COMES_UP(more)                                                                             \
    CLIENT(1000, "1ms", ", \"timeout\": \"1s\"")                                                   \
    "\"servers\": { \"name\": \"s\", \"count\": 10, \"slow_start\": { \"window\": \"1000s\" }, "   \
    "\"cores\": 4 }, \"balancers\": { \"name\": \"b\" }, \"timeline\": [ { \"at\": \"1s\", "       \
    "\"server\": \"s[0]\", \"state\": \"down\", \"until\": \"10s\" }" more " ]"

/* Of 50,000 requests from 10 s on, at a tenth of its weight: .1 / 9.1 of them. */
static void the_cold_get_their_share(void)
{
    static const char *const names[] = { "random", "round_robin", "p2c", "jsq" };
    uint32_t i;

    for (i = 0; i < 4; i++) {
        uint64_t done = 0;

        guard_run((struct guard_case) { .text = COMES_UP(""),
                                        .named = names[i],
                                        .requests = 60000,
                                        .warmup = 10000,
                                        .look = take_done_by_first,
                                        .into = &done });
        CU_ASSERT_DOUBLE_EQUAL(done, 50000 * .1 / 9.1, 2);
    }
}

/* Alone it gets all there is. */
static void alone_nobody_is_spared(void)
{
    uint64_t done = 0;

    guard_run((struct guard_case) {
        .text = CLIENT(1000, "1ms",
                       ", \"timeout\": \"1s\"") "\"servers\": { \"name\": \"s\", \"cores\": 4, "
                                                "\"slow_start\": { \"window\": "
                                                "\"1000s\" } }, \"timeline\": { \"at\": \"1s\", "
                                                "\"server\": \"s[0]\", \"state\": "
                                                "\"down\", \"until\": \"10s\" }",
        .named = "random",
        .requests = 20000,
        .warmup = 10000,
        .look = take_done_by_first,
        .into = &done });
    CU_ASSERT_EQUAL(done, 10000);
}

/* One that joins is spared although checks are made: it has never been down. Without, it would do a
 * tenth of 10,000. */
static void those_who_join_are_spared(void)
{
    uint64_t last = 0;

    guard_run((struct guard_case) {
        .text = CLIENT(
            1000, "1ms",
            "") "\"servers\": { \"name\": \"s\", \"count\": 1, "
                "\"slow_start\": { \"window\": \"1000s\" } }, \"balancers\": { \"health\": {} }, "
                "\"timeline\": { \"at\": \"10s\", \"server\": \"s\", \"count\": 2 }",
        .policy = &in_turn,
        .requests = 20000,
        .warmup = 10000,
        .look = take_done_by_first,
        .into = &last });
    CU_ASSERT_DOUBLE_EQUAL(last, 10000 / 1.1, 2);
}

/* ---- A balancer that has been down. */

/* Ejected at 50.1 ms; at 25 s the balancer is new. It ejects for 30 s at its fifth failure again,
 * to the sweep at 60 s, and not for 60 s. */
static void it_forgets_ejections(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(100, "0.1ms",
                       ", \"timeout\": \"1s\"") "\"servers\": [ { \"name\": \"bad\", \"errors\": 1 "
                                                "}, { \"name\": \"good\", "
                                                "\"count\": 9 } ], \"balancers\": { \"name\": "
                                                "\"b\", \"outlier\": { \"like\": "
                                                "\"envoy\" } }, \"timeline\": { \"at\": \"15s\", "
                                                "\"balancer\": \"b\", \"state\": "
                                                "\"down\", \"until\": \"25s\" }",
        .policy = &first_one,
        .requests = 6100 });
    CU_ASSERT_EQUAL(notes.lives, 2);
    CU_ASSERT_EQUAL(notes.n, 4);
    CU_ASSERT_EQUAL(notes.heard[0].at, SECONDS(.0501));
    CU_ASSERT_TRUE(notes.heard[1].at > SECONDS(25) && notes.heard[1].at < SECONDS(25.1));
    CU_ASSERT_EQUAL(notes.heard[2].at, SECONDS(60));
}

static void it_is_not_woken_for_a_former_life(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(100, "0.1ms",
                       ", \"timeout\": \"1s\"") "\"servers\": {}, \"balancers\": { \"name\": \"b\" "
                                                "}, \"timeline\": { \"at\": "
                                                "\"1s\", \"balancer\": \"b\", \"state\": \"down\", "
                                                "\"until\": \"1.2s\" }",
        .policy = &woken,
        .requests = 300 });
    CU_ASSERT_EQUAL(notes.lives, 2);
    CU_ASSERT_EQUAL(notes.strange, 0);
}

/* It comes back at 14 s and spares nobody: a tenth of 45,000. */
static void it_forgets_who_came_up(void)
{
    uint64_t done = 0;

    guard_run((struct guard_case) {
        .text = COMES_UP(", { \"at\": \"12s\", \"balancer\": \"b\", \"state\": \"down\", "
                         "\"until\": \"14s\" }"),
        .named = "round_robin",
        .requests = 60000,
        .warmup = 15000,
        .look = take_done_by_first,
        .into = &done });
    CU_ASSERT_DOUBLE_EQUAL(done, 4500, 1);
}

int suite_guard_limits(void)
{
    CU_pSuite suite = CU_add_suite("guard limits", NULL, NULL);

    return !suite ||
           !CU_add_test(suite, "half open lets two through", half_open_lets_two_through) ||
           !CU_add_test(suite, "retries have a limit", retries_have_a_limit) ||
           !CU_add_test(suite, "budgets count who waits", budgets_count_who_waits) ||
           !CU_add_test(suite, "caps are told in time", caps_are_told_in_time) ||
           !CU_add_test(suite, "copies have a limit", copies_have_a_limit) ||
           !CU_add_test(suite, "the less important are shed", the_less_important_are_shed) ||
           !CU_add_test(suite, "CoDel drops heads", codel_drops_heads) ||
           !CU_add_test(suite, "AIMD finds the limit", aimd_finds_the_limit) ||
           !CU_add_test(suite, "the gradient finds the limit", gradient_finds_the_limit) ||
           !CU_add_test(suite, "the cold get their share", the_cold_get_their_share) ||
           !CU_add_test(suite, "alone nobody is spared", alone_nobody_is_spared) ||
           !CU_add_test(suite, "those who join are spared", those_who_join_are_spared) ||
           !CU_add_test(suite, "it forgets ejections", it_forgets_ejections) ||
           !CU_add_test(suite, "it forgets who came up", it_forgets_who_came_up) ||
           !CU_add_test(suite, "it is not woken for a former life",
                        it_is_not_woken_for_a_former_life);
}
