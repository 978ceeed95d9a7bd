/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Controlled delay: which heads of a queue to drop (Nichols, Jacobson, "Controlling queue delay",
 * ACM Queue 10(5), 2012; RFC 8289, section 5). A request counts as a packet of greatest size. */
#ifndef MODELS_CODEL_H
#define MODELS_CODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "models/policy.h"

struct codel_spec {
    lb_time target, interval; /* 5 ms, 100 ms */
};
struct codel {
    lb_time first_above, drop_next;
    uint32_t count, last_count;
    bool dropping;
    bool dropped; /* the last one, by drop_next: the next drop is put later only if the head after
                     it has also waited too long */
};

/* All zero is a fresh one. A request that has waited `sojourn` is about to leave the queue, in
 * which `left` others stay: is it to be dropped instead? If so, ask at once for the next one. */
bool codel_drops(struct codel *, const struct codel_spec *, lb_time sojourn, uint32_t left,
                 lb_time now);

#endif
