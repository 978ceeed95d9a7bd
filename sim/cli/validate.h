/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `lbsim validate` tells, and keeps. */
#ifndef SIM_VALIDATE_H
#define SIM_VALIDATE_H

#include "sim/cli/live_report.h"
#include "sim/live/validation.h"

/* A contender that has been run and validated. */
struct validate_told {
    struct live_told live;
    struct validation validation;
    bool done; /* there is a verdict */
};

/* The policies of one point of the sweep against each other. */
struct validate_cell {
    const struct cell *cell;
    struct validate_told **at; /* those that are done, */
    uint32_t n;                /* so many */
    struct standings standings;
    bool ranked; /* there are two or more */
};

struct validate_report {
    const struct study *study;
    const struct live_order *order;
    struct validate_told *at;
    uint32_t n;
    struct validate_cell *cell;
    uint32_t cells;
    bool interrupted;
};

/* A named number of one world; each of them in turn. What was measured is of the world "measured".
 */
typedef void validate_visit(void *context, const char *world, const struct live_number *);
void validate_each_number(const struct validate_told *, validate_visit *, void *context);

/* ---- To people. */

/* Words from this column on, each after a space, in lines of 98 columns that begin with `indent`.
 */
void validate_say(FILE *, int at, int indent, const char *text);
void validate_print_policy(FILE *, const struct validate_told *, bool color);
/* What concerns all: overhead, standings, the host, and how many agreed. */
void validate_print_end(FILE *, const struct validate_report *);

/* ---- To programs. */

void validate_print_json(FILE *, const struct validate_report *);
void validate_print_csv(FILE *, const struct validate_report *);

#endif
