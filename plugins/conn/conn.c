/* The conn plugin: MPTCP connections, their subflows and their fields.
 * Knows the host only through its table of functions. */
#include "conn.h"

const trawl_host *host;

static int conn_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "conn",
    .version = "1.0.0",
    .summary = "MPTCP connections, subflows and fields",
    .licence = "MIT",
    .commands = conn_commands,
    .n_commands = CONN_N_COMMANDS,
    .dissectors = conn_dissectors,
    .n_dissectors = CONN_N_DISSECTORS,
    .tables = conn_tables,
    .n_tables = CONN_N_TABLES,
    .derived = conn_derived,
    .n_derived = CONN_N_DERIVED,
    .init = conn_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
