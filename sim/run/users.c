/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed clients: a population of users, each of whom thinks, issues a request, waits for its end,
 * and thinks again. What a user's k-th request needs is fixed; when it is issued is not. */
#include "sim/run/step.h"

static void think(struct world *w, uint32_t user, lb_time now)
{
    uint32_t client = w->user_client[user];
    struct lb_random random = stream_at(w->think_key[client], user, w->user_count[user]);
    lb_time thought = quantity_draw(&w->scenario->clients[client].think, &random);

    if (thought < 0)
        world_fail(w, "client \"%s\": a think time is longer than 1e8 s",
                   w->scenario->clients[client].name);
    else
        queue_push(&w->queue, (struct event) { now + thought, event_what(EVENT_ISSUE, 0, user) });
}

void users_start(struct world *w)
{
    uint32_t user;

    for (user = 0; user < w->users; user++)
        think(w, user, 0);
}

void user_answered(struct world *w, uint32_t user, lb_time when)
{
    w->user_count[user]++;
    if (w->tally.issued < w->requests && when <= w->ended)
        think(w, user, when);
}

void user_issues(struct world *w, uint32_t user, lb_time now)
{
    uint32_t client = w->user_client[user];
    struct lb_random random = stream_at(w->service_key[client], user, w->user_count[user]);
    lb_time work = quantity_draw(&w->scenario->clients[client].service, &random);

    if (w->tally.issued >= w->requests || now > w->ended)
        return;
    if (work < 0)
        world_fail(w, "client \"%s\": a service time is longer than 1e8 s",
                   w->scenario->clients[client].name);
    else
        world_issue(w, client, user, work, now);
}
