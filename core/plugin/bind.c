/* The words of a stage bound to a command, a plot or a table, and checked against the columns of
 * its input. Must not run anything. */
#include "core/plugin/stage.h"
#include "core/table/kernel.h"

static int copy_schema(const tw_schema *from, tw_schema **ret, trawl_error *err)
{
    tw_schema *copy = tw_schema_new();
    int rc = copy ? tw_schema_add_all(copy, from, err) : tw_fail_nomem(err);

    if (rc == TRAWL_OK)
        *ret = copy;
    else
        tw_schema_free(copy);
    return rc;
}

/* `tcp.port == 80` alone, as Wireshark takes it. */
static bool is_field(tw_session *session, const char *word)
{
    const tw_schema *packets = tw_session_table_schema(session, "packets");

    return packets && tw_schema_find(packets, word, strcspn(word, "=<>!")) >= 0;
}

/* Behind a table a command that takes none is not meant: 'lc' by "| wc". */
static int fail_stage(const struct tw_registry *registry, const struct tw_word *word,
                      const tw_schema *in, trawl_error *err)
{
    const char *near = tw_stage_nearest(registry, word->text);
    const struct tw_command *meant = near ? tw_hashmap_get(&registry->commands, near) : NULL;
    int rc = tw_fail(err, TRAWL_E_USAGE, "unknown command '%s'", word->text);

    if (is_field(registry->session, word->text))
        tw_error_hint(err, "It is a field: packets | where %s …", word->text);
    else if (tw_hashmap_get(&registry->plots, word->text))
        tw_error_hint(err, "Did you mean 'plot %s'?", word->text);
    else if (in ? meant && meant->command->flags & TRAWL_COMMAND_FILTER : near != NULL)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else if (in)
        tw_error_hint(err, "'help' lists the commands, '!%s' is a program of the system.",
                      word->text);
    else
        tw_error_hint(err, "'help' lists the commands, 'tables' the tables.");
    tw_error_span(err, word->start, word->len);
    return rc;
}

/* Is there a table before it where it needs one, and none where it takes none? `command` is what a
 * plot's name stands behind, NULL for a command. */
static int check_place(const struct tw_word *word, const char *command, uint32_t flags,
                       const tw_schema *in, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (!in && !(flags & TRAWL_COMMAND_SOURCE)) {
        rc = tw_fail(err, TRAWL_E_USAGE, "'%s' needs a table before it", word->text);
        tw_error_hint(err, "For example: packets | %s%s%s", command ? command : "",
                      command ? " " : "", word->text);
    } else if (in && !(flags & TRAWL_COMMAND_FILTER)) {
        rc = tw_fail(err, TRAWL_E_USAGE, "'%s' takes no table from a pipe", word->text);
        tw_error_hint(err, "Put it first, or on a line of its own.");
    }
    tw_error_span(err, word->start, word->len);
    return rc;
}

static bool asks_help(const struct tw_word *words, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (!words[i].quoted && strcmp(words[i].text, "--") == 0)
            return false;
        if (!words[i].quoted && strcmp(words[i].text, "--help") == 0)
            return true;
    }
    return false;
}

static void add_set(struct tw_arguments *arguments, const trawl_arg *args, size_t n, void *opts)
{
    arguments->sets[arguments->n_sets++] = (struct tw_arg_set){args, n, opts, false};
}

/* The host's own options; what a command declares under the same name comes first. */
static void add_host_sets(struct tw_arguments *arguments, struct tw_stage *stage, uint32_t flags)
{
    const trawl_arg *args;
    size_t n;

    if (flags & TRAWL_COMMAND_LISTING) {
        args = tw_listing_args(&n);
        add_set(arguments, args, n, &stage->listing);
        arguments->sets[arguments->n_sets - 1].is_unchecked = true; /* see check_sort */
    }
    args = tw_common_args(&n);
    add_set(arguments, args, n, &stage->common_values);
}

static int fail_plot(const struct tw_registry *registry, const struct tw_word *words, size_t n,
                     trawl_error *err)
{
    const char **names = tw_alloc_array(registry->plots.n_live + 1, sizeof(*names));
    size_t n_names = 0;
    bool is_named = n > 1 && words[1].text[0] != '-';
    int rc;

    for (size_t i = 0; names && i < registry->plots.n_entries; i++) {
        if (registry->plots.entries[i].key)
            names[n_names++] = registry->plots.entries[i].key;
    }
    if (is_named)
        rc = tw_fail_name(err, TRAWL_E_USAGE, "plot", words[1].text, names, n_names);
    else
        rc = tw_fail(err, TRAWL_E_USAGE, "'%s' needs the name of a plot", words[0].text);
    tw_error_hint(err, "'plots' lists them.");
    tw_error_span(err, words[is_named].start, words[is_named].len);
    tw_free(names);
    return rc;
}

/* Which word names the plot: the first that is one's name; 0: none. */
static size_t find_plot(const struct tw_registry *registry, const struct tw_word *words, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (tw_hashmap_get(&registry->plots, words[i].text))
            return i;
    }
    return 0;
}

/* Room for an options struct of a plugin. */
static void *new_options(struct tw_stage *stage, size_t size, trawl_error *err)
{
    void *opts = tw_arena_alloc(&stage->call.arena, size ? size : 1);

    if (!opts)
        tw_fail_nomem(err);
    return opts;
}

/* "plot line": what messages call it. */
static const char *plot_name(trawl_call *call, const char *command, const char *plot)
{
    size_t n = strlen(command), n_plot = strlen(plot);
    char *name = tw_arena_alloc(&call->arena, n + n_plot + 2);

    if (!name)
        return NULL;
    memcpy(name, command, n);
    name[n] = ' ';
    memcpy(name + n + 1, plot, n_plot);
    return name;
}

/* The words of a command that names a plot, without the plot's name; fills call.plot. */
static int bind_plot(struct tw_stage *stage, struct tw_arguments *arguments,
                     const struct tw_word *words, size_t n, const tw_schema *in,
                     struct tw_word **ret, trawl_error *err)
{
    size_t i_plot = find_plot(stage->registry, words, n);
    const trawl_plot *plot;
    struct tw_word *rest;
    int rc;

    if (!i_plot)
        return fail_plot(stage->registry, words, n, err);
    plot = tw_hashmap_get(&stage->registry->plots, words[i_plot].text);
    rc = check_place(&words[i_plot], stage->name, plot->flags, in, err);
    if (rc != TRAWL_OK)
        return rc;
    rest = tw_arena_alloc(&stage->call.arena, n * sizeof(*rest));
    stage->call.plot = plot;
    stage->call.plot_opts = new_options(stage, plot->opts_size, err);
    if (!rest || !stage->call.plot_opts)
        return tw_fail_nomem(err);
    memcpy(rest, words, i_plot * sizeof(*rest));
    memcpy(rest + i_plot, words + i_plot + 1, (n - i_plot - 1) * sizeof(*rest));
    add_set(arguments, plot->args, plot->n_args, stage->call.plot_opts);
    arguments->command = plot_name(&stage->call, stage->name, plot->name);
    if (!arguments->command)
        return tw_fail_nomem(err);
    *ret = rest;
    return TRAWL_OK;
}

static int make_schema(struct tw_stage *stage, const tw_schema *in, trawl_error *err)
{
    const trawl_command *c = stage->command->command;
    tw_schema *schema;
    int rc = TRAWL_OK;

    if (c->schema) {
        trawl_schema *made = NULL;

        rc = c->schema(&stage->call, stage->opts, in, &made, err);
        if (rc != TRAWL_OK)
            return tw_stage_failed(stage, rc, err);
        stage->schema = made;
        return TRAWL_OK;
    }
    if (c->flags & TRAWL_COMMAND_SAME_COLUMNS && in)
        return copy_schema(in, &stage->schema, err);
    if (!c->n_gives)
        return TRAWL_OK;
    schema = tw_schema_new();
    if (!schema)
        return tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < c->n_gives; i++)
        rc = tw_schema_add(schema, tw_command_gives(c, i), err);
    if (rc == TRAWL_OK)
        stage->schema = schema;
    else
        tw_schema_free(schema);
    return rc;
}

static int bind_command(struct tw_stage *stage, const char *line, const struct tw_word *words,
                        size_t n, const tw_schema *in, trawl_error *err)
{
    const trawl_command *c = stage->command->command;
    struct tw_arguments arguments = {.registry = stage->registry,
                                     .arena = &stage->call.arena,
                                     .in = in,
                                     .line = line,
                                     .command = stage->name};
    const struct tw_word *mine = words;
    int rc = check_place(words, NULL, c->flags, in, err);

    if (rc == TRAWL_OK && c->flags & TRAWL_COMMAND_PLOTS) {
        struct tw_word *rest = NULL;

        rc = bind_plot(stage, &arguments, words, n, in, &rest, err);
        mine = rest;
        n--;
    }
    if (rc != TRAWL_OK)
        return rc;
    stage->opts = new_options(stage, c->opts_size, err);
    if (!stage->opts)
        return TRAWL_E_NOMEM;
    add_set(&arguments, c->args, c->n_args, stage->opts);
    add_host_sets(&arguments, stage, c->flags);
    rc = tw_arguments_bind(&arguments, mine + 1, n - 1, err);
    stage->given = arguments.given;
    if (rc == TRAWL_OK)
        rc = make_schema(stage, in, err);
    return rc;
}

/* A table's, a capture's or a variable's name. */
static int bind_table(struct tw_stage *stage, const char *line, const struct tw_word *words,
                      size_t n, const tw_schema *in, const tw_schema *schema, trawl_error *err)
{
    const trawl_command *c = tw_table_command();
    struct tw_arguments arguments = {.registry = stage->registry,
                                     .arena = &stage->call.arena,
                                     .in = schema,
                                     .line = line,
                                     .command = stage->name};
    int rc = check_place(words, NULL, c->flags, in, err);

    if (rc != TRAWL_OK)
        return rc;
    /* a variable is of no capture: the last argument is not for it */
    add_set(&arguments, c->args, c->n_args - !stage->table, &stage->table_values);
    add_host_sets(&arguments, stage, c->flags);
    rc = tw_arguments_bind(&arguments, words + 1, n - 1, err);
    stage->given = arguments.given;
    if (rc != TRAWL_OK)
        return rc;
    stage->schema = tw_schema_new();
    if (!stage->schema)
        return tw_fail_nomem(err);
    return tw_table_values_schema(&stage->table_values, schema, stage->schema, err);
}

static int fail_variable(const struct tw_registry *registry, const struct tw_word *word,
                         trawl_error *err)
{
    int rc = tw_fail(err, TRAWL_E_USAGE, "no variable '%s'", word->text);

    tw_error_hint(err, registry->session->variables.n_live
                           ? "'variables' lists those that are kept."
                           : "Keep a table with: $name = PIPELINE");
    tw_error_span(err, word->start, word->len);
    return rc;
}

bool tw_arg_is_option(const trawl_arg *arg, const char *word)
{
    const size_t n = strlen(arg->name);

    if (arg->flags & TRAWL_ARG_POSITIONAL || word[0] != '-' || !word[1])
        return false;
    if (word[1] != '-')
        return arg->short_name && word[1] == arg->short_name;
    return strncmp(word + 2, arg->name, n) == 0 && (!word[2 + n] || word[2 + n] == '=');
}

static bool declares(const trawl_command *c, const char *name)
{
    for (uint32_t i = 0; i < c->n_args; i++) {
        if (strcmp(tw_command_arg(c, i)->name, name) == 0)
            return true;
    }
    return false;
}

/* Some word is an option that one of two declares alone. */
static bool has_option_of(const trawl_command *one, const trawl_command *other,
                          const struct tw_word *words, size_t n)
{
    for (uint32_t i = 0; i < one->n_args; i++) {
        const trawl_arg *arg = tw_command_arg(one, i);

        if (declares(other, arg->name))
            continue;
        for (size_t k = 1; k < n; k++) {
            if (!words[k].quoted && tw_arg_is_option(arg, words[k].text))
                return true;
        }
    }
    return false;
}

/* A table may have a command of its name, which shows it and more: with an option that only tables
 * take, the table is meant. An alias needs a word, or an option of the command. */
bool tw_words_mean_table(const struct tw_registry *registry, const struct tw_word *words, size_t n)
{
    const struct tw_command *command = tw_registry_command(registry, words[0].text);
    const trawl_command *table = tw_table_command(), *c = command ? command->command : NULL;

    if (!tw_session_table_schema(registry->session, words[0].text))
        return false;
    if (!c || strcmp(words[0].text, c->name) == 0)
        return !c || has_option_of(table, c, words, n);
    return n < 2 ||
           (!words[1].quoted && words[1].text[0] == '-' && !has_option_of(c, table, words, n));
}

static int bind(struct tw_stage *stage, const char *line, const struct tw_word *words, size_t n,
                const tw_schema *in, trawl_error *err)
{
    tw_session *session = stage->registry->session;
    const char *name = words[0].text;
    const tw_schema *schema;
    tw_table *variable;

    stage->command = tw_registry_command(stage->registry, name);
    if (asks_help(words, n)) {
        if (stage->command && tw_words_mean_table(stage->registry, words, 1))
            stage->command = NULL;
        size_t i_plot = stage->command && stage->command->command->flags & TRAWL_COMMAND_PLOTS
                            ? find_plot(stage->registry, words, n)
                            : 0;

        stage->common.help = true;
        stage->topic = stage->command ? stage->command->command->name : stage->name;
        if (i_plot)
            stage->topic = plot_name(&stage->call, stage->topic, words[i_plot].text);
        return stage->topic ? TRAWL_OK : tw_fail_nomem(err);
    }
    if (stage->command && tw_words_mean_table(stage->registry, words, n))
        stage->command = NULL;
    if (stage->command)
        return bind_command(stage, line, words, n, in, err);
    variable = tw_hashmap_get(&session->variables, name + (name[0] == '$'));
    if (name[0] == '$' && !variable)
        return fail_variable(stage->registry, &words[0], err);
    stage->table = stage->name;
    schema = tw_session_table_schema(session, name);
    if (!schema && tw_hashmap_get(&session->captures, name)) {
        stage->table_values.capture = stage->name;
        stage->table = "packets";
        schema = tw_session_table_schema(session, stage->table);
    }
    if (name[0] == '$' ||
        (!schema && variable)) { /* a kept table, by $name or, where that is free, name */
        stage->table = NULL;
        stage->variable = tw_table_retain(variable);
        return bind_table(stage, line, words, n, in, variable->schema, err);
    }
    if (!schema)
        return fail_stage(stage->registry, &words[0], in, err);
    return bind_table(stage, line, words, n, in, schema, err);
}

/* --sort names columns of the result. */
static int check_sort(const struct tw_stage *stage, trawl_error *err)
{
    for (size_t i = 0; i < stage->listing.sort.n; i++) {
        const char *key = stage->listing.sort.items[i], *name = key + (key[0] == '-');

        if (tw_schema_find(stage->schema, name, strlen(name)) >= 0)
            continue;
        tw_schema_fail_column(stage->schema, name, strlen(name), err);
        for (const struct tw_given *g = stage->given; g; g = g->next) {
            if (g->text == key)
                tw_error_span(err, g->start, g->len);
        }
        return tw_error_wrap(err, TRAWL_E_USAGE, "%s", stage->name);
    }
    return TRAWL_OK;
}

int tw_stage_bind(struct tw_registry *registry, const char *line, const struct tw_word *words,
                  size_t n, const tw_schema *in, struct tw_stage **ret, trawl_error *err)
{
    struct tw_stage *stage = tw_alloc(sizeof(*stage));
    int rc = TRAWL_OK;

    if (!stage)
        return tw_fail_nomem(err);
    stage->registry = registry;
    tw_call_init(&stage->call, registry, stage);
    stage->name = tw_arena_strdup(&stage->call.arena, words[0].text);
    if (!stage->name)
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = bind(stage, line, words, n, in, err);
    if (rc == TRAWL_OK && !stage->common.help)
        tw_common_resolve(&stage->common_values, &stage->common);
    if (rc == TRAWL_OK && stage->schema)
        rc = check_sort(stage, err);
    if (rc != TRAWL_OK) {
        tw_stage_free(stage);
        return rc;
    }
    *ret = stage;
    return TRAWL_OK;
}

const tw_schema *tw_stage_schema(const struct tw_stage *stage)
{
    return stage->schema;
}

const struct tw_common_options *tw_stage_options(const struct tw_stage *stage)
{
    return &stage->common;
}

const trawl_command *tw_stage_command(const struct tw_stage *stage)
{
    return stage->command ? stage->command->command : NULL;
}
