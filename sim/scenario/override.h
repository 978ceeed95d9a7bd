/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a policy says of its balancer: the key "balancer" of a policy object. */
#ifndef SIM_OVERRIDE_H
#define SIM_OVERRIDE_H

#include "sim/scenario/bind.h"

/* Makes of a copy of the tree one with the i-th policy alone, whose overrides are set in every
 * balancer, key by key and as deep as they go; null takes a key away. NULL: out of memory. To be
 * freed with cJSON_Delete. */
cJSON *override_tree(struct reader *, const cJSON *root, uint32_t policy);

#endif
