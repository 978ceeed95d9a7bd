/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the models of attempts, faults and several stages are asked. */
#include <math.h>

#include "models/theory_solve.h"

static double slowest(const struct theory_list *services)
{
    double most = 0.0;
    uint32_t i;

    for (i = 0; i < services->n; i++)
        most = fmax(most, services->at[i]);
    return most;
}

double full_slowest(const struct theory_question *q)
{
    return 1.0 / slowest(&q->services);
}

double full_both(const struct theory_question *q)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < q->services.n; i++)
        sum += 1.0 / q->services.at[i];
    return sum;
}

double full_available(const struct theory_question *q)
{
    return q->up / (q->up + q->down) / q->service;
}

const char *solve_two_servers(const struct theory_question *q, struct theory_answer *answer)
{
    if (q->services.n != 2)
        return "services must be two, one of each server";
    return theory_two_servers(q->rate, q->services.at[0], q->services.at[1], q->rule > 0.5, answer);
}

const char *solve_breakdown(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_breakdown(q->rate, q->service, q->up, q->down, answer);
}

const char *solve_tandem(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_tandem(q->rate, q->services.at, q->services.n, answer);
}

const char *solve_mm1_timeout(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mm1_timeout(q->rate, q->service, q->patience, answer);
}

const char *solve_hedge(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_hedge(q->rate, q->service, q->after, answer);
}

const char *solve_retry(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_retry(q->failure, (uint32_t)q->attempts, answer);
}

const char *solve_fan_out(const struct theory_question *q, struct theory_answer *answer)
{
    const double needed = isnan(q->needed) ? q->parts : q->needed;

    return theory_fan_out(q->rate, q->service, (uint32_t)q->parts, (uint32_t)needed, answer);
}
