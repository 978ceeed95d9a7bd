/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passive health: servers whose answers tell against them are left out for a while. One for a
 * balancer; servers are seats. */
#ifndef MODELS_OUTLIER_H
#define MODELS_OUTLIER_H

#include <stdbool.h>

#include "models/policy.h"

enum outlier_rule {
    OUTLIER_ENVOY,  /* consecutive failures at once; success rate and failure percentage each
                       interval; ejection x number of ejections, at most most_ejection */
    OUTLIER_GRPC,   /* gRPC A50: the same without consecutive failures, one pass an interval */
    OUTLIER_NGINX,  /* fails >= max_fails (= consecutive), none of them followed by fail_timeout
                       (= ejection) and a success: out for it, then one request in each decides; a
                       lone server is never out */
    OUTLIER_HAPROXY /* observe: consecutive failures count as a failed check; with an ejection,
                       which a server without checks needs, it is out for that instead */
};

/* What is judged; 0 or NAN: not by that. Envoy and gRPC look at the clock when an interval ends: an
 * ejection lasts until then. nginx and HAProxy go by `consecutive` and `ejection` alone. */
struct outlier_spec {
    enum outlier_rule rule;
    uint32_t consecutive;
    lb_time interval, ejection, most_ejection;
    double most_ejected; /* share of the servers: Envoy ejects none beyond it, gRPC none when it is
                            reached; NAN: no limit */
    bool at_least_one;   /* however few there are */
    double enforced;     /* probability of ejection by consecutive failures */
    struct {
        double factor, enforced; /* below mean - factor x standard deviation */
        uint32_t least_hosts, least_requests;
    } success_rate;
    struct {
        double threshold, enforced; /* share of failures, 0 .. 1 */
        uint32_t least_hosts, least_requests;
    } failure_percentage;
    struct {
        double factor; /* mean latency over this multiple of the median of all servers' means */
        uint32_t least_hosts, least_requests;
    } latency;
};

enum outlier_action {
    OUTLIER_NOTHING,
    OUTLIER_EJECTED,     /* the seat is out from now on */
    OUTLIER_RETURNED,    /* it is in again: nginx, when the deciding request succeeds */
    OUTLIER_FAILED_CHECK /* count it as a failed health check */
};

struct outlier_seat {
    bool out;
    bool was_out;                /* before the tick */
    bool probing;                /* nginx: sent to since its time is over: a success decides */
    uint32_t consecutive, times; /* times: multiplier of the ejection */
    uint32_t good, bad;          /* since the interval began */
    double latency;              /* sum, ns, of the good ones */
    lb_time since, until;        /* out or in: from; out: to; nginx: last failure or trial */
};
struct outlier {
    const struct outlier_spec *spec;
    struct outlier_seat *seat;
    uint32_t n, out;
    lb_time ticks_at; /* when the interval ends; without one, when the first is in again */
};

/* `seat` is room for n, which stay the caller's. */
void outlier_open(struct outlier *, const struct outlier_spec *, struct outlier_seat *seat,
                  uint32_t n);
/* An attempt at a seat has come back. The draws decide about enforcement. */
enum outlier_action outlier_done(struct outlier *, lb_server seat, bool failed, lb_time latency,
                                 struct lb_random *, lb_time now);
/* nginx: an attempt is sent to a seat whose time is over: it alone decides, for as long again, and
 * outlier_allows changes. */
void outlier_sent(struct outlier *, lb_server seat, lb_time now);
/* May the seat be used? (nginx: not while the deciding request is out.) */
bool outlier_allows(const struct outlier *, lb_server seat);
/* When outlier_tick is due next: an interval ends or somebody's time is over; LB_NEVER: not. */
lb_time outlier_due(const struct outlier *);
/* Looks at the clock: who is out, and who is in again. Seats whose outlier_allows changed are
 * written to changed[0 .. n - 1]; returns how many. */
uint32_t outlier_tick(struct outlier *, struct lb_random *, lb_server *changed, lb_time now);
/* An active check has passed: Envoy takes it back at once. True: it was out. */
bool outlier_check_passed(struct outlier *, lb_server seat, lb_time now);

#endif
