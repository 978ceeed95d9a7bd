/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/subject.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { FAULTS_SHOWN = 8 };

static const char *const names[LAWS] = {
    [LAW_READING] = "reading",
    [LAW_RUNNING] = "running",
    [LAW_ACCOUNTING] = "accounting",
    [LAW_LITTLE] = "Little's law",
    [LAW_TALLY] = "tally",
    [LAW_WAITING] = "waiting",
    [LAW_BUSY] = "integrals of a server",
    [LAW_QUEUE] = "longest queue",
    [LAW_SERVICE] = "service",
    [LAW_FIFO] = "first in first out",
    [LAW_LIFO] = "last in first out",
    [LAW_SRPT] = "shortest remaining",
    [LAW_PRIORITY] = "priority",
    [LAW_SHARING] = "processor sharing",
    [LAW_FATE] = "fate at a server",
    [LAW_VIEW] = "view",
    [LAW_PATIENCE] = "patience",
    [LAW_LIST] = "planned and list",
    [LAW_CENTRAL] = "central queue",
    [LAW_USABLE] = "usable servers",
    [LAW_POPULATION] = "population",
    [LAW_SAME_INPUT] = "same requests",
    [LAW_AGAIN] = "same seed",
    [LAW_HEAP] = "heap and ladder",
    [LAW_AHEAD] = "prepare",
    [LAW_GENERAL] = "plain and general",
    [LAW_PLUGIN] = "plug-in",
    [LAW_WORKERS] = "workers",
    [LAW_SCOPES] = "scopes",
    [LAW_WINDOWS] = "windows",
    [LAW_SCALING] = "unit of time",
    [LAW_NAMES] = "names",
    [LAW_UNUSED] = "unused servers",
    [LAW_SPLIT] = "split clients",
    [LAW_REPLAY] = "replayed traces",
    [LAW_MEMORY] = "no allocation",
    [LAW_ATTEMPTS] = "attempts",
    [LAW_LIMITS] = "limits",
    [LAW_WORK] = "work",
    [LAW_TRIES] = "tries",
    [LAW_IDLE] = "idle mechanisms",
    [LAW_DECISIONS] = "logs of decisions",
};

void subject_write(const struct subject *s)
{
    char path[4096];
    FILE *out;

    snprintf(path, sizeof path, "%s/property-%" PRIu64 "-%u.json", s->folder, s->seed, s->number);
    out = fopen(path, "w");
    if (out)
        fwrite(s->text, 1, s->length, out);
    if (out && fclose(out) == 0)
        printf("scenario %u: written to %s; again: --seed %" PRIu64 " --only %u\n", s->number, path,
               s->seed, s->number);
    else
        printf("scenario %u: cannot be written to %s\n", s->number, path);
}

bool law_holds(struct subject *s, enum law law, bool holds, const char *format, ...)
{
    va_list list;

    s->looked[law]++;
    if (holds)
        return true;
    s->broken[law]++;
    if (s->faults++ == 0)
        subject_write(s);
    if (s->faults > FAULTS_SHOWN)
        return false;
    printf("scenario %u, %s, %s: ", s->number, s->policy, names[law]);
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    return false;
}

uint32_t laws_print(const struct subject *s)
{
    uint32_t i, idle = 0;

    for (i = 0; i < LAWS; i++) {
        printf("%-22s %8" PRIu64 " looks, %" PRIu64 " broken\n", names[i], s->looked[i],
               s->broken[i]);
        idle += s->looked[i] == 0;
    }
    return idle;
}
