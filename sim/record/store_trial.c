/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs and trials as rows. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/stamp.h"
#include "sim/record/store.h"
#include "sim/record/store_rows.h"

enum { TRIAL_FIELDS = 8 };

/* ---- Runs */

static int take_number(void *number, const struct field *fields, int n)
{
    if (n > 0)
        *(int64_t *)number = (int64_t)fields[0].n;
    return 0;
}

static int put_run(struct store *store, int64_t id, const struct store_run *run)
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
    fields[n++] = field_text(run->plugins);
    fields[n++] = field_text(run->text);
    fields[n++] = field_text(hash);
    return rows_put_checked(store, PUT_RUN, 'R', fields, n);
}

int store_begin_run(struct store *store, const struct store_run *run)
{
    int64_t id = 0;
    int answer = rows_perform(store, BEGIN_WRITE, NULL, 0);
    if (answer == 0)
        answer = rows_each(store, NEXT_RUN, NULL, 0, take_number, &id);
    if (answer == 0)
        answer = put_run(store, id, run);
    answer = rows_settle(store, answer);
    if (answer == 0)
        rows_set_run(store, id);
    return answer;
}

static int mark_used(struct store *store, const uint8_t *hash, const char *point, const char *label)
{
    struct field fields[5] = { field_whole((uint64_t)rows_run(store)), field_text(point),
                               field_text(label), field_bytes(hash, STORE_HASH) };
    return rows_put_checked(store, PUT_RUN_TRIAL, 'U', fields, 4);
}

bool store_has(struct store *store, const uint8_t hash[STORE_HASH])
{
    int64_t there = 0;
    const struct field key = field_bytes(hash, STORE_HASH);
    return rows_each(store, HAS_TRIAL, &key, 1, take_number, &there) == 0 && there == 1;
}

int store_use(struct store *store, const uint8_t hash[STORE_HASH], const char *point,
              const char *label)
{
    if (rows_run(store) == 0)
        return rows_refuse_without_run(store);
    if (!store_has(store, hash))
        return rows_refuse(store, -ENOENT, "%s: no such trial", rows_path(store));
    return mark_used(store, hash, point, label);
}

int store_drop_use(struct store *store, const char *point, const char *label)
{
    const struct field fields[3] = { field_whole((uint64_t)rows_run(store)), field_text(point),
                                     field_text(label) };
    return rows_perform(store, DROP_USE, fields, 3);
}

/* ---- Putting trials */

static int drop_parts(struct store *store, const uint8_t *hash)
{
    static const enum statement drops[] = { DROP_PARAMS, DROP_VALUES, DROP_HISTOGRAMS,
                                            DROP_SERIES };
    const struct field key = field_bytes(hash, STORE_HASH);
    int answer = 0;
    for (size_t i = 0; i < sizeof drops / sizeof *drops && answer == 0; i++)
        answer = rows_perform(store, drops[i], &key, 1);
    return answer;
}

/* A trial on its way into the store. */
struct putting {
    struct store *store;
    struct checksum sum;
    int answer;
};

static void put_part(struct putting *putting, enum statement which, char table,
                     const struct field *fields, int n)
{
    checksum_add(&putting->sum, table, fields, n);
    if (putting->answer == 0)
        putting->answer = rows_perform(putting->store, which, fields, n);
}

static void put_params(struct putting *putting, const struct store_trial *trial)
{
    const struct field hash = field_bytes(trial->hash, STORE_HASH);
    for (uint32_t i = 0; i < trial->params_n; i++) {
        const struct store_param *p = &trial->params[i];
        const struct field fields[] = { hash, field_text(p->name), field_text(p->value) };
        put_part(putting, PUT_PARAM, 'P', fields, 3);
    }
}

static void put_values(struct putting *putting, const struct store_trial *trial)
{
    const struct field hash = field_bytes(trial->hash, STORE_HASH);
    for (uint32_t i = 0; i < trial->values_n; i++) {
        const struct store_value *v = &trial->values[i];
        const struct field fields[] = {
            hash,
            field_text(v->scope),
            field_text(v->metric),
            field_text(v->statistic),
            field_real(v->value),
            field_text(v->unit),
        };
        put_part(putting, PUT_VALUE, 'V', fields, 6);
    }
}

static void put_histograms(struct putting *putting, const struct store_trial *trial)
{
    const struct field hash = field_bytes(trial->hash, STORE_HASH);
    for (uint32_t i = 0; i < trial->histograms_n; i++) {
        const struct store_histogram *h = &trial->histograms[i];
        const struct field fields[] = { hash, field_text(h->scope), field_text(h->metric),
                                        field_bytes(h->bytes, h->n) };
        put_part(putting, PUT_HISTOGRAM, 'H', fields, 4);
    }
}

static void put_series(struct putting *putting, const struct store_trial *trial)
{
    const struct field hash = field_bytes(trial->hash, STORE_HASH);
    for (uint32_t i = 0; i < trial->series_n; i++) {
        const struct store_series *s = &trial->series[i];
        const struct field fields[] = { hash, field_text(s->scope), field_text(s->metric),
                                        field_real(s->time), field_real(s->value) };
        put_part(putting, PUT_SERIES, 'S', fields, 5);
    }
}

/* Last, because its checksum is that of all parts. */
static void put_head(struct putting *putting, const struct store_trial *trial)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, trial->seed);
    struct field fields[TRIAL_FIELDS + 1] = {
        field_bytes(trial->hash, STORE_HASH),
        field_text(trial->policy),
        field_whole(trial->replication),
        field_text(seed),
        field_whole(trial->pilot),
        field_text(trial->failed ? "failed" : "ok"),
        field_text(trial->failed),
        field_whole(trial->events),
    };
    checksum_add(&putting->sum, 'T', fields, TRIAL_FIELDS);
    fields[TRIAL_FIELDS] = field_bytes(putting->sum.bytes, sizeof putting->sum.bytes);
    if (putting->answer == 0)
        putting->answer = rows_perform(putting->store, PUT_TRIAL, fields, TRIAL_FIELDS + 1);
}

static int put_cost(struct store *store, const struct store_trial *trial)
{
    struct field fields[5] = { field_bytes(trial->hash, STORE_HASH),
                               field_whole((uint64_t)rows_run(store)), field_real(trial->wall_s),
                               field_real(trial->cpu_s) };
    return rows_put_checked(store, PUT_COST, 'C', fields, 4);
}

int rows_put_trial(struct store *store, const struct store_trial *trial)
{
    struct putting putting = { .store = store };
    put_params(&putting, trial);
    put_values(&putting, trial);
    put_histograms(&putting, trial);
    put_series(&putting, trial);
    put_head(&putting, trial);
    return putting.answer;
}

static int put_all(struct store *store, const struct store_trial *trial)
{
    int answer = drop_parts(store, trial->hash);
    if (answer == 0)
        answer = rows_put_trial(store, trial);
    if (answer == 0)
        answer = put_cost(store, trial);
    return answer ? answer : mark_used(store, trial->hash, trial->point, trial->label);
}

int store_put(struct store *store, const struct store_trial *trial)
{
    if (rows_run(store) == 0)
        return rows_refuse_without_run(store);
    int answer = rows_perform(store, BEGIN_WRITE, NULL, 0);
    if (answer == 0)
        answer = put_all(store, trial);
    return rows_settle(store, answer);
}
