/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/shared.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

static const struct live_record blank = { .intended = LB_NEVER,
                                          .sent = LB_NEVER,
                                          .done = LB_NEVER,
                                          .wait = LB_NEVER,
                                          .service = LB_NEVER,
                                          .served = LB_NONE,
                                          .arrived = LB_NEVER,
                                          .forwarded = LB_NEVER,
                                          .returned = LB_NEVER,
                                          .replied = LB_NEVER,
                                          .dispatched = LB_NONE,
                                          .reached = LB_NEVER,
                                          .due = LB_NEVER,
                                          .answered = LB_NEVER,
                                          .server = LB_NONE };

/* Room for what policies say, and for messages of requests with several attempts: for each request,
 * and more. What is not used costs nothing. */
enum { TALKS_EACH = 4, MOMENTS_EACH = 24, MORE = 4096 };

/* 0: there are no random numbers to be had. */
static uint64_t secret(void)
{
    uint64_t x = 0;

    while (x == 0)
        if (getrandom(&x, sizeof x, 0) != (ssize_t)sizeof x)
            return 0;
    return x;
}

static size_t round_up(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

struct live_shared *shared_open(uint64_t requests, uint32_t balancers, uint32_t servers)
{
    const size_t ports = round_up(sizeof(struct live_shared));
    const size_t desks = ports + round_up(((size_t)balancers + servers) * sizeof(uint16_t));
    const size_t records = desks + round_up((size_t)servers * sizeof(struct live_desk));
    struct live_shared *s;
    const size_t each =
        sizeof blank + TALKS_EACH * sizeof *s->talk + MOMENTS_EACH * sizeof *s->moment;
    size_t bytes, talks, moments;
    uint64_t i;

    if (requests > (SIZE_MAX / 4 - records) / each)
        return NULL;
    talks = records + (size_t)requests * sizeof blank;
    moments = round_up(talks + ((size_t)requests * TALKS_EACH + MORE) * sizeof *s->talk);
    bytes = moments + ((size_t)requests * MOMENTS_EACH + MORE) * sizeof *s->moment;
    s = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
             0);
    if (s == MAP_FAILED)
        return NULL;
    s->bytes = bytes;
    s->run = secret();
    if (s->run == 0) {
        shared_close(s);
        return NULL;
    }
    s->room = requests;
    s->balancers = balancers;
    s->servers = servers;
    s->balancer_port = (_Atomic uint16_t *)((char *)s + ports);
    s->server_port = s->balancer_port + balancers;
    s->desk = (struct live_desk *)((char *)s + desks);
    s->record = (struct live_record *)((char *)s + records);
    s->talk_room = requests * TALKS_EACH + MORE;
    s->talk = (struct live_talk *)((char *)s + talks);
    s->moment_room = requests * MOMENTS_EACH + MORE;
    s->moment = (struct live_moment *)((char *)s + moments);
    for (i = 0; i < requests; i++)
        s->record[i] = blank;
    return s;
}

void shared_close(struct live_shared *s)
{
    if (s)
        munmap(s, s->bytes);
}

struct live_record *shared_record(struct live_shared *s, uint64_t id)
{
    return id < s->room ? &s->record[id] : NULL;
}

void shared_talk(struct live_shared *s, const struct live_talk *talk)
{
    const uint64_t at = s->talks++;

    if (at < s->talk_room)
        s->talk[at] = *talk;
}

uint64_t shared_talks(const struct live_shared *s)
{
    return s->talks < s->talk_room ? s->talks : s->talk_room;
}

void shared_moment(struct live_shared *s, const struct live_moment *moment)
{
    uint64_t at;

    if (moment->serial >= s->room)
        return;
    at = s->moments++;
    if (at < s->moment_room)
        s->moment[at] = *moment;
}

uint64_t shared_moments(const struct live_shared *s)
{
    return s->moments < s->moment_room ? s->moments : s->moment_room;
}
