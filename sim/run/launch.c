/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/launch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static bool number(const char *name, uint32_t *value)
{
    const char *text = name ? getenv(name) : NULL;
    char *end;
    unsigned long read;

    if (!text || *text < '0' || *text > '9')
        return false;
    errno = 0;
    read = strtoul(text, &end, 10);
    if (*end || errno || read > UINT32_MAX)
        return false;
    *value = (uint32_t)read;
    return true;
}

struct launch launch_seen(void)
{
    static const struct {
        const char *rank, *size;
    } pairs[] = { { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" },
                  { "PMI_RANK", "PMI_SIZE" },
                  { "PMIX_RANK", "SLURM_STEP_NUM_TASKS" },
                  { "PMIX_RANK", "SLURM_NTASKS" } };
    uint32_t i;

    for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct launch seen;

        if (number(pairs[i].rank, &seen.rank) && number(pairs[i].size, &seen.size) &&
            seen.rank < seen.size)
            return seen;
    }
    return (struct launch) { 0, 1 };
}
