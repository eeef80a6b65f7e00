/* Flow metrics that are fields of TLS: fingerprints of a flow's first hellos.
 * Knows nothing of how they are read. */
#include "tls.h"

static const trawl_column ja3_columns[] = {
    TRAWL_COLUMN(.name = "ja3", .type = TRAWL_STRING, .help = "fingerprint of the ClientHello",
                 .source = "JA3, Salesforce 2017"),
    TRAWL_COLUMN(.name = "ja3s", .type = TRAWL_STRING, .help = "fingerprint of the ServerHello",
                 .source = "JA3, Salesforce 2017"),
};
static const char *const ja3_exprs[] = {"first(tls.handshake.ja3)", "first(tls.handshake.ja3s)"};

static const trawl_column ja4_columns[] = {
    TRAWL_COLUMN(.name = "ja4", .type = TRAWL_STRING, .help = "fingerprint of the ClientHello",
                 .source = "JA4, FoxIO 2023"),
};
static const char *const ja4_exprs[] = {"first(tls.handshake.ja4)"};

const trawl_metric tls_metrics[2] = {
    {
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .name = "ja3",
        .summary = "JA3 and JA3S of a flow's TLS handshake",
        .columns = ja3_columns,
        .n_columns = TRAWL_COUNT(ja3_columns),
        .exprs = ja3_exprs,
    },
    {
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .name = "ja4",
        .summary = "JA4 of a flow's TLS ClientHello",
        .columns = ja4_columns,
        .n_columns = TRAWL_COUNT(ja4_columns),
        .exprs = ja4_exprs,
    },
};
