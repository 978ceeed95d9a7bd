/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between trials (store_trial.c) and SQLite (store.c): statements that are given rows of fields and
 * give rows of fields. The same fields are bound and hashed, so what is checked is what is stored.
 */
#ifndef SIM_STORE_ROWS_H
#define SIM_STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_trial;

enum field_type { FIELD_NULL, FIELD_WHOLE, FIELD_REAL, FIELD_TEXT, FIELD_BYTES };

struct field {
    enum field_type type;
    uint64_t n;       /* bytes of text or bytes; else the bits of the number */
    const void *data; /* of text or bytes; never NULL there */
};

enum { MOST_FIELDS = 24 };

struct field field_text(const char *); /* NULL is FIELD_NULL */
struct field field_bytes(const void *, size_t n);
struct field field_whole(uint64_t);
struct field field_real(double);            /* NAN is FIELD_NULL */
double field_to_real(const struct field *); /* anything but FIELD_REAL is NAN */

/* XXH3-128 of rows, summed: their order does not matter. Bytes are the same on every processor. */
struct checksum {
    uint8_t bytes[16];
};

void checksum_add(struct checksum *, char table, const struct field *, int n);
/* XXH3-128 of a text as xxh128sum prints it. */
void checksum_text(const char *, char hex[33]);

bool checksum_holds(const struct checksum *, const struct field *stored);

enum statement {
    BEGIN_WRITE,
    BEGIN_READ,
    COMMIT,
    ROLLBACK,
    NEXT_RUN,
    PUT_RUN,
    PUT_POINT,
    PUT_CONTENDER,
    PUT_WARNING,
    PUT_RUN_TRIAL,
    PUT_COST,
    PUT_TRIAL,
    PUT_PARAM,
    PUT_VALUE,
    PUT_HISTOGRAM,
    PUT_SERIES,
    PUT_INTERVAL,
    DROP_PARAMS,
    DROP_VALUES,
    DROP_HISTOGRAMS,
    DROP_SERIES,
    DROP_USE,
    DROP_LOST_USES,
    DROP_LOST_COSTS,
    HAS_TRIAL,
    GET_TRIAL,
    GET_COST,
    GET_PARAMS,
    GET_VALUES,
    GET_HISTOGRAMS,
    GET_SERIES,
    LIST_LAST,
    LIST_TRIALS,
    LIST_USED,
    LIST_COSTS,
    ALL_RUNS,
    ALL_POINTS,
    ALL_CONTENDERS,
    ALL_USED,
    ALL_WARNINGS,
    ALL_COSTS,
    ALL_INTERVALS,
    LAST_RUN,
    LAST_POINTS,
    LAST_CONTENDERS,
    LAST_INTERVALS,
    LAST_WARNINGS,
    NEXT_LIVE,
    PUT_LIVE_RUN,
    PUT_LIVE_CONTENDER,
    PUT_LIVE_TRY,
    PUT_LIVE_VALUE,
    PUT_LIVE_HISTOGRAM,
    ALL_LIVE_RUNS,
    ALL_LIVE_CONTENDERS,
    ALL_LIVE_TRIES,
    ALL_LIVE_VALUES,
    ALL_LIVE_HISTOGRAMS,
    HAS_LIVE,
    LAST_LIVE_RUN,
    LAST_LIVE_CONTENDERS,
    LAST_LIVE_TRIES,
    LAST_LIVE_VALUES,
    LAST_LIVE_HISTOGRAMS,
    STATEMENTS
};

/* Below, 0 or -errno with store_why set. */
int rows_perform(struct store *, enum statement, const struct field *given, int n);

/* Puts a row of n fields and behind them its checksum, for which there is room. */
int rows_put_checked(struct store *, enum statement, char table, struct field *fields, int n);
/* Whether the last field of a row is the checksum of those before. */
bool rows_row_holds(char table, const struct field *, int n);

/* A row as it passes; text and bytes are gone after the call. Anything but 0 ends it. */
typedef int rows_visit(void *context, const struct field *, int n);
int rows_each(struct store *, enum statement, const struct field *given, int n, rows_visit *,
              void *context);

/* Ends what BEGIN_WRITE or BEGIN_READ began: all of it if `answer` is 0, nothing of it otherwise.
 */
int rows_settle(struct store *, int answer);

int __attribute__((format(printf, 3, 4)))
rows_refuse(struct store *, int error, const char *format, ...);

/* -EINVAL: nothing can be put before a run is begun. */
int rows_refuse_without_run(struct store *);

/* An empty store beside this one, of the same run; it has no lock of its own. 0 or -errno with
 * store_why of the first set; to be dropped in each case, which removes what is left of its file.
 */
int rows_open_beside(struct store *, struct store **);
void rows_drop_beside(struct store *beside);
/* Closes the file beside and puts it in the place of the store's, which is kept as PATH-damaged. */
int rows_replace(struct store *, struct store *beside);

/* Puts a trial, without its cost and its names in the run, where nothing of it is yet. */
int rows_put_trial(struct store *, const struct store_trial *);

/* The run that store_begin_run began, 0 before, and the path of the file. */
int64_t rows_run(const struct store *);
void rows_set_run(struct store *, int64_t);
/* Makes the tables of live runs where there are none. */
int rows_make_live(struct store *);
/* Has it such tables? A negative answer is -errno. */
int rows_has_live(struct store *);
/* Likewise of store_begin_live. */
int64_t rows_live(const struct store *);
void rows_set_live(struct store *, int64_t);
const char *rows_path(const struct store *);

#endif
