/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * recovery.time: from the end of a disturbance to the end of the first window from which on a
 * metric stays within `level` times its normal value until the end of the run.
 *
 * It is a function of the means of all windows that grows with each of them (or with each one's
 * negative, where more is better). So bands that hold for all windows at once (Bonferroni) bound
 * it: its value at the lower bands and at the upper ones. A window without an interval may lie
 * anywhere. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/run/judge_case.h"

/* Mean of a window, at best and at worst. */
struct told {
    double middle, best, worst;
};

struct recovery {
    const struct evidence *evidence;
    const struct claim *claim;
    uint32_t contender, n; /* windows told */
    bool below;            /* recovered is what is not above, else what is not below */
    double level;          /* of confidence, for each window */
    struct told normal, *at;
    lb_time *ends;
    const char *hopeless;
    uint32_t untold; /* windows without an interval, and why the first of them has none; ... */
    const char *why;
    const char *never; /* ... why one of them will not have any */
};

/* Of what has no interval nothing is known but what was seen. */
static void leave_open(struct recovery *r, const struct estimate *e, const struct interval *i,
                       struct told *out)
{
    *out = (struct told) { i->value, r->below ? -INFINITY : INFINITY,
                           r->below ? INFINITY : -INFINITY };
    if (!r->untold++)
        r->why = i->why ? i->why : "there is no such number";
    if (!r->never)
        r->never = e->hopeless;
}

static bool tell(struct recovery *r, const struct window *w, struct told *out)
{
    const struct evidence *ev = r->evidence;
    const uint32_t n = ev->replications(ev->context, r->contender);
    struct estimate e = { .deviation = NULL };
    struct interval i;

    if (!ev->estimate(ev->context, r->contender, r->claim->recovery.of, w, n, &e))
        return false;
    i = estimate_interval(&e, r->level);
    free(e.deviation);
    if (e.hopeless || isnan(i.low) || isnan(i.high))
        leave_open(r, &e, &i, out);
    else
        *out = (struct told) { i.value, r->below ? i.low : i.high, r->below ? i.high : i.low };
    return true;
}

static bool is_normal(const struct recovery *r, double value, double normal)
{
    const double border = r->claim->recovery.level * normal;

    return r->below ? value <= border : value >= border; /* false for NAN */
}

enum { MIDDLE, BEST, WORST };

static double pick(const struct told *t, int which)
{
    return which == MIDDLE ? t->middle : which == BEST ? t->best : t->worst;
}

/* Seconds to recover if each window is at that side of its band, and what is normal at the other.
 */
static double time_of(const struct recovery *r, int which)
{
    static const int other[] = { [MIDDLE] = MIDDLE, [BEST] = WORST, [WORST] = BEST };
    const double normal = pick(&r->normal, other[which]);
    uint32_t i = r->n;

    while (i && is_normal(r, pick(&r->at[i - 1], which), normal))
        i--;
    if (i == r->n)
        return INFINITY;
    return (double)(r->ends[i] - r->claim->recovery.after) / 1e9;
}

/* The window whose mean is normal. */
static bool normal_window(struct recovery *r, struct window *w)
{
    const struct claim *claim = r->claim;
    const struct evidence *ev = r->evidence;
    const struct scenario *s = ev->study->contenders[r->contender].scenario;
    const lb_time first = claim->recovery.first, every = claim->recovery.every;
    const lb_time settled = ev->settled(ev->context, r->contender);

    *w = claim->recovery.before;
    if (claim->recovery.given)
        return true;
    if (!s->changes_n || s->changes[0].at <= first)
        return false;
    w->from = settled <= first ? first : first + (settled - first + every - 1) / every * every;
    w->to = first + (s->changes[0].at - first) / every * every;
    return w->from < w->to;
}

/* The first window after the disturbance, and how many there are until the end of the run. */
static uint32_t windows_after(const struct recovery *r, lb_time *from)
{
    const lb_time first = r->claim->recovery.first, every = r->claim->recovery.every;
    const lb_time after = r->claim->recovery.after;
    const lb_time end = r->evidence->end(r->evidence->context, r->contender);

    *from = after <= first ? first : first + (after - first + every - 1) / every * every;
    return end <= *from ? 0 : (uint32_t)((end - *from) / every);
}

static bool tell_all(struct recovery *r, lb_time from)
{
    const lb_time every = r->claim->recovery.every;
    uint32_t i;

    for (i = 0; i < r->n; i++) {
        const struct window w = { from + i * every, from + (i + 1) * every };

        r->ends[i] = w.to;
        if (!tell(r, &w, &r->at[i]))
            return false;
    }
    return true;
}

static bool gather(struct recovery *r, double alpha)
{
    struct window normal;
    lb_time from;
    bool good;

    if (!normal_window(r, &normal)) {
        r->hopeless = "between the warm-up and the first change there is no whole window: say "
                      "relative_to";
        return true;
    }
    r->n = windows_after(r, &from);
    if (!r->n) {
        r->hopeless = "the run ends before a whole window after the disturbance";
        return true;
    }
    r->level = 1 - alpha / (r->n + 1);
    r->at = malloc(r->n * sizeof *r->at);
    r->ends = malloc(r->n * sizeof *r->ends);
    good = r->at && r->ends && tell(r, &normal, &r->normal) && tell_all(r, from);
    if (good && !isfinite(r->normal.best))
        r->hopeless = "what is normal has no interval";
    return good;
}

/* An undecided case says which windows it is for. */
static void excuse(const struct recovery *r, struct finding *f)
{
    if (f->verdict != VERDICT_UNDECIDED || !r->untold)
        return;
    f->hopeless = r->never;
    if (r->never)
        return;
    snprintf(f->said, sizeof f->said, "%u of %u windows have no interval (%s)", r->untold, r->n,
             r->why);
}

void case_recovery(struct hearing *h, uint32_t contender, struct finding *f)
{
    const int better = case_better(h->claim->recovery.of);
    struct recovery r = { .evidence = h->evidence,
                          .claim = h->claim,
                          .contender = contender,
                          .below = better < 0 || (!better && h->claim->recovery.level >= 1) };
    const uint32_t n = h->evidence->replications(h->evidence->context, contender);

    f->verdict = VERDICT_UNDECIDED;
    f->why = n < INTERVAL_FEW ? "fewer than 10 replications" : NULL;
    if (!f->why && !gather(&r, h->alpha))
        h->no_memory = true;
    else if (!f->why && !r.hopeless) {
        const struct interval found = { .value = time_of(&r, MIDDLE),
                                        .low = time_of(&r, BEST),
                                        .high = time_of(&r, WORST),
                                        .se = NAN,
                                        .n = n,
                                        .confidence = 1 - h->alpha };

        case_numbers(h->claim, &found, &found, f);
        excuse(&r, f);
    }
    if (r.hopeless)
        f->hopeless = r.hopeless;
    free(r.at);
    free(r.ends);
}
