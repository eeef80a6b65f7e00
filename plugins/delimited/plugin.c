/* Tables out of files of delimited text. Knows nothing of how they are read. */
#include "delimited.h"

const trawl_host *host;

/* Filled on the first entry: a descriptor of another file cannot be an array's initialiser. */
static trawl_command commands[1];

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "delimited",
    .version = "1.0.0",
    .summary = "read tables out of csv, tsv and fsdb files",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    commands[0] = load_csv_command;
    return &plugin;
}
