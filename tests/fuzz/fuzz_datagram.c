/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes are a parcel, a datagram or neither, never a crash. What is read and written again is
 * read the same, and no text is longer than it may be. */
#include <stdlib.h>
#include <string.h>

#include "sim/live/datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct parcel *a, const struct parcel *b)
{
    return a->kind == b->kind && a->status == b->status && a->id == b->id && a->part == b->part &&
           a->client == b->client && a->balancer == b->balancer && a->server == b->server &&
           a->key == b->key && a->work == b->work && a->size == b->size && a->cut == b->cut &&
           a->cost == b->cost && a->wait == b->wait && a->service == b->service &&
           a->body == b->body && a->answer == b->answer && a->retried == b->retried;
}

static void parcel_again(const char *text, size_t n)
{
    struct parcel first = parcel_blank(0), second = parcel_blank(0);
    char written[PARCEL_TEXT_MOST];
    size_t length;

    if (parcel_read(&first, text, n))
        return;
    first.kind = second.kind = PARCEL_ANSWER; /* which always says its status */
    length = parcel_write(&first, written);
    if (length >= PARCEL_TEXT_MOST || written[length] || strlen(written) != length)
        abort();
    if (parcel_read(&second, written, length) || !same(&first, &second))
        abort();
}

static void datagram_again(const char *bytes, size_t n, size_t whole)
{
    struct datagram first, second;
    char written[DATAGRAM_TEXT_MOST];
    size_t length;

    if (datagram_read(&first, bytes, n, whole))
        return;
    if (first.parcel.body >= whole || first.parcel.kind > PARCEL_CANCEL)
        abort();
    if (first.stranger) {
        if (first.mark || first.parcel.kind != PARCEL_REQUEST || first.parcel.id)
            abort();
        return;
    }
    if (memchr(bytes, '\n', n) && datagram_mark(bytes, n) != first.mark)
        abort();
    length = datagram_write(written, &first.parcel, first.mark);
    if (length > DATAGRAM_TEXT_MOST ||
        datagram_read(&second, written, length, length + first.parcel.body) || second.stranger ||
        second.mark != first.mark || !same(&first.parcel, &second.parcel))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size ? size : 1); /* no more: reading beyond it is seen */
    const size_t kept = size < DATAGRAM_ROOM ? size : DATAGRAM_ROOM;

    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    parcel_again(bytes, size);
    datagram_again(bytes, kept, size);
    datagram_again(bytes, size / 2, size);
    datagram_mark(bytes, size);
    free(bytes);
    return 0;
}
