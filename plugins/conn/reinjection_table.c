/* The table `reinjections`, and the command list_reinjections over it.
 * Knows nothing of how they are found. */
#include "reinjection_table.h"
#include "reinjection.h"
#include "tables.h"

#include <string.h>

#define ID TRAWL_COLUMN_ID
#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }

const trawl_column conn_reinjection_columns[] = {
    COL("packet", TRAWL_U32, ID, 0, NULL, "number of the packet that sends data again"),
    COL("time", TRAWL_TIME, 0, 4, NULL, "when it was captured"),
    COL("mptcp", TRAWL_U32, ID, 1, NULL, "number of the connection (mptcp.stream)"),
    COL("stream", TRAWL_U32, ID, 0, NULL, "its subflow (tcp.stream)"),
    COL("sender", TRAWL_STRING, 0, 1, NULL, "the client or the server of the MPTCP connection"),
    COL("originals", TRAWL_U32, ID | TRAWL_COLUMN_LIST, 0, NULL,
        "packets that sent some of it before on other subflows, the first one first"),
    COL("original_streams", TRAWL_U32, ID | TRAWL_COLUMN_LIST, 0, NULL,
        "subflow (tcp.stream) of each of them"),
    COL("dsn", TRAWL_U64, ID, 1, NULL,
        "data sequence number of the first byte, as mptcp_mappings has it"),
    COL("length", TRAWL_U32, 0, 0, "B", "bytes of data in the packet"),
    COL("seen", TRAWL_U32, 0, 1, "B", "of these, bytes that were sent before, on any subflow"),
    COL("delay", TRAWL_SPAN, 0, 1, NULL, "time since the first original"),
    COL("retransmission", TRAWL_BOOL, 0, 2, NULL,
        "some of it was sent before on this subflow too: TCP's retransmission, not a new copy"),
};
const trawl_column conn_reinjection_sums[] = {
    COL("mptcp", TRAWL_U32, ID, 0, NULL, "number of the connection (mptcp.stream)"),
    COL("sender", TRAWL_STRING, 0, 0, NULL, "the client or the server of the MPTCP connection"),
    COL("stream", TRAWL_U32, ID, 0, NULL, "subflow (tcp.stream) that sends again"),
    COL("packets", TRAWL_U64, 0, 0, NULL, "packets that carry data of other subflows"),
    COL("retransmissions", TRAWL_U64, 0, 1, NULL,
        "of these, packets whose data this subflow had sent before too"),
    COL("bytes", TRAWL_U64, 0, 0, "B", "bytes of data in these packets"),
    COL("seen", TRAWL_U64, 0, 0, "B", "of these, bytes that were sent before, on any subflow"),
    COL("share", TRAWL_F64, 0, 0, "%", "these, in all bytes of data that the subflow carried"),
};
_Static_assert(TRAWL_COUNT(conn_reinjection_columns) == CONN_N_REINJECTION_COLUMNS, "see conn.h");
_Static_assert(TRAWL_COUNT(conn_reinjection_sums) == CONN_N_REINJECTION_SUMS, "see conn.h");

/* ---- the table ---- */

static uint32_t stream_at(const trawl_view *streams, uint32_t row)
{
    return (uint32_t)trawl_view_u64(streams, row);
}

/* All data that one packet carries: carries [i, n). */
struct packet_data {
    size_t n;
    uint32_t length, seen;
    uint8_t retransmission;
};

static struct packet_data packet_at(const struct model *m, size_t i)
{
    struct packet_data d = {.n = i};

    for (; d.n < m->n_carries && m->carries[d.n].row == m->carries[i].row; d.n++) {
        d.length += m->carries[d.n].length;
        d.seen += m->carries[d.n].seen;
        d.retransmission |= m->carries[d.n].retransmission;
    }
    return d;
}

/* The row of the packet whose data begins with a carry and whose originals are items [0, n). */
static void put_again(trawl_builder *b, const struct model *m, const trawl_view *times,
                      const trawl_view *streams, const struct carry *c, const struct packet_data *d,
                      const struct again *items, size_t n)
{
    const struct subflow *s = &m->subflows[c->i_subflow];
    const struct connection *connection = &m->connections[s->connection];
    unsigned side = s->half[c->direction].side;
    int timed = trawl_view_has(times, c->row) && trawl_view_has(times, items[0].original);
    uint64_t now = trawl_view_u64(times, c->row);

    host->put_u64(b, (uint64_t)c->row + 1);
    if (trawl_view_has(times, c->row))
        host->put_i64(b, (int64_t)now);
    else
        host->put_null(b);
    host->put_u64(b, s->connection);
    host->put_u64(b, s->stream);
    host->put_text(b, side == connection->client_side ? "client" : "server");
    for (size_t i = 0; i < n; i++)
        host->put_u64(b, (uint64_t)items[i].original + 1);
    host->end_list(b);
    for (size_t i = 0; i < n; i++)
        host->put_u64(b, stream_at(streams, items[i].original));
    host->end_list(b);
    host->put_u64(b, model_relative(&connection->side[side], c->dsn));
    host->put_u64(b, d->length);
    host->put_u64(b, d->seen);
    if (timed)
        host->put_i64(b, (int64_t)(now - trawl_view_u64(times, items[0].original)));
    else
        host->put_null(b);
    host->put_u64(b, d->retransmission);
    host->end_row(b);
}

static void fill(trawl_builder *b, const struct model *m, const struct reinjections *r,
                 const trawl_view *times, const trawl_view *streams)
{
    size_t at = 0;

    for (size_t i = 0; i < m->n_carries;) {
        struct packet_data d = packet_at(m, i);
        size_t n = 0;

        while (at < r->n && r->items[at].row < m->carries[i].row)
            at++;
        while (at + n < r->n && r->items[at + n].row == m->carries[i].row)
            n++;
        if (n)
            put_again(b, m, times, streams, &m->carries[i], &d, r->items + at, n);
        i = d.n;
    }
}

int conn_build_reinjections(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                            trawl_error *err)
{
    struct model m = {0};
    struct reinjections r = {0};
    trawl_view times = {.size = sizeof(times)}, streams = {.size = sizeof(streams)};
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&m, call, packets, WANT_CARRIES, err);
    if (rc == TRAWL_OK && !reinjections_find(&m, &r))
        rc = host->fail(err, TRAWL_E_NOMEM, "could not find reinjections: no memory");
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "frame.time_epoch", &times, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "tcp.stream", &streams, err);
    if (rc == TRAWL_OK)
        rc = conn_begin_table(packets, conn_reinjection_columns, CONN_N_REINJECTION_COLUMNS, &b,
                              err);
    if (rc == TRAWL_OK) {
        fill(b, &m, &r, &times, &streams);
        rc = host->finish(b, ret, err);
    }
    reinjections_fini(&r);
    model_fini(&m);
    host->release(packets);
    return rc;
}

/* ---- list_reinjections ---- */

/* What one side reinjects on one subflow. */
struct sum {
    uint32_t connection, i_subflow;
    uint64_t packets, retransmissions, bytes, seen, all;
};

static void count_carries(const struct model *m, const struct reinjections *r, uint64_t id,
                          struct sum *sums)
{
    size_t at = 0;

    for (size_t i = 0; i < m->n_carries;) {
        const struct carry *c = &m->carries[i];
        struct sum *sum = &sums[(size_t)c->i_subflow * 2 + c->direction];
        struct packet_data d = packet_at(m, i);

        i = d.n;
        if (m->subflows[c->i_subflow].connection != id)
            continue;
        sum->all += d.length;
        while (at < r->n && r->items[at].row < c->row)
            at++;
        if (at == r->n || r->items[at].row != c->row)
            continue;
        sum->packets++;
        sum->retransmissions += d.retransmission;
        sum->bytes += d.length;
        sum->seen += d.seen;
    }
}

static void put_sums(trawl_builder *b, const struct model *m, uint32_t id, const struct sum *sums)
{
    const struct connection *c = &m->connections[id];

    for (unsigned of_server = 0; of_server < 2; of_server++) {
        for (uint32_t i = c->first; i != NONE32; i = m->subflows[i].next) {
            const struct subflow *s = &m->subflows[i];
            unsigned client = s->half[0].side == c->client_side ? 0 : 1;
            const struct sum *sum = &sums[(size_t)i * 2 + (of_server ? 1 - client : client)];

            host->put_u64(b, id);
            host->put_text(b, of_server ? "server" : "client");
            host->put_u64(b, s->stream);
            host->put_u64(b, sum->packets);
            host->put_u64(b, sum->retransmissions);
            host->put_u64(b, sum->bytes);
            host->put_u64(b, sum->seen);
            if (sum->all)
                host->put_f64(b, 100.0 * (double)sum->bytes / (double)sum->all);
            else
                host->put_null(b);
            host->end_row(b);
        }
    }
}

int conn_sum_reinjections(trawl_call *call, trawl_capture *capture, uint64_t id, trawl_table **ret,
                          trawl_error *err)
{
    struct model m = {0};
    struct reinjections r = {0};
    struct sum *sums = NULL;
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&m, call, packets, WANT_CARRIES, err);
    if (rc == TRAWL_OK && (id >= m.n_connections || m.connections[id].first == NONE32))
        rc = conn_no_connection(id, m.n_connections, err);
    if (rc == TRAWL_OK) {
        sums = host->alloc((m.n_subflows * 2 + 1) * sizeof(*sums));
        if (!sums || !reinjections_find(&m, &r))
            rc = host->fail(err, TRAWL_E_NOMEM, "could not count reinjections: no memory");
    }
    if (rc == TRAWL_OK)
        rc = conn_begin_table(packets, conn_reinjection_sums, CONN_N_REINJECTION_SUMS, &b, err);
    if (rc == TRAWL_OK) {
        count_carries(&m, &r, id, sums);
        put_sums(b, &m, (uint32_t)id, sums);
        rc = host->finish(b, ret, err);
    }
    host->free(sums);
    reinjections_fini(&r);
    model_fini(&m);
    host->release(packets);
    return rc;
}
