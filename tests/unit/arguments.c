/* Words bound to options: values, spellings, positionals, names, and every complaint word for word.
 * Must not know the shell's lexer. */
#include "tests/unit/stage.h"

struct opts {
    uint64_t count, size, stream;
    int64_t signed_, span, brief, time;
    double ratio;
    uint8_t all, quick;
    const char *how, *word, *file;
    trawl_words rest, ways;
};
static struct opts seen; /* what the schema function of the last stage was given */

static const char *const hows[] = {"inner", "left", "outer", NULL};
#define O(kind, member, ...) TRAWL_OPT(kind, struct opts, member, __VA_ARGS__)
static const trawl_arg args[] = {
    O(TRAWL_ARG_U64, count, .name = "count", .short_name = 'n', .def = "10", .min = "1",
      .max = "100", .unit = "rows", .help = "rows"),
    O(TRAWL_ARG_I64, signed_, .name = "signed", .help = "a number"),
    O(TRAWL_ARG_F64, ratio, .name = "ratio", .help = "a number"),
    O(TRAWL_ARG_SIZE, size, .name = "size", .help = "bytes"),
    O(TRAWL_ARG_SPAN, span, .name = "span", .short_name = '5', .help = "how long"),
    O(TRAWL_ARG_SPAN, brief, .name = "brief", .max = "1ms", .help = "how long"),
    O(TRAWL_ARG_TIME, time, .name = "time-of", .help = "when"),
    O(TRAWL_ARG_STREAM, stream, .name = "stream", .help = "which"),
    O(TRAWL_ARG_FLAG, all, .name = "all", .short_name = 'a', .help = "all"),
    O(TRAWL_ARG_FLAG, quick, .name = "quick", .short_name = 'q', .help = "quick"),
    O(TRAWL_ARG_CHOICE, how, .name = "how", .choices = hows, .def = "inner", .help = "how"),
    O(TRAWL_ARG_CHOICE, ways, .name = "way", .choices = hows, .flags = TRAWL_ARG_REPEATED,
      .help = "ways"),
    O(TRAWL_ARG_FILE, file, .name = "file", .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
      .help = "a file"),
    O(TRAWL_ARG_STRING, rest, .name = "rest", .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
      .help = "the rest"),
};
static const trawl_arg name_args[] = {
    O(TRAWL_ARG_CAPTURE, word, .name = "capture", .help = "a capture"),
    O(TRAWL_ARG_TABLE, file, .name = "table", .help = "a table"),
    O(TRAWL_ARG_FIELD, how, .name = "field", .help = "a field"),
};
static const trawl_arg sort_args[] = {
    O(TRAWL_ARG_SORT, rest, .name = "column", .short_name = 0,
      .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED | TRAWL_ARG_REQUIRED, .help = "columns"),
    O(TRAWL_ARG_FLAG, all, .name = "all", .short_name = 'a', .help = "all"),
    O(TRAWL_ARG_FLAG, quick, .name = "quick", .short_name = 'b', .help = "quick"),
};
static const trawl_arg where_args[] = {
    O(TRAWL_ARG_EXPR, word, .name = "expr", .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
      .help = "an expression"),
    O(TRAWL_ARG_FLAG, all, .name = "all", .short_name = 'a', .help = "all"),
};
static const trawl_arg group_args[] = {
    O(TRAWL_ARG_AGGREGATE, rest, .name = "aggregate",
      .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, .help = "aggregates"),
};

static int show(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                trawl_error *err)
{
    (void)call, (void)in, (void)ret, (void)err;
    seen = *(const struct opts *)opts;
    return TRAWL_OK;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret, (void)err;
    return TRAWL_OK;
}

#define COMMAND(name_, flags_, args_)                                                        \
    {                                                                                        \
        .size = sizeof(trawl_command), .flags = (flags_) | TRAWL_COMMAND_EFFECT,             \
        .arg_size = sizeof(trawl_arg), .name = name_, .group = "tests", .summary = "a test", \
        .args = args_, .n_args = TRAWL_COUNT(args_), .opts_size = sizeof(struct opts),       \
        .schema = show, .run = run                                                           \
    }
static const trawl_command commands[] = {
    COMMAND("take", TRAWL_COMMAND_SOURCE, args),
    COMMAND("names", TRAWL_COMMAND_SOURCE, name_args),
    COMMAND("sort", TRAWL_COMMAND_FILTER, sort_args),
    COMMAND("where", TRAWL_COMMAND_FILTER, where_args),
    COMMAND("group", TRAWL_COMMAND_FILTER, group_args),
};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "test",
    .version = "1",
    .summary = "a test",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
};

static tw_session *session;
static struct tw_registry *registry;
static struct tw_stage *last; /* kept until the next: its options are looked at */
static tw_schema *schema;     /* bytes, note, abytes */

static int set_up(void **state)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.name = "bytes", .type = TRAWL_U64, .help = "x"),
        TRAWL_COLUMN(.name = "note", .type = TRAWL_STRING, .help = "x"),
        TRAWL_COLUMN(.name = "abytes", .type = TRAWL_U64, .help = "x"),
    };

    (void)state;
    session = tw_session_new(NULL);
    registry = tw_registry_new(session, NULL);
    schema = tw_schema_new();
    for (size_t i = 0; i < TW_COUNT(columns); i++)
        tw_schema_add(schema, &columns[i], NULL);
    return tw_registry_add(registry, &plugin, NULL, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    tw_stage_free(last);
    tw_schema_free(schema);
    tw_session_free(session);
    tw_registry_free(registry);
    return 0;
}

static int bind(const char *line, bool after_table, struct tw_common_options *ret, trawl_error *err)
{
    struct line_words words;
    int rc;

    split(line, &words);
    tw_stage_free(last);
    last = NULL;
    memset(&seen, 0, sizeof(seen));
    rc = tw_stage_bind(registry, line, words.words, words.n, after_table ? schema : NULL, &last,
                       err);
    if (rc == TRAWL_OK && ret)
        *ret = *tw_stage_options(last);
    return rc;
}

static void good(const char *line)
{
    trawl_error err = TW_ERROR_INIT;

    if (bind(line, false, NULL, &err) != TRAWL_OK)
        fail_msg("%s: %s", line, err.message);
}

static void good_after(const char *line)
{
    trawl_error err = TW_ERROR_INIT;

    if (bind(line, true, NULL, &err) != TRAWL_OK)
        fail_msg("%s: %s", line, err.message);
}

/* The complaint, the word it points to (as the line has it; NULL: no place), the hint. */
static void bad_from(bool after_table, const char *line, const char *message, const char *word,
                     const char *hint)
{
    trawl_error err = TW_ERROR_INIT;
    char pointed[128] = "";

    assert_int_equal(bind(line, after_table, NULL, &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, message);
    assert_string_equal(err.hint, hint);
    assert_int_equal(err.has_span, word != NULL);
    if (!word)
        return;
    assert_true(err.span_start + err.span_len <= strlen(line) + 1);
    memcpy(pointed, line + err.span_start, TW_MIN(err.span_len, sizeof(pointed) - 1));
    assert_string_equal(pointed, word);
}
#define bad(...)       bad_from(false, __VA_ARGS__)
#define bad_after(...) bad_from(true, __VA_ARGS__)

static void values_of_every_kind(void **state)
{
    (void)state;
    good("take f --count 0x10 --signed -3 --ratio 1.5 --size 4KiB --span 5ms --time-of 1.5 "
         "--stream 7 "
         "--all --how left");
    assert_int_equal(seen.count, 16);
    assert_int_equal(seen.signed_, -3);
    assert_true(seen.ratio == 1.5);
    assert_int_equal(seen.size, 4096);
    assert_int_equal(seen.span, 5000000);    /* ns */
    assert_int_equal(seen.time, 1500000000); /* ns since 1970 */
    assert_int_equal(seen.stream, 7);
    assert_int_equal(seen.all, 1);
    assert_int_equal(seen.quick, 0);
    assert_string_equal(seen.how, "left");
}

static void spellings_of_options(void **state)
{
    static const char *const lines[] = {
        "take f --count 5", "take f --count=5", "take f -n 5",  "take f -n5",
        "take -n5 f",       "take --count=5 f", "take f -qan5", "take f -qan 5",
    };

    (void)state;
    for (size_t i = 0; i < TW_COUNT(lines); i++) {
        good(lines[i]);
        assert_int_equal(seen.count, 5);
        assert_int_equal(seen.all, i >= 6);
        assert_int_equal(seen.quick, i >= 6);
        assert_string_equal(seen.file, "f");
    }
}

static void defaults_and_the_last_of_two(void **state)
{
    (void)state;
    good("take f");
    assert_int_equal(seen.count, 10);
    assert_string_equal(seen.how, "inner");
    good("take f -n 3 -n 4");
    assert_int_equal(seen.count, 4);
}

static void choices_are_as_declared(void **state)
{
    (void)state;
    good("take f --how LEFT --way Outer --way inner");
    assert_string_equal(seen.how, "left");
    assert_int_equal(seen.ways.n, 2);
    assert_string_equal(seen.ways.items[0], "outer");
    assert_string_equal(seen.ways.items[1], "inner");
}

static void words_that_are_no_options(void **state)
{
    (void)state;
    good("take - -- -n --count");
    assert_string_equal(seen.file, "-");
    assert_int_equal(seen.rest.n, 2);
    assert_string_equal(seen.rest.items[0], "-n");
    assert_string_equal(seen.rest.items[1], "--count");
    good("take f '-n' -7"); /* quoted, and a number that is no option */
    assert_int_equal(seen.rest.n, 2);
    assert_string_equal(seen.rest.items[0], "-n");
    assert_string_equal(seen.rest.items[1], "-7");
    good("take f -5 2s"); /* but -5 is one */
    assert_int_equal(seen.span, 2000000000);
    good("take f --how=\"left\"");
    assert_string_equal(seen.how, "left");
}

static void wrong_values(void **state)
{
    (void)state;
    bad("take f -n ten", "argument 'ten' of '--count' is not a number", "ten",
        "Give a whole number of rows, for example 10.");
    bad("take f -nten", "argument 'ten' of '--count' is not a number", "ten",
        "Give a whole number of rows, for example 10.");
    bad("take f --count=ten", "argument 'ten' of '--count' is not a number", "ten",
        "Give a whole number of rows, for example 10.");
    bad("take f -n -1", "argument '-1' of '--count' is negative", "-1",
        "Give a whole number of rows, for example 10.");
    bad("take f -n 1.5", "argument '1.5' of '--count' is not a whole number", "1.5",
        "Give a whole number of rows, for example 10.");
    bad("take f -n 99999999999999999999",
        "argument '99999999999999999999' of '--count' is too large", "99999999999999999999",
        "Give a whole number of rows, for example 10.");
    bad("take f -n 0", "argument '0' of '--count' is below 1", "0",
        "Give a whole number of rows, for example 10.");
    bad("take f -n 101", "argument '101' of '--count' is above 100", "101",
        "Give a whole number of rows, for example 10.");
    bad("take f --ratio x", "argument 'x' of '--ratio' is not a number", "x",
        "Give a number, for example 0.5.");
    bad("take f --size x", "argument 'x' of '--size' is not a size", "x",
        "Give a size, for example 64k or 4MiB.");
    bad("take f --span x", "argument 'x' of '--span' is not a duration", "x",
        "Give a duration, for example 5ms or 1.5s.");
    /* an example that would be refused itself is no help: 5ms is above 1ms here */
    bad("take f --brief 2ms", "argument '2ms' of '--brief' is above 1ms", "2ms",
        "Give a duration, for example 1ms.");
    bad("take f --brief x", "argument 'x' of '--brief' is not a duration", "x",
        "Give a duration, for example 1ms.");
    bad("take f --time-of x", "argument 'x' of '--time-of' is not a time", "x",
        "Give a time as ISO 8601 or epoch seconds, for example 2026-01-31T12:00:00Z.");
    bad("take f --how inne", "argument 'inne' of '--how' is not one of inner, left, outer", "inne",
        "Did you mean 'inner'?");
}

static void wrong_options(void **state)
{
    (void)state;
    bad("take f --cuont 5", "unknown option '--cuont' of 'take'", "--cuont",
        "Did you mean '--count'?");
    bad("take f --frobnicate", "unknown option '--frobnicate' of 'take'", "--frobnicate",
        "'help take' shows its options.");
    bad("take f -qz", "unknown option '-z' of 'take'", "-qz", "'help take' shows its options.");
    bad("take f --count", "option '--count' needs a value", "--count", "Write --count N.");
    bad("take f -n --all", "option '--count' needs a value", "-n", "Write --count N.");
    bad("take f --all=1", "option '--all' takes no value", "--all=1", "");
    bad("take", "'take' needs 'file': a file", NULL, "'help take' shows what it takes.");
}

static void words_too_many(void **state)
{
    (void)state;
    bad("names x", "unexpected word 'x' after 'names'", "x", "'help names' shows what it takes.");
    bad("names sort", "unexpected word 'sort' after 'names'", "sort",
        "Write '|' before 'sort' to hand it the table.");
}

static void names_that_are_not_there(void **state)
{
    (void)state;
    bad("names --capture x", "no capture 'x'", "x", "None is loaded: 'load FILE' loads one.");
    bad("names --table tpc", "no table 'tpc'", "tpc", "Did you mean 'tcp'?");
    bad("names --field tcp.sport", "no field 'tcp.sport'", "tcp.sport", "Did you mean 'tcp.port'?");
    good("names --table packets --field tcp.srcport");
}

static void columns_of_the_input(void **state)
{
    (void)state;
    good_after("sort -bytes note");
    assert_int_equal(seen.rest.n, 2);
    assert_string_equal(seen.rest.items[0], "-bytes");
    assert_string_equal(seen.rest.items[1], "note");
    good_after("sort -bytes,note -a"); /* -a is an option, though columns may begin with a dash */
    assert_int_equal(seen.rest.n, 2);
    assert_int_equal(seen.all, 1);
    good_after("sort -abytes"); /* a column, though -a and -b are options */
    assert_string_equal(seen.rest.items[0], "-abytes");
    assert_int_equal(seen.all, 0);
    bad_after("sort -byts", "sort: no column 'byts'", "-byts", "Did you mean 'bytes'?");
    bad_after("sort note byts", "sort: no column 'byts'", "byts", "Did you mean 'bytes'?");
    bad_after("sort note,byts", "sort: no column 'byts'", "byts", "Did you mean 'bytes'?");
}

static void aggregates_of_the_input(void **state)
{
    (void)state;
    good_after("group count,sum(bytes) p95(bytes)");
    assert_int_equal(seen.rest.n, 3);
    assert_string_equal(seen.rest.items[1], "sum(bytes)");
    bad_after("group sum(byts)", "group: no column 'byts'", "sum(byts)", "Did you mean 'bytes'?");
    bad_after("group smu(bytes)", "no aggregate 'smu'", "smu(bytes)", "Did you mean 'sum'?");
    bad_after("group sum", "aggregate 'sum' needs a column", "sum", "Write it like sum(bytes).");
    bad_after("group sum(note)", "cannot take 'sum' of column 'note': it holds string", "sum(note)",
              "Take count, distinct, first or last of it.");
}

static void an_expression_takes_the_rest(void **state)
{
    struct tw_common_options common;

    (void)state;
    good_after("where bytes > 5 and note == \"a  b\"");
    assert_string_equal(seen.word, "bytes > 5 and note == \"a  b\"");
    good_after("where 'bytes > 5'");
    assert_string_equal(seen.word, "bytes > 5");
    good_after("where note==\"a b\""); /* quoted in part: as written */
    assert_string_equal(seen.word, "note==\"a b\"");
    good_after("where 'bytes > 5' -a");
    assert_string_equal(seen.word, "bytes > 5");
    assert_int_equal(seen.all, 1);
    good_after("where -a bytes > 5");
    assert_string_equal(seen.word, "bytes > 5");
    assert_int_equal(bind("where bytes > 5 --json", true, &common, NULL), TRAWL_OK);
    assert_string_equal(seen.word, "bytes > 5");
    assert_string_equal(common.format, "json");
}

static void a_wrong_expression_is_pointed_at_in_the_line(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(bind("where -a byts > 5", true, NULL, &err), TRAWL_E_USAGE);
    assert_true(err.has_span);
    assert_int_equal(err.span_start, 9); /* of "byts" */
    assert_int_equal(err.span_len, 4);
    tw_error_clear(&err);
    assert_int_equal(bind("where 'bytes > 5 and byts == 1'", true, NULL, &err), TRAWL_E_USAGE);
    assert_int_equal(err.span_start, 21); /* 6, the quote, and 14 into the text */
}

static void stages_out_of_place(void **state)
{
    (void)state;
    bad("tcpp", "unknown command 'tcpp'", "tcpp", "Did you mean 'tcp'?");
    bad("$x", "no variable '$x'", "$x", "Keep a table with: $name = PIPELINE");
    bad("sort bytes", "'sort' needs a table before it", "sort", "For example: packets | sort");
    bad_after("take f", "'take' takes no table from a pipe", "take",
              "Put it first, or on a line of its own.");
    bad_after("tcp", "'tcp' takes no table from a pipe", "tcp",
              "Put it first, or on a line of its own.");
}

static void options_that_every_command_has(void **state)
{
    struct tw_common_options common;

    (void)state;
    assert_int_equal(
        bind("take f --csv --wide -o x.txt --time epoch --fail-empty", false, &common, NULL),
        TRAWL_OK);
    assert_string_equal(common.format, "csv");
    assert_string_equal(common.time, "epoch");
    assert_string_equal(common.output, "x.txt");
    assert_true(common.wide && common.fail_empty && !common.csv_safe && !common.help);
    assert_int_equal(bind("take --help --cuont", false, &common, NULL), TRAWL_OK);
    assert_true(common.help);
    bad("take f --time lokal",
        "argument 'lokal' of '--time' is not one of utc, local, epoch, relative", "lokal",
        "Did you mean 'local'?");
}

static void options_of_listings(void **state)
{
    (void)state;
    good("tcp --sort -bytes --sort client --top 3");
    bad("tcp --sort byts", "tcp: no column 'byts'", "byts", "Did you mean 'bytes'?");
    bad("tcp --top 0", "argument '0' of '--top' is below 1", "0",
        "Give a whole number of rows, for example 10.");
    bad("take f --top 1", "unknown option '--top' of 'take'", "--top",
        "'help take' shows its options.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind),
        cmocka_unit_test(spellings_of_options),
        cmocka_unit_test(defaults_and_the_last_of_two),
        cmocka_unit_test(choices_are_as_declared),
        cmocka_unit_test(words_that_are_no_options),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(wrong_options),
        cmocka_unit_test(words_too_many),
        cmocka_unit_test(names_that_are_not_there),
        cmocka_unit_test(columns_of_the_input),
        cmocka_unit_test(aggregates_of_the_input),
        cmocka_unit_test(an_expression_takes_the_rest),
        cmocka_unit_test(a_wrong_expression_is_pointed_at_in_the_line),
        cmocka_unit_test(stages_out_of_place),
        cmocka_unit_test(options_that_every_command_has),
        cmocka_unit_test(options_of_listings),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
