/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOT_REGULAR = ESPIPE };

/* What is wrong with an open file, or 0. */
static int fault_of(int file)
{
    struct stat is;

    if (fstat(file, &is))
        return errno;
    if (S_ISDIR(is.st_mode))
        return EISDIR;
    return S_ISREG(is.st_mode) ? 0 : NOT_REGULAR;
}

FILE *plain_file_open(const char *path)
{
    const int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const int fault = file < 0 ? errno : fault_of(file);
    FILE *opened = fault ? NULL : fdopen(file, "rb");

    if (opened)
        return opened;
    if (file >= 0)
        close(file);
    if (fault)
        errno = fault == ENXIO ? NOT_REGULAR : fault; /* ENXIO: a socket, or a device without one */
    return NULL;
}

const char *plain_file_why(int error)
{
    return error == NOT_REGULAR ? "it is no regular file (a pipe or a device)" : strerror(error);
}
