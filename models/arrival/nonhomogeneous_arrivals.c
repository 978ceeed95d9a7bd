/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A Poisson process whose rate follows the clock. Unit exponentials are carried through the inverse
 * of the cumulative rate: E. Cinlar, Introduction to Stochastic Processes (1975), 4.7. For steps
 * the inverse is a division; for the sinusoid it is found by Newton's method between borders, to
 * the last bits of a double, with a sine of our own: exact up to rounding. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/arrival.h"

extern const struct arrival_kind arrival_nonhomogeneous;

static const double PI = 0x1.921fb54442d18p+1;
enum { NEWTON_MOST = 100 };

static const char *check(const struct arrival_spec *spec)
{
    double most = 0.0;
    uint32_t i;

    if (spec->period > 0)
        return NULL;
    for (i = 0; i < spec->pieces_n; i++) {
        most = fmax(most, spec->pieces[i].rate);
        if (i > 0 && spec->pieces[i].from <= spec->pieces[i - 1].from)
            return "rates: each must begin after the one before it";
    }
    return most > 0.0 ? NULL : "rates: at least one must be above 0";
}

/* Steps: the mean over the horizon; without one, up to the beginning of the last step. */
static double rate(const struct arrival_spec *spec, double horizon)
{
    const struct rate_piece *p = spec->pieces;
    double sum = 0.0;
    uint32_t i;

    if (spec->period > 0)
        return spec->rate;
    if (!(horizon > 0.0))
        horizon = (double)p[spec->pieces_n - 1].from * 1e-9;
    if (!(horizon > 0.0))
        return p[0].rate;
    for (i = 0; i < spec->pieces_n; i++) {
        const double from = fmin((double)p[i].from * 1e-9, horizon);
        const double to =
            i + 1 < spec->pieces_n ? fmin((double)p[i + 1].from * 1e-9, horizon) : horizon;

        sum += p[i].rate * (to - from);
    }
    return sum / horizon;
}

static double dispersion(const struct arrival_spec *spec, double mean)
{
    (void)spec;
    (void)mean;
    return NAN;
}

static void step_to(struct arrival_clock *c, uint32_t piece)
{
    const struct arrival_spec *spec = c->spec;

    c->state = piece;
    c->rate = spec->pieces[piece].rate;
    c->until.whole = piece + 1 < spec->pieces_n ? spec->pieces[piece + 1].from : LB_NEVER;
}

static void begin(struct arrival_clock *c)
{
    if (c->spec->period > 0)
        return;
    if (c->spec->pieces[0].from <= 0) {
        step_to(c, 0);
        return;
    }
    c->state = UINT32_MAX;
    c->rate = 0.0;
    c->until.whole = c->spec->pieces[0].from;
}

static void turn(struct arrival_clock *c)
{
    step_to(c, c->state + 1);
}

/* ---- The sinusoid, in cycles and in requests of one cycle. */

/* The part of a cycle that has passed. */
static double phase(const struct arrival_clock *c)
{
    const lb_time period = c->spec->period;

    return ((double)(c->at.whole % period) + (double)c->at.part / 4294967296.0) / (double)period;
}

/* What comes in v more cycles (0 .. 1) after `start`: v + A (cos 2 pi start - cos 2 pi (start + v))
 * / (2 pi), written so that nothing cancels. */
static double gathered(double amplitude, double start, double v)
{
    return v + amplitude / PI * exact_sinpi(2.0 * start + v) * exact_sinpi(v);
}

/* The v within one cycle at which `wanted` (0 .. 1) has come. */
static double inverted(double amplitude, double start, double wanted)
{
    double low = 0.0, high = 1.0, v = wanted;
    int i;

    for (i = 0; i < NEWTON_MOST && high > low; i++) {
        const double error = gathered(amplitude, start, v) - wanted;
        const double slope = 1.0 + amplitude * exact_sinpi(2.0 * (start + v));
        double to;

        if (!(error > 0.0) && !(error < 0.0))
            return v;
        *(error > 0.0 ? &high : &low) = v;
        to = slope > 0.0 ? v - error / slope : high;
        if (!(to > low && to < high))
            to = low + (high - low) / 2.0;
        if (!(to > low && to < high) || fabs(to - v) <= 0x1p-53 * v)
            return to;
        v = to;
    }
    return v;
}

static double whole_cycles(double cycles)
{
    return (double)(uint64_t)fmin(cycles, 1e18);
}

/* Requests, in cycles' worth, within so many seconds from now. */
static double within(const struct arrival_clock *c, double seconds)
{
    const double cycles = seconds * 1e9 / (double)c->spec->period, whole = whole_cycles(cycles);

    return whole + gathered(c->spec->amplitude, phase(c), cycles - whole);
}

static bool next_of_sinusoid(struct arrival_clock *c)
{
    const double period = (double)c->spec->period * 1e-9;
    const lb_time from = c->at.whole;
    double units = arrival_exponential(&c->draws);

    for (;;) {
        const struct arrival_instant border = arrival_border(c);
        const double cycle = c->rate * c->speed * c->factor * period; /* requests a cycle */
        const double room =
            border.whole == LB_NEVER ? INFINITY : within(c, arrival_seconds(c->at, border)) * cycle;

        if (cycle > 0.0 && units <= room) {
            const double whole = whole_cycles(units / cycle);
            const double rest =
                inverted(c->spec->amplitude, phase(c), fmin(units / cycle - whole, 1.0));

            arrival_add(&c->at, fmin((whole + rest) * period, 2.0 * ARRIVAL_LONGEST));
            if (c->at.whole >= border.whole)
                c->at = border;
            return !arrival_too_long(c, from);
        }
        if (border.whole == LB_NEVER)
            return false;
        units = fmax(0.0, units - (cycle > 0.0 ? room : 0.0));
        c->at = border;
        arrival_cross(c);
        if (arrival_too_long(c, from))
            return false;
    }
}

static bool next(struct arrival_clock *c)
{
    if (c->spec->period > 0)
        return next_of_sinusoid(c);
    return arrival_spend(c, arrival_exponential(&c->draws));
}

const struct arrival_kind arrival_nonhomogeneous = {
    .name = "nonhomogeneous",
    .rule =
        "Requests come as a Poisson process of rate r(t), t from the start of the run: rates is "
        "{ mean, amplitude, period } for mean (1 + amplitude sin(2 pi t / period)), or a list "
        "of { from, rate }, each in force until the next. Drawn by inverting the integral of "
        "r: exact. With the scenario's load the whole curve is scaled: the mean of the "
        "sinusoid, or of the steps over run.duration (without one, up to the last from). The "
        "period is not scaled.",
    .bursts = "At any instant Poisson; over a period, peaks that last. A run should hold many "
              "periods, or be read window by window.",
    .check = check,
    .rate = rate,
    .dispersion = dispersion,
    .begin = begin,
    .turn = turn,
    .next = next,
};
