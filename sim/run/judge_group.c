/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/judge_group.h"

#include <stdlib.h>
#include <string.h>

bool group_open(struct group *g, const struct study *study, const struct claim *claim)
{
    const struct axis *axis = claim->along ? study_axis(study, claim->along) : NULL;
    uint32_t room = claim->operands > 4 ? claim->operands : 4;

    if (axis && axis->n > room)
        room = axis->n;
    *g = (struct group) { .at = malloc(room * sizeof *g->at) };
    return g->at;
}

void group_close(struct group *g)
{
    free(g->at);
}

/* The labels to try at a cell, one by one: NULL after the last. */
static const char *label_at(const struct study *study, const struct claim *claim, uint32_t cell,
                            uint32_t i)
{
    const uint32_t k = study_first(study, cell) + i;

    if (claim->policy || (claim->operands && claim->operand[0].policy))
        return i ? NULL : claim->policy ? claim->policy : "";
    return k < study->contenders_n && study->contenders[k].cell == cell ? contender_label(study, k)
                                                                        : NULL;
}

static bool add(struct group *g, const struct study *study, uint32_t cell, const char *label)
{
    const uint32_t c = cell == UINT32_MAX ? UINT32_MAX : study_contender(study, cell, label);

    if (c == UINT32_MAX)
        return false;
    g->at[g->n++] = c;
    return true;
}

/* The operands as seen from a cell. */
static bool add_operands(struct group *g, const struct study *study, const struct claim *claim,
                         uint32_t cell, const char *label)
{
    uint32_t i;

    for (i = 0; i < claim->operands; i++) {
        const struct operand *o = &claim->operand[i];

        if (!add(g, study, study_move(study, cell, o->at, o->at_n), o->policy ? o->policy : label))
            return false;
    }
    return true;
}

/* Cells that differ in an axis alone make one group: it is found from the first of them. */
static bool add_chain(struct group *g, const struct study *study, const struct claim *claim,
                      const char *label)
{
    const struct axis *axis = study_axis(study, claim->along);
    uint32_t i;

    for (i = 0; i < axis->n; i++) {
        const uint32_t cell = study_move(study, g->cell, &axis->at[i], 1);

        if (cell != UINT32_MAX && g->n == 0 && cell != g->cell)
            return false;
        add(g, study, cell, label);
    }
    return g->n > 1;
}

/* The places of the axis next to where they cross. */
static bool add_crossing(struct group *g, const struct study *study, const struct claim *claim,
                         const char *label)
{
    const struct axis *axis = study_axis(study, claim->along);
    const struct coordinate *near = NULL, *far = NULL;
    uint32_t i;

    for (i = 0; i < axis->n; i++) {
        const struct coordinate *at = &axis->at[i];

        if (at->number <= claim->low && (!near || at->number > near->number))
            near = at;
        if (at->number >= claim->high && (!far || at->number < far->number))
            far = at;
    }
    if (!near || !far || study_move(study, g->cell, near, 1) != g->cell)
        return false;
    i = study_move(study, g->cell, far, 1);
    return i != UINT32_MAX && add_operands(g, study, claim, g->cell, label) &&
           add_operands(g, study, claim, i, label);
}

static bool gather(struct group *g, const struct study *study, const struct claim *claim,
                   const char *label)
{
    g->n = 0;
    switch (claim->form) {
    case CLAIM_VALUE:
    case CLAIM_WARNING:
        return add(g, study, g->cell, label);
    case CLAIM_ORDER:
    case CLAIM_RATIO:
    case CLAIM_DIFFERENCE:
        return cell_is_at(&study->cells[g->cell], claim->operand[0].at, claim->operand[0].at_n) &&
               add_operands(g, study, claim, g->cell, label);
    case CLAIM_MONOTONE:
        return add_chain(g, study, claim, label);
    case CLAIM_CROSSING:
        return add_crossing(g, study, claim, label);
    }
    return false;
}

bool group_next(struct group *g, const struct study *study, const struct claim *claim)
{
    const char *label;

    for (; g->cell < study->cells_n; g->cell++, g->policy = 0) {
        if (!cell_is_at(&study->cells[g->cell], claim->at, claim->at_n))
            continue;
        while ((label = label_at(study, claim, g->cell, g->policy)) != NULL) {
            g->policy++;
            if (gather(g, study, claim, label))
                return true;
        }
    }
    return false;
}
