/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The part of a conduit that has TLS below it. */
#ifndef SIM_CONDUIT_TLS_H
#define SIM_CONDUIT_TLS_H

#include "sim/live/conduit.h"

/* Shakes hands over a connection that stands. 0, or -1: out of memory. */
int conduit_tls_start(struct conduit *, bool accepting);
void conduit_tls_write(struct conduit *, const char *text, size_t n, uint64_t filler);
bool conduit_tls_is_flushed(const struct conduit *);
void conduit_tls_hasten(struct conduit *);
void conduit_tls_finish(struct conduit *);
void conduit_tls_close(struct conduit *, bool reset);

/* Filler: up to *n of the wanted bytes. */
const char *conduit_dots(uint64_t wanted, size_t *n);

#endif
