/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the newest run says beside its trials, read back. */
#include "sim/record/stamp.h"
#include "sim/record/store.h"
#include "sim/record/store_rows.h"

/* Texts of SQLite end in a NUL, so that a field's data is a string. */
static const char *text_of(const struct field *f)
{
    return f->type == FIELD_TEXT ? f->data : "";
}

static const char *text_or_none(const struct field *f)
{
    return f->type == FIELD_TEXT ? f->data : NULL;
}

struct listing {
    store_row_visit *visit;
    void *context;
};

static int take_run(void *context, const struct field *f, int n)
{
    const struct listing *listing = context;
    struct stamp stamp;
    struct store_run run = { .stamp = &stamp };

    if (!rows_row_holds('R', f, n))
        return 0;
    for (int i = 0; i < STAMP_ITEMS; i++)
        stamp.value[i] = (char *)(uintptr_t)text_of(&f[1 + i]);
    f += 1 + STAMP_ITEMS;
    run.scenario = text_of(&f[0]);
    run.path = text_of(&f[1]);
    run.seed = text_of(&f[2]);
    run.plugins = text_of(&f[3]);
    run.text = text_of(&f[4]);
    return listing->visit(listing->context, &run);
}

static int take_point(void *context, const struct field *f, int n)
{
    const struct listing *listing = context;
    const struct store_point point = { .point = text_of(&f[1]),
                                       .position = (uint32_t)f[2].n,
                                       .path = text_of(&f[3]),
                                       .text = text_of(&f[4]),
                                       .number = field_to_real(&f[5]) };

    return rows_row_holds('O', f, n) ? listing->visit(listing->context, &point) : 0;
}

static int take_contender(void *context, const struct field *f, int n)
{
    const struct listing *listing = context;
    const struct store_contender contender = { .point = text_of(&f[1]),
                                               .label = text_of(&f[2]),
                                               .position = (uint32_t)f[3].n,
                                               .policy = text_of(&f[4]),
                                               .replications = (uint32_t)f[5].n,
                                               .confidence = field_to_real(&f[6]) };

    return rows_row_holds('D', f, n) ? listing->visit(listing->context, &contender) : 0;
}

static int take_interval(void *context, const struct field *f, int n)
{
    const struct listing *listing = context;
    const struct store_interval interval = { .point = text_of(&f[1]),
                                             .label = text_of(&f[2]),
                                             .scope = text_of(&f[3]),
                                             .metric = text_of(&f[4]),
                                             .statistic = text_of(&f[5]),
                                             .n = (uint32_t)f[6].n,
                                             .value = field_to_real(&f[7]),
                                             .low = field_to_real(&f[8]),
                                             .high = field_to_real(&f[9]),
                                             .se = field_to_real(&f[10]),
                                             .confidence = field_to_real(&f[11]),
                                             .method = text_or_none(&f[12]),
                                             .why = text_or_none(&f[13]) };

    return rows_row_holds('I', f, n) ? listing->visit(listing->context, &interval) : 0;
}

static int take_warning(void *context, const struct field *f, int n)
{
    const struct listing *listing = context;
    const struct store_warning warning = { .point = text_of(&f[1]),
                                           .label = text_of(&f[2]),
                                           .code = text_of(&f[3]),
                                           .message = text_of(&f[4]) };

    return rows_row_holds('W', f, n) ? listing->visit(listing->context, &warning) : 0;
}

int store_each_row(struct store *store, enum store_table table, store_row_visit *visit,
                   void *context)
{
    static const struct {
        enum statement which;
        rows_visit *take;
    } tables[] = { [STORE_RUN_ROW] = { LAST_RUN, take_run },
                   [STORE_POINTS] = { LAST_POINTS, take_point },
                   [STORE_CONTENDERS] = { LAST_CONTENDERS, take_contender },
                   [STORE_INTERVALS] = { LAST_INTERVALS, take_interval },
                   [STORE_WARNINGS] = { LAST_WARNINGS, take_warning } };
    struct listing listing = { visit, context };

    return rows_each(store, tables[table].which, NULL, 0, tables[table].take, &listing);
}
