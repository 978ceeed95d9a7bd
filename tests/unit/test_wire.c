/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The seam: clients, balancers and servers in three worlds, joined by letters that take no time,
 * must give what one world gives, request by request. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/plugin.h"
#include "sim/run/trip.h"
#include "sim/scenario/diagnose.h"

int suite_wire(void);

enum { SLOTS = 65536, LETTERS = 65536, CLIENTS = 0, BALANCERS = 1, SERVERS = 2 };

enum what { CALL, CALLED_OFF, VERDICT, ATTEMPT, CANCEL, BEGUN, ANSWER, CHECK, CHECKED, MESSAGE };

struct letter {
    enum what what;
    uint32_t slot, serial, part, number, n;
    bool good;
    struct visit visit;
    struct reply reply;
    struct message message;
};

struct net {
    struct world part[3];
    struct world_order order[3];
    struct wire wire[3];
    struct letter letter[LETTERS];
    uint32_t first, last;
    uint32_t asker[SLOTS], sender[SLOTS], place[SLOTS]; /* call to call; attempt to attempt, back */
    uint32_t from;
};

struct fate {
    int how;
    lb_time when, wait, service;
    lb_server server;
};

static struct fate *fates;

static void note(void *context, const struct world *w, uint32_t slot, enum ending how, lb_time when,
                 lb_time wait, lb_time service)
{
    (void)context;
    fates[w->job[slot].serial] =
        (struct fate) { 1 + (int)how, when, wait, service,
                        how == ENDED_COMPLETED ? w->job[slot].server : LB_NONE };
}

/* ---- Letters. */

static struct letter *post(struct net *net, const struct world *w, enum what what, uint32_t slot)
{
    struct letter *l = &net->letter[net->last++ % LETTERS];

    *l = (struct letter) { .what = what, .slot = slot };
    if (slot != JOB_NONE) {
        l->serial = w->job[slot].serial;
        l->part = w->trip[slot].draw;
    }
    return l;
}

static struct visit visit_of(const struct world *w, uint32_t slot)
{
    const struct job *j = &w->job[slot];
    const struct trip *t = &w->trip[slot];

    return (struct visit) { .serial = j->serial,
                            .part = t->draw,
                            .client = j->client,
                            .balancer = j->balancer,
                            .server = j->server,
                            .key = w->more ? w->more[slot].key : 0,
                            .size = w->more ? w->more[slot].size : j->work,
                            .work = j->work,
                            .cut = t->cut,
                            .cost = w->scenario->balancers[0].attempts.copies.cancel_cost,
                            .retried = t->retried };
}

static void send_call(void *net, struct world *w, uint32_t call)
{
    post(net, w, CALL, call)->visit = visit_of(w, call);
}

static void send_called_off(void *net, struct world *w, uint32_t call)
{
    post(net, w, CALLED_OFF, call);
}

static void send_nothing(void *net, struct world *w, uint32_t slot)
{
    (void)net;
    (void)w;
    (void)slot;
}

static void send_attempt(void *net, struct world *w, uint32_t slot)
{
    post(net, w, ATTEMPT, slot)->visit = visit_of(w, slot);
}

static void send_cancel(void *net, struct world *w, uint32_t slot)
{
    post(net, w, CANCEL, slot);
}

static struct reply reply_of(const struct world *w, uint32_t slot)
{
    const struct trip *t = &w->trip[slot];

    return (struct reply) { t->status, t->failure, t->server, t->wait, t->service, t->work };
}

static void send_verdict(void *context, struct world *w, uint32_t call)
{
    struct net *net = context;

    post(net, w, VERDICT, call)->reply = reply_of(w, call);
    net->letter[(net->last - 1) % LETTERS].slot = net->asker[call];
}

static void send_begun(void *context, struct world *w, uint32_t slot)
{
    struct net *net = context;

    post(net, w, BEGUN, slot)->slot = net->sender[slot];
}

static void send_answer(void *context, struct world *w, uint32_t slot)
{
    struct net *net = context;

    post(net, w, ANSWER, slot)->reply = reply_of(w, slot);
    net->letter[(net->last - 1) % LETTERS].slot = net->sender[slot];
}

static void send_check(void *net, struct world *w, uint32_t server, uint32_t number, uint32_t n)
{
    struct letter *l = post(net, w, CHECK, JOB_NONE);

    (void)server;
    l->number = number;
    l->n = n;
}

static void send_checked(void *net, struct world *w, uint32_t number, uint32_t n, bool good)
{
    struct letter *l = post(net, w, CHECKED, JOB_NONE);

    l->number = number;
    l->n = n;
    l->good = good;
}

static void send_message(void *net, struct world *w, const struct message *m)
{
    post(net, w, MESSAGE, JOB_NONE)->message = *m;
}

static void send_gauge(void *context, struct world *w, uint32_t balancer, uint32_t gauge)
{
    struct net *net = context;

    (void)w;
    wire_gauge_comes(&net->part[SERVERS], balancer, gauge);
}

/* ---- Delivery. */

static void mark_call(void *context, uint32_t slot)
{
    struct net *net = context;

    net->asker[slot] = net->from;
}

static void mark_attempt(void *context, uint32_t slot)
{
    struct net *net = context;

    net->sender[slot] = net->from;
    net->place[net->from] = slot;
}

/* The call of a client that has left: by its number. */
static uint32_t find(const struct world *w, const struct letter *l)
{
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++)
        if (wire_is(w, slot, WORLD_BALANCERS, l->serial, l->part))
            return slot;
    return JOB_NONE;
}

static void deliver(struct net *net, const struct letter *l)
{
    struct world *clients = &net->part[CLIENTS], *balancers = &net->part[BALANCERS];
    struct world *servers = &net->part[SERVERS];
    uint32_t slot;

    net->from = l->slot;
    switch (l->what) {
    case CALL:
        wire_call_comes(balancers, &l->visit, mark_call, net);
        break;
    case CALLED_OFF:
        slot = find(balancers, l);
        if (slot != JOB_NONE)
            wire_call_left(balancers, slot);
        break;
    case VERDICT:
        if (wire_is(clients, l->slot, WORLD_CLIENTS, l->serial, l->part))
            wire_verdict(clients, l->slot, &l->reply);
        break;
    case ATTEMPT:
        wire_attempt_comes(servers, &l->visit, mark_attempt, net);
        break;
    case CANCEL:
        slot = net->place[l->slot];
        if (wire_is(servers, slot, WORLD_SERVERS, l->serial, l->part))
            wire_attempt_left(servers, slot);
        break;
    case BEGUN:
        if (wire_is(balancers, l->slot, WORLD_SERVERS, l->serial, l->part))
            wire_attempt_begun(balancers, l->slot);
        break;
    case ANSWER:
        if (wire_is(balancers, l->slot, WORLD_SERVERS, l->serial, l->part))
            wire_attempt_back(balancers, l->slot, &l->reply);
        break;
    case CHECK:
        wire_check_comes(servers, l->number, l->n);
        break;
    case CHECKED:
        wire_check_back(balancers, l->number, l->n, l->good);
        break;
    case MESSAGE:
        wire_message_comes(l->message.kind == MESSAGE_PROBE ? servers : balancers, &l->message);
        break;
    }
}

/* ---- The two ways to run a scenario. */

static void run_whole(const struct world_order *like)
{
    struct wire wire = { .here = WORLD_WHOLE, .ended = note };
    struct world_order order = *like;
    struct world *w = calloc(1, sizeof *w);

    order.wire = &wire;
    CU_ASSERT_EQUAL_FATAL(world_open(w, &order), 0);
    CU_ASSERT_EQUAL(world_run(w), 0);
    world_close(w);
    free(w);
}

static void open_parts(struct net *net, const struct world_order *like)
{
    int i;

    net->wire[CLIENTS] = (struct wire) { .here = WORLD_CLIENTS,
                                         .context = net,
                                         .ended = note,
                                         .call = send_call,
                                         .called_off = send_called_off,
                                         .forsaken = send_nothing };
    net->wire[BALANCERS] = (struct wire) { .here = WORLD_BALANCERS,
                                           .context = net,
                                           .attempt = send_attempt,
                                           .cancel = send_cancel,
                                           .verdict = send_verdict,
                                           .check = send_check,
                                           .message = send_message,
                                           .gauge = send_gauge };
    net->wire[SERVERS] = (struct wire) { .here = WORLD_SERVERS,
                                         .context = net,
                                         .begun = send_begun,
                                         .answer = send_answer,
                                         .lost = send_nothing,
                                         .checked = send_checked,
                                         .message = send_message };
    for (i = 0; i < 3; i++) {
        net->order[i] = *like;
        net->order[i].wire = &net->wire[i];
        CU_ASSERT_EQUAL_FATAL(world_open(&net->part[i], &net->order[i]), 0);
    }
}

static lb_time next_of(const struct net *net)
{
    lb_time next = LB_NEVER, due;
    int i;

    for (i = 0; i < 3; i++) {
        due = world_due(&net->part[i]);
        next = due < next ? due : next;
    }
    return next;
}

static void run_parts(const struct world_order *like)
{
    struct net *net = calloc(1, sizeof *net);
    lb_time now;
    int i;

    open_parts(net, like);
    for (i = 2; i >= 0; i--)
        world_begin(&net->part[i]);
    while (!world_is_done(&net->part[CLIENTS]) && (now = next_of(net)) != LB_NEVER) {
        for (i = 2; i >= 0; i--)
            world_until(&net->part[i], now);
        while (net->first != net->last)
            deliver(net, &net->letter[net->first++ % LETTERS]);
        for (i = 0; i < 3; i++)
            if (net->part[i].failed) {
                CU_FAIL_FATAL("a world has failed");
            }
    }
    CU_ASSERT_EQUAL(world_end(&net->part[CLIENTS]), 0);
    for (i = 0; i < 3; i++)
        world_close(&net->part[i]);
    free(net);
}

static uint64_t differences(const struct fate *a, const struct fate *b, uint64_t n)
{
    uint64_t i, different = 0;

    for (i = 0; i < n; i++)
        different += a[i].how != b[i].how || a[i].when != b[i].when || a[i].wait != b[i].wait ||
                     a[i].service != b[i].service || a[i].server != b[i].server;
    return different;
}

static void judge(const char *text, bool parts_too)
{
    struct diagnostics *said = diagnostics_open();
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct scenario *s = scenario_read("wire.json", text, strlen(text), &request, said);
    struct fate *whole, *parts;
    struct world_order order;
    uint64_t n;
    uint32_t i;

    if (!s) {
        diagnostics_print(said, stdout, 0);
        CU_FAIL_FATAL("the scenario is refused");
    }
    n = s->run.requests;
    whole = calloc(n, sizeof *whole);
    parts = calloc(n, sizeof *parts);
    for (i = 0; i < s->policies_n; i++) {
        order = (struct world_order) { .scenario = s,
                                       .policy = &s->policies[i],
                                       .requests = n,
                                       .queue = QUEUE_LADDER,
                                       .ahead = UINT32_MAX };
        memset(whole, 0, n * sizeof *whole);
        memset(parts, 0, n * sizeof *parts);
        fates = whole;
        run_whole(&order);
        fates = parts;
        if (!parts_too)
            continue;
        run_parts(&order);
        if (differences(whole, parts, n)) {
            printf("%s: %lu of %lu differ\n", s->policies[i].label,
                   (unsigned long)differences(whole, parts, n), (unsigned long)n);
            CU_FAIL("the parts give something else than the whole");
        }
    }
    free(whole);
    free(parts);
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
}

static void compare(const char *text)
{
    judge(text, true);
}

/* Where what is lost is known at once to one world, and to nobody in three. */
static void run_alone(const char *text)
{
    judge(text, false);
}

#define HEAD        "{\"load\":0.8,\"run\":{\"requests\":3000,\"replications\":10,\"warmup\":0},"
#define EXPONENTIAL "\"service\":{\"distribution\":\"exponential\",\"mean\":\"10ms\"}"

static void plain(void)
{
    compare(HEAD "\"clients\":{" EXPONENTIAL "},\"servers\":{\"count\":6},"
                 "\"policies\":[\"random\",\"round_robin\",\"p2c\",\"least_conn\",\"jiq\","
                 "\"central_queue\"]}");
}

static void links(void)
{
    compare(HEAD "\"clients\":{\"link\":\"far\"," EXPONENTIAL "},"
                 "\"links\":[{\"name\":\"far\",\"latency\":{\"distribution\":\"exponential\","
                 "\"mean\":\"2ms\"}},{\"name\":\"near\",\"latency\":{\"distribution\":"
                 "\"uniform\",\"least\":\"1ms\",\"most\":\"3ms\"}}],"
                 "\"balancers\":{\"count\":2,\"link\":\"near\"},"
                 "\"servers\":{\"count\":6,\"discipline\":\"ps\"},"
                 "\"policies\":[\"p2c\",\"jiq\",\"least_conn\"]}");
}

static void attempts(void)
{
    compare(HEAD
            "\"clients\":{\"timeout\":\"80ms\",\"link\":\"far\",\"cancel\":{\"on_timeout\":true},"
            "\"retry\":{\"attempts\":3,\"on\":[\"timeout\",\"error\",\"rejected\"],"
            "\"backoff\":\"5ms\"}," EXPONENTIAL "},"
            "\"links\":[{\"name\":\"far\",\"latency\":{\"distribution\":\"exponential\","
            "\"mean\":\"1ms\"}}],"
            "\"balancers\":{\"link\":\"far\",\"attempts\":{\"timeout\":\"60ms\",\"retry\":{"
            "\"attempts\":2,\"on\":[\"error\",\"timeout\"]},"
            "\"hedge\":{\"after\":\"15ms\",\"most\":2},"
            "\"copies\":{\"cancel\":\"on_completion\"}},"
            "\"health\":{\"interval\":\"100ms\",\"timeout\":\"50ms\",\"cost\":\"1ms\"},"
            "\"outlier\":{\"like\":\"envoy\"}},"
            "\"servers\":{\"count\":6,\"queue_limit\":6,\"errors\":0.05},"
            "\"policies\":[\"p2c\",\"round_robin\",\"random\"]}");
}

static void changes(void)
{
    compare(HEAD
            "\"clients\":{\"timeout\":\"200ms\"," EXPONENTIAL "},"
            "\"servers\":{\"count\":6,\"faults\":[{\"speed\":0.3,\"every\":{\"distribution\":"
            "\"exponential\",\"mean\":\"1s\"},\"lasts\":\"300ms\"},{\"state\":\"down\","
            "\"every\":{\"distribution\":\"exponential\",\"mean\":\"2s\"},\"lasts\":"
            "\"100ms\",\"jobs\":\"kept\"}]},"
            "\"timeline\":[{\"at\":\"1s\",\"server\":\"server[2]\",\"state\":\"hang\",\"until\":"
            "\"1.5s\"},{\"at\":\"2s\",\"server\":\"server[1]\",\"state\":\"drain\",\"until\":"
            "\"3s\"}],\"policies\":[\"p2c\",\"least_conn\"]}");
}

static void users(void)
{
    compare(
        "{\"run\":{\"requests\":3000,\"replications\":10,\"warmup\":0},\"clients\":{\"arrivals\":{"
        "\"process\":\"closed\",\"population\":20,\"think\":{\"distribution\":"
        "\"exponential\",\"mean\":\"20ms\"}},\"fan_out\":{\"parts\":3,\"need\":2}," EXPONENTIAL
        "},\"servers\":{\"count\":6},\"policies\":[\"p2c\",\"round_robin\"]}");
}

/* An attempt is cut, and the next one finds no server or has to wait, while another is out. */
static void cuts(void)
{
    compare("{\"load\":0.8,\"clients\":{\"service\":{\"distribution\":\"exponential\",\"mean"
            "\":\"10ms\"}},\"servers\":[{\"count\":3}],\"balancers\":{\"attempts\":{\"timeout"
            "\":\"200ms\",\"retry\":{\"attempts\":3,\"exclude_tried\":true},\"hedge\":{\"afte"
            "r\":\"30ms\",\"most\":2}},\"breaker\":{\"errors\":0.5,\"window\":\"200ms\",\"ope"
            "n\":\"50ms\",\"least_requests\":10}},\"policies\":[{\"policy\":\"tags\",\"cutoff"
            "s\":[\"1ms\",\"3ms\",\"5ms\",\"8ms\",\"12ms\",\"16ms\",\"20ms\",\"30ms\"]}],\"ru"
            "n\":{\"replications\":1,\"requests\":3000,\"warmup\":0}}");
    run_alone("{\"load\":0.8,\"clients\":{\"service\":{\"distribution\":\"exponential\",\"mean"
              "\":\"10ms\"},\"key\":{\"distribution\":\"zipf\",\"items\":40,\"exponent\":1},\"t"
              "imeout\":\"400ms\",\"retry\":{\"attempts\":2},\"cancel\":{\"on_timeout\":true}},"
              "\"servers\":[{\"name\":\"a\",\"count\":4,\"errors\":0.05,\"slow_start\":{\"like"
              "\":\"envoy\",\"window\":\"300ms\"},\"faults\":{\"state\":\"down\",\"every\":{\"d"
              "istribution\":\"exponential\",\"mean\":\"1s\"},\"lasts\":\"100ms\"}},{\"name\":"
              "\"b\",\"count\":3,\"weight\":2,\"cores\":2,\"warm_up\":{\"from\":0.3,\"over\":\""
              "200ms\"}}],\"balancers\":{\"name\":\"lb\",\"count\":2,\"on_none\":\"queue\",\"at"
              "tempts\":{\"timeout\":\"200ms\",\"retry\":{\"attempts\":3,\"exclude_tried\":true"
              "},\"hedge\":{\"after\":\"30ms\",\"most\":2}},\"queue\":{\"limit\":50,\"time_limi"
              "t\":\"200ms\"},\"health\":{\"interval\":\"20ms\",\"timeout\":\"10ms\",\"rise\":2"
              ",\"fall\":2},\"outlier\":{\"like\":\"envoy\",\"consecutive\":3,\"ejection\":\"10"
              "0ms\"},\"limits\":{\"in_flight\":60,\"per_server\":4},\"breaker\":{\"errors\":0."
              "5,\"window\":\"200ms\",\"open\":\"50ms\",\"least_requests\":10},\"panic\":0.3},"
              "\"timeline\":[{\"at\":\"0.5s\",\"server\":\"b[0]\",\"weight\":0,\"until\":\"0.8s"
              "\"},{\"at\":\"0.6s\",\"server\":\"b\",\"count\":5},{\"at\":\"0.7s\",\"server\":"
              "\"a[1]\",\"state\":\"drain\",\"until\":\"0.9s\"},{\"at\":\"0.9s\",\"server\":\"a"
              "[0..2]\",\"state\":\"down\",\"until\":\"1.1s\"},{\"at\":\"1.2s\",\"balancer\":\""
              "lb[1]\",\"state\":\"down\",\"until\":\"1.3s\"},{\"at\":\"1.4s\",\"server\":\"a\""
              ",\"speed\":0.5,\"weight\":3}],\"run\":{\"requests\":3000,\"warmup\":0},\"policie"
              "s\":[{\"policy\":\"tags\",\"cutoffs\":[\"1ms\",\"3ms\",\"5ms\",\"8ms\",\"12ms\","
              "\"16ms\",\"20ms\",\"30ms\"]}]}");
}

int suite_wire(void)
{
    CU_pSuite suite = CU_add_suite("wire", NULL, NULL);

    return !suite || !CU_add_test(suite, "three worlds are one", plain) ||
           !CU_add_test(suite, "... with links, two balancers, shared servers", links) ||
           !CU_add_test(suite, "... with several attempts, checks, ejection", attempts) ||
           !CU_add_test(suite, "... with faults and a timeline", changes) ||
           !CU_add_test(suite, "... with users and parts", users) ||
           !CU_add_test(suite, "... with services cut short", cuts);
}
