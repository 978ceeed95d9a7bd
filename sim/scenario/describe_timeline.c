/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The changes of a timeline, in words. */
#include "sim/scenario/describe_part.h"

static const char *shown(enum unit unit, double value, char room[40])
{
    return unit_show(unit, value, room, 40);
}

/* "app", "app[3]" or "app[0..3]", of those that begin at `first` and are `all`. */
static void print_members(FILE *out, const char *name, uint32_t first, uint32_t all,
                          const struct change *c)
{
    first = c->first - first;
    fputs(name, out);
    if (c->count == all)
        return;
    if (c->count == 1)
        fprintf(out, "[%u]", (unsigned)first);
    else
        fprintf(out, "[%u..%u]", (unsigned)first, (unsigned)(first + c->count - 1));
}

static void print_servers(FILE *out, const struct scenario *s, const struct change *c)
{
    const struct server_spec *group = s->servers;

    while (c->first >= group->first + group->count)
        group++;
    print_members(out, group->name, group->first, group->count, c);
}

static void print_balancers(FILE *out, const struct scenario *s, const struct change *c)
{
    const struct balancer_spec *kind = s->balancers;
    uint32_t first = 0;

    while (c->first >= first + kind->count)
        first += kind++->count;
    fputs("balancer ", out);
    print_members(out, kind->name, first, kind->count, c);
}

static void print_quantity(FILE *out, const struct distribution *d)
{
    char room[40];

    shown(UNIT_TIME, d->kind->mean(d), room);
    if (distribution_is_constant(d))
        fputs(room, out);
    else
        fprintf(out, "%s with mean %s", d->kind->name, room);
}

void describe_state(FILE *out, const struct change *c)
{
    static const char *const states[] = {
        [SERVER_UP] = "up",
        [SERVER_DOWN] = "down",
        [SERVER_DRAIN] = "draining",
        [SERVER_HANG] = "hanging",
        [SERVER_REFUSE] = "refusing connections",
        [SERVER_RESET] = "resetting connections after the work",
        [SERVER_BLACK_HOLE] = "a black hole: an error after ",
    };

    fprintf(out, " %s", states[c->state]);
    if (c->state == SERVER_DOWN)
        fprintf(out, ", its requests %s", c->kept ? "kept" : "lost");
    if (c->state == SERVER_BLACK_HOLE)
        print_quantity(out, &c->quantity);
}

static void print_what(FILE *out, const struct scenario *s, const struct change *c)
{
    char room[40];

    switch (c->kind) {
    case CHANGE_SPEED:
        print_servers(out, s, c);
        fprintf(out, " at speed %g", c->number);
        break;
    case CHANGE_WEIGHT:
        print_servers(out, s, c);
        fprintf(out, " of weight %g", c->number);
        break;
    case CHANGE_STATE:
        print_servers(out, s, c);
        describe_state(out, c);
        break;
    case CHANGE_COUNT:
        fprintf(out, "%g servers in %s", c->number, s->servers[c->first].name);
        break;
    case CHANGE_LATENCY:
        fprintf(out, "link %s takes ", s->links[c->first].name);
        print_quantity(out, &c->quantity);
        break;
    case CHANGE_BANDWIDTH:
        fprintf(out, "link %s carries %s", s->links[c->first].name,
                shown(UNIT_BANDWIDTH, c->number, room));
        break;
    case CHANGE_LOSS:
        fprintf(out, "link %s loses messages with probability %g", s->links[c->first].name,
                c->number);
        break;
    case CHANGE_BALANCER:
        print_balancers(out, s, c);
        fputs(c->state == SERVER_UP ? " up" : " down", out);
        break;
    case CHANGE_LOAD:
        fprintf(out, "load %g", c->number);
        break;
    case CHANGE_RATE:
        fprintf(out, "client %s at %g requests/s", s->clients[c->first].name, c->number);
        break;
    }
}

void describe_change(FILE *out, const struct scenario *scenario, const struct change *change)
{
    char room[40];

    fprintf(out, "  from %s", shown(UNIT_TIME, (double)change->at * 1e-9, room));
    if (change->until != LB_NEVER)
        fprintf(out, " to %s", shown(UNIT_TIME, (double)change->until * 1e-9, room));
    fputs(": ", out);
    print_what(out, scenario, change);
    fputc('\n', out);
}
