/* The descriptor of the numerics plugin. Knows nothing of what it reckons. */
#include "numerics.h"

#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif

const trawl_host *host;

/* Copies, as the descriptor wants arrays. */
static trawl_command commands[1];
static trawl_plot plots[1];

static int init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "numerics",
    .version = NUMERICS_VERSION,
    .summary = "buffers, windows and overhead of MPTCP, from topology files" TRAWL_LACKS,
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .settings = numerics_settings,
    .n_settings = NUMERICS_N_SETTINGS,
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    commands[0] = numerics_command;
    plots[0] = overhead_plot;
    return &plugin;
}
