/* Completion from descriptors: commands, options, values, columns after a pipe, files.
 * Must not know terminals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/task.h"
#include "shell/complete.h"

/* A plugin of three commands: a source with two columns, a filter that keeps columns, a listing. */
struct pick_opts {
    trawl_words columns;
    const char *how, *file, *sort, *expr, *kind, *total;
    uint64_t count, stream;
};
static const char *const hows[] = {"fast", "full", "slow", NULL};
static const trawl_arg pick_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct pick_opts, columns, .name = "columns",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, .help = "which"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct pick_opts, how, .name = "how", .choices = hows,
              .help = "how"),
    TRAWL_OPT(TRAWL_ARG_U64, struct pick_opts, count, .name = "count", .short_name = 'n',
              .help = "rows"),
};
static const trawl_arg order_args[] = {
    TRAWL_OPT(TRAWL_ARG_SORT, struct pick_opts, sort, .name = "key", .flags = TRAWL_ARG_POSITIONAL,
              .help = "key"),
};
static const trawl_arg only_args[] = {
    TRAWL_OPT(TRAWL_ARG_EXPR, struct pick_opts, expr, .name = "expr", .flags = TRAWL_ARG_POSITIONAL,
              .help = "expression"),
};
static const trawl_arg read_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct pick_opts, file, .name = "file", .flags = TRAWL_ARG_POSITIONAL,
              .help = "file"),
};
/* What texts are, their metas say. */
static const trawl_arg kinds_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, kind, .name = "analyze", .meta = "ANALYZER",
              .help = "x"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, how, .name = "resolve", .meta = "RESOLVER",
              .help = "x"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, file, .name = "allow", .meta = "LIST",
              .help = "x"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, sort, .name = "interface", .short_name = 'i',
              .meta = "INTERFACE", .help = "x"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, expr, .name = "where", .short_name = 'Y',
              .meta = "EXPR", .help = "x"),
    TRAWL_OPT(TRAWL_ARG_AGGREGATE, struct pick_opts, total, .name = "total", .help = "x"),
};
static const char *const instead[] = {"stop", NULL};
static const trawl_arg taker_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, columns, .name = "device", .meta = "INTERFACE",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, .choices = instead, .help = "x"),
};
static const trawl_arg again_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, how, .name = "interval",
              .flags = TRAWL_ARG_POSITIONAL, .help = "x"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct pick_opts, columns, .name = "command", .meta = "COMMAND",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, .help = "x"),
};
static const trawl_column gives[] = {
    TRAWL_COLUMN(.type = TRAWL_U64, .name = "bytes", .help = "x"),
    TRAWL_COLUMN(.type = TRAWL_U64, .name = "packets", .help = "x"),
};

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret;
    return tw_fail(err, TRAWL_E_UNSUPPORTED, "completion ran a command");
}

#define COMMAND(name_, flags_, args_, ...)                                                       \
    {                                                                                            \
        .size = sizeof(trawl_command), .name = name_, .flags = flags_, .group = "test",          \
        .summary = "a test", .arg_size = sizeof(trawl_arg), .column_size = sizeof(trawl_column), \
        .args = args_, .n_args = TRAWL_COUNT(args_), .opts_size = sizeof(struct pick_opts),      \
        .run = run, __VA_ARGS__                                                                  \
    }
static const trawl_command commands[] = {
    COMMAND("readit", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING, read_args, .gives = gives,
            .n_gives = 2),
    COMMAND("pick", TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SAME_COLUMNS, pick_args),
    COMMAND("only", TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SAME_COLUMNS, only_args),
    COMMAND("kinds", TRAWL_COMMAND_SOURCE, kinds_args, .gives = gives, .n_gives = 2),
    COMMAND("taker", TRAWL_COMMAND_SOURCE, taker_args, .gives = gives, .n_gives = 2),
    COMMAND("again", TRAWL_COMMAND_SOURCE, again_args, .gives = gives, .n_gives = 2),
    COMMAND("order", TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SAME_COLUMNS, order_args),
};
static int refuse(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                  trawl_error *err)
{
    (void)capture, (void)argument, (void)ret;
    return run(call, NULL, NULL, NULL, err);
}
static int resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                   int (*named)(void *context, size_t i, const void *text, size_t n_text,
                                trawl_error *err),
                   void *context, trawl_error *err)
{
    (void)state, (void)addresses, (void)n, (void)named, (void)context;
    return run(call, NULL, NULL, NULL, err);
}
static int allow(void *state, const uint8_t address[16], uint16_t port)
{
    (void)state, (void)address, (void)port;
    return 0;
}
static void take(void *state, void *destination, const trawl_top_segment *segment)
{
    (void)state, (void)destination, (void)segment;
}
static void merge(void *state, void *to, const void *from)
{
    (void)state, (void)to, (void)from;
}
static void put(const trawl_host *host, void *state, const void *destination, trawl_builder *row)
{
    (void)host, (void)state, (void)destination, (void)row;
}
static void done(void *state)
{
    (void)state;
}
static const trawl_resolver resolvers[] = {{.size = sizeof(trawl_resolver),
                                            .name = "racks",
                                            .summary = "a test",
                                            .open = refuse,
                                            .resolve = resolve,
                                            .close = done},
                                           {.size = sizeof(trawl_resolver),
                                            .name = "rooms",
                                            .summary = "a test",
                                            .open = refuse,
                                            .resolve = resolve,
                                            .close = done}};
static const trawl_allow allows[] = {{.size = sizeof(trawl_allow),
                                      .name = "web",
                                      .summary = "a test",
                                      .open = refuse,
                                      .allow = allow,
                                      .close = done}};
static const trawl_analyzer analyzers[] = {{.size = sizeof(trawl_analyzer),
                                            .column_size = sizeof(trawl_column),
                                            .name = "late",
                                            .summary = "a test",
                                            .columns = gives,
                                            .n_columns = TRAWL_COUNT(gives),
                                            .state_size = 8,
                                            .open = refuse,
                                            .take = take,
                                            .merge = merge,
                                            .put = put,
                                            .close = done}};
static const trawl_plugin plugin = {TRAWL_PLUGIN_HEAD,
                                    .name = "testing",
                                    .version = "1",
                                    .summary = "for tests",
                                    .licence = "MIT",
                                    .commands = commands,
                                    .n_commands = TRAWL_COUNT(commands),
                                    .resolvers = resolvers,
                                    .n_resolvers = TRAWL_COUNT(resolvers),
                                    .allows = allows,
                                    .n_allows = TRAWL_COUNT(allows),
                                    .analyzers = analyzers,
                                    .n_analyzers = TRAWL_COUNT(analyzers)};

static struct tw_shell shell;

static int set_up(void **state)
{
    tw_error err = TW_ERROR_INIT;

    (void)state;
    if (tw_shell_init(&shell, &err) != TRAWL_OK ||
        tw_registry_add(shell.registry, &plugin, "testing", &err) != TRAWL_OK) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tw_shell_fini(&shell);
    tw_pool_fini();
    return 0;
}

/* The candidates, parted by blanks, and where the word starts. */
static void check(const char *text, size_t start, const char *want)
{
    struct tw_buffer got = TW_BUFFER_INIT;
    struct tw_completion c;

    tw_complete(&shell, text, strlen(text), &c);
    for (size_t i = 0; i < c.n_items; i++)
        tw_buffer_printf(&got, "%s%s", i ? " " : "", c.items[i]);
    assert_string_equal(got.data ? got.data : "", want);
    if (c.n_items)
        assert_int_equal(c.start, start);
    tw_completion_fini(&c);
    tw_buffer_fini(&got);
}

static void commands_first_and_after_a_pipe(void **state)
{
    (void)state;
    check("rea", 0, "readit");
    check("packets | p", 10, "pick");
    check("packets |o", 9, "only order");
    check("pick; rea", 6, "readit");
}

static void columns_after_a_pipe(void **state)
{
    (void)state;
    check("readit | pick b", 14, "bytes");
    check("readit | pick bytes pa", 20, "packets");
    check("readit | pick ", 14, "bytes packets");
    check("readit x | pick --how fast p", 27, "packets");
    check("readit | order -by", 15, "-bytes");
    check("packets | pick tcp.window_size_v", 15, "tcp.window_size_value");
}

static void columns_within_expressions(void **state)
{
    (void)state;
    check("readit | only b", 14, "bytes");
    check("readit | only (by", 14, "(bytes");
    check("readit | only bytes > 3 && !pa", 27, "!packets");
    /* names of groups of fields are tests, but no columns */
    check("packets | only geneve.fl", 15, "geneve.flags geneve.flags.critical geneve.flags.oam");
    /* behind an operand operators, from the lexer of expressions; behind a comparison what joins it
     */
    check("readit | only bytes ", 20, "!= < <= == > >= and contains in matches or xor");
    check("readit | only bytes > 3 and packets co", 36, "contains");
    check("readit | only bytes > 3 ", 24, "and or xor");
    check("readit | only bytes in {1, 2} ", 30, "and or xor");
    check("readit | only bytes in {1, ", 27, "bytes packets");
    check("readit | only not (bytes > 3) ", 30, "and or xor");
    check("readit | only bytes + ", 22, "bytes packets");
    check("readit | only 'bytes > 3' ", 26, "");
    check("packets -Y !geneve.fl", 11, "!geneve.flags !geneve.flags.critical !geneve.flags.oam");
    check("packets | pick geneve.fl", 15, "geneve.flags.critical geneve.flags.oam");
}

static void options_and_their_values(void **state)
{
    (void)state;
    check("readit | pick --ho", 14, "--how");
    check("readit | pick --how f", 20, "fast full");
    check("readit | pick --how=s", 14, "--how=slow");
    check("readit --sor", 7, "--sort");
    check("readit --sort -pa", 14, "-packets");
    check("readit --time ep", 14, "epoch");
    check("readit --format cs", 16, "csv");
    check("packets --to", 8, "--top");
}

/* What other plugins bring, interfaces, columns of an expression, and files behind a ':'. */
static void values_by_their_kind(void **state)
{
    (void)state;
    check("kinds --analyze ", 16, "late");
    check("kinds --resolve r", 16, "racks rooms");
    check("kinds --resolve=ro", 6, "--resolve=rooms");
    check("kinds --resolve racks:/proc/self/cmdl", 16, "racks:/proc/self/cmdline");
    check("kinds --allow ", 14, "web");
    check("kinds --interface an", 18, "any");
    check("kinds -i an", 9, "any");
    check("taker an", 6, "any");
    check("taker sto", 6, "stop");
    check("taker any ", 10, "");
    check("again 2s taker sto", 15, "stop");
    check("again 2s rea", 9, "readit");
    check("kinds -Y pack", 9, "packets");
    check("kinds --total p", 14, "p25 p50 p75 p90 p95 p99");
    check("kinds --analyze late:/proc/self/cmdl", 16, "");
}

static void files_and_what_needs_quotes(void **state)
{
    char folder[] = "/tmp/trawl-test-XXXXXX", path[128], line[256], want[256];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a b.pcap", folder);
    fclose(fopen(path, "w"));
    snprintf(line, sizeof(line), "readit %s/a", folder);
    snprintf(want, sizeof(want), "'%s/a b.pcap'", folder);
    check(line, 7, want);
    snprintf(line, sizeof(line), "readit > %s/", folder);
    check(line, 9, want);
    snprintf(line, sizeof(line), "readit '%s/a b", folder);
    check(line, 7, want);
    remove(path);
    remove(folder);
}

static void nothing_fits(void **state)
{
    (void)state;
    check("nosuchthing", 0, "");
    check("readit | !so", 9, "");
    check("nosuch | pick ", 14, "");
}

static void common_start(void **state)
{
    struct tw_completion c;

    (void)state;
    tw_complete(&shell, "readit | pick --how f", 21, &c); /* fast full */
    assert_int_equal(tw_completion_common(&c), 1);
    tw_completion_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_first_and_after_a_pipe),
        cmocka_unit_test(columns_after_a_pipe),
        cmocka_unit_test(columns_within_expressions),
        cmocka_unit_test(options_and_their_values),
        cmocka_unit_test(values_by_their_kind),
        cmocka_unit_test(files_and_what_needs_quotes),
        cmocka_unit_test(nothing_fits),
        cmocka_unit_test(common_start),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
