/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the verbs of the command line share. */
#ifndef SIM_CLI_H
#define SIM_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What the program's end says. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_CLAIM = 1,       /* a claim does not hold, or trials have failed; the others are kept */
    EXIT_USAGE = 2,       /* bad usage or bad scenario */
    EXIT_MACHINE = 3,     /* file, disk, memory, a port in use */
    EXIT_UNJUDGED = 4,    /* validate: no run was good enough for a verdict */
    EXIT_ACCOUNTING = 70, /* the accounting broke: a bug in lbsim */
    EXIT_INTERRUPTED = 130
};

/* An option of a verb. */
struct cli_option {
    const char *name;     /* without dashes */
    char letter;          /* or 0 */
    const char *argument; /* "N"; NULL: it takes none */
    const char *help;
};

/* An option that other verbs have and this one cannot: why, and what to do instead. */
struct cli_refusal {
    const char *name;
    char letter; /* or 0 */
    const char *why;
};

struct verb {
    const char *name, *arguments, *summary;
    const char *more;                   /* the rest of its help, with an example */
    const struct cli_option *options;   /* ended by a NULL name */
    const struct cli_refusal *refusals; /* likewise; NULL: none */
    int (*run)(const struct verb *, int n, char **words); /* words[0] is the verb */
};

/* NULL-ended, in the order of the help. */
extern const struct verb *const verbs[];

/* Called for each option with its value (NULL if it takes none), and for each other word with a
 * NULL option. Nonzero ends the reading: something was said. */
typedef int cli_take(void *context, const struct cli_option *, const char *value);

/* Reads a verb's words. 0; EXIT_USAGE after telling what is wrong; -1 if help was asked for and
 * printed. */
int cli_read(const struct verb *, int n, char **words, cli_take *, void *context);

/* "lbsim: ..." to standard error. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

void cli_help(const struct verb *, FILE *); /* of one verb; NULL: of the program */

/* A paragraph, broken at spaces, after a heading; nothing if there is no text. */
void cli_paragraph(FILE *, const char *heading, const char *text);

/* May this stream be coloured? Not on a pipe, nor with NO_COLOR or --no-color. */
bool cli_color(FILE *, bool forbidden);

extern const struct verb verb_run, verb_live, verb_validate, verb_verify, verb_compare, verb_plot,
    verb_report, verb_export, verb_merge, verb_check, verb_list, verb_explain, verb_theory,
    verb_import, verb_schema, verb_completion, verb_bench, verb_watch, verb_animate;

#endif
