/* A plugin that must be refused, or stopped: its name is not its file's.
 * Must not have a second fault. */
#include "bad.h"

static const trawl_command commands[] = {BAD_COMMAND("bad-fine", run_fine)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "other",      .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
