/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the ledger's counts come to. */
#include <math.h>
#include <string.h>

#include "sim/record/ledger_book.h"

uint32_t ledger_windows(const struct ledger *l)
{
    const struct ledger_book *b = &l->windows;
    uint32_t n = 0;

    if (!b->metrics || b->to == LB_NEVER)
        return 0;
    while (n < b->room && (b->times.every || n < b->times.n)) {
        struct ledger_window w = book_borders(b, n);

        if (w.from >= w.to || w.from > b->to || (w.from == b->to && n >= b->pages))
            break;
        n++;
    }
    return n;
}

struct ledger_window ledger_window_at(const struct ledger *l, uint32_t window)
{
    struct ledger_window w = book_borders(&l->windows, window);

    if (w.to > l->windows.to)
        w.to = l->windows.to;
    return w;
}

const struct histogram *ledger_pool(const struct ledger *l, bool windows, uint32_t window,
                                    uint32_t pool)
{
    const struct ledger_book *b = windows ? &l->windows : &l->measured;

    return b->metrics && window < b->room ? &b->pool[(size_t)window * b->metrics->pools + pool]
                                          : NULL;
}

bool ledger_in_tally(const struct ledger *l, uint32_t place)
{
    const struct metrics *m = l->measured.metrics;
    enum scope_kind kind = m->scope[place].kind;

    return l->roster.tallied && m->aboves == 0 &&
           ((kind == SCOPE_CLIENT && l->roster.clients == 1) ||
            (kind == SCOPE_SERVERS && l->roster.groups == 1));
}

/* ---- Servers, in the plural. */

/* The groups that a scope has: all, or those of a zone, or one. */
static bool has_group(const struct ledger *l, struct scope scope, uint32_t group)
{
    return scope.kind == SCOPE_ALL || (scope.kind == SCOPE_SERVERS && scope.index == group) ||
           (scope.kind == SCOPE_ZONE && scope.index == l->group[group].zone) ||
           (scope.kind == SCOPE_SERVER && l->server[scope.index].group == group);
}

static double count_servers(const struct ledger *l, struct scope scope)
{
    double n = 0.0;
    uint32_t g;

    if (scope.kind == SCOPE_SERVER)
        return 1.0;
    for (g = 0; g < l->roster.groups; g++)
        n += has_group(l, scope, g) ? (double)l->group[g].count : 0.0;
    return n;
}

struct evenly {
    double n, up, work, squares, largest, busy, busiest, idlest;
};

/* A server's busy share of the time in which it is up, as it adds to those of all. */
static void add_share(struct evenly *e, const struct ledger_group *g, const struct ledger_cell *c,
                      double span)
{
    double share = (double)c->busy / (double)g->cores;

    if (g->cores == LEDGER_UNLIMITED)
        return;
    share /= span;
    e->up += 1.0;
    e->busy += share;
    e->busiest = fmax(e->busiest, share);
    e->idlest = fmin(e->idlest, share);
}

static struct evenly servers_of(const struct ledger *l, const struct ledger_book *b, uint32_t page,
                                struct scope scope, double span)
{
    struct evenly e = { .idlest = INFINITY };
    uint32_t i;

    for (i = 0; i < l->servers; i++) {
        const struct ledger_group *g = &l->group[l->server[i].group];
        uint32_t place = book_place(b, SCOPE_SERVER, i);
        const struct ledger_cell *c;
        double work;

        if (!has_group(l, scope, l->server[i].group) || place == LEDGER_NONE ||
            (scope.kind == SCOPE_SERVER && scope.index != i))
            continue;
        c = book_cell(b, page, place);
        if (!(span > (double)c->gone))
            continue; /* never up */
        work =
            (double)c->worked / g->speed / (g->cores == LEDGER_UNLIMITED ? 1.0 : (double)g->cores);
        add_share(&e, g, c, span - (double)c->gone);
        e.n += 1.0;
        e.work += work;
        e.squares += work * work;
        e.largest = fmax(e.largest, work);
    }
    return e;
}

static struct metric_number of_evenness(const struct metric *m, const struct evenly *e)
{
    struct metric_number none = { NAN, 1.0, 0.0 }, x = { 0.0, 1.0, 0.0 };

    if (m->id == ID_UTILIZATION_MEAN || m->id == ID_UTILIZATION_MAX ||
        m->id == ID_UTILIZATION_MIN) {
        x.y = m->id == ID_UTILIZATION_MEAN  ? e->busy / e->up
              : m->id == ID_UTILIZATION_MAX ? e->busiest
                                            : e->idlest;
        return e->up > 0.0 ? x : none;
    }
    if (e->n < 2.0 || !(e->work > 0.0))
        return none;
    if (m->id == ID_IMBALANCE_MAX)
        x.y = e->largest / (e->work / e->n);
    else if (m->id == ID_FAIRNESS)
        x.y = e->work * e->work / (e->n * e->squares);
    else
        x.y = sqrt(fmax(0.0, e->squares / e->n - e->work / e->n * (e->work / e->n))) /
              (e->work / e->n);
    return x;
}

/* ---- One number. */

/* Wasted, or duplicated. */
static struct metric_number of_work(const struct ledger_sums *c, bool wasted)
{
    double spent = (double)(c->work[WORK_SPENT] + c->work[WORK_BOTH]);
    double useful = (double)(c->work[WORK_USEFUL] + c->work[WORK_BOTH]);

    return (struct metric_number) { wasted ? spent - useful : (double)c->work[WORK_DUPLICATED],
                                    spent, 0.0 };
}

static struct metric_number of_sums(const struct metric *m, const struct ledger_sums *c,
                                    const struct ledger_sums *all, double seconds)
{
    double issued = (double)c->issued;

    switch (m->id) {
    case ID_THROUGHPUT:
        return (struct metric_number) { (double)c->finished, seconds, 0.0 };
    case ID_GOODPUT:
        return (struct metric_number) { (double)c->answered, seconds, 0.0 };
    case ID_QUEUE_MEAN:
        return (struct metric_number) { (double)c->waiting / 1e9, seconds, 0.0 };
    case ID_QUEUE_MAX:
        return (struct metric_number) { (double)c->longest, 1.0, 0.0 };
    case ID_IN_SYSTEM:
        return (struct metric_number) { (double)c->in_system / 1e9, seconds, 0.0 };
    case ID_REJECTED:
        return (struct metric_number) { (double)c->ended[ENDED_REJECTED], issued, 0.0 };
    case ID_TIMED_OUT:
        return (struct metric_number) { (double)c->ended[ENDED_TIMED_OUT], issued, 0.0 };
    case ID_FAILED:
        return (struct metric_number) { (double)c->ended[ENDED_FAILED], issued, 0.0 };
    case ID_CANCELLED:
        return (struct metric_number) { (double)c->ended[ENDED_CANCELLED], issued, 0.0 };
    case ID_WAITED:
        return (struct metric_number) { (double)c->waited, (double)c->served, 0.0 };
    case ID_ATTEMPTS:
        return (struct metric_number) { (double)c->attempts, issued, 0.0 };
    case ID_RETRIES:
        return (struct metric_number) { (double)c->extra[EXTRA_RETRY], issued, 0.0 };
    case ID_HEDGES:
        return (struct metric_number) { (double)c->extra[EXTRA_HEDGE], issued, 0.0 };
    case ID_COPIES:
        return (struct metric_number) { issued + (double)c->extra[EXTRA_HEDGE], issued, 0.0 };
    case ID_WASTED:
        return of_work(c, true);
    case ID_DUPLICATED:
        return of_work(c, false);
    case ID_MESSAGES:
        return (struct metric_number) { (double)c->messages, issued, 0.0 };
    case ID_SHARE:
        return (struct metric_number) { (double)c->attempts, (double)all->attempts, 0.0 };
    default:
        return (struct metric_number) { NAN, 1.0, 0.0 };
    }
}

static struct metric_number read_number(const struct ledger *l, const struct ledger_book *b,
                                        uint32_t page, const struct metric *m, double seconds)
{
    const struct metrics *all = b->metrics;
    const struct ledger_cell *c = book_cell(b, page, m->place);
    size_t cell = (size_t)page * all->scopes + m->place;

    if (m->kind == METRIC_ABOVE)
        return (struct metric_number) { (double)b->above[cell * all->aboves + m->part],
                                        (double)c->duration[m->duration].n, 0.0 };
    if (m->id == ID_OCCUPANCY)
        return (struct metric_number) { (double)b->occupied[cell * all->occupieds + m->part] / 1e9,
                                        seconds * count_servers(l, m->scope) -
                                            (double)c->gone / 1e9,
                                        0.0 };
    if (metric_of_servers(m)) {
        struct evenly e = servers_of(l, b, page, m->scope, seconds * 1e9);

        return of_evenness(m, &e);
    }
    if (m->id == ID_IN_FLIGHT)
        return (struct metric_number) { (double)c->in_flight, 1.0, 0.0 };
    return of_sums(m, &c->sums, &book_cell(b, page, 0)->sums, seconds);
}

static double seconds_of(struct ledger_window w)
{
    return w.to > w.from ? (double)(w.to - w.from) / 1e9 : 0.0;
}

static const struct histogram_total *load(const struct histogram *h, struct histogram_total *total)
{
    memset(total, 0, sizeof *total);
    if (h)
        histogram_merge(total, h);
    return total;
}

double ledger_measured(const struct ledger *l, const struct metric *m,
                       struct histogram_total *total)
{
    const struct ledger_book *b = &l->measured;
    struct metric_number x;

    if (m->id == ID_DURATION && m->kind != METRIC_ABOVE)
        return metric_of_duration(
            m, &book_cell(b, 0, m->place)->duration[m->duration],
            m->kind == METRIC_QUANTILE ? load(ledger_pool(l, false, 0, m->part), total) : NULL);
    x = read_number(l, b, 0, m, seconds_of(book_borders(b, 0)));
    if ((m->id == ID_WASTED || m->id == ID_DUPLICATED) && !(x.n > 0.0)) {
        /* No work, or none that was told because all of it is useful: the short loop. */
        x.n = (double)book_cell(b, 0, m->place)->sums.served;
    }
    return metric_value(m, &x);
}

struct metric_number ledger_in_window(const struct ledger *l, const struct metric *m,
                                      uint32_t window, struct histogram_total *total)
{
    const struct ledger_book *b = &l->windows;

    if (m->id == ID_DURATION && m->kind != METRIC_ABOVE)
        return metric_of_moments(
            m, &book_cell(b, window, m->place)->duration[m->duration],
            m->kind == METRIC_QUANTILE ? load(ledger_pool(l, true, window, m->part), total) : NULL);
    return read_number(l, b, window, m, seconds_of(ledger_window_at(l, window)));
}
