/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int directory_make(const char *path)
{
    char copy[2048], *at;

    snprintf(copy, sizeof copy, "%s", path);
    for (at = copy + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0777) && errno != EEXIST)
            return -errno;
        *at = '/';
    }
    return mkdir(copy, 0777) && errno != EEXIST ? -errno : 0;
}

int directory_take(const char *path)
{
    struct stat is;
    int failed = directory_make(path);

    if (failed)
        return failed;
    if (stat(path, &is))
        return -errno;
    if (!S_ISDIR(is.st_mode))
        return -ENOTDIR;
    return access(path, W_OK | X_OK) ? -errno : 0;
}

int directory_write(const char *path, const char *name, const char *text, char *why, size_t room)
{
    char file[2100];
    int error = 0;
    FILE *out;

    snprintf(file, sizeof file, "%.2000s/%.80s", path, name);
    out = fopen(file, "w");
    if (!out || fputs(text, out) < 0)
        error = -errno;
    if (out && fclose(out) && !error)
        error = -errno;
    if (error)
        snprintf(why, room, "%.400s: %s", file, strerror(-error));
    return error;
}
