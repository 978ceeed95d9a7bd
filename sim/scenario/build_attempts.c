/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What clients and balancers do about requests that take long or fail. */
#include "sim/scenario/build.h"

#include "sim/scenario/build_mechanism.h"

static const unsigned CLIENT_ON =
    FAILURE_ERROR | FAILURE_TIMEOUT | FAILURE_REFUSED | FAILURE_REJECTED;
static const unsigned BALANCER_ON = FAILURE_ERROR | FAILURE_REFUSED;

static uint32_t or_unlimited(int64_t whole)
{
    return whole == FIELD_ABSENT || whole == FIELD_WORD ? SCENARIO_UNLIMITED : (uint32_t)whole;
}

static struct budget_spec budget_of(const struct budget_form *form)
{
    return (struct budget_spec) { .kind = (enum budget_kind)form->like,
                                  .ratio = form->ratio,
                                  .floor = form->floor,
                                  .window = form->window,
                                  .tokens = form->tokens,
                                  .refill = form->refill };
}

static struct backoff_spec backoff_of(const struct retry_form *form)
{
    const struct backoff_form *rule = &form->backoff;

    if (!rule->node)
        return (struct backoff_spec) { .delay = form->delay };
    return (struct backoff_spec) { .first = rule->first,
                                   .most = rule->most,
                                   .factor = rule->factor,
                                   .jitter = (enum jitter)rule->jitter };
}

static struct retry_spec retry_of(const struct retry_form *form, unsigned on)
{
    if (!form->node)
        return (struct retry_spec) { .attempts = 1 };
    return (struct retry_spec) { .attempts = form->attempts == FIELD_ABSENT
                                                 ? 1
                                                 : or_unlimited(form->attempts),
                                 .on = form->on ? form->on : on,
                                 .backoff = backoff_of(form),
                                 .exclude_tried = form->exclude_tried,
                                 .independent = form->work == 1,
                                 .budgeted = form->budget.node,
                                 .budget = budget_of(&form->budget) };
}

static struct hedge_spec hedge_of(const struct hedge_form *form)
{
    if (!form->node)
        return (struct hedge_spec) { .most = 1, .after = LB_NEVER };
    return (struct hedge_spec) { .most = (uint32_t)form->most,
                                 .after = form->after,
                                 .quantile = { .quantile = form->quantile.quantile,
                                               .window = form->quantile.window,
                                               .least = (uint32_t)form->quantile.least },
                                 .budgeted = form->budget.node,
                                 .budget = budget_of(&form->budget) };
}

void build_tries(const struct client_form *form, struct client_spec *spec)
{
    const struct fan_out_form *fan_out = &form->fan_out;

    spec->deadline = form->deadline;
    spec->retry = retry_of(&form->retry, CLIENT_ON);
    spec->cancels = form->cancel.node && form->cancel.on_timeout;
    spec->cancel_cost = form->cancel.cost;
    spec->parts = fan_out->node ? (uint32_t)fan_out->parts : 1;
    spec->need = fan_out->need == FIELD_ABSENT ? spec->parts : (uint32_t)fan_out->need;
}

void build_attempts(const struct balancer_form *form, struct balancer_spec *spec)
{
    const struct attempts_form *attempts = &form->attempts;
    const struct queue_form *queue = &form->queue;

    spec->attempts = (struct attempts_spec) {
        .timeout = attempts->timeout,
        .deadline = attempts->deadline,
        .retry = retry_of(&attempts->retry, BALANCER_ON),
        .hedge = hedge_of(&attempts->hedge),
        .copies = { .independent = attempts->copies.work == 1,
                    .cancel = (enum copies_cancel)attempts->copies.cancel,
                    .cancel_cost = attempts->copies.cancel_cost,
                    .cancel_delay = attempts->copies.cancel_delay },
    };
    spec->queue = (struct queue_spec) {
        .given = queue->node,
        .limit = or_unlimited(queue->limit),
        .time_limit = queue->time_limit,
        .order = (enum queue_order)queue->order,
        .codel = { .target = queue->target, .interval = queue->interval },
    };
}
