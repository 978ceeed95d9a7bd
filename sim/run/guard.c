/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/guard.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct lb_random coin(struct world *w, struct balancer *b)
{
    return stream_at(w->retry_key, UINT64_C(3) << 56 | (uint64_t)b->index, b->guard->coins++);
}

void guard_remind(struct world *w, enum event_kind kind, uint32_t serial, uint32_t index,
                  lb_time at)
{
    if (at == LB_NEVER)
        return;
    w->timers++;
    queue_push(&w->queue, (struct event) { at, event_what(kind, serial, index) });
}

/* ---- Opening. */

static bool needs_full(const struct guard_spec *spec)
{
    return spec->per_server != SCENARIO_UNLIMITED || spec->has_breaker;
}

static bool has_ramp(const struct world *w, const struct balancer_spec *spec)
{
    uint32_t i;

    for (i = 0; i < spec->groups_n; i++)
        if (w->scenario->servers[spec->groups[i]].slow_start.window > 0)
            return true;
    return false;
}

static bool take_arrays(const struct world *w, struct balancer *b, struct guard *g)
{
    const struct guard_spec *spec = &b->spec->guard;
    size_t n = b->view.n;
    bool ramp = has_ramp(w, b->spec);

    g->takes = world_zeroed(n, sizeof g->takes[0]);
    if (needs_full(spec))
        g->full = world_zeroed((n + 63) / 64, sizeof g->full[0]);
    if (spec->has_breaker)
        g->breaker = world_zeroed(n, sizeof g->breaker[0]);
    if (spec->has_outlier)
        g->outlier_seat = world_zeroed(n, sizeof g->outlier_seat[0]);
    if (spec->has_health)
        g->check = world_zeroed(n, sizeof g->check[0]);
    if (b->spec->attempts.hedge.most > 1 && b->spec->attempts.hedge.after == LB_NEVER)
        g->latency = world_zeroed(1, sizeof *g->latency);
    if (ramp) {
        g->ramp = world_zeroed(n, sizeof g->ramp[0]);
        g->warm = world_zeroed(n, sizeof g->warm[0]);
    }
    return g->takes && (!needs_full(spec) || g->full) && (!spec->has_breaker || g->breaker) &&
           (!spec->has_outlier || g->outlier_seat) && (!spec->has_health || g->check) &&
           (!ramp || (g->ramp && g->warm)) &&
           (b->spec->attempts.hedge.most <= 1 || b->spec->attempts.hedge.after != LB_NEVER ||
            g->latency);
}

static void open_mechanisms(struct balancer *b)
{
    const struct guard_spec *spec = &b->spec->guard;
    const struct attempts_spec *attempts = &b->spec->attempts;
    struct guard *g = b->guard;

    if (attempts->retry.budgeted)
        budget_open(&g->retries, &attempts->retry.budget);
    if (attempts->hedge.budgeted)
        budget_open(&g->hedges, &attempts->hedge.budget);
    if (spec->has_rate_limit)
        rate_limit_open(&g->rate, &spec->rate_limit);
    if (spec->has_admission)
        admission_open(&g->admission, &spec->admission);
    if (spec->has_concurrency)
        concurrency_open(&g->concurrency, &spec->concurrency);
    if (g->latency)
        recent_quantile_open(g->latency, &attempts->hedge.quantile);
    if (spec->has_outlier)
        outlier_open(&g->outlier, &spec->outlier, g->outlier_seat, b->view.n);
}

void guard_restart(struct world *w, struct balancer *b, lb_time now)
{
    struct guard *g = b->guard;
    struct lb_random random = coin(w, b);
    uint32_t seat;

    for (seat = 0; seat < b->view.n; seat++) {
        if (g->check)
            g->check[seat].health = (struct health) { 0 };
        if (g->breaker)
            g->breaker[seat] = (struct breaker) { 0 };
        if (g->outlier_seat)
            g->outlier_seat[seat] = (struct outlier_seat) { 0 };
    }
    g->codel = (struct codel) { 0 };
    if (g->full)
        memset(g->full, 0, (b->view.n + 63) / 64 * sizeof g->full[0]);
    guard_all_warm(b);
    open_mechanisms(b);
    if (b->spec->guard.has_outlier) /* its clock began with time: it is brought up to now */
        outlier_tick(&g->outlier, &random, w->seats, now);
}

int guard_open(struct world *w, struct balancer *b)
{
    struct guard *g = b->guard = world_zeroed(1, sizeof *g);
    uint32_t i;

    if (!g || !take_arrays(w, b, g))
        return -ENOMEM;
    guard_all_warm(b);
    open_mechanisms(b);
    g->ejection_at = LB_NEVER;
    b->view.full = g->full;
    for (i = 0; i < b->view.n; i++)
        g->takes[i] = b->open[i];
    return checks_number(w, b);
}

void guard_close(struct balancer *b)
{
    struct guard *g = b->guard;

    if (!g)
        return;
    free(g->takes);
    free(g->full);
    free(g->breaker);
    free(g->outlier_seat);
    free(g->check);
    free(g->latency);
    free(g->ramp);
    free(g->warm);
    free(g);
    b->guard = NULL;
}

/* The clock is to be looked at when passive health says so. */
static void look_later(struct world *w, struct balancer *b)
{
    lb_time due = b->spec->guard.has_outlier ? outlier_due(&b->guard->outlier) : LB_NEVER;

    if (due >= b->guard->ejection_at)
        return;
    b->guard->ejection_at = due;
    guard_remind(w, EVENT_EJECTION, 0, b->index, due);
}

void guard_start(struct world *w, struct balancer *b)
{
    if (b->guard->check)
        checks_start(w, b);
    look_later(w, b);
}

/* ---- The way in. */

static bool sheds(const struct balancer *b, uint32_t priority)
{
    const struct guard_spec *spec = &b->spec->guard;

    return spec->sheds && priority < spec->shed_below &&
           (b->held >= spec->shed_queue || b->guard->out >= spec->shed_in_flight);
}

bool guard_lets_in(struct world *w, struct balancer *b, uint32_t call, lb_time now)
{
    const struct guard_spec *spec = &b->spec->guard;
    struct guard *g = b->guard;
    uint32_t priority = w->scenario->clients[w->job[call].client].priority;
    bool away = false;

    if (spec->has_rate_limit && !rate_limit_take(&g->rate, now))
        return false;
    if (spec->has_admission) {
        struct lb_random random =
            stream_at(w->retry_key, w->job[call].serial, UINT64_C(4) << 56 | w->trip[call].draw);

        away = lb_unit(&random) < admission_rejects(&g->admission, now);
        if (away || spec->admission.kind == ADMISSION_SRE)
            admission_came(&g->admission, away, now);
    }
    w->trip[call].admitted = !away;
    return !away && !sheds(b, priority);
}

bool guard_at_limit(const struct balancer *b)
{
    const struct guard_spec *spec = &b->spec->guard;

    return b->guard->out >= spec->in_flight ||
           (spec->has_concurrency && b->guard->out >= concurrency_limit(&b->guard->concurrency));
}

bool guard_may_repeat(const struct balancer *b, struct budget *budget, lb_time now)
{
    uint32_t extra = b->guard->extra + b->guard->again;

    return extra < b->spec->guard.retries &&
           (!budget || budget_take(budget, extra, b->guard->out, now));
}

void guard_expects(struct world *w, uint32_t call, bool again)
{
    struct guard *g = w->balancer[w->job[call].balancer].guard;

    g->again += again;
    g->again -= w->trip[call].again;
    w->trip[call].again = again;
}

static bool is_out_at(const struct world *w, const struct balancer *b, uint32_t call, uint32_t seat)
{
    uint32_t slot;

    for (slot = w->trip[call].first; slot != JOB_NONE; slot = w->trip[slot].next)
        if (seat_of(b, w->job[slot].server) == seat)
            return true;
    return false;
}

bool guard_admits_copy(const struct world *w, const struct balancer *b, uint32_t call,
                       uint32_t seat)
{
    return seat < b->view.n && (!b->open || b->open[seat]) && !is_out_at(w, b, call, seat) &&
           !guard_at_limit(b) && guard_may_repeat(b, NULL, 0) &&
           (!b->view.full || !(b->view.full[seat >> 6] >> (seat & 63) & 1));
}

bool guard_drops_head(struct world *w, struct balancer *b, uint32_t call, lb_time now)
{
    if (b->spec->queue.order != QUEUE_CODEL || !w->hold[call].queued)
        return false;
    return codel_drops(&b->guard->codel, &b->spec->queue.codel, now - w->hold[call].since,
                       b->held - 1, now);
}

/* ---- Attempts. */

/* A seat at its cap, or with its circuit broken, is full. */
static void set_full(struct balancer *b, uint32_t seat, lb_time now)
{
    const struct guard_spec *spec = &b->spec->guard;
    struct guard *g = b->guard;
    uint64_t bit = UINT64_C(1) << (seat & 63);
    bool full;

    if (!g->full)
        return;
    full = b->inflight[seat] >= spec->per_server ||
           (g->breaker && !breaker_allows(&g->breaker[seat], &spec->breaker, now));
    g->full[seat >> 6] = full ? g->full[seat >> 6] | bit : g->full[seat >> 6] & ~bit;
}

void guard_sent(struct balancer *b, uint32_t seat, bool extra, lb_time now)
{
    struct guard *g = b->guard;

    g->out++;
    g->extra += extra;
    if (g->breaker)
        breaker_sent(&g->breaker[seat], &b->spec->guard.breaker, now);
}

void guard_seat_moved(struct balancer *b, uint32_t seat, lb_time now)
{
    set_full(b, seat, now);
}

void guard_seat_probed(struct world *w, struct balancer *b, uint32_t seat, lb_time now)
{
    bool allowed;

    if (!b->spec->guard.has_outlier)
        return;
    allowed = outlier_allows(&b->guard->outlier, seat);
    outlier_sent(&b->guard->outlier, seat, now);
    if (allowed != outlier_allows(&b->guard->outlier, seat))
        guard_seat_told(w, b, seat, now); /* it is out: nobody who waits gains by that */
    look_later(w, b);
}

static void learn_of_breaker(struct world *w, struct balancer *b, uint32_t seat, bool failed,
                             bool cancelled, lb_time now)
{
    struct breaker *breaker = &b->guard->breaker[seat];

    if (breaker_done(breaker, &b->spec->guard.breaker, failed, cancelled, now) &&
        breaker->state == BREAKER_OPEN)
        guard_remind(w, EVENT_EJECTION, seat + 1, b->index, breaker->until);
}

static void learn_of_outlier(struct world *w, struct balancer *b, uint32_t seat, bool failed,
                             lb_time latency, lb_time now)
{
    struct lb_random random = coin(w, b);
    bool allowed = outlier_allows(&b->guard->outlier, seat);
    enum outlier_action action =
        outlier_done(&b->guard->outlier, seat, failed, latency, &random, now);

    if (action == OUTLIER_FAILED_CHECK && b->guard->check)
        check_blamed(w, b, seat, now);
    if (allowed != outlier_allows(&b->guard->outlier, seat))
        guard_seat_changed(w, b, seat, now);
    look_later(w, b);
}

void guard_learns_latency(const struct world *w, uint32_t call, uint32_t won, lb_time now)
{
    struct recent_quantile *latency = w->balancer[w->job[call].balancer].guard->latency;
    lb_time sent = w->trip[won].sent;
    uint32_t slot;

    if (!latency)
        return;
    for (slot = w->trip[call].first; slot != JOB_NONE; slot = w->trip[slot].next)
        if (w->trip[slot].sent < sent)
            sent = w->trip[slot].sent;
    recent_quantile_add(latency, now - sent, now);
}

void guard_ended(struct world *w, struct balancer *b, uint32_t attempt, uint32_t status,
                 lb_time now)
{
    const struct guard_spec *spec = &b->spec->guard;
    struct guard *g = b->guard;
    uint32_t seat = seat_of(b, w->job[attempt].server);
    lb_time latency = now - w->trip[attempt].sent;
    bool cancelled = status == LB_CANCELLED || status == LB_CUT || status == LB_LOST;
    bool failed = !cancelled && status != LB_OK;

    g->out--;
    g->extra -= w->trip[attempt].is_extra;
    if (g->breaker)
        learn_of_breaker(w, b, seat, failed, cancelled, now);
    if (spec->has_concurrency && !cancelled) {
        struct lb_random random = coin(w, b);

        concurrency_done(&g->concurrency, latency, failed, g->out, &random, now);
    }
    if (!cancelled && b->spec->attempts.retry.budgeted)
        budget_ended(&g->retries, !failed);
    if (!cancelled && b->spec->attempts.hedge.budgeted)
        budget_ended(&g->hedges, !failed);
    if (spec->has_outlier && !cancelled) {
        bool offering = b->offering;

        b->offering = true; /* who waits is offered once the policy knows that this one is done */
        learn_of_outlier(w, b, seat, failed, latency, now);
        b->offering = offering;
    }
}

void guard_answered(struct world *w, struct balancer *b, uint32_t call, enum failure failure,
                    lb_time now)
{
    const struct guard_spec *spec = &b->spec->guard;
    bool accepted =
        failure == 0 || (spec->admission.kind == ADMISSION_SRE && failure == FAILURE_ERROR);

    if (spec->has_admission && spec->admission.kind == ADMISSION_ENVOY && w->trip[call].admitted)
        admission_came(&b->guard->admission, false, now); /* it counts what has ended */
    if (spec->has_admission && accepted)
        admission_succeeded(&b->guard->admission, now);
}

/* ---- The clock. */

void guard_looks(struct world *w, struct event e)
{
    struct balancer *b = &w->balancer[event_index(e.what)];
    struct lb_random random;
    uint32_t i, n;

    w->timers--;
    if (event_serial(e.what) > 0) {
        set_full(b, event_serial(e.what) - 1, e.time);
        offer_held(w, b, e.time);
        return;
    }
    if (b->guard->ejection_at != e.time)
        return;
    b->guard->ejection_at = LB_NEVER;
    random = coin(w, b);
    n = outlier_tick(&b->guard->outlier, &random, w->seats, e.time);
    for (i = 0; i < n && !w->failed; i++)
        guard_seat_changed(w, b, w->seats[i], e.time);
    look_later(w, b);
}
