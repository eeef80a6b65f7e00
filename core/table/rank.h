/* Sorting codes by the values they stand for.
 * Must not be included outside core/table. */
#ifndef TW_TABLE_RANK_H
#define TW_TABLE_RANK_H

#include "core/table/column.h"

/** Put codes[0..n) (addresses: with bit 31) into the order of their values. */
int tw_codes_sort(const struct tw_dict *dict, uint32_t *codes, uint64_t n, trawl_error *err);

#endif
