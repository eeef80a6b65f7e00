/* The part of the plugin http: codings of bodies by libbrotlidec and libzstd.
 * Knows nothing of messages. */
#include "../coding.h"
#include "../http.h"

const trawl_host *host;

static const struct http_functions functions = {
    .undo = http_coding_undo,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "http",
    .version = HTTP_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
