/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/store/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a over the bytes of fields: texts with their end, numbers by their bits. */
static void add(uint64_t *sum, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;

    while (n--)
        *sum = (*sum ^ *at++) * UINT64_C(1099511628211);
}

static void add_text(uint64_t *sum, const char *text)
{
    add(sum, text ? text : "\1", text ? strlen(text) + 1 : 2);
}

static void add_whole(uint64_t *sum, uint64_t number)
{
    add(sum, &number, sizeof number);
}

/* NAN has many bits. */
static void add_real(uint64_t *sum, double number)
{
    double one = number == number ? number : -1e308;

    add(sum, &one, sizeof one);
}

static uint64_t begin(char mark)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    add(&sum, &mark, 1);
    return sum;
}

/* ---- Trials. */

static void add_rows(uint64_t *sum, const struct store_trial *t)
{
    uint32_t i;

    for (i = 0; i < t->params_n; i++) {
        add_text(sum, t->params[i].name);
        add_text(sum, t->params[i].value);
    }
    for (i = 0; i < t->values_n; i++) {
        const struct store_value *v = &t->values[i];

        add_text(sum, v->scope);
        add_text(sum, v->metric);
        add_text(sum, v->statistic);
        add_real(sum, v->value);
        add_text(sum, v->unit);
    }
    for (i = 0; i < t->histograms_n; i++) {
        add_text(sum, t->histograms[i].scope);
        add_text(sum, t->histograms[i].metric);
        add(sum, t->histograms[i].bytes, t->histograms[i].n);
    }
    for (i = 0; i < t->series_n; i++) {
        add_text(sum, t->series[i].scope);
        add_text(sum, t->series[i].metric);
        add_real(sum, t->series[i].time);
        add_real(sum, t->series[i].value);
    }
}

uint64_t digest_of_trial(const struct store_trial *t)
{
    uint64_t sum = begin('T');

    add(&sum, t->hash, STORE_HASH);
    add_text(&sum, t->point);
    add_text(&sum, t->label);
    add_text(&sum, t->policy);
    add_text(&sum, t->failed);
    add_whole(&sum, t->replication);
    add_whole(&sum, t->seed);
    add_whole(&sum, t->pilot);
    add_whole(&sum, t->events);
    add_rows(&sum, t);
    return sum;
}

uint64_t digest_of_cost(const struct store_trial *t)
{
    uint64_t sum = begin('C');

    add(&sum, t->hash, STORE_HASH);
    add_real(&sum, t->wall_s);
    add_real(&sum, t->cpu_s);
    return sum;
}

/* ---- Rows beside trials. */

static void add_run(uint64_t *sum, const struct store_run *r)
{
    int i;

    for (i = 0; i < STAMP_ITEMS; i++)
        add_text(sum, r->stamp->value[i]);
    add_text(sum, r->scenario);
    add_text(sum, r->path);
    add_text(sum, r->seed);
    add_text(sum, r->plugins);
    add_text(sum, r->text);
}

static void add_point(uint64_t *sum, const struct store_point *p)
{
    add_text(sum, p->point);
    add_text(sum, p->path);
    add_text(sum, p->text);
    add_whole(sum, p->position);
    add_real(sum, p->number);
}

static void add_contender(uint64_t *sum, const struct store_contender *c)
{
    add_text(sum, c->point);
    add_text(sum, c->label);
    add_text(sum, c->policy);
    add_whole(sum, c->position);
    add_whole(sum, c->replications);
}

static void add_interval(uint64_t *sum, const struct store_interval *i)
{
    add_text(sum, i->point);
    add_text(sum, i->label);
    add_text(sum, i->scope);
    add_text(sum, i->metric);
    add_text(sum, i->statistic);
    add_whole(sum, i->n);
    add_real(sum, i->value);
    add_real(sum, i->low);
    add_real(sum, i->high);
    add_real(sum, i->se);
    add_real(sum, i->confidence);
    add_text(sum, i->method);
    add_text(sum, i->why);
}

static void add_warning(uint64_t *sum, const struct store_warning *w)
{
    add_text(sum, w->point);
    add_text(sum, w->label);
    add_text(sum, w->code);
    add_text(sum, w->message);
}

uint64_t digest_of_row(enum store_table table, const void *row)
{
    uint64_t sum = begin((char)('a' + (int)table));

    switch (table) {
    case STORE_RUN_ROW:
        add_run(&sum, row);
        break;
    case STORE_POINTS:
        add_point(&sum, row);
        break;
    case STORE_CONTENDERS:
        add_contender(&sum, row);
        break;
    case STORE_INTERVALS:
        add_interval(&sum, row);
        break;
    case STORE_WARNINGS:
        add_warning(&sum, row);
        break;
    }
    return sum;
}

/* ---- Sets. */

void digests_add(struct digests *d, uint64_t digest)
{
    if ((d->n & (d->n - 1)) == 0)
        d->at = realloc(d->at, (d->n ? 2 * (size_t)d->n : 1) * sizeof d->at[0]);
    if (!d->at)
        exit(3);
    d->at[d->n++] = digest;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

void digests_sort(struct digests *d)
{
    if (d->n)
        qsort(d->at, d->n, sizeof d->at[0], compare);
}

bool digests_within(const struct digests *part, const struct digests *whole)
{
    uint32_t i, k = 0;

    for (i = 0; i < part->n; i++, k++) {
        while (k < whole->n && whole->at[k] < part->at[i])
            k++;
        if (k == whole->n || whole->at[k] != part->at[i])
            return false;
    }
    return true;
}

void digest_numbers(struct digests *d, const struct results *results, uint32_t contender)
{
    const struct results_contender *c = &results->contenders[contender];
    const char *point = results->points[c->point].name;
    uint32_t i, r;

    for (i = 0; i < c->numbers_n; i++)
        for (r = 0; r < c->replications; r++) {
            const struct results_number *m = &c->numbers[i];
            uint64_t sum = begin('N');

            add_text(&sum, point);
            add_text(&sum, c->label);
            add_text(&sum, c->policy);
            add_whole(&sum, c->replication[r].number);
            add_text(&sum, m->scope);
            add_text(&sum, m->metric);
            add_text(&sum, m->statistic);
            add_text(&sum, m->unit);
            add_real(&sum, m->at[r]);
            digests_add(d, sum);
        }
    for (i = 0; i < c->intervals_n; i++)
        digests_add(d, digest_of_row(STORE_INTERVALS, &c->intervals[i]));
}
