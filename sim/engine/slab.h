/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory for arrays whose final length is not known: address space is reserved once, pages come
 * when they are touched, and nothing ever moves. */
#ifndef SIM_SLAB_H
#define SIM_SLAB_H

#include <stddef.h>
#include <stdint.h>

/* Reserves `bytes` of zeroed address space; memory is used page by page as it is written.
 * NULL if the system refuses. */
void *slab_reserve(size_t bytes);
void slab_release(void *, size_t bytes); /* NULL is allowed */

/* Asks for huge pages where `bytes` from the start will soon be in use: fewer TLB misses. */
void slab_huge(void *, size_t bytes);

#endif
