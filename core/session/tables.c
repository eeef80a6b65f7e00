/* The session's own tables: tcp, udp, warnings; and its lists: captures, tables, fields …
 * Must not know plugins' files or terminals. */
#include "core/session/internal.h"
#include "core/track/tcp.h"

#define COL(name_, type_, flags_, priority_, unit_, help_, source_)                    \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .priority = priority_, \
                 .unit = unit_, .help = help_, .source = source_)
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define ID     TRAWL_COLUMN_ID

static void put_time(tw_builder *b, int64_t ns)
{
    if (ns == INT64_MIN)
        tw_builder_null(b);
    else
        tw_builder_i64(b, ns);
}

static void put_text(tw_builder *b, const char *text)
{
    if (text)
        tw_builder_value(b, text, strlen(text));
    else
        tw_builder_null(b);
}

static tw_builder *builder_for(const tw_schema *schema, struct tw_dict *addresses, trawl_error *err)
{
    struct tw_dict **dicts = tw_alloc_array(schema->n_columns, sizeof(*dicts));
    tw_builder *b;

    if (!dicts) {
        tw_fail_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < schema->n_columns; i++)
        dicts[i] = schema->columns[i].type == TRAWL_IP ? addresses : NULL;
    b = tw_builder_new(schema, dicts, err);
    tw_free(dicts);
    return b;
}

/* ---- tcp ---- */

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
    put_time(b, c->start_ns);
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

static int build_tcp(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const struct tw_conversations *v = &capture->conversations;
    struct tw_connection *connections = NULL;
    tw_builder *b;
    int rc = tw_tcp_summarise(capture->packets, v, &connections, err);

    if (rc != TRAWL_OK)
        return rc;
    b = builder_for(tw_session_table_schema(capture->session, "tcp"), capture->packets->addresses,
                    err);
    for (uint32_t i = 0; b && i < v->n_tcp; i++) {
        /* A number that only ICMP errors and their quotes know is no connection of this capture. */
        if (connections[i].half[0].packets || connections[i].half[1].packets)
            put_connection(b, i, &v->tcp[i], &connections[i]);
    }
    tw_free(connections);
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- udp ---- */

static const trawl_column udp_columns[] = {
    COL("stream", TRAWL_U32, ID, 0, NULL, "number of the conversation (udp.stream)", NULL),
    COL("client", TRAWL_IP, 0, 0, NULL, "address that sent first", NULL),
    COL("client_port", TRAWL_U16, ID, 1, NULL, "its port", NULL),
    COL("server", TRAWL_IP, 0, 0, NULL, "the other address", NULL),
    COL("server_port", TRAWL_U16, ID, 0, NULL, "its port", NULL),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets in both directions", NULL),
    COL("bytes", TRAWL_U64, 0, 0, "B", "bytes on the wire, headers included", NULL),
    COL("payload", TRAWL_U64, 0, 2, "B", "UDP payload in both directions", NULL),
    COL("start", TRAWL_TIME, 0, 3, NULL, "time of the first packet", NULL),
    COL("duration", TRAWL_SPAN, 0, 2, NULL, "last minus first packet", NULL),
    COL("client_packets", TRAWL_U64, HIDDEN, 9, NULL, "packets that the client sent", NULL),
    COL("server_packets", TRAWL_U64, HIDDEN, 9, NULL, "packets that the server sent", NULL),
    COL("client_bytes", TRAWL_U64, HIDDEN, 9, "B", "bytes that the client sent", NULL),
    COL("server_bytes", TRAWL_U64, HIDDEN, 9, "B", "bytes that the server sent", NULL),
    COL("first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the first packet", NULL),
};

static int build_udp(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const struct tw_conversations *v = &capture->conversations;
    struct tw_exchange *exchanges = NULL;
    tw_builder *b;
    int rc = tw_udp_summarise(capture->packets, v, &exchanges, err);

    if (rc != TRAWL_OK)
        return rc;
    b = builder_for(tw_session_table_schema(capture->session, "udp"), capture->packets->addresses,
                    err);
    for (uint32_t i = 0; b && i < v->n_udp; i++) {
        const struct tw_exchange *x = &exchanges[i];

        if (!x->packets[0] && !x->packets[1])
            continue;
        tw_builder_u64(b, i);
        tw_builder_code(b, v->udp[i].src);
        tw_builder_u64(b, v->udp[i].sport);
        tw_builder_code(b, v->udp[i].dst);
        tw_builder_u64(b, v->udp[i].dport);
        tw_builder_u64(b, x->packets[0] + x->packets[1]);
        tw_builder_u64(b, x->bytes[0] + x->bytes[1]);
        tw_builder_u64(b, x->payload[0] + x->payload[1]);
        put_time(b, x->start_ns);
        if (x->start_ns == INT64_MIN)
            tw_builder_null(b);
        else
            tw_builder_i64(b, (int64_t)((uint64_t)x->end_ns - (uint64_t)x->start_ns));
        tw_builder_u64(b, x->packets[0]);
        tw_builder_u64(b, x->packets[1]);
        tw_builder_u64(b, x->bytes[0]);
        tw_builder_u64(b, x->bytes[1]);
        tw_builder_u64(b, (uint64_t)v->udp[i].first_row + 1);
        tw_builder_end_row(b);
    }
    tw_free(exchanges);
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- warnings ---- */

static const trawl_column warning_columns[] = {
    COL("packet", TRAWL_U64, ID, 0, NULL, "number of the packet; none: the file as a whole", NULL),
    COL("offset", TRAWL_U64, ID, 1, "B", "where in the (decompressed) file", NULL),
    COL("what", TRAWL_STRING, 0, 0, NULL, "kind of problem", NULL),
    COL("why", TRAWL_STRING, 0, 0, NULL, "in words", NULL),
    COL("damage", TRAWL_BOOL, 0, 2, NULL, "the file itself is damaged: exit status 3", NULL),
    COL("file", TRAWL_STRING, 0, 3, NULL, "path as given", NULL),
};

static int build_warnings(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const struct tw_input *in = capture->input;
    tw_builder *b = tw_builder_new(tw_session_table_schema(capture->session, "warnings"), NULL,
                                   err);

    for (size_t i = 0; b && i < in->n_warnings; i++) {
        const struct tw_warning *w = &in->warnings[i];

        if (w->packet)
            tw_builder_u64(b, w->packet);
        else
            tw_builder_null(b);
        tw_builder_u64(b, w->offset);
        put_text(b, w->what);
        put_text(b, w->why);
        tw_builder_u64(b, w->damage);
        put_text(b, in->files[w->i_file].path);
        tw_builder_end_row(b);
    }
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- registration ---- */

static int add_own(tw_session *session, const char *name, const char *summary,
                   const trawl_column *columns, size_t n,
                   int (*build)(tw_capture *, tw_table **, trawl_error *), trawl_error *err)
{
    tw_schema *schema = tw_schema_from(columns, n, err);
    struct tw_session_table *t = schema ? tw_alloc(sizeof(*t)) : NULL;

    if (!t || tw_hashmap_put(&session->tables, name, t) != TRAWL_OK) {
        tw_schema_free(schema);
        tw_free(t);
        return tw_fail_nomem(err);
    }
    *t = (struct tw_session_table){
        .name = name, .summary = summary, .schema = schema, .build = build, .plugin = "core"};
    return TRAWL_OK;
}

int tw_session_add_own_tables(tw_session *session, trawl_error *err)
{
    int rc = add_own(session, "tcp", "TCP connections, a row each", tcp_columns,
                     TW_COUNT(tcp_columns), build_tcp, err);

    if (rc == TRAWL_OK)
        rc = add_own(session, "udp", "UDP conversations, a row each", udp_columns,
                     TW_COUNT(udp_columns), build_udp, err);
    if (rc == TRAWL_OK)
        rc = add_own(session, "warnings", "what was wrong with the input, a row each",
                     warning_columns, TW_COUNT(warning_columns), build_warnings, err);
    return rc;
}
