/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 60, LONG_TIME = 1000000 /* seconds: in hours it says less */ };

/* A value is times / over: a division by a whole number rounds once, so that "9ms" is 0.009. */
struct scale {
    const char *suffix;
    double times, over;
};

static const struct scale times[] = {
    { "h", 3600, 1 }, { "min", 60, 1 }, { "s", 1, 1 },  { "ms", 1, 1e3 },
    { "us", 1, 1e6 }, { "ns", 1, 1e9 }, { NULL, 0, 0 },
};
static const struct scale sizes[] = {
    { "TiB", 1099511627776., 1 },
    { "TB", 1e12, 1 },
    { "GiB", 1073741824, 1 },
    { "GB", 1e9, 1 },
    { "MiB", 1048576, 1 },
    { "MB", 1e6, 1 },
    { "KiB", 1024, 1 },
    { "kB", 1e3, 1 },
    { "KB", 1e3, 1 },
    { "B", 1, 1 },
    { NULL, 0, 0 },
};
static const struct scale bandwidths[] = {
    { "Tbit/s", 1e12, 8 },   { "Gbit/s", 1e9, 8 },
    { "Mbit/s", 1e6, 8 },    { "kbit/s", 1e3, 8 },
    { "bit/s", 1, 8 },       { "GB/s", 1e9, 1 },
    { "MB/s", 1e6, 1 },      { "kB/s", 1e3, 1 },
    { "B/s", 1, 1 },         { "GiB/s", 1073741824, 1 },
    { "MiB/s", 1048576, 1 }, { "KiB/s", 1024, 1 },
    { NULL, 0, 0 },
};
static const struct scale rates[] = {
    { "/s", 1, 1 },
    { "/min", 1, 60 },
    { "/h", 1, 3600 },
    { NULL, 0, 0 },
};

#define NUMBER_PATTERN "^[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)? ?"

static const struct about_unit {
    const struct scale *scales;
    const char *name, *example, *expected, *pattern;
} about[] = {
    [UNIT_NONE] = { NULL, "", "2", "expected a number", NULL },
    [UNIT_TIME] = { times, "seconds", "\"10ms\"",
                    "expected a time with a unit (ns, us, ms, s, min, h), as in \"250us\"",
                    NUMBER_PATTERN "(ns|us|ms|s|min|h)$" },
    [UNIT_BYTES] = { sizes, "bytes", "\"64KiB\"",
                     "expected a size with a unit (B, kB, KiB, MB, MiB, GB, GiB), as in \"64KiB\"",
                     NUMBER_PATTERN "([KMGT]iB|[kKMGT]?B)$" },
    [UNIT_BANDWIDTH] = { bandwidths, "bytes per second", "\"1Gbit/s\"",
                         "expected a bandwidth with a unit, as in \"1Gbit/s\" or \"100MB/s\"",
                         NUMBER_PATTERN "([kMGT]?bit/s|[kMG]?B/s|[KMG]iB/s)$" },
    [UNIT_RATE] = { rates, "per second", "\"900/s\"",
                    "expected a rate with a unit, as in \"900/s\" or \"60/min\"",
                    NUMBER_PATTERN "/(s|min|h)$" },
};

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Length of the number that a text begins with, 0 if there is none. */
static size_t number_length(const char *text)
{
    size_t n = digits(text), fraction, sign;

    if (!n)
        return 0;
    if (text[n] == '.') {
        fraction = digits(text + n + 1);
        if (!fraction)
            return 0;
        n += 1 + fraction;
    }
    if (text[n] == 'e' || text[n] == 'E') {
        sign = text[n + 1] == '-' || text[n + 1] == '+';
        if (digits(text + n + 1 + sign))
            n += 1 + sign + digits(text + n + 1 + sign);
    }
    return n <= LONGEST_NUMBER ? n : 0;
}

const char *unit_read(enum unit unit, const char *text, double *value)
{
    const struct scale *scale = about[unit].scales;
    size_t n = number_length(text);
    char number[LONGEST_NUMBER + 1];
    const char *suffix = text + n;
    double read;

    if (!n || !scale)
        return about[unit].expected;
    memcpy(number, text, n);
    number[n] = '\0';
    suffix += *suffix == ' ';
    while (scale->suffix && strcmp(scale->suffix, suffix))
        scale++;
    if (!scale->suffix)
        return about[unit].expected;
    read = strtod(number, NULL) * scale->times / scale->over;
    if (!isfinite(read))
        return "expected a number below 1e308";
    *value = read;
    return NULL;
}

const char *unit_name(enum unit unit)
{
    return about[unit].name;
}

const char *unit_pattern(enum unit unit)
{
    return about[unit].pattern;
}

const char *unit_example(enum unit unit)
{
    return about[unit].example;
}

/* The largest unit in which the value is at least 1; powers of 1024 only where they divide it. */
static const struct scale *fitting(enum unit unit, double value)
{
    const struct scale *scale, *best = NULL;

    for (scale = about[unit].scales; scale->suffix; scale++) {
        double shown = value * scale->over / scale->times;
        bool binary = strchr(scale->suffix, 'i') && strchr(scale->suffix, 'B');

        if (shown < 1 || (binary && shown != floor(shown)) || !strcmp(scale->suffix, "KB"))
            continue;
        if (unit == UNIT_BANDWIDTH && !strstr(scale->suffix, "bit"))
            continue;
        if (!best || shown < value * best->over / best->times)
            best = scale;
    }
    return best;
}

const char *unit_show(enum unit unit, double value, char *room, size_t size)
{
    const struct scale *scale = NULL;

    if (unit == UNIT_RATE)
        scale = &rates[0];
    else if (unit != UNIT_NONE && value > 0 && !(unit == UNIT_TIME && value > LONG_TIME))
        scale = fitting(unit, value);
    if (unit == UNIT_NONE && value == floor(value) && fabs(value) < 1e12)
        snprintf(room, size, "%.0f", value);
    else if (scale)
        snprintf(room, size, "%.6g%s", value * scale->over / scale->times, scale->suffix);
    else if (unit == UNIT_TIME)
        snprintf(room, size, "%.6gs", value);
    else if (unit == UNIT_BYTES || unit == UNIT_BANDWIDTH)
        snprintf(room, size, "%.6gB%s", value, unit == UNIT_BYTES ? "" : "/s");
    else
        snprintf(room, size, "%.6g", value);
    return room;
}
