/* The part of the plugin explore: all but what it declares. Knows nothing of how it looks. */
#include "../explore.h"

const trawl_host *host;

static const struct explore_part functions = {
    .run = explorer_start,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "explore",
    .version = EXPLORE_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
