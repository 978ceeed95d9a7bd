/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/caution.h"

#include <inttypes.h>

const char *const caution_codes[][2] = {
    { "closed_ignores_load", "a closed client's rate follows from its users, not from load" },
    { "few_replications", "fewer than 10 replications: no claim may rest on the interval" },
    { "heavy_tail", "a service time has no variance: averages settle slowly, intervals mislead" },
    { "no_keys", "a policy that goes by keys, and clients without: all goes to one server" },
    { "nothing_completed", "no request was completed: there are no latencies" },
    { "nothing_measured", "the warm-up is longer than the run" },
    { "several_queues", "a central queue a balancer: several of them are not one queue" },
    { "trace_ends", "a trace without loop ends while other clients go on" },
    { "unfinished", "some requests never ended: nothing was left that could end them" },
    { "unstable", "more work is offered than the servers can do: queues grow for ever" },
    { "unused_balancer", "no client names this balancer" },
    { "unused_column", "a column of the trace is not used: the client gives the same" },
    { "unused_link", "nothing names this link" },
    { "unused_priority", "neither a server nor a policy looks at this client's priority" },
    { "unused_servers", "no balancer serves these servers" },
    { "unused_share", "a lone open client needs no share" },
    { "warmup_not_found", "the pilots never settled: no interval can be given" },
    { NULL, NULL },
};

static const char *unsettled(const struct scenario *s)
{
    return s->offered_load >= 1.0
               ? "it never settled in its pilots, so no intervals: more work is offered than the "
                 "servers can do"
               : "it never settled in its pilots (warm-up not found), so no intervals: run longer";
}

uint32_t cautions_of(const struct experiment *e, uint32_t point, struct caution said[CAUTIONS_MOST])
{
    const struct point *p = &e->points[point];
    struct counts c = experiment_counts(e, point);
    uint32_t n = 0;

    if (p->done == 0)
        return 0;
    if (c.measured == 0) {
        said[n].code = "nothing_measured";
        snprintf(said[n++].text, sizeof said[0].text,
                 "the warm-up is longer than the run: nothing was measured");
    } else if (c.ended[ENDED_COMPLETED] == 0) {
        said[n].code = "nothing_completed";
        snprintf(said[n++].text, sizeof said[0].text, "no request was completed");
    } else if (p->piloted && !p->warmup.found) {
        said[n].code = "warmup_not_found";
        snprintf(said[n++].text, sizeof said[0].text, "%s", unsettled(e->scenario));
    }
    if (c.in_system) {
        said[n].code = "unfinished";
        snprintf(said[n++].text, sizeof said[0].text,
                 "%" PRIu64 " of %" PRIu64
                 " requests never ended: they wait for what does not come",
                 c.in_system, c.issued);
    }
    return n;
}
