/* What is registered: plugins, commands, plots, metrics, writers by name; all or nothing for each
 * plugin. Must not know files, command lines or terminals. */
#include "core/plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/capture/record.h"
#include "core/plugin/descriptor.h"
#include "core/plugin/host.h"
#include "core/plugin/plugin.h"

static int run_build(void *context, const trawl_table_def *def, tw_capture *capture, tw_table **ret,
                     trawl_error *err)
{
    trawl_call call;
    tw_table *table = NULL;
    int rc;

    tw_call_init(&call, context, NULL);
    rc = def->build(&call, capture, &table, err);
    tw_call_fini(&call);
    if (rc < 0)
        return tw_fail(err, rc, "table '%s' could not be built", def->name);
    if (!table)
        return tw_fail(err, TRAWL_E_PLUGIN, "its plugin gave no table '%s'", def->name);
    *ret = table;
    return TRAWL_OK;
}

static int run_compute(void *context, const trawl_derived *derived, tw_capture *capture,
                       tw_table *packets, tw_table **ret, trawl_error *err)
{
    trawl_call call;
    tw_table *table = NULL;
    int rc;

    tw_call_init(&call, context, NULL);
    rc = derived->compute(&call, capture, packets, &table, err);
    tw_call_fini(&call);
    if (rc < 0)
        return tw_fail(err, rc, "fields '%s' could not be computed", derived->name);
    if (!table || table->n_rows != packets->n_rows ||
        table->schema->n_columns != derived->n_fields) {
        tw_table_release(table);
        return tw_fail(err, TRAWL_E_PLUGIN, "its plugin gave no column for each field of '%s'",
                       derived->name);
    }
    *ret = table;
    return TRAWL_OK;
}

static bool is_command(void *context, const char *name)
{
    return tw_registry_command(context, name) != NULL;
}

struct tw_registry *tw_registry_new(tw_session *session, trawl_error *err)
{
    struct tw_registry *registry = tw_alloc(sizeof(*registry));

    if (!registry) {
        tw_fail_nomem(err);
        return NULL;
    }
    registry->session = session;
    session->run_build = run_build;
    session->run_compute = run_compute;
    session->is_command = is_command;
    session->run_context = registry;
    tw_host_attach(registry);
    return registry;
}

void tw_plugin_free(struct tw_plugin *plugin)
{
    if (!plugin)
        return;
    tw_free(plugin->name);
    tw_free(plugin->path);
    tw_free(plugin->reason);
    tw_arena_fini(&plugin->arena);
    tw_free(plugin);
}

void tw_registry_free(struct tw_registry *registry)
{
    if (!registry)
        return;
    tw_host_detach(registry);
    for (size_t i = 0; i < registry->n_plugins; i++) {
        const trawl_plugin *d = registry->plugins[i]->descriptor;

        for (uint32_t k = 0; d && k < d->n_readers; k++)
            tw_reader_remove(&d->readers[k]);
    }
    for (size_t i = 0; i < registry->n_plugins; i++) {
        if (registry->plugins[i]->descriptor)
            tw_registry_leave_settings(registry, registry->plugins[i]);
        tw_plugin_free(registry->plugins[i]);
    }
    tw_hashmap_fini(&registry->settings);
    tw_free(registry->plugins);
    tw_free(registry->sorted);
    tw_hashmap_fini(&registry->commands);
    tw_hashmap_fini(&registry->plots);
    tw_hashmap_fini(&registry->metrics);
    tw_hashmap_fini(&registry->writers);
    tw_hashmap_fini(&registry->resolvers);
    tw_hashmap_fini(&registry->analyzers);
    tw_hashmap_fini(&registry->allows);
    tw_free(registry);
}

int tw_registry_note(struct tw_registry *registry, struct tw_plugin *plugin, trawl_error *err)
{
    struct tw_plugin **grown = tw_realloc_array(registry->plugins, registry->n_plugins + 1,
                                                sizeof(struct tw_plugin *));

    if (!grown) {
        tw_plugin_free(plugin);
        return tw_fail_nomem(err);
    }
    registry->plugins = grown;
    registry->plugins[registry->n_plugins++] = plugin;
    return TRAWL_OK;
}

struct tw_plugin *tw_plugin_new(const char *name, const char *path, const char *state,
                                const char *reason, trawl_error *err)
{
    struct tw_plugin *plugin = tw_alloc(sizeof(*plugin));

    if (plugin) {
        plugin->name = tw_strdup(name);
        plugin->path = path ? tw_strdup(path) : NULL;
        plugin->reason = reason ? tw_strdup(reason) : NULL;
        plugin->state = state;
    }
    if (!plugin || !plugin->name || (path && !plugin->path) || (reason && !plugin->reason)) {
        tw_plugin_free(plugin);
        tw_fail_nomem(err);
        return NULL;
    }
    return plugin;
}

/* ---- conflicts: everything that could fail is asked before anything is changed ---- */

static const char *owner_of_command(const struct tw_registry *registry, const char *name)
{
    const struct tw_command *command = tw_hashmap_get(&registry->commands, name);

    return command ? command->plugin->name : NULL;
}

/* An alias may be the name of another plugin's table if its command cannot do without a word: the
 * name alone is then the table, with a word it is the command. */
static bool needs_word(const trawl_command *c)
{
    const uint32_t both = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED;

    for (uint32_t i = 0; i < c->n_args; i++) {
        if ((tw_command_arg(c, i)->flags & both) == both)
            return true;
    }
    return false;
}

/* A plugin that is called like a table of the session may have a command of that name too. */
static int check_command_name(const struct tw_registry *registry, const trawl_plugin *plugin,
                              const char *name, bool beside_table, trawl_error *err)
{
    const char *owner = owner_of_command(registry, name);
    const struct tw_session_table *table = tw_hashmap_get(&registry->session->tables, name);

    if (owner)
        return tw_fail(err, TRAWL_E_PLUGIN, "command '%s' is already taken by plugin '%s'", name,
                       owner);
    if (table && (beside_table || (!table->def && strcmp(plugin->name, name) == 0)))
        return TRAWL_OK;
    if (table || strcmp(name, "packets") == 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "command '%s' has the name of a table of '%s'", name,
                       table && table->plugin ? table->plugin : "core");
    return TRAWL_OK;
}

static bool is_beside_table(const struct tw_registry *registry, const char *name)
{
    const trawl_command *c = tw_registry_command(registry, name)->command;

    return strcmp(c->name, name) != 0 && needs_word(c);
}

/* Names seen within the plugin itself. */
static int check_twice(struct tw_hashmap *seen, const char *what, const char *name,
                       trawl_error *err)
{
    if (tw_hashmap_get(seen, name))
        return tw_fail(err, TRAWL_E_PLUGIN, "has two %ss '%s'", what, name);
    if (tw_hashmap_put(seen, name, seen) != TRAWL_OK)
        return tw_fail_nomem(err);
    return TRAWL_OK;
}

/* A plugin may have a command of the name of its own table: the command is then what a line means,
 * and the table what other plugins ask for. */
static bool is_own_command(const trawl_plugin *plugin, const char *name)
{
    for (uint32_t i = 0; i < plugin->n_commands; i++) {
        if (strcmp(plugin->commands[i].name, name) == 0)
            return true;
    }
    return false;
}

static int check_commands(const struct tw_registry *registry, const trawl_plugin *plugin,
                          struct tw_hashmap *seen, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_commands; i++) {
        const trawl_command *c = &plugin->commands[i];

        rc = check_twice(seen, "command", c->name, err);
        if (rc == TRAWL_OK)
            rc = check_command_name(registry, plugin, c->name, false, err);
        for (size_t j = 0; rc == TRAWL_OK && c->aliases && c->aliases[j]; j++) {
            rc = check_twice(seen, "command", c->aliases[j], err);
            if (rc == TRAWL_OK)
                rc = check_command_name(registry, plugin, c->aliases[j], needs_word(c), err);
        }
    }
    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_tables; i++) {
        const char *name = plugin->tables[i].name;
        const struct tw_session_table *table = tw_hashmap_get(&registry->session->tables, name);

        for (uint32_t j = 0; rc == TRAWL_OK && j < i; j++) {
            if (strcmp(plugin->tables[j].name, name) == 0)
                rc = tw_fail(err, TRAWL_E_PLUGIN, "has two tables '%s'", name);
        }
        if (rc == TRAWL_OK && !is_own_command(plugin, name) && tw_hashmap_get(seen, name))
            rc = tw_fail(err, TRAWL_E_PLUGIN, "table '%s' has the name of an alias", name);
        if (rc == TRAWL_OK && owner_of_command(registry, name) && !is_beside_table(registry, name))
            rc = tw_fail(err, TRAWL_E_PLUGIN, "table '%s' has the name of a command of '%s'", name,
                         owner_of_command(registry, name));
        if (rc == TRAWL_OK && (table || strcmp(name, "packets") == 0))
            rc = tw_fail(err, TRAWL_E_PLUGIN, "table '%s' is already taken by '%s'", name,
                         table && table->plugin ? table->plugin : "core");
    }
    return rc;
}

static int check_fields(const struct tw_registry *registry, const trawl_field *fields, uint32_t n,
                        struct tw_hashmap *seen, trawl_error *err)
{
    const struct tw_catalogue *catalogue = registry->session->catalogue;
    int rc = TRAWL_OK;

    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const char *name = fields[i].name;
        int64_t i_taken = tw_catalogue_find(catalogue, name, strlen(name));

        rc = check_twice(seen, "field", name, err);
        if (rc == TRAWL_OK && i_taken >= 0)
            rc = tw_fail(err, TRAWL_E_PLUGIN, "field '%s' is already taken by '%s'", name,
                         catalogue->fields[i_taken].plugin);
    }
    return rc;
}

#define CHECK_NAMES(what, word, map)                                                   \
    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_##what; i++) {                \
        const char *name = plugin->what[i].name;                                       \
                                                                                       \
        for (uint32_t j = 0; rc == TRAWL_OK && j < i; j++) {                           \
            if (strcmp(plugin->what[j].name, name) == 0)                               \
                rc = tw_fail(err, TRAWL_E_PLUGIN, "has two %ss '%s'", word, name);     \
        }                                                                              \
        if (rc == TRAWL_OK && tw_hashmap_get(&registry->map, name))                    \
            rc = tw_fail(err, TRAWL_E_PLUGIN, "%s '%s' is already taken", word, name); \
    }

static int check_conflicts(const struct tw_registry *registry, const struct tw_plugin *record,
                           trawl_error *err)
{
    const trawl_plugin *plugin = record->descriptor;
    struct tw_hashmap commands = TW_HASHMAP_INIT, fields = TW_HASHMAP_INIT;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < registry->n_plugins; i++) {
        const struct tw_plugin *other = registry->plugins[i];

        if (other != record && other->descriptor && strcmp(other->name, plugin->name) == 0)
            return tw_fail(err, TRAWL_E_PLUGIN, "a plugin of this name is loaded already");
    }
    rc = check_commands(registry, plugin, &commands, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_dissectors; i++)
        rc = check_fields(registry, plugin->dissectors[i].fields, plugin->dissectors[i].n_fields,
                          &fields, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_derived; i++)
        rc = check_fields(registry, plugin->derived[i].fields, plugin->derived[i].n_fields, &fields,
                          err);
    CHECK_NAMES(plots, "plot", plots)
    CHECK_NAMES(metrics, "flow metric", metrics)
    CHECK_NAMES(writers, "writer", writers)
    CHECK_NAMES(resolvers, "resolver", resolvers)
    CHECK_NAMES(allows, "allow list", allows)
    CHECK_NAMES(analyzers, "analyzer", analyzers)
    CHECK_NAMES(settings, "setting", settings)
    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_readers; i++)
        if (tw_reader_named(plugin->readers[i].name))
            rc = tw_fail(err, TRAWL_E_PLUGIN, "reader '%s' is already taken",
                         plugin->readers[i].name);
    tw_hashmap_fini(&commands);
    tw_hashmap_fini(&fields);
    return rc;
}

/* ---- entering ---- */

static int by_name(const void *a, const void *b)
{
    const struct tw_command *const *x = a, *const *y = b;

    return strcmp((*x)->command->name, (*y)->command->name);
}

static int put(struct tw_hashmap *map, const char *name, const void *value, trawl_error *err)
{
    /* the map holds void *; what it holds is never written through it */
    union {
        const void *in;
        void *out;
    } pointer = {.in = value};

    return tw_hashmap_put(map, name, pointer.out) == TRAWL_OK ? TRAWL_OK : tw_fail_nomem(err);
}

static int enter_commands(struct tw_registry *registry, struct tw_plugin *plugin, trawl_error *err)
{
    const trawl_plugin *d = plugin->descriptor;
    size_t n = registry->n_commands + d->n_commands;
    struct tw_command **sorted, *commands;

    if (!d->n_commands)
        return TRAWL_OK;
    commands = tw_arena_alloc(&plugin->arena, d->n_commands * sizeof(*commands));
    sorted = tw_realloc_array(registry->sorted, n, sizeof(struct tw_command *));
    if (sorted)
        registry->sorted = sorted;
    if (!commands || !sorted)
        return tw_fail_nomem(err);
    for (uint32_t i = 0; i < d->n_commands; i++) {
        const trawl_command *c = &d->commands[i];

        commands[i].command = c;
        commands[i].plugin = plugin;
        if (put(&registry->commands, c->name, &commands[i], err) != TRAWL_OK)
            return TRAWL_E_NOMEM;
        for (size_t j = 0; c->aliases && c->aliases[j]; j++) {
            if (put(&registry->commands, c->aliases[j], &commands[i], err) != TRAWL_OK)
                return TRAWL_E_NOMEM;
        }
    }
    for (uint32_t i = 0; i < d->n_commands; i++)
        registry->sorted[registry->n_commands++] = &commands[i];
    qsort(registry->sorted, registry->n_commands, sizeof(*registry->sorted), by_name);
    return TRAWL_OK;
}

/* Take a plugin's names out again; what was never entered is passed over. */
static void leave(struct tw_registry *registry, const struct tw_plugin *plugin)
{
    const trawl_plugin *d = plugin->descriptor;
    size_t n_kept = 0;

    for (uint32_t i = 0; i < d->n_commands; i++) {
        const trawl_command *c = &d->commands[i];

        tw_hashmap_remove(&registry->commands, c->name);
        for (size_t j = 0; c->aliases && c->aliases[j]; j++)
            tw_hashmap_remove(&registry->commands, c->aliases[j]);
    }
    for (size_t i = 0; i < registry->n_commands; i++) {
        if (registry->sorted[i]->plugin != plugin)
            registry->sorted[n_kept++] = registry->sorted[i];
    }
    registry->n_commands = n_kept;
    for (uint32_t i = 0; i < d->n_plots; i++)
        tw_hashmap_remove(&registry->plots, d->plots[i].name);
    for (uint32_t i = 0; i < d->n_metrics; i++)
        tw_hashmap_remove(&registry->metrics, d->metrics[i].name);
    for (uint32_t i = 0; i < d->n_writers; i++)
        tw_hashmap_remove(&registry->writers, d->writers[i].name);
    for (uint32_t i = 0; i < d->n_resolvers; i++)
        tw_hashmap_remove(&registry->resolvers, d->resolvers[i].name);
    for (uint32_t i = 0; i < d->n_allows; i++)
        tw_hashmap_remove(&registry->allows, d->allows[i].name);
    for (uint32_t i = 0; i < d->n_analyzers; i++)
        tw_hashmap_remove(&registry->analyzers, d->analyzers[i].name);
    for (uint32_t i = 0; i < d->n_readers; i++)
        tw_reader_remove(&d->readers[i]);
    for (uint32_t i = 0; i < d->n_tables; i++)
        tw_session_remove_table(registry->session, d->tables[i].name);
    tw_registry_leave_settings(registry, plugin);
}

static int enter(struct tw_registry *registry, struct tw_plugin *plugin, trawl_error *err)
{
    const trawl_plugin *d = plugin->descriptor;
    tw_session *session = registry->session;
    int rc = enter_commands(registry, plugin, err);

    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_plots; i++)
        rc = put(&registry->plots, d->plots[i].name, &d->plots[i], err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_metrics; i++)
        rc = put(&registry->metrics, d->metrics[i].name, &d->metrics[i], err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_writers; i++)
        rc = put(&registry->writers, d->writers[i].name, &d->writers[i], err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_resolvers; i++)
        rc = put(&registry->resolvers, d->resolvers[i].name, &d->resolvers[i], err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_allows; i++)
        rc = put(&registry->allows, d->allows[i].name, &d->allows[i], err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_analyzers; i++)
        rc = put(&registry->analyzers, d->analyzers[i].name, &d->analyzers[i], err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_readers; i++)
        rc = tw_reader_add(&d->readers[i], err);
    if (rc == TRAWL_OK)
        rc = tw_registry_enter_settings(registry, plugin, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_tables; i++)
        rc = tw_session_add_table(session, &d->tables[i], plugin->name, err);
    /* Fields last: the catalogue does not forget. Conflicts are excluded by now, only memory is
     * not. */
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_dissectors; i++)
        rc = tw_catalogue_add(session->catalogue, &d->dissectors[i], plugin->name, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < d->n_derived; i++)
        rc = tw_session_add_derived(session, &d->derived[i], plugin->name, err);
    if (rc != TRAWL_OK)
        leave(registry, plugin);
    return rc;
}

/* "conn" of "/usr/lib/trawl/conn.so". */
static char *name_of_path(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *base = slash ? slash + 1 : path ? path : "?";
    size_t n = strlen(base);

    return tw_strndup(base, n > 3 && strcmp(base + n - 3, ".so") == 0 ? n - 3 : n);
}

/* Copy, ask for conflicts, init. Nothing but the record has changed when this fails. */
static int prepare(struct tw_registry *registry, struct tw_plugin *plugin,
                   const trawl_plugin *descriptor, trawl_error *err)
{
    trawl_error why = TW_ERROR_INIT;
    int rc;

    plugin->descriptor = tw_descriptor_copy(descriptor, &plugin->arena, err);
    if (!plugin->descriptor)
        return TRAWL_E_NOMEM;
    rc = check_conflicts(registry, plugin, err);
    if (rc != TRAWL_OK || !plugin->descriptor->init)
        return rc;
    if (plugin->descriptor->init(&tw_host, &why) < 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "its init failed: %s",
                       why.message[0] ? why.message : "it did not say why");
    return TRAWL_OK;
}

static int check_file_name(const char *name, const char *path, trawl_error *err)
{
    char *file = name_of_path(path);
    int rc = file ? TRAWL_OK : tw_fail_nomem(err);

    if (file && strcmp(file, name) != 0)
        rc = tw_fail(err, TRAWL_E_PLUGIN, "its descriptor is named '%s'", name);
    tw_free(file);
    return rc;
}

static int note_refused(struct tw_registry *registry, const char *path, const char *reason,
                        trawl_error *err)
{
    char *name = name_of_path(path);
    struct tw_plugin *plugin = name ? tw_plugin_new(name, path, "refused", reason, err) : NULL;

    tw_free(name);
    return plugin ? tw_registry_note(registry, plugin, err) : tw_fail_nomem(err);
}

int tw_registry_refuse(struct tw_registry *registry, const char *path, const char *reason,
                       trawl_error *err)
{
    int rc = note_refused(registry, path, reason, err);

    if (rc == TRAWL_OK)
        tw_log(1, "refused plugin '%s': %s", registry->plugins[registry->n_plugins - 1]->name,
               reason);
    return rc;
}

int tw_registry_refuse_folder(struct tw_registry *registry, const char *folder, const char *reason,
                              trawl_error *err)
{
    tw_log(1, "refused plugin folder '%s': %s", folder, reason);
    return note_refused(registry, folder, reason, err);
}

/* The record of a plugin that could not be entered stays in the list. */
static void turn_refused(struct tw_plugin *plugin, const char *reason)
{
    tw_log(1, "refused plugin '%s': %s", plugin->name, reason);
    plugin->descriptor = NULL;
    plugin->state = "refused";
    plugin->reason = tw_strdup(reason);
}

int tw_registry_add(struct tw_registry *registry, const trawl_plugin *descriptor, const char *path,
                    trawl_error *err)
{
    struct tw_plugin *plugin;
    trawl_error why = TW_ERROR_INIT;
    int rc = tw_plugin_lint(descriptor, &why);

    if (rc == TRAWL_OK && path)
        rc = check_file_name(descriptor->name, path, &why);
    if (rc != TRAWL_OK) {
        tw_registry_refuse(registry, path, why.message, NULL);
        return tw_fail(err, rc, "%s", why.message);
    }
    plugin = tw_plugin_new(descriptor->name, path, "on", NULL, err);
    if (!plugin)
        return TRAWL_E_NOMEM;
    /* Listed first: what may fail for lack of memory comes before names point to the record. */
    rc = tw_registry_note(registry, plugin, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = prepare(registry, plugin, descriptor, &why);
    if (rc == TRAWL_OK)
        rc = enter(registry, plugin, &why);
    if (rc != TRAWL_OK) {
        turn_refused(plugin, why.message);
        return tw_fail(err, rc, "%s", why.message);
    }
    return TRAWL_OK;
}

int tw_registry_off(struct tw_registry *registry, const char *name, trawl_error *err)
{
    for (size_t i = 0; i < registry->n_plugins; i++) {
        struct tw_plugin *plugin = registry->plugins[i];

        if (!plugin->descriptor || strcmp(plugin->name, name) != 0)
            continue;
        if (strcmp(plugin->state, "off") == 0)
            return TRAWL_OK;
        leave(registry, plugin);
        plugin->state = "off";
        return TRAWL_OK;
    }
    return tw_fail(err, TRAWL_E_NOT_FOUND, "no plugin '%s'", name);
}

const struct tw_command *tw_registry_command(const struct tw_registry *registry, const char *name)
{
    return tw_hashmap_get(&registry->commands, name);
}

size_t tw_registry_n_commands(const struct tw_registry *registry)
{
    return registry->n_commands;
}

const struct tw_command *tw_registry_command_at(const struct tw_registry *registry, size_t i)
{
    return registry->sorted[i];
}

const trawl_arg *tw_command_arg(const trawl_command *command, size_t i)
{
    return TW_ELEMENT(trawl_arg, command->args, command->arg_size, i);
}

const trawl_column *tw_command_gives(const trawl_command *command, size_t i)
{
    return TW_ELEMENT(trawl_column, command->gives, command->column_size, i);
}

const trawl_arg *tw_plot_arg(const trawl_plot *plot, size_t i)
{
    return TW_ELEMENT(trawl_arg, plot->args, plot->arg_size, i);
}
