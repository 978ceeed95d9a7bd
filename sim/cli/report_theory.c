/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the scenario in stored results says beside them, for it is read again: closed forms, and the
 * way that trials take. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/report.h"
#include "sim/run/asked.h"
#include "sim/run/plugin.h"
#include "sim/run/trial.h"
#include "sim/scenario/closed_form.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/study.h"

struct report_theory {
    struct plugins *plugins;
    struct policy_source all; /* of which only the built-in ones are told */
    struct diagnostics *said;
    struct study *study;
};

/* Results may come from anywhere: no shared object is loaded and no other file read for them. */
static const struct lb_policy *find_built_in(void *context, const char *name, const char **settings,
                                             char *why, size_t room)
{
    const struct policy_source *all = context;

    if (!strchr(name, '/'))
        return all->find(all->context, name, settings, why, room);
    snprintf(why, room, "plug-ins are not loaded here");
    return NULL;
}

static const char *name_built_in(void *context, uint32_t i)
{
    const struct policy_source *all = context;

    return all->name(all->context, i);
}

struct report_theory *report_theory_open(const struct results *results)
{
    struct report_theory *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->plugins = plugins_open();
    t->said = diagnostics_open();
    if (t->plugins && t->said) {
        struct policy_source source = { find_built_in, name_built_in, &t->all };
        const struct scenario_request request = { .policies = &source };

        t->all = plugins_source(t->plugins);
        t->study = study_read("results", results->text, strlen(results->text), &request, t->said);
    }
    if (t->study)
        return t;
    report_theory_close(t);
    return NULL;
}

void report_theory_close(struct report_theory *t)
{
    if (!t)
        return;
    study_close(t->study);
    diagnostics_close(t->said);
    plugins_close(t->plugins);
    free(t);
}

static bool is_same(const struct study *study, const struct contender *contender,
                    const struct results *results, const struct results_contender *c)
{
    return !strcmp(study->cells[contender->cell].name, results->points[c->point].name) &&
           !strcmp(contender->scenario->policies[contender->policy].label, c->label);
}

/* The same contender in the scenario that was read again; NULL: there is none. */
static const struct contender *find_again(const struct report_theory *t,
                                          const struct results *results, uint32_t contender)
{
    const struct results_contender *c = &results->contenders[contender];
    const uint32_t n = t ? t->study->contenders_n : 0;
    uint32_t i;

    for (i = 0; i < n; i++) { /* mostly at the same place */
        const struct contender *at = &t->study->contenders[(contender + i) % n];

        if (is_same(t->study, at, results, c))
            return at;
    }
    return NULL;
}

bool report_theory_of(const struct report_theory *t, const struct results *results,
                      uint32_t contender, struct theory_answer *answer)
{
    const struct contender *at = find_again(t, results, contender);

    return at && !closed_form(at->scenario, &at->scenario->policies[at->policy], answer);
}

/* One replication that has intervals: they are from batches, windows of time of which its scenario
 * does not speak. */
static bool is_batched(const struct results_contender *c)
{
    uint32_t i;

    for (i = 0; c->replications == 1 && i < c->intervals_n; i++)
        if (!isnan(c->intervals[i].low))
            return true;
    return false;
}

const char *report_way_of(const struct report_theory *t, const struct results *results,
                          uint32_t contender)
{
    const struct contender *at = find_again(t, results, contender);
    struct trial trial = { .policy = at ? at->policy : 0 };
    struct metrics measured, windows;
    const char *why = NULL;

    if (!at)
        return NULL;
    trial.scenario = at->scenario;
    if (!asked_open(at->scenario, &measured, &windows)) {
        trial.windows = &windows;
        why = trial_general_why(&trial, &measured);
        if (!why)
            why = is_batched(&results->contenders[contender]) ? "its batches are windows of time"
                                                              : "";
    }
    metrics_close(&measured);
    metrics_close(&windows);
    return why;
}
