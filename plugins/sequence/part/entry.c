/* The part of the plugin sequence: files of JSON. Knows nothing of plots. */
#include "../mptcp.h"

const trawl_host *host;

static const struct sequence_part functions = {
    .snapshot_read = snapshot_read,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "sequence",
    .version = SEQUENCE_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
