/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random scenarios that may go the express way, and those one condition away. */
#ifndef TESTS_RANDOM_EXPRESS_H
#define TESTS_RANDOM_EXPRESS_H

#include <stdint.h>

enum { RANDOM_EXPRESS_ROOM = 8192 };

/* The text of a scenario, the same for the same seed and number; returns `text`. */
const char *random_express(uint64_t seed, uint64_t number, char text[RANDOM_EXPRESS_ROOM]);
const char *random_express_wide(uint64_t seed, uint64_t number, char text[RANDOM_EXPRESS_ROOM]);
const char *random_express_not(uint64_t seed, uint64_t number, char text[RANDOM_EXPRESS_ROOM]);

#endif
