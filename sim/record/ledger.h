/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counting by scope and by window of time: what a world tells here is entered for each client,
 * group, server, zone and balancer that a metric speaks of, over measured time and over each
 * window.
 *
 * All sums are whole numbers, so they depend neither on order nor on rounding. A span of time that
 * crosses a border is cut there exactly; a state that holds from one change to the next is entered
 * when it changes. Requests belong to a window by the instant of their issue, and to measured time
 * if they were issued after the warm-up. A window is closed on the left and open on the right;
 * nothing is entered beyond the last issue. Nothing is allocated while a world runs. */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include "sim/record/metric.h"

#define LEDGER_NONE      UINT32_MAX
#define LEDGER_UNLIMITED UINT32_MAX /* cores */

/* Windows: every `every` from `from` on, before `to`; or, with every 0, a list of windows, in order
 * of time and not overlapping. */
struct ledger_window {
    lb_time from, to;
};
struct ledger_times {
    lb_time from, every, to;
    const struct ledger_window *at;
    uint32_t n;
};

struct ledger_group {
    uint32_t first, count, cores, zone; /* LEDGER_NONE: no zone */
    double speed;
};
struct ledger_balancers {
    uint32_t first, count;
};

/* Who there is. The arrays are copied. */
struct ledger_roster {
    const struct ledger_group *group;
    const struct ledger_balancers *balancer;
    uint32_t clients, groups, zones, balancers /* names */, balancers_all;
    bool tallied; /* a tally has the durations of everything: not kept again for an only client or
                     an only group */
};

/* Who an event is about; LEDGER_NONE where there is none. */
struct ledger_who {
    uint32_t client, balancer, server;
};

/* A request ends: it was issued, and this is known at `now`; its client sees it at `end`. */
struct ledger_ending {
    struct ledger_who who;
    bool measured;
    enum ending how;
    lb_time issued, now, end;
    lb_time wait, service, alone, work; /* completed ones */
};

/* Attempts beyond the first: after a failed one, or while another is out. */
enum ledger_extra { EXTRA_RETRY, EXTRA_HEDGE };
enum { LEDGER_EXTRAS = 2 };

/* Work that a server has done for a request: all, what has served its client, both at once; what
 * another one had done too. */
enum ledger_work { WORK_SPENT, WORK_USEFUL, WORK_BOTH, WORK_DUPLICATED };
enum { LEDGER_WORKS = 4 };

/* What a server is doing. */
struct ledger_state {
    uint32_t inside, waiting, busy; /* requests, requests, cores */
    bool away;                      /* down, or not there */
};

struct ledger;

/* `measured` and `windows` (n = 0: none) say which metrics of which scopes; they and the times must
 * stay while the ledger is used. NULL without memory. */
struct ledger *ledger_open(const struct ledger_roster *, const struct metrics *measured,
                           const struct metrics *windows, const struct ledger_times *);
void ledger_close(struct ledger *);

/* How many windows there may be at once for these metrics. */
uint32_t ledger_windows_most(const struct metrics *windows);
/* Something fell into a window beyond that: the replication has no result. */
bool ledger_overflowed(const struct ledger *);

/* Measured time begins, and ends with the last issue. What is told before lies before. */
void ledger_begin(struct ledger *, lb_time now);
void ledger_end(struct ledger *, lb_time now);
/* The run is over: states that still hold are entered. */
void ledger_settle(struct ledger *);

/* ---- What happens, in order of time: see also ledger_tell.h. */

/* Its answer, or the news of its loss, is back at the balancer. */
void ledger_back(struct ledger *, uint32_t server, lb_time now);
/* From now on a server is like this. */
void ledger_server(struct ledger *, uint32_t server, const struct ledger_state *, lb_time now);
/* From now on so many wait at a balancer. */
void ledger_held(struct ledger *, uint32_t balancer, uint32_t held, lb_time now);
void ledger_message(struct ledger *, uint32_t balancer, lb_time now);

/* Must ledger_server be told of each change, for what is asked of measured time and of windows? If
 * not, ledger_queue (ledger_tell.h) will do, and in the end the integrals over measured time of
 * requests waiting and inside, ns. */
bool ledger_wants_states(const struct metrics *measured, const struct metrics *windows);
void ledger_integrals(struct ledger *, uint32_t server, uint64_t waiting, uint64_t inside);

/* ---- What it comes to. */

/* How many windows had begun by the last issue. */
uint32_t ledger_windows(const struct ledger *);
struct ledger_window ledger_window_at(const struct ledger *, uint32_t window);

/* A metric of measured time: NAN where there is none. Not those of whole servers' work and use
 * (utilization, imbalance, fairness), which the world keeps. */
double ledger_measured(const struct ledger *, const struct metric *, struct histogram_total *total);
/* Has the tally the durations of this place in measured time (roster.tallied)? Then the ledger has
 * not. */
bool ledger_in_tally(const struct ledger *, uint32_t place);
/* A metric of the list `windows`, any, in a window. */
struct metric_number ledger_in_window(const struct ledger *, const struct metric *, uint32_t window,
                                      struct histogram_total *total);
/* The histogram of a metric_pool (not of everything in measured time, which the tally keeps), or
 * NULL. */
const struct histogram *ledger_pool(const struct ledger *, bool windows, uint32_t window,
                                    uint32_t pool);

#endif
