/* The command lt: the table of TCP connections under the names users know.
 * Knows nothing of how connections are found. */
#include "tcp.h"

struct list_opts {
    const char *capture;
};

static const trawl_arg list_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct list_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
};

static const trawl_example lt_examples[] = {
    {"lt | sort -bytes | head 5", "the five TCP connections that carried most"},
};

static const char *const lt_aliases[] = {"list_tcp_connections", NULL};

static int lt_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                     trawl_error *err)
{
    (void)opts;
    (void)in;
    return host->columns_of(call, "tcp", ret, err);
}

static int lt_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                  trawl_error *err)
{
    const struct list_opts *o = opts;
    trawl_capture *capture = NULL;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    return rc == TRAWL_OK ? host->table(call, capture, "tcp", ret, err) : rc;
}

const trawl_command tcp_commands[TCP_N_COMMANDS] = {
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
     .arg_size = sizeof(trawl_arg),
     .name = "lt",
     .group = "connections",
     .aliases = lt_aliases,
     .summary = "list TCP connections",
     .text = "The table `tcp`: one row for each connection, numbered as tcp.stream.",
     .args = list_args,
     .n_args = TRAWL_COUNT(list_args),
     .examples = lt_examples,
     .n_examples = TRAWL_COUNT(lt_examples),
     .opts_size = sizeof(struct list_opts),
     .schema = lt_schema,
     .run = lt_run},
};
