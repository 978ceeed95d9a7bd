/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages between policies and servers: probes, their answers, and what agents tell. They take
 * the same links as requests, may be lost there, and are counted. */
#include "sim/run/wire.h"

#define PROBE_GIVEN_UP INT64_C(1000000000) /* ns after which a lost probe counts as unanswered */

static uint32_t message_take(struct world *w, struct message m)
{
    uint32_t i = w->free_message;

    if (i != JOB_NONE)
        w->free_message = w->message[i].next;
    else if (w->messages == EVENT_INDEX_LIMIT)
        world_fail(w, "more than %d messages are under way at once", EVENT_INDEX_LIMIT);
    else
        i = w->messages++;
    if (i != JOB_NONE)
        w->message[i] = m;
    return i;
}

/* Draws for messages stand apart from those for requests. */
static lb_time message_delay(struct world *w, const struct message *m, enum link_part part)
{
    const struct group *g = &w->group[w->server[m->server].group];
    const struct balancer *b = &w->balancer[m->balancer];
    uint32_t link = g->spec->link != SCENARIO_NONE ? g->spec->link : b->spec->link;

    return link_delay(w, link, UINT64_C(1) << 40 | w->talks++, part, 0.0);
}

/* A balancer that is down hears nothing, and one that has been forgets what it asked for. */
static bool is_heard(const struct balancer *b, const struct message *m)
{
    bool asked = m->kind == MESSAGE_WAKE || m->report.origin == LB_ANSWER ||
                 m->report.origin == LB_UNANSWERED;

    return !b->down && (!asked || m->life == b->life);
}

static void deliver_report(struct world *w, const struct message *m, lb_time now)
{
    struct balancer *b = &w->balancer[m->balancer];
    struct lb_report report = m->report;

    report.server = seat_of(b, m->server);
    if (report.server >= b->view.n || !is_heard(b, m))
        return; /* it does not serve that balancer, or that one does not listen */
    if (b->report && report.origin != LB_UNANSWERED)
        b->report[report.server] = report;
    if (b->policy->report)
        b->policy->report(b->self, &report, now);
    if (b->held)
        offer_held(w, b, now);
}

/* A probe is at its server: the answer sets out. */
static void answer_probe(struct world *w, struct message m, lb_time now)
{
    uint64_t cookie = m.report.cookie;

    agent_probed(w, m.server, m.balancer, &m.report, now);
    m.report.cookie = cookie;
    m.report.origin = LB_ANSWER;
    m.kind = MESSAGE_REPORT;
    message_send(w, m, now);
}

/* Its addressee is not of this world. */
static bool is_elsewhere(const struct world *w, const struct message *m)
{
    if (m->kind == MESSAGE_PROBE)
        return !world_has(w, WORLD_SERVERS);
    return m->kind == MESSAGE_REPORT && !world_has(w, WORLD_BALANCERS);
}

static void deliver(struct world *w, struct message m, lb_time now)
{
    struct balancer *b = &w->balancer[m.balancer];

    if (is_elsewhere(w, &m)) {
        if (w->order->wire->message)
            w->order->wire->message(w->order->wire->context, w, &m);
        return;
    }
    switch (m.kind) {
    case MESSAGE_PROBE:
        answer_probe(w, m, now);
        break;
    case MESSAGE_REPORT:
        deliver_report(w, &m, now);
        break;
    case MESSAGE_WAKE:
        w->timers--;
        if (b->policy->wake && is_heard(b, &m))
            b->policy->wake(b->self, m.report.cookie, now);
        if (b->held)
            offer_held(w, b, now);
        break;
    }
}

static void under_way(struct world *w, struct message m, lb_time at, enum event_kind kind)
{
    uint32_t i = message_take(w, m);

    if (i != JOB_NONE)
        queue_push(&w->queue, (struct event) { at, event_what(kind, (uint32_t)w->talks, i) });
}

static void lost(struct world *w, struct message m, lb_time now)
{
    if (m.kind == MESSAGE_REPORT && m.report.origin != LB_ANSWER)
        return; /* nobody knows that it was sent */
    m.kind = MESSAGE_REPORT;
    m.report.origin = LB_UNANSWERED;
    under_way(w, m, now + PROBE_GIVEN_UP, EVENT_MESSAGE);
}

void message_send(struct world *w, struct message m, lb_time now)
{
    lb_time delay;

    if (m.kind == MESSAGE_WAKE) {
        w->talks++;
        w->timers++;
        under_way(w, m, m.report.at, EVENT_WAKE);
        return;
    }
    if (now >= w->tally.from && now <= w->tally.to)
        w->tally.messages++;
    feed_message(w, m.balancer, now);
    delay = message_delay(w, &m, m.kind == MESSAGE_PROBE ? PART_TO_SERVER : PART_FROM_SERVER);
    if (w->order->wire && w->order->wire->talk && delay >= 0)
        delay = w->order->wire->talk(w->order->wire->context, w, &m, now + delay, delay);
    if (delay < 0)
        lost(w, m, now);
    else if (delay == 0 && m.kind != MESSAGE_PROBE)
        deliver(w, m, now);
    else /* even without a link a probe is answered after the callback that sent it */
        under_way(w, m, now + delay, EVENT_MESSAGE);
}

void wire_message_comes(struct world *w, const struct message *m)
{
    if (m->balancer < w->balancers && m->server < w->servers && m->kind != MESSAGE_WAKE)
        deliver(w, *m, w->now);
}

void wire_probe_failed(struct world *w, const struct message *m)
{
    lost(w, *m, w->now);
}

void message_arrive(struct world *w, uint32_t index, lb_time now)
{
    struct message m = w->message[index];

    w->message[index].next = w->free_message;
    w->free_message = index;
    deliver(w, m, now);
}
