/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Puts requests in the order in which they began. Logs are written when requests end, so a line may
 * lie some way after its place: a heap of bounded size holds those that have not been written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/import.h"

static const lb_time SECOND = 1000000000;
static const lb_time DATES_FROM = INT64_C(100000000) * 1000000000; /* what a run cannot reach */

struct import_sort {
    FILE *out;
    struct import_record *heap, *second; /* second: those that ended within one */
    uint32_t n, room, second_n, second_room;
    lb_time shift, written_time, ended;
    uint64_t written, taken;
    bool shift_wanted, service, key, bytes;
};

struct import_sort *import_sort_open(FILE *out, bool shift)
{
    struct import_sort *s = calloc(1, sizeof *s);

    if (s) {
        s->out = out;
        s->shift_wanted = shift;
    }
    return s;
}

static bool before(const struct import_record *a, const struct import_record *b)
{
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static bool make_room(struct import_record **at, uint32_t n, uint32_t *room)
{
    struct import_record *more;

    if (n < *room)
        return true;
    more = realloc(*at, (2 * (size_t)*room + 1024) * sizeof *more);
    if (!more)
        return false;
    *at = more;
    *room = 2 * *room + 1024;
    return true;
}

/* ---- The heap. */

static bool push(struct import_sort *s, struct import_record record)
{
    uint32_t at = s->n;

    if (!make_room(&s->heap, s->n, &s->room))
        return false;
    for (s->n++; at > 0 && before(&record, &s->heap[(at - 1) / 2]); at = (at - 1) / 2)
        s->heap[at] = s->heap[(at - 1) / 2];
    s->heap[at] = record;
    return true;
}

static struct import_record pop(struct import_sort *s)
{
    const struct import_record first = s->heap[0], last = s->heap[--s->n];
    uint32_t at = 0, child;

    for (; (child = 2 * at + 1) < s->n; at = child) {
        if (child + 1 < s->n && before(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!before(&s->heap[child], &last))
            break;
        s->heap[at] = s->heap[child];
    }
    s->heap[at] = last;
    return first;
}

/* ---- Writing. */

static void print_seconds(FILE *out, lb_time time)
{
    char part[16];
    size_t n = 9;

    fprintf(out, "%lld", (long long)(time / SECOND));
    snprintf(part, sizeof part, "%09lld", (long long)(time % SECOND));
    while (n > 0 && part[n - 1] == '0')
        n--;
    if (n)
        fprintf(out, ".%.*s", (int)n, part);
}

static void print_key(FILE *out, const char *key)
{
    if (!strpbrk(key, ",\" ")) {
        fputs(key, out);
        return;
    }
    fputc('"', out);
    for (; *key; key++) {
        if (*key == '"')
            fputc('"', out);
        fputc(*key, out);
    }
    fputc('"', out);
}

static void begin(struct import_sort *s, const struct import_record *first)
{
    s->service = first->work >= 0;
    s->key = first->key != NULL;
    s->bytes = first->bytes >= 0;
    s->shift = s->shift_wanted || first->time > DATES_FROM ? first->time : 0;
    s->written_time = first->time;
    fprintf(s->out, "time%s%s%s\n", s->service ? ",service" : "", s->key ? ",key" : "",
            s->bytes ? ",bytes" : "");
}

static int put(struct import_sort *s, const char **why)
{
    struct import_record record = pop(s);

    if (s->written == 0)
        begin(s, &record);
    if (record.time < s->written_time) {
        free(record.key);
        *why = "a request began before one that stands a million lines above it: sort the log "
               "first";
        return -1;
    }
    s->written++;
    s->written_time = record.time;
    print_seconds(s->out, record.time - s->shift);
    if (s->service) {
        fputc(',', s->out);
        print_seconds(s->out, record.work);
    }
    if (s->key) {
        fputc(',', s->out);
        print_key(s->out, record.key ? record.key : "");
    }
    if (s->bytes)
        fprintf(s->out, ",%lld", (long long)record.bytes);
    fputc('\n', s->out);
    free(record.key);
    if (!ferror(s->out))
        return 0;
    *why = "the trace cannot be written";
    return -1;
}

static int keep(struct import_sort *s, const struct import_record *record, const char **why)
{
    if (s->n >= IMPORT_WINDOW && put(s, why))
        return -1;
    if (push(s, *record))
        return 0;
    free(record->key);
    *why = "out of memory";
    return -1;
}

/* ---- Ends to the second. */

/* Those that ended within one second, at equal distances. */
static int spread(struct import_sort *s, const char **why)
{
    const uint32_t n = s->second_n;
    uint32_t i;
    int failed = 0;

    s->second_n = 0;
    for (i = 0; i < n; i++) {
        struct import_record *record = &s->second[i];

        record->time += (lb_time)((2 * (uint64_t)i + 1) * (uint64_t)SECOND / (2 * (uint64_t)n));
        if (failed)
            free(record->key);
        else
            failed = keep(s, record, why);
    }
    return failed;
}

int import_sort_add(struct import_sort *s, const struct import_record *record, const char **why)
{
    struct import_record mine = *record;
    const lb_time ended = record->time + (record->work > 0 ? record->work : 0);

    *why = "out of memory";
    if (record->key && !(mine.key = strdup(record->key)))
        return -1;
    mine.order = record->order ? record->order : s->taken;
    s->taken++;
    if (!record->ended)
        return keep(s, &mine, why);
    if (s->second_n && (ended != s->ended || s->second_n == IMPORT_WINDOW) && spread(s, why)) {
        free(mine.key);
        return -1;
    }
    s->ended = ended;
    if (make_room(&s->second, s->second_n, &s->second_room)) {
        s->second[s->second_n++] = mine;
        return 0;
    }
    free(mine.key);
    return -1;
}

int import_sort_end(struct import_sort *s, const char **why)
{
    int failed = s->second_n ? spread(s, why) : 0;

    while (!failed && s->n)
        failed = put(s, why);
    if (!failed && fflush(s->out)) {
        *why = "the trace cannot be written";
        failed = -1;
    }
    return failed;
}

uint64_t import_sort_written(const struct import_sort *s)
{
    return s->written;
}

bool import_sort_shifted(const struct import_sort *s)
{
    return s->shift != 0;
}

void import_sort_close(struct import_sort *s)
{
    uint32_t i;

    if (!s)
        return;
    for (i = 0; i < s->n; i++)
        free(s->heap[i].key);
    for (i = 0; i < s->second_n; i++)
        free(s->second[i].key);
    free(s->heap);
    free(s->second);
    free(s);
}
