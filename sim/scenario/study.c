/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/study.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/claim_read.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/draft.h"
#include "sim/scenario/override.h"
#include "sim/scenario/points.h"
#include "sim/scenario/trace_file.h"

/* Reads name, description and text of the study off a scenario of it. */
static void take_heading(struct study *study, const struct scenario *scenario)
{
    study->path = scenario->path;
    study->name = scenario->name;
    study->description = scenario->description;
    study->source = scenario->source;
    study->text = scenario->text;
}

/* The text of the draft outlives its tree. */
static bool keep_text(struct draft *draft, struct arena *arena)
{
    draft->path = arena_copy(arena, draft->path, strlen(draft->path));
    draft->text = arena_copy(arena, draft->text, strlen(draft->text));
    return draft->path && draft->text;
}

/* Points are copies of the tree without what tells of all of them. */
static bool read_points(struct points *points, struct draft *draft, struct diagnostics *said)
{
    static const char *const keys[] = { "sweep", "expect" };
    cJSON *aside[2];
    bool good;
    int i;

    for (i = 0; i < 2; i++)
        aside[i] = cJSON_DetachItemFromObjectCaseSensitive(draft->root, keys[i]);
    good = points_read(points, said);
    for (i = 0; i < 2; i++)
        if (aside[i])
            cJSON_AddItemToObject(draft->root, keys[i], aside[i]);
    return good;
}

static bool read_claims(struct study *study, struct draft *draft, struct reader *keeper)
{
    const cJSON *expect = cJSON_GetObjectItemCaseSensitive(draft->root, "expect");

    return !expect || claims_read(keeper, draft->request, expect, study);
}

static bool fill(struct study *study, struct draft *draft, struct diagnostics *said)
{
    struct reader keeper = draft->reader;
    struct traces traces = { 0 };
    struct sweep sweep;
    struct points points;
    bool good;

    keeper.arena = study->arena;
    keeper.traces = &traces;
    if (!keep_text(draft, study->arena))
        return false;
    if (!sweep_read(&keeper, draft->root, &sweep))
        return !keeper.no_memory;
    points = (struct points) { .draft = draft, .keeper = &keeper, .sweep = &sweep };
    good = read_points(&points, draft, said) && !keeper.no_memory;
    if (good && points.cells_n) {
        study->axes = sweep.axes;
        study->axes_n = sweep.axes_n;
        study->cells = points.cells;
        study->cells_n = points.cells_n;
        study->contenders = points.contenders;
        study->contenders_n = points.contenders_n;
        take_heading(study, points.cells[0].scenario);
        good = read_claims(study, draft, &keeper);
    }
    return good;
}

static struct study *no_memory(const char *path, struct diagnostics *said)
{
    diagnose_at(said, SAY_ERROR, NULL, path ? path : "-", (struct place) { 0, 0 }, "out of memory");
    return NULL;
}

struct study *study_read(const char *path, const char *text, size_t length,
                         const struct scenario_request *request, struct diagnostics *said)
{
    const uint32_t before = diagnostics_errors(said);
    struct arena *arena = arena_open(), *passing = arena_open();
    struct study *study = arena ? arena_get(arena, sizeof *study) : NULL;
    struct draft draft;

    if (!study || !passing) {
        arena_close(arena);
        arena_close(passing);
        return no_memory(path, said);
    }
    study->arena = arena;
    if (draft_open(&draft, passing, path, text, length, request, said) && draft.root &&
        !fill(study, &draft, said) && diagnostics_errors(said) == before)
        no_memory(path, said);
    draft_close(&draft);
    arena_close(passing);
    if (diagnostics_errors(said) == before)
        return study;
    study_close(study);
    return NULL;
}

struct study *study_load(const char *path, const struct scenario_request *request,
                         struct diagnostics *said)
{
    struct study *study;
    size_t length = 0;
    char *text;

    if (draft_is_options(path))
        return study_read(NULL, NULL, 0, request, said);
    text = draft_file(path, &length, said);
    study = text ? study_read(path, text, length, request, said) : NULL;
    free(text);
    return study;
}

void study_close(struct study *study)
{
    if (study)
        arena_close(study->arena);
}
