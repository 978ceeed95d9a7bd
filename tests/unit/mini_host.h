/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small host for policies: a view in plain arrays (NULL what the policy does not declare), one
 * balancer, no clock but what the test sets, messages of agents delivered at once. The key of a
 * request is its serial number. It runs two instances of the policy side by side, one with
 * `prepare` and one without, and counts where they part. */
#ifndef TESTS_UNIT_MINI_HOST_H
#define TESTS_UNIT_MINI_HOST_H

#include <stdlib.h>
#include <string.h>

#include "models/policy.h"

enum { MINI_LOOK = 64, MINI_TWINS = 2, MINI_CONFIG = 256, MINI_COPIES = 64 };

/* What a pick has asked of the host beside its answer. */
struct mini_asked {
    lb_server also[MINI_COPIES];
    lb_time after[MINI_COPIES], limit; /* limit 0: none */
    uint32_t also_n, limits;           /* how often each was called */
};

struct mini {
    struct lb_host host; /* first: the policy hands it back */
    struct lb_view view;
    const struct lb_policy *policy;
    void *self[MINI_TWINS];
    union {
        uint64_t align;
        char bytes[MINI_CONFIG];
    } config;
    lb_time now;
    uint64_t serial; /* of the next request */
    uint64_t parent; /* of the next requests, if not 0 */
    lb_server *usable;
    uint32_t *load, *inflight, *weight, *slots;
    uint64_t *full;
    uint64_t *name;
    float *ramp, *rate;
    lb_time *free_at;
    uint8_t *up;
    char *memory; /* of the agent, by seat */
    struct lb_random agent_random;
    lb_server look[MINI_LOOK]; /* for the next request, if no change comes between */
    uint32_t look_n, look_version;
    lb_server via;           /* of the last pick, or LB_NONE */
    struct mini_asked asked; /* of the last pick */
    uint32_t gauge, parted;
};

struct mini_pick {
    struct lb_request request;
    uint64_t memo[MINI_TWINS];
    lb_server server; /* or LB_NONE, LB_HOLD */
};

static inline uint64_t *mini_memo(const struct mini *m, struct mini_pick *pick, int twin)
{
    return m->policy->sees & LB_USES_MEMO ? &pick->memo[twin] : NULL;
}

static inline void mini_via(struct lb_host *host, lb_server s)
{
    ((struct mini *)host)->via = s;
}

static inline void mini_also(struct lb_host *host, lb_server s, lb_time after)
{
    struct mini_asked *asked = &((struct mini *)host)->asked;

    if (asked->also_n < MINI_COPIES) {
        asked->also[asked->also_n] = s;
        asked->after[asked->also_n] = after;
    }
    asked->also_n++;
}

static inline void mini_limit(struct lb_host *host, lb_time service)
{
    struct mini_asked *asked = &((struct mini *)host)->asked;

    asked->limit = service;
    asked->limits++;
}

static inline void mini_publish(struct lb_host *host, uint32_t gauge)
{
    ((struct mini *)host)->gauge = gauge;
}

static inline void mini_note(struct lb_host *host, const char *text)
{
    (void)host;
    (void)text;
}

/* The value of a setting for one parameter; unknown text gives -1. */
static inline double mini_value(const struct lb_param *param, const char *text, size_t length)
{
    int i;

    if (param->type == LB_CHOICE) {
        for (i = 0; param->choices[i]; i++)
            if (strlen(param->choices[i]) == length && !memcmp(param->choices[i], text, length))
                return i;
        return -1;
    }
    return param->type == LB_FLAG ? text[0] == 't' : strtod(text, NULL);
}

static inline void mini_store(char *config, const struct lb_param *param, double value)
{
    int64_t whole = (int64_t)(param->type == LB_DURATION ? value * 1e9 : value);
    int32_t small = (int32_t)value;

    if (param->type == LB_INT || param->type == LB_DURATION)
        memcpy(config + param->offset, &whole, sizeof whole);
    else if (param->type == LB_FLAG || param->type == LB_CHOICE)
        memcpy(config + param->offset, &small, sizeof small);
    else
        memcpy(config + param->offset, &value, sizeof value);
}

/* A list is written 1/2/3; its numbers stand in the second half of the config. */
static inline void mini_store_list(char *config, const struct lb_param *param, const char *text)
{
    double *at = (double *)(void *)(config + MINI_CONFIG / 2);
    struct lb_list list = { at, 0 };
    char *end;

    for (; text && list.n < MINI_CONFIG / 16; text = *end == '/' ? end + 1 : NULL)
        at[list.n++] = strtod(text, &end);
    memcpy(config + param->offset, &list, sizeof list);
}

static inline void mini_set(char *config, const struct lb_param *param, const char *text)
{
    if (param->type == LB_LIST)
        mini_store_list(config, param, text);
    else
        mini_store(config, param, mini_value(param, text, strcspn(text, ",")));
}

/* Fills a config from the presets and "name=value,name=value". */
static inline void mini_configure(const struct lb_policy *policy, const char *settings,
                                  char *config)
{
    const struct lb_param *param;

    for (param = policy->params; param && param->name; param++) {
        size_t length = strlen(param->name);
        const char *at;

        if (param->type == LB_LIST)
            mini_store_list(config, param, NULL);
        else
            mini_store(config, param, param->preset);
        for (at = settings; *at; at += strcspn(at, ","), at += *at == ',')
            if (!strncmp(at, param->name, length) && at[length] == '=')
                mini_set(config, param, at + length + 1);
    }
}

/* The draws of a request depend on its id alone. */
static inline struct lb_random mini_draws(uint64_t id)
{
    return (struct lb_random) { lb_mix(id * UINT64_C(0xd1342543de82ef95) + 99) };
}

static inline void mini_prepare(struct mini *m)
{
    struct lb_request request = { .id = m->serial, .key = m->serial, .now = m->now };

    m->look_n = 0;
    m->look_version = m->view.version;
    if (m->policy->prepare)
        m->look_n =
            m->policy->prepare(m->self[1], &request, mini_draws(m->serial), m->look, MINI_LOOK);
}

static inline void mini_list_usable(struct mini *m)
{
    uint32_t i;

    m->view.usable_n = 0;
    for (i = 0; i < m->view.n; i++)
        if (m->up[i] && m->weight[i])
            m->usable[m->view.usable_n++] = i;
    m->view.version++;
}

static inline void mini_changed(struct mini *m, lb_server s)
{
    int i;

    mini_list_usable(m);
    for (i = 0; i < MINI_TWINS && m->policy->changed; i++)
        m->policy->changed(m->self[i], s, m->now);
    if (m->view.version % 2)
        mini_prepare(m);
}

static inline void mini_loaded(struct mini *m, lb_server s)
{
    int i;

    for (i = 0; i < MINI_TWINS && m->policy->loaded; i++)
        m->policy->loaded(m->self[i], s);
}

/* Something happened at server s: its agent may tell the balancer. */
static inline void mini_moment(struct mini *m, lb_server s, enum lb_moment moment)
{
    const struct lb_agent *agent = m->policy->agent;
    struct lb_station at = { .now = m->now, .server = s, .slots = m->slots[s], .balancers = 1 };
    struct lb_report say = { .at = m->now, .server = s, .origin = LB_TOLD };
    int i;

    if (!agent || !(agent->moments & moment))
        return;
    at.running = m->load[s] < m->slots[s] ? m->load[s] : m->slots[s];
    at.waiting = m->load[s] - at.running;
    at.gauge = &m->gauge;
    if (agent->tell(m->config.bytes, m->memory + s * agent->memory, moment, &at, &m->agent_random,
                    &say) != LB_NOBODY)
        for (i = 0; i < MINI_TWINS; i++)
            m->policy->report(m->self[i], &say, m->now);
}

static inline void mini_allocate(struct mini *m, uint32_t capacity)
{
    size_t room = capacity + 1, memory = m->policy->agent ? m->policy->agent->memory : 0;

    m->usable = calloc(room, sizeof *m->usable);
    m->load = calloc(room, sizeof *m->load);
    m->inflight = calloc(room, sizeof *m->inflight);
    m->weight = calloc(room, sizeof *m->weight);
    m->slots = calloc(room, sizeof *m->slots);
    m->full = calloc(room / 64 + 1, sizeof *m->full);
    m->name = calloc(room, sizeof *m->name);
    m->ramp = calloc(room, sizeof *m->ramp);
    m->rate = calloc(room, sizeof *m->rate);
    m->free_at = calloc(room, sizeof *m->free_at);
    m->up = calloc(room, sizeof *m->up);
    m->memory = calloc(room, memory + 1);
}

static inline void mini_seat(struct mini *m, uint32_t weight, uint32_t slots)
{
    lb_server s = m->view.n++;

    m->weight[s] = weight;
    m->slots[s] = slots;
    m->name[s] = lb_mix(s + UINT64_C(0x9e3779b97f4a7c15));
    m->ramp[s] = 1.0f;
    m->rate[s] = (float)(slots * (1 + s % 4)) * 0.7f;
    m->up[s] = 1;
}

/* Gives a seat to one more server while running. */
static inline void mini_add(struct mini *m, uint32_t weight, uint32_t slots)
{
    mini_seat(m, weight, slots);
    mini_changed(m, m->view.n - 1);
    mini_moment(m, m->view.n - 1, LB_JOINED);
}

static inline int mini_sees(const struct mini *m, uint32_t what)
{
    return (m->policy->sees & what) != 0;
}

static inline void mini_show(struct mini *m, uint32_t capacity)
{
    m->view =
        (struct lb_view) { .size = sizeof m->view,
                           .capacity = capacity,
                           .usable = m->usable,
                           .balancers = 1,
                           .load = mini_sees(m, LB_SEES_LOAD | LB_SEES_TRUTH) ? m->load : NULL,
                           .inflight = m->inflight,
                           .weight = m->weight,
                           .slots = m->slots,
                           .name = mini_sees(m, LB_SEES_KEY) ? m->name : NULL,
                           .rate = mini_sees(m, LB_SEES_RATE) ? m->rate : NULL,
                           .free_at = mini_sees(m, LB_SEES_WORK) ? m->free_at : NULL };
}

/* n servers of the given weights (NULL: all 1) and one slot, all up. */
static inline void mini_open(struct mini *m, const struct lb_policy *policy, const char *settings,
                             uint32_t capacity, uint32_t n, const uint32_t *weights)
{
    struct lb_setup setup = { .size = sizeof setup, .random = { 77 } };
    uint32_t i;

    *m = (struct mini) { .policy = policy, .via = LB_NONE, .agent_random = { 5 } };
    m->host = (struct lb_host) { .abi = LB_ABI,
                                 .size = sizeof m->host,
                                 .also = mini_also,
                                 .limit = mini_limit,
                                 .via = mini_via,
                                 .publish = mini_publish,
                                 .note = mini_note };
    mini_configure(policy, settings, m->config.bytes);
    mini_allocate(m, capacity);
    mini_show(m, capacity);
    for (i = 0; i < n; i++)
        mini_seat(m, weights ? weights[i] : 1, 1);
    mini_list_usable(m);
    setup.config = m->config.bytes;
    setup.view = &m->view;
    setup.host = &m->host;
    for (i = 0; i < MINI_TWINS; i++)
        m->self[i] = policy->open(&setup);
    for (i = 0; i < n; i++)
        mini_moment(m, i, LB_JOINED);
}

static inline void mini_close(struct mini *m)
{
    int i;

    for (i = 0; i < MINI_TWINS; i++)
        m->policy->close(m->self[i]);
    free(m->usable);
    free(m->load);
    free(m->inflight);
    free(m->weight);
    free(m->slots);
    free(m->full);
    free(m->name);
    free(m->ramp);
    free(m->rate);
    free(m->free_at);
    free(m->up);
    free(m->memory);
}

/* Asks both twins; the second with what was prepared, if nothing changed since. */
static inline void mini_pick(struct mini *m, const lb_server *tried, uint32_t tried_n,
                             struct mini_pick *pick)
{
    lb_server answer[MINI_TWINS];
    struct mini_asked asked[MINI_TWINS];
    int i;

    pick->request = (struct lb_request) { .id = m->serial,
                                          .key = m->serial,
                                          .parent = m->parent ? m->parent : m->serial,
                                          .now = m->now,
                                          .tried = tried,
                                          .tried_n = tried_n,
                                          .attempt = (uint16_t)tried_n };
    m->serial++;
    for (i = 0; i < MINI_TWINS; i++) {
        struct lb_random random = mini_draws(pick->request.id);

        pick->memo[i] = 0;
        pick->request.memo = mini_memo(m, pick, i);
        if (i == 1 && m->look_n && m->look_version == m->view.version) {
            pick->request.look = m->look;
            pick->request.look_n = m->look_n;
        }
        m->via = LB_NONE;
        memset(&m->asked, 0, sizeof m->asked);
        answer[i] = m->policy->pick(m->self[i], &pick->request, &random);
        asked[i] = m->asked;
    }
    m->parted += answer[0] != answer[1] || pick->memo[0] != pick->memo[1] ||
                 memcmp(&asked[0], &asked[1], sizeof asked[0]) != 0;
    pick->server = answer[0];
    mini_prepare(m);
}

/* The picked request goes to its server, with so much work. */
static inline void mini_send(struct mini *m, struct mini_pick *pick, lb_time work)
{
    lb_server s = pick->server;
    int i;

    m->inflight[s]++;
    m->load[s]++;
    m->free_at[s] = (m->free_at[s] > m->now ? m->free_at[s] : m->now) + work;
    for (i = 0; i < MINI_TWINS && m->policy->sent; i++) {
        pick->request.memo = mini_memo(m, pick, i);
        m->policy->sent(m->self[i], &pick->request, s);
    }
    mini_loaded(m, s);
    mini_moment(m, s, LB_ARRIVED);
}

static inline void mini_done(struct mini *m, struct mini_pick *pick, uint32_t status)
{
    struct lb_outcome outcome = {
        .request = &pick->request, .server = pick->server, .status = status, .done = m->now
    };
    int i;

    m->inflight[pick->server]--;
    m->load[pick->server] -= m->load[pick->server] > 0;
    mini_loaded(m, pick->server);
    for (i = 0; i < MINI_TWINS && m->policy->done; i++) {
        pick->request.memo = mini_memo(m, pick, i);
        m->policy->done(m->self[i], &outcome);
    }
    mini_moment(m, pick->server, LB_FINISHED);
}

#endif
