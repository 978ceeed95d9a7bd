/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Speculative retry: a random server, and another one if no answer has come within a high quantile
 * of recent latencies, as in Apache Cassandra (speculative_retry) and in Dean and Barroso's hedged
 * requests after the 95th percentile.
 *
 * What is measured is the time from the first sending to the first answer. Up to the delay it
 * exceeds a time exactly when the first copy alone would, so copies do not pull the quantile down
 * on which they depend. */
#include <stdlib.h>

#include "models/mechanism/recent_quantile.h"
#include "models/policy.h"
#include "models/policy/copies.h"

enum { ANSWERERS = 2 };

struct config {
    double percentile;
    lb_time window;
    int64_t least;
};

struct speculative {
    struct copies copies;
    struct recent_quantile_spec spec;
    struct recent_quantile latency;
};

static void *speculative_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct speculative *p = malloc(sizeof *p);

    if (!p || copies_open(&p->copies, setup)) {
        free(p);
        return no_memory(setup->host);
    }
    p->spec = (struct recent_quantile_spec) { .quantile = config->percentile,
                                              .window = config->window,
                                              .least = (uint32_t)config->least };
    recent_quantile_open(&p->latency, &p->spec);
    return p;
}

static void speculative_close(void *self)
{
    struct speculative *p = self;

    copies_close(&p->copies);
    free(p);
}

static lb_server speculative_pick(void *self, const struct lb_request *request,
                                  struct lb_random *random)
{
    struct speculative *p = self;
    lb_time after = recent_quantile_get(&p->latency, request->now);

    *request->memo = (uint64_t)request->now + 1;
    return copies_pick(&p->copies, request, after < LB_NEVER ? ANSWERERS : 1, after, random);
}

/* A copy's memo is its own, 0: it counts from the issue of the request. It left no sooner than the
 * delay in any case, so its time is beyond the quantile by either reckoning. */
static void speculative_done(void *self, const struct lb_outcome *outcome)
{
    struct speculative *p = self;
    uint64_t memo = *outcome->request->memo;
    lb_time since = memo ? (lb_time)(memo - 1) : outcome->request->issued;

    if (outcome->status == LB_OK)
        recent_quantile_add(&p->latency, outcome->done - since, outcome->done);
}

static const struct lb_param params[] = {
    { "percentile", LB_RATIO, offsetof(struct config, percentile), 0.99, 0, 1, "",
      "the copy is sent when this share of recent requests would have been answered", NULL },
    { "window", LB_DURATION, offsetof(struct config, window), 10, 1e-3, 1e6, "s",
      "recent is this window of time and the one before it", NULL },
    { "least", LB_INT, offsetof(struct config, least), 100, 1, 1000000, "requests",
      "with fewer answers than this in both windows no copy is sent", NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "cassandra:speculative_retry", "" },
    { "finagle:backup_request", "percentile=?" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Send to a random server; to another one if there is no answer within the percentile "
            "of recent latencies. The first answer counts. Until enough are known: one copy.",
    .formula = "a share 1 - percentile of the requests is sent twice, whatever the latencies are, "
               "and a little more where the windows hold few; exponential work without queueing: "
               "E[T] = E[S] (1 - (1 - percentile) / 2)",
    .cost = "O(1); the quantile is found anew now and then, from 2 x 1184 counts",
    .source = "Apache Cassandra, speculative_retry = 99percentile; Dean, Barroso 2013, "
              "Communications of the ACM 56(2)",
    .fails = "The quantile lags behind a change by up to two windows. When all servers slow down "
             "together, copies add to the load though no other server would be faster.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_speculative_retry = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "speculative_retry",
    .family = "redundancy",
    .summary = "a random server, another one if it is later than most",
    .sees = LB_SENDS_COPIES | LB_USES_MEMO,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = speculative_open,
    .close = speculative_close,
    .pick = speculative_pick,
    .done = speculative_done,
};
