/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Completion of command lines, made from the tables of the verbs: what an option or a word may be
 * is read from how the help names it ("csv|json", P, DIR). */
#ifndef SIM_COMPLETION_H
#define SIM_COMPLETION_H

#include "sim/cli/cli.h"

enum completion {
    COMPLETE_NOTHING,
    COMPLETE_CHOICES,  /* "a|b|c": these */
    COMPLETE_POLICIES, /* P */
    COMPLETE_METRICS,  /* M */
    COMPLETE_CHARTS,   /* CHART */
    COMPLETE_NAMES,    /* NAME: policies, metrics and charts (of which `explain` tells), or files */
    COMPLETE_SCENARIOS, /* SCENARIO, or FILE of a verb: JSON files */
    COMPLETE_RESULTS,   /* RESULTS: directories and SQLite files */
    COMPLETE_FILES,     /* FILE, LOG */
    COMPLETE_DIRECTORIES
};

/* What the argument of an option, or of a verb, may be. */
enum completion completion_of_option(const struct cli_option *);
enum completion completion_of_verb(const struct verb *);

/* Prints the words of a kind, one space between two; `choices` is "a|b|c", read if the kind is
 * COMPLETE_CHOICES. A character of `escaped` gets a backslash. */
void completion_words(FILE *, enum completion, const char *choices, const char *escaped);
/* Prints a text for between single quotes of a shell: `quote` stands for each single quote. */
void completion_text(FILE *, const char *text, const char *quote, const char *escaped);

void completion_bash(FILE *);
void completion_zsh(FILE *);
void completion_fish(FILE *);

#endif
