/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/store_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/whole_file.h"

/* Where a path leads; its last part need not be there. */
static bool find(const char *path, char found[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX], *whole;
    size_t n;
    int length;

    if (realpath(path, found))
        return true;
    length = slash ? snprintf(directory, sizeof directory, "%.*s/", (int)(slash - path), path)
                   : snprintf(directory, sizeof directory, ".");
    if (length < 0 || (size_t)length >= sizeof directory || !(whole = realpath(directory, NULL)))
        return false;
    n = (size_t)snprintf(found, PATH_MAX, "%s/%s", strcmp(whole, "/") ? whole : "",
                         slash ? slash + 1 : path);
    free(whole);
    return n < PATH_MAX;
}

bool is_of_store(const char *store, const char *path)
{
    char of[PATH_MAX], found[PATH_MAX];
    const size_t n = find(store, of) ? strlen(of) : 0;

    if (is_same_file(store, path))
        return true;
    if (n == 0 || !find(path, found))
        return false;
    if (!strncmp(found, of, n) && (found[n] == '\0' || found[n] == '-'))
        return true;
    snprintf(strrchr(of, '/') + 1, (size_t)(of + sizeof of - strrchr(of, '/')) - 1,
             "scenario.json");
    return !strcmp(found, of);
}
