/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The host of a policy to which a log is played: what the policy asks of it is held against the
 * log. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/live/decision_player.h"

/* ---- Memos. */

static struct cell *cell_of(struct played *b, uint64_t ticket)
{
    struct cell *c;

    for (c = b->cells; c; c = c->next)
        if (c->ticket == ticket)
            return c;
    c = calloc(1, sizeof *c);
    if (!c) {
        decision_damaged(&b->player->in, "there is not enough memory for it");
        return NULL;
    }
    *c = (struct cell) { .ticket = ticket, .next = b->cells };
    b->cells = c;
    return c;
}

void player_forget_memos(struct played *b)
{
    struct cell *c, *next;

    for (c = b->cells; c; c = next) {
        next = c->next;
        free(c);
    }
    b->cells = NULL;
}

uint64_t *player_lend(struct played *b, uint64_t ticket, uint64_t value)
{
    struct cell *c = cell_of(b, ticket);

    if (!c)
        return NULL;
    c->value = value;
    return &c->value;
}

int player_memo(struct player *p, struct played *b)
{
    struct decision_facts f;
    struct cell *c;
    int failed = decision_facts_read(&p->in, &f);

    p->ahead = false;
    if (!failed && (c = cell_of(b, f.number[FACT_TICKET])) != NULL &&
        c->value != f.number[FACT_VALUE])
        player_differs(p, "the log leaves %" PRIu64 " in a memo, the policy %" PRIu64,
                       f.number[FACT_VALUE], c->value);
    decision_facts_close(&f);
    return failed || p->in.damaged ? -1 : 0;
}

/* ---- What the policy asks of its host. */

bool player_is_wish(enum decision_verb verb)
{
    return verb >= DECISION_WISH_WAKE && verb <= DECISION_WISH_VIA;
}

/* May the host call the policy while it does it? */
static bool is_long(enum decision_verb verb)
{
    return verb == DECISION_WISH_WAKE || verb == DECISION_WISH_PROBE || verb == DECISION_WISH_OFFER;
}

static void say_wish(const struct decision_wish *w, char *text, size_t room)
{
    const char *second = decision_wish_second(w);
    int n = snprintf(text, room, "%s %s=%" PRIu64, decision_verb_name(w->verb),
                     decision_wish_first(w), w->first);

    if (second && n > 0 && (size_t)n < room)
        snprintf(text + n, room - (size_t)n, " %s=%" PRIu64, second, w->second);
}

/* The log's next record is a wish, and it is read; then the host did as it was asked. */
static struct decision_wish take_wish(struct player *p)
{
    struct decision_facts f;
    struct decision_wish wish = { .verb = p->in.verb };

    if (decision_facts_read(&p->in, &f) == 0)
        wish = decision_facts_wish(p->in.verb, &f);
    decision_facts_close(&f);
    p->ahead = false;
    p->out->wishes++;
    return wish;
}

/* The policy wishes this; what the log has in its place. False: nothing of that kind. */
static bool ask(struct played *b, struct decision_wish *wish)
{
    struct player *p = b->player;
    struct decision_wish logged;
    char is[80], was[80];

    if (p->in.damaged || player_peek(p))
        return false;
    say_wish(wish, is, sizeof is);
    if (p->in.verb != wish->verb || p->in.balancer != b->number) {
        p->out->wishes++;
        player_differs(p, "the policy asks for %s, the log does not", is);
        return false;
    }
    logged = take_wish(p);
    if (p->in.damaged)
        return false;
    if (logged.first == wish->first &&
        (wish->verb == DECISION_WISH_MEMO || logged.second == wish->second)) {
        p->out->granted++;
    } else {
        say_wish(&logged, was, sizeof was);
        player_differs(p, "the log asks for %s, the policy for %s", was, is);
    }
    *wish = logged;
    if (is_long(wish->verb))
        player_calls(p, true);
    return true;
}

int player_unasked(struct player *p)
{
    struct decision_wish wish = take_wish(p);
    char was[80];

    if (p->in.damaged)
        return -1;
    say_wish(&wish, was, sizeof was);
    player_differs(p, "the log asks for %s, the policy does not", was);
    return is_long(wish.verb) ? player_calls(p, true) : 0;
}

static struct played *of(struct lb_host *host)
{
    return (struct played *)(void *)host;
}

static void wake(struct lb_host *host, lb_time at, uint64_t cookie)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_WAKE, (uint64_t)at, cookie, false });
}

static void probe(struct lb_host *host, lb_server seat, uint64_t cookie)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_PROBE, seat, cookie, false });
}

static void offer(struct lb_host *host, uint64_t ticket)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_OFFER, ticket, 0, false });
}

static uint64_t *memo(struct lb_host *host, uint64_t ticket)
{
    struct decision_wish wish = { DECISION_WISH_MEMO, ticket, 0, false };

    return ask(of(host), &wish) && !wish.gone ? player_lend(of(host), ticket, wish.second) : NULL;
}

static void publish(struct lb_host *host, uint32_t gauge)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_PUBLISH, gauge, 0, false });
}

static void also(struct lb_host *host, lb_server seat, lb_time after)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_COPY, seat, (uint64_t)after, false });
}

static void limit(struct lb_host *host, lb_time service)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_LIMIT, (uint64_t)service, 0, false });
}

static void via(struct lb_host *host, lb_server seat)
{
    ask(of(host), &(struct decision_wish) { DECISION_WISH_VIA, seat, 0, false });
}

static void why(struct lb_host *host, lb_server seat, double score)
{
    (void)host, (void)seat, (void)score;
}

static void note(struct lb_host *host, const char *text)
{
    (void)host, (void)text;
}

const struct lb_host player_host = {
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
