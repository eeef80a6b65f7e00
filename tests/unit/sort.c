/* Sorting, comparing, selecting rows. */
#include <math.h>

#include "kernel.h"

static void check_order(tw_table *table, const struct tw_sort_key *keys, size_t n_keys,
                        uint64_t limit, const uint32_t *expected, uint64_t n_expected)
{
    uint32_t *rows = NULL;
    uint64_t n = 0;

    assert_int_equal(tw_sort_rows(table, keys, n_keys, limit, &rows, &n, NULL), TRAWL_OK);
    assert_int_equal(n, n_expected);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(rows[i], expected[i]);
    tw_free(rows);
}

static void nulls_go_last_both_ways(void **state)
{
    const int64_t cells[] = {3, NONE, 1, 3, NONE, 2};
    struct tw_column *columns[] = {integers(TRAWL_U16, cells, 6)};
    tw_table *table = table_of(columns, 1);
    const struct tw_sort_key up = {0, false}, down = {0, true};
    const uint32_t up_rows[] = {2, 5, 0, 3, 1, 4}, down_rows[] = {0, 3, 5, 2, 1, 4};

    (void)state;
    check_order(table, &up, 1, 0, up_rows, 6);
    check_order(table, &down, 1, 0, down_rows, 6);
    check_order(table, &down, 1, 2, down_rows, 2);
    tw_table_release(table);
}

static void signed_numbers_and_extremes(void **state)
{
    /* The full range and a null: one bit more than a word. */
    const int64_t cells[] = {0, INT64_MAX, -1, INT64_MIN + 1, NONE, 5};
    struct tw_column *columns[] = {integers(TRAWL_I64, cells, 6)};
    tw_table *table = table_of(columns, 1);
    const struct tw_sort_key up = {0, false}, down = {0, true};
    const uint32_t up_rows[] = {3, 2, 0, 5, 1, 4}, down_rows[] = {1, 5, 0, 2, 3, 4};

    (void)state;
    check_order(table, &up, 1, 0, up_rows, 6);
    check_order(table, &down, 1, 0, down_rows, 6);
    tw_table_release(table);
}

static void unsigned_full_range(void **state)
{
    struct tw_column *column = tw_column_new(TRAWL_U64, false, 0, NULL, NULL);
    struct tw_column *columns[] = {column};
    const struct tw_sort_key down = {0, true};
    const uint32_t rows[] = {1, 2, 0, 3};
    tw_table *table;

    (void)state;
    assert_int_equal(tw_append_u64(column, 0, NULL), TRAWL_OK);
    assert_int_equal(tw_append_u64(column, UINT64_MAX, NULL), TRAWL_OK);
    assert_int_equal(tw_append_u64(column, 7, NULL), TRAWL_OK);
    assert_int_equal(tw_append_null(column, NULL), TRAWL_OK);
    table = table_of(columns, 1);
    check_order(table, &down, 1, 0, rows, 4);
    tw_table_release(table);
}

static void reals_with_zeros_and_nan(void **state)
{
    /* -0 and 0 tie (row order); NaN is no number and goes last. */
    const double cells[] = {0.0, NAN, -1.5, -0.0, INFINITY, 1e-300, -INFINITY};
    struct tw_column *columns[] = {reals(cells, 7)};
    tw_table *table = table_of(columns, 1);
    const struct tw_sort_key up = {0, false}, down = {0, true};
    const uint32_t up_rows[] = {6, 2, 0, 3, 5, 4, 1}, down_rows[] = {4, 5, 0, 3, 2, 6, 1};

    (void)state;
    check_order(table, &up, 1, 0, up_rows, 7);
    check_order(table, &down, 1, 0, down_rows, 7);
    tw_table_release(table);
}

static void strings_sort_by_bytes_not_codes(void **state)
{
    const char *const cells[] = {"pear", "apple", NULL, "", "app", "pear", "Zebra", "app\xff"};
    struct tw_column *columns[] = {strings(cells, 8, NULL)};
    tw_table *table = table_of(columns, 1);
    const struct tw_sort_key up = {0, false};
    const uint32_t rows[] = {3, 6, 4, 1, 7, 0, 5, 2};

    (void)state;
    check_order(table, &up, 1, 0, rows, 8);
    tw_table_release(table);
}

static void a_few_strings_of_a_big_dictionary(void **state)
{
    struct tw_dict *dict = tw_dict_new(TRAWL_STRING);
    const char *const cells[] = {"b9", "a1", NULL, "b10", "a1"};
    const struct tw_sort_key down = {0, true};
    const uint32_t rows[] = {0, 3, 1, 4, 2};
    struct tw_column *columns[1];
    tw_table *table;
    char text[24];

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        text[0] = 'z';
        assert_int_not_equal(tw_dict_code(dict, text, 1 + tw_format_u64(text + 1, i), NULL), 0);
    }
    columns[0] = strings(cells, 5, dict);
    tw_dict_release(dict);
    table = table_of(columns, 1);
    check_order(table, &down, 1, 0, rows, 5);
    tw_table_release(table);
}

static void ipv4_before_ipv6(void **state)
{
    const char *const cells[] = {"::1",       "10.0.0.2",   "::ffff:1.2.3.4",
                                 "9.255.0.1", "2001:db8::", "10.0.0.10"};
    struct tw_column *columns[] = {addresses(cells, 6)};
    tw_table *table = table_of(columns, 1);
    const struct tw_sort_key up = {0, false};
    const uint32_t rows[] = {3, 1, 5, 0, 2, 4};

    (void)state;
    check_order(table, &up, 1, 0, rows, 6);
    tw_table_release(table);
}

static void lists_sort_by_first_differing_item(void **state)
{
    const char *const cells[] = {"2", "12", "", "1", "13", "12"};
    struct tw_column *columns[] = {digit_lists(cells, 6)};
    tw_table *table = table_of(columns, 1);
    const struct tw_sort_key up = {0, false}, down = {0, true};
    const uint32_t up_rows[] = {3, 1, 5, 4, 0, 2}, down_rows[] = {0, 4, 1, 5, 3, 2};

    (void)state;
    check_order(table, &up, 1, 0, up_rows, 6);
    check_order(table, &down, 1, 0, down_rows, 6);
    tw_table_release(table);
}

static void later_keys_break_ties(void **state)
{
    const char *const names[] = {"b", "a", "b", "a", "b"};
    const int64_t numbers[] = {1, 5, 9, 7, NONE};
    struct tw_column *columns[] = {strings(names, 5, NULL), integers(TRAWL_TIME, numbers, 5)};
    tw_table *table = table_of(columns, 2);
    const struct tw_sort_key keys[] = {{0, false}, {1, true}};
    const uint32_t rows[] = {3, 1, 2, 0, 4};

    (void)state;
    check_order(table, keys, 2, 0, rows, 5);
    tw_table_release(table);
}

/* ---- big inputs: against the definition, and the same for any number of threads ---- */

enum { n_big = 300000 };

static tw_table *big_table(void)
{
    struct tw_column *columns[3];
    uint64_t s = 1;

    columns[0] = tw_column_new(TRAWL_U64, false, 0, NULL, NULL);
    columns[1] = tw_column_new(TRAWL_U8, false, 0, NULL, NULL);
    columns[2] = tw_column_new(TRAWL_F64, false, 0, NULL, NULL);
    for (size_t i = 0; i < n_big; i++) {
        uint64_t v = next_number(&s);

        assert_int_equal(v % 17 ? tw_append_u64(columns[0], v, NULL)
                                : tw_append_null(columns[0], NULL),
                         TRAWL_OK);
        assert_int_equal(tw_append_u64(columns[1], v >> 30 & 3, NULL), TRAWL_OK);
        assert_int_equal(tw_append_f64(columns[2], (double)(v % 1000) - 500, NULL), TRAWL_OK);
    }
    return table_of(columns, 3);
}

static int compare_rows(tw_table *table, const struct tw_sort_key *keys, size_t n_keys, uint32_t a,
                        uint32_t b)
{
    for (size_t k = 0; k < n_keys; k++) {
        const struct tw_column *column = NULL;
        int order;

        assert_int_equal(tw_table_column(table, keys[k].i_column, &column, NULL), TRAWL_OK);
        order = tw_column_compare(column, a, b);
        if (keys[k].descending && tw_column_has(column, a) && tw_column_has(column, b))
            order = -order;
        if (order != 0)
            return order;
    }
    return a < b ? -1 : a > b;
}

static void big_sorts_are_right(void **state)
{
    tw_table *table = big_table();
    const struct tw_sort_key cases[][3] = {{{0, false}, {0, false}, {0, false}},
                                           {{1, true}, {0, true}, {2, false}},
                                           {{1, false}, {2, true}, {1, false}},
                                           {{2, true}, {1, false}, {0, false}}};
    uint8_t *seen = tw_alloc(n_big);

    (void)state;
    for (size_t c = 0; c < TW_COUNT(cases); c++) {
        uint32_t *one = NULL, *four = NULL, *top = NULL;
        uint64_t n = 0, n_top = 0;

        tw_pool_set_threads(1);
        assert_int_equal(tw_sort_rows(table, cases[c], 3, 0, &one, &n, NULL), TRAWL_OK);
        assert_int_equal(n, n_big);
        tw_pool_set_threads(4);
        assert_int_equal(tw_sort_rows(table, cases[c], 3, 0, &four, &n, NULL), TRAWL_OK);
        assert_int_equal(n, n_big);
        assert_memory_equal(one, four, n_big * sizeof(*one));
        memset(seen, 0, n_big);
        for (size_t i = 0; i < n_big; i++)
            seen[one[i]] = 1;
        assert_null(memchr(seen, 0, n_big));
        for (size_t i = 1; i < n_big; i++)
            assert_true(compare_rows(table, cases[c], 3, one[i - 1], one[i]) < 0);
        assert_int_equal(tw_sort_rows(table, cases[c], 3, 100, &top, &n_top, NULL), TRAWL_OK);
        assert_int_equal(n_top, 100);
        assert_memory_equal(one, top, 100 * sizeof(*top));
        tw_free(one);
        tw_free(four);
        tw_free(top);
    }
    tw_free(seen);
    tw_table_release(table);
    tw_pool_fini();
}

static void rows_of_bits(void **state)
{
    const uint64_t bits[] = {UINT64_C(1) | UINT64_C(1) << 63, 0, UINT64_MAX};
    uint32_t *rows = NULL;
    uint64_t n = 0;

    (void)state;
    /* 130 rows: bits 128 and 129 of the last word count, the rest is beyond the table. */
    assert_int_equal(tw_rows_from_bits(bits, 130, &rows, &n, NULL), TRAWL_OK);
    assert_int_equal(n, 4);
    assert_int_equal(rows[0], 0);
    assert_int_equal(rows[1], 63);
    assert_int_equal(rows[2], 128);
    assert_int_equal(rows[3], 129);
    tw_free(rows);
    assert_int_equal(tw_rows_from_bits(bits, 0, &rows, &n, NULL), TRAWL_OK);
    assert_int_equal(n, 0);
    tw_free(rows);
}

static void ranks_follow_values(void **state)
{
    struct tw_dict *dict = tw_dict_new(TRAWL_STRING);
    const uint32_t *ranks;
    char text[64];
    size_t n, m;

    (void)state;
    memset(text, 'x', sizeof(text)); /* long common beginnings */
    for (uint64_t i = 0; i < 3000; i++) {
        n = 20 + tw_format_u64(text + 20, i * 7919 % 3000);
        assert_int_not_equal(tw_dict_code(dict, text, n, NULL), 0);
    }
    ranks = tw_dict_ranks(dict, NULL);
    assert_non_null(ranks);
    assert_ptr_equal(tw_dict_ranks(dict, NULL), ranks);
    for (uint32_t a = 1; a < 3000; a++) {
        const uint8_t *p = tw_dict_bytes(dict, a, &n), *q = tw_dict_bytes(dict, a + 1, &m);
        int order = memcmp(p, q, TW_MIN(n, m));

        if (order == 0)
            order = n < m ? -1 : 1;
        assert_true((ranks[a] < ranks[a + 1]) == (order < 0));
    }
    tw_dict_release(dict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nulls_go_last_both_ways),
        cmocka_unit_test(signed_numbers_and_extremes),
        cmocka_unit_test(unsigned_full_range),
        cmocka_unit_test(reals_with_zeros_and_nan),
        cmocka_unit_test(strings_sort_by_bytes_not_codes),
        cmocka_unit_test(a_few_strings_of_a_big_dictionary),
        cmocka_unit_test(ipv4_before_ipv6),
        cmocka_unit_test(lists_sort_by_first_differing_item),
        cmocka_unit_test(later_keys_break_ties),
        cmocka_unit_test(big_sorts_are_right),
        cmocka_unit_test(rows_of_bits),
        cmocka_unit_test(ranks_follow_values),
    };

    return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
