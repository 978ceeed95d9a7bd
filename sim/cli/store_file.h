/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SIM_STORE_FILE_H
#define SIM_STORE_FILE_H

#include <stdbool.h>

/* Is `path` the file of a store, one that SQLite or a repair keeps beside it ("-wal", "-damaged"
 * and so on, there or not), or the scenario.json that goes with it? Links are followed. */
bool is_of_store(const char *store, const char *path);

#endif
