/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the command line changes in a scenario: --set PATH=VALUE, and --policy. */
#ifndef SIM_OPTION_H
#define SIM_OPTION_H

#include "sim/scenario/bind.h"

/* A value as people type it: JSON if it is JSON, else the words themselves as a text. `name` is
 * what messages call it. The node is the caller's; NULL if an error was said. */
cJSON *option_value(struct reader *, const char *name, const char *value);

/* Sets one value in the tree. A path is keys and dots; an element of a list is named by number or
 * by name, `servers[0].count`, `servers[app].count`, `policies[two choices].d`, and by nothing if
 * it is the only one. Missing objects are made; `null` takes a key away. Requests and duration of a
 * run displace each other. False if an error was said. */
bool option_set(struct reader *, cJSON *root, const struct setting *);
/* What messages call it: "--set load=2". NULL: out of memory. */
const char *option_called(struct reader *, const struct setting *);

/* The same for a sweep: with a copy of the value, at the path that is the key of `key`; messages
 * point there. */
bool option_put(struct reader *, cJSON *root, const cJSON *key, const cJSON *value);

enum { PATH_ROOM = 512 };
/* What stands at a path, or NULL. `room` receives the path with numbers for names, "" if it is
 * none: two paths that mean the same are the same then. Nothing is said. */
const cJSON *option_find(struct reader *, const cJSON *root, const char *path,
                         char room[PATH_ROOM]);

/* Cuts "a" off "a,b,c": up to the next comma that is in no bracket, brace or quotes. */
char *option_part(char **rest);

/* Puts the policies of --policy texts in place of the file's. The text after the last colon is
 * parameters if it contains `=`: "p2c:d=3,replacement=true", "nginx:least_conn". */
bool option_policies(struct reader *, cJSON *root, const char *const *texts, uint32_t n);

/* The name of an element that gives none: "server", or "server2" for the second of several. */
const char *default_name(struct arena *, const char *word, uint32_t index, bool single);

#endif
