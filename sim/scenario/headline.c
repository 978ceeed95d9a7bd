/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/headline.h"

#include <cjson/cJSON.h>
#include <string.h>

char *headline_of(const char *text, size_t length, const char *key)
{
    cJSON *tree = cJSON_ParseWithLength(text, length);
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, key));
    char *copy = value ? strdup(value) : NULL;

    cJSON_Delete(tree);
    return copy;
}
