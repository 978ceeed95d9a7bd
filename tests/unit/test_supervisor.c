/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The supervisor with roles that only pretend: they open no socket, and say what they were asked to
 * say. Instants are not judged, only their order. */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/downtime.h"
#include "sim/live/session.h"
#include "sim/live/supervisor_part.h"
#include "sim/run/plugin.h"
#include "sim/run/trial.h"
#include "tests/unit/scenario_fixture.h"

static const char plain[] =
    "{\"clients\": {\"arrivals\": {\"process\": \"poisson\", \"rate\": 100}, \"service\": \"5ms\"},"
    "\"servers\": {\"count\": 3, \"cores\": 1}, \"policies\": [\"random\"],"
    "\"run\": {\"requests\": 20, \"warmup\": 2}}";

/* Server 1 is down from 60 to 120 ms and server 2 from 100 ms on; 0 stands still for a while. */
static const char falling[] =
    "{\"clients\": {\"arrivals\": {\"process\": \"poisson\", \"rate\": 100}, \"service\": "
    "\"5ms\",\"timeout\":\"1s\"},"
    "\"servers\": {\"count\": 3, \"cores\": 1}, \"policies\": [\"random\"],"
    "\"timeline\": [{\"at\": \"60ms\", \"until\": \"120ms\", \"server\": \"server[1]\","
    "                \"state\": \"down\"},"
    "               {\"at\": \"100ms\", \"server\": \"server[2]\", \"state\": \"down\"},"
    "               {\"at\": \"50ms\", \"until\": \"90ms\", \"server\": \"server[0]\","
    "                \"state\": \"down\", \"jobs\": \"kept\"}],"
    "\"run\": {\"requests\": 20, \"warmup\": 2}}";

/* What the pretenders have written down, in memory that all processes see. */
struct diary {
    enum { WELL, REFUSE, CRASH, DEAF, LINGER } how[ROLES]; /* how a role behaves */
    _Atomic int started[ROLES], again, order[ROLES], turn;
    _Atomic int server_pid[3], stops_heard;
};
static struct diary *diary;

static bool leash_broke(int leash)
{
    char byte;

    return read(leash, &byte, 1) == 0;
}

/* Waits until told to stop, or until nobody holds the leash any more. */
static int wait_for_stop(const struct live_plan *plan, int leash, int how)
{
    struct pollfd of = { .fd = leash, .events = POLLIN };

    while (plan->shared->stop < how) {
        if (poll(&of, 1, 1000) > 0 && leash_broke(leash))
            return 1;
    }
    diary->stops_heard++;
    return 0;
}

static int refuse(const struct live_plan *plan, enum live_role role)
{
    struct live_fare *fare = &plan->shared->fare[role];

    fare->code = 3;
    snprintf(fare->why, sizeof fare->why, "bind 127.0.0.1:9000: Address already in use");
    fare->state = LIVE_FAILED;
    return -1;
}

static void be_ready(const struct live_plan *plan, enum live_role role)
{
    diary->order[role] = ++diary->turn;
    diary->started[role]++;
    plan->shared->fare[role].state = LIVE_READY;
}

static void wait_for_epoch(const struct live_plan *plan)
{
    while (!plan->shared->epoch)
        usleep(500);
}

/* All requests are answered at once, 1 ms late. */
static void pretend(const struct live_plan *plan)
{
    struct live_fare *clients = &plan->shared->fare[ROLE_CLIENTS];
    uint64_t i;

    for (i = 0; i < plan->requests; i++) {
        struct live_record *r = shared_record(plan->shared, i);

        r->intended = (lb_time)i * 10000000;
        r->sent = r->intended;
        r->service = r->wait = 0;
        r->done = r->intended + 1000000;
        r->ended = 1 + ENDED_COMPLETED;
        r->tries = 1;
        clients->issued++;
        clients->ended[ENDED_COMPLETED]++;
    }
}

static int fake_clients(const struct live_plan *plan, int leash)
{
    if (diary->how[ROLE_CLIENTS] == REFUSE)
        return refuse(plan, ROLE_CLIENTS);
    be_ready(plan, ROLE_CLIENTS);
    wait_for_epoch(plan);
    if (diary->how[ROLE_CLIENTS] == CRASH) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own way to end */
        raise(SIGSEGV);
    }
    if (diary->how[ROLE_CLIENTS] == DEAF)
        return wait_for_stop(plan, leash, 3);
    if (diary->how[ROLE_CLIENTS] == LINGER) /* something in flight never ends */
        wait_for_stop(plan, leash, 2);
    pretend(plan);
    while (live_now(plan) < plan->scenario->changes_n * INT64_C(70000000))
        usleep(1000);
    return 0;
}

static int fake_balancer(const struct live_plan *plan, int leash, const int *control,
                         uint32_t controls)
{
    (void)control;
    (void)controls;
    if (diary->how[ROLE_BALANCER] == REFUSE)
        return refuse(plan, ROLE_BALANCER);
    be_ready(plan, ROLE_BALANCER);
    return wait_for_stop(plan, leash, 1);
}

static int fake_servers(const struct live_plan *plan, uint32_t first, uint32_t count, bool again,
                        int leash, int control)
{
    uint32_t i;

    (void)control;
    diary->again += again;
    for (i = first; i < first + count; i++) {
        diary->server_pid[i] = getpid();
        plan->shared->server_port[i] = (uint16_t)(9000 + i);
    }
    be_ready(plan, ROLE_SERVERS);
    return wait_for_stop(plan, leash, 1);
}

static const struct live_roles fakes = { fake_clients, fake_balancer, fake_servers };

struct stage {
    struct plugins *plugins;
    struct reading reading;
    struct live_plan plan;
    struct supervisor_order order;
    struct supervised out;
};

static void set_stage(struct stage *s, const char *text)
{
    struct policy_source source;

    diary = mmap(NULL, sizeof *diary, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(diary, MAP_FAILED);
    s->plugins = plugins_open();
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->plugins);
    source = plugins_source(s->plugins);
    s->reading = reading_of(text, &(struct scenario_request) { .policies = &source });
    if (!s->reading.scenario)
        fputs(s->reading.shown, stderr);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->reading.scenario);
    s->plan = (struct live_plan) { .scenario = s->reading.scenario,
                                   .policy = &s->reading.scenario->policies[0],
                                   .requests = 20,
                                   .duration = LB_NEVER,
                                   .time_scale = 1.0,
                                   .shared = shared_open(20, 1, 3) };
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->plan.shared);
    s->order = (struct supervisor_order) { .plan = &s->plan, .roles = &fakes };
}

static void clear_stage(struct stage *s)
{
    shared_close(s->plan.shared);
    reading_end(&s->reading);
    plugins_close(s->plugins);
    munmap(diary, sizeof *diary);
}

static bool is_gone(int pid)
{
    return pid > 0 && kill(pid, 0) != 0;
}

static void in_order(void)
{
    struct stage s;

    set_stage(&s, plain);
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    CU_ASSERT_EQUAL(s.out.code, 0);
    CU_ASSERT_EQUAL(diary->order[ROLE_SERVERS], 1);
    CU_ASSERT_EQUAL(diary->order[ROLE_BALANCER], 2);
    CU_ASSERT_EQUAL(diary->order[ROLE_CLIENTS], 3);
    CU_ASSERT_EQUAL(diary->stops_heard, 2); /* balancer, servers */
    CU_ASSERT_EQUAL(s.plan.shared->fare[ROLE_CLIENTS].issued, 20);
    CU_ASSERT_FALSE(s.out.interrupted || s.out.endless);
    CU_ASSERT_EQUAL(s.out.kills, 0);
    CU_ASSERT(is_gone(diary->server_pid[0]));
    CU_ASSERT_EQUAL(s.out.quiet[ROLE_BALANCER].realtime, -1);
    clear_stage(&s);
}

static void external_parts(void)
{
    const struct address through = { .length = 1 };
    struct address backends[3] = { { .length = 1 }, { .length = 0 }, { .length = 1 } };
    struct stage s;

    set_stage(&s, plain);
    s.plan.through = &through;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    CU_ASSERT_EQUAL(diary->started[ROLE_BALANCER], 0);
    CU_ASSERT_EQUAL(diary->started[ROLE_SERVERS], 1);
    clear_stage(&s);
    set_stage(&s, plain);
    s.plan.backends = backends;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    CU_ASSERT_EQUAL(diary->server_pid[0], 0);
    CU_ASSERT_NOT_EQUAL(diary->server_pid[1], 0);
    CU_ASSERT_EQUAL(diary->server_pid[2], 0);
    clear_stage(&s);
}

static void port_in_use(void)
{
    struct stage s;

    set_stage(&s, plain);
    diary->how[ROLE_BALANCER] = REFUSE;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), -1);
    CU_ASSERT_EQUAL(s.out.code, 3);
    CU_ASSERT_STRING_EQUAL(s.out.why, "bind 127.0.0.1:9000: Address already in use");
    CU_ASSERT_EQUAL(diary->started[ROLE_CLIENTS], 0);
    CU_ASSERT(is_gone(diary->server_pid[0]));
    clear_stage(&s);
}

static void crash(void)
{
    struct stage s;

    set_stage(&s, plain);
    diary->how[ROLE_CLIENTS] = CRASH;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), -1);
    CU_ASSERT_EQUAL(s.out.code, 70);
    CU_ASSERT(strstr(s.out.why, "the process of the clients (") &&
              strstr(s.out.why, "signal 11 (Segmentation fault)"));
    CU_ASSERT(is_gone(diary->server_pid[0]));
    clear_stage(&s);
}

/* An interrupt before anything is ready; one that is heeded; two. */
static void interrupts(void)
{
    volatile sig_atomic_t asked = 1;
    struct stage s;

    set_stage(&s, plain);
    s.order.interrupt = &asked;
    diary->how[ROLE_CLIENTS] = LINGER;
    asked = 2; /* at once: what lingers is cancelled */
    s.plan.shared->fare[ROLE_SERVERS].state = LIVE_READY;
    s.plan.shared->fare[ROLE_BALANCER].state = LIVE_READY;
    s.plan.shared->fare[ROLE_CLIENTS].state = LIVE_READY;
    s.plan.shared->server_port[0] = s.plan.shared->server_port[1] = s.plan.shared->server_port[2] =
        1;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    CU_ASSERT(s.out.interrupted);
    CU_ASSERT_FALSE(s.out.endless);
    CU_ASSERT_EQUAL(s.plan.shared->stop, 2);
    CU_ASSERT_EQUAL(s.plan.shared->fare[ROLE_CLIENTS].issued, 20);
    clear_stage(&s);
}

/* Clients that never end are told to, and it is said that the time was up. */
static void time_limit(void)
{
    struct stage s;

    set_stage(&s, plain);
    s.order.limit = 0.2;
    diary->how[ROLE_CLIENTS] = LINGER;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    CU_ASSERT(s.out.endless);
    CU_ASSERT_FALSE(s.out.interrupted);
    CU_ASSERT_EQUAL(s.plan.shared->stop, 2);
    CU_ASSERT(is_gone(diary->server_pid[0]));
    clear_stage(&s);
}

/* Who does not even heed that is killed, and named a bug. */
static void time_limit_unheeded(void)
{
    struct stage s;

    set_stage(&s, plain);
    s.order.limit = s.order.at_once = 0.2;
    diary->how[ROLE_CLIENTS] = DEAF;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), -1);
    CU_ASSERT_EQUAL(s.out.code, 70);
    CU_ASSERT_STRING_EQUAL(s.out.why, "a process of lbsim did not end when it was told to");
    clear_stage(&s);
}

/* Half a minute, half as long again as it should take, and as long as a client may wait. */
static void usual_limit(void)
{
    struct stage s;

    set_stage(&s, plain);
    CU_ASSERT(
        fabs(supervise_limit(&s.plan) - (30.0 + 1.5 * (double)trial_span(s.plan.scenario) / 1e9 +
                                         supervise_longest(s.plan.scenario))) < 1e-9);
    s.plan.time_scale = 10.0;
    CU_ASSERT(supervise_limit(&s.plan) > 30.0 + 14.0 * (double)trial_span(s.plan.scenario) / 1e9);
    clear_stage(&s);
}

/* Granted or not, it is said which, of each role. */
static void realtime(void)
{
    struct stage s;
    char text[160];
    int i;

    set_stage(&s, plain);
    s.order.realtime = true;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    for (i = 0; i < ROLES; i++) {
        CU_ASSERT_NOT_EQUAL(s.out.quiet[i].realtime, -1); /* -1: not asked for */
        quiet_write(&s.out.quiet[i], text, sizeof text);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "SCHED_FIFO"));
    }
    clear_stage(&s);
}

static void deaf(void)
{
    volatile sig_atomic_t asked = 2;
    struct stage s;

    set_stage(&s, plain);
    s.order.interrupt = &asked;
    diary->how[ROLE_CLIENTS] = DEAF;
    s.order.at_once = 0.2;
    s.plan.shared->fare[ROLE_SERVERS].state = LIVE_READY;
    s.plan.shared->fare[ROLE_BALANCER].state = LIVE_READY;
    s.plan.shared->fare[ROLE_CLIENTS].state = LIVE_READY;
    s.plan.shared->server_port[0] = s.plan.shared->server_port[1] = s.plan.shared->server_port[2] =
        1;
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), -1);
    CU_ASSERT_EQUAL(s.out.code, 70);
    CU_ASSERT_STRING_EQUAL(s.out.why, "a process of lbsim did not end when it was told to");
    clear_stage(&s);
}

/* Who ends without having heard what was said is told more, and that is no error. */
static void told_too_late(void)
{
    struct supervised out = { 0 };
    struct show show = { .out = &out };
    struct hand hand = { .show = &show, .works = true };
    int ends[2];

    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    hand.leash = ends[1];
    hand_nudge(&hand);
    close(ends[0]);
    hand_nudge(&hand);
    hand_nudge(&hand);
    CU_ASSERT_EQUAL(out.code, 0);
    close(ends[1]);
}

/* ---- Servers that go down. */

static void downtimes(void)
{
    static const struct downtime expected[] = { { 60000000, 1, true },
                                                { 100000000, 2, true },
                                                { 120000000, 1, false } };
    struct downtimes d;
    struct stage s;
    char why[200];
    uint32_t i;

    set_stage(&s, falling);
    CU_ASSERT_EQUAL(downtimes_open(&d, &s.plan, 1000000000, why, sizeof why), 0);
    CU_ASSERT_EQUAL_FATAL(d.n, 3);
    for (i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(d.at[i].at, expected[i].at);
        CU_ASSERT_EQUAL(d.at[i].server, expected[i].server);
        CU_ASSERT_EQUAL(d.at[i].down, expected[i].down);
    }
    CU_ASSERT_FALSE(d.falls[0]);
    downtimes_close(&d);
    CU_ASSERT_EQUAL(downtimes_open(&d, &s.plan, 90000000, why, sizeof why), 0);
    CU_ASSERT_EQUAL(d.n, 1);
    downtimes_close(&d);
    clear_stage(&s);
}

static void kills(void)
{
    struct stage s;

    set_stage(&s, falling);
    CU_ASSERT_EQUAL(supervise(&s.order, &s.out), 0);
    CU_ASSERT_EQUAL(s.out.kills, 2);
    CU_ASSERT_EQUAL(diary->again, 1);
    CU_ASSERT_EQUAL(diary->started[ROLE_SERVERS], 4); /* one each, and one again */
    CU_ASSERT_EQUAL(diary->stops_heard, 3);           /* of the balancer, and two servers */
    CU_ASSERT(is_gone(diary->server_pid[1]));
    clear_stage(&s);
}

static void nobody_outlives(void)
{
    struct stage s;
    int pid, i;

    set_stage(&s, plain);
    diary->how[ROLE_CLIENTS] = LINGER;
    pid = fork();
    if (pid == 0) {
        supervise(&s.order, &s.out);
        _exit(0);
    }
    while (diary->started[ROLE_CLIENTS] == 0)
        usleep(1000);
    kill(pid, SIGKILL);
    CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
    for (i = 0; i < 5000 && !is_gone(diary->server_pid[0]); i++)
        usleep(1000);
    CU_ASSERT(is_gone(diary->server_pid[0]));
    clear_stage(&s);
}

int suite_supervisor(void);
int suite_supervisor(void)
{
    CU_pSuite s = CU_add_suite("supervisor", NULL, NULL);

    return !s || !CU_add_test(s, "servers, balancer, clients; and back", in_order) ||
           !CU_add_test(s, "external parts have no process", external_parts) ||
           !CU_add_test(s, "a port in use", port_in_use) ||
           !CU_add_test(s, "a role that crashes is named", crash) ||
           !CU_add_test(s, "two interrupts end it at once", interrupts) ||
           !CU_add_test(s, "who does not listen is ended", deaf) ||
           !CU_add_test(s, "the time is up", time_limit) ||
           !CU_add_test(s, "the time is up, unheeded", time_limit_unheeded) ||
           !CU_add_test(s, "the usual limit", usual_limit) ||
           !CU_add_test(s, "real-time scheduling is told of", realtime) ||
           !CU_add_test(s, "who ended is told more", told_too_late) ||
           !CU_add_test(s, "when servers go down", downtimes) ||
           !CU_add_test(s, "servers are killed and started anew", kills) ||
           !CU_add_test(s, "no role outlives the supervisor", nobody_outlives);
}
