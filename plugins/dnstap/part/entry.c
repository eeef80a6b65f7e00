/* The part of the plugin dnstap: frames by fstrm, messages by the schema. Knows nothing of
 * captures. */
#include "../dnstap.h"

const trawl_host *host;

static const struct dnstap_part functions = {
    .frame_control = frame_control,
    .decode = dnstap_decode,
    .word = dnstap_word,
    .time = dnstap_time,
    .name = dnstap_name,
    .spool_listen = spool_listen,
    .spool_take = spool_take,
};

static const trawl_part part = {
    TRAWL_PART_HEAD,
    .name = "dnstap",
    .version = DNSTAP_VERSION,
    .functions = &functions,
};

TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *from)
{
    host = from;
    return &part;
}
