/* The command `plot`: picks the plot, then a file or the terminal.
 * Must not know what any plot shows. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "data.h"
#include "tables.h"
#include "target.h"
#include "ticks.h"

const trawl_host *host;

struct opts {
    trawl_canvas canvas;
};

static const trawl_arg args[] = {TRAWL_CANVAS_ARGS(struct opts, canvas)};

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

struct day {
    int64_t year;
    unsigned month, day;
};

static struct day day_of(double v, int64_t origin_ns)
{
    const int64_t s = origin_ns / 1000000000 + (int64_t)floor(v);
    struct day d;

    tick_date(s / 86400 - (s % 86400 < 0), &d.year, &d.month, &d.day);
    return d;
}

/* A time axis says of which day, or from which on, or from which year to which its days are, and
 * that it is UTC. */
static void name_time_axis(trawl_call *call, trawl_axis *axis, double first, double last,
                           double span, int64_t origin_ns)
{
    struct day from, to;
    char text[48];

    if (axis->kind != TRAWL_AXIS_TIME)
        return;
    from = day_of(first, origin_ns);
    to = day_of(last, origin_ns);
    (void)snprintf(text, sizeof(text), "%lld-%02u-%02u", (long long)from.year, from.month,
                   from.day);
    if (from.year != to.year || (span <= 86400 && from.day != to.day))
        axis->label = plot_text(call, "time (UTC, %s to %lld-%02u-%02u)", text, (long long)to.year,
                                to.month, to.day);
    else
        axis->label = plot_text(call, span > 86400 ? "time (UTC, from %s)" : "time (UTC, %s)",
                                text);
}

static int nothing(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOT_FOUND, "nothing to draw: no row has values for it");
}

/* From a figure whose series share two axes to the file or the lines. */
static int draw(trawl_call *call, struct plot_figure *figure, const trawl_canvas *canvas,
                const unsigned pixels[2], const unsigned characters[2], trawl_table **ret,
                trawl_error *err)
{
    struct plot_range range;
    int rc;

    if (!plot_range(figure, &range))
        return nothing(err);
    name_time_axis(call, &figure->x, range.x_first, range.x_last, range.x_max - range.x_min,
                   figure->time_origin_ns);
    name_time_axis(call, &figure->y, range.y_first, range.y_last, range.y_max - range.y_min,
                   figure->time_origin_ns);
    rc = plot_join_axes(call, figure, &range, err);
    if (rc == TRAWL_OK)
        rc = plot_thin(call, figure, &range, canvas->output ? pixels[0] : characters[0] * 2,
                       canvas->output ? pixels[1] : characters[1] * 4, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!canvas->output)
        return plot_terminal(call, figure, &range, characters[0], characters[1], ret, err);
    return plot_file(call, figure, &range, canvas->output, pixels[0], pixels[1], err);
}

/* A canvas of a plugin that was built before may end earlier; a command's own has no size. */
static int wants_primary(const trawl_canvas *canvas)
{
    return (!canvas->size || canvas->size >= sizeof(*canvas)) && canvas->primary;
}

static int can_draw(trawl_call *call, const trawl_canvas *canvas, unsigned pixels[2],
                    unsigned characters[2], size_t *ret_tool, trawl_error *err)
{
    int rc = parse_size(canvas->pixels, &pixels[0], &pixels[1], err);

    characters[0] = canvas->columns;
    characters[1] = canvas->rows;
    if (!canvas->columns || !canvas->rows)
        host->terminal(call, &characters[0], &characters[1]);
    if (rc == TRAWL_OK && !canvas->output && !characters[0]) {
        rc = host->fail(err, TRAWL_E_USAGE, "stdout is not a terminal to draw in");
        host->hint(err, "Draw into a file: -o FILE.png.");
    }
    if (rc == TRAWL_OK && wants_primary(canvas))
        rc = primary_find(canvas->output, ret_tool, err);
    return rc;
}

/* All points as they are, into a file that other programs read. */
static int write_data(trawl_call *call, const trawl_figure *given, const trawl_canvas *canvas,
                      trawl_error *err)
{
    struct plot_figure figure;
    struct plot_range range;
    int rc = plot_copy(call, given, canvas, &figure, err);

    if (rc == TRAWL_OK && !plot_range(&figure, &range))
        rc = nothing(err);
    return rc == TRAWL_OK ? data_write(call, &figure, canvas->output, err) : rc;
}

int plot_draw(trawl_call *call, const trawl_figure *given, const trawl_canvas *canvas,
              trawl_table **ret, trawl_error *err)
{
    unsigned pixels[2], characters[2];
    struct plot_figure figure;
    size_t tool = 0;
    int rc = can_draw(call, canvas, pixels, characters, &tool, err);

    if (rc == TRAWL_OK && canvas->output && data_is(canvas->output)) {
        rc = write_data(call, given, canvas, err);
    } else if (rc == TRAWL_OK) {
        rc = plot_prepare(call, given, canvas, &figure, err);
        if (rc == TRAWL_OK)
            rc = draw(call, &figure, canvas, pixels, characters, ret, err);
    }
    return rc == TRAWL_OK && wants_primary(canvas) ? primary_copy(tool, canvas->output, err) : rc;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct opts *o = opts;
    unsigned pixels[2], characters[2];
    trawl_figure *figure = NULL;
    size_t tool;
    int rc = can_draw(call, &o->canvas, pixels, characters, &tool, err); /* before the work */

    if (rc == TRAWL_OK)
        rc = host->draw(call, in, &figure, err);
    return rc == TRAWL_OK ? plot_draw(call, figure, &o->canvas, ret, err) : rc;
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

#define XY_ARGS(x_help)                                                                            \
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, x, .name = "x",                                    \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = x_help),                 \
        TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, y, .name = "y", .flags = TRAWL_ARG_POSITIONAL, \
                  .help = "column upwards"),                                                       \
        TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, by, .name = "by",                              \
                  .help = "a series for each value of this column; the 12 largest")

static const trawl_arg line_args[] = {
    XY_ARGS("column across; the only one goes upwards, over the numbers of the rows")};
static const trawl_arg dots_args[] = {
    XY_ARGS("column across, which may hold names; the only one goes upwards, over the rows")};
static const trawl_arg bars_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct plot_xy, x, .name = "x",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "column across; text and addresses are written below the bars"),
    TRAWL_OPT(
        TRAWL_ARG_COLUMN, struct plot_xy, y, .name = "y", .flags = TRAWL_ARG_POSITIONAL,
        .help = "height of the bars, one for each row; none: how many rows have each value of "
                "x, of the 12 most frequent"),
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

static const trawl_arg lengths_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct plot_lengths, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
};
static const trawl_arg bandwidth_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct plot_bandwidth, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to look at (default: the current one)"),
    TRAWL_OPT(TRAWL_ARG_FIELD, struct plot_bandwidth, by, .name = "by",
              .help = "a line for each value of this field; the 12 largest"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct plot_bandwidth, bin, .name = "bin", .min = "1us",
              .help = "length of a bin (default: 1s, or what suits a capture shorter than 8 s or "
                      "longer than 10,000 s)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct plot_bandwidth, bytes, .name = "bytes",
              .help = "bytes, not bits"),
};
static const trawl_example bandwidth_examples[] = {
    {"plot bandwidth --by ip.proto -o bandwidth.svg", "bits per second of each protocol number"},
};
static const trawl_example lengths_examples[] = {
    {"plot lengths -o lengths.png", "how long the packets are"},
};
static const trawl_example line_examples[] = {
    {"packets | bin 1s 'sum(frame.len)' | plot line frame.time_epoch sum_frame.len -o bytes.svg",
     "bytes a second as a line"},
};
static const trawl_example dots_examples[] = {
    {"packets | plot dots frame.number frame.len -o lengths.png", "the length of each packet"},
    {"tcp | plot dots start server -o servers.png", "when which server was connected to"},
};
static const trawl_example bars_examples[] = {
    {"packets | count protocol | plot bars protocol count -o protocols.png",
     "packets of each protocol"},
    {"packets | plot bars protocol -o protocols.png", "the same: a bar for each value"},
};
static const trawl_example histogram_examples[] = {
    {"tcp | plot histogram rtt --bins 20 -o rtt.png", "how the handshake times spread"},
};
static const trawl_example cdf_examples[] = {
    {"tcp | plot cdf rtt --by server -o rtt.pdf",
     "handshake times of each server, as cumulative shares"},
};

#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif
#define PLOT(name_, flags_, summary_, args_, opts_, examples_, draw_)                              \
    {                                                                                              \
        .size = sizeof(trawl_plot), .arg_size = sizeof(trawl_arg), .flags = flags_, .name = name_, \
        .summary = summary_, .args = args_, .n_args = TRAWL_COUNT(args_),                          \
        .opts_size = sizeof(opts_), .examples = examples_, .n_examples = TRAWL_COUNT(examples_),   \
        .draw = draw_                                                                              \
    }

static const trawl_plot plots[] = {
    PLOT("line", TRAWL_COMMAND_FILTER, "a line through the rows of a table, in their order",
         line_args, struct plot_xy, line_examples, plot_draw_line),
    PLOT("dots", TRAWL_COMMAND_FILTER, "a dot for each row of a table", dots_args, struct plot_xy,
         dots_examples, plot_draw_dots),
    PLOT("bars", TRAWL_COMMAND_FILTER, "a bar for each row of a table, or for each value",
         bars_args, struct plot_xy, bars_examples, plot_draw_bars),
    PLOT("histogram", TRAWL_COMMAND_FILTER, "how often values of a column occur", histogram_args,
         struct plot_one, histogram_examples, plot_draw_histogram),
    PLOT("cdf", TRAWL_COMMAND_FILTER, "share of rows up to each value of a column", cdf_args,
         struct plot_one, cdf_examples, plot_draw_cdf),
    PLOT("bandwidth", TRAWL_COMMAND_SOURCE, "bits per second over time; empty bins are zero",
         bandwidth_args, struct plot_bandwidth, bandwidth_examples, plot_draw_bandwidth),
    PLOT("lengths", TRAWL_COMMAND_SOURCE, "how many packets have which length", lengths_args,
         struct plot_lengths, lengths_examples, plot_draw_lengths),
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
    .summary = "pictures of tables and captures, in files and in the terminal" TRAWL_LACKS,
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .plots = plots,
    .n_plots = TRAWL_COUNT(plots),
    .init = init,
    .draw_figure = plot_draw,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
