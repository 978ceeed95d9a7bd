/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A station that serves its jobs by rank: a heap of those who wait, the best first, and if an
 * arrival may interrupt, a heap of those in service, the worst first. Private to models/server. */
#ifndef MODELS_SERVER_RANKED_H
#define MODELS_SERVER_RANKED_H

#include "models/server/station.h"

struct ranking {
    struct heap_kind waiting, victims;
    /* Whether an arrival takes the core of the worst in service; NULL: never, and `victims` is not
     * kept. */
    bool (*interrupts)(const struct station *s, const struct visit *jobs, uint32_t job,
                       lb_time now);
};

/* The kind of a heap of visits by rank. */
#define RANKED_BY(order)                                                                           \
    {                                                                                              \
        sizeof(struct visit), offsetof(struct visit, rank), (order)                                \
    }

HEAP_INLINE uint32_t ranked_start(const struct ranking *r, struct station *s, struct visit *jobs,
                                  uint32_t job, lb_time now)
{
    uint32_t first = station_start(s, jobs, job, now);

    if (r->interrupts)
        s->victims = heap_add(&r->victims, jobs, s->victims, job);
    return first;
}

HEAP_INLINE uint32_t ranked_arrive(const struct ranking *r, struct station *s, struct visit *jobs,
                                   uint32_t job, const struct task *task, lb_time now)
{
    uint32_t victim = s->victims;

    station_enter(s, jobs, job, task);
    if (s->running == s->cores) {
        if (!r->interrupts || !r->interrupts(s, jobs, job, now)) {
            s->waiting = heap_add(&r->waiting, jobs, s->waiting, job);
            return JOB_NONE;
        }
        s->victims = heap_remove(&r->victims, jobs, s->victims, victim);
        station_stop(s, jobs, victim, now);
        s->waiting = heap_add(&r->waiting, jobs, s->waiting, victim);
    }
    return ranked_start(r, s, jobs, job, now);
}

HEAP_INLINE uint32_t ranked_leave(const struct ranking *r, struct station *s, struct visit *jobs,
                                  uint32_t job, lb_time now)
{
    uint32_t next;

    if (!in_service(&jobs[job]))
        s->waiting = heap_remove(&r->waiting, jobs, s->waiting, job);
    else if (r->interrupts)
        s->victims = heap_remove(&r->victims, jobs, s->victims, job);
    station_leave(s, jobs, job);
    next = s->waiting;
    if (next == JOB_NONE || s->running == s->cores)
        return JOB_NONE;
    s->waiting = heap_remove(&r->waiting, jobs, s->waiting, next);
    return ranked_start(r, s, jobs, next, now);
}

#endif
