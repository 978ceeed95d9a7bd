/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The models as a table, for the command line. */
#ifndef MODELS_THEORY_TABLE_H
#define MODELS_THEORY_TABLE_H

#include "models/theory.h"

enum { THEORY_LIST = THEORY_STATES };

struct theory_list {
    double at[THEORY_LIST];
    uint32_t n;
};

/* What a model may be asked; NAN is absent, and so is a list of none. Choices are indices. */
struct theory_question {
    double load, rate, service, scv, servers, places, choices, copies, ratio;
    double patience, population, think, batch, batch_scv, interarrival, law, preempt, tokens;
    double up, down, after, failure, attempts, parts, needed, rule;
    struct theory_list shares, services, scvs, rates, switches;
};

enum theory_kind { THEORY_NUMBER, THEORY_WHOLE, THEORY_CHOICE, THEORY_NUMBERS };

struct theory_parameter {
    const char *name, *unit, *help; /* unit: "s", "1/s", "" */
    size_t offset;                  /* into struct theory_question */
    enum theory_kind kind;
    bool required;              /* a list; numbers are where the preset is NAN */
    double preset, least, most; /* NAN: absent */
    const char *const *words;   /* of a choice, NULL-ended */
    /* Why it does not count beside the others, which have their presets; NULL if it does. To give
     * it all the same is an error. The function is NULL if it always counts. */
    const char *(*unused)(const struct theory_question *);
};

struct theory_model {
    const char *name, *summary, *formula, *source;
    const struct theory_parameter *parameters; /* ended by a NULL name */
    const char *(*solve)(const struct theory_question *, struct theory_answer *);
    /* What load 1 is in requests per second; NULL where a load alone says no rate. */
    double (*full_rate)(const struct theory_question *);
};

/* Ended by a NULL name. */
extern const struct theory_model theory_models[];
/* The model of that name, or NULL. */
const struct theory_model *theory_model(const char *name);

/* A question to a model in which nothing is asked yet. */
struct theory_question theory_question(const struct theory_model *);
/* Where a number, a choice's index, or a list (`struct theory_list`) stands in the question. */
void *theory_place(const struct theory_parameter *, struct theory_question *);

/* Answers, with the presets for what is absent; false after writing to `why` what is missing, out
 * of its range, does not count, or cannot be. */
bool theory_solve(const struct theory_model *, const struct theory_question *,
                  struct theory_answer *, char *why, size_t room);

#endif
