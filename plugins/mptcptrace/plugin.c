/* The descriptor of the mptcptrace plugin. Knows nothing of what it shows. */
#include "trace.h"

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
    .name = "mptcptrace",
    .version = "1.0.0",
    .summary = "mptcptrace's graphs, statistics and files of MPTCP connections",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    commands[0] = trace_command;
    plots[0] = trace_plot;
    return &plugin;
}
