/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What happens to servers again and again. A fault strikes a unit (a server, a group, a zone) after
 * `every`, holds for `lasts`, and so on, whether or not there is work; the speed of a server is
 * drawn anew at intervals. Each unit has one event in the queue: its next turn. What a unit draws
 * for its k-th turn depends on nothing but the unit and k. */
#include <errno.h>
#include <stdlib.h>

#include "sim/run/step.h"

/* A fault of a group, or (fault NULL) the speed of a group's servers. */
struct source_of_turns {
    const struct fault_spec *fault;
    uint32_t group, first, units;      /* its units are first .. first + units - 1 */
    const struct server_range *ranges; /* of a unit that is more than a server */
    uint32_t ranges_n;
    uint64_t key;
};

struct unit {
    lb_time began; /* of the fault that holds; LB_NEVER: none does */
    uint32_t turns, source;
};

struct faults {
    struct source_of_turns *source;
    struct unit *unit;
    struct server_range *range;
    uint32_t *covers, *from; /* faults covers[from[g] .. from[g + 1] - 1] may hold in group g */
    uint32_t sources, units;
};

/* ---- What a scenario has. */

static bool covers_group(const struct scenario *s, const struct fault_spec *fault, uint32_t owner,
                         uint32_t group)
{
    if (owner == group)
        return true;
    return fault->together == TOGETHER_ZONE && s->servers[owner].zone != SCENARIO_NONE &&
           s->servers[owner].zone == s->servers[group].zone;
}

bool scenario_has_faults(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        if (s->servers[i].faults_n || s->servers[i].redrawn.n)
            return true;
    return false;
}

bool faults_move(const struct scenario *s, uint32_t group)
{
    uint32_t i, k;

    if (s->servers[group].redrawn.n)
        return true;
    for (i = 0; i < s->servers_n; i++)
        for (k = 0; k < s->servers[i].faults_n; k++)
            if (covers_group(s, &s->servers[i].faults[k], i, group))
                return true;
    return false;
}

/* ---- Room. */

static bool take_room(struct world *w, struct faults *f)
{
    const struct scenario *s = w->scenario;
    uint64_t units = 0;
    uint32_t i, k;

    for (i = 0; i < s->servers_n; i++) {
        const struct server_spec *spec = &s->servers[i];

        for (k = 0; k < spec->faults_n; k++)
            units += spec->faults[k].together == TOGETHER_SERVER ? spec->count : 1;
        units += spec->redrawn.n ? spec->count : 0;
        f->sources += spec->faults_n + (spec->redrawn.n != 0);
    }
    if (units >= EVENT_INDEX_LIMIT) {
        world_fail(w, "more than %d faults and speeds that change", EVENT_INDEX_LIMIT);
        return false;
    }
    f->source = world_zeroed(f->sources, sizeof f->source[0]);
    f->unit = world_zeroed(units, sizeof f->unit[0]);
    f->range = world_zeroed((size_t)f->sources * s->servers_n, sizeof f->range[0]);
    f->covers = world_zeroed((size_t)f->sources * s->servers_n, sizeof f->covers[0]);
    f->from = world_zeroed((size_t)s->servers_n + 1, sizeof f->from[0]);
    return f->source && f->unit && f->range && f->covers && f->from;
}

static void add_units(struct world *w, uint32_t source, uint32_t units)
{
    struct faults *f = w->faults;
    struct source_of_turns *of = &f->source[source];
    uint32_t i;

    of->first = f->units;
    of->units = units;
    of->key = stream_key(w->scenario->run.seed, w->order->replication, source, STREAM_FAULT);
    for (i = 0; i < units; i++)
        f->unit[f->units++] = (struct unit) { .began = LB_NEVER, .source = source };
}

/* The servers that a fault strikes together. */
static void add_ranges(struct world *w, uint32_t source)
{
    const struct scenario *s = w->scenario;
    struct source_of_turns *of = &w->faults->source[source];
    struct server_range *range = w->faults->range + (size_t)source * s->servers_n;
    uint32_t g;

    of->ranges = range;
    for (g = 0; g < s->servers_n; g++)
        if (covers_group(s, of->fault, of->group, g))
            range[of->ranges_n++] =
                (struct server_range) { s->servers[g].first, s->servers[g].count };
}

static void list_covers(struct world *w)
{
    struct faults *f = w->faults;
    uint32_t g, i, n = 0;

    for (g = 0; g < w->groups; g++) {
        f->from[g] = n;
        for (i = 0; i < f->sources; i++)
            if (f->source[i].fault &&
                covers_group(w->scenario, f->source[i].fault, f->source[i].group, g))
                f->covers[n++] = i;
    }
    f->from[g] = n;
}

/* ---- Speeds. */

static double drawn_speed(const struct speed_process *p, struct lb_random *random)
{
    double u = lb_unit(random);
    uint32_t i = 0;

    while (i + 1 < p->n && u >= p->weights[i])
        i++;
    return p->values[i];
}

static struct lb_random draws_of(const struct faults *f, uint32_t unit, uint32_t part)
{
    const struct source_of_turns *of = &f->source[f->unit[unit].source];

    return stream_at(of->key, unit - of->first, part);
}

static uint32_t server_of(const struct world *w, uint32_t unit)
{
    const struct source_of_turns *of = &w->faults->source[w->faults->unit[unit].source];

    return w->scenario->servers[of->group].first + unit - of->first;
}

static void draw_first_speeds(struct world *w, const struct source_of_turns *of)
{
    uint32_t unit;

    for (unit = of->first; unit < of->first + of->units; unit++) {
        struct lb_random random = draws_of(w->faults, unit, 0);
        struct condition *c = &w->condition[server_of(w, unit)];

        c->own = c->speed = drawn_speed(&w->scenario->servers[of->group].redrawn, &random);
    }
}

/* ---- Opening. */

static void open_sources(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint32_t g, k, n = 0;

    for (g = 0; g < s->servers_n; g++) {
        const struct server_spec *spec = &s->servers[g];

        for (k = 0; k < spec->faults_n; k++, n++) {
            w->faults->source[n].fault = &spec->faults[k];
            w->faults->source[n].group = g;
            add_units(w, n, spec->faults[k].together == TOGETHER_SERVER ? spec->count : 1);
            add_ranges(w, n);
        }
        if (spec->redrawn.n) {
            w->faults->source[n].group = g;
            add_units(w, n, spec->count);
            draw_first_speeds(w, &w->faults->source[n++]);
        }
    }
    list_covers(w);
}

int faults_open(struct world *w)
{
    if (!scenario_has_faults(w->scenario))
        return 0;
    w->faults = world_zeroed(1, sizeof *w->faults);
    if (!w->faults)
        return -ENOMEM;
    if (!take_room(w, w->faults))
        return w->failed ? -EINVAL : -ENOMEM;
    open_sources(w);
    return 0;
}

void faults_close(struct world *w)
{
    if (!w->faults)
        return;
    free(w->faults->source);
    free(w->faults->unit);
    free(w->faults->range);
    free(w->faults->covers);
    free(w->faults->from);
    free(w->faults);
}

/* ---- Turns. */

/* A turn beyond all time never comes. */
static void turn_after(struct world *w, uint32_t unit, lb_time span, lb_time now)
{
    if (span >= LB_NEVER - now)
        return;
    w->timers++;
    w->server_timers++;
    queue_push(&w->queue, (struct event) { now + span, event_what(EVENT_FAULT, 0, unit) });
}

/* Even turns begin a fault, after `every`; odd ones end it, after `lasts`. */
static void next_turn(struct world *w, uint32_t unit, lb_time now)
{
    const struct source_of_turns *of = &w->faults->source[w->faults->unit[unit].source];
    uint32_t turn = w->faults->unit[unit].turns;
    struct lb_random random = draws_of(w->faults, unit, turn);
    lb_time span;

    if (!of->fault) {
        turn_after(w, unit, w->scenario->servers[of->group].redrawn.redraw, now);
        return;
    }
    span = quantity_draw(turn % 2 ? &of->fault->lasts : &of->fault->every, &random);
    if (span < 0)
        world_fail(w, "servers \"%s\": a fault %s longer than 1e8 s",
                   w->scenario->servers[of->group].name, turn % 2 ? "lasts" : "keeps them waiting");
    else
        turn_after(w, unit, span, now);
}

/* The clock of each speed stands anywhere in its interval, and so do faults that follow it. */
static void start_speed(struct world *w, uint32_t unit)
{
    const struct source_of_turns *of = &w->faults->source[w->faults->unit[unit].source];
    const struct speed_process *p = &w->scenario->servers[of->group].redrawn;
    struct lb_random random = draws_of(w->faults, unit, 0);
    uint32_t server = server_of(w, unit);

    drawn_speed(p, &random);
    turn_after(w, unit, p->redraw - (lb_time)(lb_unit(&random) * (double)p->redraw), 0);
    server_pace(w, server, condition_pace(&w->condition[server]), 0);
}

void faults_start(struct world *w)
{
    uint32_t unit;

    for (unit = 0; w->faults && unit < w->faults->units; unit++)
        if (w->faults->source[w->faults->unit[unit].source].fault)
            next_turn(w, unit, 0);
        else
            start_speed(w, unit);
}

static void redraw(struct world *w, uint32_t unit, lb_time now)
{
    const struct source_of_turns *of = &w->faults->source[w->faults->unit[unit].source];
    struct lb_random random = draws_of(w->faults, unit, w->faults->unit[unit].turns);
    const struct server_range one = { server_of(w, unit), 1 };

    const double speed = drawn_speed(&w->scenario->servers[of->group].redrawn, &random);
    const double before = w->condition[one.first].own;

    w->condition[one.first].own = speed;
    if (speed < before || speed > before)
        condition_speeds(w, &one, 1, now);
}

static void strike(struct world *w, uint32_t unit, lb_time now)
{
    const struct source_of_turns *of = &w->faults->source[w->faults->unit[unit].source];
    const bool alone = of->fault->together == TOGETHER_SERVER;
    const struct server_range one = { alone ? server_of(w, unit) : 0, 1 };
    const struct server_range *at = alone ? &one : of->ranges;
    const uint32_t n = alone ? 1 : of->ranges_n;

    w->faults->unit[unit].began = w->faults->unit[unit].turns % 2 ? now : LB_NEVER;
    if (of->fault->change.kind == CHANGE_SPEED)
        condition_speeds(w, at, n, now);
    else
        condition_states(w, at, n, now);
}

void faults_step(struct world *w, struct event e)
{
    uint32_t unit = event_index(e.what);

    w->timers--;
    w->server_timers--;
    w->faults->unit[unit].turns++;
    if (w->faults->source[w->faults->unit[unit].source].fault)
        strike(w, unit, e.time);
    else
        redraw(w, unit, e.time);
    next_turn(w, unit, e.time);
}

/* ---- What holds. */

const struct change *faults_in_force(const struct world *w, uint32_t server, enum change_kind kind,
                                     lb_time *began)
{
    const struct faults *f = w->faults;
    const struct change *found = NULL;
    uint32_t g = w->server[server].group, i;

    for (i = f->from[g]; i < f->from[g + 1]; i++) {
        const struct source_of_turns *of = &f->source[f->covers[i]];
        bool alone = of->fault->together == TOGETHER_SERVER;
        const struct unit *unit = &f->unit[of->first + (alone ? server - w->group[g].first : 0)];

        if (of->fault->change.kind != kind || unit->began == LB_NEVER ||
            (found && unit->began < *began))
            continue;
        found = &of->fault->change;
        *began = unit->began;
    }
    return found;
}

static bool is_touched(const struct world *w, uint32_t group)
{
    return w->faults->from[group] < w->faults->from[group + 1] ||
           w->scenario->servers[group].redrawn.n;
}

bool faults_may_help(const struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->balancers; i++)
        if (w->balancer[i].held)
            return true;
    for (i = 0; w->faults && i < w->servers; i++)
        if (w->server[i].inside && is_touched(w, w->server[i].group))
            return true;
    return false;
}
