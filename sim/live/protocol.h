/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a stream says: messages between bytes and parcels, without a socket. Readers are fed with
 * whatever has come, cut anywhere; they never look beyond what they are given, and nothing ends
 * with a 0. */
#ifndef SIM_PROTOCOL_H
#define SIM_PROTOCOL_H

#include <llhttp.h>

#include "sim/live/head.h"

enum news {
    NEWS_NONE,     /* more bytes are needed */
    NEWS_CONTINUE, /* the head of a request is there; who sent it waits for leave to go on */
    NEWS_BEGUN,    /* the service has begun; the answer follows */
    NEWS_WHOLE,    /* a whole message is there; the bytes after it are not taken */
    NEWS_BAD       /* not understood, or beyond a limit: the connection must be closed */
};

/* Reads requests. All 0 at first, and after `request_reset`. */
struct request_reader {
    struct head head;
    struct parcel parcel;
    uint64_t body_left;
    bool in_body;
    bool keep;      /* the connection may carry another one */
    bool ours;      /* it has lbsim's own fields */
    bool head_only; /* HEAD: the answer has no body */
    uint16_t bad;   /* the status that says what is wrong */
};

/* Reads answers. */
struct answer_reader {
    struct head head;
    struct parcel parcel;
    llhttp_t http;
    uint64_t taken; /* bytes of the body */
    bool any;       /* at least a byte has come */
    bool in_body, whole, keep;
    bool ours; /* it has lbsim's own fields, its id among them */
};

/* How an answer is to look. */
struct manner {
    const char *name; /* of the server, or NULL */
    bool keep, ours, head_only, gateway;
};

/* How requests of an outlet look. */
struct asking {
    char host[128];
};

enum { MESSAGE_MOST = 2048 }; /* bytes of the head of any message that is written */

struct protocol {
    /* Take bytes: how many, and what came of them. */
    size_t (*request_read)(struct request_reader *, const struct channel_limits *,
                           const char *bytes, size_t n, enum news *);
    size_t (*answer_read)(struct answer_reader *, const struct channel_limits *, const char *bytes,
                          size_t n, enum news *);
    /* The peer has ended: NEWS_WHOLE if that ends an answer, NEWS_NONE if there was none, else
     * NEWS_BAD. */
    enum news (*answer_end)(struct answer_reader *);
    /* Write heads: their length, and the bytes of filler that follow them. */
    size_t (*request_write)(char to[MESSAGE_MOST], const struct parcel *, const struct asking *,
                            uint64_t *filler);
    size_t (*answer_write)(char to[MESSAGE_MOST], const struct parcel *, const struct manner *,
                           uint64_t *filler);
    size_t (*begun_write)(char to[MESSAGE_MOST], const struct parcel *);
    size_t (*continue_write)(char to[MESSAGE_MOST]);
    /* What is said to whom is not understood; 0: nothing. */
    size_t (*bad_write)(char to[MESSAGE_MOST], uint16_t status);
};
extern const struct protocol protocol_http, protocol_line;

void request_reset(struct request_reader *);
/* Takes what is left of its body, of n bytes: how many. */
size_t request_body(struct request_reader *, size_t n, enum news *);
void answer_reset(struct answer_reader *);
/* Bytes of a message have been read, but not its end. */
bool request_is_begun(const struct request_reader *);

/* "app[3] ok waited 0.000 ms served 5.021 ms" and a line end: for people, at most 240 bytes. */
enum { SAID_MOST = 240 };
size_t parcel_say(char to[SAID_MOST], const struct parcel *, const char *name);
/* A key for a text that has no number. */
uint64_t key_of_text(const char *text, size_t n);
/* A text of digits alone. */
bool key_of_digits(const char *text, size_t n, uint64_t *key);

#endif
