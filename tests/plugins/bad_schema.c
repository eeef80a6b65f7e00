/* A plugin that must be refused, or stopped: it promises two columns and gives one.
 * Must not have a second fault. */
#include "bad.h"

static int run_less(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    (void)opts;
    (void)in;
    return make_table(call, 1, ret, err);
}

static const trawl_command commands[] = {BAD_COMMAND("bad-schema", run_less)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_schema", .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands, .n_commands = 1, .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
