/* One connection of the table `tcp`, a row for each side; and what each side transferred.
 * Knows nothing of how connections are found. */
#include <stdio.h>
#include <string.h>

#include "trawl/views.h"

#include "sequence.h"
#include "tcp.h"

/* ---- tcp ID ---- */

/* Columns of the connection itself, which both rows have; the others are sums of the sides'. */
static const char *const whole[] = {"stream", "state",    "history", "close",
                                    "start",  "duration", "rtt"};

/* The name of a side's column without its prefix; NULL: it is none. */
static const char *side_name(const char *column)
{
    if (strcmp(column, "client") == 0)
        return "address";
    return strncmp(column, "client_", 7) == 0 ? column + 7 : NULL;
}

trawl_schema *tcp_sides_schema(const trawl_schema *tcp, trawl_error *err)
{
    trawl_column sender = {.size = sizeof(sender),
                           .name = "sender",
                           .type = TRAWL_STRING,
                           .help = "whose packets these are: client or server"};
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? host->schema_add(schema, &sender, err) : TRAWL_E_NOMEM;

    for (size_t i = 0; rc == TRAWL_OK && i < host->schema_n(tcp); i++) {
        trawl_column column = *host->schema_column(tcp, i);
        const char *name = side_name(column.name);

        if (!name)
            continue;
        column.name = name;
        column.priority = column.flags & TRAWL_COLUMN_HIDDEN ? 2 : 0;
        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = host->schema_add(schema, &column, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(whole); i++) {
        trawl_column column = *host->schema_column(tcp, (size_t)host->schema_find(tcp, whole[i]));

        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        column.priority = 1;
        rc = host->schema_add(schema, &column, err);
    }
    if (rc == TRAWL_OK)
        return schema;
    host->schema_free(schema);
    return NULL;
}

static int put_cell(trawl_call *call, trawl_builder *b, trawl_table *tcp, const char *name,
                    uint64_t row, trawl_error *err)
{
    trawl_view v = {.size = sizeof(v)};
    int rc = host->view_named(call, tcp, name, &v, err);

    if (rc != TRAWL_OK)
        return rc;
    if (!trawl_view_has(&v, row)) {
        host->put_null(b);
    } else if (v.type == TRAWL_STRING) {
        size_t n;
        const uint8_t *text = trawl_view_text(&v, row, &n);

        host->put_value(b, text, n);
    } else if (v.type == TRAWL_IP) {
        const uint32_t code = (uint32_t)trawl_view_u64(&v, row);
        const uint8_t *address = v.addresses[code & 0x7fffffffu];

        host->put_value(b, code >> 31 ? address : address + 12, code >> 31 ? 16 : 4);
    } else if (v.type == TRAWL_SPAN || v.type == TRAWL_TIME) {
        host->put_i64(b, (int64_t)trawl_view_u64(&v, row));
    } else {
        host->put_u64(b, trawl_view_u64(&v, row));
    }
    return TRAWL_OK;
}

static int put_side(trawl_call *call, trawl_builder *b, trawl_table *tcp, uint64_t row, int server,
                    trawl_error *err)
{
    const trawl_schema *columns = host->schema_of(tcp);
    int rc = TRAWL_OK;

    host->put_text(b, server ? "server" : "client");
    for (size_t i = 0; rc == TRAWL_OK && i < host->schema_n(columns); i++) {
        const char *name = host->schema_column(columns, i)->name;
        char other[80];

        if (!side_name(name))
            continue;
        snprintf(other, sizeof(other), "server%s", name + 6);
        rc = put_cell(call, b, tcp, server ? other : name, row, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(whole); i++)
        rc = put_cell(call, b, tcp, whole[i], row, err);
    host->end_row(b);
    return rc;
}

int tcp_sides(trawl_call *call, trawl_table *tcp, uint64_t row, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = tcp_sides_schema(host->schema_of(tcp), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    int rc = b ? put_side(call, b, tcp, row, 0, err) : TRAWL_E_NOMEM;

    host->schema_free(schema);
    if (rc == TRAWL_OK)
        rc = put_side(call, b, tcp, row, 1, err);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

/* ---- tcp_summary ID ---- */

#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }
const trawl_column tcp_summary_columns[TCP_N_SUMMARY_COLUMNS] = {
    COL("stream", TRAWL_U32, TRAWL_COLUMN_ID, 2, NULL, "number of the connection (tcp.stream)"),
    COL("destination", TRAWL_STRING, 0, 0, NULL, "where it goes: server, then client"),
    COL("src", TRAWL_IP, 0, 1, NULL, "address that sends"),
    COL("sport", TRAWL_U16, TRAWL_COLUMN_ID, 2, NULL, "its port"),
    COL("dst", TRAWL_IP, 0, 1, NULL, "the other address"),
    COL("dport", TRAWL_U16, TRAWL_COLUMN_ID, 2, NULL, "the other port"),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets"),
    COL("transferred", TRAWL_U64, 0, 0, "B", "payload, retransmissions included"),
    COL("duration", TRAWL_SPAN, 0, 0, NULL, "from the direction's first packet to its last"),
    COL("throughput", TRAWL_F64, 0, 0, "B/s", "transferred over duration; none: in no time"),
    COL("unique", TRAWL_U64, 0, 0, "B", "payload, each byte once"),
    COL("goodput", TRAWL_F64, 0, 0, "B/s", "unique over duration"),
    COL("range", TRAWL_U64, 0, 1, "B",
        "from the lowest sequence number of payload to the highest, missing bytes included"),
    COL("share", TRAWL_F64, 0, 2, "%", "unique in transferred"),
};

/* What one direction sent. */
struct sum {
    uint64_t packets, payload, again;
    int64_t first, last;
    uint32_t low, high;
    int has_payload;
    struct sequence sequence;
};

struct rows {
    trawl_view stream, proto, quoted, reverse, time, seq, payload, flags;
};

static int rows_open(struct rows *rows, trawl_call *call, trawl_table *packets, trawl_error *err)
{
    const trawl_wanted of[] = {
        {"tcp.stream", &rows->stream, 0},     {"proto", &rows->proto, 0},
        {"quoted", &rows->quoted, 0},         {"reverse", &rows->reverse, 0},
        {"frame.time_epoch", &rows->time, 0}, {"tcp.seq_raw", &rows->seq, 0},
        {"tcp.len", &rows->payload, 0},       {"tcp.flags", &rows->flags, 0}};

    return trawl_open_views(host, call, packets, of, TRAWL_COUNT(of), err);
}

/* @return 0: no memory */
static int add_row(struct sum *s, struct pieces *pieces, const struct rows *rows, uint64_t r)
{
    const int64_t time = (int64_t)trawl_view_u64(&rows->time, r);
    const uint32_t len = (uint32_t)trawl_view_u64(&rows->payload, r);
    /* data on a SYN (RFC 7413) follows its number */
    const uint32_t seq = (uint32_t)trawl_view_u64(&rows->seq, r) +
                         (trawl_view_u64(&rows->flags, r) & 2 ? 1 : 0);
    int64_t again;
    int out_of_order;

    if (trawl_view_has(&rows->time, r)) {
        if (s->first == INT64_MIN || time < s->first)
            s->first = time;
        if (time > s->last)
            s->last = time;
    }
    s->packets++;
    if (!len)
        return 1;
    s->payload += len;
    if (!s->has_payload || (int32_t)(seq - s->low) < 0)
        s->low = seq;
    if (!s->has_payload || (int32_t)(seq + len - s->high) > 0)
        s->high = seq + len;
    s->has_payload = 1;
    again = sequence_send(pieces, &s->sequence, seq, len, 0, &out_of_order);
    s->again += again > 0 ? (uint64_t)again : 0;
    return again >= 0;
}

static void put_rate(trawl_builder *b, uint64_t bytes, int64_t ns)
{
    if (ns > 0)
        host->put_f64(b, (double)bytes / ((double)ns / 1e9));
    else
        host->put_null(b);
}

static int put_sum(trawl_call *call, trawl_builder *b, trawl_table *tcp, uint64_t row,
                   const struct sum *s, int from_server, trawl_error *err)
{
    static const char *const names[2][4] = {{"client", "client_port", "server", "server_port"},
                                            {"server", "server_port", "client", "client_port"}};
    const int64_t ns = s->first == INT64_MIN ? 0 : ns_between(s->first, s->last);
    const uint64_t unique = s->payload - s->again;
    int rc = put_cell(call, b, tcp, "stream", row, err);

    host->put_text(b, from_server ? "client" : "server");
    for (int i = 0; rc == TRAWL_OK && i < 4; i++)
        rc = put_cell(call, b, tcp, names[from_server][i], row, err);
    host->put_u64(b, s->packets);
    host->put_u64(b, s->payload);
    host->put_i64(b, ns);
    put_rate(b, s->payload, ns);
    host->put_u64(b, unique);
    put_rate(b, unique, ns);
    host->put_u64(b, s->high - s->low);
    if (s->payload)
        host->put_f64(b, 100.0 * (double)unique / (double)s->payload);
    else
        host->put_null(b);
    host->end_row(b);
    return rc;
}

/* The two directions; [0] is that of the first packet. */
static int sum_up(trawl_call *call, const struct rows *rows, uint64_t stream, struct sum sums[2],
                  uint64_t *ret_first, trawl_error *err)
{
    struct pieces pieces = {.realloc = host->realloc};
    int rc = TRAWL_OK;

    *ret_first = UINT64_MAX;
    for (int i = 0; i < 2; i++)
        sums[i].first = sums[i].last = INT64_MIN;
    for (uint64_t r = 0; rc == TRAWL_OK && r < rows->stream.n_rows; r++) {
        if ((r & 0xffff) == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (!trawl_view_has(&rows->stream, r) || trawl_view_u64(&rows->stream, r) != stream ||
            trawl_view_u64(&rows->proto, r) != 6 || trawl_view_u64(&rows->quoted, r))
            continue;
        if (*ret_first == UINT64_MAX)
            *ret_first = r;
        if (!add_row(&sums[trawl_view_u64(&rows->reverse, r) != 0], &pieces, rows, r))
            rc = host->fail(err, TRAWL_E_NOMEM, "could not follow TCP connections: no memory");
    }
    host->free(pieces.items);
    return rc;
}

/* Which direction the client's is: that with the packets that `tcp` counts as its. */
static int client_direction(trawl_call *call, trawl_table *packets, trawl_table *tcp, uint64_t row,
                            uint64_t first, unsigned *ret, trawl_error *err)
{
    trawl_view v[4] = {{.size = sizeof(trawl_view)},
                       {.size = sizeof(trawl_view)},
                       {.size = sizeof(trawl_view)},
                       {.size = sizeof(trawl_view)}};
    int rc = host->view_named(call, packets, "src", &v[0], err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "sport", &v[1], err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, tcp, "client", &v[2], err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, tcp, "client_port", &v[3], err);
    if (rc == TRAWL_OK)
        *ret = trawl_view_u64(&v[0], first) != trawl_view_u64(&v[2], row) ||
               trawl_view_u64(&v[1], first) != trawl_view_u64(&v[3], row);
    return rc;
}

int tcp_summary(trawl_call *call, trawl_capture *capture, trawl_table *tcp, uint64_t row,
                trawl_table **ret, trawl_error *err)
{
    trawl_table *packets = NULL;
    trawl_view streams = {.size = sizeof(streams)};
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    struct sum sums[2];
    struct rows rows;
    uint64_t first = 0;
    unsigned client = 0;
    int rc = host->table(call, capture, "packets", &packets, err);

    memset(sums, 0, sizeof(sums));
    if (rc == TRAWL_OK)
        rc = rows_open(&rows, call, packets, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, tcp, "stream", &streams, err);
    if (rc == TRAWL_OK)
        rc = sum_up(call, &rows, trawl_view_u64(&streams, row), sums, &first, err);
    if (rc == TRAWL_OK)
        rc = client_direction(call, packets, tcp, row, first, &client, err);
    host->release(packets);
    if (rc != TRAWL_OK)
        return rc;
    schema = host->schema_from(tcp_summary_columns, TCP_N_SUMMARY_COLUMNS, err);
    b = schema ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    rc = put_sum(call, b, tcp, row, &sums[client], 0, err);
    if (rc == TRAWL_OK)
        rc = put_sum(call, b, tcp, row, &sums[client ^ 1], 1, err);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}
