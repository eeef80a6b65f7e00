/* The flows plugin: bidirectional flows with NFStream's key, timeouts and counters.
 * Knows nothing of how packets are found or tables shown. */
#include "flows.h"

#include "names.h"
#include "rows.h"

#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif

const trawl_host *host;

/* ---- the table ---- */

static int flows_schema(trawl_call *call, const struct flows_plan *plan, trawl_schema **ret,
                        trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    struct view_column *columns;
    size_t n = 0;
    int rc = schema ? view_columns(call, plan, &columns, &n, err) : TRAWL_E_NOMEM;

    for (size_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &columns[i].column, err);
    if (rc == TRAWL_OK)
        rc = rows_columns(plan, schema, err);
    if (rc == TRAWL_OK)
        rc = metric_add_columns(call, plan, schema, err);
    if (rc == TRAWL_OK)
        return names_order_schema(call, plan, schema, ret, err);
    host->schema_free(schema);
    return rc;
}

/* *table, with other columns at its right. Both are released; on failure *table is NULL. */
static int put_beside(trawl_call *call, trawl_table **table, int rc, trawl_table *other,
                      trawl_error *err)
{
    trawl_table *both = NULL;

    if (rc == TRAWL_OK)
        rc = host->paste(call, *table, other, &both, err);
    host->release(*table);
    host->release(other);
    *table = both;
    return rc;
}

/* The columns of the view and, beside them, what is made row by row, and those of metrics. */
static int build(trawl_call *call, const struct fill_source *from, trawl_table **ret,
                 trawl_error *err)
{
    const struct meter *m = from->meter;
    const uint64_t n = m->plan->max && m->plan->max < m->n_flows ? m->plan->max : m->n_flows;
    trawl_table *all = NULL, *other = NULL;
    struct view_column *columns;
    size_t n_columns = 0;
    int rc = view_columns(call, m->plan, &columns, &n_columns, err);

    if (rc == TRAWL_OK)
        rc = fill_table(call, from, columns, n_columns, n, &all, err);
    if (rc == TRAWL_OK && rows_any(m->plan)) {
        rc = rows_table(call, from, n, &other, err);
        rc = put_beside(call, &all, rc, other, err);
    }
    other = NULL;
    if (rc == TRAWL_OK && m->plan->metrics) {
        rc = metric_table(call, m, from->order->flows, n, &other, err);
        rc = put_beside(call, &all, rc, other, err);
    }
    return rc == TRAWL_OK ? names_order_table(call, m->plan, all, ret, err) : rc;
}

static void say_ignored(const struct meter *m)
{
    static const char *const why[N_IGNORED] = {
        [NOT_IP] = "not IP", [LATER_FRAGMENT] = "later fragments", [CUT] = "cut before the ports"};

    for (int i = NOT_IP; i < N_IGNORED; i++) {
        if (m->input.n_ignored[i])
            host->log(2, "flows: %llu packets are in no flow: %s",
                      (unsigned long long)m->input.n_ignored[i], why[i]);
    }
    if (m->input.n_held)
        host->log(2,
                  "flows: %llu packets are a second or more older than one before them, and "
                  "count as that new",
                  (unsigned long long)m->input.n_held);
}

static int flows_table(trawl_call *call, const struct flows_plan *plan, trawl_capture *capture,
                       trawl_table *packets, trawl_table **ret, trawl_error *err)
{
    struct meter meter = {0};
    struct order order = {0};
    struct stats stats = {0};
    struct fill_source from = {.meter = &meter,
                               .order = &order,
                               .stats = &stats,
                               .protocol = {.size = sizeof(trawl_view)}};
    int rc = meter_run(&meter, call, plan, capture, packets, err);

    if (rc == TRAWL_OK)
        rc = order_init(&order, &meter, call, err);
    if (rc == TRAWL_OK)
        rc = stats_build(&stats, &meter, call, err);
    if (rc == TRAWL_OK && plan->needs_protocol)
        rc = host->view_named(call, packets, "protocol", &from.protocol, err);
    if (rc == TRAWL_OK && plan->view->has_talks)
        rc = talks_build(&from.talks, &meter, call, capture, err);
    if (rc == TRAWL_OK)
        rc = build(call, &from, ret, err);
    if (rc == TRAWL_OK)
        say_ignored(&meter);
    order_fini(&order);
    stats_fini(&stats);
    talks_fini(&from.talks);
    meter_fini(&meter);
    return rc;
}

static int build_flows(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                       trawl_error *err)
{
    const struct flows_plan plan = {
        .view = &view_trawl, .idle = FLOWS_IDLE, .active = FLOWS_ACTIVE, .needs_protocol = 1};
    trawl_table *packets = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = flows_table(call, &plan, capture, packets, ret, err);
    host->release(packets);
    return rc;
}

/* ---- the command ---- */

static int run_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    struct flows_plan plan;
    int rc = plan_make(call, opts, &plan, err);

    (void)in;
    return rc == TRAWL_OK ? flows_schema(call, &plan, ret, err) : rc;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct flows_opts *o = opts;
    struct flows_plan plan;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int rc = plan_make(call, o, &plan, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK && plan_is_default(&plan))
        return host->table(call, capture, "flows", ret, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = flows_table(call, &plan, capture, packets, ret, err);
    host->release(packets);
    return rc;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct flows_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct flows_opts, idle, .name = "idle", .def = "120s", .min = "0s",
              .help = "a flow ends when nothing was seen for this long; 0: after each packet"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct flows_opts, active, .name = "active", .def = "1800s",
              .min = "0s", .help = "a flow ends when it is this old; 0: after each packet"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct flows_opts, accounting, .name = "accounting", .def = "frame",
              .choices = plan_accountings,
              .help = "bytes that are counted: whole frames, from the IP header, from the "
                      "transport header, or its payload"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct flows_opts, stats, .name = "stats",
              .help = "add statistics of sizes, gaps and TCP flags"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, splt, .name = "splt", .meta = "N", .max = "65535",
              .help = "list direction, size and gap of the first N packets"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, dissections, .name = "dissections", .meta = "N",
              .max = "255",
              .help = "name applications, servers and fingerprints by the first N packets of each "
                      "flow; 0: do not (default: 20 with NFStream's columns, else 0)"),
    TRAWL_OPT(TRAWL_ARG_METRIC, struct flows_opts, metrics, .name = "metric", .meta = "METRIC",
              .flags = TRAWL_ARG_REPEATED,
              .help = "add the columns of flow metrics, which 'metrics' lists "
                      "(NAME:ARG=VALUE,…), or one of an expression: 'big = count(frame.len > "
                      "666)'"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, max, .name = "max-flows", .meta = "N",
              .help = "give the first N flows that expire; 0: all"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, capacity, .name = "capacity", .meta = "N",
              .help = "most flows at a time: for one more, that unused for longest ends; 0: no "
                      "limit"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct flows_opts, bpf, .name = "bpf", .meta = "FILTER",
              .help = "only packets that this filter in libpcap's language lets pass"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct flows_opts, no_tunnels, .name = "no-tunnels",
              .help = "what is in a tunnel counts as the packet that carries it; IP in IP is "
                      "unwrapped all the same"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct flows_opts, macs, .name = "macs",
              .help = "add link addresses and who made them"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct flows_opts, community, .name = "community-id",
              .help = "add the Community ID, by which other tools know a flow"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, community_seed, .name = "community-seed",
              .meta = "N", .max = "65535", .help = "the same with this seed"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct flows_opts, view, .name = "view", .def = "trawl",
              .choices = view_names,
              .help = "columns under other names: NFStream's, in milliseconds, those of its first "
                      "releases, Zeek's conn.log, or IPFIX'"),
};

static const trawl_example examples[] = {
    {"flows", "the flows of the current capture"},
    {"flows | sort -bytes | head 10", "the ten that carried most"},
    {"flows --idle 5s --stats | where gap_max > 1s", "flows with a pause, at a short timeout"},
    {"flows --dissections 20 | group application_name 'sum(bytes)'", "which applications"},
    {"flows --view nfstream --accounting ip", "as NFStream would export them"},
    {"flows --view zeek | where conn_state == 'S0'", "attempts that nothing answered"},
    {"flows --bpf 'tcp port 80' --capacity 1000", "of these packets, 1,000 flows at a time"},
};

static const trawl_command commands[] = {
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
     .arg_size = sizeof(trawl_arg),
     .name = "flows",
     .group = "connections",
     .summary = "bidirectional flows with timeouts, as NFStream makes them",
     .text = "A flow is the packets between two addresses and ports (TCP and UDP; others have "
             "ports 0) of one protocol, VLAN and tunnel, in either direction; its source is the "
             "sender of "
             "its first packet. It ends when a packet comes after the idle time or when it is "
             "older than the active time; that packet begins the next flow. Flows come in the "
             "order in which they expire.\n\n"
             "Not counted, and named in a note: packets that are not IP, later fragments, and "
             "packets cut before their ports. A packet older than the newest before it counts as "
             "that new, so that the clock never goes back. Tunnels are unwrapped: the innermost "
             "addresses count, and what is in tunnels of different kinds is in different flows. "
             "--view nfstream compares and shows times in whole milliseconds; --view nfstream-old "
             "ends flows after 60 s idle and 120 s in all, if nothing else was said.",
     .args = args,
     .n_args = TRAWL_COUNT(args),
     .examples = examples,
     .n_examples = TRAWL_COUNT(examples),
     .opts_size = sizeof(struct flows_opts),
     .schema = run_schema,
     .run = run},
};

static const trawl_table_def tables[] = {
    {.size = sizeof(trawl_table_def),
     .column_size = sizeof(struct view_column),
     .name = "flows",
     .summary = "bidirectional flows, idle after 120 s, at most 1,800 s long",
     .columns = &view_trawl_columns[0].column,
     .n_columns = VIEW_TRAWL_COLUMNS,
     .build = build_flows},
};

static int flows_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "flows",
    .version = "1.0.0",
    .summary = "bidirectional flows, as NFStream makes them" TRAWL_LACKS,
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .tables = tables,
    .n_tables = TRAWL_COUNT(tables),
    .init = flows_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
