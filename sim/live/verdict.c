/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { JUDGED_POINTS = AGREE_P99 + 1, STATELESS_LEAST = 1000 };

const char *verdict_answer_name(enum verdict_answer answer)
{
    static const char *const names[] = { "agreed", "disagreed", "not judged" };

    return names[answer];
}

struct verdict_limits verdict_limits_default(void)
{
    return (struct verdict_limits) { .calibrated = 0.03,
                                     .stateless = 0.005,
                                     .stateful = 0.02,
                                     .service = 0.005,
                                     .chance = 0.1,
                                     .band = 0.2,
                                     .drawn = 0.01,
                                     .requests = 12000 };
}

double agreement_worst(const struct agreement *a, int *at)
{
    double worst = NAN;
    int i;

    for (i = 0; i < JUDGED_POINTS; i++)
        if (!isnan(a->error[i]) && !(fabs(a->error[i]) <= fabs(worst))) {
            worst = a->error[i];
            *at = i;
        }
    return worst;
}

static bool says(struct verdict *v, enum verdict_answer answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool says(struct verdict *v, enum verdict_answer answer, const char *format, ...)
{
    va_list list;

    v->answer = answer;
    va_start(list, format);
    vsnprintf(v->why, sizeof v->why, format, list);
    va_end(list);
    return true;
}

/* ---- Judges, each true if it has spoken. */

static bool by_decisions(const struct verdict_reading *r, struct verdict *v)
{
    const struct replayed *d = r->decisions;

    if (!d || (d->same == d->picks && d->granted == d->wishes && d->first_different == 0))
        return false;
    return says(v, VERDICT_DISAGREED,
                "played back, %" PRIu64 " of %" PRIu64 " decisions are the same (the first that is "
                "not: entry %" PRIu64 " of the log)",
                d->same, d->picks, d->first_different);
}

/* The worst error that is beyond the bound, for sure if chance has a hand in it; NAN: none is. */
static double beyond(const struct agreement *a, const struct interval *known, double bound, int *at)
{
    double worst = NAN;
    int i;

    for (i = 0; i < JUDGED_POINTS; i++) {
        const struct interval *x = known ? &known[i] : NULL;
        const bool sure = !x || isnan(x->low) || x->low > bound || x->high < -bound;

        if (fabs(a->error[i]) > bound && sure && !(fabs(a->error[i]) <= fabs(worst))) {
            worst = a->error[i];
            *at = i;
        }
    }
    return worst;
}

static bool by_replay(const struct verdict_limits *limits, const struct verdict_reading *r,
                      struct verdict *v)
{
    const struct agreement *a = r->replayed;
    const double bound = r->stateless ? limits->stateless : limits->stateful;
    const char *depends = r->stateless ? "the order of requests" : "what servers do";
    double worst;
    int at = 0;

    if (!a || r->gate->verdict == GATE_OVERLOADED || r->drawn >= limits->drawn ||
        r->requests < (r->stateless ? STATELESS_LEAST : limits->requests))
        return false;
    worst = beyond(a, r->replay_error, bound, &at);
    if (!isnan(worst))
        return says(v, VERDICT_DISAGREED,
                    "ENV-REPLAY is off by %+.2f %% at %s, more than %.1f %% (picks depend on %s)",
                    100.0 * worst, agree_point_name(at), 100.0 * bound, depends);
    if (a->differ > bound)
        return says(v, VERDICT_DISAGREED,
                    "under ENV-REPLAY %.2f %% of the requests end otherwise, more than %.1f %%",
                    100.0 * a->differ, 100.0 * bound);
    return false;
}

static bool by_quality(const struct verdict_limits *limits, const struct verdict_reading *r,
                       struct verdict *v)
{
    char why[240];

    if (r->gate->verdict != GATE_VALID) {
        gate_write(r->gate, why, sizeof why);
        return says(v, VERDICT_NOT_JUDGED, "no try was VALID: the best is %s, %s",
                    gate_verdict_name(r->gate->verdict), why);
    }
    if (r->requests < limits->requests)
        return says(v, VERDICT_NOT_JUDGED, "%" PRIu64 " requests are too few: %" PRIu64 " or more",
                    r->requests, limits->requests);
    if (!r->calibrated)
        return says(v, VERDICT_NOT_JUDGED, "no prediction is calibrated: %s", r->uncalibrated);
    return false;
}

/* Who fails is by chance where delays are; how many, is not. */
static bool by_endings(const struct verdict_limits *limits, const struct verdict_reading *r,
                       struct verdict *v)
{
    const double lost = r->calibrated->lost;

    if (!(fabs(lost) > limits->calibrated))
        return false;
    return says(v, VERDICT_DISAGREED,
                "%.2f %% of the requests more than predicted did %scomplete, beyond %.0f %%",
                100.0 * fabs(lost), lost > 0 ? "not " : "", 100.0 * limits->calibrated);
}

static bool by_band(const struct verdict_limits *limits, const struct verdict_reading *r,
                    struct verdict *v)
{
    const struct band *b = r->band;
    int i;

    if (!b || b->seeds == 0)
        return false;
    for (i = 0; i < JUDGED_POINTS; i++) {
        const double x = r->calibrated->measured[i];

        if (x < b->low[i] * (1.0 - limits->calibrated) ||
            x > b->high[i] * (1.0 + limits->calibrated))
            return says(v, VERDICT_DISAGREED,
                        "%s, measured %.3f ms, lies outside the band of 95 %% of the predictions, "
                        "%.3f to %.3f ms, by more than %.0f %%",
                        agree_point_name(i), 1e3 * x, 1e3 * b->low[i], 1e3 * b->high[i],
                        100.0 * limits->calibrated);
    }
    for (i = 0; i < JUDGED_POINTS; i++)
        if (b->width[i] > limits->band)
            return says(v, VERDICT_NOT_JUDGED,
                        "the band of predictions at %s is wider than +-%.0f %%: run longer",
                        agree_point_name(i), 100.0 * limits->band);
    return says(v, VERDICT_AGREED, "all within the band of 95 %% of the predictions");
}

static bool is_brief(const struct verdict_limits *limits, const struct verdict_reading *r)
{
    return r->service < limits->service * (1.0 - limits->chance);
}

static void by_calibrated(const struct verdict_limits *limits, const struct verdict_reading *r,
                          struct verdict *v)
{
    const double bound = limits->calibrated;
    int at = 0, sure_at = 0;
    const double worst = agreement_worst(r->calibrated, &at);
    const double sure = beyond(r->calibrated, r->calibrated_error, bound, &sure_at);

    if (isnan(worst))
        says(v, VERDICT_NOT_JUDGED, "no request completed in both worlds");
    else if (fabs(worst) <= bound)
        says(v, VERDICT_AGREED, "%s", "");
    else if (is_brief(limits, r))
        says(v, VERDICT_NOT_JUDGED,
             "CALIBRATED is off by %+.1f %% at %s; with services of %.2f ms, below %.0f ms, the "
             "overhead is too large a part for a verdict",
             100.0 * worst, agree_point_name(at), 1e3 * r->service, 1e3 * limits->service);
    else if (isnan(sure))
        says(v, VERDICT_NOT_JUDGED,
             "CALIBRATED is off by %+.1f +-%.1f %% at %s, which may be chance: run longer",
             100.0 * worst, 50.0 * (r->calibrated_error[at].high - r->calibrated_error[at].low),
             agree_point_name(at));
    else
        says(v, VERDICT_DISAGREED, "CALIBRATED is off by %+.1f %% at %s, more than %.0f %%",
             100.0 * sure, agree_point_name(sure_at), 100.0 * bound);
}

struct verdict verdict_of(const struct verdict_limits *limits, const struct verdict_reading *r)
{
    struct verdict v = { .answer = VERDICT_NOT_JUDGED, .bias = NAN };

    if (is_brief(limits, r))
        v.bias = -r->overhead / r->latency;
    if (!by_decisions(r, &v) && !by_replay(limits, r, &v) && !by_quality(limits, r, &v) &&
        !by_endings(limits, r, &v) && !by_band(limits, r, &v))
        by_calibrated(limits, r, &v);
    return v;
}
