/* Input, columns, names and cells for all verbs. Must not know single verbs. */
#include "verbs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const trawl_host *host;

int verbs_input(trawl_call *call, trawl_table *in, trawl_table **ret, trawl_error *err)
{
    if (!in)
        return host->table(call, NULL, "packets", ret, err);
    *ret = host->retain(in);
    return TRAWL_OK;
}

int verbs_input_schema(trawl_call *call, const trawl_schema *in, const trawl_schema **ret,
                       trawl_schema **ret_owned, trawl_error *err)
{
    int rc = TRAWL_OK;

    *ret_owned = NULL;
    if (!in) {
        rc = host->columns_of(call, "packets", ret_owned, err);
        in = *ret_owned;
    }
    *ret = in;
    return rc;
}

int verbs_fail_word(trawl_call *call, const char *word, size_t n, const char *hint,
                    trawl_error *err, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)host->fail(err, TRAWL_E_USAGE, "%s", text);
    if (hint)
        host->hint(err, "%s", hint);
    host->place(call, word, n, err);
    return TRAWL_E_USAGE;
}

char *verbs_copy(trawl_call *call, const char *word, size_t n, trawl_error *err)
{
    char *copy = verbs_array(call, n + 1, 1, err);

    if (copy)
        memcpy(copy, word, n);
    return copy;
}

struct verbs_piece verbs_piece(const char *at, size_t n)
{
    while (n && strchr(" \t", at[n - 1]))
        n--;
    while (n && strchr(" \t", *at)) {
        at++;
        n--;
    }
    return (struct verbs_piece){at, n};
}

int verbs_pieces(trawl_call *call, const trawl_schema *schema, const trawl_words *words,
                 struct verbs_piece **ret, size_t *ret_n, trawl_error *err)
{
    size_t n = words->n;

    for (size_t i = 0; i < words->n; i++)
        for (const char *p = words->items[i]; *p; p++)
            n += *p == ',';
    *ret = verbs_array(call, n, sizeof(**ret), err);
    *ret_n = 0;
    for (size_t i = 0; *ret && i < words->n; i++) {
        const char *from = words->items[i];
        int depth = 0, whole = 0;

        if (!*from || host->schema_find(schema, from) >= 0) {
            (*ret)[(*ret_n)++] = (struct verbs_piece){from, strlen(from)};
            continue;
        }
        for (const char *p = from; from; p++) {
            depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
            whole |= *p == '=';
            if (*p && (*p != ',' || depth > 0 || whole))
                continue;
            if (p > from)
                (*ret)[(*ret_n)++] = verbs_piece(from, (size_t)(p - from));
            from = *p ? p + 1 : NULL;
        }
    }
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

void *verbs_array(trawl_call *call, size_t n, size_t size, trawl_error *err)
{
    void *p = n < SIZE_MAX / size - 1 ? host->call_alloc(call, n * size + 1) : NULL;

    if (!p)
        (void)host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return p;
}

int verbs_column(trawl_call *call, const trawl_schema *schema, const char *word, size_t n,
                 size_t *ret, trawl_error *err)
{
    char *name = verbs_copy(call, word, n, err);
    int64_t found;

    if (!name)
        return TRAWL_E_NOMEM;
    found = host->schema_find(schema, name);
    if (found < 0) {
        (void)host->schema_fail_column(schema, name, err);
        host->place(call, word, n, err);
        return TRAWL_E_USAGE;
    }
    *ret = (size_t)found;
    return TRAWL_OK;
}

trawl_column verbs_shown(const trawl_column *column)
{
    trawl_column shown = *column;

    shown.flags &= ~(uint32_t)(TRAWL_COLUMN_HIDDEN | TRAWL_COLUMN_LIST | TRAWL_COLUMN_HEADING);
    return shown;
}

int verbs_add_column(trawl_schema *schema, const trawl_column *column, trawl_error *err)
{
    if (host->schema_find(schema, column->name) >= 0)
        return host->fail(err, TRAWL_E_USAGE, "two columns are called '%s'", column->name);
    return host->schema_add(schema, column, err);
}

trawl_builder *verbs_builder(const trawl_column *columns, size_t n, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *builder = NULL;
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; !rc && i < n; i++)
        rc = host->schema_add(schema, &columns[i], err);
    if (!rc)
        builder = host->builder_new(schema, err);
    host->schema_free(schema);
    return builder;
}

const char *verbs_free_name(trawl_call *call, const trawl_schema *schema, const char *base,
                            trawl_error *err)
{
    size_t n = strlen(base) + 24;
    char *name = verbs_array(call, n, 1, err);

    if (!name)
        return NULL;
    (void)snprintf(name, n, "%s", base);
    for (unsigned i = 2; host->schema_find(schema, name) >= 0; i++)
        (void)snprintf(name, n, "%s_%u", base, i);
    return name;
}

void verbs_put(trawl_builder *builder, const trawl_view *view, uint64_t i)
{
    switch (view->type) {
    case TRAWL_IP:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        host->put_code(builder, (uint32_t)trawl_view_u64(view, i));
        break;
    case TRAWL_F64:
        host->put_f64(builder, ((const double *)view->data)[i]);
        break;
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        host->put_i64(builder, ((const int64_t *)view->data)[i]);
        break;
    default:
        host->put_u64(builder, trawl_view_u64(view, i));
        break;
    }
}

int verbs_show_all(trawl_call *call, trawl_table **table, trawl_error *err)
{
    size_t n = host->schema_n(host->schema_of(*table));
    size_t *all = verbs_array(call, n, sizeof(*all), err);
    const char **names = verbs_array(call, n, sizeof(*names), err);
    trawl_table *shown = NULL;
    int rc = TRAWL_E_NOMEM;

    for (size_t i = 0; all && i < n; i++)
        all[i] = i;
    if (all && names)
        rc = host->project(call, *table, all, names, n, &shown, err);
    host->release(*table);
    *table = shown;
    return rc;
}

int verbs_visible(trawl_call *call, const trawl_schema *schema, size_t **ret, size_t *ret_n,
                  trawl_error *err)
{
    size_t n = host->schema_n(schema), n_found = 0;
    size_t *found = verbs_array(call, n, sizeof(*found), err);

    if (!found)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (!(host->schema_column(schema, i)->flags & TRAWL_COLUMN_HIDDEN))
            found[n_found++] = i;
    *ret = found;
    *ret_n = n_found;
    return TRAWL_OK;
}

/* ---- lists ---- */

struct explosion {
    trawl_table *table;
    size_t n_lists;
    size_t *i_lists; /* columns */
    trawl_view *views;
    uint64_t *at; /* item of each list in the row at hand */
    uint32_t *rows;
    uint64_t n_rows;
};

static uint64_t n_combinations(const struct explosion *x, uint64_t row)
{
    uint64_t n = 1;

    for (size_t k = 0; k < x->n_lists; k++) {
        const uint64_t *o = x->views[k].offsets;
        uint64_t items = o[row + 1] - o[row];

        if (items > 1 && __builtin_mul_overflow(n, items, &n))
            return UINT64_MAX;
    }
    return n;
}

static int count_rows(struct explosion *x, trawl_call *call, trawl_error *err)
{
    uint64_t n = host->n_rows(x->table);

    x->n_rows = 0;
    for (uint64_t row = 0; row < n; row++) {
        if (__builtin_add_overflow(x->n_rows, n_combinations(x, row), &x->n_rows) ||
            x->n_rows >= UINT32_MAX)
            return host->fail(err, TRAWL_E_UNSUPPORTED, "the lists have too many combinations");
        if (row % 65536 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
    }
    x->rows = host->alloc((size_t)(x->n_rows + 1) * sizeof(*x->rows));
    return x->rows ? TRAWL_OK : host->fail(err, TRAWL_E_NOMEM, "out of memory");
}

/** All combinations of a row's items, the last list turning fastest. */
static void put_row(struct explosion *x, trawl_builder *builder, uint64_t row, uint64_t *at_row)
{
    uint64_t n = n_combinations(x, row);

    for (size_t k = 0; k < x->n_lists; k++)
        x->at[k] = x->views[k].offsets[row];
    for (uint64_t i = 0; i < n; i++) {
        for (size_t k = 0; k < x->n_lists; k++) {
            if (trawl_view_has(&x->views[k], row))
                verbs_put(builder, &x->views[k], x->at[k]);
            else
                host->put_null(builder);
        }
        host->end_row(builder);
        x->rows[(*at_row)++] = (uint32_t)row;
        for (size_t k = x->n_lists; k-- > 0;) {
            const uint64_t *o = x->views[k].offsets;

            if (x->at[k] + 1 < o[row + 1]) {
                x->at[k]++;
                break;
            }
            x->at[k] = o[row];
        }
    }
}

static int build_items(struct explosion *x, trawl_call *call, trawl_table **ret, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(x->table);
    trawl_schema *items = host->schema_new(err);
    trawl_builder *builder = NULL;
    uint64_t at = 0, n = host->n_rows(x->table);
    int rc = items ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t k = 0; !rc && k < x->n_lists; k++) {
        trawl_column column = verbs_shown(host->schema_column(schema, x->i_lists[k]));

        rc = host->schema_add(items, &column, err);
    }
    if (!rc) {
        builder = host->builder_new(items, err);
        rc = builder ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (size_t k = 0; !rc && k < x->n_lists; k++)
        if (x->views[k].addresses || x->views[k].text_offsets)
            rc = host->builder_share(builder, k, x->table, x->i_lists[k], err);
    for (uint64_t row = 0; !rc && row < n; row++) {
        if (row % 4096 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        else
            put_row(x, builder, row, &at);
    }
    if (!rc)
        rc = host->finish(builder, ret, err);
    else
        host->builder_free(builder);
    host->schema_free(items);
    return rc;
}

/** The exploded columns beside the others of their rows. */
static int join_items(struct explosion *x, trawl_call *call, trawl_table *items, trawl_table **ret,
                      trawl_error *err)
{
    size_t n = host->schema_n(host->schema_of(x->table)), n_rest = 0;
    size_t *rest = verbs_array(call, n, sizeof(*rest), err);
    const char **names = verbs_array(call, n, sizeof(*names), err);
    trawl_table *others = NULL, *rows = NULL;
    int rc;

    if (!rest || !names)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < x->n_lists && x->i_lists[k] != i)
            k++;
        if (k == x->n_lists)
            rest[n_rest++] = i;
    }
    if (!n_rest) {
        *ret = host->retain(items);
        return TRAWL_OK;
    }
    rc = host->project(call, x->table, rest, names, n_rest, &others, err);
    if (!rc)
        rc = host->gather(call, others, x->rows, x->n_rows, &rows, err);
    if (!rc)
        rc = host->paste(call, rows, items, ret, err);
    host->release(others);
    host->release(rows);
    return rc;
}

int verbs_explode(trawl_call *call, trawl_table *table, size_t *i_keys, size_t n_keys,
                  trawl_table **ret, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    struct explosion x = {.table = table};
    trawl_table *items = NULL;
    int rc = TRAWL_OK;

    x.i_lists = verbs_array(call, n_keys, sizeof(*x.i_lists), err);
    x.views = verbs_array(call, n_keys, sizeof(*x.views), err);
    x.at = verbs_array(call, n_keys, sizeof(*x.at), err);
    if (!x.i_lists || !x.views || !x.at)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; !rc && i < n_keys; i++) {
        trawl_view *view = &x.views[x.n_lists];

        if (!(host->schema_column(schema, i_keys[i])->flags & TRAWL_COLUMN_LIST))
            continue;
        view->size = sizeof(*view);
        rc = host->view(call, table, i_keys[i], view, err);
        x.i_lists[x.n_lists++] = i_keys[i];
    }
    if (!rc && !x.n_lists) {
        *ret = host->retain(table);
        return TRAWL_OK;
    }
    if (!rc)
        rc = count_rows(&x, call, err);
    if (!rc)
        rc = build_items(&x, call, &items, err);
    if (!rc)
        rc = join_items(&x, call, items, ret, err);
    for (size_t i = 0; !rc && i < n_keys; i++)
        i_keys[i] = (size_t)host->schema_find(host->schema_of(*ret),
                                              host->schema_column(schema, i_keys[i])->name);
    host->release(items);
    host->free(x.rows);
    return rc;
}
