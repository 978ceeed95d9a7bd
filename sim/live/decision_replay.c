/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A log of decisions is played to new instances of its policy. The log says what is called; what
 * the policy asks of its host, and answers, is held against the log. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_inputs.h"
#include "sim/live/decision_player.h"

enum { DEPTH_MOST = 64 }; /* calls within calls */

/* ---- Records. */

int player_peek(struct player *p)
{
    if (!p->ahead && decision_next(&p->in))
        return -1;
    p->ahead = true;
    return 0;
}

void player_differs(struct player *p, const char *format, ...)
{
    va_list list;
    int n;

    if (p->out->first_different)
        return;
    p->out->first_different = p->in.record;
    n = snprintf(p->out->why, sizeof p->out->why, "record %" PRIu64 ", balancer %u: ", p->in.record,
                 p->in.balancer);
    va_start(list, format);
    vsnprintf(p->out->why + n, sizeof p->out->why - (size_t)n, format, list);
    va_end(list);
}

/* ---- Answers. */

/* The answer to the call that has returned. */
static int take_answer(struct player *p, struct played *b, struct decision_facts *f)
{
    for (;;) {
        int failed = player_peek(p);

        if (failed)
            return -1;
        if (p->in.balancer != b->number)
            return decision_damaged(&p->in, "balancer %u has not answered", b->number);
        if (p->in.verb == DECISION_MEMO)
            failed = player_memo(p, b);
        else if (player_is_wish(p->in.verb))
            failed = player_unasked(p);
        else
            break;
        if (failed)
            return -1;
    }
    if (p->in.verb != DECISION_ANSWER)
        return decision_damaged(&p->in, "the answer is missing");
    p->ahead = false;
    return decision_facts_read(&p->in, f);
}

static const char *say_server(lb_server server, char text[16])
{
    if (server == LB_NONE || server == LB_HOLD || server == LB_REJECT)
        return server == LB_NONE ? "none" : server == LB_HOLD ? "hold" : "reject";
    snprintf(text, 16, "%u", server);
    return text;
}

static void judge_pick(struct player *p, const struct played *b, const struct lb_request *request,
                       const struct decision_facts *logged, lb_server answer, uint64_t draws,
                       uint64_t random)
{
    char was[16], is[16];

    if (logged->server == answer && logged->number[FACT_DRAWS] == draws) {
        p->out->same++;
        return;
    }
    if (!p->out->first_different)
        decision_inputs(p->out->inputs, sizeof p->out->inputs, &b->shown.view, request, random,
                        logged->server, answer);
    player_differs(p,
                   "request %" PRIu64 " at %.9f s: the log picks %s after %" PRIu64
                   " draws, the policy %s after %" PRIu64,
                   request->id, (double)request->now / 1e9, say_server(logged->server, was),
                   logged->number[FACT_DRAWS], say_server(answer, is), draws);
}

/* ---- Calls. */

static int play_open(struct player *p, struct played *b, const struct decision_facts *f)
{
    struct decision_facts answer = { .tried = NULL };
    int failed;

    if (b->self)
        return decision_damaged(&p->in, "its balancer is open already");
    b->host = player_host;
    b->setup = (struct lb_setup) { .size = sizeof b->setup,
                                   .config = p->spec->config,
                                   .view = &b->shown.view,
                                   .host = &b->host,
                                   .random = { f->number[FACT_RANDOM] } };
    b->self = p->spec->policy->open(&b->setup);
    failed = take_answer(p, b, &answer);
    decision_facts_close(&answer);
    if (!failed && (answer.number[FACT_OPENED] != 0) != (b->self != NULL))
        return decision_damaged(&p->in, "the policy %s, in the log it did not",
                                b->self ? "opens" : "refuses to open");
    return failed;
}

static int play_pick(struct player *p, struct played *b, struct decision_facts *f)
{
    struct lb_random random = { f->number[FACT_RANDOM] };
    struct lb_request request = f->request; /* the policy may not change it, but who knows */
    struct decision_facts answer = { .tried = NULL };
    lb_server server = p->spec->policy->pick(b->self, &f->request, &random);
    uint64_t draws = (random.state - f->number[FACT_RANDOM]) * UINT64_C(0xf1de83e19937733d);
    int failed = take_answer(p, b, &answer);

    p->out->picks++;
    if (!failed)
        judge_pick(p, b, &request, &answer, server, draws, f->number[FACT_RANDOM]);
    decision_facts_close(&answer);
    return failed;
}

static int play_done(struct player *p, struct played *b, struct decision_facts *f)
{
    struct lb_report report = b->piggyback;

    if (f->outcome.status > LB_THROTTLED || f->outcome.server >= b->shown.view.n)
        return decision_damaged(&p->in, "an attempt cannot have ended so");
    f->outcome.request = &f->request;
    f->outcome.report = b->has_piggyback ? &report : NULL;
    b->has_piggyback = false;
    p->spec->policy->done(b->self, &f->outcome);
    return 0;
}

static int play_other(struct player *p, struct played *b, struct decision_facts *f,
                      enum decision_verb verb)
{
    const struct lb_policy *policy = p->spec->policy;
    lb_time now = (lb_time)f->number[FACT_NOW];

    if (verb == DECISION_WOKEN) {
        policy->wake(b->self, f->number[FACT_COOKIE], now);
        return 0;
    }
    if (verb == DECISION_REPORT) {
        if (f->report.server >= b->shown.view.n || f->report.origin > LB_BOARD)
            return decision_damaged(&p->in, "nobody can have reported so");
        policy->report(b->self, &f->report, now);
        return 0;
    }
    if (f->server >= b->shown.view.n)
        return decision_damaged(&p->in, "it is about a seat that is not there");
    if (verb == DECISION_SENT)
        policy->sent(b->self, &f->request, f->server);
    else if (verb == DECISION_LOADED)
        policy->loaded(b->self, f->server);
    else
        policy->changed(b->self, f->server, now);
    return 0;
}

static bool has_callback(const struct lb_policy *policy, enum decision_verb verb)
{
    switch (verb) {
    case DECISION_SENT:
        return policy->sent != NULL;
    case DECISION_DONE:
        return policy->done != NULL;
    case DECISION_LOADED:
        return policy->loaded != NULL;
    case DECISION_CHANGED:
        return policy->changed != NULL;
    case DECISION_REPORT:
        return policy->report != NULL;
    case DECISION_WOKEN:
        return policy->wake != NULL;
    default:
        return true;
    }
}

static int lend_request(struct player *p, struct played *b, struct decision_facts *f)
{
    bool memo = decision_facts_have(f, FACT_MEMO);

    if (!memo && (p->spec->policy->sees & LB_USES_MEMO))
        return decision_damaged(&p->in, "the policy is not given its memo");
    f->request.memo = memo ? player_lend(b, f->request.ticket, f->number[FACT_MEMO]) : NULL;
    return p->in.damaged ? -1 : 0;
}

static int play_call(struct player *p, struct played *b, struct decision_facts *f)
{
    enum decision_verb verb = p->in.verb;

    p->out->calls++;
    if (p->depth == 1)
        player_forget_memos(b);
    if (verb == DECISION_CLOSE) {
        p->spec->policy->close(b->self);
        b->self = NULL;
        return 0;
    }
    if (!has_callback(p->spec->policy, verb))
        return decision_damaged(&p->in, "the policy cannot hear \"%s\"", decision_verb_name(verb));
    if ((verb == DECISION_PICK || verb == DECISION_SENT || verb == DECISION_DONE) &&
        lend_request(p, b, f))
        return -1;
    if (verb == DECISION_OPEN)
        return play_open(p, b, f);
    if (verb == DECISION_PICK)
        return play_pick(p, b, f);
    return verb == DECISION_DONE ? play_done(p, b, f) : play_other(p, b, f, verb);
}

static int play_record(struct player *p, struct played *b)
{
    struct decision_facts f;
    int failed;

    if (decision_show_checked(&b->shown, &p->in, p->spec->policy->sees))
        return -1;
    if (!b->self && p->in.verb != DECISION_OPEN)
        return decision_damaged(&p->in, "its balancer is not open");
    failed = decision_facts_read(&p->in, &f);
    if (!failed)
        failed = play_call(p, b, &f);
    decision_facts_close(&f);
    return failed || p->in.damaged ? -1 : 0;
}

/* ---- The log. */

static int add_balancer(struct player *p)
{
    uint32_t room = p->room ? p->room * 2 : 16;
    struct played **more, *b;

    if (p->in.balancer != p->played_n)
        return decision_damaged(&p->in, "balancer %u is missing", p->played_n);
    if (p->played_n == p->room) {
        more = realloc(p->played, room * sizeof more[0]);
        if (!more)
            return decision_damaged(&p->in, "there is not enough memory for it");
        p->played = more;
        p->room = room;
    }
    b = calloc(1, sizeof *b);
    if (!b)
        return decision_damaged(&p->in, "there is not enough memory for it");
    b->player = p;
    b->number = p->played_n;
    p->played[p->played_n++] = b;
    return decision_show(&b->shown, &p->in);
}

static int take_piggyback(struct player *p, struct played *b)
{
    struct decision_facts f;
    int failed = decision_facts_read(&p->in, &f);

    b->piggyback = f.report;
    b->has_piggyback = true;
    decision_facts_close(&f);
    return failed;
}

static int play_one(struct player *p)
{
    struct played *b;

    if (p->in.verb == DECISION_BALANCER)
        return add_balancer(p);
    if (p->in.balancer >= p->played_n)
        return decision_damaged(&p->in, "there is no balancer %u", p->in.balancer);
    b = p->played[p->in.balancer];
    switch (p->in.verb) {
    case DECISION_VIEW:
    case DECISION_BOARD:
    case DECISION_LABEL:
        return decision_show_more(&b->shown, &p->in);
    case DECISION_PIGGYBACK:
        return take_piggyback(p, b);
    case DECISION_OPEN:
    case DECISION_CLOSE:
    case DECISION_PICK:
    case DECISION_SENT:
    case DECISION_DONE:
    case DECISION_LOADED:
    case DECISION_CHANGED:
    case DECISION_REPORT:
    case DECISION_WOKEN:
        return play_record(p, b);
    default:
        return decision_damaged(&p->in, "\"%s\" is out of place", decision_verb_name(p->in.verb));
    }
}

int player_calls(struct player *p, bool within)
{
    int failed = 0;

    if (++p->depth > DEPTH_MOST)
        failed = decision_damaged(&p->in, "too many calls lie within each other");
    while (!failed) {
        failed = player_peek(p);
        if (failed)
            break;
        if (p->in.verb == (within ? DECISION_BACK : DECISION_END)) {
            p->ahead = false;
            break;
        }
        if (player_is_wish(p->in.verb)) {
            failed = player_unasked(p);
        } else if (p->in.verb == DECISION_MEMO && p->in.balancer < p->played_n) {
            failed = player_memo(p, p->played[p->in.balancer]);
        } else {
            p->ahead = false;
            failed = play_one(p);
        }
    }
    p->depth--;
    return failed;
}

/* ---- Whose log it is. */

static const struct policy_spec *find(const struct policy_spec *policies, uint32_t n,
                                      const char *name, const char *parameters)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(policies[i].name, name) &&
            !strcmp(policies[i].parameters ? policies[i].parameters : "", parameters))
            return &policies[i];
    return NULL;
}

static int read_head(struct player *p, const struct policy_spec *policies, uint32_t n)
{
    struct decision_token token;
    char *name = NULL, *parameters = NULL;
    int got;

    if (decision_next(&p->in))
        return -1;
    if (p->in.verb != DECISION_LOG || p->in.balancer != DECISIONS_FORMAT)
        return decision_damaged(&p->in, "it is of format %u, not %u", p->in.balancer,
                                DECISIONS_FORMAT);
    if (decision_next(&p->in))
        return -1;
    while ((got = decision_token(&p->in, &token)) > 0)
        *(!strcmp(token.name, "name") ? &name : &parameters) = token.value;
    if (got || p->in.verb != DECISION_POLICY || !name || !parameters)
        return decision_damaged(&p->in, "it does not name a policy");
    decision_read_text(name);
    decision_read_text(parameters);
    p->spec = find(policies, n, name, parameters);
    p->out->policy = p->spec;
    if (p->spec)
        return 0;
    return decision_damaged(&p->in, "the log is of %s(%.60s), not of %s(%.60s)", name, parameters,
                            n == 1 ? policies[0].name : "a policy of this scenario",
                            n == 1 && policies[0].parameters ? policies[0].parameters : "");
}

static void close_all(struct player *p)
{
    uint32_t i;

    for (i = 0; i < p->played_n; i++) {
        struct played *b = p->played[i];

        if (b->self)
            p->spec->policy->close(b->self);
        decision_shown_close(&b->shown);
        player_forget_memos(b);
        free(b);
    }
    free(p->played);
    decision_reader_close(&p->in);
}

int decision_replay_any(const struct policy_spec *policies, uint32_t n, FILE *file,
                        struct replayed *out)
{
    struct player p = { .in = { .file = file }, .out = out };
    int failed;

    *out = (struct replayed) { .policy = NULL };
    failed = read_head(&p, policies, n);
    if (!failed)
        failed = player_calls(&p, false);
    out->records = p.in.record;
    if (failed)
        memcpy(out->why, p.in.why, sizeof out->why);
    p.in.damaged = true; /* nothing is played while they close */
    close_all(&p);
    return failed;
}

int decision_replay(const struct policy_spec *policy, FILE *file, struct replayed *out)
{
    return decision_replay_any(policy, 1, file, out);
}
