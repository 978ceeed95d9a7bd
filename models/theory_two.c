/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two exponential servers, each with its queue, and a rule that looks at both: the Markov chain of
 * the two numbers. A level is the number in the system, which changes by one; kept are the states
 * in a band about the numbers that the rule strives for. From the top level down each is solved for
 * the law of the first state reached below it, and for sums over the level and all above it (level
 * reduction: D. P. Gaver, P. A. Jacobs, G. Latouche, Advances in Applied Probability 16, 1984). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/theory.h"
#include "models/theory_begin.h"

/* Sums over the states of 1, of the number in the system, of the first server's part of the
 * arrivals there, and of the part that waits. */
enum { SUMS = 4 };

enum { NARROW = 12, WIDE = 96, STATES = 2 * WIDE + 2, COLUMNS = 2 * STATES + SUMS };

struct band {
    double rate, mu[2];
    bool by_delay;
    double slope; /* the first server's part of those in the system, aimed at */
    int width;    /* states kept on each side */
    int top;      /* the greatest level */
};

struct levels {
    double row[STATES][COLUMNS];    /* of the level at hand: matrix, departures, sums */
    double passage[STATES][STATES]; /* of the level above */
    double sums[STATES][SUMS];
};

static int lowest(const struct band *b, int level)
{
    return (int)fmax(0.0, ceil(b->slope * level - b->width));
}

static int highest(const struct band *b, int level)
{
    return (int)fmin(level, floor(b->slope * level + b->width));
}

static int count(const struct band *b, int level)
{
    return level < 0 ? 0 : highest(b, level) - lowest(b, level) + 1;
}

/* The probability that an arrival who finds these goes to the first server. */
static double to_first(const struct band *b, int first, int second)
{
    const double one = b->by_delay ? (first + 1) / b->mu[0] : first;
    const double two = b->by_delay ? (second + 1) / b->mu[1] : second;

    if (fabs(one - two) <= 1e-12 * (one + two))
        return 0.5;
    return one < two ? 1.0 : 0.0;
}

/* At that rate up to state n1 of the level above: its way back down, and its sums. */
static void arrive(const struct band *b, struct levels *l, int level, double *row, int n1,
                   double rate)
{
    const int above = n1 - lowest(b, level + 1), n = count(b, level);
    int j;

    if (rate == 0.0)
        return;
    for (j = 0; j < n; j++)
        row[j] -= rate * l->passage[above][j];
    for (j = 0; j < SUMS; j++)
        row[n + count(b, level - 1) + j] += rate * l->sums[above][j];
}

/* At that rate down to state n1 of the level below, if it is in the band; the rate of leaving. */
static double depart(const struct band *b, int level, double *row, int n1, double rate)
{
    if (level == 0 || n1 < lowest(b, level - 1) || n1 > highest(b, level - 1))
        return 0.0;
    row[count(b, level) + n1 - lowest(b, level - 1)] = rate;
    return rate;
}

static void fill_row(const struct band *b, struct levels *l, int level, int n1)
{
    const int k = n1 - lowest(b, level), n = count(b, level), below = count(b, level - 1);
    const int n2 = level - n1;
    const double p = to_first(b, n1, n2), up = level < b->top ? b->rate : 0.0;
    double *row = l->row[k];
    int j;

    for (j = 0; j < n + below; j++)
        row[j] = 0.0;
    row[n + below] = 1.0;
    row[n + below + 1] = level;
    row[n + below + 2] = p;
    row[n + below + 3] = p * (n1 > 0) + (1.0 - p) * (n2 > 0);
    arrive(b, l, level, row, n1 + 1, up * p);
    arrive(b, l, level, row, n1, up * (1.0 - p));
    row[k] += up + (n1 > 0 ? depart(b, level, row, n1 - 1, b->mu[0]) : 0.0) +
              (n2 > 0 ? depart(b, level, row, n1, b->mu[1]) : 0.0);
}

/* Gauss and Jordan; the matrix is diagonally dominant, so no rows change places. */
static void eliminate(struct levels *l, int n, int columns)
{
    int i, j, k;

    for (k = 0; k < n; k++) {
        for (j = columns - 1; j >= k; j--)
            l->row[k][j] /= l->row[k][k];
        for (i = 0; i < n; i++) {
            const double factor = l->row[i][k];

            for (j = k; factor != 0.0 && i != k && j < columns; j++)
                l->row[i][j] -= factor * l->row[k][j];
        }
    }
}

static void keep_solution(const struct band *b, struct levels *l, int level)
{
    const int n = count(b, level), below = count(b, level - 1);
    int i, j;

    for (i = 0; i < n; i++) {
        for (j = 0; j < below; j++)
            l->passage[i][j] = l->row[i][n + j];
        for (j = 0; j < SUMS; j++)
            l->sums[i][j] = l->row[i][n + below + j];
    }
}

/* The sums over all states, the empty one weighing 1. */
static void solve_band(const struct band *b, struct levels *l, double *sums)
{
    int level, n1;

    for (level = b->top; level >= 0; level--) {
        for (n1 = lowest(b, level); n1 <= highest(b, level); n1++)
            fill_row(b, l, level, n1);
        if (level == 0)
            break;
        eliminate(l, count(b, level), count(b, level) + count(b, level - 1) + SUMS);
        keep_solution(b, l, level);
    }
    for (n1 = 0; n1 < SUMS; n1++)
        sums[n1] = l->row[0][1 + n1];
}

/* Widens the band until the mean number stays the same; its last change, relative. */
static double widen(struct band *b, struct levels *l, double *sums)
{
    const double load = b->rate / (b->mu[0] + b->mu[1]);
    double before = 0.0, change = INFINITY;

    for (b->width = NARROW; b->width <= WIDE && change > 1e-11; b->width *= 2) {
        b->top = (int)ceil(log(1e-19) / log(load)) + 2 * b->width;
        solve_band(b, l, sums);
        change = fabs(sums[1] / sums[0] / before - 1.0);
        before = sums[1] / sums[0];
    }
    return change;
}

const char *theory_two_servers(double rate, double service_1, double service_2, bool by_delay,
                               struct theory_answer *answer)
{
    struct band b = { .rate = rate,
                      .mu = { 1.0 / service_1, 1.0 / service_2 },
                      .by_delay = by_delay };
    const double load = rate / (b.mu[0] + b.mu[1]);
    const char *wrong = theory_begin(answer, rate, fmin(service_1, service_2), load);
    struct levels *l;
    double sums[SUMS], share;

    if (wrong)
        return wrong;
    if (load > 0.995)
        return "the load is too near to 1 for this method; it must not exceed 0.995";
    l = malloc(sizeof *l);
    if (!l)
        return "not enough memory for the states";
    b.slope = by_delay ? b.mu[0] / (b.mu[0] + b.mu[1]) : 0.5;
    answer->error = widen(&b, l, sums);
    free(l);
    if (!(answer->error < 1e-6))
        return "these rates need more states than are kept";
    share = sums[2] / sums[0];
    snprintf(answer->model, sizeof answer->model, by_delay ? "sed 2" : "jsq 2");
    answer->wait_mean = sums[1] / sums[0] / rate - share * service_1 - (1.0 - share) * service_2;
    answer->wait_probability = sums[3] / sums[0];
    theory_finish(answer, rate, sums[1] / sums[0] / rate);
    answer->utilization = rate * (share * service_1 + (1.0 - share) * service_2) / 2.0;
    theory_extra(answer, "share", "server1", share);
    theory_extra(answer, "share", "server2", 1.0 - share);
    return NULL;
}
