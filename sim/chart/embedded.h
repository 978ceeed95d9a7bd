/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files of plots/: gnuplot scripts and pages, as they were when the program was built. */
#ifndef SIM_EMBEDDED_H
#define SIM_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name; /* "style.gp" */
    const unsigned char *bytes;
    size_t size; /* a 0 follows the last byte */
};

/* The file of this name; NULL: there is none. */
const struct embedded *embedded(const char *name);

#endif
