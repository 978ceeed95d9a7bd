/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Servers that fail, come up slowly, or change their speed at random. */
#include <math.h>

#include "sim/scenario/build_mechanism.h"
#include "sim/scenario/contradiction.h"

static const double ANSWER_DEFAULT = 1e-3; /* s */

struct distribution build_answer(struct distribution written)
{
    return written.kind ? written : distribution_constant(ANSWER_DEFAULT);
}

static bool goes_with(struct build *build, const struct trail *owner, const cJSON *node,
                      const char *key, bool good, const char *what)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(node, key);
    const struct trail here = { owner, key, -1 };

    if (value && !good)
        complain(build->reader, &here, value, "this goes with state %s", what);
    return !value || good;
}

/* FIELD_CHOICE of faults has no "up". */
static enum server_state state_of(const struct fault_form *form)
{
    return (enum server_state)(form->state + 1);
}

static void check_fault(struct build *build, const struct trail *here,
                        const struct fault_form *form)
{
    const bool state = build_has(form->node, "state"), speed = build_has(form->node, "speed");

    if (state == speed)
        complain(build->reader, here, form->node,
                 state ? "a fault is a state or a speed: write two of them"
                       : "nothing happens: expected state or speed");
    goes_with(build, here, form->node, "jobs", form->state >= 0 && state_of(form) == SERVER_DOWN,
              "down");
    goes_with(build, here, form->node, "answer",
              form->state >= 0 && state_of(form) == SERVER_BLACK_HOLE, "black_hole");
}

static struct fault_spec fault_of(const struct server_spec *group, const struct fault_form *form)
{
    const bool state = form->state >= 0;

    return (struct fault_spec) {
        .change = { .kind = state ? CHANGE_STATE : CHANGE_SPEED,
                    .first = group->first,
                    .count = group->count,
                    .number = state ? 0 : form->speed,
                    .quantity =
                        state ? build_answer(form->answer) : (struct distribution) { .kind = NULL },
                    .state = state ? state_of(form) : SERVER_UP,
                    .kept = form->jobs == 1 },
        .every = form->every,
        .lasts = form->lasts,
        .together = (enum together)form->together,
    };
}

static void check_zone(struct build *build, const struct trail *here,
                       const struct server_spec *group, const struct fault_form *form)
{
    const struct trail inside = { here, "together", -1 };

    if (form->together == TOGETHER_ZONE && group->zone == SCENARIO_NONE)
        complain(build->reader, &inside, build_value(form->node, "together"),
                 "the group stands in no zone: give it one");
}

static bool fill_faults(struct build *build, uint32_t i)
{
    const struct objects *list =
        &((const struct server_form *)roster_at(&build->servers, i))->faults;
    const struct trail up = roster_trail(&build->servers, i);
    struct server_spec *group = &build->scenario->servers[i];
    struct fault_spec *faults = reader_get(build->reader, list->n * sizeof *faults);
    const uint32_t before = diagnostics_errors(build->reader->said);
    uint32_t k;

    for (k = 0; faults && k < list->n; k++) {
        const struct fault_form *form = (const struct fault_form *)list->at + k;
        const struct trail here = { &up, "faults", list->single ? -1 : (int64_t)k };

        if (!form->node)
            continue;
        check_fault(build, &here, form);
        check_zone(build, &here, group, form);
        faults[k] = fault_of(group, form);
    }
    if (faults && diagnostics_errors(build->reader->said) == before) {
        group->faults = faults;
        group->faults_n = list->n;
    }
    return faults;
}

/* One draw decides between them. */
static void build_errors(struct build *build, uint32_t i)
{
    const struct server_form *form = roster_at(&build->servers, i);
    const struct errors_form *failing = &form->failing;
    const struct trail up = roster_trail(&build->servers, i), here = { &up, "errors", -1 };
    struct server_spec *spec = &build->scenario->servers[i];

    spec->errors = failing->node ? failing->error : form->errors;
    spec->resets = failing->reset;
    spec->hangs = failing->hang;
    if (failing->node && !failing->node->child)
        complain(build->reader, &here, failing->node,
                 "nothing fails: expected error, reset or hang");
    else if (spec->errors + spec->resets + spec->hangs > 1)
        complain(build->reader, &here, failing->node, "together they are %g: more than all",
                 spec->errors + spec->resets + spec->hangs);
}

/* Cumulative shares of the weights; NULL: they make none. */
static double *shares(struct build *build, const struct speed_form *form)
{
    double *at = reader_get(build->reader, form->values.n * sizeof *at), sum = 0;
    uint32_t k;

    for (k = 0; at && k < form->values.n; k++)
        at[k] = sum += form->weights.n ? form->weights.at[k] : 1;
    for (k = 0; at && k < form->values.n; k++)
        at[k] = k + 1 < form->values.n ? at[k] / sum : 1;
    return sum > 0 ? at : NULL;
}

static void redraw_speed(struct build *build, const struct trail *owner,
                         const struct speed_form *form, struct server_spec *spec)
{
    const struct trail up = { owner, "speed", -1 }, here = { &up, "weights", -1 };
    const double *weights = form->values.n ? shares(build, form) : NULL;
    uint32_t k;

    if (!form->values.n || build->reader->no_memory)
        return;
    if ((form->weights.n && form->weights.n != form->values.n) || !weights) {
        complain(build->reader, &here, build_value(form->node, "weights"),
                 weights ? "there are %u values: expected as many weights, found %u"
                         : "of %u values each has weight 0",
                 (unsigned)form->values.n, (unsigned)form->weights.n);
        return;
    }
    spec->speed = 0;
    for (k = 0; k < form->values.n; k++)
        spec->speed += form->values.at[k] * (weights[k] - (k ? weights[k - 1] : 0));
    spec->redrawn = (struct speed_process) {
        .redraw = form->redraw, .values = form->values.at, .weights = weights, .n = form->values.n
    };
}

/* Each server's, or each that all have together. */
static double faults_a_second(const struct server_spec *group, const struct fault_spec *fault)
{
    const double cycle =
        fault->every.kind->mean(&fault->every) + fault->lasts.kind->mean(&fault->lasts);

    return (fault->together == TOGETHER_SERVER ? group->count : 1) / cycle;
}

void check_faults(struct build *build, uint32_t i)
{
    const struct server_spec *group = &build->scenario->servers[i];
    const struct trail up = roster_trail(&build->servers, i);
    const double length = expected_length(build->scenario);
    const cJSON *list = build_value(roster_node(&build->servers, i), "faults");
    uint32_t k;

    for (k = 0; k < group->faults_n; k++) {
        const struct fault_spec *fault = &group->faults[k];
        const int64_t index = cJSON_IsArray(list) ? (int64_t)k : -1;
        const struct trail here = { &up, "faults", index };
        const cJSON *node = index < 0 ? list : cJSON_GetArrayItem(list, (int)k);

        if (!(fault->lasts.kind->mean(&fault->lasts) > 0))
            complain(build->reader, &here, node, "it lasts no time");
        else if (faults_a_second(group, fault) * length > EVENTS_MOST)
            complain(build->reader, &here, node,
                     "it would happen %.3g times in a run; at most %g: let it be rarer",
                     faults_a_second(group, fault) * length, EVENTS_MOST);
    }
}

bool build_faults(struct build *build, uint32_t i)
{
    const struct server_form *form = roster_at(&build->servers, i);
    const struct slow_start_form *slow = &form->slow_start;
    const struct trail here = roster_trail(&build->servers, i);
    struct server_spec *spec = &build->scenario->servers[i];

    if (slow->node && slow->window != LB_NEVER)
        spec->slow_start = (struct slow_start_spec) { .window = slow->window,
                                                      .aggression = slow->aggression,
                                                      .least = slow->least,
                                                      .kind = (enum slow_start_kind)slow->like };
    spec->warm_up.from = 1;
    if (form->warm_up.node && form->warm_up.over != LB_NEVER) {
        spec->warm_up.from = form->warm_up.from;
        spec->warm_up.over = form->warm_up.over;
    }
    build_errors(build, i);
    if (form->redrawn.node)
        redraw_speed(build, &here, &form->redrawn, spec);
    return fill_faults(build, i);
}
