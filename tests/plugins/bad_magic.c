/* A plugin that must be refused, or stopped: its magic number is not trawl's.
 * Must not have a second fault. */
#include "bad.h"

static const trawl_command commands[] = {BAD_COMMAND("bad-fine", run_fine)};
static const trawl_plugin plugin = {
    .magic = 0x12345678,
    .abi_major = TRAWL_ABI_MAJOR,
    .abi_minor = TRAWL_ABI_MINOR,
    .size = sizeof(trawl_plugin),
    .command_size = sizeof(trawl_command),
    .name = "bad_magic",
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
