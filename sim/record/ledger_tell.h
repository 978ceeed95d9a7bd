/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a ledger is told of each request. In line: that is what most runs ask of it, measured time
 * alone, in a few instructions; windows are counted out of line. */
#ifndef SIM_LEDGER_TELL_H
#define SIM_LEDGER_TELL_H

#include "sim/record/ledger_book.h"

#define LEDGER_INLINE  static inline __attribute__((always_inline))
#define LEDGER_RARE(x) __builtin_expect(!!(x), 0)

/* Counts one for a client and its balancer; LEDGER_COUNT_ALL: for a server too. */
#define LEDGER_COUNT(l, who, field)                                                                \
    do {                                                                                           \
        client_leaf(l, (who).client)->sums.field++;                                                \
        line_leaf(l, (who).balancer)->sums.field++;                                                \
    } while (0)
#define LEDGER_COUNT_ALL(l, who, field)                                                            \
    do {                                                                                           \
        LEDGER_COUNT(l, who, field);                                                               \
        server_leaf(l, (who).server)->sums.field++;                                                \
    } while (0)

/* The same for windows, and what is asked for but rarely. */
void ledger_windows_extra(struct ledger *, struct ledger_who, lb_time issued, enum ledger_extra);
void ledger_windows_worked(struct ledger *, struct ledger_who, lb_time issued, enum ledger_work,
                           lb_time work);
void ledger_windows_issued(struct ledger *, struct ledger_who, lb_time issued);
void ledger_windows_sent(struct ledger *, struct ledger_who, lb_time issued);
void ledger_windows_finished(struct ledger *, struct ledger_who, lb_time issued, bool waited,
                             lb_time now);
void ledger_windows_waited(struct ledger *, uint32_t client, lb_time from, lb_time to);
void ledger_windows_sojourn(struct ledger *, uint32_t client, uint32_t balancer, lb_time from,
                            lb_time to);
void ledger_windows_ended(struct ledger *, const struct ledger_ending *);
void ledger_windows_answered(struct ledger *, struct ledger_who, lb_time now);
void ledger_flight(struct ledger *, uint32_t server, lb_time now);
void ledger_longer(struct ledger *, uint32_t server, uint32_t waiting, lb_time now);
void ledger_set_out(struct ledger *, const struct ledger_ending *);

LEDGER_INLINE void ledger_issued(struct ledger *l, struct ledger_who who, bool measured,
                                 lb_time now)
{
    if (measured)
        LEDGER_COUNT(l, who, issued);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_issued(l, who, now);
}

/* An attempt is sent to a server, for a request issued then. */
LEDGER_INLINE void ledger_sent(struct ledger *l, struct ledger_who who, bool measured,
                               lb_time issued, lb_time now)
{
    if (measured)
        LEDGER_COUNT_ALL(l, who, attempts);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_sent(l, who, issued);
    if (LEDGER_RARE(l->flights))
        ledger_flight(l, who.server, now);
}

/* That attempt is one beyond the first; `who` needs no server. */
LEDGER_INLINE void ledger_extra(struct ledger *l, struct ledger_who who, bool measured,
                                lb_time issued, enum ledger_extra kind)
{
    if (measured)
        LEDGER_COUNT(l, who, extra[kind]);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_extra(l, who, issued, kind);
}

/* A server has done so much work for a request issued then. */
LEDGER_INLINE void ledger_worked(struct ledger *l, struct ledger_who who, bool measured,
                                 lb_time issued, enum ledger_work kind, lb_time work)
{
    if (measured) {
        client_leaf(l, who.client)->sums.work[kind] += (uint64_t)work;
        line_leaf(l, who.balancer)->sums.work[kind] += (uint64_t)work;
        server_leaf(l, who.server)->sums.work[kind] += (uint64_t)work;
    }
    if (LEDGER_RARE(l->windowed))
        ledger_windows_worked(l, who, issued, kind, work);
}

/* From now on so many wait at a server: all there is to tell unless ledger_wants_states. A longest
 * queue is rare. */
LEDGER_INLINE void ledger_queue(struct ledger *l, uint32_t server, uint32_t waiting, lb_time now)
{
    struct ledger_server *s = &l->server[server];
    uint32_t more = waiting > s->state.waiting ? waiting : s->state.waiting;

    if (LEDGER_RARE(more > server_leaf(l, server)->sums.longest))
        ledger_longer(l, server, waiting, now);
    s->state.waiting = waiting;
    s->since = now;
}

/* A request of this client has waited, at a balancer or a server. */
LEDGER_INLINE void ledger_waited(struct ledger *l, uint32_t client, lb_time from, lb_time to)
{
    client_leaf(l, client)->sums.waiting += ledger_overlap(l, from, to);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_waited(l, client, from, to);
}

/* A service ends, for whomever; the wait of its request counts for wait.probability. Most services
 * that end in measured time are of measured requests: one count is for both. */
LEDGER_INLINE void ledger_finished(struct ledger *l, struct ledger_who who, bool measured,
                                   lb_time issued, bool waited, lb_time now)
{
    bool in_time = ledger_in_time(l, now);

    if (measured && in_time)
        LEDGER_COUNT_ALL(l, who, both);
    else if (measured)
        LEDGER_COUNT_ALL(l, who, served);
    else if (in_time)
        LEDGER_COUNT_ALL(l, who, finished);
    if (measured && waited)
        LEDGER_COUNT_ALL(l, who, waited);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_finished(l, who, issued, waited, now);
}

/* A request leaves unserved after it has waited: that counts for wait.probability too. */
void ledger_left(struct ledger *, struct ledger_who, bool measured, lb_time issued);

/* A request of theirs was in the system from then to then. */
LEDGER_INLINE void ledger_sojourn(struct ledger *l, uint32_t client, uint32_t balancer,
                                  lb_time from, lb_time to)
{
    uint64_t span = ledger_overlap(l, from, to);

    client_leaf(l, client)->sums.in_system += span;
    line_leaf(l, balancer)->sums.in_system += span;
    if (LEDGER_RARE(l->windowed))
        ledger_windows_sojourn(l, client, balancer, from, to);
}

LEDGER_INLINE void ledger_sample(struct ledger *l, const struct ledger_leaf *leaf,
                                 const struct ledger_ending *e)
{
    uint32_t i;

    for (i = 0; i < leaf->samples.n; i++) {
        struct ledger_batch *batch = &l->leaves.batch[leaf->samples.at[i]];
        uint32_t at = batch->n;

        batch->latency[at] = e->end - e->issued;
        batch->wait[at] = e->wait;
        batch->service[at] = e->service;
        batch->alone[at] = e->alone;
        batch->n = at + 1;
        if (LEDGER_RARE(at + 1 == LEDGER_BATCH))
            leaves_flush(l, batch);
    }
}

/* An answer is at its client. */
LEDGER_INLINE void ledger_answered(struct ledger *l, struct ledger_who who, lb_time now)
{
    if (ledger_in_time(l, now))
        LEDGER_COUNT_ALL(l, who, answered);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_answered(l, who, now);
}

LEDGER_INLINE void ledger_completed(struct ledger *l, const struct ledger_ending *e)
{
    if (e->end <= e->now)
        ledger_answered(l, e->who, e->now);
    if (!e->measured)
        return;
    ledger_sample(l, client_leaf(l, e->who.client), e);
    ledger_sample(l, line_leaf(l, e->who.balancer), e);
    ledger_sample(l, server_leaf(l, e->who.server), e);
}

LEDGER_INLINE void ledger_ended(struct ledger *l, const struct ledger_ending *e)
{
    ledger_sojourn(l, e->who.client, e->who.balancer, e->issued, e->end < e->now ? e->end : e->now);
    if (e->end > e->now)
        ledger_set_out(l, e);
    if (e->how == ENDED_COMPLETED)
        ledger_completed(l, e);
    else if (e->measured)
        LEDGER_COUNT(l, e->who, ended[e->how]);
    if (LEDGER_RARE(l->windowed))
        ledger_windows_ended(l, e);
}

#endif
