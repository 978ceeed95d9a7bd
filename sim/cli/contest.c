/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/contest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/plugin.h"
#include "sim/run/world.h"
#include "sim/scenario/diagnose.h"

/* ---- This program's own run, in a child. */

struct marks {
    double at[2];
    int n;
};

static void mark(void *context)
{
    struct marks *m = context;
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    if (m->n < 2)
        m->at[m->n++] = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int scenario_text(const struct contest_case *c, char *text, size_t room)
{
    return snprintf(text, room,
                    "{ \"load\": 0.9, %s"
                    "\"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": "
                    "\"1ms\" } }, \"servers\": { \"count\": %u }, \"policies\": [ \"%s\" ], "
                    "\"run\": { \"seed\": 1, \"requests\": %" PRIu64 ", \"replications\": 10 } }",
                    c->links ? "\"links\": { \"name\": \"lan\", \"latency\": \"500us\" }, "
                               "\"balancers\": { \"link\": \"lan\" }, "
                             : "",
                    c->servers, c->policy, c->requests);
}

static int run_world(const struct scenario *s, const struct contest_case *c, double *seconds,
                     char *why, size_t room)
{
    struct marks marks = { { 0.0, 0.0 }, 0 };
    struct world_order order = { .scenario = s,
                                 .policy = &s->policies[0],
                                 .requests = c->requests,
                                 .warmup = c->requests / 10,
                                 .histograms = c->all_durations ? (1u << DURATIONS) - 1 : 1u,
                                 .ahead = UINT32_MAX,
                                 .way = c->way,
                                 .mark = mark,
                                 .mark_context = &marks };
    struct world *w = malloc(sizeof *w);
    int failed;

    if (!w)
        return -1;
    failed = world_open(w, &order) || world_run(w);
    *seconds = marks.at[1] - marks.at[0];
    if (failed)
        snprintf(why, room, "%.*s", (int)room - 1, w->why);
    world_close(w);
    free(w);
    return failed ? -1 : 0;
}

static int run_ours(const struct contest_case *c, double *seconds, char *why, size_t room)
{
    struct plugins *plugins = plugins_open();
    struct diagnostics *said = diagnostics_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct scenario *s = NULL;
    char text[1024];
    int n = scenario_text(c, text, sizeof text), failed = -1;

    if (plugins && said)
        s = scenario_read("bench", text, (size_t)n, &request, said);
    if (s)
        failed = run_world(s, c, seconds, why, room);
    else
        snprintf(why, room, "the scenario of the benchmark is refused");
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
    return failed;
}

struct result {
    double seconds;
    char why[200];
};

static void child_ours(const struct contest_case *c, int out)
{
    struct result result = { 0 };
    int failed = run_ours(c, &result.seconds, result.why, sizeof result.why);
    ssize_t n = write(out, &result, sizeof result);

    _exit(failed || n != sizeof result);
}

/* ---- Children in general. */

/* Reads all that a child says and waits for it: the bytes read, or -1. */
static ssize_t hear(pid_t pid, int from, char *buffer, size_t room, struct rusage *usage)
{
    size_t n = 0;
    ssize_t more;
    int status;

    while (n < room &&
           ((more = read(from, buffer + n, room - n)) > 0 || (more < 0 && errno == EINTR)))
        n += more > 0 ? (size_t)more : 0;
    close(from);
    while (wait4(pid, &status, 0, usage) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? (ssize_t)n : -1;
}

int contest_ours(struct contest *contest, const struct contest_case *c, struct contest_time *time)
{
    struct result result = { 0 };
    struct rusage usage = { 0 };
    uint64_t timed;
    int ends[2];
    pid_t pid;

    fflush(NULL);
    if (pipe(ends) || (pid = fork()) < 0) {
        snprintf(contest->why, sizeof contest->why, "no process: %s", strerror(errno));
        return -1;
    }
    if (pid == 0) {
        close(ends[0]);
        child_ours(c, ends[1]);
    }
    close(ends[1]);
    if (hear(pid, ends[0], (char *)&result, sizeof result, &usage) != sizeof result) {
        snprintf(contest->why, sizeof contest->why, "the run failed: %s", result.why);
        return -1;
    }
    timed = c->requests - c->requests / 10;
    time->requests_per_s = (double)timed / result.seconds;
    time->memory_mb = (double)usage.ru_maxrss / 1024.0;
    return 0;
}

/* ---- The references. */

/* Beside this program, or where it is installed to. */
static bool find_reference(char *path, size_t room)
{
    static const char *const places[] = { "/lbsim-reference", "/../libexec/lbsim/lbsim-reference" };
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    size_t i;

    if (n <= 0)
        return false;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    for (i = 0; i < 2; i++) {
        snprintf(path, room, "%s%s", self, places[i]);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static void child_reference(const char *path, const char *loop, const struct contest_case *c,
                            int out)
{
    char servers[16], links[16], requests[24];

    snprintf(servers, sizeof servers, "%u", c->servers);
    snprintf(links, sizeof links, "%u", c->links);
    snprintf(requests, sizeof requests, "%" PRIu64, c->requests);
    dup2(out, STDOUT_FILENO);
    execl(path, path, loop, "--policy", c->policy, "--servers", servers, "--links", links,
          "--requests", requests, "--seed", "1", (char *)NULL);
    _exit(127);
}

int contest_reference(struct contest *contest, const char *loop, const struct contest_case *c,
                      struct contest_time *time)
{
    static const char key[] = "\"requests_per_s\":";
    char path[4200], text[1024], *at;
    struct rusage usage = { 0 };
    ssize_t n = -1;
    int ends[2];
    pid_t pid;

    if (!find_reference(path, sizeof path)) {
        snprintf(contest->why, sizeof contest->why,
                 "lbsim-reference is not beside the program: build everything");
        return -1;
    }
    if (pipe(ends) == 0 && (pid = fork()) >= 0) {
        if (pid == 0)
            child_reference(path, loop, c, ends[1]);
        close(ends[1]);
        n = hear(pid, ends[0], text, sizeof text - 1, &usage);
    }
    text[n > 0 ? n : 0] = '\0';
    at = strstr(text, key);
    if (!at) {
        snprintf(contest->why, sizeof contest->why, "the %s loop failed", loop);
        return -1;
    }
    time->requests_per_s = strtod(at + sizeof key - 1, NULL);
    time->memory_mb = (double)usage.ru_maxrss / 1024.0;
    return 0;
}
