/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passive health: who is out, for how long, and who has been when an interval ends. Envoy:
 * source/common/upstream/outlier_detection_impl.cc; gRPC: proposal A50; nginx:
 * ngx_http_upstream_round_robin.c; HAProxy: __health_adjust in src/check.c. */
#include "models/mechanism/outlier.h"

#include <math.h>
#include <string.h>

#include "models/mechanism/outlier_rates.h"

static lb_time later(lb_time now, lb_time span)
{
    return span < LB_NEVER - now ? now + span : LB_NEVER;
}

static bool has_intervals(const struct outlier_spec *spec)
{
    return (spec->rule == OUTLIER_ENVOY || spec->rule == OUTLIER_GRPC) && spec->interval > 0;
}

void outlier_open(struct outlier *outlier, const struct outlier_spec *spec,
                  struct outlier_seat *seat, uint32_t n)
{
    memset(seat, 0, n * sizeof *seat);
    *outlier = (struct outlier) { .spec = spec,
                                  .seat = seat,
                                  .n = n,
                                  .ticks_at = has_intervals(spec) ? spec->interval : LB_NEVER };
}

/* ---- Out and in. */

static void leave(struct outlier *outlier, struct outlier_seat *seat, lb_time until, lb_time now)
{
    outlier->out += !seat->out;
    seat->out = true;
    seat->since = now;
    seat->until = until;
    if (!has_intervals(outlier->spec) && until < outlier->ticks_at)
        outlier->ticks_at = until;
}

static void come_in(struct outlier *outlier, struct outlier_seat *seat)
{
    outlier->out--;
    seat->out = false;
}

static lb_time longest(const struct outlier_spec *spec)
{
    return spec->most_ejection > spec->ejection ? spec->most_ejection : spec->ejection;
}

static lb_time sentence(const struct outlier_spec *spec, uint32_t times)
{
    const lb_time most = longest(spec);

    return spec->ejection > most / times ? most : spec->ejection * times;
}

/* Envoy counts one past the first multiple that is not below the longest. */
static bool counts_on(const struct outlier_spec *spec, uint32_t times)
{
    return spec->rule != OUTLIER_ENVOY || times < 2 ||
           spec->ejection <= (longest(spec) - 1) / (times - 1);
}

static bool has_room(const struct outlier *outlier)
{
    const struct outlier_spec *spec = outlier->spec;
    const double all = (double)outlier->n, out = (double)outlier->out;

    if (isnan(spec->most_ejected) || (spec->at_least_one && outlier->out == 0))
        return true;
    return spec->rule == OUTLIER_GRPC ? out / all < spec->most_ejected
                                      : (out + 1.0) / all <= spec->most_ejected;
}

bool outlier_eject(struct outlier *outlier, struct outlier_seat *seat, double enforced,
                   struct lb_random *random, lb_time now)
{
    if (seat->out || !has_room(outlier) || !(lb_unit(random) < enforced))
        return false;
    seat->times += counts_on(outlier->spec, seat->times);
    leave(outlier, seat, later(now, sentence(outlier->spec, seat->times)), now);
    return true;
}

/* ---- As answers come back. */

static enum outlier_action envoy_done(struct outlier *outlier, struct outlier_seat *seat,
                                      bool failed, lb_time latency, struct lb_random *random,
                                      lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;

    if (!failed) {
        seat->good++;
        seat->latency += (double)latency;
        seat->consecutive = 0;
        return OUTLIER_NOTHING;
    }
    seat->bad++;
    if (spec->rule == OUTLIER_GRPC || spec->consecutive == 0 ||
        ++seat->consecutive < spec->consecutive)
        return OUTLIER_NOTHING;
    seat->consecutive = 0; /* ejected or not, it takes as many again */
    return outlier_eject(outlier, seat, spec->enforced, random, now) ? OUTLIER_EJECTED
                                                                     : OUTLIER_NOTHING;
}

static enum outlier_action haproxy_done(struct outlier *outlier, struct outlier_seat *seat,
                                        bool failed, lb_time now)
{
    const struct outlier_spec *spec = outlier->spec;

    if (!failed)
        seat->consecutive = 0;
    if (!failed || seat->out || spec->consecutive == 0 || ++seat->consecutive < spec->consecutive)
        return OUTLIER_NOTHING;
    seat->consecutive = 0;
    if (spec->ejection == 0)
        return OUTLIER_FAILED_CHECK;
    leave(outlier, seat, later(now, spec->ejection), now);
    return OUTLIER_EJECTED;
}

static bool nginx_full(const struct outlier *outlier, const struct outlier_seat *seat)
{
    const uint32_t most = outlier->spec->consecutive;

    return most > 0 && seat->consecutive >= most && outlier->n > 1;
}

/* nginx leaves it out up to and at the end of its time. */
static void nginx_leave(struct outlier *outlier, struct outlier_seat *seat, lb_time now)
{
    leave(outlier, seat, later(later(now, outlier->spec->ejection), 1), now);
}

static enum outlier_action nginx_done(struct outlier *outlier, struct outlier_seat *seat,
                                      bool failed, lb_time now)
{
    const bool was_out = seat->out;

    if (failed) {
        seat->consecutive += seat->consecutive < UINT32_MAX;
        seat->probing = false;
        seat->since = now;
        if (!nginx_full(outlier, seat))
            return OUTLIER_NOTHING;
        nginx_leave(outlier, seat, now);
        return was_out ? OUTLIER_NOTHING : OUTLIER_EJECTED;
    }
    if (!seat->probing)
        return OUTLIER_NOTHING;
    seat->probing = false;
    seat->consecutive = 0;
    if (was_out)
        come_in(outlier, seat);
    return was_out ? OUTLIER_RETURNED : OUTLIER_NOTHING;
}

enum outlier_action outlier_done(struct outlier *outlier, lb_server seat, bool failed,
                                 lb_time latency, struct lb_random *random, lb_time now)
{
    struct outlier_seat *s = &outlier->seat[seat];

    switch (outlier->spec->rule) {
    case OUTLIER_ENVOY:
    case OUTLIER_GRPC:
        return envoy_done(outlier, s, failed, latency, random, now);
    case OUTLIER_NGINX:
        return nginx_done(outlier, s, failed, now);
    case OUTLIER_HAPROXY:
        return haproxy_done(outlier, s, failed, now);
    }
    return OUTLIER_NOTHING;
}

void outlier_sent(struct outlier *outlier, lb_server seat, lb_time now)
{
    struct outlier_seat *s = &outlier->seat[seat];

    if (outlier->spec->rule != OUTLIER_NGINX || now - s->since <= outlier->spec->ejection)
        return;
    s->since = now;
    s->probing = true;
    if (nginx_full(outlier, s))
        nginx_leave(outlier, s, now);
}

bool outlier_allows(const struct outlier *outlier, lb_server seat)
{
    return !outlier->seat[seat].out;
}

/* ---- As time goes by. */

lb_time outlier_due(const struct outlier *outlier)
{
    return outlier->ticks_at;
}

/* Whose consecutive failures are forgotten, so that a few new ones do not eject it again. nginx
 * alone remembers: its next request decides. */
static void take_back(struct outlier *outlier, struct outlier_seat *seat, lb_time now)
{
    come_in(outlier, seat);
    if (outlier->spec->rule == OUTLIER_NGINX)
        return;
    seat->consecutive = 0;
    seat->since = now;
}

/* A50 says "after" its time; but a timer of the real world is never early, and then an ejection of
 * three intervals is over with the third. */
static void take_back_those_over(struct outlier *outlier, lb_time now)
{
    uint32_t i;

    for (i = 0; i < outlier->n; i++) {
        struct outlier_seat *seat = &outlier->seat[i];

        if (seat->out && seat->until <= now)
            take_back(outlier, seat, now);
    }
}

/* Everybody who has been in for an interval is forgiven an ejection. */
static void forgive(struct outlier *outlier, lb_time ended, lb_time now)
{
    const lb_time interval = outlier->spec->interval;
    uint32_t i;

    for (i = 0; i < outlier->n; i++) {
        struct outlier_seat *seat = &outlier->seat[i];
        const lb_time healthy = (now - seat->since) / interval;
        const lb_time less = healthy < ended ? healthy : ended;

        if (!seat->out)
            seat->times = less < (lb_time)seat->times ? seat->times - (uint32_t)less : 0;
        seat->good = seat->bad = 0;
        seat->latency = 0.0;
    }
}

static void end_interval(struct outlier *outlier, struct lb_random *random, lb_server *scratch,
                         lb_time now)
{
    const lb_time interval = outlier->spec->interval;
    const lb_time ended = (now - outlier->ticks_at) / interval + 1;

    if (outlier->spec->rule == OUTLIER_ENVOY)
        take_back_those_over(outlier, now);
    outlier_judge(outlier, random, scratch, now);
    if (outlier->spec->rule == OUTLIER_GRPC)
        take_back_those_over(outlier, now);
    forgive(outlier, ended, now);
    outlier->ticks_at = later(outlier->ticks_at + (ended - 1) * interval, interval);
}

static void end_ejections(struct outlier *outlier, lb_time now)
{
    uint32_t i;

    take_back_those_over(outlier, now);
    outlier->ticks_at = LB_NEVER;
    for (i = 0; i < outlier->n; i++)
        if (outlier->seat[i].out && outlier->seat[i].until < outlier->ticks_at)
            outlier->ticks_at = outlier->seat[i].until;
}

uint32_t outlier_tick(struct outlier *outlier, struct lb_random *random, lb_server *changed,
                      lb_time now)
{
    uint32_t i, n = 0;

    if (now < outlier->ticks_at)
        return 0;
    for (i = 0; i < outlier->n; i++)
        outlier->seat[i].was_out = outlier->seat[i].out;
    if (has_intervals(outlier->spec))
        end_interval(outlier, random, changed, now);
    else
        end_ejections(outlier, now);
    for (i = 0; i < outlier->n; i++)
        if (outlier->seat[i].was_out != outlier->seat[i].out)
            changed[n++] = i;
    return n;
}

bool outlier_check_passed(struct outlier *outlier, lb_server seat, lb_time now)
{
    struct outlier_seat *s = &outlier->seat[seat];

    if (outlier->spec->rule != OUTLIER_ENVOY || !s->out)
        return false;
    take_back(outlier, s, now);
    return true;
}
