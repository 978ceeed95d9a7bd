/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Join the idle queue (Lu, Xie, Kliot, Geller, Larus, Greenberg 2011, Performance Evaluation 68):
 * a server that runs dry leaves a token with one balancer; a request takes the oldest token, or a
 * random server if there is none. Without stale tokens a server that gets work from elsewhere
 * withdraws its token, as the paper's analysis assumes.
 *
 * A message carries its server's mark, a number that only grows, in the cookie (times two, plus one
 * when it withdraws): so one that a later message has overtaken does no harm. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/sample.h"

enum { ASKED_MOST = 64 };
enum tell { TELL_RANDOM, TELL_SQ_D };

struct config {
    int64_t d;
    int32_t tell, stale;
};

struct token {
    uint64_t mark;                /* of the last message heard */
    lb_server next, previous;     /* while queued */
    uint8_t usable, held, queued; /* queued if usable and held */
};

struct jiq {
    const struct lb_view *view;
    struct lb_host *host;
    uint32_t head, tail, n;
    int published; /* servers ask how long the queue is */
    struct token *token;
};

/* What a server remembers. */
struct memory {
    uint64_t mark;
    uint32_t holder; /* balancer + 1 where its token stands; 0: nowhere */
};

static void jiq_close(void *self)
{
    struct jiq *p = self;

    free(p->token);
    free(p);
}

static void *jiq_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    const struct lb_view *view = setup->view;
    struct jiq *p = malloc(sizeof *p);
    uint32_t i;

    if (!p)
        return no_memory(setup->host);
    *p = (struct jiq) { .view = view,
                        .host = setup->host,
                        .head = LB_NONE,
                        .tail = LB_NONE,
                        .published = config->tell == TELL_SQ_D };
    p->token = calloc((size_t)view->capacity + 1, sizeof *p->token);
    if (!p->token) {
        jiq_close(p);
        return no_memory(setup->host);
    }
    for (i = 0; i < view->usable_n; i++)
        p->token[view->usable[i]].usable = 1;
    return p;
}

static void publish(const struct jiq *p)
{
    if (p->published)
        p->host->publish(p->host, p->n);
}

static void link_last(struct jiq *p, lb_server s)
{
    struct token *token = &p->token[s];

    token->next = LB_NONE;
    token->previous = p->tail;
    if (p->tail == LB_NONE)
        p->head = s;
    else
        p->token[p->tail].next = s;
    p->tail = s;
    p->n++;
}

static void unlink_token(struct jiq *p, lb_server s)
{
    const struct token *token = &p->token[s];

    if (token->previous == LB_NONE)
        p->head = token->next;
    else
        p->token[token->previous].next = token->next;
    if (token->next == LB_NONE)
        p->tail = token->previous;
    else
        p->token[token->next].previous = token->previous;
    p->n--;
}

static void refresh(struct jiq *p, lb_server s)
{
    struct token *token = &p->token[s];
    uint8_t queued = token->usable && token->held;

    if (queued == token->queued)
        return;
    token->queued = queued;
    if (queued)
        link_last(p, s);
    else
        unlink_token(p, s);
    publish(p);
}

static lb_server jiq_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct jiq *p = self;
    const struct lb_view *view = p->view;
    lb_server s = p->head;

    while (s != LB_NONE && !lb_may(view, request, s))
        s = p->token[s].next;
    if (s == LB_NONE)
        return any_of(view, request, view->usable, view->usable_n, random);
    p->token[s].held = 0;
    refresh(p, s);
    lb_why(p->host, s, 0.0);
    return s;
}

static void jiq_report(void *self, const struct lb_report *said, lb_time now)
{
    struct jiq *p = self;
    uint64_t mark = said->cookie / 2;
    int withdrawn = said->cookie & 1;
    struct token *token;

    (void)now;
    if (said->origin != LB_TOLD || said->server >= p->view->n)
        return;
    token = &p->token[said->server];
    if (mark < token->mark || (mark == token->mark && !withdrawn))
        return;
    token->mark = mark;
    token->held = !withdrawn;
    refresh(p, said->server);
}

static void jiq_changed(void *self, lb_server s, lb_time now)
{
    struct jiq *p = self;

    (void)now;
    p->token[s].usable = (uint8_t)usable_has(p->view, s);
    refresh(p, s);
}

static uint32_t choose_balancer(const struct config *config, const struct lb_station *at,
                                struct lb_random *random)
{
    uint32_t sorted[ASKED_MOST + 1], n = at->balancers, best = LB_NOBODY, i;

    if (config->tell == TELL_RANDOM)
        return lb_below(random, n);
    for (i = 0; i < config->d && i < n; i++) {
        uint32_t asked = sample_more(sorted, i, n, random);

        if (best == LB_NOBODY || at->gauge[asked] < at->gauge[best])
            best = asked;
    }
    return best;
}

static uint32_t withdraw(const struct config *config, struct memory *memory,
                         const struct lb_station *at, struct lb_report *say)
{
    uint32_t holder = memory->holder;

    memory->holder = 0;
    if (config->stale || holder == 0 || holder - 1 == at->balancer)
        return LB_NOBODY;
    say->cookie = memory->mark * 2 + 1;
    return holder - 1;
}

/* A server that comes up goes where its token may still stand, or where it is dealt to. */
static uint32_t tell(const void *config, void *state, enum lb_moment moment,
                     const struct lb_station *at, struct lb_random *random, struct lb_report *say)
{
    struct memory *memory = state;
    uint32_t whom;

    if (moment == LB_ARRIVED)
        return withdraw(config, memory, at, say);
    if (at->running + at->waiting || at->balancers == 0)
        return LB_NOBODY;
    if (moment == LB_JOINED && memory->holder)
        whom = memory->holder - 1;
    else if (moment == LB_JOINED && at->now == 0 && at->balancer < at->balancers)
        whom = at->balancer;
    else
        whom = choose_balancer(config, at, random);
    memory->holder = whom + 1;
    memory->mark = (uint64_t)at->now > memory->mark ? (uint64_t)at->now : memory->mark + 1;
    say->cookie = memory->mark * 2;
    return whom;
}

static const struct lb_agent agent = {
    .moments = LB_JOINED | LB_ARRIVED | LB_FINISHED,
    .memory = sizeof(struct memory),
    .tell = tell,
};

static const char *const tells[] = { "random", "sq_d", NULL };

static const struct lb_param params[] = {
    { "tell", LB_CHOICE, offsetof(struct config, tell), TELL_RANDOM, 0, 1, "",
      "whom an idle server tells: a random balancer, or the one with the fewest tokens of d",
      tells },
    { "d", LB_INT, offsetof(struct config, d), 2, 1, ASKED_MOST, "balancers",
      "how many an idle server asks under tell=sq_d", NULL },
    { "stale", LB_FLAG, offsetof(struct config, stale), 1, 0, 1, "",
      "whether a token stays when its server gets work from another balancer; else the server "
      "withdraws it, which costs a message",
      NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_about about = {
    .rule = "A server that runs dry tells one balancer. A request takes the server that has waited "
            "longest in its balancer's queue of idle ones; if none is there, a random server.",
    .formula =
        "r servers a balancer, many of both: the share p of queues that are not empty "
        "solves p / (1 - p) = r (1 - l); E[T] = E[S] / (1 - l (1 - p)). Close, not exact: a random "
        "request makes a token stale (simulated means are 2 % longer at r = 20, l = 0.9, 9 % at "
        "r = 5, l = 0.5), a withdrawn one is missing",
    .cost = "O(1) a pick, one message a busy period",
    .source = "Lu et al. 2011, Performance Evaluation 68(11)",
    .fails = "At high load few servers are idle and it becomes random; with unequal servers it can "
             "be unstable below full load; with few servers a balancer queues are mostly empty.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_jiq = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "jiq",
    .family = "idle and token",
    .summary = "an idle server that has said so, else a random one",
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .about = &about,
    .agent = &agent,
    .open = jiq_open,
    .close = jiq_close,
    .pick = jiq_pick,
    .changed = jiq_changed,
    .report = jiq_report,
};
