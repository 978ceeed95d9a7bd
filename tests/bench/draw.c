/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Setting up streams and the ziggurat, and its rare cases.
 */
#include "tests/bench/draw.h"

#include <math.h>

/* Right end of the lowest layer, and the area of each, for 256 layers (Marsaglia and Tsang). */
#define ZIGGURAT_TAIL 7.69711747013104972
#define ZIGGURAT_AREA 0.0039496598225815571993

#define TWO_TO_53 9007199254740992.0

static uint64_t splitmix(uint64_t *state)
{
    uint64_t value = (*state += 0x9e3779b97f4a7c15u);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

void stream_start(struct stream *stream, uint64_t seed, enum stream_use use)
{
    uint64_t state = seed;
    state = splitmix(&state) + (uint64_t)use;
    for (int i = 0; i < 4; i++) {
        stream->state[i] = splitmix(&state);
    }
}

/* Layer 0 is the base strip with the tail; layer i > 0 lies above it and reaches right to edge[i],
 * of which the part below edge[i + 1] is under the curve for certain. */
void ziggurat_start(struct ziggurat *ziggurat)
{
    double edge[ZIGGURAT_LAYERS + 1];
    edge[0] = ZIGGURAT_AREA / exp(-ZIGGURAT_TAIL);
    edge[1] = ZIGGURAT_TAIL;
    for (int i = 2; i < ZIGGURAT_LAYERS; i++) {
        edge[i] = -log(ZIGGURAT_AREA / edge[i - 1] + exp(-edge[i - 1]));
    }
    edge[ZIGGURAT_LAYERS] = 0;
    for (int i = 0; i < ZIGGURAT_LAYERS; i++) {
        ziggurat->layer[i].inside = (uint64_t)(edge[i + 1] / edge[i] * TWO_TO_53);
        ziggurat->layer[i].width = edge[i] / TWO_TO_53;
        ziggurat->height[i] = exp(-edge[i]);
    }
    ziggurat->height[ZIGGURAT_LAYERS] = 1;
}

static double uniform(struct stream *stream)
{
    return ((double)(stream_next(stream) >> 11) + 0.5) / TWO_TO_53;
}

/* The rare rest of a draw: wedge or tail. `bits` is the draw that was not accepted. */
static __attribute__((noinline)) double draw_rest(const struct ziggurat *ziggurat,
                                                  struct stream *stream, uint64_t bits)
{
    for (;;) {
        const uint64_t layer = bits % ZIGGURAT_LAYERS;
        const uint64_t along = bits >> 11;
        const double value = (double)(int64_t)along * ziggurat->layer[layer].width;
        if (along < ziggurat->layer[layer].inside) {
            return value;
        }
        if (layer == 0) {
            return ZIGGURAT_TAIL - log(uniform(stream));
        }
        const double low = ziggurat->height[layer], high = ziggurat->height[layer + 1];
        if (low + uniform(stream) * (high - low) < exp(-value)) {
            return value;
        }
        bits = stream_next(stream);
    }
}

void draw_exponentials(const struct ziggurat *ziggurat, struct stream *stream,
                       double values[DRAW_BLOCK])
{
    struct stream state = *stream;
#pragma GCC unroll 8
    for (int i = 0; i < DRAW_BLOCK; i++) {
        const uint64_t bits = stream_next(&state);
        const uint64_t layer = bits % ZIGGURAT_LAYERS;
        const uint64_t along = bits >> 11;
        if (__builtin_expect(along < ziggurat->layer[layer].inside, 1)) {
            values[i] = (double)(int64_t)along * ziggurat->layer[layer].width;
        } else {
            *stream = state;
            values[i] = draw_rest(ziggurat, stream, bits);
            state = *stream;
        }
    }
    *stream = state;
}
