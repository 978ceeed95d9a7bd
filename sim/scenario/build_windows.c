/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run.windows. */
#include "sim/scenario/build.h"

static const struct trail run_trail = { NULL, "run", -1 };
static const struct trail windows_trail = { &run_trail, "windows", -1 };

static void complain_of(struct build *build, const char *key, const char *what)
{
    const struct trail here = { &windows_trail, key, -1 };

    complain(build->reader, &here, build_value(build->top.run.windows.node, key), "%s", what);
}

static void check_form(struct build *build, const struct windows_form *form)
{
    bool list = form->at.node, row = form->every != LB_NEVER;

    if (list == row)
        complain(build->reader, &windows_trail, form->node,
                 "give every (and from, to) or at: the one or the other");
    if (list && (build_has(form->node, "from") || build_has(form->node, "to")))
        complain_of(build, build_has(form->node, "from") ? "from" : "to",
                    "goes with every, not with at");
    if (row && form->to <= form->from)
        complain_of(build, "to", "it ends before it begins");
    if (form->metrics.node && !form->metrics.n)
        complain_of(build, "metrics", "expected at least one name");
}

static void read_list(struct build *build, const struct objects *objects, struct windows_spec *spec)
{
    const struct window_form *form = objects->at;
    struct window *at = reader_get(build->reader, objects->n * sizeof *at);
    uint32_t i;

    for (i = 0; at && i < objects->n; i++) {
        const struct trail here = { &windows_trail, "at", objects->single ? -1 : (int64_t)i };

        at[i] = (struct window) { form[i].from, form[i].to };
        if (!form[i].node || form[i].from == LB_NEVER || form[i].to == LB_NEVER)
            continue;
        if (at[i].to <= at[i].from)
            complain(build->reader, &here, form[i].node, "it ends before it begins");
        else if (i && form[i - 1].node && at[i].from < at[i - 1].to)
            complain(build->reader, &here, form[i].node,
                     "it begins before the one above ends: windows are in order of time and do not "
                     "overlap");
    }
    spec->at = at;
    spec->at_n = objects->n;
}

void build_windows(struct build *build)
{
    const struct windows_form *form = &build->top.run.windows;
    const struct scenario_request *request = build->request;
    struct windows_spec *spec = &build->scenario->run.windows;
    char why[256] = "";

    spec->to = LB_NEVER;
    if (!form->node)
        return;
    check_form(build, form);
    spec->from = form->from;
    spec->to = form->to;
    spec->every = form->at.node || form->every == LB_NEVER ? 0 : form->every;
    if (form->at.node)
        read_list(build, &form->at, spec);
    build_metrics(build, &windows_trail, &form->metrics, &spec->metrics, &spec->metrics_n);
    if (request->windows && !diagnostics_errors(build->reader->said) &&
        request->windows(build->scenario, why, sizeof why))
        complain(build->reader, &windows_trail, form->node, "%s", why);
}
