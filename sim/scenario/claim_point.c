/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Points and contenders by what claims call them. */
#include <math.h>
#include <string.h>

#include "sim/scenario/claim.h"

const struct coordinate *cell_on(const struct cell *cell, const char *path)
{
    uint32_t i;

    for (i = 0; i < cell->at_n; i++)
        if (!strcmp(cell->at[i].path, path))
            return &cell->at[i];
    return NULL;
}

static bool same_place(const struct coordinate *a, const struct coordinate *b)
{
    return a && b && !strcmp(a->text, b->text);
}

bool cell_is_at(const struct cell *cell, const struct coordinate *at, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!same_place(cell_on(cell, at[i].path), &at[i]))
            return false;
    return true;
}

static bool listed(const struct coordinate *at, uint32_t n, const char *path)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(at[i].path, path))
            return true;
    return false;
}

static bool in_step(const struct coordinate *at, uint32_t n, uint32_t step_set)
{
    uint32_t i;

    for (i = 0; step_set && i < n; i++)
        if (at[i].step_set == step_set)
            return true;
    return false;
}

/* Does `to` lie at these coordinates, and else where `from` lies? With `loose`, what goes in step
 * with them may differ too. */
static bool is_moved(const struct cell *from, const struct cell *to, const struct coordinate *at,
                     uint32_t n, bool loose)
{
    uint32_t i;

    if (!cell_is_at(to, at, n))
        return false;
    for (i = 0; i < from->at_n; i++)
        if (!listed(at, n, from->at[i].path) && !(loose && in_step(at, n, from->at[i].step_set)) &&
            !same_place(cell_on(to, from->at[i].path), &from->at[i]))
            return false;
    return true;
}

uint32_t study_move(const struct study *study, uint32_t cell, const struct coordinate *at,
                    uint32_t n)
{
    const struct cell *from = &study->cells[cell];
    uint32_t loose, c;

    if (cell_is_at(from, at, n))
        return cell;
    for (loose = 0; loose < 2; loose++)
        for (c = 0; c < study->cells_n; c++)
            if (is_moved(from, &study->cells[c], at, n, loose))
                return c;
    return UINT32_MAX;
}

const char *contender_label(const struct study *study, uint32_t contender)
{
    const struct contender *c = &study->contenders[contender];

    return c->scenario->policies[c->policy].label;
}

uint32_t study_first(const struct study *study, uint32_t cell)
{
    uint32_t low = 0, high = study->contenders_n;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (study->contenders[middle].cell < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t study_contender(const struct study *study, uint32_t cell, const char *label)
{
    uint32_t i = study_first(study, cell);

    for (; i < study->contenders_n && study->contenders[i].cell == cell; i++)
        if (!strcmp(contender_label(study, i), label))
            return i;
    return UINT32_MAX;
}

const struct axis *study_axis(const struct study *study, const char *path)
{
    uint32_t i;

    for (i = 0; i < study->axes_n; i++)
        if (!strcmp(study->axes[i].path, path))
            return &study->axes[i];
    return NULL;
}
