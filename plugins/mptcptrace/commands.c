/* The command mptcptrace: its tables, and which connections are meant. Must not know how points are
 * found. */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define ID TRAWL_COLUMN_ID
#define COL(name_, type_, flags_, unit_, help_) \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .unit = unit_, .help = help_)
#define PLACE                                                                     \
    COL("mptcp", TRAWL_U32, ID, NULL, "number of the connection (mptcp.stream)"), \
        COL("direction", TRAWL_STRING, 0, NULL, "of the data: c2s, s2c"),         \
        COL("time", TRAWL_TIME, 0, NULL, "of the packet")
#define SUBFLOW COL("subflow", TRAWL_U32, ID, NULL, "0, 1 … in the order in which they were opened")

static const trawl_column seq_columns[] = {
    PLACE,
    SUBFLOW,
    COL("kind", TRAWL_STRING, 0, NULL, "map: bytes that a mapping covers; ack: a data ACK"),
    COL("start", TRAWL_U64, ID, NULL, "data sequence number; of an ACK the one expected next"),
    COL("end", TRAWL_U64, ID, NULL, "the number after the map"),
    COL("first_subflow", TRAWL_U32, ID, NULL,
        "of a reinjection: the subflow on which a map began there before"),
};
static const trawl_column acksize_columns[] = {
    PLACE,
    SUBFLOW,
    COL("acked", TRAWL_U64, 0, "B", "bytes of the maps that the data ACK covers first"),
};
static const trawl_column gput_columns[] = {
    PLACE,
    COL("series", TRAWL_STRING, 0, NULL,
        "blocks of N data ACKs, average since the first, moving average over N"),
    COL("goodput", TRAWL_F64, 0, "MB/s", "bytes acknowledged in that time, by 1,000,000"),
};
static const trawl_column flight_columns[] = {
    PLACE,
    COL("series", TRAWL_STRING, 0, NULL,
        "window: right edge - last data ACK; mptcp: from the first to the last map not "
        "acknowledged; tcp: the same of segments, sum of all subflows"),
    COL("size", TRAWL_U64, 0, "B", "bytes"),
};
static const trawl_column per_flow_columns[] = {
    PLACE,
    SUBFLOW,
    COL("size", TRAWL_U64, 0, "B", "from its first to its last segment not acknowledged"),
    COL("low", TRAWL_U64, 0, "B", "sum of the subflows before it"),
    COL("high", TRAWL_U64, 0, "B", "the same with its own"),
};
static const trawl_column edge_columns[] = {
    PLACE,
    COL("series", TRAWL_STRING, 0, NULL, "ack: the last data ACK; edge: the greatest right edge"),
    COL("number", TRAWL_U64, ID, NULL, "data sequence number"),
};
static const trawl_column rtt_columns[] = {
    PLACE,
    SUBFLOW,
    COL("sent", TRAWL_TIME, 0, NULL, "when the map was first sent"),
    COL("dsn", TRAWL_U64, ID, NULL, "where it begins"),
    COL("rtt", TRAWL_SPAN, 0, NULL, "from there to the data ACK that covers all of it"),
};
static const trawl_column sf_columns[] = {
    COL("mptcp", TRAWL_U32, ID, NULL, "number of the connection (mptcp.stream)"),
    SUBFLOW,
    COL("stream", TRAWL_U32, ID, NULL, "its number (tcp.stream)"),
    COL("c2s", TRAWL_U64, 0, "B", "bytes that maps cover, from the client"),
    COL("s2c", TRAWL_U64, 0, "B", "the same from the server"),
};
static const trawl_column reinject_columns[] = {
    COL("mptcp", TRAWL_U32, ID, NULL, "number of the connection (mptcp.stream)"),
    COL("direction", TRAWL_STRING, 0, NULL, "of the data: c2s, s2c"),
    COL("times", TRAWL_U32, ID, NULL, "so often on other subflows than the first"),
    COL("maps", TRAWL_U64, 0, NULL, "maps, by their start"),
    COL("share", TRAWL_F64, 0, "%", "of all maps"),
};
static const trawl_column add_columns[] = {
    COL("mptcp", TRAWL_U32, ID, NULL, "number of the connection (mptcp.stream)"),
    COL("direction", TRAWL_STRING, 0, NULL, "of the announcement: c2s, s2c"),
    COL("time", TRAWL_TIME, 0, NULL, "of the packet"),
    COL("packet", TRAWL_U32, ID, NULL, "number of the packet"),
    COL("id", TRAWL_U8, ID, NULL, "address id"),
    COL("address", TRAWL_IP, 0, NULL, "the address that is announced"),
    COL("port", TRAWL_U16, ID, NULL, "its port, if one is announced"),
};
static const trawl_column rm_columns[] = {
    COL("mptcp", TRAWL_U32, ID, NULL, "number of the connection (mptcp.stream)"),
    COL("direction", TRAWL_STRING, 0, NULL, "of the announcement: c2s, s2c"),
    COL("time", TRAWL_TIME, 0, NULL, "of the packet"),
    COL("packet", TRAWL_U32, ID, NULL, "number of the packet"),
    COL("id", TRAWL_U8, ID, NULL, "address id that is taken back"),
};
static const trawl_column stat_columns[] = {
    COL("mptcp", TRAWL_U32, ID, NULL, "number of the connection (mptcp.stream)"),
    COL("stat", TRAWL_STRING, 0, NULL, "mptcptrace's name of it; docs/MPTCPTRACE.md"),
    COL("c2s", TRAWL_F64, TRAWL_COLUMN_MIXED, NULL, "of the data from the client"),
    COL("s2c", TRAWL_F64, TRAWL_COLUMN_MIXED, NULL, "of the data from the server"),
};
static const trawl_column counter_columns[] = {
    COL("counter", TRAWL_STRING, 0, NULL, "mptcptrace's name of it; docs/MPTCPTRACE.md"),
    COL("c2s", TRAWL_U64, 0, NULL, "from the client; none: not known"),
    COL("s2c", TRAWL_U64, 0, NULL, "from the server"),
};
const trawl_column file_columns[FILE_N_COLUMNS] = {
    COL("file", TRAWL_STRING, 0, NULL, "name in the folder"),
    COL("mptcp", TRAWL_U32, ID, NULL, "number of its connection"),
    COL("rows", TRAWL_U64, 0, NULL, "points or lines in it"),
};

/* ---- rows ---- */

struct filling {
    trawl_call *call;
    const struct trace_opts *opts;
    struct input *in;
    trawl_builder *rows;
    enum graph graph;
    const struct connection *connection;
};

static void put_place(const struct filling *x, const struct point *p)
{
    host->put_u64(x->rows, x->connection->id);
    host->put_text(x->rows, way_names[p->way]);
    host->put_i64(x->rows, p->time_ns);
}

static void put_signed(trawl_builder *b, int there, uint64_t value)
{
    if (there)
        host->put_u64(b, value);
    else
        host->put_null(b);
}

static int put_point(void *context, const struct point *p, trawl_error *err)
{
    static const char *const series[GRAPH_N][4] = {
        [GRAPH_GPUT] = {"", "blocks", "average", "moving"},
        [GRAPH_FLIGHT] = {"", "window", "mptcp", "tcp"},
        [GRAPH_RIGHT_EDGE] = {"", "ack", "edge", ""},
    };
    const struct filling *x = context;
    trawl_builder *b = x->rows;

    (void)err;
    if (p->graph != x->graph)
        return TRAWL_OK;
    put_place(x, p);
    if (series[p->graph][0])
        host->put_text(b, series[p->graph][p->series & 3]);
    else
        host->put_u64(b, p->series - 1);
    switch (p->graph) {
    case GRAPH_SEQ:
        host->put_text(b, p->is_line ? "map" : "ack");
        host->put_u64(b, p->low);
        put_signed(b, p->is_line, p->high);
        put_signed(b, p->again >= 0, (uint64_t)p->again);
        break;
    case GRAPH_GPUT:
        host->put_f64(b, p->real);
        break;
    case GRAPH_FLIGHT_PER_FLOW:
        host->put_u64(b, p->high - p->low);
        host->put_u64(b, p->low);
        host->put_u64(b, p->high);
        break;
    case GRAPH_RTT:
        host->put_i64(b, p->sent_ns);
        host->put_u64(b, p->low);
        host->put_i64(b, ns_between(p->sent_ns, p->time_ns));
        break;
    default:
        host->put_u64(b, p->low);
    }
    host->end_row(b);
    return TRAWL_OK;
}

static void put_subflows(const struct filling *x, const struct follow *f)
{
    for (uint32_t i = 0; i < x->connection->n_subflows; i++) {
        host->put_u64(x->rows, x->connection->id);
        host->put_u64(x->rows, i);
        host->put_u64(x->rows, x->connection->subflows[i].stream);
        host->put_u64(x->rows, f->totals[C2S].bytes[i]);
        host->put_u64(x->rows, f->totals[S2C].bytes[i]);
        host->end_row(x->rows);
    }
}

static void put_histogram(const struct filling *x, const struct follow *f)
{
    for (unsigned way = 2; way-- > 0;) {
        const struct totals *t = &f->totals[way];

        for (unsigned i = 0; i < HISTOGRAM; i++) {
            if (!t->injected[i])
                continue;
            host->put_u64(x->rows, x->connection->id);
            host->put_text(x->rows, way_names[way]);
            host->put_u64(x->rows, i);
            host->put_u64(x->rows, t->injected[i]);
            host->put_f64(x->rows, 100 * (double)t->injected[i] / (double)t->n_maps);
            host->end_row(x->rows);
        }
    }
}

static int put_stat(void *context, const struct statistic *s, trawl_error *err)
{
    const struct filling *x = context;

    (void)err;
    if (s->is_text) /* `ls` has addresses in columns */
        return TRAWL_OK;
    host->put_u64(x->rows, x->connection->id);
    host->put_text(x->rows, s->name);
    for (unsigned way = 2; way-- > 0;) {
        if (s->value[way] == s->value[way]) /* not NaN */
            host->put_f64(x->rows, s->value[way]);
        else
            host->put_null(x->rows);
    }
    host->end_row(x->rows);
    return TRAWL_OK;
}

static void put_addresses(const struct filling *x, int removals)
{
    for (uint64_t i = 0; i < x->in->n_addresses; i++) {
        const struct address *a = &x->in->addresses[i];

        if (a->is_removal != removals)
            continue;
        host->put_u64(x->rows, x->in->connections[a->connection].id);
        host->put_text(x->rows, way_names[a->way]);
        host->put_i64(x->rows, a->time_ns);
        host->put_u64(x->rows, a->packet);
        host->put_u64(x->rows, a->id);
        if (!removals) {
            host->put_value(x->rows, a->ip, a->n_ip);
            put_signed(x->rows, a->port != 0, a->port);
        }
        host->end_row(x->rows);
    }
}

static void put_counters(const struct filling *x, const struct counter *counters)
{
    for (size_t i = 0; i < COUNTER_N; i++) {
        host->put_text(x->rows, counters[i].name);
        for (unsigned way = 2; way-- > 0;)
            put_signed(x->rows, !counters[i].is_unknown, counters[i].value[way]);
        host->end_row(x->rows);
    }
}

/* ---- tables ---- */

enum { OF_GRAPH, OF_SF, OF_REINJECT, OF_STATS, OF_ADD, OF_RM, OF_COUNTERS };
static const struct view_of {
    const char *name;
    const trawl_column *columns;
    uint32_t n;
    uint8_t what, graph;
} views[] = {
    {"seq", seq_columns, TRAWL_COUNT(seq_columns), OF_GRAPH, GRAPH_SEQ},
    {"acksize", acksize_columns, TRAWL_COUNT(acksize_columns), OF_GRAPH, GRAPH_ACKSIZE},
    {"gput", gput_columns, TRAWL_COUNT(gput_columns), OF_GRAPH, GRAPH_GPUT},
    {"flight", flight_columns, TRAWL_COUNT(flight_columns), OF_GRAPH, GRAPH_FLIGHT},
    {"flight_per_flow", per_flow_columns, TRAWL_COUNT(per_flow_columns), OF_GRAPH,
     GRAPH_FLIGHT_PER_FLOW},
    {"rightEdge", edge_columns, TRAWL_COUNT(edge_columns), OF_GRAPH, GRAPH_RIGHT_EDGE},
    {"rtt", rtt_columns, TRAWL_COUNT(rtt_columns), OF_GRAPH, GRAPH_RTT},
    {"sf", sf_columns, TRAWL_COUNT(sf_columns), OF_SF, 0},
    {"reinject", reinject_columns, TRAWL_COUNT(reinject_columns), OF_REINJECT, 0},
    {"add_addr", add_columns, TRAWL_COUNT(add_columns), OF_ADD, 0},
    {"rm_addr", rm_columns, TRAWL_COUNT(rm_columns), OF_RM, 0},
    {"stats", stat_columns, TRAWL_COUNT(stat_columns), OF_STATS, 0},
    {"file_stats", counter_columns, TRAWL_COUNT(counter_columns), OF_COUNTERS, 0},
};
static const char *const graphs[] = {
    "seq", "acksize",  "gput",     "flight",  "flight_per_flow", "rightEdge",  "rtt",
    "sf",  "reinject", "add_addr", "rm_addr", "stats",           "file_stats", NULL};

/* stats, unless another one is named. */
static const struct view_of *view_of(const struct trace_opts *o)
{
    const char *name = o->graph ? o->graph : "stats";
    size_t i = 0;

    while (i + 1 < TRAWL_COUNT(views) && strcmp(views[i].name, name) != 0)
        i++;
    return &views[i];
}

static int fill(struct filling *x, const struct view_of *view, trawl_error *err)
{
    struct counter counters[COUNTER_N];
    int rc = TRAWL_OK;

    x->graph = view->graph;
    counters_begin(x->in, counters);
    if (view->what == OF_ADD || view->what == OF_RM) {
        put_addresses(x, view->what == OF_RM);
        return TRAWL_OK;
    }
    for (uint32_t i = 0; i < x->in->n && rc == TRAWL_OK; i++) {
        struct follow f = {.connection = &x->in->connections[i],
                           .n_acks = x->opts->acks,
                           .put = view->what == OF_GRAPH ? put_point : NULL,
                           .context = x};

        x->connection = f.connection;
        rc = follow_connection(x->call, &f, err);
        if (rc != TRAWL_OK)
            break;
        if (view->what == OF_SF)
            put_subflows(x, &f);
        else if (view->what == OF_REINJECT)
            put_histogram(x, &f);
        else if (view->what == OF_STATS)
            rc = stats_of(x->in, &f, put_stat, x, err);
        else if (view->what == OF_COUNTERS)
            rc = counters_add(&f, counters, err);
    }
    if (rc == TRAWL_OK && view->what == OF_COUNTERS)
        put_counters(x, counters);
    return rc;
}

/* ---- which connections ---- */

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static const char *id_column(const trawl_schema *schema)
{
    return host->schema_find(schema, "mptcp") >= 0 ? "mptcp" : "id";
}

static int read_ids(trawl_call *call, const struct trace_opts *o, trawl_table *in, struct ids *ret,
                    trawl_error *err)
{
    trawl_view v = {.size = sizeof(v)};
    uint32_t *items;
    int rc;

    *ret = (struct ids){0};
    if (!in && !o->ids.n)
        return TRAWL_OK;
    if (in && o->ids.n)
        return host->fail(err, TRAWL_E_USAGE,
                          "connections come from the pipe or from the words, not from both");
    rc = in ? host->view_named(call, in, id_column(host->schema_of(in)), &v, err) : TRAWL_OK;
    if (rc != TRAWL_OK)
        return rc;
    items = host->call_alloc(call, ((size_t)(in ? v.n_rows : o->ids.n) + 1) * sizeof(*items));
    if (!items)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t i = 0; in && i < v.n_rows; i++) {
        if (trawl_view_has(&v, i))
            items[ret->n++] = (uint32_t)trawl_view_u64(&v, i);
    }
    for (size_t i = 0; i < o->ids.n; i++) {
        const unsigned long long number = strtoull(o->ids.items[i], NULL, 0);

        items[ret->n++] = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    }
    qsort(items, ret->n, sizeof(*items), by_number);
    ret->items = items;
    return TRAWL_OK;
}

/* All of those that were named are there. */
static int check_ids(trawl_call *call, const struct trace_opts *o, const struct input *in,
                     trawl_error *err)
{
    for (size_t k = 0; k < o->ids.n; k++) {
        const unsigned long long number = strtoull(o->ids.items[k], NULL, 0);
        uint32_t i = 0;

        while (i < in->n && in->connections[i].id != number)
            i++;
        if (i < in->n)
            continue;
        (void)host->fail(err, TRAWL_E_NOT_FOUND, "no MPTCP connection '%s'", o->ids.items[k]);
        host->hint(err, "'lc' lists the connections with their numbers.");
        host->place(call, o->ids.items[k], strlen(o->ids.items[k]), err);
        return TRAWL_E_NOT_FOUND;
    }
    return TRAWL_OK;
}

static int trace_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct trace_opts *o = opts;
    const struct view_of *view = view_of(o);

    (void)call;
    if (in && host->schema_find(in, id_column(in)) < 0)
        return host->schema_fail_column(in, "mptcp", err);
    *ret = o->into ? host->schema_from(file_columns, FILE_N_COLUMNS, err)
                   : host->schema_from(view->columns, view->n, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int trace_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct trace_opts *o = opts;
    const struct view_of *view = view_of(o);
    const int with_options = o->into || view->what >= OF_ADD;
    trawl_capture *capture = NULL;
    trawl_schema *schema = NULL;
    struct input input;
    struct filling x = {.call = call, .opts = o, .in = &input};
    struct ids ids;
    int rc = host->capture(call, o->capture, &capture, err);

    if (rc == TRAWL_OK && !o->into && (o->force || host->given(call, "writer")))
        rc = host->fail(err, TRAWL_E_USAGE, "'--%s' says nothing without '--into'",
                        o->force ? "force" : "writer");
    if (rc == TRAWL_OK)
        rc = read_ids(call, o, in, &ids, err);
    if (rc == TRAWL_OK)
        rc = input_open(call, capture, &ids, with_options, &input, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = check_ids(call, o, &input, err);
    if (rc == TRAWL_OK)
        rc = trace_schema(call, opts, NULL, &schema, err);
    if (rc == TRAWL_OK) {
        x.rows = host->builder_new(schema, err);
        rc = !x.rows   ? TRAWL_E_NOMEM
             : o->into ? write_files(call, o, &input, x.rows, err)
                       : fill(&x, view, err);
    }
    host->schema_free(schema);
    if (rc == TRAWL_OK)
        rc = host->finish(x.rows, ret, err);
    else
        host->builder_free(x.rows);
    input_close(&input);
    return rc;
}

/* ---- the declaration ---- */

static const char *const writers[] = {"both", "csv", "xplot", NULL};
static const trawl_arg args[] = {
    TRAWL_OPT(
        TRAWL_ARG_STREAM, struct trace_opts, ids, .name = "connection", .meta = "MPTCP",
        .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
        .help = "numbers of connections as lc shows them (default: all, or those of the table "
                "before)"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct trace_opts, graph, .name = "graph", .short_name = 'g',
              .choices = graphs,
              .help = "which of mptcptrace's outputs (default: stats; with --into all of them)"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct trace_opts, into, .name = "into", .short_name = 'o',
              .meta = "FOLDER",
              .help = "write mptcptrace's files to this folder, which is made if it is not there"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct trace_opts, writer, .name = "writer", .short_name = 'w',
              .choices = writers, .def = "both", .help = "which files of graphs: csv, xplot"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct trace_opts, force, .name = "force",
              .help = "replace files that are there"),
    TRAWL_OPT(TRAWL_ARG_U64, struct trace_opts, acks, .name = "acks", .short_name = 'G',
              .def = "10", .min = "2", .max = "1000000", .unit = "data ACKs",
              .help = "of goodput: how many make a block, and the moving average"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct trace_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_example examples[] = {
    {"mptcptrace", "statistics of each connection"},
    {"mptcptrace 0 --graph reinject", "how many maps were sent again on other subflows"},
    {"mptcptrace --graph rtt | group mptcp direction p50(rtt) p95(rtt)", "round trips of the data"},
    {"mptcptrace --into traces --force", "every file that mptcptrace writes"},
    {"lc | head 1 | mptcptrace -g seq", "maps and data ACKs of the first connection"},
};
const trawl_command trace_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "mptcptrace",
    .group = "connections",
    .summary = "mptcptrace's graphs and statistics of MPTCP connections, as tables or files",
    .text =
        "One of mptcptrace's outputs as a table: seq (maps and data ACKs), acksize, gput, flight, "
        "flight_per_flow, rightEdge, rtt, sf (bytes by subflow), reinject (histogram), add_addr, "
        "rm_addr, stats, file_stats. With --into they are written as files under mptcptrace's "
        "names and with its rows, xplot (.xpl) and csv; files that are there already are an error "
        "without --force, and a file is whole or absent. Data sequence numbers of tables are "
        "relative; those of files are as they were sent, 32 bits. docs/MPTCPTRACE.md says what "
        "each "
        "of them means.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct trace_opts),
    .schema = trace_schema,
    .run = trace_run,
};
