/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs that would never end, or hardly: attempts without end, and events without number. */
#include <math.h>

#include "sim/scenario/build_mechanism.h"
#include "sim/scenario/contradiction.h"

const double EVENTS_MOST = 1e8; /* a run */

/* ---- Attempts without end. */

/* Could each of the attempts fail? A time-out may come of the work itself, or of the attempts. */
static bool fails_for_ever(const struct retry_spec *retry, bool timeout, const struct reach *reach)
{
    return retry->attempts == SCENARIO_UNLIMITED && ((retry->on & FAILURE_TIMEOUT && timeout) ||
                                                     (retry->on & FAILURE_ERROR && reach->errs) ||
                                                     (retry->on & FAILURE_REFUSED && reach->gone));
}

/* Does it call off what it does not wait for, and it does not wait for ever? */
static bool client_leaves(const struct client_spec *client)
{
    return client->cancels && (client->timeout != LB_NEVER || client->deadline != LB_NEVER);
}

void check_endless_client(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail up = roster_trail(&build->clients, i), retry = { &up, "retry", -1 };
    const struct trail here = { &retry, "attempts", -1 };

    if (client->deadline == LB_NEVER && !build_has(form->node, "deadline") &&
        fails_for_ever(&client->retry, client->timeout != LB_NEVER,
                       &build->reach[client->balancer]))
        complain(build->reader, &here, build_value(form->retry.node, "attempts"),
                 "each of them may fail, and nothing ends them: give the client a deadline");
}

void check_endless_balancer(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct balancer_form *form = roster_at(&build->balancers, i);
    const struct attempts_spec *spec = &scenario->balancers[i].attempts;
    const struct trail up = roster_trail(&build->balancers, i), inner = { &up, "attempts", -1 };
    const struct trail retry = { &inner, "retry", -1 }, here = { &retry, "attempts", -1 };
    uint32_t k;

    if (spec->deadline != LB_NEVER || build_has(form->attempts.node, "deadline") ||
        !fails_for_ever(&spec->retry, spec->timeout != LB_NEVER, &build->reach[i]))
        return;
    for (k = 0; k < scenario->clients_n; k++)
        if (scenario->clients[k].name && scenario->clients[k].balancer == i &&
            !client_leaves(&scenario->clients[k])) {
            complain(build->reader, &here, build_value(form->attempts.retry.node, "attempts"),
                     "each of them may fail, and nothing ends them: give attempts a deadline, or "
                     "client \"%s\" cancel and a timeout or deadline",
                     scenario->clients[k].name);
            return;
        }
}

/* ---- Events without number. */

static void check_pace(struct build *build, const struct trail *owner, const cJSON *node,
                       const char *key, double a_second)
{
    const struct trail here = { owner, key, -1 };
    const double events = a_second * expected_length(build->scenario);

    if (events > EVENTS_MOST)
        complain(build->reader, &here, build_value(node, key),
                 "it would happen %.3g times in a run; at most %g: let it be rarer", events,
                 EVENTS_MOST);
}

static double a_second(lb_time interval)
{
    return 1e9 / (double)interval;
}

static void check_checks(struct build *build, const struct trail *up, const cJSON *node,
                         const struct health_spec *health, double seats)
{
    const struct trail here = { up, "health", -1 };
    const double pace = seats / (1 - health->jitter);

    check_pace(build, &here, node, "interval", pace * a_second(health->interval));
    if (build_has(node, "fast"))
        check_pace(build, &here, node, "fast", pace * a_second(health->fast));
    if (build_has(node, "down"))
        check_pace(build, &here, node, "down", pace * a_second(health->down));
}

void check_paces(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct balancer_form *form = roster_at(&build->balancers, i);
    const struct balancer_spec *spec = &scenario->balancers[i];
    const struct trail up = roster_trail(&build->balancers, i), outlier = { &up, "outlier", -1 };
    double seats = 0;
    uint32_t k;

    for (k = 0; k < spec->groups_n; k++)
        seats += (double)spec->count * scenario->servers[spec->groups[k]].count;
    if (spec->guard.has_health)
        check_checks(build, &up, form->health.node, &spec->guard.health, seats);
    if (spec->guard.has_outlier && spec->guard.outlier.rule <= OUTLIER_GRPC)
        check_pace(build, &outlier, form->outlier.node, "interval",
                   seats * a_second(spec->guard.outlier.interval));
}

void check_redraws(struct build *build, uint32_t i)
{
    const struct server_spec *group = &build->scenario->servers[i];
    const struct server_form *form = roster_at(&build->servers, i);
    const struct trail up = roster_trail(&build->servers, i), here = { &up, "speed", -1 };

    if (group->redrawn.n)
        check_pace(build, &here, form->redrawn.node, "redraw",
                   group->count * a_second(group->redrawn.redraw));
}
