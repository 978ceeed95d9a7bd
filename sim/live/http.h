/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTTP/1.1 (RFC 9110, 9112). What lbsim says to itself is in the field X-Lbsim. Of what others ask:
 * bodies need a Content-Length (else 411); CONNECT and upgrades are refused (501); a head that two
 * readers might read differently is refused (400). */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include "sim/live/protocol.h"

/* See struct protocol. */
size_t http_request_read(struct request_reader *, const struct channel_limits *, const char *bytes,
                         size_t n, enum news *);
size_t http_answer_read(struct answer_reader *, const struct channel_limits *, const char *bytes,
                        size_t n, enum news *);
enum news http_answer_end(struct answer_reader *);

#endif
