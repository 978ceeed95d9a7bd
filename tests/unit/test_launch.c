/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What launchers leave in the environment. */
#define _GNU_SOURCE
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "sim/run/launch.h"

int suite_launch(void);

static void forget_all(void)
{
    static const char *const names[] = {
        "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "PMIX_RANK",
        "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

static void test_launchers(void)
{
    static const struct {
        const char *name[2], *value[2];
        uint32_t rank, size;
    } cases[] = {
        { { "PATH_NOT_USED", "X" }, { "1", "2" }, 0, 1 },
        { { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" }, { "3", "4" }, 3, 4 },
        { { "PMI_RANK", "PMI_SIZE" }, { "0", "16" }, 0, 16 },
        { { "PMIX_RANK", "SLURM_NTASKS" }, { "5", "8" }, 5, 8 },
        { { "PMIX_RANK", "SLURM_STEP_NUM_TASKS" }, { "7", "8" }, 7, 8 },
        { { "PMI_RANK", "X" }, { "1", "2" }, 0, 1 },         /* a rank of how many? */
        { { "X", "SLURM_NTASKS" }, { "1", "2" }, 0, 1 },     /* a batch job, but no rank */
        { { "PMI_RANK", "PMI_SIZE" }, { "2", "2" }, 0, 1 },  /* makes no sense */
        { { "PMI_RANK", "PMI_SIZE" }, { "1x", "2" }, 0, 1 }, /* nor this */
        { { "PMI_RANK", "PMI_SIZE" }, { "", "2" }, 0, 1 },   /* nor this */
        { { "PMI_RANK", "PMI_SIZE" }, { "-1", "2" }, 0, 1 }, /* nor this */
        { { "PMI_RANK", "PMI_SIZE" }, { "0", "1" }, 0, 1 },
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct launch seen;

        forget_all();
        setenv(cases[i].name[0], cases[i].value[0], 1);
        setenv(cases[i].name[1], cases[i].value[1], 1);
        seen = launch_seen();
        CU_ASSERT_EQUAL(seen.rank, cases[i].rank);
        CU_ASSERT_EQUAL(seen.size, cases[i].size);
    }
    forget_all();
}

int suite_launch(void)
{
    CU_pSuite s = CU_add_suite("launch", NULL, NULL);

    return !s || !CU_add_test(s, "launchers", test_launchers);
}
