/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/diagnose.h"

enum { MOST_GATHERED = 200 };

/* One thing that was said. */
struct saying {
    struct diagnostic one;
    const char *point; /* the first of them */
    uint32_t points, last;
};

struct gather {
    struct saying sayings[MOST_GATHERED];
    struct diagnostics *kept[MOST_GATHERED]; /* those that sayings point into */
    uint32_t sayings_n, kept_n, points, bad;
};

struct gather *gather_open(void)
{
    return calloc(1, sizeof(struct gather));
}

void gather_close(struct gather *gather)
{
    uint32_t i;

    for (i = 0; gather && i < gather->kept_n; i++)
        diagnostics_close(gather->kept[i]);
    free(gather);
}

static bool is_same(const struct diagnostic *a, const struct diagnostic *b)
{
    return a->severity == b->severity && a->place.line == b->place.line &&
           a->place.column == b->place.column && !strcmp(a->message, b->message) &&
           !strcmp(a->name, b->name);
}

/* Was this said before? Then it is counted. */
static bool known(struct gather *gather, const struct diagnostic *one)
{
    uint32_t i;

    for (i = 0; i < gather->sayings_n; i++) {
        struct saying *saying = &gather->sayings[i];

        if (!is_same(&saying->one, one))
            continue;
        saying->points += saying->last != gather->points;
        saying->last = gather->points;
        return true;
    }
    return false;
}

void gather_take(struct gather *gather, struct diagnostics *said, const char *name)
{
    const struct diagnostic *one;
    bool fresh = false;
    uint32_t i;

    gather->points++;
    gather->bad += diagnostics_errors(said) > 0;
    for (i = 0; (one = diagnostics_at(said, i)); i++)
        if (!known(gather, one) && gather->sayings_n < MOST_GATHERED) {
            gather->sayings[gather->sayings_n++] =
                (struct saying) { *one, name, 1, gather->points };
            fresh = true;
        }
    if (fresh)
        gather->kept[gather->kept_n++] = said;
    else
        diagnostics_close(said);
}

uint32_t gather_bad(const struct gather *gather)
{
    return gather->bad;
}

void gather_say(const struct gather *gather, struct diagnostics *said)
{
    char more[400];
    uint32_t i;

    for (i = 0; i < gather->sayings_n; i++) {
        const struct saying *saying = &gather->sayings[i];

        if (saying->points == gather->points || !*saying->point)
            more[0] = '\0';
        else if (saying->points == 1)
            snprintf(more, sizeof more, " (at %.300s)", saying->point);
        else
            snprintf(more, sizeof more, " (at %.300s and %u points more)", saying->point,
                     (unsigned)saying->points - 1);
        diagnose_again(said, &saying->one, more);
    }
    if (gather->bad && !diagnostics_errors(said))
        diagnose_at(said, SAY_ERROR, NULL, "sweep", (struct place) { 0, 0 },
                    "%u points have errors", (unsigned)gather->bad);
}
