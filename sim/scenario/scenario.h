/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A checked scenario: what a file says, with names resolved to indices, units to seconds and bytes,
 * and defaults filled in. Immutable once loaded; everything in it lives in its arena. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "models/arrival.h"
#include "models/distribution.h"
#include "models/mechanism/admission.h"
#include "models/mechanism/backoff.h"
#include "models/mechanism/breaker.h"
#include "models/mechanism/budget.h"
#include "models/mechanism/codel.h"
#include "models/mechanism/concurrency.h"
#include "models/mechanism/health.h"
#include "models/mechanism/outlier.h"
#include "models/mechanism/rate_limit.h"
#include "models/mechanism/recent_quantile.h"
#include "models/mechanism/slow_start.h"
#include "models/policy.h"

#define SCENARIO_NONE      UINT32_MAX /* no link, no balancer named */
#define SCENARIO_UNLIMITED UINT32_MAX /* queue_limit */

struct arena;
struct diagnostics;

/* Where a value stands, for errors that are found later (a policy that refuses to open). */
struct place {
    uint32_t line, column;
};

struct trace_info;

/* How an attempt can fail, a bit each, so that another may follow. */
enum failure {
    FAILURE_ERROR = 1,   /* an error for an answer */
    FAILURE_TIMEOUT = 2, /* none in time */
    FAILURE_REFUSED = 4, /* no connection */
    FAILURE_REJECTED = 8 /* turned away: a full queue, a limit */
};

/* Trying again. */
struct retry_spec {
    uint32_t attempts;           /* in all, the first included; 1: none; SCENARIO_UNLIMITED */
    unsigned on;                 /* enum failure, or-ed */
    struct backoff_spec backoff; /* all zero: at once */
    bool exclude_tried;          /* another server, as long as there is one */
    bool independent;            /* its work is drawn anew */
    bool budgeted;
    struct budget_spec budget;
};

/* More attempts while one is out. */
struct hedge_spec {
    uint32_t most; /* attempts out at once, the first included; 1: none */
    lb_time after; /* since the last one was sent; LB_NEVER: by the quantile */
    struct recent_quantile_spec quantile;
    bool budgeted;
    struct budget_spec budget;
};

/* What becomes of the other copies of a request when one has begun service, or is answered. */
enum copies_cancel { COPIES_CANCEL_ON_COMPLETION, COPIES_CANCEL_ON_START, COPIES_CANCEL_NEVER };
struct copies_spec {
    bool independent; /* each copy's work is drawn anew */
    enum copies_cancel cancel;
    lb_time cancel_cost; /* work that a cancelled copy makes at its server, ns at speed 1 */
    struct distribution cancel_delay; /* seconds; kind NULL: as the links have it */
};

struct attempts_spec {
    lb_time timeout, deadline; /* of one attempt; of all that the balancer does for a request */
    struct retry_spec retry;
    struct hedge_spec hedge;
    struct copies_spec copies;
};

/* Requests that wait at a balancer. */
enum queue_order { QUEUE_FIFO, QUEUE_LIFO, QUEUE_CODEL };
struct queue_spec {
    bool given;         /* without: it is unlimited, and only who is held by its policy or on_none
                           waits; with: who meets a limit does too */
    uint32_t limit;     /* SCENARIO_UNLIMITED */
    lb_time time_limit; /* LB_NEVER */
    enum queue_order order;
    struct codel_spec codel;
};

/* What a balancer does beside picking; each absent: off. */
struct guard_spec {
    bool has_health, has_outlier, has_breaker, has_concurrency, has_rate_limit, has_admission;
    struct health_spec health;
    struct outlier_spec outlier;
    struct breaker_spec breaker;
    struct concurrency_spec concurrency;
    struct rate_limit_spec rate_limit;
    struct admission_spec admission;
    double panic;                            /* usable share below which all are used; NAN */
    uint32_t in_flight, per_server, retries; /* limits on attempts; SCENARIO_UNLIMITED */
    bool sheds;
    uint32_t shed_below;                 /* requests of lower priority are turned away ... */
    uint32_t shed_queue, shed_in_flight; /* ... while so many wait or are out; SCENARIO_UNLIMITED */
};

struct client_spec {
    const char *name;
    struct place place;
    enum arrival_process process;
    struct arrival_spec arrivals; /* as written */
    double rate; /* requests per second on average; with `load` already scaled; 0 when closed */
    const struct rate_change *changes; /* of the rate over time, ascending; 1 before the first */
    uint32_t changes_n;
    const struct trace_info *trace; /* the file of a trace, or NULL */
    uint32_t population;            /* closed: users */
    struct distribution think;      /* closed: seconds */
    struct distribution service;    /* seconds of work at speed 1; of a trace's column: its mean */
    bool service_in_trace, bytes_in_trace;
    struct distribution key;           /* kind NULL: none; truncated to whole */
    struct distribution size_estimate; /* declared work is work times a draw; NULL: exact */
    struct {
        struct distribution requests, think; /* requests.kind NULL: no sessions */
        double mean;                         /* requests of one session; 1 without */
    } sessions;
    uint32_t priority; /* larger is served first */
    double share;
    lb_time timeout;  /* of one try; LB_NEVER if none */
    lb_time deadline; /* of the request with all its tries; LB_NEVER if none */
    struct retry_spec retry;
    bool cancels;         /* it tells the balancer when it gives a try up, ... */
    lb_time cancel_cost;  /* ... which makes this work at the server, ns at speed 1 */
    uint32_t parts, need; /* fan-out: parts of a request, and how many it needs; 1, 1 without */
    struct distribution patience; /* seconds from the issue; kind NULL: without end */
    struct distribution request_bytes, response_bytes;
    uint32_t link;     /* client to balancer, or SCENARIO_NONE */
    uint32_t balancer; /* index into balancers */
    uint32_t zone;     /* index into zones, or SCENARIO_NONE */
};

enum discipline_kind {
    DISCIPLINE_FIFO,
    DISCIPLINE_LIFO,
    DISCIPLINE_PS,
    DISCIPLINE_SRPT,
    DISCIPLINE_PRIORITY
};

struct fault_spec;

/* A server's speed that is drawn anew again and again; values[0 .. n - 1] with cumulative weights
 * up to 1; n = 0: it is `speed`. */
struct speed_process {
    lb_time redraw;
    const double *values, *weights;
    uint32_t n;
};

struct server_spec {
    const char *name;
    struct place place;
    uint32_t first, count; /* its servers are first .. first + count - 1, over all groups ... */
    uint32_t present;      /* ... of which so many are there at time 0: the timeline may add */
    uint32_t cores, weight, queue_limit; /* queue_limit counts waiting places */
    double speed;
    struct speed_process redrawn;
    double errors; /* probability that an answer is an error, ... */
    double resets; /* ... that the connection breaks in its stead, at the end of the service, ... */
    double hangs;  /* ... that the server takes the request and nothing more comes of it */
    struct slow_start_spec slow_start;
    struct {
        double from;  /* of its speed when it has come up, rising linearly to 1 ... */
        lb_time over; /* ... within this; 0: at once */
    } warm_up;
    const struct fault_spec *faults;
    uint32_t faults_n;
    enum discipline_kind discipline;
    bool preemptive; /* with DISCIPLINE_PRIORITY */
    bool unused;     /* by any balancer: it counts in nothing but what is asked of it by name */
    uint32_t link;   /* overrides the balancer's, or SCENARIO_NONE */
    uint32_t zone;   /* index into zones, or SCENARIO_NONE */
};

struct link_spec {
    const char *name;
    struct place place;
    struct distribution latency; /* seconds, one way, drawn anew for each message */
    double bandwidth;            /* bytes per second; 0: unlimited */
    double loss;                 /* probability that a message vanishes, each way */
};

enum on_none { ON_NONE_FAIL, ON_NONE_QUEUE, ON_NONE_PANIC };
enum information_kind { INFORMATION_DEFAULT, INFORMATION_OWN, INFORMATION_FRESH };
enum spread { SPREAD_RANDOM, SPREAD_ROUND_ROBIN };

struct balancer_spec {
    const char *name;
    struct place place;
    uint32_t count;     /* balancers of this kind, each with a view of its own */
    enum spread spread; /* how requests are dealt to the `count` */
    enum on_none on_none;
    enum information_kind information;
    uint32_t link;          /* balancer to servers, or SCENARIO_NONE */
    const uint32_t *groups; /* indices into servers, ascending */
    uint32_t groups_n;
    const uint32_t *zones; /* where its balancers stand, in turn; indices into zones */
    uint32_t zones_n;      /* 0: nowhere */
    struct attempts_spec attempts;
    struct queue_spec queue;
    struct guard_spec guard;
};

/* What a server is doing. */
enum server_state {
    SERVER_UP,
    SERVER_DOWN,      /* refuses connections; balancers know */
    SERVER_DRAIN,     /* gets no more requests and finishes those it has; balancers know */
    SERVER_HANG,      /* takes requests and does nothing */
    SERVER_REFUSE,    /* refuses connections, and no balancer is told */
    SERVER_RESET,     /* does its work, and breaks the connection instead of answering */
    SERVER_BLACK_HOLE /* answers each request with an error, after a time of its own */
};

enum change_kind {
    CHANGE_SPEED,   /* servers */
    CHANGE_WEIGHT,  /* servers */
    CHANGE_STATE,   /* servers */
    CHANGE_COUNT,   /* a group */
    CHANGE_LATENCY, /* a link */
    CHANGE_BANDWIDTH,
    CHANGE_LOSS,
    CHANGE_BALANCER, /* balancers, over all; up or down */
    CHANGE_LOAD,     /* all open clients */
    CHANGE_RATE      /* a client */
};

/* A property has another value from `at` until `until`. Of several changes of one property that
 * are in force together, the one that began last counts (of those the last in the file). */
struct change {
    lb_time at, until; /* until: LB_NEVER: for ever */
    enum change_kind kind;
    uint32_t first, count; /* servers or balancers first .. first + count - 1 over all; or 1 group,
                              link, client */
    double number;
    struct distribution quantity; /* a link's latency; a black hole's time to answer */
    enum server_state state;
    bool kept;      /* down: its requests stay and go on when it is up again */
    uint32_t entry; /* of the timeline */
};

/* What happens to servers again and again: `every` from the end of the last one, it holds for
 * `lasts`. */
enum together { TOGETHER_SERVER, TOGETHER_GROUP, TOGETHER_ZONE };
struct fault_spec {
    struct change change; /* CHANGE_SPEED or CHANGE_STATE, of the group's servers; at, until: 0 */
    struct distribution every, lasts; /* seconds */
    enum together together; /* each server by itself, all of the group, or all of the scenario's
                               groups that stand in the group's zone */
};

/* Shared objects that a policy is made of, each once. */
struct plugin_path {
    const char *path;
    struct plugin_path *next; /* NULL: the last */
};

struct policy_spec {
    const char *name;       /* as in results: the catalogue's id */
    const char *label;      /* unique in the scenario: "p2c(d=2)" where the name alone is not */
    const char *parameters; /* canonical "d=2,replacement=0": all of them, for hashing */
    struct place place;
    const struct lb_policy *policy;
    const void *config;                /* laid out by policy->params */
    const char *plugin;                /* path of its own shared object, or NULL */
    const struct plugin_path *plugins; /* its own, and those of the policies within it */
    bool overrides; /* what its balancer does: it is a scenario of its own (study.h) */
};

enum warmup_kind { WARMUP_AUTO, WARMUP_COUNT, WARMUP_TIME };

/* Windows of time: every so often, or a list in order of time whose windows do not overlap. */
struct window {
    lb_time from, to;
};
struct windows_spec {
    lb_time from, every, to; /* every 0: see `at`; to LB_NEVER: the end of the run */
    const struct window *at;
    uint32_t at_n;
    const char *const *metrics; /* names; none: no windows */
    uint32_t metrics_n;
};

struct run_spec {
    uint64_t seed;
    uint64_t requests; /* per replication, warm-up included; 0 if duration rules */
    lb_time duration;  /* 0 if requests rule */
    enum warmup_kind warmup;
    uint64_t warmup_count;
    lb_time warmup_time;
    uint32_t replications;
    double confidence;
    const double *percentiles; /* 0 .. 100, ascending, beside the standard ones */
    uint32_t percentiles_n;
    const char *const *metrics; /* names asked for beside the standard ones */
    uint32_t metrics_n;
    struct windows_spec windows;
    struct {
        double relative; /* half-width of an interval over its mean; NAN: none is asked for */
        const char *const *metrics; /* whose; none: the standard means */
        uint32_t metrics_n;
        double most_requests; /* of all replications of a contender; NAN: the default */
    } precision;
};

/* How it is run over real sockets. Addresses are text: the scenario layer opens none. */
enum live_transport { LIVE_HTTP, LIVE_TCP, LIVE_UDP };
struct live_address {
    const char *text; /* "127.0.0.1:8080", "[::1]:8080"; NULL: none */
    uint16_t port;
};
struct live_spec {
    struct place place;
    bool given; /* there is a block `live`; without one all is as by default */
    enum live_transport transport;
    bool tls;
    const struct live_address *backends; /* by server, over all groups; text NULL: lbsim's own.
                                            NULL: all are */
    struct live_address through;         /* the balancer to drive; text NULL: lbsim's own */
    double time_scale;                   /* real time over model time */
    lb_time duration; /* model time after which none are issued; LB_NEVER: as `run` has it */
    uint32_t tries;
    uint32_t connections; /* that clients may have to each balancer; SCENARIO_UNLIMITED: as many
                             as this machine lets them */
};

struct scenario {
    struct arena *arena;
    const char *path; /* as given; "-" for one made from options */
    const char *name, *description, *source;
    const char *text;    /* the file, as read (with --set applied: as run) */
    double load;         /* NAN if the file gives rates */
    double offered_load; /* work offered over capacity; NAN with closed clients alone, or unlimited
                            cores */
    struct client_spec *clients;
    struct server_spec *servers;
    struct link_spec *links;
    struct balancer_spec *balancers;
    struct policy_spec *policies;
    uint32_t clients_n, servers_n, links_n, balancers_n, policies_n;
    uint32_t servers_total;   /* over all groups, with those that the timeline adds; ... */
    uint32_t servers_present; /* ... at time 0 */
    const char *const *zones; /* names */
    uint32_t zones_n;
    const struct change *changes; /* ascending by `at`, then as in the file */
    uint32_t changes_n;
    struct run_spec run;
    struct live_spec live;
};

/* Looks a policy up by name or alias (hyphen equals underscore). `settings` receives what an alias
 * sets, "tie=swrr", or "". A path ("./mine.so#name") is loaded. NULL: not found, and `why` (room
 * bytes) says so. The scenario layer gets this from above: it knows no dlopen. */
struct policy_source {
    const struct lb_policy *(*find)(void *context, const char *name, const char **settings,
                                    char *why, size_t room);
    /* The i-th known name, for "did you mean" and the schema; NULL after the last. */
    const char *(*name)(void *context, uint32_t i);
    void *context;
};

/* One change from the command line: --set PATH=VALUE, or an option that stands for one. */
struct setting {
    const char *path, *value; /* value as JSON text, or bare words taken as a string */
    const char *option;       /* as typed, for messages ("--load 2"); NULL: "--set PATH=VALUE" */
};

struct scenario_request {
    const struct policy_source *policies;
    const struct setting *settings;
    uint32_t settings_n;
    const char *const *only; /* --policy texts; empty: as the file says */
    uint32_t only_n;
    const struct setting *sweeps; /* --sweep PATH=AXIS */
    uint32_t sweeps_n;
    /* Is this the name of a metric of this scenario, whose clients, servers, balancers and zones
     * are known by now? Nonzero: no, and `why` (room bytes) says so. NULL: any is. */
    int (*metric)(const struct scenario *, const char *name, char *why, size_t room);
    /* The unit of such a metric: "s", "1/s", "requests", "1"; NULL if it is none. */
    const char *(*metric_unit)(const char *name);
    /* May these windows be told? Likewise; called when all their metrics are known. */
    int (*windows)(const struct scenario *, char *why, size_t room);
    /* Opens a file of numbers that the scenario names; NULL: errno says why not. Without such a
     * function no file but the scenario is read, and one that names another is refused. */
    FILE *(*open_file)(const char *path);
};

/* Reads, checks and resolves; of a sweep there may be no more than one point (see study.h), and no
 * policy may override what its balancer does. On failure returns NULL with every error of the file
 * in `said`; warnings may be there on success too. Close with scenario_close. */
struct scenario *scenario_read(const char *path, const char *text, size_t length,
                               const struct scenario_request *, struct diagnostics *said);
struct scenario *scenario_load(const char *path, const struct scenario_request *,
                               struct diagnostics *said);
void scenario_close(struct scenario *);
/* The usual open_file: any regular file that this user may read. */
FILE *scenario_open_file(const char *path);

/* The borders of the i-th window, whether or not a run reaches it. */
struct window windows_at(const struct windows_spec *, uint32_t i);

/* Do its requests differ by key? */
bool client_has_keys(const struct client_spec *);

#endif
