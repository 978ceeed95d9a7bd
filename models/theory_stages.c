/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server that breaks down, and servers passed one after the other. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"

const char *theory_breakdown(double rate, double service_mean, double up_mean, double down_mean,
                             struct theory_answer *answer)
{
    const double fail = 1.0 / up_mean, repair = 1.0 / down_mean, serve = 1.0 / service_mean;
    const double load = rate * service_mean * (fail + repair) / repair;
    const double both = fail + repair;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    if (!(up_mean > 0.0 && down_mean > 0.0) || isinf(up_mean) || isinf(down_mean))
        return "the mean times up and down must be above 0";
    snprintf(answer->model, sizeof answer->model, "M/M/1 with breakdowns");
    theory_finish(answer, rate,
                  (both * both + fail * serve) / both / (repair * serve - rate * both));
    answer->utilization = rate * service_mean;
    return NULL;
}

const char *theory_tandem(double rate, const double *service_means, uint32_t n,
                          struct theory_answer *answer)
{
    double mean = 0.0, variance = 0.0, slowest = 0.0, load = 0.0, stage[THEORY_CLASSES];
    const char *wrong;
    uint32_t i;

    if (n == 0 || n > THEORY_CLASSES)
        return "there must be 1 to 8 stages";
    for (i = 0; i < n; i++) {
        if (!(service_means[i] > 0.0))
            return "the mean service times must be above 0";
        slowest = fmax(slowest, service_means[i]);
        load += rate * service_means[i] / n;
        stage[i] = service_means[i] / (1.0 - rate * service_means[i]);
        mean += stage[i];
        variance += stage[i] * stage[i];
    }
    wrong = theory_begin(answer, rate, slowest, rate * slowest);
    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "%u x M/M/1", (unsigned)n);
    answer->latency_stddev = sqrt(variance);
    theory_finish(answer, rate, mean);
    answer->utilization = load;
    answer->law = n == 2 ? THEORY_TWO_STAGES : THEORY_MEANS_ONLY;
    answer->wait_rate = 1.0 / stage[0];
    answer->service_rate = 1.0 / stage[n - 1];
    for (i = 0; i < n; i++) {
        char whose[16];

        snprintf(whose, sizeof whose, "stage%u", (unsigned)i + 1);
        theory_extra(answer, "latency.mean", whose, stage[i]);
    }
    return NULL;
}
