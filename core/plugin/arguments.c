/* The words of a stage bound to options structs: options and positionals, defaults, requirements.
 * Must not know what names mean (check.c) or how the line was split into words. */
#include "core/plugin/arguments.h"

#include <stdio.h>
#include <unistd.h>

#include "core/plugin/common.h"
#include "core/plugin/value.h"

/* The walk over the words. */
struct walk {
    struct tw_arguments *arguments;
    const struct tw_word *words;
    size_t n, i;              /* words; the one at hand */
    bool options_ended;       /* "--" was seen */
    size_t i_positional;      /* positionals filled so far; a repeated one stays at hand */
    const trawl_arg *columns; /* the option before, which words behind it may go on with */
    const struct tw_arg_set *columns_set;
    trawl_error *err;
};

/* ---- finding arguments ---- */

static const trawl_arg *find_long(const struct tw_arguments *a, const char *name, size_t n,
                                  const struct tw_arg_set **ret_set)
{
    for (size_t i = 0; i < a->n_sets; i++) {
        for (size_t j = 0; j < a->sets[i].n; j++) {
            const trawl_arg *arg = &a->sets[i].args[j];

            if (!(arg->flags & TRAWL_ARG_POSITIONAL) && strlen(arg->name) == n &&
                memcmp(arg->name, name, n) == 0) {
                *ret_set = &a->sets[i];
                return arg;
            }
        }
    }
    return NULL;
}

static const trawl_arg *find_short(const struct tw_arguments *a, char c,
                                   const struct tw_arg_set **ret_set)
{
    for (size_t i = 0; i < a->n_sets; i++) {
        for (size_t j = 0; j < a->sets[i].n; j++) {
            const trawl_arg *arg = &a->sets[i].args[j];

            if (arg->short_name == c && c && !(arg->flags & TRAWL_ARG_POSITIONAL)) {
                *ret_set = &a->sets[i];
                return arg;
            }
        }
    }
    return NULL;
}

/* Positional number i over all sets. */
static const trawl_arg *find_positional(const struct tw_arguments *a, size_t i_wanted,
                                        const struct tw_arg_set **ret_set)
{
    for (size_t i = 0; i < a->n_sets; i++) {
        for (size_t j = 0; j < a->sets[i].n; j++) {
            if (a->sets[i].args[j].flags & TRAWL_ARG_POSITIONAL && i_wanted-- == 0) {
                *ret_set = &a->sets[i];
                return &a->sets[i].args[j];
            }
        }
    }
    return NULL;
}

static bool names_columns(trawl_arg_kind kind)
{
    return kind == TRAWL_ARG_COLUMN || kind == TRAWL_ARG_SORT || kind == TRAWL_ARG_FIELD ||
           kind == TRAWL_ARG_AGGREGATE;
}

/* ---- storing ---- */

static int append_word(struct tw_arguments *a, trawl_words *words, const char *text,
                       trawl_error *err)
{
    /* room for 1, 2, 4 … items: full when n is a power of two */
    if ((words->n & (words->n - 1)) == 0) {
        const char **grown = tw_arena_alloc(a->arena,
                                            (words->n ? words->n * 2 : 1) * sizeof(*grown));

        if (!grown)
            return tw_fail_nomem(err);
        if (words->n)
            memcpy(grown, words->items, words->n * sizeof(*grown));
        words->items = grown;
    }
    ((const char **)(uintptr_t)words->items)[words->n++] = text;
    return TRAWL_OK;
}

/* "packets live", "tcp live": the name of a capture where nothing or something else stands. It is
 * more to the point than a hint before. */
static void hint_capture(const struct tw_arguments *a, const char *text, trawl_error *err)
{
    const struct tw_arg_set *set;

    if (!err || !find_long(a, "capture", 7, &set) ||
        !tw_hashmap_get(&a->registry->session->captures, text))
        return;
    err->hint[0] = 0;
    tw_error_hint(err, "It is a capture: '--capture %s'.", text);
}

/* One value of text[0..n) that stands at `start` in the line. */
static int store_one(struct tw_arguments *a, const struct tw_arg_set *set, const trawl_arg *arg,
                     const char *text, size_t n, size_t start, size_t len, trawl_error *err)
{
    char *member = (char *)set->opts + arg->offset;
    struct tw_given *given = tw_arena_alloc(a->arena, sizeof(*given));
    char *copy = tw_arena_strndup(a->arena, text, n);
    const char *word = copy;
    uint64_t scratch;
    int rc;

    if (!given || !copy)
        return tw_fail_nomem(err);
    rc = tw_value_parse(arg, copy, arg->flags & TRAWL_ARG_REPEATED ? (void *)&scratch : member,
                        err);
    if (rc != TRAWL_OK && arg->kind == TRAWL_ARG_STREAM)
        hint_capture(a, copy, err);
    if (rc == TRAWL_OK && !set->is_unchecked)
        rc = tw_value_check(a, arg, copy, err);
    if (rc == TRAWL_OK && arg->kind == TRAWL_ARG_CHOICE && arg->flags & TRAWL_ARG_REPEATED)
        memcpy(&word, &scratch, sizeof(word)); /* as its declaration spells it */
    if (rc == TRAWL_OK && arg->flags & TRAWL_ARG_REPEATED)
        rc = append_word(a, (trawl_words *)(void *)member, word, err);
    if (rc != TRAWL_OK) {
        if (err && err->has_span && arg->kind == TRAWL_ARG_EXPR)
            tw_error_shift(err, start);
        else
            tw_error_span(err, start, len);
        return rc;
    }
    *given = (struct tw_given){a->given, arg, copy, start, len};
    a->given = given;
    return TRAWL_OK;
}

/* "a,b" for an argument that takes several columns is two; commas in brackets do not count. */
static int store(struct tw_arguments *a, const struct tw_arg_set *set, const trawl_arg *arg,
                 const char *text, size_t start, size_t len, bool quoted, trawl_error *err)
{
    size_t n = strlen(text), from = 0;
    int depth = 0, rc = TRAWL_OK;

    if (quoted &&
        (arg->kind == TRAWL_ARG_EXPR || arg->kind == TRAWL_ARG_STRING ||
         arg->kind == TRAWL_ARG_METRIC) &&
        strchr("'\"", a->line[start]) && len > 2) {
        start++; /* places in an expression count from its first byte */
        len -= 2;
    }
    if (quoted || !(arg->flags & TRAWL_ARG_REPEATED) || !names_columns(arg->kind))
        return store_one(a, set, arg, text, n, start, len, err);
    for (size_t i = 0; rc == TRAWL_OK && i <= n; i++) {
        if (i < n)
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (i < n && (text[i] != ',' || depth > 0))
            continue;
        if (i > from || n == 0)
            rc = store_one(a, set, arg, text + from, i - from, start + from,
                           i > from ? i - from : 1, err);
        from = i + 1;
    }
    return rc;
}

/* ---- options ---- */

static int fail_option(const struct walk *w, const char *name, size_t n, bool is_long)
{
    const struct tw_arguments *a = w->arguments;
    const struct tw_word *word = &w->words[w->i];
    const char *near = NULL, **names;
    char typed[64];
    size_t n_names = 0, n_max = 0;
    int rc;

    n = TW_MIN(n, sizeof(typed) - 1);
    memcpy(typed, name, n);
    typed[n] = '\0';
    rc = tw_fail(w->err, TRAWL_E_USAGE, "unknown option '%s%s' of '%s'", is_long ? "--" : "-",
                 typed, a->command);
    for (size_t i = 0; i < a->n_sets; i++)
        n_max += a->sets[i].n;
    names = is_long ? tw_alloc_array(n_max, sizeof(*names)) : NULL;
    for (size_t i = 0; names && i < a->n_sets; i++) {
        for (size_t j = 0; j < a->sets[i].n; j++) {
            if (!(a->sets[i].args[j].flags & TRAWL_ARG_POSITIONAL))
                names[n_names++] = a->sets[i].args[j].name;
        }
    }
    if (n_names)
        near = tw_nearest_name(typed, names, n_names);
    if (near)
        tw_error_hint(w->err, "Did you mean '--%s'?", near);
    else
        tw_error_hint(w->err, "'help %s' shows its options.", a->command);
    tw_free(names);
    tw_error_span(w->err, word->start, word->len);
    return rc;
}

static int fail_no_value(const struct walk *w, const trawl_arg *arg)
{
    const struct tw_word *word = &w->words[w->i];
    int rc = tw_fail(w->err, TRAWL_E_USAGE, "option '--%s' needs a value", arg->name);

    tw_error_hint(w->err, "Write --%s %s.", arg->name, tw_value_meta(arg));
    tw_error_span(w->err, word->start, word->len);
    return rc;
}

static bool begins_with_dash(const struct walk *w, const struct tw_word *word)
{
    return word->text[0] == '-' && (!word->quoted || w->arguments->line[word->start] == '-');
}

/* The word is "--name" or "--name=…" of an option there is. */
static bool is_known_long(const struct walk *w, const struct tw_word *word)
{
    const struct tw_arg_set *set;
    const char *name = word->text + 2;

    return begins_with_dash(w, word) && word->text[1] == '-' && word->text[2] &&
           find_long(w->arguments, name, strcspn(name, "="), &set) != NULL;
}

/* The value of an option that has none in its own word: the next word, dashes or not. */
static int take_next(struct walk *w, const struct tw_arg_set *set, const trawl_arg *arg)
{
    const struct tw_word *word;

    if (w->i + 1 >= w->n || is_known_long(w, &w->words[w->i + 1]))
        return fail_no_value(w, arg);
    word = &w->words[++w->i];
    w->columns = arg->flags & TRAWL_ARG_REPEATED && names_columns(arg->kind) ? arg : NULL;
    w->columns_set = set;
    return store(w->arguments, set, arg, word->text, word->start, word->len, word->quoted, w->err);
}

static int set_flag(struct walk *w, const struct tw_arg_set *set, const trawl_arg *arg)
{
    const struct tw_word *word = &w->words[w->i];

    return store_one(w->arguments, set, arg, "", 0, word->start, word->len, w->err);
}

static int take_long(struct walk *w)
{
    const struct tw_word *word = &w->words[w->i];
    const char *name = word->text + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name), before = n + 3;
    const struct tw_arg_set *set;
    const trawl_arg *arg = find_long(w->arguments, name, n, &set);
    int rc;

    w->columns = NULL;
    if (!arg)
        return fail_option(w, name, n, true);
    if (arg->kind == TRAWL_ARG_FLAG && equals) {
        rc = tw_fail(w->err, TRAWL_E_USAGE, "option '--%s' takes no value", arg->name);
        tw_error_span(w->err, word->start, word->len);
        return rc;
    }
    if (arg->kind == TRAWL_ARG_FLAG)
        return set_flag(w, set, arg);
    if (!equals)
        return take_next(w, set, arg);
    return store(w->arguments, set, arg, equals + 1, word->start + before,
                 word->len > before ? word->len - before : 1, word->quoted, w->err);
}

/* "-n", "-n5", "-abn 5" */
static int take_shorts(struct walk *w)
{
    const struct tw_word *word = &w->words[w->i];
    int rc = TRAWL_OK;

    w->columns = NULL;
    for (size_t i = 1; rc == TRAWL_OK && word->text[i]; i++) {
        const struct tw_arg_set *set;
        const trawl_arg *arg = find_short(w->arguments, word->text[i], &set);

        if (!arg)
            return fail_option(w, word->text + i, 1, false);
        if (arg->kind == TRAWL_ARG_FLAG) {
            rc = set_flag(w, set, arg);
            continue;
        }
        if (!word->text[i + 1])
            return take_next(w, set, arg);
        return store(w->arguments, set, arg, word->text + i + 1, word->start + i + 1,
                     word->len - i - 1, word->quoted, w->err);
    }
    return rc;
}

/* Every letter is a flag, up to one that takes the rest as its value. */
static bool is_cluster(const struct tw_arguments *a, const char *letters)
{
    for (; *letters; letters++) {
        const struct tw_arg_set *set;
        const trawl_arg *arg = find_short(a, *letters, &set);

        if (!arg || arg->kind != TRAWL_ARG_FLAG)
            return arg != NULL;
    }
    return true;
}

/* "-bytes" sorts by bytes downwards and "-5" is a number, unless they are options. */
static bool is_positional_with_dash(const struct walk *w, const char *text)
{
    const struct tw_arguments *a = w->arguments;
    const struct tw_arg_set *set;
    const trawl_arg *next = find_positional(a, w->i_positional, &set);
    bool is_number = (text[1] >= '0' && text[1] <= '9') || text[1] == '.';
    const tw_schema *in = a->in;

    if (is_number && !find_short(a, text[1], &set))
        return true;
    if (!next)
        return false;
    if (!names_columns(next->kind) &&
        !(next->kind == TRAWL_ARG_STRING && next->flags & TRAWL_ARG_REPEATED))
        return false;
    if (!in)
        in = tw_session_table_schema(a->registry->session, "packets");
    if (text[2] && in && tw_schema_find(in, text + 1, strcspn(text + 1, ",")) >= 0)
        return true;
    return names_columns(next->kind) && !is_cluster(a, text + 1);
}

/* ---- positionals ---- */

/* A word that is one quoted piece and nothing else: its inside is meant. */
static bool is_one_quote(const char *line, const struct tw_word *word)
{
    char quote = line[word->start];

    if (!word->quoted || word->len < 2 || (quote != '\'' && quote != '"'))
        return false;
    for (size_t i = 1; i < word->len; i++) {
        char c = line[word->start + i];

        if (c == '\\' && quote == '"')
            i++;
        else if (c == quote)
            return i == word->len - 1;
    }
    return false;
}

/* An expression as last positional: the raw rest of the stage, up to a known --option; a word that
 * is quoted as a whole stands for itself when options or nothing follow. */
static int take_expr(struct walk *w, const struct tw_arg_set *set, const trawl_arg *arg)
{
    const char *line = w->arguments->line;
    const struct tw_word *first = &w->words[w->i], *last;
    size_t i_end = w->i + 1, start = first->start;
    const struct tw_arg_set *other;

    if (is_one_quote(line, first) &&
        (i_end == w->n || (begins_with_dash(w, &w->words[i_end]) &&
                           (is_known_long(w, &w->words[i_end]) ||
                            find_short(w->arguments, w->words[i_end].text[1], &other)))))
        return store_one(w->arguments, set, arg, first->text, strlen(first->text), start + 1,
                         first->len - 2 ? first->len - 2 : 1, w->err);
    while (i_end < w->n && !is_known_long(w, &w->words[i_end]))
        i_end++;
    last = &w->words[i_end - 1];
    w->i = i_end - 1;
    return store_one(w->arguments, set, arg, line + start, last->start + last->len - start, start,
                     last->start + last->len - start, w->err);
}

/* A pipe was forgotten before it. */
static bool is_filter(const struct walk *w, const struct tw_word *word)
{
    const struct tw_command *command = tw_registry_command(w->arguments->registry, word->text);

    return command && command->command->flags & TRAWL_COMMAND_FILTER;
}

/* The word is a column that an option like -e of 'packets' takes. */
static const trawl_arg *option_for(const struct tw_arguments *a, const char *text)
{
    for (size_t i = 0; i < a->n_sets; i++)
        for (size_t j = 0; j < a->sets[i].n; j++) {
            const trawl_arg *arg = &a->sets[i].args[j];

            if (arg->kind == TRAWL_ARG_COLUMN && arg->short_name &&
                !(arg->flags & TRAWL_ARG_POSITIONAL) && arg->flags & TRAWL_ARG_REPEATED &&
                tw_value_check(a, arg, text, NULL) == TRAWL_OK)
                return arg;
        }
    return NULL;
}

static int fail_too_many(const struct walk *w)
{
    const struct tw_arguments *a = w->arguments;
    const struct tw_word *word = &w->words[w->i];
    const trawl_arg *option = option_for(a, word->text);
    int rc = tw_fail(w->err, TRAWL_E_USAGE, "unexpected word '%s' after '%s'", word->text,
                     a->command);

    if (is_filter(w, word))
        tw_error_hint(w->err, "Write '|' before '%s' to hand it the table.", word->text);
    else if (option)
        tw_error_hint(w->err, "'-%c %s' shows this column.", option->short_name, word->text);
    else
        tw_error_hint(w->err, "'help %s' shows what it takes.", a->command);
    hint_capture(a, word->text, w->err);
    tw_error_span(w->err, word->start, word->len);
    return rc;
}

/* "export --csv f": the file that the format before is meant for, where none is named so yet and no
 * capture nearly. */
static void hint_output(const struct walk *w)
{
    const struct tw_arg_set *set;
    const char *before = w->i ? w->words[w->i - 1].text : "", *word = w->words[w->i].text;
    const trawl_arg *format;
    size_t n;

    if (!w->err || strncmp(before, "--", 2) != 0 || strncmp(w->err->hint, "Did ", 4) == 0 ||
        access(word, F_OK) == 0)
        return;
    format = find_long(w->arguments, before + 2, strlen(before + 2), &set);
    if (!format || set->args != tw_common_args(&n) ||
        format->offset - offsetof(struct tw_common_values, formats) >=
            sizeof(((struct tw_common_values *)NULL)->formats))
        return;
    w->err->hint[0] = 0;
    tw_error_hint(w->err, "Write '-o %s' for a file of this name.", word);
}

static int take_positional(struct walk *w)
{
    const struct tw_arg_set *set, *next_set;
    const trawl_arg *arg = find_positional(w->arguments, w->i_positional, &set);
    const struct tw_word *word = &w->words[w->i];
    int rc;

    if (!arg && w->columns && !is_filter(w, word)) { /* -e ip.src ip.dst */
        arg = w->columns;
        set = w->columns_set;
    }
    if (!arg)
        return fail_too_many(w);
    if (arg->kind == TRAWL_ARG_EXPR && !(arg->flags & TRAWL_ARG_REPEATED) &&
        !find_positional(w->arguments, w->i_positional + 1, &next_set)) {
        w->i_positional++;
        return take_expr(w, set, arg);
    }
    if (!(arg->flags & TRAWL_ARG_REPEATED))
        w->i_positional++;
    rc = store(w->arguments, set, arg, word->text, word->start, word->len, word->quoted, w->err);
    if (rc != TRAWL_OK && arg->kind == TRAWL_ARG_CAPTURE)
        hint_output(w);
    return rc;
}

/* ---- the whole ---- */

static bool was_given(const struct tw_arguments *a, const trawl_arg *arg)
{
    for (const struct tw_given *g = a->given; g; g = g->next) {
        if (g->arg == arg)
            return true;
    }
    return false;
}

static int fill_defaults(struct tw_arguments *a, trawl_error *err)
{
    for (size_t i = 0; i < a->n_sets; i++) {
        for (size_t j = 0; j < a->sets[i].n; j++) {
            const trawl_arg *arg = &a->sets[i].args[j];
            int rc;

            if (was_given(a, arg))
                continue;
            if (arg->flags & TRAWL_ARG_REQUIRED) {
                char name[TW_ARG_NAME];

                tw_arg_shown(arg, name);
                rc = tw_fail(err, TRAWL_E_USAGE, "'%s' needs '%s': %s", a->command, name,
                             arg->help);
                tw_error_hint(err, "'help %s' shows what it takes.", a->command);
                return rc;
            }
            if (!arg->def)
                continue;
            rc = tw_value_parse(arg, arg->def, (char *)a->sets[i].opts + arg->offset, err);
            if (rc != TRAWL_OK)
                return rc;
        }
    }
    return TRAWL_OK;
}

int tw_arguments_bind(struct tw_arguments *arguments, const struct tw_word *words, size_t n,
                      trawl_error *err)
{
    struct walk w = {.arguments = arguments, .words = words, .n = n, .err = err};
    int rc = TRAWL_OK;

    for (; rc == TRAWL_OK && w.i < n; w.i++) {
        const struct tw_word *word = &words[w.i];
        const char *text = word->text;

        if (w.options_ended || !begins_with_dash(&w, word) || !text[1])
            rc = take_positional(&w);
        else if (strcmp(text, "--") == 0)
            w.options_ended = true;
        else if (text[1] == '-')
            rc = take_long(&w);
        else if (is_positional_with_dash(&w, text))
            rc = take_positional(&w);
        else
            rc = take_shorts(&w);
    }
    return rc == TRAWL_OK ? fill_defaults(arguments, err) : rc;
}
