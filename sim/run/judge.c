/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/metric.h"
#include "sim/run/judge_case.h"

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = { "PASS", "UNDECIDED", "FAIL" };

    return names[verdict];
}

int case_better(const char *metric)
{
    struct metric m;

    return metric_known(metric, strcspn(metric, "{"), &m) ? 0 : m.better;
}

/* ---- Numbers against an interval. */

static enum verdict worse(enum verdict a, enum verdict b)
{
    return a > b ? a : b;
}

/* Where does [low, high] lie against what is allowed? */
static enum verdict within(const struct interval *i, double least, double most)
{
    if (i->low >= least && i->high <= most)
        return VERDICT_PASS;
    return i->high < least || i->low > most ? VERDICT_FAIL : VERDICT_UNDECIDED;
}

static enum verdict near_value(const struct claim *claim, const struct interval *interval,
                               const struct interval *wide)
{
    const double off = fabs(interval->value - claim->value), rounding = 1e-9 * fabs(claim->value);
    double room;

    switch (claim->rule) {
    case RULE_TOLERANCE:
        room = claim->tolerance * fabs(claim->value);
        return within(interval, claim->value - room, claim->value + room);
    case RULE_CI:
        return off <= (wide->high - wide->low) / 2 + rounding ? VERDICT_PASS : VERDICT_FAIL;
    case RULE_ERROR:
        room = hypot((interval->high - interval->low) / 2, claim->error);
        return off <= room + rounding ? VERDICT_PASS : VERDICT_FAIL;
    }
    return VERDICT_UNDECIDED;
}

void case_numbers(const struct claim *claim, const struct interval *interval,
                  const struct interval *wide, struct finding *f)
{
    f->verdict = VERDICT_PASS;
    f->measured = claim->rule == RULE_CI && !isnan(claim->value) ? *wide : *interval;
    if (!isnan(claim->value)) {
        f->verdict = near_value(claim, interval, wide);
        f->why = f->verdict == VERDICT_FAIL ? "the value lies elsewhere"
                                            : "the interval is too wide to tell";
    }
    if (!isnan(claim->least) && within(interval, claim->least, INFINITY) > f->verdict) {
        f->verdict = within(interval, claim->least, INFINITY);
        f->why = f->verdict == VERDICT_FAIL ? "it is below min" : "it may be below min";
    }
    if (!isnan(claim->most) && within(interval, -INFINITY, claim->most) > f->verdict) {
        f->verdict = within(interval, -INFINITY, claim->most);
        f->why = f->verdict == VERDICT_FAIL ? "it is above max" : "it may be above max";
    }
}

bool case_unfit(const struct estimate *e, struct finding *f)
{
    f->verdict = VERDICT_UNDECIDED;
    f->hopeless = e->hopeless;
    if (e->hopeless)
        return true;
    if (e->exact)
        return false;
    f->why = e->at.n < INTERVAL_FEW ? "fewer than 10 replications" : e->at.why;
    return f->why;
}

/* ---- Findings put together. */

char *judge_where(const struct study *study, const struct judgement *j)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    uint32_t i;

    for (i = 0; out && i < j->about_n; i++) {
        const char *cell = study->cells[study->contenders[j->about[i]].cell].name;

        fprintf(out, "%s%s%s%s", i ? ", " : "", contender_label(study, j->about[i]),
                *cell ? " at " : "", cell);
    }
    if (out && !fclose(out))
        return text;
    free(text);
    return NULL;
}

void case_found(struct hearing *h, const struct finding *f, const uint32_t *contenders, uint32_t n)
{
    const enum verdict verdict = f->hopeless ? VERDICT_UNDECIDED : f->verdict;
    struct judgement *out = h->out;
    uint32_t i;

    if (verdict == VERDICT_UNDECIDED && !f->hopeless)
        for (i = 0; i < n; i++)
            h->wanted[contenders[i]] = true;
    if (verdict == VERDICT_UNDECIDED)
        out->hopeless &= f->hopeless != NULL;
    if (out->cases++ && verdict <= out->verdict)
        return;
    out->verdict = worse(out->verdict, verdict);
    out->measured = f->measured;
    memcpy(out->about, contenders, n * sizeof *contenders);
    out->about_n = n;
    out->why[0] = '\0';
    if (verdict != VERDICT_PASS)
        snprintf(out->why, sizeof out->why, "%s%s%s",
                 f->hopeless ? f->hopeless
                 : f->why    ? f->why
                             : "",
                 f->said[0] ? ": " : "", f->said);
}

/* ---- Each form. */

static const struct window *window_of(const struct claim *claim, struct window *room)
{
    *room = (struct window) { claim->from, claim->to };
    return claim->windowed ? room : NULL;
}

static double family_level(const struct hearing *h)
{
    return 1 - h->alpha / (h->family ? h->family : 1);
}

static void hear_value(struct hearing *h, const struct group *g)
{
    const struct evidence *ev = h->evidence;
    const uint32_t n = ev->replications(ev->context, g->at[0]);
    struct finding f = FINDING_NONE;
    struct estimate e = { .deviation = NULL };
    struct interval interval, wide;
    struct window window;

    if (h->claim->recovery.of) {
        case_recovery(h, g->at[0], &f);
    } else if (!ev->estimate(ev->context, g->at[0], h->claim->metric, window_of(h->claim, &window),
                             n, &e)) {
        h->no_memory = true;
    } else if (f.measured = e.at, !case_unfit(&e, &f)) {
        interval = estimate_interval(&e, 1 - h->alpha);
        wide = estimate_interval(&e, family_level(h));
        case_numbers(h->claim, &interval, &wide, &f);
    }
    free(e.deviation);
    case_found(h, &f, g->at, 1);
}

static void hear_warning(struct hearing *h, const struct group *g)
{
    const struct evidence *ev = h->evidence;
    const bool there = ev->warned(ev->context, g->at[0], h->claim->warning);
    struct finding f = FINDING_NONE;

    f.verdict = there == h->claim->absent ? VERDICT_FAIL : VERDICT_PASS;
    f.why = there ? "the warning is there" : "there is no such warning";
    case_found(h, &f, g->at, 1);
}

static void hear_two(struct hearing *h, const struct group *g)
{
    struct finding f = FINDING_NONE;
    struct estimate two[2];
    struct interval at[2];
    bool paired;
    uint32_t i;

    if (!case_two(h, g->at[0], g->at[1], two, &paired))
        return;
    if (!case_unfit(&two[0], &f) && !case_unfit(&two[1], &f)) {
        for (i = 0; i < 2; i++) {
            const double level = i ? family_level(h) : 1 - h->alpha;

            at[i] = h->claim->form == CLAIM_RATIO
                        ? estimate_ratio(&two[0], &two[1], paired, level)
                        : estimate_difference(&two[0], &two[1], paired, level);
        }
        f.measured = at[0];
        f.why = at[0].why ? at[0].why : at[1].why;
        if (!f.why)
            case_numbers(h->claim, &at[0], &at[1], &f);
    }
    case_two_close(two);
    case_found(h, &f, g->at, 2);
}

static void hear_order(struct hearing *h, const struct group *g)
{
    uint32_t i;

    for (i = 0; i + 1 < g->n; i++) {
        const int better = case_better(h->claim->metric);
        struct finding f = FINDING_NONE;

        if (better)
            case_pair(h, g->at[i], g->at[i + 1], better, g->n - 1, &f);
        else
            f.hopeless = "neither more nor less of this metric is better";
        case_found(h, &f, g->at + i, 2);
    }
}

static void hear_monotone(struct hearing *h, const struct group *g)
{
    const int sign = h->claim->direction == DIRECTION_INCREASING ? -1 : 1;
    uint32_t i;

    for (i = 0; i + 1 < g->n; i++) {
        struct finding f = FINDING_NONE;

        case_pair(h, g->at[i], g->at[i + 1], sign, g->n - 1, &f);
        case_found(h, &f, g->at + i, 2);
    }
}

static void hear_crossing(struct hearing *h, const struct group *g)
{
    const int better = case_better(h->claim->metric);
    uint32_t i;

    for (i = 0; i < 2; i++) {
        struct finding f = FINDING_NONE;

        if (better)
            case_pair(h, g->at[2 * i], g->at[2 * i + 1], i ? -better : better, 2, &f);
        else
            f.hopeless = "neither more nor less of this metric is better";
        case_found(h, &f, g->at + 2 * i, 2);
    }
}

static void hear(struct hearing *h, const struct group *g)
{
    switch (h->claim->form) {
    case CLAIM_VALUE:
        hear_value(h, g);
        break;
    case CLAIM_ORDER:
        hear_order(h, g);
        break;
    case CLAIM_RATIO:
    case CLAIM_DIFFERENCE:
        hear_two(h, g);
        break;
    case CLAIM_MONOTONE:
        hear_monotone(h, g);
        break;
    case CLAIM_CROSSING:
        hear_crossing(h, g);
        break;
    case CLAIM_WARNING:
        hear_warning(h, g);
        break;
    }
}

/* ---- A whole claim. */

/* The level of this look at these contenders. */
static double level_of(const struct evidence *evidence, const struct group *g)
{
    const struct contender *all = evidence->study->contenders;
    double confidence = 0;
    uint32_t i;

    for (i = 0; i < g->n; i++)
        confidence = fmax(confidence, all[g->at[i]].scenario->run.confidence);
    return ldexp(1 - confidence, -(int)evidence->look);
}

static uint32_t cases_of(const struct study *study, const struct claim *claim, bool *no_memory)
{
    struct group g;
    uint32_t n = 0;

    if (!group_open(&g, study, claim)) {
        *no_memory = true;
        return 0;
    }
    while (group_next(&g, study, claim))
        n++;
    group_close(&g);
    return n;
}

uint32_t judge_family(const struct study *study)
{
    bool no_memory = false;
    uint32_t i, n = 0;

    for (i = 0; i < study->claims_n; i++) {
        const struct claim *claim = &study->claims[i];

        if (!claim->left_out && claim->rule == RULE_CI && !isnan(claim->value))
            n += cases_of(study, claim, &no_memory);
    }
    return n;
}

bool judge(const struct evidence *evidence, const struct claim *claim, uint32_t family,
           struct judgement *out, bool *wanted)
{
    struct hearing h = {
        .evidence = evidence, .claim = claim, .family = family, .out = out, .wanted = wanted
    };
    struct group g;

    *out = (struct judgement) { .verdict = VERDICT_PASS, .hopeless = true, .unit = claim->unit };
    out->measured.value = NAN;
    h.cases = cases_of(evidence->study, claim, &h.no_memory);
    if (h.no_memory || !group_open(&g, evidence->study, claim))
        return false;
    while (!h.no_memory && group_next(&g, evidence->study, claim)) {
        h.alpha = level_of(evidence, &g);
        hear(&h, &g);
    }
    group_close(&g);
    if (!out->cases) {
        out->verdict = VERDICT_UNDECIDED;
        snprintf(out->why, sizeof out->why, "the sweep has no points to compare");
    }
    out->hopeless &= out->verdict == VERDICT_UNDECIDED;
    return !h.no_memory;
}
