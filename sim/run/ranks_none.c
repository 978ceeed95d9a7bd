/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Built in place of the other ranks_*.c where there is no MPI. */
#include <errno.h>
#include <stdio.h>

#include "sim/run/launch.h"
#include "sim/run/ranks.h"

int ranks_begin(char *why, size_t room)
{
    struct launch launch = launch_seen();

    if (launch.size == 1)
        return 0;
    snprintf(why, room,
             "this lbsim was built without MPI, so each of the %u processes would do all the work; "
             "install Open MPI's developer package (libopenmpi-dev) and build again, or share the "
             "work with --shard",
             launch.size);
    return -1;
}

void ranks_end(void)
{
}

uint32_t ranks_size(void)
{
    return 1;
}

uint32_t ranks_rank(void)
{
    return launch_seen().rank;
}

int ranks_run(const struct crew *crew)
{
    return workers_run(crew);
}

int ranks_serve(const struct crew *crew)
{
    (void)crew;
    return -EPROTO;
}
