/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Users who wait for their request before they think of the next. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"

/* Where the users are, weighted and not normalised: all states, all servers busy, the number in
 * service, the number waiting. */
struct crowd {
    double total, all_busy, served, waiting;
};

static void add_state(struct crowd *crowd, double k, double servers, double weight)
{
    crowd->total += weight;
    crowd->served += fmin(k, servers) * weight;
    if (k >= servers) {
        crowd->all_busy += weight;
        crowd->waiting += (k - servers) * weight;
    }
}

/* Weight of k + 1 at the servers over that of k; it falls with k. */
static double step_up(double k, double ratio, double servers, double population)
{
    return (population - k) * ratio / fmin(k + 1.0, servers);
}

/* From the greatest weight both ways, so that none overflows; ratio = service / think. */
static struct crowd fill_crowd(double ratio, double servers, double population)
{
    struct crowd crowd = { 0 };
    double mode = 0.0, weight = 1.0, k;

    while (mode < population && step_up(mode, ratio, servers, population) > 1.0)
        mode++;
    for (k = mode; k <= population && weight > 1e-20; k++) {
        add_state(&crowd, k, servers, weight);
        weight *= step_up(k, ratio, servers, population);
    }
    weight = 1.0;
    for (k = mode - 1.0; k >= 0.0 && weight > 1e-20; k--) {
        weight /= step_up(k, ratio, servers, population);
        add_state(&crowd, k, servers, weight);
    }
    return crowd;
}

const char *theory_closed(double think_mean, double service_mean, uint32_t servers,
                          uint32_t population, struct theory_answer *answer)
{
    const double ratio = service_mean / think_mean;
    const char *wrong = theory_begin_any_load(answer, 1.0, service_mean, 1.0 / servers);
    struct crowd crowd, met;

    if (wrong)
        return wrong;
    if (!(think_mean > 0.0) || isinf(think_mean))
        return "the mean time to think must be above 0";
    if (population == 0)
        return "there must be at least one user";
    crowd = fill_crowd(ratio, servers, population);
    met = fill_crowd(ratio, servers, population - 1.0);
    snprintf(answer->model, sizeof answer->model, "M/M/%u//%u", (unsigned)servers,
             (unsigned)population);
    answer->wait_mean = crowd.waiting / crowd.served * service_mean;
    answer->wait_probability = met.all_busy / met.total;
    answer->load = crowd.served / crowd.total / servers;
    theory_finish(answer, crowd.served / crowd.total / service_mean,
                  answer->wait_mean + service_mean);
    return NULL;
}
