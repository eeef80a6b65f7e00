/* The plugin that docs/PLUGINS.md explains: one field, one table, one command, one flow metric, one
 * plot. Must not need anything but the public headers: it is also built against an installed trawl.
 */
#include <stdio.h>
#include <string.h>

#include "example.h"

const trawl_host *host;

/* ---- a field: read from packet bytes, on pool threads ---- */

enum { FIELD_HOPS };

static const trawl_field fields[] = {
    [FIELD_HOPS] = TRAWL_FIELD(.name = "example.hops", .type = TRAWL_U8,
                               .help = "routers that the packet passed, guessed from its TTL",
                               .source = "RFC 791 section 3.1"),
};

/* Senders start with a TTL of 64, 128 or 255; what is missing was taken by routers. */
static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    unsigned ttl, start;

    (void)packet;
    /* bytes come from the wire: never read what was not captured */
    if (!sink->wanted[FIELD_HOPS] || layer->flags & TRAWL_LAYER_QUOTED || layer->cap_len < 9)
        return;
    ttl = layer->data[8];
    start = ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
    sink->put_u64(sink, FIELD_HOPS, start - ttl);
}

static const trawl_dissector dissectors[] = {
    {
        .size = sizeof(trawl_dissector),
        .field_size = sizeof(trawl_field),
        .name = "example",
        .layer = "ip",
        .help = "fields of the example plugin",
        .fields = fields,
        .n_fields = TRAWL_COUNT(fields),
        .extract = extract,
    },
};

/* ---- a table: built once for each capture, when it is first used ---- */

static const trawl_column talkers_columns[] = {
    TRAWL_COLUMN(.name = "address", .type = TRAWL_IP, .help = "who sent"),
    TRAWL_COLUMN(.name = "packets", .type = TRAWL_U64, .help = "packets it sent"),
    TRAWL_COLUMN(.name = "bytes", .type = TRAWL_U64, .unit = "B",
                 .help = "their lengths on the wire together"),
};

/* Rows whose cell in column i has a value. */
static int drop_nulls(trawl_call *call, trawl_table *table, size_t i_column, trawl_table **ret,
                      trawl_error *err)
{
    trawl_view view = {.size = sizeof(view)};
    uint64_t n = 0;
    uint32_t *rows;
    int rc = host->view(call, table, i_column, &view, err);

    if (rc != TRAWL_OK)
        return rc;
    rows = host->call_alloc(call, (size_t)view.n_rows * sizeof(*rows) + 1);
    if (!rows)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t i = 0; i < view.n_rows; i++) {
        if (trawl_view_has(&view, i))
            rows[n++] = (uint32_t)i;
    }
    return host->gather(call, table, rows, n, ret, err);
}

static int talkers_build(trawl_call *call, trawl_capture *capture, trawl_table **ret,
                         trawl_error *err)
{
    static const char *const names[] = {"address", "packets", "bytes"};
    static const size_t order[] = {0, 1, 2};
    trawl_table *packets = NULL, *grouped = NULL, *named = NULL;
    int64_t i_src, i_len;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc != TRAWL_OK)
        return rc;
    i_src = host->schema_find(host->schema_of(packets), "src");
    i_len = host->schema_find(host->schema_of(packets), "frame.len");
    if (i_src < 0 || i_len < 0) {
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "packets have no source or no length");
    } else {
        const size_t key = (size_t)i_src;
        const trawl_aggregate_column aggregates[] = {
            {.aggregate = TRAWL_AGG_COUNT, .i_column = (size_t)-1, .name = "packets"},
            {.aggregate = TRAWL_AGG_SUM, .i_column = (size_t)i_len, .name = "bytes"},
        };

        rc = host->group(call, packets, &key, 1, aggregates, TRAWL_COUNT(aggregates), &grouped,
                         err);
    }
    if (rc == TRAWL_OK)
        rc = host->project(call, grouped, order, names, TRAWL_COUNT(order), &named, err);
    if (rc == TRAWL_OK)
        rc = drop_nulls(call, named, 0, ret, err);
    /* what we were handed is ours to release, on success and on failure; NULL is fine */
    host->release(named);
    host->release(grouped);
    host->release(packets);
    return rc;
}

static const trawl_table_def tables[] = {
    {
        .size = sizeof(trawl_table_def),
        .column_size = sizeof(trawl_column),
        .name = "talkers",
        .summary = "addresses that sent packets, a row each",
        .columns = talkers_columns,
        .n_columns = TRAWL_COUNT(talkers_columns),
        .build = talkers_build,
    },
};

/* ---- a command: takes a table, gives a table ---- */

struct heavy_opts {
    const char *column;
    double share;
};

static const trawl_arg heavy_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct heavy_opts, column, .name = "column",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "a column of numbers, none below 0"),
    TRAWL_OPT(TRAWL_ARG_F64, struct heavy_opts, share, .name = "share", .short_name = 's',
              .meta = "PCT", .def = "80", .min = "0", .max = "100", .unit = "percent",
              .help = "how much of the column's sum the rows hold together"),
};

static const trawl_example heavy_examples[] = {
    {"talkers | heavy bytes", "the few addresses that sent four fifths of the bytes"},
    {"tcp | heavy packets --share 50", "the longest connections, half of all packets"},
};

/* Before anything runs: is it a number? The columns stay as they are. */
static int heavy_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct heavy_opts *o = opts;
    /* the host has checked that there is such a column */
    const trawl_column *column = host->schema_column(in, (size_t)host->schema_find(in, o->column));
    trawl_schema *schema;

    if (column->flags & TRAWL_COLUMN_LIST || column->type > TRAWL_F64) {
        host->fail(err, TRAWL_E_USAGE, "column '%s' does not hold numbers", o->column);
        host->hint(err, "Try bytes or packets.");
        host->place(call, o->column, strlen(o->column), err);
        return TRAWL_E_USAGE;
    }
    schema = host->schema_new(err);
    if (!schema)
        return TRAWL_E_NOMEM;
    if (host->schema_add_all(schema, in, err) != TRAWL_OK) {
        host->schema_free(schema);
        return TRAWL_E_NOMEM;
    }
    *ret = schema;
    return TRAWL_OK;
}

static double number(const trawl_view *view, uint64_t i)
{
    double value;

    if (!trawl_view_has(view, i))
        return 0;
    if (view->type == TRAWL_F64)
        value = ((const double *)view->data)[i];
    else
        value = (double)trawl_view_u64(view, i);
    return value > 0 ? value : 0;
}

static int heavy_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct heavy_opts *o = opts;
    trawl_sort_key key = {.descending = 1};
    trawl_view view = {.size = sizeof(view)};
    trawl_table *sorted = NULL;
    double sum = 0, so_far = 0;
    uint64_t n = 0;
    int rc;

    key.i_column = (size_t)host->schema_find(host->schema_of(in), o->column);
    rc = host->sort(call, in, &key, 1, 0, &sorted, err);
    if (rc == TRAWL_OK)
        rc = host->view(call, sorted, key.i_column, &view, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < view.n_rows; i++)
        sum += number(&view, i);
    while (rc == TRAWL_OK && n < view.n_rows && so_far < sum * o->share / 100)
        so_far += number(&view, n++);
    if (rc == TRAWL_OK)
        rc = host->slice(call, sorted, 0, n, ret, err);
    host->release(sorted);
    return rc;
}

static const trawl_command commands[] = {
    {
        .size = sizeof(trawl_command),
        .arg_size = sizeof(trawl_arg),
        .name = "heavy",
        .group = "verbs",
        .flags = TRAWL_COMMAND_FILTER,
        .summary = "keep the rows that together hold most of a column",
        .text =
            "Orders the rows by the column, highest first, and keeps as many as it takes to hold "
            "the share. Nulls and numbers below 0 count as 0.",
        .args = heavy_args,
        .n_args = TRAWL_COUNT(heavy_args),
        .examples = heavy_examples,
        .n_examples = TRAWL_COUNT(heavy_examples),
        .opts_size = sizeof(struct heavy_opts),
        .schema = heavy_schema,
        .run = heavy_run,
    },
};

/* ---- a flow metric: state for each flow, columns in `flows` ---- */

struct big_state {
    uint64_t n;
};

enum {
    BIG = 666 /* bytes of a packet that is big */
};

static const trawl_column big_columns[] = {
    TRAWL_COLUMN(.name = "big_packets", .type = TRAWL_U64, .help = "packets larger than 666 bytes"),
};

static int big_count(void *state, const trawl_flow_packet *packet)
{
    struct big_state *s = state; /* zero-filled for a new flow */

    s->n += packet->frame_len > BIG;
    return 0;
}

static void big_expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct big_state *s = state;

    the_host->put_u64(row, s->n);
}

static const trawl_metric metrics[] = {
    {
        .size = sizeof(trawl_metric),
        .column_size = sizeof(trawl_column),
        .name = "big-packets",
        .summary = "count the packets of a flow that are larger than 666 bytes",
        .columns = big_columns,
        .n_columns = TRAWL_COUNT(big_columns),
        .state_size = sizeof(struct big_state),
        .on_init = big_count,
        .on_update = big_count,
        .on_expire = big_expire,
    },
};

/* ---- a plot: data in, series and axes out; others draw it ---- */

static const trawl_example hops_examples[] = {
    {"plot hops -o hops.png", "how far the packets of the current capture have come"},
    {"packets | where tcp | plot hops -o hops.svg", "the same for TCP alone"},
};

static int hops_draw(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                     trawl_error *err)
{
    static const char *const hops[] = {"0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",   "8",
                                       "9",  "10", "11", "12", "13", "14", "15", "16",  "17",
                                       "18", "19", "20", "21", "22", "23", "24", "more"};
    enum { MORE = TRAWL_COUNT(hops) - 1 };
    enum { TITLE = 128 };
    trawl_table *packets = NULL;
    trawl_capture *capture = NULL;
    trawl_view view = {.size = sizeof(view)};
    char *title = host->call_alloc(call, TITLE);
    const char *of;
    trawl_series *series = host->call_alloc(call, sizeof(*series)); /* zero-filled */
    double *x = host->call_alloc(call, TRAWL_COUNT(hops) * sizeof(*x));
    double *y = host->call_alloc(call, TRAWL_COUNT(hops) * sizeof(*y));
    int rc;

    (void)opts;
    if (!title || !series || !x || !y)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    if (in)
        packets = host->retain(in);
    rc = in ? TRAWL_OK : host->capture(call, NULL, &capture, err);
    if (rc == TRAWL_OK && !in)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, fields[FIELD_HOPS].name, &view, err);
    for (unsigned i = 0; i <= MORE; i++)
        x[i] = i;
    for (uint64_t i = 0; rc == TRAWL_OK && i < view.n_rows; i++) {
        uint64_t n = trawl_view_u64(&view, i);

        if (trawl_view_has(&view, i))
            y[n < MORE ? n : MORE] += 1;
    }
    host->release(packets);
    if (rc != TRAWL_OK)
        return rc;
    series->style = TRAWL_SERIES_BARS;
    series->n = MORE + 1;
    while (series->n > 1 && y[series->n - 1] == 0)
        series->n--;
    series->x = x;
    series->y = y;
    series->bar_width = 0.8;
    of = in ? host->table_name(in) : host->name_of(capture);
    snprintf(title, TITLE, "Routers that packets of '%s' have passed", of ? of : "a table");
    ret->title = title;
    ret->x.label = "routers";
    ret->x.kind = TRAWL_AXIS_CATEGORY;
    ret->x.categories = hops;
    ret->x.n_categories = series->n;
    ret->y.label = "packets";
    ret->series = series;
    ret->n_series = 1;
    return TRAWL_OK;
}

static const trawl_plot plots[] = {
    {
        .size = sizeof(trawl_plot),
        .flags = TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SOURCE,
        .name = "hops",
        .summary = "how many routers packets have passed",
        .examples = hops_examples,
        .n_examples = TRAWL_COUNT(hops_examples),
        .draw = hops_draw,
    },
};

/* ---- the plugin ---- */

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "example",
    .version = "1.0",
    .summary = "the plugin of the tutorial",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .dissectors = dissectors,
    .n_dissectors = TRAWL_COUNT(dissectors),
    .derived = example_derived,
    .n_derived = TRAWL_COUNT(example_derived),
    .tables = tables,
    .n_tables = TRAWL_COUNT(tables),
    .metrics = metrics,
    .n_metrics = TRAWL_COUNT(metrics),
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
