/* Copies of plugins' descriptors in the host's own layout.
 * Must not know the registry; trusts that the lint passed. */
#include "core/plugin/descriptor.h"

#include "core/base/base.h"

/* A copy of n elements of `stride` bytes as elements of `size` bytes. */
static void *copy_array(struct tw_arena *arena, const void *array, size_t n, size_t stride,
                        size_t size, bool *ok)
{
    size_t n_bytes, n_copy = TW_MIN(stride, size);
    char *copy;

    if (n == 0)
        return NULL;
    if (!tw_mul_size(n, size, &n_bytes)) {
        *ok = false;
        return NULL;
    }
    copy = tw_arena_alloc(arena, n_bytes);
    if (!copy) {
        *ok = false;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t own_size = (uint32_t)size;

        memcpy(copy + i * size, (const char *)array + i * stride, n_copy);
        memcpy(copy + i * size, &own_size, sizeof(own_size)); /* each starts with its size */
    }
    return copy;
}

#define COPY(arena, owner, array, n, stride, ok) \
    ((owner)->array = copy_array(arena, (owner)->array, n, stride, sizeof(*(owner)->array), ok))

static trawl_command *copy_commands(const trawl_plugin *plugin, struct tw_arena *arena, bool *ok)
{
    trawl_command *commands = copy_array(arena, plugin->commands, plugin->n_commands,
                                         plugin->command_size, sizeof(*commands), ok);

    for (uint32_t i = 0; commands && i < plugin->n_commands; i++) {
        trawl_command *c = &commands[i];

        COPY(arena, c, args, c->n_args, c->arg_size, ok);
        COPY(arena, c, gives, c->n_gives, c->column_size, ok);
        c->arg_size = sizeof(trawl_arg);
        c->column_size = sizeof(trawl_column);
    }
    return commands;
}

static trawl_dissector *copy_dissectors(const trawl_plugin *plugin, struct tw_arena *arena,
                                        bool *ok)
{
    trawl_dissector *dissectors = copy_array(arena, plugin->dissectors, plugin->n_dissectors,
                                             plugin->dissector_size, sizeof(*dissectors), ok);

    for (uint32_t i = 0; dissectors && i < plugin->n_dissectors; i++) {
        COPY(arena, &dissectors[i], fields, dissectors[i].n_fields, dissectors[i].field_size, ok);
        dissectors[i].field_size = sizeof(trawl_field);
    }
    return dissectors;
}

static trawl_table_def *copy_tables(const trawl_plugin *plugin, struct tw_arena *arena, bool *ok)
{
    trawl_table_def *tables = copy_array(arena, plugin->tables, plugin->n_tables,
                                         plugin->table_size, sizeof(*tables), ok);

    for (uint32_t i = 0; tables && i < plugin->n_tables; i++) {
        COPY(arena, &tables[i], columns, tables[i].n_columns, tables[i].column_size, ok);
        tables[i].column_size = sizeof(trawl_column);
    }
    return tables;
}

static trawl_derived *copy_derived(const trawl_plugin *plugin, struct tw_arena *arena, bool *ok)
{
    trawl_derived *derived = copy_array(arena, plugin->derived, plugin->n_derived,
                                        plugin->derived_size, sizeof(*derived), ok);

    for (uint32_t i = 0; derived && i < plugin->n_derived; i++) {
        COPY(arena, &derived[i], fields, derived[i].n_fields, derived[i].field_size, ok);
        derived[i].field_size = sizeof(trawl_field);
    }
    return derived;
}

static trawl_metric *copy_metrics(const trawl_plugin *plugin, struct tw_arena *arena, bool *ok)
{
    trawl_metric *metrics = copy_array(arena, plugin->metrics, plugin->n_metrics,
                                       plugin->metric_size, sizeof(*metrics), ok);

    for (uint32_t i = 0; metrics && i < plugin->n_metrics; i++) {
        COPY(arena, &metrics[i], columns, metrics[i].n_columns, metrics[i].column_size, ok);
        COPY(arena, &metrics[i], args, metrics[i].n_args, metrics[i].arg_size, ok);
        metrics[i].arg_size = sizeof(trawl_arg);
        metrics[i].column_size = sizeof(trawl_column);
    }
    return metrics;
}

static trawl_analyzer *copy_analyzers(const trawl_plugin *plugin, struct tw_arena *arena, bool *ok)
{
    trawl_analyzer *analyzers = copy_array(arena, plugin->analyzers, plugin->n_analyzers,
                                           plugin->analyzer_size, sizeof(*analyzers), ok);

    for (uint32_t i = 0; analyzers && i < plugin->n_analyzers; i++) {
        COPY(arena, &analyzers[i], columns, analyzers[i].n_columns, analyzers[i].column_size, ok);
        analyzers[i].column_size = sizeof(trawl_column);
    }
    return analyzers;
}

static trawl_plot *copy_plots(const trawl_plugin *plugin, struct tw_arena *arena, bool *ok)
{
    trawl_plot *plots = copy_array(arena, plugin->plots, plugin->n_plots, plugin->plot_size,
                                   sizeof(*plots), ok);

    for (uint32_t i = 0; plots && i < plugin->n_plots; i++) {
        COPY(arena, &plots[i], args, plots[i].n_args, plots[i].arg_size, ok);
        plots[i].arg_size = sizeof(trawl_arg);
    }
    return plots;
}

const trawl_plugin *tw_descriptor_copy(const trawl_plugin *plugin, struct tw_arena *arena,
                                       trawl_error *err)
{
    trawl_plugin *copy = tw_arena_alloc(arena, sizeof(*copy));
    bool ok = true;

    if (!copy) {
        tw_fail_nomem(err);
        return NULL;
    }
    memcpy(copy, plugin, TW_MIN(plugin->size, sizeof(*copy)));
    copy->commands = copy_commands(plugin, arena, &ok);
    copy->dissectors = copy_dissectors(plugin, arena, &ok);
    copy->tables = copy_tables(plugin, arena, &ok);
    copy->derived = copy_derived(plugin, arena, &ok);
    copy->metrics = copy_metrics(plugin, arena, &ok);
    copy->plots = copy_plots(plugin, arena, &ok);
    copy->writers = copy_array(arena, plugin->writers, plugin->n_writers, plugin->writer_size,
                               sizeof(trawl_writer), &ok);
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, reader_size))
        copy->readers = copy_array(arena, plugin->readers, plugin->n_readers, plugin->reader_size,
                                   sizeof(trawl_reader), &ok);
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, setting_size))
        copy->settings = copy_array(arena, plugin->settings, plugin->n_settings,
                                    plugin->setting_size, sizeof(trawl_arg), &ok);
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, allow_size)) {
        copy->resolvers = copy_array(arena, plugin->resolvers, plugin->n_resolvers,
                                     plugin->resolver_size, sizeof(trawl_resolver), &ok);
        copy->allows = copy_array(arena, plugin->allows, plugin->n_allows, plugin->allow_size,
                                  sizeof(trawl_allow), &ok);
    }
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, analyzer_size))
        copy->analyzers = copy_analyzers(plugin, arena, &ok);
    copy->size = sizeof(*copy);
    copy->command_size = sizeof(trawl_command);
    copy->dissector_size = sizeof(trawl_dissector);
    copy->table_size = sizeof(trawl_table_def);
    copy->derived_size = sizeof(trawl_derived);
    copy->metric_size = sizeof(trawl_metric);
    copy->plot_size = sizeof(trawl_plot);
    copy->writer_size = sizeof(trawl_writer);
    copy->reader_size = sizeof(trawl_reader);
    copy->setting_size = sizeof(trawl_arg);
    copy->resolver_size = sizeof(trawl_resolver);
    copy->allow_size = sizeof(trawl_allow);
    copy->analyzer_size = sizeof(trawl_analyzer);
    if (!ok) {
        tw_fail_nomem(err);
        return NULL;
    }
    return copy;
}
