/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/option.h"

#include <string.h>

#include "sim/scenario/arena.h"

/* Words of an option as a text to which nodes can point; they are copied. */
static struct text *words(struct reader *reader, const char *name, const char *value)
{
    struct text *text = reader_get(reader, sizeof *text);
    const char *name_copy = arena_copy(reader->arena, name, strlen(name));
    const char *value_copy = arena_copy(reader->arena, value, strlen(value));

    reader->no_memory |= !name_copy || !value_copy;
    if (reader->no_memory)
        return NULL;
    *text = text_of_option(name_copy, value_copy, strlen(value_copy));
    return text;
}

static bool is_text(struct reader *reader, const struct text *text)
{
    size_t at = 0, n;

    for (; at < text->length; at += n) {
        n = utf8_length(text->bytes + at, text->length - at);
        if (!n) {
            diagnose(reader->said, SAY_ERROR, NULL, text, at, "this is not UTF-8");
            return false;
        }
    }
    return true;
}

cJSON *option_value(struct reader *reader, const char *name, const char *value)
{
    const struct text *text = words(reader, name, value);

    if (!text)
        return NULL;
    if (json_likely(value, text->length) || *value == '{' || *value == '[' || *value == '"')
        return json_read(reader->json, text);
    if (!is_text(reader, text))
        return NULL;
    return json_made(reader->json, text, cJSON_CreateString(text->bytes));
}

char *option_part(char **rest)
{
    char *start = *rest, *at = start;
    bool quoted = false;
    int depth = 0;

    for (; *at && (*at != ',' || depth > 0 || quoted); at++) {
        quoted ^= *at == '"';
        depth += *at == '[' || *at == '{';
        depth -= *at == ']' || *at == '}';
    }
    *rest = *at ? at + 1 : at;
    *at = '\0';
    return start;
}

static bool add_parameter(struct reader *reader, const struct text *text, cJSON *object,
                          char *parameter)
{
    char *value = strchr(parameter, '=');
    cJSON *node;

    if (!value || value == parameter) {
        diagnose(reader->said, SAY_ERROR, NULL, text, 0,
                 "expected parameters as key=value, found \"%.60s\"", parameter);
        return false;
    }
    *value++ = '\0';
    if (cJSON_GetObjectItemCaseSensitive(object, parameter)) {
        diagnose(reader->said, SAY_ERROR, NULL, text, 0, "%.60s is here twice", parameter);
        return false;
    }
    node = option_value(reader, text->name, value);
    if (node && cJSON_AddItemToObject(object, parameter, node))
        return true;
    cJSON_Delete(node);
    return false;
}

static bool fill_policy(struct reader *reader, const struct text *text, cJSON *object)
{
    char *name = arena_copy(reader->arena, text->bytes, text->length);
    char *colon = name ? strrchr(name, ':') : NULL, *rest = NULL;
    cJSON *node;
    bool good = true;

    if (colon && strchr(colon, '=')) {
        *colon = '\0';
        rest = colon + 1;
    }
    node = name ? json_made(reader->json, text, cJSON_CreateString(name)) : NULL;
    if (!node || !cJSON_AddItemToObject(object, "policy", node)) {
        reader->no_memory = true;
        return false;
    }
    while (rest && *rest)
        good &= add_parameter(reader, text, object, option_part(&rest));
    return good;
}

static cJSON *policy_of_words(struct reader *reader, const char *option)
{
    const char *name = arena_print(reader->arena, "--policy %.200s", option);
    const struct text *text = name ? words(reader, name, option) : NULL;
    cJSON *object;

    if (!text || !is_text(reader, text))
        return NULL;
    object = json_made(reader->json, text, cJSON_CreateObject());
    if (object && fill_policy(reader, text, object))
        return object;
    cJSON_Delete(object);
    return NULL;
}

bool option_policies(struct reader *reader, cJSON *root, const char *const *texts, uint32_t n)
{
    const struct text *text = words(reader, "--policy", "");
    cJSON *list = text ? json_made(reader->json, text, cJSON_CreateArray()) : NULL, *policy;
    uint32_t i;

    if (!list)
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(root, "policies");
    if (!cJSON_AddItemToObject(root, "policies", list)) {
        cJSON_Delete(list);
        return false;
    }
    for (i = 0; i < n; i++) {
        policy = policy_of_words(reader, texts[i]);
        if (policy)
            cJSON_AddItemToArray(list, policy);
    }
    return (uint32_t)cJSON_GetArraySize(list) == n;
}
