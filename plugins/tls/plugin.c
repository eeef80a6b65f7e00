/* The plugin's descriptor: TLS over TCP, DTLS over UDP. Knows nothing of what its parts read. */
#include "tls.h"

const trawl_host *host;

static int init(const trawl_host *h, trawl_error *err)
{
    (void)err;
    host = h;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "tls",
    .version = "0.1.0",
    .summary = "TLS: handshakes, certificates, JA3, JA4, and a table of its connections",
    .licence = "MIT",
    .dissectors = tls_dissectors,
    .n_dissectors = TLS_N_DISSECTORS,
    .tables = tls_tables,
    .n_tables = TRAWL_COUNT(tls_tables),
    .metrics = tls_metrics,
    .n_metrics = TRAWL_COUNT(tls_metrics),
    .init = init,
};

const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
