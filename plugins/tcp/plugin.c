/* The tcp plugin: TCP connections, one by one and in lists.
 * Knows the host only through its table of functions. */
#include "trace_table.h"

const trawl_host *host;

static int tcp_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_table_def tables[] = {
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "tcptrace",
     .summary = "tcptrace's counters of TCP connections, a row for each side",
     .columns = tcp_trace_columns,
     .n_columns = TCP_N_TRACE_COLUMNS,
     .build = tcp_trace_build,
     .flags = TRAWL_TABLE_VIEW},
};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "tcp",
    .version = "1.0.0",
    .summary = "TCP connections: lists, details, summaries",
    .licence = "MIT",
    .commands = tcp_commands,
    .n_commands = TCP_N_COMMANDS,
    .tables = tables,
    .n_tables = TRAWL_COUNT(tables),
    .init = tcp_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
