/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A built-in policy by its name. */
#ifndef TESTS_UNIT_POLICY_FIND_H
#define TESTS_UNIT_POLICY_FIND_H

#include <string.h>

#include "models/policies.h"

static inline const struct lb_policy *named(const char *name)
{
    uint32_t i;

    for (i = 0; policies[i]; i++)
        if (!strcmp(policies[i]->name, name))
            return policies[i];
    return NULL;
}

#endif
