/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run says beside its trials, as rows: points, contenders, intervals, warnings. */
#include "sim/record/store.h"
#include "sim/record/store_rows.h"

static int put_point(struct store *store, const void *row)
{
    const struct store_point *p = row;
    struct field fields[] = {
        field_whole((uint64_t)rows_run(store)),
        field_text(p->point),
        field_whole(p->position),
        field_text(p->path),
        field_text(p->text),
        field_real(p->number),
        field_text(NULL),
    };
    return rows_put_checked(store, PUT_POINT, 'O', fields, 6);
}

static int put_contender(struct store *store, const void *row)
{
    const struct store_contender *c = row;
    struct field fields[] = {
        field_whole((uint64_t)rows_run(store)),
        field_text(c->point),
        field_text(c->label),
        field_whole(c->position),
        field_text(c->policy),
        field_whole(c->replications),
        field_real(c->confidence),
        field_text(NULL),
    };
    return rows_put_checked(store, PUT_CONTENDER, 'D', fields, 7);
}

static int put_interval(struct store *store, const void *row)
{
    const struct store_interval *i = row;
    struct field fields[MOST_FIELDS] = {
        field_whole((uint64_t)rows_run(store)),
        field_text(i->point),
        field_text(i->label),
        field_text(i->scope),
        field_text(i->metric),
        field_text(i->statistic),
        field_whole(i->n),
        field_real(i->value),
        field_real(i->low),
        field_real(i->high),
        field_real(i->se),
        field_real(i->confidence),
        field_text(i->method),
        field_text(i->why),
    };
    return rows_put_checked(store, PUT_INTERVAL, 'I', fields, 14);
}

static int put_warning(struct store *store, const void *row)
{
    const struct store_warning *w = row;
    struct field fields[] = {
        field_whole((uint64_t)rows_run(store)),
        field_text(w->point),
        field_text(w->label),
        field_text(w->code),
        field_text(w->message),
        field_text(NULL),
    };
    return rows_put_checked(store, PUT_WARNING, 'W', fields, 5);
}

/* All rows or none. */
static int put_rows(struct store *store, const void *rows, size_t n, size_t size,
                    int (*put)(struct store *, const void *row))
{
    if (rows_run(store) == 0)
        return rows_refuse_without_run(store);
    int answer = rows_perform(store, BEGIN_WRITE, NULL, 0);
    for (size_t i = 0; i < n && answer == 0; i++)
        answer = put(store, (const char *)rows + i * size);
    return rows_settle(store, answer);
}

int store_put_points(struct store *store, const struct store_point *points, size_t n)
{
    return put_rows(store, points, n, sizeof *points, put_point);
}

int store_put_contenders(struct store *store, const struct store_contender *contenders, size_t n)
{
    return put_rows(store, contenders, n, sizeof *contenders, put_contender);
}

int store_put_intervals(struct store *store, const struct store_interval *intervals, size_t n)
{
    return put_rows(store, intervals, n, sizeof *intervals, put_interval);
}

int store_put_warnings(struct store *store, const struct store_warning *warnings, size_t n)
{
    return put_rows(store, warnings, n, sizeof *warnings, put_warning);
}
