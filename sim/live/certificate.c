/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/certificate.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

enum { SERIAL_BITS = 127, X509_VERSION = 2 /* version 3 counts from 0 */ };

/* RFC 5280, 4.1.2.2: positive, at most 20 octets; random, so that no two runs have the same. */
static bool set_serial(X509 *x)
{
    BIGNUM *serial = BN_new();
    bool good = serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
                BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));

    BN_free(serial);
    return good;
}

static bool set_life(X509 *x)
{
    return X509_gmtime_adj(X509_getm_notBefore(x), -CERTIFICATE_EARLY) &&
           X509_time_adj_ex(X509_getm_notAfter(x), CERTIFICATE_DAYS, 0, NULL);
}

static bool set_name(X509 *x, const char *name)
{
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0);
}

static bool extend(X509 *x, X509 *authority, int what, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX context;
    bool good;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, authority, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, what, value);
    good = extension && X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
    return good;
}

static X509 *blank(const char *name, EVP_PKEY *key)
{
    X509 *x = X509_new();

    if (x && X509_set_version(x, X509_VERSION) && set_serial(x) && set_life(x) &&
        set_name(x, name) && X509_set_pubkey(x, key))
        return x;
    X509_free(x);
    return NULL;
}

static X509 *make_authority(EVP_PKEY *key)
{
    X509 *x = blank("lbsim authority of one run", key);

    if (x && X509_set_issuer_name(x, X509_get_subject_name(x)) &&
        extend(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        extend(x, x, NID_key_usage, "critical,keyCertSign") &&
        extend(x, x, NID_subject_key_identifier, "hash") && X509_sign(x, key, EVP_sha256()))
        return x;
    X509_free(x);
    return NULL;
}

static X509 *make_leaf(EVP_PKEY *key, X509 *authority, EVP_PKEY *signs)
{
    X509 *x = blank("lbsim", key);

    if (x && X509_set_issuer_name(x, X509_get_subject_name(authority)) &&
        extend(x, authority, NID_basic_constraints, "critical,CA:FALSE") &&
        extend(x, authority, NID_key_usage, "critical,digitalSignature") &&
        extend(x, authority, NID_ext_key_usage, "serverAuth") &&
        extend(x, authority, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost") &&
        extend(x, authority, NID_subject_key_identifier, "hash") &&
        extend(x, authority, NID_authority_key_identifier, "keyid:always") &&
        X509_sign(x, signs, EVP_sha256()))
        return x;
    X509_free(x);
    return NULL;
}

int certificates_make(struct certificates *made)
{
    EVP_PKEY *signs = EVP_EC_gen("P-256");

    *made = (struct certificates) { .key = EVP_EC_gen("P-256") };
    if (signs && made->key)
        made->authority = make_authority(signs);
    if (made->authority)
        made->leaf = make_leaf(made->key, made->authority, signs);
    EVP_PKEY_free(signs);
    if (made->leaf)
        return 0;
    certificates_free(made);
    return -1;
}

void certificates_free(struct certificates *made)
{
    X509_free(made->authority);
    X509_free(made->leaf);
    EVP_PKEY_free(made->key);
    *made = (struct certificates) { 0 };
}
