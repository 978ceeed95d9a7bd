/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/labour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool write_all(int to, const void *data, size_t n)
{
    const char *at = data;

    while (n) {
        ssize_t done = write(to, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

bool read_task(int from, struct crew_task *task)
{
    ssize_t n;

    do
        n = read(from, task, sizeof *task);
    while (n < 0 && errno == EINTR);
    return n == sizeof *task; /* so few bytes pass a pipe at once or not at all */
}

static bool send_result(int to, void *result, size_t n)
{
    struct result_header header = { result ? n : 0, result == NULL };
    char *whole = result && n < PIPE_BYTES ? malloc(sizeof header + n) : NULL;
    bool good;

    if (whole) {
        memcpy(whole, &header, sizeof header);
        memcpy(whole + sizeof header, result, n);
        good = write_all(to, whole, sizeof header + n);
    } else {
        good = write_all(to, &header, sizeof header) && write_all(to, result, (size_t)header.size);
    }
    free(whole);
    free(result);
    return good;
}

void labour(const struct crew *crew, struct post *post, const volatile int *stop, int from, int to)
{
    struct task_signs signs = { &post->progress, stop };
    struct crew_task task;
    bool good = true;

    while (good && !*stop && read_task(from, &task)) {
        size_t n = 0;
        void *result = crew->work(crew->context, &task, &signs, &n);

        good = send_result(to, result, n);
    }
    _exit(good ? 0 : 1);
}
