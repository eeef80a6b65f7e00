/* The command `plot`: picks the plot, then a file or the terminal.
 * Must not know what any plot shows. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "tables.h"
#include "ticks.h"

const trawl_host *host;

struct opts {
    const char *output, *size, *title;
};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct opts, output, .name = "output", .short_name = 'o',
              .meta = "FILE",
              .help = "draw into this file: .png, .svg or .pdf; without it, in the terminal"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct opts, size, .name = "size", .meta = "WxH", .def = "1000x600",
              .help = "size of the picture in pixels"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct opts, title, .name = "title",
              .help = "other title; none: no title"),
};

static int parse_size(const char *text, unsigned *ret_width, unsigned *ret_height, trawl_error *err)
{
    char *end;
    unsigned long width = strtoul(text, &end, 10), height = 0;

    if (*end == 'x')
        height = strtoul(end + 1, &end, 10);
    if (*end || width < 200 || width > 10000 || height < 150 || height > 10000) {
        host->fail(err, TRAWL_E_USAGE, "'%s' is not the size of a picture", text);
        host->hint(err, "Give width and height in pixels, from 200x150 to 10000x10000.");
        return TRAWL_E_USAGE;
    }
    *ret_width = (unsigned)width;
    *ret_height = (unsigned)height;
    return TRAWL_OK;
}

/* A time axis says of which day, or that it spans several, and that it is UTC. */
static void name_time_axis(trawl_call *call, trawl_axis *axis, double min, double max,
                           int64_t origin_ns)
{
    const int64_t s = origin_ns / 1000000000 + (int64_t)floor(min);
    int64_t year;
    unsigned month, day;

    if (axis->kind != TRAWL_AXIS_TIME)
        return;
    tick_date(s / 86400 - (s % 86400 < 0), &year, &month, &day);
    axis->label = max - min > 86400
                      ? plot_text(call, "time (UTC, from %lld-%02u-%02u)", (long long)year, month,
                                  day)
                      : plot_text(call, "time (UTC, %lld-%02u-%02u)", (long long)year, month, day);
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct opts *o = opts;
    unsigned width = 0, height = 0, columns = 0, rows = 0;
    trawl_figure *figure = NULL;
    struct plot_range range;
    int rc = parse_size(o->size, &width, &height, err);

    host->terminal(call, &columns, &rows);
    if (rc == TRAWL_OK && !o->output && !columns) {
        host->fail(err, TRAWL_E_USAGE, "stdout is not a terminal to draw in");
        host->hint(err, "Draw into a file: -o FILE.png.");
        rc = TRAWL_E_USAGE;
    }
    if (rc == TRAWL_OK)
        rc = host->draw(call, in, &figure, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!plot_range(figure, &range))
        return host->fail(err, TRAWL_E_NOT_FOUND, "nothing to draw: no row has both values");
    if (o->title)
        figure->title = strcmp(o->title, "none") == 0 ? NULL : o->title;
    name_time_axis(call, &figure->x, range.x_min, range.x_max, figure->time_origin_ns);
    name_time_axis(call, &figure->y, range.y_min, range.y_max, figure->time_origin_ns);
    rc = plot_thin(call, figure, &range, o->output ? width : columns * 2,
                   o->output ? height : rows * 4, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!o->output)
        return plot_terminal(call, figure, &range, columns, rows, ret, err);
    return plot_file(call, figure, &range, o->output, width, height, err);
}

static const trawl_example examples[] = {
    {"plot bandwidth --by protocol -o bandwidth.png", "bits per second of each protocol"},
    {"tcp | plot cdf rtt --by server -o rtt.svg", "handshake times of each server"},
};

static const trawl_command commands[] = {
    {
        .size = sizeof(trawl_command),
        .flags = TRAWL_COMMAND_PLOTS | TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER |
                 TRAWL_COMMAND_EFFECT,
        .arg_size = sizeof(trawl_arg),
        .column_size = sizeof(trawl_column),
        .name = "plot",
        .group = "pictures",
        .summary = "draw a table or a capture into a file or the terminal",
        .text = "The first word names the plot; `help plot` lists them. Without -o the plot is "
                "drawn in the terminal. With --by more than twelve groups are drawn as the eleven "
                "largest, by the sum of what a line shows or else by rows, and the others together "
                "as `other`. Times are UTC.",
        .args = args,
        .n_args = TRAWL_COUNT(args),
        .gives = plot_terminal_columns,
        .n_gives = 1,
        .examples = examples,
        .n_examples = TRAWL_COUNT(examples),
        .opts_size = sizeof(struct opts),
        .run = run,
    },
};

static const trawl_arg xy_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, x, .name = "x",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "column across"),
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, y, .name = "y",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "column upwards"),
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, by, .name = "by",
              .help = "a series for each value of this column; the 12 largest"),
};
static const trawl_arg bars_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, x, .name = "x",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "column across; text and addresses are written below the bars"),
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, y, .name = "y",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "height of the bars"),
};
static const trawl_arg histogram_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_one, column, .name = "column",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "column to count the values of"),
    TRAWL_OPT(TRAWL_ARG_U64, struct plot_one, bins, .name = "bins", .def = "40", .min = "1",
              .max = "10000", .help = "how many bins of equal width"),
};
static const trawl_arg cdf_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_one, column, .name = "column",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "column whose values are looked at"),
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_one, by, .name = "by",
              .help = "a curve for each value of this column; the 12 largest"),
};

static const trawl_arg bandwidth_args[] = {
    TRAWL_OPT(TRAWL_ARG_FIELD, struct plot_bandwidth, by, .name = "by",
              .help = "a line for each value of this field; the 12 largest"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct plot_bandwidth, bin, .name = "bin", .def = "1s", .min = "1us",
              .help = "length of a bin"),
};
static const trawl_arg tcpseq_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct plot_tcpseq, stream, .name = "stream",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "number of the TCP stream"),
};
static const trawl_example bandwidth_examples[] = {
    {"plot bandwidth --by ip.proto -o bandwidth.svg", "bits per second of each protocol number"},
};
static const trawl_example lengths_examples[] = {
    {"plot lengths -o lengths.png", "how long the packets are"},
};
static const trawl_example tcpseq_examples[] = {
    {"plot tcpseq 0 -o stream0.png", "sequence numbers of stream 0 over time, both directions"},
};
static const trawl_example line_examples[] = {
    {"packets | bin 1s 'sum(frame.len)' | plot line frame.time_epoch sum_frame.len -o bytes.svg",
     "bytes a second as a line"},
};
static const trawl_example dots_examples[] = {
    {"packets | plot dots frame.number frame.len -o lengths.png", "the length of each packet"},
};
static const trawl_example bars_examples[] = {
    {"packets | count protocol | plot bars protocol count -o protocols.png",
     "packets of each protocol"},
};
static const trawl_example histogram_examples[] = {
    {"tcp | plot histogram rtt --bins 20 -o rtt.png", "how the handshake times spread"},
};
static const trawl_example cdf_examples[] = {
    {"tcp | plot cdf rtt --by server -o rtt.pdf",
     "handshake times of each server, as cumulative shares"},
};

#define PLOT(name_, flags_, summary_, args_, opts_, examples_, draw_)                              \
    {                                                                                              \
        .size = sizeof(trawl_plot), .arg_size = sizeof(trawl_arg), .flags = flags_, .name = name_, \
        .summary = summary_, .args = args_, .n_args = TRAWL_COUNT(args_),                          \
        .opts_size = sizeof(opts_), .examples = examples_, .n_examples = TRAWL_COUNT(examples_),   \
        .draw = draw_                                                                              \
    }

static const trawl_plot plots[] = {
    PLOT("line", TRAWL_COMMAND_FILTER, "a line through the rows of a table, in their order",
         xy_args, struct plot_xy, line_examples, plot_draw_line),
    PLOT("dots", TRAWL_COMMAND_FILTER, "a dot for each row of a table", xy_args, struct plot_xy,
         dots_examples, plot_draw_dots),
    PLOT("bars", TRAWL_COMMAND_FILTER, "a bar for each row of a table", bars_args, struct plot_xy,
         bars_examples, plot_draw_bars),
    PLOT("histogram", TRAWL_COMMAND_FILTER, "how often values of a column occur", histogram_args,
         struct plot_one, histogram_examples, plot_draw_histogram),
    PLOT("cdf", TRAWL_COMMAND_FILTER, "share of rows up to each value of a column", cdf_args,
         struct plot_one, cdf_examples, plot_draw_cdf),
    PLOT("bandwidth", TRAWL_COMMAND_SOURCE, "bits per second over time; empty bins are zero",
         bandwidth_args, struct plot_bandwidth, bandwidth_examples, plot_draw_bandwidth),
    PLOT("tcpseq", TRAWL_COMMAND_SOURCE, "time-sequence graph of a TCP stream", tcpseq_args,
         struct plot_tcpseq, tcpseq_examples, plot_draw_tcpseq),
    {.size = sizeof(trawl_plot),
     .flags = TRAWL_COMMAND_SOURCE,
     .name = "lengths",
     .summary = "how many packets have which length",
     .examples = lengths_examples,
     .n_examples = TRAWL_COUNT(lengths_examples),
     .draw = plot_draw_lengths},
};

static int init(const trawl_host *given, trawl_error *err)
{
    (void)err;
    host = given;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "plot",
    .version = "1.0",
    .summary = "pictures of tables and captures, in files and in the terminal",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
