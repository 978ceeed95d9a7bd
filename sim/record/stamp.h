/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a result comes from: what made it, on what machine, when, by which command. */
#ifndef SIM_STAMP_H
#define SIM_STAMP_H

#include <stdint.h>

enum stamp_item {
    STAMP_VERSION,  /* of lbsim */
    STAMP_GIT,      /* commit, as the build knew it */
    STAMP_COMPILER, /* name and version */
    STAMP_FLAGS,    /* what the compiler was told */
    STAMP_CPU,      /* model name */
    STAMP_HOST,     /* the machine's name */
    STAMP_KERNEL,   /* name, release, architecture */
    STAMP_CREATED,  /* UTC, 2026-01-31T23:59:59Z */
    STAMP_COMMAND,  /* quoted so that a shell reads it as it was */
    STAMP_ITEMS
};

struct stamp {
    char *value[STAMP_ITEMS]; /* never NULL in an open stamp; "unknown" where it cannot be told */
};

/* "version", "git", ...: the names of columns and keys. */
const char *stamp_name(enum stamp_item);

/* Fills a stamp with this program, machine and instant. 0 or -ENOMEM (and then nothing to close).
 */
int stamp_open(struct stamp *, int arguments, char *const argument[]);
void stamp_close(struct stamp *);

#endif
