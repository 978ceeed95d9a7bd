/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * TLS for one run: a certificate authority and a certificate for 127.0.0.1, ::1 and localhost, made
 * on the fly and kept in memory alone; TLS 1.2 or later; the peer's certificate and name are
 * verified, always. What is opened before a fork is good after it on both sides, and a session
 * begun with one process of a run is resumed with another. Threads may share it. */
#ifndef SIM_SECRETS_H
#define SIM_SECRETS_H

#include <stddef.h>

struct ssl_st; /* OpenSSL's SSL */
struct channel_tls;

enum { SECRETS_HOST_MOST = 256 }; /* bytes of a host's name, with the 0 at the end */

/* Makes keys and certificates: NULL with `why`. */
struct channel_tls *secrets_open(char *why, size_t room);
void secrets_close(struct channel_tls *);

/* The state of one connection, which SSL_free ends; its app data belongs to secrets.c.
 *
 * The side that accepts. NULL: out of memory. */
struct ssl_st *secrets_accept(const struct channel_tls *);

/* The side that connects, resuming an earlier session with that host if there is one.
 *
 * Without a host the peer is lbsim's own: it must be 127.0.0.1 by a certificate of this very
 * authority, whatever else the machine trusts. A host ("::1", "10.0.0.3:8443", "example.org") is
 * somebody else's perhaps: its certificate must be for that address or name (a port is cut off),
 * and from this authority or one that the system trusts; SSL_CERT_FILE and SSL_CERT_DIR in the
 * environment name others, as with any program that uses OpenSSL.
 *
 * NULL: out of memory, or no such host can be. */
struct ssl_st *secrets_connect(struct channel_tls *, const char *host);

/* The authority's certificate as PEM, for others (curl --cacert). 0 or -errno. */
int secrets_write_authority(const struct channel_tls *, const char *path);

#endif
