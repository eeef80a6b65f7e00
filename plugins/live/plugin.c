/* Live capture: packets of an interface while they come, commands that are run again, and
 * whose sockets are.
 * Must not know how packets are taken or kept: the host has all of it. */
#include "live.h"

const trawl_host *host;

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

/* Filled on the first entry: descriptors of several files cannot be initialisers of one array. */
static trawl_command commands[4];
static trawl_metric metrics[1];

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "live",
    .version = "1.0",
    .summary = "capture on network interfaces, run commands again and again",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .metrics = metrics,
    .n_metrics = TRAWL_COUNT(metrics),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    commands[0] = capture_command;
    commands[1] = watch_command;
    commands[2] = processes_command;
    commands[3] = idle_export_command;
    metrics[0] = process_metric;
    return &plugin;
}
