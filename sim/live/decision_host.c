/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The host of a policy that is logged. */
#include <stdlib.h>

#include "sim/live/decision_logged.h"

/* ---- Memos. */

void logged_lend(struct logged *l, uint64_t ticket, uint64_t *at)
{
    uint32_t room = l->lent_room ? l->lent_room * 2 : 16;
    struct lent *more;

    if (!at)
        return;
    if (l->lent_n == l->lent_room) {
        more = realloc(l->lent, room * sizeof *more);
        if (!more) {
            l->log->out.failed = true;
            return;
        }
        l->lent = more;
        l->lent_room = room;
    }
    l->lent[l->lent_n++] = (struct lent) { ticket, at };
}

void logged_settle(struct logged *l, uint32_t base)
{
    struct decision_writer *out = &l->log->out;
    uint32_t i;

    for (i = base; i < l->lent_n; i++)
        if (l->lent[i].at) {
            decision_begin(out, DECISION_MEMO, l->number);
            decision_put_number(out, "ticket", l->lent[i].ticket);
            decision_put_number(out, "value", *l->lent[i].at);
            decision_end(out);
        }
    l->lent_n = base;
}

/* After calls within a call a request may be held no more, and its memo gone. */
static void see_lent_again(struct logged *l)
{
    uint32_t i;

    for (i = 0; i < l->lent_n; i++)
        if (l->lent[i].at != l->outer->memo(l->outer, l->lent[i].ticket))
            l->lent[i].at = NULL;
}

/* ---- What the inner policy asks of its host. */

static struct logged *of(struct lb_host *host)
{
    return (struct logged *)(void *)host;
}

static void write_wish(struct logged *l, struct decision_wish wish)
{
    struct decision_writer *out = &l->log->out;

    decision_begin(out, wish.verb, l->number);
    decision_put_number(out, decision_wish_first(&wish), wish.first);
    if (decision_wish_second(&wish))
        decision_put_number(out, decision_wish_second(&wish), wish.second);
    decision_end(out);
}

/* The host has done it, and the policy goes on: what it sees may have changed. */
static void write_back(struct logged *l)
{
    decision_see(&l->seen, l->view, &l->log->out, l->number);
    decision_begin(&l->log->out, DECISION_BACK, l->number);
    decision_end(&l->log->out);
}

static void wake(struct lb_host *host, lb_time at, uint64_t cookie)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_WAKE, (uint64_t)at, cookie, false });
    l->outer->wake(l->outer, at, cookie);
    write_back(l);
}

static void probe(struct lb_host *host, lb_server seat, uint64_t cookie)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_PROBE, seat, cookie, false });
    l->outer->probe(l->outer, seat, cookie);
    write_back(l);
}

static void offer(struct lb_host *host, uint64_t ticket)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_OFFER, ticket, 0, false });
    l->outer->offer(l->outer, ticket);
    if (l->lent_n)
        see_lent_again(l);
    write_back(l);
}

static uint64_t *memo(struct lb_host *host, uint64_t ticket)
{
    struct logged *l = of(host);
    uint64_t *at = l->outer->memo(l->outer, ticket);

    write_wish(l, (struct decision_wish) { DECISION_WISH_MEMO, ticket, at ? *at : 1, !at });
    logged_lend(l, ticket, at);
    return at;
}

static void publish(struct lb_host *host, uint32_t gauge)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_PUBLISH, gauge, 0, false });
    l->outer->publish(l->outer, gauge);
}

static void also(struct lb_host *host, lb_server seat, lb_time after)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_COPY, seat, (uint64_t)after, false });
    l->outer->also(l->outer, seat, after);
}

static void limit(struct lb_host *host, lb_time service)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_LIMIT, (uint64_t)service, 0, false });
    l->outer->limit(l->outer, service);
}

static void via(struct lb_host *host, lb_server seat)
{
    struct logged *l = of(host);

    write_wish(l, (struct decision_wish) { DECISION_WISH_VIA, seat, 0, false });
    l->outer->via(l->outer, seat);
}

static void why(struct lb_host *host, lb_server seat, double score)
{
    struct lb_host *outer = of(host)->outer;

    outer->why(outer, seat, score);
}

static void note(struct lb_host *host, const char *text)
{
    struct lb_host *outer = of(host)->outer;

    outer->note(outer, text);
}

const struct lb_host logged_host = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_host),
    .wake = wake,
    .probe = probe,
    .offer = offer,
    .memo = memo,
    .publish = publish,
    .also = also,
    .limit = limit,
    .via = via,
    .why = why,
    .note = note,
};
