/* The dns plugin: DNS, mDNS and LLMNR messages.
 * Knows the host only through its table of functions. */
#include "table.h"

const trawl_host *host;

static int dns_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_table_def tables[] = {
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "dns",
     .summary = "DNS transactions: a query and its response, a row each",
     .columns = dns_transaction_columns,
     .n_columns = DNS_N_TRANSACTION_COLUMNS,
     .build = dns_build_transactions},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "dns_records",
     .summary = "DNS records of all messages, a row each",
     .columns = dns_record_columns,
     .n_columns = DNS_N_RECORD_COLUMNS,
     .build = dns_build_records},
};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "dns",
    .version = "1.0.0",
    .summary = "DNS, mDNS and LLMNR: fields, transactions and records",
    .licence = "MIT",
    .commands = &dns_command,
    .n_commands = 1,
    .dissectors = dns_dissectors,
    .n_dissectors = DNS_N_DISSECTORS,
    .tables = tables,
    .n_tables = TRAWL_COUNT(tables),
    .derived = dns_derived,
    .n_derived = DNS_N_DERIVED,
    .init = dns_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
