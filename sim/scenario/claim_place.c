/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whom a claim is about: points of the sweep and policies, as written in it. */
#include <math.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/claim_read.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/sweep.h"
#include "sim/scenario/value.h"

/* With options the study may lack what the file speaks of: then the claim is left out. */
static void lacks(struct claim_reader *r, struct claim *claim, const char *what, const char *name)
{
    if (!claim->left_out)
        claim->left_out =
            arena_print(r->reader->arena, "%s %.100s is not part of this run", what, name);
    r->reader->no_memory |= !claim->left_out;
}

/* ---- Axes. */

/* The name in brackets for a number there: "servers[0].count" is "servers[app].count". */
static const char *element_name(const struct scenario *s, const char *key, size_t length,
                                uint32_t i)
{
#define NAME_OF(list)                                                                              \
    if (length == strlen(#list) && !strncmp(key, #list, length))                                   \
        return i < s->list##_n ? s->list[i].name : NULL;
    NAME_OF(clients)
    NAME_OF(servers)
    NAME_OF(links)
    NAME_OF(balancers)
#undef NAME_OF
    if (length == strlen("policies") && !strncmp(key, "policies", length))
        return i < s->policies_n ? s->policies[i].label : NULL;
    return NULL;
}

/* A path with names in place of numbers, and where nothing says which: the only one. */
static void path_by_name(const struct scenario *s, const char *path, char *room, size_t size)
{
    const size_t key = strcspn(path, ".["), inside = path[key] == '[' ? key + 1 : key;
    const size_t end = path[key] == '[' ? inside + strcspn(path + inside, "]") : key;
    const char *rest = path[key] == '[' && path[end] ? path + end + 1 : path + end, *name = NULL;
    uint32_t i = 0;
    size_t at;

    for (at = inside; at < end && path[at] >= '0' && path[at] <= '9' && i < 1000000; at++)
        i = i * 10 + (uint32_t)(path[at] - '0');
    if (at == end && (end > inside || !element_name(s, path, key, 1)))
        name = element_name(s, path, key, i);
    if (name)
        snprintf(room, size, "%.*s[%s]%s", (int)key, path, name, rest);
    else
        snprintf(room, size, "%s", path);
}

static const struct axis *find_axis(const struct claim_reader *r, const char *path)
{
    const struct axis *axis = study_axis(r->study, path);
    char wanted[TRAIL_ROOM], known[TRAIL_ROOM];
    uint32_t i;

    if (axis || !r->scenario)
        return axis;
    path_by_name(r->scenario, path, wanted, sizeof wanted);
    for (i = 0; i < r->study->axes_n; i++) {
        path_by_name(r->scenario, r->study->axes[i].path, known, sizeof known);
        if (!strcmp(wanted, known))
            return &r->study->axes[i];
    }
    return NULL;
}

const struct axis *claim_axis(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                              const char *path, struct claim *claim)
{
    const struct axis *axis = find_axis(r, path);
    struct nearest nearest = nearest_to(path);
    uint32_t i;

    if (axis)
        return axis;
    if (r->changed) {
        lacks(r, claim, "axis", path);
        return NULL;
    }
    for (i = 0; i < r->study->axes_n; i++)
        nearest_see(&nearest, r->study->axes[i].path);
    if (nearest_found(&nearest))
        complain(r->reader, trail, node, "nothing sweeps \"%.80s\"; did you mean \"%.80s\"?", path,
                 nearest_found(&nearest));
    else if (r->study->axes_n)
        complain(r->reader, trail, node, "nothing sweeps \"%.80s\"; an axis is \"%.80s\"", path,
                 r->study->axes[0].path);
    else
        complain(r->reader, trail, node, "nothing sweeps \"%.80s\": this scenario has no sweep",
                 path);
    return NULL;
}

/* ---- Places on an axis. */

static bool near(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

/* Does the value mean this place? "1s" is 1, and 0.1 is 0.10000000001. */
static bool means(const cJSON *node, const struct coordinate *place)
{
    enum unit unit;
    double value;

    if (cJSON_IsNumber(node))
        return near(node->valuedouble, place->number);
    if (cJSON_IsBool(node) || cJSON_IsNull(node))
        return !strcmp(place->text, cJSON_IsNull(node)   ? "null"
                                    : cJSON_IsTrue(node) ? "true"
                                                         : "false");
    if (!cJSON_IsString(node))
        return false;
    if (!strcmp(node->valuestring, place->text))
        return true;
    for (unit = UNIT_TIME; unit <= UNIT_RATE; unit++)
        if (!unit_read(unit, node->valuestring, &value) && near(value, place->number))
            return true;
    return false;
}

static void say_places(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                       const struct axis *axis)
{
    char places[200] = "", room[FOUND_ROOM];
    size_t at = 0;
    uint32_t i;

    for (i = 0; i < axis->n && at < sizeof places - 40; i++)
        at += (size_t)snprintf(places + at, sizeof places - at, "%s%.30s", i ? ", " : "",
                               axis->at[i].text);
    complain(r->reader, trail, node, "no point of the sweep is at %s; the axis has %s%s",
             found_text(r->reader, node, room), places, i < axis->n ? ", ..." : "");
}

/* A place as the claim has it, for the words of one that is left out. */
static bool place_as_written(struct claim_reader *r, const cJSON *node, struct coordinate *place)
{
    struct arena *arena = r->reader->arena;

    *place = (struct coordinate) { .path = arena_copy(arena, node->string, strlen(node->string)),
                                   .text = sweep_value_text(r->reader, node),
                                   .number = NAN };
    r->reader->no_memory |= !place->path;
    return place->path && place->text;
}

static bool find_place(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                       struct claim *claim, struct coordinate *place)
{
    const struct axis *axis = claim_axis(r, trail, node, node->string, claim);
    uint32_t i;

    for (i = 0; axis && i < axis->n; i++)
        if (means(node, &axis->at[i])) {
            *place = axis->at[i];
            return true;
        }
    if (axis && r->changed)
        lacks(r, claim, "a point on", axis->path);
    else if (axis)
        say_places(r, trail, node, axis);
    return r->changed && place_as_written(r, node, place);
}

bool claim_point(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                 struct claim *claim, const struct coordinate **at, uint32_t *n)
{
    const int room = cJSON_IsObject(node) ? cJSON_GetArraySize(node) : -1;
    struct coordinate *made;
    const cJSON *child;
    uint32_t found = 0;

    if (room < 0) {
        value_expected(r->reader, trail, node, "an object, {\"load\": 0.9}", NULL);
        return false;
    }
    made = reader_get(r->reader, (size_t)room * sizeof *made);
    for (child = node->child; child && made; child = child->next) {
        const struct trail here = { trail, child->string, -1 };

        found += find_place(r, &here, child, claim, &made[found]);
    }
    *at = made;
    *n = found;
    return made && found == (uint32_t)room;
}

/* ---- Policies. */

/* The one label whose policy is called so. */
static const char *label_of_name(const struct study *study, const char *name)
{
    const char *label = NULL;
    uint32_t i;

    for (i = 0; i < study->contenders_n; i++) {
        const struct contender *c = &study->contenders[i];

        if (strcmp(c->scenario->policies[c->policy].name, name) != 0)
            continue;
        if (label && strcmp(label, contender_label(study, i)) != 0)
            return NULL;
        label = contender_label(study, i);
    }
    return label;
}

static const char *find_label(const struct study *study, const char *text)
{
    uint32_t i;

    for (i = 0; i < study->contenders_n; i++)
        if (!strcmp(contender_label(study, i), text))
            return contender_label(study, i);
    return label_of_name(study, text);
}

void claim_policy(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                  const char *text, struct claim *claim, const char **label)
{
    struct nearest nearest = nearest_to(text);
    uint32_t i;

    *label = find_label(r->study, text);
    if (*label)
        return;
    if (r->changed) {
        lacks(r, claim, "policy", text);
        *label = arena_copy(r->reader->arena, text, strlen(text));
        r->reader->no_memory |= !*label;
        return;
    }
    for (i = 0; i < r->study->contenders_n; i++)
        nearest_see(&nearest, contender_label(r->study, i));
    if (nearest_found(&nearest))
        complain(r->reader, trail, node, "no policy is labelled \"%.60s\"; did you mean \"%.60s\"?",
                 text, nearest_found(&nearest));
    else
        complain(r->reader, trail, node, "no policy is labelled \"%.60s\"; there is \"%.60s\"",
                 text, r->study->contenders_n ? contender_label(r->study, 0) : "none");
}

/* ---- Operands. */

/* What the claim shares, no operand says again. */
static void operand_point(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                          struct claim *claim, struct operand *operand)
{
    uint32_t i, k;

    if (!claim_point(r, trail, node, claim, &operand->at, &operand->at_n))
        return;
    for (i = 0; i < operand->at_n; i++)
        for (k = 0; k < claim->at_n; k++)
            if (!strcmp(operand->at[i].path, claim->at[k].path))
                complain(r->reader, trail, node, "the claim's own `at` has %s for all operands",
                         claim->at[k].path);
}

static void operand_object(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                           struct claim *claim, struct operand *operand)
{
    const cJSON *child;

    for (child = node->child; child; child = child->next) {
        const struct trail here = { trail, child->string, -1 };

        if (!strcmp(child->string, "at"))
            operand_point(r, &here, child, claim, operand);
        else if (strcmp(child->string, "policy") != 0)
            complain_key(r->reader, &here, child, "unknown key; known here: policy, at");
        else if (!cJSON_IsString(child))
            value_expected(r->reader, &here, child, "a policy's label", NULL);
        else
            claim_policy(r, &here, child, child->valuestring, claim, &operand->policy);
    }
}

static void read_operand(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                         struct claim *claim, struct operand *operand)
{
    if (cJSON_IsString(node))
        claim_policy(r, trail, node, node->valuestring, claim, &operand->policy);
    else if (cJSON_IsObject(node))
        operand_object(r, trail, node, claim, operand);
    else
        value_expected(r->reader, trail, node, "a policy's label or {\"policy\": ..., \"at\": ...}",
                       NULL);
}

void claim_list_expected(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                         const char *what)
{
    const int n = cJSON_IsArray(node) ? cJSON_GetArraySize(node) : 0;

    if (n)
        complain(r->reader, trail, node, "expected %s, found a list of %d", what, n);
    else
        value_expected(r->reader, trail, node, what, NULL);
}

void claim_operands(struct claim_reader *r, const struct trail *trail, const cJSON *node,
                    uint32_t most, struct claim *claim)
{
    const int n = cJSON_IsArray(node) ? cJSON_GetArraySize(node) : -1;
    struct operand *made;
    const cJSON *child;
    uint32_t i = 0;

    if (n < 2 || (uint32_t)n > most) {
        claim_list_expected(r, trail, node,
                            most == 2 ? "a list of two, [A, B]"
                                      : "a list of two or more, [A, B, ...]");
        return;
    }
    made = reader_get(r->reader, (size_t)n * sizeof *made);
    for (child = node->child; child && made; child = child->next, i++) {
        const struct trail here = { trail->up, trail->key, i };

        read_operand(r, &here, child, claim, &made[i]);
    }
    claim->operand = made;
    claim->operands = made ? (uint32_t)n : 0;
}
