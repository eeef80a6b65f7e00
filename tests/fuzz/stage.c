/* Fuzz target: a stage's words bound to commands of every kind of argument, after a table or
 * without one. The first byte chooses which. Errors must point into the line. */
#include "core/plugin/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct opts {
    uint64_t count, size, stream;
    int64_t less, span, time;
    double ratio;
    uint8_t all, quick;
    const char *how, *column, *field, *table, *expr, *text;
    trawl_words rest;
};

static const char *const hows[] = {"inner", "left", NULL};
#define O(kind, member, ...) TRAWL_OPT(kind, struct opts, member, .help = "x", __VA_ARGS__)
#define OPTIONS                                                                           \
    O(TRAWL_ARG_U64, count, .name = "count", .short_name = 'n', .def = "1", .max = "99"), \
        O(TRAWL_ARG_SIZE, size, .name = "size", .short_name = 's'),                       \
        O(TRAWL_ARG_I64, less, .name = "less", .min = "-5"),                              \
        O(TRAWL_ARG_SPAN, span, .name = "span"), O(TRAWL_ARG_TIME, time, .name = "when"), \
        O(TRAWL_ARG_F64, ratio, .name = "ratio"),                                         \
        O(TRAWL_ARG_FLAG, all, .name = "all", .short_name = 'a'),                         \
        O(TRAWL_ARG_CHOICE, how, .name = "how", .choices = hows),                         \
        O(TRAWL_ARG_COLUMN, column, .name = "column", .short_name = 'c'),                 \
        O(TRAWL_ARG_FIELD, field, .name = "field"), O(TRAWL_ARG_TABLE, table, .name = "table")

enum { MANY = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED };
static const trawl_arg sort_args[] = {OPTIONS,
                                      O(TRAWL_ARG_SORT, rest, .name = "rest", .flags = MANY)};
static const trawl_arg group_args[] = {OPTIONS,
                                       O(TRAWL_ARG_AGGREGATE, rest, .name = "rest", .flags = MANY)};
static const trawl_arg text_args[] = {OPTIONS,
                                      O(TRAWL_ARG_STRING, rest, .name = "rest", .flags = MANY)};
static const trawl_arg where_args[] = {
    OPTIONS, O(TRAWL_ARG_STRING, text, .name = "text", .flags = TRAWL_ARG_POSITIONAL),
    O(TRAWL_ARG_EXPR, expr, .name = "expr", .flags = TRAWL_ARG_POSITIONAL)};

/* Everything that was bound is read, so that the sanitizer sees what is not whole. */
static size_t n_read;

static int look(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                trawl_error *err)
{
    const struct opts *o = opts;
    const char *const texts[] = {o->how, o->column, o->field, o->table, o->expr, o->text};

    (void)call, (void)in, (void)ret, (void)err;
    for (size_t i = 0; i < TW_COUNT(texts); i++)
        n_read += texts[i] ? strlen(texts[i]) : 0;
    for (size_t i = 0; i < o->rest.n; i++)
        n_read += strlen(o->rest.items[i]);
    if (o->count > 99 || o->less < -5)
        __builtin_trap();
    return TRAWL_OK;
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    (void)call, (void)opts, (void)in, (void)ret, (void)err;
    return TRAWL_OK;
}

#define COMMAND(name_, args_)                                                               \
    {                                                                                       \
        .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg), .name = name_,        \
        .group = "tests", .summary = "a test", .args = args_, .n_args = TRAWL_COUNT(args_), \
        .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_EFFECT |       \
                 TRAWL_COMMAND_LISTING,                                                     \
        .opts_size = sizeof(struct opts), .schema = look, .run = run                        \
    }
static const trawl_command commands[] = {COMMAND("sort", sort_args), COMMAND("group", group_args),
                                         COMMAND("text", text_args), COMMAND("where", where_args)};
static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "test",
    .version = "1",
    .summary = "a test",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
};
static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "bytes", .type = TRAWL_U64, .help = "x"),
    TRAWL_COLUMN(.name = "note", .type = TRAWL_STRING, .help = "x"),
    TRAWL_COLUMN(.name = "src", .type = TRAWL_IP, .help = "x"),
};

/* Words between blanks, quotes as a shell's: enough of what the command line does. */
static size_t split(const char *line, char *text, struct tw_word *words, size_t n_max)
{
    size_t n = 0, at = 0;

    while (line[at] && n < n_max) {
        struct tw_word *w = &words[n];

        if (line[at] == ' ') {
            at++;
            continue;
        }
        *w = (struct tw_word){.text = text, .start = at};
        while (line[at] && line[at] != ' ') {
            char quote = line[at++];

            if (quote != '\'' && quote != '"') {
                *text++ = quote;
                continue;
            }
            w->quoted = true;
            while (line[at] && line[at] != quote)
                *text++ = line[at++];
            at += line[at] == quote;
        }
        *text++ = '\0';
        w->len = at - w->start;
        n++;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tw_registry *registry;
    static tw_schema *schema;
    struct tw_word words[64];
    char line[512], text[1024];
    struct tw_stage *stage = NULL;
    trawl_error err = TW_ERROR_INIT;
    size_t n;

    if (size < 2 || size > sizeof(line))
        return 0;
    if (!registry) {
        tw_session *session = tw_session_new(NULL);

        registry = tw_registry_new(session, NULL);
        schema = tw_schema_new();
        for (size_t i = 0; i < TW_COUNT(columns); i++)
            tw_schema_add(schema, &columns[i], NULL);
        if (tw_registry_add(registry, &plugin, NULL, &err) != TRAWL_OK)
            __builtin_trap();
    }
    memcpy(line, data + 1, size - 1);
    line[size - 1] = '\0';
    n = split(line, text, words, TW_COUNT(words));
    if (n == 0)
        return 0;
    if (tw_stage_bind(registry, line, words, n, data[0] & 1 ? schema : NULL, &stage, &err) !=
        TRAWL_OK) {
        if (!err.message[0] ||
            (err.has_span && (err.span_start > strlen(line) || err.span_len == 0)))
            __builtin_trap();
        return 0;
    }
    tw_stage_free(stage);
    return 0;
}
