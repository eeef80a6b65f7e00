/* The table `tcptrace`: the counters of each side of each connection, a row a side; and those of
 * one connection side by side. Knows nothing of how they are counted. */
#include "trawl/views.h"

#include "trace_table.h"

#include <math.h>
#include <string.h>

#define COL(name_, type_, unit_, help_)                                                \
    {                                                                                  \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .priority = 1, \
        .unit = (unit_), .help = (help_)                                               \
    }
enum {
    BATCH = 1 << 16, /* connections that are followed at a time */
    N_KEYS = 6
};

/* As tcptrace calls them. */
static const char *const labels[N_COUNTERS] = {
    [T_PACKETS] = "total packets",
    [T_RESETS] = "resets sent",
    [T_ACKS] = "ack pkts sent",
    [T_PURE_ACKS] = "pure acks sent",
    [T_SACKS] = "sack pkts sent",
    [T_DSACKS] = "dsack pkts sent",
    [T_MOST_SACKS] = "max sack blks/ack",
    [T_UNIQUE_BYTES] = "unique bytes sent",
    [T_DATA_PACKETS] = "actual data pkts",
    [T_DATA_BYTES] = "actual data bytes",
    [T_AGAIN_PACKETS] = "rexmt data pkts",
    [T_AGAIN_BYTES] = "rexmt data bytes",
    [T_PROBES] = "zwnd probe pkts",
    [T_PROBE_BYTES] = "zwnd probe bytes",
    [T_OUT_OF_ORDER] = "outoforder pkts",
    [T_PUSHED] = "pushed data pkts",
    [T_SYNS] = "SYN pkts sent",
    [T_FINS] = "FIN pkts sent",
    [T_ASKED_SCALE] = "req 1323 ws",
    [T_ASKED_STAMPS] = "req 1323 ts",
    [T_SCALE] = "adv wind scale",
    [T_ASKED_SACK] = "req sack",
    [T_SACKS_SENT] = "sacks sent",
    [T_URGENT_PACKETS] = "urgent data pkts",
    [T_URGENT_BYTES] = "urgent data bytes",
    [T_MSS] = "mss requested",
    [T_LARGEST] = "max segm size",
    [T_SMALLEST] = "min segm size",
    [T_AVERAGE] = "avg segm size",
    [T_WINDOW_MOST] = "max win adv",
    [T_WINDOW_LEAST] = "min win adv",
    [T_WINDOWS_ZERO] = "zero win adv",
    [T_WINDOW_AVERAGE] = "avg win adv",
    [T_INITIAL_BYTES] = "initial window",
    [T_INITIAL_PACKETS] = "initial window pkts",
    [T_LENGTH] = "ttl stream length",
    [T_MISSED] = "missed data",
    [T_CUT_BYTES] = "truncated data",
    [T_CUT_PACKETS] = "truncated packets",
    [T_DATA_TIME] = "data xmit time",
    [T_IDLE] = "idletime max",
    [T_THROUGHPUT] = "throughput",
    [T_RTT_N] = "RTT samples",
    [T_RTT_MIN] = "RTT min",
    [T_RTT_MAX] = "RTT max",
    [T_RTT_AVG] = "RTT avg",
    [T_RTT_STDEV] = "RTT stdev",
    [T_RTT_HANDSHAKE] = "RTT from 3WHS",
    [T_FULL_N] = "RTT full_sz smpls",
    [T_FULL_MIN] = "RTT full_sz min",
    [T_FULL_MAX] = "RTT full_sz max",
    [T_FULL_AVG] = "RTT full_sz avg",
    [T_FULL_STDEV] = "RTT full_sz stdev",
    [T_POST_LOSS] = "post-loss acks",
    [T_AMBIGUOUS] = "ambiguous acks",
    [T_LAST_MIN] = "RTT min (last)",
    [T_LAST_MAX] = "RTT max (last)",
    [T_LAST_AVG] = "RTT avg (last)",
    [T_LAST_STDEV] = "RTT sdv (last)",
    [T_CUMULATIVE] = "segs cum acked",
    [T_DUPLICATES] = "duplicate acks",
    [T_TRIPLE] = "triple dupacks",
    [T_MOST_AGAIN] = "max # retrans",
    [T_AGAIN_MIN] = "min retr time",
    [T_AGAIN_MAX] = "max retr time",
    [T_AGAIN_AVG] = "avg retr time",
    [T_AGAIN_STDEV] = "sdv retr time",
};

#define COUNTER(i) [N_KEYS + (i)]
const trawl_column tcp_trace_columns[TCP_N_TRACE_COLUMNS] = {
    {.size = sizeof(trawl_column),
     .name = "stream",
     .type = TRAWL_U32,
     .flags = TRAWL_COLUMN_ID,
     .help = "number of the connection (tcp.stream)"},
    {.size = sizeof(trawl_column),
     .name = "sender",
     .type = TRAWL_STRING,
     .help = "side that is counted: client or server"},
    {.size = sizeof(trawl_column), .name = "src", .type = TRAWL_IP, .help = "its address"},
    {.size = sizeof(trawl_column),
     .name = "sport",
     .type = TRAWL_U16,
     .flags = TRAWL_COLUMN_ID,
     .help = "its port"},
    {.size = sizeof(trawl_column), .name = "dst", .type = TRAWL_IP, .help = "the other address"},
    {.size = sizeof(trawl_column),
     .name = "dport",
     .type = TRAWL_U16,
     .flags = TRAWL_COLUMN_ID,
     .help = "the other port"},
    COUNTER(T_PACKETS) = COL("total_packets", TRAWL_U64, NULL, "packets"),
    COUNTER(T_RESETS) = COL("resets_sent", TRAWL_U64, NULL, "packets with RST"),
    COUNTER(T_ACKS) = COL("ack_pkts_sent", TRAWL_U64, NULL, "packets with ACK"),
    COUNTER(T_PURE_ACKS) = COL("pure_acks_sent", TRAWL_U64, NULL,
                               "of them, those with nothing else"),
    COUNTER(T_SACKS) = COL("sack_pkts_sent", TRAWL_U64, NULL,
                           "ACKs with selective acknowledgements"),
    COUNTER(T_DSACKS) = COL("dsack_pkts_sent", TRAWL_U64, NULL,
                            "of them, those that say again what is acknowledged (RFC 2883)"),
    COUNTER(T_MOST_SACKS) = COL("max_sack_blks_ack", TRAWL_U64, NULL, "most blocks in one ACK"),
    COUNTER(T_UNIQUE_BYTES) = COL("unique_bytes_sent", TRAWL_U64, "B", "payload, each byte once"),
    COUNTER(T_DATA_PACKETS) = COL("actual_data_pkts", TRAWL_U64, NULL, "packets with payload"),
    COUNTER(T_DATA_BYTES) = COL("actual_data_bytes", TRAWL_U64, "B",
                                "payload, retransmissions included"),
    COUNTER(T_AGAIN_PACKETS) = COL("rexmt_data_pkts", TRAWL_U64, NULL, "packets that send again"),
    COUNTER(T_AGAIN_BYTES) = COL("rexmt_data_bytes", TRAWL_U64, "B",
                                 "what they send again; a SYN or FIN is a byte"),
    COUNTER(T_PROBES) = COL("zwnd_probe_pkts", TRAWL_U64, NULL, "packets sent into a window of 0"),
    COUNTER(T_PROBE_BYTES) = COL("zwnd_probe_bytes", TRAWL_U64, "B", "their payload"),
    COUNTER(T_OUT_OF_ORDER) = COL("outoforder_pkts", TRAWL_U64, NULL,
                                  "packets that come after later ones"),
    COUNTER(T_PUSHED) = COL("pushed_data_pkts", TRAWL_U64, NULL, "packets with payload and PSH"),
    COUNTER(T_SYNS) = COL("syn_pkts_sent", TRAWL_U64, NULL, "packets with SYN"),
    COUNTER(T_FINS) = COL("fin_pkts_sent", TRAWL_U64, NULL, "packets with FIN"),
    COUNTER(T_ASKED_SCALE) = COL("req_1323_ws", TRAWL_BOOL, NULL,
                                 "asked for window scaling (RFC 7323 section 2)"),
    COUNTER(T_ASKED_STAMPS) = COL("req_1323_ts", TRAWL_BOOL, NULL,
                                  "sent time stamps (RFC 7323 section 3)"),
    COUNTER(T_SCALE) = COL("adv_wind_scale", TRAWL_U64, NULL,
                           "bits that its windows are shifted by"),
    COUNTER(T_ASKED_SACK) = COL("req_sack", TRAWL_BOOL, NULL,
                                "asked for selective acknowledgements (RFC 2018)"),
    COUNTER(T_SACKS_SENT) = COL("sacks_sent", TRAWL_U64, NULL, "ACKs with them"),
    COUNTER(T_URGENT_PACKETS) = COL("urgent_data_pkts", TRAWL_U64, NULL,
                                    "packets with payload and URG"),
    COUNTER(T_URGENT_BYTES) = COL("urgent_data_bytes", TRAWL_U64, "B",
                                  "their urgent pointers together"),
    COUNTER(T_MSS) = COL("mss_requested", TRAWL_U64, "B", "maximum segment size that it announced"),
    COUNTER(T_LARGEST) = COL("max_segm_size", TRAWL_U64, "B", "largest payload"),
    COUNTER(T_SMALLEST) = COL("min_segm_size", TRAWL_U64, "B", "smallest payload"),
    COUNTER(T_AVERAGE) = COL("avg_segm_size", TRAWL_F64, "B", "mean payload"),
    COUNTER(T_WINDOW_MOST) = COL("max_win_adv", TRAWL_U64, "B", "largest window"),
    COUNTER(T_WINDOW_LEAST) = COL("min_win_adv", TRAWL_U64, "B", "smallest window above 0"),
    COUNTER(T_WINDOWS_ZERO) = COL("zero_win_adv", TRAWL_U64, NULL, "windows of 0"),
    COUNTER(T_WINDOW_AVERAGE) = COL("avg_win_adv", TRAWL_U64, "B", "mean window, rounded down"),
    COUNTER(T_INITIAL_BYTES) = COL("initial_window", TRAWL_U64, "B",
                                   "payload before the first was acknowledged"),
    COUNTER(T_INITIAL_PACKETS) = COL("initial_window_pkts", TRAWL_U64, NULL, "its packets"),
    COUNTER(T_LENGTH) = COL("ttl_stream_length", TRAWL_U64, "B",
                            "bytes between SYN and FIN; none: one of them was not seen"),
    COUNTER(T_MISSED) = COL("missed_data", TRAWL_I64, "B",
                            "of them, those that are not in the capture"),
    COUNTER(T_CUT_BYTES) = COL("truncated_data", TRAWL_U64, "B",
                               "payload that was cut off when captured"),
    COUNTER(T_CUT_PACKETS) = COL("truncated_packets", TRAWL_U64, NULL, "packets that were"),
    COUNTER(T_DATA_TIME) = COL("data_xmit_time", TRAWL_F64, "s",
                               "from the first packet with payload to the last"),
    COUNTER(T_IDLE) = COL("idletime_max", TRAWL_F64, "ms", "longest time without a packet"),
    COUNTER(T_THROUGHPUT) = COL("throughput", TRAWL_F64, "B/s",
                                "unique bytes over the connection's duration"),
    COUNTER(T_RTT_N) = COL("rtt_samples", TRAWL_U64, NULL, "segments whose ACK can be timed"),
    COUNTER(T_RTT_MIN) = COL("rtt_min", TRAWL_F64, "ms", "shortest time"),
    COUNTER(T_RTT_MAX) = COL("rtt_max", TRAWL_F64, "ms", "longest time"),
    COUNTER(T_RTT_AVG) = COL("rtt_avg", TRAWL_F64, "ms", "mean"),
    COUNTER(T_RTT_STDEV) = COL("rtt_stdev", TRAWL_F64, "ms",
                               "standard deviation, 0 below three samples"),
    COUNTER(T_RTT_HANDSHAKE) = COL("rtt_from_3whs", TRAWL_F64, "ms", "time of the SYN's ACK"),
    COUNTER(T_FULL_N) = COL(
        "rtt_full_sz_smpls", TRAWL_U64, NULL,
        "samples of segments of the largest size; one byte, SYN or FIN is the largest of all"),
    COUNTER(T_FULL_MIN) = COL("rtt_full_sz_min", TRAWL_F64, "ms", "shortest of these"),
    COUNTER(T_FULL_MAX) = COL("rtt_full_sz_max", TRAWL_F64, "ms", "longest of these"),
    COUNTER(T_FULL_AVG) = COL("rtt_full_sz_avg", TRAWL_F64, "ms", "mean of these"),
    COUNTER(T_FULL_STDEV) = COL("rtt_full_sz_stdev", TRAWL_F64, "ms", "their standard deviation"),
    COUNTER(T_POST_LOSS) = COL("post_loss_acks", TRAWL_U64, NULL,
                               "ACKs of segments that waited for one sent later"),
    COUNTER(T_AMBIGUOUS) = COL("ambiguous_acks", TRAWL_U64, NULL,
                               "ACKs of segments that were sent more than once"),
    COUNTER(T_LAST_MIN) = COL("rtt_min_last", TRAWL_F64, "ms",
                              "shortest time since the last of these"),
    COUNTER(T_LAST_MAX) = COL("rtt_max_last", TRAWL_F64, "ms", "longest time since then"),
    COUNTER(T_LAST_AVG) = COL("rtt_avg_last", TRAWL_F64, "ms", "mean of it"),
    COUNTER(T_LAST_STDEV) = COL("rtt_sdv_last", TRAWL_F64, "ms", "its standard deviation"),
    COUNTER(T_CUMULATIVE) = COL("segs_cum_acked", TRAWL_U64, NULL,
                                "segments acknowledged along with later ones"),
    COUNTER(T_DUPLICATES) = COL("duplicate_acks", TRAWL_U64, NULL, "ACKs that say nothing new"),
    COUNTER(T_TRIPLE) = COL("triple_dupacks", TRAWL_U64, NULL,
                            "third ones of these, without payload"),
    COUNTER(T_MOST_AGAIN) = COL("max_n_retrans", TRAWL_U64, NULL,
                                "most times that a segment was sent again"),
    COUNTER(T_AGAIN_MIN) = COL("min_retr_time", TRAWL_F64, "ms",
                               "shortest time to a retransmission"),
    COUNTER(T_AGAIN_MAX) = COL("max_retr_time", TRAWL_F64, "ms", "longest time"),
    COUNTER(T_AGAIN_AVG) = COL("avg_retr_time", TRAWL_F64, "ms", "mean"),
    COUNTER(T_AGAIN_STDEV) = COL("sdv_retr_time", TRAWL_F64, "ms", "standard deviation"),
};
_Static_assert(TCP_N_TRACE_COLUMNS == N_KEYS + N_COUNTERS, "see trace_table.h");

static const trawl_column side_columns[] = {
    {.size = sizeof(trawl_column),
     .name = "counter",
     .type = TRAWL_STRING,
     .help = "as tcptrace calls it"},
    {.size = sizeof(trawl_column),
     .name = "client",
     .type = TRAWL_F64,
     .flags = TRAWL_COLUMN_MIXED,
     .help = "of what the client sent; none: not known"},
    {.size = sizeof(trawl_column),
     .name = "server",
     .type = TRAWL_F64,
     .flags = TRAWL_COLUMN_MIXED,
     .help = "of what the server sent"},
    {.size = sizeof(trawl_column),
     .name = "unit",
     .type = TRAWL_STRING,
     .priority = 1,
     .help = "of both"},
};

trawl_schema *tcp_trace_schema(int of_one, trawl_error *err)
{
    return of_one ? host->schema_from(side_columns, TRAWL_COUNT(side_columns), err)
                  : host->schema_from(tcp_trace_columns, TCP_N_TRACE_COLUMNS, err);
}

/* ---- what both need ---- */

/* The connections, and which side of each is the client. */
struct source {
    trawl_table *packets, *tcp;
    trawl_view streams, clients, client_ports, servers, server_ports;
    trawl_view src, sport;
};

static void source_close(struct source *s)
{
    host->release(s->packets);
    host->release(s->tcp);
}

static int source_open(struct source *s, trawl_call *call, trawl_capture *capture, trawl_error *err)
{
    const trawl_wanted of_tcp[] = {{"stream", &s->streams, 0},
                                   {"client", &s->clients, 0},
                                   {"client_port", &s->client_ports, 0},
                                   {"server", &s->servers, 0},
                                   {"server_port", &s->server_ports, 0}};
    int rc;

    memset(s, 0, sizeof(*s));
    rc = host->table(call, capture, "packets", &s->packets, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "tcp", &s->tcp, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_views(host, call, s->tcp, of_tcp, TRAWL_COUNT(of_tcp), err);
    s->src.size = s->sport.size = sizeof(trawl_view);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, s->packets, "src", &s->src, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, s->packets, "sport", &s->sport, err);
    return rc;
}

/* The side of a trace that is the client of row i of tcp. */
static unsigned client_of(const struct source *s, const struct trace *t, uint64_t i)
{
    return trawl_view_u64(&s->src, t->first_row) != trawl_view_u64(&s->clients, i) ||
           trawl_view_u64(&s->sport, t->first_row) != trawl_view_u64(&s->client_ports, i);
}

/* ---- all connections ---- */

/* In the unit that tcptrace prints it in. */
static double in_unit(size_t i, double value)
{
    const char *unit = tcp_trace_columns[N_KEYS + i].unit;

    if (!unit)
        return value;
    return strcmp(unit, "ms") == 0 ? value / 1e6 : strcmp(unit, "s") == 0 ? value / 1e9 : value;
}

static void put_value(trawl_builder *b, size_t i, double v)
{
    const trawl_type type = tcp_trace_columns[N_KEYS + i].type;

    if (isnan(v))
        host->put_null(b);
    else if (type == TRAWL_F64)
        host->put_f64(b, in_unit(i, v));
    else if (type == TRAWL_I64)
        host->put_i64(b, (int64_t)v);
    else
        host->put_u64(b, (uint64_t)v);
}

static void put_row(trawl_builder *b, const struct source *s, uint64_t i, const struct trace *t,
                    int server, int64_t end)
{
    const trawl_view *from[2] = {&s->clients, &s->servers};
    const trawl_view *ports[2] = {&s->client_ports, &s->server_ports};
    double values[N_COUNTERS];

    trace_values(t, client_of(s, t, i) ^ (unsigned)server, end, values);
    host->put_u64(b, trawl_view_u64(&s->streams, i));
    host->put_text(b, server ? "server" : "client");
    host->put_code(b, (uint32_t)trawl_view_u64(from[server], i));
    host->put_u64(b, trawl_view_u64(ports[server], i));
    host->put_code(b, (uint32_t)trawl_view_u64(from[!server], i));
    host->put_u64(b, trawl_view_u64(ports[!server], i));
    for (size_t k = 0; k < N_COUNTERS; k++)
        put_value(b, k, values[k]);
    host->end_row(b);
}

/* The rows of tcp from *at on whose streams are below `until`. */
static void put_batch(trawl_builder *b, const struct source *s, uint64_t *at, uint32_t first,
                      uint32_t until, const struct trace *traces, int64_t end)
{
    for (; *at < s->streams.n_rows && trawl_view_u64(&s->streams, *at) < until; ++*at) {
        const struct trace *t = &traces[trawl_view_u64(&s->streams, *at) - first];

        if (!t->has_packets)
            continue;
        put_row(b, s, *at, t, 0, end);
        put_row(b, s, *at, t, 1, end);
    }
}

int tcp_trace_build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    struct source s;
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    uint64_t at = 0, n = 0;
    int rc = source_open(&s, call, capture, err);

    if (rc == TRAWL_OK) {
        schema = tcp_trace_schema(0, err);
        b = schema ? host->builder_new(schema, err) : NULL;
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
        host->schema_free(schema);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < N_KEYS; i++) {
        if (tcp_trace_columns[i].type == TRAWL_IP)
            rc = host->builder_share(
                b, i, s.packets, (size_t)host->schema_find(host->schema_of(s.packets), "src"), err);
    }
    if (rc == TRAWL_OK && s.streams.n_rows)
        n = trawl_view_u64(&s.streams, s.streams.n_rows - 1) + 1;
    for (uint64_t first = 0; rc == TRAWL_OK && first < n; first += BATCH) {
        const uint32_t some = (uint32_t)(n - first < BATCH ? n - first : BATCH);
        struct trace *traces = NULL;
        int64_t end = 0;

        rc = trace_connections(call, s.packets, (uint32_t)first, some, -1, &traces, &end, err);
        if (rc == TRAWL_OK)
            put_batch(b, &s, &at, (uint32_t)first, (uint32_t)first + some, traces, end);
        host->free(traces);
    }
    source_close(&s);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    return host->finish(b, ret, err);
}

/* ---- one connection ---- */

static void put_counter(trawl_builder *b, size_t i, const double values[2][N_COUNTERS])
{
    host->put_text(b, labels[i]);
    for (int k = 0; k < 2; k++) {
        if (isnan(values[k][i]))
            host->put_null(b);
        else
            host->put_f64(b, in_unit(i, values[k][i]));
    }
    host->put_text(b, tcp_trace_columns[N_KEYS + i].unit);
    host->end_row(b);
}

static int put_sides(const struct source *s, uint64_t i, const struct trace *t, int64_t end,
                     trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = tcp_trace_schema(1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    double values[2][N_COUNTERS];
    const unsigned client = client_of(s, t, i);

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    trace_values(t, client, end, values[0]);
    trace_values(t, client ^ 1, end, values[1]);
    for (size_t k = 0; k < N_COUNTERS; k++)
        put_counter(b, k, (const double(*)[N_COUNTERS])values);
    return host->finish(b, ret, err);
}

int tcp_trace_one(trawl_call *call, trawl_capture *capture, uint64_t i_row, uint64_t stream,
                  trawl_table **ret, trawl_error *err)
{
    struct trace *trace = NULL;
    struct source s;
    int64_t end = 0;
    int rc = source_open(&s, call, capture, err);

    if (rc == TRAWL_OK)
        rc = trace_connections(call, s.packets, (uint32_t)stream, 1, (int64_t)stream, &trace, &end,
                               err);
    if (rc == TRAWL_OK)
        rc = put_sides(&s, i_row, trace, end, ret, err);
    host->free(trace);
    source_close(&s);
    return rc;
}
