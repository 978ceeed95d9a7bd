/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/histogram.h"

#include <errno.h>
#include <math.h>

#define FORMAT_VERSION 1u

static uint32_t shift_of(uint32_t index)
{
    return index < HISTOGRAM_OCTAVE ? 0 : index / HISTOGRAM_OCTAVE - 1;
}

static int64_t low_of(uint32_t index)
{
    const uint32_t shift = shift_of(index);
    return (int64_t)((uint64_t)(index - shift * HISTOGRAM_OCTAVE) << shift);
}

static int64_t width_of(uint32_t index)
{
    return (int64_t)1 << shift_of(index);
}

void histogram_merge(struct histogram_total *total, const struct histogram *part)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        total->count[i] += part->count[i];
        n += part->count[i];
    }
    total->n += n;
}

void histogram_merge_total(struct histogram_total *total, const struct histogram_total *part)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total->count[i] += part->count[i];
    total->n += part->n;
}

uint64_t histogram_rank(double p, uint64_t n)
{
    const double exact = p * (double)n;
    const double rank = ceil(exact - exact * 0x1p-51);
    if (!(rank > 1))
        return 1;
    return rank < (double)n ? (uint64_t)rank : n;
}

double histogram_quantile(const struct histogram_total *total, double p)
{
    assert(p >= 0 && p <= 1);
    if (total->n == 0)
        return NAN;
    uint64_t missing = histogram_rank(p, total->n);
    uint32_t i = 0;
    while (missing > total->count[i])
        missing -= total->count[i++];
    return (double)low_of(i) + (double)(width_of(i) - 1) / 2;
}

double histogram_rounding(double quantile)
{
    if (!(quantile >= 0))
        return 0;
    const int64_t value = quantile < 0x1p63 ? (int64_t)quantile : INT64_MAX;
    return (double)(width_of(histogram_index(value)) - 1) / 2;
}

double histogram_above(const struct histogram_total *total, int64_t value)
{
    assert(value >= 0);
    const uint32_t own = histogram_index(value);
    const int64_t beyond = width_of(own) - 1 - (value - low_of(own));
    uint64_t above = 0;
    for (uint32_t i = own + 1; i < HISTOGRAM_BUCKETS; i++)
        above += total->count[i];
    return (double)above + (double)total->count[own] * (double)beyond / (double)width_of(own);
}

bool histogram_next(const struct histogram_total *total, uint32_t *at,
                    struct histogram_bucket *bucket)
{
    while (*at < HISTOGRAM_BUCKETS && total->count[*at] == 0)
        ++*at;
    if (*at >= HISTOGRAM_BUCKETS)
        return false;
    bucket->low = low_of(*at);
    bucket->high = bucket->low + (width_of(*at) - 1);
    bucket->count = total->count[*at];
    ++*at;
    return true;
}

static size_t put_number(uint8_t *bytes, uint64_t number)
{
    size_t n = 0;
    for (; number > 0x7f; number >>= 7)
        bytes[n++] = (uint8_t)(number | 0x80);
    bytes[n++] = (uint8_t)number;
    return n;
}

/* Reads a number in its shortest form only; 0: there is none. */
static size_t get_number(const uint8_t *bytes, size_t room, uint64_t *number)
{
    *number = 0;
    for (size_t n = 0; n < room && n < 10; n++) {
        const uint64_t digit = bytes[n] & 0x7f;
        if (n == 9 && digit > 1)
            return 0;
        *number |= digit << (7 * n);
        if (bytes[n] < 0x80)
            return digit == 0 && n > 0 ? 0 : n + 1;
    }
    return 0;
}

static size_t put_bucket(uint8_t *bytes, uint32_t *next, uint32_t index, uint64_t count)
{
    const size_t n = put_number(bytes, index - *next);
    *next = index + 1;
    return n + put_number(bytes + n, count);
}

/* The counts of one replication, or of a total if there is one. */
static uint64_t count_at(const struct histogram *one, const struct histogram_total *total,
                         uint32_t i)
{
    return total ? total->count[i] : one->count[i];
}

static inline size_t encode(const struct histogram *one, const struct histogram_total *total,
                            uint8_t *bytes)
{
    uint32_t used = 0, next = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        used += count_at(one, total, i) != 0;
    size_t n = 0;
    bytes[n++] = FORMAT_VERSION;
    n += put_number(bytes + n, used);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (count_at(one, total, i))
            n += put_bucket(bytes + n, &next, i, count_at(one, total, i));
    return n;
}

size_t histogram_encode(const struct histogram *histogram, uint8_t *bytes)
{
    return encode(histogram, NULL, bytes);
}

size_t histogram_encode_total(const struct histogram_total *total, uint8_t *bytes)
{
    return encode(NULL, total, bytes);
}

/* A reader of encoded bytes: how many buckets are left, and where the next may begin. */
struct reading {
    const uint8_t *bytes;
    size_t left;
    uint64_t buckets, next;
};

static bool read_number(struct reading *reading, uint64_t *number)
{
    const size_t n = get_number(reading->bytes, reading->left, number);
    reading->bytes += n;
    reading->left -= n;
    return n > 0;
}

static bool read_start(struct reading *reading, const uint8_t *bytes, size_t n)
{
    if (n < 1 || bytes[0] != FORMAT_VERSION)
        return false;
    *reading = (struct reading) { .bytes = bytes + 1, .left = n - 1 };
    return read_number(reading, &reading->buckets) && reading->buckets <= HISTOGRAM_BUCKETS;
}

static bool read_bucket(struct reading *reading, uint32_t *index, uint64_t *count)
{
    uint64_t skipped;
    if (!read_number(reading, &skipped) || !read_number(reading, count) || *count == 0)
        return false;
    if (skipped >= HISTOGRAM_BUCKETS - reading->next)
        return false;
    *index = (uint32_t)(reading->next + skipped);
    reading->next = *index + 1u;
    reading->buckets--;
    return true;
}

/* Reads all of it; adds to the total only if there is one. */
static int walk(struct histogram_total *total, uint64_t n, const uint8_t *bytes, size_t length)
{
    struct reading reading;
    if (!read_start(&reading, bytes, length))
        return -EBADMSG;
    bool overflow = false;
    while (reading.buckets > 0) {
        uint32_t index;
        uint64_t count;
        if (!read_bucket(&reading, &index, &count))
            return -EBADMSG;
        overflow |= __builtin_add_overflow(n, count, &n);
        if (total)
            total->count[index] += count;
    }
    if (reading.left > 0)
        return -EBADMSG;
    if (overflow)
        return -EOVERFLOW;
    if (total)
        total->n = n;
    return 0;
}

int histogram_decode(struct histogram_total *total, const uint8_t *bytes, size_t n)
{
    const int wrong = walk(NULL, total->n, bytes, n);
    return wrong ? wrong : walk(total, total->n, bytes, n);
}
