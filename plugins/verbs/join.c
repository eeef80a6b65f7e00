/* join: rows of two tables that agree in some columns, side by side. Must not know the other verbs.
 */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

struct join_opts {
    const char *table;
    trawl_words words;
    uint8_t left, outer;
};

struct plan {
    size_t *left_keys, *right_keys;
    size_t n_keys;
    size_t *left, *right; /* the columns that take part: those shown, and the keys */
    size_t n_left, n_right;
};

static int same_kind(trawl_type a, trawl_type b)
{
    int whole_a = a <= TRAWL_I64, whole_b = b <= TRAWL_I64;

    return a == b || (whole_a && whole_b);
}

static int add_key(trawl_call *call, struct plan *p, const trawl_schema *left,
                   const trawl_schema *right, const char *word, trawl_error *err)
{
    const char *equals = strchr(word, '=');
    const char *second = equals ? equals + 1 : word;
    size_t *l = &p->left_keys[p->n_keys], *r = &p->right_keys[p->n_keys];
    const trawl_column *a, *b;
    int rc = verbs_column(call, left, word, equals ? (size_t)(equals - word) : strlen(word), l,
                          err);

    if (!rc)
        rc = verbs_column(call, right, second, strlen(second), r, err);
    if (rc)
        return rc;
    a = host->schema_column(left, *l);
    b = host->schema_column(right, *r);
    if ((a->flags | b->flags) & TRAWL_COLUMN_LIST)
        return verbs_fail_word(call, word, strlen(word), NULL, err,
                               "column '%s' may have several values in a row",
                               a->flags & TRAWL_COLUMN_LIST ? a->name : b->name);
    if (!same_kind(a->type, b->type))
        return verbs_fail_word(call, word, strlen(word), NULL, err,
                               "'%s' and '%s' are of different types", a->name, b->name);
    p->n_keys++;
    return TRAWL_OK;
}

/** Columns shown and keys; i_keys become their places among these. */
static int choose(trawl_call *call, const trawl_schema *schema, size_t *keys, size_t n_keys,
                  size_t **ret, size_t *ret_n, trawl_error *err)
{
    size_t n = host->schema_n(schema), n_chosen = 0;
    size_t *chosen = verbs_array(call, n, sizeof(*chosen), err);

    if (!chosen)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < n_keys && keys[k] != i)
            k++;
        if (k < n_keys || !(host->schema_column(schema, i)->flags & TRAWL_COLUMN_HIDDEN))
            chosen[n_chosen++] = i;
    }
    for (size_t k = 0; k < n_keys; k++)
        for (size_t i = 0; i < n_chosen; i++)
            if (chosen[i] == keys[k]) {
                keys[k] = i;
                break;
            }
    *ret = chosen;
    *ret_n = n_chosen;
    return TRAWL_OK;
}

static int make_plan(trawl_call *call, const struct join_opts *o, const trawl_schema *left,
                     const trawl_schema *right, struct plan *p, trawl_error *err)
{
    size_t from = o->words.n && strcmp(o->words.items[0], "on") == 0;
    int rc = TRAWL_OK;

    if (o->words.n == from) {
        (void)host->fail(err, TRAWL_E_USAGE, "no column to join on");
        host->hint(err, "Write: join TABLE on COL, or on LEFT=RIGHT.");
        return TRAWL_E_USAGE;
    }
    p->left_keys = verbs_array(call, o->words.n, sizeof(size_t), err);
    p->right_keys = verbs_array(call, o->words.n, sizeof(size_t), err);
    if (!p->left_keys || !p->right_keys)
        return TRAWL_E_NOMEM;
    for (size_t i = from; !rc && i < o->words.n; i++)
        rc = add_key(call, p, left, right, o->words.items[i], err);
    if (!rc)
        rc = choose(call, left, p->left_keys, p->n_keys, &p->left, &p->n_left, err);
    if (!rc)
        rc = choose(call, right, p->right_keys, p->n_keys, &p->right, &p->n_right, err);
    return rc;
}

static int is_key(const struct plan *p, size_t i_right)
{
    for (size_t k = 0; k < p->n_keys; k++)
        if (p->right_keys[k] == i_right)
            return 1;
    return 0;
}

/** The table's columns: those of a capture's table, a variable, or the packets of a capture. */
static int right_schema(trawl_call *call, const char *name, trawl_schema **ret, trawl_error *err)
{
    if (host->columns_of(call, name, ret, NULL) == TRAWL_OK)
        return TRAWL_OK;
    for (size_t i = 0; i < host->n_captures(call); i++)
        if (strcmp(host->capture_name(call, i), name) == 0)
            return host->columns_of(call, "packets", ret, err);
    return host->columns_of(call, name, ret, err);
}

static int right_table(trawl_call *call, const char *name, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = NULL;
    trawl_capture *capture;
    int rc;

    if (host->columns_of(call, name, &schema, NULL) == TRAWL_OK) {
        host->schema_free(schema);
        return host->table(call, NULL, name, ret, err);
    }
    rc = host->capture(call, name, &capture, err);
    return rc ? rc : host->table(call, capture, "packets", ret, err);
}

static int join_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    const struct join_opts *o = opts;
    const trawl_schema *left;
    trawl_schema *owned, *right = NULL, *result = NULL;
    struct plan p = {0};
    int rc = verbs_input_schema(call, in, &left, &owned, err);

    if (!rc)
        rc = right_schema(call, o->table, &right, err);
    if (!rc)
        rc = make_plan(call, o, left, right, &p, err);
    if (!rc) {
        result = host->schema_new(err);
        rc = result ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (size_t i = 0; !rc && i < p.n_left; i++) {
        trawl_column column = *host->schema_column(left, p.left[i]);

        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = host->schema_add(result, &column, err);
    }
    for (size_t i = 0; !rc && i < p.n_right; i++) {
        trawl_column column = *host->schema_column(right, p.right[i]);
        char name[192];

        if (is_key(&p, i))
            continue;
        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        if (host->schema_find(result, column.name) >= 0) {
            (void)snprintf(name, sizeof(name), "%s_right", column.name);
            column.name = name;
        }
        rc = host->schema_add(result, &column, err);
    }
    host->schema_free(owned);
    host->schema_free(right);
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

static int project(trawl_call *call, trawl_table *table, const size_t *columns, size_t n,
                   trawl_table **ret, trawl_error *err)
{
    const char **names = verbs_array(call, n, sizeof(*names), err);

    return names ? host->project(call, table, columns, names, n, ret, err) : TRAWL_E_NOMEM;
}

static int join_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct join_opts *o = opts;
    trawl_table *left = NULL, *right = NULL, *a = NULL, *b = NULL;
    struct plan p = {0};
    int rc = verbs_input(call, in, &left, err);

    if (!rc)
        rc = right_table(call, o->table, &right, err);
    if (!rc)
        rc = make_plan(call, o, host->schema_of(left), host->schema_of(right), &p, err);
    if (!rc)
        rc = project(call, left, p.left, p.n_left, &a, err);
    if (!rc)
        rc = project(call, right, p.right, p.n_right, &b, err);
    if (!rc)
        rc = host->join(call, a, p.left_keys, b, p.right_keys, p.n_keys,
                        o->outer  ? "outer"
                        : o->left ? "left"
                                  : "inner",
                        ret, err);
    host->release(left);
    host->release(right);
    host->release(a);
    host->release(b);
    return rc;
}

static const trawl_arg join_args[] = {
    TRAWL_OPT(TRAWL_ARG_TABLE, struct join_opts, table, .name = "table",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "a table of the current capture, a capture, or a $variable"),
    WORDS(struct join_opts, words, .name = "columns", .meta = "on COL[=COL]",
          .help = "columns that must agree; LEFT=RIGHT when their names differ"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct join_opts, left, .name = "left",
              .help = "keep rows of the left table that have no partner"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct join_opts, outer, .name = "outer",
              .help = "keep rows of both tables that have no partner"),
};
static const trawl_example join_examples[] = {
    {"packets | where tcp.flags.syn == 1 | join tcp on tcp.stream=stream",
     "packets that open a connection, with what became of it"},
};
const trawl_command verb_join = {
    VERB("join", 0, struct join_opts, join_args, join_examples),
    .summary = "put rows of another table beside those that agree",
    .text = "Rows come in the order of the left table. Without an option only rows with a partner "
            "are kept. A column that both tables have is called NAME_right when it comes from the "
            "right one; columns that a table does not show by itself take no part, unless they are "
            "joined on.",
    .schema = join_schema,
    .run = join_run,
};
