/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Joining the results of shards: the newest runs of several stores of one scenario become one run
 * of another store, row by row what a single run would have stored. */
#ifndef SIM_JOINING_H
#define SIM_JOINING_H

#include <stdbool.h>
#include <stdint.h>

struct joining {
    uint64_t trials;  /* with a result, pilots apart */
    uint64_t missing; /* of those that the whole run has */
    bool unknown;     /* how many that are is not known */
    uint32_t damaged; /* rows and trials that were left out; each was told */
};

/* Results of live runs are of the machine that measured them, and are not joined: an input that has
 * some is refused, unless they are to be left out (`without_live`).
 * `out` is the directory of the result, made if need be; `words` the command line. 0 or an exit
 * status after saying what is wrong. */
int joining_run(struct joining *, const char *const *inputs, uint32_t n, const char *out,
                bool without_live, int words_n, char **words);

#endif
