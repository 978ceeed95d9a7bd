/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/watch.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/play/picture.h"
#include "sim/play/terminal.h"
#include "sim/play/watch_part.h"

/* ---- The screen. */

struct show {
    struct stage *stage;
    const struct watch_order *order;
    struct terminal terminal;
    struct canvas frame, before;
    struct sight sight[STAGE_MOST];
    uint32_t room; /* for servers, in each sight */
    struct pace pace;
    uint32_t view, servers;
    bool help, quit, anew;
};

static bool show_sized(struct show *s, uint32_t rows, uint32_t columns)
{
    const bool utf8 = terminal_is_utf8();

    if (s->frame.at && s->frame.rows == rows && s->frame.columns == columns)
        return true;
    canvas_close(&s->frame);
    canvas_close(&s->before);
    s->anew = true;
    return canvas_open(&s->frame, rows, columns, utf8) == 0 &&
           canvas_open(&s->before, rows, columns, utf8) == 0;
}

static bool show_rooms(struct show *s, uint32_t servers)
{
    uint32_t i;

    if (servers <= s->room)
        return true;
    for (i = 0; i < s->stage->acts; i++) {
        sight_close(&s->sight[i]);
        if (sight_open(&s->sight[i], servers))
            return false;
    }
    s->room = servers;
    return true;
}

static void show_news(const struct stage *s, struct news news[2], uint32_t *n)
{
    *n = s->news_n < 2 ? (uint32_t)s->news_n : 2;
    for (uint32_t i = 0; i < *n; i++)
        news[i] = s->news[(s->news_n - *n + i) % NEWS_MOST];
}

static void show_draw(struct show *s, const struct panels *panels)
{
    struct picture p = { .name = s->order->study->name,
                         .now = s->stage->now,
                         .speed = s->pace.speed,
                         .length = stage_length(s->stage),
                         .paused = s->pace.paused,
                         .late = s->pace.late,
                         .over = stage_due(s->stage) == LB_NEVER,
                         .help = s->help,
                         .policies = s->stage->acts,
                         .sight = s->sight };
    struct news news[2];
    struct canvas last;

    show_news(s->stage, news, &p.news_n);
    p.news = news;
    picture_draw(&s->frame, &p, panels);
    canvas_draw(s->terminal.out, &s->frame, s->anew ? NULL : &s->before, s->order->color);
    fflush(s->terminal.out);
    s->anew = false;
    last = s->before;
    s->before = s->frame;
    s->frame = last;
}

/* False: out of memory. */
static bool show_frame(struct show *s)
{
    uint32_t rows, columns, i, servers;
    struct panels panels;

    terminal_size(&s->terminal, &rows, &columns);
    if (!show_sized(s, rows, columns))
        return false;
    panels = panels_for(rows, columns, s->stage->acts, s->view, s->servers);
    servers = panels_servers(&panels);
    if (!show_rooms(s, servers))
        return false;
    for (i = panels.first; i < panels.first + panels.n; i++)
        sight_take(&s->sight[i], s->stage->act[i], s->stage->now, servers);
    if (panels.first > 0)
        s->sight[0].issued = s->stage->act[0]->world.tally.issued;
    show_draw(s, &panels);
    return true;
}

/* ---- Keys. */

static void turn(struct show *s, bool back)
{
    uint32_t rows, columns, views;

    terminal_size(&s->terminal, &rows, &columns);
    views = panels_for(rows, columns, s->stage->acts, 0, s->servers).views;
    s->view = (s->view % views + (back ? views - 1 : 1)) % views;
}

static void faster(struct show *s, double by)
{
    double speed = s->pace.speed;

    if (isinf(speed) && by < 1.0)
        speed = stage_pace(s->stage->act[0]->order.scenario) * 1024.0;
    speed *= by;
    s->pace.speed = speed > 1e12 ? INFINITY : speed < 1e-9 ? 1e-9 : speed;
}

static void obey(struct show *s, int key)
{
    switch (key) {
    case ' ':
        s->pace.paused = !s->pace.paused;
        break;
    case 'n':
    case KEY_RIGHT:
        pace_step(&s->pace, s->stage);
        break;
    case '+':
    case '=':
        faster(s, 2.0);
        break;
    case '-':
        faster(s, 0.5);
        break;
    case '\t':
        turn(s, false);
        break;
    case KEY_BACK_TAB:
        turn(s, true);
        break;
    case '?':
    case 'h':
        s->help = !s->help;
        break;
    case 'L' - '@': /* Ctrl-L, as everywhere */
        s->anew = true;
        break;
    case 'q':
    case 'Q':
    case KEY_GONE:
        s->quit = true;
        break;
    default:
        break;
    }
}

/* Obeys what has been typed until the next frame is due. */
static void listen(struct show *s, double until)
{
    double left;
    int key;

    do {
        left = until - real_seconds();
        key = terminal_key(&s->terminal, left > 0.0 ? (int)ceil(1e3 * left) : 0);
        obey(s, key);
        if (terminal_resized())
            return;
    } while (!s->quit && !*terminal_ended() && (key != KEY_NONE || real_seconds() < until));
}

/* Stopped, as by Ctrl-Z, with the screen given back meanwhile. */
static void rest(struct show *s)
{
    terminal_leave(&s->terminal);
    raise(SIGSTOP);
    terminal_enter(&s->terminal);
    s->anew = true;
    s->pace.real = real_seconds();
}

static int play(struct show *s)
{
    const double each = 1.0 / s->order->fps;

    pace_start(&s->pace, s->order->speed, s->stage->now);
    while (!s->quit && !*terminal_ended() && !s->stage->failed) {
        double begun = real_seconds();

        if (terminal_suspended())
            rest(s);
        pace_follow(&s->pace, s->stage, each);
        if (!show_frame(s))
            return -1;
        listen(s, begun + each);
    }
    return *terminal_ended();
}

int watch_screen(struct stage *stage, const struct watch_order *order)
{
    struct show *s = calloc(1, sizeof *s);
    uint32_t i;
    int result = -1;

    if (!s)
        return -1;
    s->stage = stage;
    s->order = order;
    s->servers = stage->act[0]->order.scenario->servers_total;
    if (terminal_open(&s->terminal) == 0) {
        terminal_enter(&s->terminal);
        result = play(s);
        terminal_close(&s->terminal);
    }
    for (i = 0; i < stage->acts; i++)
        sight_close(&s->sight[i]);
    canvas_close(&s->frame);
    canvas_close(&s->before);
    free(s);
    return result;
}

/* ---- The whole. */

static enum watch_end run(struct stage *s, struct watch_order *order, char *why, size_t room)
{
    bool plain = order->plain || !terminal_is_there();
    int result;

    if (!(order->speed > 0.0))
        order->speed =
            plain && !isatty(STDOUT_FILENO) ? INFINITY : stage_pace(s->act[0]->order.scenario);
    result = plain ? watch_plain(s, order, terminal_ended()) : watch_screen(s, order);
    if (result < 0) {
        snprintf(why, room, "%s", strerror(errno));
        return WATCH_BROKEN;
    }
    if (s->failed && !result) {
        snprintf(why, room, "%s", s->why);
        return WATCH_FAILED;
    }
    watch_counters(s, order->study->name);
    return result ? WATCH_INTERRUPTED : WATCH_DONE;
}

enum watch_end watch(const struct watch_order *given, char *why, size_t room)
{
    struct watch_order order = *given;
    struct stage *s = malloc(sizeof *s);
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0), was = (locale_t)0;
    enum watch_end end = WATCH_BROKEN;

    if (locale != (locale_t)0)
        was = uselocale(locale);
    snprintf(why, room, "out of memory");
    if (s) {
        terminal_catch();
        if (stage_open(s, order.study->contenders, order.study->contenders_n, terminal_ended()))
            snprintf(why, room, "%s", s->why);
        else
            end = run(s, &order, why, room);
        stage_close(s);
    }
    free(s);
    if (locale != (locale_t)0) {
        uselocale(was);
        freelocale(locale);
    }
    return end;
}
