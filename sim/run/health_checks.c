/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Active health checks: a balancer asks each of its servers again and again whether it is there.
 * A check takes the links of requests; with a cost it is work at its server, behind what waits
 * there. Without a number of its own an event is one of a check by its index, and of the n-th of
 * its server by its serial: 4 n + phase. */
#include <errno.h>

#include "sim/run/guard.h"

/* Once nothing more will be issued: so many, and so many more of each server. */
enum { CHECKS_MOST = 1000000, CHECKS_EACH = 100 };

enum phase { PHASE_SET_OUT, PHASE_REACH, PHASE_BACK, PHASE_OVER };

/* The last one whose checks begin no later: those without begin where the next ones do. */
static struct balancer *balancer_of(struct world *w, uint32_t number)
{
    uint32_t low = 0, high = w->balancers - 1;

    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;

        if (w->balancer[middle].guard->first_check <= number)
            low = middle;
        else
            high = middle - 1;
    }
    return &w->balancer[low];
}

static uint32_t server_of(const struct balancer *b, uint32_t seat)
{
    return b->server_of ? b->server_of[seat] : seat;
}

static void remind(struct world *w, const struct check *c, uint32_t number, enum phase phase,
                   lb_time at)
{
    guard_remind(w, EVENT_CHECK, c->n << 2 | (uint32_t)phase, number, at);
}

/* The n-th check of a server has draws of its own. */
static struct lb_random draws(const struct world *w, uint32_t number, uint32_t n)
{
    return stream_at(w->check_key, number, n);
}

static lb_time link_way(struct world *w, const struct balancer *b, uint32_t seat, uint32_t number,
                        uint32_t n, enum link_part part)
{
    const struct group *g = &w->group[w->server[server_of(b, seat)].group];
    uint32_t link = g->spec->link != SCENARIO_NONE ? g->spec->link : b->spec->link;

    return link_delay(w, link, UINT64_C(1) << 41 | number, (uint64_t)n << 3 | (uint64_t)part, 0.0);
}

int checks_number(struct world *w, struct balancer *b)
{
    b->guard->first_check = w->checks;
    if (!b->guard->check)
        return 0;
    if (b->view.n > EVENT_INDEX_LIMIT - w->checks) {
        world_fail(w, "balancers check more than %d servers, each by itself", EVENT_INDEX_LIMIT);
        return -EINVAL;
    }
    w->checks += b->view.n;
    return 0;
}

void checks_start(struct world *w, struct balancer *b)
{
    const struct health_spec *spec = &b->spec->guard.health;
    uint32_t seat;

    for (seat = 0; seat < b->view.n; seat++) {
        uint32_t number = b->guard->first_check + seat;
        struct lb_random random = draws(w, number, 0);
        struct check *c = &b->guard->check[seat];

        c->next = (lb_time)(lb_unit(&random) * (double)spec->interval);
        remind(w, c, number, PHASE_SET_OUT, c->next);
    }
}

static void judged(struct world *w, struct balancer *b, uint32_t seat, bool passed, lb_time now)
{
    struct check *c = &b->guard->check[seat];
    bool was_down = c->health.down, changed;

    changed = health_checked(&c->health, &b->spec->guard.health, passed);
    if (passed && b->spec->guard.has_outlier && outlier_check_passed(&b->guard->outlier, seat, now))
        changed = true;
    if (changed)
        guard_seat_changed(w, b, seat, now);
    if (was_down && !c->health.down)
        guard_warms(w, b, seat, now);
}

/* HAProxy: the next check is due no later than a fast one would be. */
void check_blamed(struct world *w, struct balancer *b, uint32_t seat, lb_time now)
{
    struct check *c = &b->guard->check[seat];
    lb_time fast = b->spec->guard.health.fast;

    judged(w, b, seat, false, now);
    if (!c->out && fast < c->next - now) {
        c->next = now + fast;
        remind(w, c, b->guard->first_check + seat, PHASE_SET_OUT, c->next);
    }
}

/* This one is over, and the next one is due an interval after it set out. */
static void finish(struct world *w, struct balancer *b, uint32_t seat, bool passed, lb_time now)
{
    struct check *c = &b->guard->check[seat];
    uint32_t number = b->guard->first_check + seat;
    struct lb_random random;

    c->out = false;
    c->next = LB_NEVER;
    judged(w, b, seat, passed, now);
    random = draws(w, number, c->n);
    c->next = c->set_out + health_next(&c->health, &b->spec->guard.health, &random);
    c->next = c->next > now ? c->next : now;
    remind(w, c, number, PHASE_SET_OUT, c->next);
}

/* Where nothing more will be issued, checks that make work would keep a world alive: they end with
 * the requests, and where some never end, after very many. */
static bool are_over(struct world *w)
{
    if (source_next(&w->source)->time != LB_NEVER || w->tally.to > w->now)
        return false;
    return w->in_flight == 0 || w->late++ > CHECKS_MOST + (uint64_t)w->checks * CHECKS_EACH;
}

static void set_out(struct world *w, struct balancer *b, uint32_t seat, lb_time now)
{
    struct check *c = &b->guard->check[seat];
    uint32_t number = b->guard->first_check + seat;
    lb_time there;

    if (are_over(w))
        return;
    c->n = (c->n + 1) & 0x3fffffff;
    if (b->down || !b->guard->takes[seat]) { /* nobody to ask, or nothing to ask for */
        c->next = now + b->spec->guard.health.interval;
        remind(w, c, number, PHASE_SET_OUT, c->next);
        return;
    }
    c->out = true;
    c->set_out = now;
    remind(w, c, number, PHASE_OVER, now + b->spec->guard.health.timeout);
    there = link_way(w, b, seat, number, c->n, PART_TO_SERVER);
    if (there >= 0)
        remind(w, c, number, PHASE_REACH, now + there);
}

static void answer(struct world *w, struct balancer *b, uint32_t seat, bool good, lb_time now)
{
    struct check *c = &b->guard->check[seat];
    uint32_t number = b->guard->first_check + seat;
    lb_time back = link_way(w, b, seat, number, c->n, PART_FROM_SERVER);

    c->dead = !good;
    if (back >= 0)
        remind(w, c, number, PHASE_BACK, now + back);
}

/* A check that looks deeper sees what requests would see. */
static enum reply_kind reply_to(struct world *w, const struct balancer *b, uint32_t seat,
                                uint32_t number)
{
    uint32_t server = server_of(b, seat);
    const struct condition *c = w->condition ? &w->condition[server] : NULL;
    struct lb_random random;

    if (c && c->state == SERVER_RESET)
        return REPLY_RESET;
    if (!b->spec->guard.health.deep)
        return REPLY_GOOD;
    if (c && c->state == SERVER_BLACK_HOLE)
        return REPLY_ERROR;
    random = draws(w, number, b->guard->check[seat].n ^ 0x40000000u);
    return reply_drawn(w->group[w->server[server].group].spec, lb_unit(&random));
}

static void answer_as_seen(struct world *w, struct balancer *b, uint32_t seat, uint32_t number,
                           lb_time now)
{
    enum reply_kind kind = reply_to(w, b, seat, number);

    if (kind != REPLY_NONE)
        answer(w, b, seat, kind == REPLY_GOOD, now);
}

static void make_work(struct world *w, struct balancer *b, uint32_t seat, uint32_t number,
                      lb_time now)
{
    uint32_t slot = job_take(w);

    if (w->failed)
        return;
    w->job[slot] = (struct job) { .issued = now,
                                  .work = b->spec->guard.health.cost,
                                  .next = JOB_NONE,
                                  .server = LB_NONE,
                                  .serial = b->guard->check[seat].n,
                                  .balancer = (uint16_t)b->index };
    w->state[slot] = JOB_LIVE;
    w->hold[slot] = (struct job_hold) { .previous = JOB_NONE };
    w->trip[slot] = (struct trip) { .errand = JOB_NONE,
                                    .call = JOB_NONE,
                                    .role = TRIP_CHECK,
                                    .check = number,
                                    .draw = b->guard->check[seat].n };
    if (w->more)
        w->more[slot] = (struct arrival_more) { 0, w->job[slot].work, -1 };
    chore_arrives(w, server_of(b, seat), slot, now);
}

static void reach(struct world *w, struct balancer *b, uint32_t seat, uint32_t number, lb_time now)
{
    uint32_t server = server_of(b, seat);
    enum server_state state = w->condition ? w->condition[server].state : SERVER_UP;

    if (!world_has(w, WORLD_SERVERS))
        w->order->wire->check(w->order->wire->context, w, server, number, b->guard->check[seat].n);
    else if (state == SERVER_DOWN || state == SERVER_REFUSE)
        answer(w, b, seat, false, now);
    else if (b->spec->guard.health.cost > 0)
        make_work(w, b, seat, number, now);
    else if (state != SERVER_HANG)
        answer_as_seen(w, b, seat, number, now);
}

void check_served(struct world *w, uint32_t number, uint32_t n, lb_time now)
{
    struct balancer *b = balancer_of(w, number);
    uint32_t seat = number - b->guard->first_check;

    if (b->guard->check[seat].out && b->guard->check[seat].n == n)
        answer_as_seen(w, b, seat, number, now);
}

/* It was of another world's balancer. */
static void check_elsewhere(struct world *w, struct check *c, uint32_t number)
{
    w->order->wire->checked(w->order->wire->context, w, number, c->n, !c->dead);
    c->out = false;
}

void wire_check_comes(struct world *w, uint32_t number, uint32_t n)
{
    struct balancer *b = number < w->checks ? balancer_of(w, number) : NULL;
    uint32_t seat = b ? number - b->guard->first_check : 0;

    if (!b || !b->guard->check)
        return;
    b->guard->check[seat].n = n;
    b->guard->check[seat].out = true;
    reach(w, b, seat, number, w->now);
}

void wire_check_back(struct world *w, uint32_t number, uint32_t n, bool good)
{
    struct balancer *b = balancer_of(w, number);
    uint32_t seat = number - b->guard->first_check;
    struct check *c = &b->guard->check[seat];

    if (c->out && c->n == n)
        finish(w, b, seat, good, w->now);
}

void check_step(struct world *w, struct event e)
{
    uint32_t number = event_index(e.what), serial = event_serial(e.what);
    struct balancer *b = balancer_of(w, number);
    uint32_t seat = number - b->guard->first_check;
    struct check *c = &b->guard->check[seat];

    w->timers--;
    if (serial >> 2 != c->n || ((serial & 3) == PHASE_SET_OUT && e.time != c->next))
        return;
    switch ((enum phase)(serial & 3)) {
    case PHASE_SET_OUT:
        set_out(w, b, seat, e.time);
        break;
    case PHASE_REACH:
        reach(w, b, seat, number, e.time);
        break;
    case PHASE_BACK:
        if (!world_has(w, WORLD_BALANCERS))
            check_elsewhere(w, c, number);
        else if (c->out)
            finish(w, b, seat, !c->dead, e.time);
        break;
    case PHASE_OVER:
        if (c->out)
            finish(w, b, seat, false, e.time);
        break;
    }
}
