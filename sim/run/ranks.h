/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pool of workers.h over several machines: mpirun or srun starts the same command as several
 * ranks, and each works off tasks, one at a time. Rank 0 also hands them out and takes the results.
 *
 * A rank's tasks are done in processes of its own, started before MPI is, so that a task that
 * crashes or loops costs itself only. A rank that falls silent costs the task it had in hand, which
 * is tried once more elsewhere; whether the others live on is for the launcher to say (mpirun
 * --enable-recovery). Without several ranks none of MPI is touched. */
#ifndef SIM_RANKS_H
#define SIM_RANKS_H

#include "sim/run/workers.h"

/* First of all, if the ranks shall share one work. 0, or -1 with a message (the same in all ranks:
 * rank 0 shows it). On success all ranks but 0 lose their standard output. */
int ranks_begin(char *why, size_t room);
/* Before the process ends, whatever has happened in between: lets the others go. */
void ranks_end(void);

/* How many there are, and which this is. 1 and 0 where no launcher is, or without MPI. */
uint32_t ranks_size(void);
uint32_t ranks_rank(void);

/* In rank 0: as workers_run, but each rank is one worker, and crew->workers does not count.
 * -EPROTO: the launcher belongs to another MPI than this program. */
int ranks_run(const struct crew *);
/* In the other ranks, once for each ranks_run: does what rank 0 hands out; only work, context and
 * interrupt of the crew are used. 0: rank 0 has all it wants. 1: ended early; do not serve again.
 * -errno as above; -ETIMEDOUT: rank 0 is silent. */
int ranks_serve(const struct crew *);

#endif
