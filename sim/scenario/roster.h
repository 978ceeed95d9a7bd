/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The names in one list of a scenario: given or made, unique, and found again in log n. */
#ifndef SIM_ROSTER_H
#define SIM_ROSTER_H

#include "sim/scenario/bind.h"

struct roster {
    const char *list, *word, *what; /* "servers", "server", "server group" */
    const struct objects *objects;
    size_t size;           /* of an object's struct */
    const char **names;    /* by index */
    const char ***by_name; /* pointers into `names`, sorted by what they point to */
    uint32_t n;
};

/* Collects the names; `offset` is that of `const char *name` in the structs. Duplicates are said.
 * False: out of memory. */
bool roster_open(struct reader *, struct roster *, size_t offset);
/* The index of a name, or SCENARIO_NONE, and then it is said at the value `key` of `owner`. NULL is
 * no name: SCENARIO_NONE, and nothing is said. */
uint32_t roster_find(struct reader *, const struct roster *, const struct trail *owner,
                     const cJSON *node, const char *key, const char *name);
/* The index of a name, or SCENARIO_NONE; says nothing. */
uint32_t roster_index(const struct roster *, const char *name);
/* The same for an element of a list of names. */
uint32_t roster_element(struct reader *, const struct roster *, const struct trail *,
                        const cJSON *element, const char *name);

/* The i-th object as read, its node, the way to it. */
void *roster_at(const struct roster *, uint32_t i);
const cJSON *roster_node(const struct roster *, uint32_t i);
struct trail roster_trail(const struct roster *, uint32_t i);

#endif
