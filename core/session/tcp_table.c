/* The session's tables of TCP: tcp, whose cheap columns come from one pass over the base columns
 * and the others from a second one when somebody asks, and tcp_rtt. Must not know plugins' files.
 */
#include "core/session/detail.h"

#define COL(name_, type_, flags_, priority_, unit_, help_, source_)                    \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .priority = priority_, \
                 .unit = unit_, .help = help_, .source = source_)
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define ID     TRAWL_COLUMN_ID

static const trawl_column tcp_columns[] = {
    COL("stream", TRAWL_U32, ID, 0, NULL, "number of the connection (tcp.stream)", NULL),
    COL("client", TRAWL_IP, 0, 0, NULL, "address that opened the connection", NULL),
    COL("client_port", TRAWL_U16, ID, 1, NULL, "its port", NULL),
    COL("server", TRAWL_IP, 0, 0, NULL, "the other address", NULL),
    COL("server_port", TRAWL_U16, ID, 0, NULL, "its port", NULL),
    COL("state", TRAWL_STRING, 0, 2, NULL,
        "how it began and ended: S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH",
        "Zeek, conn_state"),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets in both directions", NULL),
    COL("bytes", TRAWL_U64, 0, 0, "B", "bytes on the wire, headers included", NULL),
    COL("payload", TRAWL_U64, 0, 3, "B", "TCP payload in both directions, retransmissions included",
        NULL),
    COL("retransmitted", TRAWL_U64, 0, 3, "B",
        "payload whose sequence numbers had been sent before", "RFC 9293 section 3.8.1"),
    COL("start", TRAWL_TIME, 0, 4, NULL, "time of the first packet", NULL),
    COL("duration", TRAWL_SPAN, 0, 2, NULL, "last minus first packet", NULL),
    COL("rtt", TRAWL_SPAN, 0, 2, NULL, "handshake: from the SYN to the ACK that ends it",
        "RFC 9293 section 3.5"),
    COL("flags", TRAWL_STRING, 0, 5, NULL, "all TCP flags seen, client's then server's", NULL),
    COL("client_packets", TRAWL_U64, HIDDEN, 9, NULL, "packets that the client sent", NULL),
    COL("server_packets", TRAWL_U64, HIDDEN, 9, NULL, "packets that the server sent", NULL),
    COL("client_bytes", TRAWL_U64, HIDDEN, 9, "B", "bytes that the client sent", NULL),
    COL("server_bytes", TRAWL_U64, HIDDEN, 9, "B", "bytes that the server sent", NULL),
    COL("client_payload", TRAWL_U64, HIDDEN, 9, "B", "payload that the client sent", NULL),
    COL("server_payload", TRAWL_U64, HIDDEN, 9, "B", "payload that the server sent", NULL),
    COL("client_retransmitted", TRAWL_U64, HIDDEN, 9, "B", "payload that the client sent again",
        NULL),
    COL("server_retransmitted", TRAWL_U64, HIDDEN, 9, "B", "payload that the server sent again",
        NULL),
    COL("first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the first packet", NULL),
};

static size_t flag_text(char *out, uint16_t flags)
{
    static const char letters[] = "FSRPAUEC"; /* low bit first, as tcpdump and tshark abbreviate */
    size_t n = 0;

    for (size_t i = 0; i < 8; i++) {
        if (flags >> i & 1)
            out[n++] = letters[i];
    }
    return n;
}

static void put_connection(tw_builder *b, uint32_t stream, const struct tw_conversation *v,
                           const struct tw_connection *c)
{
    const struct tw_half *client = &c->half[c->client], *server = &c->half[c->client ^ 1];
    const bool swapped = c->client == 1;
    const char *state = tw_tcp_state(c);
    char flags[20];
    size_t n;

    tw_builder_u64(b, stream);
    tw_builder_code(b, swapped ? v->dst : v->src);
    tw_builder_u64(b, swapped ? v->dport : v->sport);
    tw_builder_code(b, swapped ? v->src : v->dst);
    tw_builder_u64(b, swapped ? v->sport : v->dport);
    tw_builder_value(b, state, strlen(state));
    tw_builder_u64(b, (uint64_t)client->packets + server->packets);
    tw_builder_u64(b, client->bytes + server->bytes);
    tw_builder_u64(b, client->payload + server->payload);
    tw_builder_u64(b, client->retransmitted + server->retransmitted);
    tw_session_put_time(b, c->start_ns);
    if (c->start_ns == INT64_MIN)
        tw_builder_null(b);
    else
        tw_builder_i64(b, (int64_t)((uint64_t)c->end_ns - (uint64_t)c->start_ns));
    if (c->rtt_ns < 0)
        tw_builder_null(b);
    else
        tw_builder_i64(b, c->rtt_ns);
    n = flag_text(flags, client->flags);
    flags[n++] = '/';
    n += flag_text(flags + n, server->flags);
    tw_builder_value(b, flags, n);
    tw_builder_u64(b, client->packets);
    tw_builder_u64(b, server->packets);
    tw_builder_u64(b, client->bytes);
    tw_builder_u64(b, server->bytes);
    tw_builder_u64(b, client->payload);
    tw_builder_u64(b, server->payload);
    tw_builder_u64(b, client->retransmitted);
    tw_builder_u64(b, server->retransmitted);
    tw_builder_u64(b, (uint64_t)v->first_row + 1);
    tw_builder_end_row(b);
}

/* The columns that tw_tcp_summarise() knows. */
static int build_early(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const struct tw_conversations *v = &capture->conversations;
    struct tw_connection *connections = NULL;
    tw_schema *schema;
    tw_builder *b;
    int rc = tw_tcp_summarise(capture->packets, v, &connections, err);

    if (rc != TRAWL_OK)
        return rc;
    schema = tw_schema_from(tcp_columns, TW_COUNT(tcp_columns), err);
    b = schema ? tw_session_builder(schema, capture->packets->addresses, err) : NULL;
    tw_schema_free(schema);
    for (uint32_t i = 0; b && i < v->n_tcp; i++) {
        /* A number that only ICMP errors and their quotes know is no connection of this capture. */
        if (connections[i].half[0].packets || connections[i].half[1].packets)
            put_connection(b, i, &v->tcp[i], &connections[i]);
    }
    tw_free(connections);
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- the table ---- */

struct context {
    tw_capture *capture;
    tw_table *early;
    tw_table *packets; /* the late columns are made of them; a variable may outlive their place */
};

static void context_free(void *context)
{
    struct context *c = context;

    tw_table_release(c->early);
    tw_table_release(c->packets);
    tw_free(c);
}

static int take_column(tw_table *from, size_t i, struct tw_column **ret, trawl_error *err)
{
    const struct tw_column *column = NULL;
    int rc = tw_table_column(from, i, &column, err);

    if (rc == TRAWL_OK)
        *ret = tw_column_retain((struct tw_column *)(uintptr_t)column);
    return rc;
}

static int provide(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                   trawl_error *err)
{
    struct context *c = context;
    tw_table *late = NULL;
    int rc;

    if (i_column < TW_COUNT(tcp_columns))
        return take_column(c->early, i_column, ret, err);
    rc = tw_tcp_late_columns(c->capture, c->early, &late, err);
    for (size_t i = 0; rc == TRAWL_OK && i < late->schema->n_columns; i++) {
        struct tw_column *column = NULL;
        const size_t at = TW_COUNT(tcp_columns) + i;

        rc = take_column(late, i, &column, err);
        if (rc == TRAWL_OK && at == i_column)
            *ret = column;
        else if (rc == TRAWL_OK)
            tw_table_store(table, at, column);
    }
    tw_table_release(late);
    return rc;
}

static int build_tcp(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    struct context *context = tw_alloc(sizeof(*context));
    tw_schema *schema = context ? tw_schema_new() : NULL;
    tw_table *table;
    int rc = schema
                 ? tw_schema_add_all(schema, tw_session_table_schema(capture->session, "tcp"), err)
                 : tw_fail_nomem(err);

    if (rc == TRAWL_OK)
        rc = build_early(capture, &context->early, err);
    if (rc != TRAWL_OK) {
        tw_schema_free(schema);
        tw_free(context);
        return rc;
    }
    context->capture = capture;
    context->packets = tw_table_retain(capture->packets_table);
    table = tw_table_new_lazy(schema, context->early->n_rows, provide, NULL, context, context_free,
                              err);
    if (!table)
        return TRAWL_E_NOMEM;
    table->bases[0] = context->packets;
    *ret = table;
    return TRAWL_OK;
}

int tw_session_add_tcp_tables(tw_session *session, trawl_error *err)
{
    size_t n_late;
    const trawl_column *late = tw_tcp_late_list(&n_late);
    const size_t n = TW_COUNT(tcp_columns) + n_late;
    trawl_column *columns = tw_alloc_array(n, sizeof(*columns));
    int rc;

    if (!columns)
        return tw_fail_nomem(err);
    memcpy(columns, tcp_columns, sizeof(tcp_columns));
    memcpy(columns + TW_COUNT(tcp_columns), late, n_late * sizeof(*late));
    rc = tw_session_add_own(session, "tcp", "TCP connections, a row each", columns, n, build_tcp,
                            err);
    tw_free(columns);
    late = tw_tcp_rtt_list(&n_late);
    if (rc == TRAWL_OK)
        rc = tw_session_add_own(session, "tcp_rtt", "round trips of TCP, a row for each sample",
                                late, n_late, tw_tcp_build_rtt, err);
    return rc;
}
