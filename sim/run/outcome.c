/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/outcome.h"

#include <stdlib.h>
#include <string.h>

bool outcome_encode(const struct histogram *h, uint8_t *room, struct encoded *out)
{
    size_t n = histogram_encode(h, room);

    out->bytes = malloc(n);
    if (!out->bytes)
        return false;
    memcpy(out->bytes, room, n);
    out->n = n;
    return true;
}

static void close_list(struct encoded *at, uint32_t n)
{
    uint32_t i;

    for (i = 0; at && i < n; i++)
        free(at[i].bytes);
    free(at);
}

void outcome_close(struct outcome *out)
{
    close_list(out->histogram, out->histograms_n);
    close_list(out->pool, out->pools_n);
    free(out->values);
    free(out->number);
    memset(out, 0, sizeof *out);
}

/* ---- One block: the struct, its arrays, the sizes of the histograms, the histograms. */

static size_t list_size(const struct encoded *at, uint32_t n)
{
    size_t size = n * sizeof at[0].n;
    uint32_t i;

    for (i = 0; i < n; i++)
        size += at[i].n;
    return size;
}

static char *put(char *at, const void *from, size_t n)
{
    if (n)
        memcpy(at, from, n);
    return at + n;
}

static char *put_list(char *at, const struct encoded *list, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        at = put(at, &list[i].n, sizeof list[i].n);
    for (i = 0; i < n; i++)
        at = put(at, list[i].bytes, list[i].n);
    return at;
}

void *outcome_pack(const struct outcome *out, size_t *n)
{
    char *block, *at;

    *n = sizeof *out + out->values_n * sizeof out->values[0] +
         out->numbers_n * sizeof out->number[0] + list_size(out->histogram, out->histograms_n) +
         list_size(out->pool, out->pools_n);
    block = malloc(*n);
    if (!block)
        return NULL;
    at = put(block, out, sizeof *out);
    at = put(at, out->values, out->values_n * sizeof out->values[0]);
    at = put(at, out->number, out->numbers_n * sizeof out->number[0]);
    at = put_list(at, out->histogram, out->histograms_n);
    put_list(at, out->pool, out->pools_n);
    return block;
}

static void *take(const char **at, size_t n)
{
    void *copy = malloc(n ? n : 1);

    if (copy && n)
        memcpy(copy, *at, n);
    *at += n;
    return copy;
}

static struct encoded *take_list(const char **at, uint32_t n)
{
    struct encoded *list = calloc(n ? n : 1, sizeof list[0]);
    uint32_t i;

    for (i = 0; list && i < n; i++, *at += sizeof list[0].n)
        memcpy(&list[i].n, *at, sizeof list[i].n);
    for (i = 0; list && i < n; i++) {
        if (!list[i].n)
            continue;
        list[i].bytes = take(at, list[i].n);
        if (!list[i].bytes) {
            close_list(list, n);
            return NULL;
        }
    }
    return list;
}

bool outcome_unpack(const void *block, struct outcome *out)
{
    const char *at = (const char *)block + sizeof *out;

    memcpy(out, block, sizeof *out);
    out->number = NULL;
    out->histogram = out->pool = NULL;
    out->values = take(&at, out->values_n * sizeof out->values[0]);
    if (out->values)
        out->number = take(&at, out->numbers_n * sizeof out->number[0]);
    if (out->number)
        out->histogram = take_list(&at, out->histograms_n);
    if (out->histogram)
        out->pool = take_list(&at, out->pools_n);
    if (!out->pool)
        outcome_close(out);
    return out->pool != NULL;
}
