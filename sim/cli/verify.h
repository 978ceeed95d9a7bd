/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim verify: a scenario is run, and its claims are judged. */
#ifndef SIM_VERIFY_H
#define SIM_VERIFY_H

#include "sim/cli/order.h"
#include "sim/cli/progress.h"
#include "sim/run/evidence.h"

/* A file and what came of its claims. */
struct verified {
    const struct order *order;
    const struct earlier *earlier;
    bool quick;
    struct study *study;
    struct diagnostics *said;
    struct experiment *experiment;
    struct progress progress;
    struct judgement *judgement; /* one a claim */
    bool *decided, *wanted;      /* a claim's verdict stands; contenders that need more */
    uint32_t family, look;
    bool no_memory;
    char why[512]; /* what kept it from being judged */
};

/* The files before it, and what their scenarios are called (NULL: not known). */
struct earlier {
    char *const *paths, *const *names;
    uint32_t n;
};

/* Runs one file as ordered. EXIT_DONE: all claims hold that count; EXIT_CLAIM: some do not, or are
 * undecided, or trials have failed; else it could not be judged, and that was said, and is in
 * `why`. Close it in each case. With --out it shares its directory with none of the earlier. */
int verify_file(struct verified *, const struct order *, const struct policy_source *,
                const struct earlier *, bool quick, int n, char **words);
void verified_close(struct verified *);

/* How many claims of a kind there are that count, and how many hold. */
struct tally_of_claims {
    uint32_t all, held, undecided, info, left_out;
    uint32_t of_kind[KIND_FROZEN + 1], held_of_kind[KIND_FROZEN + 1];
};
struct tally_of_claims verified_count(const struct verified *);
void verified_add(struct tally_of_claims *, const struct tally_of_claims *);

/* ---- What is printed of it. */

/* A line for the file and one a claim. */
void verify_table(FILE *, const struct verified *, bool color);
/* "mm1.json: 5 of 5 exact". */
void verify_summary(FILE *, const char *name, const struct tally_of_claims *);
/* An object of the list in {"files": [...]}. */
void verify_json(FILE *, const struct verified *);
/* A <testsuite> of JUnit's XML. */
void verify_junit(FILE *, const struct verified *);
/* The same of a file that was not judged: an error a claim, or one where none is known (study
 * NULL).
 */
void verify_junit_error(FILE *, const char *path, const struct study *, const char *why);
/* "50.1ms (49.8ms to 50.4ms)"; "" where nothing was measured. */
enum { MEASURED_ROOM = 120 };
const char *verify_measured(const struct judgement *, char room[MEASURED_ROOM]);

#endif
