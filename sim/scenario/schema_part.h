/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pieces of the JSON Schema. Each answers a node that the caller puts into the tree; out of memory,
 * cJSON passes NULL on, and the text is NULL or lacks a piece. */
#ifndef SIM_SCHEMA_PART_H
#define SIM_SCHEMA_PART_H

#include "sim/scenario/bind.h"

cJSON *schema_type(const char *type);
cJSON *schema_reference(const char *definition); /* to #/$defs/... */
cJSON *schema_any(cJSON *first, cJSON *second);  /* either will do */
cJSON *schema_enum(const char *const *names);
/* An object with these keys and no others; `tag`, if not NULL, is the schema of one more. */
cJSON *schema_object(const struct rows *, cJSON *tag, const char *tag_name);

/* An object of several kinds: what else it holds depends on its tag. */
cJSON *schema_variants(const struct variants *);
cJSON *schema_distributions(enum unit);
/* A policy's name, or an object of it and its parameters. */
cJSON *schema_policy(const struct policy_source *, bool labelled);
cJSON *schema_policy_list(void);
/* What only claims have: FIELD_AMOUNT and those after it. */
cJSON *schema_of_claim(enum field_type);
/* What has a schema of its own. */
cJSON *schema_sweep(void);
cJSON *schema_axis(void);
cJSON *schema_zip(void);

#endif
