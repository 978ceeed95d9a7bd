/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An authority and one certificate that it has signed, on the elliptic curve P-256. Nothing is
 * written anywhere. */
#ifndef SIM_CERTIFICATE_H
#define SIM_CERTIFICATE_H

#include <openssl/x509.h>

struct certificates {
    X509 *authority;
    X509 *leaf;    /* for 127.0.0.1, ::1 and localhost, as a server */
    EVP_PKEY *key; /* of the leaf; that of the authority is forgotten: it signs nothing more */
};

enum { CERTIFICATE_DAYS = 7, CERTIFICATE_EARLY = 3600 }; /* its life; s before now: slow clocks */

/* 0, or -1: OpenSSL's queue of errors says why. */
int certificates_make(struct certificates *);
void certificates_free(struct certificates *);

#endif
