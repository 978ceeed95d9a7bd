/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How servers compare over an interval: a part of outlier.h that nobody else needs. */
#ifndef MODELS_OUTLIER_RATES_H
#define MODELS_OUTLIER_RATES_H

#include "models/mechanism/outlier.h"

/* Ejects the seat, unless it is out, too many are, or the draw spares it. True: it is out now. */
bool outlier_eject(struct outlier *, struct outlier_seat *, double enforced, struct lb_random *,
                   lb_time now);
/* Judges everyone by the interval that ends: success rate, failure percentage, latency, in this
 * order. `scratch` is room for n. */
void outlier_judge(struct outlier *, struct lb_random *, lb_server *scratch, lb_time now);

#endif
