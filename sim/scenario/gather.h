/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is said of the points of a sweep, together: the same words at the same place once, with a
 * point at which they hold. */
#ifndef SIM_GATHER_H
#define SIM_GATHER_H

#include <stdbool.h>
#include <stdint.h>

struct diagnostics;
struct gather;

struct gather *gather_open(void); /* NULL: out of memory */
void gather_close(struct gather *);

/* Takes over what was said of a point; `name` must outlive the gathering. */
void gather_take(struct gather *, struct diagnostics *, const char *name);
/* How many points had errors. */
uint32_t gather_bad(const struct gather *);
/* Says it, with the first of the points it was said of, and how many more there are if `all` were
 * taken. What was said of each of them, and so does not come of one, is said without. */
void gather_say(const struct gather *, bool all, struct diagnostics *said);

#endif
