/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a policy saw when it picked, for people. */
#ifndef SIM_DECISION_INPUTS_H
#define SIM_DECISION_INPUTS_H

#include <stddef.h>

#include "models/policy.h"

/* Lines that end in a newline each: the request, the state of its draws, and a table of the seats,
 * a column each. Where there are many seats: `first` and `second` (LB_NONE: nobody), then others.
 */
void decision_inputs(char *text, size_t room, const struct lb_view *, const struct lb_request *,
                     uint64_t random, lb_server first, lb_server second);

#endif
