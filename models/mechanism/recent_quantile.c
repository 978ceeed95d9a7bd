/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/recent_quantile.h"

#include <string.h>

#include "models/arithmetic.h"
#include "models/mechanism/sample_rank.h"

/* The quantile is sought anew once there are 1 / PATIENCE of all samples that it has not seen: its
 * rank is off by less than that, and a sample costs a few cells' search. */
enum { OCTAVE = 32, PATIENCE = 128 };

#define SHORTEST 1000.0               /* ns */
#define LOG_2    0x1.62e42fefa39efp-1 /* natural logarithm of 2 */

static uint32_t cell_of(lb_time duration)
{
    double cell;

    if ((double)duration <= SHORTEST)
        return 0;
    cell = exact_log((double)duration / SHORTEST) * (OCTAVE / LOG_2);
    return cell < RECENT_CELLS - 1 ? (uint32_t)cell : RECENT_CELLS - 1;
}

/* The upper border, to the next whole nanosecond. */
static lb_time border_of(uint32_t cell)
{
    return (lb_time)(SHORTEST * exact_exp((double)(cell + 1) * (LOG_2 / OCTAVE))) + 1;
}

void recent_quantile_open(struct recent_quantile *recent, const struct recent_quantile_spec *spec)
{
    memset(recent, 0, sizeof *recent);
    recent->spec = spec;
    recent->told = LB_NEVER;
}

static void forget(struct recent_quantile *recent, int64_t span)
{
    memset(recent->cell[span & 1], 0, sizeof recent->cell[0]);
    recent->n[span & 1] = 0;
}

/* Moves on to the span of `now`; what is told is void if samples were forgotten. */
static void pass(struct recent_quantile *recent, lb_time now)
{
    int64_t span = now / recent->spec->window;

    if (span <= recent->span)
        return;
    forget(recent, span);
    if (span > recent->span + 1)
        forget(recent, span + 1);
    recent->span = span;
    recent->told = LB_NEVER;
}

void recent_quantile_add(struct recent_quantile *recent, lb_time duration, lb_time now)
{
    int newest;

    pass(recent, now);
    newest = (int)(recent->span & 1);
    recent->cell[newest][cell_of(duration)]++;
    recent->n[newest]++;
    recent->fresh++;
}

/* The cell of the sample of that rank. */
static uint32_t find(const struct recent_quantile *recent, uint64_t rank)
{
    uint64_t below = 0;
    uint32_t i;

    for (i = 0; i < RECENT_CELLS - 1; i++) {
        below += (uint64_t)recent->cell[0][i] + recent->cell[1][i];
        if (below >= rank)
            break;
    }
    return i;
}

lb_time recent_quantile_get(struct recent_quantile *recent, lb_time now)
{
    uint64_t n;

    pass(recent, now);
    n = recent->n[0] + recent->n[1];
    if (n == 0 || n < recent->spec->least)
        return LB_NEVER;
    if (recent->told == LB_NEVER || recent->fresh * PATIENCE >= n) {
        recent->told = border_of(find(recent, sample_rank(recent->spec->quantile, n)));
        recent->fresh = 0;
    }
    return recent->told;
}
