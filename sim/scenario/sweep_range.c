/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/sweep_range.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arithmetic.h"
#include "sim/scenario/arena.h"
#include "sim/scenario/study.h"

enum { MOST_DIGITS = 18, LONGEST_UNIT = 8, LONGEST_VALUE = 48, LEAST_EXPONENT = -25 };

static const char no_range[] =
    "expected a range such as \"0.5..0.95 step 0.05\", \"1ms..10ms step 1ms\", \"1..1000\" or "
    "\"10..100000 log 5\"";
static const char long_digits[] = "expected numbers of at most 18 digits in a range";
static const char no_memory[] = "out of memory";

/* times 10^exponent */
struct decimal {
    int64_t times;
    int exponent;
};

/* One end or the step: a number and its unit. */
struct end {
    struct decimal number;
    double value;
    char unit[LONGEST_UNIT + 1];
};

struct ends {
    struct end from, to, step;
    uint32_t log; /* values in all; 0: steps */
    bool stepped; /* the step was given */
};

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " ");
}

/* Digits, a fraction and an exponent; a point before another point belongs to the range. */
static const char *read_number(const char **at, struct decimal *number)
{
    const char *start = *at;
    int64_t times = 0;
    int sign = 1, seen = 0, exponent = 0, written = 0;

    if (*start == '-') {
        sign = -1;
        start++;
    }
    if (!digits(start))
        return no_range;
    for (; digits(start) || (*start == '.' && !seen && digits(start + 1)); start++) {
        if (*start == '.') {
            seen = 1;
            continue;
        }
        if (times >= (int64_t)1e17)
            return long_digits;
        times = times * 10 + (*start - '0');
        exponent -= seen;
    }
    if ((*start == 'e' || *start == 'E') &&
        digits(start + 1 + (start[1] == '-' || start[1] == '+'))) {
        written = atoi(start + 1);
        start += 1 + (start[1] == '-' || start[1] == '+');
        if (digits(start) > 3)
            return long_digits;
        start += digits(start);
    }
    *at = start;
    *number = (struct decimal) { sign * times, exponent + written };
    return NULL;
}

static const char *read_end(const char **at, struct end *end)
{
    const char *start, *wrong;
    size_t n;

    skip_blanks(at);
    start = *at;
    wrong = read_number(at, &end->number);
    if (wrong)
        return wrong;
    end->value = strtod(start, NULL);
    n = strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/");
    if (n > LONGEST_UNIT)
        return no_range;
    memcpy(end->unit, *at, n);
    end->unit[n] = '\0';
    *at += n;
    return NULL;
}

static const char *read_log(const char **at, struct ends *ends)
{
    skip_blanks(at);
    if (!digits(*at) || digits(*at) > 6)
        return "expected how many values after log, at least 2, as in \"10..100000 log 5\"";
    ends->log = (uint32_t)atoi(*at);
    *at += digits(*at);
    if (ends->log < 2)
        return "expected how many values after log, at least 2, as in \"10..100000 log 5\"";
    if (!(ends->from.value > 1e-300))
        return "expected a range above 0 for log";
    return NULL;
}

static const char *read_ends(const char *text, struct ends *ends)
{
    const char *at = text, *wrong = read_end(&at, &ends->from);

    skip_blanks(&at);
    if (!wrong && strncmp(at, "..", 2))
        wrong = no_range;
    at += 2 * !wrong;
    if (!wrong)
        wrong = read_end(&at, &ends->to);
    skip_blanks(&at);
    ends->step = (struct end) { { 1, 0 }, 1, "" };
    strcpy(ends->step.unit, ends->from.unit);
    if (!wrong && !strncmp(at, "step ", 5)) {
        at += 5;
        ends->stepped = true;
        wrong = read_end(&at, &ends->step);
    } else if (!wrong && !strncmp(at, "log ", 4)) {
        at += 4;
        wrong = read_log(&at, ends);
    }
    skip_blanks(&at);
    return wrong ? wrong : *at ? no_range : NULL;
}

static bool is_whole(const struct end *end)
{
    return end->value == floor(end->value);
}

static const char *check_ends(const struct ends *ends)
{
    if (strcmp(ends->from.unit, ends->to.unit) || strcmp(ends->from.unit, ends->step.unit))
        return "expected one unit in all of a range, as in \"1ms..10ms step 1ms\"";
    if (!isfinite(ends->from.value) || !isfinite(ends->to.value) || !isfinite(ends->step.value))
        return long_digits;
    if (ends->to.value < ends->from.value)
        return "expected a range that goes up: its first value is above its last";
    if (!ends->stepped && !ends->log && !(is_whole(&ends->from) && is_whole(&ends->to)))
        return "expected a step, as in \"0.5..0.9 step 0.1\": only between whole numbers it is 1 "
               "by "
               "itself";
    if (!(ends->step.value > 0))
        return "expected a step above 0";
    return NULL;
}

/* Times 10^(exponent - lower), exactly; false: too many digits. */
static bool lower_to(struct decimal *number, int lower)
{
    for (; number->exponent > lower; number->exponent--) {
        if (number->times == 0) {
            number->exponent = lower;
            return true;
        }
        if (llabs(number->times) >= (int64_t)1e17)
            return false;
        number->times *= 10;
    }
    return true;
}

/* Writes a decimal in its shortest form without an exponent; false: too many digits. */
static bool write_decimal(struct decimal number, char room[LONGEST_VALUE])
{
    uint64_t times = (uint64_t)llabs(number.times), whole, scale = 1;
    const char *sign = number.times < 0 ? "-" : "";
    int places;

    while (number.exponent < 0 && times % 10 == 0 && times) {
        times /= 10;
        number.exponent++;
    }
    number.times = (int64_t)times;
    if (!times)
        number.exponent = 0;
    if (!lower_to(&number, number.exponent > 0 ? 0 : number.exponent) ||
        number.exponent < LEAST_EXPONENT)
        return false;
    times = (uint64_t)number.times;
    places = -number.exponent;
    if (places > MOST_DIGITS) {
        snprintf(room, LONGEST_VALUE, "%s0.%0*llu", sign, places, (unsigned long long)times);
        return true;
    }
    for (int i = 0; i < places; i++)
        scale *= 10;
    whole = times / scale;
    if (places)
        snprintf(room, LONGEST_VALUE, "%s%llu.%0*llu", sign, (unsigned long long)whole, places,
                 (unsigned long long)(times % scale));
    else
        snprintf(room, LONGEST_VALUE, "%s%llu", sign, (unsigned long long)whole);
    return true;
}

static const char *open_range(struct arena *arena, struct range *range, double n)
{
    static const char too_many[] = "makes more values than a sweep may have points (100000)";

    if (!(n <= STUDY_MOST_CELLS))
        return too_many;
    range->n = range->length = 0;
    range->bytes = arena_get(arena, (size_t)n * (LONGEST_VALUE + LONGEST_UNIT));
    range->starts = arena_get(arena, (size_t)n * sizeof *range->starts);
    return range->bytes && range->starts ? NULL : no_memory;
}

/* Adds a value unless it is the last one again. */
static void add(struct range *range, const char *number, const char *unit)
{
    char *at = range->bytes + range->length;

    snprintf(at, LONGEST_VALUE + LONGEST_UNIT, "%s%s", number, unit);
    if (range->n && !strcmp(at, range->bytes + range->starts[range->n - 1]))
        return;
    range->starts[range->n++] = range->length;
    range->length += (uint32_t)strlen(at) + 1;
}

static const char *make_steps(struct arena *arena, struct ends *ends, struct range *range)
{
    struct decimal from = ends->from.number, to = ends->to.number, step = ends->step.number;
    const int a = from.exponent < to.exponent ? from.exponent : to.exponent;
    const int lower = a < step.exponent ? a : step.exponent;
    char number[LONGEST_VALUE];
    const char *wrong;
    int64_t last, i;

    if (!lower_to(&from, lower) || !lower_to(&to, lower) || !lower_to(&step, lower))
        return long_digits;
    last = (to.times - from.times) / step.times;
    wrong = open_range(arena, range, (double)last + 1);
    for (i = 0; !wrong && i <= last; i++) {
        if (!write_decimal((struct decimal) { from.times + i * step.times, lower }, number))
            wrong = long_digits;
        else
            add(range, number, ends->from.unit);
    }
    return wrong;
}

/* Six digits, or a whole number. */
static bool write_rounded(double value, bool whole, char room[LONGEST_VALUE])
{
    struct decimal number;
    char text[LONGEST_VALUE];
    const char *at = text;

    snprintf(text, sizeof text, whole && value < 1e17 ? "%.0f" : "%.5e", value);
    return !read_number(&at, &number) && write_decimal(number, room);
}

static const char *make_log(struct arena *arena, struct ends *ends, bool whole, struct range *range)
{
    const double low = exact_log(ends->from.value), high = exact_log(ends->to.value);
    char number[LONGEST_VALUE];
    const char *wrong = open_range(arena, range, ends->log);
    uint32_t i;

    for (i = 0; !wrong && i < ends->log; i++) {
        const double at = low + (high - low) * i / (ends->log - 1);
        bool good;

        if (i == 0 || i + 1 == ends->log)
            good = write_decimal(i ? ends->to.number : ends->from.number, number);
        else
            good = write_rounded(exact_exp(at), whole, number);
        if (!good)
            wrong = long_digits;
        else
            add(range, number, ends->from.unit);
    }
    return wrong;
}

const char *range_read(struct arena *arena, const char *text, bool whole, struct range *range)
{
    struct ends ends = { 0 };
    const char *wrong = read_ends(text, &ends);

    if (!wrong)
        wrong = check_ends(&ends);
    if (!wrong)
        wrong = ends.log ? make_log(arena, &ends, whole, range) : make_steps(arena, &ends, range);
    range->united = *ends.from.unit;
    return wrong;
}
