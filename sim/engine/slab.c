/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/slab.h"

#include <sys/mman.h>

void *slab_reserve(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

void slab_release(void *at, size_t bytes)
{
    if (at)
        munmap(at, bytes);
}

void slab_huge(void *at, size_t bytes)
{
    madvise(at, bytes, MADV_HUGEPAGE); /* a wish: without it the run is slower, not wrong */
}
