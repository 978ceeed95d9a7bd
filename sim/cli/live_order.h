/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the user orders of verbs that run over real sockets. */
#ifndef SIM_LIVE_ORDER_H
#define SIM_LIVE_ORDER_H

#include "sim/cli/order.h"
#include "sim/live/session.h"

struct live_order {
    struct order order;
    const char *port;               /* of the balancer, as typed; or NULL */
    const char *decisions, *replay; /* files, or NULL */
    uint16_t server_port;
    bool allow_remote, own_target, serve, threads, realtime;
    bool sets_length;
};

#define LIVE_ORDER_OPTIONS                                                                         \
    { "transport", 0, "http|tcp|udp", "the same as --set live.transport=..." },                    \
        { "tls", 0, NULL, "over TLS: the same as --set live.tls=true" },                           \
        { "tries", 0, "N", "runs of one policy, at most, until one is VALID" },                    \
        { "connections", 0, "N", "connections that clients may have to a balancer, at most" },     \
        { "port", 0, "[ADDRESS:]PORT", "where the balancer listens (default: any free port)" },    \
        { "server-port", 0, "PORT", "servers listen here and on the ports that follow" },          \
        { "through", 0, "ADDRESS",                                                                 \
          "drive this balancer: the same as --set live.through=...; it must send to the servers "  \
          "(see --server-port)" },                                                                 \
        { "decisions", 0, "FILE",                                                                  \
          "keep what each policy was told and picked, in its best run; lbsim validate --replay "   \
          "FILE plays it back" },                                                                  \
        { "realtime", 0, NULL, "ask for SCHED_FIFO, in front of all else on this machine" },       \
        { "allow-remote", 0, NULL,                                                                 \
          "--port may be an address that other hosts reach (not over udp)" },                      \
    {                                                                                              \
        "i-own-the-target", 0, NULL, "live.through and live.backends may be other hosts"           \
    }

/* What verbs that simulate have, and these have not. */
#define LIVE_REFUSALS                                                                              \
    { "replications", 0,                                                                           \
      "each policy runs once over real sockets, and again where a run was not VALID: instead of "  \
      "--replications see --tries and --requests" },                                               \
        { "precision", 0,                                                                          \
          "a live run is as long as it is told to be: --requests N or --duration T make it more "  \
          "precise" },                                                                             \
        { "confirm", 0, "there is no --precision to confirm: a live run is one run" },             \
        { "single-run", 0, "every live run is a single run already" },                             \
        { "shard", 0, "a live run is of this machine, and cannot be shared with others" },         \
        { "jobs", 'j',                                                                             \
          "policies run one after the other: side by side they would disturb one "                 \
          "another" },                                                                             \
        { "select", 0, "lbsim run --select finds the best policy; run that one live" },            \
        { "select-metric", 0, "it goes with --select, which only lbsim run has" },                 \
        { "select-delta", 0, "it goes with --select, which only lbsim run has" },                  \
    {                                                                                              \
        "trace-picks", 0,                                                                          \
            "lbsim run --trace-picks tells what the policy sees of the same "                      \
            "requests; --decisions FILE keeps what it saw and picked in the live run"              \
    }

/* Takes one option or word, as order_take does. */
int live_order_take(struct live_order *, const struct verb *, const struct cli_option *,
                    const char *value);

/* What the addresses of a scenario are, read and allowed. */
struct live_addresses {
    struct address bind, through;
    struct address *backends; /* by server; NULL: all are lbsim's own */
    bool has_bind, has_through;
};
/* Can a log of requests be written where the order has it? 0, or an exit status after saying what
 * is wrong. */
int live_order_check_log(const struct live_order *, const struct verb *);
/* Can its decisions be kept in a file? Likewise. */
int live_order_check_decisions(const struct live_order *, const struct verb *,
                               const struct study *);
/* 0, or an exit status after saying what is wrong. */
int live_addresses_open(struct live_addresses *, const struct live_order *, const struct verb *,
                        const struct scenario *);
void live_addresses_close(struct live_addresses *);

/* Reads the scenario and says what stands against running it live: NULL, and *status. */
struct study *live_order_study(struct live_order *, const struct policy_source *,
                               struct diagnostics *, int *status);

/* A session of one contender, so far as the order has it; addresses and TLS stay the caller's. */
int live_order_session(const struct live_order *, const struct live_addresses *,
                       struct channel_tls *, const struct contender *, struct session_order *);

#endif
