/* A field's column in the cache. Must not know which field it is. */
#ifndef TW_CACHE_COLUMN_H
#define TW_CACHE_COLUMN_H

#include "core/cache/parts.h"

/** Can it be kept? Addresses cannot: their codes are the capture's, and grow with it. */
static inline bool tw_cache_holds(trawl_type type)
{
    return type != TRAWL_IP;
}
/** The blocks of a frozen column. */
int tw_cache_put_column(struct tw_cache_parts *parts, const struct tw_column *column,
                        trawl_error *err);
/** The column over the file's cells, if it is of that shape; a text has its code again.
 * TRAWL_E_DATA when anything is out of range. */
int tw_cache_get_column(const struct tw_cache_file *file, trawl_type type, bool is_list,
                        uint64_t n_rows, struct tw_column **ret, trawl_error *err);

#endif
