/* A plugin that must be refused, or stopped: it fails without a word.
 * Must not have a second fault. */
#include "bad.h"

static int run_silent(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    (void)call;
    (void)opts;
    (void)in;
    (void)ret;
    (void)err;
    return TRAWL_E_DATA;
}

static const trawl_command commands[] = {BAD_COMMAND("bad-silent", run_silent)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_silent", .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
