/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random links, servers and balancers. */
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

void sketch_link_of(struct sketch *s, double p)
{
    if (s->links && chance(&s->dice, p))
        fprintf(s->out, ", \"link\": \"l%u\"", lb_below(&s->dice, s->links));
}

void sketch_links(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    uint32_t i;

    fputs("  \"links\": [", s->out);
    for (i = 0; i < s->links; i++) {
        double mean = s->ties ? s->unit * lb_below(r, 4) : s->unit * magnitude(r, 0.01, 10.0);

        fprintf(s->out, "%s\n    { \"name\": \"l%u\", \"latency\": ", i ? "," : "", i);
        if (chance(r, 0.4))
            fprintf(s->out, "%.17g", mean);
        else
            sketch_quantity(s, mean);
        if (s->narrow && chance(r, 0.7))
            fprintf(s->out, ", \"bandwidth\": %.17g", 1000.0 / s->unit * magnitude(r, 0.1, 100.0));
        if (s->lossy && chance(r, 0.7))
            fprintf(s->out, ", \"loss\": %.17g", magnitude(r, 0.001, 0.3));
        fputs(" }", s->out);
    }
    fputs(" ],\n", s->out);
}

void sketch_zone_of(struct sketch *s, double p)
{
    if (s->zones && chance(&s->dice, p))
        fprintf(s->out, ", \"zone\": \"z%u\"", lb_below(&s->dice, s->zones));
}

static void discipline(struct sketch *s)
{
    static const char *const preemptive[] = { "", ", \"preemptive\": true",
                                              ", \"preemptive\": false" };
    struct lb_random *r = &s->dice;

    switch (lb_below(r, 8)) {
    case 0:
    case 1:
        fputs(", \"discipline\": \"ps\"", s->out);
        break;
    case 2:
        fputs(", \"discipline\": \"lifo\"", s->out);
        break;
    case 3:
        fputs(", \"discipline\": \"srpt\"", s->out);
        break;
    case 4:
        fputs(", \"discipline\": \"priority\"", s->out);
        break;
    case 5:
        fprintf(s->out, ", \"discipline\": { \"discipline\": \"priority\"%s }",
                preemptive[lb_below(r, 3)]);
        break;
    default:
        break;
    }
}

/* The number of a group's cores, or 0: unlimited. */
static uint32_t cores_of(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    if (s->plain || chance(r, 0.6))
        return !s->plain && !s->loaded && chance(r, 0.15) ? 0 : 1;
    return chance(r, 0.8) ? between(r, 2, 4) : 17;
}

static void head_of_group(struct sketch *s, uint32_t i, uint32_t count, uint32_t cores)
{
    struct lb_random *r = &s->dice;
    double speed = chance(r, 0.5) ? 1.0 : s->ties ? exp2(between(r, 0, 2)) : magnitude(r, 0.3, 4.0);
    uint32_t weight = i > 0 && s->zero_weights && chance(r, 0.5) ? 0
                      : chance(r, 0.5)                           ? 1
                                                                 : between(r, 1, 9);

    fprintf(s->out, "%s\n    { \"name\": \"s%u\", \"count\": %u, \"weight\": %u", i ? "," : "", i,
            count, weight);
    s->capacity += (double)count * (cores ? cores : 2) * speed;
    if (!sketch_redrawn_speed(s))
        fprintf(s->out, ", \"speed\": %.17g", speed);
    if (cores)
        fprintf(s->out, ", \"cores\": %u", cores);
    else
        fputs(", \"cores\": \"unlimited\"", s->out);
}

/* Where requests may be lost every client has a time-out. */
static void errors(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    if (chance(r, 0.6)) {
        fprintf(s->out, ", \"errors\": %.17g", chance(r, 0.1) ? 1.0 : magnitude(r, 0.001, 0.5));
        return;
    }
    fprintf(s->out, ", \"errors\": { \"reset\": %.17g", magnitude(r, 0.001, 0.3));
    if (chance(r, 0.5))
        fprintf(s->out, ", \"error\": %.17g", magnitude(r, 0.001, 0.3));
    if (s->lossy || s->losing || s->stuck)
        fprintf(s->out, ", \"hang\": %.17g", magnitude(r, 0.001, 0.3));
    fputs(" }", s->out);
}

static void sketch_group(struct sketch *s, uint32_t i)
{
    struct lb_random *r = &s->dice;
    bool huge = s->plain && chance(r, 0.06), zoned;

    s->count[i] = huge ? 9000 : chance(r, 0.3) ? between(r, 1, 2) : between(r, 1, 25);
    head_of_group(s, i, s->count[i], cores_of(s));
    if (!s->plain)
        discipline(s);
    if (!s->plain && chance(r, s->ties ? 0.5 : 0.25))
        fprintf(s->out, ", \"queue_limit\": %u", chance(r, 0.3) ? 0 : between(r, 1, 6));
    if (s->errors && chance(r, 0.6))
        errors(s);
    zoned = s->zones && chance(r, 0.7);
    if (zoned) {
        snprintf(s->zone, sizeof s->zone, "z%u", lb_below(r, s->zones) % 10);
        fprintf(s->out, ", \"zone\": \"%s\"", s->zone);
    }
    sketch_link_of(s, 0.3);
    sketch_slow_start(s);
    sketch_faults(s, zoned);
    fputs(" }", s->out);
}

void sketch_servers(struct sketch *s)
{
    uint32_t i;

    fputs("  \"servers\": [", s->out);
    for (i = 0; i < s->groups; i++)
        sketch_group(s, i);
    fputs(" ],\n", s->out);
}

/* Some of the groups, at least one, and all together reach all. */
static void some_groups(struct sketch *s, uint32_t balancer)
{
    uint32_t i, n = 0;

    fputs(", \"servers\": [", s->out);
    for (i = 0; i < s->groups; i++)
        if (i % s->balancers == balancer % s->groups || chance(&s->dice, 0.4))
            fprintf(s->out, "%s\"s%u\"", n++ ? ", " : "", i);
    if (n == 0)
        fprintf(s->out, "\"s%u\"", balancer % s->groups);
    fputs("]", s->out);
}

static void stand(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    uint32_t first = s->zones ? lb_below(r, s->zones) : 0;

    if (s->zones > 1 && chance(r, 0.4))
        fprintf(s->out, ", \"zones\": [\"z%u\", \"z%u\"]", first, (first + 1) % s->zones);
    else
        sketch_zone_of(s, 0.5);
}

void sketch_balancers(struct sketch *s)
{
    static const char *const on_none[] = { "fail", "queue", "panic" };
    static const char *const kinds[] = { "own", "fresh" };
    struct lb_random *r = &s->dice;
    uint32_t i;

    if (s->balancers == 1 && !s->links && chance(r, 0.3)) {
        if (s->mechanisms != MECHANISMS_NONE) {
            fputs("  \"balancers\": { \"name\": \"b0\"", s->out);
            sketch_attempts(s);
            sketch_guards(s);
            fputs(" },\n", s->out);
        }
        return;
    }
    fputs("  \"balancers\": [", s->out);
    for (i = 0; i < s->balancers; i++) {
        s->balancer = i;
        fprintf(s->out, "%s\n    { \"name\": \"b%u\", \"on_none\": \"%s\"", i ? "," : "", i,
                on_none[lb_below(r, 3)]);
        if (!s->plain && chance(r, 0.4))
            fprintf(s->out, ", \"count\": %u, \"spread\": \"%s\"", between(r, 2, 5),
                    chance(r, 0.5) ? "random" : "round_robin");
        if (chance(r, 0.3))
            fprintf(s->out, ", \"information\": { \"kind\": \"%s\" }", kinds[lb_below(r, 2)]);
        sketch_link_of(s, 0.7);
        stand(s);
        if (s->balancers > 1 || (!s->plain && chance(r, 0.2)))
            some_groups(s, i);
        sketch_attempts(s);
        sketch_guards(s);
        fputs(" }", s->out);
    }
    fputs(" ],\n", s->out);
}
