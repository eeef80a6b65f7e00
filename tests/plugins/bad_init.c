/* A plugin that must be refused, or stopped: its init fails.
 * Must not have a second fault. */
#include "bad.h"

static int fail_init(const trawl_host *the_host, trawl_error *err)
{
    (void)init;
    host = the_host;
    return host->fail(err, TRAWL_E_UNSUPPORTED, "the moon is not full");
}

static const trawl_command commands[] = {BAD_COMMAND("bad-fine", run_fine)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_init",   .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .init = fail_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
