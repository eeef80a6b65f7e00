/* Groups, aggregates, counts of values, quantiles. */
#include <math.h>

#include "kernel.h"

/* ---- groups ---- */

static void groups_are_numbered_by_first_row(void **state)
{
    const char *const names[] = {"b", "a", "b", NULL, "a", NULL};
    const int64_t ports[] = {1, 2, 1, 1, 3, 1};
    struct tw_column *columns[] = {strings(names, 6, NULL), integers(TRAWL_U16, ports, 6)};
    tw_table *table = table_of(columns, 2);
    const size_t keys[] = {0, 1};
    const uint32_t expected[] = {0, 1, 0, 2, 3, 2}, first[] = {0, 1, 3, 4};
    struct tw_groups groups;

    (void)state;
    assert_int_equal(tw_group_rows(table, keys, 2, &groups, NULL), TRAWL_OK);
    assert_int_equal(groups.n_groups, 4);
    assert_memory_equal(groups.group_of_row, expected, sizeof(expected));
    assert_memory_equal(groups.first_row, first, sizeof(first));
    tw_groups_fini(&groups);
    assert_int_equal(tw_group_rows(table, keys, 1, &groups, NULL), TRAWL_OK);
    assert_int_equal(groups.n_groups, 3);
    tw_groups_fini(&groups);
    assert_int_equal(tw_group_rows(table, keys, 0, &groups, NULL), TRAWL_OK);
    assert_int_equal(groups.n_groups, 1); /* no key: all rows are one group */
    tw_groups_fini(&groups);
    tw_table_release(table);
}

static void zeros_of_either_sign_are_one_group(void **state)
{
    const double cells[] = {0.0, -0.0, NAN, -NAN, 1};
    struct tw_column *columns[] = {reals(cells, 5)};
    tw_table *table = table_of(columns, 1);
    const size_t key = 0;
    struct tw_groups groups;

    (void)state;
    assert_int_equal(tw_group_rows(table, &key, 1, &groups, NULL), TRAWL_OK);
    assert_int_equal(groups.n_groups, 3);
    tw_groups_fini(&groups);
    tw_table_release(table);
}

static void a_list_is_no_key(void **state)
{
    const char *const cells[] = {"1", "2"};
    struct tw_column *columns[] = {digit_lists(cells, 2)};
    tw_table *table = table_of(columns, 1);
    const size_t key = 0;
    trawl_error err = TW_ERROR_INIT;
    struct tw_groups groups;

    (void)state;
    assert_int_equal(tw_group_rows(table, &key, 1, &groups, &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, "cannot group by 'a': it is a list");
    tw_table_release(table);
}

enum { n_big = 300000 };

/* Three keys of 64 bits with nulls: wider than any word, in several rounds. */
static void wide_keys_do_not_mix(void **state)
{
    struct tw_column *columns[3];
    const size_t keys[] = {0, 1, 2};
    struct tw_groups one, four;
    tw_table *table;
    uint64_t s = 7;

    (void)state;
    for (size_t k = 0; k < 3; k++)
        columns[k] = tw_column_new(TRAWL_U64, false, 0, NULL, NULL);
    for (size_t i = 0; i < n_big; i++) {
        uint64_t v = next_number(&s) % 1000;

        for (size_t k = 0; k < 3; k++) {
            uint64_t digit = v / (k == 0 ? 1 : k == 1 ? 10 : 100) % 10;

            assert_int_equal(
                digit == 9 ? tw_append_null(columns[k], NULL)
                           : tw_append_u64(columns[k], digit == 0 ? UINT64_MAX : digit << 40, NULL),
                TRAWL_OK);
        }
    }
    table = table_of(columns, 3);
    tw_pool_set_threads(1);
    assert_int_equal(tw_group_rows(table, keys, 3, &one, NULL), TRAWL_OK);
    tw_pool_set_threads(4);
    assert_int_equal(tw_group_rows(table, keys, 3, &four, NULL), TRAWL_OK);
    assert_int_equal(one.n_groups, 1000);
    assert_int_equal(four.n_groups, 1000);
    assert_memory_equal(one.group_of_row, four.group_of_row, n_big * 4);
    assert_memory_equal(one.first_row, four.first_row, 1000 * 4);
    s = 7;
    {
        uint32_t group_of[1000];

        memset(group_of, 0xff, sizeof(group_of));
        for (size_t i = 0; i < n_big; i++) {
            uint64_t v = next_number(&s) % 1000;

            if (group_of[v] == UINT32_MAX)
                group_of[v] = one.group_of_row[i];
            assert_int_equal(one.group_of_row[i], group_of[v]);
            assert_true(one.first_row[one.group_of_row[i]] <= i);
        }
    }
    tw_groups_fini(&one);
    tw_groups_fini(&four);
    tw_table_release(table);
    tw_pool_fini();
}

/* So many different cells that they are split by hash first. */
static void many_groups_are_numbered_alike(void **state)
{
    enum { n_rows = 600000, n_values = 400000 };
    struct tw_column *columns[] = {tw_column_new(TRAWL_U64, false, 0, NULL, NULL)};
    uint32_t *group_of_value = tw_alloc_array(n_values, 4);
    const size_t key = 0;
    uint32_t n_groups = 0;
    struct tw_groups one, four;
    tw_table *table;
    uint64_t s = 11;

    (void)state;
    for (size_t i = 0; i < n_rows; i++)
        assert_int_equal(
            tw_append_u64(columns[0], next_number(&s) % n_values * UINT64_C(0x100000001), NULL),
            TRAWL_OK);
    table = table_of(columns, 1);
    tw_pool_set_threads(1);
    assert_int_equal(tw_group_rows(table, &key, 1, &one, NULL), TRAWL_OK);
    tw_pool_set_threads(4);
    assert_int_equal(tw_group_rows(table, &key, 1, &four, NULL), TRAWL_OK);
    s = 11;
    for (size_t i = 0; i < n_rows; i++) { /* 0: not seen yet */
        uint64_t v = next_number(&s) % n_values;

        if (group_of_value[v] == 0) {
            assert_int_equal(one.first_row[n_groups], i);
            group_of_value[v] = ++n_groups;
        }
        assert_int_equal(one.group_of_row[i], group_of_value[v] - 1);
    }
    assert_int_equal(one.n_groups, n_groups);
    assert_int_equal(four.n_groups, n_groups);
    assert_memory_equal(one.group_of_row, four.group_of_row, n_rows * 4);
    assert_memory_equal(one.first_row, four.first_row, n_groups * 4);
    tw_groups_fini(&one);
    tw_groups_fini(&four);
    tw_free(group_of_value);
    tw_table_release(table);
    tw_pool_fini();
}

/* ---- aggregates ---- */

/* Groups: rows 0 2 4 6 are group 0, rows 1 3 5 are group 1, row 7 alone is group 2. */
static const uint32_t group_of[] = {0, 1, 0, 1, 0, 1, 0, 2};
static const uint32_t first_of[] = {0, 1, 7};

static struct tw_column *aggregate(const struct tw_column *column, enum tw_aggregate a)
{
    uint32_t rows[8], first[3];
    struct tw_groups groups = {rows, first, 3};
    struct tw_column *made = NULL;

    memcpy(rows, group_of, sizeof(rows));
    memcpy(first, first_of, sizeof(first));
    assert_int_equal(tw_aggregate_column(&groups, 8, column, a, &made, NULL), TRAWL_OK);
    assert_int_equal(made->n_rows, 3);
    return made;
}

static void check_integers(const struct tw_column *column, enum tw_aggregate a, trawl_type type,
                           int64_t x, int64_t y, int64_t z)
{
    struct tw_column *made = aggregate(column, a);
    const int64_t expected[] = {x, y, z};

    assert_int_equal(made->type, type);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tw_column_has(made, i), expected[i] != NONE);
        if (expected[i] != NONE)
            assert_int_equal(tw_column_u64(made, i), expected[i]);
    }
    tw_column_release(made);
}

static void check_reals(const struct tw_column *column, enum tw_aggregate a, double x, double y,
                        double z)
{
    struct tw_column *made = aggregate(column, a);
    const double expected[] = {x, y, z};

    assert_int_equal(made->type, TRAWL_F64);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tw_column_has(made, i), !isnan(expected[i]));
        if (!isnan(expected[i]) && fabs(tw_column_f64(made, i) - expected[i]) > 1e-12)
            fail_msg("%s of group %zu is %.17g, not %.17g", tw_aggregate_name(a), i,
                     tw_column_f64(made, i), expected[i]);
    }
    tw_column_release(made);
}

static void aggregates_of_integers(void **state)
{
    /* Group 0: 10 2 4 (a null is no value); group 1: 1 3 1; group 2: nothing but a null. */
    const int64_t cells[] = {10, 1, 2, 3, NONE, 1, 4, NONE};
    struct tw_column *c = integers(TRAWL_U32, cells, 8);

    (void)state;
    check_integers(c, TW_AGG_COUNT, TRAWL_U64, 3, 3, 0);
    check_integers(NULL, TW_AGG_COUNT, TRAWL_U64, 4, 3, 1);
    check_integers(c, TW_AGG_SUM, TRAWL_U64, 16, 5, NONE);
    check_integers(c, TW_AGG_MIN, TRAWL_U32, 2, 1, NONE);
    check_integers(c, TW_AGG_MAX, TRAWL_U32, 10, 3, NONE);
    check_integers(c, TW_AGG_FIRST, TRAWL_U32, 10, 1, NONE);
    check_integers(c, TW_AGG_LAST, TRAWL_U32, 4, 1, NONE);
    check_integers(c, TW_AGG_DISTINCT, TRAWL_U64, 3, 2, 0);
    check_reals(c, TW_AGG_AVG, 16.0 / 3, 5.0 / 3, NAN);
    /* 2 4 10: the median is 4, a quarter of the way lies between 2 and 4; 0.9 × 2 = 1.8: 4 + 0.8
     * × 6. */
    check_reals(c, TW_AGG_P50, 4, 1, NAN);
    check_reals(c, TW_AGG_P25, 3, 1, NAN);
    check_reals(c, TW_AGG_P90, 8.8, 2.6, NAN);
    /* Group 0: mean 16/3, squares 196/9 + 100/9 + 16/9 = 312/9, over 2: 52/3. */
    check_reals(c, TW_AGG_STDDEV, sqrt(52.0 / 3), sqrt(4.0 / 3), NAN);
    tw_column_release(c);
}

static void aggregates_of_spans_and_times(void **state)
{
    /* Spans: averages are rounded to whole ns, halves away from zero: (1 - 4)/2 = -1.5: -2. */
    const int64_t spans[] = {1, 100, -4, 200, NONE, 301, NONE, -7};
    const int64_t base = INT64_C(1700000000000000000);
    const int64_t times[] = {base, base + 5, base + 1, base + 6, NONE, base + 9, NONE, base};
    struct tw_column *c = integers(TRAWL_SPAN, spans, 8), *t = integers(TRAWL_TIME, times, 8);

    (void)state;
    check_integers(c, TW_AGG_SUM, TRAWL_SPAN, -3, 601, -7);
    check_integers(c, TW_AGG_AVG, TRAWL_SPAN, -2, 200, -7);
    check_integers(c, TW_AGG_MIN, TRAWL_SPAN, -4, 100, -7);
    check_integers(c, TW_AGG_P50, TRAWL_SPAN, -1, 200, -7); /* -4 + 2.5 rounds to -4 + 3 */
    check_integers(t, TW_AGG_AVG, TRAWL_TIME, base + 1, base + 7, base);
    check_integers(t, TW_AGG_P50, TRAWL_TIME, base + 1, base + 6, base);
    check_integers(t, TW_AGG_STDDEV, TRAWL_SPAN, 1, 2, NONE); /* sqrt(0.5) and sqrt(13/3) */
    assert_int_equal(tw_aggregate_type(TW_AGG_SUM, TRAWL_TIME), 0);
    tw_column_release(c);
    tw_column_release(t);
}

static void aggregates_of_reals(void **state)
{
    /* 1e16 + 1 - 1e16: a plain sum loses the 1. */
    const double cells[] = {1e16, 0.5, 1, 0.25, -1e16, 0.25, NAN, INFINITY};
    struct tw_column *c = reals(cells, 8);

    (void)state;
    check_reals(c, TW_AGG_SUM, 1, 1, INFINITY);
    check_reals(c, TW_AGG_AVG, 1.0 / 3, 1.0 / 3, INFINITY);
    check_reals(c, TW_AGG_MIN, -1e16, 0.25, INFINITY);
    check_reals(c, TW_AGG_P50, 1, 0.25, INFINITY);
    check_integers(c, TW_AGG_DISTINCT, TRAWL_U64, 4, 2, 1);
    tw_column_release(c);
}

static void aggregates_of_strings(void **state)
{
    const char *const cells[] = {"pear", "b", "apple", "a", NULL, "b", "apple", NULL};
    struct tw_column *c = strings(cells, 8, NULL);
    struct tw_column *least = aggregate(c, TW_AGG_MIN), *last = aggregate(c, TW_AGG_LAST);
    struct tw_column *made = NULL;
    struct tw_groups groups = {NULL, NULL, 0};
    trawl_error err = TW_ERROR_INIT;
    size_t n;

    (void)state;
    assert_memory_equal(tw_dict_bytes(least->dict, (uint32_t)tw_column_u64(least, 0), &n), "apple",
                        5);
    assert_memory_equal(tw_dict_bytes(least->dict, (uint32_t)tw_column_u64(least, 1), &n), "a", 1);
    assert_false(tw_column_has(least, 2));
    assert_memory_equal(tw_dict_bytes(last->dict, (uint32_t)tw_column_u64(last, 1), &n), "b", 1);
    check_integers(c, TW_AGG_DISTINCT, TRAWL_U64, 2, 2, 0);
    assert_int_equal(tw_aggregate_column(&groups, 8, c, TW_AGG_SUM, &made, &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, "cannot take 'sum' of a column of type 'string'");
    tw_column_release(least);
    tw_column_release(last);
    tw_column_release(c);
}

static void lists_give_each_item(void **state)
{
    const char *const cells[] = {"12", "3", "", "33", "2", "", "", ""};
    struct tw_column *c = digit_lists(cells, 8);

    (void)state;
    check_integers(c, TW_AGG_COUNT, TRAWL_U64, 3, 3, 0);
    check_integers(c, TW_AGG_SUM, TRAWL_U64, 5, 9, NONE);
    check_integers(c, TW_AGG_DISTINCT, TRAWL_U64, 2, 1, 0);
    check_integers(c, TW_AGG_MAX, TRAWL_U16, 2, 3, NONE);
    tw_column_release(c);
}

static void a_sum_that_does_not_fit_is_an_error(void **state)
{
    const int64_t cells[] = {INT64_MAX, 1, 1, 1, 1, 1, 1, 1};
    struct tw_column *c = integers(TRAWL_I64, cells, 8), *made = NULL;
    uint32_t rows[8], first[3];
    struct tw_groups groups = {rows, first, 3};
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    memcpy(rows, group_of, sizeof(rows));
    memcpy(first, first_of, sizeof(first));
    assert_int_equal(tw_aggregate_column(&groups, 8, c, TW_AGG_SUM, &made, &err), TRAWL_E_DATA);
    assert_null(made);
    tw_column_release(c);
}

static void threads_do_not_change_sums(void **state)
{
    struct tw_column *c = tw_column_new(TRAWL_F64, false, 0, NULL, NULL);
    struct tw_groups groups = {tw_alloc_array(n_big, 4), tw_alloc_array(100, 4), 100};
    const enum tw_aggregate kinds[] = {TW_AGG_SUM, TW_AGG_AVG, TW_AGG_STDDEV, TW_AGG_P95};
    uint64_t s = 3;

    (void)state;
    for (size_t i = 0; i < n_big; i++) {
        uint64_t v = next_number(&s);

        groups.group_of_row[i] = (uint32_t)(v % 100);
        assert_int_equal(tw_append_f64(c, 1.0 / (double)(v >> 40 | 1), NULL), TRAWL_OK);
    }
    for (size_t k = 0; k < TW_COUNT(kinds); k++) {
        struct tw_column *one = NULL, *four = NULL;

        tw_pool_set_threads(1);
        assert_int_equal(tw_aggregate_column(&groups, n_big, c, kinds[k], &one, NULL), TRAWL_OK);
        tw_pool_set_threads(4);
        assert_int_equal(tw_aggregate_column(&groups, n_big, c, kinds[k], &four, NULL), TRAWL_OK);
        assert_memory_equal(one->data.base, four->data.base, 100 * 8);
        tw_column_release(one);
        tw_column_release(four);
    }
    tw_groups_fini(&groups);
    tw_column_release(c);
    tw_pool_fini();
}

/* Enough rows that runs of them are merged: against a plain loop. */
static void runs_are_merged(void **state)
{
    enum { n_groups = 50 };
    struct tw_column *c = tw_column_new(TRAWL_U32, false, 0, NULL, NULL), *made[5] = {NULL};
    struct tw_groups groups = {tw_alloc_array(n_big, 4), tw_alloc_array(n_groups, 4), n_groups};
    const enum tw_aggregate kinds[] = {TW_AGG_SUM, TW_AGG_MIN, TW_AGG_MAX, TW_AGG_FIRST,
                                       TW_AGG_LAST};
    uint64_t expected[5][n_groups] = {{0}};
    bool seen[n_groups] = {false};
    uint64_t s = 21;

    (void)state;
    for (size_t i = 0; i < n_big; i++) {
        uint64_t r = next_number(&s), v = r >> 33;
        /* Some groups begin late, some end early. */
        uint32_t g = i < n_big / 2 ? (uint32_t)(r % 40) : 10 + (uint32_t)(r % 40);

        groups.group_of_row[i] = g;
        if (r % 11 == 0) {
            assert_int_equal(tw_append_null(c, NULL), TRAWL_OK);
            continue;
        }
        assert_int_equal(tw_append_u64(c, v, NULL), TRAWL_OK);
        expected[0][g] += v;
        expected[1][g] = seen[g] ? TW_MIN(expected[1][g], v) : v;
        expected[2][g] = TW_MAX(expected[2][g], v);
        expected[3][g] = seen[g] ? expected[3][g] : v;
        expected[4][g] = v;
        seen[g] = true;
    }
    for (size_t k = 0; k < TW_COUNT(kinds); k++) {
        assert_int_equal(tw_aggregate_column(&groups, n_big, c, kinds[k], &made[k], NULL),
                         TRAWL_OK);
        for (size_t g = 0; g < n_groups; g++)
            assert_int_equal(tw_column_u64(made[k], g), expected[k][g]);
        tw_column_release(made[k]);
    }
    tw_groups_fini(&groups);
    tw_column_release(c);
    tw_pool_fini();
}

/* ---- counts of values ---- */

static void values_come_most_frequent_first(void **state)
{
    const int64_t cells[] = {5, NONE, 7, 7, 5, 9, NONE, 8};
    struct tw_column *c = integers(TRAWL_U16, cells, 8);
    struct tw_value_counts counts;
    const uint32_t first[] = {0, 2, 5, 7};

    (void)state;
    assert_int_equal(tw_count_values(c, &counts, NULL), TRAWL_OK);
    assert_int_equal(counts.n, 4);
    assert_int_equal(counts.n_null, 2);
    assert_memory_equal(counts.first, first, sizeof(first));
    assert_int_equal(counts.counts[0], 2);
    assert_int_equal(counts.counts[1], 2);
    assert_int_equal(counts.counts[2], 1);
    tw_value_counts_fini(&counts);
    tw_column_release(c);
}

static void items_of_lists_are_counted(void **state)
{
    const char *const cells[] = {"121", "", "2", "31"};
    struct tw_column *c = digit_lists(cells, 4);
    struct tw_value_counts counts;

    (void)state;
    assert_int_equal(tw_count_values(c, &counts, NULL), TRAWL_OK);
    assert_int_equal(counts.n, 3);
    assert_int_equal(counts.n_null, 1);
    assert_int_equal(counts.first[0], 0); /* 1, three times */
    assert_int_equal(counts.counts[0], 3);
    assert_int_equal(counts.first[1], 1); /* 2, twice */
    assert_int_equal(counts.counts[1], 2);
    assert_int_equal(counts.first[2], 4); /* 3: the fifth item */
    tw_value_counts_fini(&counts);
    tw_column_release(c);
}

/* Few values by array, many by hash: the same counts, for any number of threads. */
static void big_counts_are_right(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct tw_column *c = tw_column_new(wide ? TRAWL_U64 : TRAWL_U16, false, 0, NULL, NULL);
        struct tw_value_counts one, four;
        uint64_t expected[1000] = {0};
        uint64_t s = 5;

        for (size_t i = 0; i < n_big; i++) {
            uint64_t v = next_number(&s) % 1000;

            v = v * v / 1000; /* some values are more frequent */
            expected[v]++;
            assert_int_equal(tw_append_u64(c, wide ? v << 50 : v, NULL), TRAWL_OK);
        }
        tw_pool_set_threads(1);
        assert_int_equal(tw_count_values(c, &one, NULL), TRAWL_OK);
        tw_pool_set_threads(4);
        assert_int_equal(tw_count_values(c, &four, NULL), TRAWL_OK);
        assert_int_equal(one.n, four.n);
        assert_memory_equal(one.first, four.first, one.n * 4);
        assert_memory_equal(one.counts, four.counts, one.n * 8);
        for (uint64_t i = 0; i < one.n; i++) {
            uint64_t v = tw_column_u64(c, one.first[i]);

            assert_int_equal(one.counts[i], expected[wide ? v >> 50 : v]);
            if (i > 0)
                assert_true(
                    one.counts[i - 1] > one.counts[i] ||
                    (one.counts[i - 1] == one.counts[i] && one.first[i - 1] < one.first[i]));
        }
        tw_value_counts_fini(&one);
        tw_value_counts_fini(&four);
        tw_column_release(c);
    }
    tw_pool_fini();
}

/* ---- quantiles ---- */

static void quantiles_interpolate(void **state)
{
    const int64_t cells[] = {40, 10, NONE, 30, 20};
    struct tw_column *c = integers(TRAWL_U16, cells, 5);
    struct tw_column *none = integers(TRAWL_U16, cells, 0);
    const double q[] = {0, 0.25, 0.5, 0.9, 1};
    /* 10 20 30 40: places 0, 0.75, 1.5, 2.7, 3. */
    const double expected[] = {10, 17.5, 25, 37, 40};
    double got[5];

    (void)state;
    assert_int_equal(tw_quantiles(c, q, 5, got, NULL), TRAWL_OK);
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(got[i] - expected[i]) < 1e-12);
    assert_int_equal(tw_quantiles(none, q, 1, got, NULL), TRAWL_OK);
    assert_true(isnan(got[0]));
    tw_column_release(c);
    tw_column_release(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_numbered_by_first_row),
        cmocka_unit_test(zeros_of_either_sign_are_one_group),
        cmocka_unit_test(a_list_is_no_key),
        cmocka_unit_test(wide_keys_do_not_mix),
        cmocka_unit_test(many_groups_are_numbered_alike),
        cmocka_unit_test(aggregates_of_integers),
        cmocka_unit_test(aggregates_of_spans_and_times),
        cmocka_unit_test(aggregates_of_reals),
        cmocka_unit_test(aggregates_of_strings),
        cmocka_unit_test(lists_give_each_item),
        cmocka_unit_test(a_sum_that_does_not_fit_is_an_error),
        cmocka_unit_test(threads_do_not_change_sums),
        cmocka_unit_test(runs_are_merged),
        cmocka_unit_test(values_come_most_frequent_first),
        cmocka_unit_test(items_of_lists_are_counted),
        cmocka_unit_test(big_counts_are_right),
        cmocka_unit_test(quantiles_interpolate),
    };

    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
