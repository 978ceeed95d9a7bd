/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random clients: when requests come, and what they are. */
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

/* A rate as a scenario without load must state it, and one with load must not. */
static void sketch_rate(struct sketch *s, double rate)
{
    if (!s->loaded)
        fprintf(s->out, ", \"rate\": %.17g", rate);
}

/* Rates that jump, or follow the clock; some of them 0. */
static void sketch_curve(struct sketch *s, double rate)
{
    struct lb_random *r = &s->dice;

    switch (lb_below(r, 3)) {
    case 0:
        fprintf(s->out, "\"mmpp\", \"rates\": [%.17g, %.17g, %.17g], \"switch\": [%.17g, %.17g, 2]",
                2.0 * rate, chance(r, 0.5) ? 0.0 : rate, rate / 2.0,
                rate * magnitude(r, 0.01, 10.0), rate);
        break;
    case 1:
        fprintf(s->out,
                "\"nonhomogeneous\", \"rates\": { \"mean\": %.17g, \"amplitude\": %.17g, "
                "\"period\": %.17g }",
                rate, chance(r, 0.2) ? 1.0 : lb_unit(r),
                fmax(magnitude(r, 0.1, 1000.0) / rate, 1e-9));
        break;
    default:
        fprintf(s->out,
                "\"nonhomogeneous\", \"rates\": [{ \"from\": 0, \"rate\": %.17g }, "
                "{ \"from\": %.17g, \"rate\": %.17g }]",
                rate, fmax(100.0 * lb_unit(r) / rate, 1e-9), chance(r, 0.1) ? 0.0 : 2.0 * rate);
        break;
    }
}

static void sketch_bursts(struct sketch *s, double rate)
{
    struct lb_random *r = &s->dice;

    switch (lb_below(r, 4)) {
    case 0:
        fputs("\"renewal\", \"interarrival\": ", s->out);
        sketch_quantity(s, 1.0 / rate);
        break;
    case 1:
        fputs("\"batch\", \"size\": ", s->out);
        sketch_quantity(s, between(r, 1, 12));
        sketch_rate(s, rate);
        break;
    case 2:
        fputs("\"on_off\", \"on\": ", s->out);
        sketch_quantity(s, magnitude(r, 0.1, 100.0) / rate);
        fputs(", \"off\": ", s->out);
        sketch_quantity(s, magnitude(r, 0.1, 100.0) / rate);
        sketch_rate(s, rate);
        break;
    default:
        sketch_curve(s, rate);
        break;
    }
}

static void sketch_sessions(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    fputs(", \"sessions\": { \"requests\": ", s->out);
    sketch_quantity(s, between(r, 1, 6));
    fputs(", \"think\": ", s->out);
    sketch_quantity(s, chance(r, 0.2) ? 0.0 : s->unit * magnitude(r, 0.1, 10.0));
    fputs(" }", s->out);
}

/* What policies may be told of a request beside. */
static void sketch_more(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    if (chance(r, 0.2)) {
        fputs(", \"key\": ", s->out);
        sketch_quantity(s, magnitude(r, 1.0, 1000.0));
    }
    if (chance(r, 0.2)) {
        fputs(", \"size_estimate\": ", s->out);
        sketch_quantity(s, 1.0);
    }
}

static uint32_t sketch_priority(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    uint32_t priority = chance(r, 0.3) ? lb_below(r, 4) : 0;

    if (priority)
        fprintf(s->out, ", \"priority\": %u", priority);
    return priority;
}

static void sketch_trace(struct sketch *s, double rate)
{
    fprintf(s->out, "\"process\": \"trace\", \"file\": \"%s\", \"loop\": %s", s->trace,
            chance(&s->dice, 0.7) ? "true" : "false");
    if (!s->loaded)
        fprintf(s->out, ", \"scale\": %.17g", fmax(1e-9, 1.0 / rate));
}

static void sketch_arrivals(struct sketch *s, bool closed, double mean)
{
    struct lb_random *r = &s->dice;
    bool sessions = !closed && !s->plain;
    double rate = fmin(1e8, s->load * s->capacity / (mean > 0.0 ? mean : s->unit) / s->clients);

    fputs(", \"arrivals\": { ", s->out);
    if (closed) {
        fprintf(s->out,
                "\"process\": \"closed\", \"population\": %u, \"think\": ", between(r, 1, 40));
        sketch_quantity(s, s->unit * (s->ties ? between(r, 1, 3) : magnitude(r, 0.1, 10.0)));
    } else if (s->trace && chance(r, 0.1)) {
        sketch_trace(s, rate);
        sessions = false;
    } else if (chance(r, 0.4)) {
        fputs("\"process\": ", s->out);
        sketch_bursts(s, rate);
    } else {
        fprintf(s->out, "\"process\": \"%s\"",
                chance(r, s->ties ? 0.8 : 0.2) ? "deterministic" : "poisson");
        sketch_rate(s, rate);
    }
    fputs(" }", s->out);
    if (sessions && chance(r, 0.15))
        sketch_sessions(s);
    sketch_more(s);
}

static void sketch_client(struct sketch *s, uint32_t i)
{
    struct lb_random *r = &s->dice;
    bool closed = s->closed_only || (!s->plain && i > 0 && chance(r, 0.3));
    double mean = s->ties ? s->unit * between(r, !s->loaded && chance(r, 0.2) ? 0 : 1, 2) : s->unit;
    uint32_t to = 0, priority;
    bool timed;

    fprintf(s->out, "%s\n    { \"name\": \"c%u\", \"service\": ", i ? "," : "", i);
    sketch_quantity(s, mean);
    sketch_arrivals(s, closed, mean);
    if (s->loaded && !closed && s->clients > 1)
        fprintf(s->out, ", \"share\": %.17g", magnitude(r, 0.1, 10.0));
    timed = s->lossy || s->losing || s->stuck || (!s->plain && chance(r, 0.15));
    if (timed)
        fprintf(s->out, ", \"timeout\": %.17g",
                s->unit * (s->ties ? between(r, 1, 12) : magnitude(r, 0.5, 50.0)));
    if (s->patience && chance(r, 0.7)) {
        fputs(", \"patience\": ", s->out);
        sketch_quantity(s, s->unit * (s->ties ? lb_below(r, 8) : magnitude(r, 0.05, 20.0)));
    }
    if (s->narrow) {
        fputs(", \"bytes\": { \"request\": ", s->out);
        sketch_quantity(s, chance(r, 0.3) ? 0.0 : 200.0);
        fputs(", \"response\": ", s->out);
        sketch_quantity(s, 1000.0);
        fputs(" }", s->out);
    }
    sketch_zone_of(s, 0.5);
    if (!s->plain)
        sketch_link_of(s, 0.4);
    if (s->balancers > 1) {
        to = i < s->balancers ? i : lb_below(r, s->balancers);
        fprintf(s->out, ", \"to\": \"b%u\"", to);
    }
    priority = sketch_priority(s);
    s->lowest[to] = priority < s->lowest[to] ? priority : s->lowest[to];
    sketch_tries(s, timed);
    fputs(" }", s->out);
}

void sketch_clients(struct sketch *s)
{
    uint32_t i;

    for (i = 0; i < 4; i++)
        s->lowest[i] = UINT32_MAX;
    fputs("  \"clients\": [", s->out);
    for (i = 0; i < s->clients; i++)
        sketch_client(s, i);
    fputs(" ],\n", s->out);
}
