/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one process says to another about one request, whatever carries it: a header of HTTP, a
 * line, a datagram. Text that a person can read and type:
 *
 *     id=17 run=8861523 client=2 balancer=0 key=42 work=5000000 size=5000000
 *     id=17 status=ok server=3 wait=1250000 service=5000000
 *
 * Durations are nanoseconds of model time. What is absent is what parcel_blank says. */
#ifndef SIM_PARCEL_H
#define SIM_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/policy.h"

enum parcel_kind {
    PARCEL_REQUEST, /* a client asks a balancer, or a balancer a server */
    PARCEL_CHECK,   /* a health check; answered like a request */
    PARCEL_ANSWER,
    PARCEL_BEGUN, /* the service of a request has begun; its answer follows */
    PARCEL_CANCEL /* of datagrams alone: a request is not wanted any more. Elsewhere a connection
                     that is closed says so */
};

enum parcel_status {
    PARCEL_OK,         /* 200 */
    PARCEL_ERROR,      /* 500 from a server, 502 from a balancer */
    PARCEL_TIMED_OUT,  /* 504 */
    PARCEL_REFUSED,    /* 503: no server, or it does not work */
    PARCEL_REJECTED,   /* 503: a full queue, a limit */
    PARCEL_CUT,        /* 500: the service lasted as long as it may */
    PARCEL_BAD_REQUEST /* 4xx, of a server or balancer that is not lbsim's; 502 from a balancer */
};

struct parcel {
    enum parcel_kind kind;
    enum parcel_status status;
    uint64_t id;               /* of the request */
    uint64_t run;              /* whose it is: shared.h; 0: nobody's */
    uint32_t part;             /* which of its messages: 0 the first */
    uint32_t client, balancer; /* who asks; LB_NONE: somebody who is not lbsim */
    lb_server server;          /* for whom it is, or who has answered; LB_NONE: nobody */
    uint64_t key;
    bool keyed;         /* it has a key, which may be 0 */
    lb_time work, size; /* work -1: not said */
    lb_time cut;        /* the service may last so long; LB_NEVER: as it likes */
    lb_time cost;       /* work that its cancellation makes */
    lb_time wait, service;
    uint32_t body;   /* bytes of the body that it has or shall have */
    uint32_t answer; /* of a request: bytes of the body of its answer */
    bool retried;    /* its client has tried before */
};

enum { PARCEL_TEXT_MOST = 400 }; /* bytes of its text, with the 0 at the end */

/* A request of this id that says nothing else. */
struct parcel parcel_blank(uint64_t id);

/* Writes the fields that differ from a blank one, without a line end: their length. */
size_t parcel_write(const struct parcel *, char text[PARCEL_TEXT_MOST]);

/* Reads fields into a parcel, over what it says; `text` need not end with 0. An unknown field is
 * passed over. -1: a number is none, or out of range; the parcel may be half read. */
int parcel_read(struct parcel *, const char *text, size_t length);

const char *parcel_status_name(enum parcel_status);

#endif
