/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a reader of results must know of a policy's numbers before trusting them. */
#ifndef SIM_CAUTION_H
#define SIM_CAUTION_H

#include "sim/run/experiment.h"

struct caution {
    const char *code;
    char text[200];
};

enum { CAUTIONS_MOST = 6 };

/* What decides it. */
struct caution_facts {
    uint32_t done, asked; /* replications with a result; that there are to be */
    uint64_t issued, completed, measured, in_system;
    bool piloted, settled; /* has it a pilot, and did that find a warm-up? */
    double offered_load;   /* NAN: cannot be told */
    bool drifts;           /* requests gather although nothing changes */
    const char *heavy;     /* a sign of a heavy tail (heavy_tail.h), or NULL */
};
uint32_t cautions_by(const struct caution_facts *, struct caution said[CAUTIONS_MOST]);
/* Is this the code of one of them? */
bool caution_by_facts(const char *code);

/* Fills what is to be said of a point: how many. */
uint32_t cautions_of(const struct point *, struct caution said[CAUTIONS_MOST]);

/* Code and meaning of all warnings, ended by a NULL code. */
extern const char *const caution_codes[][2];

#endif
