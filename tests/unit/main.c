/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs every suite, or those whose names are given. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define SUITE(name) int suite_##name(void);
#include "suites.def"
#undef SUITE

static const struct {
    const char *name;
    int (*add)(void);
} suites[] = {
#define SUITE(name) { #name, suite_##name },
#include "suites.def"
#undef SUITE
};

static int wanted(const char *name, int n, char **words)
{
    int i;

    for (i = 1; i < n; i++)
        if (!strcmp(words[i], name))
            return 1;
    return n < 2;
}

int main(int n, char **words)
{
    unsigned failed, run;
    size_t i;

    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    for (i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (wanted(suites[i].name, n, words) && suites[i].add()) {
            fprintf(stderr, "suite %s cannot be added\n", suites[i].name);
            return 1;
        }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
    run = CU_get_number_of_tests_run();
    CU_cleanup_registry();
    printf("units: %u passed, %u failed\n", run - failed, failed);
    return failed || run == 0;
}
