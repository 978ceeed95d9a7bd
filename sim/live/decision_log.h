/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a policy was told and asked, and what it answered: every callback with its arguments, every
 * change of its view, and what it asked of its host. Played back to another instance of the policy
 * the log must give the same picks and the same wishes, one by one; no clock is needed for that.
 *
 * The log is text, a record a line (decision_text.h):
 *
 *     view 0 version=1 usable=given usable[0..9]=0..9 inflight=given load=own ...
 *     open 0 random=1234567890 ~...
 *     pick 0 id=0 at=1042 ticket=7 random=42 ~...
 *     answer 0 server=3 draws=2 ~...
 *     view 0 inflight[3]=1 ~...
 */
#ifndef SIM_DECISION_LOG_H
#define SIM_DECISION_LOG_H

#include <stdio.h>

#include "sim/scenario/scenario.h"

/* A policy that does all that `inner` does, and writes to `file` (buffered; it is flushed on close,
 * and each line or record is whole). Several instances, one a balancer, may share the file, in one
 * thread. Servers are not looked up ahead (`prepare`): that changes no pick. `inner` must outlive
 * it. NULL: out of memory. The result, a policy_spec, is used in place of the inner one. */
struct decision_log;
struct decision_log *decision_log_open(const struct policy_spec *inner, FILE *file);
const struct policy_spec *decision_log_policy(const struct decision_log *);
/* Writes the end of the log whose policy this is (NULL: none), when all its instances are closed,
 * in the process in which they ran: perhaps a child of the one that opened the log. 0, or -1:
 * something could not be written. */
int decision_log_finish(const struct policy_spec *logged);
/* Finishes it, if that is not done and any instance was opened in this process. 0, or -1: something
 * could not be written. */
int decision_log_close(struct decision_log *);

struct replayed {
    const struct policy_spec *policy; /* whose log it is, of those that were given; or NULL */
    uint64_t calls, picks, same;      /* same: picks that were answered as in the log */
    uint64_t wishes, granted;         /* wakings, probes, copies, ...; asked for again just so */
    uint64_t first_different;         /* record (a line each) of the first difference; 0: none */
    uint64_t records;                 /* read */
    char why[256];
    char inputs[2048]; /* what the policy saw, where the first difference is a pick */
};
/* Plays a log to a new instance of the policy. 0, or -1 with replayed->why: the log is damaged, or
 * of another policy, or of other parameters. A difference is no failure; `why` then tells of the
 * first one. What follows in the file (perhaps another log) is left to be read. */
int decision_replay(const struct policy_spec *, FILE *, struct replayed *);
/* The same, to that one of n policies whose log it is. */
int decision_replay_any(const struct policy_spec *, uint32_t n, FILE *, struct replayed *);

#endif
