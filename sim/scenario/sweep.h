/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The `sweep` of a scenario: its dimensions, whose places are combined each with each. */
#ifndef SIM_SWEEP_H
#define SIM_SWEEP_H

#include "sim/scenario/bind.h"
#include "sim/scenario/study.h"

struct where;

/* A value that a place gives to a path. */
struct sweep_change {
    const char *path;
    const char *same;         /* the path with numbers for names */
    const cJSON *value, *key; /* key: the node whose key is the path */
};

/* A place of a dimension: a value of an axis, a variant, or a point of a zip. */
struct sweep_place {
    const char *name; /* "load=0.9", or of a zip "a=1,b=2" */
    const cJSON *node;
    const struct coordinate *at;
    const struct sweep_change *changes;
    uint32_t at_n, changes_n;
};

struct dimension {
    const struct sweep_place *places;
    uint32_t n;
};

struct sweep {
    const cJSON *node;
    struct dimension *dimensions; /* in the order of the file; the last goes fastest */
    uint32_t dimensions_n;
    struct axis *axes;
    uint32_t axes_n;
    struct where *where; /* NULL: all */
    double combinations;
};

/* Reads the sweep of a tree, if it has one; ranges in the tree become lists. What is kept lies in
 * the arena of `keeper`; values point into the tree. False if an error was said. */
bool sweep_read(struct reader *keeper, cJSON *root, struct sweep *);

/* The rest of reading, once the places are known: their names, the axes, what contradicts itself.
 */
bool sweep_finish(struct reader *, cJSON *root, struct sweep *);

/* Puts the values of a point into the tree: place index[d] of dimension d. False if an error was
 * said. */
bool sweep_put(struct reader *, const struct sweep *, const uint32_t *index, cJSON *root);

/* For those who want one scenario: puts a sweep of a single point into the tree and takes `sweep`
 * out. False if an error was said: there are several. */
bool sweep_settle(struct reader *, cJSON *root);

/* What a value is called as a coordinate, in the arena; NULL: out of memory. */
const char *sweep_value_text(struct reader *, const cJSON *);
/* A text's number in base units, NAN if it is none: "10ms" is 0.01. */
double sweep_number(const char *text);

/* ---- where: comparisons of paths joined by and, or and parentheses. */

/* Reads an expression; NULL if an error was said. */
struct where *where_read(struct reader *, const struct trail *, const cJSON *node,
                         const cJSON *root, const struct sweep *);
enum answer { ANSWER_NO, ANSWER_MAYBE, ANSWER_YES };
/* Does it hold at a point, for the policy of this label? MAYBE without a label (NULL): it depends
 * on the policy. */
enum answer where_holds(const struct where *, const struct sweep *, const uint32_t *index,
                        const char *label);

#endif
