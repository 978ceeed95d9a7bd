/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/whole_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A link stays a link: the file that it leads to is replaced. */
static int find_place(struct whole_file *f, const char *path, bool there)
{
    char found[PATH_MAX];
    int n;

    if (there && !realpath(path, found))
        return -1;
    n = snprintf(f->place, sizeof f->place, "%s", there ? found : path);
    if (n >= 0 && (size_t)n < sizeof f->place)
        n = snprintf(f->part, sizeof f->part, "%s.%ld.part", f->place, (long)getpid());
    if (n >= 0 && (size_t)n < sizeof f->part)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

int whole_file_open(struct whole_file *f, const char *path)
{
    struct stat is;
    const bool there = stat(path, &is) == 0;

    f->out = NULL;
    f->part[0] = '\0';
    if (there && !S_ISREG(is.st_mode)) {
        f->out = fopen(path, "w");
        return f->out ? 0 : -1;
    }
    if ((there && access(path, W_OK)) || find_place(f, path, there))
        return -1;
    f->out = fopen(f->part, "wx");
    if (f->out && there)
        fchmod(fileno(f->out), is.st_mode & 07777);
    return f->out ? 0 : -1;
}

int whole_file_end(struct whole_file *f, bool good)
{
    int error = ferror(f->out) ? EIO : 0;

    if (fclose(f->out))
        error = errno;
    f->out = NULL;
    if (!error && good && f->part[0] && rename(f->part, f->place))
        error = errno;
    if ((error || !good) && f->part[0])
        unlink(f->part);
    errno = error;
    return error ? -1 : 0;
}

bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return a && b && stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool is_standard_output(const char *path)
{
    struct stat x, y;

    return stat(path, &x) == 0 && fstat(STDOUT_FILENO, &y) == 0 && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
