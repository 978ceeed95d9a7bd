/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Script, picture and messages are files in memory, so nothing waits for anything but the end. */
#define _GNU_SOURCE /* memfd_create */
#include "sim/chart/gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 60, PICTURE_MOST = 64 << 20, VARIABLES = 4, VARIABLE = 4096 };

/* Standard input, output and error of gnuplot. */
struct channels {
    int at[3];
};

static int open_channels(struct channels *c, const char *script, size_t n)
{
    static const char *const names[] = { "script", "picture", "messages" };
    size_t written = 0;

    for (int i = 0; i < 3; i++)
        c->at[i] = memfd_create(names[i], MFD_CLOEXEC);
    if (c->at[0] < 0 || c->at[1] < 0 || c->at[2] < 0)
        return -errno;
    while (written < n) {
        const ssize_t more = write(c->at[0], script + written, n - written);

        if (more < 0 && errno != EINTR)
            return -errno;
        written += more > 0 ? (size_t)more : 0;
    }
    return lseek(c->at[0], 0, SEEK_SET) < 0 ? -errno : 0;
}

static void close_channels(struct channels *c)
{
    for (int i = 0; i < 3; i++)
        if (c->at[i] >= 0)
            close(c->at[i]);
}

/* Nobody's settings: only what finds programs and fonts. Dates in pictures are those of no day. */
static void surroundings(char text[VARIABLES][VARIABLE], char *variable[VARIABLES + 1])
{
    const char *path = getenv("PATH"), *home = getenv("HOME");

    snprintf(text[0], VARIABLE, "PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin");
    snprintf(text[1], VARIABLE, "HOME=%s", home ? home : "/");
    snprintf(text[2], VARIABLE, "LC_ALL=C");
    snprintf(text[3], VARIABLE, "SOURCE_DATE_EPOCH=0");
    for (int i = 0; i < VARIABLES; i++)
        variable[i] = text[i];
    variable[VARIABLES] = NULL;
}

static int start(const struct channels *c, pid_t *process)
{
    char *words[] = { "gnuplot", "-d", NULL };
    char text[VARIABLES][VARIABLE], *variable[VARIABLES + 1];
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed)
        return -failed;
    for (int i = 0; i < 3 && !failed; i++)
        failed = posix_spawn_file_actions_adddup2(&actions, c->at[i], i);
    surroundings(text, variable);
    if (!failed)
        failed = posix_spawnp(process, "gnuplot", &actions, NULL, words, variable);
    posix_spawn_file_actions_destroy(&actions);
    return -failed;
}

/* Waits for its end; one that takes too long, or writes too much, is ended. */
static int await(pid_t process, int picture, int *status)
{
    const struct timespec nap = { .tv_nsec = 2000000 };
    const time_t last = time(NULL) + PATIENCE;
    struct stat about;
    int failed = 0;
    pid_t ended;

    while ((ended = waitpid(process, status, WNOHANG)) == 0) {
        if (time(NULL) > last)
            failed = -ETIME;
        else if (fstat(picture, &about) == 0 && about.st_size > PICTURE_MOST)
            failed = -EFBIG;
        if (failed) {
            kill(process, SIGKILL);
            while (waitpid(process, status, 0) < 0 && errno == EINTR)
                ;
            return failed;
        }
        nanosleep(&nap, NULL);
    }
    return ended < 0 ? -errno : 0;
}

/* All of a file in memory, with a 0 behind it. NULL: out of memory. */
static char *whole(int file, size_t *size)
{
    const off_t end = lseek(file, 0, SEEK_END);
    char *bytes = end < 0 ? NULL : malloc((size_t)end + 1);

    for (*size = 0; bytes && *size < (size_t)end;) {
        const ssize_t n = pread(file, bytes + *size, (size_t)end - *size, (off_t)*size);

        if (n <= 0 && !(n < 0 && errno == EINTR))
            break;
        *size += n > 0 ? (size_t)n : 0;
    }
    if (bytes)
        bytes[*size] = '\0';
    return bytes;
}

/* The last line of its messages that says what is wrong, or else its last words. */
static void first_message(int messages, char *why, size_t room)
{
    size_t size;
    char *text = whole(messages, &size), *line = text;
    bool found = false;

    snprintf(why, room, "gnuplot failed without a message");
    while (line && *line) {
        char *end = line + strcspn(line, "\n");
        const char *said = line + strspn(line, " \t^");
        const bool last = *end == '\0';

        *end = '\0';
        if (*said && !strstr(said, "warning:") && (!found || strstr(said, "line ") == said)) {
            snprintf(why, room, "gnuplot: %.300s", said);
            found = strstr(said, "line ") == said;
        }
        line = last ? NULL : end + 1;
    }
    free(text);
}

static int settle(const struct channels *c, int status, char **bytes, size_t *size, char *why,
                  size_t room)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
            snprintf(why, room, "gnuplot cannot be run");
        else
            first_message(c->at[2], why, room);
        return -EIO;
    }
    *bytes = whole(c->at[1], size);
    if (*bytes && *size)
        return 0;
    snprintf(why, room, *bytes ? "gnuplot drew nothing" : "out of memory");
    free(*bytes);
    *bytes = NULL;
    return -EIO;
}

static int refuse(int error, char *why, size_t room)
{
    if (error == -ENOENT || error == -EACCES)
        snprintf(why, room,
                 "gnuplot, which draws the charts, is not installed: apt-get install gnuplot-nox");
    else if (error == -ETIME)
        snprintf(why, room, "gnuplot took longer than %d s", PATIENCE);
    else if (error == -EFBIG)
        snprintf(why, room, "gnuplot made a picture of more than %d MB", PICTURE_MOST >> 20);
    else
        snprintf(why, room, "gnuplot: %s", strerror(-error));
    return error == -EACCES ? -ENOENT : error;
}

int gnuplot_draw(const char *script, size_t n, char **bytes, size_t *size, char *why, size_t room)
{
    struct channels c = { { -1, -1, -1 } };
    int status = 0, failed = open_channels(&c, script, n);
    pid_t process;

    *bytes = NULL;
    *size = 0;
    if (!failed)
        failed = start(&c, &process);
    if (!failed)
        failed = await(process, c.at[1], &status);
    failed = failed ? refuse(failed, why, room) : settle(&c, status, bytes, size, why, room);
    close_channels(&c);
    return failed;
}
