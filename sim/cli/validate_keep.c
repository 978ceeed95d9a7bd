/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/validate_keep.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/live_text.h"
#include "sim/record/stamp.h"
#include "sim/record/store_live.h"

int live_keep_open(struct live_keep *k, const char *directory, const struct study *study)
{
    memset(k, 0, sizeof *k);
    k->study = study;
    return keep_open(&k->keep, directory, study->name);
}

void live_keep_close(struct live_keep *k)
{
    keep_close(&k->keep);
}

static int told(struct live_keep *k, int failed)
{
    if (failed)
        snprintf(k->keep.why, sizeof k->keep.why, "%s", store_why(k->keep.store));
    return failed ? -1 : 0;
}

/* ---- The run. */

static int begin(struct live_keep *k, const struct live_told *live)
{
    const struct scenario *s = live->contender->scenario;
    struct stamp stamp;
    char seed[24], scheduler[200];
    char *path = keep_directory_of(k->study->path);
    int failed;

    snprintf(seed, sizeof seed, "%" PRIu64, s->run.seed);
    quiet_write(&live_told_run(live)->supervised.quiet[ROLE_CLIENTS], scheduler, sizeof scheduler);
    if (stamp_open(&stamp, k->n, k->words)) {
        free(path);
        return keep_no_memory(&k->keep);
    }
    failed = told(
        k, store_begin_live(k->keep.store, &(struct store_live_run) {
                                               .stamp = &stamp,
                                               .scenario = s->name,
                                               .path = path ? path : "",
                                               .seed = seed,
                                               .text = k->study->text,
                                               .kind = k->kind,
                                               .transport = live_transport_name(s->live.transport),
                                               .tls = s->live.tls,
                                               .time_scale = s->live.time_scale,
                                               .through = s->live.through.text,
                                               .scheduler = scheduler,
                                           }));
    stamp_close(&stamp);
    free(path);
    k->begun = !failed;
    return failed;
}

/* ---- The parts of a policy, gathered. */

enum { WHY = 400, NAME = 96 };

struct name {
    struct name *next;
    char text[NAME];
};

struct gathered {
    struct store_live live;
    struct store_live_try *tries;
    char (*why)[WHY];
    struct store_live_value *values;
    struct store_live_histogram *histograms;
    uint8_t *bytes[1 + PREDICT_LEVELS];
    struct name *names; /* that live no longer than the visit */
    const char *world;
    char gate_why[WHY];
    bool failed;
};

static void gather_try(struct gathered *g, const char *phase, const struct session_try *t,
                       uint32_t n, bool chosen)
{
    const struct gate_reading *r = &t->gate.reading;
    const uint32_t i = g->live.tries_n++;

    gate_write(&t->gate, g->why[i], WHY);
    g->tries[i] = (struct store_live_try) { .phase = phase,
                                            .try = n,
                                            .chosen = chosen,
                                            .gate = gate_verdict_name(t->gate.verdict),
                                            .why = g->why[i],
                                            .overhead = r->overhead,
                                            .send = r->send,
                                            .steal = r->steal,
                                            .slow_share = r->slow_share,
                                            .rate = r->rate,
                                            .overload = r->overload };
}

static void gather_tries(struct gathered *g, const struct live_session *s)
{
    const size_t room = (size_t)s->ping.n + s->run.n + 1;
    uint32_t i;

    g->tries = calloc(room, sizeof g->tries[0]);
    g->why = calloc(room, sizeof g->why[0]);
    g->failed |= !g->tries || !g->why;
    for (i = 0; i < s->ping.n && !g->failed; i++)
        gather_try(g, "ping", &s->ping.at[i], i, i == s->ping.best);
    for (i = 0; i < s->run.n && !g->failed; i++)
        gather_try(g, "run", &s->run.at[i], i, i == s->run.best);
    g->live.tries = g->tries;
}

static const char *own(struct gathered *g, const char *text)
{
    struct name *name = malloc(sizeof *name);

    if (!name) {
        g->failed = true;
        return "";
    }
    snprintf(name->text, sizeof name->text, "%s", text);
    name->next = g->names;
    g->names = name;
    return name->text;
}

/* Arrays double. */
static void gather_value(void *context, const char *world, const struct live_number *x)
{
    struct gathered *g = context;
    const uint32_t n = g->live.values_n;
    struct store_live_value *grown = g->values;

    if (g->failed)
        return;
    if ((n & (n - 1)) == 0)
        grown = realloc(g->values, (n ? 2 * (size_t)n : 1) * sizeof g->values[0]);
    if (!grown) {
        g->failed = true;
        return;
    }
    g->values = grown;
    g->values[g->live.values_n++] = (struct store_live_value) { .world = world,
                                                                .metric = own(g, x->metric),
                                                                .statistic = own(g, x->statistic),
                                                                .value = x->value,
                                                                .low = x->low,
                                                                .high = x->high,
                                                                .unit = x->unit };
    g->live.values = g->values;
}

static void gather_measured(void *context, const struct live_number *x)
{
    gather_value(context, "measured", x);
}

static void gather_histogram(struct gathered *g, const char *world, const struct histogram_total *h)
{
    const uint32_t i = g->live.histograms_n;

    if (!h || g->failed)
        return;
    g->bytes[i] = malloc(HISTOGRAM_ENCODED_MOST);
    if (!g->bytes[i]) {
        g->failed = true;
        return;
    }
    g->histograms[i] =
        (struct store_live_histogram) { .world = world, .metric = "latency", .bytes = g->bytes[i] };
    g->histograms[i].n = histogram_encode_total(h, g->bytes[i]);
    g->live.histograms_n++;
}

static void gather_spectra(struct gathered *g, const struct live_told *live,
                           const struct validation *v)
{
    int level;

    g->histograms = calloc(1 + PREDICT_LEVELS, sizeof g->histograms[0]);
    g->failed |= !g->histograms;
    gather_histogram(g, "measured", live_told_run(live)->result.spectrum);
    for (level = 0; v && level < PREDICT_LEVELS; level++)
        gather_histogram(g, prediction_level_name((enum prediction_level)level),
                         v->spectrum[level]);
    g->live.histograms = g->histograms;
}

static void gather_contender(struct gathered *g, const struct live_told *live,
                             const struct validate_told *validated, uint32_t position)
{
    const struct session_try *run = live_told_run(live);
    const struct verdict *verdict = validated ? &validated->validation.verdict : NULL;

    gate_write(&run->gate, g->gate_why, sizeof g->gate_why);
    g->live.contender =
        (struct store_live_contender) { .point = live->cell->name,
                                        .label = live_told_policy(live)->label,
                                        .policy = live_told_policy(live)->name,
                                        .position = position,
                                        .gate = gate_verdict_name(run->gate.verdict),
                                        .gate_why = g->gate_why,
                                        .issued = run->result.account.issued,
                                        .measured = run->result.measured,
                                        .verdict =
                                            verdict ? verdict_answer_name(verdict->answer) : NULL,
                                        .why = verdict ? verdict->why : NULL };
}

static void gathered_close(struct gathered *g)
{
    struct name *name;
    size_t i;

    while ((name = g->names)) {
        g->names = name->next;
        free(name);
    }
    for (i = 0; i < sizeof g->bytes / sizeof g->bytes[0]; i++)
        free(g->bytes[i]);
    free(g->tries);
    free(g->why);
    free(g->values);
    free(g->histograms);
}

int live_keep(struct live_keep *k, const struct live_told *live,
              const struct validate_told *validated)
{
    struct gathered g = { .failed = false };
    int failed;

    if (!k->begun && begin(k, live))
        return -1;
    gather_contender(&g, live, validated, k->position);
    gather_tries(&g, &live->session);
    if (validated)
        validate_each_number(validated, gather_value, &g);
    else
        live_each_number(live_told_run(live), gather_measured, &g);
    gather_spectra(&g, live, validated ? &validated->validation : NULL);
    failed = g.failed ? keep_no_memory(&k->keep) : told(k, store_put_live(k->keep.store, &g.live));
    k->position += !failed;
    gathered_close(&g);
    return failed;
}
