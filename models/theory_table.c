/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asking a model of the table: presets, what is missing, out of range, or does not count. */
#include "models/theory_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct theory_model *theory_model(const char *name)
{
    const struct theory_model *model;

    for (model = theory_models; model->name; model++)
        if (!strcmp(model->name, name))
            return model;
    return NULL;
}

void *theory_place(const struct theory_parameter *p, struct theory_question *q)
{
    return (char *)q + p->offset;
}

struct theory_question theory_question(const struct theory_model *model)
{
    struct theory_question q = { .load = NAN, .rate = NAN };
    const struct theory_parameter *p;

    for (p = model->parameters; p->name; p++)
        if (p->kind != THEORY_NUMBERS)
            *(double *)theory_place(p, &q) = NAN;
    return q;
}

static bool is_absent(const struct theory_parameter *p, const struct theory_question *q)
{
    const char *at = (const char *)q + p->offset;

    return p->kind == THEORY_NUMBERS ? ((const struct theory_list *)(const void *)at)->n == 0
                                     : isnan(*(const double *)(const void *)at);
}

static void add_presets(const struct theory_model *model, struct theory_question *q)
{
    const struct theory_parameter *p;

    for (p = model->parameters; p->name; p++)
        if (p->kind != THEORY_NUMBERS && is_absent(p, q))
            *(double *)theory_place(p, q) = p->preset;
}

/* Is it a number that may be given, 0 .. most of a list or one alone? */
static bool in_range(const struct theory_parameter *p, const double *at, uint32_t n, char *why,
                     size_t room)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!(at[i] >= p->least && at[i] <= p->most) ||
            (p->kind == THEORY_WHOLE && at[i] != floor(at[i]))) {
            if (p->most > 1e15)
                snprintf(why, room, "%s=%.10g: expected a number from %.10g on", p->name, at[i],
                         p->least);
            else
                snprintf(why, room, "%s=%.10g: expected a %s from %.10g to %.10g", p->name, at[i],
                         p->kind == THEORY_WHOLE ? "whole number" : "number", p->least, p->most);
            return false;
        }
    return true;
}

static bool check(const struct theory_parameter *p, struct theory_question *q, char *why,
                  size_t room)
{
    const struct theory_list *list = theory_place(p, q);
    const double *value = theory_place(p, q);
    const bool absent = is_absent(p, q);

    if (absent && p->required) {
        snprintf(why, room, "%s is missing: %s", p->name, p->help);
        return false;
    }
    if (absent)
        return true;
    return p->kind == THEORY_NUMBERS ? in_range(p, list->at, list->n, why, room)
                                     : in_range(p, value, 1, why, room);
}

/* Does all that was asked count? */
static bool all_count(const struct theory_model *model, const struct theory_question *asked,
                      const struct theory_question *q, char *why, size_t room)
{
    const struct theory_parameter *p;
    const char *wrong = NULL;

    for (p = model->parameters; p->name && !wrong; p++)
        if (p->unused && !is_absent(p, asked))
            wrong = p->unused(q);
    if (wrong)
        snprintf(why, room, "%s", wrong);
    return !wrong;
}

bool theory_solve(const struct theory_model *model, const struct theory_question *asked,
                  struct theory_answer *answer, char *why, size_t room)
{
    struct theory_question q = *asked;
    const struct theory_parameter *p;
    const char *wrong;

    add_presets(model, &q);
    for (p = model->parameters; p->name; p++)
        if (!check(p, &q, why, room))
            return false;
    if (!all_count(model, asked, &q, why, room))
        return false;
    if (model->full_rate && isnan(q.load) == isnan(q.rate)) {
        snprintf(why, room, "give either the load or the rate");
        return false;
    }
    if (model->full_rate && isnan(q.rate))
        q.rate = q.load * model->full_rate(&q);
    wrong = model->solve(&q, answer);
    if (wrong)
        snprintf(why, room, "%s", wrong);
    return !wrong;
}
