/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A policy around a policy: its callbacks write down what they are told, then call the inner one,
 * whose host is one of the log's that writes down what it is asked, then calls the true one. Calls
 * may lie within calls: a host that is asked to offer a request picks at once. */
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_logged.h"

/* ---- Callbacks. */

/* What a log begins with is written by the process that goes on with it. */
static void write_head(struct decision_log *log)
{
    const char *parameters = log->spec.parameters;

    decision_begin(&log->out, DECISION_LOG, DECISIONS_FORMAT);
    decision_end(&log->out);
    decision_begin(&log->out, DECISION_POLICY, 0);
    decision_put_text(&log->out, "name", log->spec.name);
    decision_put_text(&log->out, "parameters", parameters ? parameters : "");
    decision_end(&log->out);
}

/* Begins the record of a call, after what it will see. */
static struct decision_writer *begin(struct logged *l, enum decision_verb verb)
{
    struct decision_writer *out = &l->log->out;

    l->host.tracing = l->outer->tracing;
    decision_see(&l->seen, l->view, out, l->number);
    decision_begin(out, verb, l->number);
    return out;
}

static void close_logged(struct logged *l)
{
    decision_seen_close(&l->seen);
    free(l->lent);
    free(l);
}

static void write_opened(struct logged *l)
{
    struct decision_writer *out = &l->log->out;

    decision_begin(out, DECISION_ANSWER, l->number);
    decision_put_number(out, "opened", l->self != NULL);
    decision_end(out);
}

static void *logged_open(const struct lb_setup *setup)
{
    struct decision_log *log = (struct decision_log *)(uintptr_t)setup->config;
    struct logged *l = calloc(1, sizeof *l);
    struct decision_writer *out = &log->out;

    if (!l) {
        setup->host->note(setup->host, "out of memory");
        return NULL;
    }
    if (log->balancers == 0)
        write_head(log);
    *l = (struct logged) { .host = logged_host,
                           .log = log,
                           .outer = setup->host,
                           .view = setup->view,
                           .number = log->balancers++,
                           .setup = *setup,
                           .seen = { .capacity = setup->view->capacity } };
    l->setup.config = log->config;
    l->setup.host = &l->host;
    decision_begin(out, DECISION_BALANCER, l->number);
    decision_put_number(out, "capacity", setup->view->capacity);
    decision_end(out);
    begin(l, DECISION_OPEN);
    decision_put_number(out, "random", setup->random.state);
    decision_end(out);
    l->self = log->inner->open(&l->setup);
    l->lent_n = 0;
    write_opened(l);
    if (l->self)
        return l;
    close_logged(l);
    return NULL;
}

static void logged_close(void *self)
{
    struct logged *l = self;

    decision_end(begin(l, DECISION_CLOSE));
    l->log->inner->close(l->self);
    close_logged(l);
}

static void put_request(struct decision_writer *out, const struct lb_request *request)
{
    unsigned never = 0, always = 0;

    if (request->parent == request->id)
        never |= DECISION_REQUEST_PARENT;
    else
        always |= DECISION_REQUEST_PARENT;
    if (request->issued == request->now)
        never |= DECISION_REQUEST_ISSUED;
    else
        always |= DECISION_REQUEST_ISSUED;
    decision_put_fields(out, decision_request, request, always, never);
    if (request->tried_n)
        decision_put_list(out, "tried", request->tried, request->tried_n);
    if (request->memo)
        decision_put_number(out, "memo", *request->memo);
}

/* How many numbers lie between two states of a stream: the increment's inverse, modulo 2^64. */
static uint64_t draws_between(uint64_t from, uint64_t to)
{
    return (to - from) * UINT64_C(0xf1de83e19937733d);
}

static lb_server logged_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct logged *l = self;
    struct decision_writer *out = begin(l, DECISION_PICK);
    uint64_t before = random->state;
    uint32_t base = l->lent_n;
    lb_server answer;

    put_request(out, request);
    decision_put_number(out, "random", before);
    decision_end(out);
    logged_lend(l, request->ticket, request->memo);
    answer = l->log->inner->pick(l->self, request, random);
    if (l->lent_n > base)
        logged_settle(l, base);
    decision_begin(out, DECISION_ANSWER, l->number);
    decision_put_seat(out, "server", answer);
    decision_put_number(out, "draws", draws_between(before, random->state));
    decision_end(out);
    return answer;
}

static void logged_sent(void *self, const struct lb_request *request, lb_server seat)
{
    struct logged *l = self;
    struct decision_writer *out = begin(l, DECISION_SENT);
    uint32_t base = l->lent_n;

    put_request(out, request);
    decision_put_number(out, "server", seat);
    decision_end(out);
    logged_lend(l, request->ticket, request->memo);
    l->log->inner->sent(l->self, request, seat);
    logged_settle(l, base);
}

static void logged_done(void *self, const struct lb_outcome *outcome)
{
    struct logged *l = self;
    struct decision_writer *out = &l->log->out;
    uint32_t base = l->lent_n;

    if (outcome->report) {
        decision_begin(out, DECISION_PIGGYBACK, l->number);
        decision_put_fields(out, decision_report, outcome->report, 0, 0);
        decision_end(out);
    }
    begin(l, DECISION_DONE);
    put_request(out, outcome->request);
    decision_put_fields(out, decision_outcome, outcome, 0, 0);
    decision_end(out);
    logged_lend(l, outcome->request->ticket, outcome->request->memo);
    l->log->inner->done(l->self, outcome);
    logged_settle(l, base);
}

static void logged_loaded(void *self, lb_server seat)
{
    struct logged *l = self;
    struct decision_writer *out = begin(l, DECISION_LOADED);
    uint32_t base = l->lent_n;

    decision_put_number(out, "server", seat);
    decision_end(out);
    l->log->inner->loaded(l->self, seat);
    logged_settle(l, base);
}

static void logged_changed(void *self, lb_server seat, lb_time now)
{
    struct logged *l = self;
    struct decision_writer *out = begin(l, DECISION_CHANGED);
    uint32_t base = l->lent_n;

    decision_put_number(out, "server", seat);
    decision_put_number(out, "now", (uint64_t)now);
    decision_end(out);
    l->log->inner->changed(l->self, seat, now);
    logged_settle(l, base);
}

static void logged_report(void *self, const struct lb_report *report, lb_time now)
{
    struct logged *l = self;
    struct decision_writer *out = begin(l, DECISION_REPORT);
    uint32_t base = l->lent_n;

    decision_put_fields(out, decision_report, report, 0, 0);
    decision_put_number(out, "now", (uint64_t)now);
    decision_end(out);
    l->log->inner->report(l->self, report, now);
    logged_settle(l, base);
}

static void logged_wake(void *self, uint64_t cookie, lb_time now)
{
    struct logged *l = self;
    struct decision_writer *out = begin(l, DECISION_WOKEN);
    uint32_t base = l->lent_n;

    decision_put_number(out, "cookie", cookie);
    decision_put_number(out, "now", (uint64_t)now);
    decision_end(out);
    l->log->inner->wake(l->self, cookie, now);
    logged_settle(l, base);
}

static uint32_t logged_tell(const void *config, void *memory, enum lb_moment moment,
                            const struct lb_station *at, struct lb_random *random,
                            struct lb_report *say)
{
    const struct decision_log *log = config;

    return log->inner->agent->tell(log->config, memory, moment, at, random, say);
}

/* ---- The whole. */

static struct lb_policy around(const struct decision_log *log)
{
    struct lb_policy p = *log->inner;

    p.sees &=
        ~(uint32_t)(LB_LOOKS_FIRST | LB_HEARS_FAILURES); /* a log looks at all, and hears all */

    p.agent = log->inner->agent ? &log->agent : NULL;
    p.open = logged_open;
    p.close = logged_close;
    p.pick = logged_pick;
    p.sent = p.sent ? logged_sent : NULL;
    p.done = p.done ? logged_done : NULL;
    p.loaded = p.loaded ? logged_loaded : NULL;
    p.changed = p.changed ? logged_changed : NULL;
    p.report = p.report ? logged_report : NULL;
    p.wake = p.wake ? logged_wake : NULL;
    p.prepare = NULL;
    return p;
}

struct decision_log *decision_log_open(const struct policy_spec *inner, FILE *file)
{
    struct decision_log *log = calloc(1, sizeof *log);

    if (!log || decision_writer_open(&log->out, file)) {
        free(log);
        return NULL;
    }
    log->inner = inner->policy;
    log->config = inner->config;
    if (inner->policy->agent) {
        log->agent = *inner->policy->agent;
        log->agent.tell = logged_tell;
    }
    log->policy = around(log);
    log->spec = *inner;
    log->spec.policy = &log->policy;
    log->spec.config = log;
    return log;
}

const struct policy_spec *decision_log_policy(const struct decision_log *log)
{
    return &log->spec;
}

int decision_log_finish(const struct policy_spec *logged)
{
    struct decision_log *log = logged ? (struct decision_log *)(uintptr_t)logged->config : NULL;

    if (!log || log->finished)
        return 0;
    if (log->balancers == 0)
        write_head(log);
    decision_begin(&log->out, DECISION_END, 0);
    decision_end(&log->out);
    log->finished = true;
    return decision_writer_flush(&log->out);
}

int decision_log_close(struct decision_log *log)
{
    int failed = 0;

    if (log->balancers > 0)
        failed = decision_log_finish(&log->spec);
    decision_writer_close(&log->out);
    free(log);
    return failed;
}
