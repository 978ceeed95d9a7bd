/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/trace_field.h"

#include <math.h>
#include <string.h>

#include "sim/scenario/units.h"

static const double SECONDS_MOST = 4e9, BYTES_MOST = 1e15;

/* ---- Lines into cells. */

/* A quoted text, from after its first quote, without its quotes: where it ends, or NULL. */
static char *unquote(char *from)
{
    char *to = from;

    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        *to++ = *from;
    }
    if (!*from)
        return NULL;
    *to = '\0';
    from++;
    return from + strspn(from, " \t");
}

static char *trim(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    return text;
}

int cells_of_csv(char *line, char *cells[CELLS_MOST])
{
    bool more = true;
    int n = 0;

    while (more) {
        const char *end;

        line += strspn(line, " \t");
        if (n == CELLS_MOST)
            return -1;
        cells[n] = *line == '"' ? line + 1 : line;
        end = *line == '"' ? unquote(line + 1) : line + strcspn(line, ",");
        if (!end || (*end && *end != ','))
            return -1;
        line += end - line;
        more = *line == ',';
        *line++ = '\0';
        trim(cells[n++]);
    }
    return n;
}

/* A text between quotes, escapes as they stand: where it ends, or NULL. */
static char *json_text(char *at)
{
    for (; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
    return *at ? at : NULL;
}

/* One key or value. Where it ends, or NULL. */
static char *json_cell(char *at, char **cell, char *stop)
{
    char *end;

    at += strspn(at, " \t");
    *cell = *at == '"' ? at + 1 : at;
    end = *at == '"' ? json_text(at + 1) : at + strcspn(at, " \t,:{}[]\"");
    if (!end || end == at)
        return NULL;
    at = *at == '"' ? end + 1 : end;
    at += strspn(at, " \t");
    *stop = *at;
    *end = '\0';
    return at + (*stop != '\0');
}

int cells_of_json(char *line, char *cells[CELLS_MOST])
{
    char stop = ',';
    int n = 0;

    line += strspn(line, " \t");
    if (*line++ != '{')
        return -1;
    line += strspn(line, " \t");
    if (*line == '}')
        return line[1 + strspn(line + 1, " \t")] ? -1 : 0;
    while (stop == ',') {
        if (n + 2 > CELLS_MOST)
            return -1;
        line = json_cell(line, &cells[n], &stop);
        if (!line || stop != ':')
            return -1;
        line = json_cell(line, &cells[n + 1], &stop);
        if (!line)
            return -1;
        n += 2;
    }
    return stop == '}' && !line[strspn(line, " \t")] ? n : -1;
}

/* ---- Cells into values. */

/* The exponent of "1.5e-3", and where it ends; `text` is returned if there is none. */
static const char *exponent(const char *text, int *power)
{
    const char *at = text + 1;
    bool minus = false;
    int value = 0;

    if (*text != 'e' && *text != 'E')
        return text;
    if (*at == '+' || *at == '-')
        minus = *at++ == '-';
    if (*at < '0' || *at > '9')
        return text;
    for (; *at >= '0' && *at <= '9'; at++)
        value = value < 10000 ? 10 * value + (*at - '0') : value;
    *power += minus ? -value : value;
    return at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool decimal_read(const char *text, int shift, int64_t *out, const char **end)
{
    const bool minus = *text == '-';
    const char *at = text + minus, *stop = at, *point = NULL;
    int digits = 0, places;
    int64_t value = 0;
    bool up = false;

    for (; is_digit(*stop) || (*stop == '.' && !point); stop++) {
        point = *stop == '.' ? stop : point;
        digits += *stop != '.';
    }
    if (digits == 0)
        return false;
    places = shift + (int)((point ? point : stop) - at);
    stop = exponent(stop, &places);
    if (end ? (*end = stop, false) : *stop != '\0')
        return false;
    for (; places >= 0 && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.')
            continue;
        if (places-- == 0)
            up = *at >= '5';
        else if (value > (INT64_MAX - 9) / 10)
            return false;
        else
            value = 10 * value + (*at - '0');
    }
    for (; places > 0 && value > 0; places--) {
        if (value > INT64_MAX / 10)
            return false;
        value *= 10;
    }
    *out = minus ? -(value + up) : value + up;
    return true;
}

bool cell_time(const char *text, lb_time *out)
{
    static const struct {
        const char *unit;
        int shift;
    } units[] = { { "", 9 }, { "s", 9 }, { "ms", 6 }, { "us", 3 }, { "ns", 0 } };
    const char *end = text;
    double seconds;
    size_t i;

    if (!decimal_read(text, 9, out, &end))
        return false;
    end += strspn(end, " \t");
    for (i = 0; i < sizeof units / sizeof units[0]; i++)
        if (!strcmp(end, units[i].unit))
            return decimal_read(text, units[i].shift, out, &end) && *out >= 0 &&
                   (double)*out <= SECONDS_MOST * 1e9;
    if (unit_read(UNIT_TIME, text, &seconds) || !(seconds >= 0.0 && seconds <= SECONDS_MOST))
        return false;
    *out = (lb_time)llround(seconds * 1e9);
    return true;
}

uint64_t cell_key(const char *text)
{
    uint64_t hash = strlen(text), word;
    int64_t number;
    size_t n;

    if (*text && strspn(text, "0123456789") == strlen(text) && decimal_read(text, 0, &number, NULL))
        return (uint64_t)number;
    for (; *text; text += n) {
        word = 0;
        for (n = 0; n < 8 && text[n]; n++)
            word |= (uint64_t)(unsigned char)text[n] << 8 * n;
        hash = hash_more(hash, word);
    }
    return hash >> 1;
}

bool cell_bytes(const char *text, int64_t *out)
{
    double bytes;

    if (decimal_read(text, 0, out, NULL))
        return *out >= 0 && (double)*out <= BYTES_MOST;
    if (unit_read(UNIT_BYTES, text, &bytes) || !(bytes >= 0.0 && bytes <= BYTES_MOST))
        return false;
    *out = (int64_t)(bytes + 0.5);
    return true;
}
