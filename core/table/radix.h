/* Sorting of machine words, the ground under sort, ranks and counts.
 * Must not know columns. */
#ifndef TW_TABLE_RADIX_H
#define TW_TABLE_RADIX_H

#include "core/base/task.h"

/** Bits that hold the numbers 0 … n - 1 (0 for n ≤ 1). */
static inline unsigned tw_bits_for(uint64_t n)
{
    return n <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(n - 1);
}

/** Sort (*a)[0..n) by bits [from, to), stable, n < 2^32; the pool's threads share the work. *a may
 * be exchanged for another block of the same size (tw_free). TRAWL_OK, TRAWL_E_NOMEM or
 * TRAWL_E_CANCELLED; on failure the order is any. */
int tw_sort_u64(uint64_t **a, uint64_t n, unsigned from, unsigned to, trawl_error *err);

/** Put order[0..n), distinct indices below 2^32, into the order of keys[order[i]], stable. */
int tw_sort_order(const uint64_t *keys, uint32_t *order, uint64_t n, trawl_error *err);

#endif
