/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Servers judged by each other (success rate, latency) or by a threshold (failure percentage), over
 * an interval. */
#include "models/mechanism/outlier_rates.h"

#include <math.h>

/* Rates that are equal must not differ by how a mean is rounded. */
static const double rounding = 1e-12;

static bool asked(double setting)
{
    return setting > 0.0;
}

/* Who was in while it was measured: an ejection of this very tick does not unmake a witness. */
static bool was_in(const struct outlier_seat *seat, lb_time now)
{
    return !seat->out || seat->since == now;
}

static double requests(const struct outlier_seat *seat)
{
    return (double)seat->good + (double)seat->bad;
}

static bool answered(const struct outlier_seat *seat, uint32_t least, lb_time now)
{
    return was_in(seat, now) && requests(seat) > 0.0 && requests(seat) >= (double)least;
}

static double success(const struct outlier_seat *seat)
{
    return (double)seat->good / requests(seat);
}

/* ---- Success rate: below mean - factor x standard deviation. */

/* The rate that is asked for; -1 if too few servers tell. */
static double rate_asked(const struct outlier *outlier, lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;
    double sum = 0.0, squares = 0.0, mean;
    uint32_t i, n = 0;

    for (i = 0; i < outlier->n; i++)
        if (answered(&outlier->seat[i], spec->success_rate.least_requests, now)) {
            sum += success(&outlier->seat[i]);
            n++;
        }
    if (n == 0 || n < spec->success_rate.least_hosts)
        return -1.0;
    mean = sum / (double)n;
    for (i = 0; i < outlier->n; i++)
        if (answered(&outlier->seat[i], spec->success_rate.least_requests, now)) {
            const double away = success(&outlier->seat[i]) - mean;

            squares += away * away;
        }
    return mean - spec->success_rate.factor * sqrt(squares / (double)n) - rounding;
}

static void judge_success(struct outlier *outlier, struct lb_random *random, lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;
    const double least = rate_asked(outlier, now);
    uint32_t i;

    for (i = 0; i < outlier->n; i++) {
        struct outlier_seat *seat = &outlier->seat[i];

        if (answered(seat, spec->success_rate.least_requests, now) && success(seat) < least)
            outlier_eject(outlier, seat, spec->success_rate.enforced, random, now);
    }
}

/* ---- Failure percentage: Envoy from the threshold on, gRPC above it. */

static bool fails(const struct outlier_spec *spec, const struct outlier_seat *seat)
{
    const double failure = (double)seat->bad / requests(seat);

    return spec->rule == OUTLIER_GRPC ? failure > spec->failure_percentage.threshold
                                      : failure >= spec->failure_percentage.threshold;
}

static void judge_failures(struct outlier *outlier, struct lb_random *random, lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;
    const uint32_t least = spec->failure_percentage.least_requests;
    uint32_t i, n = 0;

    for (i = 0; i < outlier->n; i++)
        n += answered(&outlier->seat[i], least, now);
    if (n < spec->failure_percentage.least_hosts)
        return;
    for (i = 0; i < outlier->n; i++) {
        struct outlier_seat *seat = &outlier->seat[i];

        if (answered(seat, least, now) && fails(spec, seat))
            outlier_eject(outlier, seat, spec->failure_percentage.enforced, random, now);
    }
}

/* ---- Latency: above factor x the median of the means. */

static double mean_latency(const struct outlier *outlier, lb_server seat)
{
    return outlier->seat[seat].latency / (double)outlier->seat[seat].good;
}

/* Reorders seats[0 .. n - 1] so that the one of rank k stands at k, none before it is slower and
 * none behind it faster (C. A. R. Hoare, Algorithm 65, Find; Comm. ACM 4, 1961). */
static void find(const struct outlier *outlier, lb_server *seats, uint32_t n, uint32_t k)
{
    uint32_t low = 0, high = n - 1;

    while (low < high) {
        const double pivot = mean_latency(outlier, seats[low + (high - low) / 2]);
        int64_t i = low, j = high;

        while (i <= j) {
            while (mean_latency(outlier, seats[i]) < pivot)
                i++;
            while (mean_latency(outlier, seats[j]) > pivot)
                j--;
            if (i <= j) {
                const lb_server s = seats[i];

                seats[i++] = seats[j];
                seats[j--] = s;
            }
        }
        if (k > j && k < i)
            return;
        if (k <= j)
            high = (uint32_t)j;
        else
            low = (uint32_t)i;
    }
}

static double median(const struct outlier *outlier, lb_server *seats, uint32_t n)
{
    double upper, lower;
    uint32_t i;

    find(outlier, seats, n, n / 2);
    upper = mean_latency(outlier, seats[n / 2]);
    if (n % 2)
        return upper;
    lower = mean_latency(outlier, seats[0]);
    for (i = 1; i < n / 2; i++)
        lower = fmax(lower, mean_latency(outlier, seats[i]));
    return lower + (upper - lower) / 2.0;
}

static bool timed(const struct outlier_seat *seat, uint32_t least, lb_time now)
{
    return was_in(seat, now) && seat->good > 0 && seat->good >= least;
}

static void judge_latency(struct outlier *outlier, struct lb_random *random, lb_server *scratch,
                          lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;
    const uint32_t least = spec->latency.least_requests;
    uint32_t i, n = 0;
    double most;

    for (i = 0; i < outlier->n; i++)
        if (timed(&outlier->seat[i], least, now))
            scratch[n++] = i;
    if (n == 0 || n < spec->latency.least_hosts)
        return;
    most = spec->latency.factor * median(outlier, scratch, n);
    for (i = 0; i < outlier->n; i++)
        if (timed(&outlier->seat[i], least, now) && mean_latency(outlier, i) > most)
            outlier_eject(outlier, &outlier->seat[i], 1.0, random, now);
}

void outlier_judge(struct outlier *outlier, struct lb_random *random, lb_server *scratch,
                   lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;

    if (asked(spec->success_rate.factor))
        judge_success(outlier, random, now);
    if (asked(spec->failure_percentage.threshold))
        judge_failures(outlier, random, now);
    if (asked(spec->latency.factor))
        judge_latency(outlier, random, scratch, now);
}
