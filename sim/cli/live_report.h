/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `lbsim live` tells: to people, to programs, and into files. */
#ifndef SIM_LIVE_REPORT_H
#define SIM_LIVE_REPORT_H

#include "sim/cli/live_order.h"

/* A contender that has been run. */
struct live_told {
    const struct contender *contender;
    const struct cell *cell;
    struct live_session session;
};

struct live_report {
    const struct study *study;
    const struct live_order *order;
    struct live_told *at;
    uint32_t n;
    bool interrupted;
};

/* The best try of a contender's run, or NULL. */
const struct session_try *live_told_run(const struct live_told *);
const struct policy_spec *live_told_policy(const struct live_told *);

/* Were all policies run, and to the end? */
bool live_is_complete(const struct live_report *);

/* A named number of a run; each of them in turn. */
struct live_number {
    const char *metric, *statistic, *unit;
    double value, low, high; /* NAN: none */
    const char *why;         /* where there is no value: why */
};
typedef void live_visit(void *context, const struct live_number *);
void live_each_number(const struct session_try *, live_visit *, void *context);

/* "app[3]". Room 64 is enough. */
void live_server_name(const struct scenario *, uint32_t server, char *text, size_t room);

/* ---- To people. */

/* One more try: what was it like? */
void live_print_try(FILE *, const struct session_try *, uint32_t n, uint32_t of);
/* All policies side by side, and each by itself. */
void live_print(FILE *, const struct live_report *, bool verbose);
/* How to talk to what is served. */
void live_print_addresses(FILE *, const struct live_plan *, const char *authority);

/* What has been served, when nobody was there but strangers. */
void live_print_served(FILE *, const struct live_plan *);

/* ---- To programs. */

void live_print_json(FILE *, const struct live_report *);
void live_print_csv(FILE *, const struct live_report *);
/* One line a request. */
void live_print_requests(FILE *, const struct live_report *);

/* Writes live.json, live.csv and LABEL.hgrm of each policy into a directory, which is made. 0, or
 * an exit status after saying what is wrong. */
int live_write(const struct live_report *, const char *directory);
/* The same of live_print_requests, into a file. */
int live_write_requests(const struct live_report *, const char *path);

#endif
