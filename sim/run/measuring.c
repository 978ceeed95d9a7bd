/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/measuring.h"

static void mark(struct world *w)
{
    if (w->order->mark)
        w->order->mark(w->order->mark_context);
}

void measuring_begins(struct world *w, lb_time now)
{
    w->tally.from = now;
    if (w->ledger)
        ledger_begin(w->ledger, now);
    w->tally.in_system += w->homing_at - w->homing * (uint64_t)now;
    w->tally.before += w->homing;
    w->homing_from = w->homing;
    mark(w);
}

void measuring_ends(struct world *w, lb_time now)
{
    w->tally.to = now;
    if (w->ledger)
        ledger_end(w->ledger, now);
    if (now < w->tally.from) /* it ends within the warm-up */
        w->tally.in_system = 0;
    else
        w->tally.in_system -= w->homing_at - w->homing * (uint64_t)now;
    w->tally.after += w->homing;
    w->homing_to = w->homing;
    source_stop(&w->source);
    mark(w);
}
