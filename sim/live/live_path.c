/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the time of a request went. A server's due time less the instant at which the request
 * reached it is wait and service; what the answer's wait has beyond that passed in the balancer's
 * queue. What simulated links took is no overhead, and all the rest is. */
#include <math.h>
#include <stdlib.h>

#include "sim/live/live_result_part.h"

static lb_time between(lb_time from, lb_time to)
{
    return from == LB_NEVER || to == LB_NEVER ? -1 : to > from ? to - from : 0;
}

static bool is_known(lb_time t)
{
    return t != LB_NEVER;
}

static lb_time less(lb_time t, lb_time part)
{
    return t < 0 ? t : t > part ? t - part : 0;
}

/* At its server; of one that is not lbsim's, from going there to coming back. */
static lb_time at_server(const struct live_record *r)
{
    const lb_time known = between(r->reached, r->due);

    return known >= 0 ? known : between(r->forwarded, r->returned);
}

/* In the balancer's queue. A server that is not lbsim's does not say how long it took: then the
 * balancer's queue is all that the answer tells of. */
static lb_time held(const struct live_record *r)
{
    const lb_time there = at_server(r);

    if (!is_known(r->wait) || !is_known(r->service) || there < 0)
        return 0;
    if (!is_known(r->due) && r->service == 0)
        return r->wait;
    return less(r->wait + r->service, there);
}

static lb_time in_balancer(const struct live_record *r)
{
    const lb_time there = between(r->arrived, r->forwarded),
                  back = between(r->returned, r->replied);

    if (there < 0 || back < 0)
        return -1;
    return less(there + back, held(r) + r->balancer_links);
}

static lb_time overhead(const struct live_record *r)
{
    lb_time inside;

    if (!is_known(r->wait) || !is_known(r->service) || !is_known(r->done))
        return -1;
    inside = is_known(r->due) || at_server(r) < 0 ? r->wait + r->service : held(r) + at_server(r);
    return less(between(r->intended + inside, r->done),
                r->client_link + r->balancer_links + r->server_link);
}

bool live_is_plain(const struct live_record *r)
{
    return r->ended == 1 + ENDED_COMPLETED && r->tries <= 1 && r->attempts <= 1;
}

lb_time live_path_of(const struct live_record *r, enum path_part part)
{
    const bool foreign = !is_known(r->arrived); /* a balancer that says nothing of itself */

    switch (part) {
    case PATH_SEND:
        return less(between(r->intended, r->sent), r->client_link);
    case PATH_TO_BALANCER:
        return between(r->sent, r->arrived);
    case PATH_IN_BALANCER:
        return in_balancer(r);
    case PATH_TO_SERVER:
        return between(foreign ? r->sent : r->forwarded, r->reached);
    case PATH_TIMER:
        return less(between(r->due, r->answered), r->server_link);
    case PATH_FROM_SERVER:
        return between(r->answered, foreign ? r->done : r->returned);
    case PATH_TO_CLIENT:
        return between(r->replied, r->done);
    case PATH_OVERHEAD:
        return overhead(r);
    default:
        return -1;
    }
}

static int by_size(const void *a, const void *b)
{
    const lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

/* By nearest rank, as everywhere (histogram.h), s. */
static double quantile(const lb_time *sorted, uint64_t n, double p)
{
    return (double)sorted[histogram_rank(p, n) - 1] / 1e9;
}

static bool is_any(const struct live_record *r)
{
    (void)r;
    return true;
}

static bool is_completed(const struct live_record *r)
{
    return r->ended == 1 + ENDED_COMPLETED;
}

static uint64_t collect_of(const struct live_plan *plan, enum path_part part, lb_time *values,
                           bool (*counts)(const struct live_record *))
{
    const struct live_shared *s = plan->shared;
    uint64_t i, n = 0;

    for (i = live_first_measured(plan); i < s->room && is_known(s->record[i].intended); i++) {
        const lb_time t = counts(&s->record[i]) ? live_path_of(&s->record[i], part) : -1;

        if (t >= 0)
            values[n++] = t;
    }
    return n;
}

static uint64_t collect(const struct live_plan *plan, enum path_part part, lb_time *values)
{
    const uint64_t n = collect_of(plan, part, values, part == PATH_SEND ? is_any : live_is_plain);

    return n == 0 && part == PATH_OVERHEAD ? collect_of(plan, part, values, is_completed) : n;
}

static double share_above(const lb_time *sorted, uint64_t n, double limit)
{
    uint64_t k = n;

    while (k > 0 && (double)sorted[k - 1] / 1e9 > limit)
        k--;
    return (double)(n - k) / (double)n;
}

int live_paths(struct live_result *out, const struct live_plan *plan, double slow)
{
    lb_time *values = malloc((plan->shared->room + 1) * sizeof values[0]);
    int part;

    out->slow_share = NAN;
    if (!values)
        return -1;
    for (part = 0; part < PATH_PARTS; part++) {
        const uint64_t n = collect(plan, (enum path_part)part, values);

        out->path[part] = (struct path_summary) { n, NAN, NAN, NAN, NAN, NAN };
        if (n == 0)
            continue;
        qsort(values, n, sizeof values[0], by_size);
        out->path[part] = (struct path_summary) {
            n,
            quantile(values, n, 0.5),
            quantile(values, n, 0.9),
            quantile(values, n, 0.99),
            quantile(values, n, 0.999),
            quantile(values, n, 1.0),
        };
        if (part == PATH_OVERHEAD)
            out->slow_share = share_above(values, n, slow / plan->time_scale);
    }
    free(values);
    return 0;
}
