/* Counts of fields' values in the cache. Must not know which fields they are of. */
#ifndef TW_CACHE_COUNTS_H
#define TW_CACHE_COUNTS_H

#include "core/cache/parts.h"
#include "core/table/tally.h"

/** Counts of all rows together, and whose they are. */
struct tw_cache_counts {
    const char *name;
    struct tw_tally *tally; /**< of one slot */
};

/** The blocks of n of them, in any order. */
int tw_cache_put_counts(struct tw_cache_parts *parts, const struct tw_cache_counts *counts,
                        size_t n, trawl_error *err);
/** Those of a file of a capture of n_rows, all checked; values stay in the mapping. Names are in it
 * too. Ended with tw_cache_counts_free(). TRAWL_E_DATA when anything is out of range. */
int tw_cache_get_counts(const struct tw_cache_file *file, uint64_t n_rows,
                        struct tw_cache_counts **ret, size_t *ret_n, trawl_error *err);
/** How many a file has. */
uint64_t tw_cache_n_counts(const struct tw_cache_file *file);
void tw_cache_counts_free(struct tw_cache_counts *counts, size_t n);

#endif
