/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the hot path asks of the compiler. */
#ifndef SIM_INLINE_H
#define SIM_INLINE_H

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LIKELY(x)     __builtin_expect(!!(x), 1)
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)

#endif
