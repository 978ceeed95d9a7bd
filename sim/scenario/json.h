/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON with places: the tree is cJSON's, and every value in it knows where it was written, in a
 * file or in an option. `valueint` of a node, which cJSON itself no longer wants read, carries the
 * number of its spot, so that a place is found at once and no second tree is built. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario/diagnose.h"
#include "sim/scenario/scan.h"
#include "sim/scenario/text.h"

enum { LARGEST_FILE = 16 << 20 };

struct arena;
struct json;

struct json *json_open(struct arena *, struct diagnostics *); /* NULL: out of memory */
void json_close(struct json *); /* trees are the reader's: cJSON_Delete */

/* Reads a text: size, UTF-8, syntax, numbers, then duplicate keys. NULL if there is no tree; a tree
 * may come with errors said. Time and memory are linear in the text (keys of one object are
 * sorted). The text and its bytes must live as long as the json. */
cJSON *json_read(struct json *, const struct text *);
/* Is this text JSON, flaws aside? Says nothing. */
bool json_likely(const char *bytes, size_t length);
/* Takes a node that a program made (NULL is passed on) and says that it stands where `text` does.
 */
cJSON *json_made(struct json *, const struct text *, cJSON *);
/* The same for one that stands at an offset of the text; a number is read again from there. */
cJSON *json_made_at(struct json *, const struct text *, size_t offset, cJSON *);
/* Marks a value that a sweep gives to a point; copies of the node are marked with it. */
void json_mark_swept(struct json *, const cJSON *);
bool json_swept(const struct json *, const cJSON *);

const struct text *json_text(const struct json *, const cJSON *);
size_t json_offset(const struct json *, const cJSON *);     /* of the value */
size_t json_key_offset(const struct json *, const cJSON *); /* of its key */
struct place json_place(const struct json *, const cJSON *);
/* Was the value beyond reading, and is that said? Then no more need be said about it. */
bool json_flawed(const struct json *, const cJSON *);
/* The number as written, not NUL-ended. */
const char *json_number(const struct json *, const cJSON *, size_t *length);

/* Writes the tree as text, numbers as they were written. 0 or -EIO. */
int json_print(const struct json *, const cJSON *, FILE *);

#endif
