/* Tables into databases: the output format and the command. Knows nothing of how they work. */
#include "sql.h"

const trawl_host *host;

/* Filled on the first entry: descriptors of other files cannot be initialisers of an array. */
static trawl_command commands[1];
static trawl_writer writers[1];

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "sql",
    .version = SQL_VERSION,
    .summary = "write tables to databases of SQLite",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .writers = writers,
    .n_writers = TRAWL_COUNT(writers),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    commands[0] = sqlite_command;
    writers[0] = sqlite_writer;
    return &plugin;
}
