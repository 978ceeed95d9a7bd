/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random timelines: every property of every target, overlapping, at equal instants, from the first
 * instant on and beyond the end of the run. */
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

enum { GRID = 8 }; /* a run is about so many steps long: instants that coincide */

/* An instant from 0 to half as long again as the run. */
static double instant(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    double span = sketch_span(s), at;

    if (chance(r, 0.1))
        return 0.0;
    if (chance(r, 0.4))
        at = span * lb_below(r, GRID * 3 / 2) / GRID;
    else
        at = span * (chance(r, 0.1) ? 1.5 : 1.0) * lb_unit(r);
    return s->ties ? floor(at / s->unit) * s->unit : at;
}

/* `needed`: it must not last for ever. */
static void open_entry(struct sketch *s, bool needed)
{
    struct lb_random *r = &s->dice;
    double at = instant(s), until = instant(s);
    double least = s->unit > 2e-9 ? s->unit : 2e-9;

    fprintf(s->out, "{ \"at\": %.17g", at);
    if (!needed && !chance(r, 0.6))
        return;
    if (until < at + least)
        until = at + least * between(r, 1, 100);
    fprintf(s->out, ", \"until\": %.17g", until);
}

/* ---- Servers. */

static void target(struct sketch *s, uint32_t group)
{
    struct lb_random *r = &s->dice;
    uint32_t first = lb_below(r, s->count[group]), last;

    if (s->zone[0] && chance(r, 0.2)) {
        fprintf(s->out, ", \"zone\": \"%s\"", s->zone);
        return;
    }
    fprintf(s->out, ", \"server\": \"s%u", group);
    last = between(r, first, s->count[group] - 1);
    if (chance(r, 0.3))
        fprintf(s->out, "[%u]", first);
    else if (chance(r, 0.5))
        fprintf(s->out, "[%u..%u]", first, last);
    fputs("\"", s->out);
}

static double speed(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    if (chance(r, 0.2))
        return 1.0;
    return s->ties ? exp2((double)between(r, 0, 4) - 2.0) : magnitude(r, 0.1, 4.0);
}

static void state(struct sketch *s, bool still)
{
    static const char *const calm[] = { "up", "drain", "refuse", "reset", "black_hole" };
    struct lb_random *r = &s->dice;
    uint32_t which = lb_below(r, 5);

    if (still) {
        fputs(chance(r, 0.5) ? ", \"state\": \"hang\""
                             : ", \"state\": \"down\", \"jobs\": \"kept\"",
              s->out);
    } else if (s->losing && chance(r, 0.7)) {
        fputs(", \"state\": \"down\"", s->out);
        if (chance(r, 0.3))
            fputs(", \"jobs\": \"lost\"", s->out);
    } else {
        fprintf(s->out, ", \"state\": \"%s\"", calm[which]);
        if (which == 4 && chance(r, 0.8)) {
            fputs(", \"answer\": ", s->out);
            sketch_quantity(s, s->unit * (s->ties ? lb_below(r, 3) : magnitude(r, 0.01, 3.0)));
        }
    }
}

static void change_servers(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    bool slow = chance(r, 0.15), still = chance(r, 0.2), paced = chance(r, 0.2);

    open_entry(s, (slow || still) && !s->stuck);
    target(s, lb_below(r, s->groups));
    if (still)
        state(s, true);
    else if (chance(r, 0.5))
        state(s, false);
    else if (chance(r, 0.4))
        fprintf(s->out, ", \"weight\": %u", chance(r, 0.4) ? 0 : between(r, 1, 9));
    else
        paced = true;
    if (slow || paced)
        fprintf(s->out, ", \"speed\": %.17g", slow ? 0.0 : speed(s));
}

static void change_count(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    uint32_t group = lb_below(r, s->groups), count = chance(r, 0.15) ? 0 : between(r, 0, 30);

    open_entry(s, false);
    fprintf(s->out, ", \"server\": \"s%u\", \"count\": %u", group, count);
    if (count > s->count[group])
        s->count[group] = count;
}

/* ---- Links and clients. */

static void change_link(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    bool lossy = s->lossy && chance(r, 0.5), narrow = s->narrow && chance(r, 0.3);

    open_entry(s, false);
    fprintf(s->out, ", \"link\": \"l%u\"", lb_below(r, s->links));
    if (lossy)
        fprintf(s->out, ", \"loss\": %.17g", chance(r, 0.1) ? 1.0 : magnitude(r, 0.001, 0.5));
    if (narrow)
        fprintf(s->out, ", \"bandwidth\": %.17g", 1000.0 / s->unit * magnitude(r, 0.1, 100.0));
    if (!lossy && !narrow) {
        fputs(", \"latency\": ", s->out);
        sketch_quantity(s, s->unit * (s->ties ? lb_below(r, 4) : magnitude(r, 0.01, 10.0)));
    }
}

static void change_clients(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    open_entry(s, false);
    if (s->loaded)
        fprintf(s->out, ", \"load\": %.17g", s->load * magnitude(r, 0.3, 2.0));
    else
        fprintf(s->out, ", \"client\": \"c0\", \"rate\": %.17g",
                fmin(1e12, s->load * s->capacity / s->unit * magnitude(r, 0.3, 2.0)));
}

/* A balancer, or all of its kind. */
static void balancer_goes_down(struct sketch *s, const char *before)
{
    struct lb_random *r = &s->more;
    double span = sketch_span(s), at = span * lb_unit(r);

    if (s->ties)
        at = floor(at / s->unit) * s->unit;
    fprintf(s->out, "%s\n    { \"at\": %.17g, ", before, at);
    if (chance(r, 0.8))
        fprintf(s->out, "\"until\": %.17g, ",
                at + fmax(2e-9, s->ties ? s->unit * between(r, 1, 100) : span * lb_unit(r) / 4.0));
    fprintf(s->out, "\"balancer\": \"b%u\", \"state\": \"down\" }", lb_below(r, s->balancers));
}

static void balancers_go_down(struct sketch *s)
{
    uint32_t n = s->falling ? between(&s->more, 1, 3) : 0, i;

    for (i = 0; i < n; i++)
        balancer_goes_down(s, i || s->changes ? "," : "");
}

void sketch_timeline(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    uint32_t i;

    fputs("  \"timeline\": [", s->out);
    for (i = 0; i < s->changes; i++) {
        fputs(i ? ",\n    " : "\n    ", s->out);
        if (s->links && chance(r, 0.25))
            change_link(s);
        else if (!s->closed_only && chance(r, 0.06))
            change_clients(s);
        else if (chance(r, 0.2))
            change_count(s);
        else
            change_servers(s);
        fputs(" }", s->out);
    }
    balancers_go_down(s);
    fputs(" ],\n", s->out);
}
