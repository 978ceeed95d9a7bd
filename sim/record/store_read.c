/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows back into trials, each checked against its checksum. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/store.h"
#include "sim/record/store_rows.h"

enum { TRIAL_FIELDS = 8 };

/* Text and bytes of a trial, freed together. */
struct piece {
    struct piece *next;
    char bytes[];
};

/* A trial on its way out of the store. */
struct reading {
    struct store_trial trial;
    struct store_param *params;
    struct store_value *values;
    struct store_histogram *histograms;
    struct store_series *series;
    struct piece *pieces;
    struct checksum sum;
    struct checksum stored; /* if `summed` */
    bool found, summed;
};

static const char *keep(struct reading *reading, const struct field *field)
{
    const size_t n = field->data ? (size_t)field->n : 0;
    struct piece *piece = malloc(sizeof *piece + n + 1);
    if (!piece)
        return NULL;
    if (n)
        memcpy(piece->bytes, field->data, n);
    piece->bytes[n] = '\0';
    piece->next = reading->pieces;
    reading->pieces = piece;
    return piece->bytes;
}

/* What is no text, by damage, is read as an empty one: the checksum will tell. */
static const char *keep_text(struct reading *reading, const struct field *field)
{
    static const struct field empty = { .type = FIELD_TEXT };
    return keep(reading, field->type == FIELD_TEXT ? field : &empty);
}

/* Room for one more element behind n: arrays double. NULL: out of memory. */
static void *grow(void *array, uint32_t n, size_t size)
{
    const bool full = (n & (n - 1)) == 0;
    return full ? realloc(array, (n ? 2 * (size_t)n : 1) * size) : array;
}

static int take_param(void *context, const struct field *f, int n)
{
    struct reading *r = context;
    void *grown = grow(r->params, r->trial.params_n, sizeof *r->params);
    if (!grown)
        return -ENOMEM;
    r->params = grown;
    struct store_param *p = &r->params[r->trial.params_n++];
    *p = (struct store_param) { keep_text(r, &f[1]), keep_text(r, &f[2]) };
    checksum_add(&r->sum, 'P', f, n);
    return p->name && p->value ? 0 : -ENOMEM;
}

static int take_value(void *context, const struct field *f, int n)
{
    struct reading *r = context;
    void *grown = grow(r->values, r->trial.values_n, sizeof *r->values);
    if (!grown)
        return -ENOMEM;
    r->values = grown;
    struct store_value *v = &r->values[r->trial.values_n++];
    *v = (struct store_value) { .scope = keep_text(r, &f[1]),
                                .metric = keep_text(r, &f[2]),
                                .statistic = keep_text(r, &f[3]),
                                .value = field_to_real(&f[4]),
                                .unit = keep_text(r, &f[5]) };
    checksum_add(&r->sum, 'V', f, n);
    return v->scope && v->metric && v->statistic && v->unit ? 0 : -ENOMEM;
}

static int take_histogram(void *context, const struct field *f, int n)
{
    struct reading *r = context;
    void *grown = grow(r->histograms, r->trial.histograms_n, sizeof *r->histograms);
    if (!grown)
        return -ENOMEM;
    r->histograms = grown;
    struct store_histogram *h = &r->histograms[r->trial.histograms_n++];
    *h = (struct store_histogram) { .scope = keep_text(r, &f[1]),
                                    .metric = keep_text(r, &f[2]),
                                    .bytes = (const uint8_t *)keep(r, &f[3]),
                                    .n = f[3].data ? (size_t)f[3].n : 0 };
    checksum_add(&r->sum, 'H', f, n);
    return h->scope && h->metric && h->bytes ? 0 : -ENOMEM;
}

static int take_series(void *context, const struct field *f, int n)
{
    struct reading *r = context;
    void *grown = grow(r->series, r->trial.series_n, sizeof *r->series);
    if (!grown)
        return -ENOMEM;
    r->series = grown;
    struct store_series *s = &r->series[r->trial.series_n++];
    *s = (struct store_series) { .scope = keep_text(r, &f[1]),
                                 .metric = keep_text(r, &f[2]),
                                 .time = field_to_real(&f[3]),
                                 .value = field_to_real(&f[4]) };
    checksum_add(&r->sum, 'S', f, n);
    return s->scope && s->metric ? 0 : -ENOMEM;
}

static int take_head(void *context, const struct field *f, int n)
{
    struct reading *r = context;
    struct store_trial *trial = &r->trial;
    (void)n;
    trial->policy = keep_text(r, &f[1]);
    trial->replication = (uint32_t)f[2].n;
    const char *seed = keep_text(r, &f[3]);
    trial->seed = seed ? strtoull(seed, NULL, 10) : 0;
    trial->pilot = f[4].n != 0;
    trial->failed = f[6].type == FIELD_TEXT ? keep_text(r, &f[6]) : NULL;
    trial->events = f[7].n;
    checksum_add(&r->sum, 'T', f, TRIAL_FIELDS);
    r->found = true;
    r->summed = f[TRIAL_FIELDS].type == FIELD_BYTES && f[TRIAL_FIELDS].n == sizeof r->stored.bytes;
    if (r->summed)
        memcpy(r->stored.bytes, f[TRIAL_FIELDS].data, sizeof r->stored.bytes);
    return trial->policy && seed ? 0 : -ENOMEM;
}

static int take_cost(void *context, const struct field *f, int n)
{
    struct reading *r = context;
    if (rows_row_holds('C', f, n)) {
        r->trial.wall_s = field_to_real(&f[2]);
        r->trial.cpu_s = field_to_real(&f[3]);
    }
    return 0;
}

static int read_rows(struct store *store, struct reading *r)
{
    static const struct {
        enum statement which;
        rows_visit *take;
    } parts[] = { { GET_TRIAL, take_head },    { GET_PARAMS, take_param },
                  { GET_VALUES, take_value },  { GET_HISTOGRAMS, take_histogram },
                  { GET_SERIES, take_series }, { GET_COST, take_cost } };
    const struct field key = field_bytes(r->trial.hash, STORE_HASH);
    int answer = rows_perform(store, BEGIN_READ, NULL, 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && answer == 0; i++)
        answer = rows_each(store, parts[i].which, &key, 1, parts[i].take, r);
    return rows_settle(store, answer);
}

static void end_reading(struct reading *r)
{
    while (r->pieces) {
        struct piece *next = r->pieces->next;
        free(r->pieces);
        r->pieces = next;
    }
    free(r->params);
    free(r->values);
    free(r->histograms);
    free(r->series);
}

static void name_trial(const struct reading *r, char *name, size_t room)
{
    int n = 0;
    for (int i = 0; i < STORE_HASH; i++)
        n += snprintf(name + n, room - (size_t)n, "%02x", r->trial.hash[i]);
    if (r->trial.label[0])
        n += snprintf(name + n, room - (size_t)n, " (point \"%.60s\", %.60s)", r->trial.point,
                      r->trial.label);
    if (r->found)
        snprintf(name + n, room - (size_t)n, " (%.40s, replication %u)", r->trial.policy,
                 r->trial.replication);
}

/* Tells the trial, or what is wrong with it. */
static int tell(struct store *store, const struct reading *r, int answer, store_visit *visit,
                void *context)
{
    char name[256], damage[1024];
    if (answer == 0 && r->found && r->summed &&
        memcmp(r->sum.bytes, r->stored.bytes, sizeof r->sum.bytes) == 0)
        return visit(context, &r->trial, NULL);
    name_trial(r, name, sizeof name);
    if (answer)
        snprintf(damage, sizeof damage, "trial %s cannot be read: %s", name, store_why(store));
    else
        snprintf(damage, sizeof damage, "%s: trial %s %s; run again to replace it",
                 rows_path(store), name, r->found ? "changed after it was written" : "is missing");
    return visit(context, &r->trial, damage);
}

/* A trial to be read, with the names that a run gives it. */
struct wanted {
    uint8_t hash[STORE_HASH];
    char *point; /* with the label in the same memory; NULL: no names */
    const char *label;
};

static int read_trial(struct store *store, const struct wanted *wanted, bool expected,
                      store_visit *visit, void *context)
{
    struct reading reading = { .found = false };
    memcpy(reading.trial.hash, wanted->hash, STORE_HASH);
    reading.trial.policy = "";
    reading.trial.point = wanted->point ? wanted->point : "";
    reading.trial.label = wanted->point ? wanted->label : "";
    reading.trial.wall_s = reading.trial.cpu_s = NAN;
    int answer = read_rows(store, &reading);
    reading.trial.params = reading.params;
    reading.trial.values = reading.values;
    reading.trial.histograms = reading.histograms;
    reading.trial.series = reading.series;
    memcpy(reading.trial.checksum, reading.sum.bytes, sizeof reading.trial.checksum);
    if (answer == -ENOMEM)
        rows_refuse(store, answer, "%s: out of memory", rows_path(store));
    else if (answer == 0 && !reading.found && !expected)
        answer = rows_refuse(store, -ENOENT, "%s: no such trial", rows_path(store));
    else
        answer = tell(store, &reading, answer, visit, context);
    end_reading(&reading);
    return answer;
}

int store_read(struct store *store, const uint8_t hash[STORE_HASH], store_visit *visit,
               void *context)
{
    struct wanted wanted = { .point = NULL };
    memcpy(wanted.hash, hash, STORE_HASH);
    return read_trial(store, &wanted, false, visit, context);
}

/* ---- All trials */

struct list {
    struct wanted *at;
    uint32_t n;
};

static void end_list(struct list *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        free(list->at[i].point);
    free(list->at);
}

static struct wanted *one_more(struct list *list, const struct field *hash)
{
    void *grown = grow(list->at, list->n, sizeof *list->at);
    if (!grown)
        return NULL;
    list->at = grown;
    struct wanted *wanted = &list->at[list->n++];
    memcpy(wanted->hash, hash->data, STORE_HASH);
    wanted->point = NULL;
    wanted->label = "";
    return wanted;
}

static bool is_hash(const struct field *f)
{
    return f->type == FIELD_BYTES && f->n == STORE_HASH;
}

static int take_hash(void *context, const struct field *f, int n)
{
    if (n < 1 || !is_hash(&f[0]))
        return 0;
    return one_more(context, &f[0]) ? 0 : -ENOMEM;
}

/* Of run_trial; what is damaged there has been told by check_others. */
static int take_names(void *context, const struct field *f, int n)
{
    if (n != 5 || !is_hash(&f[3]) || !rows_row_holds('U', f, n))
        return 0;
    struct wanted *wanted = one_more(context, &f[3]);
    if (!wanted || !(wanted->point = malloc(f[1].n + f[2].n + 2)))
        return -ENOMEM;
    memcpy(wanted->point, f[1].data, f[1].n);
    wanted->point[f[1].n] = '\0';
    char *label = wanted->point + f[1].n + 1;
    memcpy(label, f[2].data, f[2].n);
    label[f[2].n] = '\0';
    wanted->label = label;
    return 0;
}

static int by_names(const void *left, const void *right)
{
    const struct wanted *a = left, *b = right;
    int order = memcmp(a->hash, b->hash, STORE_HASH);
    if (order == 0 && a->point && b->point)
        order = strcmp(a->point, b->point);
    return order ? order : strcmp(a->label, b->label);
}

static void sort_once(struct list *list)
{
    uint32_t kept = 0;
    if (list->n)
        qsort(list->at, list->n, sizeof *list->at, by_names);
    for (uint32_t i = 0; i < list->n; i++) {
        if (kept == 0 || by_names(&list->at[kept - 1], &list->at[i]) != 0)
            list->at[kept++] = list->at[i];
        else
            free(list->at[i].point);
    }
    list->n = kept;
}

/* From every table that names trials, so that damage to one of them hides none. */
static int list_trials(struct store *store, enum store_range range, struct list *list,
                       store_visit *visit, void *context)
{
    static const enum statement all[] = { LIST_TRIALS, LIST_USED, LIST_COSTS };
    static const enum statement last[] = { LIST_LAST };
    const enum statement *lists = range == STORE_ALL ? all : last;
    const size_t n = range == STORE_ALL ? 3 : 1;
    int answer = 0;
    for (size_t i = 0; i < n && answer == 0; i++) {
        answer =
            rows_each(store, lists[i], NULL, 0, range == STORE_ALL ? take_hash : take_names, list);
        if (answer == -ENOMEM)
            rows_refuse(store, answer, "%s: out of memory", rows_path(store));
        else if (answer)
            answer = visit(context, NULL, store_why(store));
    }
    sort_once(list);
    return answer;
}

/* Rows outside trials: the checksum is the last column. */
struct checking {
    struct store *store;
    const char *table;
    char mark;
    store_visit *visit;
    void *context;
    int answer; /* of visit */
};

static int check_row(void *context, const struct field *f, int n)
{
    struct checking *checking = context;
    char damage[512];
    if (rows_row_holds(checking->mark, f, n))
        return 0;
    snprintf(damage, sizeof damage, "%s: a row of table %s changed after it was written",
             rows_path(checking->store), checking->table);
    checking->answer = checking->visit(checking->context, NULL, damage);
    return checking->answer;
}

static int check_others(struct store *store, store_visit *visit, void *context)
{
    static const struct {
        enum statement which;
        const char *table;
        char mark;
    } others[] = { { ALL_RUNS, "run", 'R' },
                   { ALL_POINTS, "point", 'O' },
                   { ALL_CONTENDERS, "contender", 'D' },
                   { ALL_USED, "run_trial", 'U' },
                   { ALL_COSTS, "cost", 'C' },
                   { ALL_INTERVALS, "interval", 'I' },
                   { ALL_WARNINGS, "warning", 'W' } };
    int answer = 0;
    for (size_t i = 0; i < sizeof others / sizeof *others && answer == 0; i++) {
        struct checking checking = { store, others[i].table, others[i].mark, visit, context, 0 };
        answer = rows_each(store, others[i].which, NULL, 0, check_row, &checking);
        if (answer && checking.answer == 0)
            answer = visit(context, NULL, store_why(store));
    }
    return answer;
}

int store_each(struct store *store, enum store_range range, store_visit *visit, void *context)
{
    struct list list = { .n = 0 };
    int answer = check_others(store, visit, context);
    if (answer == 0)
        answer = list_trials(store, range, &list, visit, context);
    for (uint32_t i = 0; i < list.n && answer == 0; i++)
        answer = read_trial(store, &list.at[i], true, visit, context);
    end_list(&list);
    return answer;
}
