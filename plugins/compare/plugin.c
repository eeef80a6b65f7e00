/* What the compare plugin declares. Knows nothing of what its commands do. */
#include "compare.h"

const trawl_host *host;

static trawl_command commands[7];
static trawl_plot plots[1];

static int compare_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "compare",
    .version = "1.1.0",
    .summary = "counts of values, how they differ between captures and change in time",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = compare_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    /* Descriptors of other files are no constants to C11: copied here, before anyone looks. */
    commands[0] = compare_command;
    commands[1] = dissect_command;
    commands[2] = export_command;
    commands[3] = correlation_command;
    commands[4] = correlationchanges_command;
    commands[5] = why_command;
    commands[6] = graph_command;
    plots[0] = graph_plot;
    return &plugin;
}
