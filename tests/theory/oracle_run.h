/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a scenario of the table as lbsim itself would run it. */
#ifndef TESTS_ORACLE_RUN_H
#define TESTS_ORACLE_RUN_H

#include "sim/record/interval.h"
#include "sim/scenario/scenario.h"
#include "tests/theory/oracle_table.h"

enum { ORACLE_REPLICATIONS = 20 };

struct oracle_effort {
    const struct policy_source *policies;
    uint64_t seed;
    uint32_t times; /* how often as long as the table says */
    uint32_t jobs;  /* worker processes; 0: one a core */
};

/* measured[i] is what row i of the scenario came to, in the row's units. 0, or -1 with the reason
 * in `why` (room bytes). Each scenario has streams of its own, whichever others run beside it, so
 * that its scores do not depend on theirs. */
int oracle_run(const struct oracle_scenario *, const struct oracle_effort *,
               struct interval *measured, char *why, size_t room);

#endif
