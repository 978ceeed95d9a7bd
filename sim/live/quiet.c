/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/quiet.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SLICE_NS = 100000, REALTIME_PRIORITY = 10 };

/* The kernel's struct sched_attr, as of version 0: the C library has none yet. */
struct schedule {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int ask_slice(void)
{
    struct schedule s = { .size = sizeof s, .policy = SCHED_OTHER, .runtime = SLICE_NS };

    return syscall(SYS_sched_setattr, 0, &s, 0u) ? errno : 0;
}

static int ask_realtime(void)
{
    const struct sched_param p = { .sched_priority = REALTIME_PRIORITY };

    return sched_setscheduler(0, SCHED_FIFO, &p) ? errno : 0;
}

struct quiet quiet_ask(bool realtime)
{
    struct quiet q = { .realtime = -1 };

    q.slack = prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul) ? errno : 0;
    q.slice = ask_slice();
    if (realtime)
        q.realtime = ask_realtime();
    return q;
}

static size_t write_one(char *text, size_t room, const char *what, int got)
{
    int n = got > 0 ? snprintf(text, room, "%s (refused: %s)", what, strerror(got))
                    : snprintf(text, room, "%s", what);

    return n > 0 && (size_t)n < room ? (size_t)n : room - 1;
}

void quiet_write(const struct quiet *q, char *text, size_t room)
{
    size_t n = write_one(text, room, "timer slack 1 ns", q->slack);

    n += write_one(text + n, room - n, ", slice 100 us", q->slice);
    if (q->realtime >= 0)
        write_one(text + n, room - n, ", SCHED_FIFO", q->realtime);
}

/* ---- Time that others had. */

struct steal steal_now(void)
{
    uint64_t t[8] = { 0 };
    struct steal s = { 0 };
    FILE *in = fopen("/proc/stat", "re");
    int i, n = 0;

    if (in) {
        n = fscanf(in,
                   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                   " %" SCNu64 " %" SCNu64,
                   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
        fclose(in);
    }
    if (n != 8)
        return s;
    for (i = 0; i < 8; i++)
        s.all += t[i];
    s.stolen = t[7];
    return s;
}

double steal_share(struct steal before, struct steal after)
{
    if (after.all <= before.all)
        return NAN;
    return (double)(after.stolen - before.stolen) / (double)(after.all - before.all);
}
