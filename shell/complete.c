/* Completion: what could stand at the end of an unfinished line, from descriptors alone.
 * Must not know terminals; runs nothing. */
#include "shell/complete.h"

#include <stdlib.h>

#include "shell/candidates.h"
#include "shell/line.h"

/* ---- the arguments of one stage ---- */

struct args {
    const trawl_arg *items[256];
    size_t n;
};

static void collect_args(const struct tw_completing *s, const trawl_command *command,
                         struct args *ret)
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

static void add_options(struct tw_completing *s, const struct args *args)
{
    char text[128];

    for (size_t i = 0; i < args->n; i++) {
        const trawl_arg *arg = args->items[i];
        const size_t n = strlen(arg->name);

        if (arg->flags & TRAWL_ARG_POSITIONAL || n + 3 > sizeof(text))
            continue;
        text[0] = text[1] = '-';
        memcpy(text + 2, arg->name, n + 1);
        tw_offer(s, text);
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

/* The words of one that runs another, "watch 2s top live": where the other's begin, 0: not yet. */
static size_t inner_command(const struct args *args, const struct tw_line_stage *stage)
{
    const trawl_arg *arg = NULL;
    size_t i_positional = 0;

    for (size_t i = 1; i < stage->n_words; i++) {
        if (stage->words[i].text[0] == '-')
            return 0;
        arg = positional_at(args, i_positional++);
        if (arg && arg->kind == TRAWL_ARG_STRING && arg->flags & TRAWL_ARG_REPEATED && arg->meta &&
            strcmp(arg->meta, "COMMAND") == 0)
            return i;
    }
    return 0;
}

static void complete_argument(struct tw_completing *s, const struct tw_line_stage *stage,
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
                 (word->quoted || word->text[0] != '-')) {
            positional = positional_at(&args, i_positional);
            if (!s->expr && positional && positional->kind == TRAWL_ARG_EXPR)
                s->expr = word;
            if (!i_positional++)
                s->ahead = word->text;
        }
        if (before && before->kind == TRAWL_ARG_FLAG)
            before = NULL;
    }
    if (before) {
        tw_offer_values(s, before);
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
            tw_offer_values(s, before);
        s->keep = "";
        tw_free(copy);
        tw_free(keep);
        return;
    }
    if (command && command->flags & TRAWL_COMMAND_PLOTS) {
        if (stage->n_words == 2)
            tw_offer_map(s, &s->shell->registry->plots);
        else if (i_positional)
            i_positional--; /* the plot's name is not one of its arguments */
    }
    positional = positional_at(&args, i_positional);
    if (text[0] == '-')
        add_options(s, &args);
    if (positional && (text[0] != '-' || positional->kind == TRAWL_ARG_SORT))
        tw_offer_values(s, positional);
}

/* The second word of "set NAME VALUE": the setting's own choices. */
static bool complete_setting(struct tw_completing *s, const struct tw_line_stage *stage)
{
    const trawl_arg *arg;

    if (stage->n_words != 3 || strcmp(stage->words[0].text, "set") != 0)
        return false;
    for (size_t i = 0; (arg = tw_setting_at(&s->shell->settings, i)) != NULL; i++) {
        if (strcmp(arg->name, stage->words[1].text) != 0)
            continue;
        if (strcmp(arg->name, "format") == 0) {
            tw_offer(s, "auto");
            tw_offer_formats(s);
        } else if (arg->kind == TRAWL_ARG_FILE) {
            tw_offer_files(s);
        } else {
            tw_offer_choices(s, arg->choices);
        }
    }
    return true;
}

static void complete_stage(struct tw_completing *s, const struct tw_line_stage *stage, bool first)
{
    const struct tw_command *command;
    struct tw_line_stage inner = *stage;
    struct args args;
    size_t n;

    if (stage->n_words == 1) {
        tw_offer_commands(s, first);
        if (first) {
            tw_offer_tables(s);
            tw_offer_map(s, &s->shell->session->captures);
            tw_offer_variables(s);
        }
        return;
    }
    command = tw_words_mean_table(s->shell->registry, stage->words, stage->n_words)
                  ? NULL
                  : tw_registry_command(s->shell->registry, stage->words[0].text);
    collect_args(s, command ? command->command : NULL, &args);
    n = inner_command(&args, stage);
    if (n && !stage->words[n].quoted) {
        inner.words += n;
        inner.n_words -= n;
        complete_stage(s, &inner, true);
    } else if (!complete_setting(s, stage))
        complete_argument(s, stage, command ? command->command : NULL);
}

/* ---- the line ---- */

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

static void complete_pipeline(struct tw_completing *s, const char *text,
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
    struct tw_completing s = {.shell = shell, .ret = ret, .keep = "", .text = text};
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
        tw_offer_files(&s);
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
