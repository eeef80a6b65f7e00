/* Every allocation of tables and kernels fails once: an error comes back, nothing is lost. */
#include <stdio.h>

#include "kernel.h"

static int build(tw_table **ret, trawl_error *err)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "s", .help = "a string"),
        TRAWL_COLUMN(.type = TRAWL_U64, .name = "n"),
        TRAWL_COLUMN(.type = TRAWL_IP, .name = "hosts", .flags = TRAWL_COLUMN_LIST),
        TRAWL_COLUMN(.type = TRAWL_F64, .name = "x"),
    };
    tw_schema *schema = tw_schema_new();
    tw_builder *b;
    uint64_t s = 1;
    int rc = schema ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; i < TW_COUNT(columns) && rc == TRAWL_OK; i++)
        rc = tw_schema_add(schema, &columns[i], err);
    b = rc == TRAWL_OK ? tw_builder_new(schema, NULL, err) : NULL;
    tw_schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < 600; i++) {
        uint64_t v = next_number(&s);

        tw_builder_value(b, &v, v % 3);
        if (v % 5 == 0)
            tw_builder_null(b);
        else
            tw_builder_u64(b, v);
        for (uint64_t j = 0; j < v % 4; j++)
            tw_builder_value(b, &v, 4);
        tw_builder_end_list(b);
        tw_builder_f64(b, (double)(v % 100));
        tw_builder_end_row(b);
    }
    return tw_builder_finish(b, ret, err);
}

static int use_kernels(tw_table *table, trawl_error *err)
{
    const struct tw_sort_key keys[] = {{0, false}, {1, true}, {2, false}};
    const size_t columns[] = {0, 1, 3}, all[] = {0, 1, 2}, by_string = 0, wide[] = {1, 3};
    const enum tw_aggregate kinds[] = {TW_AGG_COUNT, TW_AGG_MAX, TW_AGG_DISTINCT, TW_AGG_P50,
                                       TW_AGG_STDDEV};
    struct tw_groups groups = {NULL, NULL, 0};
    struct tw_value_counts counts = {NULL, NULL, 0, 0};
    struct tw_column *made = NULL;
    const struct tw_column *column = NULL;
    tw_table *sorted = NULL, *projected = NULL, *top = NULL;
    uint32_t *rows = NULL, *left = NULL, *right = NULL;
    uint64_t n = 0;
    double q = 0.5, median;
    int rc = tw_sort_rows(table, keys, 3, 0, &rows, &n, err);

    if (rc != TRAWL_OK)
        return rc;
    sorted = tw_table_gather(table, rows, n, err);
    projected = sorted ? tw_table_project(sorted, columns, NULL, 3, err) : NULL;
    top = projected ? tw_table_slice(projected, 5, 100, err) : NULL;
    rc = top ? tw_table_prefetch(top, all, 3, err) : TRAWL_E_NOMEM;
    if (rc == TRAWL_OK)
        rc = tw_sort_rows(table, keys + 1, 1, 10, &left, &n, err);
    if (rc == TRAWL_OK)
        rc = tw_group_rows(table, &by_string, 1, &groups, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(table, 1, &column, err);
    for (size_t i = 0; i < TW_COUNT(kinds) && rc == TRAWL_OK; i++) {
        rc = tw_aggregate_column(&groups, table->n_rows, column, kinds[i], &made, err);
        if (rc == TRAWL_OK)
            tw_column_release(made);
    }
    tw_groups_fini(&groups);
    if (rc == TRAWL_OK)
        rc = tw_group_rows(table, wide, 2, &groups, err);
    if (rc == TRAWL_OK)
        rc = tw_quantiles(column, &q, 1, &median, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(table, 2, &column, err);
    if (rc == TRAWL_OK)
        rc = tw_count_values(column, &counts, err);
    if (rc == TRAWL_OK) {
        tw_free(left);
        left = NULL;
        rc = tw_join_rows(table, &by_string, top, &by_string, 1, 2, &left, &right, &n, err);
    }
    tw_groups_fini(&groups);
    tw_value_counts_fini(&counts);
    tw_free(left);
    tw_free(right);
    tw_table_release(top);
    tw_table_release(projected);
    tw_table_release(sorted);
    return rc;
}

static void each_allocation_may_fail(void **state)
{
    uint64_t before = tw_memory_used();
    unsigned n_failed = 0;
    int rc = TRAWL_E_NOMEM;

    (void)state;
    tw_pool_set_threads(1);
    for (unsigned n = 1; rc != TRAWL_OK; n++) {
        trawl_error err = TW_ERROR_INIT;
        tw_table *table = NULL;
        char spec[16];

        snprintf(spec, sizeof(spec), "%u", n);
        tw_memory_fail_at(spec);
        rc = build(&table, &err);
        if (rc == TRAWL_OK)
            rc = use_kernels(table, &err);
        tw_memory_fail_at(NULL);
        tw_table_release(table);
        if (rc != TRAWL_OK) {
            n_failed++;
            if (rc != TRAWL_E_NOMEM)
                fail_msg("allocation %u: %s", n, err.message);
            assert_int_equal(err.code, TRAWL_E_NOMEM);
            assert_non_null(strstr(err.message, "out of memory"));
        }
        if (tw_memory_used() != before)
            fail_msg("allocation %u: %lld bytes are lost", n,
                     (long long)(tw_memory_used() - before));
    }
    print_message("%u allocations failed in turn\n", n_failed);
    assert_true(n_failed > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_may_fail)};

    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
