/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Named random streams. What is random belongs to an entity and has a purpose; each such pair has a
 * stream of its own in each replication, so that no decision of a policy can shift another stream.
 *
 * Keys come from Philox-4x32-10 (Salmon et al., SC 2011) of (seed, replication, entity, purpose);
 * within a stream draw i is the SplitMix64 finaliser (Steele, Lea, Flood, OOPSLA 2014) of key plus
 * i golden ratios: any draw can be had without those before it. */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include "models/policy.h"

enum stream_purpose {
    STREAM_ARRIVAL = 1, /* entity: client */
    STREAM_SERVICE,     /* entity: client */
    STREAM_THINK,       /* entity: client */
    STREAM_SPREAD,      /* entity: client; which of several balancers */
    STREAM_BYTES,       /* entity: client */
    STREAM_LINK,        /* entity: link */
    STREAM_POLICY,      /* one for all balancers and policies: the draws belong to the request.
                           Entity 0; others where a policy's own draws are to vary alone */
    STREAM_PLACE,       /* entity: balancer; the policy's own draws outside a pick */
    STREAM_AGENT,       /* what servers decide about their messages */
    STREAM_PANIC,       /* the host's own choice when on_none is panic */
    STREAM_PATIENCE,    /* entity: client */
    STREAM_ERROR,       /* which answers are errors */
    STREAM_MODULATION,  /* entity: client; states, periods and batches of its arrivals */
    STREAM_KEY,         /* entity: client */
    STREAM_ESTIMATE,    /* entity: client; what its requests declare of their size */
    STREAM_SESSION,     /* entity: client; lengths of its sessions */
    STREAM_FAULT,       /* entity: a fault, or a group whose speed is drawn anew */
    STREAM_RETRY,       /* waits before retries, admission, what guards decide by chance */
    STREAM_CHECK,       /* health checks */
    STREAM_COPY,        /* entity: client; work of attempts after the first */
    STREAM_PATH,        /* which ping a message of a prediction takes its delays from */
    STREAM_SAMPLE,      /* samples of what was measured (bootstrap) */
    STREAM_MEASURED /* services that are drawn from measured ones; entity: which prediction; with
                       the highest bit: which sample of what was measured */
};

/* Replications of a pilot have streams apart from those whose results are kept. */
#define STREAM_PILOT UINT32_C(0x80000000)

/* The key of a stream. */
uint64_t stream_key(uint64_t seed, uint32_t replication, uint32_t entity, enum stream_purpose);

/* The start of a stream, to be drawn from in order. */
static inline struct lb_random stream_open(uint64_t key)
{
    struct lb_random random = { key };

    return random;
}

/* A small stream of its own for one occasion, named by two numbers: a request and which of its
 * attempts, a user and which of his requests. */
static inline struct lb_random stream_at(uint64_t key, uint64_t which, uint64_t part)
{
    struct lb_random random = { lb_mix(key + which * UINT64_C(0xd1342543de82ef95)) +
                                part * UINT64_C(0xaef17502108ef2d9) };

    return random;
}

#endif
