/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/scenario.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/contradiction.h"
#include "sim/scenario/option.h"
#include "sim/scenario/plain_file.h"
#include "sim/scenario/rate_changes.h"

/* A scenario made of options alone starts here. */
static const char from_options[] =
    "{ \"name\": \"options\",\n"
    "  \"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": \"10ms\" } },\n"
    "  \"servers\": { \"count\": 1 } }\n";

static bool is_options(const char *path)
{
    return !path || !strcmp(path, "-");
}

static struct scenario *no_memory(const char *name, struct diagnostics *said)
{
    diagnose_at(said, SAY_ERROR, NULL, name, (struct place) { 0, 0 }, "out of memory");
    return NULL;
}

static bool apply_options(struct reader *reader, const struct scenario_request *request,
                          cJSON *root)
{
    bool good = true;
    uint32_t i;

    for (i = 0; i < request->settings_n; i++)
        good &= option_set(reader, root, &request->settings[i]);
    if (request->only_n)
        good &= option_policies(reader, root, request->only, request->only_n);
    return good;
}

/* The text that gives the same scenario again: the file's own, unless options changed it. */
static const char *text_as_run(struct reader *reader, const struct scenario_request *request,
                               const struct text *file, const cJSON *root)
{
    char *text = NULL, *copy = NULL;
    size_t length;
    FILE *out;

    if (!request->settings_n && !request->only_n)
        return file->bytes;
    out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    if (!json_print(reader->json, root, out) && !fclose(out))
        copy = arena_copy(reader->arena, text, length);
    free(text);
    return copy;
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

    if (!build_system(build) || !build_run(build) || !check_reach(build))
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

static void fill(struct reader *reader, const struct scenario_request *request,
                 struct scenario *scenario, const struct text *file, cJSON *root)
{
    const struct rows rows = rows_of_fields(shape_top.fields);
    struct build *build = reader_get(reader, sizeof *build);

    if (!build)
        return;
    *build = (struct build) { .reader = reader, .request = request, .scenario = scenario };
    build->top.node = root;
    bind_presets(reader, &rows, &build->top);
    bind_object(reader, NULL, root, &rows, NULL, &build->top);
    scenario->load = build->top.load;
    scenario->description = build->top.description;
    scenario->source = build->top.source;
    scenario->name =
        build->top.name ? build->top.name : name_of_path(reader->arena, scenario->path);
    scenario->text = text_as_run(reader, request, file, root);
    if (!scenario->name || !scenario->text || !build_all(build))
        reader->no_memory = true;
}

static void read_tree(struct reader *reader, const struct scenario_request *request,
                      struct scenario *scenario, const struct text *file)
{
    cJSON *root = json_read(reader->json, file);
    char room[FOUND_ROOM];

    if (root && !cJSON_IsObject(root))
        complain(reader, NULL, root, "a scenario is an object, {...}; found %s",
                 found_text(reader, root, room));
    else if (root && apply_options(reader, request, root))
        fill(reader, request, scenario, file, root);
    else if (root && !diagnostics_errors(reader->said))
        reader->no_memory = true;
    cJSON_Delete(root);
}

static struct scenario *read_in(struct arena *arena, const char *path, const char *text,
                                size_t length, const struct scenario_request *request,
                                struct diagnostics *said)
{
    struct reader reader = { .arena = arena,
                             .said = said,
                             .policies = request->policies,
                             .path = path,
                             .open_file = request->open_file };
    struct scenario *scenario = reader_get(&reader, sizeof *scenario);
    const char *name = arena_copy(arena, path, strlen(path));
    const char *bytes = length <= LARGEST_FILE ? arena_copy(arena, text, length) : text;
    struct text *file = reader_get(&reader, sizeof *file);
    const uint32_t before = diagnostics_errors(said);

    reader.json = json_open(arena, said);
    if (!reader.json || !scenario || !name || !bytes || !file ||
        text_open(file, arena, name, bytes, length)) {
        json_close(reader.json);
        return no_memory(path, said);
    }
    scenario->arena = arena;
    scenario->path = name;
    read_tree(&reader, request, scenario, file);
    json_close(reader.json);
    if (reader.no_memory && diagnostics_errors(said) == before)
        return no_memory(path, said);
    return diagnostics_errors(said) == before ? scenario : NULL;
}

struct scenario *scenario_read(const char *path, const char *text, size_t length,
                               const struct scenario_request *request, struct diagnostics *said)
{
    struct arena *arena = arena_open();
    struct scenario *scenario;

    if (is_options(path) && !text) {
        path = "-";
        text = from_options;
        length = sizeof from_options - 1;
    }
    if (!path)
        path = "-";
    if (!arena)
        return no_memory(path, said);
    scenario = read_in(arena, path, text, length, request, said);
    if (!scenario)
        arena_close(arena);
    return scenario;
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

struct scenario *scenario_load(const char *path, const struct scenario_request *request,
                               struct diagnostics *said)
{
    struct scenario *scenario = NULL;
    size_t length = 0;
    char *text;
    FILE *file;

    if (is_options(path))
        return scenario_read(NULL, NULL, 0, request, said);
    file = fopen(path, "rb");
    text = file ? read_file(file, &length) : NULL;
    if (!text || ferror(file))
        diagnose_at(said, SAY_ERROR, NULL, path, (struct place) { 0, 0 }, "cannot be read: %s",
                    strerror(errno));
    else
        scenario = scenario_read(path, text, length, request, said);
    free(text);
    if (file)
        fclose(file);
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
