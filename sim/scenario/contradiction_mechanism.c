/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of attempts, queues, health and limits that cannot be together: no key is read and ignored.
 */
#include <math.h>

#include "sim/scenario/build_mechanism.h"

/* Complains about the key of an object that owns it, where it is written and there is a reason. */
static void refuse(struct build *build, const struct trail *owner, const cJSON *node,
                   const char *key, const char *why)
{
    const cJSON *value = node ? cJSON_GetObjectItemCaseSensitive(node, key) : NULL;
    const struct trail here = { owner, key, -1 };

    if (value && why)
        complain(build->reader, &here, value, "%s", why);
}

static bool waits(const struct backoff_spec *backoff)
{
    return backoff->delay.kind ? backoff->delay.kind->mean(&backoff->delay) > 0
                               : backoff->first > 0;
}

/* `timeout`: somebody's of one attempt. */
static void check_retry(struct build *build, const struct trail *owner,
                        const struct retry_form *form, const struct retry_spec *spec, bool timeout)
{
    const unsigned at_once = FAILURE_ERROR | FAILURE_REFUSED | FAILURE_REJECTED;
    const struct trail here = { owner, "retry", -1 }, inner = { &here, "backoff", -1 };
    const struct backoff_form *backoff = &form->backoff;

    if (!form->node)
        return;
    if (form->on & FAILURE_TIMEOUT && !timeout)
        refuse(build, &here, form->node, "on", "there is no timeout: no try ends by it");
    if (spec->attempts == SCENARIO_UNLIMITED && spec->on & at_once && !waits(&spec->backoff))
        refuse(build, &here, form->node, "attempts",
               "without a back-off it would try again without end at one instant");
    if (backoff->node && backoff->first != LB_NEVER && backoff->first > backoff->most)
        refuse(build, &inner, backoff->node, "most", "it is shorter than the first wait");
}

static void check_cancel(struct build *build, const struct trail *owner,
                         const struct client_form *form, const struct client_spec *spec)
{
    const struct cancel_form *cancel = &form->cancel;
    const struct trail here = { owner, "cancel", -1 };

    if (!cancel->node)
        return;
    if (!cancel->on_timeout)
        refuse(build, &here, cancel->node, "cost", "it does not cancel: on_timeout is false");
    else if (spec->timeout == LB_NEVER && spec->deadline == LB_NEVER && spec->need == spec->parts)
        complain(build->reader, &here, cancel->node,
                 "it never gives up: it has neither timeout nor deadline");
}

void check_tries(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct client_spec *spec = &build->scenario->clients[i];
    const struct trail here = roster_trail(&build->clients, i), parts = { &here, "fan_out", -1 };

    check_retry(build, &here, &form->retry, &spec->retry,
                spec->timeout != LB_NEVER || build_has(form->node, "timeout"));
    check_cancel(build, &here, form, spec);
    if (form->fan_out.node && form->fan_out.parts != FIELD_ABSENT && spec->need > spec->parts)
        refuse(build, &parts, form->fan_out.node, "need", "there are not so many parts");
}

static void check_queue(struct build *build, const struct trail *owner,
                        const struct queue_form *form)
{
    const struct trail here = { owner, "queue", -1 };
    const char *why = form->order == QUEUE_CODEL ? NULL : "this goes with order codel";

    refuse(build, &here, form->node, "target", why);
    refuse(build, &here, form->node, "interval", why);
}

static void check_copies(struct build *build, const struct trail *owner,
                         const struct copies_form *form)
{
    const struct trail here = { owner, "copies", -1 };
    const char *why = form->cancel == COPIES_CANCEL_NEVER ? "copies are never called off" : NULL;

    refuse(build, &here, form->node, "cancel_cost", why);
    refuse(build, &here, form->node, "cancel_delay", why);
}

void check_attempts(struct build *build, uint32_t i)
{
    const struct balancer_form *form = roster_at(&build->balancers, i);
    const struct attempts_spec *spec = &build->scenario->balancers[i].attempts;
    const struct trail here = roster_trail(&build->balancers, i), inner = { &here, "attempts", -1 };

    check_queue(build, &here, &form->queue);
    check_retry(build, &inner, &form->attempts.retry, &spec->retry,
                spec->timeout != LB_NEVER || build_has(form->attempts.node, "timeout"));
    check_copies(build, &inner, &form->attempts.copies);
    if (form->attempts.node && !form->attempts.node->child)
        complain(build->reader, &inner, form->attempts.node,
                 "nothing is said: expected timeout, deadline, retry, hedge or copies");
}

/* A rule that is not applied, and yet has keys. */
static void check_enforced(struct build *build, const struct trail *owner, const char *rule,
                           const cJSON *node, double enforced)
{
    const struct trail here = { owner, rule, -1 };

    if (node && !(enforced > 0) && !build_has(node, "enforced"))
        complain(build->reader, &here, node,
                 "this rule is not applied: say how often, as in \"enforced\": 1");
}

static void check_outlier(struct build *build, const struct trail *owner,
                          const struct outlier_form *form)
{
    const struct trail here = { owner, "outlier", -1 };
    const bool judged = (form->consecutive > 0 && form->enforced > 0) ||
                        form->success_rate.enforced > 0 || form->failure_percentage.enforced > 0 ||
                        form->latency.node;

    if (!form->node)
        return;
    if (!judged)
        complain(build->reader, &here, form->node,
                 "nothing is judged: expected consecutive, success_rate, failure_percentage or "
                 "latency");
    if (!(form->most_ejected > 0) && !form->at_least_one)
        refuse(build, &here, form->node, "most_ejected", "then no server is ever left out");
    if (form->like != OUTLIER_ENVOY && form->like != OUTLIER_GRPC)
        return;
    if (form->like == OUTLIER_ENVOY && !form->consecutive)
        refuse(build, &here, form->node, "enforced",
               "consecutive is 0: failures in a row are not judged");
    check_enforced(build, &here, "success_rate", form->success_rate.node,
                   form->success_rate.enforced);
    check_enforced(build, &here, "failure_percentage", form->failure_percentage.node,
                   form->failure_percentage.enforced);
}

static void check_concurrency(struct build *build, const struct trail *owner,
                              const struct concurrency_form *form)
{
    const struct trail here = { owner, "concurrency", -1 };

    if (!form->node)
        return;
    if (form->least > form->most)
        complain(build->reader, &here, form->node, "least is more than most");
    else if (form->initial < form->least || form->initial > form->most)
        complain(build->reader, &here, form->node, "initial, %d, lies outside %d to %d",
                 (int)form->initial, (int)form->least, (int)form->most);
}

static bool any_copies(const struct scenario *scenario)
{
    uint32_t i;

    for (i = 0; i < scenario->policies_n; i++)
        if (build_policy_sees(&scenario->policies[i]) & LB_SENDS_COPIES)
            return true;
    return false;
}

static void check_limits(struct build *build, const struct trail *owner,
                         const struct balancer_form *form)
{
    const struct limits_form *limits = &form->limits;
    const struct trail here = { owner, "limits", -1 };

    if (!limits->node)
        return;
    if (!limits->node->child)
        complain(build->reader, &here, limits->node,
                 "nothing is bounded: expected in_flight, per_server or retries");
    if (!form->attempts.retry.node && !form->attempts.hedge.node && !any_copies(build->scenario))
        refuse(build, &here, limits->node, "retries",
               "this balancer makes one attempt a request: give it attempts.retry or "
               "attempts.hedge");
}

static bool any_below(const struct scenario *scenario, uint32_t balancer, uint32_t priority)
{
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++)
        if (scenario->clients[i].name && scenario->clients[i].balancer == balancer &&
            scenario->clients[i].priority < priority)
            return true;
    return false;
}

static void check_shed(struct build *build, const struct trail *owner, const struct shed_form *form,
                       uint32_t i)
{
    const struct trail here = { owner, "shed", -1 }, inner = { &here, "when", -1 };

    if (!form->node)
        return;
    if (form->when.node && form->when.queue == FIELD_ABSENT && form->when.in_flight == FIELD_ABSENT)
        complain(build->reader, &inner, form->when.node,
                 "it never happens: expected queue or in_flight");
    if (form->below_priority != FIELD_ABSENT &&
        !any_below(build->scenario, i, (uint32_t)form->below_priority))
        refuse(build, &here, form->node, "below_priority",
               "no client of this balancer has a lower priority");
}

void check_guard(struct build *build, uint32_t i)
{
    const struct balancer_form *form = roster_at(&build->balancers, i);
    const struct rate_limit_form *rate = &form->rate_limit;
    const struct trail here = roster_trail(&build->balancers, i);

    check_outlier(build, &here, &form->outlier);
    if (form->panic > 0 && !form->health.node && !form->outlier.node)
        refuse(build, &here, form->node, "panic",
               "neither health nor outlier leaves a server out: it never comes to this");
    check_concurrency(build, &here, &form->concurrency);
    check_limits(build, &here, form);
    check_shed(build, &here, &form->shed, i);
    if (rate->head.node && rate->head.which != RATE_LIMIT_BUCKET &&
        rate->rate * (double)rate->window * 1e-9 < 1)
        refuse(build, &here, form->node, "rate_limit",
               "less than one request a window: nothing would ever pass");
}
