/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A log of decisions as text: a record a line, and in it what it is, of which balancer, and
 * NAME=VALUE as often as needed; what is zero is left out. Each line ends in a checksum over
 * itself and its number, so that none can be changed, lost, doubled or moved:
 *
 *     pick 0 id=17 at=123456789 issued=123456789 random=1234567890 ~5f3759df */
#ifndef SIM_DECISION_TEXT_H
#define SIM_DECISION_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "models/policy.h"

enum { DECISIONS_FORMAT = 1 };

#define DECISION_VERBS                                                                             \
    VERB(LOG, "decisions")     /* the first: which format */                                       \
    VERB(POLICY, "policy")     /* the second: of which policy */                                   \
    VERB(BALANCER, "balancer") /* a view that a policy will be opened with */                      \
    VERB(VIEW, "view")         /* what has changed in it since the last call */                    \
    VERB(BOARD, "board")       /* a report that has changed in it */                               \
    VERB(LABEL, "label")       /* a server's name in it */                                         \
    VERB(OPEN, "open")         /* calls: ... */                                                    \
    VERB(CLOSE, "close")                                                                           \
    VERB(PICK, "pick")                                                                             \
    VERB(SENT, "sent")                                                                             \
    VERB(DONE, "done")                                                                             \
    VERB(LOADED, "loaded")                                                                         \
    VERB(CHANGED, "changed")                                                                       \
    VERB(REPORT, "report")                                                                         \
    VERB(WOKEN, "woken")                                                                           \
    VERB(PIGGYBACK, "piggyback") /* the report of the `done` that follows */                       \
    VERB(ANSWER, "answer")       /* what pick and open have answered */                            \
    VERB(MEMO, "memo")           /* what a call has left in a memo */                              \
    VERB(WISH_WAKE, "wish.wake") /* what the policy asks of its host within a call: ... */         \
    VERB(WISH_PROBE, "wish.probe")                                                                 \
    VERB(WISH_OFFER, "wish.offer")                                                                 \
    VERB(WISH_MEMO, "wish.memo")                                                                   \
    VERB(WISH_PUBLISH, "wish.publish")                                                             \
    VERB(WISH_COPY, "wish.copy")                                                                   \
    VERB(WISH_LIMIT, "wish.limit")                                                                 \
    VERB(WISH_VIA, "wish.via")                                                                     \
    VERB(BACK, "back") /* the host has done what it was asked; calls may lie between */            \
    VERB(END, "end")   /* the last: nothing is missing */

enum decision_verb {
#define VERB(id, name) DECISION_##id,
    DECISION_VERBS
#undef VERB
        DECISION_VERBS_N
};

const char *decision_verb_name(enum decision_verb);

/* What a policy asks of its host: a verb DECISION_WISH_..., and the host function's arguments. Of a
 * memo: its ticket, and what is in it, or that it is gone. */
struct decision_wish {
    enum decision_verb verb;
    uint64_t first, second;
    bool gone;
};

/* What the arguments are called; of a second one that there is not: NULL. */
const char *decision_wish_first(const struct decision_wish *);
const char *decision_wish_second(const struct decision_wish *);

/* ---- Fields of structs. */

enum decision_type { DECISION_U16, DECISION_U32, DECISION_U64, DECISION_TIME, DECISION_FLOAT };

struct decision_field {
    const char *name;
    size_t offset;
    enum decision_type type;
};

/* NULL-ended; no two of a request's and an outcome's have one name. */
extern const struct decision_field decision_request[], decision_outcome[], decision_report[];

/* Bits of fields: the i-th of a table. */
enum {
    DECISION_REQUEST_PARENT = 1u << 3, /* left out: id */
    DECISION_REQUEST_ISSUED = 1u << 5  /* left out: now */
};

/* ---- Writing. */

struct decision_writer {
    FILE *file;
    char *text; /* whole records, and the one being written */
    size_t n, room, line;
    uint64_t records;
    bool failed; /* something could not be written */
};

int decision_writer_open(struct decision_writer *, FILE *); /* 0 or -ENOMEM */
/* Writes out what it has. 0, or -1: not all was written, now or before. */
int decision_writer_flush(struct decision_writer *);
void decision_writer_close(struct decision_writer *);

void decision_begin(struct decision_writer *, enum decision_verb, uint32_t balancer);
void decision_end(struct decision_writer *);
/* Is the record being written long enough? (Of what can be cut in several.) */
bool decision_is_long(const struct decision_writer *);
void decision_put_number(struct decision_writer *, const char *name, uint64_t);
void decision_put_seat(struct decision_writer *, const char *name, lb_server);
void decision_put_text(struct decision_writer *, const char *name, const char *text);
void decision_put_list(struct decision_writer *, const char *name, const lb_server *, uint32_t n);
/* NAME[FROM..TO]=, then a value. */
void decision_put_range(struct decision_writer *, const char *name, uint32_t from, uint32_t to);
void decision_put_value(struct decision_writer *, enum decision_type, const void *);
void decision_put_word(struct decision_writer *, const char *text, size_t length);
/* Fields that are not zero, and `always`, but for `never`. */
void decision_put_fields(struct decision_writer *, const struct decision_field *,
                         const void *structure, unsigned always, unsigned never);

/* The checksum of record `number` (from 1 on), without its end. */
uint32_t decision_sum(const char *text, size_t length, uint64_t number);

/* ---- Reading. */

struct decision_reader {
    FILE *file;
    char *line, *rest; /* rest: fields not yet read */
    size_t room;
    uint64_t record; /* number of this one; of none yet: 0 */
    enum decision_verb verb;
    uint32_t balancer;
    bool damaged;
    char why[256];
};

void decision_reader_close(struct decision_reader *);
/* The next record. -1: damaged, and why says so. */
int decision_next(struct decision_reader *);
/* Notes that this record is not as it must be. -1. */
int decision_damaged(struct decision_reader *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* NAME=VALUE or NAME[FROM..TO]=VALUE. */
struct decision_token {
    char *name, *value;
    bool ranged;
    uint32_t from, to;
};
/* 1, 0 at the end of the record, or -1. */
int decision_token(struct decision_reader *, struct decision_token *);
int decision_read_number(struct decision_reader *, const char *text, uint64_t most, uint64_t *to);
int decision_read_value(struct decision_reader *, const char *text, enum decision_type, void *to);
/* Reads a field of the table; `seen` gets its bit. 1, 0 if it has none of that name, or -1. */
int decision_read_field(struct decision_reader *, const struct decision_token *,
                        const struct decision_field *, void *structure, unsigned *seen);
/* Turns %XX back into what they stand for. */
void decision_read_text(char *text);

#endif
