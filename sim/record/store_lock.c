/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/store_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *name_of(const char *path)
{
    char *name = malloc(strlen(path) + sizeof "-lock");
    if (name)
        sprintf(name, "%s-lock", path);
    return name;
}

static int refuse_held(const char *path, int descriptor, char *why, size_t room)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        snprintf(why, room,
                 "%s: in use by another lbsim (process %ld); wait for it, or choose "
                 "another directory with -o",
                 path, (long)lock.l_pid);
    else
        snprintf(why, room,
                 "%s: in use by another lbsim; wait for it, or choose another directory "
                 "with -o",
                 path);
    return -EBUSY;
}

/* The last holder removes the file: a lock on what no longer has the name locks nobody out. */
static bool is_current(const char *name, int descriptor)
{
    struct stat held, named;
    return fstat(descriptor, &held) == 0 && stat(name, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static int try_lock(const char *path, const char *name, char *why, size_t room)
{
    for (;;) {
        const int descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor < 0) {
            const int error = errno;
            snprintf(why, room,
                     "%s: cannot write here: %s; choose a directory that you may write "
                     "to with -o",
                     path, strerror(error));
            return -error;
        }
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int answer = 0;
        if (fcntl(descriptor, F_SETLK, &lock)) {
            answer = -errno;
            if (errno == EACCES || errno == EAGAIN)
                answer = refuse_held(path, descriptor, why, room);
            else
                snprintf(why, room,
                         "%s: cannot lock: %s; choose a directory on a local disk with -o", path,
                         strerror(errno));
        }
        if (answer == 0 && is_current(name, descriptor))
            return descriptor;
        close(descriptor);
        if (answer)
            return answer;
    }
}

int store_lock(const char *path, char *why, size_t room)
{
    char *name = name_of(path);
    if (!name) {
        snprintf(why, room, "%s: out of memory", path);
        return -ENOMEM;
    }
    const int answer = try_lock(path, name, why, room);
    free(name);
    return answer;
}

void store_unlock(const char *path, int descriptor)
{
    char *name = name_of(path);
    if (name)
        unlink(name);
    free(name);
    close(descriptor);
}
