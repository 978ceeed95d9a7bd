/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/agree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double shares[AGREE_POINTS] = {
    [AGREE_MEAN] = NAN, [AGREE_P50] = 0.5,    [AGREE_P90] = 0.9,
    [AGREE_P99] = 0.99, [AGREE_P999] = 0.999,
};

const char *agree_point_name(int point)
{
    static const char *const names[AGREE_POINTS] = { "mean", "p50", "p90", "p99", "p99.9" };

    return names[point];
}

double agree_point_share(int point)
{
    return shares[point];
}

const char *path_part_name(enum path_part part)
{
    static const char *const names[PATH_PARTS] = {
        [PATH_SEND] = "sent late",
        [PATH_TO_BALANCER] = "client to balancer",
        [PATH_IN_BALANCER] = "in balancer",
        [PATH_TO_SERVER] = "balancer to server",
        [PATH_TIMER] = "server's timer",
        [PATH_FROM_SERVER] = "server to balancer",
        [PATH_TO_CLIENT] = "balancer to client",
        [PATH_OVERHEAD] = "all overhead",
    };

    return names[part];
}

/* ---- Two distributions. */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void sort(struct latencies *x)
{
    if (!x->sorted)
        qsort(x->value, x->n, sizeof x->value[0], by_size);
    x->sorted = true;
}

static double mean(const struct latencies *x)
{
    double sum = 0.0;
    uint64_t i;

    for (i = 0; i < x->n; i++)
        sum += x->value[i];
    return sum / (double)x->n;
}

static double point_of(const struct latencies *x, int point)
{
    if (point == AGREE_MEAN)
        return mean(x);
    return x->value[histogram_rank(shares[point], x->n) - 1];
}

/* The largest distance of the two distribution functions. */
static void kolmogorov_smirnov(const struct latencies *a, const struct latencies *b,
                               struct agreement *out)
{
    uint64_t i = 0, k = 0;

    out->ks = 0.0;
    out->ks_at = NAN;
    while (i < a->n && k < b->n) {
        const double at = a->value[i] < b->value[k] ? a->value[i] : b->value[k];
        double distance;

        while (i < a->n && a->value[i] <= at)
            i++;
        while (k < b->n && b->value[k] <= at)
            k++;
        distance = fabs((double)i / (double)a->n - (double)k / (double)b->n);
        if (distance > out->ks) {
            out->ks = distance;
            out->ks_at = at;
        }
    }
}

int agree(struct latencies *predicted, struct latencies *measured, struct agreement *out)
{
    int i;

    *out = (struct agreement) { .n_predicted = predicted->n,
                                .n_measured = measured->n,
                                .ks = NAN,
                                .ks_at = NAN,
                                .same = NAN,
                                .differ = NAN,
                                .lost = NAN };
    for (i = 0; i < AGREE_POINTS; i++)
        out->predicted[i] = out->measured[i] = out->error[i] = NAN;
    if (predicted->n == 0 || measured->n == 0)
        return -1;
    sort(predicted);
    sort(measured);
    for (i = 0; i < AGREE_POINTS; i++) {
        if (i == AGREE_P999 && (predicted->n < AGREE_P999_LEAST || measured->n < AGREE_P999_LEAST))
            continue;
        out->predicted[i] = point_of(predicted, i);
        out->measured[i] = point_of(measured, i);
        out->error[i] = out->predicted[i] / out->measured[i] - 1.0;
    }
    kolmogorov_smirnov(predicted, measured, out);
    return 0;
}

/* ---- Request by request. */

static bool completed(const struct fate *f)
{
    return f->ended == 1 + ENDED_COMPLETED;
}

static bool pick(const struct fates *of, const struct fates *other, bool both,
                 struct latencies *out)
{
    uint64_t i;

    *out = (struct latencies) { .value = malloc((of->n + 1) * sizeof out->value[0]) };
    for (i = of->first; out->value && i < of->n; i++)
        if (completed(&of->at[i]) && (!both || (i < other->n && completed(&other->at[i]))))
            out->value[out->n++] = (double)of->at[i].latency / 1e9;
    return out->value != NULL;
}

static void compare_each(const struct fates *a, const struct fates *b, struct agreement *out)
{
    const uint64_t n = a->n < b->n ? a->n : b->n;
    uint64_t i, sent = 0, same = 0, measured = 0, differ = 0;
    int64_t lost = 0;

    for (i = b->first; i < n; i++) {
        measured++;
        differ += a->at[i].ended != b->at[i].ended;
        lost += completed(&a->at[i]) - completed(&b->at[i]);
        if (a->at[i].server == LB_NONE || b->at[i].server == LB_NONE)
            continue;
        sent++;
        same += a->at[i].server == b->at[i].server;
    }
    if (sent)
        out->same = (double)same / (double)sent;
    if (measured) {
        out->differ = (double)differ / (double)measured;
        out->lost = (double)lost / (double)measured;
    }
}

int agree_fates(const struct fates *predicted, const struct fates *measured, bool both,
                struct agreement *out)
{
    struct latencies a = { .value = NULL }, b = { .value = NULL };
    int answer = -2;

    if (pick(predicted, measured, both, &a) && pick(measured, predicted, both, &b)) {
        answer = agree(&a, &b, out);
        compare_each(predicted, measured, out);
    }
    free(a.value);
    free(b.value);
    return answer;
}

double *fates_latencies(const struct fates *f, uint64_t *n)
{
    double *value;
    uint64_t i;

    *n = f->n > f->first ? f->n - f->first : 0;
    value = malloc((*n + 1) * sizeof value[0]);
    for (i = 0; value && i < *n; i++)
        value[i] =
            completed(&f->at[f->first + i]) ? (double)f->at[f->first + i].latency / 1e9 : NAN;
    return value;
}

void fates_shares(const struct fates *f, uint32_t servers, double *share)
{
    uint64_t i, sent = 0;
    uint32_t k;

    memset(share, 0, servers * sizeof share[0]);
    for (i = f->first; i < f->n; i++)
        if (f->at[i].sent < servers) {
            share[f->at[i].sent]++;
            sent++;
        }
    for (k = 0; k < servers && sent; k++)
        share[k] /= (double)sent;
}
