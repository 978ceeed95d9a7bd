/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MMPP/M/1 by the matrix-geometric method. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/theory.h"
#include "models/theory_begin.h"

enum { MOST = THEORY_STATES };

/* Matrices of n times n, n the number of states. */
struct matrix {
    double at[MOST][MOST];
};

static struct matrix product(const struct matrix *a, const struct matrix *b, uint32_t n)
{
    struct matrix c = { 0 };
    uint32_t i, j, k;

    for (i = 0; i < n; i++)
        for (k = 0; k < n; k++)
            for (j = 0; j < n; j++)
                c.at[i][j] += a->at[i][k] * b->at[k][j];
    return c;
}

/* a + scale b */
static struct matrix sum(const struct matrix *a, double scale, const struct matrix *b, uint32_t n)
{
    struct matrix c = *a;
    uint32_t i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            c.at[i][j] += scale * b->at[i][j];
    return c;
}

static struct matrix identity(uint32_t n)
{
    struct matrix one = { 0 };
    uint32_t i;

    for (i = 0; i < n; i++)
        one.at[i][i] = 1.0;
    return one;
}

static void swap_rows(struct matrix *a, struct matrix *b, uint32_t i, uint32_t j)
{
    double row[MOST];

    if (i == j)
        return;
    memcpy(row, a->at[i], sizeof row);
    memcpy(a->at[i], a->at[j], sizeof row);
    memcpy(a->at[j], row, sizeof row);
    memcpy(row, b->at[i], sizeof row);
    memcpy(b->at[i], b->at[j], sizeof row);
    memcpy(b->at[j], row, sizeof row);
}

/* The X of a X = b, by Gauss and Jordan with the greatest pivot of each column. */
static struct matrix quotient(struct matrix a, struct matrix b, uint32_t n)
{
    uint32_t i, j, k;

    for (k = 0; k < n; k++) {
        for (i = j = k; i < n; i++)
            if (fabs(a.at[i][k]) > fabs(a.at[j][k]))
                j = i;
        swap_rows(&a, &b, k, j);
        for (i = 0; i < n; i++) {
            const double factor = i == k ? 0.0 : a.at[i][k] / a.at[k][k];

            for (j = 0; j < n && factor != 0.0; j++) {
                a.at[i][j] -= factor * a.at[k][j];
                b.at[i][j] -= factor * b.at[k][j];
            }
        }
    }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            b.at[i][j] /= a.at[i][i];
    return b;
}

/* The chain, and what is found of it. */
struct modulated {
    uint32_t n;
    double service_rate, rate; /* rate: the mean of the arrivals' */
    const double *rates;
    struct matrix change;
    double stationary[MOST], empty[MOST]; /* of the states; with nobody in the system */
};

/* x with x M = row, M being `change` with its last column replaced by `column`. */
static void solve_row(const struct modulated *m, const double *column, const double *row, double *x)
{
    struct matrix turned = { 0 }, right = { 0 };
    uint32_t i, j;

    for (i = 0; i < m->n; i++) {
        for (j = 0; j < m->n; j++)
            turned.at[j][i] = j + 1 == m->n ? column[i] : m->change.at[i][j];
        right.at[i][0] = row[i];
    }
    right = quotient(turned, right, m->n);
    for (i = 0; i < m->n; i++)
        x[i] = right.at[i][0];
}

static void find_stationary(struct modulated *m)
{
    double ones[MOST], row[MOST] = { 0 };
    uint32_t i;

    for (i = 0; i < m->n; i++)
        ones[i] = 1.0;
    row[m->n - 1] = 1.0;
    solve_row(m, ones, row, m->stationary);
    for (i = 0; i < m->n; i++)
        m->rate += m->stationary[i] * m->rates[i];
}

/* G of Latouche and Ramaswami: first passages one level down. */
static struct matrix passages(const struct matrix *up, const struct matrix *down,
                              const struct matrix *stay, uint32_t n)
{
    const struct matrix one = identity(n), none = { 0 };
    const struct matrix leave = sum(&none, -1.0, stay, n);
    struct matrix high = quotient(leave, *up, n), low = quotient(leave, *down, n);
    struct matrix g = low, t = high;
    double largest = 1.0;
    int turn;
    uint32_t i, j;

    for (turn = 0; turn < 60 && largest > 1e-17; turn++) {
        const struct matrix a = product(&high, &low, n), b = product(&low, &high, n);
        const struct matrix around = sum(&a, 1.0, &b, n), rest = sum(&one, -1.0, &around, n);
        struct matrix step;

        high = quotient(rest, product(&high, &high, n), n);
        low = quotient(rest, product(&low, &low, n), n);
        step = product(&t, &low, n);
        g = sum(&g, 1.0, &step, n);
        t = product(&t, &high, n);
        for (largest = 0.0, i = 0; i < n; i++)
            for (j = 0; j < n; j++)
                largest = fmax(largest, fabs(step.at[i][j]));
    }
    return g;
}

/* R = up (leave - up G)^-1: a row vector of level k times R is that of level k + 1. */
static struct matrix growth(const struct modulated *m)
{
    struct matrix up = { 0 }, down = { 0 }, leave = { 0 }, turned = { 0 }, g, r;
    uint32_t i, j;

    for (i = 0; i < m->n; i++) {
        up.at[i][i] = m->rates[i];
        down.at[i][i] = m->service_rate;
    }
    g = sum(&m->change, -1.0, &up, m->n);
    g = sum(&g, -1.0, &down, m->n);
    leave = passages(&up, &down, &g, m->n);
    leave = product(&up, &leave, m->n);
    leave = sum(&g, 1.0, &leave, m->n);
    for (i = 0; i < m->n; i++)
        for (j = 0; j < m->n; j++)
            turned.at[j][i] = -leave.at[i][j];
    r = quotient(turned, up, m->n); /* turned: so is the answer, for `up` is diagonal */
    for (i = 0; i < m->n; i++)
        for (j = 0; j < m->n; j++)
            turned.at[j][i] = r.at[i][j];
    return turned;
}

/* The mean number in the system as stationary R (I - R)^-1 1; fills `empty` = stationary (I - R).
 */
static double mean_of_levels(struct modulated *m)
{
    const struct matrix r = growth(m), one = identity(m->n);
    const struct matrix rest = sum(&one, -1.0, &r, m->n);
    struct matrix ones = { 0 };
    double mean = 0.0;
    uint32_t i, j;

    for (i = 0; i < m->n; i++)
        ones.at[i][0] = 1.0;
    ones = quotient(rest, ones, m->n);
    for (j = 0; j < m->n; j++) {
        m->empty[j] = 0.0;
        for (i = 0; i < m->n; i++) {
            m->empty[j] += m->stationary[i] * rest.at[i][j];
            mean += m->stationary[i] * r.at[i][j] * ones.at[j][0];
        }
    }
    return mean;
}

/* The same from `empty` alone. With v the mean number by state, the derivatives of the generating
 * function at 1 say v change = stationary (service - rates) - service empty, and
 * v (service - rates) = rate. */
static double mean_of_balance(const struct modulated *m)
{
    double column[MOST], row[MOST], v[MOST], mean = 0.0;
    uint32_t i;

    for (i = 0; i < m->n; i++) {
        column[i] = m->service_rate - m->rates[i];
        row[i] = m->stationary[i] * column[i] - m->service_rate * m->empty[i];
    }
    row[m->n - 1] = m->rate;
    solve_row(m, column, row, v);
    for (i = 0; i < m->n; i++)
        mean += v[i];
    return mean;
}

static const char *read_chain(struct modulated *m, const double *generator)
{
    double largest = 0.0;
    uint32_t i, j;

    for (i = 0; i < m->n; i++) {
        for (j = 0; j < m->n; j++) {
            m->change.at[i][j] = generator[i * m->n + j];
            if (i != j && !(m->change.at[i][j] >= 0.0 && m->change.at[i][j] < 1e300))
                return "the rates of change must not be negative";
        }
        if (!(m->rates[i] >= 0.0 && m->rates[i] < 1e300))
            return "the arrival rates must not be negative";
        largest = fmax(largest, m->rates[i]);
    }
    return largest > 0.0 ? NULL : "one of the arrival rates must be above 0";
}

static void answer_modulated(const struct modulated *m, double mean, struct theory_answer *answer)
{
    double meets_empty = 0.0;
    uint32_t i;

    for (i = 0; i < m->n; i++)
        meets_empty += m->empty[i] * m->rates[i] / m->rate;
    answer->wait_probability = 1.0 - meets_empty;
    answer->wait_mean = mean / m->rate - 1.0 / m->service_rate;
    theory_finish(answer, m->rate, mean / m->rate);
}

void theory_generator(const double *leave, uint32_t n, double *generator)
{
    uint32_t i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            generator[i * n + j] = n == 1 ? 0.0 : i == j ? -leave[i] : leave[i] / (n - 1);
}

const char *theory_mmpp1(const double *rates, const double *generator, uint32_t n,
                         double service_mean, struct theory_answer *answer)
{
    struct modulated m = { .n = n, .service_rate = 1.0 / service_mean, .rates = rates };
    const char *wrong;
    double mean;

    if (n == 0 || n > MOST)
        return "there must be 1 to 16 states";
    wrong = read_chain(&m, generator);
    if (wrong)
        return wrong;
    find_stationary(&m);
    wrong = theory_begin(answer, m.rate, service_mean, m.rate * service_mean);
    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "MMPP%u/M/1", (unsigned)n);
    mean = mean_of_levels(&m);
    answer->error = fabs(mean_of_balance(&m) / mean - 1.0) + 1e-15;
    if (!(answer->error < 1e-6))
        return "the two ways to the mean differ: the chain changes too seldom, or the load is too "
               "near 1, for doubles";
    answer_modulated(&m, mean, answer);
    return NULL;
}
