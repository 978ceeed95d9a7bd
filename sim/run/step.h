/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The steps of a request's way that the files of the world share: slots, endings, and what lies off
 * the hot path. */
#ifndef SIM_STEP_H
#define SIM_STEP_H

#include "sim/engine/slab.h"
#include "sim/engine/stream.h"
#include "sim/run/feed.h"
#include "sim/run/quantity.h"
#include "sim/run/world.h"

ALWAYS_INLINE uint32_t job_take(struct world *w)
{
    uint32_t slot = w->free_job;

    if (slot != JOB_NONE) {
        w->free_job = w->job[slot].next;
        return slot;
    }
    if (UNLIKELY(w->jobs == EVENT_INDEX_LIMIT)) {
        world_fail(w, "more than %d requests are in flight at once", EVENT_INDEX_LIMIT);
        return 0;
    }
    return w->jobs++;
}

ALWAYS_INLINE void job_give(struct world *w, uint32_t slot)
{
    if (w->state)
        w->state[slot] = JOB_FREE;
    w->job[slot].next = w->free_job;
    w->free_job = slot;
}

ALWAYS_INLINE lb_time service_time(const struct group *g, lb_time work)
{
    return g->unit ? work : (lb_time)((double)work / g->speed + 0.5);
}

/* A departure so late that times would soon be too large for their type; or they are already. */
#define TIME_RUNS_OUT "a server has more than 146 years of work before it"
ALWAYS_INLINE bool beyond_time(lb_time departure)
{
    return (uint64_t)departure > UINT64_C(1) << 62;
}

/* The rarer facts of a request that a policy may know, as far as it wants to. */
ALWAYS_INLINE void tell_more(struct balancer *b, const struct arrival_more *more)
{
    b->ask.key = more->key;
    if (b->policy->sees & LB_SEES_SIZE)
        b->ask.size = more->size;
}

ALWAYS_INLINE uint32_t seat_of(const struct balancer *b, uint32_t server)
{
    return b->seat_of ? b->seat_of[server] : server;
}

/* Which message of a request: each has draws of its own. */
enum link_part {
    PART_TO_BALANCER,
    PART_TO_SERVER,
    PART_FROM_SERVER,
    PART_TO_CLIENT,
    PART_VIA,
    PART_CALLED_OFF,
    PART_CANCEL
};

/* The same of a slot: each try and each attempt sends messages of its own. */
uint64_t trip_message(const struct world *, uint32_t slot, enum link_part);
ALWAYS_INLINE uint64_t message_of(const struct world *w, uint32_t slot, enum link_part part)
{
    return LIKELY(w->trip == NULL) ? (uint64_t)part : trip_message(w, slot, part);
}

lb_time link_draw(struct world *, const struct link *, uint64_t serial, uint64_t message,
                  double bytes);

/* In job_travel.there: what the answer under way is, if it is no service. */
#define TRAVEL_REFUSED INT64_C(-1)
#define TRAVEL_ERROR   INT64_C(-2)

/* One way over a link (SCENARIO_NONE: none): the delay, or -1 if the message is lost. */
ALWAYS_INLINE lb_time link_delay(struct world *w, uint32_t link, uint64_t serial, uint64_t message,
                                 double bytes)
{
    if (link == SCENARIO_NONE)
        return 0;
    if (LIKELY(w->link[link].constant >= 0))
        return w->link[link].constant;
    return link_draw(w, &w->link[link], serial, message, bytes);
}

/* Bytes of a request (which = 0) or of its answer (1), for links with a bandwidth. */
double message_bytes(struct world *, uint32_t slot, uint32_t which);

/* A request is counted whose answer reaches its client later, at `end`. Where measured time begins
 * or ends is not known yet: what it adds to the integral is put right when it is. */
ALWAYS_INLINE void answer_sets_out(struct world *w, lb_time end)
{
    w->homing++;
    w->homing_at += (uint64_t)end;
}

ALWAYS_INLINE void answer_arrives(struct world *w, lb_time now)
{
    w->homing--;
    w->homing_at -= (uint64_t)now;
    /* under way when measured time began, or ended, but only until that very instant */
    w->tally.before -= now == w->tally.from && w->order->warmup != UINT64_MAX && now > 0;
    w->tally.after -= now == w->tally.to && !w->scenario->run.duration;
}

/* A request ends without an answer: it is counted, and its user, if it has one, thinks again. */
void request_end(struct world *, uint32_t slot, enum ending, lb_time when);
/* Does the client still wait for an answer that reaches it at `end` (LB_NEVER: never)? Marks the
 * job accordingly. */
bool still_wanted(struct world *, uint32_t slot, lb_time end);
/* Files what came of a request, for the log and for closed users. */
void request_ended(struct world *, uint32_t slot, enum ending, lb_time when, lb_time wait,
                   lb_time service);

/* What pick answered when it was no usable server. */
void offer_failed(struct world *, uint32_t slot, lb_server answer, lb_time now);
/* Offers the head of the balancer's queue until it is held once more. */
void offer_held(struct world *, struct balancer *, lb_time now);

/* Agents: tells the server's half what has happened, if it wants to know. */
void agent_moment(struct world *, enum lb_moment, uint32_t slot, uint32_t server, lb_time now);
void agents_start(struct world *);
/* A server has come up again, with nothing remembered. */
void agent_joins(struct world *, uint32_t server, lb_time now);
void agent_tick(struct world *, uint32_t server, lb_time now);

/* Messages between policies and servers, and wakings. */
void message_send(struct world *, struct message, lb_time now);
void message_arrive(struct world *, uint32_t message, lb_time now);
/* The plain facts of a server, and what its agent adds when probed. */
void agent_probed(struct world *, uint32_t server, uint32_t balancer, struct lb_report *,
                  lb_time now);

/* Closed users, and sessions. */
void users_start(struct world *);
void user_answered(struct world *, uint32_t user, lb_time when);
void user_issues(struct world *, uint32_t user, lb_time now);
/* A session of an open client begins: it issues its first request. */
void session_begins(struct world *, uint32_t client, lb_time now);
/* Key and declared size of the request that this user or session issues now, whose work is given:
 * what source_more says of open clients. */
struct arrival_more user_more(const struct world *, uint32_t user, lb_time work);
/* Issues a request with this much work; a user of UINT32_MAX is an open client. */
void world_issue(struct world *, uint32_t client, uint32_t user, lb_time work, lb_time now);

/* Beyond this, ns, nobody reckons when a server will run dry. */
#define BELIEF_MOST 4e18

/* What a balancer believes of the work at a server: some more, or less again. While the server
 * stands still, or as good as that, no work can be told in time: the belief stays. */
ALWAYS_INLINE void work_believed(struct balancer *b, uint32_t seat, lb_time work, lb_time now)
{
    lb_time from = b->free_at[seat] > now ? b->free_at[seat] : now;
    double span = (double)work / (double)b->rate[seat];

    if (!(span > -BELIEF_MOST && span < BELIEF_MOST) || (double)from > BELIEF_MOST)
        return;
    from += (lb_time)(span + 0.5);
    b->free_at[seat] = from > now ? from : now;
}

/* Servers with a discipline (see at_server.c). A request arrives, and is counted inside already; a
 * reminder to look for a departure; a request that has not been served leaves; all requests are
 * lost; the speed changes (0: all stands still); the integrals are brought up to now. */
void server_arrive(struct world *, struct group *, uint32_t slot, lb_time now);
void server_look(struct world *, struct event);
void server_remove(struct world *, uint32_t slot, lb_time now);
void server_lose_all(struct world *, uint32_t server, lb_time now);
void server_pace(struct world *, uint32_t server, double speed, lb_time now);
void server_account(struct world *, uint32_t server, lb_time now);
/* The run is over, and whoever is still here stays. */
void server_settle(struct world *, uint32_t server, lb_time end);
/* When a request came to its server. */
lb_time world_reached_at(const struct world *, uint32_t slot);
bool server_has_begun(const struct world *, uint32_t slot);
/* Down, or not there. */
bool server_is_away(const struct world *, uint32_t server);
/* Work that it still has to do, ns at speed 1. */
double server_left(const struct world *, uint32_t server, lb_time now);

/* A client has waited long enough for its service to begin. */
void impatience(struct world *, struct event);

/* The timeline, with faults and speeds that are drawn: what they change, their room, their
 * events. */
bool timeline_moves(const struct scenario *, uint32_t group); /* departures from this group? */
bool timeline_touches_servers(const struct scenario *);
bool timeline_concerns_world(const struct scenario *); /* not the arrivals alone? */
int timeline_open(struct world *);
void timeline_start(struct world *);
void timeline_step(struct world *, struct event);
void timeline_close(struct world *);

/* Servers first .. first + count - 1 over all groups. */
struct server_range {
    uint32_t first, count;
};

/* What has come into force, or ceased, is applied to servers at one instant: their states, their
 * speeds, their weights; a group has so many servers. A server that has come up gets warmer. */
void condition_states(struct world *, const struct server_range *, uint32_t n, lb_time now);
void condition_speeds(struct world *, const struct server_range *, uint32_t n, lb_time now);
void condition_weights(struct world *, const struct server_range *, uint32_t n, lb_time now);
void condition_count(struct world *, uint32_t group, uint32_t count, lb_time now);
void condition_warms(struct world *, struct event);
/* The speed at which a server works now: 0 while it stands still. */
double condition_pace(const struct condition *);

/* Faults, and speeds that are drawn anew. Are there any? May they move departures of this group?
 * Open them once w->condition is there. */
bool scenario_has_faults(const struct scenario *);
bool faults_move(const struct scenario *, uint32_t group);
int faults_open(struct world *);
void faults_start(struct world *);
void faults_step(struct world *, struct event);
void faults_close(struct world *);
/* Of the faults of a kind that hold for a server, the one that began last, and when; NULL: none. */
const struct change *faults_in_force(const struct world *, uint32_t server, enum change_kind,
                                     lb_time *began);
/* When nothing but server_timers is left: is there a request that these may set moving again? */
bool faults_may_help(const struct world *);

/* Sets link->constant by the other values. */
void link_settle(struct link *);

/* Work has come to a server: balancers with fresh information know at once. */
void work_arrived(struct world *, uint32_t server, lb_time work, lb_time now);

/* The same when the work at a server has changed otherwise. */
void work_changed(struct world *, uint32_t server, lb_time now);

/* The true number inside a server has changed: where policies see it, they are told. */
void truth_changed(struct world *, uint32_t server);

/* Traces. */
void trace_candidate(struct world *, struct balancer *, lb_server, double score);
void trace_pick(struct world *, struct balancer *, lb_server answer);
void trace_request(struct world *, uint32_t slot, enum ending, lb_time end, lb_time wait,
                   lb_time service);

/* The general steps, for those off the hot path. */
void world_offer(struct world *, uint32_t slot, lb_time now);
void world_dispatch(struct world *, struct balancer *, uint32_t slot, uint32_t seat, lb_time now);
void world_answer(struct world *, uint32_t slot, lb_time now, lb_time wait, lb_time service);
void world_reply(struct world *, uint32_t slot, lb_time now, uint32_t status);
/* The balancer hears that an attempt has ended whose request is still on a link. */
void world_tell_ended(struct world *, uint32_t slot, lb_time now, uint32_t status);
void world_lose(struct world *, uint32_t slot, lb_time now);
/* It reaches its server. */
void world_reach(struct world *, uint32_t slot, lb_time now);
/* Asks the policy of a call's balancer for a seat, or for LB_NONE, LB_HOLD, LB_REJECT. */
lb_server world_ask(struct world *, uint32_t slot, lb_time now);
/* An attempt of a call is to be sent of which the policy has spoken earlier: tells it which. */
void world_describe(struct world *, uint32_t slot, lb_time now);
/* A request is answered, in measured time perhaps. */
void world_complete(struct world *, uint32_t slot, lb_time now, lb_time wait, lb_time service);
/* How the server of a slot answers its attempt. Errors, broken connections and silence are drawn by
 * request and attempt: every world of the scenario draws the same. */
enum reply_kind {
    REPLY_GOOD,
    REPLY_ERROR, /* an error, when the service is over */
    REPLY_RESET, /* a broken connection, then; to the balancer it is an error */
    REPLY_NONE   /* nothing, ever: the attempt is lost as soon as the server has it */
};
enum reply_kind reply_drawn(const struct server_spec *, double draw); /* draw: from 0 to 1 */
enum reply_kind world_reply_kind(struct world *, uint32_t slot);
/* Does its server, which has room for it, take the attempt and never answer? Then it is lost. */
bool server_swallows(struct world *, uint32_t slot, lb_time now);
/* One of the balancers that its client may turn to. */
uint16_t world_choose_balancer(struct world *, uint32_t slot, uint32_t draw);
/* When an answer that sets out now is at its balancer; LB_NEVER: it is lost. The way to the server
 * of a slot; -1: lost. The time until a server hears from another one, this quantity or by the
 * links; -1: never. */
lb_time world_answer_at_balancer(struct world *, uint32_t slot, lb_time now);
lb_time world_link_to_server(struct world *, uint32_t slot, enum link_part);
lb_time world_cancel_delay(struct world *, uint32_t slot, const struct distribution *);
/* A request joins its balancer's queue, if there is room, or keeps its place there. */
void balancer_hold(struct world *, struct balancer *, uint32_t slot, lb_time now);
/* Who is to be offered next, of a queue that is not empty. */
uint32_t balancer_next_held(const struct balancer *);
/* Takes a request out of its balancer's queue, if it is there: it is about to leave. */
void balancer_unqueue(struct world *, struct balancer *, uint32_t slot, lb_time now);

/* Zeroed memory for n things, and never for none at all. */
void *world_zeroed(size_t n, size_t each);

/* All balancers of a world: 0, -ENOMEM, or -EINVAL with w->why. */
int balancers_open(struct world *);
void balancers_close(struct world *);
/* It is down from now on, and has lost all that it had, or it is up again with nothing. */
void balancer_fails(struct world *, uint32_t index, bool down, lb_time now);
/* Opens a balancer whose index and spec are set: 0, -ENOMEM, or -EINVAL with w->why. */
int balancer_open(struct world *, struct balancer *);
void balancer_close(struct balancer *);
/* A server has another weight, or takes requests or not; once all such are set, the view says so.
 * Telling the policy is left to the caller. */
void balancer_seat_set(struct balancer *, uint32_t seat, uint32_t weight, bool takes);
void balancer_seats_settle(struct world *, struct balancer *);
/* What the view says of servers has changed otherwise. */
void balancer_view_changed(struct world *, struct balancer *);
/* A zone as policies see it: who stands in none shares a number of its own. */
ALWAYS_INLINE uint32_t balancer_zone(const struct scenario *s, uint32_t zone)
{
    return zone == SCENARIO_NONE ? s->zones_n : zone;
}
/* What view.rate says of a server. */
float balancer_rate(uint32_t cores, double speed);

#endif
