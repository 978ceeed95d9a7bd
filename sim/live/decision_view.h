/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a policy sees, in a log of decisions: what has changed since it was last called is written,
 * and put together again. */
#ifndef SIM_DECISION_VIEW_H
#define SIM_DECISION_VIEW_H

#include "sim/live/decision_text.h"

enum { DECISION_SCALARS = 6, DECISION_ARRAYS = 11, DECISION_SEATS_MOST = 1 << 24 };

/* Numbers of a view, and its arrays but for reports and labels. */
struct decision_scalar {
    const char *name;
    size_t offset;
};
struct decision_array {
    const char *name;
    size_t offset; /* of the pointer */
    enum decision_type type;
    size_t width;
};
extern const struct decision_scalar decision_scalars[DECISION_SCALARS];
extern const struct decision_array decision_arrays[DECISION_ARRAYS];
enum { DECISION_USABLE, DECISION_INFLIGHT, DECISION_LOAD, DECISION_FULL = 7 }; /* of these */

/* How an array is given: not at all, by itself, or (of loads) as what is in flight. */
enum decision_given { DECISION_ABSENT, DECISION_GIVEN, DECISION_OWN };

/* ---- Writing: what the log knows of a view. */

struct decision_seen {
    uint32_t capacity;
    uint32_t scalar[DECISION_SCALARS];
    enum decision_given given[DECISION_ARRAYS];
    void *array[DECISION_ARRAYS]; /* copies */
    struct lb_report *report;
    const char **label;
};

/* Writes what has changed, as records of this balancer, if anything has. */
void decision_see(struct decision_seen *, const struct lb_view *, struct decision_writer *,
                  uint32_t balancer);
void decision_seen_close(struct decision_seen *);

/* ---- Reading: a view made of a log. Its address, and those of its arrays, stay. */

struct decision_shown {
    struct lb_view view;
    void *array[DECISION_ARRAYS];
    struct lb_report *report;
    char **label;
    bool unchecked; /* more has changed than numbers of servers that are there */
};

/* Of the record that says so. 0 or -1, as the reader says. */
int decision_show(struct decision_shown *, struct decision_reader *);
/* Takes a record over: of the verbs VIEW, BOARD, LABEL. */
int decision_show_more(struct decision_shown *, struct decision_reader *);
/* May it be shown to a policy of these needs? */
int decision_show_checked(struct decision_shown *, struct decision_reader *, uint32_t sees);
void decision_shown_close(struct decision_shown *);

#endif
