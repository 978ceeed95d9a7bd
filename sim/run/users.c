/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed clients: a population of users, each of whom thinks, issues a request, waits for its end,
 * and thinks again. And sessions of open clients: users who come, issue some requests in that way,
 * and leave. What a user's k-th request needs is fixed; when it is issued is not. */
#include "sim/run/step.h"

/* A user or a session: whose stream it draws from, and for which time. */
struct asker {
    const struct client_spec *spec;
    uint64_t number;
    uint32_t client, count;
    bool session;
};

static struct asker asker_of(const struct world *w, uint32_t user)
{
    const struct session *s = user < w->users ? NULL : &w->session[user - w->users];
    uint32_t client = s ? s->client : w->user_client[user];

    return (struct asker) { .spec = &w->scenario->clients[client],
                            .number = s ? s->number : user,
                            .client = client,
                            .count = s ? s->count : w->user_count[user],
                            .session = s != NULL };
}

static void think(struct world *w, uint32_t user, lb_time now)
{
    const struct asker a = asker_of(w, user);
    struct lb_random random = stream_at(w->think_key[a.client], a.number, a.count);
    lb_time thought = quantity_draw(a.session ? &a.spec->sessions.think : &a.spec->think, &random);

    if (thought < 0)
        world_fail(w, "client \"%s\": a think time is longer than 1e8 s", a.spec->name);
    else
        queue_push(&w->queue, (struct event) { now + thought, event_what(EVENT_ISSUE, 0, user) });
}

void users_start(struct world *w)
{
    uint32_t user;

    for (user = 0; user < w->users; user++)
        think(w, user, 0);
}

/* Counts a request that has ended. False: the session was its last and has left. */
static bool goes_on(struct world *w, uint32_t user)
{
    struct session *s;

    if (user < w->users) {
        w->user_count[user]++;
        return true;
    }
    s = &w->session[user - w->users];
    if (++s->count < s->total)
        return true;
    s->next = w->free_session;
    w->free_session = user - w->users;
    return false;
}

void user_answered(struct world *w, uint32_t user, lb_time when)
{
    if (goes_on(w, user) && w->tally.issued < w->requests && when <= w->closes)
        think(w, user, when);
}

void user_issues(struct world *w, uint32_t user, lb_time now)
{
    const struct asker a = asker_of(w, user);
    struct lb_random random = stream_at(w->service_key[a.client], a.number, a.count);
    lb_time work = quantity_draw(&a.spec->service, &random);

    if (w->tally.issued >= w->requests || now > w->closes)
        return;
    if (work < 0)
        world_fail(w, "client \"%s\": a service time is longer than 1e8 s", a.spec->name);
    else
        world_issue(w, a.client, user, work, now);
}

struct arrival_more user_more(const struct world *w, uint32_t user, lb_time work)
{
    const struct asker a = asker_of(w, user);
    struct arrival_more more = { a.session ? a.number : 0, work, -1 };
    struct lb_random random;
    double draw;

    if (a.spec->key.kind) { /* a session keeps its first */
        random = stream_at(w->number_key[a.client], a.number, a.session ? 0 : a.count);
        distribution_fill(&a.spec->key, &random, &draw, 1);
        more.key = quantity_key(draw);
    }
    if (a.spec->size_estimate.kind) {
        random = stream_at(w->estimate_key[a.client], a.number, a.count);
        distribution_fill(&a.spec->size_estimate, &random, &draw, 1);
        more.size = quantity_declared(work, draw);
    }
    return more;
}

/* ---- Sessions. */

static uint32_t session_take(struct world *w)
{
    uint32_t slot = w->free_session;

    if (slot != JOB_NONE) {
        w->free_session = w->session[slot].next;
        return slot;
    }
    if (UNLIKELY(w->users + w->sessions >= EVENT_INDEX_LIMIT)) {
        world_fail(w, "more than %d sessions and users at once", EVENT_INDEX_LIMIT);
        return 0;
    }
    return w->sessions++;
}

void session_begins(struct world *w, uint32_t client, lb_time now)
{
    uint64_t number = w->sessions_begun[client]++, total;
    struct lb_random random = stream_at(w->session_key[client], number, 0);
    uint32_t slot = session_take(w);

    total = whole_draw(&w->scenario->clients[client].sessions.requests, &random);
    w->session[slot] = (struct session) {
        .number = number, .client = client, .total = (uint32_t)total, .next = JOB_NONE
    };
    user_issues(w, w->users + slot, now);
}
