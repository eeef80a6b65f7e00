/* What the compare plugin declares: its commands with their arguments and columns.
 * Knows nothing of what they do. */
#include "compare.h"

const trawl_host *host;

const char *const compare_sorts[] = {"delta%", "delta",  "left",  "right",
                                     "left%",  "right%", "total", NULL};

/* ---- compare ---- */

#define COL(name_, type_, priority_, unit_, help_)                                               \
    {                                                                                            \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .priority = (priority_), \
        .unit = (unit_), .help = (help_)                                                         \
    }

const trawl_column compare_columns[COMPARE_N_COLUMNS] = {
    COL("report", TRAWL_STRING, 6, NULL, "what is compared"),
    COL("field", TRAWL_STRING, 0, NULL, "packet field"),
    COL("value", TRAWL_STRING, 0, NULL,
        "its value; __NEW_VALUES__: how many values are on one side only; __WIDTH__: how many "
        "there "
        "are"),
    COL("left", TRAWL_U64, 1, NULL, "times on the left"),
    COL("right", TRAWL_U64, 1, NULL, "times on the right"),
    COL("delta", TRAWL_I64, 2, NULL, "right minus left"),
    COL("left_share", TRAWL_F64, 3, "%", "of all values of the field on the left"),
    COL("right_share", TRAWL_F64, 3, "%", "of all values of the field on the right"),
    COL("delta_share", TRAWL_F64, 0, "%",
        "right minus left share; 100 for a value that is new, -100 for one that vanished"),
    COL("total", TRAWL_I64, 4, NULL, "left plus right; negative for a value that vanished"),
};

static const trawl_arg compare_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct compare_opts, captures, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED | TRAWL_ARG_REQUIRED,
              .help = "captures to compare, each with the next; one: its time bins"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct compare_opts, bin, .name = "bin", .short_name = 'b',
              .def = "1s", .min = "1us",
              .help = "with one capture: width of the time bins, each compared with the next"),
    TRAWL_OPT(TRAWL_ARG_FIELD, struct compare_opts, fields, .name = "fields",
              .flags = TRAWL_ARG_REPEATED, .help = "compare this field, instead of the base set"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct compare_opts, match, .name = "match", .short_name = 'm',
              .meta = "TEXT", .help = "only fields with this in their name"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct compare_opts, values, .name = "match-value",
              .short_name = 'M', .meta = "TEXT", .flags = TRAWL_ARG_REPEATED,
              .help = "only values that contain this (any of several)"),
    TRAWL_OPT(TRAWL_ARG_F64, struct compare_opts, threshold, .name = "threshold", .short_name = 't',
              .min = "0", .unit = "%", .help = "only rows whose share differs by more than this"),
    TRAWL_OPT(TRAWL_ARG_U64, struct compare_opts, min_count, .name = "min-count", .short_name = 'c',
              .meta = "N", .help = "only rows whose total is above this"),
    TRAWL_OPT(TRAWL_ARG_U64, struct compare_opts, top, .name = "top", .short_name = 'x',
              .meta = "N", .help = "at most N rows for each field"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct compare_opts, sort, .name = "sort", .short_name = 's',
              .def = "delta%", .choices = compare_sorts,
              .help = "order of the rows of a field, highest first"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, reverse, .name = "reverse",
              .help = "lowest first"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, positive, .name = "only-positive",
              .short_name = 'P', .help = "only values with a larger share on the right"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, negative, .name = "only-negative",
              .short_name = 'N', .help = "only values with a smaller share on the right"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, vanished, .name = "vanished",
              .help = "let --min-count count values that vanished too (it hides them otherwise)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, width, .name = "width-counts",
              .help = "count the number of values as a value when shares are reckoned, as "
                      "traffic-taffy does"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct compare_opts, exit_code, .name = "exit-code",
              .help = "exit status 5 when a row differs"),
};

static const trawl_example compare_examples[] = {
    {"compare before after", "all values of the base fields"},
    {"compare before after -t 5 -x 10", "ten for each field, that differ by more than 5 %"},
    {"compare before after -m port -P", "ports that gained"},
    {"compare before --bin 5s -t 5", "five seconds of a capture, each with those before"},
    {"compare before after --fields ip.dst --top 20", "addresses spoken to"},
};

/* ---- dissect ---- */

const trawl_column dissect_columns[DISSECT_N_COLUMNS] = {
    COL("field", TRAWL_STRING, 0, NULL, "packet field, or column"),
    COL("value", TRAWL_STRING, 0, NULL, "its value; __WIDTH__: how many different ones there are"),
    COL("count", TRAWL_U64, 0, NULL, "how often it occurs"),
    COL("share", TRAWL_F64, 1, "%", "part in all values of the field"),
};

static const trawl_arg dissect_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct dissect_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "capture to count (default: the table before, or the current capture)"),
    TRAWL_OPT(TRAWL_ARG_FIELD, struct dissect_opts, fields, .name = "fields",
              .flags = TRAWL_ARG_REPEATED, .help = "count this field, instead of the base set"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct dissect_opts, match, .name = "match", .short_name = 'm',
              .meta = "TEXT", .help = "only fields with this in their name"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct dissect_opts, values, .name = "match-value",
              .short_name = 'M', .meta = "TEXT", .flags = TRAWL_ARG_REPEATED,
              .help = "only values that contain this (any of several)"),
    TRAWL_OPT(TRAWL_ARG_U64, struct dissect_opts, min_count, .name = "min-count", .short_name = 'c',
              .meta = "N", .help = "only values that occur at least N times"),
    TRAWL_OPT(TRAWL_ARG_U64, struct dissect_opts, top, .name = "top", .short_name = 'x',
              .meta = "N", .help = "at most N values of each field"),
};

static const trawl_example dissect_examples[] = {
    {"dissect -x 3", "the three most frequent values of each base field"},
    {"dissect -m port -c 10", "ports that occur at least ten times"},
    {"packets | where frame.len > 1000 | dissect -m ip.", "what large packets are"},
};

/* ---- the plugin ---- */

static const trawl_command commands[] = {
    {
        .size = sizeof(trawl_command),
        .flags = TRAWL_COMMAND_SOURCE,
        .arg_size = sizeof(trawl_arg),
        .column_size = sizeof(trawl_column),
        .name = "compare",
        .group = "counting",
        .summary = "how the values of every field differ between captures",
        .text =
            "Counts each value of each base field on both sides. A share is a value's part in all "
            "values of its field; the difference of shares is right minus left, 100 % for a value "
            "that is new on the right and -100 % for one that vanished. The total of a value that "
            "vanished is negative, so --min-count hides it unless --vanished is given; "
            "--threshold and --min-count compare strictly.\n\n"
            "Two more rows come with each field: __NEW_VALUES__ says how many values are on the "
            "left "
            "only and on the right only, __WIDTH__ how many different values there are. Neither "
            "counts in the sums that shares are reckoned from (--width-counts lets the latter "
            "count). Fields come in alphabetical order. Checksums, identifiers and sequence "
            "numbers "
            "are not in the base set.",
        .args = compare_args,
        .n_args = TRAWL_COUNT(compare_args),
        .n_gives = TRAWL_COUNT(compare_columns),
        .gives = compare_columns,
        .examples = compare_examples,
        .n_examples = TRAWL_COUNT(compare_examples),
        .opts_size = sizeof(struct compare_opts),
        .run = compare_run,
    },
    {
        .size = sizeof(trawl_command),
        .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
        .arg_size = sizeof(trawl_arg),
        .column_size = sizeof(trawl_column),
        .name = "dissect",
        .group = "counting",
        .summary = "count the values of every field",
        .text = "One row for each value of each base field, most frequent first, and one with the "
                "number "
                "of different values (__WIDTH__). After a table that is not of packets, all its "
                "columns "
                "are counted. A field that occurs several times in a packet counts each time.",
        .args = dissect_args,
        .n_args = TRAWL_COUNT(dissect_args),
        .n_gives = TRAWL_COUNT(dissect_columns),
        .gives = dissect_columns,
        .examples = dissect_examples,
        .n_examples = TRAWL_COUNT(dissect_examples),
        .opts_size = sizeof(struct dissect_opts),
        .run = dissect_run,
    },
};

static int compare_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "compare",
    .version = "1.0.0",
    .summary = "counts of values, and how they differ between captures",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = compare_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
