/* What stands in for the dnstap plugin where its libraries were not there: a line of `plugins`.
 * Knows no dnstap. */
#include "trawl/plugin.h"

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "dnstap",
    .version = "1.0.0",
    .summary = "left out of this build: libfstrm, libprotobuf-c or protoc-c was not there",
    .licence = "MIT",
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
