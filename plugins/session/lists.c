/* Lists of what there is: captures, interfaces, tables, fields, commands, plugins, variables,
 * history. Must not know where the lists come from: the host makes them. */
#include <fnmatch.h>
#include <string.h>

#include "trawl/views.h"

#include "session.h"

/* Every list takes a pattern over its first text column, so that `tables tcp*` works like `fields`.
 */
struct list_opts {
    const char *pattern;
};

static const trawl_arg list_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct list_opts, pattern, .name = "pattern",
              .flags = TRAWL_ARG_POSITIONAL, .meta = "PATTERN",
              .help = "only names that hold this text, or match it when it has * or ?"),
};

static int matches(const char *pattern, const char *name)
{
    return strpbrk(pattern, "*?[") ? fnmatch(pattern, name, 0) == 0 : strstr(name, pattern) != NULL;
}

/* Rows of a list whose cell in column `name` matches; *table is replaced. */
static int keep_matching(trawl_call *call, const char *pattern, trawl_table **table,
                         trawl_error *err)
{
    int64_t i_column = host->schema_find(host->schema_of(*table), "name");
    uint64_t n_rows = host->n_rows(*table), n = 0;
    trawl_table *kept = NULL;
    uint32_t *rows;
    int rc;

    if (i_column < 0)
        i_column = 0;
    rows = host->call_alloc(call, (size_t)(n_rows + 1) * sizeof(*rows));
    if (!rows)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t i = 0; i < n_rows; i++) {
        const char *name = host->cell_text(call, *table, (size_t)i_column, i, err);

        if (!name)
            return TRAWL_E_NOMEM;
        if (matches(pattern, name))
            rows[n++] = (uint32_t)i;
    }
    rc = host->gather(call, *table, rows, n, &kept, err);
    if (rc != TRAWL_OK)
        return rc;
    host->release(*table);
    *table = kept;
    return TRAWL_OK;
}

static int run_list(trawl_call *call, const char *what, const void *opts, trawl_table **ret,
                    trawl_error *err)
{
    const struct list_opts *o = opts;
    trawl_table *table = NULL;
    int rc = host->list(call, what, &table, err);

    if (rc == TRAWL_OK && o->pattern)
        rc = keep_matching(call, o->pattern, &table, err);
    if (rc == TRAWL_OK)
        *ret = table;
    else
        host->release(table);
    return rc;
}

#define LIST(what, aliases_, group_, summary_, text_, examples_)                                  \
    static int what##_schema(trawl_call *call, const void *opts, const trawl_schema *in,          \
                             trawl_schema **ret, trawl_error *err)                                \
    {                                                                                             \
        (void)opts;                                                                               \
        (void)in;                                                                                 \
        return host->columns_of(call, #what, ret, err);                                           \
    }                                                                                             \
    static int what##_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret, \
                          trawl_error *err)                                                       \
    {                                                                                             \
        (void)in;                                                                                 \
        return run_list(call, #what, opts, ret, err);                                             \
    }                                                                                             \
    const trawl_command what##_command = {                                                        \
        SESSION_COMMAND(#what, group_, TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING),             \
        .aliases = aliases_,                                                                      \
        .summary = summary_,                                                                      \
        .text = text_,                                                                            \
        .args = list_args,                                                                        \
        .n_args = TRAWL_COUNT(list_args),                                                         \
        .examples = examples_,                                                                    \
        .n_examples = TRAWL_COUNT(examples_),                                                     \
        .opts_size = sizeof(struct list_opts),                                                    \
        .schema = what##_schema,                                                                  \
        .run = what##_run,                                                                        \
    }

static const trawl_example captures_examples[] = {
    {"captures", "the loaded captures with packets, bytes, start and duration"},
};
LIST(captures, NULL, "captures", "list the loaded captures",
     "One row for each capture, in the order of loading. The names of captures are commands too: "
     "typing one shows its packets.",
     captures_examples);

static const trawl_example interfaces_examples[] = {
    {"interfaces", "link type, snapshot length and name of each interface"},
    {"interfaces --machine", "what 'capture' can listen on"},
};
struct interfaces_opts {
    struct list_opts list;
    uint8_t machine;
};

static const trawl_arg interfaces_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct interfaces_opts, list.pattern, .name = "pattern",
              .flags = TRAWL_ARG_POSITIONAL, .meta = "PATTERN",
              .help = "only names that hold this text, or match it when it has * or ?"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct interfaces_opts, machine, .name = "machine", .short_name = 'm',
              .help = "this machine's own, which 'capture' takes"),
};

static const char *interfaces_of(const struct interfaces_opts *o)
{
    return o->machine ? "devices" : "interfaces";
}

static int interfaces_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                             trawl_schema **ret, trawl_error *err)
{
    (void)in;
    return host->columns_of(call, interfaces_of(opts), ret, err);
}

static int interfaces_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                          trawl_error *err)
{
    const struct interfaces_opts *o = opts;

    (void)in;
    return run_list(call, interfaces_of(o), &o->list, ret, err);
}

const trawl_command interfaces_command = {
    SESSION_COMMAND("interfaces", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING),
    .summary = "list the interfaces of the loaded captures, or of this machine",
    .text = "A pcapng file names the interfaces its packets came from; a pcap file has one without "
            "a name. With --machine it lists this machine's own interfaces, for 'capture'.",
    .args = interfaces_args,
    .n_args = TRAWL_COUNT(interfaces_args),
    .examples = interfaces_examples,
    .n_examples = TRAWL_COUNT(interfaces_examples),
    .opts_size = sizeof(struct interfaces_opts),
    .schema = interfaces_schema,
    .run = interfaces_run,
};

static const trawl_example tables_examples[] = {
    {"tables", "every table, with its columns and what a row is"},
};
LIST(tables, NULL, "tables", "list the tables of a capture",
     "A table's name is a command: typing it shows the table. Tables are computed when they are "
     "first used and then kept with the capture.",
     tables_examples);

struct fields_opts {
    struct list_opts list;
    uint64_t level;
};

/* Does it come out of a file that no setting names? */
static int lacks_file(trawl_call *call, const trawl_view *settings, uint64_t row)
{
    char name[64];
    const size_t n = trawl_view_has(settings, row)
                         ? host->value_text(settings, row, name, sizeof(name))
                         : 0;

    if (n == 0 || n >= sizeof(name))
        return 0;
    name[n] = 0;
    return !host->setting_text(call, name);
}

/* Only the fields of a level, which holds those below. */
static int keep_level(trawl_call *call, uint64_t level, trawl_table **table, trawl_error *err)
{
    trawl_view view = {.size = sizeof(view)}, settings = {.size = sizeof(settings)};
    uint32_t *rows = host->call_alloc(call, (size_t)(host->n_rows(*table) + 1) * sizeof(*rows));
    trawl_table *kept = NULL;
    uint64_t n = 0;
    int rc = rows ? host->view_named(call, *table, "level", &view, err)
                  : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc == TRAWL_OK)
        rc = host->view_named(call, *table, "setting", &settings, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < view.n_rows; i++) {
        const uint64_t from = trawl_view_u64(&view, i);

        if (from && from <= level && !lacks_file(call, &settings, i))
            rows[n++] = (uint32_t)i;
    }
    if (rc == TRAWL_OK)
        rc = host->gather(call, *table, rows, n, &kept, err);
    if (rc == TRAWL_OK) {
        host->release(*table);
        *table = kept;
    }
    return rc;
}

static int fields_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    const struct fields_opts *o = opts;
    trawl_table *table = NULL;
    int rc;

    (void)in;
    if (o->level && o->level != 1 && o->level != 2 && o->level != 3 && o->level != 10)
        return host->fail(err, TRAWL_E_USAGE,
                          "currently supported dissection levels: [1, 2, 3, 10]");
    rc = run_list(call, "fields", &o->list, &table, err);
    if (rc == TRAWL_OK && o->level)
        rc = keep_level(call, o->level, &table, err);
    if (rc == TRAWL_OK)
        *ret = table;
    else
        host->release(table);
    return rc;
}

static int fields_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                         trawl_schema **ret, trawl_error *err)
{
    (void)opts;
    (void)in;
    return host->columns_of(call, "fields", ret, err);
}

static const trawl_arg fields_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct fields_opts, list.pattern, .name = "pattern",
              .flags = TRAWL_ARG_POSITIONAL, .meta = "PATTERN",
              .help = "only names that hold this text, or match it when it has * or ?"),
    TRAWL_OPT(TRAWL_ARG_U64, struct fields_opts, level, .name = "level", .meta = "N", .min = "1",
              .help = "only what dissect and compare count at this level (1, 2, 3, 10)"),
};
static const trawl_example fields_examples[] = {
    {"fields tcp.options", "the fields of TCP options"},
    {"fields 'ip.*' | where type == \"ip\"", "the fields of IPv4 that hold an address"},
    {"fields --level 2", "link layer to ports, what is counted when no level is given"},
};
const trawl_command fields_command = {
    SESSION_COMMAND("fields", "tables", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING),
    .summary = "list the fields that packets can have",
    .text =
        "Fields have Wireshark's names and meanings. Each is a column of the table 'packets', "
        "computed when it is first used. A level is a set of fields that dissect and compare "
        "count: 1 packets only, 2 link layer to ports, 3 DNS, HTTP and TLS too, 10 every field; "
        "those out of a file, as src.asn, once a setting names it.",
    .args = fields_args,
    .n_args = TRAWL_COUNT(fields_args),
    .examples = fields_examples,
    .n_examples = TRAWL_COUNT(fields_examples),
    .opts_size = sizeof(struct fields_opts),
    .schema = fields_schema,
    .run = fields_run,
};

static const trawl_example commands_examples[] = {
    {"commands | where plugin == \"conn\"", "the commands of the plugin 'conn'"},
};
LIST(commands, NULL, "help", "list the commands",
     "The same commands as 'help' shows, as a table that can be filtered.", commands_examples);

static const trawl_example plots_examples[] = {
    {"plots mptcp", "the plots of MPTCP connections"},
};
static const char *const plots_aliases[] = {"list_available_plots", NULL}; /* mptcpanalyzer's */
LIST(
    plots, plots_aliases, "help", "list the plots",
    "What `plot` takes as its first word. `help plot NAME` tells what it draws and which arguments "
    "it has.",
    plots_examples);

static const trawl_example metrics_examples[] = {
    {"metrics", "what 'flows --metric' takes"},
};
LIST(metrics, NULL, "help", "list the flow metrics",
     "What `flows --metric` takes. `help NAME` tells the parameters and columns of one.",
     metrics_examples);

static const trawl_example plugins_examples[] = {
    {"plugins", "name, version, state and file of each plugin"},
    {"plugins | where state == \"refused\"", "what was not loaded, and why"},
};
static const char *const plugins_aliases[] = {"checkhealth", NULL}; /* mptcpanalyzer's */
LIST(plugins, plugins_aliases, "plugins", "list the plugins, loaded and refused",
     "Every command of trawl comes from a plugin. A plugin that could not be loaded is listed as "
     "refused with the reason.",
     plugins_examples);

static const trawl_example variables_examples[] = {
    {"variables", "the tables kept with $name = PIPELINE"},
};
LIST(
    variables, NULL, "tables", "list the tables that were kept",
    "A line such as '$big = tcp | where bytes > 1M' keeps a table; '$big' shows it and can start a "
    "pipeline.",
    variables_examples);

static const trawl_example history_examples[] = {
    {"history load", "the lines that hold 'load'"},
};
LIST(history, NULL, "help", "list the lines that were typed",
     "The interactive shell keeps the last thousand lines from session to session.",
     history_examples);
