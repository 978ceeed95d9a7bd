/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random quantities and policies. Both go by the tables of what there is, so that a new
 * distribution without special needs or a new policy is met without a change here. */
#include <stddef.h>
#include <string.h>

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

static void two_values(struct sketch *s, const char *kind, double mean)
{
    struct lb_random *r = &s->dice;
    double p = 0.05 + 0.9 * lb_unit(r), few = 0.2 + 0.6 * lb_unit(r);

    fprintf(s->out, "\"%s\", \"values\": [%.17g, %.17g], \"weights\": [%.17g, %.17g]", kind,
            few * mean / p, (1.0 - few) * mean / (1.0 - p), p, 1.0 - p);
}

static void empirical(struct sketch *s, double mean, double part)
{
    const double low = mean * part, high = mean * (2.0 - part);

    fprintf(s->out, "\"empirical\", \"values\": [%.17g, %.17g, %.17g]", low, mean, high);
    if (chance(&s->dice, 0.5))
        fputs(", \"cumulative\": [0.25, 0.75, 1]", s->out);
}

/* What is asked of `shape` and the like leaves variances that a short run survives. */
static void shaped(struct sketch *s, uint32_t which, double mean, double part)
{
    struct lb_random *r = &s->dice;
    const double shape = 2.5 + 4.0 * lb_unit(r), ratio = 4.0 + 100.0 * lb_unit(r);

    if (which == 0)
        fprintf(s->out, "\"gamma\", \"%s\": %.17g, \"mean\": %.17g",
                chance(r, 0.5) ? "shape" : "scv", magnitude(r, 0.2, 5.0), mean);
    else if (which == 1)
        fprintf(s->out, "\"weibull\", \"shape\": %.17g, \"mean\": %.17g", magnitude(r, 0.5, 5.0),
                mean);
    else if (which == 2)
        fprintf(s->out, "\"pareto\", \"shape\": %.17g, \"least\": %.17g", shape,
                mean * (shape - 1.0) / shape);
    else if (which == 3) /* shape 1: mean = least log(ratio) / (1 - 1 / ratio) */
        fprintf(s->out, "\"bounded_pareto\", \"shape\": 1, \"least\": %.17g, \"most\": %.17g",
                mean * (1.0 - 1.0 / ratio) / log(ratio),
                mean * (1.0 - 1.0 / ratio) / log(ratio) * ratio);
    else if (which == 4)
        fprintf(s->out, "\"normal\", \"mean\": %.17g, \"stddev\": %.17g", mean, mean * part / 6.0);
    else /* mean 0 before the cut, sqrt(2 / pi) stddev after it */
        fprintf(s->out, "\"normal\", \"mean\": 0, \"stddev\": %.17g", mean * 1.2533141373155003);
}

/* On whole numbers, and so only where such a mean makes sense; else a triangle. */
static void whole_or_triangular(struct sketch *s, double mean, double part)
{
    struct lb_random *r = &s->dice;
    double items = floor(2.0 * mean - 1.0);

    if (mean < 1.0 || chance(r, 0.4))
        fprintf(s->out, "\"triangular\", \"least\": %.17g, \"mode\": %.17g, \"most\": %.17g",
                mean * part, mean, mean * (2.0 - part));
    else if (chance(r, 0.5))
        fprintf(s->out, "\"geometric\", \"mean\": %.17g", mean);
    else
        fprintf(s->out, "\"zipf\", \"items\": %.0f, \"exponent\": 0", items < 1.0 ? 1.0 : items);
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
    switch (lb_below(r, 15)) {
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
    case 5:
        two_values(s, "bimodal", mean);
        break;
    case 6:
        two_values(s, "discrete", mean);
        break;
    case 7:
        empirical(s, mean, part);
        break;
    case 8:
        whole_or_triangular(s, mean, part);
        break;
    case 9:
        fprintf(s->out, "\"lognormal\", \"mean\": %.17g, \"scv\": %.17g", mean,
                magnitude(r, 0.1, 8.0));
        break;
    default:
        shaped(s, lb_below(r, 6), mean, part);
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

/* One without a list that must be given. */
static const struct lb_policy *any_policy(struct sketch *s, uint32_t known)
{
    const struct lb_policy *of;

    do
        of = policies[lb_below(&s->dice, known)];
    while (!strcmp(of->name, "tags"));
    return of;
}

void sketch_policies(struct sketch *s)
{
    uint32_t n = between(&s->dice, 2, 4), known = 0, i;

    while (policies[known])
        known++;
    fputs("  \"policies\": [", s->out);
    for (i = 0; i < n; i++)
        policy(s, i, any_policy(s, known));
    fputs(" ],\n", s->out);
}
