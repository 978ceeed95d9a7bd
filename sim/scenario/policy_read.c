/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/policy_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/label.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/option.h"
#include "sim/scenario/value.h"

const char *const policy_reserved[] = { "policy", "label", "balancer", NULL };
static const char *const inner_reserved[] = { "policy", NULL };

enum { WHY_ROOM = 512, LONGEST_LABEL = 100 };

/* One policy as far as it is read. */
struct found {
    const char *written;  /* its name as it was written */
    const char *settings; /* what its alias sets */
    const struct lb_policy *policy;
    void *config;
};

static bool is_path(const char *name)
{
    size_t length = strcspn(name, "#");

    return memchr(name, '/', length) || (length > 3 && !strncmp(name + length - 3, ".so", 3));
}

static void unknown(struct reader *reader, const struct trail *trail, const cJSON *node,
                    const char *why)
{
    const struct policy_source *source = reader->policies;
    struct nearest nearest = nearest_to(node->valuestring);
    const char *known;
    uint32_t i;

    if (is_path(node->valuestring)) {
        complain(reader, trail, node, "%s", why);
        return;
    }
    for (i = 0; source->name && (known = source->name(source->context, i)); i++)
        nearest_see(&nearest, known);
    if (nearest_found(&nearest))
        complain(reader, trail, node, "unknown policy \"%.60s\"; did you mean \"%s\"?",
                 node->valuestring, nearest_found(&nearest));
    else
        complain(reader, trail, node,
                 "unknown policy \"%.60s\"; \"lbsim list policies\" names them all",
                 node->valuestring);
}

/* What is in the file decides results: it has to be known where it is, whoever it is within. */
static void note_plugin(struct reader *reader, const char *written)
{
    struct plugin_path **at = &reader->plugins, *new;
    const char *path;

    if (!is_path(written))
        return;
    path = arena_copy(reader->arena, written, strcspn(written, "#"));
    reader->no_memory |= !path;
    while (path && *at && strcmp((*at)->path, path) != 0)
        at = &(*at)->next;
    if (!path || *at || !(new = reader_get(reader, sizeof *new)))
        return;
    *new = (struct plugin_path) { .path = path };
    *at = new;
}

static bool find(struct reader *reader, const struct trail *trail, const cJSON *name,
                 struct found *found)
{
    const struct policy_source *source = reader->policies;
    char why[WHY_ROOM] = "", room[FOUND_ROOM];

    if (!cJSON_IsString(name)) {
        complain(reader, trail, name, "expected the name of a policy, found %s",
                 found_text(reader, name, room));
        return false;
    }
    found->settings = "";
    found->written = name->valuestring;
    found->policy =
        source->find(source->context, name->valuestring, &found->settings, why, sizeof why);
    if (!found->policy)
        unknown(reader, trail, name, why);
    else
        note_plugin(reader, found->written);
    return found->policy;
}

/* One setting of an alias, "tie=swrr"; "d=?" wants the user to give d. */
static void apply_setting(struct reader *reader, const struct trail *trail, const cJSON *node,
                          const struct rows *rows, const struct found *found, char *setting)
{
    const struct trail here = { trail, setting, -1 };
    char *value = strchr(setting, '=');
    struct field field;
    cJSON *read;

    if (!value)
        return;
    *value++ = '\0';
    if (cJSON_IsObject(node) && cJSON_GetObjectItemCaseSensitive(node, setting))
        return;
    if (!strcmp(value, "?"))
        complain(reader, trail, node, "%s wants %s: { \"policy\": \"%s\", \"%s\": ... }",
                 found->written, setting, found->written, setting);
    else if (rows_find(rows, setting, &field) &&
             (read = option_value(reader, found->written, value))) {
        bind_value(reader, &here, read, &field, found->config);
        cJSON_Delete(read);
    }
}

static bool apply_settings(struct reader *reader, const struct trail *trail, const cJSON *node,
                           const struct rows *rows, const struct found *found)
{
    uint32_t before = diagnostics_errors(reader->said);
    const char *at = found->settings;
    size_t length;

    while (at && *at) {
        char *setting;

        length = strcspn(at, ",");
        setting = arena_copy(reader->arena, at, length);
        if (!setting) {
            reader->no_memory = true;
            return false;
        }
        apply_setting(reader, trail, node, rows, found, setting);
        at += length + (at[length] == ',');
    }
    return diagnostics_errors(reader->said) == before;
}

static bool configure(struct reader *reader, const struct trail *trail, const cJSON *node,
                      const char *const *reserved, struct found *found)
{
    const struct rows rows = rows_of_params(found->policy->params, found->policy->param_size);

    found->config = reader_get(reader, found->policy->config_size);
    if (!found->config)
        return false;
    bind_presets(reader, &rows, found->config);
    if (!apply_settings(reader, trail, node, &rows, found))
        return false;
    return !cJSON_IsObject(node) ||
           bind_object(reader, trail, node, &rows, reserved, found->config);
}

static bool read_one(struct reader *reader, const struct trail *trail, const cJSON *node,
                     const char *const *reserved, struct found *found)
{
    const struct trail here = { trail, "policy", -1 };
    const cJSON *name;

    if (!cJSON_IsObject(node))
        return find(reader, trail, node, found) && configure(reader, trail, node, reserved, found);
    name = cJSON_GetObjectItemCaseSensitive(node, "policy");
    if (!name)
        complain(reader, trail, node, "policy is missing, as in { \"policy\": \"p2c\", \"d\": 3 }");
    return name && find(reader, &here, name, found) &&
           configure(reader, trail, node, reserved, found);
}

void policy_read_inner(struct reader *reader, const struct trail *trail, const cJSON *node,
                       struct lb_inner *out)
{
    struct found found;

    if (read_one(reader, trail, node, inner_reserved, &found))
        *out = (struct lb_inner) { found.policy, found.config };
}

void value_preset_policy(struct reader *reader, const struct field *field, struct lb_inner *out)
{
    const struct policy_source *source = reader->policies;
    const char *settings = "";
    char why[WHY_ROOM];
    struct rows rows;
    void *config;

    if (!field->choices || !field->choices[0])
        return;
    out->policy = source->find(source->context, field->choices[0], &settings, why, sizeof why);
    if (!out->policy || !(config = reader_get(reader, out->policy->config_size)))
        return;
    note_plugin(reader, field->choices[0]);
    rows = rows_of_params(out->policy->params, out->policy->param_size);
    bind_presets(reader, &rows, config);
    out->config = config;
}

static bool read_label(struct reader *reader, const struct trail *trail, const cJSON *node,
                       struct label *label)
{
    const struct trail here = { trail, "label", -1 };
    const cJSON *given =
        cJSON_IsObject(node) ? cJSON_GetObjectItemCaseSensitive(node, "label") : NULL;
    char room[FOUND_ROOM];

    label->node = given ? given : node;
    label->given = given;
    if (!given)
        return true;
    if (!cJSON_IsString(given) || !*given->valuestring ||
        strlen(given->valuestring) > LONGEST_LABEL) {
        complain(reader, &here, given, "expected a text of 1 to %d bytes, found %s", LONGEST_LABEL,
                 found_text(reader, given, room));
        return false;
    }
    if (text_has_control(given->valuestring)) {
        complain(reader, &here, given,
                 "a label may not hold line breaks or other control "
                 "characters");
        return false;
    }
    label->text = arena_copy(reader->arena, given->valuestring, strlen(given->valuestring));
    reader->no_memory |= !label->text;
    return label->text;
}

/* Parameters that were written, as they were written: "(d=3,replacement=true)". What a sweep gives
 * to a policy is told by the point: it goes by one label at all of them. */
static const char *label_made(struct reader *reader, const cJSON *node, const struct found *found)
{
    const char *name = is_path(found->written) ? found->policy->name : found->written;
    char text[LONGEST_LABEL + 1], room[FOUND_ROOM], *at;
    size_t length = (size_t)snprintf(text, sizeof text, "%.60s", name);
    const cJSON *child = cJSON_IsObject(node) ? node->child : NULL;
    bool any = false;

    for (at = text; !is_path(found->written) && *at; at++)
        if (*at == '-')
            *at = '_';
    for (; child; child = child->next) {
        if (!strcmp(child->string, "policy") || !strcmp(child->string, "description") ||
            !strcmp(child->string, "balancer") || json_swept(reader->json, child) ||
            length >= sizeof text)
            continue;
        length += (size_t)snprintf(
            text + length, sizeof text - length, "%s%s=%s", any ? "," : "(", child->string,
            cJSON_IsString(child) ? child->valuestring : found_text(reader, child, room));
        any = true;
    }
    if (any && length < sizeof text - 1)
        strcat(text, ")");
    text_clean(text);
    return arena_copy(reader->arena, text, strlen(text));
}

/* Does it say what its balancer does? What it says is read with the balancer. */
static bool overrides(struct reader *reader, const struct trail *trail, const cJSON *node)
{
    const struct trail here = { trail, "balancer", -1 };
    const cJSON *balancer =
        cJSON_IsObject(node) ? cJSON_GetObjectItemCaseSensitive(node, "balancer") : NULL;
    char room[FOUND_ROOM];

    if (balancer && !cJSON_IsObject(balancer))
        complain(reader, &here, balancer,
                 "expected an object of keys of the balancer, as in { \"information\": { \"kind\": "
                 "\"fresh\" } }, found %s",
                 found_text(reader, balancer, room));
    return cJSON_IsObject(balancer);
}

static bool read_spec(struct reader *reader, const struct trail *trail, const cJSON *node,
                      struct policy_spec *spec, struct label *label)
{
    struct found found;

    reader->plugins = NULL;
    if (!read_one(reader, trail, node, policy_reserved, &found) ||
        !read_label(reader, trail, node, label))
        return false;
    *spec = (struct policy_spec) { .name = found.policy->name,
                                   .place = json_place(reader->json, node),
                                   .policy = found.policy,
                                   .config = found.config,
                                   .plugins = reader->plugins };
    if (!label->given)
        label->text = label_made(reader, node, &found);
    spec->overrides = overrides(reader, trail, node);
    spec->parameters = policy_canonical(reader->arena, found.policy, found.config);
    if (is_path(found.written) && spec->plugins)
        spec->plugin = spec->plugins->path;
    reader->no_memory |= !label->text || !spec->parameters;
    return !reader->no_memory;
}

enum { MOST_POLICIES = 10000 };

struct policy_spec *policy_read_all(struct reader *reader, const cJSON *node, uint32_t *n)
{
    const bool list = cJSON_IsArray(node);
    const cJSON *child = list ? node->child : node;
    int64_t count = list ? cJSON_GetArraySize(node) : 1, i = 0;
    const struct trail all = { NULL, "policies", -1 };
    struct policy_spec *specs;
    struct label *labels;
    bool good = true;

    *n = 0;
    if (count == 0 || count > MOST_POLICIES) {
        complain(reader, &all, node, "expected 1 to %d policies, found %lld", MOST_POLICIES,
                 (long long)count);
        return NULL;
    }
    specs = reader_get(reader, (size_t)count * sizeof *specs);
    labels = reader_get(reader, (size_t)count * sizeof *labels);
    if (!specs || !labels)
        return NULL;
    for (; i < count; child = child->next, i++) {
        const struct trail here = { NULL, "policies", list ? i : -1 };

        labels[i].index = i;
        good &= read_spec(reader, &here, child, &specs[i], &labels[i]);
    }
    if (!good || !labels_settle(reader, labels, (uint32_t)count))
        return NULL;
    for (i = 0; i < count; i++)
        specs[i].label = labels[i].text;
    *n = (uint32_t)count;
    return specs;
}
