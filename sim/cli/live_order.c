/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/live_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/cli/interrupt.h"
#include "sim/cli/whole_file.h"
#include "sim/run/trial.h"
#include "sim/scenario/live_contradiction.h"

enum { REMOTE_RATE_MOST = 1000 }; /* requests a second to somebody else's host */

static int refuse_threads(const struct verb *verb)
{
    cli_say("%s: --threads is for tests: only builds with -DCMAKE_BUILD_TYPE=Debug or "
            "-DLBSIM_TSAN=ON have it",
            verb->name);
    return EXIT_USAGE;
}

/* A length on the command line goes before that of the scenario; `live.duration` before `run`'s. */
static int take_length(struct live_order *order, const struct verb *verb,
                       const struct cli_option *o, const char *value)
{
    if (order->sets_length) {
        cli_say("%s: one length is enough: --requests N or --duration T", verb->name);
        return EXIT_USAGE;
    }
    order->sets_length = true;
    if (!strcmp(o->name, "duration"))
        return order_set(&order->order, verb, o, "live.duration", value);
    if (order_take(&order->order, verb, o, value))
        return EXIT_USAGE;
    return order_set(&order->order, verb, o, "live.duration", "null");
}

static int take_server_port(struct live_order *order, const struct verb *verb, const char *value)
{
    char *end;
    const long port = strtol(value, &end, 10);

    if (*end || end == value || port < 1 || port > 65535) {
        cli_say("%s: --server-port %s: expected a whole number from 1 to 65535", verb->name, value);
        return EXIT_USAGE;
    }
    order->server_port = (uint16_t)port;
    return 0;
}

int live_order_take(struct live_order *order, const struct verb *verb, const struct cli_option *o,
                    const char *value)
{
    if (!o)
        return order_take(&order->order, verb, o, value);
    if (!strcmp(o->name, "threads") && !supervise_has_threads())
        return refuse_threads(verb);
    if (!strcmp(o->name, "port")) {
        order->port = value;
        return 0;
    }
    if (!strcmp(o->name, "decisions") || !strcmp(o->name, "replay")) {
        *(o->name[0] == 'd' ? &order->decisions : &order->replay) = value;
        return 0;
    }
    if (!strcmp(o->name, "server-port"))
        return take_server_port(order, verb, value);
    if (!strcmp(o->name, "duration") || !strcmp(o->name, "requests"))
        return take_length(order, verb, o, value);
    order->allow_remote |= !strcmp(o->name, "allow-remote");
    order->own_target |= !strcmp(o->name, "i-own-the-target");
    order->serve |= !strcmp(o->name, "serve");
    order->threads |= !strcmp(o->name, "threads");
    order->realtime |= !strcmp(o->name, "realtime");
    return order_take(&order->order, verb, o, value);
}

/* ---- The scenario. */

static uint64_t descriptors(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max == RLIM_INFINITY ? 0 : limit.rlim_max;
}

struct study *live_order_study(struct live_order *order, const struct policy_source *source,
                               struct diagnostics *said, int *status)
{
    struct diagnostics *against = diagnostics_open();
    struct study *study = NULL;

    *status = EXIT_MACHINE;
    if (!against) {
        cli_say("out of memory");
        return NULL;
    }
    study = order_study(&order->order, source, said, status);
    if (study) {
        live_study_contradictions(study, descriptors(), against);
        order_show(&order->order, against);
    }
    if (study && diagnostics_errors(against)) {
        study_close(study);
        study = NULL;
        *status = EXIT_USAGE;
    }
    diagnostics_close(against);
    return study;
}

int live_order_check_decisions(const struct live_order *order, const struct verb *verb,
                               const struct study *study)
{
    uint32_t i;

    if (!order->decisions)
        return EXIT_DONE;
    if (order->order.requests_log && (!strcmp(order->decisions, order->order.requests_log) ||
                                      is_same_file(order->decisions, order->order.requests_log))) {
        cli_say("%s: --decisions and --trace-requests want a file each", verb->name);
        return EXIT_USAGE;
    }
    for (i = 0; i < study->cells_n; i++)
        if (study->cells[i].scenario->live.through.text) {
            cli_say("%s: --decisions is of lbsim's own balancer, and live.through is another one, "
                    "which tells nobody what it decides by",
                    verb->name);
            return EXIT_USAGE;
        }
    return EXIT_DONE;
}

int live_order_check_log(const struct live_order *order, const struct verb *verb)
{
    const char *log = order->order.requests_log;
    struct whole_file file;

    if (log && whole_file_open(&file, log)) {
        cli_say("%s: --trace-requests %s: %s", verb->name, log, strerror(errno));
        return EXIT_MACHINE;
    }
    if (log)
        whole_file_end(&file, false);
    return EXIT_DONE;
}

/* ---- Addresses. */

static int read_port(struct live_addresses *a, const struct live_order *order,
                     const struct verb *verb, const struct scenario *s)
{
    const bool alone = !strchr(order->port, ':');
    char text[80], why[160];

    snprintf(text, sizeof text, "%s%.60s", alone ? "127.0.0.1:" : "", order->port);
    if (address_read(&a->bind, text, why, sizeof why)) {
        cli_say("%s: --port %s: %s", verb->name, order->port, why);
        return EXIT_USAGE;
    }
    a->has_bind = true;
    if (address_is_loopback(&a->bind))
        return 0;
    if (order->allow_remote && s->live.transport == LIVE_UDP) {
        cli_say("%s: --port %s: datagrams are for this machine alone: whoever sends one can give a "
                "false sender, who would be flooded with the answers; use http or tcp",
                verb->name, order->port);
        return EXIT_USAGE;
    }
    if (order->allow_remote)
        return 0;
    cli_say("%s: --port %s: other hosts could reach it: say --allow-remote if they may", verb->name,
            order->port);
    return EXIT_USAGE;
}

static int read_target(struct address *at, const struct live_order *order, const struct verb *verb,
                       const struct scenario *s, const char *text, const char *key)
{
    char why[160];

    if (address_read(at, text, why, sizeof why)) {
        cli_say("%s: %s \"%s\": %s", verb->name, key, text, why);
        return EXIT_USAGE;
    }
    if (address_is_loopback(at))
        return 0;
    if (!order->own_target) {
        cli_say("%s: %s \"%s\" is another host: say --i-own-the-target if it is yours to load",
                verb->name, key, text);
        return EXIT_USAGE;
    }
    if (session_rate(s) / s->live.time_scale > REMOTE_RATE_MOST) {
        cli_say("%s: %.0f requests a second are too many for another host (%s \"%s\"): at most %d; "
                "let live.time_scale be larger",
                verb->name, session_rate(s) / s->live.time_scale, key, text, REMOTE_RATE_MOST);
        return EXIT_USAGE;
    }
    return 0;
}

static int read_backends(struct live_addresses *a, const struct live_order *order,
                         const struct verb *verb, const struct scenario *s)
{
    uint32_t i;
    int status = 0;

    a->backends = calloc(s->servers_total, sizeof a->backends[0]);
    if (!a->backends) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    for (i = 0; i < s->servers_total && !status; i++)
        if (s->live.backends[i].text)
            status = read_target(&a->backends[i], order, verb, s, s->live.backends[i].text,
                                 "live.backends");
    return status;
}

int live_addresses_open(struct live_addresses *a, const struct live_order *order,
                        const struct verb *verb, const struct scenario *s)
{
    int status = 0;

    memset(a, 0, sizeof *a);
    if (order->port)
        status = read_port(a, order, verb, s);
    if (!status && s->live.through.text) {
        a->has_through = true;
        status = read_target(&a->through, order, verb, s, s->live.through.text, "live.through");
    }
    if (!status && a->has_bind && a->has_through) {
        cli_say("%s: --port is for lbsim's own balancer, and live.through is another one",
                verb->name);
        status = EXIT_USAGE;
    }
    if (!status && (uint64_t)order->server_port + s->servers_total > 65536 && order->server_port) {
        cli_say("%s: --server-port %u: %u servers want a port each, and the last port is 65535",
                verb->name, order->server_port, s->servers_total);
        status = EXIT_USAGE;
    }
    if (!status && s->live.backends)
        status = read_backends(a, order, verb, s);
    return status;
}

void live_addresses_close(struct live_addresses *a)
{
    free(a->backends);
    a->backends = NULL;
}

/* ---- A session. */

int live_order_session(const struct live_order *order, const struct live_addresses *a,
                       struct channel_tls *tls, const struct contender *c, struct session_order *o)
{
    const struct scenario *s = c->scenario;
    const struct trial trial = { .scenario = s, .policy = c->policy, .ahead = UINT32_MAX };
    char why[400];

    trial_rehearse(&trial, why, sizeof why);
    if (why[0]) {
        cli_say("policy %s: %s", s->policies[c->policy].label, why);
        return EXIT_USAGE;
    }
    if (session_prepare(o, s, &s->policies[c->policy], why, sizeof why)) {
        cli_say("%s: %s", s->policies[c->policy].label, why);
        return EXIT_MACHINE;
    }
    o->tls = tls;
    o->bind = a->has_bind ? &a->bind : NULL;
    o->through = a->has_through ? &a->through : NULL;
    o->backends = a->backends;
    o->server_port = order->server_port;
    o->realtime = order->realtime;
    o->threads = order->threads;
    o->serve = order->serve;
    o->interrupt = interrupt_flag();
    return EXIT_DONE;
}
