/* The commands lc and ls: the tables of connections under the names users know.
 * Knows nothing of how connections are found. */
#include "conn.h"

#include <string.h>

struct list_opts {
    const char *capture;
};
struct ls_opts {
    uint64_t id;
    const char *capture;
};

static const trawl_arg list_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct list_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
};
static const trawl_arg ls_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct ls_opts, id, .name = "id", .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of the connection, as lc shows it (default: all)"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct ls_opts, capture, .name = "capture",
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
static const char *const lc_aliases[] = {"list_mptcp_connections", "lm", NULL};
static const char *const ls_aliases[] = {"list_subflows", NULL};

/* The table of a capture; *ret is the caller's. */
static int table_of(trawl_call *call, const char *capture_name, const char *table,
                    trawl_table **ret, trawl_error *err)
{
    trawl_capture *capture = NULL;
    int rc = host->capture(call, capture_name, &capture, err);

    return rc == TRAWL_OK ? host->table(call, capture, table, ret, err) : rc;
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
    *ret = table;
    return TRAWL_OK;
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
    if (n == 0) {
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "no MPTCP connection '%llu'",
                        (unsigned long long)id);
        host->hint(err, v.n_rows ? "lc lists the connections with their numbers"
                                 : "this capture has none; lt lists its TCP connections");
        return rc;
    }
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
        *ret = table;
        return TRAWL_OK;
    }
    rc = rows_of(call, table, o->id, &start, &n, err);
    if (rc == TRAWL_OK)
        rc = host->slice(call, table, start, n, ret, err);
    host->release(table);
    return rc;
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
     .opts_size = sizeof(struct list_opts), .run = lc_run},
    {COMMAND("ls", TRAWL_COMMAND_LISTING), .column_size = sizeof(trawl_column),
     .aliases = ls_aliases, .summary = "list the subflows of an MPTCP connection",
     .text = "Client and server are those of the MPTCP connection, on each subflow: which side "
             "opened a subflow is known from the token that its MP_JOIN carries. Data sequence "
             "numbers are relative to the initial one of their side, which comes from its key.",
     .args = ls_args, .n_args = TRAWL_COUNT(ls_args), .n_gives = CONN_N_SUBFLOW_COLUMNS,
     .gives = conn_subflow_columns, .examples = ls_examples, .n_examples = TRAWL_COUNT(ls_examples),
     .opts_size = sizeof(struct ls_opts), .run = ls_run},
};
_Static_assert(TRAWL_COUNT(conn_commands) == CONN_N_COMMANDS, "commands are counted in conn.h");
