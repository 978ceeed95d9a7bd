/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/random_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "tests/property/dice.h"

/* ---- What kind of scenario. */

static void choose_kind(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    s->plain = chance(r, 0.35);
    s->ties = chance(r, 0.3);
    s->unit = chance(r, 0.1) ? (chance(r, 0.5) ? 1e-8 : 50.0) : magnitude(r, 1e-6, 1.0);
    if (s->ties)
        s->unit = exp2(floor(log2(s->unit * 1e9))) * 1e-9;
    s->load = chance(r, 0.2) ? magnitude(r, 1.0, 3.0) : 0.05 + 0.94 * lb_unit(r);
    s->loaded = chance(r, 0.6);
    s->clients = chance(r, 0.6) ? 1 : between(r, 2, 3);
    s->links = chance(r, 0.5) ? between(r, 1, 3) : 0;
    s->lossy = !s->plain && s->links && chance(r, 0.25);
    s->narrow = !s->plain && s->links && chance(r, 0.3);
    s->groups = s->plain || chance(r, 0.4) ? 1 : between(r, 2, 4);
    s->balancers = s->plain || chance(r, 0.6) ? 1 : between(r, 2, 3);
    s->closed_only = !s->plain && chance(r, 0.15);
    s->zero_weights = chance(r, 0.3);
    s->requests = (uint32_t)magnitude(r, 2000, 20000);
}

/* ---- The parts. */

static void link_of(struct sketch *s, double p)
{
    if (s->links && chance(&s->dice, p))
        fprintf(s->out, ", \"link\": \"l%u\"", lb_below(&s->dice, s->links));
}

static void sketch_links(struct sketch *s)
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

static void sketch_group(struct sketch *s, uint32_t i)
{
    struct lb_random *r = &s->dice;
    bool huge = s->plain && chance(r, 0.06);
    uint32_t count = huge ? 9000 : chance(r, 0.3) ? between(r, 1, 2) : between(r, 1, 25);
    uint32_t cores = s->plain || chance(r, 0.6) ? 1 : chance(r, 0.8) ? between(r, 2, 4) : 17;
    double speed = chance(r, 0.5) ? 1.0 : s->ties ? exp2(between(r, 0, 2)) : magnitude(r, 0.3, 4.0);
    uint32_t weight = i > 0 && s->zero_weights && chance(r, 0.5) ? 0
                      : chance(r, 0.5)                           ? 1
                                                                 : between(r, 1, 9);

    fprintf(s->out,
            "%s\n    { \"name\": \"s%u\", \"count\": %u, \"cores\": %u, \"speed\": %.17g, "
            "\"weight\": %u",
            i ? "," : "", i, count, cores, speed, weight);
    s->capacity += (double)count * cores * speed;
    if (!s->plain && chance(r, 0.3))
        fputs(", \"discipline\": \"ps\"", s->out);
    if (!s->plain && chance(r, s->ties ? 0.5 : 0.25))
        fprintf(s->out, ", \"queue_limit\": %u", chance(r, 0.3) ? 0 : between(r, 1, 6));
    link_of(s, 0.3);
    fputs(" }", s->out);
}

static void sketch_servers(struct sketch *s)
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

static void sketch_balancers(struct sketch *s)
{
    static const char *const on_none[] = { "fail", "queue", "panic" };
    static const char *const kinds[] = { "own", "fresh" };
    struct lb_random *r = &s->dice;
    uint32_t i;

    if (s->balancers == 1 && !s->links && chance(r, 0.3))
        return;
    fputs("  \"balancers\": [", s->out);
    for (i = 0; i < s->balancers; i++) {
        fprintf(s->out, "%s\n    { \"name\": \"b%u\", \"on_none\": \"%s\"", i ? "," : "", i,
                on_none[lb_below(r, 3)]);
        if (!s->plain && chance(r, 0.4))
            fprintf(s->out, ", \"count\": %u, \"spread\": \"%s\"", between(r, 2, 5),
                    chance(r, 0.5) ? "random" : "round_robin");
        if (chance(r, 0.3))
            fprintf(s->out, ", \"information\": { \"kind\": \"%s\" }", kinds[lb_below(r, 2)]);
        link_of(s, 0.7);
        if (s->balancers > 1 || (!s->plain && chance(r, 0.2)))
            some_groups(s, i);
        fputs(" }", s->out);
    }
    fputs(" ],\n", s->out);
}

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
    if (chance(r, 0.2))
        fprintf(s->out, ", \"priority\": %u", between(r, 0, 9));
}

static void sketch_arrivals(struct sketch *s, bool closed, double mean)
{
    struct lb_random *r = &s->dice;
    double rate = s->load * s->capacity / (mean > 0.0 ? mean : s->unit) / s->clients;

    fputs(", \"arrivals\": { ", s->out);
    if (closed) {
        fprintf(s->out,
                "\"process\": \"closed\", \"population\": %u, \"think\": ", between(r, 1, 40));
        sketch_quantity(s, s->unit * (s->ties ? between(r, 1, 3) : magnitude(r, 0.1, 10.0)));
    } else if (chance(r, 0.4)) {
        fputs("\"process\": ", s->out);
        sketch_bursts(s, rate);
    } else {
        fprintf(s->out, "\"process\": \"%s\"",
                chance(r, s->ties ? 0.8 : 0.2) ? "deterministic" : "poisson");
        sketch_rate(s, rate);
    }
    fputs(" }", s->out);
    if (!closed && !s->plain && chance(r, 0.15))
        sketch_sessions(s);
    sketch_more(s);
}

static void sketch_client(struct sketch *s, uint32_t i)
{
    struct lb_random *r = &s->dice;
    bool closed = s->closed_only || (!s->plain && i > 0 && chance(r, 0.3));
    double mean = s->ties ? s->unit * between(r, !s->loaded && chance(r, 0.2) ? 0 : 1, 2) : s->unit;

    fprintf(s->out, "%s\n    { \"name\": \"c%u\", \"service\": ", i ? "," : "", i);
    sketch_quantity(s, mean);
    sketch_arrivals(s, closed, mean);
    if (s->loaded && !closed && s->clients > 1)
        fprintf(s->out, ", \"share\": %.17g", magnitude(r, 0.1, 10.0));
    if (s->lossy || (!s->plain && chance(r, 0.15)))
        fprintf(s->out, ", \"timeout\": %.17g",
                s->unit * (s->ties ? between(r, 1, 12) : magnitude(r, 0.5, 50.0)));
    if (s->narrow) {
        fputs(", \"bytes\": { \"request\": ", s->out);
        sketch_quantity(s, chance(r, 0.3) ? 0.0 : 200.0);
        fputs(", \"response\": ", s->out);
        sketch_quantity(s, 1000.0);
        fputs(" }", s->out);
    }
    if (!s->plain)
        link_of(s, 0.4);
    if (s->balancers > 1)
        fprintf(s->out, ", \"to\": \"b%u\"", i < s->balancers ? i : lb_below(r, s->balancers));
    fputs(" }", s->out);
}

static void sketch_clients(struct sketch *s)
{
    uint32_t i;

    fputs("  \"clients\": [", s->out);
    for (i = 0; i < s->clients; i++)
        sketch_client(s, i);
    fputs(" ],\n", s->out);
}

/* Windows all over the run, or from the middle of it on, or a few alone. */
static void write_windows(struct sketch *s, double span)
{
    struct lb_random *r = &s->dice;
    double every = span * (0.1 + 0.3 * lb_unit(r)) + 2e-9;

    switch (between(r, 0, 3)) {
    case 0:
        return;
    case 1:
        fprintf(s->out,
                ", \"windows\": { \"at\": [ { \"from\": \"%.9fs\", \"to\": \"%.9fs\" }, "
                "{ \"from\": \"%.9fs\", \"to\": \"%.9fs\" } ]",
                0.2 * every, every, every, every + 1e-9);
        break;
    default:
        fprintf(s->out, ", \"windows\": { \"every\": \"%.9fs\", \"from\": \"%.9fs\"", every,
                between(r, 0, 1) ? 0.0 : 0.5 * every);
        break;
    }
    fputs(
        ", \"metrics\": [\"in_system.mean\", \"queue.max\", \"utilization.max\", \"latency.mean\", "
        "\"latency.p90\", \"latency.stddev\", \"throughput\"] }",
        s->out);
}

static void sketch_run(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    bool timed = !s->plain && chance(r, 0.3);
    double span = s->closed_only ? s->requests * s->unit / 40.0
                                 : s->requests * s->unit / (s->load * s->capacity);

    fprintf(s->out, "  \"run\": { \"seed\": \"%llu\", \"replications\": %u",
            (unsigned long long)lb_bits(r), between(r, 2, 4));
    if (timed)
        fprintf(s->out, ", \"duration\": %.17g", span);
    else
        fprintf(s->out, ", \"requests\": %u", s->requests);
    if (lb_below(r, 3) == 0)
        fprintf(s->out, ", \"metrics\": [\"occupancy{2}\", \"latency.above{%.9fs}\", \"wait.p75\"]",
                2.0 * s->unit);
    switch (between(r, 0, 5)) {
    case 0:
        break;
    case 1: /* may be longer than the run */
        fprintf(s->out, ", \"warmup\": \"%.9fs\"", span * (timed ? 0.9 : 1.5) * lb_unit(r));
        break;
    case 2:
        fprintf(s->out, ", \"warmup\": %u", lb_below(r, s->requests / 2));
        break;
    default:
        fputs(", \"warmup\": 0", s->out);
        break;
    }
    write_windows(s, span);
    fputs(" }\n", s->out);
}

char *random_scenario(uint64_t seed, uint32_t number, const char *plugins, size_t *length)
{
    struct sketch s = { .dice = stream_at(lb_mix(seed + 1), number, 0), .plugins = plugins };
    char *text = NULL;

    s.out = open_memstream(&text, length);
    if (!s.out)
        return NULL;
    choose_kind(&s);
    fprintf(s.out, "{ \"name\": \"random %u\",\n", number);
    if (s.loaded)
        fprintf(s.out, "  \"load\": %.17g,\n", s.load);
    sketch_links(&s);
    sketch_servers(&s);
    sketch_balancers(&s);
    sketch_clients(&s);
    sketch_policies(&s);
    sketch_run(&s);
    fputs("}\n", s.out);
    if (fclose(s.out) == 0)
        return text;
    free(text);
    return NULL;
}

void random_damage(struct lb_random *r, char *text, size_t *length)
{
    uint32_t n = between(r, 1, 4), i;

    for (i = 0; i<n && * length> 2; i++) {
        size_t at = lb_below(r, (uint32_t)*length - 1);

        switch (lb_below(r, 4)) {
        case 0:
            text[at] = (char)lb_below(r, 256);
            break;
        case 1:
            memmove(text + at, text + at + 1, *length - at - 1);
            --*length;
            break;
        case 2:
            text[at] = "{}[],:\"0-9e."[lb_below(r, 12)];
            break;
        default:
            if (chance(r, 0.1))
                *length = at;
            else
                text[at] = text[at + 1];
            break;
        }
    }
}
