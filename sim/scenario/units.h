/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers with a unit: "250us", "64KiB", "1Gbit/s". */
#ifndef SIM_UNITS_H
#define SIM_UNITS_H

#include <stddef.h>

enum unit { UNIT_NONE, UNIT_TIME, UNIT_BYTES, UNIT_BANDWIDTH, UNIT_RATE };

/* Reads a text such as "250us" into seconds, bytes, bytes per second or 1 per second. Answers NULL
 * or a phrase that says what was expected. No text makes an infinity or a NaN. */
const char *unit_read(enum unit, const char *text, double *value);

/* The unit that a bare number has ("seconds"), "" for UNIT_NONE. */
const char *unit_name(enum unit);
/* A regular expression (ECMA 262) for the texts that unit_read takes; NULL for UNIT_NONE. */
const char *unit_pattern(enum unit);
/* Two examples, for messages and help: "10ms" or 0.01. */
const char *unit_example(enum unit);

/* Writes a value as people say it, "10ms", "64KiB", "1Gbit/s", to three digits or to the number
 * itself where that is short. Answers `room`. */
const char *unit_show(enum unit, double value, char *room, size_t size);

#endif
