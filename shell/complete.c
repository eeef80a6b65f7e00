/* Completion: what could stand at the end of an unfinished line, from descriptors alone.
 * Must not know terminals; runs nothing. */
#include "shell/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "shell/export.h"
#include "shell/help.h"
#include "shell/line.h"

enum { MAX_ITEMS = 2000, MAX_STREAMS = 200, MAX_FILES = 20000 };
enum { MAX_WAIT_ROWS = 200000 }; /* of whose packets a table is made at TAB */

/* What is being completed. */
struct state {
    struct tw_shell *shell;
    struct tw_completion *ret;
    const struct tw_word *word; /* being typed */
    const char *prefix;         /* of it that counts: after "--opt=", "-" of a sort key */
    const char *keep;           /* put before each candidate: what the prefix follows */
    const tw_schema *in;        /* columns from the stage before, or NULL */
    const tw_schema *gives;     /* columns of this stage as far as it binds, or NULL */
    bool verbatim;              /* candidates are not quoted: within an expression */
    const trawl_plot *plot;     /* named by the first word of a plotting command */
};

static bool is_number(const char *s)
{
    return s[strspn(s, "0123456789")] == 0;
}

/* Numbers first, by value, so that stream 2 comes before 10; the rest by name. */
static int compare_items(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;

    if (is_number(x) != is_number(y))
        return is_number(x) ? -1 : 1;
    if (is_number(x) && strlen(x) != strlen(y))
        return strlen(x) < strlen(y) ? -1 : 1;
    return strcmp(x, y);
}

/* A candidate: quoted when it has to be, with what was typed before the part that is completed. */
static void add_raw(struct state *s, const char *text)
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

static void add(struct state *s, const char *candidate)
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

static void add_map(struct state *s, const struct tw_hashmap *map)
{
    for (size_t i = 0; i < map->n_entries; i++)
        if (map->entries[i].key)
            add(s, map->entries[i].key);
}

static void add_tables(struct state *s)
{
    add(s, "packets");
    add_map(s, &s->shell->session->tables);
}

static void add_columns(struct state *s, const tw_schema *schema)
{
    for (size_t i = 0; schema && i < schema->n_columns; i++)
        add(s, schema->columns[i].name);
}

static void add_choices(struct state *s, const char *const *choices)
{
    for (size_t i = 0; choices && choices[i]; i++)
        add(s, choices[i]);
}

static void add_variables(struct state *s)
{
    const struct tw_hashmap *map = &s->shell->session->variables;
    char name[256];

    for (size_t i = 0; i < map->n_entries; i++) {
        if (!map->entries[i].key || strlen(map->entries[i].key) + 2 > sizeof(name))
            continue;
        name[0] = '$';
        memcpy(name + 1, map->entries[i].key, strlen(map->entries[i].key) + 1);
        add(s, name);
    }
}

/* Names in the folder that the prefix names; folders end in '/'. */
static void add_files(struct state *s)
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
                add(s, n_folder ? path.data : path.data + 2);
        }
        tw_buffer_fini(&path);
    }
    if (dir)
        closedir(dir);
    tw_free(folder);
}

/* How many connections the capture has that an argument numbers: MPTCP's where it is called so.
 * Their table is made for it, unless that would take longer than one waits for TAB. */
static uint32_t n_streams(const struct state *s, const trawl_arg *arg)
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

static void add_streams(struct state *s, const trawl_arg *arg)
{
    const uint32_t n = n_streams(s, arg);
    char text[TW_TEXT_MAX];
    uint64_t typed;
    uint32_t shown = 0;

    /* Numbers that start with the digits typed: at most ten powers of ten to look through. */
    if (!*s->prefix) {
        for (uint32_t i = 0; i < TW_MIN(n, (uint32_t)MAX_STREAMS); i++) {
            text[tw_format_u64(text, i)] = 0;
            add(s, text);
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
            add(s, text);
        }
        if (low == 0)
            break;
    }
}

static void add_formats(struct state *s)
{
    add(s, "text");
    add(s, "vertical");
    for (size_t i = 0; tw_formats[i]; i++)
        add(s, tw_formats[i]->name);
    add_map(s, &s->shell->registry->writers);
}

static void add_commands(struct state *s, bool first)
{
    const struct tw_registry *r = s->shell->registry;

    for (size_t i = 0; i < tw_registry_n_commands(r); i++) {
        const trawl_command *c = tw_registry_command_at(r, i)->command;

        if (c->flags & (first ? TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT : TRAWL_COMMAND_FILTER))
            add(s, c->name);
    }
}

static void add_settings(struct state *s)
{
    const trawl_arg *arg;

    for (size_t i = 0; (arg = tw_setting_at(&s->shell->settings, i)) != NULL; i++)
        add(s, arg->name);
}

static void add_topics(struct state *s)
{
    add_commands(s, true);
    add_commands(s, false);
    add_tables(s);
    add_map(s, &s->shell->registry->metrics);
    for (size_t i = 0; tw_help_topics[i].name; i++)
        add(s, tw_help_topics[i].name);
}

/* Those that are loaded; where none begins so, files that may be. */
static void add_captures(struct state *s)
{
    const size_t n_before = s->ret->n_items;

    add_map(s, &s->shell->session->captures);
    if (s->ret->n_items == n_before)
        add_files(s);
}

/* Columns of the input, or the packets' fields where there is none. */
static void add_input_columns(struct state *s)
{
    add_columns(s, s->in ? s->in : s->gives);
}

/* The parameters of the flow metric that text[0..n) names, with their '='. */
static void add_parameters(struct state *s, const char *text, size_t n)
{
    char *name = tw_strndup(text, n), word[64];
    const trawl_metric *metric = name ? tw_hashmap_get(&s->shell->registry->metrics, name) : NULL;

    for (uint32_t i = 0; metric && i < metric->n_args; i++) {
        const char *const *choice = metric->args[i].choices;

        for (; strchr(s->prefix, '=') && choice && *choice; choice++) {
            (void)snprintf(word, sizeof(word), "%s=%s", metric->args[i].name, *choice);
            add(s, word);
        }
        (void)snprintf(word, sizeof(word), "%s=", metric->args[i].name);
        if (!strchr(s->prefix, '='))
            add(s, word);
    }
    tw_free(name);
}

/* "slicer:packets=5,ja" → names, and parameters of the metric that was named last. */
static void add_metrics(struct state *s)
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
        add_map(s, &s->shell->registry->metrics);
    if (metric)
        add_parameters(s, metric, strcspn(metric, ":,"));
    s->keep = "";
    tw_free(keep);
}

static void add_sort_keys(struct state *s, const tw_schema *schema)
{
    if (s->prefix[0] == '-') {
        s->keep = "-";
        s->prefix++;
    }
    add_columns(s, schema);
}

/* A column within an expression: what stands before the name, as "!(", stays as it is. */
static void add_operands(struct state *s)
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
    add_input_columns(s);
    s->verbatim = false;
    s->keep = "";
    tw_free(keep);
}

static void add_values(struct state *s, const trawl_arg *arg)
{
    const struct tw_session *session = s->shell->session;

    switch (arg->kind) {
    case TRAWL_ARG_CHOICE:
        add_choices(s, arg->choices);
        break;
    case TRAWL_ARG_COLUMN:
        add_input_columns(s);
        break;
    case TRAWL_ARG_EXPR:
        add_operands(s);
        break;
    case TRAWL_ARG_SORT:
        add_sort_keys(s, strcmp(arg->name, "sort") == 0 && s->gives ? s->gives
                         : s->in                                    ? s->in
                                                                    : s->gives);
        break;
    case TRAWL_ARG_FIELD:
        for (size_t i = 0; i < session->catalogue->n_fields; i++)
            add(s, session->catalogue->fields[i].field->name);
        break;
    case TRAWL_ARG_FILE:
        if (arg->meta && strcmp(arg->meta, "CAPTURE") == 0)
            add_captures(s);
        else
            add_files(s);
        break;
    case TRAWL_ARG_CAPTURE:
        add_map(s, &session->captures);
        break;
    case TRAWL_ARG_TABLE:
        add_tables(s);
        add_variables(s);
        break;
    case TRAWL_ARG_STREAM:
        add_streams(s, arg);
        break;
    case TRAWL_ARG_COMMAND:
        add_topics(s);
        break;
    case TRAWL_ARG_PLUGIN:
        for (size_t i = 0; i < s->shell->registry->n_plugins; i++)
            add(s, s->shell->registry->plugins[i]->name);
        break;
    case TRAWL_ARG_SETTING:
        add_settings(s);
        break;
    case TRAWL_ARG_AGGREGATE: {
        static const char *const names[] = {"count",    "sum",   "min", "max", "avg",
                                            "distinct", "p50",   "p90", "p95", "p99",
                                            "stddev",   "first", "last"};
        const char *open = strchr(s->prefix, '(');

        if (!open) {
            for (size_t i = 0; i < TW_COUNT(names); i++)
                add(s, names[i]);
        } else if (open - s->prefix < 16) { /* sum(by → sum(bytes */
            struct tw_buffer keep = TW_BUFFER_INIT;

            tw_buffer_append(&keep, s->prefix, (size_t)(open - s->prefix) + 1);
            s->keep = keep.data ? keep.data : "";
            s->prefix = open + 1;
            add_input_columns(s);
            s->keep = "";
            tw_buffer_fini(&keep);
        }
        break;
    }
    case TRAWL_ARG_METRIC:
        add_metrics(s);
        break;
    default:
        if (strcmp(arg->name, "format") == 0)
            add_formats(s);
        else if (strcmp(arg->name, "topic") == 0)
            add_topics(s);
        else if (arg->kind == TRAWL_ARG_STRING && arg->flags & TRAWL_ARG_POSITIONAL && s->in)
            add_operands(s); /* words over columns: sum(bytes), rate=bytes */
        else
            add_choices(s, arg->choices);
        break;
    }
}

/* ---- the arguments of one stage ---- */

struct args {
    const trawl_arg *items[256];
    size_t n;
};

static void collect_args(const struct state *s, const trawl_command *command, struct args *ret)
{
    size_t n_common, n_listing;
    const trawl_arg *common = tw_common_args(&n_common), *listing = tw_listing_args(&n_listing);

    const trawl_command *table = tw_table_command();

    if (!command)
        command = table; /* a table's, capture's or variable's name */
    ret->n = 0;
    for (size_t i = 0; s->plot && i < s->plot->n_args && ret->n < TW_COUNT(ret->items); i++)
        ret->items[ret->n++] = tw_plot_arg(s->plot, i);
    for (size_t i = 0; i < command->n_args && ret->n < TW_COUNT(ret->items); i++)
        ret->items[ret->n++] = tw_command_arg(command, i);
    /* a command of a table's name takes what the table does */
    for (size_t i = 0; command != table && i < table->n_args && ret->n < TW_COUNT(ret->items) &&
                       tw_hashmap_get(&s->shell->session->tables, command->name);
         i++)
        ret->items[ret->n++] = tw_command_arg(table, i);
    for (size_t i = 0;
         command->flags & TRAWL_COMMAND_LISTING && i < n_listing && ret->n < TW_COUNT(ret->items);
         i++)
        ret->items[ret->n++] = &listing[i];
    for (size_t i = 0; i < n_common && ret->n < TW_COUNT(ret->items); i++)
        ret->items[ret->n++] = &common[i];
}

static const trawl_arg *find_option(const struct args *args, const struct tw_word *word)
{
    const char *text = word->text;

    if (word->quoted || text[0] != '-' || !text[1])
        return NULL;
    for (size_t i = 0; i < args->n; i++) {
        const trawl_arg *arg = args->items[i];

        if (arg->flags & TRAWL_ARG_POSITIONAL)
            continue;
        if (text[1] == '-' ? strcmp(text + 2, arg->name) == 0
                           : text[1] == arg->short_name && arg->short_name)
            return arg;
    }
    return NULL;
}

static void add_options(struct state *s, const struct args *args)
{
    char text[128];

    for (size_t i = 0; i < args->n; i++) {
        const trawl_arg *arg = args->items[i];
        const size_t n = strlen(arg->name);

        if (arg->flags & TRAWL_ARG_POSITIONAL || n + 3 > sizeof(text))
            continue;
        text[0] = text[1] = '-';
        memcpy(text + 2, arg->name, n + 1);
        add(s, text);
    }
}

/* The positional that the word being typed fills: the n-th, or the last repeated one. */
static const trawl_arg *positional_at(const struct args *args, size_t i_positional)
{
    const trawl_arg *last = NULL;

    for (size_t i = 0; i < args->n; i++) {
        if (!(args->items[i]->flags & TRAWL_ARG_POSITIONAL))
            continue;
        last = args->items[i];
        if (i_positional-- == 0)
            return last;
        if (last->flags & TRAWL_ARG_REPEATED || last->kind == TRAWL_ARG_EXPR)
            return last;
    }
    return NULL;
}

static void complete_argument(struct state *s, const struct tw_line_stage *stage,
                              const trawl_command *command)
{
    struct args args;
    size_t i_positional = 0;
    const char *text = s->word->text;
    const char *equals = strchr(text, '=');
    const trawl_arg *before = NULL, *positional;

    if (command && command->flags & TRAWL_COMMAND_PLOTS && stage->n_words > 2)
        s->plot = tw_hashmap_get(&s->shell->registry->plots, stage->words[1].text);
    collect_args(s, command, &args);
    for (size_t i = 1; i + 1 < stage->n_words; i++) {
        const struct tw_word *word = &stage->words[i];

        if (before && before->kind != TRAWL_ARG_FLAG)
            before = NULL; /* this word is its value */
        else if ((before = find_option(&args, word)) == NULL &&
                 (word->quoted || word->text[0] != '-'))
            i_positional++;
        if (before && before->kind == TRAWL_ARG_FLAG)
            before = NULL;
    }
    if (before) {
        add_values(s, before);
        return;
    }
    if (text[0] == '-' && text[1] == '-' && equals) { /* --format=js */
        struct tw_word name = *s->word;
        char *copy = tw_strndup(text, (size_t)(equals - text));
        char *keep = tw_strndup(text, (size_t)(equals - text) + 1);

        name.text = copy ? copy : "";
        before = find_option(&args, &name);
        s->keep = keep ? keep : "";
        s->prefix = equals + 1;
        if (before)
            add_values(s, before);
        s->keep = "";
        tw_free(copy);
        tw_free(keep);
        return;
    }
    if (command && command->flags & TRAWL_COMMAND_PLOTS) {
        if (stage->n_words == 2)
            add_map(s, &s->shell->registry->plots);
        else if (i_positional)
            i_positional--; /* the plot's name is not one of its arguments */
    }
    positional = positional_at(&args, i_positional);
    if (text[0] == '-')
        add_options(s, &args);
    if (positional && (text[0] != '-' || positional->kind == TRAWL_ARG_SORT))
        add_values(s, positional);
}

/* The second word of "set NAME VALUE": the setting's own choices. */
static bool complete_setting(struct state *s, const struct tw_line_stage *stage)
{
    const trawl_arg *arg;

    if (stage->n_words != 3 || strcmp(stage->words[0].text, "set") != 0)
        return false;
    for (size_t i = 0; (arg = tw_setting_at(&s->shell->settings, i)) != NULL; i++) {
        if (strcmp(arg->name, stage->words[1].text) != 0)
            continue;
        if (strcmp(arg->name, "format") == 0) {
            add(s, "auto");
            add_formats(s);
        } else if (arg->kind == TRAWL_ARG_FILE) {
            add_files(s);
        } else {
            add_choices(s, arg->choices);
        }
    }
    return true;
}

static void complete_stage(struct state *s, const struct tw_line_stage *stage, bool first)
{
    const struct tw_command *command;

    if (stage->n_words == 1) {
        add_commands(s, first);
        if (first) {
            add_tables(s);
            add_map(s, &s->shell->session->captures);
            add_variables(s);
        }
        return;
    }
    command = tw_words_mean_table(s->shell->registry, stage->words, stage->n_words)
                  ? NULL
                  : tw_registry_command(s->shell->registry, stage->words[0].text);
    if (!complete_setting(s, stage))
        complete_argument(s, stage, command ? command->command : NULL);
}

/* ---- the line ---- */

static void complete_pipeline(struct state *s, const char *text,
                              const struct tw_line_pipeline *pipeline)
{
    const size_t n = pipeline->n_stages;
    const struct tw_line_stage *last = &pipeline->stages[n - 1];
    struct tw_stage **stages = tw_alloc_array(n + 1, sizeof(*stages));
    const tw_schema *schema = NULL;

    for (size_t i = 0; stages && i + 1 < n; i++) {
        if (pipeline->stages[i].program ||
            tw_stage_bind(s->shell->registry, text, pipeline->stages[i].words,
                          pipeline->stages[i].n_words, schema, &stages[i], NULL) != TRAWL_OK)
            break;
        schema = tw_stage_schema(stages[i]);
    }
    s->in = schema;
    /* What this stage gives so far, without the word being typed (and an option waiting for it). */
    for (size_t n_words = last->n_words; stages && n_words-- > 1 && !stages[n - 1];)
        tw_stage_bind(s->shell->registry, text, last->words, n_words, schema, &stages[n - 1], NULL);
    if (stages && stages[n - 1])
        s->gives = tw_stage_schema(stages[n - 1]);
    complete_stage(s, last, n == 1);
    for (size_t i = 0; stages && i < n; i++)
        tw_stage_free(stages[i]);
    tw_free(stages);
}

void tw_complete(struct tw_shell *shell, const char *text, size_t n, struct tw_completion *ret)
{
    struct state s = {.shell = shell, .ret = ret, .keep = ""};
    const struct tw_line_pipeline *pipeline;
    const struct tw_line_stage *stage;
    struct tw_word output;
    struct tw_line line;
    size_t kept = 0;

    *ret = (struct tw_completion){.arena = TW_ARENA_INIT, .start = n};
    if (tw_line_parse_partial(text, n, tw_shell_takes_expr, shell->registry, &line, NULL) !=
            TRAWL_OK ||
        line.n_pipelines == 0)
        goto out;
    pipeline = &line.pipelines[line.n_pipelines - 1];
    stage = &pipeline->stages[pipeline->n_stages - 1];
    if (pipeline->output) { /* "> FI" */
        output = (struct tw_word){.text = pipeline->output, .start = pipeline->output_start};
        s.word = &output;
        s.prefix = output.text;
        ret->start = output.start;
        add_files(&s);
    } else if (!stage->program && stage->n_words > 0) {
        s.word = &stage->words[stage->n_words - 1];
        s.prefix = s.word->text;
        ret->start = s.word->start;
        complete_pipeline(&s, text, pipeline);
    }
    if (ret->n_items)
        qsort(ret->items, ret->n_items, sizeof(*ret->items), compare_items);
    for (size_t i = 0; i < ret->n_items; i++)
        if (kept == 0 || strcmp(ret->items[kept - 1], ret->items[i]) != 0)
            ret->items[kept++] = ret->items[i];
    ret->n_items = kept;

out:
    tw_line_fini(&line);
}

void tw_completion_fini(struct tw_completion *completion)
{
    tw_free(completion->items);
    tw_arena_fini(&completion->arena);
}

size_t tw_completion_common(const struct tw_completion *c)
{
    size_t n = c->n_items ? strlen(c->items[0]) : 0;

    for (size_t i = 1; i < c->n_items; i++) {
        size_t k = 0;

        while (k < n && c->items[i][k] == c->items[0][k])
            k++;
        n = k;
    }
    while (n > 0 && c->n_items && ((unsigned char)c->items[0][n] & 0xc0) == 0x80)
        n--; /* never half a character */
    return n;
}
