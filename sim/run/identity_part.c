/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/identity_part.h"

#include <inttypes.h>
#include <math.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void identity_distribution(FILE *out, const struct distribution *d)
{
    uint32_t i;

    if (!d->kind) {
        fputs("none;", out);
        return;
    }
    fputs(d->kind->name, out);
    for (i = 0; i < DISTRIBUTION_NUMBERS; i++)
        fprintf(out, " %a", d->p[i]);
    if (d->table_n)
        fprintf(out, " %u numbers %" PRIx64, d->table_n,
                (uint64_t)XXH3_64bits(d->table, d->table_n * sizeof d->table[0]));
    fputc(';', out);
}

static void print_budget(FILE *out, bool budgeted, const struct budget_spec *b)
{
    if (!budgeted)
        return;
    fprintf(out, " budget %d", (int)b->kind);
    if (b->kind == BUDGET_TOKENS)
        fprintf(out, " tokens %a refill %a", b->tokens, b->refill);
    else
        fprintf(out, " ratio %a floor %a", b->ratio, b->floor);
    if (b->kind == BUDGET_WINDOW)
        fprintf(out, " window %" PRId64, b->window);
}

static void print_retry(FILE *out, const struct retry_spec *r)
{
    if (r->attempts == 1)
        return;
    fprintf(out, "retry %u on %u excluding %d independent %d", r->attempts, r->on,
            (int)r->exclude_tried, (int)r->independent);
    print_budget(out, r->budgeted, &r->budget);
    fprintf(out, " wait %" PRId64 " most %" PRId64 " factor %a jitter %d ", r->backoff.first,
            r->backoff.most, r->backoff.factor, (int)r->backoff.jitter);
    identity_distribution(out, &r->backoff.delay);
}

void identity_tries(FILE *out, const struct client_spec *c)
{
    if (c->deadline != LB_NEVER)
        fprintf(out, "deadline %" PRId64 ";", c->deadline);
    print_retry(out, &c->retry);
    if (c->cancels)
        fprintf(out, "cancels for %" PRId64 ";", c->cancel_cost);
    if (c->parts != 1)
        fprintf(out, "parts %u need %u;", c->parts, c->need);
}

static void print_hedge(FILE *out, const struct hedge_spec *h)
{
    if (h->most == 1)
        return;
    fprintf(out, "hedge %u after %" PRId64, h->most, h->after);
    if (h->after == LB_NEVER)
        fprintf(out, " quantile %a window %" PRId64 " least %u", h->quantile.quantile,
                h->quantile.window, h->quantile.least);
    print_budget(out, h->budgeted, &h->budget);
    fputc(';', out);
}

/* Copies are a policy's too, so these count where they are not the default. */
static void print_copies(FILE *out, const struct copies_spec *c)
{
    if (c->independent || c->cancel != COPIES_CANCEL_ON_COMPLETION || c->cancel_cost)
        fprintf(out, "copies independent %d cancel %d cost %" PRId64 ";", (int)c->independent,
                (int)c->cancel, c->cancel_cost);
    if (c->cancel_delay.kind) {
        fputs("cancel delay ", out);
        identity_distribution(out, &c->cancel_delay);
    }
}

static void print_attempts(FILE *out, const struct attempts_spec *a)
{
    if (a->timeout != LB_NEVER)
        fprintf(out, "attempt timeout %" PRId64 ";", a->timeout);
    if (a->deadline != LB_NEVER)
        fprintf(out, "attempts deadline %" PRId64 ";", a->deadline);
    print_retry(out, &a->retry);
    print_hedge(out, &a->hedge);
    print_copies(out, &a->copies);
}

static void print_queue(FILE *out, const struct queue_spec *q)
{
    if (!q->given)
        return;
    fprintf(out, "queue %u time %" PRId64 " order %d", q->limit, q->time_limit, (int)q->order);
    if (q->order == QUEUE_CODEL)
        fprintf(out, " target %" PRId64 " interval %" PRId64, q->codel.target, q->codel.interval);
    fputc(';', out);
}

static void print_health(FILE *out, const struct health_spec *h)
{
    fprintf(out,
            "health every %" PRId64 " jitter %a timeout %" PRId64 " rise %u fall %u fast %" PRId64
            " down %" PRId64 " cost %" PRId64 " deep %d first %d;",
            h->interval, h->jitter, h->timeout, h->rise, h->fall, h->fast, h->down, h->cost,
            (int)h->deep, (int)h->first_decides);
}

static void print_outlier(FILE *out, const struct outlier_spec *o)
{
    fprintf(out,
            "outlier %d consecutive %u every %" PRId64 " for %" PRId64 " at most %" PRId64
            " share %a one %d enforced %a",
            (int)o->rule, o->consecutive, o->interval, o->ejection, o->most_ejection,
            o->most_ejected, (int)o->at_least_one, o->enforced);
    fprintf(out, " success %a %a %u %u", o->success_rate.factor, o->success_rate.enforced,
            o->success_rate.least_hosts, o->success_rate.least_requests);
    fprintf(out, " failure %a %a %u %u", o->failure_percentage.threshold,
            o->failure_percentage.enforced, o->failure_percentage.least_hosts,
            o->failure_percentage.least_requests);
    if (!isnan(o->latency.factor))
        fprintf(out, " latency %a %u %u", o->latency.factor, o->latency.least_hosts,
                o->latency.least_requests);
    fputc(';', out);
}

static void print_limits(FILE *out, const struct guard_spec *g)
{
    if (!isnan(g->panic))
        fprintf(out, "panic %a;", g->panic);
    if (g->in_flight != SCENARIO_UNLIMITED || g->per_server != SCENARIO_UNLIMITED ||
        g->retries != SCENARIO_UNLIMITED)
        fprintf(out, "limits %u %u %u;", g->in_flight, g->per_server, g->retries);
    if (g->sheds)
        fprintf(out, "shed below %u queue %u in flight %u;", g->shed_below, g->shed_queue,
                g->shed_in_flight);
}

static void print_concurrency(FILE *out, const struct concurrency_spec *c)
{
    fprintf(out,
            "concurrency %d initial %u least %u most %u buffer %a quantile %a decrease %a jitter "
            "%a every %" PRId64 " measure %" PRId64 " on %u;",
            (int)c->kind, c->initial, c->least, c->most, c->buffer, c->quantile, c->decrease,
            c->jitter, c->every, c->measure, c->measure_requests);
}

static void print_rate_limit(FILE *out, const struct rate_limit_spec *r)
{
    fprintf(out, "rate limit %d of %a", (int)r->kind, r->rate);
    if (r->kind == RATE_LIMIT_BUCKET)
        fprintf(out, " burst %a;", r->burst);
    else
        fprintf(out, " window %" PRId64 ";", r->window);
}

void identity_mechanisms(FILE *out, const struct balancer_spec *b)
{
    const struct guard_spec *g = &b->guard;

    print_attempts(out, &b->attempts);
    print_queue(out, &b->queue);
    print_limits(out, g);
    if (g->has_health)
        print_health(out, &g->health);
    if (g->has_outlier)
        print_outlier(out, &g->outlier);
    if (g->has_breaker)
        fprintf(out, "breaker %a of %u window %" PRId64 " open %" PRId64 " half open %u;",
                g->breaker.errors, g->breaker.least_requests, g->breaker.window, g->breaker.open,
                g->breaker.half_open);
    if (g->has_concurrency)
        print_concurrency(out, &g->concurrency);
    if (g->has_rate_limit)
        print_rate_limit(out, &g->rate_limit);
    if (g->has_admission)
        fprintf(out, "admission %d window %" PRId64 " k %a threshold %a aggression %a cap %a;",
                (int)g->admission.kind, g->admission.window, g->admission.k, g->admission.threshold,
                g->admission.aggression, g->admission.cap);
}

void identity_change(FILE *out, const struct change *c)
{
    fprintf(out, "change at %" PRId64 " until %" PRId64 " kind %d of %u %u to %a state %d %d;",
            c->at, c->until, (int)c->kind, c->first, c->count, c->number, (int)c->state,
            (int)c->kept);
    identity_distribution(out, &c->quantity);
}

void identity_faults(FILE *out, const struct server_spec *s)
{
    uint32_t i;

    for (i = 0; i < s->faults_n; i++) {
        fprintf(out, "fault together %d ", (int)s->faults[i].together);
        identity_change(out, &s->faults[i].change);
        identity_distribution(out, &s->faults[i].every);
        identity_distribution(out, &s->faults[i].lasts);
    }
    if (s->slow_start.window)
        fprintf(out, "slow start %d window %" PRId64 " aggression %a least %a;",
                (int)s->slow_start.kind, s->slow_start.window, s->slow_start.aggression,
                s->slow_start.least);
    if (s->warm_up.over)
        fprintf(out, "warm up from %a over %" PRId64 ";", s->warm_up.from, s->warm_up.over);
    if (s->redrawn.n)
        fprintf(out, "speed every %" PRId64, s->redrawn.redraw);
    for (i = 0; i < s->redrawn.n; i++)
        fprintf(out, " %a up to %a", s->redrawn.values[i], s->redrawn.weights[i]);
}
