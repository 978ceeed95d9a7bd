/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/chart/chart_base.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"

static const char tables[] =
    "CREATE TABLE policy(place INTEGER PRIMARY KEY, label, policy, style, rank);"
    "CREATE TABLE point(point INTEGER PRIMARY KEY, name);"
    "CREATE TABLE along(point INTEGER PRIMARY KEY, x, ord, name, numeric);"
    "CREATE TABLE number(point, place, scope, metric, unit, value, low, high, weak,"
    " PRIMARY KEY(metric, scope, point, place)) WITHOUT ROWID;"
    "CREATE TABLE quantile(point, place, metric, p, value, low, high,"
    " PRIMARY KEY(metric, point, place, p)) WITHOUT ROWID;"
    "CREATE TABLE server(point, place, server, name, metric, value, low, high);"
    "CREATE TABLE window(point, place, scope, metric, start, stop, value, low, high);"
    "CREATE TABLE theory(point, place, metric, value, model, exact,"
    " PRIMARY KEY(metric, point, place)) WITHOUT ROWID;"
    "CREATE TABLE difference(point, place, metric, base, value, low, high, percent, percent_low,"
    " percent_high, PRIMARY KEY(point, place, metric)) WITHOUT ROWID;"
    "CREATE TABLE running(point, place, metric, n, value, low, high);"
    "CREATE TABLE event(start, stop, name);"
    "CREATE TABLE pilot(place, request, value, low, high, average, cut, settled);"
    "CREATE TABLE live(place, world, metric, unit, value, low, high);"
    "CREATE TABLE live_quantile(place, world, metric, p, value);";

static int refuse(struct chart_base *base)
{
    snprintf(base->why, sizeof base->why, "charts: %s", sqlite3_errmsg(base->db));
    return -EIO;
}

static int execute(struct chart_base *base, const char *sql)
{
    return sqlite3_exec(base->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : refuse(base);
}

/* ---- Putting rows. */

void put_open(struct put *put, struct chart_base *base, const char *table, int columns)
{
    char sql[160];
    int n = snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s VALUES (?", table);

    while (--columns > 0)
        n += snprintf(sql + n, sizeof sql - (size_t)n, ",?");
    snprintf(sql + n, sizeof sql - (size_t)n, ")");
    *put = (struct put) { .base = base };
    if (sqlite3_prepare_v2(base->db, sql, -1, &put->statement, NULL) != SQLITE_OK)
        put->failed = refuse(base);
}

static void bind(sqlite3_stmt *s, int i, char type, va_list *list)
{
    if (type == 'i') {
        sqlite3_bind_int64(s, i, va_arg(*list, uint32_t));
    } else if (type == 'd') {
        const double x = va_arg(*list, double);

        if (isfinite(x))
            sqlite3_bind_double(s, i, x);
    } else {
        const char *text = va_arg(*list, const char *);

        if (text)
            sqlite3_bind_text(s, i, text, -1, SQLITE_TRANSIENT);
    }
}

void put_row(struct put *put, const char *types, ...)
{
    va_list list;

    if (put->failed)
        return;
    va_start(list, types);
    for (int i = 0; types[i]; i++)
        bind(put->statement, i + 1, types[i], &list);
    va_end(list);
    if (sqlite3_step(put->statement) != SQLITE_DONE)
        put->failed = refuse(put->base);
    sqlite3_reset(put->statement);
    sqlite3_clear_bindings(put->statement);
}

int put_close(struct put *put)
{
    sqlite3_finalize(put->statement);
    put->statement = NULL;
    return put->failed;
}

/* ---- Opening. */

static int fill(struct chart_base *base)
{
    static int (*const parts[])(struct chart_base *) = {
        base_places, base_live,    base_policies, base_points,      base_numbers, base_quantiles,
        base_study,  base_servers, base_windows,  base_differences, base_running, base_pilots
    };
    int failed = execute(base, "BEGIN");

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !failed; i++)
        failed = parts[i](base);
    return failed ? failed : execute(base, "COMMIT");
}

static int open_tables(struct chart_base *base)
{
    base->names = names_open();
    if (!base->names || sqlite3_open(":memory:", &base->db) != SQLITE_OK) {
        snprintf(base->why, sizeof base->why, "charts: out of memory");
        return -ENOMEM;
    }
    return execute(base, tables);
}

int chart_base_open(struct results *results, const char *path, const struct chart_choice *choice,
                    struct chart_base **opened, char *why, size_t room)
{
    struct chart_base *base = calloc(1, sizeof *base);
    int failed = -ENOMEM;

    *opened = NULL;
    snprintf(why, room, "charts: out of memory");
    if (!base)
        return failed;
    base->results = results;
    base->path = path;
    base->choice = *choice;
    base->scenario = results ? results->scenario : "";
    base->axis = "";
    failed = open_tables(base);
    if (!failed)
        failed = fill(base);
    if (failed) {
        snprintf(why, room, "%s", base->why);
        chart_base_close(base);
        return failed;
    }
    *opened = base;
    return 0;
}

void chart_base_close(struct chart_base *base)
{
    if (!base)
        return;
    sqlite3_close(base->db);
    names_close(base->names);
    free(base->label);
    free(base->policy);
    free(base->style);
    free(base->rank);
    free(base->shown);
    free(base);
}

/* ---- What is drawn. */

const char *chart_base_scenario(const struct chart_base *base)
{
    return base->scenario;
}

const char *chart_base_point(const struct chart_base *base)
{
    return base->results ? base->results->points[base->point].name : "";
}

const char *chart_base_axis(const struct chart_base *base)
{
    return base->axis;
}

double chart_base_confidence(const struct chart_base *base)
{
    uint32_t first;

    return base->results && results_at_point(base->results, base->point, &first)
               ? base->results->contenders[first].confidence
               : 0.95;
}

uint32_t chart_base_policies(const struct chart_base *base)
{
    return base->policies;
}

const char *chart_base_label(const struct chart_base *base, uint32_t place)
{
    return base->label[place - 1];
}

uint32_t chart_base_style(const struct chart_base *base, uint32_t place)
{
    return base->style[place - 1];
}

/* After Okabe and Ito (2008), told apart by the colour-blind; darkened where white paper would
 * swallow them. The same as in style.gp. */
const char *chart_colour(const struct chart_base *base, const char *label, bool dark)
{
    static const char *const light[] = { "#999999", "#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                         "#e69f00", "#56b4e9", "#000000", "#8c6d31" };
    static const char *const night[] = { "#777777", "#4aa8e0", "#f0803c", "#2fc79a", "#e39cc4",
                                         "#f5b83d", "#8fd0f5", "#ffffff", "#c9a86a" };
    uint32_t style = 0;

    for (uint32_t i = 0; i < base->policies; i++)
        if (!strcmp(base->label[i], label))
            style = base->style[i];
    return dark ? night[style] : light[style];
}

/* ---- Queries. */

static void bind_all(const struct chart_base *base, sqlite3_stmt *s, const struct chart_binding *b)
{
    const int metric = sqlite3_bind_parameter_index(s, "@metric");
    const int point = sqlite3_bind_parameter_index(s, "@point");

    if (metric && b->metric)
        sqlite3_bind_text(s, metric, b->metric, -1, SQLITE_TRANSIENT);
    if (point)
        sqlite3_bind_int64(s, point, base->point + 1);
}

static bool take_cell(struct chart_base *base, sqlite3_stmt *s, int column, struct chart_cell *cell)
{
    const int type = sqlite3_column_type(s, column);

    *cell = (struct chart_cell) { .number = NAN };
    if (type == SQLITE_TEXT) {
        cell->text = names_keep(base->names, (const char *)sqlite3_column_text(s, column));
        return cell->text != NULL;
    }
    if (type != SQLITE_NULL)
        cell->number = sqlite3_column_double(s, column);
    return true;
}

/* Arrays double. */
static bool take_row(struct chart_base *base, sqlite3_stmt *s, struct chart_table *t)
{
    if ((t->rows & (t->rows - 1)) == 0) {
        const size_t rows = t->rows ? 2 * (size_t)t->rows : 1;
        void *grown = realloc(t->cell, rows * t->columns * sizeof t->cell[0]);

        if (!grown)
            return false;
        t->cell = grown;
    }
    for (uint32_t i = 0; i < t->columns; i++)
        if (!take_cell(base, s, (int)i, &t->cell[(size_t)t->rows * t->columns + i]))
            return false;
    t->rows++;
    return true;
}

static int take_rows(struct chart_base *base, sqlite3_stmt *s, uint32_t most, struct chart_table *t)
{
    int step = SQLITE_DONE;

    t->columns = (uint32_t)sqlite3_column_count(s);
    t->name = calloc(t->columns, sizeof t->name[0]);
    if (!t->name)
        return -ENOMEM;
    for (uint32_t i = 0; i < t->columns; i++)
        snprintf(t->name[i], sizeof t->name[i], "%s", sqlite3_column_name(s, (int)i));
    while ((most == 0 || t->rows < most) && (step = sqlite3_step(s)) == SQLITE_ROW)
        if (!take_row(base, s, t))
            return -ENOMEM;
    return step == SQLITE_DONE || step == SQLITE_ROW ? 0 : refuse(base);
}

int chart_query(struct chart_base *base, const char *sql, const struct chart_binding *binding,
                uint32_t most, struct chart_table *table, char *why, size_t room)
{
    sqlite3_stmt *s = NULL;
    int failed;

    *table = (struct chart_table) { .rows = 0 };
    if (sqlite3_prepare_v2(base->db, sql, -1, &s, NULL) != SQLITE_OK) {
        failed = refuse(base);
    } else {
        bind_all(base, s, binding);
        failed = take_rows(base, s, most, table);
    }
    if (failed)
        snprintf(why, room, "%s", failed == -ENOMEM ? "charts: out of memory" : base->why);
    sqlite3_finalize(s);
    return failed;
}

void chart_table_close(struct chart_table *table)
{
    free(table->name);
    free(table->cell);
    *table = (struct chart_table) { .rows = 0 };
}
