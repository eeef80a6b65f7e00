/* The descriptor: plots of connections over time.
 * Must not know how any of them is made. */
#include "mptcp.h"
#include "rate.h"
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

static const trawl_arg stream_args[] = {
    STREAM_ARG(struct stream_opts),
    DEST_ARG(struct stream_opts),
};
static const trawl_arg rtt_args[] = {
    STREAM_ARG(struct rtt_opts),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct rtt_opts, by, .name = "by", .def = "time",
              .choices = (const char *const[]){"time", "seq", NULL},
              .help = "over the times of the ACKs, or along the stream"),
    DEST_ARG(struct rtt_opts),
};
#define WINDOW_ARGS(type, goodput_help)                                                        \
    TRAWL_OPT(TRAWL_ARG_SPAN, type, window, .name = "window", .short_name = 'w', .def = "1s",  \
              .min = "1us", .help = "length of a window"),                                     \
        TRAWL_OPT(TRAWL_ARG_CHOICE, type, shape, .name = "window-type", .def = "boxcar",       \
                  .choices = rate_shapes,                                                      \
                  .help = "boxcar: windows side by side; the others also count what is near, " \
                          "with less weight"),                                                 \
        TRAWL_OPT(TRAWL_ARG_FLAG, type, goodput, .name = "goodput", .help = goodput_help)
static const trawl_arg tput_args[] = {
    STREAM_ARG(struct tput_opts),
    WINDOW_ARGS(struct tput_opts, "count each byte of the stream once"),
    DEST_ARG(struct tput_opts),
};
#define BINS_ARGS(type)                                                                           \
    TRAWL_OPT(TRAWL_ARG_U64, type, bins, .name = "bins", .def = "10", .min = "1", .max = "10000", \
              .help = "how many bins"),                                                           \
        TRAWL_OPT(TRAWL_ARG_FLAG, type, log_bins, .name = "log-bins",                             \
                  .help = "bins that grow by a factor, on a logarithmic axis")
static const trawl_arg gaps_args[] = {
    STREAM_ARG(struct gaps_opts),
    BINS_ARGS(struct gaps_opts),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct gaps_opts, data, .name = "data",
              .help = "only packets with payload"),
    DEST_ARG(struct gaps_opts),
};
static const trawl_arg attr_args[] = {
    STREAM_ARG(struct attr_opts),
    TRAWL_OPT(TRAWL_ARG_FIELD, struct attr_opts, fields, .name = "field",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
              .help = "fields of the packets, as `fields` lists them"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct attr_opts, over, .name = "over", .def = "time",
              .choices = (const char *const[]){"time", "packets", NULL},
              .help = "over time, or packet by packet"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct attr_opts, drop_syn, .name = "drop-syn",
              .help = "leave out packets with SYN"),
    DEST_ARG(struct attr_opts),
};
#define CONNECTION_ARG(type, member)                                                 \
    TRAWL_OPT(TRAWL_ARG_STREAM, type, member, .name = "connection", .meta = "MPTCP", \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,                    \
              .help = "number of the MPTCP connection, as `mptcp` shows it")
#define MPTCP_DEST_ARG(type)                                                                  \
    TRAWL_OPT(TRAWL_ARG_CHOICE, type, dest, .name = "dest", .flags = TRAWL_ARG_REPEATED,      \
              .choices = dest_choices,                                                        \
              .help = "what goes there, the client or the server; without it, the direction " \
                      "with more data")

static const trawl_arg dss_args[] = {
    CONNECTION_ARG(struct dss_opts, connection),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct dss_opts, dack, .name = "dack",
              .help = "draw the data ACKs that come back"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct dss_opts, window, .name = "window",
              .help = "draw the right edge of the receive window"),
    MPTCP_DEST_ARG(struct dss_opts),
};
static const trawl_arg mptcp_tput_args[] = {
    CONNECTION_ARG(struct tput_opts, stream),
    WINDOW_ARGS(struct tput_opts, "count each byte of the connection once, on the subflow that "
                                  "sent it first"),
    MPTCP_DEST_ARG(struct tput_opts),
};
static const trawl_arg mptcp_gaps_args[] = {
    CONNECTION_ARG(struct gaps_opts, stream),
    BINS_ARGS(struct gaps_opts),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct gaps_opts, cross, .name = "cross",
              .help = "only where the data goes on on another subflow"),
    MPTCP_DEST_ARG(struct gaps_opts),
};
static const trawl_arg mptcp_attr_args[] = {
    CONNECTION_ARG(struct attr_opts, stream),
    TRAWL_OPT(TRAWL_ARG_FIELD, struct attr_opts, fields, .name = "field",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
              .help = "a field of the packets, as `fields` lists them"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct attr_opts, drop_syn, .name = "drop-syn",
              .help = "leave out packets with SYN"),
    MPTCP_DEST_ARG(struct attr_opts),
};
static const trawl_arg agg_args[] = {
    CONNECTION_ARG(struct agg_opts, connection),
    TRAWL_OPT(TRAWL_ARG_STRING, struct agg_opts, alone, .name = "alone",
              .flags = TRAWL_ARG_REPEATED, .meta = "PATH",
              .help = "what a path gives alone, for each: CAPTURE:STREAM, or bytes a second"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct agg_opts, window, .name = "window", .short_name = 'w',
              .def = "1s", .min = "1us", .help = "length of a window"),
    MPTCP_DEST_ARG(struct agg_opts),
};
#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#define WITH_CWNDS  /* and with libjansson */
static const trawl_arg cwnds_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct cwnds_opts, pattern, .name = "files",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "a snapshot, or several by a pattern in quotes: 'run/*.json'"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct cwnds_opts, fields, .name = "field",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, .choices = cwnds_fields,
              .help = "what to draw; without it, snd_cwnd"),
};
#endif
static const trawl_example dss_examples[] = {
    {"plot dss 0 --dack -o dss.png", "which subflow carried which data, and what was acknowledged"},
};
static const trawl_example mptcp_tput_examples[] = {
    {"plot mptcp_tput 0 -w 500ms -o tput.png", "throughput of each subflow, and of all"},
};
static const trawl_example mptcp_gaps_examples[] = {
    {"plot mptcp_interarrival 0 --cross -o gaps.png",
     "how far apart neighbouring data is that two subflows carry"},
};
static const trawl_example mptcp_attr_examples[] = {
    {"plot mptcp_attr 0 tcp.window_size -o windows.png", "the window on each subflow"},
};
static const trawl_example agg_examples[] = {
    {"plot agg 0 --alone 1250000 --alone 600000 -o agg.png",
     "how close both paths come to 10 and 4.8 Mbit/s together"},
};
#ifdef WITH_CWNDS
static const trawl_example cwnds_examples[] = {
    {"plot cwnds 'snapshots/*.json' snd_cwnd -o cwnds.png",
     "congestion windows of each subflow over the delay"},
};
#endif
static const trawl_example rtt_examples[] = {
    {"plot tcp_rtt 0 -o rtt.png", "how long the ACKs of stream 0 took"},
};
static const trawl_example tput_examples[] = {
    {"plot tcp_tput 0 -w 100ms --goodput --dest client -o goodput.png",
     "new bytes per second towards the client, ten windows a second"},
};
static const trawl_example flight_examples[] = {
    {"plot tcp_flight 0 --dest client -o flight.png",
     "bytes sent to the client and not yet acknowledged, below its window"},
};
static const trawl_example window_examples[] = {
    {"plot tcp_window 0 -o window.png", "how much room each side says it has"},
};
static const trawl_example gaps_examples[] = {
    {"plot interarrival 0 --bins 20 --log-bins -o gaps.png",
     "how far apart the packets of each direction are"},
};
static const trawl_example attr_examples[] = {
    {"plot tcp_attr 0 tcp.len --over packets -o lengths.png",
     "the length of each segment, packet by packet"},
};
static const trawl_example bytes_examples[] = {
    {"plot stream_bytes -o bytes.png", "payload of each TCP stream, the largest marked"},
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
    PLOT("tcp_rtt", TRAWL_COMMAND_SOURCE, "round-trip times of a TCP stream", rtt_args,
         struct rtt_opts, rtt_examples, draw_tcp_rtt),
    PLOT("tcp_tput", TRAWL_COMMAND_SOURCE, "throughput or goodput of a TCP stream", tput_args,
         struct tput_opts, tput_examples, draw_tcp_tput),
    PLOT("tcp_flight", TRAWL_COMMAND_SOURCE, "bytes in flight of a TCP stream, and the windows",
         stream_args, struct stream_opts, flight_examples, draw_tcp_flight),
    PLOT("tcp_window", TRAWL_COMMAND_SOURCE, "receive windows of a TCP stream", stream_args,
         struct stream_opts, window_examples, draw_tcp_window),
    PLOT("interarrival", TRAWL_COMMAND_SOURCE, "time between the packets of a TCP stream",
         gaps_args, struct gaps_opts, gaps_examples, draw_interarrival),
    PLOT("tcp_attr", TRAWL_COMMAND_SOURCE, "any fields of the packets of a TCP stream", attr_args,
         struct attr_opts, attr_examples, draw_tcp_attr),
    PLOT("dss", TRAWL_COMMAND_SOURCE, "data of an MPTCP connection: which subflow carried what",
         dss_args, struct dss_opts, dss_examples, draw_dss),
    PLOT("mptcp_tput", TRAWL_COMMAND_SOURCE,
         "throughput or goodput of an MPTCP connection, by subflow", mptcp_tput_args,
         struct tput_opts, mptcp_tput_examples, draw_mptcp_tput),
    PLOT("mptcp_interarrival", TRAWL_COMMAND_SOURCE,
         "time between neighbouring data of an MPTCP connection", mptcp_gaps_args, struct gaps_opts,
         mptcp_gaps_examples, draw_mptcp_interarrival),
    PLOT("mptcp_attr", TRAWL_COMMAND_SOURCE, "any field of an MPTCP connection, by subflow",
         mptcp_attr_args, struct attr_opts, mptcp_attr_examples, draw_mptcp_attr),
    PLOT("agg", TRAWL_COMMAND_SOURCE, "what an MPTCP connection gains by its paths", agg_args,
         struct agg_opts, agg_examples, draw_agg),
#ifdef WITH_CWNDS
    PLOT("cwnds", TRAWL_COMMAND_SOURCE, "congestion windows from snapshots of mptcp-pm", cwnds_args,
         struct cwnds_opts, cwnds_examples, draw_cwnds),
#endif
    {.size = sizeof(trawl_plot),
     .flags = TRAWL_COMMAND_SOURCE,
     .name = "stream_bytes",
     .summary = "payload of each TCP stream, and which has most",
     .examples = bytes_examples,
     .n_examples = TRAWL_COUNT(bytes_examples),
     .draw = draw_stream_bytes},
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
    .version = SEQUENCE_VERSION,
    .summary = "plots of TCP and MPTCP connections over time" TRAWL_LACKS,
    .licence = "MIT",
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
