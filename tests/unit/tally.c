/* Counts of values by slot: columns, parts of several threads, both of two fields, derived values.
 */
#include <stdio.h>

#include "kernel.h"

/* "value:count value:count" of a slot, in the order in which the values are numbered. */
static const char *slot_text(const struct tw_tally *t, uint32_t slot)
{
    static char text[512];
    char value[64];
    size_t n = 0;
    trawl_view view;

    tw_tally_view(t, 0, &view);
    text[0] = '\0';
    for (uint32_t v = 0; v < t->n_values; v++) {
        for (uint64_t i = t->slot_start[slot]; i < t->slot_start[slot + 1]; i++)
            if (t->counts[i].value == v)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s:%u", n ? " " : "",
                                      (int)tw_view_text(&view, v, value, sizeof(value)), value,
                                      t->counts[i].count);
    }
    return text;
}

/* Values are numbered by their first counted row; a null and a row of no slot are nothing. */
static void a_column_by_slots(void **state)
{
    const int64_t cells[] = {7, 5, NONE, 7, 70000, 5, 9};
    const uint32_t slots[] = {1, 0, 0, 1, 0, 1, UINT32_MAX};
    struct tw_column *c = integers(TRAWL_U32, cells, 7);
    const trawl_tally_rows by_slot = {
        .size = sizeof(by_slot), .n_slots = 2, .n_rows = 7, .slot_of_row = slots};
    const trawl_tally_rows first = {.size = sizeof(first), .n_slots = 1, .n_rows = 4};
    struct tw_tally *t;

    (void)state;
    assert_int_equal(tw_tally_column(c, &by_slot, &t, NULL), TRAWL_OK);
    assert_int_equal(t->n_values, 3);
    assert_int_equal(t->rows[2], 4);
    assert_string_equal(slot_text(t, 0), "5:1 70000:1");
    assert_string_equal(slot_text(t, 1), "7:2 5:1");
    tw_tally_release(t);
    assert_int_equal(tw_tally_column(c, &first, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "7:2 5:1");
    tw_tally_release(t);
    tw_column_release(c);
}

/* Rows 1 and 4 have 5 (row 4 twice), row 2 has 7, rows 1 and 4 have 9, all in slot 0; row 3, in
 * slot 1, has 5: by hand. Threads took rows 1, 3 and 2, 4. */
static void rows_that_have_a_value(void **state)
{
    const trawl_tally_rows rows = {
        .size = sizeof(rows), .n_slots = 2, .n_rows = 5, .flags = TRAWL_TALLY_SEEN};
    static const struct {
        uint32_t i_part, slot, row, value;
    } items[] = {{0, 0, 1, 5}, {0, 0, 1, 9}, {0, 1, 3, 5}, {1, 0, 2, 7},
                 {1, 0, 4, 5}, {1, 0, 4, 9}, {1, 0, 4, 5}};
    struct tw_counter counters[2];
    struct tw_counter *parts[] = {&counters[0], &counters[1]};
    struct tw_tally *t;

    (void)state;
    tw_counter_init_rows(&counters[0], TRAWL_U16, &rows);
    tw_counter_init_rows(&counters[1], TRAWL_U16, &rows);
    for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++)
        assert_int_equal(tw_counter_add_number(parts[items[i].i_part], items[i].slot, items[i].row,
                                               items[i].value, NULL),
                         TRAWL_OK);
    assert_int_equal(tw_tally_new(parts, 2, 2, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "5:3 9:2 7:1");
    assert_string_equal(slot_text(t, 1), "5:1");
    assert_int_equal(t->seen[0].n_rows, 2);
    assert_int_equal(t->seen[0].first, 1);
    assert_int_equal(t->seen[0].last, 4);
    assert_true(t->seen[0].set == t->seen[1].set);
    assert_true(t->seen[0].set != t->seen[2].set);
    assert_int_equal(t->seen[3].n_rows, 1);
    assert_int_equal(t->seen[3].first, 3);
    tw_tally_release(t);
}

/* Two threads that took rows in turn: numbers go by row, whoever met the value; a slot that comes
 * up again adds to what it has. */
static void parts_go_by_row(void **state)
{
    struct tw_counter a, b;
    struct tw_counter *parts[] = {&a, &b};
    struct tw_tally *t;

    (void)state;
    tw_counter_init(&a, TRAWL_STRING, 3);
    tw_counter_init(&b, TRAWL_STRING, 3);
    tw_counter_add_bytes(&a, 0, 1, "late", 4, NULL);
    tw_counter_add_bytes(&a, 2, 4, "", 0, NULL);
    tw_counter_add_bytes(&a, 0, 5, "late", 4, NULL);
    tw_counter_add_bytes(&b, 0, 0, "early", 5, NULL);
    tw_counter_add_bytes(&b, 0, 0, "twin", 4, NULL);
    tw_counter_add_bytes(&b, 2, 6, "late", 4, NULL);
    tw_counter_add_bytes(&b, 2, 7, "late", 4, NULL);
    assert_int_equal(tw_tally_new(parts, 2, 3, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "early:1 twin:1 late:2");
    assert_string_equal(slot_text(t, 1), "");
    assert_string_equal(slot_text(t, 2), "late:2 :1");
    assert_int_equal(a.n + b.n, 0);
    tw_tally_release(t);
}

/* 10.0.0.1 and the IPv6 address that is written like it are two values. */
static void addresses_have_families(void **state)
{
    static const uint8_t v4[4] = {10, 0, 0, 1};
    static const uint8_t v6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
    struct tw_counter c;
    struct tw_counter *parts[] = {&c};
    struct tw_tally *t;

    (void)state;
    tw_counter_init(&c, TRAWL_IP, 1);
    tw_counter_add_bytes(&c, 0, 0, v4, 4, NULL);
    tw_counter_add_bytes(&c, 0, 1, v6, 16, NULL);
    tw_counter_add_bytes(&c, 0, 2, v4, 4, NULL);
    assert_int_equal(tw_tally_new(parts, 1, 1, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "10.0.0.1:2 ::ffff:10.0.0.1:1");
    tw_tally_release(t);
}

static struct tw_tally *numbers(uint32_t first_row, uint64_t a, uint64_t b)
{
    struct tw_counter c;
    struct tw_counter *parts[] = {&c};
    struct tw_tally *t = NULL;

    tw_counter_init(&c, TRAWL_U16, 1);
    tw_counter_add_number(&c, 0, first_row, a, NULL);
    tw_counter_add_number(&c, 0, first_row + 1, b, NULL);
    tw_counter_add_number(&c, 0, first_row + 2, b, NULL);
    assert_int_equal(tw_tally_new(parts, 1, 1, &t, NULL), TRAWL_OK);
    return t;
}

/* srcport 53 80 80, dstport 80 53 53: row by row, and in a row the first part first. */
static void both_of_two_fields(void **state)
{
    struct tw_tally *of[] = {numbers(0, 53, 80), numbers(0, 80, 53)};
    struct tw_tally *t;

    (void)state;
    assert_int_equal(tw_tally_merge((const struct tw_tally *const *)of, 2, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "53:3 80:3");
    for (int i = 0; i < 2; i++)
        tw_tally_release(of[i]);
    tw_tally_release(t);
}

/* 53 once, 80 twice; 53 stands for 1, 80 for 1 too, and for nothing. */
static void values_stand_for_others(void **state)
{
    const int64_t same[] = {1, 1}, some[] = {NONE, 4};
    struct tw_tally *of = numbers(9, 53, 80), *t;
    struct tw_column *c = integers(TRAWL_U8, same, 2), *d = integers(TRAWL_U8, some, 2);

    (void)state;
    assert_int_equal(tw_tally_map(of, c, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "1:3");
    tw_tally_release(t);
    assert_int_equal(tw_tally_map(of, d, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "4:2");
    assert_int_equal(t->rows[0], 10);
    tw_tally_release(t);
    tw_column_release(c);
    tw_column_release(d);
    tw_tally_release(of);
}

static void a_protocol_is_true(void **state)
{
    const uint32_t counts[] = {0, 3};
    struct tw_tally *t;

    (void)state;
    assert_int_equal(tw_tally_true(5, counts, 2, &t, NULL), TRAWL_OK);
    assert_string_equal(slot_text(t, 0), "");
    assert_string_equal(slot_text(t, 1), "true:3");
    tw_tally_release(t);
    assert_int_equal(tw_tally_true(UINT32_MAX, counts, 2, &t, NULL), TRAWL_OK);
    assert_int_equal(t->n_values, 0);
    tw_tally_release(t);
}

/* 100,000 values, each 1 + i % 3 times: the tables grow and nothing is lost. */
static void many_values(void **state)
{
    struct tw_counter c;
    struct tw_counter *parts[] = {&c};
    struct tw_tally *t;
    uint64_t sum = 0;

    (void)state;
    tw_counter_init(&c, TRAWL_U64, 1);
    for (uint32_t i = 0; i < 100000; i++)
        for (uint32_t k = 0; k <= i % 3; k++)
            tw_counter_add_number(&c, 0, i, (uint64_t)i << 20, NULL);
    assert_int_equal(tw_tally_new(parts, 1, 1, &t, NULL), TRAWL_OK);
    assert_int_equal(t->n_values, 100000);
    for (uint32_t v = 0; v < t->n_values; v++)
        sum += t->counts[v].count == 1 + v % 3 && ((uint64_t *)t->cells)[v] == (uint64_t)v << 20;
    assert_int_equal(sum, 100000);
    tw_tally_release(t);
}

/* Long after a table is too large for near caches, texts are still numbered by the row that has
 * them first, whatever their length: 40,000 texts three times over, of which every 1,000th has 300
 * bytes and comes twice in a row. So 40,000 values, 3 of each, 6 of 40 of them. */
static void many_texts(void **state)
{
    struct tw_counter c;
    struct tw_counter *parts[] = {&c};
    struct tw_tally *t;
    uint32_t n_right = 0;
    char text[300];

    (void)state;
    tw_counter_init(&c, TRAWL_STRING, 1);
    memset(text, 'x', sizeof(text));
    for (uint32_t i = 0; i < 120000; i++) {
        const uint32_t v = i % 40000;

        memcpy(text, &v, sizeof(v));
        for (uint32_t k = 0; k <= (v % 1000 == 0); k++)
            assert_int_equal(tw_counter_add_bytes(&c, 0, i, text,
                                                  v % 1000 ? sizeof(v) + v % 40 : sizeof(text),
                                                  NULL),
                             TRAWL_OK);
    }
    assert_int_equal(tw_tally_new(parts, 1, 1, &t, NULL), TRAWL_OK);
    assert_int_equal(t->n_values, 40000);
    for (uint32_t v = 0; v < t->n_values; v++)
        n_right += t->rows[v] == v && t->counts[v].count == (v % 1000 ? 3 : 6) &&
                   memcmp(t->text + t->text_offsets[v + 1], &v, sizeof(v)) == 0;
    assert_int_equal(n_right, 40000);
    tw_tally_release(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_by_slots),  cmocka_unit_test(rows_that_have_a_value),
        cmocka_unit_test(parts_go_by_row),    cmocka_unit_test(addresses_have_families),
        cmocka_unit_test(both_of_two_fields), cmocka_unit_test(values_stand_for_others),
        cmocka_unit_test(a_protocol_is_true), cmocka_unit_test(many_values),
        cmocka_unit_test(many_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
