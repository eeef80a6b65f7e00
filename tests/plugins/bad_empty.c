/* A plugin that must be refused, or stopped: it says that all is well and gives no table.
 * Must not have a second fault. */
#include "bad.h"

static int run_nothing(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    (void)call;
    (void)opts;
    (void)in;
    (void)ret;
    (void)err;
    return TRAWL_OK;
}

static const trawl_command commands[] = {BAD_COMMAND("bad-empty", run_nothing)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_empty",  .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
