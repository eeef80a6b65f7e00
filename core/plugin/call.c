/* One stage of a pipeline: bound, checked against its input's columns, run, checked again.
 * Must not know how lines are typed or shown. */
#include "core/plugin/call.h"

#include "core/plugin/arguments.h"
#include "core/plugin/common.h"
#include "core/table/kernel.h"

struct tw_cleanup {
    struct tw_cleanup *next;
    void (*free_it)(void *);
    void *p;
};

struct tw_stage {
    struct tw_registry *registry;
    trawl_call call;
    const struct tw_command *command; /* NULL: a table or a variable */
    const char *name;                 /* as typed */
    const char *topic;                /* what help is asked for; NULL: none is */
    const char *table;                /* of a capture; NULL: a command or a variable */
    tw_table *variable;               /* retained */
    void *opts;
    struct tw_given *given;
    struct tw_table_values table_values;
    struct tw_listing_values listing;
    struct tw_common_values common_values;
    struct tw_common_options common;
    tw_schema *schema; /* owned; NULL: gives no table */
};

/* ---- calls ---- */

void tw_call_init(trawl_call *call, struct tw_registry *registry, struct tw_stage *stage)
{
    *call = (trawl_call){.registry = registry, .stage = stage};
}

void tw_call_fini(trawl_call *call)
{
    for (struct tw_cleanup *c = call->cleanups; c; c = c->next)
        c->free_it(c->p);
    call->cleanups = NULL;
    if (call->fetch)
        tw_fetch_close(call->fetch);
    call->fetch = NULL;
    call->fetch_capture = NULL;
    tw_arena_fini(&call->arena);
}

int tw_call_later(trawl_call *call, void (*free_it)(void *), void *p, trawl_error *err)
{
    struct tw_cleanup *c = tw_arena_alloc(&call->arena, sizeof(*c));

    if (!c) {
        free_it(p);
        return tw_fail_nomem(err);
    }
    *c = (struct tw_cleanup){call->cleanups, free_it, p};
    call->cleanups = c;
    return TRAWL_OK;
}

bool tw_stage_given(const struct tw_stage *stage, const char *name)
{
    for (const struct tw_given *g = stage->given; g; g = g->next) {
        if (strcmp(g->arg->name, name) == 0)
            return true;
    }
    return false;
}

bool tw_stage_place(const struct tw_stage *stage, const char *text, trawl_error *err)
{
    for (const struct tw_given *g = stage->given; g; g = g->next) {
        uintptr_t at = (uintptr_t)text, from = (uintptr_t)g->text;

        if (at < from || at > from + strlen(g->text))
            continue;
        tw_error_shift(err, g->start + (at - from));
        return true;
    }
    return false;
}

/* ---- binding ---- */

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

static int fail_stage(const struct tw_registry *registry, const struct tw_word *word,
                      trawl_error *err)
{
    size_t n;
    const char **names = tw_stage_names(registry, &n), *near;
    int rc = tw_fail(err, TRAWL_E_USAGE, "unknown command '%s'", word->text);

    near = names && n ? tw_nearest(word->text, names, n) : NULL;
    if (tw_hashmap_get(&registry->plots, word->text))
        tw_error_hint(err, "Did you mean 'plot %s'?", word->text);
    else if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else
        tw_error_hint(err, "'help' lists the commands, 'tables' the tables.");
    tw_error_span(err, word->start, word->len);
    tw_free(names);
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
    struct tw_buffer all = TW_BUFFER_INIT;
    const char **names = tw_alloc_array(registry->plots.n_live + 1, sizeof(*names));
    size_t n_names = 0;
    bool is_named = n > 1 && words[1].text[0] != '-';
    int rc;

    for (size_t i = 0; names && i < registry->plots.n_entries; i++) {
        if (!registry->plots.entries[i].key)
            continue;
        names[n_names++] = registry->plots.entries[i].key;
        tw_buffer_printf(&all, "%s%s", all.len ? ", " : "", registry->plots.entries[i].key);
    }
    if (is_named)
        rc = tw_fail_name(err, TRAWL_E_USAGE, "plot", words[1].text, names, n_names);
    else
        rc = tw_fail(err, TRAWL_E_USAGE, "'%s' needs the name of a plot", words[0].text);
    tw_error_hint(err, "Plots: %s.", all.data ? all.data : "none");
    tw_error_span(err, words[is_named].start, words[is_named].len);
    tw_buffer_fini(&all);
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

/* A plugin's function said it failed, or broke its word. */
static int plugin_failed(const struct tw_stage *stage, int rc, trawl_error *err)
{
    if (rc > 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "plugin '%s' broke its contract: '%s' returned %d",
                       stage->command->plugin->name, stage->command->command->name, rc);
    return tw_fail(err, rc, "'%s' failed without saying why", stage->command->command->name);
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
            return plugin_failed(stage, rc, err);
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

/* A table may have a command of its name, which shows it and more: with an option that only tables
 * take, the table is meant. */
static bool means_table(const struct tw_stage *stage, const struct tw_word *words, size_t n)
{
    const trawl_command *table = tw_table_command(), *c = stage->command->command;

    if (!tw_session_table_schema(stage->registry->session, c->name) ||
        strcmp(words[0].text, c->name) != 0)
        return false;
    for (uint32_t i = 0; i < table->n_args; i++) {
        const trawl_arg *arg = tw_command_arg(table, i);

        if (declares(c, arg->name))
            continue;
        for (size_t k = 1; k < n; k++) {
            if (!words[k].quoted && tw_arg_is_option(arg, words[k].text))
                return true;
        }
    }
    return false;
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
        size_t i_plot = stage->command && stage->command->command->flags & TRAWL_COMMAND_PLOTS
                            ? find_plot(stage->registry, words, n)
                            : 0;

        stage->common.help = true;
        stage->topic = stage->command ? stage->command->command->name : stage->name;
        if (i_plot)
            stage->topic = ((const trawl_plot *)tw_hashmap_get(&stage->registry->plots,
                                                               words[i_plot].text))
                               ->name;
        return TRAWL_OK;
    }
    if (stage->command && means_table(stage, words, n))
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
        return fail_stage(stage->registry, &words[0], err);
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

/* ---- running ---- */

/* The table is what was promised, else the plugin is to blame. */
static int check_result(const struct tw_stage *stage, const tw_table *table, trawl_error *err)
{
    const char *plugin = stage->command->plugin->name;
    const tw_schema *want = stage->schema, *have = table->schema;
    const char *name = stage->command->command->name;

    if (!want)
        return tw_fail(err, TRAWL_E_PLUGIN,
                       "plugin '%s' broke its contract: '%s' gave a table but declares none",
                       plugin, name);
    if (want->n_columns != have->n_columns)
        return tw_fail(err, TRAWL_E_PLUGIN,
                       "plugin '%s' broke its contract: '%s' gave %zu columns but declares %zu",
                       plugin, name, have->n_columns, want->n_columns);
    for (size_t i = 0; i < want->n_columns; i++) {
        const trawl_column *w = &want->columns[i], *h = &have->columns[i];

        if (strcmp(w->name, h->name) != 0)
            return tw_fail(err, TRAWL_E_PLUGIN,
                           "plugin '%s' broke its contract: '%s' gave column '%s' where it "
                           "declares '%s'",
                           plugin, name, h->name, w->name);
        if (w->type != h->type || ((w->flags ^ h->flags) & TRAWL_COLUMN_LIST))
            return tw_fail(err, TRAWL_E_PLUGIN,
                           "plugin '%s' broke its contract: '%s' gave column '%s' as %s where it "
                           "declares %s",
                           plugin, name, h->name, tw_type_name(h->type), tw_type_name(w->type));
    }
    return TRAWL_OK;
}

static int run_command(struct tw_stage *stage, tw_table *in, tw_table **ret, trawl_error *err)
{
    const trawl_command *c = stage->command->command;
    trawl_table *table = NULL;
    bool different;
    int rc;

    rc = c->run(&stage->call, stage->opts, in, &table, err);
    atomic_store_explicit(&tw_progress.what, NULL, memory_order_relaxed);
    different = rc == TRAWL_E_DIFFERENT && table; /* a result with a status of its own */
    if (rc != TRAWL_OK && !different)
        return plugin_failed(stage, rc, err);
    if (!table && !(c->flags & TRAWL_COMMAND_EFFECT))
        return tw_fail(err, TRAWL_E_PLUGIN, "plugin '%s' broke its contract: '%s' gave no table",
                       stage->command->plugin->name, c->name);
    if (table) {
        rc = check_result(stage, table, err);
        if (rc != TRAWL_OK) {
            tw_table_release(table);
            return rc;
        }
        /* only what nobody else holds may still be named */
        if (atomic_load(&table->refs) == 1) {
            if (!table->name)
                table->name = tw_arena_strdup(&table->schema->arena, c->name);
            if (in && !table->n_damaged)
                table->n_damaged = in->n_damaged;
        }
    }
    *ret = table;
    return different ? TRAWL_E_DIFFERENT : TRAWL_OK;
}

static int run_table(struct tw_stage *stage, tw_table **ret, trawl_error *err)
{
    tw_session *session = stage->registry->session;
    tw_capture *capture = NULL;
    tw_table *table = NULL;
    int rc = TRAWL_OK;

    if (stage->variable) {
        table = tw_table_retain(stage->variable);
    } else {
        rc = tw_session_capture(session, stage->table_values.capture, &capture, err);
        if (rc == TRAWL_OK)
            rc = tw_session_table(session, capture, stage->table, &table, err);
    }
    if (rc == TRAWL_OK)
        rc = tw_table_values_apply(&stage->call, &stage->table_values, &table, err);
    if (rc != TRAWL_OK) {
        tw_table_release(table);
        return rc;
    }
    *ret = table;
    return TRAWL_OK;
}

static int run_help(struct tw_stage *stage, tw_table **ret, trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &stage->registry->hooks;

    if (!hooks->help)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "there is no help here");
    return hooks->help(hooks->context, stage->topic, ret, err);
}

/* --sort and --top; *table is replaced. */
static int apply_listing(const struct tw_listing_values *listing, tw_table **table,
                         trawl_error *err)
{
    size_t n_keys = listing->sort.n;
    struct tw_sort_key *keys;
    tw_table *result = NULL;
    uint32_t *rows = NULL;
    uint64_t n_rows = 0;
    int rc;

    if (!n_keys) {
        if (!listing->top || listing->top >= (*table)->n_rows)
            return TRAWL_OK;
        result = tw_table_slice(*table, 0, listing->top, err);
        if (!result)
            return err && err->code ? err->code : TRAWL_E_NOMEM;
        tw_table_release(*table);
        *table = result;
        return TRAWL_OK;
    }
    keys = tw_alloc_array(n_keys, sizeof(*keys));
    if (!keys)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n_keys; i++) {
        const char *name = listing->sort.items[i];

        keys[i].descending = name[0] == '-';
        name += keys[i].descending;
        keys[i].i_column = (size_t)tw_schema_find((*table)->schema, name, strlen(name));
    }
    rc = tw_sort_rows(*table, keys, n_keys, listing->top, &rows, &n_rows, err);
    tw_free(keys);
    if (rc != TRAWL_OK)
        return rc;
    result = tw_table_gather(*table, rows, n_rows, err);
    if (!result)
        return err && err->code ? err->code : TRAWL_E_NOMEM;
    tw_table_release(*table);
    *table = result;
    return TRAWL_OK;
}

int tw_stage_run(struct tw_stage *stage, tw_table *in, tw_table **ret, trawl_error *err)
{
    tw_table *table = NULL;
    bool different;
    int rc;

    if (stage->common.help)
        return run_help(stage, ret, err);
    rc = stage->command ? run_command(stage, in, &table, err) : run_table(stage, &table, err);
    different = rc == TRAWL_E_DIFFERENT && table;
    if (different)
        rc = TRAWL_OK;
    if (rc == TRAWL_OK && table)
        rc = apply_listing(&stage->listing, &table, err);
    if (rc != TRAWL_OK) {
        tw_table_release(table);
        return rc;
    }
    *ret = table;
    return different ? TRAWL_E_DIFFERENT : TRAWL_OK;
}

void tw_stage_free(struct tw_stage *stage)
{
    if (!stage)
        return;
    tw_schema_free(stage->schema);
    tw_table_release(stage->variable);
    tw_call_fini(&stage->call);
    tw_free(stage);
}
