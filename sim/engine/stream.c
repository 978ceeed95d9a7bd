/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/stream.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

uint64_t stream_key(uint64_t seed, uint32_t replication, uint32_t entity,
                    enum stream_purpose purpose)
{
    philox4x32_ctr_t counter = { { replication, entity, (uint32_t)purpose, 0 } };
    philox4x32_key_t key = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
    philox4x32_ctr_t out = philox4x32(counter, key);

    return (uint64_t)out.v[1] << 32 | out.v[0];
}
