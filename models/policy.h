/* SPDX-License-Identifier: MIT
 *
 * <lbsim/policy.h>: everything a load-balancing policy may know, and nothing more.
 *
 * A policy is a table of functions over a state of its own. The host (simulated or live, the
 * policy cannot tell) keeps the servers, counts, clocks, queues, time-outs and messages; the policy
 * answers one question: which server? Most policies need `open`, `close` and `pick` only.
 *
 * Rules. One instance a balancer, one thread an instance. No clock, no I/O, no globals; no
 * allocation after `open`. Counters in the view are already up to date when a callback runs.
 * What a policy does not declare in `sees` it may find NULL.
 * Structs reached by pointer grow at the end only; elements of arrays are frozen. */
#ifndef LBSIM_POLICY_H
#define LBSIM_POLICY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_ABI 1u

typedef int64_t lb_time;    /* nanoseconds since the run began */
typedef uint32_t lb_server; /* a seat, 0 .. view->n - 1; it keeps its server for the whole run */

#define LB_NEVER INT64_MAX
/* What `pick` may answer beside a server. */
#define LB_NONE ((lb_server)0xffffffffu) /* nobody suits: the scenario's on_none decides */
/* LB_HOLD keeps it in the balancer's queue. The head of the queue is offered again after every
 * done, changed, report and wake until pick holds it once more; `offer` asks for one out of turn.
 */
#define LB_HOLD   ((lb_server)0xfffffffeu)
#define LB_REJECT ((lb_server)0xfffffffdu) /* turn it away */
/* What `tell` may answer beside a balancer. */
#define LB_NOBODY   0xffffffffu
#define LB_EVERYONE 0xfffffffeu

/* ---- Randomness: a stream is eight bytes; draw n of a stream never depends on anything else. */

struct lb_random {
    uint64_t state;
};

static inline uint64_t lb_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline uint64_t lb_bits(struct lb_random *r)
{
    return lb_mix(r->state += UINT64_C(0x9e3779b97f4a7c15));
}
/* Uniform in [0, n), n > 0; the bias is below n / 2^32. */
static inline uint32_t lb_below(struct lb_random *r, uint32_t n)
{
    return (uint32_t)(((lb_bits(r) >> 32) * (uint64_t)n) >> 32);
}
/* Uniform in [0, 1). */
static inline double lb_unit(struct lb_random *r)
{
    return (double)(lb_bits(r) >> 11) * (1.0 / 9007199254740992.0);
}

/* ---- What is asked. */

struct lb_request {
    uint64_t id;     /* serial number within the run, the same in every world */
    uint64_t ticket; /* names it to the host while it is held: `offer`, `memo` */
    uint64_t key;    /* number of the session, URL or cache key; see lb_text */
    uint64_t parent; /* id that the parts of one fan-out share; own id otherwise */
    lb_time now, issued;
    lb_time size;           /* declared work at speed 1; 0 unless LB_SEES_SIZE */
    uint64_t bytes;         /* of the request on the wire */
    uint64_t *memo;         /* 8 bytes of the policy's own for this attempt, 0 at first, kept to
                               the last `done`; NULL unless LB_USES_MEMO */
    const lb_server *tried; /* where earlier attempts went, oldest first */
    const lb_server *look;  /* what `prepare` wrote, or NULL; only a short cut */
    uint32_t tried_n, look_n;
    uint32_t client;  /* class */
    uint16_t attempt; /* 0 first, then retries, copies, hedges */
    uint16_t offer;   /* how often it was held before */
    uint16_t priority, zone;
};

/* A key as the text that goes over the wire, for hashes that are defined on bytes: its decimal
 * digits, NUL-ended; returns their number. */
static inline uint32_t lb_text(uint64_t key, char text[21])
{
    uint32_t n = 0, i = 0;
    char digit[20];

    do
        digit[n++] = (char)('0' + key % 10);
    while (key /= 10);
    while (i < n) {
        text[i] = digit[n - 1 - i];
        i++;
    }
    text[n] = '\0';
    return n;
}

enum lb_status { /* how one attempt ended */
                 LB_OK,
                 LB_ERROR,
                 LB_TIMEOUT,
                 LB_REFUSED,
                 LB_LOST,
                 LB_CANCELLED,
                 LB_CUT,
                 LB_THROTTLED
};

struct lb_report;
struct lb_outcome {
    const struct lb_request *request; /* as it was when sent; memo is live */
    const struct lb_report *report;   /* piggybacked on the answer, or NULL */
    lb_time sent, first, done;        /* first byte and last byte of the answer */
    uint64_t bytes;                   /* of the answer */
    lb_server server;
    uint32_t status; /* enum lb_status */
};

/* ---- What servers say. */

enum lb_origin { LB_ANSWER, LB_UNANSWERED, LB_TOLD, LB_PIGGYBACK, LB_BOARD };

struct lb_report {            /* an array element: 64 bytes, frozen */
    lb_time at;               /* when the server said it */
    lb_time latency, service; /* its recent sojourn and service time */
    uint64_t cookie;          /* the probe's, or the agent's own word (a token, a mark) */
    lb_server server;
    uint32_t origin;                         /* enum lb_origin */
    uint32_t running, waiting;               /* requests in service, requests queued */
    float utilization, rate, errors, weight; /* 0..1, per second, per second, as configured */
};

/* ---- What this balancer knows. The host writes, the policy reads; arrays are indexed by seat. */

struct lb_view {
    uint32_t size;        /* bytes of this struct in the running host */
    uint32_t n, capacity; /* seats given so far; never more than capacity */
    uint32_t usable_n;
    const lb_server *usable;        /* up, not draining, not ejected, weight > 0: in seat order */
    uint32_t version;               /* raised whenever `changed` is due */
    uint32_t balancer, balancers;   /* which of how many */
    uint32_t zone;                  /* where this balancer stands */
    const uint32_t *load;           /* requests believed at a server: the information axis */
    const uint32_t *inflight;       /* sent by this balancer and not yet answered */
    const uint32_t *weight;         /* whole numbers, as configured; compare by products */
    const uint32_t *slots;          /* cores: how many it serves at once */
    const uint32_t *zones;          /* NULL if the scenario has no zones */
    const uint64_t *name;           /* hash of the server's name, the same at every balancer;
                                       NULL unless LB_SEES_KEY, and so is label */
    const char *const *label;       /* the name itself, for rings that hash text */
    const uint64_t *full;           /* bit set of servers at a cap or breaker; NULL if no caps */
    const float *ramp;              /* slow start, 0..1 of its weight; NULL if all warm */
    const float *rate;              /* cores times speed; NULL unless LB_SEES_RATE */
    const lb_time *free_at;         /* believed to run dry then; NULL unless LB_SEES_WORK */
    const struct lb_report *report; /* the last heard; NULL unless LB_SEES_REPORTS */
};

/* May this request go there now? `usable` is already sure; caps and earlier attempts are not. */
static inline int lb_may(const struct lb_view *view, const struct lb_request *request, lb_server s)
{
    uint32_t i;

    if (view->full && (view->full[s >> 6] >> (s & 63) & 1))
        return 0;
    for (i = 0; i < request->tried_n; i++)
        if (request->tried[i] == s)
            return 0;
    return 1;
}

/* ---- What a policy may ask the host to do. */

struct lb_host {
    uint32_t abi, size;
    int32_t tracing;                                             /* is anybody asking why? */
    void (*wake)(struct lb_host *, lb_time at, uint64_t cookie); /* -> ops->wake */
    void (*probe)(struct lb_host *, lb_server, uint64_t cookie); /* -> ops->report, or unanswered */
    void (*offer)(struct lb_host *, uint64_t ticket);            /* ask again for a held request */
    uint64_t *(*memo)(struct lb_host *, uint64_t ticket);        /* of a held request; NULL: gone */
    void (*publish)(struct lb_host *, uint32_t gauge);           /* a number that agents may read */
    /* Inside `pick` only, about the request being picked: */
    void (*also)(struct lb_host *, lb_server, lb_time after); /* a copy, if unanswered by then */
    void (*limit)(struct lb_host *, lb_time service);         /* cut there, ask for a new attempt */
    void (*via)(struct lb_host *, lb_server);                 /* it passes through there first */
    void (*why)(struct lb_host *, lb_server, double score);   /* a candidate, for the pick trace */
    void (*note)(struct lb_host *, const char *text);         /* for the log; before a failing
                                                                 open, the reason for the user */
};
static inline void lb_why(struct lb_host *host, lb_server s, double score)
{
    if (host->tracing)
        host->why(host, s, score);
}

/* ---- The server's half, for policies whose servers speak (idle tokens, marks, reports, probes).
 * It runs where the server runs, sees that server alone, and its messages cost time and count. */

enum lb_moment { /* LB_JOINED: the server has just come up */
                 LB_JOINED = 1,
                 LB_ARRIVED = 2,
                 LB_STARTED = 4,
                 LB_FINISHED = 8,
                 LB_PROBED = 16,
                 LB_TICK = 32
};

struct lb_station {
    lb_time now;
    lb_server server; /* its seat at the balancer that sent or probed, or LB_NONE */
    uint32_t running, waiting, slots;
    uint32_t balancer, balancers;    /* who sent or probed, of how many; at LB_JOINED whom the
                                        host deals it to (at time 0 in random order, in turn) */
    lb_time sojourn, service;        /* of the request that just finished */
    float utilization, rate, errors; /* over the last tick */
    const uint32_t *gauge;           /* what each balancer has published */
};
struct lb_agent {
    uint32_t moments; /* enum lb_moment, or-ed */
    uint32_t memory;  /* bytes a server, zero at first and when it comes back up */
    lb_time tick;     /* period of LB_TICK */
    /* Fill *say (already holding the plain facts) and name the balancer to tell. */
    uint32_t (*tell)(const void *config, void *memory, enum lb_moment, const struct lb_station *,
                     struct lb_random *, struct lb_report *say);
};

/* ---- Parameters: one table reads JSON, checks, prints help, completes and writes the schema. */

enum lb_type { /* the field at `offset` is a ... */
               LB_INT,
               LB_NUMBER, /* int64_t, double */
               LB_DURATION,
               LB_RATIO, /* lb_time, double in 0..1 */
               LB_FLAG,
               LB_CHOICE, /* int32_t 0 or 1, int32_t index into choices */
               LB_LIST,   /* struct lb_list of numbers (cut-offs) */
               LB_POLICY  /* struct lb_inner: another policy, for one that wraps */
};
struct lb_list {
    const double *at;
    uint32_t n;
};
struct lb_policy;
struct lb_inner {
    const struct lb_policy *policy;
    const void *config;
};
struct lb_param {
    const char *name;
    enum lb_type type;
    uint32_t offset;            /* into the config struct */
    double preset, least, most; /* durations in seconds */
    const char *unit, *help;
    const char *const *choices; /* NULL-ended; for LB_POLICY the preset's name first */
};
struct lb_alias {
    const char *name, *settings;
};                /* "nginx:least_conn", "tie=swrr" */
struct lb_about { /* what `lbsim explain` prints */
    const char *rule, *formula, *cost, *source, *fails, *scenario;
};

/* ---- The policy. */

enum {
    LB_SEES_LOAD = 1u << 0,  /* load; without an `information` block it means own in-flight */
    LB_SEES_TRUTH = 1u << 1, /* load, by default the true queue: refused live */
    LB_SEES_WORK = 1u << 2,  /* free_at: simulation, or live with declared sizes */
    LB_SEES_SIZE = 1u << 3,
    LB_SEES_KEY = 1u << 4,
    LB_SEES_RATE = 1u << 5,
    LB_SEES_REPORTS = 1u << 6,
    LB_SENDS_PROBES = 1u << 7,
    LB_SENDS_COPIES = 1u << 8,
    LB_MAY_HOLD = 1u << 9,
    LB_USES_MEMO = 1u << 10,
    LB_FORWARDS = 1u << 11,  /* calls via */
    LB_CUTS = 1u << 12,      /* calls limit */
    LB_SEES_RAMP = 1u << 13, /* scales weights by ramp; who does not is thinned by the host */
    /* Promises, which let a host leave out work that changes nothing: */
    LB_LOOKS_FIRST = 1u << 14,   /* it reads load and inflight in pick alone, and only of servers
                                    that prepare names for this request in a room of LB_LOOK_MOST;
                                    without prepare, or without LB_SEES_LOAD, of none */
    LB_HEARS_FAILURES = 1u << 15 /* done does nothing about an attempt that ended with LB_OK */
};

enum { LB_LOOK_MOST = 64 };

struct lb_setup {
    uint32_t size;
    const void *config;         /* filled from params */
    const struct lb_view *view; /* valid until close, and so is host */
    struct lb_host *host;
    struct lb_random random; /* this instance's own, for draws outside `pick` */
};

/* Any callback but open, close and pick may be NULL. */
struct lb_policy {
    uint32_t abi, size; /* LB_ABI, sizeof(struct lb_policy) */
    const char *name, *family, *summary;
    uint32_t sees;
    uint32_t config_size, param_size; /* the latter sizeof(struct lb_param), the stride */
    const struct lb_param *params;    /* ended by a NULL name; NULL if none */
    const struct lb_alias *aliases;   /* ended by a NULL name; NULL if none */
    const struct lb_about *about;
    const struct lb_agent *agent; /* NULL: servers answer probes with the plain facts */

    void *(*open)(const struct lb_setup *); /* NULL: refused, see note */
    void (*close)(void *self);
    /* The draws belong to (run, request, attempt, offer): the same for it in every world. */
    lb_server (*pick)(void *self, const struct lb_request *, struct lb_random *);
    void (*sent)(void *self, const struct lb_request *, lb_server);
    void (*done)(void *self, const struct lb_outcome *);
    void (*loaded)(void *self, lb_server);               /* view->load or free_at of it changed */
    void (*changed)(void *self, lb_server, lb_time now); /* usable, weight, rate, ramp, zone; new */
    void (*report)(void *self, const struct lb_report *, lb_time now);
    void (*wake)(void *self, uint64_t cookie, lb_time now);
    /* Called some requests ahead, perhaps never. Writes the servers that pick will look at into
     * look[0 .. room - 1], in the order of its draws, and says how many; the host warms their
     * memory and hands the list back in request->look unless `changed` came between. It cannot
     * change a result: self is const, the draws are a copy, and pick without it must agree. */
    uint32_t (*prepare)(const void *self, const struct lb_request *, struct lb_random,
                        lb_server *look, uint32_t room);
};

/* A plug-in exports one symbol: a NULL-ended table. */
extern const struct lb_policy *const lbsim_policies[];

#ifdef __cplusplus
}
#endif

#endif
