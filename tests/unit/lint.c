/* The lint of descriptors: a sound one passes, and each fault is named.
 * Must not load files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/plugin/descriptor.h"
#include "core/plugin/registry.h"

struct opts {
    uint64_t count;
    const char *name;
    trawl_words rest;
};

/* A descriptor that may be spoilt: everything in it is writable and made anew for each test. */
struct sound {
    trawl_plugin plugin;
    trawl_command command;
    trawl_arg args[3];
    trawl_column columns[2];
    trawl_field field;
    trawl_dissector dissector;
    trawl_table_def table;
    trawl_derived derived;
    trawl_arg setting;
    trawl_metric metric;
    trawl_plot plot;
    trawl_writer writer;
    trawl_analyzer analyzer;
    trawl_example example;
};

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret, (void)err;
    return TRAWL_OK;
}

static int build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    (void)call, (void)capture, (void)ret, (void)err;
    return TRAWL_OK;
}

static int compute(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                   trawl_table **ret, trawl_error *err)
{
    (void)call, (void)capture, (void)packets, (void)ret, (void)err;
    return TRAWL_OK;
}

static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet, (void)layer, (void)sink;
}

static int on_packet(void *state, const trawl_flow_packet *packet)
{
    (void)state, (void)packet;
    return 0;
}

static void on_expire(const trawl_host *host, void *state, trawl_builder *row)
{
    (void)host, (void)state, (void)row;
}

static int draw(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret, (void)err;
    return TRAWL_OK;
}

static int begin(trawl_call *call, const trawl_schema *schema, void **ret_state,
                 int (*write)(void *sink, const void *data, size_t n, trawl_error *err), void *sink,
                 trawl_error *err)
{
    (void)call, (void)schema, (void)ret_state, (void)write, (void)sink, (void)err;
    return TRAWL_OK;
}

static int rows(trawl_call *call, void *state, trawl_table *table, uint64_t start, uint64_t n,
                trawl_error *err)
{
    (void)call, (void)state, (void)table, (void)start, (void)n, (void)err;
    return TRAWL_OK;
}

static int end(trawl_call *call, void *state, trawl_error *err)
{
    (void)call, (void)state, (void)err;
    return TRAWL_OK;
}

static int open_run(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                    trawl_error *err)
{
    (void)call, (void)capture, (void)argument, (void)ret, (void)err;
    return TRAWL_OK;
}

static void take(void *state, void *to, const trawl_top_segment *segment)
{
    (void)state, (void)to, (void)segment;
}

static void merge(void *state, void *to, const void *from)
{
    (void)state, (void)to, (void)from;
}

static void put(const trawl_host *host, void *state, const void *from, trawl_builder *row)
{
    (void)host, (void)state, (void)from, (void)row;
}

static void close_run(void *state)
{
    (void)state;
}

static struct sound s;

static void make_sound(void)
{
    memset(&s, 0, sizeof(s));
    s.args[0] = (trawl_arg)TRAWL_OPT(TRAWL_ARG_U64, struct opts, count, .name = "count",
                                     .short_name = 'n', .def = "10", .min = "1", .help = "rows");
    s.args[1] = (trawl_arg)TRAWL_OPT(TRAWL_ARG_FILE, struct opts, name, .name = "file",
                                     .flags = TRAWL_ARG_POSITIONAL, .help = "a file");
    s.args[2] = (trawl_arg)TRAWL_OPT(TRAWL_ARG_COLUMN, struct opts, rest, .name = "rest",
                                     .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
                                     .help = "columns");
    s.columns[0] = (trawl_column)TRAWL_COLUMN(.name = "n", .type = TRAWL_U64, .help = "a number");
    s.columns[1] = (trawl_column)TRAWL_COLUMN(.name = "ip.src", .type = TRAWL_IP, .help = "who");
    s.example = (trawl_example){"test x", "shows x"};
    s.command = (trawl_command){.size = sizeof(trawl_command),
                                .flags = TRAWL_COMMAND_SOURCE,
                                .arg_size = sizeof(trawl_arg),
                                .column_size = sizeof(trawl_column),
                                .name = "test",
                                .group = "tests",
                                .summary = "a test",
                                .args = s.args,
                                .n_args = 3,
                                .gives = s.columns,
                                .n_gives = 2,
                                .examples = &s.example,
                                .n_examples = 1,
                                .opts_size = sizeof(struct opts),
                                .run = run};
    s.field = (trawl_field)TRAWL_FIELD(.name = "test.x", .type = TRAWL_U8, .help = "x");
    s.dissector = (trawl_dissector){.size = sizeof(trawl_dissector),
                                    .field_size = sizeof(trawl_field),
                                    .name = "test",
                                    .layer = "ip",
                                    .help = "a test",
                                    .fields = &s.field,
                                    .n_fields = 1,
                                    .extract = extract};
    s.table = (trawl_table_def){.size = sizeof(trawl_table_def),
                                .column_size = sizeof(trawl_column),
                                .name = "tests",
                                .summary = "tests",
                                .columns = s.columns,
                                .n_columns = 2,
                                .build = build};
    s.derived = (trawl_derived){.size = sizeof(trawl_derived),
                                .field_size = sizeof(trawl_field),
                                .name = "test",
                                .fields = &s.field,
                                .n_fields = 1,
                                .compute = compute};
    s.metric = (trawl_metric){.size = sizeof(trawl_metric),
                              .column_size = sizeof(trawl_column),
                              .name = "test",
                              .summary = "a test",
                              .columns = s.columns,
                              .n_columns = 2,
                              .state_size = 8,
                              .on_init = on_packet,
                              .on_update = on_packet,
                              .on_expire = on_expire};
    s.plot = (trawl_plot){.size = sizeof(trawl_plot),
                          .arg_size = sizeof(trawl_arg),
                          .flags = TRAWL_COMMAND_SOURCE,
                          .name = "test",
                          .summary = "a test",
                          .args = s.args,
                          .n_args = 3,
                          .opts_size = sizeof(struct opts),
                          .draw = draw};
    s.analyzer = (trawl_analyzer){.size = sizeof(trawl_analyzer),
                                  .column_size = sizeof(trawl_column),
                                  .name = "test",
                                  .summary = "a test",
                                  .columns = s.columns,
                                  .n_columns = 2,
                                  .state_size = 8,
                                  .open = open_run,
                                  .take = take,
                                  .merge = merge,
                                  .put = put,
                                  .close = close_run};
    s.writer = (trawl_writer){.size = sizeof(trawl_writer),
                              .name = "test",
                              .extension = ".test",
                              .summary = "a test",
                              .begin = begin,
                              .rows = rows,
                              .end = end};
    s.setting = (trawl_arg){
        .size = sizeof(trawl_arg), .kind = TRAWL_ARG_FILE, .name = "test-file", .help = "a test"};
    s.plugin = (trawl_plugin){TRAWL_PLUGIN_HEAD,
                              .name = "test",
                              .version = "1",
                              .summary = "a test",
                              .licence = "MIT",
                              .commands = &s.command,
                              .n_commands = 1,
                              .dissectors = &s.dissector,
                              .n_dissectors = 1,
                              .tables = &s.table,
                              .n_tables = 1,
                              .derived = &s.derived,
                              .n_derived = 1,
                              .metrics = &s.metric,
                              .n_metrics = 1,
                              .plots = &s.plot,
                              .n_plots = 1,
                              .writers = &s.writer,
                              .n_writers = 1,
                              .settings = &s.setting,
                              .analyzers = &s.analyzer,
                              .n_analyzers = 1,
                              .n_settings = 1};
}

static void a_sound_descriptor_passes(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    make_sound();
    if (tw_plugin_lint(&s.plugin, &err) != TRAWL_OK)
        fail_msg("%s", err.message);
}

/* Spoil one thing of a sound descriptor; the message must be this one. */
#define REFUSED(spoil, text)                                                \
    do {                                                                    \
        trawl_error err_ = TW_ERROR_INIT;                                   \
                                                                            \
        make_sound();                                                       \
        spoil;                                                              \
        assert_int_equal(tw_plugin_lint(&s.plugin, &err_), TRAWL_E_PLUGIN); \
        assert_string_equal(err_.message, text);                            \
    } while (0)

static void the_handshake(void **state)
{
    (void)state;
    REFUSED(s.plugin.magic = 1, "is no trawl plugin: its descriptor starts with 0x00000001");
    REFUSED(s.plugin.abi_major = 2, "needs ABI 2.2, this trawl has 1.2");
    REFUSED(s.plugin.abi_minor = 3, "needs ABI 1.3, this trawl has 1.2");
    /* 8 + 8 * 4 + 4 * 8 + 7 * 8 + 8 * 4 + 8 = 168 bytes up to init, by hand from plugin.h */
    REFUSED(s.plugin.size = 160, "its descriptor has 160 bytes, ABI 1.0 has 168");
    REFUSED(s.plugin.size = 1 << 20, "its descriptor has 1048576 bytes, ABI 1.0 has 168");
    REFUSED(s.plugin.name = NULL, "its descriptor has no usable name");
    REFUSED(s.plugin.name = "Test", "its descriptor has no usable name");
    REFUSED(s.plugin.licence = NULL, "its descriptor lacks a version, a licence or a summary");
    REFUSED(s.plugin.summary = "A test.", "its descriptor lacks a version, a licence or a summary");
}

static void sizes_and_counts(void **state)
{
    (void)state;
    REFUSED(s.plugin.command_size = 0, "has commands of 0 bytes; in ABI 1.0 they have 120");
    REFUSED(s.plugin.command_size = 121, "the array of commands is not aligned");
    REFUSED(s.plugin.command_size = 8192, "has commands of 8192 bytes; in ABI 1.0 they have 120");
    REFUSED(s.command.size = 128, "command 0 says it has 128 bytes, its array 120");
    REFUSED(s.plugin.n_commands = UINT32_MAX, "has 4294967295 commands; 16384 is the most");
    REFUSED(s.plugin.commands = NULL, "says it has 1 commands but gives none");
    REFUSED(s.command.arg_size = 8,
            "command 'test': has arguments of 8 bytes; in ABI 1.0 they have 96");
    REFUSED(s.command.column_size = 8,
            "command 'test': has columns of 8 bytes; in ABI 1.0 they have 48");
    REFUSED(s.dissector.field_size = 8,
            "dissector 'test': has fields of 8 bytes; in ABI 1.0 they have 48");
    REFUSED(s.command.n_examples = 1 << 20,
            "command 'test': says it has 1048576 examples but gives none");
}

static void commands(void **state)
{
    static const char *const bad_aliases[] = {"-x", NULL};

    (void)state;
    REFUSED(s.command.name = "two words", "command '?': number 0 has no usable name");
    REFUSED(s.command.name = "", "command '?': number 0 has no usable name");
    REFUSED(s.command.aliases = bad_aliases, "command 'test': alias 0 is not usable");
    REFUSED(s.command.group = NULL, "command 'test': has no group");
    REFUSED(s.command.summary = "a test.",
            "command 'test': its summary is not one line without a full stop");
    REFUSED(s.command.summary = "a\ntest",
            "command 'test': its summary is not one line without a full stop");
    REFUSED(s.command.flags = 1u << 31, "command 'test': has unknown flags 0x80000000");
    REFUSED(s.command.flags = 0, "command 'test': is neither a source nor a filter");
    REFUSED(s.command.flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_SCREEN,
            "command 'test': draws on the terminal but has no effect");
    REFUSED(s.command.flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_SAME_COLUMNS,
            "command 'test': gives the columns it takes but takes none");
    REFUSED(s.command.run = NULL, "command 'test': has no run function");
    REFUSED(s.command.n_gives = 0, "command 'test': does not say which columns it gives");
    REFUSED(s.example.line = NULL, "command 'test': example 0 is not a line with what it shows");
}

static void arguments(void **state)
{
    (void)state;
    REFUSED(s.args[0].name = "--count", "command 'test': argument 0 has no usable name");
    REFUSED(s.args[0].name = "help", "command 'test': argument 'help' is the host's own");
    REFUSED(s.args[0].help = NULL, "command 'test': argument 'count' has no help");
    REFUSED(s.args[0].flags = 1u << 9, "command 'test': argument 'count' has unknown flags 0x200");
    REFUSED(s.args[0].kind = 99, "command 'test': argument 'count' has the unknown kind 99");
    REFUSED(s.args[0].kind = 0, "command 'test': argument 'count' has the unknown kind 0");
    REFUSED(s.args[0].storage = 4,
            "command 'test': argument 'count' is stored in 4 bytes, its kind takes 8");
    REFUSED(s.args[0].offset = sizeof(struct opts) - 4,
            "command 'test': argument 'count' lies outside of the options");
    REFUSED(s.args[0].offset = SIZE_MAX - 3,
            "command 'test': argument 'count' lies outside of the options");
    REFUSED(s.args[0].offset = 4, "command 'test': argument 'count' is not aligned");
    REFUSED(s.args[0].short_name = '-',
            "command 'test': argument 'count' has an unusable short name");
    REFUSED(s.args[1].short_name = 'f',
            "command 'test': positional argument 'file' has a short name");
    REFUSED(
        s.args[0].def = "ten",
        "command 'test': default of argument 'count': argument 'ten' of '--count' is not a number");
    REFUSED(s.args[0].def = "0",
            "command 'test': default of argument 'count': argument '0' of '--count' is below 1");
    REFUSED(
        s.args[0].min = "x",
        "command 'test': minimum of argument 'count': argument 'x' of '--count' is not a number");
    REFUSED(s.args[1].max = "3", "command 'test': argument 'file' has a range but is no number");
    REFUSED(s.args[1].kind = TRAWL_ARG_CHOICE, "command 'test': argument 'file' has no choices");
    REFUSED(s.args[0].flags = TRAWL_ARG_REQUIRED,
            "command 'test': argument 'count' is required or repeated and has a default");
    REFUSED(s.args[1].name = "count", "command 'test': has two arguments 'count'");
    REFUSED((s.args[1].flags = 0, s.args[1].short_name = 'n'),
            "command 'test': arguments 'count' and 'file' are both -n");
    REFUSED(s.args[1].offset = 0, "command 'test': arguments 'count' and 'file' share memory");
    REFUSED(s.args[2].flags |= TRAWL_ARG_REQUIRED,
            "command 'test': required argument 'rest' follows the optional 'file'");
    REFUSED((s.args[1].offset = 16, s.args[1].storage = 16, s.args[1].flags |= TRAWL_ARG_REPEATED,
             s.args[2].offset = 8, s.args[2].storage = 8, s.args[2].flags = TRAWL_ARG_POSITIONAL),
            "command 'test': positional argument 'rest' follows the repeated 'file'");
    REFUSED(s.command.opts_size = 1 << 20,
            "command 'test': its options take 1048576 bytes; 65536 is the most");
}

static void columns_and_fields(void **state)
{
    (void)state;
    REFUSED(s.columns[0].name = NULL, "command 'test': column 0 has no usable name");
    REFUSED(s.columns[0].name = "a b", "command 'test': column 0 has no usable name");
    REFUSED(s.columns[0].help = NULL, "command 'test': column 'n' has no help");
    REFUSED(s.columns[0].type = 0, "command 'test': column 'n' has the unknown type 0");
    REFUSED(s.columns[0].type = 14, "command 'test': column 'n' has the unknown type 14");
    REFUSED(s.columns[0].flags = 1u << 20, "command 'test': column 'n' has unknown flags 0x100000");
    REFUSED(s.columns[1].name = "n", "command 'test': has two columns 'n'");
    REFUSED(s.field.name = "", "dissector 'test': field 0 has no usable name");
    REFUSED(s.field.type = 99, "dissector 'test': field 'test.x' has the unknown type 99");
}

static void other_kinds(void **state)
{
    (void)state;
    REFUSED(s.dissector.layer = NULL, "dissector 'test': does not say which layer it reads");
    REFUSED(s.dissector.extract = NULL, "dissector 'test': has no extract function");
    REFUSED(s.table.build = NULL, "table 'tests': has no build function");
    REFUSED(s.table.n_columns = 0, "table 'tests': has no columns");
    REFUSED(s.table.name = "a.b", "table '?': number 0 has no usable name");
    REFUSED(s.derived.compute = NULL, "derived fields 'test': has no compute function");
    REFUSED(s.metric.on_expire = NULL, "flow metric 'test': one of its three functions is missing");
    REFUSED(s.metric.state_size = 5000,
            "flow metric 'test': keeps 5000 bytes for each flow; 4096 is the most");
    REFUSED(s.plot.draw = NULL, "plot 'test': has no draw function");
    REFUSED(s.plot.flags = TRAWL_COMMAND_EFFECT, "plot 'test': is neither a source nor a filter");
    REFUSED(s.writer.extension = "test", "writer 'test': its extension is not usable");
    REFUSED(s.writer.rows = NULL, "writer 'test': one of its three functions is missing");
    REFUSED(s.analyzer.merge = NULL, "analyzer 'test': one of its functions is missing");
    REFUSED(s.analyzer.state_size = 0,
            "analyzer 'test': its state has 0 bytes, 1 to 1024 are possible");
    REFUSED(s.analyzer.state_size = 1025,
            "analyzer 'test': its state has 1025 bytes, 1 to 1024 are possible");
    REFUSED(s.analyzer.n_columns = 0, "analyzer 'test': has no columns");
    REFUSED(s.setting.name = "A", "setting '?': number 0 has no usable name");
    REFUSED(s.setting.kind = TRAWL_ARG_U64, "setting 'test-file': is neither a file nor a text");
    REFUSED(s.setting.flags = TRAWL_ARG_REQUIRED,
            "setting 'test-file': has flags, choices or a range");
    REFUSED(s.setting.help = NULL,
            "setting 'test-file': has no help, or a default that is no line");
}

/* A plugin of a later minor has larger elements: they are strided by its size, and what this
 * host does not know is passed over. */
static void larger_elements_are_strided(void **state)
{
    struct later {
        trawl_column column;
        uint64_t more;
    } later[2];
    struct tw_arena arena = TW_ARENA_INIT;
    const trawl_plugin *copy;

    (void)state;
    make_sound();
    for (size_t i = 0; i < 2; i++) {
        later[i].column = s.columns[i];
        later[i].column.size = sizeof(later[i]);
        later[i].more = UINT64_MAX;
    }
    s.command.gives = &later[0].column;
    s.command.column_size = sizeof(later[0]);
    assert_int_equal(tw_plugin_lint(&s.plugin, NULL), TRAWL_OK);
    copy = tw_descriptor_copy(&s.plugin, &arena, NULL);
    assert_int_equal(copy->commands[0].column_size, sizeof(trawl_column));
    assert_int_equal(copy->commands[0].gives[1].size, sizeof(trawl_column));
    assert_string_equal(copy->commands[0].gives[0].name, "n");
    assert_string_equal(copy->commands[0].gives[1].name, "ip.src");
    tw_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_descriptor_passes),
        cmocka_unit_test(the_handshake),
        cmocka_unit_test(sizes_and_counts),
        cmocka_unit_test(commands),
        cmocka_unit_test(arguments),
        cmocka_unit_test(columns_and_fields),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(larger_elements_are_strided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
