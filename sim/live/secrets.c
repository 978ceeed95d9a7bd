/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/secrets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/live/certificate.h"
#include "sim/run/labour.h"

/* The last session with a host. Never freed before the end: connections point here. */
struct earlier {
    struct earlier *next;
    struct channel_tls *tls;
    SSL_SESSION *session; /* NULL: none yet */
    char host[SECRETS_HOST_MOST];
};

struct channel_tls {
    SSL_CTX *server;
    SSL_CTX *own;     /* clients of lbsim's own servers */
    SSL_CTX *foreign; /* of others; NULL: not needed yet, as the system's authorities are many */
    X509 *authority;
    pthread_mutex_t lock; /* of foreign and earlier */
    struct earlier *earlier;
};

/* ---- Contexts. */

/* A peer that is killed ends its connection without a word of TLS. That is its end and no fault of
 * TLS; the lengths of messages say which are whole. */
static const uint64_t context_options =
    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF;

static bool set_common(SSL_CTX *context)
{
    SSL_CTX_set_options(context, context_options);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

/* Sessions are in the tickets that clients keep, so that all processes with this context can read
 * them: there is no cache. */
static SSL_CTX *open_server(const struct certificates *made)
{
    static const unsigned char here[] = "lbsim";
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context && set_common(context) && SSL_CTX_use_certificate(context, made->leaf) &&
        SSL_CTX_use_PrivateKey(context, made->key) && SSL_CTX_check_private_key(context) &&
        SSL_CTX_set_session_id_context(context, here, sizeof here - 1) &&
        SSL_CTX_set_num_tickets(context, 1)) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        return context;
    }
    SSL_CTX_free(context);
    return NULL;
}

/* A copy is kept: OpenSSL spoils the session of a connection that is torn, and a request that is
 * cancelled tears its connection. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct earlier *earlier = SSL_get_app_data(ssl);
    SSL_SESSION *copy = earlier ? SSL_SESSION_dup(session) : NULL;

    if (!copy)
        return 0;
    pthread_mutex_lock(&earlier->tls->lock);
    SSL_SESSION_free(earlier->session);
    earlier->session = copy;
    pthread_mutex_unlock(&earlier->tls->lock);
    return 0; /* the session stays OpenSSL's */
}

static SSL_CTX *open_client(X509 *authority, bool trusting)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (context && set_common(context) &&
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) &&
        (!trusting || SSL_CTX_set_default_verify_paths(context))) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
        return context;
    }
    SSL_CTX_free(context);
    return NULL;
}

static void say_why(char *why, size_t room)
{
    const unsigned long error = ERR_get_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;

    snprintf(why, room, "cannot make a certificate for TLS: %s", reason ? reason : "out of memory");
    ERR_clear_error();
}

struct channel_tls *secrets_open(char *why, size_t room)
{
    struct channel_tls *tls = calloc(1, sizeof *tls);
    struct certificates made = { 0 };

    ERR_clear_error();
    if (tls && !pthread_mutex_init(&tls->lock, NULL) && !certificates_make(&made) &&
        (tls->server = open_server(&made)) && (tls->own = open_client(made.authority, false))) {
        tls->authority = made.authority;
        made.authority = NULL;
    } else {
        say_why(why, room);
        secrets_close(tls);
        tls = NULL;
    }
    certificates_free(&made);
    return tls;
}

void secrets_close(struct channel_tls *tls)
{
    struct earlier *earlier, *next;

    if (!tls)
        return;
    for (earlier = tls->earlier; earlier; earlier = next) {
        next = earlier->next;
        SSL_SESSION_free(earlier->session);
        free(earlier);
    }
    SSL_CTX_free(tls->server);
    SSL_CTX_free(tls->own);
    SSL_CTX_free(tls->foreign);
    X509_free(tls->authority);
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}

/* ---- Connections. */

struct ssl_st *secrets_accept(const struct channel_tls *tls)
{
    SSL *ssl = SSL_new(tls->server);

    if (ssl)
        SSL_set_accept_state(ssl);
    return ssl;
}

/* Without brackets and port: "[::1]:80", "10.0.0.3:80", "name:80", or any of them alone. */
static bool bare_host(char bare[SECRETS_HOST_MOST], const char *host)
{
    const char *end = strchr(host, ']'), *colon = strchr(host, ':');
    size_t n = strlen(host);

    if (*host == '[' && end) {
        host++;
        n = (size_t)(end - host);
    } else if (colon && !strchr(colon + 1, ':')) {
        n = (size_t)(colon - host);
    }
    if (n == 0 || n >= SECRETS_HOST_MOST)
        return false;
    memcpy(bare, host, n);
    bare[n] = '\0';
    return true;
}

/* A name goes into the greeting too, where servers choose a certificate by it (RFC 6066); an
 * address must not. */
static bool expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    unsigned char address[16];

    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, host, 0) && SSL_set_tlsext_host_name(ssl, host);
}

/* Under the lock. Own peers have an entry of their own, with no name. */
static struct earlier *earlier_of(struct channel_tls *tls, const char *host)
{
    struct earlier *earlier = tls->earlier;

    while (earlier && strcmp(earlier->host, host))
        earlier = earlier->next;
    if (earlier)
        return earlier;
    earlier = calloc(1, sizeof *earlier);
    if (!earlier)
        return NULL;
    earlier->tls = tls;
    snprintf(earlier->host, sizeof earlier->host, "%s", host);
    earlier->next = tls->earlier;
    tls->earlier = earlier;
    return earlier;
}

/* Each connection has a copy of the session to itself, for the reason that keep_session has one. */
static bool resume(struct channel_tls *tls, SSL *ssl, const char *host)
{
    SSL_SESSION *session = NULL;
    struct earlier *earlier;

    pthread_mutex_lock(&tls->lock);
    earlier = earlier_of(tls, host);
    if (earlier && earlier->session)
        session = SSL_SESSION_dup(earlier->session);
    pthread_mutex_unlock(&tls->lock);
    SSL_set_app_data(ssl, earlier);
    if (session)
        SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
    return earlier != NULL;
}

static SSL_CTX *client_context(struct channel_tls *tls, bool foreign)
{
    SSL_CTX *context = tls->own;

    if (!foreign)
        return context;
    pthread_mutex_lock(&tls->lock);
    if (!tls->foreign)
        tls->foreign = open_client(tls->authority, true);
    context = tls->foreign;
    pthread_mutex_unlock(&tls->lock);
    return context;
}

struct ssl_st *secrets_connect(struct channel_tls *tls, const char *host)
{
    char bare[SECRETS_HOST_MOST] = "";
    SSL_CTX *context;
    SSL *ssl;

    if (host && !bare_host(bare, host))
        return NULL;
    context = client_context(tls, host != NULL);
    ssl = context ? SSL_new(context) : NULL;
    if (ssl && expect_host(ssl, host ? bare : "127.0.0.1") && resume(tls, ssl, bare)) {
        SSL_set_connect_state(ssl);
        return ssl;
    }
    SSL_free(ssl);
    ERR_clear_error();
    return NULL;
}

/* ---- For others. */

int secrets_write_authority(const struct channel_tls *tls, const char *path)
{
    BIO *memory = BIO_new(BIO_s_mem());
    int to, failed = -ENOMEM;
    char *text = NULL;
    long n;

    if (memory && PEM_write_bio_X509(memory, tls->authority) &&
        (n = BIO_get_mem_data(memory, &text)) > 0) {
        to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        failed = to < 0 || !write_all(to, text, (size_t)n) ? -errno : 0;
        if (to >= 0 && close(to) && !failed)
            failed = -errno;
    }
    BIO_free(memory);
    return failed;
}
