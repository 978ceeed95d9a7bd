/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines of nginx's access log (combined, with a duration at the end) and of HAProxy's HTTP log. */
#include <stdio.h>
#include <string.h>

#include "sim/cli/import.h"

static const lb_time SECOND = 1000000000;

/* ---- Dates. */

/* Days since 1970-01-01 of the Gregorian calendar: H. Hinnant, chrono-compatible low-level date
 * algorithms. */
static int64_t days_of(int64_t year, int month, int day)
{
    const int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int i;

    for (i = 0; i < 12; i++)
        if (!strncmp(name, names + 3 * i, 3))
            return i + 1;
    return 0;
}

/* A part of a second, ".123"; and then "Z", "+0100", "+01:00" or nothing. */
static bool rest_of_date(const char *at, lb_time *time)
{
    int hours, minutes, used = 0;
    lb_time part = SECOND;

    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) {
            part /= 10;
            *time += part * (*at - '0');
        }
    at += strspn(at, " ");
    if (!*at || !strcmp(at, "Z"))
        return true;
    if ((*at != '+' && *at != '-') ||
        (sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
         sscanf(at + 1, "%2d%2d%n", &hours, &minutes, &used) != 2) ||
        at[1 + used])
        return false;
    *time -= (*at == '+' ? 1 : -1) * (hours * 3600 + minutes * 60) * SECOND;
    return true;
}

bool import_date(const char *text, lb_time *out)
{
    int year, month = 0, day, hour, minute, second, used = 0;
    char name[4] = "";

    if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
               &second, &used) != 6) {
        if (sscanf(text, "%2d/%3[A-Za-z]/%4d:%2d:%2d:%2d%n", &day, name, &year, &hour, &minute,
                   &second, &used) != 6)
            return false;
        month = month_of(name);
    }
    if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *out = (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * SECOND;
    return rest_of_date(text + used, out);
}

/* ---- nginx. */

/* What follows the user agent: durations and dates, named ("rt=0.1") or not. */
struct ending {
    lb_time msec, upstream, request, last; /* -1: absent */
};

static bool is_named(const char *token, size_t length, const char *const *names)
{
    for (; *names; names++)
        if (strlen(*names) == length && !strncmp(token, *names, length))
            return true;
    return false;
}

static void see_token(struct ending *e, const char *token)
{
    static const char *const upstreams[] = { "urt", "upstream", "upstream_response_time", "us",
                                             NULL };
    static const char *const requests[] = { "rt", "request_time", "request", "duration", NULL };
    const char *equals = strchr(token, '='), *value = equals ? equals + 1 : token;
    const size_t length = equals ? (size_t)(equals - token) : 0;
    lb_time time;

    if (!strchr(value, '.') || !cell_time(value, &time))
        return;
    if (time > 1000000000 * SECOND)
        e->msec = time;
    else if (is_named(token, length, upstreams))
        e->upstream = time;
    else if (is_named(token, length, requests))
        e->request = time;
    else if (!equals)
        e->last = time;
}

static struct ending ending_of(char *at)
{
    struct ending e = { -1, -1, -1, -1 };
    char *save = NULL, *token;

    for (token = strtok_r(at, " \t\",", &save); token; token = strtok_r(NULL, " \t\",", &save))
        see_token(&e, token);
    return e;
}

/* What begins after a text in quotes, in which a backslash precedes others; NULL if it is open. */
static char *after_quotes(char *at)
{
    for (at++; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
    return *at ? at + 1 : NULL;
}

/* Status and size behind the request, then up to two texts in quotes; the rest. */
static char *read_answer(char *at, struct import_record *record)
{
    int used = 0, quotes;
    char bytes[24];

    if (sscanf(at, " %*3[0-9] %23s%n", bytes, &used) != 1 || !used)
        return NULL;
    record->bytes = 0;
    if (strcmp(bytes, "-") != 0 && !cell_bytes(bytes, &record->bytes))
        return NULL;
    at += used;
    for (quotes = 0; at && quotes < 2; quotes++) {
        at += strspn(at, " ");
        if (*at != '"')
            break;
        at = after_quotes(at);
    }
    return at;
}

const char *import_nginx(char *line, struct import_record *record)
{
    char *open = strchr(line, '['), *shut = open ? strchr(open, ']') : NULL;
    char *quote = shut ? strchr(shut, '"') : NULL, *at = quote ? after_quotes(quote) : NULL;
    struct ending ending;

    *record = (struct import_record) { .work = -1, .bytes = -1 };
    if (!at || !(at = read_answer(at, record)))
        return "no access log: expected ADDRESS - USER [DATE] \"REQUEST\" STATUS BYTES ...";
    *shut = '\0';
    if (!import_date(open + 1, &record->time))
        return "its date is none";
    ending = ending_of(at);
    record->ended = ending.msec < 0;
    if (ending.msec >= 0)
        record->time = ending.msec;
    record->work = ending.upstream >= 0  ? ending.upstream
                   : ending.request >= 0 ? ending.request
                                         : ending.last;
    if (record->work >= 0)
        record->time -= record->work;
    line[strcspn(line, " ")] = '\0';
    record->key = line;
    return NULL;
}

/* ---- HAProxy. */

const char *import_haproxy(char *line, struct import_record *record)
{
    char *shut = line, *open = NULL, *client;
    long long timers[5], bytes;

    *record = (struct import_record) { .work = -1, .bytes = -1 };
    while ((open = strchr(shut, '['))) {
        shut = strchr(open, ']');
        if (!shut)
            break;
        *shut = '\0';
        if (import_date(open + 1, &record->time))
            break;
        *shut = ']';
    }
    if (!open || !shut)
        return "no HTTP log of HAProxy: no [DATE]";
    if (sscanf(shut + 1, " %*s %*s %lld/%lld/%lld/%lld/%*1[+]%lld %*d %lld", &timers[0], &timers[1],
               &timers[2], &timers[3], &timers[4], &bytes) != 6 &&
        sscanf(shut + 1, " %*s %*s %lld/%lld/%lld/%lld/%lld %*d %lld", &timers[0], &timers[1],
               &timers[2], &timers[3], &timers[4], &bytes) != 6)
        return "no HTTP log of HAProxy: no timers TR/Tw/Tc/Tr/Ta";
    if (timers[3] < 0 && timers[4] < 0)
        return "its timers are below 0";
    record->work = (timers[3] >= 0 ? timers[3] : timers[4]) * 1000000;
    record->bytes = bytes < 0 ? 0 : bytes;
    while (open > line && open[-1] == ' ')
        *--open = '\0';
    client = strrchr(line, ' ');
    record->key = client ? client + 1 : line;
    if (strrchr(record->key, ':'))
        *strrchr(record->key, ':') = '\0';
    return NULL;
}
