/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"

struct json {
    struct arena *arena;
    struct diagnostics *said;
    struct spots spots;
    const struct text **texts;
    uint32_t texts_n, texts_room;
};

struct json *json_open(struct arena *arena, struct diagnostics *said)
{
    struct json *json = calloc(1, sizeof *json);

    if (json)
        *json = (struct json) { .arena = arena, .said = said };
    return json;
}

void json_close(struct json *json)
{
    if (!json)
        return;
    free(json->spots.at);
    free(json->texts);
    free(json);
}

/* The number under which a text is known; UINT32_MAX: out of memory. */
static uint32_t source_of(struct json *json, const struct text *text)
{
    const struct text **more;

    if (json->texts_n && json->texts[json->texts_n - 1] == text)
        return json->texts_n - 1;
    if (json->texts_n == json->texts_room) {
        json->texts_room = json->texts_room ? 2 * json->texts_room : 16;
        more = realloc(json->texts, json->texts_room * sizeof *more);
        if (!more)
            return UINT32_MAX;
        json->texts = more;
    }
    json->texts[json->texts_n] = text;
    return json->texts_n++;
}

/* Both the scan and cJSON keep the order of the text, so the n-th value here is the n-th spot. */
static void number(cJSON *node, uint32_t *next)
{
    for (; node; node = node->next) {
        node->valueint = (int)(*next)++;
        number(node->child, next);
    }
}

static int by_key(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;
    int order = strcmp((*x)->string, (*y)->string);

    return order ? order : ((*x)->valueint > (*y)->valueint) - ((*x)->valueint < (*y)->valueint);
}

static void say_duplicates(struct json *json, const cJSON **members, size_t n)
{
    size_t i;

    qsort(members, n, sizeof *members, by_key);
    for (i = 1; i < n; i++)
        if (!strcmp(members[i]->string, members[i - 1]->string))
            diagnose(json->said, SAY_ERROR, NULL, json_text(json, members[i]),
                     json_key_offset(json, members[i]), "the key \"%.60s\" is here twice",
                     members[i]->string);
}

static bool check_duplicates(struct json *json, const cJSON *node)
{
    const cJSON *child, **members;
    size_t n = 0;

    for (child = node->child; child; child = child->next) {
        if (child->child && !check_duplicates(json, child))
            return false;
        n++;
    }
    if (!cJSON_IsObject(node) || n < 2)
        return true;
    members = malloc(n * sizeof *members);
    if (!members)
        return false;
    for (n = 0, child = node->child; child; child = child->next)
        members[n++] = child;
    say_duplicates(json, members, n);
    free(members);
    return true;
}

static cJSON *out_of_memory(struct json *json, const struct text *text)
{
    diagnose(json->said, SAY_ERROR, NULL, text, 0, "out of memory");
    return NULL;
}

/* The clean copy stays with the arena: numbers are read from it again, exactly. */
static cJSON *parse(struct json *json, const struct text *text, const char *clean, uint32_t first)
{
    cJSON *root = cJSON_ParseWithLength(clean, text->length);
    uint32_t next = first;

    if (!root)
        return out_of_memory(json, text);
    number(root, &next);
    if (next != json->spots.n || !check_duplicates(json, root)) {
        cJSON_Delete(root);
        return out_of_memory(json, text);
    }
    return root;
}

cJSON *json_read(struct json *json, const struct text *text)
{
    uint32_t source = source_of(json, text), first = json->spots.n;
    char *clean;

    if (text->length > LARGEST_FILE) {
        diagnose(json->said, SAY_ERROR, NULL, text, 0, "larger than a scenario may be (16 MB)");
        return NULL;
    }
    clean = arena_copy(json->arena, text->bytes, text->length);
    if (!clean || source == UINT32_MAX)
        return out_of_memory(json, text);
    if (!scan_json(text, clean, source, &json->spots, json->said))
        return NULL;
    return parse(json, text, clean, first);
}

bool json_likely(const char *bytes, size_t length)
{
    struct text text = text_of_option("", bytes, length);
    struct diagnostics *unsaid = diagnostics_open();
    struct spots spots = { 0 };
    char *clean = malloc(length + 1);
    bool likely = false;

    if (unsaid && clean && length <= LARGEST_FILE) {
        memcpy(clean, bytes, length);
        clean[length] = '\0';
        likely = scan_json(&text, clean, 0, &spots, unsaid);
    }
    free(clean);
    free(spots.at);
    diagnostics_close(unsaid);
    return likely;
}

cJSON *json_made(struct json *json, const struct text *text, cJSON *node)
{
    return json_made_at(json, text, 0, node);
}

cJSON *json_made_at(struct json *json, const struct text *text, size_t offset, cJSON *node)
{
    const uint32_t source = source_of(json, text), at = (uint32_t)offset;

    if (!node || source == UINT32_MAX ||
        !spots_add(&json->spots,
                   (struct spot) { .value = at, .key = at, .source = source & 0x3fffffff })) {
        cJSON_Delete(node);
        return out_of_memory(json, text);
    }
    node->valueint = (int)json->spots.n - 1;
    return node;
}

static const struct spot *spot_of(const struct json *json, const cJSON *node)
{
    return &json->spots.at[node->valueint];
}

const struct text *json_text(const struct json *json, const cJSON *node)
{
    return json->texts[spot_of(json, node)->source];
}

size_t json_offset(const struct json *json, const cJSON *node)
{
    return spot_of(json, node)->value;
}

size_t json_key_offset(const struct json *json, const cJSON *node)
{
    return spot_of(json, node)->key;
}

struct place json_place(const struct json *json, const cJSON *node)
{
    return text_place(json_text(json, node), json_offset(json, node));
}

bool json_flawed(const struct json *json, const cJSON *node)
{
    return spot_of(json, node)->flawed;
}

void json_mark_swept(struct json *json, const cJSON *node)
{
    json->spots.at[node->valueint].swept = 1;
}

bool json_swept(const struct json *json, const cJSON *node)
{
    return spot_of(json, node)->swept;
}

const char *json_number(const struct json *json, const cJSON *node, size_t *length)
{
    const char *at = json_text(json, node)->bytes + json_offset(json, node);

    *length = strspn(at, "+-.0123456789eE");
    return at;
}

static void print_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void print_node(const struct json *json, const cJSON *node, int indent, FILE *out);

static void print_children(const struct json *json, const cJSON *node, int indent, FILE *out)
{
    bool object = cJSON_IsObject(node);
    const cJSON *child;

    fputc(object ? '{' : '[', out);
    for (child = node->child; child; child = child->next) {
        fprintf(out, "\n%*s", indent + 2, "");
        if (object) {
            print_string(child->string, out);
            fputs(": ", out);
        }
        print_node(json, child, indent + 2, out);
        fputs(child->next ? "," : "\n", out);
    }
    if (node->child)
        fprintf(out, "%*s", indent, "");
    fputc(object ? '}' : ']', out);
}

static void print_node(const struct json *json, const cJSON *node, int indent, FILE *out)
{
    const char *number_text;
    size_t length;

    if (cJSON_IsString(node))
        print_string(node->valuestring, out);
    else if (cJSON_IsNumber(node)) {
        number_text = json_number(json, node, &length);
        fprintf(out, "%.*s", (int)length, number_text);
    } else if (cJSON_IsBool(node) || cJSON_IsNull(node))
        fputs(cJSON_IsTrue(node) ? "true" : cJSON_IsFalse(node) ? "false" : "null", out);
    else
        print_children(json, node, indent, out);
}

int json_print(const struct json *json, const cJSON *root, FILE *out)
{
    print_node(json, root, 0, out);
    fputc('\n', out);
    return ferror(out) ? -EIO : 0;
}
