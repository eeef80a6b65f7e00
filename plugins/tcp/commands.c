/* The commands lt, tcp and tcp_summary. Knows nothing of how connections are found. */
#include <string.h>

#include "trace_table.h"

struct list_opts {
    const char *capture;
    uint8_t all, detailed;
};
struct tcp_opts {
    uint64_t id;
    const char *capture, *view;
    uint8_t full;
};

static const trawl_arg list_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct list_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct list_opts, all, .name = "all",
              .help = "show every column, those that are usually hidden too"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct list_opts, detailed, .name = "detailed",
              .help = "the same as --all"),
};
static const trawl_arg tcp_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct tcp_opts, id, .name = "id", .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of a connection, as lt shows it: its two sides (default: all "
                      "connections)"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct tcp_opts, view, .name = "view",
              .choices = (const char *const[]){"tcptrace", NULL},
              .help = "the counters of tcptrace, under its names"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct tcp_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_arg summary_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct tcp_opts, id, .name = "id",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "number of the connection, as lt shows it"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tcp_opts, full, .name = "full",
              .help = "both directions, as mptcpanalyzer's second version asks for them: they are "
                      "always shown"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct tcp_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};

static const trawl_example lt_examples[] = {
    {"lt | sort -bytes | head 5", "the five TCP connections that carried most"},
    {"lt --all | where client_retransmissions > 0", "those whose client sent something again"},
};
static const trawl_example tcp_examples[] = {
    {"tcp | count state", "how connections began and ended"},
    {"tcp 0", "what is known of the first connection, side by side"},
    {"tcp 0 --view tcptrace", "what tcptrace -l -r prints of it"},
    {"tcp --view tcptrace | sort -rexmt_data_pkts | head 5", "who sent most packets again"},
    {"tcp | select stream history close client_rtt_avg server_rtt_avg",
     "histories as Zeek writes them, and mean round trips"},
};
static const trawl_example summary_examples[] = {
    {"tcp_summary 0", "what each side of the first connection transferred"},
};

static const char *const lt_aliases[] = {"list_tcp_connections", "list_tcp", "list-tcp", NULL};
static const char *const summary_aliases[] = {"tcp-summary", NULL};

/* ---- lt ---- */

static int lt_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                     trawl_error *err)
{
    const struct list_opts *o = opts;
    trawl_schema *tcp = NULL, *all;
    int rc = host->columns_of(call, "tcp", &tcp, err);

    (void)in;
    if (rc != TRAWL_OK || !(o->all || o->detailed)) {
        *ret = tcp;
        return rc;
    }
    all = host->schema_new(err);
    rc = all ? TRAWL_OK : TRAWL_E_NOMEM;
    for (size_t i = 0; rc == TRAWL_OK && i < host->schema_n(tcp); i++) {
        trawl_column column = *host->schema_column(tcp, i);

        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = host->schema_add(all, &column, err);
    }
    host->schema_free(tcp);
    if (rc == TRAWL_OK)
        *ret = all;
    else
        host->schema_free(all);
    return rc;
}

/* The table with no column hidden. */
static int show_all(trawl_call *call, trawl_table *tcp, trawl_table **ret, trawl_error *err)
{
    const size_t n = host->schema_n(host->schema_of(tcp));
    size_t *columns = host->call_alloc(call, n * sizeof(*columns));
    const char **names = host->call_alloc(call, n * sizeof(*names));

    if (!columns || !names)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        columns[i] = i;
    return host->project(call, tcp, columns, names, n, ret, err);
}

static int lt_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                  trawl_error *err)
{
    const struct list_opts *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *tcp = NULL;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "tcp", &tcp, err);
    if (rc != TRAWL_OK || !(o->all || o->detailed)) {
        *ret = tcp;
        return rc;
    }
    rc = show_all(call, tcp, ret, err);
    host->release(tcp);
    return rc;
}

/* ---- tcp ---- */

int tcp_find(trawl_call *call, trawl_table *tcp, uint64_t stream, uint64_t *ret, trawl_error *err)
{
    trawl_view v = {.size = sizeof(v)};
    int rc = host->view_named(call, tcp, "stream", &v, err);
    uint64_t low = 0, high;

    if (rc != TRAWL_OK)
        return rc;
    high = v.n_rows;
    while (low < high) {
        const uint64_t mid = low + (high - low) / 2;

        if (trawl_view_u64(&v, mid) < stream)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == v.n_rows || trawl_view_u64(&v, low) != stream) {
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "no TCP connection '%llu'",
                        (unsigned long long)stream);
        host->hint(err, v.n_rows ? "'lt' lists the connections with their numbers."
                                 : "This capture has none.");
        return rc;
    }
    *ret = low;
    return TRAWL_OK;
}

static int tcp_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct tcp_opts *o = opts;
    const int of_one = host->given(call, "id");
    trawl_schema *tcp = NULL;
    int rc;

    (void)in;
    if (o->view) {
        *ret = tcp_trace_schema(of_one, err);
        return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    rc = host->columns_of(call, "tcp", &tcp, err);
    if (rc != TRAWL_OK || !of_one) {
        *ret = tcp;
        return rc;
    }
    *ret = tcp_sides_schema(tcp, err);
    host->schema_free(tcp);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int tcp_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    const struct tcp_opts *o = opts;
    const int of_one = host->given(call, "id");
    trawl_capture *capture = NULL;
    trawl_table *tcp = NULL;
    uint64_t row = 0;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc == TRAWL_OK && !of_one)
        return host->table(call, capture, o->view ? "tcptrace" : "tcp", ret, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "tcp", &tcp, err);
    if (rc == TRAWL_OK)
        rc = tcp_find(call, tcp, o->id, &row, err);
    if (rc == TRAWL_OK)
        rc = o->view ? tcp_trace_one(call, capture, row, o->id, ret, err)
                     : tcp_sides(call, tcp, row, ret, err);
    host->release(tcp);
    return rc;
}

/* ---- tcp_summary ---- */

static int summary_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    const struct tcp_opts *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *tcp = NULL;
    uint64_t row = 0;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "tcp", &tcp, err);
    if (rc == TRAWL_OK)
        rc = tcp_find(call, tcp, o->id, &row, err);
    if (rc == TRAWL_OK)
        rc = tcp_summary(call, capture, tcp, row, ret, err);
    host->release(tcp);
    return rc;
}

#define COMMAND(name_, flags_)                                               \
    .size = sizeof(trawl_command), .flags = TRAWL_COMMAND_SOURCE | (flags_), \
    .arg_size = sizeof(trawl_arg), .name = (name_), .group = "connections"

const trawl_command tcp_commands[TCP_N_COMMANDS] = {
    {COMMAND("lt", TRAWL_COMMAND_LISTING), .aliases = lt_aliases, .summary = "list TCP connections",
     .text = "The table `tcp`: one row for each connection, numbered as tcp.stream.",
     .args = list_args, .n_args = TRAWL_COUNT(list_args), .examples = lt_examples,
     .n_examples = TRAWL_COUNT(lt_examples), .opts_size = sizeof(struct list_opts),
     .schema = lt_schema, .run = lt_run},
    {COMMAND("tcp", TRAWL_COMMAND_LISTING),
     .summary = "TCP connections, one of them in detail, or tcptrace's counters",
     .text =
         "By itself it is the table: a row for each connection. With a number it shows what is "
         "known of that one, a row for each side: round trips by Karn's rule (RFC 6298) and by "
         "time stamps (RFC 7323), what was sent again, lost, out of order, windows, how the "
         "connection went (Zeek's history) and ended. With --view tcptrace it shows the counters "
         "of `tcptrace -l -r`: all connections, a row for each side, or those of one connection "
         "side by side. docs/TCP.md defines them all.",
     .args = tcp_args, .n_args = TRAWL_COUNT(tcp_args), .examples = tcp_examples,
     .n_examples = TRAWL_COUNT(tcp_examples), .opts_size = sizeof(struct tcp_opts),
     .schema = tcp_schema, .run = tcp_run},
    {COMMAND("tcp_summary", 0), .aliases = summary_aliases, .column_size = sizeof(trawl_column),
     .summary = "what each side of a TCP connection transferred, and how fast",
     .text = "A row for each direction. Throughput is all payload, retransmissions included, over "
             "the time from the direction's first packet to its last; goodput counts each byte "
             "once.",
     .args = summary_args, .n_args = TRAWL_COUNT(summary_args), .examples = summary_examples,
     .n_examples = TRAWL_COUNT(summary_examples), .opts_size = sizeof(struct tcp_opts),
     .gives = tcp_summary_columns, .n_gives = TCP_N_SUMMARY_COLUMNS, .run = summary_run},
};
