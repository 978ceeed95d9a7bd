/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The directory that results go to. */
#ifndef SIM_DIRECTORY_H
#define SIM_DIRECTORY_H

#include <stddef.h>

/* Makes a directory and those above it, or finds it there. 0 or -errno. */
int directory_make(const char *path);
/* The same, and it may be written to. */
int directory_take(const char *path);

/* Writes a text to a file in it. 0, or -errno with a sentence in `why`. */
int directory_write(const char *path, const char *name, const char *text, char *why, size_t room);

#endif
