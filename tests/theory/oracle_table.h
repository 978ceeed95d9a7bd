/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers that must come out: scenarios whose answer is known exactly, or solved numerically with a
 * known error, or known in the limit of many servers. The unit of time is the mean service time
 * (ORACLE_UNIT in the scenarios). */
#ifndef TESTS_ORACLE_TABLE_H
#define TESTS_ORACLE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define ORACLE_UNIT         "10ms"
#define ORACLE_UNIT_SECONDS 0.01

enum oracle_kind {
    ORACLE_EXACT,   /* a closed form */
    ORACLE_NUMERIC, /* an exact model, solved numerically: off by at most `error` */
    ORACLE_LIMIT    /* of infinitely many servers: may be off by `error` times the value */
};

#define ORACLE_MEASURED (-1)

struct oracle_row {
    const char *id;     /* of the reference: family.parameters.quantity; NULL ends the rows */
    const char *metric; /* as lbsim names it */
    enum oracle_kind kind;
    double value, error;
    int window; /* of the scenario's `run`, from 0; ORACLE_MEASURED: of all measured time */
};

struct oracle_scenario {
    const char *name;
    const char *source; /* of its rows */
    uint32_t thousands; /* of requests, a replication; of replications, where `run` is given */
    const char *clients, *servers, *policy; /* pieces of the scenario, JSON */
    const char *more;                       /* other objects of it, or "" */
    const char *run; /* how long one replication is and what is measured, or NULL */
    /* Ended by a row without id. The first stands for the scenario where scores are taken together:
     * it must be a mean, and not of few large values. */
    const struct oracle_row *rows;
};

extern const struct oracle_scenario oracle_scenarios[];
extern const size_t oracle_scenarios_n;

const char *oracle_kind_name(enum oracle_kind);

#endif
