/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a launcher has started this process as one of several. */
#ifndef SIM_LAUNCH_H
#define SIM_LAUNCH_H

#include <stdint.h>

struct launch {
    uint32_t rank, size; /* 0 of 1: by none */
};

/* Goes by the environment that Open MPI's mpirun, the PMI of MPICH and its relatives, and Slurm's
 * srun with PMIx or PMI set. */
struct launch launch_seen(void);

#endif
