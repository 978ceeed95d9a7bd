/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The decisions of live runs: a log of each try, of which the best one's may be kept in a file. */
#ifndef SIM_TRY_LOGS_H
#define SIM_TRY_LOGS_H

#include "sim/cli/whole_file.h"
#include "sim/live/decision_log.h"
#include "sim/live/session.h"

struct try_logs {
    const struct policy_spec *policy; /* being run */
    struct {
        FILE *file;
        struct decision_log *log;
    } at[SESSION_TRIES_MOST];
    bool failed; /* a file could not be made, or not be written to */
};

/* The policies of one run after the other: begin, run, use the logs, close. */
void try_logs_begin(struct try_logs *, const struct policy_spec *);
/* session_order.logged, of try n: the policy that logs, or the policy itself where there is no file
 * for its log. */
const struct policy_spec *try_logs_next(struct try_logs *, uint32_t n);
/* The log of try n, from its beginning on; NULL: there is none. */
FILE *try_logs_file(const struct try_logs *, uint32_t n);
void try_logs_close(struct try_logs *);

/* --decisions FILE: the logs of all policies, one after the other. */
struct kept_logs {
    struct whole_file file;
    const char *path; /* NULL: none is kept */
    bool any;
};
/* 0, or an exit status after saying what is wrong. A NULL path is no file, and nothing is kept. */
int kept_logs_open(struct kept_logs *, const char *path);
int kept_logs_add(struct kept_logs *, FILE *log);
/* Puts the file in its place if any log is in it. */
int kept_logs_close(struct kept_logs *);

#endif
