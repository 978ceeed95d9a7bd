/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Processes that have a role: started, nudged, collected; and threads in their place, for tests. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include "sim/live/supervisor_part.h"

#if defined(LBSIM_TEST_ROLES)
enum { HAS_THREADS = 1 };
#else
enum { HAS_THREADS = 0 };
#endif

enum { PROCESSES_MOST = 256, EXIT_MACHINE_SAYS = 3, EXIT_BUG = 70, NAP_MS = 20 };

bool supervise_has_threads(void)
{
    return HAS_THREADS;
}

/* ---- Who is needed. */

static bool is_own(const struct live_plan *plan, uint32_t server)
{
    return !plan->backends || plan->backends[server].length == 0;
}

static void add_hand(struct show *s, enum live_role role, uint32_t first, uint32_t count)
{
    s->hand[s->hands++] = (struct hand) { .show = s,
                                          .role = role,
                                          .first = first,
                                          .count = count,
                                          .watch = -1,
                                          .leash = -1,
                                          .far_leash = -1,
                                          .control = -1 };
}

/* Where servers go down, each has a process of its own that can be killed. Of very many, and of
 * threads, none is killed: they refuse and drop connections instead. */
static bool may_die(const struct show *s)
{
    uint32_t i;

    if (s->order->threads || s->plan->scenario->servers_total > PROCESSES_MOST)
        return false;
    for (i = 0; i < s->plan->scenario->servers_total; i++)
        if (is_own(s->plan, i) && s->downs.falls && s->downs.falls[i])
            return true;
    return false;
}

static void plan_servers(struct show *s)
{
    const uint32_t n = s->plan->scenario->servers_total;
    const bool mortal = may_die(s);
    uint32_t i, end;

    for (i = 0; i < n; i = end) {
        for (end = i + 1; end < n && !mortal && is_own(s->plan, i) == is_own(s->plan, end); end++)
            ;
        if (!is_own(s->plan, i))
            continue;
        add_hand(s, ROLE_SERVERS, i, end - i);
        s->hand[s->hands - 1].mortal = mortal && s->downs.falls[i];
    }
}

/* Between the balancer and each process of servers; one process has them all, or each has one. */
static int plan_controls(struct show *s)
{
    const struct lb_policy *policy = s->plan->policy->policy;
    uint32_t i;

    if (s->plan->through || s->plan->backends || (!policy->agent && !policy->report))
        return 0;
    s->control = calloc(s->hands, sizeof s->control[0]);
    if (!s->control)
        return supervisor_fail(s, EXIT_MACHINE_SAYS, "out of memory");
    for (i = 0; i < s->hands; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends))
            return supervisor_fail(s, EXIT_MACHINE_SAYS, "no pair of sockets: %s", strerror(errno));
        s->control[s->controls++] = ends[0];
        s->hand[i].control = ends[1];
    }
    return 0;
}

int hands_plan(struct show *s)
{
    s->hand = calloc((size_t)s->plan->scenario->servers_total + 2, sizeof s->hand[0]);
    if (!s->hand)
        return supervisor_fail(s, EXIT_MACHINE_SAYS, "out of memory");
    plan_servers(s);
    if (plan_controls(s))
        return -1;
    if (!s->plan->through)
        add_hand(s, ROLE_BALANCER, 0, 0);
    if (!s->plan->serve)
        add_hand(s, ROLE_CLIENTS, 0, 0);
    return 0;
}

void hands_close(struct show *s)
{
    uint32_t i;

    for (i = 0; i < s->controls; i++)
        close(s->control[i]);
    for (i = 0; i < s->hands; i++)
        if (s->hand[i].control >= 0)
            close(s->hand[i].control);
    free(s->control);
    free(s->hand);
}

/* ---- In the process, or thread. */

static int work(const struct hand *h, int leash)
{
    static const struct live_roles usual = { role_clients, role_balancer, role_servers };
    const struct show *s = h->show;
    const struct live_roles *roles = s->order->roles ? s->order->roles : &usual;
    uint32_t i;

    for (i = h->first; s->order->server_port && !h->again && i < h->first + h->count; i++)
        s->plan->shared->server_port[i] = (uint16_t)(s->order->server_port + i);

    s->quiet[h - s->hand] = quiet_ask(s->order->realtime);
    switch (h->role) {
    case ROLE_CLIENTS:
        return roles->clients(s->plan, leash);
    case ROLE_BALANCER:
        return roles->balancer(s->plan, leash, s->control, s->controls);
    default:
        return roles->servers(s->plan, h->first, h->count, h->again, leash, h->control);
    }
}

/* AddressSanitizer looks for leaks where a process exits, but not where it does so at once. */
static void look_for_leaks(void)
{
#if defined(__SANITIZE_ADDRESS__)
    __lsan_do_leak_check();
#endif
}

/* The other ends of what others hold on to are closed: a leash must break when its holder ends. */
static _Noreturn void live_as(struct hand *h, int leash, pid_t parent)
{
    struct show *s = h->show;
    struct rlimit files;
    uint32_t i;
    int failed;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* the supervisor hears them, and tells us what to do */
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (i = 0; i < s->hands; i++) {
        if (s->hand[i].leash >= 0)
            close(s->hand[i].leash);
        if (s->hand[i].watch >= 0)
            close(s->hand[i].watch);
        if (s->hand[i].control >= 0 && &s->hand[i] != h)
            close(s->hand[i].control);
    }
    for (i = 0; i < s->controls && h->role != ROLE_BALANCER; i++)
        close(s->control[i]);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    failed = getppid() != parent || work(h, leash);
    fflush(NULL);
    look_for_leaks();
    _exit(failed ? 1 : 0);
}

static void *live_as_thread(void *context)
{
    struct hand *h = context;

    work(h, h->far_leash);
    h->is_over = true;
    return NULL;
}

/* ---- Start and end. */

static int start_thread(struct hand *h, int far)
{
    int failed;

    h->far_leash = far;
    h->is_over = false;
    failed = pthread_create(&h->thread, NULL, live_as_thread, h);
    if (failed)
        return supervisor_fail(h->show, EXIT_MACHINE_SAYS, "no thread: %s", strerror(failed));
    h->works = true;
    return 0;
}

static int start_process(struct hand *h, int far)
{
    const pid_t parent = getpid();

    fflush(NULL); /* what is buffered is written once */
    h->pid = fork();
    if (h->pid == 0)
        live_as(h, far, parent);
    close(far);
    if (h->pid < 0)
        return supervisor_fail(h->show, EXIT_MACHINE_SAYS, "no process: %s", strerror(errno));
    h->watch = (int)syscall(SYS_pidfd_open, h->pid, 0u);
    h->works = true;
    return 0;
}

int hand_start(struct hand *h)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
        return supervisor_fail(h->show, EXIT_MACHINE_SAYS, "no pair of sockets: %s",
                               strerror(errno));
    h->leash = ends[1];
    return h->show->order->threads ? start_thread(h, ends[0]) : start_process(h, ends[0]);
}

/* One that has just ended hears nothing, and that is no error. */
void hand_nudge(struct hand *h)
{
    if (h->works && h->leash >= 0 && send(h->leash, "!", 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
        errno != EPIPE && errno != ECONNRESET)
        supervisor_fail(h->show, EXIT_MACHINE_SAYS, "a process cannot be told: %s",
                        strerror(errno));
}

void hand_terminate(struct hand *h)
{
    if (h->works)
        kill(h->pid, SIGTERM);
}

static void put_down(struct hand *h)
{
    h->works = false;
    if (h->leash >= 0)
        close(h->leash);
    if (h->watch >= 0)
        close(h->watch);
    if (h->far_leash >= 0)
        close(h->far_leash);
    h->leash = h->watch = h->far_leash = -1;
}

static const char *name_of(const struct hand *h)
{
    static const char *const names[] = { "the clients", "the balancer", "servers" };

    return names[h->role];
}

/* How it ended, where that was not in good order. */
static void judge_end(struct hand *h, int status)
{
    struct live_fare *fare = &h->show->plan->shared->fare[h->role];

    if (WIFSIGNALED(status))
        supervisor_fail(h->show,
                        WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM
                            ? EXIT_MACHINE_SAYS
                            : EXIT_BUG,
                        "the process of %s (%d) was ended by signal %d (%s)", name_of(h),
                        (int)h->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) || fare->state == LIVE_FAILED)
        supervisor_fail(h->show, fare->code ? fare->code : EXIT_BUG, "%s%s%s",
                        fare->why[0] ? "" : name_of(h), fare->why[0] ? "" : " failed", fare->why);
}

bool hand_collect(struct hand *h)
{
    int status = 0;

    if (!h->works)
        return true;
    if (h->show->order->threads) {
        if (!h->is_over)
            return false;
        pthread_join(h->thread, NULL);
    } else if (waitpid(h->pid, &status, WNOHANG) != h->pid) {
        return false;
    }
    put_down(h);
    judge_end(h, status);
    return true;
}

void hand_kill(struct hand *h)
{
    if (!h->works || h->show->order->threads)
        return;
    kill(h->pid, SIGKILL);
    waitpid(h->pid, NULL, 0);
    put_down(h);
}

bool hands_work(const struct show *s, enum live_role role)
{
    uint32_t i;

    for (i = 0; i < s->hands; i++)
        if (s->hand[i].role == role && s->hand[i].works)
            return true;
    return false;
}

void hands_nudge(struct show *s, enum live_role role)
{
    uint32_t i;

    for (i = 0; i < s->hands; i++)
        if (s->hand[i].role == role)
            hand_nudge(&s->hand[i]);
}

/* A thread cannot be killed: it hears that it is to end at once. */
void hands_end(struct show *s)
{
    uint32_t i;

    s->plan->shared->stop = 2;
    for (i = 0; i < s->hands; i++) {
        struct hand *h = &s->hand[i];

        if (!h->works)
            continue;
        if (!s->order->threads) {
            hand_kill(h);
            continue;
        }
        hand_nudge(h);
        pthread_join(h->thread, NULL);
        put_down(h);
    }
}

void hands_wait(struct show *s, int64_t until)
{
    struct pollfd of[PROCESSES_MOST + 8];
    int64_t ns = until - live_monotonic();
    bool blind = s->order->threads;
    uint32_t i, n = 0;

    for (i = 0; i < s->hands && n < PROCESSES_MOST + 8; i++) {
        if (s->hand[i].works && s->hand[i].watch >= 0)
            of[n++] = (struct pollfd) { .fd = s->hand[i].watch, .events = POLLIN };
        blind |= s->hand[i].works && s->hand[i].watch < 0;
    }
    if (blind && ns > NAP_MS * 1000000)
        ns = NAP_MS * 1000000;
    if (ns > 0) {
        const struct timespec t = { ns / 1000000000, ns % 1000000000 };

        ppoll(of, n, &t, NULL);
    }
}
