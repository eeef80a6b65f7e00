/* Tables: builders, lazy columns, slices, gathered rows, projections. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/task.h"
#include "core/table/table.h"

/* ---- helpers ---- */

static const char *text_of(tw_table *table, size_t i_column, uint64_t row)
{
    static char text[256];
    const struct tw_cell_style style = {TW_TIME_UTC, 6, 0};
    const struct tw_column *column;
    struct tw_buffer out = TW_BUFFER_INIT;

    assert_int_equal(tw_table_column(table, i_column, &column, NULL), TRAWL_OK);
    tw_cell_text(column, table->schema->columns[i_column].flags, row, &style, &out);
    tw_buffer_append(&out, "", 1);
    memcpy(text, out.data, TW_MIN(out.len, sizeof(text)));
    tw_buffer_fini(&out);
    return text;
}

static const trawl_column people_columns[] = {
    TRAWL_COLUMN(.type = TRAWL_STRING, .name = "name"),
    TRAWL_COLUMN(.type = TRAWL_U16, .name = "port"),
    TRAWL_COLUMN(.type = TRAWL_IP, .name = "hosts", .flags = TRAWL_COLUMN_LIST),
    TRAWL_COLUMN(.type = TRAWL_F64, .name = "share", .flags = TRAWL_COLUMN_HIDDEN),
};

static tw_schema *people_schema(void)
{
    tw_schema *schema = tw_schema_new();

    for (size_t i = 0; i < TW_COUNT(people_columns); i++)
        assert_int_equal(tw_schema_add(schema, &people_columns[i], NULL), TRAWL_OK);
    return schema;
}

/* ann 80 [10.0.0.1, ::1] 0.5 | null 443 [] null | bob null [10.0.0.2] 2 */
static tw_table *people(void)
{
    tw_schema *schema = people_schema();
    tw_builder *b = tw_builder_new(schema, NULL, NULL);
    const uint8_t v4[4] = {10, 0, 0, 1}, other[4] = {10, 0, 0, 2};
    const uint8_t v6[16] = {[15] = 1};
    tw_table *table = NULL;

    tw_schema_free(schema);
    tw_builder_value(b, "ann", 3);
    tw_builder_u64(b, 80);
    tw_builder_value(b, v4, 4);
    tw_builder_value(b, v6, 16);
    tw_builder_end_list(b);
    tw_builder_f64(b, 0.5);
    tw_builder_end_row(b);
    tw_builder_null(b);
    tw_builder_u64(b, 443);
    tw_builder_end_list(b);
    tw_builder_null(b);
    tw_builder_end_row(b);
    tw_builder_value(b, "bob", 3);
    tw_builder_null(b);
    tw_builder_value(b, other, 4);
    tw_builder_end_list(b);
    tw_builder_f64(b, 2);
    tw_builder_end_row(b);
    assert_int_equal(tw_builder_finish(b, &table, NULL), TRAWL_OK);
    return table;
}

/* ---- builder ---- */

static void builder_keeps_cells(void **state)
{
    tw_table *table = people();

    (void)state;
    assert_int_equal(table->n_rows, 3);
    assert_string_equal(text_of(table, 0, 0), "ann");
    assert_string_equal(text_of(table, 0, 1), "");
    assert_string_equal(text_of(table, 1, 1), "443");
    assert_string_equal(text_of(table, 1, 2), "");
    assert_string_equal(text_of(table, 2, 0), "10.0.0.1,::1");
    assert_string_equal(text_of(table, 2, 1), "");
    assert_string_equal(text_of(table, 3, 0), "0.5");
    assert_string_equal(text_of(table, 3, 2), "2");
    tw_table_release(table);
}

static void builder_reports_the_first_mistake(void **state)
{
    tw_schema *schema = people_schema();
    tw_builder *b = tw_builder_new(schema, NULL, NULL);
    trawl_error err = TW_ERROR_INIT;
    tw_table *table = NULL;

    (void)state;
    tw_builder_value(b, "ann", 3);
    tw_builder_u64(b, 70000);
    tw_builder_end_row(b);
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message,
                        "column 'port': the value 70000 does not fit a cell of type 'u16'");
    assert_null(table);

    tw_error_clear(&err);
    b = tw_builder_new(schema, NULL, NULL);
    tw_builder_value(b, "ann", 3);
    tw_builder_end_row(b);
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "row 0 has 1 cells for 4 columns");
    tw_schema_free(schema);
}

/* Rows 0 and 2 of three written in place; the column with validity bits has a value in row 2. */
static void builder_gives_rows_at_once(void **state)
{
    const trawl_column columns[] = {TRAWL_COLUMN(.name = "n", .type = TRAWL_U32),
                                    TRAWL_COLUMN(.name = "t", .type = TRAWL_SPAN)};
    tw_schema *schema = tw_schema_new(), *lists = people_schema();
    const bool nulls[] = {false, true, false, false};
    trawl_error err = TW_ERROR_INIT;
    tw_table *table = NULL;
    tw_builder *b;

    (void)state;
    for (size_t i = 0; i < TW_COUNT(columns); i++)
        assert_int_equal(tw_schema_add(schema, &columns[i], NULL), TRAWL_OK);
    b = tw_builder_new(schema, NULL, NULL);
    assert_int_equal(tw_builder_rows(b, 3, nulls, &err), TRAWL_OK);
    TW_CELLS(b->columns[0], uint32_t)[0] = 7;
    TW_CELLS(b->columns[0], uint32_t)[2] = 9;
    TW_CELLS(b->columns[1], int64_t)[2] = 1000000000;
    tw_column_set_valid(b->columns[1], 2);
    /* a second time there are rows already */
    assert_int_equal(tw_builder_rows(b, 3, nulls, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "rows come at once only into an empty table");
    assert_int_equal(tw_builder_finish(b, &table, NULL), TRAWL_OK);
    assert_int_equal(table->n_rows, 3);
    assert_string_equal(text_of(table, 0, 0), "7");
    assert_string_equal(text_of(table, 0, 1), "0");
    assert_string_equal(text_of(table, 0, 2), "9");
    assert_string_equal(text_of(table, 1, 0), "");
    assert_string_equal(text_of(table, 1, 2), "1.000000000");
    tw_table_release(table);

    tw_error_clear(&err);
    b = tw_builder_new(lists, NULL, NULL);
    assert_int_equal(tw_builder_rows(b, 3, nulls, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "rows come at once only without the list 'hosts'");
    tw_builder_free(b);
    tw_schema_free(schema);
    tw_schema_free(lists);
}

/* ---- schema ---- */

/* Rows without a value before, between and behind a row that has some: nulls and empty lists. */
static void builder_takes_empty_rows(void **state)
{
    tw_schema *schema = people_schema();
    tw_builder *b = tw_builder_new(schema, NULL, NULL);
    const uint8_t v4[4] = {10, 0, 0, 1};
    trawl_error err = TW_ERROR_INIT;
    tw_table *table = NULL;

    (void)state;
    tw_schema_free(schema);
    tw_builder_empty_rows(b, 70); /* more than one word of the bitmap of values */
    tw_builder_value(b, "ann", 3);
    tw_builder_u64(b, 80);
    tw_builder_value(b, v4, 4);
    tw_builder_end_list(b);
    tw_builder_f64(b, 0.5);
    tw_builder_end_row(b);
    tw_builder_empty_rows(b, 0);
    tw_builder_empty_rows(b, 2);
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_OK);
    assert_int_equal(table->n_rows, 73);
    for (size_t i = 0; i < TW_COUNT(people_columns); i++) {
        const struct tw_column *column;

        assert_int_equal(tw_table_column(table, i, &column, NULL), TRAWL_OK);
        assert_int_equal(column->n_rows, 73);
        for (uint64_t row = 0; row < 73; row++)
            assert_int_equal(tw_column_has(column, row), row == 70);
    }
    assert_string_equal(text_of(table, 0, 70), "ann");
    assert_string_equal(text_of(table, 1, 70), "80");
    assert_string_equal(text_of(table, 2, 70), "10.0.0.1");
    tw_table_release(table);

    schema = people_schema();
    b = tw_builder_new(schema, NULL, NULL);
    tw_schema_free(schema);
    tw_builder_value(b, "bob", 3);
    tw_builder_empty_rows(b, 1); /* in the middle of a row */
    assert_int_equal(tw_builder_finish(b, &table, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "row 0 was not ended");
    tw_error_clear(&err);
}

static void unknown_column_names_the_nearest(void **state)
{
    tw_schema *schema = people_schema();
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_schema_find(schema, "port", 4), 1);
    assert_int_equal(tw_schema_find(schema, "portx", 4), 1);
    assert_int_equal(tw_schema_find(schema, "por", 3), -1);
    assert_int_equal(tw_schema_fail_column(schema, "prot", 4, &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, "no column 'prot'");
    assert_string_equal(err.hint, "Did you mean 'port'?");
    tw_error_clear(&err);
    assert_int_equal(tw_schema_add(schema, &people_columns[1], &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "there are two columns 'port'");
    tw_schema_free(schema);
}

/* ---- derived tables ---- */

static void gathered_rows_compose(void **state)
{
    tw_table *table = people();
    uint32_t *rows = tw_alloc_array(4, sizeof(*rows));
    tw_table *gathered, *top;

    (void)state;
    rows[0] = 2;
    rows[1] = 0;
    rows[2] = UINT32_MAX;
    rows[3] = 1;
    gathered = tw_table_gather(table, rows, 4, NULL);
    assert_string_equal(text_of(gathered, 0, 0), "bob");
    assert_string_equal(text_of(gathered, 2, 1), "10.0.0.1,::1");
    assert_string_equal(text_of(gathered, 1, 2), "");
    assert_string_equal(text_of(gathered, 2, 2), "");
    assert_string_equal(text_of(gathered, 1, 3), "443");
    top = tw_table_slice(gathered, 1, 2, NULL);
    assert_int_equal(top->n_rows, 2);
    assert_string_equal(text_of(top, 0, 0), "ann");
    assert_string_equal(text_of(top, 0, 1), "");
    tw_table_release(top);
    tw_table_release(gathered);
    tw_table_release(table);
}

static void slices_are_cut_to_the_table(void **state)
{
    tw_table *table = people();
    tw_table *all = tw_table_slice(table, 0, 99, NULL);
    tw_table *last = tw_table_slice(table, 1, 99, NULL);
    tw_table *of_last = tw_table_slice(last, 1, 1, NULL);
    tw_table *none = tw_table_slice(table, 7, 1, NULL);

    (void)state;
    assert_ptr_equal(all, table);
    assert_int_equal(last->n_rows, 2);
    assert_string_equal(text_of(last, 0, 1), "bob");
    assert_string_equal(text_of(last, 1, 0), "443");
    assert_int_equal(of_last->n_rows, 1);
    assert_string_equal(text_of(of_last, 2, 0), "10.0.0.2");
    assert_int_equal(none->n_rows, 0);
    tw_table_release(none);
    tw_table_release(of_last);
    tw_table_release(last);
    tw_table_release(all);
    tw_table_release(table);
}

static void projection_renames_and_shows(void **state)
{
    tw_table *table = people();
    const size_t columns[] = {3, 0};
    const size_t swap[] = {1, 0};
    const char *const names[] = {NULL, "who"};
    tw_table *projected = tw_table_project(table, columns, names, 2, NULL);
    tw_table *swapped = tw_table_project(projected, swap, NULL, 2, NULL);
    tw_table *tail = tw_table_slice(swapped, 2, 1, NULL);

    (void)state;
    assert_string_equal(projected->schema->columns[1].name, "who");
    assert_int_equal(projected->schema->columns[0].flags, 0);
    assert_string_equal(text_of(projected, 0, 0), "0.5");
    assert_string_equal(swapped->schema->columns[0].name, "who");
    assert_string_equal(text_of(tail, 0, 0), "bob");
    assert_string_equal(text_of(tail, 1, 0), "2");
    tw_table_release(tail);
    tw_table_release(swapped);
    tw_table_release(projected);
    tw_table_release(table);
}

/* ---- lazy columns ---- */

struct counter {
    unsigned n_calls, n_prefetches;
    size_t n_prefetched;
};

/* Column 0 is the row number; column 1 is column 0 squared, asked of the same table. */
static int squares(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                   trawl_error *err)
{
    struct counter *counter = context;
    struct tw_column *column = tw_column_new(TRAWL_U64, false, table->n_rows, NULL, err);
    const struct tw_column *numbers = NULL;

    counter->n_calls++;
    assert_int_equal(tw_column_resize(column, table->n_rows, err), TRAWL_OK);
    if (i_column == 1)
        assert_int_equal(tw_table_column(table, 0, &numbers, err), TRAWL_OK);
    for (uint64_t i = 0; i < table->n_rows; i++)
        TW_CELLS(column, uint64_t)
    [i] = numbers ? tw_column_u64(numbers, i) * tw_column_u64(numbers, i) : i;
    *ret = column;
    return TRAWL_OK;
}

static int note_prefetch(void *context, trawl_table *table, const size_t *i_columns, size_t n,
                         trawl_error *err)
{
    struct counter *counter = context;

    (void)table;
    (void)i_columns;
    (void)err;
    counter->n_prefetches++;
    counter->n_prefetched = n;
    return TRAWL_OK;
}

static tw_table *lazy(struct counter *counter, uint64_t n_rows)
{
    tw_schema *schema = tw_schema_new();
    const trawl_column columns[] = {TRAWL_COLUMN(.type = TRAWL_U64, .name = "n"),
                                    TRAWL_COLUMN(.type = TRAWL_U64, .name = "n2")};

    assert_int_equal(tw_schema_add(schema, &columns[0], NULL), TRAWL_OK);
    assert_int_equal(tw_schema_add(schema, &columns[1], NULL), TRAWL_OK);
    return tw_table_new_lazy(schema, n_rows, squares, note_prefetch, counter, NULL, NULL);
}

static void columns_are_computed_once(void **state)
{
    struct counter counter = {0, 0, 0};
    tw_table *table = lazy(&counter, 100);

    (void)state;
    assert_int_equal(counter.n_calls, 0);
    assert_string_equal(text_of(table, 1, 9), "81");
    assert_int_equal(counter.n_calls, 2);
    assert_string_equal(text_of(table, 0, 9), "9");
    assert_string_equal(text_of(table, 1, 10), "100");
    assert_int_equal(counter.n_calls, 2);
    tw_table_release(table);
}

static void prefetch_reaches_the_base(void **state)
{
    struct counter counter = {0, 0, 0};
    tw_table *table = lazy(&counter, 100);
    const size_t swap[] = {1, 0}, both[] = {0, 1};
    uint32_t *rows = tw_alloc_array(2, sizeof(*rows));
    tw_table *projected = tw_table_project(table, swap, NULL, 2, NULL);
    tw_table *gathered;

    (void)state;
    rows[0] = 7;
    rows[1] = 3;
    gathered = tw_table_gather(projected, rows, 2, NULL);
    assert_int_equal(tw_table_prefetch(gathered, both, 2, NULL), TRAWL_OK);
    assert_int_equal(counter.n_prefetches, 1);
    assert_int_equal(counter.n_prefetched, 2);
    assert_int_equal(counter.n_calls, 2);
    assert_string_equal(text_of(gathered, 0, 0), "49");
    assert_string_equal(text_of(gathered, 1, 1), "3");
    tw_table_release(gathered);
    tw_table_release(projected);
    tw_table_release(table);
}

static int ask(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct tw_column *column;

    (void)i_thread;
    return tw_table_column(context, i % 2, &column, err);
}

static void threads_may_ask_for_columns(void **state)
{
    struct counter counter = {0, 0, 0};
    tw_table *table = lazy(&counter, 1000);

    (void)state;
    tw_pool_set_threads(4);
    assert_int_equal(tw_pool_run(64, ask, table, NULL), TRAWL_OK);
    assert_int_equal(counter.n_calls, 2);
    tw_table_release(table);
    tw_pool_fini();
}

static int short_column(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                        trawl_error *err)
{
    (void)context;
    (void)table;
    (void)i_column;
    *ret = tw_column_new(TRAWL_U64, false, 1, NULL, err);
    return TRAWL_OK;
}

static void a_column_of_wrong_length_is_refused(void **state)
{
    tw_schema *schema = tw_schema_new();
    const trawl_column column = TRAWL_COLUMN(.type = TRAWL_U64, .name = "n");
    trawl_error err = TW_ERROR_INIT;
    const struct tw_column *got = NULL;
    tw_table *table;

    (void)state;
    assert_int_equal(tw_schema_add(schema, &column, NULL), TRAWL_OK);
    table = tw_table_new_lazy(schema, 5, short_column, NULL, NULL, NULL, NULL);
    assert_int_equal(tw_table_column(table, 0, &got, &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "column 'n' has 0 rows, its table has 5");
    assert_null(got);
    tw_table_release(table);
}

/* Work beside commands goes on after Ctrl-C, and ends for want of memory. */
static void a_column_that_was_cancelled_says_so(void **state)
{
    uint32_t *rows = tw_alloc_array(1, sizeof(*rows));
    tw_table *table = people(), *gathered;
    const struct tw_column *got = NULL;
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    rows[0] = 1;
    gathered = tw_table_gather(table, rows, 1, NULL);
    tw_cancel_flag = true;
    assert_int_equal(tw_table_column(gathered, 0, &got, &err), TRAWL_E_CANCELLED);
    tw_cancel_flag = false;
    assert_int_equal(err.code, TRAWL_E_CANCELLED);
    assert_null(got);
    tw_table_release(gathered);
    tw_table_release(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builder_keeps_cells),
        cmocka_unit_test(builder_reports_the_first_mistake),
        cmocka_unit_test(builder_gives_rows_at_once),
        cmocka_unit_test(builder_takes_empty_rows),
        cmocka_unit_test(unknown_column_names_the_nearest),
        cmocka_unit_test(gathered_rows_compose),
        cmocka_unit_test(slices_are_cut_to_the_table),
        cmocka_unit_test(projection_renames_and_shows),
        cmocka_unit_test(columns_are_computed_once),
        cmocka_unit_test(prefetch_reaches_the_base),
        cmocka_unit_test(threads_may_ask_for_columns),
        cmocka_unit_test(a_column_of_wrong_length_is_refused),
        cmocka_unit_test(a_column_that_was_cancelled_says_so),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
