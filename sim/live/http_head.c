/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/live/head.h"

static const struct {
    const char *name;
    size_t length;
} known_names[KNOWN_FIELDS] = {
    [KNOWN_HOST] = { "host", 4 },       [KNOWN_LENGTH] = { "content-length", 14 },
    [KNOWN_EXPECT] = { "expect", 6 },   [KNOWN_ENCODING] = { "transfer-encoding", 17 },
    [KNOWN_UPGRADE] = { "upgrade", 7 }, [KNOWN_LBSIM] = { "x-lbsim", 7 },
};

/* A character that a name may have (RFC 9110, 5.6.2). */
static bool is_token(unsigned char c)
{
    static const uint64_t set[2] = { UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe) };

    return c < 128 && (set[c >> 6] >> (c & 63) & 1);
}

static void note_known(struct head *h, const char *line, size_t colon, size_t end)
{
    uint32_t from = (uint32_t)colon + 1, to = (uint32_t)end;
    int i;

    for (i = 0; i < KNOWN_FIELDS; i++)
        if (known_names[i].length == colon && !strncasecmp(line, known_names[i].name, colon))
            break;
    if (i == KNOWN_FIELDS)
        return;
    while (from < to && (line[from] == ' ' || line[from] == '\t'))
        from++;
    while (to > from && (line[to - 1] == ' ' || line[to - 1] == '\t'))
        to--;
    h->known[i].at = h->line - h->start + from;
    h->known[i].n = to - from;
    h->known[i].count++;
}

/* A line of fields, without its end. 0, or what is wrong. */
static int check_field(struct head *h, const struct channel_limits *limits, const char *line,
                       size_t n)
{
    size_t colon = 0;

    while (colon < n && is_token((unsigned char)line[colon]))
        colon++;
    if (colon == 0 || colon == n || line[colon] != ':')
        return 400;
    if (limits->fields > 0 && h->fields >= limits->fields)
        return 431;
    h->fields++;
    note_known(h, line, colon, n);
    return 0;
}

/* A line has ended before `end`. HEAD_MORE, HEAD_WHOLE, or what is wrong. */
static int end_line(struct head *h, const struct channel_limits *limits, const char *base,
                    uint32_t end)
{
    const uint32_t n = end - h->line;
    int wrong = 0;

    if (n == 0 && h->line == h->start) { /* an empty line before the head: one is forgiven */
        if (h->start > 0)
            return 400;
        h->start = end + 2;
    } else if (n == 0) {
        return HEAD_WHOLE;
    } else if (h->line != h->start) {
        wrong = check_field(h, limits, base + h->line, n);
    }
    h->line = end + 2;
    return wrong;
}

static int too_long(const struct head *h, const struct channel_limits *limits, size_t n)
{
    enum { AROUND = 32, MOST = 1 << 20 }; /* method, version, spaces; where nobody sets a limit */
    const uint32_t most = limits->header_bytes > 0 ? limits->header_bytes : MOST;

    if (limits->uri_bytes > 0 && h->line == h->start && n - h->line > limits->uri_bytes + AROUND)
        return 414;
    return n - h->start > most ? 431 : 0;
}

static int scan(struct head *h, const struct channel_limits *limits, const char *base, size_t n)
{
    uint32_t i = h->scanned;

    for (; i < n; i++) {
        const unsigned char c = (unsigned char)base[i];
        int found;

        if (c >= 0x20 ? c != 0x7f : c == '\t') {
            if (i > h->line && base[i - 1] == '\r')
                return 400;
            continue;
        }
        if (c == '\r' && (i == h->line || base[i - 1] != '\r'))
            continue;
        if (c != '\n' || i == h->line || base[i - 1] != '\r')
            return 400;
        if ((found = too_long(h, limits, i + 1)))
            return found;
        if ((found = end_line(h, limits, base, i - 1))) {
            h->scanned = i + 1;
            return found;
        }
    }
    h->scanned = i;
    return too_long(h, limits, n);
}

static int keep(struct head *h, const char *bytes, size_t n)
{
    if (h->n + n > h->room) {
        const uint32_t room = (uint32_t)(h->n + n) * 2;
        char *kept = realloc(h->kept, room);

        if (!kept)
            return -1;
        h->kept = kept;
        h->room = room;
    }
    memcpy(h->kept + h->n, bytes, n);
    h->n += (uint32_t)n;
    return 0;
}

int head_take(struct head *h, const struct channel_limits *limits, const char *bytes, size_t n,
              size_t *used, const char **text, size_t *length)
{
    enum { AT_ONCE = 1 << 20 };
    const char *base = bytes;
    const uint32_t before = h->n;
    int found;

    n = n < AT_ONCE ? n : AT_ONCE;
    if (before > 0) {
        if (keep(h, bytes, n))
            return 431;
        base = h->kept;
    }
    found = scan(h, limits, base, before + n);
    *used = found == HEAD_WHOLE ? h->scanned - before : n;
    if (found == HEAD_MORE && before == 0 && keep(h, bytes, n))
        return 431;
    *text = base + h->start;
    *length = h->scanned - h->start;
    return found;
}

void head_reset(struct head *h)
{
    free(h->kept);
    memset(h, 0, sizeof *h);
}

bool head_says(const struct head *h, const char *text, enum known_field field, const char *word)
{
    return h->known[field].n == strlen(word) &&
           !strncasecmp(text + h->known[field].at, word, h->known[field].n);
}
