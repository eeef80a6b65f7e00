/* The part of the plugin anonymize: all that needs libcrypto. Knows nothing of tables. */
#include "cipher.h"

const trawl_host *host;

static const struct anonymize_part functions = {
    .open = cipher_open,
    .digest = cipher_digest,
    .address = cipher_address,
    .close = cipher_close,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "anonymize",
    .version = ANONYMIZE_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
