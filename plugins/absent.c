/* What stands in for a plugin whose libraries were not there when it was built: a line of
 * `plugins`. Knows nothing of what the plugin does. */
#include "trawl/plugin.h"

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,  .name = ABSENT_NAME,
    .version = "1.0.0", .summary = "left out of this build: " ABSENT_LIBRARIES " was not there",
    .licence = "MIT",
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
