/* Arguments that are the host's own: the common options of every command, --sort and --top of
 * listings, what a table's name takes. Must not know how they are acted on. */
#include "core/plugin/common.h"

static const char *const time_choices[] = {"utc", "local", "epoch", "relative", NULL};

#define FORMAT_FLAG(member, word, text) \
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tw_common_values, member, .name = word, .help = text)

static const trawl_arg common_args[] = {
    TRAWL_OPT(
        TRAWL_ARG_STRING, struct tw_common_values, format, .name = "format", .meta = "FORMAT",
        .help = "write the result as text, tsv, csv, json, ndjson, markdown, vertical, fsdb …"),
    FORMAT_FLAG(formats[0], "json", "the same as --format json"),
    FORMAT_FLAG(formats[1], "csv", "the same as --format csv"),
    FORMAT_FLAG(formats[2], "tsv", "the same as --format tsv"),
    FORMAT_FLAG(formats[3], "ndjson", "the same as --format ndjson"),
    FORMAT_FLAG(formats[4], "markdown", "the same as --format markdown"),
    FORMAT_FLAG(formats[5], "vertical", "the same as --format vertical"),
    FORMAT_FLAG(formats[6], "fsdb", "the same as --format fsdb"),
    FORMAT_FLAG(formats[7], "text", "the same as --format text"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct tw_common_values, time, .name = "time", .meta = "HOW",
              .choices = time_choices, .help = "write times as utc, local, epoch or relative"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct tw_common_values, output, .name = "output", .short_name = 'o',
              .help = "write the result to a file, the format taken from its name"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tw_common_values, wide, .name = "wide",
              .help = "show every column, however narrow the terminal"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct tw_common_values, delimiter, .name = "delimiter",
              .meta = "CHAR", .help = "write csv with this in the place of commas, tab for a tab"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tw_common_values, csv_safe, .name = "csv-safe",
              .help = "keep spreadsheets from running cells as formulas"),
    TRAWL_OPT(TRAWL_ARG_U64, struct tw_common_values, rotate, .name = "rotate", .meta = "ROWS",
              .min = "1", .help = "a new file after so many rows: x.csv is x.0.csv, x.1.csv …"),
    TRAWL_OPT(TRAWL_ARG_U64, struct tw_common_values, rotate_files, .name = "rotate-files",
              .meta = "N", .min = "1", .help = "at most N of them: the first is written anew then"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct tw_common_values, anonymize, .name = "anonymize",
              .meta = "COLUMNS", .help = "columns, a,b,c, whose values nobody is to know"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct tw_common_values, anonymize_key, .name = "anonymize-key",
              .help = "the secret for that; see 'help anonymize'"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tw_common_values, fail_empty, .name = "fail-empty",
              .help = "end with status 4 when there are no rows"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tw_common_values, help, .name = "help",
              .help = "show the help of this command"),
};

static const trawl_arg listing_args[] = {
    TRAWL_OPT(TRAWL_ARG_SORT, struct tw_listing_values, sort, .name = "sort",
              .flags = TRAWL_ARG_REPEATED,
              .help = "order the rows by a column; -COL for descending; may be repeated"),
    TRAWL_OPT(TRAWL_ARG_U64, struct tw_listing_values, top, .name = "top", .unit = "rows",
              .min = "1", .help = "keep the first rows only"),
};

static const trawl_arg table_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct tw_table_values, columns, .name = "columns",
              .short_name = 'e', .flags = TRAWL_ARG_REPEATED,
              .help = "these columns: a,b,c or a b c; may be repeated"),
    TRAWL_OPT(TRAWL_ARG_EXPR, struct tw_table_values, where, .name = "where", .short_name = 'Y',
              .help = "the rows for which an expression holds; of packets also a group of "
                      "fields, as tls.handshake"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct tw_table_values, strict, .name = "strict",
              .help = "only rows in which all columns of -e have a value"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct tw_table_values, capture, .name = "capture",
              .help = "of this capture instead of the current one"),
};

static const trawl_command table_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "table",
    .group = "tables",
    .summary = "show a table",
    .args = table_args,
    .n_args = TRAWL_COUNT(table_args),
    .opts_size = sizeof(struct tw_table_values),
};

const trawl_arg *tw_common_args(size_t *ret_n)
{
    *ret_n = TRAWL_COUNT(common_args);
    return common_args;
}

const trawl_arg *tw_listing_args(size_t *ret_n)
{
    *ret_n = TRAWL_COUNT(listing_args);
    return listing_args;
}

const trawl_command *tw_table_command(void)
{
    return &table_command;
}

void tw_common_resolve(const struct tw_common_values *values, struct tw_common_options *ret)
{
    ret->format = values->format;
    for (size_t i = 0; !ret->format && i < TW_COUNT(values->formats); i++) {
        if (values->formats[i])
            ret->format = common_args[1 + i].name;
    }
    ret->time = values->time;
    ret->output = values->output;
    ret->wide = values->wide;
    ret->help = values->help;
    ret->delimiter = values->delimiter;
    ret->csv_safe = values->csv_safe;
    ret->rotate = values->rotate;
    ret->rotate_files = values->rotate_files;
    ret->anonymize = values->anonymize;
    ret->anonymize_key = values->anonymize_key;
    ret->fail_empty = values->fail_empty;
}
