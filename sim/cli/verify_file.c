/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/caution.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/keep.h"
#include "sim/cli/verify.h"
#include "sim/scenario/nearest.h"

/* Replications that undecided claims may come to cost, in those of the scenario itself. */
#define BUDGET 20.0

/* ---- Warnings. */

static bool said_code(struct diagnostics *said, const char *code)
{
    const struct diagnostic *d;
    uint32_t i;

    for (i = 0; (d = diagnostics_at(said, i)) != NULL; i++)
        if (d->code && !strcmp(d->code, code))
            return true;
    return false;
}

/* Of this point of the sweep, or of no point but of the whole. */
static bool said_of(const struct verified *v, uint32_t cell, const char *code)
{
    const struct study *study = v->study;
    bool other = false;
    uint32_t i, k;

    for (i = 0; i < study->cells_n; i++)
        for (k = 0; k < study->cells[i].warnings_n; k++)
            if (!strcmp(study->cells[i].warnings[k], code)) {
                if (i == cell)
                    return true;
                other = true;
            }
    return !other && said_code(v->said, code);
}

static bool is_warned(const struct verified *v, const struct point *p, uint32_t cell,
                      const char *code)
{
    struct caution said[CAUTIONS_MOST];
    uint32_t n = cautions_of(p, said), i;

    for (i = 0; i < n; i++)
        if (!strcmp(said[i].code, code))
            return true;
    if (!strcmp(code, "unstable")) /* of the points of a sweep, only some are */
        return p->scenario->offered_load >= 1.0;
    return said_of(v, cell, code);
}

static bool is_code(const char *code)
{
    uint32_t i;

    for (i = 0; caution_codes[i][0]; i++)
        if (!strcmp(caution_codes[i][0], code))
            return true;
    return false;
}

/* Claims of warnings that there are not. */
static void check_codes(const struct verified *v)
{
    uint32_t i, k;

    for (i = 0; i < v->study->claims_n; i++) {
        const struct claim *claim = &v->study->claims[i];
        struct nearest nearest;

        if (claim->form != CLAIM_WARNING || is_code(claim->warning))
            continue;
        nearest = nearest_to(claim->warning);
        for (k = 0; caution_codes[k][0]; k++)
            nearest_see(&nearest, caution_codes[k][0]);
        diagnose_at(
            v->said, SAY_ERROR, NULL, v->order->claims ? v->order->claims : v->study->path,
            claim->place,
            nearest_found(&nearest)
                ? "expect[%u].warning: unknown warning \"%.60s\"; did you mean \"%s\"?"
                : "expect[%u].warning: unknown warning \"%.60s\"; see lbsim list warnings%s",
            claim->number, claim->warning, nearest_found(&nearest) ? nearest_found(&nearest) : "");
    }
}

/* ---- Judging, and going on. */

/* The context of the experiment is the verified one, of the evidence the experiment. */
static bool warned(void *context, uint32_t contender, const char *code)
{
    const struct experiment *e = context;
    const struct verified *v = e->context;

    return is_warned(v, &e->points[e->points[contender].twin], v->study->contenders[contender].cell,
                     code);
}

static void judge_all(struct verified *v)
{
    struct evidence evidence = evidence_of(v->experiment);
    uint32_t i;

    evidence.warned = warned;
    evidence.look = v->look;
    memset(v->wanted, 0, v->study->contenders_n * sizeof v->wanted[0]);
    for (i = 0; i < v->study->claims_n; i++) {
        const struct claim *claim = &v->study->claims[i];

        if (v->decided[i] || claim->left_out)
            continue;
        if (!judge(&evidence, claim, v->family, &v->judgement[i], v->wanted))
            v->no_memory = true;
        v->decided[i] = v->judgement[i].verdict != VERDICT_UNDECIDED;
    }
}

/* Twice the replications, as far as the budget goes. */
static uint32_t more_replications(const struct point *p)
{
    const struct run_spec *run = &p->scenario->run;
    const double length = (double)trial_length(p->scenario);
    const double most = isnan(run->precision.most_requests) ? BUDGET * run->replications
                                                            : run->precision.most_requests / length;
    const double next = fmin(2.0 * p->replications, most);

    return next > p->replications ? (uint32_t)next : p->replications;
}

/* Called when nothing is left to run. */
static bool decide(void *context, struct experiment *e)
{
    struct verified *v = context;
    bool more = false;
    uint32_t i;

    judge_all(v);
    for (i = 0; i < e->points_n && !v->no_memory; i++) {
        const struct point *p = &e->points[e->points[i].twin];
        const uint32_t next = more_replications(p);

        if (!v->wanted[i] || p->failed || next <= p->replications)
            continue;
        v->no_memory |= experiment_extend(e, i, next) != 0;
        more = true;
    }
    v->look++;
    return more && !v->no_memory;
}

static int watch(void *context, const struct experiment *e)
{
    struct verified *v = context;

    progress_tell(&v->progress, e);
    return 0;
}

static void refuse(void *context, const struct point *p, const char *why)
{
    struct verified *v = context;

    diagnose_at(v->said, SAY_ERROR, NULL, v->study->path, p->policy->place, "policy %s%s%s: %s",
                p->policy->label, p->at[0] ? " at " : "", p->at, why);
}

/* ---- The run. */

static int cannot(struct verified *, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says why a file is not judged, and keeps it. */
static int cannot(struct verified *v, int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(v->why, sizeof v->why, format, arguments);
    va_end(arguments);
    cli_say("%s", v->why);
    return status;
}

/* What standard error says first of a file, in one line. */
static void keep_why(struct verified *v)
{
    const struct diagnostic *d = NULL;
    uint32_t i;

    for (i = 0; (d = diagnostics_at(v->said, i)) != NULL && d->severity != SAY_ERROR;)
        i++;
    if (d && d->place.line)
        snprintf(v->why, sizeof v->why, "%s:%u:%u: %s", d->name, (unsigned)d->place.line,
                 (unsigned)d->place.column, d->message);
    else if (d)
        snprintf(v->why, sizeof v->why, "%s: %s", d->name, d->message);
    else if (order_unreadable(v->order->path))
        snprintf(v->why, sizeof v->why, "%s: %s", v->order->path, order_unreadable(v->order->path));
    else if (v->order->claims && order_unreadable(v->order->claims))
        snprintf(v->why, sizeof v->why, "%s: %s", v->order->claims,
                 order_unreadable(v->order->claims));
}

static int told_errors(struct verified *v)
{
    if (!diagnostics_errors(v->said))
        return EXIT_DONE;
    keep_why(v);
    diagnostics_print(v->said, stderr,
                      HIDE_WARNINGS | (cli_color(stderr, v->order->plain) ? SHOW_COLOR : 0));
    return EXIT_USAGE;
}

static int rehearse(struct verified *v)
{
    const int refused = experiment_rehearse(v->experiment, refuse, v);

    if (refused < 0)
        return cannot(v, EXIT_MACHINE, "%s", v->experiment->why);
    return told_errors(v);
}

static int simulate(struct verified *v)
{
    struct experiment *e = v->experiment;
    int result;

    progress_open(&v->progress, v->order->quiet);
    result = experiment_run(e);
    progress_close(&v->progress);
    if (interrupt_seen())
        return cannot(v, EXIT_INTERRUPTED, "interrupted: %s was not judged", v->study->path);
    if (result < 0 || v->no_memory)
        return cannot(v, EXIT_MACHINE, "%s", result < 0 ? e->why : "out of memory");
    if (result > 0)
        cannot(v, EXIT_CLAIM, "some trials have failed: %s", e->why);
    return result == 0                               ? EXIT_DONE
           : strstr(e->why, "accounting broke") != 0 ? EXIT_ACCOUNTING
                                                     : EXIT_CLAIM;
}

/* The earlier file whose scenario is called the same, or NULL. */
static const char *namesake(const struct verified *v)
{
    uint32_t i;

    for (i = 0; i < v->earlier->n; i++)
        if (v->earlier->names[i] && !strcmp(v->earlier->names[i], v->study->name))
            return v->earlier->paths[i];
    return NULL;
}

/* With --out the results are kept, in a directory a scenario. */
static int keep_and_simulate(struct verified *v, int n, char **words)
{
    struct keep keep;
    char directory[2048];
    int status = EXIT_MACHINE;

    if (!v->order->out)
        return simulate(v);
    if (namesake(v))
        return cannot(v, EXIT_USAGE,
                      "%s: its results would go to %s/%s, as those of %s do: give one of them "
                      "another name",
                      v->study->path, v->order->out, v->study->name, namesake(v));
    snprintf(directory, sizeof directory, "%s/%s", v->order->out, v->study->name);
    if (keep_open(&keep, directory, v->study->name) == 0 &&
        keep_begin(&keep, v->experiment, n, words) == 0) {
        status = simulate(v);
        if (!keep.failed && status <= EXIT_CLAIM &&
            keep_summary(&keep, v->experiment, v->said) == 0) {
            keep_close(&keep);
            return status;
        }
    }
    if (keep.why[0])
        cannot(v, status, "%s", keep.why);
    keep_close(&keep);
    return status <= EXIT_CLAIM ? EXIT_MACHINE : status;
}

static void set_up(struct verified *v)
{
    struct experiment *e = v->experiment;

    e->jobs = v->order->jobs;
    e->context = v;
    e->watch = watch;
    e->decide = decide;
    e->interrupt = interrupt_flag();
}

static int run_study(struct verified *v, int n, char **words)
{
    const struct study *study = v->study;
    int status;

    v->judgement = calloc(study->claims_n + 1, sizeof v->judgement[0]);
    v->decided = calloc(study->claims_n + 1, sizeof v->decided[0]);
    v->wanted = calloc(study->contenders_n + 1, sizeof v->wanted[0]);
    v->experiment = calloc(1, sizeof *v->experiment);
    if (!v->judgement || !v->decided || !v->wanted || !v->experiment ||
        experiment_open(v->experiment, study))
        return cannot(v, EXIT_MACHINE, "out of memory");
    set_up(v);
    status = rehearse(v);
    return status ? status : keep_and_simulate(v, n, words);
}

/* ---- The whole. */

static int prepare(struct verified *v)
{
    char why[300];
    int status;

    if (v->quick)
        study_shorten(v->study);
    check_codes(v);
    if (!claims_prepare(v->study, why, sizeof why))
        diagnose_at(v->said, SAY_ERROR, NULL, v->study->path, (struct place) { 0, 0 }, "%s", why);
    status = told_errors(v);
    v->family = judge_family(v->study);
    return status;
}

static bool counts(const struct claim *claim)
{
    return !claim->info && !claim->left_out;
}

struct tally_of_claims verified_count(const struct verified *v)
{
    struct tally_of_claims c = { 0 };
    uint32_t i;

    for (i = 0; i < v->study->claims_n; i++) {
        const struct claim *claim = &v->study->claims[i];
        const enum verdict verdict = v->judgement[i].verdict;

        c.left_out += claim->left_out != NULL;
        c.info += claim->info && !claim->left_out;
        if (!counts(claim))
            continue;
        c.all++;
        c.of_kind[claim->kind]++;
        c.held += verdict == VERDICT_PASS;
        c.held_of_kind[claim->kind] += verdict == VERDICT_PASS;
        c.undecided += verdict == VERDICT_UNDECIDED;
    }
    return c;
}

void verified_add(struct tally_of_claims *to, const struct tally_of_claims *c)
{
    uint32_t k;

    to->all += c->all;
    to->held += c->held;
    to->undecided += c->undecided;
    to->info += c->info;
    to->left_out += c->left_out;
    for (k = 0; k <= KIND_FROZEN; k++) {
        to->of_kind[k] += c->of_kind[k];
        to->held_of_kind[k] += c->held_of_kind[k];
    }
}

int verify_file(struct verified *v, const struct order *order, const struct policy_source *source,
                const struct earlier *earlier, bool quick, int n, char **words)
{
    struct tally_of_claims c;
    int status = EXIT_MACHINE;

    *v = (struct verified) {
        .order = order, .earlier = earlier, .quick = quick, .said = diagnostics_open()
    };
    if (!v->said)
        return cannot(v, status, "out of memory");
    v->study = order_study(order, source, v->said, &status);
    if (!v->study) {
        keep_why(v);
        return status;
    }
    status = prepare(v);
    if (status || !v->study->claims_n)
        return status;
    status = run_study(v, n, words);
    if (status != EXIT_DONE)
        return status;
    c = verified_count(v);
    return c.held < c.all ? EXIT_CLAIM : EXIT_DONE;
}

void verified_close(struct verified *v)
{
    if (v->experiment)
        experiment_close(v->experiment);
    free(v->experiment);
    free(v->judgement);
    free(v->decided);
    free(v->wanted);
    study_close(v->study);
    diagnostics_close(v->said);
}
