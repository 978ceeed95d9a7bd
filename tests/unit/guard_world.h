/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Worlds with guards, and a policy that takes the first server it may, or each in turn, and notes
 * what it hears. */
#ifndef TESTS_GUARD_WORLD_H
#define TESTS_GUARD_WORLD_H

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/guard.h"
#include "sim/run/plugin.h"
#include "sim/scenario/diagnose.h"

enum { HEARD_MOST = 4096, PICKS_MOST = 64 };
#define SECONDS(x) ((lb_time)((x)*1e9 + 0.5))

/* A server became usable, or ceased to be. */
struct heard {
    lb_time at;
    lb_server seat;
    bool usable;
};

struct notes {
    struct heard heard[HEARD_MOST];
    uint32_t n;
    lb_time picked[PICKS_MOST]; /* when server 0 was named, at first */
    uint32_t picks;             /* how often it was */
    uint32_t usable;            /* at the last pick */
    uint32_t lives, strange;    /* times it was opened; wakings meant for an earlier life */
    lb_time last;
    bool backwards; /* time went */
};

struct noting {
    const struct lb_view *view;
    struct lb_host *host;
    uint64_t usable[4]; /* bits */
    uint32_t turn, life;
};

static struct notes notes;

static void note_time(lb_time now)
{
    notes.backwards = notes.backwards || now < notes.last;
    notes.last = now;
}

static bool is_usable(const struct lb_view *view, lb_server seat)
{
    uint32_t i;

    for (i = 0; i < view->usable_n; i++)
        if (view->usable[i] == seat)
            return true;
    return false;
}

static void *open_noting(const struct lb_setup *setup)
{
    struct noting *self = calloc(1, sizeof *self);
    uint32_t i;

    *self = (struct noting) { .view = setup->view, .host = setup->host, .life = notes.lives++ };
    for (i = 0; i < setup->view->usable_n; i++)
        self->usable[setup->view->usable[i] / 64] |= UINT64_C(1) << setup->view->usable[i] % 64;
    return self;
}

static lb_server note_pick(struct noting *self, lb_server seat, lb_time now)
{
    note_time(now);
    notes.usable = self->view->usable_n;
    if (seat == 0 && notes.picks++ < PICKS_MOST)
        notes.picked[notes.picks - 1] = now;
    return seat;
}

static lb_server pick_first(void *p, const struct lb_request *request, struct lb_random *random)
{
    struct noting *self = p;
    uint32_t i;

    (void)random;
    for (i = 0; i < self->view->usable_n; i++)
        if (lb_may(self->view, request, self->view->usable[i]))
            return note_pick(self, self->view->usable[i], request->now);
    return note_pick(self, LB_NONE, request->now);
}

static lb_server pick_in_turn(void *p, const struct lb_request *request, struct lb_random *random)
{
    struct noting *self = p;

    (void)random;
    if (self->view->usable_n == 0)
        return LB_NONE;
    return note_pick(self, self->view->usable[self->turn++ % self->view->usable_n], request->now);
}

static void changed_noting(void *p, lb_server seat, lb_time now)
{
    struct noting *self = p;
    bool was = self->usable[seat / 64] >> seat % 64 & 1, is = is_usable(self->view, seat);

    note_time(now);
    if (was == is)
        return;
    self->usable[seat / 64] ^= UINT64_C(1) << seat % 64;
    if (notes.n < HEARD_MOST)
        notes.heard[notes.n] = (struct heard) { now, seat, is };
    notes.n++;
}

/* It asks to be woken a little later, in this life. */
static void sent_noting(void *p, const struct lb_request *request, lb_server seat)
{
    struct noting *self = p;

    (void)seat;
    self->host->wake(self->host, request->now + SECONDS(.5), self->life);
}

static void wake_noting(void *p, uint64_t cookie, lb_time now)
{
    note_time(now);
    notes.strange += cookie != ((struct noting *)p)->life;
}

static bool is_full(const struct lb_view *view, lb_server seat)
{
    return view->full && view->full[seat / 64] >> seat % 64 & 1;
}

/* With a cap of one: what is sent makes the server full, and what is done leaves room. */
static void sent_to_one(void *p, const struct lb_request *request, lb_server seat)
{
    (void)request;
    notes.strange += !is_full(((struct noting *)p)->view, seat);
}

static void done_by_one(void *p, const struct lb_outcome *outcome)
{
    notes.strange += is_full(((struct noting *)p)->view, outcome->server);
}

#define NOTING(called, picks_how)                                                                  \
    .abi = LB_ABI, .size = sizeof(struct lb_policy), .name = called, .open = open_noting,          \
    .close = free, .pick = picks_how, .changed = changed_noting
static const struct lb_policy first_one = { NOTING("first", pick_first) };
static const struct lb_policy in_turn = { NOTING("turn", pick_in_turn) };
static const struct lb_policy woken = { NOTING("woken", pick_first), .sent = sent_noting,
                                        .wake = wake_noting };

static const struct lb_policy capped = { NOTING("capped", pick_first), .sent = sent_to_one,
                                         .done = done_by_one };

struct guard_case {
    const char *text;  /* clients, servers, balancers, timeline */
    const char *named; /* a policy of the catalogue; or ... */
    const struct lb_policy *policy;
    uint64_t requests, warmup;
    void (*look)(const struct world *, void *into); /* when it has run */
    void *into;
};

static void guard_world(const struct scenario *s, const struct guard_case *c)
{
    struct policy_spec policy = s->policies[0];
    struct world_order order = { .scenario = s,
                                 .policy = &policy,
                                 .requests = c->requests,
                                 .warmup = c->warmup,
                                 .ahead = UINT32_MAX };
    struct world *w = malloc(sizeof *w);
    int failed;

    policy.policy = c->policy ? c->policy : policy.policy;
    failed = world_open(w, &order) || world_run(w);
    CU_ASSERT_EQUAL(failed, 0);
    if (failed)
        printf("%s\n", w->why);
    else if (c->look)
        c->look(w, c->into);
    CU_ASSERT_FALSE(notes.backwards);
    world_close(w);
    free(w);
}

static void guard_run(struct guard_case c)
{
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct scenario *s;
    char text[4096];

    memset(&notes, 0, sizeof notes);
    snprintf(text, sizeof text, "{ %s, \"policies\": [ \"%s\" ] }", c.text,
             c.named ? c.named : "random");
    s = scenario_read("test", text, strlen(text), &request, said);
    CU_ASSERT_PTR_NOT_NULL(s);
    if (!s)
        diagnostics_print(said, stdout, 0);
    else
        guard_world(s, &c);
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
}

/* Requests each so many ms, of so much work. */
#define CLIENT(rate, work, more)                                                                   \
    "\"clients\": { \"service\": \"" work "\", \"arrivals\": { \"process\": \"deterministic\", "   \
    "\"rate\": " #rate " }" more " }, "

#endif
