/* The plugin naming: names for addresses and lists of destinations, for commands that ask for such.
 * Knows nothing of those commands. */
#include "naming.h"

const trawl_host *host;

#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif

static int naming_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_resolver resolvers[] = {
    {.size = sizeof(trawl_resolver),
     .name = "answers",
     .summary = "names whose DNS answers in the capture gave the address",
     .open = answers_open,
     .resolve = answers_resolve,
     .close = answers_close},
    {.size = sizeof(trawl_resolver),
     .name = "hosts",
     .summary = "names from a file as /etc/hosts: hosts, or hosts:FILE",
     .open = hosts_open,
     .resolve = hosts_resolve,
     .close = hosts_close},
#ifdef NAMING_HAS_DNS
    {.size = sizeof(trawl_resolver),
     .name = "dns",
     .summary = "asks DNS for the names of addresses: dns, or dns:SERVER[:PORT]",
     .open = dns_open,
     .resolve = dns_resolve,
     .close = dns_close},
#endif
};

static const trawl_allow allows[] = {
    {.size = sizeof(trawl_allow),
     .name = "list",
     .summary = "destinations of a file, ADDRESS[/BITS][:PORT] each: list:FILE",
     .open = allow_open_list,
     .allow = allow_has,
     .close = allow_close},
    {.size = sizeof(trawl_allow),
     .name = "to",
     .summary = "destinations as they are written: to:10.0.0.0/8,192.0.2.1:443",
     .open = allow_open_words,
     .allow = allow_has,
     .close = allow_close},
};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "naming",
    .version = NAMING_VERSION,
    .summary = "names for addresses, and lists of destinations" TRAWL_LACKS,
    .licence = "MIT",
    .resolvers = resolvers,
    .n_resolvers = TRAWL_COUNT(resolvers),
    .allows = allows,
    .n_allows = TRAWL_COUNT(allows),
    .init = naming_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
