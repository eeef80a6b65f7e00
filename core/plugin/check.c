/* Names in arguments checked against what exists: columns, fields, captures, tables, commands.
 * Must not know how words are typed. */
#include "core/plugin/arguments.h"

#include <unistd.h>

#include "core/table/kernel.h"

int tw_fail_name(trawl_error *err, int code, const char *what, const char *name,
                 const char *const *names, size_t n)
{
    int rc = tw_fail(err, code, "no %s '%s'", what, name);
    const char *near = n ? tw_nearest(name, names, n) : NULL;

    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    return rc;
}

/* Keys of a map that are live, as an array; n 0 and NULL when there are none. */
static const char **keys_of(const struct tw_hashmap *map, size_t *ret_n)
{
    const char **names = map->n_live ? tw_alloc_array(map->n_live, sizeof(*names)) : NULL;

    *ret_n = 0;
    for (size_t i = 0; names && i < map->n_entries; i++) {
        if (map->entries[i].key)
            names[(*ret_n)++] = map->entries[i].key;
    }
    return names;
}

static int fail_key(const struct tw_hashmap *map, const char *what, const char *name,
                    trawl_error *err)
{
    size_t n;
    const char **names = keys_of(map, &n);
    int rc = tw_fail_name(err, TRAWL_E_USAGE, what, name, names, n);

    tw_free(names);
    return rc;
}

const char *tw_stage_nearest(const struct tw_registry *registry, const char *typed)
{
    const struct tw_hashmap *maps[] = {&registry->commands, &registry->session->tables,
                                       &registry->session->captures};
    size_t n = 0, n_max = 1;
    const char **names, *near = NULL;

    for (size_t i = 0; i < TW_COUNT(maps); i++)
        n_max += maps[i]->n_live;
    names = tw_alloc_array(n_max, sizeof(*names));
    if (!names)
        return NULL;
    names[n++] = "packets"; /* no table of a plugin */
    for (size_t i = 0; i < TW_COUNT(maps); i++) {
        for (size_t j = 0; j < maps[i]->n_entries; j++) {
            if (maps[i]->entries[j].key)
                names[n++] = maps[i]->entries[j].key;
        }
    }
    near = tw_nearest(typed, names, n);
    tw_free(names);
    return near;
}

static int check_field(const tw_session *session, const char *name, trawl_error *err)
{
    const struct tw_catalogue *catalogue = session->catalogue;
    const char **names;
    int rc;

    if (tw_catalogue_find(catalogue, name, strlen(name)) >= 0)
        return TRAWL_OK;
    names = tw_alloc_array(catalogue->n_fields + 1, sizeof(*names));
    for (size_t i = 0; names && i < catalogue->n_fields; i++)
        names[i] = catalogue->fields[i].field->name;
    rc = tw_fail_name(err, TRAWL_E_USAGE, "field", name, names, names ? catalogue->n_fields : 0);
    tw_free(names);
    return rc;
}

static int check_capture(const tw_session *session, const char *name, trawl_error *err)
{
    int rc;

    if (tw_hashmap_get(&session->captures, name))
        return TRAWL_OK;
    rc = fail_key(&session->captures, "capture", name, err);
    if (access(name, R_OK) == 0) /* as traffic-taffy's and mptcpanalyzer's users name them */
        tw_error_hint(err,
                      "It is a file: 'load %s' gives it a name, as does 'trawl -r %s …'; "
                      "'captures' lists the names.",
                      name, name);
    else if (!session->captures.n_live)
        tw_error_hint(err, "None is loaded: 'load FILE' loads one.");
    else
        tw_error_hint(err, "'captures' lists what is loaded.");
    return rc;
}

static int check_table(tw_session *session, const char *name, trawl_error *err)
{
    if (name[0] == '$')
        return tw_hashmap_get(&session->variables, name + 1)
                   ? TRAWL_OK
                   : fail_key(&session->variables, "variable", name, err);
    if (tw_session_table_schema(session, name) || tw_hashmap_get(&session->captures, name) ||
        tw_hashmap_get(&session->variables, name))
        return TRAWL_OK;
    return fail_key(&session->tables, "table", name, err);
}

static int check_plugin(const struct tw_registry *registry, const char *name, trawl_error *err)
{
    const char **names = tw_alloc_array(registry->n_plugins + 1, sizeof(*names));
    int rc;

    for (size_t i = 0; i < registry->n_plugins; i++) {
        if (registry->plugins[i]->descriptor && strcmp(registry->plugins[i]->name, name) == 0) {
            tw_free(names);
            return TRAWL_OK;
        }
        if (names)
            names[i] = registry->plugins[i]->name;
    }
    rc = tw_fail_name(err, TRAWL_E_USAGE, "plugin", name, names, names ? registry->n_plugins : 0);
    tw_free(names);
    return rc;
}

static const tw_schema *schema_of(const struct tw_arguments *arguments)
{
    return arguments->in ? arguments->in
                         : tw_session_table_schema(arguments->registry->session, "packets");
}

static int check_column(const struct tw_arguments *arguments, const char *name, size_t n,
                        trawl_error *err)
{
    const tw_schema *schema = schema_of(arguments);

    if (!schema || tw_schema_find(schema, name, n) >= 0)
        return TRAWL_OK;
    return tw_error_wrap(err, tw_schema_fail_column(schema, name, n, err), "%s",
                         arguments->command);
}

/* "count", "sum(bytes)" */
static int check_aggregate(const struct tw_arguments *arguments, const char *text, trawl_error *err)
{
    const tw_schema *schema = schema_of(arguments);
    const char *names[TW_AGG_LAST + 1], *open = strchr(text, '(');
    size_t n_name = open ? (size_t)(open - text) : strlen(text), n_column;
    int64_t i_column;
    char name[32];
    int found = -1, rc;

    for (int i = 0; i <= TW_AGG_LAST; i++) {
        names[i] = tw_aggregate_name((enum tw_aggregate)i);
        if (strlen(names[i]) == n_name && memcmp(names[i], text, n_name) == 0)
            found = i;
    }
    if (found < 0) {
        n_name = TW_MIN(n_name, sizeof(name) - 1);
        memcpy(name, text, n_name);
        name[n_name] = '\0';
        rc = tw_fail_name(err, TRAWL_E_USAGE, "aggregate", name, names, TW_AGG_LAST + 1);
        tw_error_hint(err, "Write one like sum(bytes), avg(bytes), p95(duration) or count.");
        return rc;
    }
    if (!open) {
        if (found == TW_AGG_COUNT)
            return TRAWL_OK;
        rc = tw_fail(err, TRAWL_E_USAGE, "aggregate '%s' needs a column", text);
        tw_error_hint(err, "Write it like %s(bytes).", text);
        return rc;
    }
    n_column = strlen(open + 1);
    if (n_column < 2 || open[n_column] != ')')
        return tw_fail(err, TRAWL_E_USAGE, "'%s' does not end with a column and ')'", text);
    n_column--;
    rc = check_column(arguments, open + 1, n_column, err);
    i_column = schema && rc == TRAWL_OK ? tw_schema_find(schema, open + 1, n_column) : -1;
    if (i_column >= 0 &&
        !tw_aggregate_type((enum tw_aggregate)found, schema->columns[i_column].type)) {
        rc = tw_fail(err, TRAWL_E_USAGE, "cannot take '%s' of column '%s': it holds %s",
                     names[found], schema->columns[i_column].name,
                     tw_type_name(schema->columns[i_column].type));
        tw_error_hint(err, "Take count, distinct, first or last of it.");
    }
    return rc;
}

static int check_expr(const struct tw_arguments *arguments, const char *text, trawl_error *err)
{
    const tw_schema *schema = schema_of(arguments);
    struct tw_expr_names names = tw_session_expr_names(arguments->registry->session);
    tw_expr *expr = NULL;
    int rc;

    if (!schema)
        return TRAWL_OK;
    rc = tw_expr_compile(text, strlen(text), schema, &names, &expr, err);
    if (rc == TRAWL_OK)
        tw_expr_free(expr);
    return rc;
}

int tw_value_check(const struct tw_arguments *arguments, const trawl_arg *arg, const char *text,
                   trawl_error *err)
{
    const struct tw_registry *registry = arguments->registry;
    size_t n = strlen(text);

    switch (arg->kind) {
    case TRAWL_ARG_COLUMN:
        return check_column(arguments, text, n, err);
    case TRAWL_ARG_SORT:
        return text[0] == '-' ? check_column(arguments, text + 1, n - 1, err)
                              : check_column(arguments, text, n, err);
    case TRAWL_ARG_AGGREGATE:
        return check_aggregate(arguments, text, err);
    case TRAWL_ARG_EXPR:
        return check_expr(arguments, text, err);
    case TRAWL_ARG_FIELD:
        return check_field(registry->session, text, err);
    case TRAWL_ARG_CAPTURE:
        return check_capture(registry->session, text, err);
    case TRAWL_ARG_TABLE:
        return check_table(registry->session, text, err);
    case TRAWL_ARG_PLUGIN:
        return check_plugin(registry, text, err);
    case TRAWL_ARG_COMMAND:
        return tw_registry_command(registry, text)
                   ? TRAWL_OK
                   : fail_key(&registry->commands, "command", text, err);
    default:
        return TRAWL_OK;
    }
}
