/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/diagnose.h"

enum { MOST_GATHERED = 200, POINTS_ROOM = 400 };

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
    uint32_t unkept; /* of the first point, beyond what diagnostics keep */
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

static bool is_figure(char c)
{
    return c && strchr("0123456789.+-e", c);
}

/* The same words, though perhaps of other figures. */
static bool is_alike(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (is_figure(*a) && is_figure(*b)) {
            a += strspn(a, "0123456789.+-e") - 1;
            b += strspn(b, "0123456789.+-e") - 1;
        } else if (*a != *b) {
            return false;
        }
    }
    return *a == *b;
}

/* Does a point say this twice, of a policy's balancer again? They are in the order of the file; the
 * policy then has the number of one that is alone. */
static bool is_again(const struct diagnostic *one, const struct diagnostic *before)
{
    return one->place.line == before->place.line && one->place.column == before->place.column &&
           one->severity == before->severity && !strcmp(one->name, before->name) &&
           is_alike(one->message, before->message);
}

/* Does another point say it, perhaps of another value? Warnings are alike whatever their figures;
 * an error tells what was found. */
static bool is_same(const struct diagnostic *one, const struct diagnostic *other)
{
    if (one->severity != other->severity || strcmp(one->name, other->name) != 0)
        return false;
    return !strcmp(one->message, other->message) ||
           (one->code && !strcmp(one->code, other->code) && is_alike(one->message, other->message));
}

/* Was this said before? Then it is counted. */
static bool known(struct gather *gather, const struct diagnostic *one)
{
    uint32_t i;

    for (i = 0; i < gather->sayings_n; i++) {
        struct saying *saying = &gather->sayings[i];

        if (saying->last == gather->points || !is_same(one, &saying->one))
            continue;
        saying->points++;
        saying->last = gather->points;
        return true;
    }
    return false;
}

void gather_take(struct gather *gather, struct diagnostics *said, const char *name)
{
    const struct diagnostic *one, *before = NULL;
    bool fresh = false;
    uint32_t i;

    gather->points++;
    gather->bad += diagnostics_errors(said) > 0;
    if (gather->points == 1)
        gather->unkept = diagnostics_unkept(said);
    for (i = 0; (one = diagnostics_at(said, i)); before = one, i++)
        if (!(before && is_again(one, before)) && !known(gather, one) &&
            gather->sayings_n < MOST_GATHERED) {
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

static const char *points_of(const struct gather *gather, const struct saying *saying, bool all,
                             char room[POINTS_ROOM])
{
    const uint32_t more = saying->points - 1;

    room[0] = '\0';
    if (saying->points == gather->points || !*saying->point)
        return room;
    if (!more)
        snprintf(room, POINTS_ROOM, " (at %.300s)", saying->point);
    else if (all)
        snprintf(room, POINTS_ROOM, " (at %.300s and %u more)", saying->point, (unsigned)more);
    else
        snprintf(room, POINTS_ROOM, " (at %.300s and others)", saying->point);
    return room;
}

void gather_say(const struct gather *gather, bool all, struct diagnostics *said)
{
    char room[POINTS_ROOM];
    uint32_t i;

    for (i = 0; i < gather->sayings_n; i++)
        diagnose_again(said, &gather->sayings[i].one,
                       points_of(gather, &gather->sayings[i], all, room));
    diagnose_missing(said, gather->unkept);
    if (gather->bad && !diagnostics_errors(said))
        diagnose_at(said, SAY_ERROR, NULL, "sweep", (struct place) { 0, 0 },
                    "%u points have errors", (unsigned)gather->bad);
}
