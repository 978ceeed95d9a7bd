/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The format of scenarios: for each object a struct of what was read and the table of its keys. To
 * add a key, add a field and a row; parser, help and schema follow. */
#ifndef SIM_TABLES_H
#define SIM_TABLES_H

#include "sim/scenario/bind.h"
#include "sim/scenario/tables_mechanism.h"

struct curve_form {
    const cJSON *node;
    double mean, amplitude, rate;
    lb_time period, from;
};

struct arrivals_form {
    struct variant_head head; /* which: enum arrival_process */
    double rate, scale;
    int64_t population;
    struct distribution think, interarrival, size, on, off;
    struct lb_list rates, leave;
    struct objects curve; /* of struct curve_form */
    const char *file;
    int32_t loop;
};

struct sessions_form {
    const cJSON *node;
    struct distribution requests, think;
};

struct bytes_form {
    const cJSON *node;
    struct distribution request, response;
};

struct client_form {
    const cJSON *node;
    const char *name, *link, *to;
    double share;
    const char *zone;
    int64_t priority;
    lb_time timeout, deadline;
    struct retry_form retry;
    struct cancel_form cancel;
    struct fan_out_form fan_out;
    struct arrivals_form arrivals;
    struct distribution service, patience, key, size_estimate;
    struct sessions_form sessions;
    struct bytes_form bytes;
};

struct discipline_form {
    struct variant_head head; /* which: enum discipline_kind */
    int32_t preemptive;
};

struct errors_form {
    const cJSON *node;
    double error, reset, hang;
};

struct server_form {
    const cJSON *node;
    const char *name, *link, *zone;
    int64_t count, cores, queue_limit, weight;
    double speed, errors;
    struct errors_form failing; /* errors, where it is an object */
    struct speed_form redrawn;  /* speed, where it is an object */
    struct discipline_form discipline;
    struct objects faults; /* of struct fault_form */
    struct slow_start_form slow_start;
    struct warm_up_form warm_up;
};

struct link_form {
    const cJSON *node;
    const char *name;
    struct distribution latency;
    double bandwidth, loss;
};

struct information_form {
    const cJSON *node;
    int32_t kind; /* below 0: as the policy has it; else 0 own, 1 fresh */
};

struct balancer_form {
    const cJSON *node;
    const char *name, *link;
    int64_t count;
    int32_t spread, on_none; /* enum spread, enum on_none */
    struct information_form information;
    struct names servers, zones;
    const char *zone;
    struct attempts_form attempts;
    struct queue_form queue;
    struct health_form health;
    struct outlier_form outlier;
    double panic;
    struct limits_form limits;
    struct breaker_form breaker;
    struct concurrency_form concurrency;
    struct rate_limit_form rate_limit;
    struct admission_form admission;
    struct shed_form shed;
};

/* What a timeline entry says: numbers NAN, texts NULL, choices -1 and whole numbers FIELD_ABSENT
 * where it says nothing. */
struct change_form {
    const cJSON *node;
    lb_time at, until;
    const char *server, *zone, *link, *client, *balancer;
    double speed, load, rate, bandwidth, loss;
    int64_t weight, count;
    int32_t state, jobs; /* enum server_state; 0 lost, 1 kept */
    struct distribution latency, answer;
};

struct window_form {
    const cJSON *node;
    lb_time from, to;
};

struct windows_form {
    const cJSON *node;
    lb_time every, from, to;
    struct objects at;
    struct names metrics;
};

struct run_form {
    const cJSON *node;
    uint64_t seed;
    int64_t requests;
    lb_time duration;
    const cJSON *warmup;
    int64_t replications;
    double confidence;
    struct lb_list percentiles;
    struct names metrics;
    struct windows_form windows;
    const cJSON *precision;
};

struct precision_form {
    const cJSON *node;
    double relative, most_requests;
    struct names metrics;
};

struct live_form {
    const cJSON *node;
    int32_t transport, tls; /* enum live_transport */
    const cJSON *backends;
    const char *through;
    double time_scale;
    lb_time duration;
    int64_t tries, connections;
};

struct top_form {
    const cJSON *node;
    const char *schema, *name, *description, *source;
    int64_t format;
    double load;
    struct objects clients, links, balancers, servers, timeline;
    const cJSON *policies, *sweep, *expect;
    struct run_form run;
    struct live_form live;
};

enum {
    MOST_CLIENTS = 65536,
    MOST_LINKS = 65536,
    MOST_BALANCERS = 65535, /* all counts together */
    MOST_GROUPS = 1000000,
    MOST_SERVERS = 4000000, /* all counts together */
    MOST_CORES = 65535,
    MOST_POPULATION = 10000000,
    MOST_CHANGES = 10000,
    MOST_FAULTS = 100 /* of a group */
};
#define REQUESTS_MOST 4e9 /* a replication: a serial number has 32 bits */

extern const struct shape shape_top, shape_client, shape_server, shape_link, shape_balancer;
extern const struct shape shape_run, shape_windows, shape_window, shape_bytes, shape_information;
extern const struct shape shape_change, shape_curve, shape_sessions, shape_precision;
extern const struct shape shape_live, shape_errors;
extern const struct variants variants_arrivals, variants_discipline;

#endif
