/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/supply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int supply_open(struct supply *s, const struct crew *crew, uint32_t room)
{
    *s = (struct supply) { .crew = crew, .spare = calloc(room ? room : 1, sizeof s->spare[0]) };
    return s->spare ? 0 : -ENOMEM;
}

void supply_close(struct supply *s)
{
    free(s->spare);
}

bool supply_next(struct supply *s, struct crew_task *task)
{
    if (s->early || (s->spares == 0 && (s->done || s->waiting)))
        return false;
    if (s->spares > 0) {
        *task = s->spare[--s->spares];
        return true;
    }
    memset(task, 0, sizeof *task);
    switch (s->crew->next(s->crew->context, task)) {
    case CREW_TASK:
        return true;
    case CREW_WAIT:
        s->waiting = true;
        return false;
    default:
        s->done = true;
        return false;
    }
}

bool supply_empty(const struct supply *s)
{
    return s->early || (s->done && s->spares == 0);
}

void supply_return(struct supply *s, const struct crew_task *task)
{
    if (!s->early)
        s->spare[s->spares++] = *task;
}

void supply_again(struct supply *s, const struct crew_task *task, const char *why)
{
    if (s->crew->lost && !s->early)
        s->crew->lost(s->crew->context, task, why);
    supply_return(s, task);
}

void supply_deliver(struct supply *s, const struct crew_task *task, const void *result, size_t n,
                    const char *why)
{
    if (s->crew->take(s->crew->context, task, result, n, why))
        s->early = true;
    s->waiting = false;
}

void supply_fail(struct supply *s, int error)
{
    s->error = error;
    s->early = true;
}
