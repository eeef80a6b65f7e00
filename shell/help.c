/* Help from descriptors: the same words for `help CMD`, `CMD --help`, `?`, the manual and the
 * pages. Must not know terminals. */
#include "shell/help.h"

enum { LABEL_WIDTH = 26, NARROW_WIDTH = 60, NARROW_LABEL = 4, LEAST_WIDTH = 24 };

const char *tw_arg_meta(const trawl_arg *arg)
{
    if (arg->meta)
        return arg->meta;
    switch (arg->kind) {
    case TRAWL_ARG_FLAG:
        return "";
    case TRAWL_ARG_U64:
    case TRAWL_ARG_I64:
    case TRAWL_ARG_F64:
    case TRAWL_ARG_STREAM:
        return "N";
    case TRAWL_ARG_SIZE:
        return "SIZE";
    case TRAWL_ARG_SPAN:
        return "DURATION";
    case TRAWL_ARG_TIME:
        return "TIME";
    case TRAWL_ARG_STRING:
        return "TEXT";
    case TRAWL_ARG_CHOICE:
        return "WORD";
    case TRAWL_ARG_COLUMN:
        return "COLUMN";
    case TRAWL_ARG_SORT:
        return "[-]COLUMN";
    case TRAWL_ARG_FIELD:
        return "FIELD";
    case TRAWL_ARG_EXPR:
        return "EXPRESSION";
    case TRAWL_ARG_FILE:
        return "FILE";
    case TRAWL_ARG_CAPTURE:
        return "CAPTURE";
    case TRAWL_ARG_TABLE:
        return "TABLE";
    case TRAWL_ARG_COMMAND:
        return "COMMAND";
    case TRAWL_ARG_PLUGIN:
        return "PLUGIN";
    case TRAWL_ARG_SETTING:
        return "SETTING";
    case TRAWL_ARG_AGGREGATE:
        return "AGGREGATE";
    case TRAWL_ARG_METRIC:
        return "METRIC";
    }
    return "VALUE";
}

void tw_arg_label(const trawl_arg *arg, struct tw_buffer *out)
{
    if (arg->flags & TRAWL_ARG_POSITIONAL) {
        tw_buffer_puts(out, arg->name);
        return;
    }
    if (arg->short_name)
        tw_buffer_printf(out, "-%c, ", arg->short_name);
    tw_buffer_printf(out, "--%s", arg->name);
    if (arg->kind != TRAWL_ARG_FLAG)
        tw_buffer_printf(out, " %s", tw_arg_meta(arg));
}

void tw_arg_help(const trawl_arg *arg, struct tw_buffer *out)
{
    const char *separator = " (";
    const size_t before = out->len;

    tw_buffer_puts(out, arg->help ? arg->help : "");
    if (arg->choices) {
        tw_buffer_puts(out, separator);
        for (size_t i = 0; arg->choices[i]; i++)
            tw_buffer_printf(out, "%s%s", i ? ", " : "", arg->choices[i]);
        separator = "; ";
    }
    if (arg->unit) {
        tw_buffer_printf(out, "%sin %s", separator, arg->unit);
        separator = "; ";
    }
    if (arg->min && arg->max) {
        tw_buffer_printf(out, "%s%s to %s", separator, arg->min, arg->max);
        separator = "; ";
    } else if (arg->min && strcmp(arg->min, "0") != 0) {
        tw_buffer_printf(out, "%sat least %s", separator, arg->min);
        separator = "; ";
    } else if (arg->max) {
        tw_buffer_printf(out, "%sat most %s", separator, arg->max);
        separator = "; ";
    }
    if (arg->def && *arg->def && arg->kind != TRAWL_ARG_FLAG) {
        tw_buffer_printf(out, "%sdefault %s", separator, arg->def);
        separator = "; ";
    }
    if (arg->flags & TRAWL_ARG_REPEATED && !(arg->flags & TRAWL_ARG_POSITIONAL)) {
        tw_buffer_printf(out, "%srepeatable", separator);
        separator = "; ";
    }
    if (separator[0] == ';')
        tw_buffer_putc(out, ')');
    if (out->len > before && out->data[before] == ' ')
        memmove(out->data + before, out->data + before + 1, out->len-- - before);
}

void tw_help_usage(const trawl_command *command, struct tw_buffer *out)
{
    bool options = false;

    if (command->flags & TRAWL_COMMAND_FILTER)
        tw_buffer_puts(out, command->flags & TRAWL_COMMAND_SOURCE ? "[… |] " : "… | ");
    tw_buffer_puts(out, command->name);
    if (command->flags & TRAWL_COMMAND_PLOTS)
        tw_buffer_puts(out, " PLOT");
    for (size_t i = 0; i < command->n_args; i++)
        options = options || !(tw_command_arg(command, i)->flags & TRAWL_ARG_POSITIONAL);
    if (options)
        tw_buffer_puts(out, " [OPTIONS]");
    for (size_t i = 0; i < command->n_args; i++) {
        const trawl_arg *arg = tw_command_arg(command, i);
        const bool required = arg->flags & TRAWL_ARG_REQUIRED;

        if (!(arg->flags & TRAWL_ARG_POSITIONAL))
            continue;
        tw_buffer_printf(out, required ? " %s" : " [%s", arg->name);
        if (arg->flags & TRAWL_ARG_REPEATED)
            tw_buffer_puts(out, "…");
        if (!required)
            tw_buffer_putc(out, ']');
    }
}

static size_t width_of_page = TW_HELP_WIDTH;

void tw_help_fit(unsigned columns)
{
    width_of_page = columns && columns < TW_HELP_WIDTH ? TW_MAX(columns, (unsigned)LEAST_WIDTH)
                                                       : TW_HELP_WIDTH;
}

void tw_help_wrap(const char *text, size_t indent, size_t first, struct tw_buffer *out)
{
    size_t at = first;
    bool literal = false, word_before = false;

    while (*text) {
        const bool line_start = at == 0;
        size_t n = strcspn(text, " \n"), width;

        if (line_start) {
            literal = text[0] == ' ';
            if (*text != '\n')
                tw_buffer_printf(out, "%*s", (int)indent, "");
            at = indent;
            word_before = false;
        }
        if (*text == '\n' || literal) {
            n = strcspn(text, "\n");
            tw_buffer_append(out, text, n);
            text += n;
            if (*text) {
                tw_buffer_putc(out, '\n');
                text++;
            }
            at = 0;
            continue;
        }
        width = tw_text_width(text, n);
        if (word_before && at + 1 + width > width_of_page) {
            tw_buffer_printf(out, "\n%*s", (int)indent, "");
            at = indent;
            word_before = false;
        }
        if (word_before) {
            tw_buffer_putc(out, ' ');
            at++;
        }
        tw_buffer_append(out, text, n);
        at += width;
        word_before = true;
        text += n;
        if (*text == ' ')
            text++;
    }
}

/* The first line of a page. */
static void put_title(const char *kind, const char *name, const char *summary,
                      struct tw_buffer *out)
{
    struct tw_buffer title = TW_BUFFER_INIT;

    tw_buffer_printf(&title, "%s%s — %s", kind, name, summary ? summary : "");
    tw_help_wrap(title.data ? title.data : "", 0, 0, out);
    tw_buffer_putc(out, '\n');
    out->failed |= title.failed;
    tw_buffer_fini(&title);
}

void tw_help_entry(struct tw_buffer *out, const struct tw_buffer *label, const char *text)
{
    const char *shown = label->data ? label->data : "";
    const size_t width = tw_text_width(shown, label->len);
    const size_t room = width_of_page < NARROW_WIDTH ? NARROW_LABEL : LABEL_WIDTH;

    tw_buffer_printf(out, "  %s", shown);
    if (width + 2 > room) {
        tw_buffer_putc(out, '\n');
        tw_buffer_printf(out, "%*s", (int)room + 2, "");
    } else {
        tw_buffer_printf(out, "%*s", (int)(room - width), "");
    }
    tw_help_wrap(text, room + 2, room + 2, out);
    tw_buffer_putc(out, '\n');
    out->failed |= label->failed;
}

/* An entry whose text was made for it. */
static void put_entry(struct tw_buffer *out, struct tw_buffer *label, struct tw_buffer *text)
{
    tw_help_entry(out, label, text->data ? text->data : "");
    out->failed |= text->failed;
    tw_buffer_fini(label);
    tw_buffer_fini(text);
}

void tw_help_arg(struct tw_buffer *out, const trawl_arg *arg)
{
    struct tw_buffer label = TW_BUFFER_INIT, text = TW_BUFFER_INIT;

    tw_arg_label(arg, &label);
    tw_arg_help(arg, &text);
    put_entry(out, &label, &text);
}

static void put_args(const trawl_arg *(*at)(const void *of, size_t i), const void *of, size_t n,
                     bool positional, const char *heading, struct tw_buffer *out)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        const trawl_arg *arg = at(of, i);

        if (((arg->flags & TRAWL_ARG_POSITIONAL) != 0) != positional)
            continue;
        if (!any)
            tw_buffer_printf(out, "\n%s\n", heading);
        any = true;
        tw_help_arg(out, arg);
    }
}

static const trawl_arg *arg_of_command(const void *of, size_t i)
{
    return tw_command_arg(of, i);
}

static const trawl_arg *arg_of_plot(const void *of, size_t i)
{
    return tw_plot_arg(of, i);
}

static const trawl_arg *arg_of_array(const void *of, size_t i)
{
    return (const trawl_arg *)of + i;
}

static const trawl_arg *arg_of_settings(const void *of, size_t i)
{
    return tw_setting_at(of, i);
}

static void put_column(const trawl_column *column, struct tw_buffer *out)
{
    struct tw_buffer label = TW_BUFFER_INIT, text = TW_BUFFER_INIT;

    tw_buffer_puts(&label, column->name);
    tw_buffer_puts(&text, column->help ? column->help : "");
    tw_buffer_printf(&text, " (%s%s%s%s)", tw_type_name(column->type),
                     column->flags & TRAWL_COLUMN_LIST ? " list" : "", column->unit ? ", " : "",
                     column->unit ? column->unit : "");
    put_entry(out, &label, &text);
}

static void put_examples(const trawl_example *examples, size_t n, struct tw_buffer *out)
{
    if (n)
        tw_buffer_puts(out, "\nExamples\n");
    for (size_t i = 0; i < n; i++)
        tw_buffer_printf(out, "  %s\n      %s\n", examples[i].line,
                         examples[i].shows ? examples[i].shows : "");
}

static void put_plots(const struct tw_registry *r, struct tw_buffer *out)
{
    struct tw_buffer label = TW_BUFFER_INIT;

    tw_buffer_puts(out, "\nPlots\n");
    for (size_t i = 0; i < r->plots.n_entries; i++) {
        const trawl_plot *plot = r->plots.entries[i].value;

        if (!r->plots.entries[i].key)
            continue;
        tw_buffer_clear(&label);
        tw_buffer_puts(&label, plot->name);
        tw_help_entry(out, &label, plot->summary);
    }
    tw_buffer_fini(&label);
}

void tw_help_command(const struct tw_shell *shell, const struct tw_command *command,
                     struct tw_buffer *out)
{
    const trawl_command *c = command->command;
    size_t n_common, n_listing;
    const trawl_arg *common = tw_common_args(&n_common), *listing = tw_listing_args(&n_listing);

    put_title("", c->name, c->summary, out);
    tw_buffer_puts(out, "\nUsage\n  ");
    tw_help_usage(c, out);
    tw_buffer_putc(out, '\n');
    if (c->aliases && c->aliases[0]) {
        tw_buffer_puts(out, "\nOther names\n  ");
        for (size_t i = 0; c->aliases[i]; i++)
            tw_buffer_printf(out, "%s%s", i ? ", " : "", c->aliases[i]);
        tw_buffer_putc(out, '\n');
    }
    if (c->text) {
        tw_buffer_putc(out, '\n');
        tw_help_wrap(c->text, 0, 0, out);
        tw_buffer_putc(out, '\n');
    }
    if (c->flags & TRAWL_COMMAND_PLOTS)
        put_plots(shell->registry, out);
    put_args(arg_of_command, c, c->n_args, true, "Arguments", out);
    put_args(arg_of_command, c, c->n_args, false, "Options", out);
    if (c->flags & TRAWL_COMMAND_LISTING)
        put_args(arg_of_array, listing, n_listing, false, "Options of every listing", out);
    put_args(arg_of_array, common, n_common, false, "Options of every command", out);
    if (c->n_gives)
        tw_buffer_puts(out, "\nColumns\n");
    for (size_t i = 0; i < c->n_gives; i++)
        put_column(tw_command_gives(c, i), out);
    put_examples(c->examples, c->n_examples, out);
}

static void help_plot(const trawl_plot *plot, struct tw_buffer *out)
{
    put_title("plot ", plot->name, plot->summary, out);
    tw_buffer_printf(out, "\nUsage\n  %splot %s [OPTIONS]",
                     plot->flags & TRAWL_COMMAND_SOURCE ? "" : "… | ", plot->name);
    for (size_t i = 0; i < plot->n_args; i++)
        if (tw_plot_arg(plot, i)->flags & TRAWL_ARG_POSITIONAL)
            tw_buffer_printf(out, " %s", tw_plot_arg(plot, i)->name);
    tw_buffer_putc(out, '\n');
    put_args(arg_of_plot, plot, plot->n_args, true, "Arguments", out);
    put_args(arg_of_plot, plot, plot->n_args, false, "Options", out);
    tw_buffer_puts(out, "\nOptions of every plot: help plot\n");
    put_examples(plot->examples, plot->n_examples, out);
}

static void help_metric(const trawl_metric *metric, struct tw_buffer *out)
{
    put_title("flows --metric ", metric->name, metric->summary, out);
    if (metric->n_args)
        tw_buffer_printf(out, "\nParameters (%s:%s=%s,…)\n", metric->name, metric->args[0].name,
                         tw_arg_meta(&metric->args[0]));
    for (uint32_t i = 0; i < metric->n_args; i++) {
        struct tw_buffer label = TW_BUFFER_INIT, text = TW_BUFFER_INIT;

        tw_buffer_printf(&label, "%s=%s", metric->args[i].name, tw_arg_meta(&metric->args[i]));
        tw_arg_help(&metric->args[i], &text);
        put_entry(out, &label, &text);
    }
    tw_buffer_printf(out, "\nColumns%s\n", metric->schema ? ", as its parameters say" : "");
    for (uint32_t i = 0; i < metric->n_columns; i++)
        put_column(&metric->columns[i], out);
}

/* command: what the name means with words behind it, or NULL. */
static void help_table(const char *name, const char *summary, const char *command,
                       const tw_schema *schema, struct tw_buffer *out)
{
    size_t n_common, n_listing, n_hidden = 0;
    const trawl_arg *common = tw_common_args(&n_common), *listing = tw_listing_args(&n_listing);
    const trawl_command *as_command = tw_table_command();

    put_title("", name, summary, out);
    tw_buffer_puts(out, "\nA table of a capture; typing its name shows it.\n");
    if (command)
        tw_buffer_printf(out, "With words behind it, it is the command '%s'.\n", command);
    tw_buffer_puts(out, "\nColumns\n");
    for (size_t i = 0; i < schema->n_columns; i++) {
        if (!(schema->columns[i].flags & TRAWL_COLUMN_HIDDEN))
            put_column(&schema->columns[i], out);
        else
            n_hidden++;
    }
    if (n_hidden)
        tw_buffer_printf(out, "  and %zu more when named: 'describe %s' lists them\n", n_hidden,
                         name);
    put_args(arg_of_command, as_command, as_command->n_args, false, "Options", out);
    put_args(arg_of_array, listing, n_listing, false, "Options of every listing", out);
    put_args(arg_of_array, common, n_common, false, "Options of every command", out);
}

static void help_field(const struct tw_catalogue_field *field, struct tw_buffer *out)
{
    const trawl_field *f = field->field;

    put_title("", f->name, f->help, out);
    tw_buffer_printf(out, "\n  type    %s%s\n", tw_type_name(f->type),
                     f->flags & TRAWL_COLUMN_LIST ? " list" : "");
    if (f->unit)
        tw_buffer_printf(out, "  unit    %s\n", f->unit);
    if (f->source)
        tw_buffer_printf(out, "  source  %s\n", f->source);
    tw_buffer_printf(out, "  from    %s\n", field->plugin);
}

const char *tw_command_group(const trawl_command *command)
{
    return command->group ? command->group : "others";
}

const char **tw_help_groups(const struct tw_registry *registry)
{
    static const char *const first[] = {"captures", "tables", "connections"};
    const size_t n_commands = tw_registry_n_commands(registry);
    const char **groups = tw_alloc_array(n_commands + 1, sizeof(*groups));
    size_t n = 0;

    for (size_t k = 0; groups && k <= TW_COUNT(first); k++) {
        for (size_t i = 0; i < n_commands; i++) {
            const char *group = tw_command_group(tw_registry_command_at(registry, i)->command);
            size_t j = 0;

            if (k < TW_COUNT(first) && strcmp(group, first[k]) != 0)
                continue;
            while (j < n && strcmp(groups[j], group) != 0)
                j++;
            if (j == n)
                groups[n++] = group;
        }
    }
    return groups;
}

static void help_overview(const struct tw_shell *shell, struct tw_buffer *out)
{
    const struct tw_registry *registry = shell->registry;
    const char **groups = tw_help_groups(registry);
    struct tw_buffer label = TW_BUFFER_INIT;

    tw_buffer_puts(out, "A line is a pipeline: SOURCE | STAGE | …, for example\n"
                        "  lc | sort -bytes | head 5\n");
    out->failed |= groups == NULL;
    for (size_t g = 0; groups && groups[g]; g++) {
        tw_buffer_printf(out, "\n%s\n", groups[g]);
        for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
            const trawl_command *c = tw_registry_command_at(registry, i)->command;

            if (strcmp(tw_command_group(c), groups[g]) != 0)
                continue;
            tw_buffer_clear(&label);
            tw_buffer_puts(&label, c->name);
            tw_help_entry(out, &label, c->summary);
        }
    }
    tw_free(groups);
    tw_buffer_puts(out, "\ntopics\n");
    for (size_t i = 0; tw_help_topics[i].name; i++) {
        tw_buffer_clear(&label);
        tw_buffer_printf(&label, "help %s", tw_help_topics[i].name);
        tw_help_entry(out, &label, tw_help_topics[i].summary);
    }
    tw_buffer_fini(&label);
    tw_buffer_puts(out, "\n'help COMMAND' tells more; TAB completes; Ctrl-D leaves.\n");
}

int tw_lines_table(const char *text, size_t n, tw_table **ret, trawl_error *err)
{
    static const trawl_column column = TRAWL_COLUMN(.type = TRAWL_STRING, .name = "line",
                                                    .flags = TRAWL_COLUMN_PLAIN,
                                                    .help = "one line of text");
    tw_schema *schema = tw_schema_new();
    tw_builder *b = NULL;
    int rc = schema ? tw_schema_add(schema, &column, err) : tw_fail_nomem(err);

    if (rc == TRAWL_OK && !(b = tw_builder_new(schema, NULL, err)))
        rc = TRAWL_E_NOMEM;
    for (size_t at = 0; rc == TRAWL_OK && at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        const size_t len = end ? (size_t)(end - text) - at : n - at;

        tw_builder_value(b, text + at, len);
        tw_builder_end_row(b);
        at += len + 1;
    }
    if (rc == TRAWL_OK)
        rc = tw_builder_finish(b, ret, err);
    tw_schema_free(schema);
    return rc;
}

/* The nearest name of all that help knows. */
static int fail_topic(const struct tw_shell *shell, const char *topic, trawl_error *err)
{
    const struct tw_registry *r = shell->registry;
    const size_t n = tw_registry_n_commands(r) + shell->session->tables.n_entries;
    const char **names = tw_alloc_array(n + 1, sizeof(*names));
    const char *near = NULL;
    size_t k = 0;

    if (names)
        names[k++] = "packets"; /* no table of a plugin */
    for (size_t i = 0; names && i < tw_registry_n_commands(r); i++)
        names[k++] = tw_registry_command_at(r, i)->command->name;
    for (size_t i = 0; names && i < shell->session->tables.n_entries; i++)
        if (shell->session->tables.entries[i].key)
            names[k++] = shell->session->tables.entries[i].key;
    tw_fail(err, TRAWL_E_USAGE, "no help on '%s'", topic);
    if (names)
        near = tw_nearest(topic, names, k);
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else
        tw_error_hint(err, "'help' lists the commands.");
    tw_free(names);
    return TRAWL_E_USAGE;
}

static int put_topic(const struct tw_shell *shell, const char *topic, struct tw_buffer *out,
                     trawl_error *err)
{
    const struct tw_registry *r = shell->registry;
    const struct tw_command *command = tw_registry_command(r, topic);
    const trawl_plot *plot = tw_hashmap_get(&r->plots, topic);
    const trawl_metric *metric = tw_hashmap_get(&r->metrics, topic);
    const struct tw_session_table *table = tw_hashmap_get(&shell->session->tables, topic);
    const tw_schema *schema = tw_session_table_schema(shell->session, topic);
    const int64_t i_field = tw_catalogue_find(shell->session->catalogue, topic, strlen(topic));
    size_t n_settings = 0;

    while (tw_setting_at(&shell->settings, n_settings))
        n_settings++;
    if (command && (strcmp(command->command->name, topic) == 0 || !schema)) {
        tw_help_command(shell, command, out);
        return TRAWL_OK;
    }
    for (size_t i = 0; tw_help_topics[i].name; i++) {
        if (strcmp(tw_help_topics[i].name, topic) == 0) {
            put_title("", topic, tw_help_topics[i].summary, out);
            tw_buffer_putc(out, '\n');
            tw_help_wrap(tw_help_topics[i].text, 0, 0, out);
            if (strcmp(topic, "settings") == 0)
                put_args(arg_of_settings, &shell->settings, n_settings, false, "Settings", out);
            return TRAWL_OK;
        }
    }
    if (schema)
        help_table(topic, table ? table->summary : "packets, a row each: every field is a column",
                   command ? command->command->name : NULL, schema, out);
    else if (plot)
        help_plot(plot, out);
    else if (metric)
        help_metric(metric, out);
    else if (i_field >= 0)
        help_field(&shell->session->catalogue->fields[i_field], out);
    else
        return fail_topic(shell, topic, err);
    return TRAWL_OK;
}

int tw_help_table(const struct tw_shell *shell, const char *topic, tw_table **ret, trawl_error *err)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    const trawl_plot *plot = NULL;
    int rc = TRAWL_OK;

    if (topic && strncmp(topic, "plot ", 5) == 0) { /* as it is typed: "help plot line" */
        topic += 5;
        plot = tw_hashmap_get(&shell->registry->plots, topic); /* a table may be called so too */
    }
    if (plot)
        help_plot(plot, &text);
    else if (topic)
        rc = put_topic(shell, topic, &text, err);
    else
        help_overview(shell, &text);
    if (rc == TRAWL_OK)
        rc = text.failed ? tw_fail_nomem(err) : tw_lines_table(text.data, text.len, ret, err);
    tw_buffer_fini(&text);
    return rc;
}
