/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger against the tally, and against the request log: parts add up to the whole, and windows
 * hold what the log has in them. Everything compared is whole numbers, so it must agree exactly. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/ledger_book.h"
#include "sim/run/asked.h"
#include "sim/run/trial.h"
#include "tests/property/laws.h"

/* ---- Cells. */

static void add_cell(struct ledger_cell *sum, const struct ledger_cell *c)
{
    uint32_t i;

    sum->sums.issued += c->sums.issued;
    sum->sums.attempts += c->sums.attempts;
    sum->sums.served += c->sums.served;
    sum->sums.waited += c->sums.waited;
    sum->sums.finished += c->sums.finished;
    sum->sums.answered += c->sums.answered;
    sum->sums.messages += c->sums.messages;
    sum->worked += c->worked;
    sum->sums.in_system += c->sums.in_system;
    sum->sums.waiting += c->sums.waiting;
    sum->busy += c->busy;
    sum->gone += c->gone;
    for (i = 0; i < ENDINGS; i++)
        sum->sums.ended[i] += c->sums.ended[i];
    for (i = 0; i < LEDGER_EXTRAS; i++)
        sum->sums.extra[i] += c->sums.extra[i];
    for (i = 0; i < LEDGER_WORKS; i++)
        if (i != WORK_BOTH)
            sum->sums.work[i] += c->sums.work[i];
    sum->sums.work[WORK_SPENT] += c->sums.work[WORK_BOTH];
    sum->sums.work[WORK_USEFUL] += c->sums.work[WORK_BOTH];
    for (i = 0; i < DURATIONS; i++) {
        sum->duration[i].n += c->duration[i].n;
        sum->duration[i].sum += c->duration[i].sum;
        sum->duration[i].squares += c->duration[i].squares;
    }
}

/* All scopes of a kind on a page, with what the ledger leaves to the tally. */
static struct ledger_cell sum_of(const struct witness *w, const struct ledger_book *b,
                                 uint32_t page, enum scope_kind kind)
{
    struct ledger_cell sum = { 0 }, tallied = { 0 };
    uint32_t i;

    memcpy(tallied.duration, w->world.tally.duration, sizeof tallied.duration);
    for (i = 0; i < b->metrics->scopes; i++) {
        if (b->metrics->scope[i].kind != kind)
            continue;
        add_cell(&sum, book_cell(b, page, i));
        if (b->measured && ledger_in_tally(w->world.ledger, i))
            add_cell(&sum, &tallied);
    }
    return sum;
}

static bool same_durations(const struct moments *a, const struct moments *b)
{
    uint32_t i;

    for (i = 0; i < DURATIONS; i++)
        if (a[i].n != b[i].n || a[i].sum != b[i].sum || a[i].squares != b[i].squares)
            return false;
    return true;
}

static bool same_requests(const struct ledger_cell *a, const struct ledger_cell *b)
{
    return a->sums.issued == b->sums.issued && a->sums.in_system == b->sums.in_system &&
           !memcmp(a->sums.ended, b->sums.ended, sizeof a->sums.ended) &&
           !memcmp(a->sums.extra, b->sums.extra, sizeof a->sums.extra);
}

/* What differs first, for a reader. */
static const char *what_differs(const struct ledger_cell *a, const struct ledger_cell *b)
{
    return a->sums.issued != b->sums.issued         ? "issued"
           : a->sums.in_system != b->sums.in_system ? "in the system"
           : a->sums.attempts != b->sums.attempts   ? "attempts"
           : a->sums.finished != b->sums.finished   ? "finished"
           : a->sums.answered != b->sums.answered   ? "answered"
           : a->sums.served != b->sums.served       ? "served"
           : a->sums.waited != b->sums.waited       ? "waited"
           : a->worked != b->worked                 ? "work"
                                                    : "endings, durations, use or messages";
}

static bool same_services(const struct ledger_cell *a, const struct ledger_cell *b)
{
    return a->sums.attempts == b->sums.attempts && a->sums.finished == b->sums.finished &&
           a->sums.answered == b->sums.answered && a->worked == b->worked &&
           !memcmp(a->sums.work, b->sums.work, sizeof a->sums.work);
}

/* ---- The parts and the whole. */

static void parts_add_up(struct subject *s, const struct witness *w, const struct ledger_book *b,
                         uint32_t page, const struct ledger_cell *all)
{
    struct ledger_cell clients = sum_of(w, b, page, SCOPE_CLIENT);
    struct ledger_cell groups = sum_of(w, b, page, SCOPE_SERVERS);
    struct ledger_cell servers = sum_of(w, b, page, SCOPE_SERVER);
    struct ledger_cell balancers = sum_of(w, b, page, SCOPE_BALANCER);

    law_holds(s, LAW_SCOPES,
              same_requests(&clients, all) && same_services(&clients, all) &&
                  clients.sums.served == all->sums.served &&
                  clients.sums.waited == all->sums.waited &&
                  same_durations(clients.duration, all->duration),
              "the clients are not the whole, page %u: %s", page, what_differs(&clients, all));
    law_holds(s, LAW_SCOPES,
              same_requests(&balancers, all) && same_services(&balancers, all) &&
                  balancers.sums.messages == all->sums.messages,
              "the balancers are not the whole, page %u: %s", page, what_differs(&balancers, all));
    law_holds(s, LAW_SCOPES,
              same_services(&groups, all) && groups.busy == all->busy &&
                  same_durations(groups.duration, all->duration),
              "the groups are not the whole, page %u: %s", page, what_differs(&groups, all));
    law_holds(s, LAW_SCOPES,
              same_services(&servers, all) && servers.busy == all->busy &&
                  servers.sums.waiting == groups.sums.waiting &&
                  servers.sums.in_system == groups.sums.in_system,
              "the servers are not their groups, page %u: %s", page, what_differs(&servers, all));
    if (w->world.in_flight)
        return;
    law_holds(s, LAW_SCOPES, groups.sums.waiting + balancers.sums.waiting == all->sums.waiting,
              "not all that wait are at servers or balancers, page %u", page);
    if (w->fifo && !w->trips) /* checks, and what cancelling costs, are no client's */
        law_holds(s, LAW_SCOPES, clients.sums.waiting == all->sums.waiting,
                  "not all that wait are clients', page %u", page);
}

/* Everything in measured time is the tally's. */
static void parts_of_the_tally(struct subject *s, const struct witness *w)
{
    const struct ledger_book *b = &w->world.ledger->measured;
    const struct tally *t = &w->world.tally;
    struct ledger_cell all = { .sums.issued = t->measured,
                               .sums.attempts = t->measured_attempts,
                               .sums.served = t->served,
                               .sums.waited = t->waited,
                               .sums.finished = t->finished,
                               .sums.answered = t->answered,
                               .sums.messages = t->messages,
                               .sums.in_system = t->in_system,
                               .sums.waiting = t->waiting,
                               .sums.extra = { t->retries, t->hedges },
                               .sums.work = { t->spent, t->useful, 0, t->duplicated } };
    uint32_t i;

    memcpy(all.sums.ended, t->measured_ended, sizeof all.sums.ended);
    all.sums.ended[ENDED_COMPLETED] = 0; /* by durations */
    memcpy(all.duration, t->duration, sizeof all.duration);
    for (i = 0; i < w->world.servers; i++) /* of which the world alone keeps work and use */
        all.sums.waiting += w->world.server[i].waited;
    parts_add_up(s, w, b, 0, &all);
}

/* ---- Windows, recounted from the log. */

static uint64_t overlap(struct ledger_window w, lb_time start, lb_time end)
{
    lb_time from = start > w.from ? start : w.from, to = end < w.to ? end : w.to;

    return to > from ? (uint64_t)(to - from) : 0;
}

/* What the log has of a client in a window; `nominal` is not cut at the last issue. */
static struct ledger_cell recount(const struct witness *w, struct ledger_window nominal,
                                  struct ledger_window cut, uint32_t client)
{
    struct ledger_cell c = { 0 };
    uint64_t i;

    for (i = 0; i < w->n; i++) {
        const struct logged *r = &w->at[i];

        if (r->ended == STILL_INSIDE || r->client != client)
            continue; /* the log knows nothing of those */
        c.sums.in_system += overlap(cut, r->issued, r->issued + r->latency);
        if (r->issued < nominal.from || r->issued >= nominal.to || r->issued > w->to)
            continue; /* sessions may go on after the end of the run */
        c.sums.issued++;
        c.sums.ended[r->ended]++;
        if (r->ended == ENDED_COMPLETED) {
            c.duration[DURATION_LATENCY].n++;
            c.duration[DURATION_LATENCY].sum += (uint64_t)r->latency;
            c.duration[DURATION_WAIT].sum += (uint64_t)r->wait;
        }
    }
    return c;
}

static void window_of_log(struct subject *s, const struct witness *w, uint32_t page)
{
    const struct ledger *l = w->world.ledger;
    struct ledger_window nominal = book_borders(&l->windows, page);
    struct ledger_window cut = ledger_window_at(l, page);
    uint32_t client;

    if (w->world.in_flight)
        return; /* the log does not say when those were issued that never ended */
    for (client = 0; client < w->scenario->clients_n; client++) {
        uint32_t place = book_place(&l->windows, SCOPE_CLIENT, client);
        const struct ledger_cell *c = book_cell(&l->windows, page, place);
        struct ledger_cell again = recount(w, nominal, cut, client);

        law_holds(s, LAW_WINDOWS,
                  !memcmp(c->sums.ended, again.sums.ended, sizeof c->sums.ended) &&
                      c->duration[DURATION_LATENCY].n == again.duration[DURATION_LATENCY].n &&
                      c->duration[DURATION_LATENCY].sum == again.duration[DURATION_LATENCY].sum &&
                      c->duration[DURATION_WAIT].sum == again.duration[DURATION_WAIT].sum,
                  "window %u, client %u: other requests than in the log", page, client);
        law_holds(s, LAW_WINDOWS, c->sums.in_system == again.sums.in_system,
                  "window %u, client %u: %" PRIu64 " ns in the system, %" PRIu64 " in the log",
                  page, client, (uint64_t)c->sums.in_system, (uint64_t)again.sums.in_system);
    }
}

/* Windows from the start on cover the run: with no warm-up, they are the measured time. */
static void windows_cover(struct subject *s, const struct witness *w, uint32_t n)
{
    const struct ledger *l = w->world.ledger;
    struct ledger_cell all = sum_of(w, &l->measured, 0, SCOPE_CLIENT), sum = { 0 }, part;
    uint32_t i;

    if (w->from != 0 || w->first != 0 || (w->n && w->at[w->n - 1].issued > w->to) ||
        l->windows.times.from != 0 || !l->windows.times.every)
        return;
    for (i = 0; i < n; i++) {
        part = sum_of(w, &l->windows, i, SCOPE_CLIENT);
        add_cell(&sum, &part);
    }
    sum.sums.ended[ENDED_COMPLETED] = 0; /* by durations */
    law_holds(s, LAW_WINDOWS,
              same_requests(&sum, &all) &&
                  !memcmp(sum.sums.work, all.sums.work, sizeof sum.sums.work) &&
                  sum.sums.attempts == all.sums.attempts && sum.sums.waiting == all.sums.waiting &&
                  sum.sums.served == all.sums.served && same_durations(sum.duration, all.duration),
              "%u windows do not add up to the run", n);
}

/* ---- Without a ledger: what one client and one group are told without counting them. */

static bool close_to(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static void told_without(struct subject *s, const struct witness *w)
{
    struct trial trial = { .scenario = w->scenario,
                           .policy = w->policy,
                           .replication = w->order.replication,
                           .warmup = w->order.warmup,
                           .ahead = UINT32_MAX };
    struct metrics all, windows;
    struct outcome with, without;
    uint32_t i;

    if (asked_open(w->scenario, &all, &windows))
        all.n = 0;
    all.counted = true;
    trial_run(&trial, &all, &with);
    all.counted = w->asks;
    trial_run(&trial, &all, &without);
    for (i = 0; !with.failed && !without.failed && i < all.n; i++)
        if (all.at[i].id != ID_QUEUE_MAX) /* of the tally: the longest that an arrival made */
            law_holds(s, LAW_SCOPES, close_to(with.values[i], without.values[i]),
                      "%s: %.17g with a ledger, %.17g without", all.at[i].full, with.values[i],
                      without.values[i]);
    outcome_close(&with);
    outcome_close(&without);
    metrics_close(&all);
    metrics_close(&windows);
}

void laws_of_scopes(struct subject *s, const struct witness *w)
{
    const struct ledger *l = w->world.ledger;
    uint32_t n = ledger_windows(l), i;

    parts_of_the_tally(s, w);
    for (i = 0; i < n; i++) {
        struct ledger_cell all = { 0 };

        add_cell(&all, book_cell(&l->windows, i, 0));
        parts_add_up(s, w, &l->windows, i, &all);
        window_of_log(s, w, i);
    }
    if (n)
        windows_cover(s, w, n);
    told_without(s, w);
}
