/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/part_of_run.h"

#include <stdio.h>

bool part_of_run(const struct results_contender *c, char text[PART_OF_RUN])
{
    if (c->replications + c->failed >= c->asked)
        return false;
    snprintf(text, PART_OF_RUN,
             "%u of %u replications %s here: part of a run (a share, or interrupted)",
             c->replications, c->asked, c->replications == 1 ? "is" : "are");
    return true;
}
