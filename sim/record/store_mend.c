/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A damaged store made sound: whatever holds its checksum goes to a new file. Rows are not removed
 * one by one, since SQLite finds a row by its key, which may be what is damaged. */
#include <errno.h>

#include "sim/record/store.h"
#include "sim/record/store_rows.h"

struct mending {
    struct store *from, *to;
    enum statement put;
    char mark;
    int answer; /* of writing */
};

/* A row that is there twice, by damage, goes in once. */
static int copy_row(void *context, const struct field *f, int n)
{
    struct mending *m = context;
    if (!rows_row_holds(m->mark, f, n))
        return 0;
    m->answer = rows_perform(m->to, m->put, f, n);
    if (m->answer == -EINVAL)
        m->answer = 0;
    return m->answer;
}

struct table {
    enum statement all, put;
    char mark;
};

/* What cannot be read is left out. */
static int copy_tables(struct mending *m, const struct table *tables, size_t n)
{
    for (size_t i = 0; i < n && m->answer == 0; i++) {
        m->put = tables[i].put;
        m->mark = tables[i].mark;
        rows_each(m->from, tables[i].all, NULL, 0, copy_row, m);
    }
    return m->answer;
}

static int copy_rows(struct mending *m)
{
    static const struct table tables[] = { { ALL_RUNS, PUT_RUN, 'R' },
                                           { ALL_POINTS, PUT_POINT, 'O' },
                                           { ALL_CONTENDERS, PUT_CONTENDER, 'D' },
                                           { ALL_USED, PUT_RUN_TRIAL, 'U' },
                                           { ALL_COSTS, PUT_COST, 'C' },
                                           { ALL_INTERVALS, PUT_INTERVAL, 'I' },
                                           { ALL_WARNINGS, PUT_WARNING, 'W' } };
    static const struct table live[] = { { ALL_LIVE_RUNS, PUT_LIVE_RUN, 'l' },
                                         { ALL_LIVE_CONTENDERS, PUT_LIVE_CONTENDER, 'c' },
                                         { ALL_LIVE_TRIES, PUT_LIVE_TRY, 't' },
                                         { ALL_LIVE_VALUES, PUT_LIVE_VALUE, 'v' },
                                         { ALL_LIVE_HISTOGRAMS, PUT_LIVE_HISTOGRAM, 'h' } };
    int answer = copy_tables(m, tables, sizeof tables / sizeof *tables);
    if (answer || rows_has_live(m->from) <= 0)
        return answer;
    m->answer = rows_make_live(m->to);
    return copy_tables(m, live, sizeof live / sizeof *live);
}

static int copy_trial(void *context, const struct store_trial *trial, const char *damage)
{
    struct mending *m = context;
    return damage ? 0 : rows_put_trial(m->to, trial);
}

static int copy_all(struct mending *m)
{
    int answer = rows_perform(m->to, BEGIN_WRITE, NULL, 0);
    if (answer == 0)
        answer = copy_rows(m);
    if (answer == 0)
        answer = store_each(m->from, STORE_ALL, copy_trial, m);
    if (answer == 0)
        answer = rows_perform(m->to, DROP_LOST_USES, NULL, 0);
    if (answer == 0)
        answer = rows_perform(m->to, DROP_LOST_COSTS, NULL, 0);
    return rows_settle(m->to, answer);
}

int store_mend(struct store *store)
{
    struct mending m = { .from = store };
    int answer = rows_open_beside(store, &m.to);
    if (answer == 0) {
        answer = copy_all(&m);
        if (answer)
            rows_refuse(store, answer, "%s", store_why(m.to));
        else
            answer = rows_replace(store, m.to);
    }
    rows_drop_beside(m.to);
    return answer;
}
