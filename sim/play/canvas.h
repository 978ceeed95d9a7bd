/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a terminal shows: rows of glyphs, and the bytes that turn one picture into the next. The
 * only control sequences are those of ECMA-48 that every terminal has known for decades: move the
 * cursor, set colours, erase. Text that comes from elsewhere is made harmless on its way in. */
#ifndef SIM_CANVAS_H
#define SIM_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How a glyph looks: a colour, and more, or-ed. */
enum look {
    LOOK_PLAIN,
    LOOK_RED,
    LOOK_GREEN,
    LOOK_YELLOW,
    LOOK_BLUE,
    LOOK_MAGENTA,
    LOOK_CYAN,
    LOOK_COLORS = 7, /* a mask */
    LOOK_BOLD = 8,
    LOOK_DIM = 16,
    LOOK_REVERSE = 32
};

struct glyph {
    uint32_t code; /* Unicode; 0: the right half of a wide one */
    uint32_t look;
};

struct canvas {
    uint32_t rows, columns;
    bool utf8; /* else nothing but ASCII goes in */
    struct glyph *at;
};

/* An empty one: 0 or -ENOMEM. Close it in each case. */
int canvas_open(struct canvas *, uint32_t rows, uint32_t columns, bool utf8);
void canvas_close(struct canvas *);
void canvas_clear(struct canvas *);

/* Writes a text into `room` columns from here on; what does not fit is cut, and a mark says so.
 * Control characters, marks of direction, what has no width, what is no UTF-8, and in ASCII all
 * else become question marks. Widths are those of the current locale. Returns the columns used. */
uint32_t canvas_put(struct canvas *, uint32_t row, uint32_t column, uint32_t room, unsigned look,
                    const char *text);
/* One glyph, as it is: `ascii` where there is no other. Outside of the frame nothing happens. */
void canvas_glyph(struct canvas *, uint32_t row, uint32_t column, unsigned look, uint32_t code,
                  char ascii);
/* A row as text without looks, spaces at its end left out; `room` bytes, a 0 among them. */
void canvas_text(const struct canvas *, uint32_t row, char *text, size_t room);

/* Writes what makes a terminal that shows `before` (NULL: anything) show `now`. */
void canvas_draw(FILE *, const struct canvas *now, const struct canvas *before, bool color);

#endif
