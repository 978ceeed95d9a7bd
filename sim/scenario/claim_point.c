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

/* Does the place on one axis decide that on another, as in a zip? */
static bool decides(const struct study *study, const char *path, const char *other)
{
    const struct axis *axis = study_axis(study, path);
    uint32_t i, c;

    for (i = 0; axis && i < axis->n; i++) {
        const struct coordinate *seen = NULL;

        for (c = 0; c < study->cells_n; c++) {
            const struct cell *cell = &study->cells[c];

            if (!same_place(cell_on(cell, path), &axis->at[i]))
                continue;
            if (seen && !same_place(seen, cell_on(cell, other)))
                return false;
            seen = cell_on(cell, other);
        }
    }
    return axis;
}

/* Is this coordinate among those that move, or (`zipped`) does it go with one of them? */
static bool moves(const struct study *study, const char *path, const struct coordinate *at,
                  uint32_t n, bool zipped)
{
    uint32_t i;

    if (listed(at, n, path))
        return true;
    for (i = 0; zipped && i < n; i++)
        if (decides(study, at[i].path, path))
            return true;
    return false;
}

/* The cell at these coordinates that is where the other is otherwise. */
static uint32_t find_other(const struct study *study, const struct cell *from,
                           const struct coordinate *at, uint32_t n, bool zipped)
{
    uint32_t c, i;

    for (c = 0; c < study->cells_n; c++) {
        const struct cell *cell = &study->cells[c];

        if (!cell_is_at(cell, at, n))
            continue;
        for (i = 0; i < from->at_n; i++)
            if (!same_place(cell_on(cell, from->at[i].path), &from->at[i]) &&
                !moves(study, from->at[i].path, at, n, zipped))
                break;
        if (i == from->at_n)
            return c;
    }
    return UINT32_MAX;
}

uint32_t study_move(const struct study *study, uint32_t cell, const struct coordinate *at,
                    uint32_t n)
{
    const struct cell *from = &study->cells[cell];
    uint32_t found;

    if (cell_is_at(from, at, n))
        return cell;
    found = find_other(study, from, at, n, false);
    return found != UINT32_MAX ? found : find_other(study, from, at, n, true);
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
