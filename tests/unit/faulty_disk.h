/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk that fails on demand: an SQLite VFS over the default one, for tests. */
#ifndef TEST_FAULTY_DISK_H
#define TEST_FAULTY_DISK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_FULL,     /* a write finds no room: half of it is done */
    FAULT_WRITE,    /* a write fails, nothing of it is done */
    FAULT_SYNC,     /* what was written may not be there */
    FAULT_TRUNCATE, /* a file cannot be cut */
    FAULTS
};

struct faulty_disk {
    sqlite3_vfs vfs; /* must stand first */
    sqlite3_vfs *real;
    enum fault fault;
    uint32_t at;   /* which call of this kind fails, from 1; 0: none */
    bool for_ever; /* all after it fail, too */
    uint32_t calls, failed;
};

/* Makes it the disk of all databases opened from now on. Returns 0 or an SQLite error. */
int faulty_disk_open(struct faulty_disk *);
void faulty_disk_close(struct faulty_disk *);

/* From now on: which call fails. Counts begin anew. */
void faulty_disk_set(struct faulty_disk *, enum fault, uint32_t at, bool for_ever);

#endif
