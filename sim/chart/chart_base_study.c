/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the scenario itself says: theory of each point, and the events of its timeline. It is read
 * again from the results; one that needs a plug-in is not, for charts run nobody's code. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/theory.h"
#include "sim/chart/chart_base_inside.h"
#include "sim/run/plugin.h"
#include "sim/scenario/closed_form.h"
#include "sim/scenario/describe.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/study.h"

enum { EVENTS_MOST = 40 };

/* ---- Reading. */

static const struct lb_policy *find_built_in(void *context, const char *name, const char **settings,
                                             char *why, size_t room)
{
    const struct policy_source *source = context;

    if (!strchr(name, '/'))
        return source->find(source->context, name, settings, why, room);
    snprintf(why, room, "a plug-in");
    return NULL;
}

static const char *name_built_in(void *context, uint32_t i)
{
    const struct policy_source *source = context;

    return source->name(source->context, i);
}

static struct study *read_study(const struct results *r, struct plugins *plugins)
{
    struct policy_source all = plugins_source(plugins);
    const struct policy_source built_in = { find_built_in, name_built_in, &all };
    const struct scenario_request request = { .policies = &built_in,
                                              .open_file = scenario_open_file };
    struct diagnostics *said = diagnostics_open();
    struct study *study = NULL;
    char path[4096];

    if (said && snprintf(path, sizeof path, "%s/scenario.json", r->directory) < (int)sizeof path)
        study = study_read(path, r->text, strlen(r->text), &request, said);
    diagnostics_close(said);
    return study;
}

/* ---- Theory. */

static uint32_t point_of(const struct results *r, const struct study *study, uint32_t cell)
{
    return results_point_at(r, study->cells[cell].name, cell);
}

static void put_answer(struct put *put, uint32_t point, uint32_t place,
                       const struct theory_answer *answer)
{
    for (uint32_t i = 0; theory_metrics[i]; i++) {
        const double value = theory_metric(answer, theory_metrics[i]);

        if (isfinite(value))
            put_row(put, "iisdsi", point + 1, place, theory_metrics[i], value, answer->model,
                    answer->limit || answer->approximate ? 0u : 1u);
    }
}

static int put_theory(struct chart_base *base, const struct study *study)
{
    struct put put;

    put_open(&put, base, "theory", 6);
    for (uint32_t i = 0; i < study->contenders_n; i++) {
        const struct contender *c = &study->contenders[i];
        const struct policy_spec *policy = &c->scenario->policies[c->policy];
        const uint32_t point = point_of(base->results, study, c->cell);
        const uint32_t place = base_place(base, policy->label);
        struct theory_answer answer;

        if (place && point != UINT32_MAX && !closed_form(c->scenario, policy, &answer))
            put_answer(&put, point, place, &answer);
    }
    return put_close(&put);
}

/* ---- Events. */

/* Changes of one entry of the timeline are one event. */
static void put_event(struct put *put, const struct scenario *s, const struct change *change)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    if (!out)
        return;
    describe_change(out, s, change);
    if (fclose(out) == 0) {
        text[strcspn(text, "\n")] = '\0';
        put_row(put, "dds", (double)change->at / 1e9,
                change->until == LB_NEVER ? NAN : (double)change->until / 1e9,
                text + strspn(text, " "));
    }
    free(text);
}

static int put_events(struct chart_base *base, const struct study *study)
{
    const struct scenario *s = NULL;
    struct put put;

    for (uint32_t i = 0; i < study->cells_n && !s; i++)
        if (point_of(base->results, study, i) == base->point)
            s = study->cells[i].scenario;
    put_open(&put, base, "event", 3);
    for (uint32_t i = 0; s && i < s->changes_n && i < EVENTS_MOST; i++)
        if (i == 0 || s->changes[i].entry != s->changes[i - 1].entry)
            put_event(&put, s, &s->changes[i]);
    return put_close(&put);
}

int base_study(struct chart_base *base)
{
    struct plugins *plugins = base->results ? plugins_open() : NULL;
    struct study *study = plugins ? read_study(base->results, plugins) : NULL;
    int failed = 0;

    if (study) {
        failed = put_theory(base, study);
        if (!failed)
            failed = put_events(base, study);
    }
    study_close(study);
    plugins_close(plugins);
    return failed;
}
