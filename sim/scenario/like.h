/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mechanisms that take the numbers of a known system: "like": "envoy". */
#ifndef SIM_LIKE_H
#define SIM_LIKE_H

#include "sim/scenario/bind.h"

/* Before an object of a shape with `likes` is read: presets `out` as its system has it. Without
 * `like` that is the first one that has all the keys that are written. A key that the system does
 * not have is an error. */
void like_presets(struct reader *, const struct trail *, const cJSON *, const struct shape *,
                  void *out);
/* What a system presets for a row; NAN: nothing. */
double like_preset(const struct like *, const struct field *);
/* Has it no such key? */
bool like_lacks(const struct like *, const char *key);

#endif
