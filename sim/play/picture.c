/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/picture.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/units.h"

enum {
    PANEL_LEAST = 42, /* columns */
    CELL_LEAST = 36,  /* of a server: name, bar, two numbers, trouble */
    CELL_MOST = 64,
    HEAD = 4,  /* lines of a panel above its servers */
    BELOW = 1, /* ... and below: those not shown */
    SERVERS_LEAST = 8,
    ABOVE_ALL = 1,
    BELOW_ALL = 4, /* news, legend, keys */
    NEWS_SHOWN = 2
};

/* ---- Numbers. */

const char *told_time(double seconds, char room[TOLD_ROOM])
{
    if (isnan(seconds)) {
        snprintf(room, TOLD_ROOM, "-");
        return room;
    }
    return unit_show(UNIT_TIME, seconds, room, TOLD_ROOM);
}

const char *told_roughly(double seconds, char room[TOLD_ROOM])
{
    snprintf(room, TOLD_ROOM, "%.2e", seconds);
    return told_time(strtod(room, NULL), room);
}

const char *told_clock(lb_time now, double unit, char room[TOLD_ROOM])
{
    int places = unit >= 1.0 ? 1 : (int)ceil(1.0 - log10(unit));

    snprintf(room, TOLD_ROOM, "%.*f s", places < 9 ? places : 9, (double)now / 1e9);
    return room;
}

/* ---- Where panels lie. */

static void fit_servers(struct panels *p, uint32_t servers)
{
    uint32_t most = p->width / CELL_LEAST, lines = HEAD + BELOW;

    p->rows = p->height > lines ? p->height - lines : 0;
    p->columns = 1;
    while (p->columns < most && p->columns * p->rows < servers)
        p->columns++;
}

/* Pages of panels that are wide enough, and high enough for some servers. */
static void lay_pages(struct panels *p, uint32_t inside, uint32_t policies, uint32_t servers)
{
    const uint32_t least = HEAD + BELOW + (servers < SERVERS_LEAST ? servers : SERVERS_LEAST);
    uint32_t lines;

    p->across = p->across < 1 ? 1 : p->across > policies ? policies : p->across;
    lines = (policies + p->across - 1) / p->across;
    p->down = inside / least < 1 ? 1 : inside / least > lines ? lines : inside / least;
    if (p->down == lines)
        p->across = (policies + lines - 1) / lines;
}

struct panels panels_for(uint32_t rows, uint32_t columns, uint32_t policies, uint32_t view,
                         uint32_t servers)
{
    const uint32_t inside = rows > ABOVE_ALL + BELOW_ALL ? rows - ABOVE_ALL - BELOW_ALL : 0;
    struct panels p = { .across = columns / PANEL_LEAST };
    uint32_t page, pages;

    lay_pages(&p, inside, policies, servers);
    page = p.across * p.down;
    pages = (policies + page - 1) / page;
    p.views = page > 1 ? pages + policies : pages;
    view %= p.views;
    if (view >= pages) {
        p.first = view - pages;
        p.n = p.across = p.down = 1;
    } else {
        p.first = view * page;
        p.n = policies - p.first < page ? policies - p.first : page;
    }
    p.width = columns / p.across;
    p.height = inside / p.down;
    fit_servers(&p, servers);
    return p;
}

/* ---- Lines. */

/* Where a line is written from left to right. */
struct pen {
    struct canvas *f;
    uint32_t row, column, end;
};

static void put(struct pen *pen, unsigned look, const char *text)
{
    if (pen->column < pen->end)
        pen->column +=
            canvas_put(pen->f, pen->row, pen->column, pen->end - pen->column, look, text);
}

__attribute__((format(printf, 3, 4))) static void print(struct pen *pen, unsigned look,
                                                        const char *format, ...)
{
    char text[256];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    put(pen, look, text);
}

/* ---- A server. */

static unsigned look_of(enum trouble t)
{
    if (t <= TROUBLE_HOLE)
        return LOOK_RED | LOOK_BOLD;
    return t <= TROUBLE_UNUSED ? LOOK_MAGENTA : LOOK_YELLOW;
}

enum {
    CORES_MOST = 100000,
    /* more are as good as unlimited */ NUMBERS = 12,
    TROUBLE = 9
}; /* columns */

static uint32_t bar_width(uint32_t width, uint32_t name)
{
    return width > name + NUMBERS + TROUBLE + 3 ? width - name - NUMBERS - TROUBLE - 3 : 1;
}

/* How many requests a cell of a bar stands for: those in service should fit, and as many behind
 * them. */
static uint32_t bar_cell(uint32_t cores, uint32_t width)
{
    uint32_t n = 1;

    while (cores <= CORES_MOST && n * width < 2 * cores)
        n *= 2;
    return n;
}

static void draw_bar(struct canvas *f, uint32_t row, uint32_t column, uint32_t width,
                     const struct sight_server *s, uint32_t cell)
{
    uint32_t all = s->running + s->waiting, i;

    for (i = 0; i < width; i++) {
        uint32_t from = i * cell;

        if (i + 1 == width && all > from + cell)
            canvas_glyph(f, row, column + i, LOOK_RED | LOOK_BOLD, 0xbb, '>');
        else if (from < s->running)
            canvas_glyph(f, row, column + i, LOOK_GREEN, 0x2588, '#');
        else if (from < all)
            canvas_glyph(f, row, column + i, LOOK_YELLOW, 0x2592, '=');
        else
            canvas_glyph(f, row, column + i, LOOK_DIM, 0xb7, '.');
    }
}

static void draw_trouble(struct pen *pen, const struct sight_server *s)
{
    if (s->trouble == TROUBLE_NONE)
        return;
    if (s->trouble == TROUBLE_SLOW || s->trouble == TROUBLE_FAST)
        print(pen, look_of(s->trouble), " %s %.2g", trouble_name(s->trouble), s->speed);
    else
        print(pen, look_of(s->trouble), " %s", trouble_name(s->trouble));
}

static void draw_belief(struct pen *pen, const struct sight_server *s)
{
    const bool right = s->believed == s->running + s->waiting;
    char text[32] = "";

    if (s->seen && s->believed == s->believed_most)
        snprintf(text, sizeof text, "~%u", s->believed);
    else if (s->seen)
        snprintf(text, sizeof text, "~%u-%u", s->believed, s->believed_most);
    print(pen, right && s->believed == s->believed_most ? LOOK_DIM : LOOK_CYAN, " %-7s", text);
}

static void draw_name(struct canvas *f, uint32_t row, uint32_t column, uint32_t width,
                      const struct sight_server *s)
{
    char number[16] = "";
    uint32_t n, used;

    if (!s->alone)
        snprintf(number, sizeof number, "[%u]", s->number);
    n = (uint32_t)strlen(number);
    used = canvas_put(f, row, column, width > n ? width - n : 0, LOOK_PLAIN, s->group);
    canvas_put(f, row, column + used, n, LOOK_PLAIN, number);
}

/* "app[3] ####==....   6 ~4-5 slow 0.2" */
static void draw_server(struct canvas *f, uint32_t row, uint32_t column, uint32_t width,
                        const struct sight_server *s, uint32_t name)
{
    const uint32_t bar = bar_width(width, name);
    struct pen pen = { f, row, column + name + 1 + bar, column + width - 1 };

    draw_name(f, row, column, name, s);
    draw_bar(f, row, column + name + 1, bar, s, bar_cell(s->cores, bar));
    print(&pen, LOOK_BOLD, " %3u", s->running + s->waiting);
    draw_belief(&pen, s);
    draw_trouble(&pen, s);
}

static uint32_t name_width(const struct canvas *f, const struct sight *s)
{
    struct canvas probe = { 1, 40, f->utf8, NULL };
    uint32_t i, most = 4;

    if (canvas_open(&probe, 1, 40, f->utf8))
        return most;
    for (i = 0; i < s->shown; i++) {
        uint32_t n = canvas_put(&probe, 0, 0, 40, LOOK_PLAIN, s->server[i].group);

        if (!s->server[i].alone)
            n += (uint32_t)snprintf(NULL, 0, "[%u]", s->server[i].number);
        most = n > most ? n : most;
    }
    canvas_close(&probe);
    return most < 14 ? most : 14;
}

/* The most cores of a server that is shown. */
static uint32_t widest(const struct sight *s)
{
    uint32_t i, most = 0;

    for (i = 0; i < s->shown; i++)
        if (s->server[i].cores > most && s->server[i].cores <= CORES_MOST)
            most = s->server[i].cores;
    return most;
}

/* ---- A panel. */

static void draw_losses(struct pen *pen, const struct sight *s)
{
    static const char *const names[ENDINGS] = { "completed", "rejected", "timed out", "failed",
                                                "cancelled" };
    bool any = false;
    uint32_t i;

    for (i = ENDED_REJECTED; i < ENDINGS; i++)
        if (s->ended[i]) {
            print(pen, LOOK_RED, "%s%s %" PRIu64, any ? "  " : "", names[i], s->ended[i]);
            any = true;
        }
    if (s->retries)
        print(pen, LOOK_YELLOW, "%sretries %" PRIu64, any ? "  " : "", s->retries);
    if (s->hedges)
        print(pen, LOOK_YELLOW, "%shedges %" PRIu64, any || s->retries ? "  " : "", s->hedges);
    if (!any && !s->retries && !s->hedges)
        put(pen, LOOK_DIM, "nothing lost");
}

static void draw_recent(struct pen *pen, const struct sight *s)
{
    char p50[TOLD_ROOM], p99[TOLD_ROOM];

    if (isnan(s->rate))
        put(pen, LOOK_DIM, "no request completed yet");
    else
        print(pen, LOOK_PLAIN, "%.3g/s  p50 %s  p99 %s (last %u)", s->rate,
              told_roughly(s->p50, p50), told_roughly(s->p99, p99), s->recent);
}

static void draw_head(struct pen *pen, const struct picture *p, uint32_t which, uint32_t cell)
{
    static const unsigned looks[] = { LOOK_CYAN,    LOOK_YELLOW, LOOK_GREEN,
                                      LOOK_MAGENTA, LOOK_BLUE,   LOOK_RED };
    const struct sight *s = &p->sight[which];
    const uint32_t start = pen->column;

    put(pen, LOOK_BOLD | looks[which % 6], s->label);
    print(pen, LOOK_DIM, "  %u of %u%s", which + 1, p->policies, s->over ? ", over" : "");
    if (cell > 1)
        print(pen, LOOK_DIM, ", up to %u requests a cell", cell);
    *pen = (struct pen) { pen->f, pen->row + 1, start, pen->end };
    print(pen, LOOK_PLAIN, "issued %" PRIu64 "  in flight %" PRIu64 "  done %" PRIu64, s->issued,
          s->in_flight, s->ended[ENDED_COMPLETED]);
    if (s->held)
        print(pen, LOOK_YELLOW, "  held %u", s->held);
    *pen = (struct pen) { pen->f, pen->row + 1, start, pen->end };
    draw_losses(pen, s);
    *pen = (struct pen) { pen->f, pen->row + 1, start, pen->end };
    draw_recent(pen, s);
    *pen = (struct pen) { pen->f, pen->row + 1, start, pen->end };
}

static void draw_rest(struct pen *pen, const struct sight *s)
{
    if (s->shown == s->servers)
        return;
    print(pen, LOOK_DIM, "%u not shown: %u idle, %u busy, %u queueing", s->servers - s->shown,
          s->idle, s->busy, s->queued);
}

static void draw_panel(struct canvas *f, const struct picture *p, const struct panels *panels,
                       uint32_t which, uint32_t row, uint32_t column)
{
    const struct sight *s = &p->sight[which];
    const uint32_t cells = panels->columns ? panels->columns : 1;
    const uint32_t split = panels->width / cells, width = split < CELL_MOST ? split : CELL_MOST;
    struct pen pen = { f, row, column, column + panels->width - 1 };
    uint32_t i, rows, name = name_width(f, s);

    draw_head(&pen, p, which, bar_cell(widest(s), bar_width(width, name)));
    rows = (s->shown + cells - 1) / cells;
    for (i = 0; i < s->shown && rows <= panels->rows; i++)
        draw_server(f, row + HEAD + i % rows, column + i / rows * width, width, &s->server[i],
                    name);
    pen.row = row + HEAD + (rows < panels->rows ? rows : panels->rows);
    if (pen.row < row + panels->height)
        draw_rest(&pen, s);
}

/* ---- Around the panels. */

static void draw_title(struct canvas *f, const struct picture *p)
{
    struct pen pen = { f, 0, 0, f->columns };
    const char *state = p->over ? "the end" : p->paused ? "paused" : p->late ? "late" : "";
    uint64_t issued = p->policies ? p->sight[0].issued : 0;
    char clock[TOLD_ROOM], speed[TOLD_ROOM] = "as fast as it goes";
    uint32_t i;

    for (i = 0; i < f->columns; i++)
        canvas_glyph(f, 0, i, LOOK_REVERSE, ' ', ' ');
    if (!isinf(p->speed))
        snprintf(speed, sizeof speed, "speed %.3g", p->speed);
    print(&pen, LOOK_REVERSE | LOOK_BOLD, " t = %s",
          told_clock(p->now, isinf(p->speed) ? 1.0 : p->speed, clock));
    print(&pen, LOOK_REVERSE, "  %s", speed);
    if (p->length)
        print(&pen, LOOK_REVERSE, "  %.0f %%",
              fmin(100.0, 100.0 * (double)issued / (double)p->length));
    if (state[0])
        print(&pen, LOOK_REVERSE | LOOK_BOLD, "  [%s]", state);
    put(&pen, LOOK_REVERSE, "  ");
    put(&pen, LOOK_REVERSE, p->name);
}

static void draw_news(struct canvas *f, const struct picture *p)
{
    uint32_t i, n = p->news_n < NEWS_SHOWN ? p->news_n : NEWS_SHOWN;
    char at[TOLD_ROOM];

    for (i = 0; i < n; i++) {
        const struct news *news = &p->news[p->news_n - n + i];
        struct pen pen = { f, f->rows - BELOW_ALL + NEWS_SHOWN - n + i, 0, f->columns };

        print(&pen, LOOK_BOLD, "at %s: ", told_time((double)news->at / 1e9, at));
        put(&pen, LOOK_BOLD, news->text);
    }
}

static void draw_keys(struct canvas *f, const struct picture *p, const struct panels *panels)
{
    struct pen pen = { f, f->rows - 2, 0, f->columns };

    canvas_glyph(f, pen.row, 0, LOOK_GREEN, 0x2588, '#');
    pen.column = 1;
    put(&pen, LOOK_DIM, " in service  ");
    canvas_glyph(f, pen.row, pen.column++, LOOK_YELLOW, 0x2592, '=');
    put(&pen, LOOK_DIM, " waiting  7 there  ~7 believed");
    pen = (struct pen) { f, f->rows - 1, 0, f->columns };
    put(&pen, LOOK_DIM, p->over ? "q quit  " : "q quit  space pause  n step  +/- speed  ");
    if (panels->views > 1)
        put(&pen, LOOK_DIM, "Tab other policies  ");
    put(&pen, LOOK_DIM, "? help");
}

static void draw_help(struct canvas *f)
{
    static const char *const lines[] = {
        "space        pause, go on",
        "n, right     pause, and go to the next event",
        "+ -          twice, half as fast",
        "Tab          other policies, each of them alone, and back",
        "q            quit, and print the counters",
        "?            this page, and back",
        "",
        "A bar is a server: requests in service, then those that wait. The",
        "number is how many there are in truth; after ~ what its balancers",
        "believe: the least and the most, if they differ. Where there is no",
        "room for all servers, those with the most requests come first.",
        "A speed of 0.01 shows 10 ms of the model in a second.",
        "p50 and p99 are those of the requests completed last.",
    };
    uint32_t i;

    for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
        canvas_put(f, 2 + i, 2, f->columns > 2 ? f->columns - 2 : 0, LOOK_PLAIN, lines[i]);
}

void picture_draw(struct canvas *f, const struct picture *p, const struct panels *panels)
{
    uint32_t i;

    canvas_clear(f);
    draw_title(f, p);
    for (i = 0; !p->help && i < panels->n; i++)
        draw_panel(f, p, panels, panels->first + i, ABOVE_ALL + i / panels->across * panels->height,
                   i % panels->across * panels->width);
    if (p->help)
        draw_help(f);
    if (f->rows <= ABOVE_ALL + BELOW_ALL)
        return;
    draw_news(f, p);
    draw_keys(f, p, panels);
}
