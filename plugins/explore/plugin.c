/* What the explorer declares. Knows nothing of how it looks. */
#include "explore.h"

const trawl_host *host;

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const void *functions;
    int rc = host->part("explore", &functions, err);

    (void)in;
    (void)ret;
    return rc == TRAWL_OK ? ((const struct explore_part *)functions)->run(call, opts, err) : rc;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct explore_opts, left, .name = "left",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture on the left (default: the first of two; of one, its first bin)"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct explore_opts, right, .name = "right",
              .flags = TRAWL_ARG_POSITIONAL, .help = "capture on the right"),
    TRAWL_OPT(TRAWL_ARG_U64, struct explore_opts, level, .name = "level", .short_name = 'd',
              .def = "2", .meta = "1|2|3|10", .help = "fields to count, as in compare"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct explore_opts, bin, .name = "bin", .short_name = 'b',
              .min = "1us",
              .help = "width of the time bins that can be a side (default: by length)"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct explore_opts, match, .name = "match", .short_name = 'm',
              .meta = "TEXT", .help = "only fields with this in their name"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct explore_opts, values, .name = "match-value",
              .short_name = 'M', .meta = "TEXT", .help = "only values that contain this"),
    TRAWL_OPT(TRAWL_ARG_F64, struct explore_opts, threshold, .name = "threshold", .short_name = 't',
              .min = "0", .unit = "%", .help = "only rows whose share differs by more than this"),
    TRAWL_OPT(TRAWL_ARG_U64, struct explore_opts, min_count, .name = "min-count", .short_name = 'c',
              .meta = "N", .help = "only rows whose total is above this"),
    TRAWL_OPT(TRAWL_ARG_U64, struct explore_opts, top, .name = "top", .short_name = 'x',
              .meta = "N", .help = "at most N rows for each field"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct explore_opts, sort, .name = "sort", .short_name = 's',
              .choices = sort_names,
              .help = "order of the rows of each field, delta% where -r or -x is given; without "
                      "any of them all fields by effect"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct explore_opts, reverse, .name = "reverse", .short_name = 'r',
              .help = "lowest first"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct explore_opts, positive, .name = "only-positive",
              .short_name = 'P', .help = "only values with a larger share on the right"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct explore_opts, negative, .name = "only-negative",
              .short_name = 'N', .help = "only values with a smaller share on the right"),
    TRAWL_OPT(TRAWL_ARG_U64, struct explore_opts, max_rows, .name = "packet-count",
              .short_name = 'n', .meta = "N", .help = "only the first N packets of each capture"),
};

static const trawl_example examples[] = {
    {"explore", "the first two captures, or the first two time bins of the only one"},
    {"explore before after -d 3 -t 5", "names and messages too, and what differs by more than 5 %"},
    {"explore after -b 5s -m dns", "one capture, five seconds against the five before"},
};

static const trawl_command commands[] = {
    {
        .size = sizeof(trawl_command),
        .arg_size = sizeof(trawl_arg),
        .column_size = sizeof(trawl_column),
        .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT | TRAWL_COMMAND_SCREEN,
        .name = "explore",
        .group = "counting",
        .summary = "look through what differs, full screen",
        .text = "The differences that `compare` finds, on the whole terminal: a list within limits "
                "that hold as they are typed, the chosen value and all packets over time, and what "
                "is behind a row. Either side is a capture or a time bin of one.\n\n"
                "The keys are at the foot of the screen, all of them under ?. What is being "
                "counted never keeps a key waiting, and Ctrl-C stops it. The line above the keys "
                "is the command that lists the same rows.",
        .args = args,
        .n_args = TRAWL_COUNT(args),
        .examples = examples,
        .n_examples = TRAWL_COUNT(examples),
        .opts_size = sizeof(struct explore_opts),
        .run = run,
    },
};

static int init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "explore",
    .version = EXPLORE_VERSION,
    .summary = "full-screen explorer of differences",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
