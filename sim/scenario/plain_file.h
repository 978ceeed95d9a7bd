/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that a scenario names. They are read more than once and by several processes, so they must
 * be regular ones; opening a pipe would wait for its writer. */
#ifndef SIM_PLAIN_FILE_H
#define SIM_PLAIN_FILE_H

#include <stdio.h>

/* Opens a regular file for reading, without waiting. NULL: errno says why not. */
FILE *plain_file_open(const char *path);
/* That errno as words: "No such file or directory", "it is no regular file". */
const char *plain_file_why(int error);

#endif
