/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scenario's file on its way: a tree with the options applied, from which scenarios are built. */
#ifndef SIM_DRAFT_H
#define SIM_DRAFT_H

#include "sim/scenario/bind.h"

struct draft {
    struct reader reader; /* of the tree; its arena holds the file's text */
    const struct scenario_request *request;
    const char *path;
    const struct text *file;
    cJSON *root; /* an object; NULL: it is none, or an error was said */
    const char *text;
};

/* Reads a text (of options alone: path NULL or "-", and text NULL) and applies the options. `draft`
 * is to be closed whatever came of it. False: out of memory, and that is said. */
bool draft_open(struct draft *, struct arena *, const char *path, const char *text, size_t length,
                const struct scenario_request *, struct diagnostics *);
void draft_close(struct draft *);

/* Builds a scenario of a tree, in the reader's arena; path and text are not copied. False if it is
 * out of memory; errors are said. */
bool draft_build(struct reader *, const struct scenario_request *, const struct draft *,
                 const cJSON *root, struct scenario *);

/* The bytes of a file, malloc'd; NULL if it cannot be read, and that is said. */
char *draft_file(const char *path, size_t *length, struct diagnostics *);
bool draft_is_options(const char *path);

#endif
