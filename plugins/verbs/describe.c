/* describe: what pandas' describe says of a table. Must not know the other verbs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "verbs.h"

struct describe_opts {
    trawl_words columns;
};

static int is_number(trawl_type type)
{
    return (type >= TRAWL_U8 && type <= TRAWL_F64) || type == TRAWL_TIME || type == TRAWL_SPAN;
}

/** The columns described, and whether they are numbers: never both kinds at once. */
struct plan {
    size_t *columns;
    size_t n;
    int numbers;
};

static int make_plan(trawl_call *call, const struct describe_opts *o, const trawl_schema *schema,
                     struct plan *p, trawl_error *err)
{
    size_t *all, n, kept = 0;
    int rc;

    p->numbers = 0;
    if (!o->columns.n) {
        rc = verbs_visible(call, schema, &p->columns, &n, err);
        if (rc)
            return rc;
        /* as pandas: the numbers, or all columns when there are none; times only when asked for */
        all = p->columns;
        for (size_t i = 0; i < n; i++) {
            trawl_type type = host->schema_column(schema, all[i])->type;

            if (is_number(type) && type != TRAWL_TIME)
                all[kept++] = all[i];
        }
        p->numbers = kept > 0;
        if (!kept)
            rc = verbs_visible(call, schema, &p->columns, &kept, err);
        p->n = kept;
        return rc;
    }
    p->n = o->columns.n;
    p->columns = verbs_array(call, p->n, sizeof(*p->columns), err);
    if (!p->columns)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < p->n; i++) {
        const char *word = o->columns.items[i];
        int number;

        rc = verbs_column(call, schema, word, strlen(word), &p->columns[i], err);
        if (rc)
            return rc;
        number = is_number(host->schema_column(schema, p->columns[i])->type);
        if (i == 0)
            p->numbers = number;
        else if (number != p->numbers)
            return verbs_fail_word(call, word, strlen(word), "Describe them one after the other.",
                                   err, "'%s' is %s, '%s' is %s", o->columns.items[0],
                                   number ? "text" : "numbers", word, number ? "numbers" : "text");
    }
    return TRAWL_OK;
}

static int describe_columns(const struct plan *p, const trawl_schema *schema, trawl_schema **ret,
                            trawl_error *err)
{
    trawl_column statistic = TRAWL_COLUMN(.name = "statistic", .type = TRAWL_STRING,
                                          .help = "what the row says of the columns");
    trawl_schema *result = host->schema_new(err);
    int rc = result ? host->schema_add(result, &statistic, err) : TRAWL_E_NOMEM;

    for (size_t i = 0; !rc && i < p->n; i++) {
        trawl_column column = verbs_shown(host->schema_column(schema, p->columns[i]));

        /* a count has no unit: those of the others are left to the help of their columns; and
         * what is said of times is a number, times and a span, so it is text */
        column.unit = column.type == TRAWL_SPAN ? "s" : NULL;
        column.flags = TRAWL_COLUMN_MIXED;
        if (!p->numbers || column.type == TRAWL_TIME) {
            column.type = TRAWL_STRING;
            column.flags = 0;
        } else {
            column.type = TRAWL_F64;
        }
        rc = verbs_add_column(result, &column, err);
    }
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

static int describe_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                           trawl_schema **ret, trawl_error *err)
{
    const trawl_schema *schema;
    trawl_schema *owned;
    struct plan p;
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = make_plan(call, opts, schema, &p, err);
    if (!rc)
        rc = describe_columns(&p, schema, ret, err);
    host->schema_free(owned);
    return rc;
}

/* ---- numbers ---- */

static const char *const number_rows[] = {"count", "mean", "std", "min",
                                          "25%",   "50%",  "75%", "max"};
enum { COUNT = 0, STD = 2, N_NUMBERS = 8 };

/** Item i as a number; times and spans in seconds. */
static long double number_at(const trawl_view *v, uint64_t i)
{
    switch (v->type) {
    case TRAWL_F64:
        return (long double)((const double *)v->data)[i];
    case TRAWL_I64:
        return (long double)((const int64_t *)v->data)[i];
    case TRAWL_TIME:
    case TRAWL_SPAN:
        return (long double)((const int64_t *)v->data)[i] / 1e9L;
    default:
        return (long double)trawl_view_u64(v, i);
    }
}

static int item_exists(const trawl_view *v, uint64_t i)
{
    if (!v->offsets && !trawl_view_has(v, i))
        return 0;
    return v->type != TRAWL_F64 || !isnan(((const double *)v->data)[i]);
}

/** Mean and squared deviations in two passes over the items. */
static int describe_numbers(trawl_call *call, trawl_table *table, size_t i_column,
                            double ret[N_NUMBERS], trawl_error *err)
{
    static const double quarters[] = {0, 0.25, 0.5, 0.75, 1};
    trawl_view v = {.size = sizeof(v)};
    double quantiles[5];
    long double sum = 0, squares = 0, mean;
    uint64_t n = 0, n_items;
    int rc = host->view(call, table, i_column, &v, err);

    if (!rc)
        rc = host->quantiles(call, table, i_column, quarters, 5, quantiles, err);
    if (rc)
        return rc;
    n_items = v.offsets ? v.offsets[v.n_rows] : v.n_rows;
    for (uint64_t i = 0; i < n_items; i++) {
        if (item_exists(&v, i)) {
            sum += number_at(&v, i);
            n++;
        }
        if (i % 65536 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
    }
    mean = n ? sum / (long double)n : NAN;
    for (uint64_t i = 0; i < n_items; i++)
        if (item_exists(&v, i)) {
            long double d = number_at(&v, i) - mean;

            squares += d * d;
        }
    ret[0] = (double)n;
    ret[1] = (double)mean;
    ret[2] = n > 1 ? (double)sqrtl(squares / (long double)(n - 1)) : NAN;
    for (int i = 0; i < 5; i++)
        ret[3 + i] = v.type == TRAWL_TIME || v.type == TRAWL_SPAN ? quantiles[i] / 1e9
                                                                  : quantiles[i];
    return TRAWL_OK;
}

static void put_count(trawl_builder *b, uint64_t n)
{
    char text[24];
    size_t at = sizeof(text);

    do
        text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    host->put_value(b, text + at, sizeof(text) - at);
}

/** Texts of the rows but the first, from seconds since 1970: of times, and of std as a span. */
static int time_texts(trawl_call *call, const double values[N_NUMBERS], const char *ret[N_NUMBERS],
                      trawl_error *err)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.name = "time", .type = TRAWL_TIME),
        TRAWL_COLUMN(.name = "std", .type = TRAWL_SPAN),
    };
    trawl_builder *b = verbs_builder(columns, TRAWL_COUNT(columns), err);
    trawl_table *table = NULL;
    int rc;

    if (!b)
        return TRAWL_E_NOMEM;
    for (int row = 0; row < N_NUMBERS; row++) { /* a double holds such times to the microsecond */
        int64_t us = isnan(values[row]) ? 0 : llround(values[row] * 1e6), ns;

        if (__builtin_mul_overflow(us, 1000, &ns)) /* rounded beyond the last time */
            ns = us < 0 ? INT64_MIN + 1 : INT64_MAX;
        host->put_i64(b, ns);
        host->put_i64(b, ns);
        host->end_row(b);
    }
    rc = host->finish(b, &table, err);
    for (uint64_t row = 1; !rc && row < N_NUMBERS; row++) {
        const char *text = host->item_text(call, table, row == STD, row, err);
        char *copy = text ? verbs_array(call, strlen(text) + 3, 1, err) : NULL;

        if (copy)
            (void)snprintf(copy, strlen(text) + 3, "%s%s", text, row == STD ? " s" : "");
        ret[row] = copy;
        rc = copy ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    host->release(table);
    return rc;
}

static int write_numbers(trawl_call *call, trawl_table *table, const struct plan *p,
                         trawl_builder *b, trawl_error *err)
{
    double(*values)[N_NUMBERS] = verbs_array(call, p->n, sizeof(*values), err);
    const char *(*texts)[N_NUMBERS] = verbs_array(call, p->n, sizeof(*texts), err);
    int rc = values && texts ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; !rc && i < p->n; i++) {
        const trawl_column *column = host->schema_column(host->schema_of(table), p->columns[i]);

        rc = describe_numbers(call, table, p->columns[i], values[i], err);
        texts[i][COUNT] = NULL;
        if (!rc && column->type == TRAWL_TIME) {
            texts[i][COUNT] = "";
            rc = time_texts(call, values[i], texts[i], err);
        }
    }
    for (int row = 0; !rc && row < N_NUMBERS; row++) {
        host->put_text(b, number_rows[row]);
        for (size_t i = 0; i < p->n; i++) {
            if (isnan(values[i][row]))
                host->put_null(b);
            else if (texts[i][COUNT] && row == COUNT)
                put_count(b, (uint64_t)values[i][row]);
            else if (texts[i][COUNT])
                host->put_text(b, texts[i][row]);
            else
                host->put_f64(b, values[i][row]);
        }
        host->end_row(b);
    }
    return rc;
}

/* ---- everything else ---- */

static int write_texts(trawl_call *call, trawl_table *table, const struct plan *p, trawl_builder *b,
                       trawl_error *err)
{
    static const char *const rows[] = {"count", "unique", "top", "freq"};
    trawl_counts *counts = verbs_array(call, p->n, sizeof(*counts), err);
    const char **tops = verbs_array(call, p->n, sizeof(*tops), err);
    int rc = counts && tops ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; !rc && i < p->n; i++) {
        rc = host->count_values(call, table, p->columns[i], &counts[i], err);
        if (!rc && counts[i].n) {
            tops[i] = host->item_text(call, table, p->columns[i], counts[i].first[0], err);
            rc = tops[i] ? TRAWL_OK : TRAWL_E_NOMEM;
        }
    }
    for (int row = 0; !rc && row < 4; row++) {
        host->put_text(b, rows[row]);
        for (size_t i = 0; i < p->n; i++) {
            uint64_t total = 0;

            for (uint64_t k = 0; row == 0 && k < counts[i].n; k++)
                total += counts[i].counts[k];
            if (row == 0)
                put_count(b, total);
            else if (row == 1)
                put_count(b, counts[i].n);
            else if (!counts[i].n)
                host->put_null(b);
            else if (row == 2)
                host->put_text(b, tops[i]);
            else
                put_count(b, counts[i].counts[0]);
        }
        host->end_row(b);
    }
    return rc;
}

static int describe_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                        trawl_error *err)
{
    trawl_table *table = NULL;
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    struct plan p;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = make_plan(call, opts, host->schema_of(table), &p, err);
    if (!rc)
        rc = describe_columns(&p, host->schema_of(table), &schema, err);
    if (!rc) {
        b = host->builder_new(schema, err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (!rc)
        rc = p.numbers ? write_numbers(call, table, &p, b, err)
                       : write_texts(call, table, &p, b, err);
    host->schema_free(schema);
    host->release(table);
    if (!rc)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

static const trawl_arg describe_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct describe_opts, columns, .name = "columns",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "columns to describe; none: all numbers that are shown"),
};
static const trawl_example describe_examples[] = {
    {"packets | describe frame.len", "count, mean, spread and quartiles of the lengths"},
    {"tcp | describe", "the same of every number of the table"},
    {"tcp | describe state", "how many values there are, and the most frequent one"},
};
const trawl_command verb_describe = {
    VERB("describe", 0, struct describe_opts, describe_args, describe_examples),
    .summary = "summary statistics of columns",
    .text =
        "As pandas' describe: count, mean, std (of the sample, n-1), min, 25%, 50%, 75% (linear "
        "interpolation) and max of numbers; count, unique, top and freq of anything else. Rows "
        "without a value do not count. Time spans are in seconds; what is said of times is text, "
        "with "
        "std as a span in seconds.",
    .schema = describe_schema,
    .run = describe_run,
};
