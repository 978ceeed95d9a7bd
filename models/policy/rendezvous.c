/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rendezvous hashing, highest random weight (Thaler, Ravishankar 1998, IEEE/ACM Transactions on
 * Networking 6(1)): each key has a random order of the servers, a hash of key and server, and goes
 * to the first that it may go to. Weights as in the logarithmic method (Schindelhauer, Schomaker
 * 2005, SPAA): a server's place is an exponential variable of mean 1 / weight, and the least of
 * such variables falls to each server in proportion to its weight. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/race.h"

struct config {
    int64_t salt;
};

struct rendezvous {
    const struct lb_view *view;
    struct lb_host *host;
    uint64_t salt;
    int even;  /* all usable servers have the same share */
    int stale; /* shares changed; many changes at one instant cost one look */
};

static void *rendezvous_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct rendezvous *p = malloc(sizeof *p);

    if (!p)
        return no_memory(setup->host);
    *p = (struct rendezvous) {
        .view = setup->view, .host = setup->host, .salt = lb_mix((uint64_t)config->salt), .stale = 1
    };
    return p;
}

static void rendezvous_close(void *self)
{
    free(self);
}

static int are_even(const struct lb_view *view)
{
    uint32_t i;

    for (i = 1; i < view->usable_n; i++)
        if (share_of(view, view->usable[i]) != share_of(view, view->usable[0]))
            return 0;
    return 1;
}

/* How far a server stands from the top for a key, 0 .. 2^64 - 1: the complement of their hash. */
static inline uint64_t distance(uint64_t key, uint64_t name)
{
    return ~lb_mix(key ^ name);
}

static lb_server nearest(const struct lb_view *view, const struct lb_request *request, uint64_t key)
{
    uint64_t least = 0;
    lb_server best = LB_NONE;
    uint32_t i;

    for (i = 0; i < view->usable_n; i++) {
        lb_server s = view->usable[i];
        uint64_t d = distance(key, view->name[s]);

        if ((d < least || best == LB_NONE) && lb_may(view, request, s)) {
            least = d;
            best = s;
        }
    }
    return best;
}

/* Few candidates get past the bound, so few logarithms are taken. */
static lb_server first_arrival(const struct lb_view *view, const struct lb_request *request,
                               uint64_t key)
{
    double least = 0.0;
    lb_server best = LB_NONE;
    uint32_t i;

    for (i = 0; i < view->usable_n; i++) {
        lb_server s = view->usable[i];
        uint64_t d = distance(key, view->name[s]);
        double share = share_of(view, s), arrival;

        if (best != LB_NONE && race_bound(d) > least * share)
            continue;
        arrival = race_time(d) / share;
        if ((arrival < least || best == LB_NONE) && lb_may(view, request, s)) {
            least = arrival;
            best = s;
        }
    }
    return best;
}

static lb_server rendezvous_pick(void *self, const struct lb_request *request,
                                 struct lb_random *random)
{
    struct rendezvous *p = self;
    const struct lb_view *view = p->view;
    uint64_t key = lb_mix(request->key ^ p->salt);
    lb_server s;

    (void)random;
    if (p->stale) {
        p->even = are_even(view);
        p->stale = 0;
    }
    s = p->even ? nearest(view, request, key) : first_arrival(view, request, key);
    if (s != LB_NONE)
        lb_why(p->host, s,
               race_time(distance(key, view->name[s])) * SHARE_UNIT / share_of(view, s));
    return s;
}

static void rendezvous_changed(void *self, lb_server s, lb_time now)
{
    (void)s;
    (void)now;
    ((struct rendezvous *)self)->stale = 1;
}

static const struct lb_param params[] = {
    { "salt", LB_INT, offsetof(struct config, salt), 0, 0, 9007199254740991, "",
      "mixed into every hash: another salt is another map of keys to servers", NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "hrw", "" },
    { "highest_random_weight", "" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Hash the key together with each server's name and take the server with the highest "
            "hash, weights considered. A retry takes the next highest.",
    .formula = "argmax H(k, i), weighted: argmax -w_i / ln u, u = (H + 1/2) / 2^64; shares of keys "
               "w_i / W; one server more moves 1 / (n + 1) of the keys, all to it; one less moves "
               "its own alone",
    .cost =
        "O(n) a pick: one hash (two multiplications) a server, about ln n logarithms if weights "
        "differ; no memory",
    .source = "Thaler, Ravishankar 1998, IEEE/ACM Trans. Networking 6(1); weights: Schindelhauer, "
              "Schomaker 2005, SPAA",
    .fails = "It never looks at load: a popular key overloads its server for good. It sees keys "
             "alone: where requests have none, all count as one key and go to one server.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_rendezvous = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "rendezvous",
    .family = "key affinity",
    .summary = "the server with the highest hash of key and name",
    .sees = LB_SEES_KEY | LB_SEES_RAMP | LB_LOOKS_FIRST,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = rendezvous_open,
    .close = rendezvous_close,
    .pick = rendezvous_pick,
    .changed = rendezvous_changed,
};
