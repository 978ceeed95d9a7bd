/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/shared.h"

#include <string.h>
#include <sys/mman.h>

static const struct live_record blank = { .intended = LB_NEVER,
                                          .sent = LB_NEVER,
                                          .done = LB_NEVER,
                                          .wait = LB_NEVER,
                                          .service = LB_NEVER,
                                          .arrived = LB_NEVER,
                                          .forwarded = LB_NEVER,
                                          .returned = LB_NEVER,
                                          .replied = LB_NEVER,
                                          .dispatched = LB_NONE,
                                          .reached = LB_NEVER,
                                          .due = LB_NEVER,
                                          .answered = LB_NEVER,
                                          .server = LB_NONE };

enum { TALKS_EACH = 4, TALKS_MORE = 4096 }; /* room for what policies say: each request, and more */

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
    size_t bytes, talks;
    uint64_t i;

    if (requests > (SIZE_MAX / 4 - records) / (sizeof blank + TALKS_EACH * sizeof *s->talk))
        return NULL;
    talks = records + (size_t)requests * sizeof blank;
    bytes = talks + ((size_t)requests * TALKS_EACH + TALKS_MORE) * sizeof *s->talk;
    s = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        return NULL;
    s->bytes = bytes;
    s->room = requests;
    s->balancers = balancers;
    s->servers = servers;
    s->balancer_port = (_Atomic uint16_t *)((char *)s + ports);
    s->server_port = s->balancer_port + balancers;
    s->desk = (struct live_desk *)((char *)s + desks);
    s->record = (struct live_record *)((char *)s + records);
    s->talk_room = requests * TALKS_EACH + TALKS_MORE;
    s->talk = (struct live_talk *)((char *)s + talks);
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
