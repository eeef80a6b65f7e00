/* Fuzz target: the filter language, compiled and evaluated over a small table of every type. */
#include "core/base/error.h"
#include "tests/unit/expr_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds where it does not: "not (…)" is the complement, whatever way either is evaluated. */
static void check_not(const uint8_t *data, size_t size, tw_table *table, const struct tw_bits *bits)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_bits *others = NULL;
    char text[2100] = "not (";
    tw_expr *x = NULL;

    memcpy(text + 5, data, size);
    text[size + 5] = ')';
    if (tw_expr_compile(text, size + 6, table->schema, &expr_names, &x, &err) != TRAWL_OK)
        return; /* nested too deep by now */
    if (tw_expr_bits(x, table, &others, &err) != TRAWL_OK)
        __builtin_trap();
    for (uint64_t i = 0; i < bits->n; i++)
        if (tw_bits_get(bits, i) == tw_bits_get(others, i))
            __builtin_trap();
    tw_bits_release(others);
    tw_expr_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tw_table *table;
    tw_error err = TW_ERROR_INIT;
    struct tw_column *column = NULL;
    struct tw_bits *bits = NULL;
    tw_expr *x = NULL;

    if (size > 2000)
        return 0;
    if (!table) {
        tw_pool_set_threads(1);
        table = expr_table();
    }
    if (tw_expr_compile((const char *)data, size, table->schema, &expr_names, &x, &err) !=
        TRAWL_OK) {
        /* The caret must point into what was typed, or just behind it. */
        if (!err.message[0] || (err.has_span && (err.span_start > size || err.span_len == 0)))
            __builtin_trap();
        return 0;
    }
    tw_error_clear(&err);
    if (tw_expr_column(x, table, &column, &err) == TRAWL_OK &&
        (column->n_rows != table->n_rows || column->is_list != tw_expr_is_list(x) ||
         column->type != tw_expr_type(x)))
        __builtin_trap();
    tw_column_release(column);
    tw_error_clear(&err);
    if (tw_expr_bits(x, table, &bits, &err) == TRAWL_OK)
        check_not(data, size, table, bits);
    tw_bits_release(bits);
    tw_expr_free(x);
    return 0;
}
