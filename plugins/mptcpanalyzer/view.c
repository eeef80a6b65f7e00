/* The packets of TCP under mptcpanalyzer's column names, with where each goes: to the client or to
 * the server, of its subflow and of its MPTCP connection. Must not know files. */
#include <string.h>

#include "trawl/views.h"

#include "mptcpanalyzer.h"

static const struct {
    const char *name, *field;
} names[] = {
    {"packetid", "frame.number"},
    {"interface", "frame.interface_name"},
    {"reltime", "frame.time_relative"},
    {"time_delta", "frame.time_delta"},
    {"abstime", "frame.time_epoch"},
    {"ipsrc", "src"},
    {"ipdst", "dst"},
    {"sport", "tcp.srcport"},
    {"dport", "tcp.dstport"},
    {"tcpstream", "tcp.stream"},
    {"mptcpstream", "mptcp.stream"},
    {"rwnd", "tcp.window_size"},
    {"tcpflags", "tcp.flags"},
    {"tcpoptions", "tcp.option_kind"},
    {"tcpseq", "tcp.seq"},
    {"tcplen", "tcp.len"},
    {"tcpack", "tcp.ack"},
    {"tcptsval", "tcp.options.timestamp.tsval"},
    {"tcptsecr", "tcp.options.timestamp.tsecr"},
    {"expected_token", "mptcp.expected_token"},
    {"mptcpversion", "tcp.options.mptcp.version"},
    {"sendkey", "tcp.options.mptcp.sendkey"},
    {"recvkey", "tcp.options.mptcp.recvkey"},
    {"recvtok", "tcp.options.mptcp.recvtok"},
    {"datafin", "tcp.options.mptcp.datafin.flag"},
    {"subtype", "tcp.options.mptcp.subtype"},
    {"dss_dsn", "tcp.options.mptcp.rawdataseqno"},
    {"dss_rawack", "tcp.options.mptcp.rawdataack"},
    {"dss_ssn", "tcp.options.mptcp.subflowseqno"},
    {"dss_length", "tcp.options.mptcp.datalvllen"},
    {"addrid", "tcp.options.mptcp.addrid"},
    {"master", "mptcp.master"},
    {"dsnraw64", "mptcp.rawdsn64"},
    {"dack", "mptcp.ack"},
    {"dsn", "mptcp.dsn_relative"},
    {"related_mappings", "mptcp.related_mapping"},
    {"reinjection_of", "mptcp.reinjection_of"},
    {"reinjected_in", "mptcp.reinjected_in"},
};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

static const trawl_column destinations[] = {
    TRAWL_COLUMN(.name = "tcpdest", .type = TRAWL_STRING,
                 .help = "the end of the TCP connection that it goes to: Client or Server"),
    TRAWL_COLUMN(.name = "mptcpdest", .type = TRAWL_STRING,
                 .help = "the end of the MPTCP connection that it goes to: Client or Server"),
};

/* The fields that this build has: indices in `packets`, in the view's order. */
struct plan {
    size_t columns[N_NAMES];
    const char *shown[N_NAMES], *fields[N_NAMES];
    size_t n;
};

static void make_plan(const trawl_schema *packets, struct plan *ret)
{
    ret->n = 0;
    for (size_t i = 0; i < N_NAMES; i++) {
        const int64_t at = host->schema_find(packets, names[i].field);

        if (at < 0)
            continue;
        ret->columns[ret->n] = (size_t)at;
        ret->fields[ret->n] = names[i].field;
        ret->shown[ret->n++] = names[i].name;
    }
}

int view_schema(trawl_call *call, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *packets = NULL, *schema = host->schema_new(err);
    struct plan plan;
    int rc = schema ? host->columns_of(call, "packets", &packets, err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK)
        make_plan(packets, &plan);
    for (size_t i = 0; rc == TRAWL_OK && i < plan.n; i++) {
        trawl_column column = *host->schema_column(packets, plan.columns[i]);

        column.name = plan.shown[i];
        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = host->schema_add(schema, &column, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(destinations); i++)
        rc = host->schema_add(schema, &destinations[i], err);
    host->schema_free(packets);
    if (rc == TRAWL_OK)
        *ret = schema;
    else
        host->schema_free(schema);
    return rc;
}

/* ---- where packets go ---- */

/* A table with a row for each stream, and its client there. */
struct clients {
    trawl_table *table;
    trawl_view stream, client, port;
    uint32_t *row_of; /* by stream; UINT32_MAX: none */
    uint64_t n_streams;
};

static int clients_open(trawl_call *call, trawl_capture *capture, const char *table,
                        struct clients *c, trawl_error *err)
{
    const trawl_wanted columns[] = {
        {"stream", &c->stream, 0}, {"client", &c->client, 0}, {"client_port", &c->port, 0}};
    int rc = host->table(call, capture, table, &c->table, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_views(host, call, c->table, columns, TRAWL_COUNT(columns), err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t i = 0; i < c->stream.n_rows; i++)
        if (trawl_view_u64(&c->stream, i) >= c->n_streams)
            c->n_streams = trawl_view_u64(&c->stream, i) + 1;
    c->row_of = host->call_alloc(call, (c->n_streams + 1) * sizeof(*c->row_of));
    if (!c->row_of)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(c->row_of, 0xff, (c->n_streams + 1) * sizeof(*c->row_of));
    for (uint64_t i = 0; i < c->stream.n_rows; i++)
        c->row_of[trawl_view_u64(&c->stream, i)] = (uint32_t)i;
    return TRAWL_OK;
}

/* 'S': sent by the client of its stream; 'C': by the other side; 0: the stream is not there. */
static char goes_to(const struct clients *c, uint64_t stream, const trawl_view *src,
                    const trawl_view *port, uint64_t row)
{
    const uint32_t at = stream < c->n_streams ? c->row_of[stream] : UINT32_MAX;

    if (at == UINT32_MAX || !trawl_view_has(&c->client, at))
        return 0;
    /* all address columns of a capture have the same codes */
    return trawl_view_u64(&c->client, at) == trawl_view_u64(src, row) &&
                   trawl_view_u64(&c->port, at) == trawl_view_u64(port, row)
               ? 'S'
               : 'C';
}

/* The stream is a subflow of the connection. Packets without an option have no mptcp.stream. */
static int is_of(const struct clients *c, const trawl_view *id, uint64_t stream,
                 uint64_t connection)
{
    const uint32_t at = stream < c->n_streams ? c->row_of[stream] : UINT32_MAX;

    return at != UINT32_MAX && trawl_view_u64(id, at) == connection;
}

struct packets_views {
    trawl_view tcp, src, sport, syn;
    trawl_view id; /* of `subflows` */
};

static int open_views(trawl_call *call, trawl_table *packets, struct packets_views *v,
                      trawl_error *err)
{
    const trawl_wanted columns[] = {{"tcp.stream", &v->tcp, 0},
                                    {"src", &v->src, 0},
                                    {"sport", &v->sport, 0},
                                    {"tcp.flags.syn", &v->syn, 0}};

    return trawl_open_views(host, call, packets, columns, TRAWL_COUNT(columns), err);
}

static int is_wanted(const struct view_options *o, char dest)
{
    if (!o->destinations || !o->destinations->n)
        return 1;
    for (size_t i = 0; i < o->destinations->n; i++)
        if (o->destinations->items[i][0] == dest)
            return 1;
    return 0;
}

static void put_destination(trawl_builder *b, char dest)
{
    host->put_text(b, dest == 'S' ? "Server" : dest == 'C' ? "Client" : NULL);
}

/* The rows of the view, and their two columns; *ret_rows is call memory. */
static int choose(trawl_call *call, const struct view_options *o, trawl_capture *capture,
                  trawl_table *packets, trawl_builder *b, uint32_t **ret_rows, uint64_t *ret_n,
                  trawl_error *err)
{
    struct clients tcp = {0}, mptcp = {0};
    struct packets_views v;
    uint32_t *rows = host->call_alloc(call, (host->n_rows(packets) + 1) * sizeof(*rows));
    uint64_t n = 0;
    int rc = rows ? open_views(call, packets, &v, err)
                  : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc == TRAWL_OK)
        rc = clients_open(call, capture, "tcp", &tcp, err);
    if (rc == TRAWL_OK)
        rc = clients_open(call, capture, "subflows", &mptcp, err);
    v.id.size = sizeof(v.id);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, mptcp.table, "mptcp", &v.id, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < v.tcp.n_rows; row++) {
        const uint64_t stream = trawl_view_u64(&v.tcp, row);
        char to_tcp, to_mptcp;

        if (row % 65536 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (!trawl_view_has(&v.tcp, row) || (o->tcp_stream && stream != *o->tcp_stream) ||
            (o->mptcp_stream && !is_of(&mptcp, &v.id, stream, *o->mptcp_stream)) ||
            (o->drop_syn && trawl_view_u64(&v.syn, row)))
            continue;
        to_tcp = goes_to(&tcp, stream, &v.src, &v.sport, row);
        to_mptcp = goes_to(&mptcp, stream, &v.src, &v.sport, row);
        if (!is_wanted(o, o->mptcp_stream ? to_mptcp : to_tcp))
            continue;
        rows[n++] = (uint32_t)row;
        put_destination(b, to_tcp);
        put_destination(b, to_mptcp);
        host->end_row(b);
    }
    host->release(tcp.table);
    host->release(mptcp.table);
    *ret_rows = rows;
    *ret_n = n;
    return rc;
}

/* ---- the table ---- */

static int check_streams(trawl_call *call, const struct view_options *o, trawl_capture *capture,
                         trawl_error *err)
{
    const struct {
        const uint64_t *wanted;
        const char *table, *column, *what, *list;
    } checks[] = {{o->tcp_stream, "tcp", "stream", "TCP", "lt"},
                  {o->mptcp_stream, "mptcp", "id", "MPTCP", "lc"}};
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(checks); i++) {
        trawl_view v = {.size = sizeof(v)};
        trawl_table *table = NULL;
        uint64_t row = 0;

        if (!checks[i].wanted)
            continue;
        rc = host->table(call, capture, checks[i].table, &table, err);
        if (rc == TRAWL_OK)
            rc = host->view_named(call, table, checks[i].column, &v, err);
        while (rc == TRAWL_OK && row < v.n_rows && trawl_view_u64(&v, row) != *checks[i].wanted)
            row++;
        if (rc == TRAWL_OK && row == v.n_rows) {
            rc = host->fail(err, TRAWL_E_NOT_FOUND, "no %s connection '%llu'", checks[i].what,
                            (unsigned long long)*checks[i].wanted);
            host->hint(err, "'%s' lists the connections with their numbers.", checks[i].list);
        }
        host->release(table);
    }
    return rc;
}

/* Without what an ICMP error quotes: it is no packet of the connection. */
static int tcp_packets(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                       trawl_error *err)
{
    trawl_table *all = NULL;
    trawl_expr *expr = NULL;
    int rc = host->table(call, capture, "packets", &all, err);

    if (rc == TRAWL_OK)
        rc = host->expr_compile(call, "mptcp or tcp and not icmp and not icmpv6",
                                host->schema_of(all), &expr, err);
    if (rc == TRAWL_OK)
        rc = host->expr_select(call, expr, all, ret, err);
    host->release(all);
    return rc;
}

int view_build(trawl_call *call, const struct view_options *o, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(destinations, TRAWL_COUNT(destinations), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    trawl_table *packets = NULL, *rows_of = NULL, *renamed = NULL, *dests = NULL;
    trawl_capture *capture = NULL;
    uint32_t *rows = NULL;
    uint64_t n = 0;
    struct plan plan;
    int rc = b ? host->capture(call, o->capture, &capture, err) : TRAWL_E_NOMEM;

    host->schema_free(schema);
    if (rc == TRAWL_OK)
        rc = check_streams(call, o, capture, err);
    if (rc == TRAWL_OK)
        rc = tcp_packets(call, capture, &packets, err);
    if (rc == TRAWL_OK) {
        make_plan(host->schema_of(packets), &plan);
        rc = host->prefetch(call, packets, plan.fields, plan.n, err);
    }
    if (rc == TRAWL_OK)
        rc = choose(call, o, capture, packets, b, &rows, &n, err);
    if (rc == TRAWL_OK) {
        rc = host->finish(b, &dests, err);
        b = NULL;
    }
    if (rc == TRAWL_OK)
        rc = host->gather(call, packets, rows, n, &rows_of, err);
    if (rc == TRAWL_OK)
        rc = host->project(call, rows_of, plan.columns, plan.shown, plan.n, &renamed, err);
    if (rc == TRAWL_OK)
        rc = host->paste(call, renamed, dests, ret, err);
    if (b)
        host->builder_free(b);
    host->release(packets);
    host->release(rows_of);
    host->release(renamed);
    host->release(dests);
    return rc;
}
