/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One writer a file: a lock on a file beside it that the kernel drops when its process dies,
 * however it dies. Forked children do not hold it. */
#ifndef SIM_STORE_LOCK_H
#define SIM_STORE_LOCK_H

#include <stddef.h>

/* A descriptor, or -errno with a sentence in `why`: -EBUSY if another process holds it. */
int store_lock(const char *path, char *why, size_t room);

void store_unlock(const char *path, int descriptor);

#endif
