/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What messages take on this machine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/live_result.h"
#include "sim/live/predict_part.h"

static lb_time between(lb_time from, lb_time to)
{
    return from == LB_NEVER || to == LB_NEVER ? -1 : to > from ? to - from : 0;
}

/* In the balancer's queue: what the wait that the answer tells has beyond that at the server. */
static lb_time held(const struct live_record *r)
{
    lb_time at_server;

    if (r->wait == LB_NEVER || r->service == LB_NEVER || r->due == LB_NEVER ||
        r->reached == LB_NEVER)
        return 0;
    at_server = r->due - r->reached;
    return r->wait + r->service > at_server ? r->wait + r->service - at_server : 0;
}

lb_time path_message(const struct live_record *r, enum link_part part)
{
    lb_time t;

    switch (part) {
    case PART_TO_BALANCER:
        return between(r->intended, r->arrived);
    case PART_TO_SERVER:
        if (r->attempts > 1)
            return between(r->forwarded, r->reached);
        t = between(r->arrived, r->reached);
        return t < 0 ? -1 : t > held(r) ? t - held(r) : 0;
    case PART_FROM_SERVER:
        return between(r->due, r->returned);
    case PART_TO_CLIENT:
        return r->ended == 1 + ENDED_COMPLETED ? between(r->returned, r->done) : -1;
    default:
        return -1;
    }
}

/* ---- Pings. */

/* In the balancer's queue, on the way to a server that says nothing of itself, or nothing that is
 * believed. */
static lb_time queued(const struct live_record *r)
{
    const lb_time told = r->wait + r->service, there = between(r->forwarded, r->returned);

    if (r->wait == LB_NEVER || r->service == LB_NEVER)
        return 0;
    return r->service == 0 ? r->wait : told > there ? told - there : 0;
}

/* The way back lies in what the balancer saw of a server that is not lbsim's, and no simulated link
 * comes on top of it. */
static bool take_foreign(const struct live_record *r, const struct ways *ways,
                         lb_time at[PREDICT_MESSAGES])
{
    const lb_time inside = between(r->arrived, r->forwarded), wait = queued(r);

    at[PART_TO_BALANCER] = path_message(r, PART_TO_BALANCER);
    at[PART_TO_SERVER] = (inside > wait ? inside - wait : 0) + ways->there;
    at[PART_FROM_SERVER] = ways->back;
    at[PART_TO_CLIENT] = path_message(r, PART_TO_CLIENT);
    return inside >= 0 && r->returned != LB_NEVER && at[PART_TO_BALANCER] >= 0 &&
           at[PART_TO_CLIENT] >= 0;
}

/* A foreign balancer says nothing of itself: each way is halved. */
static bool take(const struct live_record *r, lb_time at[PREDICT_MESSAGES])
{
    lb_time there, back;
    int i;

    if (r->arrived != LB_NEVER) {
        for (i = 0; i < PREDICT_MESSAGES; i++)
            at[i] = path_message(r, (enum link_part)i);
        return at[0] >= 0 && at[1] >= 0 && at[2] >= 0 && at[3] >= 0;
    }
    there = between(r->sent, r->reached);
    back = between(r->due, r->done);
    if (there < 0 || back < 0)
        return false;
    at[PART_TO_BALANCER] = r->sent - r->intended + there / 2;
    at[PART_TO_SERVER] = there - there / 2;
    at[PART_FROM_SERVER] = back / 2;
    at[PART_TO_CLIENT] = back - back / 2;
    return true;
}

/* Less what its links were to take; together. */
static lb_time less_links(lb_time at[PREDICT_MESSAGES], const lb_time link[PREDICT_MESSAGES],
                          bool foreign)
{
    lb_time sum = 0;
    int i;

    for (i = 0; i < PREDICT_MESSAGES; i++) {
        if (link && link[i] > 0 && !(foreign && i == PART_FROM_SERVER))
            at[i] = at[i] > link[i] ? at[i] - link[i] : 0;
        sum += at[i];
    }
    return sum;
}

/* How late the client's timer was that sent it. */
static lb_time lateness(const struct live_record *r, const lb_time link[PREDICT_MESSAGES])
{
    lb_time late = r->sent - r->intended;

    if (link && link[PART_TO_BALANCER] > 0)
        late -= link[PART_TO_BALANCER];
    return late > 0 ? late : 0;
}

static int by_size(const void *a, const void *b)
{
    const lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

/* How late clients' timers were, of pings that made no work. */
struct timers {
    lb_time *late;
    uint64_t n;
};

/* Who is kept, and the median of their sums. The timer that a ping's server would have had is as
 * late as that of the client of the ping before. */
static void collect(struct calibration *c, const struct live_plan *ping, const struct ways *ways,
                    const struct prediction *raw, lb_time *sum, struct timers *timers)
{
    const lb_time bound = (lb_time)(c->bound * 1e9);
    lb_time timer = -1;
    uint64_t i;

    for (i = live_first_measured(ping); i < raw->fates.n; i++) {
        const struct live_record *r = &ping->shared->record[i];
        const lb_time *link = raw->link ? raw->link[i] : NULL;
        const bool foreign = services_foreign(ping, r->dispatched);
        const bool idle = !foreign && r->service == 0;
        lb_time *at = c->at[c->n], late;

        if (!live_is_plain(r) || r->sent == LB_NEVER ||
            !(foreign ? take_foreign(r, ways, at) : take(r, at)))
            continue;
        late = lateness(r, link);
        sum[c->n] = less_links(at, link, foreign);
        if (idle)
            at[PART_FROM_SERVER] += timer >= 0 ? timer : late;
        timer = late <= bound ? late : timer;
        if (idle && late <= bound)
            timers->late[timers->n++] = late;
        if (sum[c->n] > bound)
            c->dropped++;
        else
            c->n++;
    }
    qsort(sum, c->n, sizeof sum[0], by_size);
    c->median = c->n ? (double)sum[histogram_rank(0.5, c->n) - 1] / 1e9 : NAN;
}

/* What was said beside requests, since the end of the warm-up. What a server says of itself is said
 * when a service ends, in a run by a timer as well. */
static bool collect_talks(struct calibration *c, const struct live_plan *ping,
                          const struct timers *timers)
{
    const struct live_shared *s = ping->shared;
    const uint64_t first = live_first_measured(ping), n = shared_talks(s);
    const lb_time from = first < s->room ? s->record[first].intended : LB_NEVER;
    const lb_time bound = (lb_time)(c->bound * 1e9);
    uint64_t i;

    c->talk = malloc((n + 1) * sizeof c->talk[0]);
    for (i = 0; c->talk && i < n; i++) {
        const lb_time took = between(s->talk[i].sent, s->talk[i].came);
        const bool timed = s->talk[i].kind == MESSAGE_REPORT && timers->n;

        if (s->talk[i].sent >= from && took >= 0 && took <= bound)
            c->talk[c->talks++] = took + (timed ? timers->late[i % timers->n] : 0);
    }
    return c->talk != NULL;
}

/* From the time of pings to that of the run. */
static void keep_pace(struct calibration *c, double pace)
{
    uint64_t i;
    int k;

    for (i = 0; i < c->n; i++)
        for (k = 0; k < PREDICT_MESSAGES; k++)
            c->at[i][k] = (lb_time)((double)c->at[i][k] * pace + 0.5);
    for (i = 0; i < c->talks; i++)
        c->talk[i] = (lb_time)((double)c->talk[i] * pace + 0.5);
    c->median *= pace;
    c->bound *= pace;
}

static const char *refusal(const struct calibration *c, const struct live_plan *ping)
{
    if (c->n == 0)
        return "no ping came back in time";
    return c->service ? services_refusal(c->service, ping) : NULL;
}

/* Everything that pings say: 0 or -1. */
static int learn(struct calibration *c, const struct live_plan *ping, const struct prediction *raw,
                 uint64_t requests)
{
    const bool foreign = services_any_foreign(ping);
    struct timers timers = { malloc((requests + 1) * sizeof timers.late[0]), 0 };
    lb_time *sum = malloc((requests + 1) * sizeof sum[0]);
    struct ways ways = { 0, 0 };
    int answer = -1;

    c->at = malloc((requests + 1) * sizeof c->at[0]);
    if (timers.late && sum && c->at && (!foreign || services_ways(ping, &ways) == 0)) {
        collect(c, ping, &ways, raw, sum, &timers);
        answer = collect_talks(c, ping, &timers) ? 0 : -1;
    }
    if (answer == 0 && foreign && !(c->service = services_measure(ping, &ways)))
        answer = -1;
    free(sum);
    free(timers.late);
    return answer;
}

int calibrate(struct calibration *c, const struct live_plan *ping, double bound)
{
    struct predict_order order = predict_order_of(ping, ping->policy);
    struct prediction raw;
    int answer;

    *c = (struct calibration) { .bound = bound / ping->time_scale,
                                .median = NAN,
                                .groups = ping->scenario->servers_n };
    order.links = true;
    answer = predict(&order, &raw);
    if (answer && strcmp(raw.why, "out of memory")) {
        c->why = "the pings cannot be simulated";
        answer = 0;
    } else if (answer == 0 && (answer = learn(c, ping, &raw, order.requests)) == 0) {
        c->why = refusal(c, ping);
        keep_pace(c, services_pace(ping));
    }
    prediction_close(&raw);
    return answer;
}

void calibration_forget(struct calibration *c)
{
    free(c->at);
    free(c->talk);
    services_forget(c->service, c->groups);
    c->at = NULL;
    c->talk = NULL;
    c->n = c->talks = 0;
}

void calibration_close(struct calibration *c)
{
    calibration_forget(c);
    free(c->service);
    c->service = NULL;
}
