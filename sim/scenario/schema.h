/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The format of scenarios as a JSON Schema (draft 2020-12), from the tables that read them. */
#ifndef SIM_SCHEMA_H
#define SIM_SCHEMA_H

#include "sim/scenario/scenario.h"

/* The schema as text, to be freed; NULL: out of memory. With the parameters of the policies that
 * the source names; what it cannot know (plug-ins, references between objects, contradictions) it
 * lets pass. */
char *schema_text(const struct policy_source *);

#endif
