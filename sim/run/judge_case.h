/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Judging one case of a claim. */
#ifndef SIM_JUDGE_CASE_H
#define SIM_JUDGE_CASE_H

#include "sim/run/estimate.h"
#include "sim/run/judge_group.h"

/* A claim under judgement. */
struct hearing {
    const struct evidence *evidence;
    const struct claim *claim;
    double alpha;           /* of this look, for the present group */
    uint32_t family, cases; /* comparisons with "ci" in the file; groups of this claim */
    struct judgement *out;
    bool *wanted;
    bool no_memory;
};

/* One verdict, and what it rests on. */
struct finding {
    enum verdict verdict;
    struct interval measured;
    const char *hopeless; /* undecided for good, and why */
    const char *why;      /* undecided until there are more replications */
    char said[160];       /* more of why, or "" */
};

/* Undecided, and nothing measured. */
#define FINDING_NONE                                                                               \
    ((struct finding) { .verdict = VERDICT_UNDECIDED,                                              \
                        .measured = { .value = NAN, .low = NAN, .high = NAN, .se = NAN } })

/* value, min and max against an interval. `wide` is at the level of the family. */
void case_numbers(const struct claim *, const struct interval *, const struct interval *wide,
                  struct finding *);
/* Why an estimate decides nothing, or NULL. */
bool case_unfit(const struct estimate *, struct finding *);
/* Is `sign` times (first less second) above 0? */
void case_pair(struct hearing *, uint32_t first, uint32_t second, int sign, uint32_t steps,
               struct finding *);
/* Estimates of two contenders over the replications that both have; close both. */
bool case_two(struct hearing *, uint32_t first, uint32_t second, struct estimate two[2],
              bool *paired);
void case_two_close(struct estimate two[2]);
void case_recovery(struct hearing *, uint32_t contender, struct finding *);
/* Puts a finding about these contenders, one or two, beside the others: the worst counts. */
void case_found(struct hearing *, const struct finding *, const uint32_t *contenders, uint32_t n);
/* -1: less of the metric is better; 1: more; 0: neither. */
int case_better(const char *metric);

#endif
