/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/live/live_result.h"
#include "sim/live/predict_part.h"
#include "sim/run/features.h"

const char *prediction_level_name(enum prediction_level level)
{
    static const char *const names[PREDICT_LEVELS] = { "RAW", "CALIBRATED", "ENV-REPLAY" };

    return names[level];
}

/* ---- What messages take. */

/* A simulation on its way. */
struct predicting {
    const struct predict_order *order;
    struct prediction *out;
    uint64_t key, service_key, sample_key; /* sample_key 0: services as they were measured */
    struct talks talks;                    /* ENV-REPLAY */
    struct passages passages;              /* likewise */
};

/* Which of a request's messages this is: 0 its first of that kind, later ones further on. */
static uint64_t number_of(const struct world *w, uint32_t slot)
{
    return w->trip[slot].draw;
}

/* All first messages of a request take the delays of one ping. */
static lb_time added(const struct predicting *p, uint64_t serial, uint64_t number,
                     enum link_part part)
{
    const struct calibration *c = p->order->calibration;
    struct lb_random random = stream_at(p->key, serial, number);

    if (!c || c->n == 0 || (int)part >= PREDICT_MESSAGES)
        return 0;
    return c->at[lb_below(&random, (uint32_t)c->n)][part];
}

/* By its record, which knows of the last attempt alone. `least`: it took at least that long, or was
 * lost. */
static lb_time recorded(const struct predicting *p, uint64_t serial, uint64_t number,
                        enum link_part part, lb_time *least)
{
    const struct live_record *r = &p->order->shared->record[serial];

    if (r->tries > 1)
        return -1;
    if (part == PART_TO_CLIENT && r->ended == 1 + ENDED_TIMED_OUT && r->returned < r->done)
        *least = r->done - r->returned + 1;
    if (part == PART_TO_BALANCER || part == PART_TO_CLIENT)
        return number == 0 ? path_message(r, part) : -1;
    return number + 1 == (r->attempts ? r->attempts : 1) ? path_message(r, part) : -1;
}

/* The same message of the live run, from the instant that it would set out in simulation; -1: not
 * known. */
static lb_time measured(const struct predicting *p, uint64_t serial, uint64_t number,
                        enum link_part part, lb_time *least)
{
    lb_time took;

    *least = 0;
    if ((int)part >= PREDICT_MESSAGES || serial >= p->out->fates.n)
        return -1;
    took = passages_took(&p->passages, serial, number, part);
    return took >= 0 ? took : recorded(p, serial, number, part, least);
}

static lb_time replay(struct predicting *p, uint64_t serial, uint64_t number, enum link_part part,
                      lb_time delay)
{
    lb_time least, known = measured(p, serial, number, part, &least);

    if (known >= 0) {
        p->out->replayed++;
        return known;
    }
    p->out->filled++;
    delay += added(p, serial, number, part);
    return delay > least ? delay : least;
}

static void keep_link(struct predicting *p, uint64_t serial, uint64_t number, enum link_part part,
                      lb_time delay)
{
    if (p->out->link && number == 0 && (int)part < PREDICT_MESSAGES && serial < p->out->fates.n)
        p->out->link[serial][part] = delay;
}

static lb_time extra(void *context, const struct world *w, uint32_t slot, enum link_part part,
                     lb_time delay)
{
    struct predicting *p = context;
    const uint64_t serial = w->job[slot].serial, number = number_of(w, slot);

    keep_link(p, serial, number, part, delay);
    switch (p->order->level) {
    case PREDICT_CALIBRATED:
        return delay + added(p, serial, number, part);
    case PREDICT_REPLAY:
        return replay(p, serial, number, part, delay);
    default:
        return delay;
    }
}

/* What policies and servers say to each other is drawn apart from requests. Where pings came with
 * none of it, it takes as long as the messages of requests. */
static lb_time talk_added(const struct predicting *p, const struct world *w,
                          const struct message *m)
{
    const struct calibration *c = p->order->calibration;
    const uint64_t serial = UINT64_C(1) << 40 | w->talks;
    struct lb_random random = stream_at(p->key, serial, 0);

    if (c && c->talks)
        return c->talk[lb_below(&random, (uint32_t)c->talks)];
    return added(p, serial, 0, m->kind == MESSAGE_PROBE ? PART_TO_SERVER : PART_FROM_SERVER);
}

static lb_time talk(void *context, const struct world *w, const struct message *m, lb_time sent,
                    lb_time delay)
{
    struct predicting *p = context;
    lb_time came;

    if (p->order->level == PREDICT_RAW)
        return delay;
    came = p->order->level == PREDICT_REPLAY ? talks_find(&p->talks, m, sent) : LB_NEVER;
    if (came == LB_NEVER) {
        p->out->filled += p->order->level == PREDICT_REPLAY;
        return delay + talk_added(p, w, m);
    }
    p->out->replayed++;
    return delay + (came > sent ? came - sent : 0);
}

/* At a server that is not lbsim's. The same however often it is asked. */
static lb_time work(void *context, const struct world *w, uint32_t slot)
{
    const struct predicting *p = context;
    const struct calibration *c = p->order->calibration;
    const struct job *j = &w->job[slot];
    const uint32_t group = w->server[j->server].group;

    if (p->order->level != PREDICT_CALIBRATED || !c || !c->service || !c->service[group].at ||
        w->trip[slot].role != TRIP_ATTEMPT)
        return j->work;
    return (lb_time)((double)services_draw(&c->service[group], p->service_key, p->sample_key,
                                           j->serial, number_of(w, slot)) *
                         w->group[group].speed +
                     0.5);
}

static void ended(void *context, const struct world *w, uint32_t slot, enum ending how,
                  lb_time when, lb_time wait, lb_time service)
{
    struct predicting *p = context;
    const struct job *j = &w->job[slot];

    (void)wait;
    (void)service;
    if (j->serial < p->out->fates.n)
        p->out->fates.at[j->serial] = (struct fate) {
            .latency = how == ENDED_COMPLETED ? when - j->issued : 0,
            .server = how == ENDED_COMPLETED ? j->server : LB_NONE,
            .ended = (uint8_t)(1 + how),
            .sent = p->out->fates.at[j->serial].sent,
        };
}

static void dispatched(void *context, const struct world *w, uint32_t slot, lb_server server)
{
    struct predicting *p = context;

    if (w->job[slot].serial < p->out->fates.n)
        p->out->fates.at[w->job[slot].serial].sent = server;
}

/* ---- The simulation. */

static bool fates_open(struct fates *f, uint64_t n)
{
    uint64_t i;

    *f = (struct fates) { .at = malloc((n + 1) * sizeof f->at[0]), .n = n };
    for (i = 0; f->at && i < n; i++)
        f->at[i] = (struct fate) { 0, LB_NONE, 0, LB_NONE };
    return f->at != NULL;
}

static bool links_open(struct prediction *out, uint64_t n)
{
    out->link = malloc((n + 1) * sizeof out->link[0]);
    if (out->link)
        memset(out->link, 0xff, (n + 1) * sizeof out->link[0]); /* all -1 */
    return out->link != NULL;
}

static void open_keys(struct predicting *p)
{
    const struct predict_order *o = p->order;
    const uint64_t seed = o->scenario->run.seed;

    p->key = stream_key(seed, o->replication, o->path, STREAM_PATH);
    p->service_key = stream_key(seed, o->replication, o->path, STREAM_MEASURED);
    if (o->sampled)
        p->sample_key =
            stream_key(seed, o->replication, o->path | UINT32_C(1) << 31, STREAM_MEASURED);
}

static int run_world(const struct predict_order *order, const struct wire *wire, struct world *w,
                     struct prediction *out)
{
    const struct scenario *s = order->scenario;
    const struct world_order made = { .scenario = s,
                                      .policy = order->policy,
                                      .replication = order->replication,
                                      .requests = order->requests,
                                      .warmup = order->warmup,
                                      .warmup_time = order->warmup_time,
                                      .ahead = 0,
                                      .wire = wire };
    int failed = world_open(w, &made);

    if (!failed && order->draws)
        w->policy_key = stream_key(s->run.seed, order->replication, order->draws, STREAM_POLICY);
    failed = failed || world_run(w);
    snprintf(out->why, sizeof out->why, "%.200s", w->why);
    out->fates.first = order->warmup == UINT64_MAX ? w->warmup : order->warmup;
    world_close(w);
    return failed ? -1 : 0;
}

int predict(const struct predict_order *order, struct prediction *out)
{
    struct predicting p = { .order = order, .out = out };
    const struct wire wire = { .here = WORLD_WHOLE,
                               .adds = order->level != PREDICT_RAW,
                               .context = &p,
                               .extra = extra,
                               .talk = talk,
                               .work = work,
                               .ended = ended,
                               .dispatched = dispatched };
    struct world *w = malloc(sizeof *w);
    int answer = -1;

    *out = (struct prediction) { .why = "out of memory" };
    open_keys(&p);
    if (order->requests == 0)
        snprintf(out->why, sizeof out->why, "no request was issued");
    else if (w && fates_open(&out->fates, order->requests) &&
             (!order->links || links_open(out, order->requests)) &&
             (order->level != PREDICT_REPLAY ||
              (talks_open(&p.talks, order->shared) && passages_open(&p.passages, order->shared))))
        answer = run_world(order, &wire, w, out);
    talks_close(&p.talks);
    passages_close(&p.passages);
    free(w);
    return answer;
}

void prediction_close(struct prediction *p)
{
    fates_close(&p->fates);
    free(p->link);
    p->link = NULL;
}

/* ---- The live run. */

static uint64_t issued(const struct live_plan *plan)
{
    uint64_t n = 0;

    while (n < plan->shared->room && plan->shared->record[n].intended != LB_NEVER)
        n++;
    return n;
}

struct predict_order predict_order_of(const struct live_plan *plan,
                                      const struct policy_spec *policy)
{
    return (struct predict_order) { .scenario = plan->scenario,
                                    .policy = policy,
                                    .replication = plan->replication,
                                    .requests = issued(plan),
                                    .warmup = plan->warmup,
                                    .warmup_time = plan->warmup_time,
                                    .shared = plan->shared };
}

int fates_of_run(const struct live_plan *plan, struct fates *out)
{
    uint64_t i, n = issued(plan);

    if (!fates_open(out, n))
        return -1;
    out->first = live_first_measured(plan);
    for (i = 0; i < n; i++) {
        const struct live_record *r = &plan->shared->record[i];
        const bool completed = r->ended == 1 + ENDED_COMPLETED;
        const lb_server to = r->served != LB_NONE       ? r->served
                             : r->dispatched != LB_NONE ? r->dispatched
                                                        : r->server;

        out->at[i] = (struct fate) { .latency = completed ? r->done - r->intended : 0,
                                     .server = completed ? to : LB_NONE,
                                     .ended = r->ended,
                                     .sent = r->dispatched != LB_NONE ? r->dispatched : r->server };
    }
    return 0;
}

void fates_close(struct fates *f)
{
    free(f->at);
    f->at = NULL;
}

/* ---- Policies. */

bool predict_is_stateless(const struct scenario *s, const struct policy_spec *spec)
{
    const struct lb_policy *p = spec->policy;
    const uint32_t looks = LB_SEES_LOAD | LB_SEES_TRUTH | LB_SEES_WORK | LB_SEES_REPORTS |
                           LB_SENDS_PROBES | LB_SENDS_COPIES | LB_CUTS | LB_MAY_HOLD;

    return !(p->sees & looks) && !p->done && !p->loaded && !p->report && !p->wake && !p->agent &&
           !scenario_needs_trips(s) && !scenario_has_closed(s) && !scenario_has_sessions(s);
}
