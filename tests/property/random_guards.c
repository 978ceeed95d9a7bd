/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random health checks, ejection, breakers and limits: at work, or on and never in the way. */
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

/* Some services long, `least` to `most`; no shorter than what intervals may be. */
static double stretch(struct sketch *s, double least, double most)
{
    struct lb_random *r = &s->more;
    double ticks = magnitude(r, least, most);

    return fmax(1e-6, s->unit * (s->ties ? ceil(ticks) : ticks));
}

/* A part of the run: what is done by the clock ought not to outnumber the requests by far. */
static double part_of_run(struct sketch *s, double least, double most)
{
    double at = sketch_span(s) * magnitude(&s->more, least, most);

    return fmax(1e-6, s->ties ? ceil(at / s->unit) * s->unit : at);
}

static void health(struct sketch *s)
{
    struct lb_random *r = &s->more;

    fprintf(s->out,
            ", \"health\": { \"interval\": %.17g, \"timeout\": %.17g, \"rise\": %u, \"fall\": %u",
            part_of_run(s, 0.005, 0.1), stretch(s, 0.5, 20.0), between(r, 1, 3), between(r, 1, 3));
    if (chance(r, 0.3))
        fprintf(s->out, ", \"jitter\": %.17g", 0.9 * lb_unit(r));
    if (chance(r, 0.3))
        fprintf(s->out, ", \"fast\": %.17g", part_of_run(s, 0.002, 0.05));
    if (chance(r, 0.3))
        fprintf(s->out, ", \"down\": %.17g", part_of_run(s, 0.002, 0.1));
    if (chance(r, 0.4))
        fprintf(s->out, ", \"cost\": %.17g", stretch(s, 0.01, 1.0));
    if (chance(r, 0.4))
        fputs(", \"deep\": true", s->out);
    if (chance(r, 0.3))
        fputs(", \"first_decides\": true", s->out);
    fputs(" }", s->out);
}

static void judged_by_rates(struct sketch *s)
{
    struct lb_random *r = &s->more;

    fprintf(s->out, ", \"interval\": %.17g, \"most_ejected\": %.17g, \"most_ejection\": %.17g",
            part_of_run(s, 0.01, 0.2), lb_unit(r), part_of_run(s, 0.1, 1.0));
    if (chance(r, 0.6))
        fprintf(s->out,
                ", \"success_rate\": { \"factor\": %.17g, \"least_hosts\": %u, "
                "\"least_requests\": %u, \"enforced\": %.17g }",
                magnitude(r, 0.1, 3.0), between(r, 1, 4), between(r, 1, 20),
                chance(r, 0.5) ? 1.0 : lb_unit(r));
    if (chance(r, 0.6))
        fprintf(s->out,
                ", \"failure_percentage\": { \"threshold\": %.17g, \"enforced\": 1, "
                "\"least_hosts\": %u, \"least_requests\": %u }",
                lb_unit(r), between(r, 1, 4), between(r, 1, 20));
    if (chance(r, 0.5))
        fprintf(s->out,
                ", \"latency\": { \"factor\": %.17g, \"least_hosts\": %u, \"least_requests\": %u }",
                magnitude(r, 1.0, 5.0), between(r, 1, 4), between(r, 1, 20));
}

static void outlier(struct sketch *s)
{
    static const char *const likes[] = { "envoy", "grpc", "nginx", "haproxy" };
    struct lb_random *r = &s->more;
    uint32_t like = lb_below(r, 4);

    fprintf(s->out, ", \"outlier\": { \"like\": \"%s\", \"ejection\": %.17g", likes[like],
            part_of_run(s, 0.01, 0.2));
    if (like != 1)
        fprintf(s->out, ", \"consecutive\": %u", between(r, 1, 6));
    if (like == 0)
        fprintf(s->out, ", \"enforced\": %.17g", chance(r, 0.7) ? 1.0 : lb_unit(r));
    if (like < 2)
        judged_by_rates(s);
    fputs(" }", s->out);
}

static void limits(struct sketch *s)
{
    struct lb_random *r = &s->more;
    uint32_t which = between(r, 1, s->repeats ? 7 : 3), n = 0;

    fputs(", \"limits\": { ", s->out);
    if (which & 1)
        fprintf(s->out, "%s\"in_flight\": %u", n++ ? ", " : "", between(r, 1, 60));
    if (which & 2)
        fprintf(s->out, "%s\"per_server\": %u", n++ ? ", " : "", between(r, 1, 8));
    if (which & 4)
        fprintf(s->out, "%s\"retries\": %u", n++ ? ", " : "", lb_below(r, 10));
    fputs(" }", s->out);
}

static void breaker(struct sketch *s)
{
    struct lb_random *r = &s->more;

    fprintf(s->out,
            ", \"breaker\": { \"errors\": %.17g, \"least_requests\": %u, \"window\": %.17g, "
            "\"open\": %.17g, \"half_open\": %u }",
            0.02 + 0.9 * lb_unit(r), between(r, 1, 30), part_of_run(s, 0.01, 0.5),
            part_of_run(s, 0.005, 0.2), between(r, 1, 3));
}

static void concurrency(struct sketch *s)
{
    struct lb_random *r = &s->more;

    if (chance(r, 0.5))
        fprintf(s->out,
                ", \"concurrency\": { \"like\": \"gradient\", \"every\": %.17g, \"measure\": "
                "%.17g, \"measure_requests\": %u, \"buffer\": %.17g, \"quantile\": %.17g }",
                part_of_run(s, 0.005, 0.1), part_of_run(s, 0.1, 1.0), between(r, 1, 60), lb_unit(r),
                lb_unit(r));
    else
        fprintf(s->out,
                ", \"concurrency\": { \"like\": \"aimd\", \"initial\": %u, \"decrease\": %.17g }",
                between(r, 1, 60), 0.1 + 0.85 * lb_unit(r));
}

static void rate_limit(struct sketch *s)
{
    static const char *const windows[] = { "fixed_window", "sliding_window" };
    struct lb_random *r = &s->more;
    double rate = fmin(1e12, s->requests / sketch_span(s) * magnitude(r, 0.2, 2.0));

    fprintf(s->out, ", \"rate_limit\": { \"rate\": %.17g", rate);
    if (chance(r, 0.4))
        fprintf(s->out, ", \"kind\": \"bucket\", \"burst\": %u }", between(r, 1, 50));
    else
        fprintf(s->out, ", \"kind\": \"%s\", \"window\": %.17g }", windows[lb_below(r, 2)],
                part_of_run(s, 0.002, 0.2));
}

static void admission(struct sketch *s)
{
    struct lb_random *r = &s->more;
    double window = part_of_run(s, 0.01, 0.5);

    if (chance(r, 0.5))
        fprintf(s->out, ", \"admission\": { \"like\": \"sre\", \"k\": %.17g, \"window\": %.17g }",
                1.0 + lb_unit(r), window);
    else
        fprintf(s->out,
                ", \"admission\": { \"like\": \"envoy\", \"threshold\": %.17g, \"aggression\": "
                "%.17g, \"cap\": %.17g, \"window\": %.17g }",
                0.5 + 0.5 * lb_unit(r), magnitude(r, 0.5, 3.0), lb_unit(r), window);
}

/* A balancer without clients has nobody to turn away. */
static void shed(struct sketch *s)
{
    struct lb_random *r = &s->more;
    uint32_t lowest = s->lowest[s->balancer];

    if (lowest == UINT32_MAX)
        return;
    fprintf(s->out, ", \"shed\": { \"below_priority\": %u, \"when\": { \"%s\": %u } }",
            between(r, lowest + 1, 4), chance(r, 0.5) ? "queue" : "in_flight", between(r, 1, 40));
}

/* No check that fails decides, nothing that fails is judged, and no limit is ever met. */
static void idle_guards(struct sketch *s)
{
    static const char *const idle[] = {
        ", \"outlier\": { \"consecutive\": 1000000, \"success_rate\": { \"enforced\": 0 } }",
        ", \"limits\": { \"in_flight\": 1000000, \"per_server\": 1000000 }",
        ", \"breaker\": { \"errors\": 1, \"least_requests\": 1000000000 }",
        ", \"concurrency\": { \"like\": \"aimd\", \"initial\": 1000000, \"least\": 1000000, "
        "\"most\": 1000000 }",
        ", \"rate_limit\": { \"rate\": 1e12, \"burst\": 1e12 }",
        ", \"admission\": { \"like\": \"envoy\", \"cap\": 0 }",
        ", \"panic\": 0",
    };
    uint32_t i;

    for (i = 0; i < sizeof idle / sizeof idle[0]; i++)
        if (chance(&s->more, 0.5))
            fputs(idle[i], s->out);
    if (s->lowest[s->balancer] != UINT32_MAX && chance(&s->more, 0.5))
        fputs(", \"shed\": { \"below_priority\": 65535, \"when\": { \"queue\": 4e9, "
              "\"in_flight\": 4e9 } }",
              s->out);
    if (!s->changes && chance(&s->more, 0.5)) /* who checks is told of nothing */
        fprintf(s->out, ", \"health\": { \"interval\": %.17g, \"fall\": 1000 }",
                part_of_run(s, 0.1, 1.0));
}

void sketch_guards(struct sketch *s)
{
    static void (*const parts[])(struct sketch *) = { health,      outlier,    limits,    breaker,
                                                      concurrency, rate_limit, admission, shed };
    struct lb_random *r = &s->more;
    bool judges = false;
    uint32_t i;

    if (s->mechanisms == MECHANISMS_NONE)
        return;
    if (s->mechanisms == MECHANISMS_IDLE) {
        idle_guards(s);
        return;
    }
    for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (chance(r, 0.25)) {
            judges = judges || i < 2;
            parts[i](s);
        }
    if (judges && chance(r, 0.5)) /* who is never out need not be called back */
        fprintf(s->out, ", \"panic\": %.17g", lb_unit(r));
}

void sketch_slow_start(struct sketch *s)
{
    static const char *const likes[] = { "envoy", "nginx", "haproxy" };
    struct lb_random *r = &s->more;
    uint32_t like;

    if (s->mechanisms != MECHANISMS_AT_WORK || !chance(r, 0.25))
        return;
    like = lb_below(r, 3);
    fprintf(s->out, ", \"slow_start\": { \"like\": \"%s\", \"window\": %.17g", likes[like],
            part_of_run(s, 0.01, 0.3));
    if (like == 0)
        fprintf(s->out, ", \"aggression\": %.17g, \"least\": %.17g", magnitude(r, 0.5, 3.0),
                fmax(1e-6, lb_unit(r)));
    fputs(" }", s->out);
}
