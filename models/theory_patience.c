/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Queues whose requests give up. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"

/* 1/a + 1/(a+1) + ... + 1/(a+m-1), a > 0, by the asymptotic series of the digamma function:
 * M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 6.3.18. */
static double reciprocals(double a, double m)
{
    double sum = 0.0, b;

    for (; a < 20.0 && m > 0.5; a++, m--)
        sum += 1.0 / a;
    b = a + m;
    return sum + log1p(m / a) + 0.5 * (1.0 / a - 1.0 / b) + (1.0 / (a * a) - 1.0 / (b * b)) / 12.0 -
           (pow(a, -4.0) - pow(b, -4.0)) / 120.0 + (pow(a, -6.0) - pow(b, -6.0)) / 252.0;
}

/* Erlang-A in units of the patience: arrivals and the services of all servers a mean patience. */
struct rates {
    double arrivals, services;
};

/* Weights, not normalised: of all states, of all servers busy; the same times the number waiting,
 * and times the mean wait of those who are served, over the patience. */
struct line {
    double calm, busy, length, wait;
};

/* The least number waiting that matters: 0, or where the weights have fallen from their greatest
 * one to nothing. */
static double first_of_weight(const struct rates *r)
{
    double j = fmax(0.0, floor(r->arrivals - r->services)), weight = 1.0;

    for (; j > 0.0 && weight > 1e-20; j--)
        weight *= (r->services + j) / r->arrivals;
    return j;
}

static struct line fill_line(const struct rates *r, double loss)
{
    double j = first_of_weight(r), weight = j > 0.0 ? 1.0 : loss, ratio;
    double mean = j > 0.0 ? reciprocals(r->services + 1.0, j) : 0.0;
    struct line line = { .calm = j > 0.0 ? 0.0 : 1.0 - loss };

    do {
        line.busy += weight;
        line.length += j * weight;
        line.wait += mean * weight;
        j++;
        ratio = r->arrivals / (r->services + j);
        weight *= ratio;
        mean += 1.0 / (r->services + j);
    } while (ratio >= 1.0 || weight * (j + 1.0) > 1e-19 * (1.0 - ratio) * line.busy);
    line.wait *= r->services / r->arrivals;
    return line;
}

/* What follows from the share of requests that found all busy, gave up, and their mean numbers. */
static void finish_impatient(struct theory_answer *answer, double rate, double service_mean,
                             double queue, double found_busy)
{
    answer->wait_probability = found_busy;
    theory_finish(answer, rate, answer->wait_mean + service_mean);
    answer->queue = queue;
    answer->in_system = queue + answer->throughput * service_mean;
    theory_extra(answer, "wait.mean", "all", queue / rate);
}

const char *theory_erlang_a(double rate, double service_mean, uint32_t servers,
                            double patience_mean, struct theory_answer *answer)
{
    const double offered = rate * service_mean;
    const struct rates r = { rate * patience_mean, servers / service_mean * patience_mean };
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, offered / servers);
    struct line line;
    double total;

    if (wrong)
        return wrong;
    if (!(patience_mean > 0.0))
        return "the patience must be above 0";
    if (!(r.arrivals <= 1e12))
        return "the patience is too long: above 1e12 requests would come meanwhile";
    line = fill_line(&r, theory_erlang_loss(offered, servers));
    total = line.calm + line.busy;
    snprintf(answer->model, sizeof answer->model, "M/M/%u+M", (unsigned)servers);
    answer->cancelled = line.length / total / r.arrivals;
    answer->wait_mean = line.wait / total * patience_mean / (1.0 - answer->cancelled);
    finish_impatient(answer, rate, service_mean, line.length / total, line.busy / total);
    return NULL;
}

/* Integrals of e^(z v) and v e^(z v) over v of 0 .. 1, divided by e^max(z, 0). */
static void moments_of_exponential(double z, double *none, double *one)
{
    const double shrunk = exp(-fabs(z));
    double term = 0.5, sum = 0.5, k;

    *none = z == 0.0 ? 1.0 : -expm1(-fabs(z)) / fabs(z);
    if (z >= 1.0)
        *one = (z - 1.0 + shrunk) / (z * z);
    else if (z <= -1.0)
        *one = (1.0 + (z - 1.0) * shrunk) / (z * z);
    else {
        for (k = 1.0; k < 25.0; k++) { /* z^k / (k! (k + 2)) */
            term *= z * (k + 1.0) / (k * (k + 2.0));
            sum += term;
        }
        *one = sum * (z > 0.0 ? shrunk : 1.0);
    }
}

const char *theory_mm1d(double rate, double service_mean, double patience,
                        struct theory_answer *answer)
{
    const double load = rate * service_mean, z = (rate - 1.0 / service_mean) * patience;
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, load);
    double free, waited, beyond, total, none, one;

    if (wrong)
        return wrong;
    if (!(patience > 0.0) || isinf(patience))
        return "the patience must be above 0";
    moments_of_exponential(z, &none, &one);
    free = exp(-fmax(z, 0.0));
    waited = rate * patience * none;
    beyond = load * exp(fmin(z, 0.0));
    total = free + waited + beyond;
    snprintf(answer->model, sizeof answer->model, "M/M/1+D");
    answer->cancelled = beyond / total;
    answer->wait_mean = rate * patience * patience * one / (free + waited);
    finish_impatient(
        answer, rate, service_mean,
        rate * (answer->wait_mean * (1.0 - answer->cancelled) + answer->cancelled * patience),
        (waited + beyond) / total);
    return NULL;
}
