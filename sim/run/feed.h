/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the world tells its ledger, if it has one: in the general loop, and in the short one that is
 * made for it. */
#ifndef SIM_FEED_H
#define SIM_FEED_H

#include "sim/record/ledger_tell.h"
#include "sim/run/inline.h"
#include "sim/run/world.h"

/* Does somebody ask for what only a ledger can tell? */
bool feed_is_wanted(const struct world_order *);
/* And if so, more of servers than their queues? */
bool feed_wants_states(const struct world_order *);
/* Opens the ledger if so: 0 or -ENOMEM. */
int feed_open(struct world *);
/* Every server's state, as it is at the start. */
void feed_start(struct world *);
/* The run is over. */
void feed_settle(struct world *);

/* The slow way, out of line. */
void feed_server_state(struct world *, uint32_t server, lb_time now);

ALWAYS_INLINE struct ledger_who feed_who(const struct job *j, bool at_server)
{
    return (struct ledger_who) { j->client, j->balancer, at_server ? j->server : LEDGER_NONE };
}

ALWAYS_INLINE void feed_issued(struct world *w, const struct job *j)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_issued(w->ledger, feed_who(j, false), j->serial >= w->warmup, j->issued);
}

ALWAYS_INLINE void feed_sent(struct world *w, const struct job *j, lb_time now)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_sent(w->ledger, feed_who(j, true), j->serial >= w->warmup, j->issued, now);
}

ALWAYS_INLINE void feed_back(struct world *w, uint32_t server, lb_time now)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_back(w->ledger, server, now);
}

/* `inside` requests are in a server now. */
ALWAYS_INLINE void feed_inside(struct world *w, uint32_t server, uint32_t inside, uint32_t cores,
                               lb_time now)
{
    if (LIKELY(w->ledger == NULL))
        return;
    if (UNLIKELY(w->states))
        feed_server_state(w, server, now);
    else
        ledger_queue(w->ledger, server, inside > cores ? inside - cores : 0, now);
}

/* What a server is doing has changed. */
ALWAYS_INLINE void feed_server(struct world *w, uint32_t server, lb_time now)
{
    feed_inside(w, server, w->server[server].inside, w->group[w->server[server].group].cores, now);
}

ALWAYS_INLINE void feed_held(struct world *w, const struct balancer *b, lb_time now)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_held(w->ledger, b->index, b->held, now);
}

ALWAYS_INLINE void feed_waited(struct world *w, const struct job *j, lb_time from, lb_time to)
{
    if (UNLIKELY(w->ledger != NULL) && to > from)
        ledger_waited(w->ledger, j->client, from, to);
}

/* It will never end: it has been in the system until then. */
ALWAYS_INLINE void feed_stays(struct world *w, const struct job *j, lb_time to)
{
    if (UNLIKELY(w->ledger != NULL) && to > j->issued)
        ledger_sojourn(w->ledger, j->client, j->balancer, j->issued, to);
}

/* A service has ended, whose request had to wait or not. */
ALWAYS_INLINE void feed_finished(struct world *w, const struct job *j, bool waited, lb_time now)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_finished(w->ledger, feed_who(j, true), j->serial >= w->warmup, j->issued, waited,
                        now);
}

/* It leaves unserved, having waited; one that left a balancer's queue has no server. */
ALWAYS_INLINE void feed_left(struct world *w, const struct job *j)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_left(w->ledger, feed_who(j, j->server != LB_NONE), j->serial >= w->warmup,
                    j->issued);
}

ALWAYS_INLINE void feed_message(struct world *w, uint32_t balancer, lb_time now)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_message(w->ledger, balancer, now);
}

/* An attempt follows a failed one, or one that is still out. `j` is any attempt of the request. */
ALWAYS_INLINE void feed_extra(struct world *w, const struct job *j, enum ledger_extra kind)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_extra(w->ledger, feed_who(j, false), j->serial >= w->warmup, j->issued, kind);
}

ALWAYS_INLINE void feed_retried(struct world *w, const struct job *j)
{
    w->tally.retries += j->serial >= w->warmup;
    feed_extra(w, j, EXTRA_RETRY);
}

ALWAYS_INLINE void feed_hedged(struct world *w, const struct job *j)
{
    w->tally.hedges += j->serial >= w->warmup;
    feed_extra(w, j, EXTRA_HEDGE);
}

/* `j` is the attempt at the server that did the work. */
ALWAYS_INLINE void feed_worked(struct world *w, const struct job *j, enum ledger_work kind,
                               lb_time work)
{
    if (UNLIKELY(w->ledger != NULL))
        ledger_worked(w->ledger, feed_who(j, true), j->serial >= w->warmup, j->issued, kind, work);
}

/* A server has done so much work for a request, or the cancelling of it; ... */
ALWAYS_INLINE void feed_spent(struct world *w, const struct job *j, lb_time work)
{
    if (j->serial >= w->warmup)
        w->tally.spent += (uint64_t)work;
    feed_worked(w, j, WORK_SPENT, work);
}

/* ... of this, so much has served its client: the tally has that from the servers, in the end; */
ALWAYS_INLINE void feed_useful(struct world *w, const struct job *j, lb_time work)
{
    feed_worked(w, j, WORK_USEFUL, work);
}

/* ... both at once, where the tally has both from the servers. Short loops tell nothing: there all
 * is useful; */
ALWAYS_INLINE void feed_served(struct world *w, const struct job *j)
{
    feed_worked(w, j, WORK_BOTH, j->work);
}

/* ... so much was done a second time. */
ALWAYS_INLINE void feed_duplicated(struct world *w, const struct job *j, lb_time work)
{
    if (j->serial >= w->warmup)
        w->tally.duplicated += (uint64_t)work;
    feed_worked(w, j, WORK_DUPLICATED, work);
}

/* `alone` is as in tally_sample. */
ALWAYS_INLINE void feed_ended(struct world *w, const struct job *j, enum ending how, lb_time end,
                              lb_time wait, lb_time service, lb_time alone, lb_time now)
{
    struct ledger_ending e = { .who = feed_who(j, how == ENDED_COMPLETED),
                               .measured = j->serial >= w->warmup,
                               .how = how,
                               .issued = j->issued,
                               .now = now,
                               .end = end,
                               .wait = wait,
                               .service = service,
                               .alone = alone,
                               .work = j->work };

    if (UNLIKELY(w->ledger != NULL))
        ledger_ended(w->ledger, &e);
}

#endif
