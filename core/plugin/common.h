/* Options structs of the host's own arguments. Must not know how they are acted on. */
#ifndef TW_PLUGIN_COMMON_H
#define TW_PLUGIN_COMMON_H

#include "core/plugin/call.h"

/** What tw_common_args() fill. */
struct tw_common_values {
    const char *format, *time, *output, *delimiter, *anonymize, *anonymize_key;
    uint64_t rotate, rotate_files;
    uint8_t formats[8]; /**< --json …, in the order of the arguments */
    uint8_t wide, help, csv_safe, fail_empty;
};
/** What tw_listing_args() fill. */
struct tw_listing_values {
    trawl_words sort;
    uint64_t top;
};
/** What the arguments of tw_table_command() fill. */
struct tw_table_values {
    trawl_words columns;
    const char *where;
    uint8_t strict;
    const char *capture;
};
/** Add the columns that a table with these gives to ret. */
int tw_table_values_schema(const struct tw_table_values *values, const tw_schema *schema,
                           tw_schema *ret, trawl_error *err);
/** Those rows and columns of a table; *table is replaced (and stays the caller's on failure). */
int tw_table_values_apply(trawl_call *call, const struct tw_table_values *values, tw_table **table,
                          trawl_error *err);

void tw_common_resolve(const struct tw_common_values *values, struct tw_common_options *ret);

#endif
