/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one record of a log of decisions says, beside those that make a view. */
#ifndef SIM_DECISION_FACTS_H
#define SIM_DECISION_FACTS_H

#include "sim/live/decision_text.h"

#define DECISION_FACTS                                                                             \
    FACT(RANDOM, "random")                                                                         \
    FACT(DRAWS, "draws")                                                                           \
    FACT(OPENED, "opened")                                                                         \
    FACT(NOW, "now")                                                                               \
    FACT(COOKIE, "cookie")                                                                         \
    FACT(MEMO, "memo")                                                                             \
    FACT(TICKET, "ticket")                                                                         \
    FACT(VALUE, "value")                                                                           \
    FACT(GONE, "gone")                                                                             \
    FACT(SEAT, "seat")                                                                             \
    FACT(AT, "at")                                                                                 \
    FACT(GAUGE, "gauge")                                                                           \
    FACT(AFTER, "after")                                                                           \
    FACT(SERVICE, "service")

enum decision_fact {
#define FACT(id, name) FACT_##id,
    DECISION_FACTS
#undef FACT
        FACTS
};

struct decision_facts {
    struct lb_request request; /* of pick, sent and done; without memo */
    struct lb_outcome outcome; /* of done; without request and report */
    struct lb_report report;   /* of report and piggyback */
    lb_server server;          /* of an answer perhaps LB_NONE, LB_HOLD, LB_REJECT */
    uint64_t number[FACTS];
    uint32_t seen; /* of these: bits */
    lb_server *tried;
};

/* Reads the rest of a record. 0, or -1 as the reader says. Close the facts in each case. */
int decision_facts_read(struct decision_reader *, struct decision_facts *);
void decision_facts_close(struct decision_facts *);

static inline bool decision_facts_have(const struct decision_facts *f, enum decision_fact fact)
{
    return f->seen >> fact & 1;
}

/* The wish that a record of these facts is. */
struct decision_wish decision_facts_wish(enum decision_verb, const struct decision_facts *);

#endif
