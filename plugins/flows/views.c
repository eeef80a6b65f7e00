/* trawl's view keeps times and spans as such; NFStream's has whole milliseconds and its own names.
 * Knows nothing of how flows are found. */
#include "views.h"

#include <stdio.h>
#include <string.h>

#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define LIST   TRAWL_COLUMN_LIST
#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }

/* Places of the columns of flows_columns. */
enum {
    C_ID,
    C_EXPIRY,
    C_SRC,
    C_SPORT,
    C_DST,
    C_DPORT,
    C_PROTOCOL,
    C_VLAN,
    C_START,
    C_DURATION,
    C_PACKETS,
    C_BYTES,
    C_SRC_PACKETS,
    C_SRC_BYTES,
    C_DST_PACKETS,
    C_DST_BYTES,
    C_TUNNEL,
    C_PROTO,
    C_IP_VERSION,
    C_END,
    C_SRC_DURATION,
    C_DST_START,
    C_DST_DURATION,
    C_FIRST,
    C_LAST,
};

const trawl_column flows_columns[FLOWS_N_COLUMNS] = {
    [C_ID] = COL("id", TRAWL_U32, ID, 2, NULL, "number of the flow, in order of expiration"),
    [C_EXPIRY] = COL(
        "expiry", TRAWL_STRING, 0, 2, NULL,
        "why it ended: idle, active (too long), end (of the capture), custom (a metric ended it)"),
    [C_SRC] = COL("src", TRAWL_IP, 0, 0, NULL, "source of the flow's first packet"),
    [C_SPORT] = COL("sport", TRAWL_U16, ID, 1, NULL, "its port (0 but for TCP and UDP)"),
    [C_DST] = COL("dst", TRAWL_IP, 0, 0, NULL, "destination of the flow's first packet"),
    [C_DPORT] = COL("dport", TRAWL_U16, ID, 0, NULL, "its port (0 but for TCP and UDP)"),
    [C_PROTOCOL] = COL("protocol", TRAWL_STRING, 0, 0, NULL, "name of the protocol above IP"),
    [C_VLAN] = COL("vlan", TRAWL_U16, ID, 4, NULL, "VLAN of its packets, innermost tag"),
    [C_START] = COL("start", TRAWL_TIME, 0, 4, NULL, "time of the first packet"),
    [C_DURATION] = COL("duration", TRAWL_SPAN, 0, 1, NULL, "last minus first packet"),
    [C_PACKETS] = COL("packets", TRAWL_U32, 0, 1, NULL, "packets in both directions"),
    [C_BYTES] = COL("bytes", TRAWL_U64, 0, 0, "B",
                    "bytes in both directions, as --accounting counts them"),
    [C_SRC_PACKETS] = COL("src_packets", TRAWL_U32, 0, 3, NULL, "packets from the source"),
    [C_SRC_BYTES] = COL("src_bytes", TRAWL_U64, 0, 3, "B", "bytes from the source"),
    [C_DST_PACKETS] = COL("dst_packets", TRAWL_U32, 0, 3, NULL, "packets back"),
    [C_DST_BYTES] = COL("dst_bytes", TRAWL_U64, 0, 3, "B", "bytes back"),
    [C_TUNNEL] = COL("tunnel", TRAWL_STRING, HIDDEN, 9, NULL,
                     "kind of the tunnel its packets come in: gtp, vxlan, gre …"),
    [C_PROTO] = COL("proto", TRAWL_U8, HIDDEN | ID, 9, NULL, "number of the protocol above IP"),
    [C_IP_VERSION] = COL("ip_version", TRAWL_U8, HIDDEN | ID, 9, NULL, "4 or 6"),
    [C_END] = COL("end", TRAWL_TIME, HIDDEN, 9, NULL, "time of the last packet"),
    [C_SRC_DURATION] = COL("src_duration", TRAWL_SPAN, HIDDEN, 9, NULL,
                           "last minus first packet from the source"),
    [C_DST_START] = COL("dst_start", TRAWL_TIME, HIDDEN, 9, NULL, "time of the first packet back"),
    [C_DST_DURATION] = COL("dst_duration", TRAWL_SPAN, HIDDEN, 9, NULL,
                           "last minus first packet back"),
    [C_FIRST] = COL("first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the first packet"),
    [C_LAST] = COL("last", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the last packet"),
};

#define NF_PART(prefix_, what_)                                                                 \
    COL(prefix_ "_first_seen_ms", TRAWL_I64, ID, 3, "ms", "time of the first packet " what_),   \
        COL(prefix_ "_last_seen_ms", TRAWL_I64, ID, 3, "ms", "time of the last packet " what_), \
        COL(prefix_ "_duration_ms", TRAWL_I64, 0, 2, "ms", "last minus first packet " what_),   \
        COL(prefix_ "_packets", TRAWL_U32, 0, 1, NULL, "packets " what_),                       \
        COL(prefix_ "_bytes", TRAWL_U64, 0, 1, "B", "bytes " what_)

static const trawl_column nf_columns[] = {
    COL("id", TRAWL_U32, ID, 2, NULL, "number of the flow, in order of expiration"),
    COL("expiration_id", TRAWL_I64, ID, 2, NULL, "0 idle or end, 1 active, -1 custom"),
    COL("src_ip", TRAWL_IP, 0, 0, NULL, "source of the flow's first packet"),
    COL("src_mac", TRAWL_MAC, 0, 4, NULL, "its link address; zeros where the link has none"),
    COL("src_oui", TRAWL_STRING, 0, 4, NULL, "its maker's part"),
    COL("src_port", TRAWL_U16, ID, 1, NULL, "its port (0 but for TCP and UDP)"),
    COL("dst_ip", TRAWL_IP, 0, 0, NULL, "destination of the flow's first packet"),
    COL("dst_mac", TRAWL_MAC, 0, 4, NULL, "its link address; zeros where the link has none"),
    COL("dst_oui", TRAWL_STRING, 0, 4, NULL, "its maker's part"),
    COL("dst_port", TRAWL_U16, ID, 0, NULL, "its port (0 but for TCP and UDP)"),
    COL("protocol", TRAWL_U8, ID, 0, NULL, "number of the protocol above IP"),
    COL("ip_version", TRAWL_U8, ID, 3, NULL, "4 or 6"),
    COL("vlan_id", TRAWL_U16, ID, 3, NULL, "VLAN of its packets, innermost tag; 0: none"),
    COL("tunnel_id", TRAWL_U8, ID, 4, NULL,
        "tunnel: 0 none, 1 GTP, 2 CAPWAP, 4 L2TP, 5 VXLAN, 6 GRE, 7 GENEVE, 8 ERSPAN, 9 Teredo"),
    NF_PART("bidirectional", "in both directions"),
    NF_PART("src2dst", "from the source"),
    NF_PART("dst2src", "back"),
};

/* Names of statistics: [0] trawl's, [1] NFStream's. */
static const char *const part_names[2][3] = {{"", "src_", "dst_"},
                                             {"bidirectional_", "src2dst_", "dst2src_"}};
static const char *const measure_names[2][2] = {{"size", "gap"}, {"ps", "piat_ms"}};
static const char *const moments[] = {"min", "mean", "stddev", "max"};
static const char *const flag_names[] = {"syn", "cwr", "ece", "urg", "ack", "psh", "rst", "fin"};
static const unsigned flag_bits[] = {1, 7, 6, 5, 4, 3, 2, 0};

static int add_named(trawl_schema *schema, trawl_type type, uint32_t flags, const char *unit,
                     const char *help, trawl_error *err, const char *a, const char *b,
                     const char *c)
{
    char name[96];
    trawl_column column = TRAWL_COLUMN(.type = type, .flags = flags, .priority = 5, .unit = unit,
                                       .help = help);

    snprintf(name, sizeof(name), "%s%s%s", a, b, c);
    column.name = name;
    return host->schema_add(schema, &column, err);
}

/* One moment of sizes or gaps: "src_size_mean", or NFStream's "src2dst_mean_ps". */
static int add_moment(trawl_schema *schema, int nf, size_t part, size_t measure, size_t moment,
                      trawl_error *err)
{
    const char *prefix = part_names[nf][part], *name = measure_names[nf][measure];
    const char *help = measure ? "of the gaps between packets" : "of the sizes of packets";
    char text[64];
    trawl_type type = TRAWL_F64;

    if (measure == 1 && !nf)
        type = TRAWL_SPAN;
    else if (moment == 0 || moment == 3)
        type = nf && measure ? TRAWL_I64 : TRAWL_U32;
    snprintf(text, sizeof(text), nf ? "%s_%s" : "%s_%s", nf ? moments[moment] : name,
             nf ? name : moments[moment]);
    return add_named(schema, type, 0, measure ? (nf ? "ms" : NULL) : "B", help, err, prefix, text,
                     "");
}

static int add_stats(trawl_schema *schema, int nf, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t measure = 0; measure < 2; measure++) {
        for (size_t part = 0; part < 3; part++) {
            for (size_t moment = 0; moment < 4 && rc == TRAWL_OK; moment++)
                rc = add_moment(schema, nf, part, measure, moment, err);
        }
    }
    for (size_t part = 0; part < 3; part++) {
        for (size_t i = 0; i < 8 && rc == TRAWL_OK; i++)
            rc = add_named(schema, TRAWL_U32, 0, NULL, "packets with this TCP flag", err,
                           part_names[nf][part], flag_names[i], nf ? "_packets" : "");
    }
    return rc;
}

static int add_splt(trawl_schema *schema, int nf, trawl_error *err)
{
    const char *prefix = nf ? "splt_" : "first_";
    int rc = add_named(schema, nf ? TRAWL_I64 : TRAWL_U8, LIST | ID, NULL,
                       "directions of the first packets: 0 from the source, 1 back", err, prefix,
                       nf ? "direction" : "directions", "");

    if (rc == TRAWL_OK)
        rc = add_named(schema, nf ? TRAWL_I64 : TRAWL_U32, LIST, "B", "their sizes", err, prefix,
                       nf ? "ps" : "sizes", "");
    if (rc == TRAWL_OK)
        rc = add_named(schema, nf ? TRAWL_I64 : TRAWL_SPAN, LIST, nf ? "ms" : NULL,
                       "the gaps before them", err, prefix, nf ? "piat_ms" : "gaps", "");
    return rc;
}

int views_columns(const struct flows_plan *plan, trawl_schema *schema, trawl_error *err)
{
    const trawl_column *columns = plan->nfstream ? nf_columns : flows_columns;
    size_t n = plan->nfstream ? TRAWL_COUNT(nf_columns) : FLOWS_N_COLUMNS;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &columns[i], err);
    return rc;
}

int views_more_columns(const struct flows_plan *plan, trawl_schema *schema, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (plan->stats)
        rc = add_stats(schema, plan->nfstream, err);
    if (rc == TRAWL_OK && plan->splt)
        rc = add_splt(schema, plan->nfstream, err);
    return rc;
}

static int share(trawl_builder *b, const trawl_schema *schema, const char *name,
                 trawl_table *packets, const char *from, trawl_error *err)
{
    int64_t i = host->schema_find(schema, name);
    int64_t j = host->schema_find(host->schema_of(packets), from);

    return host->builder_share(b, (size_t)i, packets, (size_t)j, err);
}

int views_share(const struct flows_plan *plan, const trawl_schema *schema, trawl_builder *b,
                trawl_table *packets, trawl_error *err)
{
    int rc = share(b, schema, plan->nfstream ? "src_ip" : "src", packets, "src", err);

    if (rc == TRAWL_OK)
        rc = share(b, schema, plan->nfstream ? "dst_ip" : "dst", packets, "dst", err);
    if (rc == TRAWL_OK && !plan->nfstream)
        rc = share(b, schema, "protocol", packets, "protocol", err);
    return rc;
}

/* ---- filling ---- */

static const char *expiry_name(unsigned expiry)
{
    switch (expiry) {
    case EXPIRY_IDLE:
        return "idle";
    case EXPIRY_ACTIVE:
        return "active";
    case EXPIRY_CUSTOM:
        return "custom";
    default:
        return "end";
    }
}

static uint16_t port_of(const struct input *in, const trawl_view *view, uint64_t row)
{
    return input_has_ports(input_proto(in, row)) ? input_port(view, row) : 0;
}

/* The memory that a row of the flow reads. */
static void prefetch_row(const struct view_source *from, uint32_t i_flow)
{
    const struct flow *f = meter_flow(from->meter, i_flow);
    const struct input *in = &from->meter->input;
    uint64_t row = f->first_row;

    __builtin_prefetch((const uint32_t *)in->src.data + row);
    __builtin_prefetch((const uint32_t *)in->dst.data + row);
    __builtin_prefetch((const uint16_t *)in->sport.data + row);
    __builtin_prefetch((const uint16_t *)in->dport.data + row);
    __builtin_prefetch((const uint8_t *)in->proto.data + row);
    if (from->protocol.data)
        __builtin_prefetch((const uint32_t *)from->protocol.data + row);
    __builtin_prefetch(in->ticks + f->last_row[0]);
    if (f->packets[1]) {
        __builtin_prefetch(in->ticks + f->first_back_row);
        __builtin_prefetch(in->ticks + f->last_row[1]);
    }
}

/* ---- trawl's view: the columns filled by several threads ---- */

enum { FILL_ROWS = 1 << 14, FETCH_AHEAD = 16 }; /* a multiple of 64: no word of validity shared */

struct fill {
    const struct view_source *from;
    uint64_t n;
    uint32_t expiry[EXPIRY_END + 1]; /* codes */
    uint32_t tunnel[UINT8_MAX + 1];  /* likewise; 0: it has no name */
    trawl_cells cells[FLOWS_N_COLUMNS];
};

static void set_valid(const trawl_cells *cells, uint64_t i)
{
    cells->valid[i / 64] |= (uint64_t)1 << i % 64;
}

/* Cell i of a column of flows_columns. */
#define CELL(column, ctype) ((ctype *)f->cells[column].data)[i]

static void fill_row(const struct fill *f, uint64_t i)
{
    const struct input *in = &f->from->meter->input;
    const struct flow *flow = meter_flow(f->from->meter, f->from->order->flows[i]);
    const uint64_t row = flow->first_row;
    const unsigned vlan = input_vlan(in, row);

    CELL(C_ID, uint32_t) = (uint32_t)i;
    CELL(C_EXPIRY, uint32_t) = f->expiry[order_expiry(f->from->order, f->from->meter, i)];
    CELL(C_SRC, uint32_t) = input_u32(&in->src, row);
    CELL(C_SPORT, uint16_t) = port_of(in, &in->sport, row);
    CELL(C_DST, uint32_t) = input_u32(&in->dst, row);
    CELL(C_DPORT, uint16_t) = port_of(in, &in->dport, row);
    if (trawl_view_has(&f->from->protocol, row)) {
        CELL(C_PROTOCOL, uint32_t) = input_u32(&f->from->protocol, row);
        set_valid(&f->cells[C_PROTOCOL], i);
    }
    if (vlan) {
        CELL(C_VLAN, uint16_t) = (uint16_t)vlan;
        set_valid(&f->cells[C_VLAN], i);
    }
    CELL(C_START, int64_t) = flow->first_ns;
    CELL(C_DURATION, int64_t) = span_ns(flow->first_ns, flow->last_ns);
    CELL(C_PACKETS, uint32_t) = flow->packets[0] + flow->packets[1];
    CELL(C_BYTES, uint64_t) = flow->bytes[0] + flow->bytes[1];
    CELL(C_SRC_PACKETS, uint32_t) = flow->packets[0];
    CELL(C_SRC_BYTES, uint64_t) = flow->bytes[0];
    CELL(C_DST_PACKETS, uint32_t) = flow->packets[1];
    CELL(C_DST_BYTES, uint64_t) = flow->bytes[1];
    if (input_tunnel(in, row)) {
        CELL(C_TUNNEL, uint32_t) = f->tunnel[input_tunnel(in, row)];
        set_valid(&f->cells[C_TUNNEL], i);
    }
    CELL(C_PROTO, uint8_t) = (uint8_t)input_proto(in, row);
    CELL(C_IP_VERSION, uint8_t) = input_u32(&in->src, row) >> 31 ? 6 : 4;
    CELL(C_END, int64_t) = flow->last_ns;
    CELL(C_SRC_DURATION, int64_t) = span_ns(flow->first_ns, in->ticks[flow->last_row[0]]);
    if (flow->packets[1]) {
        CELL(C_DST_START, int64_t) = in->ticks[flow->first_back_row];
        CELL(C_DST_DURATION, int64_t) = span_ns(in->ticks[flow->first_back_row],
                                                in->ticks[flow->last_row[1]]);
        set_valid(&f->cells[C_DST_START], i);
        set_valid(&f->cells[C_DST_DURATION], i);
    }
    CELL(C_FIRST, uint32_t) = flow->first_row + 1;
    CELL(C_LAST, uint32_t) = flow_last_row(flow) + 1;
}

static int fill_rows(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    const uint32_t *order = f->from->order->flows;
    const uint64_t start = i_chunk * FILL_ROWS;
    const uint64_t end = f->n - start < FILL_ROWS ? f->n : start + FILL_ROWS;

    (void)i_thread;
    (void)err;
    for (uint64_t i = start; i < end; i++) {
        if (i + 2 * FETCH_AHEAD < end)
            __builtin_prefetch(meter_flow(f->from->meter, order[i + 2 * FETCH_AHEAD]));
        if (i + FETCH_AHEAD < end)
            prefetch_row(f->from, order[i + FETCH_AHEAD]);
        fill_row(f, i);
    }
    return TRAWL_OK;
}

int views_fill(trawl_call *call, const struct view_source *from, uint64_t n, trawl_builder *b,
               trawl_error *err)
{
    struct fill f = {.from = from, .n = n};
    int rc = TRAWL_OK;

    for (size_t i = 0; i < FLOWS_N_COLUMNS; i++) {
        f.cells[i].size = sizeof(f.cells[i]);
        f.cells[i].may_be_null = i == C_PROTOCOL || i == C_VLAN || i == C_TUNNEL ||
                                 i == C_DST_START || i == C_DST_DURATION;
    }
    for (unsigned t = 0; t <= UINT8_MAX && rc == TRAWL_OK; t++) {
        const char *name = input_tunnel_name(t);

        if (name)
            rc = host->builder_code(b, C_TUNNEL, name, strlen(name), &f.tunnel[t], err);
    }
    for (unsigned e = 0; e <= EXPIRY_END && rc == TRAWL_OK; e++)
        rc = host->builder_code(b, C_EXPIRY, expiry_name(e), strlen(expiry_name(e)), &f.expiry[e],
                                err);
    if (rc == TRAWL_OK)
        rc = host->builder_rows(b, n, f.cells, err);
    return rc == TRAWL_OK
               ? host->parallel(call, (n + FILL_ROWS - 1) / FILL_ROWS, fill_rows, &f, err)
               : rc;
}

/* ---- row by row: NFStream's view, statistics, first packets ---- */

static void put_mac(trawl_builder *b, const trawl_view *view, uint64_t row)
{
    uint64_t mac = trawl_view_has(view, row) ? trawl_view_u64(view, row) : 0;
    char oui[16];

    snprintf(oui, sizeof(oui), "%02x:%02x:%02x", (unsigned)(mac >> 40 & 0xff),
             (unsigned)(mac >> 32 & 0xff), (unsigned)(mac >> 24 & 0xff));
    host->put_u64(b, mac);
    host->put_text(b, oui);
}

static void put_part(trawl_builder *b, int64_t first_ns, int64_t last_ns, uint64_t packets,
                     uint64_t bytes)
{
    host->put_i64(b, first_ns / 1000000);
    host->put_i64(b, last_ns / 1000000);
    host->put_i64(b, last_ns / 1000000 - first_ns / 1000000);
    host->put_u64(b, packets);
    host->put_u64(b, bytes);
}

void views_put(const struct view_source *from, trawl_builder *b, uint64_t i)
{
    const struct input *in = &from->meter->input;
    const struct flow *f = meter_flow(from->meter, from->order->flows[i]);
    const uint64_t row = f->first_row;

    host->put_u64(b, i);
    host->put_i64(b, f->expiry == EXPIRY_ACTIVE ? 1 : f->expiry == EXPIRY_CUSTOM ? -1 : 0);
    host->put_code(b, input_u32(&in->src, row));
    put_mac(b, &in->eth_src, row);
    host->put_u64(b, port_of(in, &in->sport, row));
    host->put_code(b, input_u32(&in->dst, row));
    put_mac(b, &in->eth_dst, row);
    host->put_u64(b, port_of(in, &in->dport, row));
    host->put_u64(b, input_proto(in, row));
    host->put_u64(b, input_u32(&in->src, row) >> 31 ? 6 : 4);
    host->put_u64(b, input_vlan(in, row));
    host->put_u64(b, input_tunnel(in, row));
    put_part(b, f->first_ns, f->last_ns, (uint64_t)f->packets[0] + f->packets[1],
             f->bytes[0] + f->bytes[1]);
    put_part(b, f->first_ns, in->ticks[f->last_row[0]], f->packets[0], f->bytes[0]);
    put_part(b, f->packets[1] ? in->ticks[f->first_back_row] : 0,
             f->packets[1] ? in->ticks[f->last_row[1]] : 0, f->packets[1], f->bytes[1]);
}

/* Null where there was nothing to measure; NFStream has 0. */
static void put_running(trawl_builder *b, const struct running *r, int nf, int is_gap)
{
    double values[4] = {r->min, r->mean, stats_stddev(r), r->max};

    for (size_t i = 0; i < 4; i++) {
        double value = nf && is_gap ? values[i] / 1e6 : values[i];

        if (!nf && r->n == 0)
            host->put_null(b);
        else if (i == 1 || i == 2)
            (!nf && is_gap) ? host->put_i64(b, (int64_t)value) : host->put_f64(b, value);
        else if (is_gap)
            host->put_i64(b, (int64_t)value);
        else
            host->put_u64(b, (uint64_t)value);
    }
}

static void put_stats(trawl_builder *b, const struct flow_stats *s, int nf)
{
    for (size_t part = 0; part < 3; part++)
        put_running(b, &s->size[part], nf, 0);
    for (size_t part = 0; part < 3; part++)
        put_running(b, &s->gap[part], nf, 1);
    for (size_t part = 0; part < 3; part++) {
        for (size_t i = 0; i < 8; i++)
            host->put_u64(b, s->flags[part][flag_bits[i]]);
    }
}

static void put_splt(trawl_builder *b, const struct stats *s, uint32_t i_flow, uint64_t length,
                     int nf)
{
    const struct first_packet *p = s->packets + s->first[i_flow];
    uint64_t n = s->first[i_flow + 1] - s->first[i_flow];

    for (int what = 0; what < 3; what++) {
        for (uint64_t i = 0; i < n; i++) {
            if (what == 0)
                host->put_u64(b, p[i].direction);
            else if (what == 1)
                host->put_u64(b, p[i].size);
            else
                host->put_i64(b, nf ? p[i].gap_ns / 1000000 : p[i].gap_ns);
        }
        for (uint64_t i = n; nf && i < length; i++)
            host->put_i64(b, -1);
        host->end_list(b);
    }
}

void views_put_more(const struct view_source *from, trawl_builder *b, uint32_t i_flow)
{
    const struct flows_plan *plan = from->meter->plan;

    if (plan->stats)
        put_stats(b, &from->stats->flows[i_flow], plan->nfstream);
    if (plan->splt)
        put_splt(b, from->stats, i_flow, plan->splt, plan->nfstream);
}
