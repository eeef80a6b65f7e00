/* The part of the plugin top that draws its screen. Knows nothing of how it looks. */
#include "../live.h"
#include "screen.h"

const trawl_host *host;

static const struct top_part functions = {
    .run = screen_run,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "top",
    .version = TOP_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
