/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may be picked: small questions about the view that most policies ask. */
#ifndef MODELS_POLICY_ELIGIBLE_H
#define MODELS_POLICY_ELIGIBLE_H

#include "models/policy.h"

enum { REDRAWS = 16 };       /* a denied draw is repeated so often before anybody counts */
enum { SHARE_UNIT = 65536 }; /* the share of a warm server of weight 1 */

/* How policies that take a minimum settle ties. */
enum tie { TIE_RANDOM, TIE_FIRST, TIE_LAST, TIE_SWRR };
#define TIE_NAMES "random", "first", "last"

/* Nonzero if s is up, not draining, not ejected and of positive weight. `usable` is in seat order,
 * so this costs O(log n). */
static inline int usable_has(const struct lb_view *view, lb_server s)
{
    uint32_t low = 0, high = view->usable_n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (view->usable[middle] < s)
            low = middle + 1;
        else
            high = middle;
    }
    return low < view->usable_n && view->usable[low] == s;
}

/* The usable server at a place of the list. Where all are usable it is the place itself, and the
 * list, which is long then, need not be read. */
static inline lb_server usable_at(const struct lb_view *view, uint32_t place)
{
    return view->usable_n == view->n ? place : view->usable[place];
}

/* The weight of s in units of 1 / SHARE_UNIT, slow start included; never 0 for a positive weight.
 * Always in the same unit, so that shares compare across changes; weights end at 65535. */
static inline uint32_t share_of(const struct lb_view *view, lb_server s)
{
    uint32_t full = view->weight[s] * (uint32_t)SHARE_UNIT, now;

    if (!view->ramp || view->ramp[s] >= 1.0f)
        return full;
    now = (uint32_t)((double)full * (double)view->ramp[s]);
    return now || !full ? now : 1;
}

/* Nonzero if some server may be denied to this request, whichever. */
static inline int denies_any(const struct lb_view *view, const struct lb_request *request)
{
    uint32_t i;

    if (request->tried_n)
        return 1;
    for (i = 0; view->full && i < (view->n + 63) / 64; i++)
        if (view->full[i])
            return 1;
    return 0;
}

/* The second half of any_of: the first draw was denied. */
static inline lb_server any_of_rest(const struct lb_view *view, const struct lb_request *request,
                                    const lb_server *list, uint32_t n, struct lb_random *random)
{
    uint32_t i, allowed = 0;

    for (i = 0; i < REDRAWS; i++) {
        lb_server s = list[lb_below(random, n)];

        if (lb_may(view, request, s))
            return s;
    }
    for (i = 0; i < n; i++)
        allowed += (uint32_t)lb_may(view, request, list[i]);
    if (allowed == 0)
        return LB_NONE;
    allowed = lb_below(random, allowed);
    for (i = 0; !lb_may(view, request, list[i]) || allowed--; i++)
        ;
    return list[i];
}

/* One of the n servers of the list, uniform among those the request may go to; LB_NONE if it may
 * go to none. One draw unless that one is denied. */
static inline lb_server any_of(const struct lb_view *view, const struct lb_request *request,
                               const lb_server *list, uint32_t n, struct lb_random *random)
{
    lb_server s;

    if (n == 0)
        return LB_NONE;
    s = list[lb_below(random, n)];
    return lb_may(view, request, s) ? s : any_of_rest(view, request, list, n, random);
}

/* Nonzero if an attempt that ended so speaks against its server. */
static inline int is_failure(uint32_t status)
{
    return status == LB_ERROR || status == LB_TIMEOUT || status == LB_REFUSED || status == LB_LOST;
}

/* Says why `open` fails and answers the NULL it returns. */
static inline void *no_memory(struct lb_host *host)
{
    host->note(host, "not enough memory for this many servers");
    return NULL;
}

#endif
