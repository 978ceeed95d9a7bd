/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random numbers of the reference loops: xoshiro256++ streams (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", 2021), exponentials by the ziggurat of 256 layers
 * (Marsaglia and Tsang, "The ziggurat method for generating random variables", 2000), and the two
 * ways of choosing servers.
 */
#ifndef TESTS_BENCH_DRAW_H
#define TESTS_BENCH_DRAW_H

#include <stdint.h>

struct stream {
    uint64_t state[4];
};

enum stream_use { STREAM_ARRIVALS, STREAM_WORK, STREAM_POLICY, STREAM_CHECK };

/* One stream a use, far apart for every seed (the states come from splitmix64). */
void stream_start(struct stream *stream, uint64_t seed, enum stream_use use);

#define ZIGGURAT_LAYERS 256

struct ziggurat {
    struct {
        uint64_t inside; /* 53-bit integers below this are accepted at once */
        double width;    /* of the layer, divided by 2^53 */
    } layer[ZIGGURAT_LAYERS];
    double height[ZIGGURAT_LAYERS + 1];
};

/* Fills the tables. */
void ziggurat_start(struct ziggurat *ziggurat);

static inline uint64_t stream_rotate(uint64_t value, int places)
{
    return (value << places) | (value >> (64 - places));
}

/* 64 uniform bits. */
static inline uint64_t stream_next(struct stream *stream)
{
    uint64_t *const s = stream->state;
    const uint64_t a = s[0], b = s[1], c = s[2] ^ a, d = s[3] ^ b;
    const uint64_t result = stream_rotate(a + s[3], 23) + a;
    s[0] = a ^ d;
    s[1] = b ^ c;
    s[2] = c ^ (b << 17);
    s[3] = stream_rotate(d, 45);
    return result;
}

#define DRAW_BLOCK 64

/* Draws the next DRAW_BLOCK exponentials of mean 1: a block, so that the stream's state stays in
 * registers. */
void draw_exponentials(const struct ziggurat *ziggurat, struct stream *stream,
                       double values[DRAW_BLOCK]);

/* A uniform index below `count`. */
static inline uint32_t draw_one(struct stream *stream, uint32_t count)
{
    return (uint32_t)(((stream_next(stream) >> 32) * count) >> 32);
}

struct pair {
    uint32_t first, second;
};

/* Two distinct uniform indices below `count`, which is at least 2. */
static inline struct pair draw_two(struct stream *stream, uint32_t count)
{
    const uint64_t bits = stream_next(stream);
    const uint32_t first = (uint32_t)(((bits >> 32) * count) >> 32);
    const uint32_t second = (uint32_t)(((uint64_t)(uint32_t)bits * (count - 1)) >> 32);
    return (struct pair) { first, second + (second >= first) };
}

#endif
