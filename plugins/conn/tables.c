/* The tables `mptcp` (a row for each connection) and `subflows`.
 * Knows nothing of how connections are found, only the model that holds them. */
#include "tables.h"
#include "model.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }

const trawl_column conn_mptcp_columns[] = {
    COL("id", TRAWL_U32, ID, 0, NULL, "number of the connection (mptcp.stream)"),
    COL("version", TRAWL_U8, ID, 3, NULL, "version of MPTCP: 0 or 1"),
    COL("client", TRAWL_IP, 0, 0, NULL, "address that opened the connection"),
    COL("client_port", TRAWL_U16, ID, 1, NULL, "its port"),
    COL("server", TRAWL_IP, 0, 0, NULL, "the other address of the first subflow"),
    COL("server_port", TRAWL_U16, ID, 0, NULL, "its port"),
    COL("state", TRAWL_STRING, 0, 1, NULL,
        "complete: both keys seen; partial: grouped by what was captured; fallback: went on as "
        "TCP"),
    COL("subflows", TRAWL_U32, 0, 0, NULL, "number of subflows"),
    COL("streams", TRAWL_U32, ID | TRAWL_COLUMN_LIST, 2, NULL,
        "their numbers (tcp.stream), first the first one that was seen"),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets of all subflows"),
    COL("bytes", TRAWL_U64, 0, 1, "B", "bytes on the wire, headers included"),
    COL("payload", TRAWL_U64, 0, 0, "B",
        "TCP payload of all subflows, retransmissions and reinjections included"),
    COL("start", TRAWL_TIME, 0, 4, NULL, "time of the first packet"),
    COL("duration", TRAWL_SPAN, 0, 2, NULL, "last minus first packet"),
    COL("paths", TRAWL_STRING, TRAWL_COLUMN_LIST, 5, NULL,
        "the subflows: client > server, as `ls` has them in columns"),
    COL("client_payload", TRAWL_U64, HIDDEN, 9, "B", "TCP payload that the client sent"),
    COL("server_payload", TRAWL_U64, HIDDEN, 9, "B", "TCP payload that the server sent"),
    COL("client_data", TRAWL_U64, HIDDEN, 9, "B",
        "data that the client sent: the range of its data sequence numbers"),
    COL("server_data", TRAWL_U64, HIDDEN, 9, "B",
        "data that the server sent: the range of its data sequence numbers"),
    COL("client_token", TRAWL_U32, HIDDEN | ID, 9, NULL, "token of the client's key"),
    COL("server_token", TRAWL_U32, HIDDEN | ID, 9, NULL, "token of the server's key"),
    COL("client_key", TRAWL_U64, HIDDEN | ID, 9, NULL, "key of the client"),
    COL("server_key", TRAWL_U64, HIDDEN | ID, 9, NULL, "key of the server"),
};

const trawl_column conn_subflow_columns[] = {
    COL("mptcp", TRAWL_U32, ID, 1, NULL, "number of the connection (mptcp.stream)"),
    COL("stream", TRAWL_U32, ID, 0, NULL, "number of the subflow (tcp.stream)"),
    COL("role", TRAWL_STRING, 0, 0, NULL,
        "master: carried MP_CAPABLE; join: carried MP_JOIN; unknown: its start was not captured"),
    COL("opener", TRAWL_STRING, 0, 2, NULL,
        "who opened the subflow: the client or the server of the MPTCP connection"),
    COL("client", TRAWL_IP, 0, 0, NULL, "address of the connection's client on this subflow"),
    COL("client_port", TRAWL_U16, ID, 1, NULL, "its port"),
    COL("client_id", TRAWL_U8, ID, 2, NULL, "its address id: 0 on the first subflow"),
    COL("server", TRAWL_IP, 0, 0, NULL, "address of the connection's server on this subflow"),
    COL("server_port", TRAWL_U16, ID, 1, NULL, "its port"),
    COL("server_id", TRAWL_U8, ID, 2, NULL, "its address id: 0 on the first subflow"),
    COL("backup", TRAWL_BOOL, 0, 3, NULL, "used only when no other path works"),
    COL("hmac", TRAWL_STRING, 0, 3, NULL,
        "valid or wrong: the HMACs of its MP_JOINs, where keys and numbers were captured"),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets in both directions"),
    COL("bytes", TRAWL_U64, 0, 0, "B", "bytes on the wire, headers included"),
    COL("client_payload", TRAWL_U64, 0, 1, "B", "TCP payload towards the server"),
    COL("server_payload", TRAWL_U64, 0, 1, "B", "TCP payload towards the client"),
    COL("client_share", TRAWL_F64, 0, 3, "%", "share in all payload towards the server"),
    COL("server_share", TRAWL_F64, 0, 3, "%", "share in all payload towards the client"),
    COL("client_dsn", TRAWL_U64, ID, 4, NULL,
        "lowest data sequence number mapped towards the server, relative if the key is known"),
    COL("client_dsn_end", TRAWL_U64, ID, 4, NULL, "the number after the highest one"),
    COL("server_dsn", TRAWL_U64, ID, 4, NULL,
        "lowest data sequence number mapped towards the client, relative if the key is known"),
    COL("server_dsn_end", TRAWL_U64, ID, 4, NULL, "the number after the highest one"),
    COL("start", TRAWL_TIME, 0, 4, NULL, "time of the first packet"),
    COL("duration", TRAWL_SPAN, 0, 2, NULL, "last minus first packet"),
    COL("first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the first packet"),
    COL("client_version", TRAWL_U8, HIDDEN | ID, 9, NULL,
        "version of MPTCP in the client's MP_CAPABLE"),
    COL("server_version", TRAWL_U8, HIDDEN | ID, 9, NULL,
        "version of MPTCP in the server's MP_CAPABLE"),
    COL("interface", TRAWL_STRING, HIDDEN, 9, NULL, "where the first packet was captured"),
};
_Static_assert(TRAWL_COUNT(conn_subflow_columns) == CONN_N_SUBFLOW_COLUMNS, "see conn.h");
_Static_assert(TRAWL_COUNT(conn_mptcp_columns) == CONN_N_MPTCP_COLUMNS, "see conn.h");

static const char *const state_names[] = {
    [STATE_PARTIAL] = "partial", [STATE_COMPLETE] = "complete", [STATE_FALLBACK] = "fallback"};

static void put_if(trawl_builder *b, int has, uint64_t value)
{
    if (has)
        host->put_u64(b, value);
    else
        host->put_null(b);
}

/* The direction of a subflow in which the connection's client sends. */
static unsigned client_direction(const struct connection *c, const struct subflow *s)
{
    if (!c)
        return s->opener;
    return s->half[0].side == c->client_side ? 0 : 1;
}

static void put_times(trawl_builder *b, int has, int64_t start, int64_t end)
{
    if (has) {
        host->put_i64(b, start);
        host->put_i64(b, (int64_t)((uint64_t)end - (uint64_t)start));
    } else {
        host->put_null(b);
        host->put_null(b);
    }
}

/* ---- one connection ---- */

/* What the subflows of a connection sum up to. */
struct sums {
    uint64_t packets, bytes, payload[2]; /* payload: [0] that the client sent */
    uint64_t dsn_min[2], dsn_end[2];
    uint8_t has_dsn[2], has_time;
    int64_t start_ns, end_ns;
};

static void add_half(struct sums *sums, unsigned i, const struct half *h)
{
    sums->packets += h->packets;
    sums->bytes += h->bytes;
    sums->payload[i] += h->payload;
    if (!h->has_dsn)
        return;
    if (!sums->has_dsn[i] || (int64_t)(h->dsn_min - sums->dsn_min[i]) < 0)
        sums->dsn_min[i] = h->dsn_min;
    if (!sums->has_dsn[i] || (int64_t)(h->dsn_end - sums->dsn_end[i]) > 0)
        sums->dsn_end[i] = h->dsn_end;
    sums->has_dsn[i] = 1;
}

static struct sums sum_up(const struct model *m, const struct connection *c)
{
    struct sums sums = {0};

    for (uint32_t i = c->first; i != NONE32; i = m->subflows[i].next) {
        const struct subflow *s = &m->subflows[i];
        unsigned client = client_direction(c, s);

        add_half(&sums, 0, &s->half[client]);
        add_half(&sums, 1, &s->half[1 - client]);
        if (!s->has_time)
            continue;
        if (!sums.has_time || s->start_ns < sums.start_ns)
            sums.start_ns = s->start_ns;
        if (!sums.has_time || s->end_ns > sums.end_ns)
            sums.end_ns = s->end_ns;
        sums.has_time = 1;
    }
    return sums;
}

/* "10.0.0.1:33782" or "[2001:db8::1]:33782" into at most n bytes. */
static void endpoint_text(const struct model *m, const struct half *h, char *out, size_t n)
{
    const uint8_t *address = m->src.addresses[h->address & 0x7fffffffu];
    int is_6 = h->address >> 31 != 0;
    char text[INET6_ADDRSTRLEN] = "";

    inet_ntop(is_6 ? AF_INET6 : AF_INET, is_6 ? address : address + 12, text, sizeof(text));
    snprintf(out, n, is_6 ? "[%s]:%u" : "%s:%u", text, (unsigned)h->port);
}

static void put_path(trawl_builder *b, const struct model *m, const struct connection *c,
                     const struct subflow *s)
{
    unsigned client = client_direction(c, s);
    char from[64], to[64], text[160];

    endpoint_text(m, &s->half[client], from, sizeof(from));
    endpoint_text(m, &s->half[1 - client], to, sizeof(to));
    snprintf(text, sizeof(text), "%s > %s", from, to);
    host->put_text(b, text);
}

static void put_connection(trawl_builder *b, const struct model *m, uint32_t i)
{
    const struct connection *c = &m->connections[i];
    const struct subflow *s = &m->subflows[c->master != NONE32 ? c->master : c->first];
    const struct half *client = &s->half[client_direction(c, s)];
    const struct half *server = &s->half[1 - client_direction(c, s)];
    const struct side *sides[2] = {&c->side[c->client_side], &c->side[1 - c->client_side]};
    struct sums sums = sum_up(m, c);

    host->put_u64(b, i);
    put_if(b, c->has_version, c->version);
    host->put_code(b, client->address);
    host->put_u64(b, client->port);
    host->put_code(b, server->address);
    host->put_u64(b, server->port);
    host->put_text(b, state_names[model_state(m, c)]);
    host->put_u64(b, c->n_subflows);
    for (uint32_t k = c->first; k != NONE32; k = m->subflows[k].next)
        host->put_u64(b, m->subflows[k].stream);
    host->end_list(b);
    host->put_u64(b, sums.packets);
    host->put_u64(b, sums.bytes);
    host->put_u64(b, sums.payload[0] + sums.payload[1]);
    put_times(b, sums.has_time, sums.start_ns, sums.end_ns);
    for (uint32_t k = c->first; k != NONE32; k = m->subflows[k].next)
        put_path(b, m, c, &m->subflows[k]);
    host->end_list(b);
    host->put_u64(b, sums.payload[0]);
    host->put_u64(b, sums.payload[1]);
    put_if(b, sums.has_dsn[0], sums.dsn_end[0] - sums.dsn_min[0]);
    put_if(b, sums.has_dsn[1], sums.dsn_end[1] - sums.dsn_min[1]);
    put_if(b, sides[0]->has_token, sides[0]->token);
    put_if(b, sides[1]->has_token, sides[1]->token);
    put_if(b, sides[0]->has_key, sides[0]->key);
    put_if(b, sides[1]->has_key, sides[1]->key);
    host->end_row(b);
}

/* MP_CAPABLE was asked for and never granted with a key: a connection of TCP, without a number. */
static void put_refused(trawl_builder *b, const struct model *m, const struct subflow *s)
{
    const struct half *client = &s->half[s->opener], *server = &s->half[1 - s->opener];

    host->put_null(b);
    host->put_null(b);
    host->put_code(b, client->address);
    host->put_u64(b, client->port);
    host->put_code(b, server->address);
    host->put_u64(b, server->port);
    host->put_text(b, s->refused ? "fallback" : "partial");
    host->put_u64(b, 1);
    host->put_u64(b, s->stream);
    host->end_list(b);
    host->put_u64(b, client->packets + server->packets);
    host->put_u64(b, client->bytes + server->bytes);
    host->put_u64(b, client->payload + server->payload);
    put_times(b, s->has_time, s->start_ns, s->end_ns);
    put_path(b, m, NULL, s);
    host->end_list(b);
    host->put_u64(b, client->payload);
    host->put_u64(b, server->payload);
    for (int i = 0; i < 6; i++)
        host->put_null(b);
    host->end_row(b);
}

/* ---- one subflow ---- */

static int is_master(const struct connection *c, const struct model *m, const struct subflow *s)
{
    return c->master != NONE32 && &m->subflows[c->master] == s;
}

static const char *role_of(const struct connection *c, const struct model *m,
                           const struct subflow *s)
{
    if (is_master(c, m, s))
        return "master";
    return s->joined ? "join" : "unknown";
}

static void put_share(trawl_builder *b, uint64_t part, uint64_t all)
{
    if (all)
        host->put_f64(b, 100.0 * (double)part / (double)all);
    else
        host->put_null(b);
}

static void put_range(trawl_builder *b, const struct connection *c, const struct half *h)
{
    uint64_t base = c->side[h->side].has_key ? c->side[h->side].idsn : 0;

    put_if(b, h->has_dsn, h->dsn_min - base);
    put_if(b, h->has_dsn, h->dsn_end - base);
}

/* Pcap files name none. */
static void put_interface(trawl_builder *b, const struct model *m, uint32_t row)
{
    const trawl_view *v = &m->interfaces;
    uint64_t code = v->data && trawl_view_has(v, row) ? trawl_view_u64(v, row) : UINT64_MAX;

    if (code < v->n_codes)
        host->put_value(b, v->text + v->text_offsets[code],
                        (size_t)(v->text_offsets[code + 1] - v->text_offsets[code]));
    else
        host->put_null(b);
}

static void put_subflow(trawl_builder *b, const struct model *m, const struct subflow *s,
                        const struct sums *sums)
{
    const struct connection *c = &m->connections[s->connection];
    unsigned direction = client_direction(c, s);
    const struct half *client = &s->half[direction], *server = &s->half[1 - direction];
    int master = is_master(c, m, s);

    host->put_u64(b, s->connection);
    host->put_u64(b, s->stream);
    host->put_text(b, role_of(c, m, s));
    host->put_text(b, s->opener == direction ? "client" : "server");
    host->put_code(b, client->address);
    host->put_u64(b, client->port);
    put_if(b, master || client->has_addrid, client->addrid);
    host->put_code(b, server->address);
    host->put_u64(b, server->port);
    put_if(b, master || server->has_addrid, server->addrid);
    host->put_u64(b, s->backup);
    host->put_text(b, s->hmac == HMAC_RIGHT ? "valid" : s->hmac == HMAC_WRONG ? "wrong" : NULL);
    host->put_u64(b, client->packets + server->packets);
    host->put_u64(b, client->bytes + server->bytes);
    host->put_u64(b, client->payload);
    host->put_u64(b, server->payload);
    put_share(b, client->payload, sums->payload[0]);
    put_share(b, server->payload, sums->payload[1]);
    put_range(b, c, client);
    put_range(b, c, server);
    put_times(b, s->has_time, s->start_ns, s->end_ns);
    host->put_u64(b, (uint64_t)s->first_row + 1);
    put_if(b, client->has_version, client->version);
    put_if(b, server->has_version, server->version);
    put_interface(b, m, s->first_row);
    host->end_row(b);
}

/* ---- the tables ---- */

int conn_begin_table(trawl_table *packets, const trawl_column *columns, uint32_t n,
                     trawl_builder **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int64_t i_src = host->schema_find(host->schema_of(packets), "src");
    trawl_builder *b = NULL;
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (uint32_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &columns[i], err);
    if (rc == TRAWL_OK) {
        b = host->builder_new(schema, err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    host->schema_free(schema);
    for (uint32_t i = 0; i < n && rc == TRAWL_OK; i++) {
        if (columns[i].type == TRAWL_IP)
            rc = host->builder_share(b, i, packets, (size_t)i_src, err);
    }
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    *ret = b;
    return TRAWL_OK;
}

static int build(trawl_call *call, trawl_capture *capture, const trawl_column *columns, uint32_t n,
                 void (*fill)(trawl_builder *b, const struct model *m), trawl_table **ret,
                 trawl_error *err)
{
    struct model model = {0};
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&model, call, packets, WANT_TOTALS, err);
    if (rc == TRAWL_OK) {
        model.interfaces.size = sizeof(model.interfaces);
        rc = host->view_named(call, packets, "frame.interface_name", &model.interfaces, err);
    }
    if (rc == TRAWL_OK)
        rc = conn_begin_table(packets, columns, n, &b, err);
    if (rc == TRAWL_OK) {
        fill(b, &model);
        rc = host->finish(b, ret, err);
    }
    model_fini(&model);
    host->release(packets);
    return rc;
}

static void fill_mptcp(trawl_builder *b, const struct model *m)
{
    for (uint32_t i = 0; i < m->n_connections; i++) {
        if (m->connections[i].first != NONE32)
            put_connection(b, m, i);
    }
    for (size_t i = 0; i < m->n_subflows; i++) {
        if (m->subflows[i].connection == NONE32 && m->subflows[i].asked)
            put_refused(b, m, &m->subflows[i]);
    }
}

static void fill_subflows(trawl_builder *b, const struct model *m)
{
    for (uint32_t i = 0; i < m->n_connections; i++) {
        const struct connection *c = &m->connections[i];
        struct sums sums = sum_up(m, c);

        for (uint32_t k = c->first; k != NONE32; k = m->subflows[k].next)
            put_subflow(b, m, &m->subflows[k], &sums);
    }
}

static int build_mptcp(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                       trawl_error *err)
{
    return build(call, capture, conn_mptcp_columns, CONN_N_MPTCP_COLUMNS, fill_mptcp, ret, err);
}

static int build_subflows(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                          trawl_error *err)
{
    return build(call, capture, conn_subflow_columns, CONN_N_SUBFLOW_COLUMNS, fill_subflows, ret,
                 err);
}

const trawl_table_def conn_tables[CONN_N_TABLES] = {
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "mptcp",
     .summary = "MPTCP connections",
     .columns = conn_mptcp_columns,
     .n_columns = TRAWL_COUNT(conn_mptcp_columns),
     .build = build_mptcp},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "subflows",
     .summary = "subflows of MPTCP connections",
     .columns = conn_subflow_columns,
     .n_columns = TRAWL_COUNT(conn_subflow_columns),
     .build = build_subflows},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "mptcp_mappings",
     .summary = "data that packets carry, by data sequence number",
     .columns = conn_mapping_columns,
     .n_columns = CONN_N_MAPPING_COLUMNS,
     .build = conn_build_mappings},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "mptcp_acks",
     .summary = "data ACKs of MPTCP connections",
     .columns = conn_ack_columns,
     .n_columns = CONN_N_ACK_COLUMNS,
     .build = conn_build_acks},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "mptcp_violations",
     .summary = "what MPTCP does not allow; also in `warnings`",
     .columns = conn_violation_columns,
     .n_columns = CONN_N_VIOLATION_COLUMNS,
     .build = conn_build_violations,
     .flags = TRAWL_TABLE_WARNS},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "reinjections",
     .summary = "packets that carry data which another subflow had sent before",
     .columns = conn_reinjection_columns,
     .n_columns = CONN_N_REINJECTION_COLUMNS,
     .build = conn_build_reinjections},
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(trawl_column),
     .name = "mptcp_events",
     .summary = "signals of MPTCP: handshakes, addresses, priorities, ends",
     .columns = conn_event_columns,
     .n_columns = CONN_N_EVENT_COLUMNS,
     .build = conn_build_events},
};
