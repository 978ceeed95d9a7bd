/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of the parts of a scenario that metrics speak of. */
#ifndef SIM_SCOPE_NAME_H
#define SIM_SCOPE_NAME_H

#include "sim/record/scope.h"
#include "sim/scenario/scenario.h"

enum { SCOPE_NAME_ROOM = 96 };

/* What a text in braces means: scopes, at most `most` ("app[*]"). How many, or 0 with what is wrong
 * in `why`. */
uint32_t scope_find(const struct scenario *, const char *text, size_t length, struct scope *,
                    uint32_t most, char *why, size_t room);

/* "client:web", "server:app[3]"; "all". */
void scope_full_name(const struct scenario *, struct scope, char name[SCOPE_NAME_ROOM]);
/* The shortest that means it: "web" where nothing else is called so. */
void scope_short_name(const struct scenario *, struct scope, char name[SCOPE_NAME_ROOM]);

/* "a client", "a server group"; "everything". */
const char *scope_kind_words(enum scope_kind);
/* "everything, a client, a server group", of a set of kinds (OF_...). */
void scope_list(unsigned scopes, char *text, size_t room);

#endif
