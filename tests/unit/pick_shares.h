/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How often each server is picked, against the shares it should have. */
#ifndef TESTS_UNIT_PICK_SHARES_H
#define TESTS_UNIT_PICK_SHARES_H

#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>

#include "tests/unit/mini_host.h"

enum { CROWD = 12, PICKS = 60000 };

static const double FALSE_ALARM = 1e-6;

/* Chi-square of counts against expected shares (0: must never be picked). */
static inline void check_shares(const uint32_t *count, const double *share, uint32_t n)
{
    double total = 0, sum = 0, chi = 0, picks = 0;
    uint32_t i, cells = 0;

    for (i = 0; i < n; i++) {
        total += share[i];
        picks += count[i];
    }
    for (i = 0; i < n; i++) {
        double expected = picks * share[i] / total;

        sum += share[i] == 0.0 && count[i];
        if (share[i] == 0.0)
            continue;
        cells++;
        chi += (count[i] - expected) * (count[i] - expected) / expected;
    }
    CU_ASSERT_EQUAL(sum, 0.0);
    CU_ASSERT(gsl_cdf_chisq_Q(chi, cells - 1) > FALSE_ALARM);
}

/* Picks again and again for requests that were denied `tried`. */
static inline void check_picks(struct mini *m, const lb_server *tried, uint32_t tried_n,
                               const double *share)
{
    uint32_t count[CROWD] = { 0 }, i, none = 0;
    struct mini_pick pick;

    for (i = 0; i < PICKS; i++) {
        mini_pick(m, tried, tried_n, &pick);
        if (pick.server < CROWD)
            count[pick.server]++;
        else
            none++;
    }
    CU_ASSERT_EQUAL(none, 0);
    CU_ASSERT_EQUAL(m->parted, 0);
    check_shares(count, share, CROWD);
}

#endif
