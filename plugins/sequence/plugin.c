/* The descriptor: plots of connections over time.
 * Must not know how any of them is made. */
#include "sequence.h"

const trawl_host *host;

#define STREAM_ARG(type)                                          \
    TRAWL_OPT(TRAWL_ARG_STREAM, type, stream, .name = "stream",   \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, \
              .help = "number of the TCP stream")

static const trawl_arg seq_args[] = {
    STREAM_ARG(struct seq_opts),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct seq_opts, view, .name = "view", .def = "stevens",
              .choices = (const char *const[]){"stevens", "tcptrace", NULL},
              .help = "sequence numbers of both directions, or one direction with its ACKs, SACK "
                      "and window"),
    DEST_ARG(struct seq_opts),
};
static const trawl_example seq_examples[] = {
    {"plot tcpseq 0 -o stream0.png", "sequence numbers of stream 0 over time, both directions"},
    {"plot tcpseq 0 --view tcptrace --dest server -o stream0.xpl",
     "what the client sends, with the ACKs and the window that come back, for xplot"},
};

#define PLOT(name_, flags_, summary_, args_, opts_, examples_, draw_)                              \
    {                                                                                              \
        .size = sizeof(trawl_plot), .arg_size = sizeof(trawl_arg), .flags = flags_, .name = name_, \
        .summary = summary_, .args = args_, .n_args = TRAWL_COUNT(args_),                          \
        .opts_size = sizeof(opts_), .examples = examples_, .n_examples = TRAWL_COUNT(examples_),   \
        .draw = draw_                                                                              \
    }

static const trawl_plot plots[] = {
    PLOT("tcpseq", TRAWL_COMMAND_SOURCE, "time-sequence graph of a TCP stream", seq_args,
         struct seq_opts, seq_examples, draw_tcpseq),
};

static int init(const trawl_host *given, trawl_error *err)
{
    (void)err;
    host = given;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "sequence",
    .version = "1.0",
    .summary = "plots of TCP and MPTCP connections over time",
    .licence = "MIT",
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
