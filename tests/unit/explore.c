/* The explorer's model: limits, order, time, widths, the command that says the same, the layout.
 * Must not know curses. */
#include <stdio.h>
#include <stdlib.h>

#include "core/plugin/call.h"
#include "tests/unit/stage.h"
#include "ui.h"

/* Four fields' rows as compare gives them: two of "a.port", three of "b.name". Shares in %, totals
 * negative for a value that is gone. */
static const char text[] = "a.portb.name53 (domain)80 (http)alphabetagamma";
static const uint64_t text_offsets[] = {0, 6, 12, 23, 32, 37, 41, 46};
static const uint32_t fields[] = {0, 0, 1, 1, 1}, values[] = {2, 3, 4, 5, 6};
static const uint64_t lefts[] = {10, 5, 8, 0, 20}, rights[] = {30, 5, 0, 6, 25};
static const int64_t deltas[] = {20, 0, -8, 6, 5}, totals[] = {40, 10, -8, 6, 45};
static const double shares[] = {5.0, 0.0, -100, 100, 2.5}, effects[] = {0.5, 0, -1.2, 1.1, 0.1},
                    qs[] = {0.01, 1, 0.0001, 0, 0.3};
static const uint64_t tested[] = {0x17}; /* row 3 has no q */

#define VIEW(type_, data_)                                                         \
    {                                                                              \
        .size = sizeof(trawl_view), .type = (type_), .n_rows = 5, .data = (data_), \
        .text_offsets = text_offsets, .text = (const uint8_t *)text, .n_codes = 7, \
        .valid = (const void *)(data_) == (const void *)qs ? tested : NULL         \
    }
static const struct diff diff = {.field = VIEW(TRAWL_STRING, fields),
                                 .value = VIEW(TRAWL_STRING, values),
                                 .left = VIEW(TRAWL_U64, lefts),
                                 .right = VIEW(TRAWL_U64, rights),
                                 .delta = VIEW(TRAWL_I64, deltas),
                                 .delta_share = VIEW(TRAWL_F64, shares),
                                 .total = VIEW(TRAWL_I64, totals),
                                 .q = VIEW(TRAWL_F64, qs),
                                 .effect = VIEW(TRAWL_F64, effects),
                                 .n = 5};

/* The rows within limits as digits. */
static const char *rows(struct limits limits)
{
    static char digits[8];
    uint32_t *list = NULL;
    size_t n = 0;

    assert_int_equal(list_make(&diff, &limits, &list, &n, NULL, NULL), TRAWL_OK);
    assert_true(n < sizeof(digits));
    for (size_t i = 0; i < n && i + 1 < sizeof(digits); i++)
        digits[i] = (char)('0' + list[i]);
    digits[n < sizeof(digits) ? n : 0] = 0;
    host->free(list);
    return digits;
}
#define ROWS(want, ...) assert_string_equal(rows((struct limits){__VA_ARGS__}), want)

/* Fields in the order of the table, in each the largest share first: 5 0 | 100 2.5 -100. */
static void fields_keep_their_order(void **state)
{
    (void)state;
    ROWS("01342", 0);
    ROWS("10243", .reverse = 1);
    ROWS("01432", .sort = SORT_TOTAL); /* 40 10 | 45 6 -8 */
    ROWS("01423", .sort = SORT_LEFT);
    ROWS("01243", .sort = SORT_Q); /* the surest first, what was not tested last */
}

/* Sizes 100 100 5 2.5 0; of the two hundreds the one with more packets, 8 against 6. */
static void one_order_over_all_fields(void **state)
{
    (void)state;
    ROWS("23041", .flat = 1);
    ROWS("23", .flat = 1, .top = 2);
    ROWS("23041", .flat = 1, .sort = SORT_EFFECT); /* 1.2 1.1 0.5 0.1 0 */
}

static void limits_are_strict(void **state)
{
    (void)state;
    ROWS("32", .threshold = 5); /* 5 is not more than 5 */
    ROWS("032", .threshold = 4.9);
    ROWS("014", .min_count = 8); /* 8 packets that are gone are not more than 8 */
    ROWS("0142", .min_count = 7);
    ROWS("034", .sign = SIGN_POSITIVE);
    ROWS("2", .sign = SIGN_NEGATIVE);
    ROWS("03", .top = 1); /* of each field */
}

static void texts_are_contained(void **state)
{
    (void)state;
    ROWS("01", .match = "port");
    ROWS("", .match = "Port");
    ROWS("1", .values = "http");
    ROWS("342", .values = "a", .match = "name");
    ROWS("", .values = "alphabet"); /* not over the end of a value */
}

/* What sums a field up is behind its values in every order; a name from the wire that begins alike
 * is none of it. Rows: 53 (5), __WIDTH__ (0), __x (-100), of one field. */
static void summaries_come_last(void **state)
{
    static const char some[] = "__WIDTH____x";
    static const uint64_t offsets[] = {0, 0, 9, 12};
    static const uint32_t codes[] = {0, 1, 2}, field[] = {0, 0, 0};
    struct diff d = diff;

    (void)state;
    d.value.data = codes;
    d.value.text = (const uint8_t *)some;
    d.value.text_offsets = offsets;
    d.value.n_codes = 3;
    d.field.data = field;
    d.n = 3;
    for (int reverse = 0; reverse < 2; reverse++) {
        const struct limits limits = {.reverse = reverse};
        uint32_t *list = NULL;
        size_t n = 0;

        assert_int_equal(list_make(&d, &limits, &list, &n, NULL, NULL), TRAWL_OK);
        assert_int_equal(n, 3);
        assert_int_equal(list[0], reverse ? 2 : 0);
        assert_int_equal(list[2], 1);
        host->free(list);
    }
}

static int stop(void *context)
{
    (void)context;
    return 1;
}

static void work_can_be_stopped(void **state)
{
    const struct limits limits = {0};
    uint32_t *list = NULL;
    size_t n = 0;

    (void)state;
    assert_int_equal(list_make(&diff, &limits, &list, &n, stop, NULL), TRAWL_E_CANCELLED);
    assert_null(list);
}

/* Points (bin, value, count): 0:a=1 0:b=2 1:a=4 3:b=8, and of the number of values w 2 in bin 0. */
static void counts_over_time(void **state)
{
    static const uint32_t bins[] = {0, 0, 0, 1, 3}, codes[] = {4, 5, 6, 4, 5};
    static const uint64_t counts[] = {1, 2, 2, 4, 8};
    struct series_side side = {.value = VIEW(TRAWL_STRING, values), .n_bins = 4};
    double v[8];

    (void)state;
    assert_int_equal(series_index(&side, bins, counts, codes, 5, 7, 6), TRAWL_OK);
    assert_int_equal(series_code(&side, "alpha", 5), 4);
    assert_int_equal(series_code(&side, "alph", 4), -1);
    series_columns(&side, 4, 0, v, 4);
    assert_true(v[0] == 1 && v[1] == 4 && v[2] == 0 && v[3] == 0);
    series_columns(&side, 4, 0, v, 2); /* the larger of two bins */
    assert_true(v[0] == 4 && v[1] == 0);
    series_columns(&side, 5, 0, v, 8); /* two columns a bin */
    assert_true(v[0] == 2 && v[1] == 2 && v[2] == 0 && v[6] == 8 && v[7] == 8);
    series_columns(&side, 4, 1, v, 4); /* 1 of 3: w is none of them */
    assert_true(v[0] > 33.3 && v[0] < 33.4 && v[1] == 100);
    series_columns(&side, -1, 0, v, 4);
    assert_true(v[0] == 0 && v[3] == 0);
    side.start_ns = 1000;
    assert_int_equal(series_column_of(&side, 10, 1000, 4), 0);
    assert_int_equal(series_column_of(&side, 10, 1019, 8), 2);
    assert_int_equal(series_column_of(&side, 10, 0, 4), 0);
    assert_int_equal(series_column_of(&side, 10, 5000, 4), 4);
    series_side_free(&side);
}

static void widths_are_round(void **state)
{
    static const struct {
        double seconds;
        unsigned n;
        const char *text;
    } cases[] = {{16.9, 160, "200 ms"}, {0.9, 16, "100 ms"}, {60, 160, "500 ms"}, {389, 160, "5 s"},
                 {800, 16, "1 m"},      {0, 160, "1 us"},    {960, 16, "2 m"}, /* 16 minutes are 17
                                                                                  bins of one */
                 {86400, 16, "2 h"},    {3e6, 10, "7 d"},    {1e9, 1, "11580 d"}};
    char text_of[32];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t bin = nice_bin((int64_t)(cases[i].seconds * 1e9), cases[i].n);

        bin_text(text_of, sizeof(text_of), bin);
        assert_string_equal(text_of, cases[i].text);
        assert_true((double)bin * cases[i].n >= cases[i].seconds * 1e9);
    }
}

/* A bar of half of 2 rows fills the lower one: 8 and 0 eighths. The least there is shows. */
static void bars_have_eighths(void **state)
{
    (void)state;
    assert_int_equal(bar_eighths(5, 10, 2, 0), 8);
    assert_int_equal(bar_eighths(5, 10, 2, 1), 0);
    assert_int_equal(bar_eighths(10, 10, 2, 1), 8);
    assert_int_equal(bar_eighths(7.5, 10, 2, 1), 4);
    assert_int_equal(bar_eighths(1, 1e9, 4, 0), 1);
    assert_int_equal(bar_eighths(0, 10, 2, 0), 0);
    assert_int_equal(bar_eighths(20, 10, 2, 1), 8);
    assert_int_equal(bar_eighths(1, 0, 2, 0), 1);
}

static void command_says_the_same(void **state)
{
    struct side sides[2] = {{.capture = "a"}, {.capture = "b"}};
    struct limits limits = {.threshold = 2.5, .top = 3, .match = "dns", .values = "it's (x)"};
    char line[1024];

    (void)state;
    command_text(line, sizeof(line), sides, 2, &limits);
    assert_string_equal(line, "compare a b -t 2.5 -m dns -M 'it'\\''s (x)' -x 3");
    limits = (struct limits){
        .min_count = 7, .sort = SORT_TOTAL, .reverse = 1, .sign = SIGN_NEGATIVE};
    sides[0] = sides[1] = (struct side){.capture = "a", .from_ns = 1500000000, .to_ns = 2000000000};
    command_text(line, sizeof(line), sides, 3, &limits);
    assert_string_equal(line, "compare a --left-where 'frame.time_epoch >= \"1.500000000\" && "
                              "frame.time_epoch < \"2.000000000\"' --right-where "
                              "'frame.time_epoch >= \"1.500000000\" && frame.time_epoch < "
                              "\"2.000000000\"' -d 3 -c 7 -N -s total -r");
    seconds_text(line, sizeof(line), -1);
    assert_string_equal(line, "-0.000000001");
}

/* Every size: what is laid out fills the rows and overlaps nowhere; too small: no list. */
static void layout_fits_every_size(void **state)
{
    (void)state;
    for (unsigned rows_n = 1; rows_n < 120; rows_n++) {
        for (unsigned columns = 1; columns < 200; columns += 7) {
            struct layout l;
            unsigned end;

            ui_lay_out(&l, columns, rows_n);
            if (columns < 20 || rows_n < 5) {
                assert_int_equal(l.list_rows, 0);
                continue;
            }
            assert_true(l.list_rows >= 1 && l.list_top >= 2);
            end = l.list_top + l.list_rows;
            if (l.chart_rows) {
                assert_int_equal(l.chart_top, end);
                end += 1 + l.chart_rows; /* a title and bars */
                if (l.totals_rows) {
                    assert_int_equal(l.totals_top, end);
                    end += 1 + l.totals_rows;
                }
                end++; /* times */
            }
            assert_int_equal(end, l.foot);
            assert_true(l.foot < rows_n);
        }
    }
    assert_int_equal(terminal_scroll(0, 12, 10, 100), 3);
    assert_int_equal(terminal_scroll(50, 12, 10, 100), 12);
    assert_int_equal(terminal_scroll(95, 99, 10, 100), 90);
    assert_int_equal(terminal_scroll(5, 0, 10, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_keep_their_order), cmocka_unit_test(one_order_over_all_fields),
        cmocka_unit_test(limits_are_strict),       cmocka_unit_test(texts_are_contained),
        cmocka_unit_test(summaries_come_last),     cmocka_unit_test(work_can_be_stopped),
        cmocka_unit_test(counts_over_time),        cmocka_unit_test(widths_are_round),
        cmocka_unit_test(bars_have_eighths),       cmocka_unit_test(command_says_the_same),
        cmocka_unit_test(layout_fits_every_size),
    };

    host = &tw_host;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
