/* Registration: all or nothing, conflicts, switching off; loading files; results that break their
 * word. Must not know command lines beyond a word or two. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/stage.h"

static const trawl_host *host; /* as a plugin has it */
static int init_result;
static int n_inits;

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "n", .type = TRAWL_U64, .help = "a number"),
    TRAWL_COLUMN(.name = "word", .type = TRAWL_STRING, .help = "a word"),
};

static int init(const trawl_host *the_host, trawl_error *err)
{
    host = the_host;
    n_inits++;
    /* in brackets: cmocka has a macro fail() */
    return init_result < 0 ? (host->fail)(err, init_result, "it is Sunday") : 0;
}

/* What `give` returns. */
enum { WELL, NO_TABLE, ONE_COLUMN, OTHER_NAME, OTHER_TYPE, SILENT, POSITIVE };
static int way;

static int give(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *b;
    trawl_column other = columns[1];

    (void)call, (void)opts, (void)in;
    if (way == OTHER_NAME)
        other.name = "wort";
    if (way == OTHER_TYPE)
        other.type = TRAWL_BYTES;
    host->schema_add(schema, &columns[0], err);
    if (way != ONE_COLUMN)
        host->schema_add(schema, &other, err);
    b = host->builder_new(schema, err);
    host->schema_free(schema);
    for (uint64_t i = 0; i < 3; i++) {
        host->put_u64(b, 30 - i * 10);
        if (way != ONE_COLUMN)
            host->put_text(b, "x");
        host->end_row(b);
    }
    if (way == NO_TABLE || way >= SILENT) {
        host->builder_free(b);
        return way == SILENT ? TRAWL_E_DATA : way == POSITIVE ? 7 : TRAWL_OK;
    }
    return host->finish(b, ret, err);
}

static int build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    (void)capture;
    return give(call, NULL, NULL, ret, err);
}

static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    (void)packet, (void)layer, (void)sink;
}

static int draw(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret, (void)err;
    return TRAWL_OK;
}

#define GIVE(name_)                                                                                \
    {                                                                                              \
        .size = sizeof(trawl_command), .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,      \
        .column_size = sizeof(trawl_column), .name = name_, .group = "tests", .summary = "a test", \
        .gives = columns, .n_gives = 2, .run = give                                                \
    }
#define PLUGIN(name_, ...)                                                                       \
    {                                                                                            \
        TRAWL_PLUGIN_HEAD, .name = name_, .version = "1", .summary = "a test", .licence = "MIT", \
                           .init = init, __VA_ARGS__                                             \
    }
#define COMMANDS(array) .commands = array, .n_commands = TRAWL_COUNT(array)

static const char *const first_aliases[] = {"f", NULL};
static trawl_command first_commands[] = {GIVE("first"), GIVE("another")};
static const trawl_field first_fields[] = {
    TRAWL_FIELD(.name = "first.x", .type = TRAWL_U8, .help = "x")};
static const trawl_dissector first_dissectors[] = {{.size = sizeof(trawl_dissector),
                                                    .field_size = sizeof(trawl_field),
                                                    .name = "first",
                                                    .layer = "ip",
                                                    .help = "a test",
                                                    .fields = first_fields,
                                                    .n_fields = 1,
                                                    .extract = extract}};
static const trawl_table_def first_tables[] = {{.size = sizeof(trawl_table_def),
                                                .column_size = sizeof(trawl_column),
                                                .name = "firsts",
                                                .summary = "a test",
                                                .columns = columns,
                                                .n_columns = 2,
                                                .build = build}};
static const trawl_plot first_plots[] = {{.size = sizeof(trawl_plot),
                                          .flags = TRAWL_COMMAND_SOURCE,
                                          .name = "first",
                                          .summary = "a test",
                                          .draw = draw}};
static const trawl_arg first_settings[] = {
    {.size = sizeof(trawl_arg), .kind = TRAWL_ARG_FILE, .name = "x-file", .help = "x"},
    {.size = sizeof(trawl_arg), .kind = TRAWL_ARG_STRING, .name = "y", .def = "yes", .help = "y"},
};
static const trawl_plugin first = PLUGIN(
    "first", COMMANDS(first_commands), .dissectors = first_dissectors, .n_dissectors = 1,
    .tables = first_tables, .n_tables = 1, .plots = first_plots, .n_plots = 1,
    .settings = first_settings, .n_settings = 2);

static tw_session *session;
static struct tw_registry *registry;

static int set_up(void **state)
{
    (void)state;
    first_commands[0].aliases = first_aliases;
    session = tw_session_new(NULL);
    registry = tw_registry_new(session, NULL);
    init_result = n_inits = 0;
    way = WELL;
    return tw_registry_add(registry, &first, NULL, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    tw_session_free(session);
    tw_registry_free(registry);
    return 0;
}

/* A plugin is refused with these words, and nothing but its record is new. */
static void refused(const trawl_plugin *plugin, const char *message)
{
    trawl_error err = TW_ERROR_INIT;
    size_t n_fields = session->catalogue->n_fields, n_plugins = registry->n_plugins;

    assert_int_equal(tw_registry_add(registry, plugin, NULL, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, message);
    assert_int_equal(registry->n_plugins, n_plugins + 1);
    assert_string_equal(registry->plugins[n_plugins]->state, "refused");
    assert_string_equal(registry->plugins[n_plugins]->reason, message);
    assert_null(registry->plugins[n_plugins]->descriptor);
    assert_int_equal(tw_registry_n_commands(registry), 2);
    assert_int_equal(session->catalogue->n_fields, n_fields);
    assert_int_equal(registry->plots.n_live, 1);
    assert_null(tw_registry_command(registry, "fresh"));
    assert_null(tw_hashmap_get(&session->tables, "fresh"));
}

static void names_are_found_and_sorted(void **state)
{
    (void)state;
    assert_ptr_equal(tw_registry_command(registry, "f"), tw_registry_command(registry, "first"));
    assert_string_equal(tw_registry_command_at(registry, 0)->command->name, "another");
    assert_string_equal(tw_registry_command_at(registry, 1)->command->name, "first");
    assert_true(tw_catalogue_find(session->catalogue, "first.x", 7) >= 0);
    assert_non_null(tw_session_table_schema(session, "firsts"));
    assert_non_null(tw_hashmap_get(&registry->plots, "first"));
    assert_int_equal(n_inits, 1);
}

static void conflicts_leave_nothing_behind(void **state)
{
    static const trawl_command taken[] = {GIVE("fresh"), GIVE("first")};
    static const trawl_command alias[] = {GIVE("fresh"), GIVE("f")};
    static const trawl_command table[] = {GIVE("fresh"), GIVE("tcp")};
    static const trawl_command packets[] = {GIVE("packets")};
    static const trawl_command twice[] = {GIVE("fresh"), GIVE("fresh")};
    static const char *const aliases[] = {"fresh", NULL};
    static trawl_command aliased[] = {GIVE("other")};
    static const trawl_command fresh[] = {GIVE("fresh")};
    static const trawl_table_def tables[] = {{.size = sizeof(trawl_table_def),
                                              .column_size = sizeof(trawl_column),
                                              .name = "fresh",
                                              .summary = "a test",
                                              .columns = columns,
                                              .n_columns = 2,
                                              .build = build}};
    static const trawl_field fields[] = {
        TRAWL_FIELD(.name = "ip.ttl", .type = TRAWL_U8, .help = "x")};
    static const trawl_dissector dissectors[] = {{.size = sizeof(trawl_dissector),
                                                  .field_size = sizeof(trawl_field),
                                                  .name = "second",
                                                  .layer = "ip",
                                                  .help = "a test",
                                                  .fields = fields,
                                                  .n_fields = 1,
                                                  .extract = extract}};
    const trawl_plugin plugins[] = {
        PLUGIN("second", COMMANDS(taken)),
        PLUGIN("second", COMMANDS(alias)),
        PLUGIN("second", COMMANDS(table)),
        PLUGIN("second", COMMANDS(packets)),
        PLUGIN("second", COMMANDS(twice)),
        PLUGIN("second", COMMANDS(aliased), .tables = tables, .n_tables = 1),
        PLUGIN("second", COMMANDS(fresh), .dissectors = dissectors, .n_dissectors = 1),
        PLUGIN("second", COMMANDS(fresh), .plots = first_plots, .n_plots = 1),
        PLUGIN("second", .tables = first_tables, .n_tables = 1),
        PLUGIN("first", COMMANDS(fresh)),
        PLUGIN("second", COMMANDS(fresh), .settings = first_settings, .n_settings = 1),
    };

    (void)state;
    refused(&plugins[0], "command 'first' is already taken by plugin 'first'");
    refused(&plugins[1], "command 'f' is already taken by plugin 'first'");
    refused(&plugins[2], "command 'tcp' has the name of a table of 'core'");
    refused(&plugins[3], "command 'packets' has the name of a table of 'core'");
    refused(&plugins[4], "has two commands 'fresh'");
    aliased[0].aliases = aliases;
    refused(&plugins[5], "table 'fresh' has the name of an alias");
    refused(&plugins[6], "field 'ip.ttl' is already taken by 'core'");
    refused(&plugins[7], "plot 'first' is already taken");
    refused(&plugins[8], "table 'firsts' is already taken by 'first'");
    refused(&plugins[9], "a plugin of this name is loaded already");
    refused(&plugins[10], "setting 'x-file' is already taken");
    assert_int_equal(n_inits, 1); /* none of them was asked to begin */
}

static void a_plugin_may_be_called_like_a_table_of_core(void **state)
{
    static const trawl_command commands[] = {GIVE("udp")};
    const trawl_plugin plugin = PLUGIN("udp", COMMANDS(commands));

    (void)state;
    assert_int_equal(tw_registry_add(registry, &plugin, NULL, NULL), TRAWL_OK);
    assert_non_null(tw_registry_command(registry, "udp"));
    assert_non_null(tw_session_table_schema(session, "udp"));
}

static void a_failing_init_leaves_nothing_behind(void **state)
{
    static const trawl_command fresh[] = {GIVE("fresh")};
    const trawl_plugin plugin = PLUGIN("second", COMMANDS(fresh));

    (void)state;
    init_result = TRAWL_E_UNSUPPORTED;
    refused(&plugin, "its init failed: it is Sunday");
    init_result = 0;
    assert_int_equal(tw_registry_add(registry, &plugin, NULL, NULL), TRAWL_OK);
    assert_non_null(tw_registry_command(registry, "fresh"));
}

static void off_hides_all_of_it(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_registry_off(registry, "first", NULL), TRAWL_OK);
    assert_int_equal(tw_registry_n_commands(registry), 0);
    assert_null(tw_registry_command(registry, "f"));
    assert_null(tw_hashmap_get(&registry->plots, "first"));
    assert_null(tw_session_table_schema(session, "firsts"));
    assert_string_equal(registry->plugins[0]->state, "off");
    assert_int_equal(tw_registry_off(registry, "first", NULL), TRAWL_OK); /* again is fine */
    assert_int_equal(tw_registry_off(registry, "nobody", &err), TRAWL_E_NOT_FOUND);
    assert_string_equal(err.message, "no plugin 'nobody'");
}

static void settings_have_values(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_null(tw_registry_setting(registry, "x-file"));
    assert_string_equal(tw_registry_setting(registry, "y"), "yes");
    assert_int_equal(tw_registry_set(registry, "x-file", "/dev/null", &err), TRAWL_OK);
    /* what cannot be read is told at once, and the value stays */
    assert_int_equal(tw_registry_set(registry, "x-file", "a b", &err), TRAWL_E_IO);
    assert_string_equal(err.message, "could not open 'a b': no such file or directory");
    tw_error_clear(&err);
    assert_int_equal(tw_registry_set(registry, "x-file", "/", &err), TRAWL_E_IO);
    assert_string_equal(err.message, "could not open '/': is a directory");
    tw_error_clear(&err);
    assert_string_equal(tw_registry_setting(registry, "x-file"), "/dev/null");
    assert_int_equal(tw_registry_set(registry, "y", "no", &err), TRAWL_OK);
    assert_string_equal(tw_registry_setting(registry, "y"), "no");
    /* nothing is the default again */
    assert_int_equal(tw_registry_set(registry, "x-file", "", &err), TRAWL_OK);
    assert_int_equal(tw_registry_set(registry, "y", "", &err), TRAWL_OK);
    assert_null(tw_registry_setting(registry, "x-file"));
    assert_string_equal(tw_registry_setting(registry, "y"), "yes");
    assert_int_equal(tw_registry_set(registry, "z", "1", &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, "no setting 'z'");
    assert_int_equal(tw_registry_off(registry, "first", NULL), TRAWL_OK);
    assert_null(tw_registry_setting(registry, "y"));
}

/* ---- results ---- */

static int run_line(const char *line, tw_table **ret, trawl_error *err)
{
    struct line_words words;
    struct tw_stage *stage = NULL;
    int rc;

    split(line, &words);
    rc = tw_stage_bind(registry, line, words.words, words.n, NULL, &stage, err);
    if (rc == TRAWL_OK)
        rc = tw_stage_run(stage, NULL, ret, err);
    tw_stage_free(stage);
    return rc;
}

static void results_are_what_was_promised(void **state)
{
    static const struct {
        int way, code;
        const char *message;
    } cases[] = {
        {NO_TABLE, TRAWL_E_PLUGIN, "plugin 'first' broke its contract: 'first' gave no table"},
        {ONE_COLUMN, TRAWL_E_PLUGIN,
         "plugin 'first' broke its contract: 'first' gave 1 columns but declares 2"},
        {OTHER_NAME, TRAWL_E_PLUGIN,
         "plugin 'first' broke its contract: 'first' gave column 'wort' where it declares 'word'"},
        {OTHER_TYPE, TRAWL_E_PLUGIN,
         "plugin 'first' broke its contract: 'first' gave column 'word' as bytes where it declares "
         "string"},
        {SILENT, TRAWL_E_DATA, "'first' failed without saying why"},
        {POSITIVE, TRAWL_E_PLUGIN, "plugin 'first' broke its contract: 'first' returned 7"},
    };

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        trawl_error err = TW_ERROR_INIT;
        tw_table *table = NULL;

        way = cases[i].way;
        assert_int_equal(run_line("first", &table, &err), cases[i].code);
        assert_string_equal(err.message, cases[i].message);
        assert_null(table);
    }
}

static void listings_sort_and_cut(void **state)
{
    tw_table *table = NULL;
    const struct tw_column *column;

    (void)state;
    /* n is 30, 20, 10 */
    assert_int_equal(run_line("first --sort n --top 2", &table, NULL), TRAWL_OK);
    assert_int_equal(table->n_rows, 2);
    assert_int_equal(tw_table_column(table, 0, &column, NULL), TRAWL_OK);
    assert_int_equal(tw_column_u64(column, 0), 10);
    assert_int_equal(tw_column_u64(column, 1), 20);
    assert_string_equal(table->name, "first");
    tw_table_release(table);
    assert_int_equal(run_line("first --top 1", &table, NULL), TRAWL_OK);
    assert_int_equal(table->n_rows, 1);
    tw_table_release(table);
    /* a table that outlives the switching off of its plugin */
    assert_int_equal(run_line("first", &table, NULL), TRAWL_OK);
    assert_int_equal(tw_registry_off(registry, "first", NULL), TRAWL_OK);
    assert_int_equal(tw_table_column(table, 0, &column, NULL), TRAWL_OK);
    assert_int_equal(tw_column_u64(column, 0), 30);
    tw_table_release(table);
}

/* ---- files ---- */

/* The folder of a bad plugin beside this program: build/tests/plugins/NAME. */
static void folder_of(const char *name, char ret[PATH_MAX])
{
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

    assert_true(n > 0);
    program[n] = '\0';
    assert_true(snprintf(ret, PATH_MAX, "%s/plugins/%s", dirname(program), name) < PATH_MAX);
}

static void load_one(const char *name, const char *command)
{
    tw_session *own = tw_session_new(NULL);
    struct tw_registry *r = tw_registry_new(own, NULL);
    char folder[PATH_MAX];

    folder_of(name, folder);
    assert_int_equal(tw_registry_load_own_folder(r, folder, NULL), TRAWL_OK);
    assert_int_equal(r->n_plugins, 1);
    assert_string_equal(r->plugins[0]->name, name);
    if (command)
        assert_non_null(tw_registry_command(r, command));
    tw_session_free(own);
    tw_registry_free(r);
}

/* The dynamic loader goes by paths it has seen: it must not take one file for another. */
static void files_are_told_apart(void **state)
{
    (void)state;
    load_one("bad_empty", "bad-empty");
    load_one("bad_schema", "bad-schema");
    load_one("bad_empty", "bad-empty");
}

static void loading_again_and_again(void **state)
{
    int before, after;

    (void)state;
    load_one("bad_empty", NULL); /* a loaded file keeps one descriptor */
    before = dup(0);
    close(before);
    for (int i = 0; i < 1000; i++)
        load_one("bad_empty", NULL);
    after = dup(0);
    close(after);
    assert_int_equal(after, before); /* and no more */
}

static void folders_that_are_not_there(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_registry_load_folder(registry, "/nowhere/at/all", &err), TRAWL_OK);
    assert_int_equal(registry->n_plugins, 1);
    assert_int_equal(tw_registry_load_folder(registry, ".", &err), TRAWL_OK);
    assert_int_equal(registry->n_plugins, 2);
    assert_string_equal(registry->plugins[1]->reason, "it is not a full path");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names_are_found_and_sorted),
        TEST(conflicts_leave_nothing_behind),
        TEST(a_plugin_may_be_called_like_a_table_of_core),
        TEST(a_failing_init_leaves_nothing_behind),
        TEST(off_hides_all_of_it),
        TEST(settings_have_values),
        TEST(results_are_what_was_promised),
        TEST(listings_sort_and_cut),
        TEST(files_are_told_apart),
        TEST(loading_again_and_again),
        TEST(folders_that_are_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
