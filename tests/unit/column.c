/* Columns: cells, validity, lists, views, text of cells, shared cells. */
#include "kernel.h"

static void cells_and_nulls(void **state)
{
    const int64_t cells[] = {1, NONE, 65535};
    struct tw_column *c = integers(TRAWL_U16, cells, 3);
    trawl_view view = {.size = sizeof(view)};

    (void)state;
    assert_int_equal(c->n_rows, 3);
    assert_true(tw_column_has(c, 0));
    assert_false(tw_column_has(c, 1));
    assert_int_equal(tw_column_u64(c, 1), 0);
    assert_int_equal(tw_column_u64(c, 2), 65535);
    assert_true(tw_column_f64(c, 2) == 65535.0);
    tw_column_view(c, TRAWL_COLUMN_HEX, &view);
    assert_int_equal(view.n_rows, 3);
    assert_int_equal(view.flags, TRAWL_COLUMN_HEX);
    assert_false(trawl_view_has(&view, 1));
    assert_int_equal(trawl_view_u64(&view, 2), 65535);
    tw_column_release(c);
}

static void wrong_values_are_refused(void **state)
{
    struct tw_column *u8 = tw_column_new(TRAWL_U8, false, 0, NULL, NULL);
    struct tw_column *mac = tw_column_new(TRAWL_MAC, false, 0, NULL, NULL);
    struct tw_dict *dict = tw_dict_new(TRAWL_STRING);
    struct tw_column *string = tw_column_new(TRAWL_STRING, false, 2, dict, NULL);
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_append_u64(u8, 256, &err), TRAWL_E_PLUGIN);
    assert_int_equal(tw_append_f64(u8, 1, NULL), TRAWL_E_PLUGIN);
    assert_int_equal(tw_append_value(u8, "x", 1, NULL), TRAWL_E_PLUGIN);
    assert_int_equal(tw_append_u64(mac, UINT64_C(1) << 48, NULL), TRAWL_E_PLUGIN);
    assert_int_equal(tw_append_u64(string, 9, NULL), TRAWL_E_PLUGIN); /* no such code */
    assert_int_equal(tw_list_end_row(u8, NULL), TRAWL_E_PLUGIN);
    assert_int_equal(u8->n_rows + mac->n_rows + string->n_rows, 0);
    assert_null(tw_column_new(TRAWL_STRING, false, 0, NULL, NULL));
    assert_null(tw_column_new(TRAWL_IP, false, 0, dict, NULL));
    assert_null(tw_column_new((trawl_type)0, false, 0, NULL, NULL));
    assert_int_equal(tw_column_resize(string, 3, NULL), TRAWL_E_NOMEM);
    tw_column_release(u8);
    tw_column_release(mac);
    tw_column_release(string);
    tw_dict_release(dict);
}

static void resizing_zeroes_and_forgets(void **state)
{
    struct tw_column *c = tw_column_new(TRAWL_U32, false, 100000, NULL, NULL);

    (void)state;
    assert_int_equal(tw_column_resize(c, 5000, NULL), TRAWL_OK);
    memset(c->data.base, 0xff, 5000 * 4);
    assert_int_equal(tw_column_need_valid(c, true, NULL), TRAWL_OK);
    assert_true(tw_column_has(c, 4999));
    assert_int_equal(tw_column_resize(c, 70, NULL), TRAWL_OK);
    assert_int_equal(tw_column_resize(c, 6000, NULL), TRAWL_OK);
    assert_true(tw_column_has(c, 69));
    assert_int_equal(tw_column_u64(c, 69), UINT32_MAX);
    for (uint64_t i = 70; i < 6000; i++) {
        assert_false(tw_column_has(c, i));
        assert_int_equal(tw_column_u64(c, i), 0);
    }
    tw_column_release(c);
}

static void lists_keep_their_items(void **state)
{
    const char *const rows[] = {"12", "", "3"};
    struct tw_column *c = digit_lists(rows, 3);
    trawl_view view = {.size = sizeof(view)};
    const uint64_t offsets[] = {0, 2, 2, 3, 3, 3};

    (void)state;
    assert_int_equal(tw_column_resize(c, 5, NULL), TRAWL_OK);
    tw_column_view(c, 0, &view);
    assert_int_equal(view.flags, TRAWL_COLUMN_LIST);
    assert_memory_equal(view.offsets, offsets, sizeof(offsets));
    assert_true(trawl_view_has(&view, 0));
    assert_false(trawl_view_has(&view, 1));
    assert_int_equal(tw_column_resize(c, 1, NULL), TRAWL_OK);
    assert_int_equal(c->n_items, 2);
    tw_column_release(c);
}

static void lists_are_gathered(void **state)
{
    const char *const rows[] = {"12", "", "345"}, *const none[] = {"", "", ""};
    struct tw_column *c = digit_lists(rows, 3), *empty = digit_lists(none, 3);
    const uint32_t wanted[] = {2, UINT32_MAX, 1, 0};
    struct tw_column *gathered = tw_column_gather(c, wanted, 4, NULL);
    struct tw_column *sliced = tw_column_slice(c, 1, 2, NULL);
    struct tw_column *nothing = tw_column_gather(empty, wanted, 4, NULL);
    const uint64_t offsets[] = {0, 3, 3, 3, 5}, slice_offsets[] = {0, 0, 3};
    const uint16_t items[] = {3, 4, 5, 1, 2};

    (void)state;
    assert_memory_equal(gathered->offsets.base, offsets, sizeof(offsets));
    assert_memory_equal(gathered->data.base, items, sizeof(items));
    assert_int_equal(gathered->n_items, 5);
    assert_memory_equal(sliced->offsets.base, slice_offsets, sizeof(slice_offsets));
    assert_int_equal(tw_column_u64(sliced, 2), 5);
    assert_int_equal(nothing->n_items, 0);
    tw_column_release(c);
    tw_column_release(empty);
    tw_column_release(gathered);
    tw_column_release(sliced);
    tw_column_release(nothing);
}

static void a_list_of_columns_has_the_values_of_all(void **state)
{
    const int64_t a[] = {443, NONE, 80}, b[] = {50000, 7, NONE};
    struct tw_column *parts[3] = {integers(TRAWL_U16, a, 3), integers(TRAWL_U16, b, 3),
                                  tw_column_new(TRAWL_U16, true, 3, NULL, NULL)};
    struct tw_column *list;
    /* rows: 443 50000 1 2; 7; 80 3 */
    const uint64_t items[] = {443, 50000, 1, 2, 7, 80, 3}, offsets[] = {0, 4, 5, 7};

    (void)state;
    assert_int_equal(tw_append_u64(parts[2], 1, NULL), TRAWL_OK);
    assert_int_equal(tw_append_u64(parts[2], 2, NULL), TRAWL_OK);
    assert_int_equal(tw_list_end_row(parts[2], NULL), TRAWL_OK);
    assert_int_equal(tw_list_end_row(parts[2], NULL), TRAWL_OK);
    assert_int_equal(tw_append_u64(parts[2], 3, NULL), TRAWL_OK);
    assert_int_equal(tw_list_end_row(parts[2], NULL), TRAWL_OK);
    list = tw_column_list_of((const struct tw_column *const *)parts, 3, NULL);
    assert_non_null(list);
    assert_int_equal(list->n_rows, 3);
    assert_int_equal(list->n_items, 7);
    assert_memory_equal(list->offsets.base, offsets, sizeof(offsets));
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(tw_column_u64(list, i), items[i]);
    tw_column_release(list);
    for (size_t i = 0; i < 3; i++)
        tw_column_release(parts[i]);
}

static void shared_cells_have_validity_of_their_own(void **state)
{
    const int64_t cells[] = {10, 20, 30};
    struct tw_column *c = integers(TRAWL_U16, cells, 3);
    struct tw_bits *bits = tw_bits_new(3, NULL);
    struct tw_column *shared, *gathered;
    const uint32_t rows[] = {2, 1, 0};
    trawl_view view = {.size = sizeof(view)};
    struct tw_value_counts counts;
    struct tw_column *columns[1];
    struct tw_groups groups;
    const size_t key = 0;
    tw_table *table;

    (void)state;
    bits->words[0] = 5; /* rows 0 and 2 */
    shared = tw_column_share(c, bits, NULL);
    tw_bits_release(bits);
    tw_column_release(c); /* the cells stay */
    assert_true(tw_column_has(shared, 0));
    assert_false(tw_column_has(shared, 1));
    tw_column_view(shared, 0, &view);
    assert_false(trawl_view_has(&view, 1));
    assert_int_equal(trawl_view_u64(&view, 2), 30);
    gathered = tw_column_gather(shared, rows, 3, NULL);
    assert_int_equal(tw_column_u64(gathered, 0), 30);
    assert_false(tw_column_has(gathered, 1));
    assert_true(tw_column_has(gathered, 2));
    assert_int_equal(tw_count_values(shared, &counts, NULL), TRAWL_OK);
    assert_int_equal(counts.n, 2);
    assert_int_equal(counts.n_null, 1);
    tw_value_counts_fini(&counts);
    columns[0] = shared;
    table = table_of(columns, 1);
    assert_int_equal(tw_group_rows(table, &key, 1, &groups, NULL), TRAWL_OK);
    assert_int_equal(groups.n_groups, 3);
    tw_groups_fini(&groups);
    tw_table_release(table);
    tw_column_release(gathered);
}

static void check_cell(const struct tw_column *column, uint32_t flags, const char *expected)
{
    const struct tw_cell_style style = {TW_TIME_UTC, 6, 0};
    struct tw_buffer out = TW_BUFFER_INIT;

    tw_buffer_puts(&out, "");
    tw_cell_text(column, flags, 0, &style, &out);
    assert_string_equal(out.data, expected);
    tw_buffer_fini(&out);
}

static void text_of_cells_is_exact(void **state)
{
    static const struct {
        trawl_type type;
        uint32_t flags;
        int64_t cell;
        const char *text;
    } cases[] = {{TRAWL_BOOL, 0, 1, "true"},
                 {TRAWL_BOOL, 0, 0, "false"},
                 {TRAWL_U16, 0, 443, "443"},
                 {TRAWL_U16, TRAWL_COLUMN_HEX, 0x18, "0x0018"},
                 {TRAWL_U8, TRAWL_COLUMN_HEX, 0xff, "0xff"},
                 {TRAWL_I64, 0, -5, "-5"},
                 {TRAWL_TIME, 0, INT64_C(1500000000123456789), "2017-07-14T02:40:00.123456Z"},
                 {TRAWL_SPAN, 0, -1500000000, "-1.500000000"},
                 {TRAWL_MAC, 0, 0x1b44113ab7, "00:1b:44:11:3a:b7"},
                 {TRAWL_U32, 0, NONE, ""}};
    const double half = 0.5;
    const char *const host = "2001:db8::1", *const word = "a,\"b\"";
    const char *const digits = "123";
    struct tw_dict *dict = tw_dict_new(TRAWL_BYTES);
    struct tw_column *bytes = tw_column_new(TRAWL_BYTES, false, 0, dict, NULL);
    struct tw_column *others[] = {reals(&half, 1), addresses(&host, 1), strings(&word, 1, NULL),
                                  digit_lists(&digits, 1)};
    const char *const texts[] = {"0.5", "2001:db8::1", "a,\"b\"", "1,2,3"};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct tw_column *c = integers(cases[i].type, &cases[i].cell, 1);

        check_cell(c, cases[i].flags, cases[i].text);
        tw_column_release(c);
    }
    for (size_t i = 0; i < TW_COUNT(others); i++) {
        check_cell(others[i], 0, texts[i]);
        tw_column_release(others[i]);
    }
    assert_int_equal(tw_append_value(bytes, "\x00\xff\x10", 3, NULL), TRAWL_OK);
    check_cell(bytes, 0, "00ff10");
    tw_column_release(bytes);
    tw_dict_release(dict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_and_nulls),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(resizing_zeroes_and_forgets),
        cmocka_unit_test(lists_keep_their_items),
        cmocka_unit_test(lists_are_gathered),
        cmocka_unit_test(a_list_of_columns_has_the_values_of_all),
        cmocka_unit_test(shared_cells_have_validity_of_their_own),
        cmocka_unit_test(text_of_cells_is_exact),
    };

    return cmocka_run_group_tests_name("column", tests, NULL, NULL);
}
