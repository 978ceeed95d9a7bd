/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What servers that lbsim did not start take for a request. They give no timestamps, so it is
 * measured from the balancer: from sending a ping on to hearing from its server, of pings that
 * found a core of their server free.
 *
 * Taken for granted is that such servers serve first-in first-out with the scenario's cores, and
 * that services are independent of each other and of the size that lbsim planned. Then what comes
 * before decides whether a request finds a core free, and what comes later does not slow it, so
 * that those that do are a fair sample of services, whatever the load. A server that keeps other
 * laws will disagree with its prediction. */
#ifndef SIM_SERVICES_H
#define SIM_SERVICES_H

#include "sim/live/role.h"

/* Of one group, model time of the run. */
struct services {
    lb_time *at; /* sorted, ns; NULL: these servers are lbsim's own */
    uint64_t n;
    double mean; /* s */
};

/* The ways between the balancer and a server and back, which nobody sees: what they took between
 * client and balancer, in the median. ns of the pings' model time; 0 0: no pings. */
struct ways {
    lb_time there, back;
};

/* Is this server none of lbsim's? */
bool services_foreign(const struct live_plan *, lb_server);
bool services_any_foreign(const struct live_plan *);
/* The group of a server. */
uint32_t services_group(const struct scenario *, lb_server);
/* The model time of the run over that of its pings: pings of such servers make work, and take more
 * time for it (session.h). */
double services_pace(const struct live_plan *ping);

/* 0 or -1: no memory. */
int services_ways(const struct live_plan *ping, struct ways *);
/* All groups of the scenario; a ping's stay at its server less both ways. NULL: no memory. */
struct services *services_measure(const struct live_plan *ping, const struct ways *);
/* Why they cannot stand in for the servers of this plan; NULL: they can. */
const char *services_refusal(const struct services *, const struct live_plan *ping);
/* Forgets the single services; n and mean stay. */
void services_forget(struct services *, uint32_t groups);

/* The service of one attempt, ns. The draw picks a rank, not a ping: where two policies' pings
 * differ, their requests still have about the same services. `sample` not 0: of a bootstrap sample
 * of the pings instead. */
lb_time services_draw(const struct services *, uint64_t key, uint64_t sample, uint64_t serial,
                      uint64_t attempt);

#endif
