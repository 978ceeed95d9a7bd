/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hot functions are compiled twice, for any x86-64 processor and for those since 2013 (AVX2, BMI2);
 * the loader takes what fits. Both do the same IEEE operations in the same order, nothing is
 * contracted, and so the bits are the same. Sanitizers want to be there before the loader chooses:
 * with them there is one version only. */
#ifndef MODELS_DISPATCH_H
#define MODELS_DISPATCH_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(LBSIM_ONE_VERSION)
#define DISPATCHED __attribute__((flatten, target_clones("arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

#endif
