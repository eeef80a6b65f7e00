/* The part of the plugin suffix: names by libpsl. Knows nothing of packets. */
#include "../suffix.h"
#include "trawl/plugin.h"

static const struct suffix_functions functions = {
    .open = suffix_list_open,
    .close = suffix_list_close,
    .split = suffix_split,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "suffix",
    .version = SUFFIX_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    (void)from;
    return &part;
}
