/* What is registered as tables: commands, plugins, plots, metrics, writers.
 * Must not know who asks. */
#include <stdio.h>

#include "core/plugin/host.h"

#define TEXT(name_, help_) TRAWL_COLUMN(.type = TRAWL_STRING, .name = name_, .help = help_)

static const trawl_column command_columns[] = {
    TEXT("name", "what to type"),
    TEXT("group", "heading in help"),
    TEXT("summary", "what it does"),
    TEXT("takes", "whether it starts a pipeline, takes a table, or either"),
    TEXT("plugin", "which plugin it is from"),
    TRAWL_COLUMN(.type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST, .priority = 1, .name = "aliases",
                 .help = "other names of it"),
};

static const trawl_column plugin_columns[] = {
    TEXT("name", "the plugin's name"),
    TEXT("version", "its own version"),
    TEXT("abi", "the plugin ABI it was built for"),
    TEXT("state", "on, off or refused"),
    TEXT("reason", "why it was refused"),
    TRAWL_COLUMN(.type = TRAWL_STRING, .priority = 1, .name = "path", .help = "its file"),
    TRAWL_COLUMN(.type = TRAWL_STRING, .priority = 2, .name = "summary", .help = "what it brings"),
    TRAWL_COLUMN(.type = TRAWL_STRING, .priority = 3, .name = "licence",
                 .help = "its licence as SPDX names it"),
};

static const trawl_column thing_columns[] = {
    TEXT("name", "what to type"),
    TEXT("summary", "what it does"),
};

static tw_builder *begin(const trawl_column *columns, size_t n, trawl_error *err)
{
    tw_schema *schema = tw_schema_new();
    tw_builder *b = NULL;
    int rc = schema ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = tw_schema_add(schema, &columns[i], err);
    if (rc == TRAWL_OK)
        b = tw_builder_new(schema, NULL, err);
    tw_schema_free(schema);
    return b;
}

static int finish(tw_builder *b, const char *name, tw_table **ret, trawl_error *err)
{
    tw_table *table = NULL;
    int rc = tw_builder_finish(b, &table, err);

    if (rc != TRAWL_OK)
        return rc;
    table->name = name;
    *ret = table;
    return TRAWL_OK;
}

static int list_commands(const struct tw_registry *registry, tw_table **ret, trawl_error *err)
{
    tw_builder *b = begin(command_columns, TW_COUNT(command_columns), err);

    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < registry->n_commands; i++) {
        const trawl_command *c = registry->sorted[i]->command;
        bool source = c->flags & TRAWL_COMMAND_SOURCE, filter = c->flags & TRAWL_COMMAND_FILTER;

        host_put_text(b, c->name);
        host_put_text(b, c->group);
        host_put_text(b, c->summary);
        host_put_text(b, source && filter ? "either" : source ? "start" : "table");
        host_put_text(b, registry->sorted[i]->plugin->name);
        for (size_t j = 0; c->aliases && c->aliases[j]; j++)
            host_put_text(b, c->aliases[j]);
        tw_builder_end_list(b);
        tw_builder_end_row(b);
    }
    return finish(b, "commands", ret, err);
}

static int list_plugins(const struct tw_registry *registry, tw_table **ret, trawl_error *err)
{
    tw_builder *b = begin(plugin_columns, TW_COUNT(plugin_columns), err);

    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < registry->n_plugins; i++) {
        const struct tw_plugin *p = registry->plugins[i];
        const trawl_plugin *d = p->descriptor;
        char abi[16];

        if (d)
            snprintf(abi, sizeof(abi), "%u.%u", d->abi_major, d->abi_minor);
        host_put_text(b, p->name);
        host_put_text(b, d ? d->version : NULL);
        host_put_text(b, d ? abi : NULL);
        host_put_text(b, p->state);
        host_put_text(b, p->reason);
        host_put_text(b, p->path);
        host_put_text(b, d ? d->summary : NULL);
        host_put_text(b, d ? d->licence : NULL);
        tw_builder_end_row(b);
    }
    return finish(b, "plugins", ret, err);
}

/* Plots, metrics and writers, in the order in which they were registered. */
static int list_things(const struct tw_hashmap *map, const char *name,
                       const char *(*summary)(const void *thing), tw_table **ret, trawl_error *err)
{
    tw_builder *b = begin(thing_columns, TW_COUNT(thing_columns), err);

    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < map->n_entries; i++) {
        if (!map->entries[i].key)
            continue;
        host_put_text(b, map->entries[i].key);
        host_put_text(b, summary(map->entries[i].value));
        tw_builder_end_row(b);
    }
    return finish(b, name, ret, err);
}

static const char *plot_summary(const void *thing)
{
    return ((const trawl_plot *)thing)->summary;
}

static const char *metric_summary(const void *thing)
{
    return ((const trawl_metric *)thing)->summary;
}

static const char *writer_summary(const void *thing)
{
    return ((const trawl_writer *)thing)->summary;
}

static const char *resolver_summary(const void *thing)
{
    return ((const trawl_resolver *)thing)->summary;
}

static const char *allow_summary(const void *thing)
{
    return ((const trawl_allow *)thing)->summary;
}

static const char *analyzer_summary(const void *thing)
{
    return ((const trawl_analyzer *)thing)->summary;
}

int tw_registry_list(struct tw_registry *registry, const char *what, tw_table **ret,
                     trawl_error *err)
{
    if (strcmp(what, "commands") == 0)
        return list_commands(registry, ret, err);
    if (strcmp(what, "plugins") == 0)
        return list_plugins(registry, ret, err);
    if (strcmp(what, "plots") == 0)
        return list_things(&registry->plots, "plots", plot_summary, ret, err);
    if (strcmp(what, "metrics") == 0)
        return list_things(&registry->metrics, "metrics", metric_summary, ret, err);
    if (strcmp(what, "writers") == 0)
        return list_things(&registry->writers, "writers", writer_summary, ret, err);
    if (strcmp(what, "resolvers") == 0)
        return list_things(&registry->resolvers, "resolvers", resolver_summary, ret, err);
    if (strcmp(what, "allows") == 0)
        return list_things(&registry->allows, "allows", allow_summary, ret, err);
    if (strcmp(what, "analyzers") == 0)
        return list_things(&registry->analyzers, "analyzers", analyzer_summary, ret, err);
    return TRAWL_E_NOT_FOUND;
}
