/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of keys: what an object of a scenario may hold is written once, a row a key, and the row
 * reads the value, checks its range, answers "did you mean", prints help and writes the schema.
 * The parameters of policies and distributions (struct lb_param) are read through the same rows. */
#ifndef SIM_BIND_H
#define SIM_BIND_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "models/distribution.h"
#include "models/policy.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/json.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/units.h"

/* The C type at `offset`, and what it holds where the key is absent and `preset` is NAN. */
enum field_type {
    FIELD_TEXT,      /* const char *, NULL */
    FIELD_NAME,      /* const char *, NULL: of a client, a server group, ... */
    FIELD_WHOLE,     /* int64_t, FIELD_ABSENT */
    FIELD_NUMBER,    /* double, NAN: a number, or a text with a unit */
    FIELD_FLAG,      /* int32_t, 0 */
    FIELD_CHOICE,    /* int32_t, index into choices */
    FIELD_CHOICES,   /* uint32_t, 0: a bit for each of the choices that is listed */
    FIELD_TIME,      /* lb_time, LB_NEVER */
    FIELD_QUANTITY,  /* struct distribution, kind NULL: a number, a text, or a distribution */
    FIELD_NUMBERS,   /* struct lb_list, n = 0 */
    FIELD_NAMES,     /* struct names, node NULL */
    FIELD_OBJECT,    /* the struct of `shape`, with presets */
    FIELD_OBJECTS,   /* struct objects of the structs of `shape`; one may stand for a list */
    FIELD_VARIANT,   /* the struct of `variants`, the first of them */
    FIELD_POLICY,    /* struct lb_inner */
    FIELD_SEED,      /* uint64_t, 1: a whole number, or digits in quotes */
    FIELD_WARMUP,    /* const cJSON *, NULL: read by its owner, and so are ... */
    FIELD_POLICIES,  /* ... all that follow */
    FIELD_NODE,      /* of a schema of its own, in schema_sweep.c */
    FIELD_AMOUNT,    /* of a claim: a number, or a text with a unit; units depend on its metric */
    FIELD_AMOUNTS,   /* two of them */
    FIELD_TOLERANCE, /* a number or "ci" */
    FIELD_OPERANDS,  /* a list of labels and of objects {"policy", "at"} */
    FIELD_POINT      /* an object of paths and values */
};

#define FIELD_ABSENT INT64_MIN
#define FIELD_WORD   INT64_MAX

struct field {
    const char *name;
    enum field_type type;
    uint32_t offset;
    double preset, least, most; /* durations in seconds; of FIELD_OBJECTS, `most` objects */
    enum unit unit;
    bool required;
    bool may_be_empty; /* of FIELD_NUMBERS: [] says something */
    const char *help;
    const char *hint;           /* what to do if the value is not such, or NULL */
    const char *word;           /* of FIELD_WHOLE: what stands for FIELD_WORD, or NULL */
    const char *const *choices; /* NULL-ended; for FIELD_POLICY the preset's name first */
    const struct shape *shape;  /* of a number, time or quantity: what may stand for it, ... */
    uint32_t object_at;         /* ... and where that goes */
    const struct variants *variants;
};

/* A system whose numbers a mechanism may take, by `like`. The first one's are those of the rows. */
struct like_value {
    const char *key; /* "interval", "success_rate.enforced" */
    double preset;   /* in place of the row's */
};
struct like {
    const char *name, *summary;
    const struct like_value *values; /* ended by a NULL key, or NULL */
    const char *const *foreign;      /* keys that it does not have, NULL-ended, or NULL */
};

/* An object: the struct that it fills begins with `const cJSON *node`, NULL where it is absent. */
struct shape {
    const char *name, *help;
    uint32_t size;
    const struct field *fields; /* ended by a NULL name */
    const char *definition;     /* its name in the schema; NULL: that of its key */
    const struct like *likes;   /* ended by a NULL name, or NULL; then there is a choice `like` */
};

/* An object of one of several kinds, told by the key `tag`. Its struct begins as variant_head. */
struct variant_head {
    const cJSON *node;
    int32_t which;
};
struct variant {
    const char *name, *summary;
    const struct field *fields;
};
struct variants {
    const char *tag, *help;
    bool bare; /* a text stands for an object with nothing but the tag */
    uint32_t size;
    const struct variant *at; /* ended by a NULL name */
};

struct names {
    const cJSON *node;
    const char *const *at;
    uint32_t n;
};
struct objects {
    const cJSON *node;
    void *at;
    uint32_t n;
    bool single; /* one object stood for the list */
};

/* Rows of either sort. */
struct rows {
    const struct field *fields;
    const struct lb_param *params;
    uint32_t stride;          /* of params */
    enum unit unit;           /* of a distribution's durations, which then are doubles ... */
    bool distribution;        /* ... if this is one */
    const struct field *more; /* one row after the params, or NULL ... */
    uint32_t more_offset;     /* ... and where its value lies */
};
struct rows rows_of_fields(const struct field *);
struct rows rows_of_params(const struct lb_param *, uint32_t stride);
/* With a `file` (a const char *, behind the config) if its lists may come from one. */
struct rows rows_of_distribution(const struct distribution_kind *, enum unit);
/* Bytes that rows_of_distribution fill. */
uint32_t rows_size_of_distribution(const struct distribution_kind *);
/* The i-th row; false after the last. */
bool rows_at(const struct rows *, uint32_t i, struct field *);
/* The row of that name; hyphens do not count as underscores here. */
bool rows_find(const struct rows *, const char *name, struct field *);

/* What every reading function needs. */
struct reader {
    struct arena *arena;
    struct json *json;
    struct diagnostics *said;
    const struct policy_source *policies;
    const char *path;                     /* of the scenario */
    FILE *(*open_file)(const char *path); /* as in struct scenario_request */
    struct traces *traces;                /* that were read for another point, or NULL */
    struct plugin_path *plugins;          /* of the policy that is being read */
    bool no_memory;
};
/* The path of a file that a scenario names: beside the scenario, unless it says from where. NULL:
 * out of memory. */
const char *reader_beside(struct reader *, const char *name);
void *reader_get(struct reader *, size_t); /* from the arena; NULL is remembered in no_memory */

/* The way to a value: "servers[0].discipline". */
struct trail {
    const struct trail *up;
    const char *key;
    int64_t index; /* below 0: none */
};
enum { TRAIL_ROOM = 256 };
const char *trail_text(const struct trail *, char room[TRAIL_ROOM]);

/* An error at a value, or at its key; a warning; a note. The path comes before the message. */
void complain(struct reader *, const struct trail *, const cJSON *, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void complain_key(struct reader *, const struct trail *, const cJSON *, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void warn(struct reader *, const char *code, const struct trail *, const cJSON *,
          const char *format, ...) __attribute__((format(printf, 5, 6)));
void remark(struct reader *, const char *code, const struct trail *, const cJSON *,
            const char *format, ...) __attribute__((format(printf, 5, 6)));

enum { FOUND_ROOM = 64 };
/* What a value is, for "found ...": `"ten"`, `-3`, `a list`. */
const char *found_text(const struct reader *, const cJSON *, char room[FOUND_ROOM]);

/* Fills `out` with what one row presets, or all. */
void bind_preset(struct reader *, const struct field *, void *out);
void bind_presets(struct reader *, const struct rows *, void *out);
/* Reads an object into `out`, which holds the presets. `reserved` (NULL-ended, or NULL) are keys
 * that the caller reads. False if an error was said of it. */
bool bind_object(struct reader *, const struct trail *, const cJSON *, const struct rows *,
                 const char *const *reserved, void *out);
/* Is it a number, a time or a quantity for which an object of its shape may stand? */
bool bind_may_be_object(const struct field *);
/* Reads one value into its place in `out`. */
void bind_value(struct reader *, const struct trail *, const cJSON *, const struct field *,
                void *out);

#endif
