/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger against a table of every nanosecond. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/ledger_tell.h"

int suite_ledger(void);

enum {
    CLIENTS = 2,
    SERVERS = 3, /* a group of two, in zone 0, and a group of one */
    LINES = 3,   /* a balancer alone, and two of a name */
    LENGTH = 400,
    EVENTS = 430,
    FROM = 57,
    TO = 331,
    EVERY = 40,
    WINDOWS_FROM = 13
};

static const struct ledger_group groups[] = { { 0, 2, 2, 0, 1.0 }, { 2, 1, 1, LEDGER_NONE, 1.0 } };
static const struct ledger_balancers lines[] = { { 0, 1 }, { 1, 2 } };
static const struct ledger_roster roster = { groups, lines, CLIENTS, 2, 1, 2, LINES, false };

/* What each nanosecond saw: [t, t + 1). */
struct table {
    struct ledger_state server[SERVERS][LENGTH];
    uint32_t in_flight[SERVERS][LENGTH], held[LINES][LENGTH];
    uint32_t waiting[CLIENTS][LENGTH], inside[CLIENTS][LINES][LENGTH];
    uint32_t peak[SERVERS][LENGTH], flight_peak[SERVERS][LENGTH], line_peak[LINES][LENGTH];
    uint32_t extra[LEDGER_EXTRAS][CLIENTS][LINES][LENGTH];
    uint64_t work[LEDGER_WORKS][CLIENTS][LINES][SERVERS][LENGTH]; /* by issue */
    uint32_t finished[SERVERS][LENGTH], sent[SERVERS][LENGTH], issued[CLIENTS][LENGTH];
};

struct fixture {
    struct metrics measured, windows;
    struct ledger *ledger;
    struct table *table;
    struct ledger_state state[SERVERS];
    uint32_t in_flight[SERVERS], held[LINES];
};

static uint32_t ask(struct metrics *all, const char *name, struct scope scope, uint32_t least)
{
    static const char *const letters[] = { "all", "c", "g", "s", "z", "b", "o" };
    char braces[16];
    struct metric m;

    CU_ASSERT_EQUAL_FATAL(metric_known(name, strlen(name), &m), 0);
    if (!(m.scopes & 1u << scope.kind))
        return UINT32_MAX;
    if (m.id == ID_OCCUPANCY || m.kind == METRIC_ABOVE)
        metric_threshold(&m, least == 1 ? "1" : "2", (double)least);
    snprintf(braces, sizeof braces, "%s%u", letters[scope.kind], scope.index);
    return metrics_add(all, &m, scope, scope.kind == SCOPE_ALL ? "" : braces, braces);
}

static void ask_all(struct metrics *all)
{
    static const char *const names[] = {
        "in_system.mean", "queue.mean",         "queue.max",   "throughput",
        "in_flight.max",  "occupancy",          "share",       "retry.rate",
        "hedge.rate",     "copies.per_request", "wasted.rate", "work.duplicated"
    };
    static const uint32_t counts[SCOPE_KINDS] = { 1, CLIENTS, 2, SERVERS, 1, 2, LINES };
    uint32_t i, kind, k;

    CU_ASSERT_EQUAL_FATAL(metrics_open_empty(all), 0);
    for (kind = 0; kind < SCOPE_KINDS; kind++)
        for (k = 0; k < counts[kind]; k++)
            for (i = 0; i < sizeof names / sizeof names[0]; i++)
                ask(all, names[i], (struct scope) { (enum scope_kind)kind, k }, 1 + i % 2);
}

/* ---- Brute force. */

static bool has_server(struct scope scope, uint32_t server)
{
    switch (scope.kind) {
    case SCOPE_ALL:
        return true;
    case SCOPE_SERVERS:
        return scope.index == (server == 2);
    case SCOPE_SERVER:
        return scope.index == server;
    case SCOPE_ZONE:
        return server < 2;
    default:
        return false;
    }
}

static bool has_line(struct scope scope, uint32_t line)
{
    return scope.kind == SCOPE_ALL ||
           (scope.kind == SCOPE_BALANCERS && scope.index == (line > 0)) ||
           (scope.kind == SCOPE_BALANCER && scope.index == line);
}

static bool has_client(struct scope scope, uint32_t client)
{
    return scope.kind == SCOPE_ALL || (scope.kind == SCOPE_CLIENT && scope.index == client);
}

static bool of_servers(struct scope scope)
{
    return scope.kind == SCOPE_SERVERS || scope.kind == SCOPE_SERVER || scope.kind == SCOPE_ZONE;
}

static double in_system_at(const struct table *t, struct scope scope, int at)
{
    double sum = 0.0;
    uint32_t i, k;

    for (i = 0; i < SERVERS; i++)
        if (of_servers(scope) && has_server(scope, i))
            sum += t->server[i][at].inside;
    for (i = 0; i < CLIENTS; i++)
        for (k = 0; k < LINES; k++)
            if (has_client(scope, i) || (scope.kind != SCOPE_ALL && has_line(scope, k)))
                sum += t->inside[i][k][at];
    return sum;
}

static double waiting_at(const struct table *t, struct scope scope, int at)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < SERVERS; i++)
        sum += has_server(scope, i) ? t->server[i][at].waiting : 0;
    for (i = 0; i < LINES; i++)
        sum += has_line(scope, i) ? t->held[i][at] : 0;
    for (i = 0; i < CLIENTS; i++)
        sum += scope.kind == SCOPE_CLIENT && has_client(scope, i) ? t->waiting[i][at] : 0;
    return sum;
}

static double longest_at(const struct table *t, struct scope scope, int at)
{
    double most = 0.0;
    uint32_t i;

    for (i = 0; i < SERVERS; i++)
        if (has_server(scope, i))
            most = fmax(most, fmax(t->server[i][at].waiting, t->peak[i][at]));
    for (i = 0; i < LINES; i++)
        if (has_line(scope, i))
            most = fmax(most, fmax(t->held[i][at], t->line_peak[i][at]));
    return most;
}

/* How many attempts beyond the first, of requests issued then. */
static double extra_at(const struct table *t, enum ledger_extra kind, struct scope scope, int at)
{
    double sum = 0.0;
    uint32_t i, k;

    for (i = 0; i < CLIENTS; i++)
        for (k = 0; k < LINES; k++)
            if (has_client(scope, i) || has_line(scope, k))
                sum += t->extra[kind][i][k][at];
    return sum;
}

static double issued_at(const struct table *t, struct scope scope, int at)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < CLIENTS; i++) /* all come to the first balancer */
        if (has_client(scope, i) || (scope.kind != SCOPE_ALL && has_line(scope, 0)))
            sum += t->issued[i][at];
    return sum;
}

static double work_at(const struct table *t, enum ledger_work kind, struct scope scope, int at)
{
    double sum = 0.0;
    uint32_t i, k, s;

    for (i = 0; i < CLIENTS; i++)
        for (k = 0; k < LINES; k++)
            for (s = 0; s < SERVERS; s++)
                if (has_client(scope, i) || has_line(scope, k) || has_server(scope, s))
                    sum += (double)t->work[kind][i][k][s][at];
    return sum;
}

static bool of_requests(const struct metric *m)
{
    return m->id == ID_RETRIES || m->id == ID_HEDGES || m->id == ID_COPIES;
}

static bool of_work(const struct metric *m)
{
    return m->id == ID_WASTED || m->id == ID_DUPLICATED;
}

static struct metric_number again_by_issue(const struct table *t, const struct metric *m, int from,
                                           int to)
{
    struct metric_number x = { 0.0, 0.0, 0.0 };
    int at;

    for (at = from; at < to; at++) {
        if (of_requests(m)) {
            x.n += issued_at(t, m->scope, at);
            x.y += m->id == ID_COPIES ? issued_at(t, m->scope, at) : 0.0;
            x.y += extra_at(t, m->id == ID_RETRIES ? EXTRA_RETRY : EXTRA_HEDGE, m->scope, at);
        } else {
            double both = work_at(t, WORK_BOTH, m->scope, at);
            double spent = both + work_at(t, WORK_SPENT, m->scope, at);

            x.n += spent;
            x.y += m->id == ID_WASTED ? spent - both - work_at(t, WORK_USEFUL, m->scope, at)
                                      : work_at(t, WORK_DUPLICATED, m->scope, at);
        }
    }
    return x;
}

static struct metric_number again(const struct table *t, const struct metric *m, int from, int to)
{
    struct metric_number x = { 0.0, (double)(to - from) / 1e9, 0.0 };
    uint32_t i;
    int at;

    if (of_requests(m) || of_work(m))
        return again_by_issue(t, m, from, to);
    if (m->kind == METRIC_LARGEST)
        x.n = 1.0;
    if (m->id == ID_OCCUPANCY || m->id == ID_SHARE)
        x.n = 0.0;
    for (at = from; at < to; at++) {
        if (m->id == ID_IN_SYSTEM)
            x.y += in_system_at(t, m->scope, at) / 1e9;
        if (m->id == ID_QUEUE_MEAN)
            x.y += waiting_at(t, m->scope, at) / 1e9;
        if (m->id == ID_QUEUE_MAX)
            x.y = fmax(x.y, longest_at(t, m->scope, at));
        for (i = 0; i < SERVERS; i++) {
            const struct ledger_state *s = &t->server[i][at];
            bool mine = has_server(m->scope, i);

            if (m->id == ID_SHARE)
                x.n += t->sent[i][at];
            if (!mine)
                continue;
            if (m->id == ID_THROUGHPUT)
                x.y += t->finished[i][at];
            if (m->id == ID_SHARE)
                x.y += t->sent[i][at];
            if (m->id == ID_IN_FLIGHT)
                x.y = fmax(x.y, fmax(t->in_flight[i][at], t->flight_peak[i][at]));
            if (m->id == ID_OCCUPANCY && !s->away) {
                x.n += 1e-9;
                x.y += s->inside >= m->least ? 1e-9 : 0.0;
            }
        }
    }
    return x;
}

/* ---- Random events. */

static void fill(uint32_t *at, int from, int to, uint32_t value)
{
    int i;

    for (i = from; i < to; i++)
        at[i] = value;
}

static void change_server(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t i = lb_below(r, SERVERS), k;
    struct ledger_state *s = &f->state[i];

    s->inside = lb_below(r, 5);
    s->waiting = s->inside > 2 ? s->inside - 2 : 0;
    s->busy = s->inside - s->waiting;
    s->away = lb_below(r, 8) == 0;
    for (k = (uint32_t)now; k < LENGTH; k++)
        f->table->server[i][k] = *s;
    if (s->waiting > f->table->peak[i][now])
        f->table->peak[i][now] = s->waiting;
    ledger_server(f->ledger, i, s, now);
}

static void send(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t i = lb_below(r, SERVERS);
    struct ledger_who who = { lb_below(r, CLIENTS), lb_below(r, LINES), i };

    f->in_flight[i]++;
    fill(f->table->in_flight[i], now, LENGTH, f->in_flight[i]);
    if (f->in_flight[i] > f->table->flight_peak[i][now])
        f->table->flight_peak[i][now] = f->in_flight[i];
    f->table->sent[i][now]++;
    ledger_sent(f->ledger, who, now >= FROM, now, now);
}

static void come_back(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t i = lb_below(r, SERVERS);

    if (!f->in_flight[i])
        return;
    f->in_flight[i]--;
    fill(f->table->in_flight[i], now, LENGTH, f->in_flight[i]);
    ledger_back(f->ledger, i, now);
}

static void hold(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t i = lb_below(r, LINES);

    f->held[i] = lb_below(r, 4);
    fill(f->table->held[i], now, LENGTH, f->held[i]);
    if (f->held[i] > f->table->line_peak[i][now])
        f->table->line_peak[i][now] = f->held[i];
    ledger_held(f->ledger, i, f->held[i], now);
}

static void wait(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t client = lb_below(r, CLIENTS);
    int from = (int)lb_below(r, (uint32_t)now + 1), i;

    for (i = from; i < now; i++)
        f->table->waiting[client][i]++;
    ledger_waited(f->ledger, client, from, now);
}

static void finish(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t i = lb_below(r, SERVERS);

    f->table->finished[i][now]++;
    ledger_finished(f->ledger, (struct ledger_who) { 0, 0, i }, now >= FROM, now, false, now);
}

static void issue(struct fixture *f, struct lb_random *r, int now)
{
    uint32_t i = lb_below(r, CLIENTS);

    f->table->issued[i][now]++;
    ledger_issued(f->ledger, (struct ledger_who) { i, 0, LEDGER_NONE }, now >= FROM, now);
}

/* For a request that was issued some time before. */
static void send_more(struct fixture *f, struct lb_random *r, int now)
{
    int issued = (int)lb_below(r, (uint32_t)now + 1);
    struct ledger_who who = { lb_below(r, CLIENTS), lb_below(r, LINES), LEDGER_NONE };
    enum ledger_extra kind = (enum ledger_extra)lb_below(r, LEDGER_EXTRAS);

    f->table->extra[kind][who.client][who.balancer][issued]++;
    ledger_extra(f->ledger, who, issued >= FROM, issued, kind);
}

static void work(struct fixture *f, struct lb_random *r, int now)
{
    int issued = (int)lb_below(r, (uint32_t)now + 1);
    struct ledger_who who = { lb_below(r, CLIENTS), lb_below(r, LINES), lb_below(r, SERVERS) };
    enum ledger_work kind = (enum ledger_work)lb_below(r, LEDGER_WORKS);
    lb_time done = (lb_time)lb_below(r, 1000);

    f->table->work[kind][who.client][who.balancer][who.server][issued] += (uint64_t)done;
    ledger_worked(f->ledger, who, issued >= FROM, issued, kind, done);
}

/* It may be home after measured time has begun, or ended. */
static void end(struct fixture *f, struct lb_random *r, int now)
{
    int issued = (int)lb_below(r, (uint32_t)now + 1);
    int home = now + (int)(lb_below(r, 2) * lb_below(r, 60)), i;
    struct ledger_ending e = { .who = { lb_below(r, CLIENTS), lb_below(r, LINES), LEDGER_NONE },
                               .measured = issued >= FROM,
                               .how = ENDED_REJECTED,
                               .issued = issued,
                               .now = now,
                               .end = home };

    for (i = issued; i < home && i < LENGTH; i++)
        f->table->inside[e.who.client][e.who.balancer][i]++;
    ledger_ended(f->ledger, &e);
}

static void run(struct fixture *f, struct lb_random *r)
{
    static void (*const kinds[])(struct fixture *, struct lb_random *,
                                 int) = { change_server, send, come_back, hold,      wait,
                                          finish,        end,  issue,     send_more, work };
    int now = 0, next, i;
    bool begun = false, over = false;

    for (i = 0; i < EVENTS; i++) {
        next = now + (int)lb_below(r, 3);
        if (next >= FROM && !begun)
            ledger_begin(f->ledger, FROM);
        begun |= next >= FROM;
        if (next > TO && !over)
            ledger_end(f->ledger, TO);
        over |= next > TO;
        now = next < LENGTH - 1 ? next : LENGTH - 1;
        kinds[lb_below(r, sizeof kinds / sizeof kinds[0])](f, r, now);
    }
    if (!over)
        ledger_end(f->ledger, TO);
    ledger_settle(f->ledger);
}

static bool alike(const struct metric_number *a, const struct metric_number *b)
{
    return fabs(a->y - b->y) <= 1e-12 * (1.0 + fabs(b->y)) &&
           fabs(a->n - b->n) <= 1e-12 * (1.0 + fabs(b->n));
}

/* Services belong to measured time if they end after its beginning, and until its end. */
static bool told_by_ticks(const struct metric *m)
{
    return m->id != ID_THROUGHPUT || of_servers(m->scope);
}

static void compare(const struct fixture *f)
{
    uint32_t n = ledger_windows(f->ledger), i, k;
    struct ledger_window w;

    CU_ASSERT_EQUAL(n, (TO - WINDOWS_FROM + EVERY - 1) / EVERY);
    for (i = 0; i < n; i++) {
        w = ledger_window_at(f->ledger, i);
        CU_ASSERT_EQUAL(w.from, WINDOWS_FROM + (int)i * EVERY);
        CU_ASSERT(w.to == w.from + EVERY || (i + 1 == n && w.to == TO));
        for (k = 0; k < f->windows.n; k++) {
            const struct metric *m = &f->windows.at[k];
            struct metric_number told = ledger_in_window(f->ledger, m, i, NULL);
            struct metric_number right = again(f->table, m, (int)w.from, (int)w.to);

            if (w.to != TO && told_by_ticks(m)) /* the last tick belongs to the cut one */
                CU_ASSERT(alike(&told, &right));
        }
    }
    for (k = 0; k < f->measured.n; k++) {
        const struct metric *m = &f->measured.at[k];
        bool by_issue = of_requests(m) || of_work(m); /* measured to the end */
        struct metric_number right = again(f->table, m, FROM, by_issue ? LENGTH : TO);
        double told = ledger_measured(f->ledger, m, NULL), value = metric_value(m, &right);

        if (m->id == ID_IN_SYSTEM || m->id == ID_QUEUE_MEAN || m->id == ID_OCCUPANCY ||
            (by_issue && right.n > 0.0 && m->scope.kind != SCOPE_ALL))
            CU_ASSERT(fabs(told - value) <= 1e-9 * (1.0 + fabs(value)));
    }
}

static void test_brute_force(void)
{
    const struct ledger_times times = { WINDOWS_FROM, EVERY, LB_NEVER, NULL, 0 };
    int round;

    for (round = 0; round < 40; round++) {
        struct lb_random r = { (uint64_t)round + 1 };
        struct fixture f = { .table = calloc(1, sizeof *f.table) };

        ask_all(&f.measured);
        ask_all(&f.windows);
        f.ledger = ledger_open(&roster, &f.measured, &f.windows, &times);
        CU_ASSERT_FATAL(f.table && f.ledger);
        run(&f, &r);
        compare(&f);
        CU_ASSERT(!ledger_overflowed(f.ledger));
        ledger_close(f.ledger);
        metrics_close(&f.measured);
        metrics_close(&f.windows);
        free(f.table);
    }
}

/* ---- Requests, thresholds and windows of a list. */

static void complete(struct ledger *l, lb_time issued, lb_time end)
{
    struct ledger_who who = { 0, 0, 0 };
    struct ledger_ending e = { .who = who,
                               .measured = issued > 0,
                               .how = ENDED_COMPLETED,
                               .issued = issued,
                               .now = end,
                               .end = end,
                               .service = end - issued,
                               .alone = end - issued };

    ledger_issued(l, who, issued > 0, issued);
    ledger_ended(l, &e);
}

static void test_thresholds(void)
{
    const struct ledger_window list[] = { { 10, 20 }, { 20, 21 }, { 30, 1000 } };
    const struct ledger_times times = { 0, 0, LB_NEVER, list, 3 };
    struct scope all = { SCOPE_ALL, 0 }, client = { SCOPE_CLIENT, 0 };
    struct metrics measured, windows;
    struct metric_number x;
    struct ledger *l;
    uint32_t above;
    int i;

    CU_ASSERT_EQUAL_FATAL(metrics_open_empty(&measured) || metrics_open_empty(&windows), 0);
    above = ask(&windows, "latency.above", client, 1);
    windows.above[0].over = 5;
    ask(&windows, "latency.mean", all, 0);
    ask(&windows, "latency.p50", all, 0);
    l = ledger_open(&roster, &measured, &windows, &times);
    CU_ASSERT_PTR_NOT_NULL_FATAL(l);
    ledger_begin(l, 0);
    for (i = 0; i < 40; i++)
        complete(l, i, i + 4 + i % 3); /* 4, 5 or 6 ns: above 5 is 6 alone */
    ledger_end(l, 39);
    ledger_settle(l);
    CU_ASSERT_EQUAL(ledger_windows(l), 3);
    x = ledger_in_window(l, &windows.at[above], 0, NULL);
    CU_ASSERT(x.y == 3.0 && x.n == 10.0); /* issued at 11, 14 and 17 */
    x = ledger_in_window(l, &windows.at[above], 1, NULL);
    CU_ASSERT(x.y == 1.0 && x.n == 1.0);
    CU_ASSERT_EQUAL(ledger_window_at(l, 2).to, 39);
    x = ledger_in_window(l, &windows.at[1], 2, NULL);
    CU_ASSERT_EQUAL(x.n, 10.0);
    CU_ASSERT_DOUBLE_EQUAL(x.y, (4 * 4 + 3 * 5 + 3 * 6) / 1e9, 1e-18);
    ledger_close(l);
    metrics_close(&measured);
    metrics_close(&windows);
}

/* Windows beyond the room are told of, not forgotten. */
static void test_overflow(void)
{
    const struct ledger_times times = { 0, 1, LB_NEVER, NULL, 0 };
    struct metrics measured, windows;
    struct ledger *l;

    CU_ASSERT_EQUAL_FATAL(metrics_open_empty(&measured) || metrics_open_empty(&windows), 0);
    ask(&windows, "latency.mean", (struct scope) { SCOPE_ALL, 0 }, 0);
    CU_ASSERT_EQUAL(ledger_windows_most(&windows), 100000);
    l = ledger_open(&roster, &measured, &windows, &times);
    CU_ASSERT_PTR_NOT_NULL_FATAL(l);
    ledger_begin(l, 0);
    complete(l, 99990, 99999);
    CU_ASSERT(!ledger_overflowed(l));
    complete(l, 99995, 100001);
    CU_ASSERT(ledger_overflowed(l));
    ledger_close(l);
    metrics_close(&measured);
    metrics_close(&windows);
}

int suite_ledger(void)
{
    CU_pSuite suite = CU_add_suite("ledger", NULL, NULL);

    return !(suite && CU_add_test(suite, "brute force", test_brute_force) &&
             CU_add_test(suite, "thresholds and a list of windows", test_thresholds) &&
             CU_add_test(suite, "overflow", test_overflow));
}
