/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/text.h"

enum { MOST_KEPT = 200, MOST_SOURCES = 64 };

struct diagnostics {
    struct arena *arena;
    struct diagnostic kept[MOST_KEPT];
    uint32_t kept_n, count[3];
    const char *sources[MOST_SOURCES];
    uint32_t sources_n;
    bool sorted;
};

struct diagnostics *diagnostics_open(void)
{
    struct diagnostics *said = calloc(1, sizeof *said);

    if (said && !(said->arena = arena_open())) {
        free(said);
        return NULL;
    }
    return said;
}

void diagnostics_close(struct diagnostics *said)
{
    if (said)
        arena_close(said->arena);
    free(said);
}

/* Files and options are shown in the order in which they were first spoken of. */
static uint32_t source_of(struct diagnostics *said, const char *name)
{
    uint32_t i;

    for (i = 0; i < said->sources_n; i++)
        if (!strcmp(said->sources[i], name))
            return i;
    if (i < MOST_SOURCES) {
        said->sources[i] = arena_copy(said->arena, name, strlen(name));
        if (said->sources[i])
            said->sources_n++;
    }
    return i;
}

static struct diagnostic *add(struct diagnostics *said, enum severity severity, const char *code,
                              const char *name, const char *format, va_list arguments)
{
    struct diagnostic *new;
    char message[1024];

    said->count[severity]++;
    if (said->kept_n == MOST_KEPT)
        return NULL;
    vsnprintf(message, sizeof message, format, arguments);
    text_clean(message);
    new = &said->kept[said->kept_n];
    *new = (struct diagnostic) { .severity = severity, .code = code, .order = said->kept_n };
    new->source = source_of(said, name);
    new->name = arena_copy(said->arena, name, strlen(name));
    new->message = arena_copy(said->arena, message, strlen(message));
    if (!new->name || !new->message)
        return NULL;
    said->kept_n++;
    said->sorted = false;
    return new;
}

void diagnose_list(struct diagnostics *said, enum severity severity, const char *code,
                   const struct text *text, size_t offset, const char *format, va_list arguments)
{
    struct diagnostic *new = add(said, severity, code, text->name, format, arguments);
    char excerpt[EXCERPT_ROOM];

    if (!new || text->option)
        return;
    new->place = text_place(text, offset);
    new->caret = text_excerpt(text, offset, excerpt);
    new->excerpt = arena_copy(said->arena, excerpt, strlen(excerpt));
}

void diagnose(struct diagnostics *said, enum severity severity, const char *code,
              const struct text *text, size_t offset, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diagnose_list(said, severity, code, text, offset, format, arguments);
    va_end(arguments);
}

void diagnose_at(struct diagnostics *said, enum severity severity, const char *code,
                 const char *name, struct place place, const char *format, ...)
{
    struct diagnostic *new;
    va_list arguments;

    va_start(arguments, format);
    new = add(said, severity, code, name, format, arguments);
    va_end(arguments);
    if (new)
        new->place = place;
}

static struct diagnostic *add_words(struct diagnostics *said, const struct diagnostic *one,
                                    const char *format, ...) __attribute__((format(printf, 3, 4)));

static struct diagnostic *add_words(struct diagnostics *said, const struct diagnostic *one,
                                    const char *format, ...)
{
    struct diagnostic *new;
    va_list arguments;

    va_start(arguments, format);
    new = add(said, one->severity, one->code, one->name, format, arguments);
    va_end(arguments);
    return new;
}

void diagnose_again(struct diagnostics *said, const struct diagnostic *one, const char *more)
{
    struct diagnostic *new = add_words(said, one, "%s%s", one->message, more);

    if (!new)
        return;
    new->place = one->place;
    new->caret = one->caret;
    if (one->excerpt)
        new->excerpt = arena_copy(said->arena, one->excerpt, strlen(one->excerpt));
}

void diagnose_missing(struct diagnostics *said, uint32_t n)
{
    said->count[SAY_ERROR] += n;
}

uint32_t diagnostics_unkept(const struct diagnostics *said)
{
    return said->count[SAY_ERROR] + said->count[SAY_WARNING] + said->count[SAY_NOTE] - said->kept_n;
}

uint32_t diagnostics_errors(const struct diagnostics *said)
{
    return said->count[SAY_ERROR];
}

uint32_t diagnostics_warnings(const struct diagnostics *said)
{
    return said->count[SAY_WARNING];
}

bool diagnostics_room(const struct diagnostics *said)
{
    return said->kept_n < MOST_KEPT;
}

static int compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
    const struct diagnostic *x = a, *y = b;
    int order = compare(x->source, y->source);

    if (!order)
        order = compare(x->place.line, y->place.line);
    if (!order)
        order = compare(x->place.column, y->place.column);
    return order ? order : compare(x->order, y->order);
}

const struct diagnostic *diagnostics_at(struct diagnostics *said, uint32_t i)
{
    if (!said->sorted)
        qsort(said->kept, said->kept_n, sizeof said->kept[0], by_place);
    said->sorted = true;
    return i < said->kept_n ? &said->kept[i] : NULL;
}

static void print_excerpt(const struct diagnostic *one, FILE *out, bool color)
{
    fprintf(out, "%6u | %s\n       | %*s%s^%s\n", (unsigned)one->place.line, one->excerpt,
            (int)one->caret, "", color ? "\33[1;32m" : "", color ? "\33[0m" : "");
}

static void print_one(const struct diagnostic *one, FILE *out, unsigned how)
{
    static const char *const words[] = { "error", "warning", "note" };
    static const char *const colors[] = { "\33[1;31m", "\33[1;35m", "\33[1;36m" };
    bool color = how & SHOW_COLOR;

    fputs(one->name, out);
    if (one->place.line)
        fprintf(out, ":%u:%u", (unsigned)one->place.line, (unsigned)one->place.column);
    fprintf(out, ": %s%s:%s %s", color ? colors[one->severity] : "", words[one->severity],
            color ? "\33[0m" : "", one->message);
    if (one->code)
        fprintf(out, " [%s]", one->code);
    fputc('\n', out);
    if (how & SHOW_EXCERPT && one->excerpt)
        print_excerpt(one, out, color);
}

void diagnostics_print(struct diagnostics *said, FILE *out, unsigned how)
{
    const uint32_t unkept = diagnostics_unkept(said);
    uint32_t i;
    const struct diagnostic *one;

    for (i = 0; (one = diagnostics_at(said, i)); i++) {
        if (one->severity == SAY_NOTE && !(how & SHOW_NOTES))
            continue;
        if (one->severity == SAY_WARNING && how & HIDE_WARNINGS)
            continue;
        print_one(one, out, how);
    }
    if (unkept)
        fprintf(out, "and %u more like these\n", (unsigned)unkept);
}
