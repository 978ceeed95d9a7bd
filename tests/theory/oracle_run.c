/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/theory/oracle_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/experiment.h"
#include "sim/scenario/diagnose.h"

enum { TEXT_ROOM = 2048 };

/* FNV-1a. */
static uint64_t seed_of(const char *name, uint64_t seed)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;

    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return hash;
}

static int write_run(const struct oracle_scenario *s, const struct oracle_effort *effort,
                     char *text, size_t room)
{
    uint64_t many = (uint64_t)s->thousands * 1000 * effort->times;

    if (s->run)
        return snprintf(text, room, "\"replications\": %" PRIu64 ", %s", many, s->run);
    return snprintf(text, room, "\"replications\": %d, \"requests\": %" PRIu64, ORACLE_REPLICATIONS,
                    many);
}

static int write_text(const struct oracle_scenario *s, const struct oracle_effort *effort,
                      char *text)
{
    char run[TEXT_ROOM];
    int n = write_run(s, effort, run, sizeof run);

    if (n >= TEXT_ROOM)
        return -1;
    n = snprintf(text, TEXT_ROOM,
                 "{%s,\n%s%s\"servers\": %s,\n\"policies\": [%s],\n"
                 "\"run\": {\"seed\": \"%" PRIu64 "\", %s}}\n",
                 s->clients, s->more, *s->more ? ",\n" : "", s->servers, s->policy,
                 seed_of(s->name, effort->seed), run);
    return n < TEXT_ROOM ? n : -1;
}

/* How many of the metric's units one of the row's is. */
static double unit_of(const struct metric *m)
{
    if (!strcmp(m->unit, "s"))
        return ORACLE_UNIT_SECONDS;
    return !strcmp(m->unit, "1/s") ? 1.0 / ORACLE_UNIT_SECONDS : 1.0;
}

static struct interval scaled(struct interval i, double unit)
{
    i.value /= unit;
    i.low /= unit;
    i.high /= unit;
    i.se /= unit;
    return i;
}

/* What came out for a row, in its units. */
static bool read_row(const struct oracle_row *row, const struct point *p, struct interval *measured)
{
    bool whole = row->window == ORACLE_MEASURED;
    const struct told_windows *told = &p->windows;
    const struct metrics *metrics = whole ? p->metrics : p->window_metrics;
    uint32_t window = (uint32_t)row->window, m = metrics_find(metrics, row->metric);

    if (m == UINT32_MAX || (!whole && window >= told->n))
        return false;
    *measured = scaled(whole ? p->interval[m] : told->interval[window * metrics->n + m],
                       unit_of(&metrics->at[m]));
    return true;
}

static int read_rows(const struct oracle_scenario *s, const struct point *p,
                     struct interval *measured, char *why, size_t room)
{
    const struct oracle_row *row;

    for (row = s->rows; row->id; row++)
        if (!read_row(row, p, &measured[row - s->rows])) {
            snprintf(why, room, "%s: not among the results", row->metric);
            return -1;
        }
    return 0;
}

static int simulate(const struct oracle_scenario *s, const struct scenario *scenario, uint32_t jobs,
                    struct interval *measured, char *why, size_t room)
{
    struct experiment e;
    int result = -1;

    if (experiment_open_one(&e, scenario)) {
        snprintf(why, room, "out of memory");
    } else {
        e.jobs = jobs;
        if (experiment_run(&e))
            snprintf(why, room, "%s", e.why);
        else
            result = read_rows(s, &e.points[0], measured, why, room);
    }
    experiment_close(&e);
    return result;
}

static void read_errors(struct diagnostics *said, char *why, size_t room)
{
    const struct diagnostic *d;
    uint32_t i;

    snprintf(why, room, "the scenario cannot be read");
    for (i = 0; (d = diagnostics_at(said, i)) != NULL; i++)
        if (d->severity == SAY_ERROR) {
            snprintf(why, room, "%s", d->message);
            return;
        }
}

int oracle_run(const struct oracle_scenario *s, const struct oracle_effort *effort,
               struct interval *measured, char *why, size_t room)
{
    struct scenario_request request = { .policies = effort->policies };
    struct diagnostics *said = diagnostics_open();
    struct scenario *scenario = NULL;
    char text[TEXT_ROOM];
    int length = write_text(s, effort, text), result = -1;

    if (said && length > 0)
        scenario = scenario_read(s->name, text, (size_t)length, &request, said);
    if (scenario)
        result = simulate(s, scenario, effort->jobs, measured, why, room);
    else if (said && length > 0)
        read_errors(said, why, room);
    else
        snprintf(why, room, said ? "its text is too long" : "out of memory");
    scenario_close(scenario);
    diagnostics_close(said);
    return result;
}
