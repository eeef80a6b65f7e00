/* Options structs of the host's own arguments. Must not know how they are acted on. */
#ifndef TW_PLUGIN_COMMON_H
#define TW_PLUGIN_COMMON_H

#include "core/plugin/call.h"

/** What tw_common_args() fill. */
struct tw_common_values {
    const char *format, *time, *output;
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
    const char *capture;
};

void tw_common_resolve(const struct tw_common_values *values, struct tw_common_options *ret);

#endif
