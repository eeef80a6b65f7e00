/* The flows plugin: bidirectional flows with NFStream's key, timeouts and counters.
 * Knows nothing of how packets are found or tables shown. */
#include "flows.h"
#include "order.h"
#include "views.h"

#include <string.h>

const trawl_host *host;

/* ---- the plan ---- */

static const char *const accounting_names[] = {"frame", "ip", "transport", "payload", NULL};
static const char *const view_names[] = {"trawl", "nfstream", NULL};

static int find_metric(trawl_call *call, struct flows_plan *plan, const char *name,
                       trawl_error *err)
{
    const trawl_metric *metric;

    if (plan->n_metrics == FLOWS_MAX_METRICS)
        return host->fail(err, TRAWL_E_USAGE, "more than %d metrics at once", FLOWS_MAX_METRICS);
    metric = host->metric(call, name, err);
    if (!metric)
        return TRAWL_E_NOT_FOUND;
    plan->metrics[plan->n_metrics++] = metric;
    return TRAWL_OK;
}

int flows_plan(trawl_call *call, const struct flows_opts *opts, struct flows_plan *ret,
               trawl_error *err)
{
    struct flows_plan plan = {.idle = opts->idle,
                              .active = opts->active,
                              .unit = 1,
                              .stats = opts->stats,
                              .splt = opts->splt,
                              .max = opts->max};
    int rc = TRAWL_OK;

    for (int i = 0; opts->accounting && accounting_names[i]; i++) {
        if (strcmp(opts->accounting, accounting_names[i]) == 0)
            plan.accounting = (enum accounting)i;
    }
    plan.nfstream = opts->view && strcmp(opts->view, "nfstream") == 0;
    if (plan.nfstream)
        plan.unit = 1000000;
    for (size_t i = 0; i < opts->metrics.n && rc == TRAWL_OK; i++)
        rc = find_metric(call, &plan, opts->metrics.items[i], err);
    if (rc == TRAWL_OK)
        *ret = plan;
    return rc;
}

/* What `flows` does without options, and what its table holds. */
static const struct flows_plan default_plan = {
    .idle = 120000000000, .active = 1800000000000, .unit = 1};

static int is_default(const struct flows_plan *plan)
{
    return plan->idle == default_plan.idle && plan->active == default_plan.active &&
           plan->accounting == BYTES_FRAME && !plan->nfstream && !plan->stats && !plan->splt &&
           !plan->max && !plan->n_metrics;
}

/* The columns of the view, or those behind them: statistics, first packets, metrics. */
static int add_columns(const struct flows_plan *plan, int more, trawl_schema *schema,
                       trawl_error *err)
{
    int rc = more ? views_more_columns(plan, schema, err) : views_columns(plan, schema, err);

    for (size_t i = 0; more && i < plan->n_metrics && rc == TRAWL_OK; i++) {
        const trawl_metric *metric = plan->metrics[i];

        for (uint32_t k = 0; k < metric->n_columns && rc == TRAWL_OK; k++)
            rc = host->schema_add(
                schema,
                (const trawl_column *)(const void *)((const char *)metric->columns +
                                                     (size_t)k * metric->column_size),
                err);
    }
    return rc;
}

int flows_schema(const struct flows_plan *plan, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? add_columns(plan, 0, schema, err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK)
        rc = add_columns(plan, 1, schema, err);
    if (rc != TRAWL_OK) {
        host->schema_free(schema);
        return rc;
    }
    *ret = schema;
    return TRAWL_OK;
}

/* ---- the table ---- */

static uint64_t n_wanted(const struct meter *m)
{
    return m->plan->max && m->plan->max < m->n_flows ? m->plan->max : m->n_flows;
}

/* Row by row: NFStream's view, or what comes behind either. */
static int put_rows(trawl_call *call, const struct view_source *from, int more, trawl_builder *b,
                    trawl_error *err)
{
    const uint32_t *order = from->order->flows;
    const struct flows_plan *plan = from->meter->plan;

    for (uint64_t i = 0; i < n_wanted(from->meter); i++) {
        if (i % 4096 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (more) {
            views_put_more(from, b, order[i]);
            for (size_t k = 0; k < plan->n_metrics; k++)
                plan->metrics[k]->on_expire(host, meter_state(from->meter, order[i], k), b);
        } else {
            views_put(from, b, i);
        }
        host->end_row(b);
    }
    return TRAWL_OK;
}

/* A table of the view's columns, or of those behind them. */
static int build(trawl_call *call, const struct view_source *from, int more, trawl_table **ret,
                 trawl_error *err)
{
    const struct meter *m = from->meter;
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *b = NULL;
    int rc = schema ? add_columns(m->plan, more, schema, err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK) {
        b = host->builder_new(schema, err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK && !more)
        rc = views_share(m->plan, schema, b, m->input.packets, err);
    if (rc == TRAWL_OK)
        rc = more || m->plan->nfstream ? put_rows(call, from, more, b, err)
                                       : views_fill(call, from, n_wanted(m), b, err);
    if (rc == TRAWL_OK) {
        rc = host->finish(b, ret, err);
        b = NULL;
    }
    host->builder_free(b);
    host->schema_free(schema);
    return rc;
}

/* Both tables side by side. */
static int build_all(trawl_call *call, const struct view_source *from, trawl_table **ret,
                     trawl_error *err)
{
    const struct flows_plan *plan = from->meter->plan;
    trawl_table *view = NULL, *more = NULL;
    int rc = build(call, from, 0, &view, err);

    if (rc == TRAWL_OK && !plan->stats && !plan->splt && !plan->n_metrics) {
        *ret = view;
        return TRAWL_OK;
    }
    if (rc == TRAWL_OK)
        rc = build(call, from, 1, &more, err);
    if (rc == TRAWL_OK)
        rc = host->paste(call, view, more, ret, err);
    host->release(view);
    host->release(more);
    return rc;
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
}

int flows_table(trawl_call *call, const struct flows_plan *plan, trawl_table *packets,
                trawl_table **ret, trawl_error *err)
{
    struct meter meter = {0};
    struct order order = {0};
    struct stats stats = {0};
    struct view_source from = {.meter = &meter,
                               .order = &order,
                               .stats = &stats,
                               .protocol = {.size = sizeof(trawl_view)}};
    int rc = meter_run(&meter, call, plan, packets, err);

    if (rc == TRAWL_OK)
        rc = order_init(&order, &meter, call, err);
    if (rc == TRAWL_OK)
        rc = stats_build(&stats, &meter, call, err);
    if (rc == TRAWL_OK && !plan->nfstream)
        rc = host->view_named(call, packets, "protocol", &from.protocol, err);
    if (rc == TRAWL_OK)
        rc = build_all(call, &from, ret, err);
    if (rc == TRAWL_OK)
        say_ignored(&meter);
    order_fini(&order);
    stats_fini(&stats);
    meter_fini(&meter);
    return rc;
}

static int build_flows(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                       trawl_error *err)
{
    trawl_table *packets = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = flows_table(call, &default_plan, packets, ret, err);
    host->release(packets);
    return rc;
}

/* ---- the command ---- */

static int run_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    struct flows_plan plan;
    int rc = flows_plan(call, opts, &plan, err);

    (void)in;
    return rc == TRAWL_OK ? flows_schema(&plan, ret, err) : rc;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct flows_opts *o = opts;
    struct flows_plan plan;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int rc = flows_plan(call, o, &plan, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK && is_default(&plan))
        return host->table(call, capture, "flows", ret, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = flows_table(call, &plan, packets, ret, err);
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
              .choices = accounting_names,
              .help = "bytes that are counted: whole frames, from the IP header, from the "
                      "transport header, or its payload"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct flows_opts, stats, .name = "stats",
              .help = "add statistics of sizes, gaps and TCP flags"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, splt, .name = "splt", .meta = "N", .max = "65535",
              .help = "list direction, size and gap of the first N packets"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct flows_opts, metrics, .name = "metric", .meta = "NAME",
              .flags = TRAWL_ARG_REPEATED, .help = "add the columns of a flow metric of a plugin"),
    TRAWL_OPT(TRAWL_ARG_U64, struct flows_opts, max, .name = "max", .meta = "N",
              .help = "give the first N flows that expire; 0: all"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct flows_opts, view, .name = "view", .def = "trawl",
              .choices = view_names,
              .help = "names and units of the columns: nfstream has NFStream's, in milliseconds"),
};

static const trawl_example examples[] = {
    {"flows", "the flows of the current capture"},
    {"flows | sort -bytes | head 10", "the ten that carried most"},
    {"flows --idle 5s --stats | where gap_max > 1s", "flows with a pause, at a short timeout"},
    {"flows --view nfstream --accounting ip", "as NFStream would export them"},
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
             "--view nfstream compares and shows times in whole milliseconds.",
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
     .column_size = sizeof(trawl_column),
     .name = "flows",
     .summary = "bidirectional flows, idle after 120 s, at most 1,800 s long",
     .columns = flows_columns,
     .n_columns = FLOWS_N_COLUMNS,
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
    .summary = "bidirectional flows, as NFStream makes them",
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
