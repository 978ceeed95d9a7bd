/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "sim/run/ranks_post.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/launch.h"
#include "sim/run/ranks.h"

/* ---- From the first to the last. */

int ranks_begin(char *why, size_t room)
{
    int nowhere = ranks_rank() > 0 ? open("/dev/null", O_WRONLY) : -1;

    (void)why, (void)room;
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        close(nowhere);
    }
    return 0;
}

uint32_t ranks_size(void)
{
    return launch_seen().size;
}

uint32_t ranks_rank(void)
{
    return launch_seen().rank;
}

static bool post_begun(void)
{
    int begun = 0;

    MPI_Initialized(&begun);
    return begun;
}

/* MPI_Init has crashes tell of themselves at length. What crashes here are plug-ins, in processes
 * that are told of in a line. */
static void init_quietly(void)
{
    static const int crashes[] = { SIGABRT, SIGBUS, SIGFPE, SIGSEGV };
    struct sigaction before[4];
    int i;

    for (i = 0; i < 4; i++)
        sigaction(crashes[i], NULL, &before[i]);
    MPI_Init(NULL, NULL);
    for (i = 0; i < 4; i++)
        sigaction(crashes[i], &before[i], NULL);
}

int post_begin(void)
{
    struct launch launch = launch_seen();
    int size = 0, rank = 0;

    if (!post_begun())
        init_quietly();
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return (uint32_t)size == launch.size && (uint32_t)rank == launch.rank ? 0 : -EPROTO;
}

void ranks_end(void)
{
    struct launch launch = launch_seen();
    struct outbox out = { NULL, 0, 0 };
    uint32_t i;

    if (launch.size == 1)
        return;
    if (post_begin() == 0) {
        struct order end = { .kind = ORDER_END_EARLY };
        struct report bye = { .kind = REPORT_BYE, .text = "it has ended" };

        for (i = 1; launch.rank == 0 && i < launch.size; i++)
            post_send(&out, i, TAG_ORDER, &end, sizeof end, NULL, 0);
        if (launch.rank > 0)
            post_send(&out, 0, TAG_REPORT, &bye, sizeof bye, NULL, 0);
        post_close(&out, 1.0);
    }
    MPI_Finalize();
}

/* ---- Sending. */

static void let_go(struct outbox *o, uint32_t i)
{
    free(o->at[i].data);
    o->at[i] = o->at[--o->n];
}

int post_send(struct outbox *o, uint32_t to, int tag, const void *head, size_t head_n,
              const void *body, size_t n)
{
    char *data;

    if (n > (size_t)INT_MAX - head_n)
        return -EMSGSIZE;
    if (o->n == o->room) {
        struct parcel *more = realloc(o->at, (o->room + 16) * sizeof *more);

        if (!more)
            return -ENOMEM;
        o->at = more;
        o->room += 16;
    }
    data = malloc(head_n + n);
    if (!data)
        return -ENOMEM;
    memcpy(data, head, head_n);
    if (n)
        memcpy(data + head_n, body, n);
    o->at[o->n].data = data;
    if (MPI_Isend(data, (int)(head_n + n), MPI_BYTE, (int)to, tag, MPI_COMM_WORLD,
                  &o->at[o->n].request)) {
        free(data);
        return -ECOMM;
    }
    o->n++;
    return 0;
}

void post_sweep(struct outbox *o)
{
    uint32_t i;

    for (i = 0; i < o->n;) {
        int done = 0;

        if (MPI_Test(&o->at[i].request, &done, MPI_STATUS_IGNORE) || done)
            let_go(o, i);
        else
            i++;
    }
}

void post_close(struct outbox *o, double seconds)
{
    double until = post_now() + seconds;

    for (post_sweep(o); o->n && post_now() < until; post_sweep(o))
        post_nap(-1, post_now());
    free(o->at);
    *o = (struct outbox) { NULL, 0, 0 };
}

/* ---- Receiving, and waiting for it. */

void *post_next(int tag, uint32_t *from, size_t *n)
{
    MPI_Status status;
    int there = 0, count = 0;
    void *data;

    if (MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &there, &status) || !there ||
        MPI_Get_count(&status, MPI_BYTE, &count))
        return NULL;
    data = malloc((size_t)count);
    if (data && MPI_Recv(data, count, MPI_BYTE, status.MPI_SOURCE, tag, MPI_COMM_WORLD, &status)) {
        free(data);
        return NULL;
    }
    *from = (uint32_t)status.MPI_SOURCE;
    *n = (size_t)count;
    return data;
}

double post_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool post_readable(int file)
{
    struct pollfd look = { file, POLLIN, 0 };

    return poll(&look, 1, 0) > 0;
}

void post_nap(int file, double last_message)
{
    double nap = 0.02 * (post_now() - last_message);
    struct pollfd look = { file, POLLIN, 0 };
    struct timespec t = { 0, 0 };

    nap = nap < 1e-4 ? 1e-4 : nap > 1e-2 ? 1e-2 : nap;
    t.tv_nsec = (long)(1e9 * nap);
    ppoll(&look, 1, &t, NULL);
}
