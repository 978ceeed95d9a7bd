/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Within an experiment: what its parts ask of each other. */
#ifndef SIM_FIELD_H
#define SIM_FIELD_H

#include "sim/run/experiment.h"

enum task_kind { TASK_REHEARSAL, TASK_PILOT, TASK_TRIAL };

/* Makes the points of contenders. 0 or -ENOMEM. */
int points_open(struct experiment *, const struct contender *, uint32_t n, bool single);
void points_close(struct experiment *);
/* Room for so many replications. False: out of memory. */
bool points_make_room(struct point *, uint32_t replications);

/* ---- One long run (single.c). */

/* Gives all points, which are filled, scenarios of long runs. 0, or -1 without memory. */
int single_make(struct experiment *);
void single_close(struct experiment *);
/* Intervals of a point from the batches of its run. */
bool single_conclude(struct point *);

/* ---- Handing out work, in the caller's process (schedule.c). */

/* False: out of memory. */
bool schedule_begin(struct experiment *);
enum crew_next schedule_next(void *experiment, struct crew_task *);
int schedule_take(void *experiment, const struct crew_task *, const void *result, size_t n,
                  const char *why);
/* Points whose numbers are still to be told, and those that only repeat others. */
int schedule_end(struct experiment *);

/* ---- Precision (precision.c). */

/* Starts the first round of a point whose warm-up is known. */
void precision_begin(struct experiment *, struct point *);
/* A round has been finished and concluded: true if a longer one was begun. */
bool precision_goes_on(struct experiment *, struct point *);

/* Whether a round may be twice as long as the present one. */
bool precision_can_double(const struct point *);
/* Requests that the next round takes; makes it the present one, as far as its length and number go
 * (false: out of memory). */
double precision_next(const struct point *);
bool precision_double(struct point *);
/* How many rounds in a row are to meet the precision. */
uint32_t precision_passes(const struct experiment *);

/* Which metrics the precision is asked of: their indices; how many. */
uint32_t precision_metrics(const struct point *, uint32_t *list, uint32_t most);

/* ---- Doing it, in a worker (task.c). */

void *task_work(void *experiment, const struct crew_task *, const struct task_signs *, size_t *n);

#endif
