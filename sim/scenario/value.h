/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading one value of a scenario as its row wants it. Each function says what is wrong and leaves
 * the preset standing. */
#ifndef SIM_VALUE_H
#define SIM_VALUE_H

#include "sim/scenario/bind.h"

/* Nothing that lasts longer is simulated: 1e8 s (DURATION_MOST) is what nanoseconds in 64 bits hold
 * with room for sums. */
#define DURATION_MOST 1e8
#define BYTES_MOST    1e15

/* "expected WHAT, found ...", and the hint if it is not NULL. */
void value_expected(struct reader *, const struct trail *, const cJSON *, const char *what,
                    const char *hint);

/* Reads a value that is no object, list of names or policy; false, and nothing done, for those. */
bool value_scalar(struct reader *, const struct trail *, const cJSON *, const struct field *,
                  void *at);
/* A text; it is copied. */
void value_text(struct reader *, const struct trail *, const cJSON *, const char **);
/* A number, or a text with a unit, within the row's range (none if least and most are both 0). */
bool value_number(struct reader *, const struct trail *, const cJSON *, const struct field *,
                  double *);
/* A whole number, exactly; false, and nothing said, if the node is none. */
bool value_is_whole(const struct reader *, const cJSON *, int64_t *);
/* What a name may be: 1 to 60 bytes, no brackets, braces or quotes, not digits alone. */
void value_name(struct reader *, const struct trail *, const cJSON *, const char **);
/* A name among choices. `what` is for the message: unknown WHAT "x". -1 if there is none. */
int32_t value_choice(struct reader *, const struct trail *, const cJSON *, const char *what,
                     const char *const *choices);
/* A number, a text with a unit, or an object {"distribution": ...}. `most` bounds the support: the
 * 1 - 1e-15 quantile. */
void value_quantity(struct reader *, const struct trail *, const cJSON *, const struct field *,
                    struct distribution *);
/* The policy that a LB_POLICY row presets. */
void value_preset_policy(struct reader *, const struct field *, struct lb_inner *);

#endif
