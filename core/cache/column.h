/* A column in the cache. Must not know which field or table it is of. */
#ifndef TW_CACHE_COLUMN_H
#define TW_CACHE_COLUMN_H

#include "core/cache/parts.h"

/** The blocks of a frozen column, under TW_CACHE_OF_COLUMN ids from base on. */
int tw_cache_put_column(struct tw_cache_parts *parts, uint32_t base, const struct tw_column *column,
                        trawl_error *err);
/** What a column must be to be taken. */
struct tw_cache_shape {
    trawl_type type;
    bool is_list;
    uint64_t n_rows;
    struct tw_dict *addresses; /**< TRAWL_IP: the codes are to be its; NULL: of one of its own */
};
/** The column over the file's cells, if it is of that shape; texts and addresses have codes of this
 * process. TRAWL_E_DATA when anything is out of range. */
int tw_cache_get_column(const struct tw_cache_file *file, uint32_t base,
                        const struct tw_cache_shape *shape, struct tw_column **ret,
                        trawl_error *err);
/** Rows of the column whose blocks begin at base; false: there is none. */
bool tw_cache_column_rows(const struct tw_cache_file *file, uint32_t base, uint64_t *ret);

#endif
