/* A plugin that must be refused, or stopped: built for another major ABI.
 * Must not have a second fault. */
#include "bad.h"

static const trawl_command commands[] = {BAD_COMMAND("bad-fine", run_fine)};
static const trawl_plugin plugin = {
    .magic = TRAWL_PLUGIN_MAGIC,
    .abi_major = TRAWL_ABI_MAJOR + 1,
    .abi_minor = 0,
    .size = sizeof(trawl_plugin),
    .command_size = sizeof(trawl_command),
    .name = "bad_major",
    .version = "1",
    .summary = "a bad plugin",
    .licence = "MIT",
    .commands = commands,
    .n_commands = 1,
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
