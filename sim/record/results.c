/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening results, looking things up, and reading trials again. */
#include "sim/record/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/record/results_inside.h"
#include "sim/record/store_live.h"

/* ---- Memory. */

struct block {
    struct block *next;
    max_align_t bytes[];
};

void *inside_take(struct results_inside *in, size_t n, size_t size)
{
    struct block *block;

    if (size && n > (SIZE_MAX - sizeof *block) / size)
        return NULL;
    block = calloc(1, sizeof *block + n * size);
    if (!block)
        return NULL;
    block->next = in->blocks;
    in->blocks = block;
    return block->bytes;
}

void *inside_grow(void *at, uint32_t n, size_t size)
{
    if (n & (n - 1))
        return at;
    return realloc(at, (n ? 2 * (size_t)n : 1) * size);
}

static void drop_lists(struct results_inside *in)
{
    uint32_t i;

    for (i = 0; i < in->trials.n; i++)
        free(in->trials.at[i].values);
    free(in->trials.at);
    free(in->points.at);
    free(in->contenders.at);
    in->trials.at = NULL;
    in->points.at = NULL;
    in->contenders.at = NULL;
    in->trials.n = in->points.n = in->contenders.n = 0;
}

void results_close(struct results *results)
{
    struct results_inside *in = results ? results->inside : NULL;

    if (!in)
        return;
    drop_lists(in);
    while (in->blocks) {
        struct block *next = in->blocks->next;

        free(in->blocks);
        in->blocks = next;
    }
    free(in->intervals.at);
    free(in->warnings.at);
    free(in->damage.at);
    names_close(in->names);
    store_close(in->store);
    free(in);
}

/* ---- Opening. */

bool results_path(const char *given, char *path, size_t room)
{
    struct stat about;
    bool directory = stat(given, &about) == 0 && S_ISDIR(about.st_mode);
    int n = snprintf(path, room, "%s%s", given, directory ? "/results.sqlite" : "");

    return n >= 0 && (size_t)n < room;
}

static int read_all(struct results_inside *in)
{
    int answer = inside_gather(in);

    if (answer == 0 && !in->results.text) {
        snprintf(in->why, sizeof in->why, "%s: holds no run%s%s", in->results.path,
                 in->damage.n ? ": "
                 : store_has_live(in->store)
                     ? " of simulations; lbsim export --live reads its live runs"
                     : "",
                 in->damage.n ? in->damage.at[0] : "");
        return in->damage.n ? -EBADMSG : -ENODATA;
    }
    if (answer == 0 && in->trials.n == 0) {
        snprintf(in->why, sizeof in->why, "%s: holds no finished trial%s%s", in->results.path,
                 in->damage.n ? ": " : "; run again to finish it",
                 in->damage.n ? in->damage.at[0] : "");
        return in->damage.n ? -EBADMSG : -ENODATA;
    }
    if (answer == 0)
        answer = inside_arrange(in);
    if (answer == -ENOMEM)
        snprintf(in->why, sizeof in->why, "%s: out of memory", in->results.path);
    drop_lists(in);
    in->results.warnings = in->warnings.at;
    in->results.warnings_n = in->warnings.n;
    in->results.damage = in->damage.at;
    in->results.damage_n = in->damage.n;
    return answer;
}

int results_open(const char *given, struct results **results, char *why, size_t room)
{
    struct results_inside *in = calloc(1, sizeof *in);
    char path[4096];
    int answer = -ENOMEM;

    *results = NULL;
    if (!results_path(given, path, sizeof path)) {
        snprintf(why, room, "%.200s...: the name is too long", given);
        free(in);
        return -ENAMETOOLONG;
    }
    snprintf(why, room, "%s: out of memory", path);
    if (!in || !(in->names = names_open()) || !(in->results.path = names_keep(in->names, path))) {
        if (in)
            names_close(in->names);
        free(in);
        return answer;
    }
    in->results.inside = in;
    answer = store_open(path, STORE_READ, &in->store, why, room);
    if (answer == 0) {
        answer = read_all(in);
        if (answer)
            snprintf(why, room, "%s", in->why);
    }
    if (answer)
        results_close(&in->results);
    else
        *results = &in->results;
    return answer;
}

const char *results_why(const struct results *results)
{
    return results->inside->why;
}

/* ---- Looking up. */

int inside_order(const char *const a[3], const char *const b[3])
{
    for (int i = 0; i < 3; i++) {
        int order = a[i] == b[i] ? 0 : strcmp(a[i], b[i]);

        if (order)
            return order;
    }
    return 0;
}

const struct results_number *results_find(const struct results_contender *c, const char *scope,
                                          const char *metric, const char *statistic)
{
    const char *const key[3] = { scope, metric, statistic };
    uint32_t low = 0, high = c->numbers_n;

    while (low < high) {
        const struct results_number *number = &c->numbers[(low + high) / 2];
        const char *const has[3] = { number->scope, number->metric, number->statistic };
        int order = inside_order(key, has);

        if (order == 0)
            return number;
        if (order < 0)
            high = (low + high) / 2;
        else
            low = (low + high) / 2 + 1;
    }
    return NULL;
}

uint32_t results_point_at(const struct results *results, const char *name, uint32_t near)
{
    const uint32_t n = results->points_n;

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t at = (near % n + i) % n;

        if (strcmp(results->points[at].name, name) == 0)
            return at;
    }
    return UINT32_MAX;
}

uint32_t results_at_point(const struct results *results, uint32_t point, uint32_t *first)
{
    uint32_t low = 0, high = results->contenders_n, n = 0;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (results->contenders[middle].point < point)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < results->contenders_n && results->contenders[low + n].point == point)
        n++;
    *first = low;
    return n;
}

uint32_t results_contender_at(const struct results *results, const char *point, const char *label)
{
    const uint32_t at = results_point_at(results, point, 0);
    uint32_t first, n;

    if (at == UINT32_MAX)
        return UINT32_MAX;
    n = results_at_point(results, at, &first);
    for (uint32_t i = first; i < first + n; i++)
        if (strcmp(results->contenders[i].label, label) == 0)
            return i;
    return UINT32_MAX;
}

/* ---- Trials again. */

int results_each(struct results *results, uint32_t contender, store_visit *visit, void *context)
{
    const struct results_contender *c = &results->contenders[contender];
    struct results_inside *in = results->inside;
    int answer = 0;

    for (uint32_t i = 0; i < c->replications && answer == 0; i++) {
        answer = store_read(in->store, c->replication[i].hash, visit, context);
        if (answer < 0 && !in->why[0])
            snprintf(in->why, sizeof in->why, "%s", store_why(in->store));
    }
    return answer;
}

int results_pilot(struct results *results, uint32_t contender, store_visit *visit, void *context)
{
    struct results_inside *in = results->inside;
    const int answer = store_read(in->store, results->contenders[contender].pilot, visit, context);

    if (answer < 0)
        snprintf(in->why, sizeof in->why, "%s", store_why(in->store));
    return answer;
}

/* A histogram on its way into the pool. */
struct pooling {
    struct results_inside *in;
    const char *scope, *metric;
    struct histogram_total *total;
    uint64_t least;
};

static const struct store_histogram *histogram_of(const struct store_trial *trial,
                                                  const char *scope, const char *metric)
{
    for (uint32_t i = 0; i < trial->histograms_n; i++) {
        if (strcmp(trial->histograms[i].scope, scope) == 0 &&
            strcmp(trial->histograms[i].metric, metric) == 0)
            return &trial->histograms[i];
    }
    return NULL;
}

static int pool_trial(void *context, const struct store_trial *trial, const char *damage)
{
    struct pooling *p = context;
    const struct store_histogram *h;
    uint64_t before = p->total->n;
    int answer;

    if (damage) {
        snprintf(p->in->why, sizeof p->in->why, "%s", damage);
        return -EBADMSG;
    }
    h = histogram_of(trial, p->scope, p->metric);
    if (!h)
        h = histogram_of(trial, "all", p->metric);
    answer = h ? histogram_decode(p->total, h->bytes, h->n) : 0;
    if (answer)
        snprintf(p->in->why, sizeof p->in->why, "%s: a histogram of %s cannot be read",
                 p->in->results.path, p->metric);
    if (p->total->n - before < p->least)
        p->least = p->total->n - before;
    return answer;
}

int results_pool(struct results *results, uint32_t contender, const char *scope, const char *metric,
                 struct histogram_total *total, uint64_t *least)
{
    struct pooling pooling = { results->inside, scope, metric, total, UINT64_MAX };
    int answer;

    memset(total, 0, sizeof *total);
    results->inside->why[0] = '\0';
    answer = results_each(results, contender, pool_trial, &pooling);
    *least = pooling.least == UINT64_MAX ? 0 : pooling.least;
    return answer;
}
