/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/chart/embedded.h"

#include <string.h>

#include "embedded.def"

const struct embedded *embedded(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}
