/* What connections are used for: by nDPI where it is there, else by trawl's own dissectors.
 * Knows nothing of segments. */
#include <string.h>

#include "trawl/views.h"

#include "top.h"

/* ---- nDPI ---- */

/* The metric dpi is there: a build without its library has none. */
static int has_ndpi(trawl_call *call, int *ret, trawl_error *err)
{
    trawl_table *list = NULL;
    trawl_view name;
    int rc = host->list(call, "metrics", &list, err);

    *ret = 0;
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, list, "name", &name, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < name.n_rows; row++) {
        char text[4];

        *ret |= host->value_text(&name, row, text, sizeof(text)) == 3 &&
                memcmp(text, "dpi", 3) == 0;
    }
    host->release(list);
    return rc;
}

/* Of a connection's flows the first one that was told counts. */
static int by_flows(trawl_call *call, trawl_capture *capture, trawl_builder *labels,
                    struct groups *g, trawl_error *err)
{
    const char *const words[] = {"flows", "--metric", "dpi", host->name_of(capture)};
    trawl_table *flows = NULL, *packets = NULL;
    trawl_view first, name, stream, proto;
    int rc = host->command(call, words, TRAWL_COUNT(words), NULL, &flows, err);

    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, flows, "first", &first, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, flows, "application_name", &name, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, packets, "stream", &stream, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, packets, "proto", &proto, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < first.n_rows; row++) {
        const uint64_t i = trawl_view_u64(&first, row) - 1; /* packets are numbered from 1 */
        uint32_t to;
        char text[128];
        size_t n;

        if (!trawl_view_has(&name, row) || i >= stream.n_rows || !trawl_view_has(&stream, i) ||
            trawl_view_u64(&proto, i) != 6)
            continue;
        to = (uint32_t)trawl_view_u64(&stream, i);
        n = host->value_text(&name, row, text, sizeof(text));
        if (to >= g->n_streams || g->of_stream[to] != NO_GROUP ||
            (n == 7 && memcmp(text, "Unknown", 7) == 0))
            continue;
        rc = host->builder_code(labels, 0, text, n < sizeof(text) ? n : sizeof(text),
                                &g->of_stream[to], err);
    }
    host->release(packets);
    host->release(flows);
    return rc;
}

/* ---- trawl's own ---- */

/* The connections of a protocol's table that nothing has named yet. */
static int by_table(trawl_call *call, trawl_capture *capture, const char *protocol,
                    const char *label, trawl_builder *labels, struct groups *g, trawl_error *err)
{
    trawl_table *table = NULL;
    trawl_view stream, transport = {0};
    uint32_t code = NO_GROUP;
    int rc = host->table(call, capture, protocol, &table, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, table, "stream", &stream, err);
    if (rc == TRAWL_OK && host->schema_find(host->schema_of(table), "transport") >= 0)
        rc = trawl_open_view(host, call, table, "transport", &transport, err);
    if (rc == TRAWL_OK)
        rc = host->builder_code(labels, 0, label, strlen(label), &code, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < stream.n_rows; row++) {
        const uint64_t i = trawl_view_u64(&stream, row);
        char text[4];

        if (!trawl_view_has(&stream, row) || i >= g->n_streams || g->of_stream[i] != NO_GROUP)
            continue;
        if (transport.size && (host->value_text(&transport, row, text, sizeof(text)) != 3 ||
                               memcmp(text, "tcp", 3) != 0))
            continue;
        g->of_stream[i] = code;
    }
    host->release(table);
    return rc;
}

/* Their numbers are below *ret. */
static int count_streams(trawl_call *call, trawl_capture *capture, size_t *ret, trawl_error *err)
{
    trawl_table *tcp = NULL;
    trawl_view stream;
    int rc = host->table(call, capture, "tcp", &tcp, err);

    *ret = 0;
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, tcp, "stream", &stream, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < stream.n_rows; row++)
        if (trawl_view_u64(&stream, row) >= *ret)
            *ret = (size_t)trawl_view_u64(&stream, row) + 1;
    host->release(tcp);
    return rc;
}

int by_application(trawl_call *call, trawl_capture *capture, const trawl_view *addresses,
                   trawl_builder *labels, struct groups *g, trawl_error *err)
{
    static const struct {
        const char *table, *label;
    } own[] = {{"tls", "TLS"}, {"http", "HTTP"}, {"dns", "DNS"}};
    uint32_t unknown = NO_GROUP;
    int ndpi = 0;
    int rc = has_ndpi(call, &ndpi, err);

    if (rc == TRAWL_OK)
        rc = count_streams(call, capture, &g->n_streams, err);
    if (rc != TRAWL_OK)
        return rc;
    g->n_streams++; /* for what came in datagrams */
    g->of_stream = host->alloc(g->n_streams * sizeof(*g->of_stream));
    if (!g->of_stream)
        return top_nomem(err);
    memset(g->of_stream, 0xff, g->n_streams * sizeof(*g->of_stream));
    g->datagrams = (uint32_t)g->n_streams - 1;
    if (ndpi)
        rc = by_flows(call, capture, labels, g, err);
    else
        host->log(2, "top: applications are those that TLS, HTTP and DNS tell: this build has no "
                     "libndpi, which knows more");
    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(own); i++)
        rc = by_table(call, capture, own[i].table, own[i].label, labels, g, err);
    if (rc == TRAWL_OK)
        rc = host->builder_code(labels, 0, "DNS", 3, &g->of_stream[g->datagrams], err);
    if (rc == TRAWL_OK)
        rc = host->builder_code(labels, 0, "Unknown", 7, &unknown, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < addresses->n_codes; i++)
        g->of_address[i] = unknown;
    return rc;
}
