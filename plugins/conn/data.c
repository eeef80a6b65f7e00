/* The tables `mptcp_mappings` and `mptcp_acks`: what packets carry of the data of connections.
 * Knows nothing of how it is followed, only the model that holds it. */
#include "model.h"
#include "tables.h"

#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define DSS    "RFC 8684 section 3.3.1"
#define ACKS   "RFC 8684 section 3.3.2"
#define COL(name_, type_, flags_, priority_, unit_, help_, source_)                        \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_), .source = (source_)     \
    }
#define PLACE(sender_)                                                                         \
    COL("packet", TRAWL_U32, ID, 0, NULL, "number of the packet", NULL),                       \
        COL("time", TRAWL_TIME, 0, 3, NULL, "when it was captured", NULL),                     \
        COL("mptcp", TRAWL_U32, ID, 1, NULL, "number of the connection (mptcp.stream)", NULL), \
        COL("stream", TRAWL_U32, ID, 0, NULL, "number of the subflow (tcp.stream)", NULL),     \
        COL("sender", TRAWL_STRING, 0, 0, NULL, sender_, NULL)
#define RELATIVE                                                                             \
    ", relative to the initial number of its side; where the key of that is not known, the " \
    "first number seen is 1"

const trawl_column conn_mapping_columns[] = {
    PLACE("who sends: the client or the server of the MPTCP connection"),
    COL("dsn", TRAWL_U64, ID, 0, NULL,
        "data sequence number of the first byte that the packet carries" RELATIVE, DSS),
    COL("length", TRAWL_U32, 0, 0, "B",
        "bytes of the mapping that the packet carries; 0 where it brings the mapping alone, as "
        "that of a DATA_FIN",
        DSS),
    COL("end", TRAWL_U64, ID, 2, NULL, "the number after the last byte", DSS),
    COL("ssn", TRAWL_U32, ID, 3, NULL,
        "subflow sequence number of the first byte, relative to the subflow's SYN", DSS),
    COL("reinjection", TRAWL_BOOL, 0, 1, NULL,
        "some of the bytes were sent before on another subflow", NULL),
    COL("retransmission", TRAWL_BOOL, 0, 2, NULL,
        "some of the bytes were sent before on this subflow", NULL),
    COL("seen", TRAWL_U32, 0, 1, "B", "bytes that were sent before, on any subflow", NULL),
    COL("first_packet", TRAWL_U32, ID, 2, NULL,
        "packet that sent the first of these bytes first; none: all are new", NULL),
    COL("first_stream", TRAWL_U32, ID, 2, NULL, "its subflow (tcp.stream)", NULL),
    COL("fin", TRAWL_BOOL, 0, 2, NULL, "the mapping ends with a DATA_FIN",
        "RFC 8684 section 3.3.3"),
    COL("raw", TRAWL_U64, ID | HIDDEN, 9, NULL,
        "dsn as the sender counts it, all 64 bits as far as they are known", DSS),
    COL("map_packet", TRAWL_U32, ID | HIDDEN, 9, NULL,
        "packet that brought the mapping: an earlier one where a segment was cut", DSS),
    COL("map_dsn", TRAWL_U64, ID | HIDDEN, 9, NULL, "dsn where the mapping begins", DSS),
    COL("map_ssn", TRAWL_U32, ID | HIDDEN, 9, NULL, "ssn where the mapping begins", DSS),
    COL("map_length", TRAWL_U16, HIDDEN, 9, "B",
        "bytes that the mapping covers, without its DATA_FIN; 0: none, or without end (fallback)",
        DSS),
};
const trawl_column conn_ack_columns[] = {
    PLACE("who sends the ACK: the client or the server of the MPTCP connection"),
    COL("ack", TRAWL_U64, ID, 0, NULL, "the data sequence number that is expected next" RELATIVE,
        ACKS),
    COL("window", TRAWL_U32, 0, 0, "B",
        "receive window, scaled if the scale is known: it counts from the data ACK", ACKS),
    COL("edge", TRAWL_U64, ID, 1, NULL, "right edge of the window: ack + window", ACKS),
    COL("acked", TRAWL_U64, 0, 0, "B", "bytes that no data ACK before had covered", NULL),
    COL("raw", TRAWL_U64, ID | HIDDEN, 9, NULL,
        "ack as it is meant, all 64 bits as far as they are known", ACKS),
};
_Static_assert(TRAWL_COUNT(conn_mapping_columns) == CONN_N_MAPPING_COLUMNS, "see conn.h");
_Static_assert(TRAWL_COUNT(conn_ack_columns) == CONN_N_ACK_COLUMNS, "see conn.h");

/* packet, time, mptcp, stream, sender */
static void put_place(trawl_builder *b, const struct model *m, const trawl_view *times,
                      uint32_t row, uint32_t i_subflow, unsigned direction)
{
    const struct subflow *s = &m->subflows[i_subflow];
    const struct connection *c = &m->connections[s->connection];

    host->put_u64(b, (uint64_t)row + 1);
    if (trawl_view_has(times, row))
        host->put_i64(b, (int64_t)trawl_view_u64(times, row));
    else
        host->put_null(b);
    host->put_u64(b, s->connection);
    host->put_u64(b, s->stream);
    host->put_text(b, s->half[direction].side == c->client_side ? "client" : "server");
}

static const struct side *side_of(const struct model *m, uint32_t i_subflow, unsigned direction)
{
    const struct subflow *s = &m->subflows[i_subflow];

    return &m->connections[s->connection].side[s->half[direction].side];
}

static void put_row(trawl_builder *b, uint32_t row)
{
    if (row == NONE32)
        host->put_null(b);
    else
        host->put_u64(b, (uint64_t)row + 1);
}

static void put_carry(trawl_builder *b, const struct model *m, const trawl_view *times,
                      const struct carry *c)
{
    const struct side *side = side_of(m, c->i_subflow, c->direction);
    uint64_t dsn = model_relative(side, c->dsn);

    put_place(b, m, times, c->row, c->i_subflow, c->direction);
    host->put_u64(b, dsn);
    host->put_u64(b, c->length);
    host->put_u64(b, dsn + c->length);
    host->put_u64(b, c->ssn);
    host->put_u64(b, c->reinjection);
    host->put_u64(b, c->retransmission);
    host->put_u64(b, c->seen);
    put_row(b, c->first_row);
    if (c->first_flow == NONE32)
        host->put_null(b);
    else
        host->put_u64(b, m->subflows[c->first_flow].stream);
    host->put_u64(b, c->fin);
    host->put_u64(b, model_raw(side, c->dsn));
    put_row(b, c->map_row);
    host->put_u64(b, model_relative(side, c->map_dsn));
    host->put_u64(b, c->map_ssn);
    host->put_u64(b, c->map_length);
    host->end_row(b);
}

static void put_ack(trawl_builder *b, const struct model *m, const trawl_view *times,
                    const struct data_ack *a)
{
    const struct side *side = side_of(m, a->i_subflow, 1 - a->direction);
    uint64_t ack = model_relative(side, a->ack);

    put_place(b, m, times, a->row, a->i_subflow, a->direction);
    host->put_u64(b, ack);
    if (a->has_window) {
        host->put_u64(b, a->window);
        host->put_u64(b, ack + a->window);
    } else {
        host->put_null(b);
        host->put_null(b);
    }
    host->put_u64(b, a->acked);
    host->put_u64(b, model_raw(side, a->ack));
    host->end_row(b);
}

static void fill_mappings(trawl_builder *b, const struct model *m, const trawl_view *times)
{
    for (size_t i = 0; i < m->n_carries; i++)
        put_carry(b, m, times, &m->carries[i]);
}

static void fill_acks(trawl_builder *b, const struct model *m, const trawl_view *times)
{
    for (size_t i = 0; i < m->n_acks; i++)
        put_ack(b, m, times, &m->acks[i]);
}

static int build(trawl_call *call, trawl_capture *capture, unsigned wants,
                 const trawl_column *columns, uint32_t n,
                 void (*fill)(trawl_builder *b, const struct model *m, const trawl_view *times),
                 trawl_table **ret, trawl_error *err)
{
    struct model model = {0};
    trawl_view times = {.size = sizeof(times)};
    trawl_table *packets = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&model, call, packets, wants, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "frame.time_epoch", &times, err);
    if (rc == TRAWL_OK)
        rc = conn_begin_table(packets, columns, n, &b, err);
    if (rc == TRAWL_OK) {
        fill(b, &model, &times);
        rc = host->finish(b, ret, err);
    }
    model_fini(&model);
    host->release(packets);
    return rc;
}

int conn_build_mappings(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                        trawl_error *err)
{
    return build(call, capture, WANT_CARRIES, conn_mapping_columns, CONN_N_MAPPING_COLUMNS,
                 fill_mappings, ret, err);
}

int conn_build_acks(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    return build(call, capture, WANT_ACKS, conn_ack_columns, CONN_N_ACK_COLUMNS, fill_acks, ret,
                 err);
}
