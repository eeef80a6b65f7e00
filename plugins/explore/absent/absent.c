/* What stands in for the explorer where ncurses was not there: a line of `plugins`.
 * Knows no screens. */
#include "trawl/plugin.h"

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,  .name = "explore",
    .version = "1.0.0", .summary = "left out of this build: libncursesw was not there",
    .licence = "MIT",
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
