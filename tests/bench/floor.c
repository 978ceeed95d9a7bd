/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The least that the hand can do: no events. With FIFO servers a request's departure is known when
 * it is issued; p2c keeps those departures in a ring a server and lets them expire when it looks;
 * random and round robin need no more than the instant at which each server is free. Servers are
 * chosen 32 requests ahead, so that memory has answered when they are needed.
 *
 * With a constant link of c ns there and back, departure + c = max(issue + 2 c, previous departure
 * + c) + work: everything is kept as the balancer sees it, and only the 2 c are added.
 */
#include "tests/bench/draw.h"
#include "tests/bench/reference.h"

#include <string.h>

#define AHEAD   32
#define CHOICES (2 * DRAW_BLOCK) /* kept: those of this block of requests and of the next */

/* The departures from one server that may lie ahead, oldest first, and after them the end of time,
 * which spares a test for none. A ring is 2^words_shift words long. */
struct ring {
    int64_t last; /* departure of the latest request */
    uint32_t in_flight;
    uint16_t oldest, end;
    int64_t leave[];
};

#define RING_HEADER      (sizeof(struct ring) / sizeof(int64_t))
#define RING_SHIFT_FIRST 4 /* two cache lines, 13 departures */
#define RING_SHIFT_MOST  16

/* Where the servers' words are, from the start of the table. */
struct choice {
    uint64_t first, second;
};

struct floor_loop {
    uint32_t servers;
    uint32_t turn;   /* round robin: the next server */
    uint32_t issued; /* by the parts of the loop that are over */
    int64_t links;   /* there and back, ns */
    double clock, gap;
    struct stream arrivals, work, choices;
    double gaps[DRAW_BLOCK], works[DRAW_BLOCK]; /* of this block of requests, mean 1 */
    struct choice choice[CHOICES];              /* by request % CHOICES */
    int64_t *table;                             /* by server: a ring; or when it is free */
    uint32_t words_shift;                       /* of a server in the table */
    uint32_t capacity;                          /* words for departures in a ring */
    struct reference_tally tally;
    struct ziggurat ziggurat;
};

/* Round robin has nothing to draw. */
static void draw_none(struct floor_loop *loop, struct choice *choice)
{
    (void)loop;
    (void)choice;
}

static void draw_ones(struct floor_loop *loop, struct choice *choice)
{
    struct stream stream = loop->choices;
    for (int i = 0; i < DRAW_BLOCK; i++) {
        choice[i].first = draw_one(&stream, loop->servers);
    }
    loop->choices = stream;
}

static void draw_pairs(struct floor_loop *loop, struct choice *choice)
{
    struct stream stream = loop->choices;
    for (int i = 0; i < DRAW_BLOCK; i++) {
        const struct pair pair = draw_two(&stream, loop->servers);
        choice[i].first = (uint64_t)pair.first << loop->words_shift;
        choice[i].second = (uint64_t)pair.second << loop->words_shift;
    }
    loop->choices = stream;
}

/* When a request issued now is back, if the server's latest is back at `last`. */
static inline int64_t departure(const struct floor_loop *loop, double work, int64_t now,
                                int64_t last)
{
    const int64_t earliest = now + loop->links;
    return (earliest > last ? earliest : last) + (int64_t)(work * REFERENCE_MEAN_WORK_NS);
}

/* The next `count` requests, all of one block. */
static int serve_round_robin(struct floor_loop *loop, uint32_t count)
{
    const double *const gap = &loop->gaps[loop->issued % DRAW_BLOCK];
    const double *const work = &loop->works[loop->issued % DRAW_BLOCK];
    double clock = loop->clock;
    for (uint32_t i = 0; i < count; i++) {
        clock += gap[i] * loop->gap;
        const int64_t now = (int64_t)clock;
        int64_t *const free_at = &loop->table[loop->turn];
        loop->turn = loop->turn + 1 == loop->servers ? 0 : loop->turn + 1;
        *free_at = departure(loop, work[i], now, *free_at);
        reference_record(&loop->tally, *free_at - now);
    }
    loop->clock = clock;
    return 0;
}

static int serve_random(struct floor_loop *loop, uint32_t count)
{
    const double *const gap = &loop->gaps[loop->issued % DRAW_BLOCK];
    const double *const work = &loop->works[loop->issued % DRAW_BLOCK];
    const struct choice *const choice = &loop->choice[loop->issued % CHOICES];
    const struct choice *const later = &loop->choice[(loop->issued + AHEAD) % CHOICES];
    double clock = loop->clock;
    for (uint32_t i = 0; i < count; i++) {
        __builtin_prefetch(&loop->table[later[i].first], 1);
        clock += gap[i] * loop->gap;
        const int64_t now = (int64_t)clock;
        int64_t *const free_at = &loop->table[choice[i].first];
        *free_at = departure(loop, work[i], now, *free_at);
        reference_record(&loop->tally, *free_at - now);
    }
    loop->clock = clock;
    return 0;
}

static inline struct ring *ring_at(const struct floor_loop *loop, uint64_t place)
{
    return (struct ring *)(void *)(loop->table + place);
}

static inline void prefetch_pair(const struct floor_loop *loop, const struct choice *choice)
{
    __builtin_prefetch(ring_at(loop, choice->first), 1);
    __builtin_prefetch(ring_at(loop, choice->second), 1);
}

static inline uint16_t after(uint32_t place, uint32_t capacity)
{
    return (uint16_t)(place + 1 == capacity ? 0 : place + 1);
}

/* Requests in flight at a server: whoever is back by now, or now, is not. */
static inline uint32_t in_flight(struct ring *ring, int64_t now, uint32_t capacity)
{
    while (ring->leave[ring->oldest] <= now) {
        ring->oldest = after(ring->oldest, capacity);
        ring->in_flight--;
    }
    return ring->in_flight;
}

static void copy_ring(const struct ring *from, struct ring *to, uint32_t capacity)
{
    *to = (struct ring) { .last = from->last, .in_flight = from->in_flight };
    to->end = (uint16_t)from->in_flight;
    for (uint32_t i = 0; i <= from->in_flight; i++) {
        to->leave[i] = from->leave[(from->oldest + i) % capacity];
    }
}

/* Empty rings of 2^words_shift words. */
static int make_rings(struct floor_loop *loop, uint32_t words_shift)
{
    const size_t words = (size_t)loop->servers << words_shift;
    loop->words_shift = words_shift;
    loop->capacity = (1u << words_shift) - (uint32_t)RING_HEADER;
    loop->table = reference_memory(words * sizeof *loop->table);
    if (loop->table == NULL) {
        return -1;
    }
    for (uint64_t place = 0; place < words; place += (uint64_t)1 << words_shift) {
        ring_at(loop, place)->leave[0] = INT64_MAX;
    }
    return 0;
}

/* Doubles every ring. Rare: queues under p2c are short unless the servers are very few. */
static __attribute__((noinline)) int grow_rings(struct floor_loop *loop)
{
    const struct floor_loop old = *loop;
    if (old.words_shift == RING_SHIFT_MOST || make_rings(loop, old.words_shift + 1) != 0) {
        return -1;
    }
    for (uint64_t server = 0; server < loop->servers; server++) {
        copy_ring(ring_at(&old, server << old.words_shift),
                  ring_at(loop, server << loop->words_shift), old.capacity);
    }
    for (int i = 0; i < CHOICES; i++) {
        loop->choice[i].first *= 2;
        loop->choice[i].second *= 2;
    }
    return 0;
}

static inline void join_ring(struct ring *ring, int64_t leave, uint32_t capacity)
{
    const uint32_t place = ring->end;
    ring->end = after(place, capacity);
    ring->leave[place] = leave;
    ring->leave[ring->end] = INT64_MAX;
    ring->last = leave;
    ring->in_flight++;
}

static int serve_p2c(struct floor_loop *loop, uint32_t count)
{
    const double *const gap = &loop->gaps[loop->issued % DRAW_BLOCK];
    const double *const work = &loop->works[loop->issued % DRAW_BLOCK];
    const struct choice *const choice = &loop->choice[loop->issued % CHOICES];
    const struct choice *const later = &loop->choice[(loop->issued + AHEAD) % CHOICES];
    double clock = loop->clock;
    for (uint32_t i = 0; i < count; i++) {
        prefetch_pair(loop, &later[i]);
        clock += gap[i] * loop->gap;
        const int64_t now = (int64_t)clock;
        struct ring *const first = ring_at(loop, choice[i].first);
        struct ring *const second = ring_at(loop, choice[i].second);
        const uint32_t at_first = in_flight(first, now, loop->capacity);
        const bool take_second = in_flight(second, now, loop->capacity) < at_first;
        struct ring *ring = take_second ? second : first;
        if (__builtin_expect(ring->in_flight + 1 == loop->capacity, 0)) {
            if (grow_rings(loop) != 0) {
                return -1;
            }
            ring = ring_at(loop, take_second ? choice[i].second : choice[i].first);
        }
        const int64_t leave = departure(loop, work[i], now, ring->last);
        reference_record(&loop->tally, leave - now);
        join_ring(ring, leave, loop->capacity);
    }
    loop->clock = clock;
    return 0;
}

struct way {
    int (*serve)(struct floor_loop *loop, uint32_t count);
    void (*draw)(struct floor_loop *loop, struct choice *choice); /* for a block */
};

static const struct way ways[REFERENCE_POLICIES] = {
    [REFERENCE_RANDOM] = { serve_random, draw_ones },
    [REFERENCE_ROUND_ROBIN] = { serve_round_robin, draw_none },
    [REFERENCE_P2C] = { serve_p2c, draw_pairs },
};

/* At the start of a block: its times, and the choices of the next block. */
static void draw_block(struct floor_loop *loop, const struct way *way)
{
    draw_exponentials(&loop->ziggurat, &loop->arrivals, loop->gaps);
    draw_exponentials(&loop->ziggurat, &loop->work, loop->works);
    way->draw(loop, &loop->choice[(loop->issued + DRAW_BLOCK) % CHOICES]);
}

/* Runs until `end` requests are issued, in pieces that neither cross a block nor overtake the
 * choices that are prefetched. */
static int run(struct floor_loop *loop, const struct way *way, uint32_t end)
{
    while (loop->issued < end) {
        const uint32_t piece = AHEAD - loop->issued % AHEAD;
        const uint32_t count = end - loop->issued < piece ? end - loop->issued : piece;
        if (loop->issued % DRAW_BLOCK == 0) {
            draw_block(loop, way);
        }
        if (way->serve(loop, count) != 0) {
            return -1;
        }
        loop->issued += count;
    }
    return 0;
}

static int memory_start(struct floor_loop *loop, enum reference_policy policy)
{
    loop->tally.histogram = reference_memory(REFERENCE_BUCKETS * sizeof(uint32_t));
    if (loop->tally.histogram == NULL) {
        return -1;
    }
    if (policy == REFERENCE_P2C) {
        return make_rings(loop, RING_SHIFT_FIRST);
    }
    loop->table = reference_memory(loop->servers * sizeof *loop->table);
    return loop->table == NULL ? -1 : 0;
}

static int loop_start(struct floor_loop *loop, const struct reference_options *options)
{
    loop->servers = options->servers;
    loop->links = options->links == 0 ? 0 : 2 * REFERENCE_LINK_NS;
    loop->gap = reference_gap_ns(options);
    stream_start(&loop->arrivals, options->seed, STREAM_ARRIVALS);
    stream_start(&loop->work, options->seed, STREAM_WORK);
    stream_start(&loop->choices, options->seed, STREAM_POLICY);
    ziggurat_start(&loop->ziggurat);
    if (memory_start(loop, options->policy) != 0) {
        return -1;
    }
    ways[options->policy].draw(loop, loop->choice);
    return 0;
}

static void forget(struct reference_tally *tally)
{
    memset(tally->histogram, 0, REFERENCE_BUCKETS * sizeof *tally->histogram);
    tally->sum_ns = 0;
}

int floor_run(const struct reference_options *options, struct reference_result *result,
              const char **reason)
{
    const struct way *const way = &ways[options->policy];
    if (way->serve == NULL) {
        *reason = "jsq has no loop without events: it must know the length of every queue";
        return -1;
    }
    struct floor_loop *const loop = reference_memory(sizeof *loop);
    const uint32_t warm_up = (uint32_t)reference_warm_up(options);
    *reason = "out of memory: fewer servers need less";
    if (loop == NULL || loop_start(loop, options) != 0 || run(loop, way, warm_up) != 0) {
        return -1;
    }
    forget(&loop->tally);
    const double start = reference_cpu_s();
    const int status = run(loop, way, (uint32_t)options->requests);
    result->cpu_s = reference_cpu_s() - start;
    result->timed = options->requests - warm_up;
    result->tally = loop->tally;
    return status;
}
