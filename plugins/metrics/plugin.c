/* Flow metrics that NFStream comes with: slicer, splt, dhcp, mdns, wavelet.
 * Must not know how flows are found. */
#include "metrics.h"

const trawl_host *host;

static const trawl_column mdns_columns[] = {
    TRAWL_COLUMN(.name = "mdns_ptr", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST,
                 .help = "names that PTR records of multicast DNS point to", .source = "RFC 6762"),
};
static const char *const mdns_exprs[] = {"list(dns.ptr.domain_name) where udp.port == 5353"};

static trawl_metric metrics[5];

static int init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "metrics",
    .version = "1.0.0",
    .summary = "flow metrics: slicer, splt, dhcp, mdns, wavelet",
    .licence = "MIT",
    .metrics = metrics,
    .n_metrics = TRAWL_COUNT(metrics),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    static const trawl_metric mdns_metric = {
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .name = "mdns",
        .summary = "names of services that multicast DNS answers with",
        .columns = mdns_columns,
        .n_columns = TRAWL_COUNT(mdns_columns),
        .exprs = mdns_exprs,
    };
    const trawl_metric *const all[TRAWL_COUNT(metrics)] = {
        &slicer_metric, &splt_metric, &dhcp_metric, &mdns_metric, &wavelet_metric};

    for (uint32_t i = 0; i < TRAWL_COUNT(metrics); i++)
        metrics[i] = *all[i];
    return &plugin;
}
