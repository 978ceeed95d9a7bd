/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/columns.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/inflow.h"
#include "sim/scenario/plain_file.h"

enum { VALUES_MOST = 10000000, FIRST_ROOM = 1024 };

static const char SEPARATORS[] = " \t\r\n,;";

/* Where the reading is. */
struct sheet {
    struct reader *reader;
    const struct trail *trail;
    const cJSON *node;
    const struct field *fields;
    const char *path;
    struct columns *columns;
    uint64_t line;        /* 0: none was read */
    uint32_t room, width; /* width 0: no number was met yet */
    bool headed;
};

static bool fail(struct sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct sheet *s, const char *format, ...)
{
    char message[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    text_clean(message);
    if (s->line)
        complain(s->reader, s->trail, s->node, "%s:%" PRIu64 ": %s", s->path, s->line, message);
    else
        complain(s->reader, s->trail, s->node, "%s: %s", s->path, message);
    return false;
}

static bool read_number(const struct field *field, const char *word, double *value)
{
    char *end;

    *value = strtod(word, &end);
    return *word && (!*end || (field->unit != UNIT_NONE && !unit_read(field->unit, word, value)));
}

static bool grow(struct sheet *s)
{
    const uint32_t room = s->room ? 2 * s->room : FIRST_ROOM;
    uint32_t i;

    for (i = 0; i < s->width; i++) {
        double *more = realloc(s->columns->at[i], room * sizeof *more);

        if (!more) {
            s->reader->no_memory = true;
            return false;
        }
        s->columns->at[i] = more;
    }
    s->room = room;
    return true;
}

static bool put(struct sheet *s, uint32_t column, const char *word)
{
    const struct field *field = &s->fields[column];
    double *at = s->columns->at[column], value;
    const uint32_t n = s->columns->n;
    char least[40], most[40];

    if (!read_number(field, word, &value))
        return fail(s, "expected a number such as %s, found \"%.40s\"",
                    field->unit == UNIT_NONE ? "0.5" : unit_example(field->unit), word);
    if (!(value >= field->least && value <= field->most))
        return fail(s, "expected a number from %s to %s, found %.40s",
                    unit_show(field->unit, field->least, least, sizeof least),
                    unit_show(field->unit, field->most, most, sizeof most), word);
    if (s->width > 1 && n > 0 && value < at[n - 1])
        return fail(s, "%s must ascend, found %.15g after %.15g", field->name, value, at[n - 1]);
    at[n] = value;
    return true;
}

/* A first line that no number begins, and that is no misspelt one. */
static bool is_header(const struct sheet *s, const char *word)
{
    double value;

    return !s->width && !s->headed && !isdigit((unsigned char)*word) && !strchr("+-.", *word) &&
           !read_number(&s->fields[0], word, &value);
}

/* Cuts the line into words; their number, COLUMNS_MOST + 1 if they are more. */
static uint32_t cut(char *line, char *words[COLUMNS_MOST])
{
    char *rest = NULL, *word;
    uint32_t n = 0;

    line[strcspn(line, "#")] = '\0';
    for (word = strtok_r(line, SEPARATORS, &rest); word; word = strtok_r(NULL, SEPARATORS, &rest)) {
        if (n == COLUMNS_MOST)
            return n + 1;
        words[n++] = word;
    }
    return n;
}

static bool read_line(struct sheet *s, char *line)
{
    char *words[COLUMNS_MOST];
    const uint32_t n = cut(line, words);
    uint32_t i;

    if (!n)
        return true;
    if (is_header(s, words[0])) {
        s->headed = true;
        return true;
    }
    if (n > COLUMNS_MOST)
        return fail(s, "expected one number, or two: %s and %s", s->fields[0].name,
                    s->fields[1].name);
    if (s->width && n != s->width)
        return fail(s, "expected %s, as in the lines before",
                    s->width == 1 ? "one number" : "two numbers");
    if (s->columns->n == VALUES_MOST)
        return fail(s, "more than %d values", VALUES_MOST);
    s->width = n;
    if (s->columns->n == s->room && !grow(s))
        return false;
    for (i = 0; i < n; i++)
        if (!put(s, i, words[i]))
            return false;
    s->columns->n++;
    return true;
}

static bool read_all(struct sheet *s, struct inflow *in)
{
    const struct field *last = &s->fields[1];
    const char *why = NULL;
    bool good = true;
    char *line;

    while (good && (line = inflow_line(in, &why))) {
        s->line = inflow_number(in);
        good = read_line(s, line);
    }
    if (!good)
        return false;
    if (why) {
        s->line = inflow_number(in);
        return fail(s, "%s", why);
    }
    if (!s->columns->n)
        return fail(s, "the file ends without a number");
    if (s->width > 1 && s->columns->at[1][s->columns->n - 1] < last->most)
        return fail(s, "the last %s must be %g, found %.15g", last->name, last->most,
                    s->columns->at[1][s->columns->n - 1]);
    return true;
}

bool columns_read(struct reader *reader, const struct trail *trail, const cJSON *node,
                  const struct field fields[COLUMNS_MOST], struct columns *columns)
{
    struct sheet s = { .reader = reader,
                       .trail = trail,
                       .node = node,
                       .fields = fields,
                       .path = reader_beside(reader, node->valuestring),
                       .columns = columns };
    const char *why;
    struct inflow *in;
    FILE *file;
    bool good;

    if (!reader->open_file) {
        complain(reader, trail, node, "no file is read here: write the numbers as values");
        return false;
    }
    if (!s.path)
        return false;
    file = reader->open_file(s.path);
    if (!file) {
        complain(reader, trail, node, "%s: cannot be read: %s", s.path, plain_file_why(errno));
        return false;
    }
    in = inflow_of(file, &why);
    good = in ? read_all(&s, in) : fail(&s, "%s", why);
    inflow_close(in);
    return good;
}

void columns_close(struct columns *columns)
{
    uint32_t i;

    for (i = 0; i < COLUMNS_MOST; i++)
        free(columns->at[i]);
}
