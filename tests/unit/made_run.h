/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live runs that are made up: the records of a simulation whose messages take extra delays that are
 * drawn here. What real processes would have measured is so known exactly. */
#ifndef TESTS_MADE_RUN_H
#define TESTS_MADE_RUN_H

#include "sim/live/loop.h"
#include "sim/live/predict.h"
#include "sim/run/plugin.h"
#include "sim/run/trip.h"
#include "sim/run/wire.h"
#include "tests/unit/scenario_fixture.h"

struct made_run {
    struct plugins *plugins;
    struct reading reading;
    struct live_plan plan;
    struct lb_random random;
    double mean[4];                   /* of the extra delays, s; exponential, whole ns */
    bool constant;                    /* just the means */
    bool forgets;                     /* no moments are kept */
    const struct policy_spec *logged; /* used in place of the scenario's; or NULL */
};

static inline lb_time made_delay(struct made_run *m, int part)
{
    double x = m->mean[part] * 1e9;

    if (!m->constant)
        x *= -log(1.0 - lb_unit(&m->random));
    return (lb_time)(x + 0.5);
}

/* As the roles keep them. */
static inline void made_moments(struct made_run *m, const struct world *w, uint32_t slot,
                                enum link_part part, lb_time took)
{
    struct live_moment out = { w->now, w->job[slot].serial, w->trip[slot].draw, (uint16_t)part,
                               MOMENT_OUT };

    if (m->forgets || !role_keeps_moments(&m->plan))
        return;
    shared_moment(m->plan.shared, &out);
    out.at += took;
    out.kind = MOMENT_COME;
    shared_moment(m->plan.shared, &out);
}

static inline lb_time made_extra(void *context, const struct world *w, uint32_t slot,
                                 enum link_part part, lb_time delay)
{
    struct made_run *m = context;
    struct live_record *r = shared_record(m->plan.shared, w->job[slot].serial);
    lb_time d;

    if (!r || part > PART_TO_CLIENT)
        return delay;
    d = delay + made_delay(m, (int)part);
    made_moments(m, w, slot, part, d);
    if (w->trip[slot].draw > 0) {
        r->attempts += part == PART_TO_SERVER;
        r->dispatched = part == PART_TO_SERVER ? w->job[slot].server : r->dispatched;
        return d;
    }
    switch (part) {
    case PART_TO_BALANCER:
        r->intended = w->now;
        r->sent = w->now + delay;
        r->arrived = w->now + d;
        break;
    case PART_TO_SERVER:
        r->forwarded = w->now + delay;
        r->reached = w->now + d;
        r->dispatched = r->server = w->job[slot].server;
        r->attempts++;
        break;
    case PART_FROM_SERVER:
        r->due = w->now;
        r->answered = w->now + delay;
        r->returned = w->now + d;
        break;
    default:
        r->replied = w->now + delay;
        break;
    }
    return d;
}

/* Policies' messages are late by the way from a server. */
static inline lb_time made_talk(void *context, const struct world *w, const struct message *what,
                                lb_time sent, lb_time delay)
{
    struct made_run *m = context;
    const lb_time d = made_delay(m, PART_FROM_SERVER);

    (void)w;
    shared_talk(m->plan.shared, &(struct live_talk) { sent, sent + d, what->server, what->balancer,
                                                      (uint32_t)what->kind });
    return delay + d;
}

static inline void made_ended(void *context, const struct world *w, uint32_t slot, enum ending how,
                              lb_time when, lb_time wait, lb_time service)
{
    struct made_run *m = context;
    struct live_record *r = shared_record(m->plan.shared, w->job[slot].serial);

    r->done = when;
    r->ended = (uint8_t)(1 + how);
    r->tries = (uint16_t)w->errand[slot].tries;
    if (how == ENDED_COMPLETED) {
        r->served = w->job[slot].server;
        r->wait = wait;
        r->service = service;
    }
}

/* Reads a scenario, with lbsim's own policies. */
static inline void made_open(struct made_run *m, const char *text)
{
    struct policy_source source;

    memset(m, 0, sizeof *m);
    m->plugins = plugins_open();
    source = plugins_source(m->plugins);
    m->reading = reading_of(text, &(struct scenario_request) { .policies = &source });
    if (!m->reading.scenario)
        fprintf(stderr, "%s\n", m->reading.shown);
    CU_ASSERT_PTR_NOT_NULL_FATAL(m->reading.scenario);
    m->random = (struct lb_random) { 11 };
}

/* Runs one of its policies, so many requests, with these mean delays. */
static inline void made_go(struct made_run *m, uint32_t policy, uint64_t requests)
{
    const struct scenario *s = m->reading.scenario;
    const struct wire wire = { .here = WORLD_WHOLE,
                               .adds = true,
                               .context = m,
                               .extra = made_extra,
                               .talk = made_talk,
                               .ended = made_ended };
    const struct world_order order = { .scenario = s,
                                       .policy = m->logged ? m->logged : &s->policies[policy],
                                       .replication = 3,
                                       .requests = requests,
                                       .warmup = requests / 10,
                                       .wire = &wire };
    struct world *w = malloc(sizeof *w);

    shared_close(m->plan.shared);
    m->plan = (struct live_plan) { .scenario = s,
                                   .policy = &s->policies[policy],
                                   .replication = 3,
                                   .requests = requests,
                                   .duration = LB_NEVER,
                                   .warmup = requests / 10,
                                   .time_scale = 1.0,
                                   .shared = shared_open(requests, 1, s->servers_total) };
    CU_ASSERT_PTR_NOT_NULL_FATAL(m->plan.shared);
    CU_ASSERT_EQUAL_FATAL(world_open(w, &order), 0);
    CU_ASSERT_EQUAL(world_run(w), 0);
    if (w->failed)
        fprintf(stderr, "%s\n", w->why);
    world_close(w);
    free(w);
}

static inline void made_close(struct made_run *m)
{
    shared_close(m->plan.shared);
    reading_end(&m->reading);
    plugins_close(m->plugins);
}

#endif
