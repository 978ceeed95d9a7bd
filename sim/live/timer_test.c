/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timers of libevent as the roles use them: precise, one after the other. */
#include <event2/event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "models/policy.h"
#include "sim/live/quiet.h"
#include "sim/live/role.h"
#include "sim/record/histogram.h"

enum { GAP_NS = 1000000 };

struct timers {
    struct event_base *base;
    struct event *timer;
    struct lb_random random;
    int64_t due; /* ns */
    double late[TIMER_TEST_TIMERS];
    uint32_t n;
};

/* Gaps differ, lest all timers fall to the same place between two ticks. */
static void arm(struct timers *t)
{
    const int64_t gap = GAP_NS / 2 + lb_below(&t->random, GAP_NS);
    const struct timeval wait = { .tv_usec = (suseconds_t)(gap / 1000) };

    t->due = live_monotonic() + gap / 1000 * 1000;
    evtimer_add(t->timer, &wait);
}

static void fires(evutil_socket_t none, short what, void *context)
{
    struct timers *t = context;

    (void)none;
    (void)what;
    t->late[t->n++] = (double)(live_monotonic() - t->due) / 1e9;
    if (t->n < TIMER_TEST_TIMERS)
        arm(t);
}

static bool run(struct timers *t)
{
    struct event_config *config = event_config_new();
    bool good = false;

    if (config && !event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER))
        t->base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    if (t->base)
        t->timer = evtimer_new(t->base, fires, t);
    if (t->timer) {
        arm(t);
        good = event_base_dispatch(t->base) >= 0 && t->n == TIMER_TEST_TIMERS;
        event_free(t->timer);
    }
    if (t->base)
        event_base_free(t->base);
    return good;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void timer_test_of(double *late, uint32_t n, struct timer_test *out)
{
    qsort(late, n, sizeof late[0], by_size);
    *out = (struct timer_test) { .n = n,
                                 .low = late[histogram_rank(TIMER_TEST_LOW, n) - 1],
                                 .p50 = late[histogram_rank(0.5, n) - 1],
                                 .p99 = late[histogram_rank(0.99, n) - 1],
                                 .most = late[n - 1] };
}

static bool test(struct timer_test *out)
{
    struct timers t = { .random = { 1 } };

    if (!run(&t))
        return false;
    timer_test_of(t.late, t.n, out);
    return true;
}

int timer_test(struct timer_test *out, char *why, size_t room)
{
    int i;

    *out = (struct timer_test) { .low = INFINITY };
    for (i = 0; i < TIMER_TEST_TIMES && timer_is_coarse(out); i++)
        if (!test(out)) {
            snprintf(why, room, "the event loop has no precise timers on this machine");
            return -1;
        }
    if (!timer_is_coarse(out))
        return 0;
    snprintf(why, room,
             "timer source too coarse: of %u timers %.0f %% were more than %.0f us late (at most "
             "%.0f us will do)",
             out->n, 100.0 * (1.0 - TIMER_TEST_LOW), out->low * 1e6, TIMER_TEST_COARSE * 1e6);
    return -1;
}

bool timer_is_coarse(const struct timer_test *t)
{
    return t->low > TIMER_TEST_COARSE;
}
