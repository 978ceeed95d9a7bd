/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * TLS between the two ends of a socket pair, within one thread: each end shakes hands as far as it
 * can, in turn. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/secrets.h"

int suite_secrets(void);

/* One connection; `server` or `client` NULL: that end is another process's. */
struct pair {
    SSL *server, *client;
    int fd[2];
    bool failed;
};

static struct channel_tls *opened(void)
{
    char why[256] = "";
    struct channel_tls *tls = secrets_open(why, sizeof why);

    if (!tls)
        fprintf(stderr, "%s\n", why);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tls);
    return tls;
}

static struct pair pair_of(SSL *server, SSL *client)
{
    struct pair pair = { .server = server, .client = client };

    CU_ASSERT_PTR_NOT_NULL_FATAL(server);
    CU_ASSERT_PTR_NOT_NULL_FATAL(client);
    CU_ASSERT_FATAL(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.fd));
    SSL_set_fd(server, pair.fd[0]);
    SSL_set_fd(client, pair.fd[1]);
    return pair;
}

/* One step; whether that end is done. */
static bool step(struct pair *pair, SSL *ssl)
{
    const int done = SSL_do_handshake(ssl);
    const int error = SSL_get_error(ssl, done);

    if (done != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        pair->failed = true;
    return done == 1;
}

static bool shake(struct pair *pair)
{
    bool server = false, client = false;
    int turn;

    for (turn = 0; turn < 100 && !pair->failed && !(server && client); turn++) {
        client = step(pair, pair->client);
        if (!pair->failed)
            server = step(pair, pair->server);
    }
    ERR_clear_error();
    return server && client && !pair->failed;
}

/* Five bytes there and back; what else had come (tickets) is read with them. */
static bool talk(struct pair *pair)
{
    char text[8] = "";

    return SSL_write(pair->client, "hello", 5) == 5 && SSL_read(pair->server, text, 8) == 5 &&
           SSL_write(pair->server, text, 5) == 5 && SSL_read(pair->client, text, 8) == 5 &&
           !memcmp(text, "hello", 5);
}

static void part(struct pair *pair, bool politely)
{
    if (politely) {
        SSL_shutdown(pair->client);
        SSL_shutdown(pair->server);
    }
    SSL_free(pair->server);
    SSL_free(pair->client);
    close(pair->fd[0]);
    close(pair->fd[1]);
}

/* Whether two such ends come together. */
static bool meet(SSL *server, SSL *client)
{
    struct pair pair = pair_of(server, client);
    const bool good = shake(&pair) && talk(&pair);

    part(&pair, false);
    return good;
}

static void test_handshake(void)
{
    struct channel_tls *tls = opened();
    struct pair pair = pair_of(secrets_accept(tls), secrets_connect(tls, NULL));

    CU_ASSERT(shake(&pair));
    CU_ASSERT(talk(&pair));
    CU_ASSERT(SSL_version(pair.client) >= TLS1_2_VERSION);
    CU_ASSERT_EQUAL(SSL_get_verify_result(pair.client), X509_V_OK);
    CU_ASSERT(SSL_get_verify_mode(pair.client) & SSL_VERIFY_PEER);
    CU_ASSERT_PTR_NULL(SSL_get_current_compression(pair.client));
    CU_ASSERT(SSL_get_options(pair.server) & SSL_OP_NO_RENEGOTIATION);
    CU_ASSERT_FALSE(SSL_session_reused(pair.client));
    part(&pair, true);
    secrets_close(tls);
    secrets_close(NULL);
}

static void test_hosts(void)
{
    static const struct {
        const char *host;
        bool good;
    } cases[] = {
        { NULL, true },          { "127.0.0.1", true },   { "127.0.0.1:8080", true },
        { "::1", true },         { "[::1]", true },       { "[::1]:8080", true },
        { "localhost", true },   { "LOCALHOST:1", true }, { "127.0.0.2", false },
        { "::2", false },        { "[::2]:1", false },    { "example.org", false },
        { "localhost.", false }, { "local", false },      { "a.localhost", false },
        { "127.0.0.1.", false }, { "lbsim", false },
    };
    struct channel_tls *tls = opened();
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool good = meet(secrets_accept(tls), secrets_connect(tls, cases[i].host));

        if (good != cases[i].good)
            fprintf(stderr, "host %s\n", cases[i].host ? cases[i].host : "NULL");
        CU_ASSERT_EQUAL(good, cases[i].good);
    }
    secrets_close(tls);
}

static void test_no_such_host(void)
{
    struct channel_tls *tls = opened();
    char endless[SECRETS_HOST_MOST + 1];

    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    CU_ASSERT_PTR_NULL(secrets_connect(tls, endless));
    CU_ASSERT_PTR_NULL(secrets_connect(tls, ""));
    CU_ASSERT_PTR_NULL(secrets_connect(tls, ":80"));
    CU_ASSERT_PTR_NULL(secrets_connect(tls, "[]:80"));
    CU_ASSERT_EQUAL(ERR_peek_error(), 0);
    secrets_close(tls);
}

/* Another run's authority has the same name, and is another. */
static void test_other_authority(void)
{
    struct channel_tls *tls = opened(), *other = opened();
    struct pair pair = pair_of(secrets_accept(other), secrets_connect(tls, NULL));

    CU_ASSERT_FALSE(shake(&pair));
    CU_ASSERT_NOT_EQUAL(SSL_get_verify_result(pair.client), X509_V_OK);
    part(&pair, false);
    CU_ASSERT_FALSE(meet(secrets_accept(other), secrets_connect(tls, "127.0.0.1")));
    CU_ASSERT_FALSE(meet(secrets_accept(other), secrets_connect(tls, "localhost")));
    CU_ASSERT(meet(secrets_accept(other), secrets_connect(other, NULL)));
    secrets_close(tls);
    secrets_close(other);
}

/* ---- Servers of somebody else. */

/* A server with a certificate for `san` that has signed itself. */
static SSL_CTX *stranger_open(const char *san, X509 **certificate)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);

    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_set_version(x, 2);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"stranger", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_add_ext(x, extension, -1);
    X509_sign(x, key, EVP_sha256());
    SSL_CTX_use_certificate(context, x);
    SSL_CTX_use_PrivateKey(context, key);
    X509_EXTENSION_free(extension);
    EVP_PKEY_free(key);
    *certificate = x;
    return context;
}

static SSL *stranger(SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);

    SSL_set_accept_state(ssl);
    return ssl;
}

static void test_self_signed(void)
{
    struct channel_tls *tls = opened();
    X509 *certificate;
    SSL_CTX *context = stranger_open("IP:127.0.0.1,DNS:localhost", &certificate);

    CU_ASSERT_FALSE(meet(stranger(context), secrets_connect(tls, NULL)));
    CU_ASSERT_FALSE(meet(stranger(context), secrets_connect(tls, "127.0.0.1")));
    CU_ASSERT_FALSE(meet(stranger(context), secrets_connect(tls, "localhost")));
    X509_free(certificate);
    SSL_CTX_free(context);
    secrets_close(tls);
}

/* The system's authorities, here one that SSL_CERT_FILE names, vouch for hosts that are named, and
 * not for lbsim's own servers. */
static void test_system_authorities(void)
{
    char path[] = "/tmp/lbsim-authority-XXXXXX";
    X509 *certificate;
    SSL_CTX *context = stranger_open("IP:127.0.0.1,DNS:backend.example", &certificate);
    FILE *out = fdopen(mkstemp(path), "w");
    struct channel_tls *tls;

    PEM_write_X509(out, certificate);
    fclose(out);
    setenv("SSL_CERT_FILE", path, 1);
    tls = opened();
    CU_ASSERT(meet(stranger(context), secrets_connect(tls, "backend.example:443")));
    CU_ASSERT(meet(stranger(context), secrets_connect(tls, "127.0.0.1:443")));
    CU_ASSERT_FALSE(meet(stranger(context), secrets_connect(tls, "other.example:443")));
    CU_ASSERT_FALSE(meet(stranger(context), secrets_connect(tls, "127.0.0.2:443")));
    CU_ASSERT_FALSE(meet(stranger(context), secrets_connect(tls, NULL)));
    CU_ASSERT(meet(secrets_accept(tls), secrets_connect(tls, "localhost")));
    unsetenv("SSL_CERT_FILE");
    unlink(path);
    X509_free(certificate);
    SSL_CTX_free(context);
    secrets_close(tls);
}

/* ---- Versions. */

/* The peer speaks this version alone, at a security level that would let it. */
static bool meet_old(struct channel_tls *tls, bool old_client, int version)
{
    SSL *server = secrets_accept(tls), *client = secrets_connect(tls, NULL);
    SSL *old = old_client ? client : server;

    SSL_set_security_level(server, 0);
    SSL_set_security_level(client, 0);
    SSL_set_cipher_list(server, "ALL:@SECLEVEL=0");
    SSL_set_cipher_list(client, "ALL:@SECLEVEL=0");
    SSL_set_min_proto_version(old, version);
    SSL_set_max_proto_version(old, version);
    return meet(server, client);
}

static void test_versions(void)
{
    struct channel_tls *tls = opened();

    CU_ASSERT_FALSE(meet_old(tls, true, TLS1_VERSION));
    CU_ASSERT_FALSE(meet_old(tls, true, TLS1_1_VERSION));
    CU_ASSERT_FALSE(meet_old(tls, false, TLS1_1_VERSION));
    CU_ASSERT(meet_old(tls, true, TLS1_2_VERSION));
    CU_ASSERT(meet_old(tls, false, TLS1_2_VERSION));
    CU_ASSERT(meet_old(tls, true, TLS1_3_VERSION));
    secrets_close(tls);
}

/* ---- Sessions. */

/* A connection of that version: was it resumed? -1: it did not come about. */
static int resumed(struct channel_tls *tls, const char *host, int version, bool politely)
{
    struct pair pair = pair_of(secrets_accept(tls), secrets_connect(tls, host));
    int reused;

    SSL_set_max_proto_version(pair.client, version);
    reused = shake(&pair) && talk(&pair) ? SSL_session_reused(pair.client) : -1;
    part(&pair, politely);
    return reused;
}

static void test_resumption(void)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    size_t i;

    for (i = 0; i < 2; i++) {
        struct channel_tls *tls = opened();

        CU_ASSERT_EQUAL(resumed(tls, NULL, versions[i], true), 0);
        CU_ASSERT_EQUAL(resumed(tls, NULL, versions[i], true), 1);
        CU_ASSERT_EQUAL(resumed(tls, NULL, versions[i], false), 1);
        CU_ASSERT_EQUAL(resumed(tls, NULL, versions[i], true), 1); /* though the last was torn */
        CU_ASSERT_EQUAL(resumed(tls, "localhost", versions[i], true), 0); /* another host */
        CU_ASSERT_EQUAL(resumed(tls, "localhost:81", versions[i], true), 1);
        CU_ASSERT_EQUAL(resumed(tls, "127.0.0.1", versions[i], true), 0);
        secrets_close(tls);
    }
}

/* Several connections from one session at a time, ended in any order. */
static void test_resumption_together(void)
{
    struct channel_tls *tls = opened();
    struct pair pair[8];
    int i;

    CU_ASSERT_EQUAL(resumed(tls, NULL, TLS1_3_VERSION, true), 0);
    for (i = 0; i < 8; i++)
        pair[i] = pair_of(secrets_accept(tls), secrets_connect(tls, NULL));
    for (i = 0; i < 8; i++) {
        CU_ASSERT(shake(&pair[i]));
        CU_ASSERT(SSL_session_reused(pair[i].client));
    }
    for (i = 0; i < 8; i++) {
        if (i % 2)
            CU_ASSERT(talk(&pair[i]));
        part(&pair[i], i % 3 == 0);
    }
    CU_ASSERT_EQUAL(resumed(tls, NULL, TLS1_3_VERSION, true), 1);
    secrets_close(tls);
}

/* A server's answer that never came to its end is no error of TLS: the connection ends. */
static void test_killed_peer(void)
{
    struct channel_tls *tls = opened();
    struct pair pair = pair_of(secrets_accept(tls), secrets_connect(tls, NULL));
    char text[8];
    int done;

    CU_ASSERT_FATAL(shake(&pair));
    CU_ASSERT(talk(&pair));
    shutdown(pair.fd[0], SHUT_RDWR);
    done = SSL_read(pair.client, text, sizeof text);
    CU_ASSERT_EQUAL(SSL_get_error(pair.client, done), SSL_ERROR_ZERO_RETURN);
    part(&pair, false);
    secrets_close(tls);
}

/* ---- Processes and threads. */

static bool pump(SSL *ssl, int fd, bool server)
{
    struct pair pair = { .fd = { fd, fd } };
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    char text[8] = "hello";
    int turn, n;

    for (turn = 0; turn < 100 && !pair.failed && !step(&pair, ssl); turn++)
        poll(&ready, 1, 10000);
    if (!server && (pair.failed || SSL_write(ssl, text, 5) != 5))
        return false;
    for (turn = 0, n = 0; turn < 100 && (n = SSL_read(ssl, text, 8)) < 0; turn++)
        poll(&ready, 1, 10000);
    if (server && n == 5)
        SSL_write(ssl, text, 5);
    return n == 5;
}

/* Two servers that are processes of their own: a session begun with one is resumed by the other. */
static int meet_process(struct channel_tls *tls)
{
    SSL *client = secrets_connect(tls, NULL);
    int fd[2], status = 1, reused = -1;
    pid_t child;

    CU_ASSERT_FATAL(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd));
    child = fork();
    if (child == 0) {
        SSL *server = secrets_accept(tls);

        SSL_set_fd(server, fd[0]);
        _exit(pump(server, fd[0], true) ? 0 : 1);
    }
    close(fd[0]);
    SSL_set_fd(client, fd[1]);
    if (pump(client, fd[1], false))
        reused = SSL_session_reused(client);
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    SSL_free(client);
    close(fd[1]);
    return reused;
}

static void test_processes(void)
{
    struct channel_tls *tls = opened();

    CU_ASSERT_EQUAL(meet_process(tls), 0);
    CU_ASSERT_EQUAL(meet_process(tls), 1);
    CU_ASSERT_EQUAL(meet_process(tls), 1);
    secrets_close(tls);
}

enum { THREADS = 4, EACH = 20 };

static void *meet_often(void *context)
{
    static const char *const hosts[] = { NULL, "localhost", "127.0.0.1", "::1" };
    struct channel_tls *tls = context;
    uintptr_t good = 0;
    int i;

    for (i = 0; i < EACH; i++)
        good += meet(secrets_accept(tls), secrets_connect(tls, hosts[i % 4]));
    return (void *)good;
}

static void test_threads(void)
{
    struct channel_tls *tls = opened();
    pthread_t thread[THREADS];
    void *good;
    int i;

    for (i = 0; i < THREADS; i++)
        CU_ASSERT_FATAL(!pthread_create(&thread[i], NULL, meet_often, tls));
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &good);
        CU_ASSERT_EQUAL((uintptr_t)good, EACH);
    }
    secrets_close(tls);
}

/* ---- The authority's certificate. */

static void test_authority(void)
{
    struct channel_tls *tls = opened();
    char path[] = "/tmp/lbsim-authority-XXXXXX";
    const int fd = mkstemp(path);
    int days = 0, seconds = 0;
    X509 *x;
    FILE *in;

    close(fd);
    CU_ASSERT_EQUAL(secrets_write_authority(tls, path), 0);
    in = fopen(path, "r");
    x = PEM_read_X509(in, NULL, NULL, NULL);
    fclose(in);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    CU_ASSERT(X509_check_ca(x) == 1);
    CU_ASSERT(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)));
    CU_ASSERT(days >= 6 && days <= 7);
    CU_ASSERT(X509_cmp_current_time(X509_get0_notBefore(x)) < 0);
    CU_ASSERT_EQUAL(secrets_write_authority(tls, "/nowhere/at/all"), -ENOENT);
    CU_ASSERT_EQUAL(secrets_write_authority(tls, "/dev/full"), -ENOSPC);
    X509_free(x);
    unlink(path);
    secrets_close(tls);
}

int suite_secrets(void)
{
    CU_pSuite suite = CU_add_suite("secrets", NULL, NULL);

    signal(SIGPIPE, SIG_IGN);
    return !suite || !CU_add_test(suite, "handshake", test_handshake) ||
           !CU_add_test(suite, "hosts", test_hosts) ||
           !CU_add_test(suite, "hosts that cannot be", test_no_such_host) ||
           !CU_add_test(suite, "another authority", test_other_authority) ||
           !CU_add_test(suite, "signed by itself", test_self_signed) ||
           !CU_add_test(suite, "the system's authorities", test_system_authorities) ||
           !CU_add_test(suite, "versions", test_versions) ||
           !CU_add_test(suite, "resumption", test_resumption) ||
           !CU_add_test(suite, "resumption, several at a time", test_resumption_together) ||
           !CU_add_test(suite, "a peer that is killed", test_killed_peer) ||
           !CU_add_test(suite, "processes", test_processes) ||
           !CU_add_test(suite, "threads", test_threads) ||
           !CU_add_test(suite, "the authority's certificate", test_authority);
}
