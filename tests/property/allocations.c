/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stands in front of the C library's allocator. The library calls are found by dlsym, which may
 * itself want a little memory before they are: it comes from a small store of its own. */
#include "tests/property/allocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#if ALLOCATIONS_COUNTED

#define EXPORTED __attribute__((visibility("default")))

typedef void *allocate_function(size_t);
typedef void *clear_function(size_t, size_t);
typedef void *resize_function(void *, size_t);
typedef void release_function(void *);
typedef int align_function(void **, size_t, size_t);

EXPORTED void *malloc(size_t);
EXPORTED void *calloc(size_t, size_t);
EXPORTED void *realloc(void *, size_t);
EXPORTED void free(void *);
EXPORTED int posix_memalign(void **, size_t, size_t);
EXPORTED void *aligned_alloc(size_t, size_t);

static struct {
    allocate_function *allocate;
    clear_function *clear;
    resize_function *resize;
    release_function *release;
    align_function *align;
    bool searching, counting;
    struct allocations count;
    size_t used;
    _Alignas(16) unsigned char store[1 << 14];
} behind;

static void find(const char *name, void *at)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(at, &found, sizeof found);
}

static void search(void)
{
    if (behind.align || behind.searching)
        return;
    behind.searching = true;
    find("malloc", &behind.allocate);
    find("calloc", &behind.clear);
    find("realloc", &behind.resize);
    find("free", &behind.release);
    find("posix_memalign", &behind.align);
    behind.searching = false;
}

/* While searching; zeroed, and never given back. */
static void *from_store(size_t n)
{
    size_t at = behind.used;

    if (n > sizeof behind.store - at)
        return NULL;
    behind.used = at + ((n + 15) & ~(size_t)15);
    return behind.store + at;
}

static bool stored(const void *p)
{
    const unsigned char *at = p;

    return at >= behind.store && at < behind.store + sizeof behind.store;
}

void *malloc(size_t n)
{
    search();
    behind.count.fresh += behind.counting;
    return behind.allocate ? behind.allocate(n) : from_store(n);
}

void *calloc(size_t n, size_t each)
{
    search();
    behind.count.fresh += behind.counting;
    return behind.clear ? behind.clear(n, each) : from_store(n * each);
}

void *realloc(void *p, size_t n)
{
    search();
    behind.count.grown += behind.counting;
    return behind.resize && !stored(p) ? behind.resize(p, n) : from_store(n);
}

void free(void *p)
{
    search();
    if (p && !stored(p) && behind.release)
        behind.release(p);
}

int posix_memalign(void **p, size_t alignment, size_t n)
{
    search();
    behind.count.fresh += behind.counting;
    return behind.align ? behind.align(p, alignment, n) : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t n)
{
    void *p = NULL;

    return posix_memalign(&p, alignment, n) == 0 ? p : NULL;
}

void allocations_start(void)
{
    behind.count = (struct allocations) { 0, 0 };
    behind.counting = true;
}

struct allocations allocations_stop(void)
{
    behind.counting = false;
    return behind.count;
}

#else

void allocations_start(void)
{
}

struct allocations allocations_stop(void)
{
    return (struct allocations) { 0, 0 };
}

#endif
