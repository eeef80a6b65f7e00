/* Fuzz target: the filter language, compiled and evaluated over a small table of every type. */
#include "core/base/error.h"
#include "tests/unit/expr_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tw_table *table;
    tw_error err = TW_ERROR_INIT;
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
    if (tw_expr_type(x) == TRAWL_BOOL) {
        struct tw_bits *bits = NULL;

        if (tw_expr_bits(x, table, &bits, &err) == TRAWL_OK && bits->n != table->n_rows)
            __builtin_trap();
        tw_bits_release(bits);
    } else {
        struct tw_column *column = NULL;

        if (tw_expr_column(x, table, &column, &err) == TRAWL_OK && column->n_rows != table->n_rows)
            __builtin_trap();
        tw_column_release(column);
    }
    tw_expr_free(x);
    return 0;
}
