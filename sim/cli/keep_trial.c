/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trials and pilots as rows of the store, and back. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/keep.h"
#include "sim/cli/recall.h"
#include "sim/record/store.h"

static int identify(struct keep *k, const struct point *p, uint32_t replication, bool pilot,
                    uint8_t hash[STORE_HASH])
{
    struct identity_of of = { .policy = p->policy_index,
                              .replication = pilot ? 0 : replication,
                              .requests = p->requests,
                              .duration = p->duration,
                              .warmup = pilot ? 0 : p->cut,
                              .pilot = pilot };

    return identity_hash(p->identity, &of, hash) ? keep_no_memory(k) : 0;
}

/* What is sound stays, the rest is simulated again. Once is enough: nothing unsound is left then.
 * 0, or -1 with keep->why. */
static int mend(struct keep *k)
{
    if (k->mended)
        return 0;
    k->mended = true;
    if (store_mend(k->store)) {
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
        k->failed = true;
        return -1;
    }
    cli_say("%s/results.sqlite is damaged: what is sound is kept, the rest is simulated again, and "
            "the damaged file is now results.sqlite-damaged",
            k->directory);
    return 0;
}

/* Damage to keys shows only when a row is put in its place. */
static int put(struct keep *k, const struct store_trial *t)
{
    int answer = store_put(k->store, t);

    if (answer == -EBADMSG || answer == -EINVAL)
        answer = mend(k) ? 0 : store_put(k->store, t);
    if (answer)
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
    return answer || k->failed ? -1 : 0;
}

static struct store_trial head_of(const struct point *p, uint32_t replication)
{
    return (struct store_trial) { .point = p->at,
                                  .policy = p->policy->name,
                                  .label = p->policy->label,
                                  .replication = replication,
                                  .seed = p->scenario->run.seed };
}

int keep_trial(struct keep *k, const struct point *p, const struct outcome *out)
{
    struct scenario scenario = point_round(p, p->requests, p->duration);
    struct trial_source source = { &scenario, p->policy, p->cut, p->metrics, p->window_metrics };
    struct store_trial t = head_of(p, out->replication);
    struct trial_rows *rows;
    int failed = -1;

    t.failed = out->failed ? out->why : NULL;
    t.events = out->events;
    t.wall_s = out->wall_s;
    t.cpu_s = out->cpu_s;
    rows = trial_rows_open(&source, out, &t);
    if (!rows)
        keep_no_memory(k);
    else if (identify(k, p, out->replication, false, t.hash) == 0)
        failed = put(k, &t);
    trial_rows_close(rows);
    return failed;
}

/* ---- Pilots. */

int keep_pilot(struct keep *k, const struct point *p)
{
    struct store_value values[PILOT_VALUES];
    struct store_series series[PILOT_SERIES];
    struct store_trial t = head_of(p, 0);

    t.series_n = pilot_rows(&p->warmup, values, series);
    t.pilot = true;
    t.events = p->warmup.events;
    t.values = values;
    t.values_n = PILOT_VALUES;
    t.series = series;
    t.wall_s = NAN;
    t.cpu_s = p->warmup.cpu_s;
    return identify(k, p, 0, true, t.hash) ? -1 : put(k, &t);
}

/* ---- Taking back. */

struct recalling {
    const struct point *point;
    struct outcome *out;        /* of a trial, or */
    struct warmup_found *found; /* of a pilot */
    bool damaged;
};

static int take_back(void *context, const struct store_trial *t, const char *damage)
{
    struct recalling *r = context;
    const struct point *p = r->point;

    r->damaged = damage || isnan(t->cpu_s);
    if (r->damaged)
        return 1;
    if (r->found)
        return recall_warmup(t, r->found) ? 1 : 0;
    if (recall_outcome(t, p->metrics, p->window_metrics, r->out) == 0)
        return 0;
    outcome_close(r->out);
    return 1;
}

static bool recall(struct keep *k, struct recalling *r, const uint8_t hash[STORE_HASH])
{
    const struct point *p = r->point;

    if (k->failed || !store_has(k->store, hash))
        return false;
    if (store_read(k->store, hash, take_back, r) == 0)
        return store_use(k->store, hash, p->at, p->policy->label) == 0;
    if (r->damaged)
        mend(k);
    return false;
}

/* ---- Only looking. */

static int look_back(void *context, const struct store_trial *t, const char *damage)
{
    return damage || recall_warmup(t, context) ? 1 : 0;
}

bool keep_has_pilot(struct keep *k, const struct point *p, struct warmup_found *found)
{
    uint8_t hash[STORE_HASH];

    memset(found, 0, sizeof *found);
    return identify(k, p, 0, true, hash) == 0 && store_has(k->store, hash) &&
           store_read(k->store, hash, look_back, found) == 0;
}

bool keep_has(struct keep *k, const struct point *p, uint32_t replication)
{
    uint8_t hash[STORE_HASH];

    return identify(k, p, replication, false, hash) == 0 && store_has(k->store, hash);
}

bool keep_recall_pilot(struct keep *k, const struct point *p, struct warmup_found *found)
{
    struct recalling r = { .point = p, .found = found };
    uint8_t hash[STORE_HASH];

    memset(found, 0, sizeof *found);
    return identify(k, p, 0, true, hash) == 0 && recall(k, &r, hash);
}

bool keep_recall(struct keep *k, const struct point *p, uint32_t replication, struct outcome *out)
{
    struct recalling r = { .point = p, .out = out };
    uint8_t hash[STORE_HASH];

    return identify(k, p, replication, false, hash) == 0 && recall(k, &r, hash);
}

int keep_use(struct keep *k, const struct point *p)
{
    uint8_t hash[STORE_HASH];
    uint32_t r;

    if (p->piloted && identify(k, p, 0, true, hash) == 0)
        store_use(k->store, hash, p->at, p->policy->label);
    for (r = 0; r < p->room; r++) {
        if (!p->finished[r])
            continue;
        if (identify(k, p, r, false, hash))
            return -1;
        if (store_use(k->store, hash, p->at, p->policy->label)) {
            snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
            return -1;
        }
    }
    return 0;
}
