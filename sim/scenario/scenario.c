/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/scenario.h"

#include <stdlib.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/draft.h"
#include "sim/scenario/plain_file.h"
#include "sim/scenario/sweep.h"

/* One scenario has room for one balancer of each name. */
static void refuse_overrides(struct draft *draft, const struct scenario *scenario)
{
    uint32_t i;

    for (i = 0; i < scenario->policies_n; i++)
        if (scenario->policies[i].overrides)
            diagnose_at(draft->reader.said, SAY_ERROR, NULL, draft->path,
                        scenario->policies[i].place,
                        "policies[%u].balancer: only one balancer can be looked at here: leave "
                        "this policy out, with --policy",
                        (unsigned)i);
}

static struct scenario *build_one(struct draft *draft)
{
    struct scenario *scenario = reader_get(&draft->reader, sizeof *scenario);

    if (!scenario || !draft->root || !sweep_settle(&draft->reader, draft->root))
        return NULL;
    if (!draft_build(&draft->reader, draft->request, draft, draft->root, scenario) &&
        !diagnostics_errors(draft->reader.said))
        diagnose_at(draft->reader.said, SAY_ERROR, NULL, draft->path, (struct place) { 0, 0 },
                    "out of memory");
    refuse_overrides(draft, scenario);
    return scenario;
}

struct scenario *scenario_read(const char *path, const char *text, size_t length,
                               const struct scenario_request *request, struct diagnostics *said)
{
    struct arena *arena = arena_open();
    const uint32_t before = diagnostics_errors(said);
    struct scenario *scenario = NULL;
    struct draft draft;

    if (!arena) {
        diagnose_at(said, SAY_ERROR, NULL, path ? path : "-", (struct place) { 0, 0 },
                    "out of memory");
        return NULL;
    }
    if (draft_open(&draft, arena, path, text, length, request, said))
        scenario = build_one(&draft);
    draft_close(&draft);
    if (scenario && diagnostics_errors(said) == before)
        return scenario;
    arena_close(arena);
    return NULL;
}

struct scenario *scenario_load(const char *path, const struct scenario_request *request,
                               struct diagnostics *said)
{
    struct scenario *scenario;
    size_t length = 0;
    char *text;

    if (draft_is_options(path))
        return scenario_read(NULL, NULL, 0, request, said);
    text = draft_file(path, &length, said);
    scenario = text ? scenario_read(path, text, length, request, said) : NULL;
    free(text);
    return scenario;
}

FILE *scenario_open_file(const char *path)
{
    return plain_file_open(path);
}

void scenario_close(struct scenario *scenario)
{
    if (scenario)
        arena_close(scenario->arena);
}

struct window windows_at(const struct windows_spec *spec, uint32_t i)
{
    lb_time from;

    if (!spec->every)
        return spec->at[i];
    from = spec->from + (lb_time)i * spec->every;
    return (struct window) { from, spec->to - from > spec->every ? from + spec->every : spec->to };
}
