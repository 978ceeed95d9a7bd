/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Markov-modulated Poisson process: W. Fischer, K. Meier-Hellstern, The Markov-modulated Poisson
 * process (MMPP) cookbook, Performance Evaluation 18 (1993), 149-171. State i is left at rate
 * switch[i], with several others to any of them alike; then the stationary probability of a state
 * is proportional to 1 / switch[i]. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/arrival.h"

extern const struct arrival_kind arrival_mmpp;

static const char *check(const struct arrival_spec *spec)
{
    double most = 0.0;
    uint32_t i;

    if (spec->rates.n < 2)
        return "rates: expected two states or more; with one it is poisson";
    if (spec->rates.n != spec->leave.n)
        return "rates and switch must have the same length: a rate and a way out for each state";
    for (i = 0; i < spec->rates.n; i++) {
        most = fmax(most, spec->rates.at[i]);
        if (!(spec->leave.at[i] > 0.0))
            return "switch: every state must be left at some rate above 0";
    }
    return most > 0.0 ? NULL : "rates: at least one must be above 0";
}

/* Mean time in all states together, of one visit each. */
static double round_of(const struct arrival_spec *spec)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < spec->leave.n; i++)
        sum += 1.0 / spec->leave.at[i];
    return sum;
}

static double rate(const struct arrival_spec *spec, double horizon)
{
    double sum = 0.0;
    uint32_t i;

    (void)horizon;
    for (i = 0; i < spec->rates.n; i++)
        sum += spec->rates.at[i] / spec->leave.at[i];
    return sum / round_of(spec);
}

/* 1 + 2 (n - 1) / n sum of p_i (r_i - r)^2 / s_i, over r: the deviation matrix of a chain that
 * jumps to all others alike is diagonal but for a constant. Rates grow with the load, switching
 * does not. */
static double dispersion(const struct arrival_spec *spec, double mean)
{
    const double written = rate(spec, 0.0), n = spec->rates.n;
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < spec->rates.n; i++) {
        const double off = (spec->rates.at[i] - written) * mean / written;
        const double s = spec->leave.at[i];

        sum += off * off / (s * s);
    }
    return 1.0 + 2.0 * (n - 1.0) / n * sum / round_of(spec) / mean;
}

static double turns(const struct arrival_spec *spec)
{
    return spec->leave.n / round_of(spec);
}

static void enter(struct arrival_clock *c, uint32_t state)
{
    c->state = state;
    c->rate = c->spec->rates.at[state];
    arrival_add(&c->until, fmin(arrival_exponential(&c->modulation) / c->spec->leave.at[state],
                                2.0 * ARRIVAL_LONGEST));
}

/* In the stationary law; what remains of a visit then is exponential again. */
static void begin(struct arrival_clock *c)
{
    double left = exact_uniform(lb_bits(&c->modulation)) * round_of(c->spec);
    uint32_t i;

    for (i = 0; i + 1 < c->spec->leave.n && left >= 1.0 / c->spec->leave.at[i]; i++)
        left -= 1.0 / c->spec->leave.at[i];
    c->until = (struct arrival_instant) { 0, 0 };
    enter(c, i);
}

static void turn(struct arrival_clock *c)
{
    uint32_t other =
        c->spec->rates.n == 2 ? 0 : lb_below(&c->modulation, (uint32_t)(c->spec->rates.n - 1));

    enter(c, other + (other >= c->state));
}

static bool next(struct arrival_clock *c)
{
    return arrival_spend(c, arrival_exponential(&c->draws));
}

const struct arrival_kind arrival_mmpp = {
    .name = "mmpp",
    .rule = "While in state i requests come as a Poisson process of rates[i]; the state is left at "
            "rate switch[i], to the other one, or to any of several others alike. It starts in its "
            "stationary law: state i with probability in proportion to 1 / switch[i]. With the "
            "scenario's load the rates are scaled, the switching is not.",
    .bursts = "Above Poisson; the slower the switching, the more: for two states the index of "
              "dispersion is 1 + 2 s1 s2 (r1 - r2)^2 / ((s1 + s2)^2 (r1 s2 + r2 s1)).",
    .check = check,
    .rate = rate,
    .dispersion = dispersion,
    .turns = turns,
    .begin = begin,
    .turn = turn,
    .next = next,
};
