/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was read of attempts, queues, health, limits and faults. Numbers that are not written are
 * NAN, times LB_NEVER, whole numbers FIELD_ABSENT and choices -1, unless their rows preset them. */
#ifndef SIM_TABLES_MECHANISM_H
#define SIM_TABLES_MECHANISM_H

#include "sim/scenario/bind.h"

struct budget_form {
    const cJSON *node;
    int32_t like, of;
    double ratio, floor, tokens, refill;
    lb_time window;
};

struct backoff_form {
    const cJSON *node;
    lb_time first, most;
    double factor;
    int32_t jitter; /* enum jitter */
};

struct retry_form {
    const cJSON *node;
    int64_t attempts;
    uint32_t on;                 /* enum failure, or-ed; 0: as the owner has it */
    struct distribution delay;   /* the back-off is this, ... */
    struct backoff_form backoff; /* ... or that */
    int32_t work, exclude_tried;
    struct budget_form budget;
};

struct cancel_form {
    const cJSON *node;
    int32_t on_timeout;
    lb_time cost;
};

struct fan_out_form {
    const cJSON *node;
    int64_t parts, need;
};

struct quantile_form {
    const cJSON *node;
    double quantile;
    lb_time window;
    int64_t least;
};

struct hedge_form {
    const cJSON *node;
    int64_t most;
    lb_time after;
    struct quantile_form quantile;
    struct budget_form budget;
};

struct copies_form {
    const cJSON *node;
    int32_t work, cancel; /* 1: independent; enum copies_cancel */
    lb_time cancel_cost;
    struct distribution cancel_delay;
};

struct attempts_form {
    const cJSON *node;
    lb_time timeout, deadline;
    struct retry_form retry;
    struct hedge_form hedge;
    struct copies_form copies;
};

struct queue_form {
    const cJSON *node;
    int64_t limit;
    int32_t order; /* enum queue_order */
    lb_time time_limit, target, interval;
};

struct health_form {
    const cJSON *node;
    int32_t like, deep, first_decides;
    lb_time interval, timeout, fast, down, cost;
    double jitter;
    int64_t rise, fall;
};

struct success_rate_form {
    const cJSON *node;
    double factor, enforced;
    int64_t least_hosts, least_requests;
};

struct failure_percentage_form {
    const cJSON *node;
    double threshold, enforced;
    int64_t least_hosts, least_requests;
};

struct latency_form {
    const cJSON *node;
    double factor;
    int64_t least_hosts, least_requests;
};

struct outlier_form {
    const cJSON *node;
    int32_t like, at_least_one;
    int64_t consecutive;
    lb_time interval, ejection, most_ejection;
    double most_ejected, enforced;
    struct success_rate_form success_rate;
    struct failure_percentage_form failure_percentage;
    struct latency_form latency;
};

struct limits_form {
    const cJSON *node;
    int64_t in_flight, per_server, retries;
};

struct breaker_form {
    const cJSON *node;
    double errors;
    int64_t least_requests, half_open;
    lb_time window, open;
};

struct concurrency_form {
    const cJSON *node;
    int32_t like;
    int64_t initial, least, most, measure_requests;
    double buffer, quantile, decrease, jitter;
    lb_time every, measure;
};

struct rate_limit_form {
    struct variant_head head; /* which: enum rate_limit_kind */
    double rate, burst;
    lb_time window;
};

struct admission_form {
    const cJSON *node;
    int32_t like;
    double k, threshold, aggression, cap;
    lb_time window;
};

struct shed_when_form {
    const cJSON *node;
    int64_t queue, in_flight;
};

struct shed_form {
    const cJSON *node;
    int64_t below_priority;
    struct shed_when_form when;
};

struct fault_form {
    const cJSON *node;
    int32_t state, jobs, together; /* state: enum server_state - 1, there being no "up" */
    double speed;
    struct distribution answer, every, lasts;
};

struct slow_start_form {
    const cJSON *node;
    int32_t like;
    lb_time window;
    double aggression, least;
};

struct warm_up_form {
    const cJSON *node;
    double from;
    lb_time over;
};

struct speed_form {
    const cJSON *node;
    lb_time redraw;
    struct lb_list values, weights;
};

extern const struct shape shape_client_retry, shape_cancel, shape_fan_out, shape_budget;
extern const struct shape shape_backoff, shape_retry, shape_quantile, shape_hedge, shape_copies;
extern const struct shape shape_attempts, shape_queue, shape_health, shape_outlier, shape_limits;
extern const struct shape shape_breaker, shape_concurrency, shape_admission, shape_shed;
extern const struct shape shape_success_rate, shape_failure_percentage, shape_latency;
extern const struct shape shape_shed_when, shape_fault, shape_slow_start, shape_warm_up;
extern const struct shape shape_speed;
extern const struct variants variants_rate_limit;

#endif
