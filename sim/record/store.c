/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQLite: opening, statements, rows. What the rows mean is store_trial.c's. */
#include "sim/record/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/record/store_lock.h"
#include "sim/record/store_rows.h"
#include "sim/record/store_schema.h"

#define PATIENCE_MS 10000 /* for other programs that have the file open */

struct store {
    sqlite3 *database;
    sqlite3_stmt *statement[STATEMENTS]; /* prepared at first use */
    char *path;
    int lock;  /* descriptor, -1 when reading */
    bool ours; /* known to be a store, and open for writing */
    int64_t run, live;
    char why[512];
};

/* ---- Saying what went wrong */

static int error_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EBADMSG;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return -EACCES;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CONSTRAINT:
        return -EINVAL;
    default:
        return -EIO;
    }
}

static const char *cure_of(int error)
{
    switch (error) {
    case -ENOSPC:
        return "; make room on the disk and run again: finished trials are kept";
    case -EBUSY:
        return "; another program is writing to it: close that and run again";
    case -EBADMSG:
        return "; the file is damaged: move it away and run again";
    case -EACCES:
        return "; choose a directory that you may write to with -o";
    case -EINVAL:
        return "; names within a trial must differ";
    case -EIO:
        return "; the disk failed or is full: make room and run again: finished trials are kept";
    default:
        return "";
    }
}

int rows_refuse(struct store *store, int error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(store->why, sizeof store->why, format, list);
    va_end(list);
    return error;
}

int rows_refuse_without_run(struct store *store)
{
    return rows_refuse(store, -EINVAL, "%s: no run was begun", store->path);
}

static int fail(struct store *store, const char *action)
{
    const int error = error_of(sqlite3_extended_errcode(store->database));
    return rows_refuse(store, error, "%s: cannot %s: %s%s", store->path, action,
                       sqlite3_errmsg(store->database), cure_of(error));
}

const char *store_why(const struct store *store)
{
    return store->why;
}

int64_t rows_run(const struct store *store)
{
    return store->run;
}

void rows_set_run(struct store *store, int64_t run)
{
    store->run = run;
}

int64_t rows_live(const struct store *store)
{
    return store->live;
}

void rows_set_live(struct store *store, int64_t live)
{
    store->live = live;
}

const char *rows_path(const struct store *store)
{
    return store->path;
}

/* ---- Rows of fields */

static int bind(sqlite3_stmt *row, int i, const struct field *field)
{
    switch (field->type) {
    case FIELD_WHOLE:
        return sqlite3_bind_int64(row, i, (int64_t)field->n);
    case FIELD_REAL:
        return sqlite3_bind_double(row, i, field_to_real(field));
    case FIELD_TEXT:
        return sqlite3_bind_text64(row, i, field->data, field->n, SQLITE_STATIC, SQLITE_UTF8);
    case FIELD_BYTES:
        return sqlite3_bind_blob64(row, i, field->data, field->n, SQLITE_STATIC);
    case FIELD_NULL:
        break;
    }
    return sqlite3_bind_null(row, i);
}

/* Bytes are fetched before they are counted, as SQLite asks. */
static struct field column(sqlite3_stmt *row, int i)
{
    const void *data;
    switch (sqlite3_column_type(row, i)) {
    case SQLITE_INTEGER:
        return field_whole((uint64_t)sqlite3_column_int64(row, i));
    case SQLITE_FLOAT:
        return field_real(sqlite3_column_double(row, i));
    case SQLITE_TEXT:
        data = sqlite3_column_text(row, i);
        return (struct field) { FIELD_TEXT, (uint64_t)sqlite3_column_bytes(row, i), data };
    case SQLITE_BLOB:
        data = sqlite3_column_blob(row, i);
        return field_bytes(data, (size_t)sqlite3_column_bytes(row, i));
    default:
        return field_text(NULL);
    }
}

/* Gives NULL if the store is damaged or memory is out. */
static sqlite3_stmt *statement(struct store *store, enum statement which)
{
    sqlite3_stmt **row = &store->statement[which];
    if (!*row && store->database)
        sqlite3_prepare_v3(store->database, store_sql[which], -1, SQLITE_PREPARE_PERSISTENT, row,
                           NULL);
    return *row;
}

static int visit_row(sqlite3_stmt *row, rows_visit *visit, void *context)
{
    /* A damaged schema may have other columns: what lacks is NULL, and no checksum will hold. */
    struct field fields[MOST_FIELDS] = { { .type = FIELD_NULL } };
    int n = sqlite3_column_count(row);
    n = n < MOST_FIELDS ? n : MOST_FIELDS;
    for (int i = 0; i < n; i++)
        fields[i] = column(row, i);
    return visit(context, fields, n);
}

int rows_each(struct store *store, enum statement which, const struct field *given, int n,
              rows_visit *visit, void *context)
{
    sqlite3_stmt *row = statement(store, which);
    if (!row)
        return fail(store, "use the store");
    int code = SQLITE_OK, answer = 0;
    for (int i = 0; i < n && code == SQLITE_OK; i++)
        code = bind(row, i + 1, &given[i]);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    while (code == SQLITE_ROW && answer == 0) {
        answer = visit ? visit_row(row, visit, context) : 0;
        code = sqlite3_step(row);
    }
    if (answer == 0 && code != SQLITE_DONE && code != SQLITE_ROW)
        answer = fail(store, which > ROLLBACK && sqlite3_stmt_readonly(row) ? "read" : "write");
    sqlite3_reset(row);
    return answer;
}

int rows_perform(struct store *store, enum statement which, const struct field *given, int n)
{
    return rows_each(store, which, given, n, NULL, NULL);
}

int rows_put_checked(struct store *store, enum statement which, char table, struct field *fields,
                     int n)
{
    struct checksum sum = { { 0 } };
    checksum_add(&sum, table, fields, n);
    fields[n] = field_bytes(sum.bytes, sizeof sum.bytes);
    return rows_perform(store, which, fields, n + 1);
}

int rows_make_live(struct store *store)
{
    return sqlite3_exec(store->database, store_schema_live, NULL, NULL, NULL) ? fail(store, "write")
                                                                              : 0;
}

int rows_settle(struct store *store, int answer)
{
    if (answer == 0)
        answer = rows_perform(store, COMMIT, NULL, 0);
    if (answer && !sqlite3_get_autocommit(store->database)) {
        char why[sizeof store->why];
        memcpy(why, store->why, sizeof why);
        rows_perform(store, ROLLBACK, NULL, 0);
        memcpy(store->why, why, sizeof why);
    }
    return answer;
}

/* ---- Opening */

/* The single number that a query gives. */
static int number(struct store *store, const char *query, int64_t *result)
{
    sqlite3_stmt *row = NULL;
    *result = 0;
    int code = sqlite3_prepare_v2(store->database, query, -1, &row, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    if (code == SQLITE_ROW)
        *result = sqlite3_column_int64(row, 0);
    const int answer = code == SQLITE_ROW ? 0 : fail(store, "open");
    sqlite3_finalize(row);
    return answer;
}

static int execute(struct store *store, const char *script, const char *action)
{
    return sqlite3_exec(store->database, script, NULL, NULL, NULL) ? fail(store, action) : 0;
}

static int create(struct store *store)
{
    char marks[96];
    snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             STORE_APPLICATION, STORE_VERSION);
    int answer = rows_perform(store, BEGIN_WRITE, NULL, 0);
    if (answer == 0)
        answer = execute(store, store_schema, "create");
    if (answer == 0)
        answer = execute(store, marks, "create");
    return rows_settle(store, answer);
}

/* Whose file it is: 0 ours, 1 empty, else an error. */
static int identify(struct store *store, enum store_mode mode)
{
    int64_t application, version, things;
    int answer = number(store, "PRAGMA application_id", &application);
    if (answer == -EBADMSG)
        return rows_refuse(
            store, answer,
            mode == STORE_READ
                ? "%s: not a result store, or a damaged one (%s); name a directory that lbsim run "
                  "made with -o"
                : "%s: not a result store, or a damaged one (%s); move it away and run again",
            store->path, sqlite3_errmsg(store->database));
    if (answer == 0)
        answer = number(store, "PRAGMA user_version", &version);
    if (answer == 0)
        answer = number(store, "SELECT count(*) FROM sqlite_schema", &things);
    if (answer)
        return answer;
    if (application == 0 && version == 0 && things == 0)
        return 1;
    if (application != STORE_APPLICATION)
        return rows_refuse(
            store, -EBADMSG,
            "%s: an SQLite file of another program; choose another directory with -o", store->path);
    if (version != STORE_VERSION)
        return rows_refuse(store, -EPROTO,
                           "%s: written by another version of lbsim (store version %lld, this one "
                           "knows %d); use that lbsim, or choose another directory with -o",
                           store->path, (long long)version, STORE_VERSION);
    return 0;
}

static int prepare_to_write(struct store *store, bool empty)
{
    /* Where a write-ahead log is impossible SQLite keeps its rollback journal: slower, as safe. */
    int answer = execute(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", "write");
    if (answer == 0 && empty)
        answer = create(store);
    store->ours = answer == 0;
    return answer;
}

static int open_database(struct store *store, enum store_mode mode)
{
    const int flags =
        mode == STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    if (mode == STORE_READ && access(store->path, R_OK))
        return rows_refuse(store, -errno, "%s: %s; are these results of `lbsim run`?", store->path,
                           strerror(errno));
    if (sqlite3_open_v2(store->path, &store->database, flags | SQLITE_OPEN_NOMUTEX, NULL))
        return store->database ? fail(store, "open")
                               : rows_refuse(store, -ENOMEM, "%s: out of memory", store->path);
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, PATIENCE_MS);
    sqlite3_db_config(store->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    const int found = identify(store, mode);
    if (found < 0)
        return found;
    if (mode == STORE_WRITE)
        return prepare_to_write(store, found == 1);
    return found ? rows_refuse(store, -ENODATA, "%s: holds no results", store->path) : 0;
}

int store_open(const char *path, enum store_mode mode, struct store **opened, char *why,
               size_t room)
{
    struct store *store = calloc(1, sizeof *store);
    *opened = NULL;
    if (!store || !(store->path = strdup(path))) {
        free(store);
        snprintf(why, room, "%s: out of memory", path);
        return -ENOMEM;
    }
    int answer = 0;
    store->lock = mode == STORE_WRITE ? store_lock(path, why, room) : -1;
    if (mode == STORE_WRITE && store->lock < 0) {
        answer = store->lock;
    } else {
        answer = open_database(store, mode);
        if (answer)
            snprintf(why, room, "%s", store->why);
    }
    if (answer)
        store_close(store);
    else
        *opened = store;
    return answer;
}

static void close_database(struct store *store)
{
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(store->statement[i]);
        store->statement[i] = NULL;
    }
    /* A single plain file can be read from a directory that one may not write to. */
    if (store->ours)
        sqlite3_exec(store->database, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sqlite3_close(store->database);
    store->database = NULL;
    store->ours = false;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    close_database(store);
    if (store->lock >= 0)
        store_unlock(store->path, store->lock);
    free(store->path);
    free(store);
}

/* ---- Another file in its place */

/* PATH and two ends; NULL: out of memory. */
static char *name_beside(const struct store *store, const char *end, const char *more)
{
    const size_t room = strlen(store->path) + strlen(end) + strlen(more) + 1;
    char *name = malloc(room);
    if (name)
        snprintf(name, room, "%s%s%s", store->path, end, more);
    return name;
}

/* Without a log: a write that fails is told then, not when the file is closed. */
static int open_logless(struct store *store)
{
    int64_t logless = 0;
    int answer = open_database(store, STORE_WRITE);
    if (answer == 0)
        answer = execute(store, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL", "write");
    if (answer == 0)
        answer = number(store, "SELECT journal_mode = 'delete' FROM pragma_journal_mode", &logless);
    if (answer == 0 && !logless)
        answer = rows_refuse(store, -EIO, "%s: cannot write%s", store->path, cure_of(-EIO));
    return answer;
}

int rows_open_beside(struct store *store, struct store **opened)
{
    struct store *fresh = calloc(1, sizeof *fresh);
    char *name = name_beside(store, "-mended", "");
    *opened = fresh;
    if (!fresh || !name) {
        free(name);
        free(fresh);
        *opened = NULL;
        return rows_refuse(store, -ENOMEM, "%s: out of memory", store->path);
    }
    fresh->path = name;
    fresh->lock = -1;
    fresh->run = store->run;
    fresh->live = store->live;
    unlink(name); /* of one that was killed over this */
    const int answer = open_logless(fresh);
    return answer ? rows_refuse(store, answer, "%s", fresh->why) : 0;
}

void rows_drop_beside(struct store *beside)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    if (!beside)
        return;
    close_database(beside);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *name = name_beside(beside, ends[i], "");
        if (name)
            unlink(name);
        free(name);
    }
    store_close(beside);
}

/* The file, or its log that SQLite would take for that of the new one. */
static int put_aside(struct store *store, const char *which)
{
    char *from = name_beside(store, which, ""), *to = name_beside(store, "-damaged", which);
    int answer = from && to ? 0 : -ENOMEM;
    if (answer == 0)
        unlink(to);
    /* the file keeps its name until the new one takes it: there is one at any time */
    if (answer == 0 && (which[0] ? rename(from, to) : link(from, to)) && errno != ENOENT)
        answer = -errno;
    free(from);
    free(to);
    return answer;
}

int rows_replace(struct store *store, struct store *fresh)
{
    close_database(fresh);
    close_database(store);
    int answer = put_aside(store, "");
    if (answer == 0)
        answer = put_aside(store, "-wal");
    if (answer == 0)
        answer = put_aside(store, "-journal");
    if (answer == 0 && rename(fresh->path, store->path))
        answer = -errno;
    const int opened = open_database(store, STORE_WRITE);
    if (answer)
        return rows_refuse(store, answer, "%s: cannot be mended: %s; move it away and run again",
                           store->path, strerror(-answer));
    return opened;
}
