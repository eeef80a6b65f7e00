/* What the vantage plugin declares. Knows nothing of what its commands do. */
#include "plots.h"

const trawl_host *host;

static trawl_command commands[11];

static int vantage_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "vantage",
    .version = "1.0.0",
    .summary = "the same traffic in two captures: connections mapped, packets joined, delays",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .plots = vantage_plots,
    .n_plots = VANTAGE_N_PLOTS,
    .init = vantage_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    /* Descriptors of other files are no constants to C11: copied here, before anyone looks. */
    commands[0] = map_command;
    commands[1] = owd_command;
    commands[2] = print_owds_command;
    commands[3] = merge_command;
    commands[4] = loss_command;
    commands[5] = clocks_command;
    commands[6] = map_mptcp_command;
    commands[7] = qualify_command;
    commands[8] = qualify_reinjections_command;
    commands[9] = goodput_command;
    commands[10] = summary_extended_command;
    return &plugin;
}
