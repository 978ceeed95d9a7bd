/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Studies made by hand: a scenario at each of a few loads and seeds, all policies everywhere. */
#ifndef TESTS_STUDY_FIXTURE_H
#define TESTS_STUDY_FIXTURE_H

#include "sim/scenario/arena.h"
#include "sim/scenario/claim.h"
#include "tests/unit/scenario_fixture.h"

enum { FIXTURE_MOST = 64 };

struct made_study {
    struct study study;
    struct reading reading;
    struct axis axis[2];
    struct coordinate place[2][8], at[FIXTURE_MOST][2];
    struct cell cell[FIXTURE_MOST];
    struct contender contender[FIXTURE_MOST];
    char text[2][8][24];
};

static inline void made_axis(struct made_study *m, uint32_t k, const char *path,
                             const double *values, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++) {
        snprintf(m->text[k][i], sizeof m->text[k][i], "%g", values[i]);
        m->place[k][i] = (struct coordinate) { path, m->text[k][i], values[i], 0 };
    }
    m->axis[k] = (struct axis) { path, m->place[k], n };
    m->study.axes = m->axis;
    m->study.axes_n = k + 1;
}

/* Cells are the cross product of the axes made so far; each has all policies of the scenario. */
static inline void made_cells(struct made_study *m)
{
    const uint32_t a = m->study.axes_n > 0 ? m->axis[0].n : 1;
    const uint32_t b = m->study.axes_n > 1 ? m->axis[1].n : 1;
    struct scenario *s = m->reading.scenario;
    uint32_t i, k, p, n = 0;

    for (i = 0; i < a; i++)
        for (k = 0; k < b; k++, n++) {
            m->at[n][0] = m->place[0][i];
            m->at[n][1] = m->place[1][k];
            m->cell[n] = (struct cell) { "", m->at[n], m->study.axes_n, s, NULL, 0 };
            for (p = 0; p < s->policies_n; p++)
                m->contender[n * s->policies_n + p] = (struct contender) { n, s, p };
        }
    m->study.cells = m->cell;
    m->study.cells_n = n;
    m->study.contenders = m->contender;
    m->study.contenders_n = n * s->policies_n;
}

static inline const char *fixture_unit(const char *name)
{
    return !strncmp(name, "latency", 7)                                       ? "s"
           : !strncmp(name, "goodput", 7) || !strncmp(name, "throughput", 10) ? "1/s"
           : strstr(name, "nonsense")                                         ? NULL
                                                                              : "1";
}

static inline int fixture_metric(const struct scenario *s, const char *name, char *why, size_t room)
{
    (void)s;
    if (!strstr(name, "nonsense"))
        return 0;
    snprintf(why, room, "unknown metric \"%s\"", name);
    return -1;
}

static const struct scenario_request fixture_request = { .policies = &fake_source,
                                                         .metric = fixture_metric,
                                                         .metric_unit = fixture_unit };

static inline struct made_study *made_open(const char *scenario)
{
    struct made_study *m = calloc(1, sizeof *m);

    m->reading = reading_of(scenario, &fixture_request);
    m->study.arena = arena_open();
    if (!m->reading.scenario)
        fprintf(stderr, "%s\n", m->reading.shown);
    return m;
}

static inline void made_close(struct made_study *m)
{
    arena_close(m->study.arena);
    reading_end(&m->reading);
    free(m);
}

/* Reads claims, with single quotes for double ones; what is wrong goes into `shown` (to be freed).
 */
static inline bool made_claims(struct made_study *m, const char *text, bool changed, char **shown)
{
    const struct setting setting = { .path = "load", .value = "1" };
    struct scenario_request request = fixture_request;
    struct diagnostics *said = diagnostics_open();
    char *copy = strdup(text), *at;
    size_t length;
    FILE *out;
    bool good;

    for (at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    if (changed) {
        request.settings = &setting;
        request.settings_n = 1;
    }
    good = claims_of_text(&m->study, "claims.json", copy, strlen(copy), &request, said);
    out = open_memstream(shown, &length);
    diagnostics_print(said, out, 0);
    fclose(out);
    diagnostics_close(said);
    free(copy);
    return good;
}

#endif
