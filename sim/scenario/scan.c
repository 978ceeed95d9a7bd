/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/scan.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/diagnose.h"
#include "sim/scenario/text.h"

struct scan {
    const struct text *text;
    char *clean;
    size_t at, length;
    uint32_t source, depth;
    struct spots *spots;
    struct diagnostics *said;
};

bool spots_add(struct spots *spots, struct spot spot)
{
    struct spot *more;

    if (spots->n == spots->room) {
        spots->room = spots->room ? 2 * spots->room : 64;
        more = realloc(spots->at, spots->room * sizeof *more);
        if (!more)
            return false;
        spots->at = more;
    }
    spots->at[spots->n++] = spot;
    return true;
}

/* Says what is wrong at an offset; false, for the caller to pass on. */
static bool fault(struct scan *scan, size_t offset, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diagnose_list(scan->said, SAY_ERROR, NULL, scan->text, offset, format, arguments);
    va_end(arguments);
    return false;
}

static char here(const struct scan *scan)
{
    return scan->at < scan->length ? scan->clean[scan->at] : '\0';
}

static bool ended(const struct scan *scan)
{
    return scan->at == scan->length;
}

static void blanks(struct scan *scan)
{
    scan->at += strspn(scan->clean + scan->at, " \t\r\n");
}

/* What stands here, for "found ...". */
static const char *found(const struct scan *scan, char room[16])
{
    size_t n;

    if (ended(scan))
        return "the end of the text";
    n = utf8_length(scan->clean + scan->at, scan->length - scan->at);
    if (!n)
        return "a byte that is not UTF-8";
    if ((unsigned char)here(scan) < ' ' || here(scan) == 127)
        return "a control character";
    room[0] = '\'';
    memcpy(room + 1, scan->clean + scan->at, n);
    room[n + 1] = '\'';
    room[n + 2] = '\0';
    return room;
}

static bool unexpected(struct scan *scan, const char *expected)
{
    const char *hint = "";
    char room[16], c = here(scan);

    if (c == '/' || c == '#')
        hint = "; JSON has no comments: use a \"description\" key";
    else if (c == '\'' || !strncmp(scan->clean + scan->at, "\xe2\x80\x9c", 3))
        hint = "; texts are written in plain double quotes";
    return fault(scan, scan->at, "expected %s, found %s%s", expected, found(scan, room), hint);
}

static void paint(struct scan *scan, size_t from, size_t n)
{
    memset(scan->clean + from, '?', n);
}

static int hex4(const char *at)
{
    int value = 0, i;

    for (i = 0; i < 4; i++) {
        int digit = at[i] >= '0' && at[i] <= '9'   ? at[i] - '0'
                    : at[i] >= 'a' && at[i] <= 'f' ? at[i] - 'a' + 10
                    : at[i] >= 'A' && at[i] <= 'F' ? at[i] - 'A' + 10
                                                   : -1;

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX: half a surrogate pair or the character NUL is no text. Answers the bytes taken. */
static size_t unicode_escape(struct scan *scan)
{
    const char *at = scan->clean + scan->at;
    int high = hex4(at + 2), low;

    if (high < 0) {
        fault(scan, scan->at, "\\u takes four hexadecimal digits, as in \\u00e9");
        paint(scan, scan->at, 2);
        return 2;
    }
    if (high >= 0xd800 && high < 0xdc00 && at[6] == '\\' && at[7] == 'u') {
        low = hex4(at + 8);
        if (low >= 0xdc00 && low < 0xe000)
            return 12;
    }
    if (high == 0 || (high >= 0xd800 && high < 0xe000)) {
        fault(scan, scan->at,
              high ? "half of a surrogate pair is no character"
                   : "the character \\u0000 cannot be part of a text");
        paint(scan, scan->at, 6);
    }
    return 6;
}

static size_t escape(struct scan *scan)
{
    char c = scan->clean[scan->at + 1];

    if (c == 'u')
        return unicode_escape(scan);
    if (!c || !strchr("\"\\/bfnrt", c)) {
        fault(scan, scan->at, "unknown escape; JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
        paint(scan, scan->at, 1);
        return 1;
    }
    return 2;
}

/* One character of a string that is not its end; its length. */
static size_t character(struct scan *scan)
{
    size_t n = utf8_length(scan->clean + scan->at, scan->length - scan->at);

    if (here(scan) == '\\')
        return escape(scan);
    if (n && ((unsigned char)here(scan) >= ' '))
        return n;
    fault(scan, scan->at,
          n ? "a control character (byte %d) within a text; write it as an escape"
            : "this byte (%d) is not UTF-8",
          (unsigned char)here(scan));
    paint(scan, scan->at, 1);
    return 1;
}

static bool scan_string(struct scan *scan)
{
    size_t start = scan->at++;

    while (!ended(scan) && here(scan) != '"') {
        if (here(scan) == '\n')
            return fault(scan, start, "this text is not closed by a double quote on its line");
        scan->at += character(scan);
    }
    if (ended(scan))
        return fault(scan, start, "the file ends within this text: a double quote is missing");
    scan->at++;
    return true;
}

static size_t digits(const struct scan *scan)
{
    return strspn(scan->clean + scan->at, "0123456789");
}

static void number_range(struct scan *scan, size_t start, struct spot *spot)
{
    size_t length = scan->at - start, show = length < 40 ? length : 40;
    const char *text = scan->clean + start, *what = NULL;
    double value;

    errno = 0;
    value = strtod(text, NULL);
    if (length > LONGEST_NUMBER_TEXT)
        what = "has more digits than any quantity needs";
    else if (isinf(value))
        what = "is beyond the largest number (1.8e308)";
    else if (value == 0 && errno == ERANGE)
        what = "is nearer to 0 than any number";
    if (!what)
        return;
    fault(scan, start, "%.*s%s %s", (int)show, text, show < length ? "..." : "", what);
    memset(scan->clean + start, ' ', length);
    scan->clean[start] = '0';
    spot->flawed = 1;
}

static bool scan_number(struct scan *scan, uint32_t index)
{
    size_t start = scan->at;

    scan->at += here(scan) == '-';
    if (here(scan) == '0' && strspn(scan->clean + scan->at + 1, "0123456789"))
        return fault(scan, start, "a number does not begin with a needless 0");
    if (!digits(scan))
        return unexpected(scan, "a digit");
    scan->at += digits(scan);
    if (here(scan) == '.') {
        scan->at++;
        if (!digits(scan))
            return unexpected(scan, "a digit after the point");
        scan->at += digits(scan);
    }
    if (here(scan) == 'e' || here(scan) == 'E') {
        scan->at++;
        scan->at += here(scan) == '-' || here(scan) == '+';
        if (!digits(scan))
            return unexpected(scan, "a digit of the exponent");
        scan->at += digits(scan);
    }
    number_range(scan, start, &scan->spots->at[index]);
    return true;
}

static bool scan_word(struct scan *scan)
{
    static const char *const known[] = { "true", "false", "null" };
    const char *text = scan->clean + scan->at;
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (n == strlen(known[i]) && !strncmp(text, known[i], n)) {
            scan->at += n;
            return true;
        }
    return fault(scan, scan->at, "%.*s is not a value of JSON; texts are written in double quotes",
                 (int)(n < 40 ? n : 40), text);
}

static bool scan_value(struct scan *scan, size_t key);

/* After a value of a list or an object: true if another follows. */
static bool comma(struct scan *scan, char close, bool *more)
{
    blanks(scan);
    *more = here(scan) == ',';
    if (!*more && here(scan) != close)
        return unexpected(scan, close == '}' ? "',' or '}' after the value"
                                             : "',' or ']' after the value");
    scan->at++;
    if (!*more)
        return true;
    blanks(scan);
    if (here(scan) == close)
        return fault(scan, scan->at, "nothing follows the last comma: leave it out");
    return true;
}

static bool scan_list(struct scan *scan)
{
    bool more = true;

    scan->at++;
    blanks(scan);
    if (here(scan) == ']') {
        scan->at++;
        return true;
    }
    while (more) {
        blanks(scan);
        if (!scan_value(scan, scan->at) || !comma(scan, ']', &more))
            return false;
    }
    return true;
}

static bool scan_member(struct scan *scan)
{
    size_t key = scan->at;

    if (here(scan) != '"')
        return unexpected(scan, "a key in double quotes");
    if (!scan_string(scan))
        return false;
    blanks(scan);
    if (here(scan) != ':')
        return unexpected(scan, "':' after the key");
    scan->at++;
    blanks(scan);
    return scan_value(scan, key);
}

static bool scan_object(struct scan *scan)
{
    bool more = true;

    scan->at++;
    blanks(scan);
    if (here(scan) == '}') {
        scan->at++;
        return true;
    }
    while (more) {
        blanks(scan);
        if (!scan_member(scan) || !comma(scan, '}', &more))
            return false;
    }
    return true;
}

static bool scan_nested(struct scan *scan)
{
    bool good;

    if (scan->depth == DEEPEST)
        return fault(scan, scan->at, "lists and objects are nested deeper than %d", DEEPEST);
    scan->depth++;
    good = here(scan) == '{' ? scan_object(scan) : scan_list(scan);
    scan->depth--;
    return good;
}

static bool scan_value(struct scan *scan, size_t key)
{
    uint32_t index = scan->spots->n;
    char c = here(scan);

    if (!spots_add(scan->spots, (struct spot) { .value = (uint32_t)scan->at,
                                                .key = (uint32_t)key,
                                                .source = scan->source & 0x3fffffff }))
        return fault(scan, scan->at, "out of memory");
    if (c == '{' || c == '[')
        return scan_nested(scan);
    if (c == '"')
        return scan_string(scan);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(scan, index);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return scan_word(scan);
    return unexpected(scan, "a value");
}

/* Byte order marks and the encodings that they tell of. */
static bool marked(struct scan *scan)
{
    const char *bytes = scan->clean;

    if (scan->length >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
        return !fault(scan, 0, "the file begins with a byte order mark: save it as plain UTF-8");
    if (scan->length >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2)))
        return !fault(scan, 0, "the file is UTF-16: save it as UTF-8");
    return false;
}

bool scan_json(const struct text *text, char *clean, uint32_t source, struct spots *spots,
               struct diagnostics *said)
{
    struct scan scan = { .text = text,
                         .clean = clean,
                         .length = text->length,
                         .source = source,
                         .spots = spots,
                         .said = said };

    if (marked(&scan))
        return false;
    blanks(&scan);
    if (ended(&scan))
        return fault(&scan, scan.at, "there is nothing in it: expected an object, {...}");
    if (!scan_value(&scan, scan.at))
        return false;
    blanks(&scan);
    return ended(&scan) || unexpected(&scan, "the end of the text");
}
