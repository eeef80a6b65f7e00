/* Verbs that choose, name and compute columns. Must not know the other verbs. */
#include <string.h>

#include "verbs.h"

struct words_opts {
    trawl_words words;
};

/* ---- the plan of a selection, from the words and the schema alone ---- */

/** One column of the result. */
struct chosen {
    size_t i_column;  /* of the input; NO_COLUMN: expr */
    const char *name; /* NULL: the column's own */
    const char *word; /* as typed, or NULL */
    const char *expr; /* a piece of an argument */
    trawl_column declared;
};
struct plan {
    struct chosen *items;
    size_t n, capacity;
};

static int plan_add(trawl_call *call, struct plan *plan, const struct chosen *item,
                    trawl_error *err)
{
    if (plan->n == plan->capacity) {
        size_t capacity = plan->capacity * 2 + 16;
        struct chosen *grown = verbs_array(call, capacity, sizeof(*grown), err);

        if (!grown)
            return TRAWL_E_NOMEM;
        if (plan->n)
            memcpy(grown, plan->items, plan->n * sizeof(*grown));
        plan->items = grown;
        plan->capacity = capacity;
    }
    plan->items[plan->n++] = *item;
    return TRAWL_OK;
}

static int plan_add_column(trawl_call *call, struct plan *plan, const trawl_schema *schema,
                           size_t i, const char *name, trawl_error *err)
{
    struct chosen item = {.i_column = i, .name = name};

    item.declared = *host->schema_column(schema, i);
    item.declared.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
    if (name)
        item.declared.name = name;
    return plan_add(call, plan, &item, err);
}

static int has_column(const struct plan *plan, size_t i_column)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->items[i].i_column == i_column && !plan->items[i].name)
            return 1;
    return 0;
}

static int add_visible(trawl_call *call, struct plan *plan, const trawl_schema *schema,
                       trawl_error *err)
{
    size_t *visible, n;
    int rc = verbs_visible(call, schema, &visible, &n, err);

    for (size_t i = 0; !rc && i < n; i++)
        if (!has_column(plan, visible[i]))
            rc = plan_add_column(call, plan, schema, visible[i], NULL, err);
    return rc;
}

/** '*' in a pattern is any characters. */
static int matches(const char *pattern, const char *name)
{
    const char *star = NULL, *again = NULL;

    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            again = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++again;
        } else {
            return 0;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static int add_pattern(trawl_call *call, struct plan *plan, const trawl_schema *schema,
                       const char *pattern, const char *at, trawl_error *err)
{
    int found = 0, rc = TRAWL_OK;

    if (strcmp(pattern, "*") == 0)
        return add_visible(call, plan, schema, err);
    for (size_t i = 0; !rc && i < host->schema_n(schema); i++) {
        if (!matches(pattern, host->schema_column(schema, i)->name))
            continue;
        found = 1;
        if (!has_column(plan, i))
            rc = plan_add_column(call, plan, schema, i, NULL, err);
    }
    if (!rc && !found)
        rc = verbs_fail_word(call, at, strlen(pattern), NULL, err, "no column is like '%s'",
                             pattern);
    return rc;
}

static int remove_column(trawl_call *call, struct plan *plan, const trawl_schema *schema,
                         const char *word, size_t n, trawl_error *err)
{
    size_t i_column, kept = 0;
    int rc = verbs_column(call, schema, word, n, &i_column, err);

    for (size_t i = 0; !rc && i < plan->n; i++)
        if (plan->items[i].i_column != i_column)
            plan->items[kept++] = plan->items[i];
    if (!rc)
        plan->n = kept;
    return rc;
}

/** name=EXPR: another name for a column, or a computed one. */
static int add_computed(trawl_call *call, struct plan *plan, const trawl_schema *schema,
                        struct verbs_piece word, const char *equals, trawl_error *err)
{
    const struct verbs_piece left = verbs_piece(word.at, (size_t)(equals - word.at)),
                             right = verbs_piece(equals + 1,
                                                 (size_t)(word.at + word.n - equals - 1));
    char *name = verbs_copy(call, left.at, left.n, err);
    struct chosen item = {.i_column = NO_COLUMN, .expr = right.at};
    trawl_expr *expr;
    int64_t same;
    int rc;

    if (!name)
        return TRAWL_E_NOMEM;
    same = host->schema_find(schema, right.at);
    if (same >= 0)
        return plan_add_column(call, plan, schema, (size_t)same, name, err);
    rc = host->expr_compile(call, right.at, schema, &expr, err);
    if (rc)
        return rc;
    item.name = name;
    item.declared = (trawl_column)TRAWL_COLUMN(.name = name, .type = host->expr_type(expr),
                                               .help = "computed by an expression");
    if (host->expr_is_list(expr))
        item.declared.flags = TRAWL_COLUMN_LIST;
    return plan_add(call, plan, &item, err);
}

static int select_plan(trawl_call *call, const struct words_opts *o, const trawl_schema *schema,
                       struct plan *plan, trawl_error *err)
{
    struct verbs_piece *pieces;
    size_t n;
    int rc = verbs_pieces(call, schema, &o->words, &pieces, &n, err);

    for (size_t i = 0; !rc && i < n; i++) {
        const struct verbs_piece piece = pieces[i];
        const char *word = verbs_copy(call, piece.at, piece.n, err);
        const char *equals = memchr(piece.at, '=', piece.n);
        size_t i_column;

        if (!word)
            return TRAWL_E_NOMEM;
        if (host->schema_find(schema, word) >= 0) {
            rc = verbs_column(call, schema, piece.at, piece.n, &i_column, err);
            if (!rc && !has_column(plan, i_column))
                rc = plan_add_column(call, plan, schema, i_column, NULL, err);
        } else if (equals && equals != piece.at && equals + 1 < piece.at + piece.n) {
            rc = add_computed(call, plan, schema, piece, equals, err);
            if (!rc)
                plan->items[plan->n - 1].word = piece.at;
        } else if (word[0] == '-') {
            if (i == 0)
                rc = add_visible(call, plan, schema, err);
            if (!rc)
                rc = remove_column(call, plan, schema, piece.at + 1, piece.n - 1, err);
        } else if (strchr(word, '*')) {
            rc = add_pattern(call, plan, schema, word, piece.at, err);
        } else if (i + 1 < n && pieces[i + 1].n && *pieces[i + 1].at == '=') {
            rc = verbs_fail_word(call, piece.at, piece.n, "Quote what has blanks: 'name = EXPR'.",
                                 err, "no column '%s'", word);
        } else {
            rc = verbs_column(call, schema, piece.at, piece.n, &i_column, err);
        }
    }
    if (!rc && !plan->n)
        rc = host->fail(err, TRAWL_E_USAGE, "no column is left");
    return rc;
}

static int drop_plan(trawl_call *call, const struct words_opts *o, const trawl_schema *schema,
                     struct plan *plan, trawl_error *err)
{
    int rc = add_visible(call, plan, schema, err);

    for (size_t i = 0; !rc && i < o->words.n; i++)
        rc = remove_column(call, plan, schema, o->words.items[i], strlen(o->words.items[i]), err);
    if (!rc && !plan->n)
        rc = host->fail(err, TRAWL_E_USAGE, "no column is left");
    return rc;
}

static int rename_plan(trawl_call *call, const struct words_opts *o, const trawl_schema *schema,
                       struct plan *plan, trawl_error *err)
{
    int rc = add_visible(call, plan, schema, err);

    for (size_t i = 0; !rc && i < o->words.n; i++) {
        const char *word = o->words.items[i], *equals = strchr(word, '=');
        struct verbs_piece old = {0}, new = {0};
        size_t i_column, k = 0;
        char *name;

        if (equals) {
            old = verbs_piece(word, (size_t)(equals - word));
            new = verbs_piece(equals + 1, strlen(equals + 1));
        }
        if (!old.n || !new.n)
            return verbs_fail_word(call, word, strlen(word), "Write OLD=NEW.", err,
                                   "'%s' gives no new name", word);
        rc = verbs_column(call, schema, old.at, old.n, &i_column, err);
        if (rc)
            return rc;
        name = verbs_copy(call, new.at, new.n, err);
        if (!name)
            return TRAWL_E_NOMEM;
        while (k < plan->n && plan->items[k].i_column != i_column)
            k++;
        if (k == plan->n)
            rc = plan_add_column(call, plan, schema, i_column, name, err);
        if (rc)
            return rc;
        plan->items[k].name = plan->items[k].declared.name = name;
        plan->items[k].word = word;
    }
    return rc;
}

/* ---- all three run alike ---- */

typedef int make_plan(trawl_call *call, const struct words_opts *o, const trawl_schema *schema,
                      struct plan *plan, trawl_error *err);

static int plan_schema(trawl_call *call, const void *opts, const trawl_schema *in, make_plan *make,
                       trawl_schema **ret, trawl_error *err)
{
    const trawl_schema *schema;
    trawl_schema *owned, *result = NULL;
    struct plan plan = {0};
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = make(call, opts, schema, &plan, err);
    if (!rc) {
        result = host->schema_new(err);
        rc = result ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (size_t i = 0; !rc && i < plan.n; i++) {
        const char *name = plan.items[i].declared.name, *word = plan.items[i].word;

        if (host->schema_find(result, name) >= 0)
            rc = verbs_fail_word(call, word ? word : name, word ? strlen(word) : 1, NULL, err,
                                 "two columns are called '%s'", name);
        else
            rc = host->schema_add(result, &plan.items[i].declared, err);
    }
    host->schema_free(owned);
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

/** Put the computed columns beside the input's; item.i_column then says where. */
static int compute(trawl_call *call, struct plan *plan, trawl_table **table, trawl_error *err)
{
    trawl_table *in = host->retain(*table);
    int rc = TRAWL_OK;

    for (size_t i = 0; !rc && i < plan->n; i++) {
        struct chosen *item = &plan->items[i];
        trawl_table *column = NULL, *both = NULL;
        const char *name;
        trawl_expr *expr;

        if (item->i_column != NO_COLUMN)
            continue;
        name = verbs_free_name(call, host->schema_of(*table), "computed", err);
        rc = name ? host->expr_compile(call, item->expr, host->schema_of(in), &expr, err)
                  : TRAWL_E_NOMEM;
        if (!rc)
            rc = host->expr_column(call, expr, in, name, &column, err);
        if (!rc)
            rc = host->paste(call, *table, column, &both, err);
        host->release(column);
        if (!rc) {
            item->i_column = host->schema_n(host->schema_of(*table));
            host->release(*table);
            *table = both;
        }
    }
    host->release(in);
    return rc;
}

static int plan_run(trawl_call *call, const void *opts, trawl_table *in, make_plan *make,
                    trawl_table **ret, trawl_error *err)
{
    trawl_table *table = NULL;
    struct plan plan = {0};
    size_t *columns = NULL;
    const char **names = NULL;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = make(call, opts, host->schema_of(table), &plan, err);
    if (!rc)
        rc = compute(call, &plan, &table, err);
    if (!rc) {
        columns = verbs_array(call, plan.n, sizeof(*columns), err);
        names = verbs_array(call, plan.n, sizeof(*names), err);
        rc = columns && names ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (size_t i = 0; !rc && i < plan.n; i++) {
        columns[i] = plan.items[i].i_column;
        names[i] = plan.items[i].name;
    }
    if (!rc)
        rc = host->project(call, table, columns, names, plan.n, ret, err);
    host->release(table);
    return rc;
}

#define VERB_OF_PLAN(verb)                                                                        \
    static int verb##_schema(trawl_call *call, const void *opts, const trawl_schema *in,          \
                             trawl_schema **ret, trawl_error *err)                                \
    {                                                                                             \
        return plan_schema(call, opts, in, verb##_plan, ret, err);                                \
    }                                                                                             \
    static int verb##_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret, \
                          trawl_error *err)                                                       \
    {                                                                                             \
        return plan_run(call, opts, in, verb##_plan, ret, err);                                   \
    }
VERB_OF_PLAN(select)
VERB_OF_PLAN(drop)
VERB_OF_PLAN(rename)

/* ---- declarations ---- */

static const trawl_arg select_args[] = {
    WORDS(struct words_opts, words, .name = "columns", .meta = "COL",
          .help = "columns, a,b or a b, patterns with *, name=EXPR, and -COL to leave one out"),
};
static const trawl_example select_examples[] = {
    {"packets | select frame.number ip.src ip.dst frame.len", "four columns"},
    {"tcp | select client server 'kilobytes=bytes / 1000'", "a computed column"},
    {"tcp | select * -flags", "all that is shown but one"},
    {"packets | select frame.number tcp.*", "all fields of TCP"},
};
const trawl_command verb_select = {
    VERB("select", 0, struct words_opts, select_args, select_examples),
    .summary = "choose, order, name and compute columns",
    .text = "name=EXPR computes a column in the language of 'where': name=ip.src renames, "
            "'rate=bytes / duration' computes bytes a second. Whole numbers divide to whole "
            "numbers; write 1.0 * bytes / packets for a fraction. * is all columns that the table "
            "shows.",
    .schema = select_schema,
    .run = select_run,
};

static const trawl_arg drop_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct words_opts, words, .name = "columns",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED | TRAWL_ARG_REQUIRED,
              .help = "columns to leave out"),
};
static const trawl_example drop_examples[] = {{"tcp | drop flags rtt", "the others"}};
const trawl_command verb_drop = {
    VERB("drop", 0, struct words_opts, drop_args, drop_examples),
    .summary = "leave columns out",
    .schema = drop_schema,
    .run = drop_run,
};

static const trawl_arg rename_args[] = {
    WORDS(struct words_opts, words, .name = "names", .meta = "OLD=NEW", .help = "old=new"),
};
static const trawl_example rename_examples[] = {
    {"tcp | rename client=from server=to", "two columns under other names"},
};
const trawl_command verb_rename = {
    VERB("rename", 0, struct words_opts, rename_args, rename_examples),
    .summary = "give columns other names",
    .schema = rename_schema,
    .run = rename_run,
};
