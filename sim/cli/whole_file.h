/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are there whole or not at all, and whether two paths are one file. */
#ifndef SIM_WHOLE_FILE_H
#define SIM_WHOLE_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

/* A file being written beside its place. */
struct whole_file {
    FILE *out;
    char place[PATH_MAX], part[PATH_MAX]; /* part: empty where it is written in place */
};

/* Opens it: 0, or -1 with errno. What was at `path` stays until the end; devices and pipes are
 * written at once. */
int whole_file_open(struct whole_file *, const char *path);
/* Puts it in its place, or removes what was written of it (`good` false). 0, or -1 with errno: then
 * nothing is left of it either. */
int whole_file_end(struct whole_file *, bool good);

/* Do both paths lead to one regular file? A NULL path leads nowhere. */
bool is_same_file(const char *, const char *);
/* Does standard output go to this regular file? */
bool is_standard_output(const char *path);

#endif
