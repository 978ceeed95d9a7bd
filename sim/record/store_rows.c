/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/store_rows.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct field field_text(const char *text)
{
    if (!text)
        return (struct field) { .type = FIELD_NULL };
    return (struct field) { FIELD_TEXT, strlen(text), text };
}

struct field field_bytes(const void *bytes, size_t n)
{
    return (struct field) { FIELD_BYTES, n, n ? bytes : "" };
}

struct field field_whole(uint64_t number)
{
    return (struct field) { .type = FIELD_WHOLE, .n = number };
}

struct field field_real(double number)
{
    const double stored = number + 0.0; /* SQLite stores -0.0 as 0 */
    struct field field = { .type = isnan(number) ? FIELD_NULL : FIELD_REAL };
    if (!isnan(number))
        memcpy(&field.n, &stored, sizeof stored);
    return field;
}

double field_to_real(const struct field *field)
{
    double number = NAN;
    if (field->type == FIELD_REAL)
        memcpy(&number, &field->n, sizeof number);
    return number;
}

static void add_number(uint8_t *bytes, uint64_t number)
{
    uint64_t sum;
    memcpy(&sum, bytes, sizeof sum);
    sum = htole64(le64toh(sum) + number);
    memcpy(bytes, &sum, sizeof sum);
}

void checksum_add(struct checksum *sum, char table, const struct field *fields, int n)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    XXH3_128bits_update(&state, &table, 1);
    for (int i = 0; i < n; i++) {
        const uint64_t head[2] = { htole64((uint64_t)fields[i].type), htole64(fields[i].n) };
        XXH3_128bits_update(&state, head, sizeof head);
        if (fields[i].data)
            XXH3_128bits_update(&state, fields[i].data, (size_t)fields[i].n);
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(&state);
    add_number(sum->bytes, hash.low64);
    add_number(sum->bytes + 8, hash.high64);
}

bool checksum_holds(const struct checksum *sum, const struct field *stored)
{
    return stored->type == FIELD_BYTES && stored->n == sizeof sum->bytes &&
           memcmp(stored->data, sum->bytes, sizeof sum->bytes) == 0;
}

bool rows_row_holds(char table, const struct field *fields, int n)
{
    struct checksum sum = { { 0 } };
    if (n < 1)
        return false;
    checksum_add(&sum, table, fields, n - 1);
    return checksum_holds(&sum, &fields[n - 1]);
}

void checksum_text(const char *text, char hex[33])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(text, strlen(text)));
    for (int i = 0; i < 16; i++)
        sprintf(hex + 2 * i, "%02x", canonical.digest[i]);
}
