/* A plugin that must be refused, or stopped: it declares a command that exists: nothing of it may
 * stay registered. Must not have a second fault. */
#include "bad.h"

static const trawl_command commands[] = {
    BAD_COMMAND("bad-fine", run_fine),
    BAD_COMMAND("load", run_fine),
};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_duplicate", .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands,    .n_commands = 2, .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
