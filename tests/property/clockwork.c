/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/clockwork.h"

static bool about(const struct change *c, enum change_kind kind, uint32_t target)
{
    return c->kind == kind && c->first <= target && target < c->first + c->count;
}

static bool began_later(const struct change *a, const struct change *b)
{
    return a->at > b->at || (a->at == b->at && a->entry > b->entry);
}

const struct change *change_at(const struct scenario *s, enum change_kind kind, uint32_t target,
                               lb_time t)
{
    const struct change *best = NULL;
    uint32_t i;

    for (i = 0; i < s->changes_n; i++) {
        const struct change *c = &s->changes[i];

        if (about(c, kind, target) && c->at <= t && t < c->until && (!best || began_later(c, best)))
            best = c;
    }
    return best;
}

bool left_to_chance(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        if (s->servers[i].faults_n > 0 || s->servers[i].redrawn.n > 0 ||
            s->servers[i].warm_up.over > 0)
            return true;
    return false;
}

uint32_t group_at(const struct scenario *s, uint32_t server)
{
    uint32_t g = 0;

    while (server >= s->servers[g].first + s->servers[g].count)
        g++;
    return g;
}

double speed_at(const struct scenario *s, uint32_t server, lb_time t)
{
    const struct change *c = change_at(s, CHANGE_SPEED, server, t);

    return c ? c->number : s->servers[group_at(s, server)].speed;
}

uint32_t weight_at(const struct scenario *s, uint32_t server, lb_time t)
{
    const struct change *c = change_at(s, CHANGE_WEIGHT, server, t);

    return c ? (uint32_t)c->number : s->servers[group_at(s, server)].weight;
}

enum server_state state_at(const struct scenario *s, uint32_t server, lb_time t)
{
    const struct change *c = change_at(s, CHANGE_STATE, server, t);

    return c ? c->state : SERVER_UP;
}

bool present_at(const struct scenario *s, uint32_t server, lb_time t)
{
    uint32_t group = group_at(s, server);
    const struct change *c = change_at(s, CHANGE_COUNT, group, t);

    return server - s->servers[group].first < (c ? c->number : s->servers[group].present);
}

bool takes_at(const struct scenario *s, uint32_t server, lb_time t)
{
    enum server_state state = state_at(s, server, t);

    return state != SERVER_DOWN && state != SERVER_DRAIN && present_at(s, server, t) &&
           weight_at(s, server, t) > 0;
}

bool turns_at(const struct scenario *s, lb_time t)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (s->changes[i].kind <= CHANGE_COUNT &&
            (s->changes[i].at == t || s->changes[i].until == t))
            return true;
    return false;
}

lb_time next_turn(const struct scenario *s, enum change_kind kind, uint32_t target, lb_time t)
{
    lb_time next = LB_NEVER;
    uint32_t i;

    for (i = 0; i < s->changes_n; i++) {
        const struct change *c = &s->changes[i];

        if (!about(c, kind, target))
            continue;
        if (c->at > t && c->at < next)
            next = c->at;
        if (c->until > t && c->until < next)
            next = c->until;
    }
    return next;
}
