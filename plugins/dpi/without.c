/* The metric `dpi` where libndpi was not there: columns that trawl's own dissectors can fill.
 * Must not know flows. */
#include "columns.h"

static const char *const exprs[] = {"",
                                    "",
                                    "",
                                    "",
                                    "first(tls.handshake.extensions_server_name)",
                                    "first(tls.handshake.ja3)",
                                    "first(tls.handshake.ja3s)",
                                    "first(http.user_agent)",
                                    "first(http.content_type) where http.response"};

static const trawl_metric metrics[] = {
    {
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .name = "dpi",
        .summary = "names of servers and fingerprints" TRAWL_LACKS,
        .columns = dpi_columns,
        .n_columns = TRAWL_COUNT(dpi_columns),
        .exprs = exprs,
    },
};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "dpi",
    .version = "1.0.0",
    .summary = "names of servers and fingerprints of flows" TRAWL_LACKS,
    .licence = "MIT",
    .metrics = metrics,
    .n_metrics = TRAWL_COUNT(metrics),
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
