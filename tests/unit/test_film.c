/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Films of runs small enough to be worked out by hand: a request each millisecond, 1.5 ms of work.
 */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "sim/play/animation.h"
#include "sim/run/plugin.h"
#include "sim/scenario/diagnose.h"

int suite_film(void);

#define MS(x) ((lb_time)((x)*1e6 + 0.5))

struct shot {
    struct plugins *plugins;
    struct diagnostics *said;
    struct scenario *scenario;
    struct film film;
    int failed;
};

static void open_shot(struct shot *shot, const char *rest, const char *policy, uint32_t requests)
{
    struct policy_source source;
    struct scenario_request request = { .policies = &source };
    char text[2048];

    memset(shot, 0, sizeof *shot);
    shot->plugins = plugins_open();
    shot->said = diagnostics_open();
    source = plugins_source(shot->plugins);
    snprintf(text, sizeof text,
             "{ \"clients\": { \"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }, "
             "\"service\": { \"distribution\": \"deterministic\", \"value\": \"1.5ms\" }, "
             "\"timeout\": \"1s\" }, %s, \"policies\": [ %s ], \"run\": { \"requests\": %u } }",
             rest, policy, requests);
    shot->scenario = scenario_read("test", text, strlen(text), &request, shot->said);
    CU_ASSERT_PTR_NOT_NULL_FATAL(shot->scenario);
    shot->film = (struct film) { .scenario = shot->scenario,
                                 .policy = &shot->scenario->policies[0],
                                 .window = { { 0, LB_NEVER } },
                                 .windows = 1,
                                 .most = 1000,
                                 .unit = 1 };
}

static void close_shot(struct shot *shot)
{
    film_close(&shot->film);
    scenario_close(shot->scenario);
    diagnostics_close(shot->said);
    plugins_close(shot->plugins);
}

/* The only attempt of the i-th request by serial, and its rows. */
static const struct film_attempt *attempt_of(const struct film *f, uint32_t i,
                                             const struct film_request **request,
                                             const struct film_call **call)
{
    uint32_t n, *rows = film_requests(f, &n);
    const struct film_attempt *a;

    CU_ASSERT_TRUE_FATAL(i < n);
    *request = film_request_at(f, rows[i]);
    *call = film_call_at(f, (*request)->call);
    CU_ASSERT_EQUAL((*request)->call, (*request)->last_call);
    a = film_attempt_at(f, (*call)->attempt);
    CU_ASSERT_EQUAL(a->next, FILM_NOTHING);
    free(rows);
    return a;
}

/* Issued at 1, 2, 3, 4 ms; served 1-2.5, 2.5-4, 4-5.5, 5.5-7; with a millisecond on each link. */
static void whole_way(void)
{
    static const char rest[] = "\"servers\": {}, \"links\": { \"name\": \"lan\", \"latency\": "
                               "\"1ms\" }, \"balancers\": { \"link\": \"lan\" }";
    struct shot shot;
    uint32_t i;

    open_shot(&shot, rest, "\"random\"", 4);
    CU_ASSERT_EQUAL(film_run(&shot.film), 0);
    for (i = 0; i < 4; i++) {
        const double issued = i + 1, begun = 2 + 1.5 * i;
        const struct film_request *r;
        const struct film_call *c;
        const struct film_attempt *a = attempt_of(&shot.film, i, &r, &c);

        CU_ASSERT_EQUAL(r->serial, i);
        CU_ASSERT_EQUAL(r->issued, MS(issued));
        CU_ASSERT_EQUAL(r->work, MS(1.5));
        CU_ASSERT_EQUAL(c->there, MS(issued));
        CU_ASSERT_EQUAL(a->sent, MS(issued));
        CU_ASSERT_EQUAL(a->reached, MS(issued + 1));
        CU_ASSERT_EQUAL(a->begun, MS(begun));
        CU_ASSERT_EQUAL(a->left, MS(begun + 1.5));
        CU_ASSERT_EQUAL(a->back, MS(begun + 2.5));
        CU_ASSERT_EQUAL(c->home, MS(begun + 2.5));
        CU_ASSERT_EQUAL(r->end, MS(begun + 2.5));
        CU_ASSERT_EQUAL(r->how, ENDED_COMPLETED);
    }
    CU_ASSERT_EQUAL(shot.film.total.issued, 4);
    CU_ASSERT_EQUAL(shot.film.total.ended[ENDED_COMPLETED], 4);
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_QUEUE].a, 2);
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_QUEUE].at, MS(3));
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_SLOWEST].at, MS(4));
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_SLOWEST].a, MS(5));
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_REJECTED].at, LB_NEVER);
    close_shot(&shot);
}

/* Two servers: the fewest in flight. The third pick, at 3 ms, sees 0 at the first again (its
 * service was over at 2.5 ms) and one at the second. */
static void picks(void)
{
    struct shot shot;
    uint32_t n, *rows;

    open_shot(&shot, "\"servers\": { \"count\": 2 }",
              "{ \"policy\": \"least_conn\", \"tie\": \"first\" }", 4);
    CU_ASSERT_EQUAL(film_run(&shot.film), 0);
    rows = film_picks(&shot.film, &n);
    CU_ASSERT_EQUAL_FATAL(n, 4);
    CU_ASSERT_EQUAL(film_pick_at(&shot.film, rows[0])->at, MS(1));
    CU_ASSERT_EQUAL(film_pick_at(&shot.film, rows[0])->answer, 0);
    CU_ASSERT_EQUAL(film_pick_at(&shot.film, rows[1])->answer, 1);
    CU_ASSERT_EQUAL(film_pick_at(&shot.film, rows[2])->answer, 0);
    CU_ASSERT_EQUAL(film_pick_at(&shot.film, rows[2])->candidates, 1);
    CU_ASSERT_EQUAL(film_pick_at(&shot.film, rows[2])->at_hand[0].load, 0);
    CU_ASSERT_EQUAL_FATAL(shot.film.beliefs, 5); /* 1: +a; 2: -a, +b; 3: +a, -b */
    CU_ASSERT_EQUAL(shot.film.belief[0].pick, 1);
    CU_ASSERT_EQUAL(shot.film.belief[0].server, 0);
    CU_ASSERT_EQUAL(shot.film.belief[0].load, 1);
    CU_ASSERT_EQUAL(shot.film.belief[1].pick, 2);
    CU_ASSERT_EQUAL(shot.film.belief[1].load, 0);
    CU_ASSERT_EQUAL(shot.film.belief[1].load_before, 1);
    CU_ASSERT_EQUAL(shot.film.belief[4].server, 1);
    free(rows);
    close_shot(&shot);
}

/* A hundred requests, of which those are kept that live between 50 and 60 ms: at two thirds of the
 * rate, 51 at the server. What came before is counted. */
static void windows(void)
{
    struct shot shot;
    const struct film_request *r;
    const struct film_call *c;
    uint32_t n, *rows;

    open_shot(&shot, "\"servers\": {}", "\"random\"", 100);
    shot.film.window[0] = (struct film_window) { MS(50.25), MS(60.25) };
    CU_ASSERT_EQUAL(film_run(&shot.film), 0);
    rows = film_requests(&shot.film, &n);
    (void)attempt_of(&shot.film, 0, &r, &c);
    CU_ASSERT_EQUAL(shot.film.before[0].issued, 50);
    CU_ASSERT_EQUAL(shot.film.before[0].ended[ENDED_COMPLETED], 32); /* 1 + 1.5 k <= 50.25 */
    CU_ASSERT_EQUAL(r->serial, 32);
    CU_ASSERT_EQUAL(film_request_at(&shot.film, rows[n - 1])->serial, 59);
    free(rows);
    close_shot(&shot);
}

static void too_many(void)
{
    struct shot shot;

    open_shot(&shot, "\"servers\": {}", "\"random\"", 5000);
    shot.film.most = 10;
    CU_ASSERT_EQUAL(film_run(&shot.film), 0);
    CU_ASSERT_TRUE(shot.film.full);
    close_shot(&shot);
}

/* A server that goes down loses what it has, and its state is told. */
static void down(void)
{
    static const char rest[] = "\"servers\": {}, \"timeline\": { \"at\": \"3.25ms\", \"until\": "
                               "\"3.5ms\", \"server\": \"server\", \"state\": \"down\" }";
    struct shot shot;
    const struct film_request *r;
    const struct film_call *c;
    const struct film_attempt *a;

    open_shot(&shot, rest, "\"random\"", 4);
    CU_ASSERT_EQUAL(film_run(&shot.film), 0);
    CU_ASSERT_EQUAL_FATAL(shot.film.changes, 2);
    CU_ASSERT_EQUAL(shot.film.change[0].at, MS(3.25));
    CU_ASSERT_EQUAL(shot.film.change[0].state, SERVER_DOWN);
    CU_ASSERT_EQUAL(shot.film.change[1].state, SERVER_UP);
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_DOWN].at, MS(3.25));
    a = attempt_of(&shot.film, 1, &r, &c); /* in service since 2.5 ms */
    CU_ASSERT_TRUE(a->lost);
    CU_ASSERT_EQUAL(a->left, MS(3.25));
    CU_ASSERT_EQUAL(a->back, LB_NEVER);
    CU_ASSERT_EQUAL(r->how, ENDED_TIMED_OUT);
    CU_ASSERT_EQUAL(r->end, MS(1002));
    CU_ASSERT_EQUAL(shot.film.moment[MOMENT_TIMED_OUT].at, MS(1002));
    close_shot(&shot);
}

/* Sixteen bins for each doubling, none left out, none twice. */
static void bins(void)
{
    uint64_t x;

    for (x = 0; x < 32; x++)
        CU_ASSERT_EQUAL(film_bin(x), x);
    CU_ASSERT_EQUAL(film_bin(33), 32);
    CU_ASSERT_EQUAL(film_bin(63), 47);
    CU_ASSERT_EQUAL(film_bin(64), 48);
    for (x = 1; x < 100000; x++)
        CU_ASSERT_TRUE(film_bin(x) - film_bin(x - 1) <= 1);
    CU_ASSERT_TRUE(film_bin(UINT64_MAX) < FILM_BINS);
}

/* A column of one number, and one of several, in base 64 as any decoder reads it. */
static void printed(void)
{
    uint8_t bytes[] = { 'M', 'a', 'n', 'y', 255 };
    struct film_bytes b = { bytes, sizeof bytes, sizeof bytes };
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    film_print(out, &b);
    fclose(out);
    CU_ASSERT_STRING_EQUAL(text, "TWFuef8=");
    free(text);
}

int suite_film(void)
{
    CU_pSuite suite = CU_add_suite("film", NULL, NULL);

    if (!suite || !CU_add_test(suite, "the whole way", whole_way) ||
        !CU_add_test(suite, "picks and beliefs", picks) ||
        !CU_add_test(suite, "windows", windows) || !CU_add_test(suite, "too many", too_many) ||
        !CU_add_test(suite, "a server goes down", down) || !CU_add_test(suite, "bins", bins) ||
        !CU_add_test(suite, "base 64", printed))
        return 1;
    return 0;
}
