/* docs/commands: one page a command, in Markdown, and their list.
 * Must not know files. */
#include "shell/emit_parts.h"
#include "shell/help.h"

static void put_arg(const trawl_arg *arg, struct tw_buffer *out)
{
    tw_buffer_puts(out, "- `");
    tw_arg_label(arg, out);
    tw_buffer_puts(out, "` — ");
    tw_arg_help(arg, out);
    tw_buffer_putc(out, '\n');
}

static void put_array(const trawl_arg *args, size_t n, const char *heading, struct tw_buffer *out)
{
    tw_buffer_printf(out, "\n## %s\n\n", heading);
    for (size_t i = 0; i < n; i++)
        put_arg(&args[i], out);
}

static void put_args(const trawl_command *c, bool positional, const char *heading,
                     struct tw_buffer *out)
{
    bool any = false;

    for (size_t i = 0; i < c->n_args; i++) {
        const trawl_arg *arg = tw_command_arg(c, i);

        if (((arg->flags & TRAWL_ARG_POSITIONAL) != 0) != positional)
            continue;
        if (!any)
            tw_buffer_printf(out, "\n## %s\n\n", heading);
        any = true;
        put_arg(arg, out);
    }
}

/* A cell of a Markdown table. */
static void put_cell(const char *text, struct tw_buffer *out)
{
    for (; text && *text; text++) {
        if (*text == '|')
            tw_buffer_putc(out, '\\');
        tw_buffer_putc(out, *text);
    }
}

static void put_columns(const trawl_command *c, struct tw_buffer *out)
{
    if (c->n_gives == 0)
        return;
    tw_buffer_puts(out, "\n## Columns\n\n| column | type | unit | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < c->n_gives; i++) {
        const trawl_column *column = tw_command_gives(c, i);

        tw_buffer_printf(out, "| `%s` | %s%s | %s | ", column->name, tw_type_name(column->type),
                         column->flags & TRAWL_COLUMN_LIST ? " list" : "",
                         column->unit ? column->unit : "");
        put_cell(column->help, out);
        if (column->source) {
            tw_buffer_puts(out, " (");
            put_cell(column->source, out);
            tw_buffer_putc(out, ')');
        }
        tw_buffer_puts(out, " |\n");
    }
}

static void put_plots(const struct tw_registry *registry, struct tw_buffer *out)
{
    tw_buffer_puts(out, "\n## Plots\n");
    for (size_t i = 0; i < registry->plots.n_entries; i++) {
        const trawl_plot *plot = registry->plots.entries[i].value;

        if (!registry->plots.entries[i].key)
            continue;
        tw_buffer_printf(out, "\n### %s\n\n%s\n", plot->name, plot->summary);
        for (size_t k = 0; k < plot->n_args; k++) {
            tw_buffer_puts(out, k ? "" : "\n");
            put_arg(tw_plot_arg(plot, k), out);
        }
    }
}

void tw_emit_page(const struct tw_shell *shell, const struct tw_command *command,
                  struct tw_buffer *out)
{
    const trawl_command *c = command->command;

    tw_buffer_printf(out, "# %s\n\n%s\n\n```\n", c->name, c->summary);
    tw_help_usage(c, out);
    tw_buffer_puts(out, "\n```\n");
    if (c->aliases && c->aliases[0]) {
        tw_buffer_puts(out, "\nOther names:");
        for (size_t i = 0; c->aliases[i]; i++)
            tw_buffer_printf(out, "%s `%s`", i ? "," : "", c->aliases[i]);
        tw_buffer_putc(out, '\n');
    }
    if (c->text)
        tw_buffer_printf(out, "\n%s\n", c->text);
    put_args(c, true, "Arguments", out);
    put_args(c, false, "Options", out);
    if (c->flags & TRAWL_COMMAND_LISTING)
        tw_buffer_puts(out, "\nAs every listing it takes `--sort` and `--top`.\n");
    put_columns(c, out);
    if (c->flags & TRAWL_COMMAND_PLOTS)
        put_plots(shell->registry, out);
    if (c->n_examples)
        tw_buffer_puts(out, "\n## Examples\n");
    for (size_t i = 0; i < c->n_examples; i++)
        tw_buffer_printf(out, "\n```\n%s\n```\n%s\n", c->examples[i].line,
                         c->examples[i].shows ? c->examples[i].shows : "");
    tw_buffer_printf(out, "\nFrom the plugin `%s`. Written by `trawl --emit docs`.\n",
                     command->plugin ? command->plugin->name : "core");
}

void tw_emit_index(const struct tw_shell *shell, struct tw_buffer *out)
{
    const struct tw_registry *registry = shell->registry;
    const char **groups = tw_help_groups(registry);
    size_t n_common, n_listing;
    const trawl_arg *common = tw_common_args(&n_common), *listing = tw_listing_args(&n_listing);

    tw_buffer_puts(out, "# Commands\n\nWritten by `trawl --emit docs` from the plugins' own "
                        "declarations.\n");
    for (size_t g = 0; groups && groups[g]; g++) {
        tw_buffer_printf(out, "\n## %s\n\n", groups[g]);
        for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
            const trawl_command *c = tw_registry_command_at(registry, i)->command;

            if (strcmp(tw_command_group(c), groups[g]) == 0)
                tw_buffer_printf(out, "- [%s](%s.md) — %s\n", c->name, c->name, c->summary);
        }
    }
    put_array(listing, n_listing, "Options of every listing", out);
    put_array(common, n_common, "Options of every command", out);
    out->failed = out->failed || !groups;
    tw_free(groups);
}
