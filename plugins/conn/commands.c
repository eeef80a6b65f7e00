/* The commands lc and ls: the tables of connections under the names users know.
 * Knows nothing of how connections are found. */
#include "reinjection_table.h"
#include "summary.h"
#include "tables.h"

#include <string.h>

struct list_opts {
    const char *capture;
    uint8_t all;
};
struct ls_opts {
    uint64_t id;
    const char *capture;
    uint8_t all;
};
struct again_opts {
    uint64_t id;
    const char *capture;
    uint8_t summary;
};
struct summary_opts {
    uint64_t id;
    const char *capture, *dest;
    uint8_t full;
};

static const trawl_arg list_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct list_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct list_opts, all, .name = "all",
              .help = "show keys, tokens and other columns that are hidden else"),
};
static const trawl_arg ls_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct ls_opts, id, .name = "id", .meta = "MPTCP",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of the connection, as lc shows it (default: all)"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct ls_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct ls_opts, all, .name = "all",
              .help = "show both sides' versions, the interface and the first packet too"),
};
static const trawl_arg again_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct again_opts, id, .name = "id", .meta = "MPTCP",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of the connection, as lc shows it (default: all)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct again_opts, summary, .name = "summary",
              .help = "sums for each subflow and side of one connection instead of packets"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct again_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const char *const ends[] = {"client", "server", "Client", "Server", NULL};
static const trawl_arg summary_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct summary_opts, id, .name = "id", .meta = "MPTCP",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "number of the connection, as lc shows it"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct summary_opts, dest, .name = "dest", .choices = ends,
              .help = "only what goes to this side (default: both)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct summary_opts, full, .name = "full",
              .help = "the subflows too, as mptcpanalyzer's second version asks for them: they are "
                      "always shown"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct summary_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};

static const trawl_example lc_examples[] = {
    {"lc", "the MPTCP connections of the current capture"},
    {"lc | sort -payload | head 5", "the five that carried most"},
    {"lc | select id client_key server_key client_token server_token", "their keys and tokens"},
};
static const trawl_example ls_examples[] = {
    {"ls 0", "the subflows of the first connection"},
    {"ls | where role == \"join\" and opener == \"server\"", "subflows that a server opened"},
};
static const trawl_example again_examples[] = {
    {"list_reinjections 0", "which packets send again what another subflow had sent"},
    {"list_reinjections 0 --summary", "how much each subflow sends again of the others"},
    {"list_reinjections | where 'retransmission == false' | describe delay",
     "how long after the original, TCP's own retransmissions left out"},
};
static const trawl_example summary_examples[] = {
    {"mptcp_summary 0", "what the first connection transferred, and each subflow's part"},
    {"mptcp_summary 0 --dest client --json", "towards its client, as JSON"},
};
static const char *const again_aliases[] = {"lr", "list-reinjections", NULL};
static const char *const summary_aliases[] = {"mptcp-summary", "summary", NULL};
static const char *const lc_aliases[] = {"list_mptcp_connections", "list_connections", "list-mptcp",
                                         "lm", NULL};
static const char *const ls_aliases[] = {"list_subflows", NULL};

/* The table of a capture; *ret is the caller's. */
static int table_of(trawl_call *call, const char *capture_name, const char *table,
                    trawl_table **ret, trawl_error *err)
{
    trawl_capture *capture = NULL;
    int rc = host->capture(call, capture_name, &capture, err);

    return rc == TRAWL_OK ? host->table(call, capture, table, ret, err) : rc;
}

/* The columns of `lc --all` and `ls --all`: none is hidden. */
static int all_schema(const trawl_column *columns, size_t n, int all, trawl_schema **ret,
                      trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        trawl_column column = columns[i];

        if (all)
            column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = host->schema_add(schema, &column, err);
    }
    if (rc != TRAWL_OK) {
        host->schema_free(schema);
        return rc;
    }
    *ret = schema;
    return TRAWL_OK;
}

/* Show all columns of *table, which a table without hidden ones takes the place of. */
static int show_all(trawl_call *call, trawl_table **table, trawl_error *err)
{
    size_t n = host->schema_n(host->schema_of(*table));
    size_t *columns = host->call_alloc(call, n * sizeof(*columns));
    trawl_table *all = NULL;
    int rc;

    if (!columns)
        return host->fail(err, TRAWL_E_NOMEM, "could not show all columns: no memory");
    for (size_t i = 0; i < n; i++)
        columns[i] = i;
    rc = host->project(call, *table, columns, NULL, n, &all, err);
    if (rc != TRAWL_OK)
        return rc;
    host->release(*table);
    *table = all;
    return TRAWL_OK;
}

int conn_no_connection(uint64_t id, size_t n, trawl_error *err)
{
    int rc = host->fail(err, TRAWL_E_NOT_FOUND, "no MPTCP connection '%llu'",
                        (unsigned long long)id);

    host->hint(err, n ? "'lc' lists the connections with their numbers."
                      : "This capture has none; 'lt' lists its TCP connections.");
    return rc;
}

static void say_none(const char *what)
{
    host->log(2, "%s: use lt for its TCP connections", what);
}

static int lc_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                  trawl_error *err)
{
    const struct list_opts *o = opts;
    trawl_table *table = NULL;
    int rc = table_of(call, o->capture, "mptcp", &table, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    if (host->n_rows(table) == 0)
        say_none("no MPTCP connection in this capture");
    if (o->all)
        rc = show_all(call, &table, err);
    if (rc == TRAWL_OK)
        *ret = table;
    else
        host->release(table);
    return rc;
}

static int lc_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                     trawl_error *err)
{
    (void)call;
    (void)in;
    return all_schema(conn_mptcp_columns, CONN_N_MPTCP_COLUMNS,
                      ((const struct list_opts *)opts)->all, ret, err);
}

static int ls_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                     trawl_error *err)
{
    (void)call;
    (void)in;
    return all_schema(conn_subflow_columns, CONN_N_SUBFLOW_COLUMNS,
                      ((const struct ls_opts *)opts)->all, ret, err);
}

/* The rows of one connection: they follow each other. */
static int rows_of(trawl_call *call, trawl_table *subflows, uint64_t id, uint64_t *ret_start,
                   uint64_t *ret_n, trawl_error *err)
{
    trawl_view v = {.size = sizeof(v)};
    uint64_t start = 0, n = 0;
    int rc = host->view_named(call, subflows, "mptcp", &v, err);

    if (rc != TRAWL_OK)
        return rc;
    while (start < v.n_rows && trawl_view_u64(&v, start) != id)
        start++;
    while (start + n < v.n_rows && trawl_view_u64(&v, start + n) == id)
        n++;
    if (n == 0)
        return conn_no_connection(id, (size_t)v.n_rows, err);
    *ret_start = start;
    *ret_n = n;
    return TRAWL_OK;
}

static int ls_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                  trawl_error *err)
{
    const struct ls_opts *o = opts;
    trawl_table *table = NULL;
    uint64_t start = 0, n = 0;
    int rc = table_of(call, o->capture, "subflows", &table, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    if (!host->given(call, "id")) {
        if (host->n_rows(table) == 0)
            say_none("no MPTCP subflow in this capture");
    } else {
        trawl_table *part = NULL;

        rc = rows_of(call, table, o->id, &start, &n, err);
        if (rc == TRAWL_OK)
            rc = host->slice(call, table, start, n, &part, err);
        host->release(table);
        table = part;
    }
    if (rc == TRAWL_OK && o->all)
        rc = show_all(call, &table, err);
    if (rc == TRAWL_OK)
        *ret = table;
    else
        host->release(table);
    return rc;
}

/* ---- list_reinjections ---- */

static int again_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct again_opts *o = opts;

    (void)call;
    (void)in;
    *ret = o->summary
               ? host->schema_from(conn_reinjection_sums, CONN_N_REINJECTION_SUMS, err)
               : host->schema_from(conn_reinjection_columns, CONN_N_REINJECTION_COLUMNS, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

/* The rows of one connection out of all. */
static int packets_of(trawl_call *call, trawl_table *all, uint64_t id, trawl_table **ret,
                      trawl_error *err)
{
    trawl_view v = {.size = sizeof(v)};
    uint32_t *rows;
    uint64_t n = 0;
    int rc = host->view_named(call, all, "mptcp", &v, err);

    if (rc != TRAWL_OK)
        return rc;
    rows = host->call_alloc(call, (size_t)(v.n_rows + 1) * sizeof(*rows));
    if (!rows)
        return host->fail(err, TRAWL_E_NOMEM, "could not list reinjections: no memory");
    for (uint64_t i = 0; i < v.n_rows; i++) {
        if (trawl_view_u64(&v, i) == id)
            rows[n++] = (uint32_t)i;
    }
    return host->gather(call, all, rows, n, ret, err);
}

static int again_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct again_opts *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *table = NULL;
    uint64_t start, n;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    if (o->summary && !host->given(call, "id"))
        return host->fail(err, TRAWL_E_USAGE, "'--summary' needs the number of a connection");
    if (o->summary)
        return conn_sum_reinjections(call, capture, o->id, ret, err);
    if (!host->given(call, "id"))
        return host->table(call, capture, "reinjections", ret, err);
    rc = host->table(call, capture, "subflows", &table, err);
    if (rc == TRAWL_OK)
        rc = rows_of(call, table, o->id, &start, &n, err);
    host->release(table);
    table = NULL;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "reinjections", &table, err);
    if (rc == TRAWL_OK)
        rc = packets_of(call, table, o->id, ret, err);
    host->release(table);
    return rc;
}

/* ---- mptcp_summary ---- */

static int summary_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    const struct summary_opts *o = opts;
    trawl_capture *capture = NULL;
    const char *towards = NULL;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    if (o->dest)
        towards = (o->dest[0] | 0x20) == 'c' ? "client" : "server";
    return conn_summary(call, capture, o->id, towards, ret, err);
}

#define COMMAND(name_, flags_)                                               \
    .size = sizeof(trawl_command), .flags = TRAWL_COMMAND_SOURCE | (flags_), \
    .arg_size = sizeof(trawl_arg), .name = (name_), .group = "connections"

const trawl_command conn_commands[] = {
    {COMMAND("lc", TRAWL_COMMAND_LISTING), .column_size = sizeof(trawl_column),
     .aliases = lc_aliases, .summary = "list MPTCP connections with their subflows",
     .text =
         "One row for each connection, numbered as tshark numbers mptcp.stream. A connection is "
         "complete when both keys were seen, partial when the capture began after its "
         "handshake (its subflows are then grouped by the token that their joins carry), and "
         "a fallback when it went on as plain TCP. One that was asked for and refused before "
         "any key was sent has no number.",
     .args = list_args, .n_args = TRAWL_COUNT(list_args), .n_gives = CONN_N_MPTCP_COLUMNS,
     .gives = conn_mptcp_columns, .examples = lc_examples, .n_examples = TRAWL_COUNT(lc_examples),
     .opts_size = sizeof(struct list_opts), .schema = lc_schema, .run = lc_run},
    {COMMAND("ls", TRAWL_COMMAND_LISTING), .column_size = sizeof(trawl_column),
     .aliases = ls_aliases, .summary = "list the subflows of an MPTCP connection",
     .text = "Client and server are those of the MPTCP connection, on each subflow: which side "
             "opened a subflow is known from the token that its MP_JOIN carries. Data sequence "
             "numbers are relative to the initial one of their side, which comes from its key.",
     .args = ls_args, .n_args = TRAWL_COUNT(ls_args), .n_gives = CONN_N_SUBFLOW_COLUMNS,
     .gives = conn_subflow_columns, .examples = ls_examples, .n_examples = TRAWL_COUNT(ls_examples),
     .opts_size = sizeof(struct ls_opts), .schema = ls_schema, .run = ls_run},
    {COMMAND("list_reinjections", TRAWL_COMMAND_LISTING), .aliases = again_aliases,
     .summary = "list packets that send again what another subflow had sent",
     .text = "A reinjection is a packet with data that was sent before on another subflow of its "
             "connection; the originals are all earlier packets that carried some of it there, as "
             "tshark's mptcp.reinjection_of (which needs two of its preferences). A packet that "
             "its own subflow sends again is told by `retransmission`.",
     .args = again_args, .n_args = TRAWL_COUNT(again_args), .examples = again_examples,
     .n_examples = TRAWL_COUNT(again_examples), .opts_size = sizeof(struct again_opts),
     .schema = again_schema, .run = again_run},
    {COMMAND("mptcp_summary", 0), .column_size = sizeof(trawl_column), .aliases = summary_aliases,
     .summary = "what an MPTCP connection transferred, and each subflow's part in it",
     .text = "For each direction a row for the whole connection, then one for each subflow. A byte "
             "of data counts once, for the subflow that sent it first, so the shares add up to "
             "100 %; payload has what was sent again too. The rate is data over the time from the "
             "direction's first packet to its last.",
     .args = summary_args, .n_args = TRAWL_COUNT(summary_args), .gives = conn_summary_columns,
     .n_gives = CONN_N_SUMMARY_COLUMNS, .examples = summary_examples,
     .n_examples = TRAWL_COUNT(summary_examples), .opts_size = sizeof(struct summary_opts),
     .run = summary_run},
};
_Static_assert(TRAWL_COUNT(conn_commands) == CONN_N_COMMANDS, "commands are counted in conn.h");
