/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario says of itself, read without the rest of it: for results whose plug-ins or traces
 * are not at hand. */
#ifndef SIM_HEADLINE_H
#define SIM_HEADLINE_H

#include <stddef.h>

/* The text that stands under a key at the top level ("description"), to be freed. NULL: there is
 * none, or this is no JSON. */
char *headline_of(const char *text, size_t length, const char *key);

#endif
