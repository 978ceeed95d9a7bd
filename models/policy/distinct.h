/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several different servers at random, of those that a request may go to. */
#ifndef MODELS_POLICY_DISTINCT_H
#define MODELS_POLICY_DISTINCT_H

#include "models/policy.h"
#include "models/policy/sample.h"

enum { DISTINCT_MOST = 64, DISTINCT_PLACES = 4 * DISTINCT_MOST };

/* As distinct_of, from a list of all the n that the request may go to, which it shuffles. */
static inline uint32_t distinct_of_list(lb_server *list, uint32_t n, uint32_t d,
                                        struct lb_random *random, lb_server *drawn)
{
    uint32_t found;

    for (found = 0; found < d && found < n; found++) {
        uint32_t place = found + lb_below(random, n - found);

        drawn[found] = list[place];
        list[place] = list[found];
    }
    return found;
}

/* Writes up to d (at most DISTINCT_MOST) different usable servers, each sequence as likely, of
 * those that the request may go to, and answers their number: less than d only if there are not so
 * many. `room` has a place for every seat. O(d^2) draws and steps, O(n) where few suit. */
static inline uint32_t distinct_of(const struct lb_view *view, const struct lb_request *request,
                                   uint32_t d, lb_server *room, struct lb_random *random,
                                   lb_server *drawn)
{
    uint32_t sorted[DISTINCT_PLACES + 1], n = view->usable_n, found = 0, allowed = 0, i;

    for (i = 0; i < n && i < DISTINCT_PLACES && found < d; i++) {
        lb_server s = view->usable[sample_more(sorted, i, n, random)];

        if (lb_may(view, request, s))
            drawn[found++] = s;
    }
    if (found == d || i == n)
        return found;
    for (i = 0; i < n; i++)
        if (lb_may(view, request, view->usable[i]))
            room[allowed++] = view->usable[i];
    return distinct_of_list(room, allowed, d, random, drawn);
}

#endif
