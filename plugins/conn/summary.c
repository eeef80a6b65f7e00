/* The table of mptcp_summary: for each direction the whole connection, then its subflows.
 * Knows nothing of arguments. */
#include "summary.h"
#include "model.h"
#include "tables.h"

#include <string.h>

#define ID TRAWL_COLUMN_ID
#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }

const trawl_column conn_summary_columns[] = {
    COL("mptcp", TRAWL_U32, ID, 2, NULL, "number of the connection (mptcp.stream)"),
    COL("towards", TRAWL_STRING, 0, 0, NULL,
        "where the data goes: the client or the server of the MPTCP connection"),
    COL("stream", TRAWL_U32, ID, 0, NULL, "subflow (tcp.stream); none: the whole connection"),
    COL("data", TRAWL_U64, 0, 0, "B",
        "bytes of data, each counted once: for the subflow that sent it first"),
    COL("share", TRAWL_F64, 0, 0, "%", "in the data of the connection in this direction"),
    COL("payload", TRAWL_U64, 0, 0, "B", "TCP payload, all that was sent again included"),
    COL("payload_share", TRAWL_F64, 0, 1, "%", "in the payload of the connection"),
    COL("reinjected", TRAWL_U64, 0, 0, "B",
        "bytes that other subflows had sent before, and this one had not"),
    COL("retransmitted", TRAWL_U64, 0, 1, "B", "bytes that this subflow had sent before"),
    COL("packets", TRAWL_U64, 0, 2, NULL, "packets in this direction"),
    COL("duration", TRAWL_SPAN, 0, 0, NULL, "from the first to the last packet in this direction"),
    COL("rate", TRAWL_F64, 0, 0, "B/s", "data / duration"),
    COL("range", TRAWL_U64, 0, 3, "B",
        "from the lowest to the highest data sequence number that was mapped: above `data` where "
        "packets are missing"),
};
_Static_assert(TRAWL_COUNT(conn_summary_columns) == CONN_N_SUMMARY_COLUMNS, "see conn.h");

/* One direction of a subflow, or of the whole connection. */
struct row {
    uint64_t data, payload, reinjected, retransmitted, packets;
    uint64_t dsn_min, dsn_end;
    int64_t start_ns, end_ns;
    uint8_t has_dsn, has_time;
};

static void count_carry(struct row *row, const struct carry *c)
{
    row->data += c->length - c->seen;
    row->retransmitted += c->resent;
    row->reinjected += c->seen - (c->resent < c->seen ? c->resent : c->seen);
}

static void count_half(struct row *row, const struct half *h)
{
    row->payload = h->payload;
    row->packets = h->packets;
    row->dsn_min = h->dsn_min;
    row->dsn_end = h->dsn_end;
    row->has_dsn = h->has_dsn;
    row->start_ns = h->start_ns;
    row->end_ns = h->end_ns;
    row->has_time = h->has_time;
}

static void add(struct row *sum, const struct row *row)
{
    sum->data += row->data;
    sum->payload += row->payload;
    sum->reinjected += row->reinjected;
    sum->retransmitted += row->retransmitted;
    sum->packets += row->packets;
    if (row->has_dsn) {
        if (!sum->has_dsn || (int64_t)(row->dsn_min - sum->dsn_min) < 0)
            sum->dsn_min = row->dsn_min;
        if (!sum->has_dsn || (int64_t)(row->dsn_end - sum->dsn_end) > 0)
            sum->dsn_end = row->dsn_end;
        sum->has_dsn = 1;
    }
    if (row->has_time) {
        if (!sum->has_time || row->start_ns < sum->start_ns)
            sum->start_ns = row->start_ns;
        if (!sum->has_time || row->end_ns > sum->end_ns)
            sum->end_ns = row->end_ns;
        sum->has_time = 1;
    }
}

static void put_share(trawl_builder *b, uint64_t part, uint64_t all)
{
    if (all)
        host->put_f64(b, 100.0 * (double)part / (double)all);
    else
        host->put_null(b);
}

/* stream NULL: the whole connection. */
static void put_row(trawl_builder *b, uint32_t id, const char *towards, const uint32_t *stream,
                    const struct row *row, const struct row *all)
{
    /* in a damaged capture they may be as far apart as 64 bits allow */
    int64_t duration = (int64_t)((uint64_t)row->end_ns - (uint64_t)row->start_ns);

    host->put_u64(b, id);
    host->put_text(b, towards);
    if (stream)
        host->put_u64(b, *stream);
    else
        host->put_null(b);
    host->put_u64(b, row->data);
    put_share(b, row->data, all->data);
    host->put_u64(b, row->payload);
    put_share(b, row->payload, all->payload);
    host->put_u64(b, row->reinjected);
    host->put_u64(b, row->retransmitted);
    host->put_u64(b, row->packets);
    if (row->has_time)
        host->put_i64(b, duration);
    else
        host->put_null(b);
    if (row->has_time && duration > 0)
        host->put_f64(b, (double)row->data * 1e9 / (double)duration);
    else
        host->put_null(b);
    if (row->has_dsn)
        host->put_u64(b, row->dsn_end - row->dsn_min);
    else
        host->put_null(b);
    host->end_row(b);
}

/* rows: two for each subflow, as model.subflows[].half. */
static void put_direction(trawl_builder *b, const struct model *m, uint32_t id, int to_client,
                          const struct row *rows)
{
    const struct connection *c = &m->connections[id];
    const char *towards = to_client ? "client" : "server";
    struct row all = {0};

    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            put_row(b, id, towards, NULL, &all, &all);
        for (uint32_t i = c->first; i != NONE32; i = m->subflows[i].next) {
            const struct subflow *s = &m->subflows[i];
            unsigned client = s->half[0].side == c->client_side ? 0 : 1;
            const struct row *row = &rows[(size_t)i * 2 + (to_client ? 1 - client : client)];

            if (pass)
                put_row(b, id, towards, &s->stream, row, &all);
            else
                add(&all, row);
        }
    }
}

static void fill(trawl_builder *b, const struct model *m, uint32_t id, const char *towards,
                 struct row *rows)
{
    for (size_t i = 0; i < m->n_subflows * 2; i++)
        count_half(&rows[i], &m->subflows[i / 2].half[i % 2]);
    for (size_t i = 0; i < m->n_carries; i++)
        count_carry(&rows[(size_t)m->carries[i].i_subflow * 2 + m->carries[i].direction],
                    &m->carries[i]);
    if (!towards || strcmp(towards, "server") == 0)
        put_direction(b, m, id, 0, rows);
    if (!towards || strcmp(towards, "client") == 0)
        put_direction(b, m, id, 1, rows);
}

int conn_summary(trawl_call *call, trawl_capture *capture, uint64_t id, const char *towards,
                 trawl_table **ret, trawl_error *err)
{
    struct model m = {0};
    struct row *rows = NULL;
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&m, call, packets, WANT_TOTALS | WANT_CARRIES, err);
    if (rc == TRAWL_OK && (id >= m.n_connections || m.connections[id].first == NONE32))
        rc = conn_no_connection(id, m.n_connections, err);
    if (rc == TRAWL_OK) {
        rows = host->alloc((m.n_subflows * 2 + 1) * sizeof(*rows));
        if (!rows)
            rc = host->fail(err, TRAWL_E_NOMEM, "could not sum up a connection: no memory");
    }
    if (rc == TRAWL_OK)
        rc = conn_begin_table(packets, conn_summary_columns, CONN_N_SUMMARY_COLUMNS, &b, err);
    if (rc == TRAWL_OK) {
        fill(b, &m, (uint32_t)id, towards, rows);
        rc = host->finish(b, ret, err);
    }
    host->free(rows);
    model_fini(&m);
    host->release(packets);
    return rc;
}
