/* A plugin that must be refused, or stopped: its argument is stored in a member of another size.
 * Must not have a second fault. */
#include "bad.h"

struct opts {
    uint32_t count;
};
static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct opts, count, .name = "count", .help = "how many"),
};
static const trawl_command commands[] = {
    {
        .size = sizeof(trawl_command),
        .flags = TRAWL_COMMAND_SOURCE,
        .arg_size = sizeof(trawl_arg),
        .column_size = sizeof(trawl_column),
        .name = "bad-fine",
        .group = "tests",
        .summary = "a command of a test",
        .args = args,
        .n_args = 1,
        .opts_size = sizeof(struct opts),
        .gives = columns,
        .n_gives = 2,
        .run = run_fine,
    },
};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD, .name = "bad_argument", .version = "1",  .summary = "a bad plugin",
    .licence = "MIT",  .commands = commands,   .n_commands = 1, .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
