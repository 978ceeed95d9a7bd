/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a balancer does beside picking: health, ejection, limits. */
#include <math.h>

#include "sim/scenario/build_mechanism.h"

static uint32_t limit_of(int64_t whole)
{
    return whole == FIELD_ABSENT ? SCENARIO_UNLIMITED : (uint32_t)whole;
}

static struct health_spec health_of(const struct health_form *form)
{
    const lb_time interval = form->interval;

    return (struct health_spec) { .interval = interval,
                                  .timeout = form->timeout == LB_NEVER ? interval : form->timeout,
                                  .fast = form->fast == LB_NEVER ? interval : form->fast,
                                  .down = form->down == LB_NEVER ? interval : form->down,
                                  .jitter = form->jitter,
                                  .rise = (uint32_t)form->rise,
                                  .fall = (uint32_t)form->fall,
                                  .cost = form->cost,
                                  .deep = form->deep,
                                  .first_decides = form->first_decides };
}

/* HAProxy: not written, it is the checks that take a server out, where there are any. */
static lb_time ejection_of(const struct outlier_form *form, bool checked)
{
    if (form->ejection != LB_NEVER)
        return form->ejection;
    return checked ? 0 : 10 * INT64_C(1000000000);
}

static struct outlier_spec outlier_of(const struct outlier_form *form, bool checked)
{
    return (struct outlier_spec) {
        .rule = (enum outlier_rule)form->like,
        .consecutive = (uint32_t)form->consecutive,
        .interval = form->interval,
        .ejection = ejection_of(form, checked),
        .most_ejection = form->most_ejection,
        .most_ejected = form->most_ejected,
        .at_least_one = form->at_least_one,
        .enforced = form->enforced,
        .success_rate = { .factor = form->success_rate.factor,
                          .enforced = form->success_rate.enforced,
                          .least_hosts = (uint32_t)form->success_rate.least_hosts,
                          .least_requests = (uint32_t)form->success_rate.least_requests },
        .failure_percentage = { .threshold = form->failure_percentage.threshold,
                                .enforced = form->failure_percentage.enforced,
                                .least_hosts = (uint32_t)form->failure_percentage.least_hosts,
                                .least_requests =
                                    (uint32_t)form->failure_percentage.least_requests },
        .latency = { .factor = form->latency.factor,
                     .least_hosts = (uint32_t)form->latency.least_hosts,
                     .least_requests = (uint32_t)form->latency.least_requests },
    };
}

static struct concurrency_spec concurrency_of(const struct concurrency_form *form)
{
    return (struct concurrency_spec) { .kind = (enum concurrency_kind)form->like,
                                       .initial = (uint32_t)form->initial,
                                       .least = (uint32_t)form->least,
                                       .most = (uint32_t)form->most,
                                       .buffer = form->buffer,
                                       .quantile = form->quantile,
                                       .decrease = form->decrease,
                                       .jitter = form->jitter,
                                       .every = form->every,
                                       .measure = form->measure,
                                       .measure_requests = (uint32_t)form->measure_requests };
}

static void build_limits(const struct balancer_form *form, struct guard_spec *guard)
{
    const struct rate_limit_form *rate = &form->rate_limit;

    guard->panic = form->panic;
    guard->in_flight = limit_of(form->limits.in_flight);
    guard->per_server = limit_of(form->limits.per_server);
    guard->retries = limit_of(form->limits.retries);
    guard->has_rate_limit = rate->head.node;
    guard->rate_limit = (struct rate_limit_spec) { .kind = (enum rate_limit_kind)rate->head.which,
                                                   .rate = rate->rate,
                                                   .burst = rate->burst,
                                                   .window = rate->window };
    guard->sheds = form->shed.node;
    guard->shed_below = form->shed.node ? (uint32_t)form->shed.below_priority : 0;
    guard->shed_queue = limit_of(form->shed.when.queue);
    guard->shed_in_flight = limit_of(form->shed.when.in_flight);
}

void build_guard(const struct balancer_form *form, struct guard_spec *guard)
{
    *guard = (struct guard_spec) {
        .has_health = form->health.node,
        .has_outlier = form->outlier.node,
        .has_breaker = form->breaker.node,
        .has_concurrency = form->concurrency.node,
        .has_admission = form->admission.node,
        .health = health_of(&form->health),
        .outlier = outlier_of(&form->outlier, form->health.node),
        .breaker = { .errors = form->breaker.errors,
                     .least_requests = (uint32_t)form->breaker.least_requests,
                     .window = form->breaker.window,
                     .open = form->breaker.open,
                     .half_open = (uint32_t)form->breaker.half_open },
        .concurrency = concurrency_of(&form->concurrency),
        .admission = { .kind = (enum admission_kind)form->admission.like,
                       .window = form->admission.window,
                       .k = form->admission.k,
                       .threshold = form->admission.threshold,
                       .aggression = form->admission.aggression,
                       .cap = form->admission.cap },
    };
    build_limits(form, guard);
}
