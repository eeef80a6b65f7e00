/* Calls of plugins, and one stage of a pipeline: run, and what it gives checked.
 * Must not know how lines are typed or shown. */
#include "core/plugin/stage.h"
#include "core/table/kernel.h"

struct tw_cleanup {
    struct tw_cleanup *next;
    void (*free_it)(void *);
    void *p;
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

bool tw_stage_find(const struct tw_stage *stage, const char *text, size_t *ret_start)
{
    for (const struct tw_given *g = stage->given; g; g = g->next) {
        uintptr_t at = (uintptr_t)text, from = (uintptr_t)g->text;

        if (at < from || at > from + strlen(g->text))
            continue;
        *ret_start = g->start + (at - from);
        return true;
    }
    return false;
}

bool tw_stage_place(const struct tw_stage *stage, const char *text, trawl_error *err)
{
    size_t start;

    if (!tw_stage_find(stage, text, &start))
        return false;
    tw_error_shift(err, start);
    return true;
}

/* ---- running ---- */

int tw_stage_failed(const struct tw_stage *stage, int rc, trawl_error *err)
{
    if (rc > 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "plugin '%s' broke its contract: '%s' returned %d",
                       stage->command->plugin->name, stage->command->command->name, rc);
    return tw_fail(err, rc, "'%s' failed without saying why", stage->command->command->name);
}

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
        return tw_stage_failed(stage, rc, err);
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

const trawl_words *tw_stage_order(const struct tw_stage *stage)
{
    const trawl_command *command = stage->command ? stage->command->command : NULL;

    if (stage->listing.sort.n)
        return &stage->listing.sort;
    for (size_t i = 0; command && stage->opts && i < command->n_args; i++) { /* none for --help */
        const trawl_arg *arg = tw_command_arg(command, i);
        const trawl_words *words = (const void *)((const char *)stage->opts + arg->offset);

        if (arg->kind == TRAWL_ARG_SORT && arg->flags & TRAWL_ARG_REPEATED && words->n)
            return words;
    }
    return NULL;
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
