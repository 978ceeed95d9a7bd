/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 1 << 14, LARGEST_BLOCK = 1 << 20 };

struct block {
    struct block *next;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *blocks;
    char *at;
    size_t left, next_size;
};

struct arena *arena_open(void)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (arena)
        arena->next_size = FIRST_BLOCK;
    return arena;
}

void arena_close(struct arena *arena)
{
    struct block *block, *next;

    if (!arena)
        return;
    for (block = arena->blocks; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static void *new_block(struct arena *arena, size_t size)
{
    struct block *block = calloc(1, sizeof *block + size);

    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

void *arena_get(struct arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    void *piece;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = size ? (size + unit - 1) / unit * unit : unit;
    if (size > arena->next_size / 4 && size > arena->left)
        return new_block(arena, size);
    if (size > arena->left) {
        arena->at = new_block(arena, arena->next_size);
        arena->left = arena->at ? arena->next_size : 0;
        if (arena->next_size < LARGEST_BLOCK)
            arena->next_size *= 2;
        if (!arena->at)
            return NULL;
    }
    piece = arena->at;
    arena->at += size;
    arena->left -= size;
    return piece;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_get(arena, length + 1);

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    char *text = NULL;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0)
        text = arena_get(arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
