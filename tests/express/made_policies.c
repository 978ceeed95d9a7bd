/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/express/made_policies.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKS = 6 };

struct made {
    const struct lb_view *view;
    lb_server last;  /* where the last request went */
    uint64_t heard;  /* of failures: none come, so nothing changes */
    uint64_t issues; /* requests sent */
};

static void *made_open(const struct lb_setup *setup)
{
    struct made *p = calloc(1, sizeof *p);

    if (p) {
        p->view = setup->view;
        p->last = LB_NONE;
    }
    return p;
}

static lb_server any(const struct made *p, struct lb_random *random)
{
    return p->view->usable[lb_below(random, p->view->usable_n)];
}

static void note_sent(void *self, const struct lb_request *request, lb_server s)
{
    struct made *p = self;

    (void)request;
    p->last = s;
    p->issues++;
}

static void hear_failures(void *self, const struct lb_outcome *outcome)
{
    struct made *p = self;

    p->heard += outcome->status != LB_OK;
}

/* ---- The less loaded of two; every third request goes where the one before went, unlooked. */

static uint32_t keeper_prepare(const void *self, const struct lb_request *request,
                               struct lb_random random, lb_server *look, uint32_t room)
{
    const struct made *p = self;

    if (room < 2 || p->view->usable_n == 0 || request->id % 3 == 0)
        return 0;
    look[0] = any(p, &random);
    look[1] = any(p, &random);
    return 2;
}

static lb_server keeper_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct made *p = self;
    lb_server a, b;

    if (p->view->usable_n == 0)
        return LB_NONE;
    a = any(p, random);
    b = any(p, random);
    if (request->id % 3 == 0)
        return p->last == LB_NONE ? a : p->last;
    return p->view->load[b] < p->view->load[a] ? b : a;
}

/* ---- The least loaded of six; with less room, prepare names as many as it may. */

static uint32_t brief_prepare(const void *self, const struct lb_request *request,
                              struct lb_random random, lb_server *look, uint32_t room)
{
    const struct made *p = self;
    uint32_t i;

    (void)request;
    for (i = 0; p->view->usable_n && i < LOOKS && i < room; i++)
        look[i] = any(p, &random);
    return i;
}

static lb_server brief_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct made *p = self;
    lb_server best = LB_NONE;
    uint32_t i;

    (void)request;
    for (i = 0; p->view->usable_n && i < LOOKS; i++) {
        lb_server s = any(p, random);

        if (best == LB_NONE || p->view->inflight[s] < p->view->inflight[best])
            best = s;
    }
    return best;
}

/* ---- By what it is told: of the request, and no more of it than it has asked for. */

static lb_server told_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct made *p = self;
    uint64_t told = request->key + (uint64_t)request->size * 7 + request->priority +
                    request->client * 3u + (uint64_t)request->issued + p->heard;

    (void)random;
    return p->view->usable_n ? p->view->usable[lb_mix(told) % p->view->usable_n] : LB_NONE;
}

/* ---- Turns some away, suits none with others; counts what it has sent. */

static lb_server choosy_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct made *p = self;

    if (p->view->usable_n == 0 || request->id % 11 == 3)
        return LB_NONE;
    if (request->id % 7 == 1)
        return LB_REJECT;
    return p->view->usable[(p->issues + lb_below(random, 2)) % p->view->usable_n];
}

#define MADE(word, flags, ...)                                                                     \
    {                                                                                              \
        .abi = LB_ABI, .size = sizeof(struct lb_policy), .name = word, .family = "made",           \
        .summary = "for tests", .sees = LB_LOOKS_FIRST | (flags),                                  \
        .param_size = sizeof(struct lb_param), .open = made_open, .close = free, __VA_ARGS__       \
    }

static const struct lb_policy made[] = {
    MADE("keeper", LB_SEES_LOAD, .pick = keeper_pick, .prepare = keeper_prepare, .sent = note_sent),
    MADE("brief", LB_SEES_LOAD, .pick = brief_pick, .prepare = brief_prepare),
    MADE("words", LB_SEES_KEY | LB_HEARS_FAILURES, .pick = told_pick, .done = hear_failures),
    MADE("sizes", LB_SEES_SIZE, .pick = told_pick),
    MADE("choosy", LB_HEARS_FAILURES, .pick = choosy_pick, .sent = note_sent,
         .done = hear_failures),
};

static const struct lb_policy *find(void *context, const char *name, const char **settings,
                                    char *why, size_t room)
{
    struct policy_source *others = context;
    size_t i;

    if (strncmp(name, "made/", 5) != 0)
        return others->find(others->context, name, settings, why, room);
    *settings = "";
    for (i = 0; i < sizeof made / sizeof made[0]; i++)
        if (!strcmp(name + 5, made[i].name))
            return &made[i];
    return NULL;
}

static const char *known_name(void *context, uint32_t i)
{
    struct policy_source *others = context;

    return others->name(others->context, i);
}

struct policy_source made_policies(struct policy_source *others)
{
    return (struct policy_source) { .find = find, .name = known_name, .context = others };
}
