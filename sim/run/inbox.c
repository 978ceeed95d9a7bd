/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/inbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_KEPT = 1 << 22 };

static bool make_room(struct inbox *in, size_t wanted)
{
    unsigned char *other;

    if (in->n == 0 && in->room > ROOM_KEPT && wanted < ROOM_KEPT) {
        free(in->data); /* one large message is no reason to keep its room */
        *in = (struct inbox) { NULL, 0, 0 };
    }
    if (in->room >= wanted)
        return true;
    other = realloc(in->data, wanted);
    if (!other)
        return false;
    in->data = other;
    in->room = wanted;
    return true;
}

enum heard inbox_read(struct inbox *in, int from, size_t wanted)
{
    ssize_t n;

    if (!make_room(in, wanted))
        return HEARD_NO_MEMORY;
    do
        n = read(from, in->data + in->n, in->room - in->n);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return HEARD_END;
    in->n += (size_t)n;
    return HEARD_SOMETHING;
}

void inbox_drop(struct inbox *in, size_t n)
{
    in->n -= n;
    if (in->n)
        memmove(in->data, in->data + n, in->n);
}
