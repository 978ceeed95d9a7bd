/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long to run for a precision asked for, from a short try (Law, Simulation Modeling and
 * Analysis, ch. 9.4.1 and 9.5.3; Whitt, Planning queueing simulations, 1989). */
#ifndef SIM_RUN_LENGTH_H
#define SIM_RUN_LENGTH_H

#include <stdint.h>

struct run_length {
    double mean;
    double variance;    /* sigma^2: the variance of the mean of n requests is about sigma^2 / n */
    double requests;    /* in all replications together; infinite if the mean is 0, NAN: none */
    uint32_t doublings; /* of `present` until it is at least `requests`; UINT32_MAX: out of reach */
    const char *why;    /* there is no estimate; NULL if there is */
};

/* From the means of n replications of `each` measured requests. A relative precision of gamma is
 * reached when half-width / |mean| <= gamma / (1 + gamma): then the error relative to the truth,
 * which is not known, is gamma. The half-width is that of n replications, longer ones, with n - 1
 * degrees of freedom. Short replications underrate the variance: an estimate, not a promise. */
struct run_length run_length(const double *means, uint32_t n, double each, double gamma,
                             double confidence, double present);

#endif
