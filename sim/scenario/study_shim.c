/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study without a sweep: one point. */
#include "sim/scenario/study.h"
#include <stdlib.h>
struct shim { struct study s; struct cell cell; };
struct study *study_load(const char *path, const struct scenario_request *r, struct diagnostics *said)
{
    struct scenario *sc = scenario_load(path, r, said);
    struct shim *m;
    struct contender *all;
    uint32_t i;
    if (!sc) return NULL;
    m = calloc(1, sizeof *m);
    sc->run.precision.relative = 0.0/0.0; sc->run.precision.most_requests = 0.0/0.0;
    if (getenv("PREC")) sc->run.precision.relative = atof(getenv("PREC"));
    m->cell = (struct cell){ .name = "", .scenario = sc };
    all = calloc(sc->policies_n, sizeof *all);
    for (i = 0; i < sc->policies_n; i++) all[i] = (struct contender){0, sc, i};
    m->s = (struct study){ .path = sc->path, .name = sc->name, .description = sc->description, .text = sc->text, .cells = &m->cell, .cells_n = 1, .contenders = all, .contenders_n = sc->policies_n };
    return &m->s;
}
void study_close(struct study *s) { if (s) { scenario_close(s->cells[0].scenario); free((void*)s->contenders); free(s);} }
