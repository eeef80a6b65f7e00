/* The http plugin: HTTP/1 messages, their fields, and a table of exchanges.
 * Knows the host only through its table of functions. */
#include "http.h"

#include "coding.h"

#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif

const trawl_host *host;

static int http_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "http",
    .version = HTTP_VERSION,
    .summary = "HTTP/1 requests and responses" TRAWL_LACKS,
    .licence = "MIT",
    .dissectors = http_dissectors,
    .n_dissectors = HTTP_N_DISSECTORS,
    .tables = http_tables,
    .n_tables = HTTP_N_TABLES,
    .derived = http_derived,
    .n_derived = HTTP_N_DERIVED,
    .init = http_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
