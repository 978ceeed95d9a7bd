/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random quantities and policies. Both go by the tables of what there is, so that a new
 * distribution without special needs or a new policy is met without a change here. */
#include <stddef.h>

#include "models/policies.h"
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

static void hyperexponential(struct sketch *s, double mean)
{
    struct lb_random *r = &s->dice;
    double p = 0.05 + 0.9 * lb_unit(r), few = 0.2 + 0.6 * lb_unit(r);

    if (chance(r, 0.5))
        fprintf(s->out, "\"mean\": %.17g, \"scv\": %.17g", mean, magnitude(r, 1.0, 20.0));
    else
        fprintf(s->out, "\"weights\": [%.17g, %.17g], \"means\": [%.17g, %.17g]", p, 1.0 - p,
                few * mean / p, (1.0 - few) * mean / (1.0 - p));
}

void sketch_quantity(struct sketch *s, double mean)
{
    struct lb_random *r = &s->dice;
    double part = lb_unit(r);

    if (chance(r, s->ties ? 0.85 : 0.15) || !(mean > 0.0)) {
        fprintf(s->out, "%.17g", mean);
        return;
    }
    fputs("{ \"distribution\": ", s->out);
    switch (lb_below(r, 6)) {
    case 0:
        fprintf(s->out, "\"deterministic\", \"value\": %.17g", mean);
        break;
    case 1:
        fprintf(s->out, "\"exponential\", \"mean\": %.17g", mean);
        break;
    case 2:
        fprintf(s->out, "\"uniform\", \"least\": %.17g, \"most\": %.17g", mean * part,
                mean * (2.0 - part));
        break;
    case 3:
        fprintf(s->out, "\"erlang\", \"phases\": %u, \"mean\": %.17g", between(r, 1, 6), mean);
        break;
    case 4:
        fputs("\"hyperexponential\", ", s->out);
        hyperexponential(s, mean);
        break;
    default:
        fprintf(s->out, "\"lognormal\", \"mean\": %.17g, \"scv\": %.17g", mean,
                magnitude(r, 0.1, 8.0));
        break;
    }
    fputs(" }", s->out);
}

/* ---- Policies. */

static uint32_t choices_of(const struct lb_param *p)
{
    uint32_t n = 0;

    while (p->choices[n])
        n++;
    return n;
}

static void parameter(struct sketch *s, const struct lb_param *p)
{
    struct lb_random *r = &s->dice;
    double most = p->most < p->least + 6.0 ? p->most : p->least + 6.0;

    switch (p->type) {
    case LB_INT:
        fprintf(s->out, ", \"%s\": %u", p->name, between(r, (uint32_t)p->least, (uint32_t)most));
        break;
    case LB_NUMBER:
    case LB_RATIO:
        fprintf(s->out, ", \"%s\": %.17g", p->name, p->least + lb_unit(r) * (most - p->least));
        break;
    case LB_DURATION:
        fprintf(s->out, ", \"%s\": %.17g", p->name, fmin(p->most, fmax(p->least, s->unit)));
        break;
    case LB_FLAG:
        fprintf(s->out, ", \"%s\": %s", p->name, chance(r, 0.5) ? "true" : "false");
        break;
    case LB_CHOICE:
        fprintf(s->out, ", \"%s\": \"%s\"", p->name, p->choices[lb_below(r, choices_of(p))]);
        break;
    case LB_LIST:
    case LB_POLICY:
        break;
    }
}

static void policy(struct sketch *s, uint32_t which, const struct lb_policy *of)
{
    const struct lb_param *p;

    fprintf(s->out, "%s\n    { \"label\": \"p%u %s\", \"policy\": ", which ? "," : "", which,
            of->name);
    if (s->plugins)
        fprintf(s->out, "\"%s/%s.so\"", s->plugins, of->name);
    else
        fprintf(s->out, "\"%s\"", of->name);
    for (p = of->params; p && p->name; p++)
        if (chance(&s->dice, 0.6))
            parameter(s, p);
    fputs(" }", s->out);
}

void sketch_policies(struct sketch *s)
{
    uint32_t n = between(&s->dice, 2, 4), known = 0, i;

    while (policies[known])
        known++;
    fputs("  \"policies\": [", s->out);
    for (i = 0; i < n; i++)
        policy(s, i, policies[lb_below(&s->dice, known)]);
    fputs(" ],\n", s->out);
}
