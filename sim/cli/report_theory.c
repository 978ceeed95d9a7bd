/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms beside stored results: the scenario in them is read again. */
#include <stdlib.h>
#include <string.h>

#include "sim/cli/report.h"
#include "sim/run/plugin.h"
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

bool report_theory_of(const struct report_theory *t, const struct results *results,
                      uint32_t contender, struct theory_answer *answer)
{
    const struct results_contender *c = &results->contenders[contender];
    const uint32_t n = t ? t->study->contenders_n : 0;
    uint32_t i;

    for (i = 0; i < n; i++) { /* mostly at the same place */
        const struct contender *at = &t->study->contenders[(contender + i) % n];

        if (is_same(t->study, at, results, c))
            return !closed_form(at->scenario, &at->scenario->policies[at->policy], answer);
    }
    return false;
}
