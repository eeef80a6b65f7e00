/* Commands of mptcpanalyzer that are no other name of one of trawl's. Knows nothing of how they
 * work. */
#include "mptcpanalyzer.h"

const trawl_host *host;

/* Filled on the first entry: descriptors of other files cannot be initialisers of an array. */
static trawl_command commands[4];

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "mptcpanalyzer",
    .version = "1.0.0",
    .summary = "commands under the names of mptcpanalyzer",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    commands[0] = tocsv_command;
    commands[1] = dump_command;
    commands[2] = clean_pcap_command;
    commands[3] = clean_cache_command;
    return &plugin;
}
