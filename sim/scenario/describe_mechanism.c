/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attempts, queues, health, limits and faults, in words. */
#include <math.h>

#include "sim/scenario/describe_part.h"

/* What is not as it is where it is not written. */
static void print_time(FILE *out, const char *words, lb_time time, lb_time preset)
{
    if (time == preset)
        return;
    fputs(words, out);
    describe_time(out, time);
}

static void print_budget(FILE *out, const struct budget_spec *b)
{
    switch (b->kind) {
    case BUDGET_WINDOW:
        fprintf(out, ", as long as they are no more than %g of the requests of ", b->ratio);
        describe_time(out, b->window);
        fprintf(out, " and %g a second", b->floor);
        break;
    case BUDGET_ACTIVE:
        fprintf(out, ", at most %g of those in flight, or %g", b->ratio, b->floor);
        break;
    case BUDGET_TOKENS:
        fprintf(out,
                ", while more than half of %g tokens are left: a failure takes 1, a success "
                "gives %g",
                b->tokens, b->refill);
        break;
    }
}

static void print_on(FILE *out, unsigned on)
{
    static const char *const names[] = { "errors", "timeouts", "refusals", "rejections" };
    const char *between = "";
    uint32_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (on >> i & 1u) {
            fprintf(out, "%s%s", between, names[i]);
            between = ", ";
        }
}

static void print_backoff(FILE *out, const struct backoff_spec *b)
{
    static const char *const jitters[] = {
        [JITTER_NONE] = "",
        [JITTER_FULL] = ", drawn from 0 to that",
        [JITTER_EQUAL] = ", drawn from its half to that",
        [JITTER_FIFTH] = ", drawn from 0.8 to 1.2 of that",
    };

    if (b->delay.kind) {
        fputs(", each after ", out);
        describe_quantity(out, UNIT_TIME, &b->delay);
    } else if (b->first > 0) {
        fputs(", the first after ", out);
        describe_time(out, b->first);
        fprintf(out, ", then %g times as long each", b->factor);
        if (b->most != LB_NEVER) {
            fputs(", at most ", out);
            describe_time(out, b->most);
        }
        fputs(jitters[b->jitter], out);
    } else
        fputs(", at once", out);
}

static void print_retry(FILE *out, const struct retry_spec *r)
{
    if (r->attempts == SCENARIO_UNLIMITED)
        fputs("any number of attempts after ", out);
    else
        fprintf(out, "up to %u attempts after ", (unsigned)r->attempts);
    print_on(out, r->on);
    print_backoff(out, &r->backoff);
    if (r->independent)
        fputs(", with work drawn anew", out);
    if (r->budgeted)
        print_budget(out, &r->budget);
}

void describe_tries(FILE *out, const struct client_spec *c)
{
    if (c->parts > 1)
        fprintf(out, "; each request is %u parts, of which it needs %u", (unsigned)c->parts,
                (unsigned)c->need);
    if (c->retry.attempts > 1) {
        fputs("; makes ", out);
        print_retry(out, &c->retry);
    }
    if (c->deadline != LB_NEVER) {
        fputs("; tries for ", out);
        describe_time(out, c->deadline);
        fputs(" in all", out);
    }
    if (c->cancels) {
        fputs("; cancels what it gives up", out);
        if (c->cancel_cost) {
            fputs(", which costs the server ", out);
            describe_time(out, c->cancel_cost);
        }
    }
}

static void print_hedge(FILE *out, const struct hedge_spec *h)
{
    fputs("    hedge: one more attempt ", out);
    if (h->after == LB_NEVER) {
        fprintf(out, "after the %g quantile of the last ", h->quantile.quantile);
        describe_time(out, h->quantile.window);
        fprintf(out, ", of %u requests or more", (unsigned)h->quantile.least);
    } else {
        fputs("after ", out);
        describe_time(out, h->after);
    }
    fprintf(out, ", %u out at once at most", (unsigned)h->most);
    if (h->budgeted)
        print_budget(out, &h->budget);
    fputc('\n', out);
}

static void print_attempts(FILE *out, const struct attempts_spec *a)
{
    static const char *const cancels[] = {
        [COPIES_CANCEL_ON_COMPLETION] = "when one is answered",
        [COPIES_CANCEL_ON_START] = "when one begins service",
        [COPIES_CANCEL_NEVER] = "never",
    };

    if (a->timeout != LB_NEVER) {
        fputs("    attempts: each is given up after ", out);
        describe_time(out, a->timeout);
        fputc('\n', out);
    }
    if (a->deadline != LB_NEVER) {
        fputs("    attempts: all together are given up after ", out);
        describe_time(out, a->deadline);
        fputc('\n', out);
    }
    if (a->retry.attempts > 1) {
        fputs("    retry: ", out);
        print_retry(out, &a->retry);
        fprintf(out, "%s\n", a->retry.exclude_tried ? ", at servers that were not tried" : "");
    }
    if (a->hedge.most > 1)
        print_hedge(out, &a->hedge);
    if (!a->copies.independent && a->copies.cancel == COPIES_CANCEL_ON_COMPLETION &&
        !a->copies.cancel_cost && !a->copies.cancel_delay.kind)
        return;
    fprintf(out, "    copies: %s work, the others called off %s",
            a->copies.independent ? "each its own" : "the same", cancels[a->copies.cancel]);
    print_time(out, ", which costs the server ", a->copies.cancel_cost, 0);
    if (a->copies.cancel_delay.kind) {
        fputs(", and takes ", out);
        describe_quantity(out, UNIT_TIME, &a->copies.cancel_delay);
    }
    fputc('\n', out);
}

static void print_queue(FILE *out, const struct queue_spec *q)
{
    static const char *const orders[] = {
        [QUEUE_FIFO] = "first in, first out",
        [QUEUE_LIFO] = "last in, first out",
        [QUEUE_CODEL] = "first in, first out, with controlled delay",
    };

    fputs("    queue: ", out);
    if (q->limit == SCENARIO_UNLIMITED)
        fputs("any number", out);
    else
        fprintf(out, "%u", (unsigned)q->limit);
    fprintf(out, " wait here, %s", orders[q->order]);
    if (q->order == QUEUE_CODEL) {
        print_time(out, " (target ", q->codel.target, 0);
        print_time(out, ", interval ", q->codel.interval, 0);
        fputc(')', out);
    }
    if (q->time_limit != LB_NEVER) {
        fputs(", for ", out);
        describe_time(out, q->time_limit);
        fputs(" at most", out);
    }
    fputc('\n', out);
}

static void print_health(FILE *out, const struct health_spec *h)
{
    fputs("    health: a check every ", out);
    describe_time(out, h->interval);
    fprintf(out, "; down after %u failed, up after %u passed; a check fails after ",
            (unsigned)h->fall, (unsigned)h->rise);
    describe_time(out, h->timeout);
    fputs(h->deep ? ", or with an error" : "", out);
    if (h->first_decides)
        fputs("; the first one decides", out);
    print_time(out, "; while in doubt every ", h->fast, h->interval);
    print_time(out, "; while down every ", h->down, h->interval);
    if (h->jitter > 0)
        fprintf(out, "; give or take %g of that", h->jitter);
    print_time(out, "; it costs the server ", h->cost, 0);
    fputc('\n', out);
}

static void print_outlier(FILE *out, const struct outlier_spec *o)
{
    static const char *const rules[] = { [OUTLIER_ENVOY] = "like Envoy",
                                         [OUTLIER_GRPC] = "like gRPC",
                                         [OUTLIER_NGINX] = "like nginx",
                                         [OUTLIER_HAPROXY] = "like HAProxy" };

    fprintf(out, "    outlier: %s,", rules[o->rule]);
    if (o->consecutive)
        fprintf(out, " after %u failures", (unsigned)o->consecutive);
    if (o->consecutive && o->enforced < 1)
        fprintf(out, " with probability %g", o->enforced);
    if (o->success_rate.enforced > 0)
        fprintf(out, "%s by success rates %g deviations below the mean",
                o->consecutive ? " or" : "", o->success_rate.factor);
    if (o->failure_percentage.enforced > 0)
        fprintf(out, " or above %g %% of failures", 100 * o->failure_percentage.threshold);
    if (!isnan(o->latency.factor))
        fprintf(out, " or at %g times the median latency", o->latency.factor);
    fputs(" a server is left out for ", out);
    describe_time(out, o->ejection);
    if (o->rule > OUTLIER_GRPC) {
        fputc('\n', out);
        return;
    }
    print_time(out, ", at most ", o->most_ejection, o->ejection);
    print_time(out, ", judged every ", o->interval, 0);
    fprintf(out, "; %g of the servers at most%s\n", o->most_ejected,
            o->at_least_one ? ", but one anyhow" : "");
}

static void print_limits(FILE *out, const struct guard_spec *g)
{
    if (!isnan(g->panic))
        fprintf(out, "    panic: when less than %g of the servers can be used, all are\n",
                g->panic);
    if (g->in_flight != SCENARIO_UNLIMITED)
        fprintf(out, "    limits: %u attempts out\n", (unsigned)g->in_flight);
    if (g->per_server != SCENARIO_UNLIMITED)
        fprintf(out, "    limits: %u attempts out a server\n", (unsigned)g->per_server);
    if (g->retries != SCENARIO_UNLIMITED)
        fprintf(out, "    limits: %u attempts out beyond the first\n", (unsigned)g->retries);
    if (!g->sheds)
        return;
    fprintf(out, "    shed: requests of a priority below %u", (unsigned)g->shed_below);
    if (g->shed_queue != SCENARIO_UNLIMITED)
        fprintf(out, ", while %u wait", (unsigned)g->shed_queue);
    if (g->shed_in_flight != SCENARIO_UNLIMITED)
        fprintf(out, "%s while %u attempts are out",
                g->shed_queue != SCENARIO_UNLIMITED ? " or" : ",", (unsigned)g->shed_in_flight);
    fputc('\n', out);
}

static void print_breaker(FILE *out, const struct breaker_spec *b)
{
    fprintf(out, "    breaker: %g errors among %u or more attempts at a server within ", b->errors,
            (unsigned)b->least_requests);
    describe_time(out, b->window);
    fputs(" stop it for ", out);
    describe_time(out, b->open);
    fprintf(out, "; then %u at a time try\n", (unsigned)b->half_open);
}

static void print_concurrency(FILE *out, const struct concurrency_spec *c)
{
    const bool gradient = c->kind == CONCURRENCY_GRADIENT;

    fprintf(out, "    concurrency: %s, from %u to %u attempts out, %u at first",
            gradient ? "a gradient" : "AIMD", (unsigned)c->least, (unsigned)c->most,
            (unsigned)c->initial);
    if (gradient) {
        fprintf(out, "; the %g quantile with a buffer of %g, each ", c->quantile, c->buffer);
        describe_time(out, c->every);
        fputs("; measured anew each ", out);
        describe_time(out, c->measure);
        fprintf(out, " give or take %g, by %u requests", c->jitter, (unsigned)c->measure_requests);
    } else {
        fprintf(out, "; times %g after a failure", c->decrease);
    }
    fputc('\n', out);
}

static void print_adaptive(FILE *out, const struct guard_spec *g)
{
    const struct rate_limit_spec *r = &g->rate_limit;

    if (g->has_concurrency)
        print_concurrency(out, &g->concurrency);
    if (g->has_rate_limit && r->kind == RATE_LIMIT_BUCKET)
        fprintf(out, "    rate limit: %g requests/s, %g together\n", r->rate, r->burst);
    if (g->has_rate_limit && r->kind != RATE_LIMIT_BUCKET) {
        fprintf(out, "    rate limit: %g requests/s, in %s windows of ", r->rate,
                r->kind == RATE_LIMIT_FIXED_WINDOW ? "fixed" : "sliding");
        describe_time(out, r->window);
        fputc('\n', out);
    }
    if (!g->has_admission)
        return;
    if (g->admission.kind == ADMISSION_SRE)
        fprintf(out, "    admission: %g requests to each that is accepted, over ", g->admission.k);
    else
        fprintf(out, "    admission: by a success rate below %g, over ", g->admission.threshold);
    describe_time(out, g->admission.window);
    if (g->admission.kind != ADMISSION_SRE)
        fprintf(out, ", to the power of 1 / %g, at most %g of them", g->admission.aggression,
                g->admission.cap);
    fputc('\n', out);
}

void describe_mechanisms(FILE *out, const struct balancer_spec *b)
{
    print_attempts(out, &b->attempts);
    if (b->queue.given)
        print_queue(out, &b->queue);
    if (b->guard.has_health)
        print_health(out, &b->guard.health);
    if (b->guard.has_outlier)
        print_outlier(out, &b->guard.outlier);
    if (b->guard.has_breaker)
        print_breaker(out, &b->guard.breaker);
    print_limits(out, &b->guard);
    print_adaptive(out, &b->guard);
}

static void print_fault(FILE *out, const struct fault_spec *f)
{
    static const char *const who[] = {
        [TOGETHER_SERVER] = "each server by itself",
        [TOGETHER_GROUP] = "all of them together",
        [TOGETHER_ZONE] = "all of the zone together",
    };

    fprintf(out, "    fault: %s", who[f->together]);
    if (f->change.kind == CHANGE_SPEED)
        fprintf(out, " at speed %g", f->change.number);
    else
        describe_state(out, &f->change);
    fputs(" for ", out);
    describe_quantity(out, UNIT_TIME, &f->lasts);
    fputs(", every ", out);
    describe_quantity(out, UNIT_TIME, &f->every);
    fputc('\n', out);
}

void describe_faults(FILE *out, const struct server_spec *s)
{
    static const char *const curves[] = { [SLOW_START_ENVOY] = "Envoy",
                                          [SLOW_START_LINEAR] = "nginx",
                                          [SLOW_START_HAPROXY] = "HAProxy" };
    enum { SHOWN = 5 };
    uint32_t i;

    for (i = 0; i < s->faults_n && i < SHOWN; i++)
        print_fault(out, &s->faults[i]);
    if (s->faults_n > SHOWN)
        fprintf(out, "    ... and %u more\n", (unsigned)(s->faults_n - SHOWN));
    if (s->slow_start.window) {
        fputs("    slow start: its weight grows for ", out);
        describe_time(out, s->slow_start.window);
        fprintf(out, ", like %s", curves[s->slow_start.kind]);
        if (s->slow_start.kind == SLOW_START_ENVOY)
            fprintf(out, ", aggression %g, from %g of it", s->slow_start.aggression,
                    s->slow_start.least);
        fputc('\n', out);
    }
    if (s->warm_up.over) {
        fprintf(out, "    warm-up: from %g of its speed within ", s->warm_up.from);
        describe_time(out, s->warm_up.over);
        fputc('\n', out);
    }
}
