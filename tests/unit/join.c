/* Joins. */
#include "kernel.h"

/* Pairs as text: "0-1 2-- --3". */
static void check_pairs(tw_table *left, tw_table *right, const size_t *left_keys,
                        const size_t *right_keys, size_t n_keys, int kind, const char *expected)
{
    uint32_t *a = NULL, *b = NULL;
    uint64_t n = 0;
    struct tw_buffer text = TW_BUFFER_INIT;

    assert_int_equal(
        tw_join_rows(left, left_keys, right, right_keys, n_keys, kind, &a, &b, &n, NULL), TRAWL_OK);
    tw_buffer_puts(&text, "");
    for (uint64_t i = 0; i < n; i++) {
        if (i > 0)
            tw_buffer_putc(&text, ' ');
        if (a[i] == UINT32_MAX)
            tw_buffer_putc(&text, '-');
        else
            tw_buffer_printf(&text, "%u", a[i]);
        tw_buffer_putc(&text, '-');
        if (b[i] == UINT32_MAX)
            tw_buffer_putc(&text, '-');
        else
            tw_buffer_printf(&text, "%u", b[i]);
    }
    assert_string_equal(text.data, expected);
    tw_buffer_fini(&text);
    tw_free(a);
    tw_free(b);
}

static void strings_of_two_dictionaries(void **state)
{
    /* The codes differ on both sides; nulls match nothing, not even each other. */
    const char *const l[] = {"a", "b", NULL, "a", "x"}, *const r[] = {"b", "q", "a", "a", NULL};
    struct tw_column *left_columns[] = {strings(l, 5, NULL)};
    struct tw_column *right_columns[] = {strings(r, 5, NULL)};
    tw_table *left = table_of(left_columns, 1), *right = table_of(right_columns, 1);
    const size_t key = 0;

    (void)state;
    check_pairs(left, right, &key, &key, 1, 0, "0-2 0-3 1-0 3-2 3-3");
    check_pairs(left, right, &key, &key, 1, 1, "0-2 0-3 1-0 2-- 3-2 3-3 4--");
    check_pairs(left, right, &key, &key, 1, 2, "0-2 0-3 1-0 2-- 3-2 3-3 4-- --1 --4");
    tw_table_release(left);
    tw_table_release(right);
}

static void addresses_of_two_dictionaries(void **state)
{
    const char *const l[] = {"10.0.0.1", "::1", "::ffff:10.0.0.1"};
    const char *const r[] = {"::2", "::1", "10.0.0.1"};
    struct tw_column *left_columns[] = {addresses(l, 3)}, *right_columns[] = {addresses(r, 3)};
    tw_table *left = table_of(left_columns, 1), *right = table_of(right_columns, 1);
    const size_t key = 0;

    (void)state;
    check_pairs(left, right, &key, &key, 1, 0, "0-2 1-1");
    tw_table_release(left);
    tw_table_release(right);
}

static void integers_of_different_types(void **state)
{
    /* -1 as i64 is not 2^64 - 1 as u64. */
    const int64_t l[] = {-1, 7, 300}, r[] = {7, -1, 300};
    struct tw_column *left_columns[] = {integers(TRAWL_I64, l, 3)};
    struct tw_column *right_columns[] = {integers(TRAWL_U64, r, 3)};
    tw_table *left = table_of(left_columns, 1), *right = table_of(right_columns, 1);
    const size_t key = 0;

    (void)state;
    check_pairs(left, right, &key, &key, 1, 0, "1-0 2-2");
    check_pairs(left, left, &key, &key, 1, 0, "0-0 1-1 2-2");
    tw_table_release(left);
    tw_table_release(right);
}

static void all_keys_must_match(void **state)
{
    const int64_t la[] = {1, 1, 2}, lb[] = {5, 6, 5}, ra[] = {1, 2, 1}, rb[] = {6, 6, NONE};
    struct tw_column *left_columns[] = {integers(TRAWL_U8, la, 3), integers(TRAWL_U16, lb, 3)};
    struct tw_column *right_columns[] = {integers(TRAWL_U16, rb, 3), integers(TRAWL_U8, ra, 3)};
    tw_table *left = table_of(left_columns, 2), *right = table_of(right_columns, 2);
    const size_t left_keys[] = {0, 1}, right_keys[] = {1, 0};

    (void)state;
    check_pairs(left, right, left_keys, right_keys, 2, 0, "1-0");
    tw_table_release(left);
    tw_table_release(right);
}

static void an_address_is_no_number(void **state)
{
    const char *const l[] = {"10.0.0.1"};
    const int64_t r[] = {1};
    struct tw_column *left_columns[] = {addresses(l, 1)};
    struct tw_column *right_columns[] = {integers(TRAWL_U16, r, 1)};
    tw_table *left = table_of(left_columns, 1), *right = table_of(right_columns, 1);
    const size_t key = 0;
    uint32_t *a = NULL, *b = NULL;
    uint64_t n = 0;
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_join_rows(left, &key, right, &key, 1, 0, &a, &b, &n, &err), TRAWL_E_USAGE);
    assert_string_equal(err.message, "cannot join 'a' (ip) with 'a' (u16)");
    tw_table_release(left);
    tw_table_release(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_of_two_dictionaries),
        cmocka_unit_test(addresses_of_two_dictionaries),
        cmocka_unit_test(integers_of_different_types),
        cmocka_unit_test(all_keys_must_match),
        cmocka_unit_test(an_address_is_no_number),
    };

    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
