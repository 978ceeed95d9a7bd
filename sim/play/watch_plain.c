/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Without a terminal: a line an interval and policy; and for all, the table of counters. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/play/picture.h"
#include "sim/play/terminal.h"
#include "sim/play/watch_part.h"

enum { LINES = 20, NAME_MOST = 120 };

/* Names are data: on one line, and without anything that a terminal would obey. Columns used. */
static uint32_t print_name(const char *text)
{
    struct canvas f;
    char shown[4 * NAME_MOST + 8];
    uint32_t n;

    if (canvas_open(&f, 1, NAME_MOST, terminal_is_utf8()))
        return 0;
    n = canvas_put(&f, 0, 0, NAME_MOST, LOOK_PLAIN, text);
    canvas_text(&f, 0, shown, sizeof shown);
    fputs(shown, stdout);
    canvas_close(&f);
    return n;
}

/* ---- Lines. */

static void print_news(const struct stage *s, uint64_t *told)
{
    char at[TOLD_ROOM];

    if (s->news_n - *told > NEWS_MOST)
        *told = s->news_n - NEWS_MOST;
    for (; *told < s->news_n; ++*told) {
        const struct news *news = &s->news[*told % NEWS_MOST];

        printf("at %s: ", told_time((double)news->at / 1e9, at));
        print_name(news->text);
        putchar('\n');
    }
}

static void print_fullest(const struct sight *s)
{
    const struct sight_server *fullest = s->server;

    if (s->shown == 0 || fullest->running + fullest->waiting == 0)
        return;
    fputs("  most at ", stdout);
    print_name(fullest->group);
    if (!fullest->alone)
        printf("[%u]", fullest->number);
    printf(": %u", fullest->running + fullest->waiting);
}

static void print_sight(const struct sight *s, lb_time now, double unit)
{
    char clock[TOLD_ROOM], p50[TOLD_ROOM], p99[TOLD_ROOM];

    printf("t = %s  ", told_clock(now, unit, clock));
    print_name(s->label);
    printf("  issued %" PRIu64 "  in flight %" PRIu64 "  completed %" PRIu64 "  rejected %" PRIu64
           "  timed out %" PRIu64 "  failed %" PRIu64 "  cancelled %" PRIu64 "  retries %" PRIu64,
           s->issued, s->in_flight, s->ended[ENDED_COMPLETED], s->ended[ENDED_REJECTED],
           s->ended[ENDED_TIMED_OUT], s->ended[ENDED_FAILED], s->ended[ENDED_CANCELLED],
           s->retries);
    if (!isnan(s->rate))
        printf("  %.3g/s  p50 %s  p99 %s", s->rate, told_roughly(s->p50, p50),
               told_roughly(s->p99, p99));
    print_fullest(s);
    putchar('\n');
}

static void print_lines(const struct stage *s, struct sight *sight, double unit)
{
    uint32_t i;

    for (i = 0; i < s->acts; i++) {
        sight_take(sight, s->act[i], s->now, 1);
        print_sight(sight, s->now, unit);
    }
    fflush(stdout);
}

/* ---- Time. */

/* 1, 2 or 5 times a power of ten, so that there are about LINES. */
static double interval_of(lb_time span)
{
    const double wish = (double)span / LINES, power = pow(10.0, floor(log10(wish)));

    return fmax(1.0, power * (wish < 1.5 * power ? 1.0 : wish < 3.5 * power ? 2.0 : 5.0));
}

static void wait_until(double real, volatile const int *ended)
{
    double left;

    while (!*ended && (left = real - real_seconds()) > 0.0) {
        const long nap = (long)(1e9 * (left < 0.1 ? left : 0.1));

        nanosleep(&(struct timespec) { 0, nap }, NULL);
    }
}

static void advance(struct stage *s, lb_time to, volatile const int *ended)
{
    lb_time due;

    while (!s->failed && !*ended && (due = stage_due(s)) <= to)
        stage_until(s, due);
    if (!s->failed && !*ended && stage_due(s) != LB_NEVER)
        stage_until(s, to);
}

int watch_plain(struct stage *s, const struct watch_order *order, volatile const int *ended)
{
    const lb_time span = stage_span(s);
    const double begun = real_seconds();
    double step = interval_of(span), at = step;
    struct sight sight;
    uint64_t told = 0;

    if (sight_open(&sight, 1))
        return -1;
    for (; !s->failed && !*ended && stage_due(s) != LB_NEVER; at += step) {
        if (!isinf(order->speed))
            wait_until(begun + at / 1e9 / order->speed, ended);
        advance(s, at < 9e18 ? (lb_time)at : LB_NEVER - 1, ended);
        print_news(s, &told);
        print_lines(s, &sight, step / 1e9);
        if (at > 2.0 * (double)span) /* what never ends is told ever more rarely */
            step *= 2.0;
    }
    sight_close(&sight);
    return *ended;
}

/* ---- The table. */

static const char *const titles[] = { "issued", "completed", "rejected",  "timed out",
                                      "failed", "cancelled", "in system", "retries" };
enum { TITLES = sizeof titles / sizeof titles[0] };

static void numbers_of(const struct tally *t, uint64_t number[TITLES])
{
    uint32_t i;

    number[0] = number[6] = t->issued;
    for (i = 0; i < ENDINGS; i++) {
        number[1 + i] = t->ended[i];
        number[6] -= t->ended[i];
    }
    number[7] = t->retries;
}

static void print_mean(struct tally *t)
{
    const struct moments *latency = &t->duration[DURATION_LATENCY];

    tally_flush(t);
    if (latency->n)
        printf("  %.9f s", (double)latency->sum / (double)latency->n / 1e9);
    else
        fputs("  -", stdout);
}

void watch_counters(const struct stage *s, const char *name)
{
    uint64_t number[TITLES];
    uint32_t i, k, width = 6;
    char at[TOLD_ROOM];

    print_name(name);
    printf(": %s after %s of the model\n", stage_due(s) == LB_NEVER ? "the end" : "stopped",
           told_time((double)s->now / 1e9, at));
    for (i = 0; i < s->acts; i++)
        width = strlen(s->act[i]->label) > width ? (uint32_t)strlen(s->act[i]->label) : width;
    width = width < NAME_MOST ? width : NAME_MOST;
    printf("%-*s", (int)width, "policy");
    for (k = 0; k < TITLES; k++)
        printf("  %10s", titles[k]);
    puts("  mean latency");
    for (i = 0; i < s->acts; i++) {
        k = print_name(s->act[i]->label);
        printf("%*s", k < width ? (int)(width - k) : 0, "");
        numbers_of(&s->act[i]->world.tally, number);
        for (k = 0; k < TITLES; k++)
            printf("  %10" PRIu64, number[k]);
        print_mean(&s->act[i]->world.tally);
        putchar('\n');
    }
}
