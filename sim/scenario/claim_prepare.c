/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What has to be simulated so that claims can be judged. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/claim.h"

enum { MOST_PIECES = 1000000 };

/* A window begins (+1) or ends (-1). */
struct border {
    lb_time at;
    int32_t step;
};
struct borders {
    struct border *at;
    uint32_t n, room;
};

static bool add_window(struct borders *borders, struct window w)
{
    struct border *grown;

    if (borders->n + 2 > borders->room) {
        borders->room = borders->room ? 2 * borders->room : 64;
        grown = realloc(borders->at, borders->room * sizeof *grown);
        if (!grown)
            return false;
        borders->at = grown;
    }
    borders->at[borders->n++] = (struct border) { w.from, 1 };
    borders->at[borders->n++] = (struct border) { w.to, -1 };
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct border *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

/* ---- Which claims a cell has to do with. */

static bool concerns(const struct claim *claim, const struct cell *cell)
{
    uint32_t i;

    if (claim->left_out || !claim->metric)
        return false;
    for (i = 0; i < claim->operands; i++)
        if (claim->operand[i].at_n)
            return true;
    return cell_is_at(cell, claim->at, claim->at_n);
}

/* The windows that a claim speaks of. */
static uint32_t windows_of(const struct claim *claim, struct window at[2])
{
    uint32_t n = 0;

    if (claim->windowed)
        at[n++] = (struct window) { claim->from, claim->to };
    if (claim->recovery.of && claim->recovery.given)
        at[n++] = claim->recovery.before;
    return n;
}

static bool in_windows(const struct claim *claim)
{
    return claim->windowed || claim->recovery.of;
}

static const char *told_metric(const struct claim *claim)
{
    return claim->recovery.of ? claim->recovery.of : claim->metric;
}

/* ---- Metrics. */

static bool is_listed(const char *const *names, uint32_t n, const char *name)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

/* Adds to a list the metrics of those claims that are told in windows, or of the others. */
static bool add_metrics(const struct study *study, const struct cell *cell, bool windows,
                        const char *const **names, uint32_t *n)
{
    const char **made = arena_get(study->arena, (*n + study->claims_n) * sizeof *made);
    uint32_t i, k = *n;

    if (!made)
        return false;
    if (k)
        memcpy(made, *names, k * sizeof *made);
    for (i = 0; i < study->claims_n; i++) {
        const struct claim *claim = &study->claims[i];

        if (concerns(claim, cell) && in_windows(claim) == windows &&
            !is_listed(made, k, told_metric(claim)))
            made[k++] = told_metric(claim);
    }
    *names = made;
    *n = k;
    return true;
}

/* ---- Windows. */

static bool on_grid(const struct windows_spec *spec, lb_time at)
{
    return at >= spec->from && at <= spec->to && (at - spec->from) % spec->every == 0;
}

/* Are all windows of claims made up of those of run.windows, which come one after the other? */
static bool fit_grid(const struct study *study, const struct cell *cell,
                     const struct windows_spec *spec, struct window *misfit)
{
    struct window at[2];
    uint32_t i, k, n;

    for (i = 0; i < study->claims_n; i++) {
        n = concerns(&study->claims[i], cell) ? windows_of(&study->claims[i], at) : 0;
        for (k = 0; k < n; k++)
            if (!on_grid(spec, at[k].from) || !on_grid(spec, at[k].to)) {
                *misfit = at[k];
                return false;
            }
    }
    return true;
}

static bool collect(const struct study *study, const struct cell *cell,
                    const struct windows_spec *spec, lb_time end, struct borders *borders)
{
    struct window at[2];
    uint32_t i, k, n;
    lb_time t;

    for (i = 0; !spec->every && i < spec->at_n; i++)
        if (!add_window(borders, spec->at[i]))
            return false;
    for (t = spec->from; spec->every && t < end && borders->n < MOST_PIECES; t += spec->every)
        if (!add_window(borders,
                        (struct window) { t, t + spec->every < end ? t + spec->every : end }))
            return false;
    for (i = 0; i < study->claims_n; i++) {
        n = concerns(&study->claims[i], cell) ? windows_of(&study->claims[i], at) : 0;
        for (k = 0; k < n; k++)
            if (!add_window(borders, at[k]))
                return false;
    }
    return true;
}

/* What lies between two borders is a piece if some window covers it. */
static bool cut(const struct study *study, struct borders *borders, struct windows_spec *spec)
{
    struct window *made = arena_get(study->arena, borders->n * sizeof *made);
    int64_t open = 0;
    uint32_t i, n = 0;

    if (!made)
        return false;
    qsort(borders->at, borders->n, sizeof *borders->at, by_time);
    for (i = 0; i < borders->n; i++) {
        if (i && open && borders->at[i].at > borders->at[i - 1].at)
            made[n++] = (struct window) { borders->at[i - 1].at, borders->at[i].at };
        open += borders->at[i].step;
    }
    spec->at = made;
    spec->at_n = n;
    spec->every = 0;
    spec->from = 0;
    spec->to = LB_NEVER;
    return true;
}

static bool has_windows(const struct study *study, const struct cell *cell)
{
    struct window at[2];
    uint32_t i;

    for (i = 0; i < study->claims_n; i++)
        if (concerns(&study->claims[i], cell) && windows_of(&study->claims[i], at))
            return true;
    return false;
}

static bool cut_windows(const struct study *study, const struct cell *cell, struct run_spec *run,
                        char *why, size_t room)
{
    struct windows_spec *spec = &run->windows;
    struct borders borders = { NULL, 0, 0 };
    struct window misfit;
    lb_time end = run->duration && run->duration < spec->to ? run->duration : spec->to;
    bool good;

    if (spec->every && fit_grid(study, cell, spec, &misfit))
        return true;
    if (spec->every && end == LB_NEVER) {
        snprintf(why, room,
                 "a claim's window from %.9gs to %.9gs cuts those of run.windows (every %.9gs): "
                 "move it to their borders, or give run.windows.to",
                 (double)misfit.from / 1e9, (double)misfit.to / 1e9, (double)spec->every / 1e9);
        return false;
    }
    good = collect(study, cell, spec, end, &borders) && cut(study, &borders, spec);
    free(borders.at);
    return good;
}

uint32_t claim_pieces(const struct scenario *s, struct window w, uint32_t *first)
{
    const struct windows_spec *spec = &s->run.windows;
    uint32_t i, n = 0;

    if (!spec->metrics_n)
        return 0;
    if (spec->every) {
        if (!on_grid(spec, w.from) || !on_grid(spec, w.to))
            return 0;
        *first = (uint32_t)((w.from - spec->from) / spec->every);
        return (uint32_t)((w.to - w.from) / spec->every);
    }
    for (i = 0; i < spec->at_n; i++)
        if (spec->at[i].from >= w.from && spec->at[i].to <= w.to) {
            *first = n ? *first : i;
            n++;
        }
    return n;
}

/* ---- All scenarios of the study. */

/* The study owns its scenarios, also those it shows as constant. */
static struct scenario *own(const struct scenario *s)
{
    return (struct scenario *)(uintptr_t)s;
}

static bool prepare(const struct study *study, const struct cell *cell, struct scenario *s,
                    char *why, size_t room)
{
    struct run_spec *run = &s->run;

    run->precision.relative = NAN;
    if (!add_metrics(study, cell, false, &run->metrics, &run->metrics_n))
        return false;
    if (has_windows(study, cell) && !cut_windows(study, cell, run, why, room))
        return false;
    return add_metrics(study, cell, true, &run->windows.metrics, &run->windows.metrics_n);
}

bool claims_prepare(struct study *study, char *why, size_t room)
{
    uint32_t i;

    snprintf(why, room, "out of memory");
    for (i = 0; i < study->cells_n; i++)
        if (!prepare(study, &study->cells[i], study->cells[i].scenario, why, room))
            return false;
    for (i = 0; i < study->contenders_n; i++) {
        const struct contender *c = &study->contenders[i];
        const struct cell *cell = &study->cells[c->cell];

        if (c->scenario != cell->scenario && !prepare(study, cell, own(c->scenario), why, room))
            return false;
    }
    return true;
}

static bool has_own_times(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].trace)
            return true;
    return s->changes_n || s->run.windows.metrics_n;
}

static void shorten(struct scenario *s, bool replications)
{
    struct run_spec *run = &s->run;
    const uint64_t before = run->requests;

    if (replications) {
        run->replications = run->replications > 100  ? run->replications / 10
                            : run->replications > 10 ? 10
                                                     : run->replications;
        return;
    }
    run->requests = before > 10000 ? before / 10 : before > 1000 ? 1000 : before;
    run->duration /= 10;
    if (run->duration)
        run->warmup_time /= 10;
    if (before) {
        run->warmup_count = run->warmup_count * run->requests / before;
        run->warmup_time = run->warmup_time / (lb_time)before * (lb_time)run->requests;
    }
}

void study_shorten(struct study *study)
{
    bool replications = false;
    uint32_t i;

    for (i = 0; i < study->claims_n; i++)
        replications |= in_windows(&study->claims[i]);
    for (i = 0; i < study->cells_n; i++)
        replications |= has_own_times(study->cells[i].scenario);
    for (i = 0; i < study->cells_n; i++)
        shorten(study->cells[i].scenario, replications);
    for (i = 0; i < study->contenders_n; i++)
        if (study->contenders[i].scenario != study->cells[study->contenders[i].cell].scenario)
            shorten(own(study->contenders[i].scenario), replications);
}
