/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live runs as rows. */
#include "sim/record/store_live.h"

#include "sim/record/stamp.h"
#include "sim/record/store_rows.h"

/* ---- Writing. */

static int take_number(void *number, const struct field *fields, int n)
{
    if (n > 0)
        *(int64_t *)number = (int64_t)fields[0].n;
    return 0;
}

static int put_run(struct store *store, int64_t id, const struct store_live_run *run)
{
    char hash[33];
    struct field fields[MOST_FIELDS];
    int n = 0;
    checksum_text(run->text, hash);
    fields[n++] = field_whole((uint64_t)id);
    for (int i = 0; i < STAMP_ITEMS; i++)
        fields[n++] = field_text(run->stamp->value[i]);
    fields[n++] = field_text(run->scenario);
    fields[n++] = field_text(run->path);
    fields[n++] = field_text(run->seed);
    fields[n++] = field_text(run->text);
    fields[n++] = field_text(hash);
    fields[n++] = field_text(run->kind);
    fields[n++] = field_text(run->transport);
    fields[n++] = field_whole(run->tls);
    fields[n++] = field_real(run->time_scale);
    fields[n++] = field_text(run->through);
    fields[n++] = field_text(run->scheduler);
    return rows_put_checked(store, PUT_LIVE_RUN, 'l', fields, n);
}

int store_begin_live(struct store *store, const struct store_live_run *run)
{
    int64_t id = 0;
    int answer = rows_make_live(store);
    if (answer == 0)
        answer = rows_perform(store, BEGIN_WRITE, NULL, 0);
    if (answer == 0)
        answer = rows_each(store, NEXT_LIVE, NULL, 0, take_number, &id);
    if (answer == 0)
        answer = put_run(store, id, run);
    answer = rows_settle(store, answer);
    if (answer == 0)
        rows_set_live(store, id);
    return answer;
}

/* Each row begins alike. */
static int start(struct field *fields, const struct store *store,
                 const struct store_live_contender *c)
{
    fields[0] = field_whole((uint64_t)rows_live(store));
    fields[1] = field_text(c->point);
    fields[2] = field_text(c->label);
    return 3;
}

static int put_contender(struct store *store, const struct store_live_contender *c)
{
    struct field fields[MOST_FIELDS];
    int n = start(fields, store, c);
    fields[n++] = field_whole(c->position);
    fields[n++] = field_text(c->policy);
    fields[n++] = field_text(c->gate);
    fields[n++] = field_text(c->gate_why);
    fields[n++] = field_whole(c->issued);
    fields[n++] = field_whole(c->measured);
    fields[n++] = field_text(c->verdict);
    fields[n++] = field_text(c->why);
    return rows_put_checked(store, PUT_LIVE_CONTENDER, 'c', fields, n);
}

static int put_try(struct store *store, const struct store_live_contender *c,
                   const struct store_live_try *t)
{
    struct field fields[MOST_FIELDS];
    int n = start(fields, store, c);
    fields[n++] = field_text(t->phase);
    fields[n++] = field_whole(t->try);
    fields[n++] = field_whole(t->chosen);
    fields[n++] = field_text(t->gate);
    fields[n++] = field_text(t->why);
    fields[n++] = field_real(t->overhead);
    fields[n++] = field_real(t->send);
    fields[n++] = field_real(t->steal);
    fields[n++] = field_real(t->slow_share);
    fields[n++] = field_real(t->rate);
    fields[n++] = field_whole(t->overload);
    return rows_put_checked(store, PUT_LIVE_TRY, 't', fields, n);
}

static int put_value(struct store *store, const struct store_live_contender *c,
                     const struct store_live_value *v)
{
    struct field fields[MOST_FIELDS];
    int n = start(fields, store, c);
    fields[n++] = field_text(v->world);
    fields[n++] = field_text(v->metric);
    fields[n++] = field_text(v->statistic);
    fields[n++] = field_real(v->value);
    fields[n++] = field_real(v->low);
    fields[n++] = field_real(v->high);
    fields[n++] = field_text(v->unit);
    return rows_put_checked(store, PUT_LIVE_VALUE, 'v', fields, n);
}

static int put_histogram(struct store *store, const struct store_live_contender *c,
                         const struct store_live_histogram *h)
{
    struct field fields[MOST_FIELDS];
    int n = start(fields, store, c);
    fields[n++] = field_text(h->world);
    fields[n++] = field_text(h->metric);
    fields[n++] = field_bytes(h->bytes, h->n);
    return rows_put_checked(store, PUT_LIVE_HISTOGRAM, 'h', fields, n);
}

static int put_all(struct store *store, const struct store_live *live)
{
    const struct store_live_contender *c = &live->contender;
    int answer = put_contender(store, c);
    for (uint32_t i = 0; i < live->tries_n && answer == 0; i++)
        answer = put_try(store, c, &live->tries[i]);
    for (uint32_t i = 0; i < live->values_n && answer == 0; i++)
        answer = put_value(store, c, &live->values[i]);
    for (uint32_t i = 0; i < live->histograms_n && answer == 0; i++)
        answer = put_histogram(store, c, &live->histograms[i]);
    return answer;
}

int store_put_live(struct store *store, const struct store_live *live)
{
    if (rows_live(store) == 0)
        return rows_refuse_without_run(store);
    int answer = rows_perform(store, BEGIN_WRITE, NULL, 0);
    if (answer == 0)
        answer = put_all(store, live);
    return rows_settle(store, answer);
}

/* ---- Reading. */

struct listing {
    store_row_visit *visit;
    void *context;
    uint64_t damaged;
};

static const char *text_of(const struct field *f)
{
    return f->type == FIELD_TEXT ? f->data : "";
}

static const char *text_or_none(const struct field *f)
{
    return f->type == FIELD_TEXT ? f->data : NULL;
}

static bool is_sound(struct listing *listing, char mark, const struct field *f, int n)
{
    if (rows_row_holds(mark, f, n))
        return true;
    listing->damaged++;
    return false;
}

static int take_run(void *context, const struct field *f, int n)
{
    struct listing *listing = context;
    struct stamp stamp;
    struct store_live_run run = { .stamp = &stamp };

    if (!is_sound(listing, 'l', f, n))
        return 0;
    for (int i = 0; i < STAMP_ITEMS; i++)
        stamp.value[i] = (char *)(uintptr_t)text_of(&f[1 + i]);
    f += 1 + STAMP_ITEMS;
    run.scenario = text_of(&f[0]);
    run.path = text_of(&f[1]);
    run.seed = text_of(&f[2]);
    run.text = text_of(&f[3]);
    run.kind = text_of(&f[5]);
    run.transport = text_of(&f[6]);
    run.tls = f[7].n != 0;
    run.time_scale = field_to_real(&f[8]);
    run.through = text_or_none(&f[9]);
    run.scheduler = text_of(&f[10]);
    return listing->visit(listing->context, &run);
}

static int take_contender(void *context, const struct field *f, int n)
{
    struct listing *listing = context;
    const struct store_live_contender contender = { .point = text_of(&f[1]),
                                                    .label = text_of(&f[2]),
                                                    .position = (uint32_t)f[3].n,
                                                    .policy = text_of(&f[4]),
                                                    .gate = text_of(&f[5]),
                                                    .gate_why = text_of(&f[6]),
                                                    .issued = f[7].n,
                                                    .measured = f[8].n,
                                                    .verdict = text_or_none(&f[9]),
                                                    .why = text_or_none(&f[10]) };

    return is_sound(listing, 'c', f, n) ? listing->visit(listing->context, &contender) : 0;
}

static int take_try(void *context, const struct field *f, int n)
{
    struct listing *listing = context;
    const struct store_live_try try = { .point = text_of(&f[1]),
                                        .label = text_of(&f[2]),
                                        .phase = text_of(&f[3]),
                                        .try = (uint32_t)f[4].n,
                                        .chosen = f[5].n != 0,
                                        .gate = text_of(&f[6]),
                                        .why = text_of(&f[7]),
                                        .overhead = field_to_real(&f[8]),
                                        .send = field_to_real(&f[9]),
                                        .steal = field_to_real(&f[10]),
                                        .slow_share = field_to_real(&f[11]),
                                        .rate = field_to_real(&f[12]),
                                        .overload = f[13].n };

    return is_sound(listing, 't', f, n) ? listing->visit(listing->context, &try) : 0;
}

static int take_value(void *context, const struct field *f, int n)
{
    struct listing *listing = context;
    const struct store_live_value value = { .point = text_of(&f[1]),
                                            .label = text_of(&f[2]),
                                            .world = text_of(&f[3]),
                                            .metric = text_of(&f[4]),
                                            .statistic = text_of(&f[5]),
                                            .value = field_to_real(&f[6]),
                                            .low = field_to_real(&f[7]),
                                            .high = field_to_real(&f[8]),
                                            .unit = text_of(&f[9]) };

    return is_sound(listing, 'v', f, n) ? listing->visit(listing->context, &value) : 0;
}

static int take_histogram(void *context, const struct field *f, int n)
{
    struct listing *listing = context;
    const struct store_live_histogram histogram = { .point = text_of(&f[1]),
                                                    .label = text_of(&f[2]),
                                                    .world = text_of(&f[3]),
                                                    .metric = text_of(&f[4]),
                                                    .bytes = f[5].data,
                                                    .n = (size_t)f[5].n };

    return is_sound(listing, 'h', f, n) ? listing->visit(listing->context, &histogram) : 0;
}

int rows_has_live(struct store *store)
{
    int64_t there = 0;
    const int answer = rows_each(store, HAS_LIVE, NULL, 0, take_number, &there);

    return answer ? answer : there > 0;
}

int store_each_live(struct store *store, enum store_live_table table, store_row_visit *visit,
                    void *context, uint64_t *damaged)
{
    static const struct {
        enum statement which;
        rows_visit *take;
    } tables[] = { [STORE_LIVE_RUN] = { LAST_LIVE_RUN, take_run },
                   [STORE_LIVE_CONTENDERS] = { LAST_LIVE_CONTENDERS, take_contender },
                   [STORE_LIVE_TRIES] = { LAST_LIVE_TRIES, take_try },
                   [STORE_LIVE_VALUES] = { LAST_LIVE_VALUES, take_value },
                   [STORE_LIVE_HISTOGRAMS] = { LAST_LIVE_HISTOGRAMS, take_histogram } };
    struct listing listing = { visit, context, 0 };
    int answer = rows_has_live(store);

    if (answer > 0)
        answer = rows_each(store, tables[table].which, NULL, 0, tables[table].take, &listing);
    if (damaged)
        *damaged += listing.damaged;
    return answer;
}

static int count(void *n, const void *row)
{
    (void)row;
    ++*(int *)n;
    return 0;
}

bool store_has_live(struct store *store)
{
    int n = 0;

    return store_each_live(store, STORE_LIVE_RUN, count, &n, NULL) == 0 && n > 0;
}
