/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/override.h"

#include <string.h>

/* Objects are merged, everything else is replaced. */
static bool merge(cJSON *into, const cJSON *from)
{
    const cJSON *child;
    cJSON *old, *copy;

    for (child = from->child; child; child = child->next) {
        old = cJSON_GetObjectItemCaseSensitive(into, child->string);
        if (cJSON_IsObject(old) && cJSON_IsObject(child)) {
            if (!merge(old, child))
                return false;
            continue;
        }
        if (old)
            cJSON_Delete(cJSON_DetachItemViaPointer(into, old));
        if (cJSON_IsNull(child))
            continue;
        copy = cJSON_Duplicate(child, true);
        if (!copy || !cJSON_AddItemToObject(into, child->string, copy)) {
            cJSON_Delete(copy);
            return false;
        }
    }
    return true;
}

static bool merge_balancers(struct reader *reader, cJSON *root, const cJSON *own)
{
    cJSON *balancers = cJSON_GetObjectItemCaseSensitive(root, "balancers"), *at;
    bool good = true;

    if (!balancers) {
        balancers = json_made_at(reader->json, json_text(reader->json, own),
                                 json_offset(reader->json, own), cJSON_CreateObject());
        if (!balancers || !cJSON_AddItemToObject(root, "balancers", balancers))
            return false;
    }
    at = cJSON_IsArray(balancers) ? balancers->child : balancers;
    for (; at; at = cJSON_IsArray(balancers) ? at->next : NULL)
        if (cJSON_IsObject(at))
            good &= merge(at, own);
    return good;
}

cJSON *override_tree(struct reader *reader, const cJSON *root, uint32_t policy)
{
    cJSON *copy = cJSON_Duplicate(root, true);
    cJSON *list = cJSON_GetObjectItemCaseSensitive(copy, "policies"), *one = list, *child, *next;
    const cJSON *own;

    if (cJSON_IsArray(list)) {
        one = cJSON_GetArrayItem(list, (int)policy);
        for (child = list->child; child; child = next) {
            next = child->next;
            if (child != one)
                cJSON_Delete(cJSON_DetachItemViaPointer(list, child));
        }
    }
    own = cJSON_GetObjectItemCaseSensitive(one, "balancer");
    if (copy && merge_balancers(reader, copy, own))
        return copy;
    reader->no_memory = true;
    cJSON_Delete(copy);
    return NULL;
}
