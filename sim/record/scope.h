/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What part of a system a metric speaks of. */
#ifndef SIM_SCOPE_H
#define SIM_SCOPE_H

#include <stdint.h>

enum scope_kind {
    SCOPE_ALL,
    SCOPE_CLIENT,
    SCOPE_SERVERS,   /* a group */
    SCOPE_SERVER,    /* index over all groups */
    SCOPE_ZONE,      /* the servers in it */
    SCOPE_BALANCERS, /* all of a name */
    SCOPE_BALANCER   /* index over all balancers */
};
enum { SCOPE_KINDS = 7 };

/* Sets of kinds, for metrics that have no meaning for others. */
enum {
    OF_ALL = 1 << SCOPE_ALL,
    OF_CLIENT = 1 << SCOPE_CLIENT,
    OF_SERVERS = 1 << SCOPE_SERVERS,
    OF_SERVER = 1 << SCOPE_SERVER,
    OF_ZONE = 1 << SCOPE_ZONE,
    OF_BALANCER = 1 << SCOPE_BALANCERS | 1 << SCOPE_BALANCER,
    OF_SEVERAL = OF_SERVERS | OF_ZONE, /* servers, in the plural */
    OF_PLACE = OF_SEVERAL | OF_SERVER,
    OF_ANY = OF_ALL | OF_CLIENT | OF_PLACE | OF_BALANCER
};

struct scope {
    enum scope_kind kind;
    uint32_t index;
};

#endif
