/* The dns plugin: DNS, mDNS and LLMNR messages.
 * Knows the host only through its table of functions. */
#include "dns.h"

const trawl_host *host;

static int dns_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "dns",
    .version = "1.0.0",
    .summary = "DNS, mDNS and LLMNR: fields, transactions and records",
    .licence = "MIT",
    .dissectors = dns_dissectors,
    .n_dissectors = DNS_N_DISSECTORS,
    .init = dns_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
