/* A plugin that must be refused, or stopped: it needs a function that nobody has.
 * Must not have a second fault. */
#include "bad.h"

int nobody_has_this(void);
static int call_it(const trawl_host *the_host, trawl_error *err)
{
    (void)init;
    (void)err;
    host = the_host;
    return nobody_has_this();
}

static const trawl_command commands[] = {BAD_COMMAND("bad-fine", run_fine)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_symbol", .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .init = call_it,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
