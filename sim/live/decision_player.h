/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What plays a log of decisions: inside of decision_replay.c and its host. */
#ifndef SIM_DECISION_PLAYER_H
#define SIM_DECISION_PLAYER_H

#include "sim/live/decision_facts.h"
#include "sim/live/decision_log.h"
#include "sim/live/decision_view.h"

/* A memo that the policy may write to until its call returns. */
struct cell {
    uint64_t ticket, value;
    struct cell *next;
};

struct player;

/* One balancer. */
struct played {
    struct lb_host host; /* first: the policy's handle leads back here */
    struct player *player;
    struct decision_shown shown;
    struct lb_setup setup;
    void *self; /* NULL: not open */
    struct lb_report piggyback;
    bool has_piggyback;
    uint32_t number;
    struct cell *cells;
};

struct player {
    struct decision_reader in;
    bool ahead; /* the reader's record is still to be played */
    const struct policy_spec *spec;
    struct replayed *out;
    struct played **played;
    uint32_t played_n, room;
    uint32_t depth;
};

/* The record to be played next. -1: damaged. */
int player_peek(struct player *);
/* The policy does something else than the log says: the first time is noted. */
void player_differs(struct player *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Plays until the end of the log; or, within a call, until the host is back from what it was asked.
 */
int player_calls(struct player *, bool within);

/* ---- The host. */

extern const struct lb_host player_host;

bool player_is_wish(enum decision_verb);
/* A wish that the policy has not had again: what the host did all the same is played. */
int player_unasked(struct player *);

/* A memo of this content, until the call returns. NULL: no memory. */
uint64_t *player_lend(struct played *, uint64_t ticket, uint64_t value);
/* What a call has left in a memo: the same as before? */
int player_memo(struct player *, struct played *);
void player_forget_memos(struct played *);

#endif
