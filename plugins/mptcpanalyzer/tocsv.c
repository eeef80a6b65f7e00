/* The commands tocsv and dump: the view as a file, and a few columns of it.
 * Must not know how the view is made. */
#include <string.h>

#include "mptcpanalyzer.h"

struct tocsv_opts {
    const char *out;
    uint64_t tcp_stream, mptcp_stream;
    trawl_words destinations;
    uint8_t drop_syn;
    const char *separator;
    const char *capture;
};
struct dump_opts {
    trawl_words columns;
    uint64_t n;
    const char *capture;
};

/* ---- tocsv ---- */

static int tocsv_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct tocsv_opts *o = opts;

    (void)in;
    if (host->given(call, "tcpstream") && host->given(call, "mptcpstream"))
        return host->fail(err, TRAWL_E_USAGE,
                          "'--tcpstream' and '--mptcpstream' exclude each other");
    if (!o->out && host->given(call, "delimiter")) {
        host->fail(err, TRAWL_E_USAGE, "'--delimiter' is for a file: tocsv FILE");
        host->hint(err, "'tocsv | select * --delimiter CHAR' shows the table with it.");
        return TRAWL_E_USAGE;
    }
    *ret = NULL;
    return o->out ? TRAWL_OK : view_schema(call, ret, err);
}

static int tocsv_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct tocsv_opts *o = opts;
    const struct view_options view = {
        .capture = o->capture,
        .tcp_stream = host->given(call, "tcpstream") ? &o->tcp_stream : NULL,
        .mptcp_stream = host->given(call, "mptcpstream") ? &o->mptcp_stream : NULL,
        .destinations = &o->destinations,
        .drop_syn = o->drop_syn};
    const trawl_write_options how = {
        .size = sizeof(how), .format = "csv", .delimiter = o->separator, .time = "epoch"};
    trawl_table *table = NULL;
    int rc = view_build(call, &view, &table, err);

    (void)in;
    if (rc != TRAWL_OK || !o->out) {
        *ret = table;
        return rc;
    }
    rc = host->write(call, table, o->out, &how, err);
    host->release(table);
    return rc;
}

static const char *const destination_choices[] = {"Client", "Server", NULL};
static const trawl_arg tocsv_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct tocsv_opts, out, .name = "file", .flags = TRAWL_ARG_POSITIONAL,
              .help = "file to write (default: show the table)"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct tocsv_opts, tcp_stream, .name = "tcpstream",
              .help = "packets of this TCP connection"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct tocsv_opts, mptcp_stream, .name = "mptcpstream",
              .meta = "MPTCP", .help = "packets of this MPTCP connection"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct tocsv_opts, destinations, .name = "destination",
              .flags = TRAWL_ARG_REPEATED, .choices = destination_choices,
              .help = "packets towards this end, of the MPTCP connection with --mptcpstream"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tocsv_opts, drop_syn, .name = "drop-syn",
              .help = "leave packets with SYN out"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct tocsv_opts, separator, .name = "delimiter", .meta = "CHAR",
              .def = "|", .help = "what stands between cells of the file"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct tocsv_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_example tocsv_examples[] = {
    {"tocsv office.csv", "the packets of TCP as mptcpanalyzer writes them"},
    {"tocsv first.csv --mptcpstream 0 --destination Server --drop-syn",
     "what the client of an MPTCP connection sent"},
    {"tocsv | head 5", "the same table here"},
};
const trawl_command tocsv_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT,
    .arg_size = sizeof(trawl_arg),
    .name = "tocsv",
    .group = "mptcpanalyzer",
    .summary = "the packets of TCP under mptcpanalyzer's names, to csv",
    .text =
        "The columns are mptcpanalyzer's, in its meanings; 'tcpdest' and 'mptcpdest' say which end "
        "a packet goes to: Client or Server, of the TCP connection and of the MPTCP connection, "
        "which differ on subflows that a server opened. The file has | between cells, seconds "
        "since 1970 as times, and nothing where there is no value. 'tocsv | …' goes on with the "
        "table.",
    .args = tocsv_args,
    .n_args = TRAWL_COUNT(tocsv_args),
    .examples = tocsv_examples,
    .n_examples = TRAWL_COUNT(tocsv_examples),
    .opts_size = sizeof(struct tocsv_opts),
    .schema = tocsv_schema,
    .run = tocsv_run,
};

/* ---- dump ---- */

static const char *const dump_default[] = {"ipsrc", "ipdst"};

/* Columns by mptcpanalyzer's names, or by the field's. */
static int dump_columns(trawl_call *call, const struct dump_opts *o, const trawl_schema *schema,
                        size_t **ret, size_t *ret_n, trawl_error *err)
{
    const trawl_words *w = &o->columns;
    const size_t n = w->n ? w->n : TRAWL_COUNT(dump_default);
    size_t *columns = host->call_alloc(call, n * sizeof(*columns)), n_columns = 0;

    if (!columns)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        const char *name = w->n ? w->items[i] : dump_default[i];
        const int64_t at = host->schema_find(schema, name);
        size_t k = 0;

        if (at < 0) {
            host->schema_fail_column(schema, name, err);
            if (w->n)
                host->place(call, name, strlen(name), err);
            return TRAWL_E_USAGE;
        }
        while (k < n_columns && columns[k] != (size_t)at)
            k++;
        if (k == n_columns)
            columns[n_columns++] = (size_t)at;
    }
    *ret = columns;
    *ret_n = n_columns;
    return TRAWL_OK;
}

static int dump_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    trawl_schema *all = NULL, *schema = NULL;
    size_t *columns, n;
    int rc = view_schema(call, &all, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = dump_columns(call, opts, all, &columns, &n, err);
    if (rc == TRAWL_OK)
        schema = host->schema_new(err);
    if (rc == TRAWL_OK && !schema)
        rc = TRAWL_E_NOMEM;
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = host->schema_add(schema, host->schema_column(all, columns[i]), err);
    host->schema_free(all);
    if (rc == TRAWL_OK)
        *ret = schema;
    else
        host->schema_free(schema);
    return rc;
}

static int dump_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct dump_opts *o = opts;
    const struct view_options view = {.capture = o->capture};
    trawl_table *all = NULL, *some = NULL;
    size_t *columns, n;
    int rc = view_build(call, &view, &all, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = dump_columns(call, o, host->schema_of(all), &columns, &n, err);
    if (rc == TRAWL_OK)
        rc = host->project(call, all, columns, NULL, n, &some, err);
    if (rc == TRAWL_OK)
        rc = host->slice(call, some, 0, o->n, ret, err);
    host->release(all);
    host->release(some);
    return rc;
}

static const trawl_arg dump_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct dump_opts, columns, .name = "columns", .meta = "COL",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "columns as tocsv names them (default: ipsrc ipdst)"),
    TRAWL_OPT(TRAWL_ARG_U64, struct dump_opts, n, .name = "rows", .short_name = 'n', .def = "10",
              .unit = "rows", .min = "1", .help = "how many"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct dump_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_example dump_examples[] = {
    {"dump tcpstream tcpseq tcplen tcpdest -n 5", "four columns of the first five packets"},
};
const trawl_command dump_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE,
    .arg_size = sizeof(trawl_arg),
    .name = "dump",
    .group = "mptcpanalyzer",
    .summary = "show columns of the first packets, by mptcpanalyzer's names",
    .text = "'packets -e FIELD,FIELD --top 10' does the same with Wireshark's names.",
    .args = dump_args,
    .n_args = TRAWL_COUNT(dump_args),
    .examples = dump_examples,
    .n_examples = TRAWL_COUNT(dump_examples),
    .opts_size = sizeof(struct dump_opts),
    .schema = dump_schema,
    .run = dump_run,
};
