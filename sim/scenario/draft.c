/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/contradiction.h"
#include "sim/scenario/option.h"
#include "sim/scenario/rate_changes.h"
#include "sim/scenario/sweep_option.h"

/* A scenario made of options alone starts here. */
static const char from_options[] =
    "{ \"name\": \"options\",\n"
    "  \"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": \"10ms\" } },\n"
    "  \"servers\": { \"count\": 1 } }\n";

bool draft_is_options(const char *path)
{
    return !path || !strcmp(path, "-");
}

static bool no_memory(const char *name, struct diagnostics *said)
{
    diagnose_at(said, SAY_ERROR, NULL, name, (struct place) { 0, 0 }, "out of memory");
    return false;
}

static bool apply_options(struct draft *draft, cJSON *root)
{
    const struct scenario_request *request = draft->request;
    struct reader *reader = &draft->reader;
    bool good = true;
    uint32_t i;

    if (!sweep_check_options(reader, root, request))
        return false;
    for (i = 0; i < request->settings_n; i++)
        if (!sweep_take_setting(reader, root, &request->settings[i], &good))
            good &= option_set(reader, root, &request->settings[i]);
    if (request->only_n)
        good &= option_policies(reader, root, request->only, request->only_n) &&
                sweep_drop_policies(reader, root);
    for (i = 0; i < request->sweeps_n; i++)
        good &= sweep_take_axis(reader, root, &request->sweeps[i]);
    return good;
}

/* The text that gives the same again: the file's own, unless options changed it. */
static const char *text_as_run(struct draft *draft, const cJSON *root)
{
    const struct scenario_request *request = draft->request;
    char *text = NULL, *copy = NULL;
    size_t length;
    FILE *out;

    if (!request->settings_n && !request->only_n && !request->sweeps_n)
        return draft->file->bytes;
    out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    if (!json_print(draft->reader.json, root, out) && !fclose(out))
        copy = arena_copy(draft->reader.arena, text, length);
    free(text);
    return copy;
}

static void read_tree(struct draft *draft)
{
    struct reader *reader = &draft->reader;
    cJSON *root = json_read(reader->json, draft->file);
    char room[FOUND_ROOM];

    if (root && !cJSON_IsObject(root)) {
        complain(reader, NULL, root, "a scenario is an object, {...}; found %s",
                 found_text(reader, root, room));
    } else if (root && apply_options(draft, root)) {
        draft->text = text_as_run(draft, root);
        reader->no_memory |= !draft->text;
        draft->root = root;
        return;
    } else if (root && !diagnostics_errors(reader->said)) {
        reader->no_memory = true;
    }
    cJSON_Delete(root);
}

bool draft_open(struct draft *draft, struct arena *arena, const char *path, const char *text,
                size_t length, const struct scenario_request *request, struct diagnostics *said)
{
    const bool options = draft_is_options(path);
    const char *bytes;
    struct text *file;

    if (options && !text) {
        text = from_options;
        length = sizeof from_options - 1;
    }
    path = arena_copy(arena, options ? "-" : path, options ? 1 : strlen(path));
    bytes = length <= LARGEST_FILE ? arena_copy(arena, text, length) : text;
    file = arena_get(arena, sizeof *file);
    *draft = (struct draft) { .reader = { .arena = arena,
                                          .json = json_open(arena, said),
                                          .said = said,
                                          .policies = request->policies,
                                          .path = path,
                                          .open_file = request->open_file },
                              .request = request,
                              .path = path,
                              .file = file };
    if (!path || !bytes || !file || !draft->reader.json ||
        text_open(file, arena, path, bytes, length))
        return no_memory(path ? path : "-", said);
    read_tree(draft);
    if (draft->reader.no_memory && !diagnostics_errors(said))
        return no_memory(path, said);
    return true;
}

void draft_close(struct draft *draft)
{
    cJSON_Delete(draft->root);
    json_close(draft->reader.json);
}

/* "results/web.json" is called web. */
static const char *name_of_path(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t length = strlen(name);

    if (length > 5 && !strcmp(name + length - 5, ".json"))
        length -= 5;
    return arena_copy(arena, name, length);
}

static bool build_all(struct build *build)
{
    struct reader *reader = build->reader;

    if (!build_system(build) || !build_run(build) || !build_live(build) || !check_reach(build))
        return false;
    check_contradictions(build);
    if (diagnostics_errors(reader->said))
        return true;
    build_rates(build);
    if (!build_rate_changes(build))
        return false;
    if (!diagnostics_errors(reader->said))
        check_figures(build);
    if (!diagnostics_errors(reader->said))
        check_warnings(build);
    return !reader->no_memory;
}

bool draft_build(struct reader *reader, const struct scenario_request *request,
                 const struct draft *draft, const cJSON *root, struct scenario *scenario)
{
    const struct rows rows = rows_of_fields(shape_top.fields);
    struct build *build = reader_get(reader, sizeof *build);

    if (!build)
        return false;
    *build = (struct build) { .reader = reader, .request = request, .scenario = scenario };
    build->top.node = root;
    bind_presets(reader, &rows, &build->top);
    bind_object(reader, NULL, root, &rows, NULL, &build->top);
    scenario->arena = reader->arena;
    scenario->path = draft->path;
    scenario->text = draft->text;
    scenario->load = build->top.load;
    scenario->description = build->top.description;
    scenario->source = build->top.source;
    scenario->name =
        build->top.name ? build->top.name : name_of_path(reader->arena, scenario->path);
    if (!scenario->name || !build_all(build))
        reader->no_memory = true;
    return !reader->no_memory;
}

/* At most one byte more than a scenario may have: enough to refuse it. */
static char *read_file(FILE *file, size_t *length)
{
    size_t room = 1 << 16, n;
    char *text = malloc(room), *more;

    *length = 0;
    while (text && (n = fread(text + *length, 1, room - *length, file)) > 0) {
        *length += n;
        if (*length > LARGEST_FILE)
            break;
        if (*length < room)
            continue;
        room *= 2;
        more = realloc(text, room);
        if (!more)
            free(text);
        text = more;
    }
    return text;
}

char *draft_file(const char *path, size_t *length, struct diagnostics *said)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? read_file(file, length) : NULL;

    if (!text || ferror(file)) {
        diagnose_at(said, SAY_ERROR, NULL, path, (struct place) { 0, 0 }, "cannot be read: %s",
                    strerror(errno));
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}
