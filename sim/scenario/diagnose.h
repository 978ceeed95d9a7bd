/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is wrong with a scenario: errors, warnings and notes, collected with their places and shown
 * together, in the order of the file. Everything said is copied: it outlives what it speaks of. */
#ifndef SIM_DIAGNOSE_H
#define SIM_DIAGNOSE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/scenario/scenario.h"

struct text;
struct diagnostics;

/* Notes are for those who ask for more (-v). */
enum severity { SAY_ERROR, SAY_WARNING, SAY_NOTE };

struct diagnostic {
    enum severity severity;
    const char *code;    /* of a warning or note: "unstable"; NULL for errors */
    const char *name;    /* the file, or the option */
    struct place place;  /* 0:0 where there is none */
    const char *message; /* one line */
    const char *excerpt; /* the line of the file, or NULL */
    uint32_t caret;      /* column in the excerpt, from 0 */
    uint32_t order, source;
};

struct diagnostics *diagnostics_open(void); /* NULL: out of memory */
void diagnostics_close(struct diagnostics *);

/* Says something about the byte at `offset` of a text. Beyond 200 sayings they are counted only. */
void diagnose(struct diagnostics *, enum severity, const char *code, const struct text *,
              size_t offset, const char *format, ...) __attribute__((format(printf, 6, 7)));
void diagnose_list(struct diagnostics *, enum severity, const char *code, const struct text *,
                   size_t offset, const char *format, va_list)
    __attribute__((format(printf, 6, 0)));
/* The same for what is found when the text is gone: no excerpt; place 0:0 for none. */
void diagnose_at(struct diagnostics *, enum severity, const char *code, const char *name,
                 struct place, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Says again what was said elsewhere, with a few words after it. */
void diagnose_again(struct diagnostics *, const struct diagnostic *, const char *more);

/* Counts errors that were said elsewhere and are not kept. */
void diagnose_missing(struct diagnostics *, uint32_t n);
/* How many sayings were counted only. */
uint32_t diagnostics_unkept(const struct diagnostics *);

uint32_t diagnostics_errors(const struct diagnostics *);
uint32_t diagnostics_warnings(const struct diagnostics *);
/* Is there room for another one to be kept? If not, finding a good wording is wasted. */
bool diagnostics_room(const struct diagnostics *);

/* The i-th in the order of the file, NULL after the last. Valid until the next saying. */
const struct diagnostic *diagnostics_at(struct diagnostics *, uint32_t i);

enum { SHOW_EXCERPT = 1, SHOW_COLOR = 2, SHOW_NOTES = 4, HIDE_WARNINGS = 8 };
/* `cluster.json:14:18: error: servers[0].discipline: ...`, and with SHOW_EXCERPT the line and a
 * caret below. Nothing is printed if nothing was said. */
void diagnostics_print(struct diagnostics *, FILE *, unsigned how);

#endif
