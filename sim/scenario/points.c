/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/points.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/gather.h"
#include "sim/scenario/override.h"

enum { MOST_BAD = 20, MOST_LOOKS = 200 /* along a dimension */ };

/* One point on its way. */
struct pointing {
    struct points *points;
    struct reader reader; /* as the keeper's, but with sayings of its own */
    const uint32_t *index;
    cJSON *root;
    struct cell cell;
};

/* ---- Lists that grow. */

static void *grown(void *list, uint32_t n, uint32_t *room, size_t size)
{
    void *more;

    if (n < *room)
        return list;
    more = realloc(list, (*room ? 2 * (size_t)*room : 16) * size);
    if (more)
        *room = *room ? 2 * *room : 16;
    return more;
}

static bool add_cell(struct points *points, const struct cell *cell)
{
    struct cell *more = grown(points->cells, points->cells_n, &points->cells_room, sizeof *more);

    if (!more)
        return false;
    points->cells = more;
    points->cells[points->cells_n++] = *cell;
    return true;
}

static bool add_contender(struct points *points, const struct scenario *scenario, uint32_t policy)
{
    struct contender *more =
        grown(points->contenders, points->contenders_n, &points->contenders_room, sizeof *more);

    if (!more)
        return false;
    points->contenders = more;
    points->contenders[points->contenders_n++] =
        (struct contender) { points->cells_n, scenario, policy };
    return true;
}

/* Moves a malloc'd list to the arena. */
static void *kept(struct arena *arena, void *list, size_t size)
{
    void *copy = arena_get(arena, size);

    if (copy && size)
        memcpy(copy, list, size);
    free(list);
    return copy;
}

/* ---- One point. */

static bool name_cell(struct pointing *p)
{
    const struct sweep *sweep = p->points->sweep;
    struct arena *arena = p->reader.arena;
    size_t length = 1, n = 0;
    struct coordinate *at;
    char *name;
    uint32_t d;

    for (d = 0; d < sweep->dimensions_n; d++) {
        const struct sweep_place *place = &sweep->dimensions[d].places[p->index[d]];

        length += strlen(place->name) + 1;
        n += place->at_n;
    }
    name = arena_get(arena, length);
    at = arena_get(arena, n * sizeof *at);
    if (!name || !at)
        return false;
    p->cell.name = name;
    p->cell.at = at;
    for (d = 0; d < sweep->dimensions_n; d++) {
        const struct sweep_place *place = &sweep->dimensions[d].places[p->index[d]];

        name = stpcpy(stpcpy(name, d ? "," : ""), place->name);
        memcpy(at + p->cell.at_n, place->at, place->at_n * sizeof *at);
        p->cell.at_n += place->at_n;
    }
    return true;
}

static struct scenario *build(struct pointing *p, const cJSON *root)
{
    struct scenario *scenario = reader_get(&p->reader, sizeof *scenario);
    const struct draft *draft = p->points->draft;

    return scenario && draft_build(&p->reader, draft->request, draft, root, scenario) ? scenario
                                                                                      : NULL;
}

/* The scenario in which a policy does with its balancer what it says. */
static struct scenario *build_override(struct pointing *p, uint32_t policy)
{
    cJSON *root = override_tree(&p->reader, p->root, policy);
    struct scenario *scenario = root ? build(p, root) : NULL;

    if (scenario && scenario->policies_n)
        scenario->policies[0].label = p->cell.scenario->policies[policy].label;
    cJSON_Delete(root);
    return scenario;
}

static bool is_wanted(const struct pointing *p, const char *label)
{
    const struct sweep *sweep = p->points->sweep;

    return !sweep->where || where_holds(sweep->where, sweep, p->index, label) == ANSWER_YES;
}

static bool add_contenders(struct pointing *p)
{
    const struct scenario *scenario = p->cell.scenario, *own;
    uint32_t i;

    for (i = 0; i < scenario->policies_n; i++) {
        const struct policy_spec *policy = &scenario->policies[i];

        if (!is_wanted(p, policy->label))
            continue;
        own = policy->overrides ? build_override(p, i) : scenario;
        if (!own || !add_contender(p->points, own, own == scenario ? i : 0))
            return false;
    }
    return true;
}

/* The codes of what was said of the point. */
static bool keep_warnings(struct pointing *p)
{
    const struct diagnostic *one;
    const char **codes;
    uint32_t i, n = 0;

    for (i = 0; (one = diagnostics_at(p->reader.said, i)); i++)
        n += one->code != NULL;
    codes = arena_get(p->reader.arena, n * sizeof *codes);
    for (i = 0; codes && (one = diagnostics_at(p->reader.said, i)); i++)
        if (one->code)
            codes[p->cell.warnings_n++] = one->code;
    p->cell.warnings = codes;
    return codes || !n;
}

static bool read_point(struct pointing *p)
{
    const uint32_t before = p->points->contenders_n;

    p->root = cJSON_Duplicate(p->points->draft->root, true);
    if (!p->root || !name_cell(p))
        return false;
    if (!sweep_put(&p->reader, p->points->sweep, p->index, p->root))
        return !p->reader.no_memory;
    p->cell.scenario = build(p, p->root);
    if (!p->cell.scenario)
        return false;
    if (!add_contenders(p) || !keep_warnings(p))
        return false;
    return p->points->contenders_n == before || add_cell(p->points, &p->cell);
}

/* ---- All of them. */

static bool take_point(struct points *points, const uint32_t *index, struct gather *gather)
{
    struct pointing p = { .points = points, .reader = *points->keeper, .index = index };
    bool good;

    p.reader.said = diagnostics_open();
    good = p.reader.said && read_point(&p);
    cJSON_Delete(p.root);
    if (p.reader.said)
        gather_take(gather, p.reader.said, p.cell.name ? p.cell.name : "");
    return good;
}

/* The next combination, the last dimension fastest; false after the last. */
static bool next(const struct sweep *sweep, uint32_t *index)
{
    uint32_t d = sweep->dimensions_n;

    while (d--) {
        if (++index[d] < sweep->dimensions[d].n)
            return true;
        index[d] = 0;
    }
    return false;
}

static bool is_possible(const struct sweep *sweep, const uint32_t *index)
{
    return !sweep->where || where_holds(sweep->where, sweep, index, NULL) != ANSWER_NO;
}

static double count(const struct sweep *sweep, uint32_t *index)
{
    double n = 0;

    do
        n += is_possible(sweep, index);
    while (next(sweep, index));
    return n;
}

static bool check_count(struct points *points, uint32_t *index)
{
    const struct sweep *sweep = points->sweep;
    const double n = count(sweep, index);

    if (n > STUDY_MOST_CELLS)
        complain(points->keeper, NULL, sweep->node, "sweep: %.15g points are too many: at most %d",
                 n, STUDY_MOST_CELLS);
    else if (n < 1)
        complain(points->keeper, NULL, sweep->node, "sweep.where: no point is left");
    return n >= 1 && n <= STUDY_MOST_CELLS;
}

/* Goes along each dimension from the first point, so that each value is seen with what is wrong of
 * it, and to the last point. */
static bool look_around(struct points *points, uint32_t *index, struct gather *gather)
{
    const struct sweep *sweep = points->sweep;
    uint32_t d, i;
    bool good = true;

    memset(index, 0, sweep->dimensions_n * sizeof *index);
    for (d = 0; d < sweep->dimensions_n; d++) {
        const uint32_t n = sweep->dimensions[d].n;

        for (i = 1; good && i < n && i < MOST_LOOKS; i++) {
            index[d] = i;
            good = !is_possible(sweep, index) || take_point(points, index, gather);
        }
        index[d] = 0;
    }
    for (d = 0; d < sweep->dimensions_n; d++)
        index[d] = sweep->dimensions[d].n - 1;
    return good && (!is_possible(sweep, index) || take_point(points, index, gather));
}

/* Stops after a number of bad points, and looks around then. */
static bool read_all(struct points *points, uint32_t *index, struct gather *gather, bool *all)
{
    const struct sweep *sweep = points->sweep;
    bool good = true, more = true;

    while (good && more && gather_bad(gather) < MOST_BAD) {
        if (is_possible(sweep, index))
            good = take_point(points, index, gather);
        more = next(sweep, index);
    }
    *all = !more;
    return good && (!more || look_around(points, index, gather));
}

/* After errors in the text itself: what else is wrong is told of the first point. */
static bool read_flawed(struct points *points, const uint32_t *index)
{
    struct pointing p = { .points = points, .reader = *points->keeper, .index = index };
    const bool good = read_point(&p);

    cJSON_Delete(p.root);
    return good;
}

static bool read_and_say(struct points *points, uint32_t *index, struct diagnostics *said)
{
    struct gather *gather = gather_open();
    bool all = false;
    const bool good = gather && read_all(points, index, gather, &all);

    if (good)
        gather_say(gather, all, said);
    gather_close(gather);
    if (good && !points->cells_n && !diagnostics_errors(said))
        complain(points->keeper, NULL, points->sweep->node, "sweep.where: no policy is left");
    return good;
}

bool points_read(struct points *points, struct diagnostics *said)
{
    struct arena *arena = points->keeper->arena;
    uint32_t *index = calloc(points->sweep->dimensions_n + 1, sizeof *index);
    bool good = index;

    if (good && diagnostics_errors(said))
        good = read_flawed(points, index);
    else if (good && check_count(points, index))
        good = read_and_say(points, index, said);
    points->cells = kept(arena, points->cells, points->cells_n * sizeof *points->cells);
    points->contenders =
        kept(arena, points->contenders, points->contenders_n * sizeof *points->contenders);
    free(index);
    return good;
}
