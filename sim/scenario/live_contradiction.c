/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/live_contradiction.h"

#include <math.h>
#include <stdarg.h>

#include "sim/scenario/build_mechanism.h"
#include "sim/scenario/contradiction.h"
#include "sim/scenario/units.h"

/* What one request costs beside its service, and how many a second a machine of two cores serves
 * before it measures itself: medians of many runs over loopback. */
static const double OVERHEAD = 0.12e-3, SERVICE_LEAST = 5e-3, RATE_MOST = 5000;
/* Descriptors of a process that are no connections. */
enum { DESCRIPTORS_KEPT = 64 };
static const double BODY_MOST = 1048576, DATAGRAM_MOST = 60000;

struct sense {
    const struct scenario *scenario;
    const struct live_spec *live;
    struct diagnostics *said;
};

static void refuse(const struct sense *s, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(const struct sense *s, struct place place, const char *format, ...)
{
    char words[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    diagnose_at(s->said, SAY_ERROR, NULL, s->scenario->path, place, "live: %s", words);
}

/* ---- Policies. */

static bool sees_truth(const struct scenario *scenario, uint32_t sees)
{
    uint32_t i;

    for (i = 0; i < scenario->balancers_n; i++) {
        const enum information_kind kind = scenario->balancers[i].information;

        if ((kind == INFORMATION_DEFAULT && (sees & LB_SEES_TRUTH)) ||
            (kind == INFORMATION_FRESH && (sees & (LB_SEES_LOAD | LB_SEES_TRUTH | LB_SEES_WORK))))
            return true;
    }
    return false;
}

void live_policy_contradictions(const struct scenario *scenario, uint32_t policy,
                                struct diagnostics *said)
{
    const struct sense s = { scenario, &scenario->live, said };
    const struct policy_spec *spec = &scenario->policies[policy];
    const uint32_t sees = build_policy_sees(spec);
    const char *others = s.live->through.text ? "those behind live.through"
                         : s.live->backends   ? "those of live.backends"
                                              : NULL;

    if (sees_truth(scenario, sees))
        refuse(&s, spec->place,
               "%s needs true queue lengths, which nobody knows over real sockets: give the "
               "balancer \"information\": { \"kind\": \"own\" }, or leave the policy out",
               spec->label);
    if (others && (spec->policy->agent || (sees & (LB_SENDS_PROBES | LB_SEES_REPORTS))))
        refuse(&s, spec->place, "%s hears from its servers, and %s do not speak to it", spec->label,
               others);
    if (others && (sees & LB_CUTS))
        refuse(&s, spec->place, "%s has servers stop a request that lasts too long, and %s do not",
               spec->label, others);
}

/* ---- Clients. */

static double mean_of(const struct distribution *quantity)
{
    return quantity->kind->mean(quantity);
}

/* Of the fastest server: s of real time. */
static double least_service(const struct sense *s, const struct client_spec *client)
{
    const struct balancer_spec *balancer = &s->scenario->balancers[client->balancer];
    double fastest = 0;
    uint32_t k;

    for (k = 0; k < balancer->groups_n; k++)
        fastest = fmax(fastest, s->scenario->servers[balancer->groups[k]].speed);
    return mean_of(&client->service) * s->live->time_scale / fastest;
}

static void check_service(const struct sense *s, const struct client_spec *client)
{
    const double service = least_service(s, client);
    char room[40];

    if (service > 0 && service < SERVICE_LEAST)
        diagnose_at(s->said, SAY_WARNING, "live_bias", s->scenario->path, client->place,
                    "live: client \"%s\": sockets and scheduler add about 0.12 ms to each request, "
                    "%.2g %% of a service of %s: let live.time_scale be larger",
                    client->name, 100 * OVERHEAD / service,
                    unit_show(UNIT_TIME, service, room, sizeof room));
}

static void check_bytes(const struct sense *s, const struct client_spec *client)
{
    const double most = s->live->transport == LIVE_UDP ? DATAGRAM_MOST : BODY_MOST;
    const double request = client->request_bytes.kind->quantile(&client->request_bytes, 1 - 1e-15);
    const double answer = client->response_bytes.kind->quantile(&client->response_bytes, 1 - 1e-15);

    if (fmax(request, answer) > most)
        refuse(s, client->place, "client \"%s\": %s of up to %.3g bytes: at most %.0f go in one %s",
               client->name, request > answer ? "requests" : "answers", fmax(request, answer), most,
               s->live->transport == LIVE_UDP ? "datagram" : "message");
}

static void check_client(const struct sense *s, const struct client_spec *client)
{
    if (client->patience.kind)
        refuse(s, client->place,
               "client \"%s\": over real sockets nobody can know by then whether its service has "
               "begun: give it a timeout instead of patience",
               client->name);
    if (s->live->transport == LIVE_UDP && client->timeout == LB_NEVER &&
        client->deadline == LB_NEVER)
        refuse(s, client->place,
               "client \"%s\": datagrams may get lost and it has no timeout: a request would never "
               "end",
               client->name);
    check_bytes(s, client);
    check_service(s, client);
}

/* ---- Servers and balancers that are not lbsim's. */

static bool is_foreign(const struct live_spec *live, const struct server_spec *group)
{
    return live->backends && live->backends[group->first].text;
}

static bool changes(const struct scenario *scenario, const struct server_spec *group,
                    uint32_t number)
{
    uint32_t i;

    for (i = 0; i < scenario->changes_n; i++) {
        const struct change *c = &scenario->changes[i];

        if ((c->kind == CHANGE_SPEED || c->kind == CHANGE_STATE) &&
            c->first < group->first + group->count && group->first < c->first + c->count)
            return true;
        if (c->kind == CHANGE_COUNT && c->first == number)
            return true;
    }
    return false;
}

static void check_group(const struct sense *s, uint32_t i)
{
    const struct server_spec *group = &s->scenario->servers[i];
    const char *what = changes(s->scenario, group, i) ? "the timeline"
                       : group->faults_n              ? "faults"
                       : group->redrawn.n             ? "a speed that is drawn anew"
                       : group->errors + group->resets + group->hangs > 0 ? "errors"
                                                                          : NULL;

    if (what && is_foreign(s->live, group))
        refuse(s, group->place,
               "servers \"%s\" are those of live.backends, to which %s would do nothing",
               group->name, what);
}

static void check_through(const struct sense *s)
{
    const struct scenario *scenario = s->scenario;
    uint32_t balancers = 0, i;

    for (i = 0; i < scenario->balancers_n; i++)
        balancers += scenario->balancers[i].count;
    if (balancers > 1)
        refuse(s, s->live->place, "through is one balancer, and the scenario has %u",
               (unsigned)balancers);
    if (scenario->policies_n > 1)
        refuse(s, s->live->place,
               "the balancer of live.through has a policy of its own: name the one that predicts "
               "it, with --policy");
    for (i = 0; i < scenario->changes_n; i++)
        if (scenario->changes[i].kind == CHANGE_BALANCER) {
            refuse(s, s->live->place, "the timeline cannot end the balancer of live.through");
            return;
        }
}

/* ---- What this machine can do. */

/* At least, if nobody waits. */
static double in_flight_of(const struct scenario *scenario)
{
    double sum = 0;
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++) {
        const struct client_spec *c = &scenario->clients[i];

        sum += c->process == ARRIVAL_CLOSED ? c->population
                                            : c->rate * c->parts * mean_of(&c->service);
    }
    return sum;
}

/* Those that lbsim runs. */
static uint32_t own_servers(const struct sense *s)
{
    uint32_t sum = 0, i;

    for (i = 0; i < s->scenario->servers_n; i++)
        if (!is_foreign(s->live, &s->scenario->servers[i]))
            sum += s->scenario->servers[i].count;
    return sum;
}

static void check_machine(const struct sense *s, uint64_t descriptors)
{
    const struct scenario *scenario = s->scenario;
    const double rate = expected_rate(scenario), in_flight = in_flight_of(scenario);
    const double seconds = s->live->duration != LB_NEVER ? (double)s->live->duration * 1e-9
                                                         : expected_length(scenario);
    const uint32_t servers = own_servers(s);
    const double need = DESCRIPTORS_KEPT + servers + 2 * in_flight;

    if (rate * seconds > LIVE_REQUESTS_MOST)
        refuse(s, s->live->place,
               "%.3g requests are too many for one run: at most %d; let live.duration be shorter",
               rate * seconds, LIVE_REQUESTS_MOST);
    if (servers > LIVE_SERVERS_MOST)
        refuse(s, s->live->place, "%u servers want a port each: at most %d", (unsigned)servers,
               LIVE_SERVERS_MOST);
    else if (descriptors && need > (double)descriptors)
        refuse(s, s->live->place,
               "%u servers and %.0f requests in flight need about %.0f file descriptors, and a "
               "process may have %llu here (ulimit -n)",
               (unsigned)servers, in_flight, need, (unsigned long long)descriptors);
    if (rate > RATE_MOST * s->live->time_scale)
        diagnose_at(s->said, SAY_WARNING, "live_rate", scenario->path, s->live->place,
                    "live: %.6g requests a second: beyond about %.0f the machine's own overhead "
                    "is measured: let live.time_scale be larger",
                    rate / s->live->time_scale, RATE_MOST);
}

void live_contradictions(const struct scenario *scenario, uint64_t descriptors,
                         struct diagnostics *said)
{
    const struct sense s = { scenario, &scenario->live, said };
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++)
        check_client(&s, &scenario->clients[i]);
    for (i = 0; i < scenario->servers_n; i++)
        check_group(&s, i);
    if (s.live->through.text)
        check_through(&s);
    check_machine(&s, descriptors);
}

void live_study_contradictions(const struct study *study, uint64_t descriptors,
                               struct diagnostics *said)
{
    const uint32_t before = diagnostics_errors(said);
    const struct scenario *last = NULL;
    uint32_t i;

    for (i = 0; i < study->contenders_n; i++) {
        const struct contender *c = &study->contenders[i];

        if (i && c->cell != study->contenders[i - 1].cell && diagnostics_errors(said) != before)
            return;
        if (c->scenario != last)
            live_contradictions(c->scenario, descriptors, said);
        last = c->scenario;
        live_policy_contradictions(c->scenario, c->policy, said);
    }
}
