/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passive health a second time, as the systems' own sources have it, without regard to speed:
 * nginx's three numbers of a peer, and Envoy's and gRPC's sweep over lists. Enforcement is 1. */
#ifndef TESTS_NAIVE_OUTLIER_H
#define TESTS_NAIVE_OUTLIER_H

#include <math.h>

#include "models/mechanism/outlier.h"

enum { NAIVE_MOST = 16 };

struct naive_peer {
    uint32_t fails;
    lb_time accessed, checked;
};

static inline bool naive_peer_allows(const struct naive_peer *peer, const struct outlier_spec *spec,
                                     lb_time now)
{
    return !(peer->fails >= spec->consecutive && now - peer->checked <= spec->ejection);
}

static inline void naive_peer_sent(struct naive_peer *peer, const struct outlier_spec *spec,
                                   lb_time now)
{
    if (now - peer->checked > spec->ejection)
        peer->checked = now;
}

static inline void naive_peer_done(struct naive_peer *peer, bool failed, lb_time now)
{
    if (failed) {
        peer->fails++;
        peer->accessed = peer->checked = now;
    } else if (peer->accessed < peer->checked)
        peer->fails = 0;
}

struct naive_monitor {
    bool out, returned;
    uint32_t run, backoff, good, bad;
    lb_time ejected, unejected;
};

struct naive_detector {
    const struct outlier_spec *spec;
    uint32_t n;
    struct naive_monitor host[NAIVE_MOST];
};

static inline void naive_eject(struct naive_detector *d, uint32_t i, lb_time now)
{
    const struct outlier_spec *spec = d->spec;
    uint32_t k, active = 0;
    bool room;

    for (k = 0; k < d->n; k++)
        active += d->host[k].out;
    room = spec->rule == OUTLIER_GRPC ? active / (double)d->n < spec->most_ejected
                                      : (active + 1) / (double)d->n <= spec->most_ejected;
    if (d->host[i].out || !(room || (spec->at_least_one && active == 0)))
        return;
    d->host[i].out = true;
    d->host[i].ejected = now;
    if (spec->rule == OUTLIER_GRPC ||
        spec->ejection * d->host[i].backoff < spec->most_ejection + spec->ejection)
        d->host[i].backoff++;
}

static inline void naive_done(struct naive_detector *d, uint32_t i, bool failed, lb_time now)
{
    struct naive_monitor *host = &d->host[i];

    host->good += !failed;
    host->bad += failed;
    if (!failed)
        host->run = 0;
    else if (!host->out && d->spec->rule == OUTLIER_ENVOY && ++host->run == d->spec->consecutive) {
        naive_eject(d, i, now);
        host->run = 0;
    }
}

static inline void naive_return(struct naive_detector *d, lb_time now)
{
    uint32_t i;

    for (i = 0; i < d->n; i++) {
        struct naive_monitor *host = &d->host[i];
        const lb_time span = d->spec->ejection * host->backoff;
        const lb_time most = d->spec->most_ejection;

        if (host->out && (span < most ? span : most) <= now - host->ejected) {
            host->out = false;
            host->returned = true;
            host->run = 0;
            host->unejected = now;
        }
    }
}

static inline void naive_rates(struct naive_detector *d, lb_time now)
{
    const struct outlier_spec *spec = d->spec;
    double rate[NAIVE_MOST], sum = 0.0, squares = 0.0, least;
    uint32_t who[NAIVE_MOST], n = 0, i;

    for (i = 0; i < d->n; i++)
        if (!d->host[i].out &&
            d->host[i].good + d->host[i].bad >= spec->success_rate.least_requests) {
            rate[n] = (double)d->host[i].good / (double)(d->host[i].good + d->host[i].bad);
            sum += rate[n];
            who[n++] = i;
        }
    if (n == 0)
        return;
    for (i = 0; i < n; i++)
        squares += (rate[i] - sum / n) * (rate[i] - sum / n);
    least = sum / n - spec->success_rate.factor * sqrt(squares / n) - 1e-9;
    if (n >= spec->success_rate.least_hosts)
        for (i = 0; i < n; i++)
            if (rate[i] < least)
                naive_eject(d, who[i], now);
    if (n >= spec->failure_percentage.least_hosts)
        for (i = 0; i < n; i++)
            if (spec->rule == OUTLIER_GRPC
                    ? 100 * d->host[who[i]].bad > 85 * (d->host[who[i]].good + d->host[who[i]].bad)
                    : 100 * d->host[who[i]].bad >=
                          85 * (d->host[who[i]].good + d->host[who[i]].bad))
                naive_eject(d, who[i], now);
}

static inline void naive_sweep(struct naive_detector *d, lb_time now)
{
    uint32_t i;

    if (d->spec->rule == OUTLIER_ENVOY)
        naive_return(d, now);
    naive_rates(d, now);
    for (i = 0; i < d->n; i++) {
        struct naive_monitor *host = &d->host[i];

        if (!host->out && host->backoff > 0 &&
            (d->spec->rule == OUTLIER_GRPC ||
             (host->returned && now - host->unejected >= d->spec->interval)))
            host->backoff--;
        host->good = host->bad = 0;
    }
    if (d->spec->rule == OUTLIER_GRPC)
        naive_return(d, now);
}

#endif
