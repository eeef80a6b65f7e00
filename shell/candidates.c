/* Candidates of completion: columns, captures, streams, files, settings, values.
 * Must not know where in a line they stand. */
#include "shell/candidates.h"

#include <dirent.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/expr/expr.h"
#include "core/table/kernel.h"
#include "shell/export.h"
#include "shell/help.h"
#include "shell/line.h"

enum { MAX_ITEMS = 2000, MAX_STREAMS = 200, MAX_FILES = 20000 };
enum { MAX_WAIT_ROWS = 200000 }; /* of whose packets a table is made at TAB */

/* A candidate: quoted when it has to be, with what was typed before the part that is completed. */
static void add_raw(struct tw_completing *s, const char *text)
{
    struct tw_completion *c = s->ret;

    if (c->n_items == MAX_ITEMS) {
        c->more = true;
        return;
    }
    if (c->n_items == c->capacity) {
        const size_t capacity = c->capacity ? c->capacity * 2 : 64;
        const char **grown = tw_realloc_array(c->items, capacity, sizeof(*grown));

        if (!grown) {
            c->failed = true;
            return;
        }
        c->items = grown;
        c->capacity = capacity;
    }
    c->items[c->n_items] = tw_arena_strdup(&c->arena, text);
    c->failed = c->failed || !c->items[c->n_items];
    c->n_items += c->items[c->n_items] != NULL;
}

void tw_offer(struct tw_completing *s, const char *candidate)
{
    struct tw_buffer whole = TW_BUFFER_INIT, quoted = TW_BUFFER_INIT;

    if (!candidate || strncmp(candidate, s->prefix, strlen(s->prefix)) != 0)
        return;
    tw_buffer_printf(&whole, "%s%s", s->keep, candidate);
    if (!whole.failed && s->verbatim)
        tw_buffer_puts(&quoted, whole.data);
    else if (!whole.failed)
        tw_line_quote(&quoted, whole.data);
    if (!quoted.failed && quoted.data)
        add_raw(s, quoted.data);
    tw_buffer_fini(&whole);
    tw_buffer_fini(&quoted);
}

void tw_offer_map(struct tw_completing *s, const struct tw_hashmap *map)
{
    for (size_t i = 0; i < map->n_entries; i++)
        if (map->entries[i].key)
            tw_offer(s, map->entries[i].key);
}

void tw_offer_tables(struct tw_completing *s)
{
    tw_offer(s, "packets");
    tw_offer_map(s, &s->shell->session->tables);
}

static void add_columns(struct tw_completing *s, const tw_schema *schema)
{
    for (size_t i = 0; schema && i < schema->n_columns; i++)
        tw_offer(s, schema->columns[i].name);
}

void tw_offer_choices(struct tw_completing *s, const char *const *choices)
{
    for (size_t i = 0; choices && choices[i]; i++)
        tw_offer(s, choices[i]);
}

void tw_offer_variables(struct tw_completing *s)
{
    const struct tw_hashmap *map = &s->shell->session->variables;
    char name[256];

    for (size_t i = 0; i < map->n_entries; i++) {
        if (!map->entries[i].key || strlen(map->entries[i].key) + 2 > sizeof(name))
            continue;
        name[0] = '$';
        memcpy(name + 1, map->entries[i].key, strlen(map->entries[i].key) + 1);
        tw_offer(s, name);
    }
}

/* Names in the folder that the prefix names; folders end in '/'. */
void tw_offer_files(struct tw_completing *s)
{
    const char *slash = strrchr(s->prefix, '/');
    const char *base = slash ? slash + 1 : s->prefix;
    const size_t n_folder = slash ? (size_t)(slash - s->prefix) + 1 : 0;
    char *folder = n_folder ? tw_strndup(s->prefix, n_folder) : tw_strdup("./");
    DIR *dir = folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    int n = 0;

    while (dir && n++ < MAX_FILES && (entry = readdir(dir)) != NULL) {
        struct tw_buffer path = TW_BUFFER_INIT;
        struct stat st;

        if (strncmp(entry->d_name, base, strlen(base)) != 0 ||
            (entry->d_name[0] == '.' && base[0] != '.'))
            continue;
        tw_buffer_printf(&path, "%s%s", folder, entry->d_name);
        if (!path.failed && stat(path.data, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                tw_buffer_putc(&path, '/');
            if (!path.failed)
                tw_offer(s, n_folder ? path.data : path.data + 2);
        }
        tw_buffer_fini(&path);
    }
    if (dir)
        closedir(dir);
    tw_free(folder);
}

/* How many connections the capture has that an argument numbers: MPTCP's where it is called so.
 * Their table is made for it, unless that would take longer than one waits for TAB. */
static uint32_t n_streams(const struct tw_completing *s, const trawl_arg *arg)
{
    tw_capture *capture = s->shell->session->current;
    tw_table *table = NULL;
    uint32_t n;

    if (!capture)
        return 0;
    if (!arg->meta || strcmp(arg->meta, "MPTCP") != 0)
        return TW_MAX(capture->conversations.n_tcp, capture->conversations.n_udp);
    if ((capture->packets->n_rows > MAX_WAIT_ROWS && !tw_hashmap_get(&capture->tables, "mptcp")) ||
        tw_session_table(s->shell->session, capture, "mptcp", &table, NULL) != TRAWL_OK)
        return 0;
    n = (uint32_t)TW_MIN(table->n_rows, (uint64_t)UINT32_MAX);
    tw_table_release(table);
    return n;
}

static void add_streams(struct tw_completing *s, const trawl_arg *arg)
{
    const uint32_t n = n_streams(s, arg);
    char text[TW_TEXT_MAX];
    uint64_t typed;
    uint32_t shown = 0;

    /* Numbers that start with the digits typed: at most ten powers of ten to look through. */
    if (!*s->prefix) {
        for (uint32_t i = 0; i < TW_MIN(n, (uint32_t)MAX_STREAMS); i++) {
            text[tw_format_u64(text, i)] = 0;
            tw_offer(s, text);
        }
        s->ret->more = s->ret->more || n > MAX_STREAMS;
        return;
    }
    if (tw_parse_u64(s->prefix, strlen(s->prefix), &typed) != TRAWL_OK)
        return;
    for (uint64_t low = typed, span = 1; low < n; low *= 10, span *= 10) {
        for (uint64_t i = low; i < low + span && i < n; i++) {
            if (shown++ == MAX_STREAMS) {
                s->ret->more = true;
                return;
            }
            text[tw_format_u64(text, i)] = 0;
            tw_offer(s, text);
        }
        if (low == 0)
            break;
    }
}

void tw_offer_formats(struct tw_completing *s)
{
    tw_offer(s, "text");
    tw_offer(s, "vertical");
    for (size_t i = 0; tw_formats[i]; i++)
        tw_offer(s, tw_formats[i]->name);
    tw_offer_map(s, &s->shell->registry->writers);
}

void tw_offer_commands(struct tw_completing *s, bool first)
{
    const struct tw_registry *r = s->shell->registry;

    for (size_t i = 0; i < tw_registry_n_commands(r); i++) {
        const trawl_command *c = tw_registry_command_at(r, i)->command;

        if (c->flags & (first ? TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT : TRAWL_COMMAND_FILTER))
            tw_offer(s, c->name);
    }
}

static void add_settings(struct tw_completing *s)
{
    const trawl_arg *arg;

    for (size_t i = 0; (arg = tw_setting_at(&s->shell->settings, i)) != NULL; i++)
        tw_offer(s, arg->name);
}

static void add_topics(struct tw_completing *s)
{
    tw_offer_commands(s, true);
    tw_offer_commands(s, false);
    tw_offer_tables(s);
    tw_offer_map(s, &s->shell->registry->metrics);
    for (size_t i = 0; tw_help_topics[i].name; i++)
        tw_offer(s, tw_help_topics[i].name);
}

/* Those that are loaded; where none begins so, files that may be. */
static void add_captures(struct tw_completing *s)
{
    const size_t n_before = s->ret->n_items;

    tw_offer_map(s, &s->shell->session->captures);
    if (s->ret->n_items == n_before)
        tw_offer_files(s);
}

/* Columns of the input, or the packets' fields where there is none. */
static void add_input_columns(struct tw_completing *s)
{
    add_columns(s, s->in ? s->in : s->gives);
}

/* The parameters of the flow metric that text[0..n) names, with their '='. */
static void add_parameters(struct tw_completing *s, const char *text, size_t n)
{
    char *name = tw_strndup(text, n), word[64];
    const trawl_metric *metric = name ? tw_hashmap_get(&s->shell->registry->metrics, name) : NULL;

    for (uint32_t i = 0; metric && i < metric->n_args; i++) {
        const char *const *choice = metric->args[i].choices;

        for (; strchr(s->prefix, '=') && choice && *choice; choice++) {
            (void)snprintf(word, sizeof(word), "%s=%s", metric->args[i].name, *choice);
            tw_offer(s, word);
        }
        (void)snprintf(word, sizeof(word), "%s=", metric->args[i].name);
        if (!strchr(s->prefix, '='))
            tw_offer(s, word);
    }
    tw_free(name);
}

/* "slicer:packets=5,ja" → names, and parameters of the metric that was named last. */
static void add_metrics(struct tw_completing *s)
{
    const char *list = s->prefix, *at = list, *metric = NULL;
    char *keep;

    for (size_t n = strcspn(at, ","); at[n] == ','; n = strcspn(at, ",")) {
        if (at[strcspn(at, "=:,")] != '=')
            metric = at;
        at += n + 1;
    }
    if (at[strcspn(at, ":")] == ':') {
        metric = at;
        at += strcspn(at, ":") + 1;
    }
    keep = tw_strndup(list, (size_t)(at - list));
    s->keep = keep ? keep : "";
    s->prefix = at;
    if (at == list || at[-1] == ',')
        tw_offer_map(s, &s->shell->registry->metrics);
    if (metric)
        add_parameters(s, metric, strcspn(metric, ":,"));
    s->keep = "";
    tw_free(keep);
}

static void add_sort_keys(struct tw_completing *s, const tw_schema *schema)
{
    if (s->prefix[0] == '-') {
        s->keep = "-";
        s->prefix++;
    }
    add_columns(s, schema);
}

/* What fields are below, as "tls.handshake" is: in a test it stands for any of them. */
static void add_groups(struct tw_completing *s, const tw_schema *schema)
{
    const size_t n_prefix = strlen(s->prefix);
    char group[128];

    for (size_t i = 0; schema && n_prefix && i < schema->n_columns; i++) {
        const char *name = schema->columns[i].name, *dot = name;
        const char *before = i ? schema->columns[i - 1].name : "";

        if (strncmp(name, s->prefix, n_prefix) != 0)
            continue;
        while ((dot = strchr(dot + 1, '.')) != NULL) {
            const size_t n = (size_t)(dot - name);

            if (n >= sizeof(group) || strncmp(before, name, n + 1) == 0 ||
                tw_schema_find(schema, name, n) >= 0)
                continue; /* the one before was of it, too */
            memcpy(group, name, n);
            group[n] = '\0';
            tw_offer(s, group);
        }
    }
}

/* The operators that may follow what stands before the word's byte `at`; false: an operand may. */
static bool add_operators(struct tw_completing *s, size_t at)
{
    const char *operators[TW_EXPR_OPERATORS];
    const size_t n_before = s->expr ? s->word->start - s->expr->start : 0;
    struct tw_buffer before = TW_BUFFER_INIT;
    size_t n = 0;

    if (s->expr && s->expr->quoted)
        return true; /* all of it is there */
    tw_buffer_append(&before, s->text + s->word->start - n_before, n_before);
    tw_buffer_append(&before, s->word->text, at);
    if (!before.failed)
        n = tw_expr_operators(before.data ? before.data : "", before.len, operators);
    for (size_t i = 0; i < n; i++)
        tw_offer(s, operators[i]);
    tw_buffer_fini(&before);
    return n > 0;
}

/* A column within an expression: what stands before the name, as "!(", stays as it is. */
static void add_operands(struct tw_completing *s, bool is_test)
{
    const char *text = s->word->text;
    size_t at = strlen(text);
    char *keep;

    while (at > 0 && (strchr("._-", text[at - 1]) || (text[at - 1] >= '0' && text[at - 1] <= '9') ||
                      ((text[at - 1] | 32) >= 'a' && (text[at - 1] | 32) <= 'z')))
        at--;
    keep = tw_strndup(text, at);
    s->keep = keep ? keep : "";
    s->prefix = text + at;
    s->verbatim = !s->word->quoted;
    if (!is_test || !add_operators(s, at)) {
        add_input_columns(s);
        if (is_test)
            add_groups(s, s->in ? s->in : s->gives);
    }
    s->verbatim = false;
    s->keep = "";
    tw_free(keep);
}

/* "hosts:FI" → files; before the ':' the names of what plugins bring. */
static void add_named(struct tw_completing *s, const struct tw_hashmap *map)
{
    const char *colon = strchr(s->prefix, ':');
    char *keep = colon ? tw_strndup(s->prefix, (size_t)(colon - s->prefix) + 1) : NULL;

    if (!colon) {
        tw_offer_map(s, map);
    } else if (keep) {
        s->keep = keep;
        s->prefix = colon + 1;
        tw_offer_files(s);
        s->keep = "";
    }
    tw_free(keep);
}

/* And what may stand in the place of one, which is about captures. */
static void add_interfaces(struct tw_completing *s, const trawl_arg *arg)
{
    struct if_nameindex *all;

    if (arg->flags & TRAWL_ARG_POSITIONAL && s->ahead) {
        for (const char *const *c = arg->choices; c && *c; c++) {
            if (strcmp(*c, s->ahead) == 0)
                tw_offer_map(s, &s->shell->session->captures);
        }
        return;
    }
    tw_offer_choices(s, arg->choices);
    all = if_nameindex();
    for (size_t i = 0; all && all[i].if_index; i++)
        tw_offer(s, all[i].if_name);
    if (all)
        if_freenameindex(all);
    tw_offer(s, "any");
}

/* A text that is one of a kind of things, as its meta says; false: it is any text. */
static bool add_by_meta(struct tw_completing *s, const trawl_arg *arg)
{
    const struct tw_registry *r = s->shell->registry;
    const char *meta = arg->meta ? arg->meta : "";

    if (strcmp(meta, "INTERFACE") == 0)
        add_interfaces(s, arg);
    else if (strcmp(meta, "ANALYZER") == 0)
        tw_offer_map(s, &r->analyzers);
    else if (strcmp(meta, "RESOLVER") == 0)
        add_named(s, &r->resolvers);
    else if (strcmp(meta, "LIST") == 0)
        add_named(s, &r->allows);
    else if (strcmp(meta, "EXPR") == 0 && strcmp(arg->name, "where") == 0)
        add_operands(s, true);
    else
        return false;
    return true;
}

/* sum(by → sum(bytes */
static void add_aggregates(struct tw_completing *s)
{
    const char *open = strchr(s->prefix, '(');

    if (!open) {
        for (int i = 0; i <= TW_AGG_LAST; i++)
            tw_offer(s, tw_aggregate_name((enum tw_aggregate)i));
    } else if (open - s->prefix < 16) {
        struct tw_buffer keep = TW_BUFFER_INIT;

        tw_buffer_append(&keep, s->prefix, (size_t)(open - s->prefix) + 1);
        s->keep = keep.data ? keep.data : "";
        s->prefix = open + 1;
        add_input_columns(s);
        s->keep = "";
        tw_buffer_fini(&keep);
    }
}

/* Arguments whose kind does not say what they are of. */
static void add_by_name(struct tw_completing *s, const trawl_arg *arg)
{
    if (arg->kind == TRAWL_ARG_STRING && add_by_meta(s, arg))
        return;
    if (strcmp(arg->name, "format") == 0)
        tw_offer_formats(s);
    else if (strcmp(arg->name, "topic") == 0)
        add_topics(s);
    else if (arg->kind == TRAWL_ARG_STRING && arg->flags & TRAWL_ARG_POSITIONAL && s->in)
        add_operands(s, false); /* words over columns: sum(bytes), rate=bytes */
    else
        tw_offer_choices(s, arg->choices);
}

void tw_offer_values(struct tw_completing *s, const trawl_arg *arg)
{
    const struct tw_session *session = s->shell->session;

    switch (arg->kind) {
    case TRAWL_ARG_CHOICE:
        tw_offer_choices(s, arg->choices);
        break;
    case TRAWL_ARG_COLUMN:
        add_input_columns(s);
        break;
    case TRAWL_ARG_EXPR:
        add_operands(s, true);
        break;
    case TRAWL_ARG_SORT:
        add_sort_keys(s, strcmp(arg->name, "sort") == 0 && s->gives ? s->gives
                         : s->in                                    ? s->in
                                                                    : s->gives);
        break;
    case TRAWL_ARG_FIELD:
        for (size_t i = 0; i < session->catalogue->n_fields; i++)
            tw_offer(s, session->catalogue->fields[i].field->name);
        break;
    case TRAWL_ARG_FILE:
        if (arg->meta && strcmp(arg->meta, "CAPTURE") == 0)
            add_captures(s);
        else
            tw_offer_files(s);
        break;
    case TRAWL_ARG_CAPTURE:
        tw_offer_map(s, &session->captures);
        break;
    case TRAWL_ARG_TABLE:
        tw_offer_tables(s);
        tw_offer_variables(s);
        break;
    case TRAWL_ARG_STREAM:
        add_streams(s, arg);
        break;
    case TRAWL_ARG_COMMAND:
        add_topics(s);
        break;
    case TRAWL_ARG_PLUGIN:
        for (size_t i = 0; i < s->shell->registry->n_plugins; i++)
            tw_offer(s, s->shell->registry->plugins[i]->name);
        break;
    case TRAWL_ARG_SETTING:
        add_settings(s);
        break;
    case TRAWL_ARG_AGGREGATE:
        add_aggregates(s);
        break;
    case TRAWL_ARG_METRIC:
        add_metrics(s);
        break;
    default:
        add_by_name(s, arg);
        break;
    }
}
