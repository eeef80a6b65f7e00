/* The plots' ticks, shortened names and margins. trawl-plot is a program, so its layout is compiled
 * in here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "plugins/plot/render/layout.c"
#include "plugins/plot/ticks.c"

static void check_number(double v, double step, double largest, const char *expected)
{
    char out[64];

    tick_number(out, sizeof(out), v, step, largest);
    assert_string_equal(out, expected);
}

/* A unit where the largest number of the axis is 10,000 and more; at most two decimals beside it,
 * else the number is written out. */
static void ticks_are_short_and_tell_neighbours_apart(void **state)
{
    (void)state;
    check_number(0, 500, 9500, "0");
    check_number(9500, 500, 9900, "9500");
    check_number(9500, 500, 10500, "9.5 k");
    check_number(10000, 500, 10500, "10.0 k");
    check_number(200000, 200000, 800000, "200 k");
    check_number(200000, 200000, 1000000, "0.2 M");
    check_number(1000000, 200000, 1000000, "1.0 M");
    check_number(1000002, 2, 1000004, "1000002");
    check_number(-20000, 10000, 20000, "-20 k");
    check_number(18e18, 1e18, 18e18, "18 E");
    check_number(0.25, 0.05, 1, "0.25");
    check_number(3e-12, 1e-12, 1e-11, "3e-12");
}

static void check_ticks_from(int64_t origin_s, int kind, double min, double max, double n,
                             const char *expected)
{
    char all[512] = "";
    struct ticks t;

    ticks_make(&t, kind, min, max, n, origin_s);
    for (unsigned i = 0; i < t.n; i++)
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? "|" : "",
                 t.items[i].text);
    assert_string_equal(all, expected);
}

static void check_ticks(int kind, double min, double max, double n, const char *expected)
{
    check_ticks_from(0, kind, min, max, n, expected);
}

/* Logarithmic axes count in decades: 0 to 2 is 1 to 100, 1.6 to 1.75 is 40 to 56. A step of a
 * linear one is 1, 2 or 5 times a power of ten: at least (max - min) / n. */
static void ticks_stand_on_round_values(void **state)
{
    (void)state;
    check_ticks(TRAWL_AXIS_LINEAR, -0.1, 1, 4, "0|0.5|1.0");
    check_ticks(TICKS_WHOLE, -0.4, 1.4, 10, "0|1"); /* no half stream */
    check_ticks(TICKS_WHOLE, 0, 900, 4, "0|500");
    check_ticks(TRAWL_AXIS_LINEAR, -30000, 30000, 4, "-20 k|0|20 k");
    check_ticks(TRAWL_AXIS_LOG, 0, 2, 10, "1|2|5|10|20|50|100");
    check_ticks(TRAWL_AXIS_LOG, -1, 5, 6, "0.1|1|10|100|1000|10 k|100 k");
    check_ticks(TRAWL_AXIS_LOG, -7, 5, 4, "1e-06|0.001|1|1000");
    check_ticks(TRAWL_AXIS_LOG, 1.6, 1.75, 4, "40|45|50|55");
    check_ticks(TRAWL_AXIS_TIME, 0, 100, 4, "00:00:00|00:00:30|00:01:00|00:01:30");
    check_ticks_from(61, TRAWL_AXIS_TIME, 0, 15, 4, "00:01:05|00:01:10|00:01:15");
    check_ticks_from(-61, TRAWL_AXIS_TIME, 0, 15, 4, "23:59:00|23:59:05|23:59:10");
    check_ticks(TRAWL_AXIS_CATEGORY, 0, 100, 4, "");
    check_ticks(TRAWL_AXIS_LINEAR, 5, 5, 4, "");
}

static void check_time(double v, double step, double span, const char *expected)
{
    char out[64];

    tick_time(out, sizeof(out), v, step, span, 1705276800); /* 2024-01-15 00:00:00 */
    assert_string_equal(out, expected);
}

static void time_ticks_show_what_differs(void **state)
{
    (void)state;
    check_time(36000, 1, 10, "10:00:00");
    check_time(36000.25, 0.05, 0.3, "10:00:00.25");
    check_time(90000, 3600, 100000, "01-16 01:00");
    check_time(172800, 86400, 864000, "01-17");
    check_time(172800, 86400, 864000000, "2024-01-17");
}

/* 13 high: a letter or digit is 0.64 * 1.34 * 13 = 11.1 wide, a dot 0.4 * 1.34 * 13 = 7.0, the
 * ellipsis 17.4. */
static void names_are_cut_between_characters(void **state)
{
    char out[64];

    (void)state;
    assert_true(text_width("1234", 13) > 44 && text_width("1234", 13) < 45);
    text_cut(out, sizeof(out), "10.0.0.1", 13, 80);
    assert_string_equal(out, "10.0.0.1"); /* 5 * 11.1 + 3 * 7.0 = 76.7 */
    text_cut(out, sizeof(out), "10.0.0.1", 13, 60);
    assert_string_equal(out, "10.0\xe2\x80\xa6"); /* 57.8; with a second dot 64.8 */
    text_cut(out, sizeof(out), "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 13, 53);
    assert_string_equal(out, "\xc3\xa4\xc3\xa4\xe2\x80\xa6"); /* 3 * 17.4 = 52.3 */
    text_cut(out, sizeof(out), "########", 13, 50);
    assert_string_equal(out, "####\xe2\x80\xa6"); /* a pair is one: 2 * 16.0 + 17.4 = 49.4 */
    text_cut(out, 8, "abcdefghijkl", 13, 1000);
    assert_string_equal(out, "abcd\xe2\x80\xa6"); /* eight bytes hold four letters and it */
    text_cut_middle(out, sizeof(out), "abcdefgh", 13, 64); /* 8 * 11.1; 23.3 on either side */
    assert_string_equal(out, "ab\xe2\x80\xa6gh");
    text_cut_middle(out, sizeof(out), "abcdefgh", 13, 100);
    assert_string_equal(out, "abcdefgh");
}

static struct figure bars_figure(uint32_t n, char **names, struct series *series)
{
    static double at[8] = {0, 1, 2, 3, 4, 5, 6, 7}, value[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    static char label[] = "count", title[] = "title";

    *series = (struct series){
        .label = label, .style = TRAWL_SERIES_BARS, .bar_width = 0.8, .n = n, .x = at, .y = value};
    return (struct figure){
        .width = 1000,
        .height = 600,
        .title = title,
        .x = {TRAWL_AXIS_CATEGORY, -0.6, n - 0.4, label, n, names},
        .y = {TRAWL_AXIS_LINEAR, 0, 8.4, label, 0, NULL},
        .n_series = 1,
        .series = series,
    };
}

static void bars_lie_when_their_names_have_no_room(void **state)
{
    static char tcp[] = "TCP", udp[] = "UDP", v6[] = "2001:db8:80:0:1::10";
    char *few[2] = {tcp, udp}, *many[8] = {v6, v6, v6, v6, v6, v6, v6, v6};
    struct series series;
    struct figure f = bars_figure(2, few, &series);
    struct layout l;

    (void)state;
    layout_figure(&f, &l);
    assert_false(l.across);
    assert_int_equal(f.x.kind, TRAWL_AXIS_CATEGORY);
    assert_true(l.x_every == 1);

    f = bars_figure(8, many, &series);
    layout_figure(&f, &l);
    assert_true(l.across);
    assert_int_equal(f.y.kind, TRAWL_AXIS_CATEGORY);
    assert_true(series.x[0] == 8 && series.y[0] == 0);
    assert_true(l.y_every == 1);
    assert_true(l.left > text_width(v6, l.capital));

    f = bars_figure(8, many, &series); /* 150 pixels: 13 high at 0.6, 8 * 1.6 * 7.8 is not there */
    f.height = 150;
    layout_figure(&f, &l);
    assert_true(l.across && l.y_every == 2);
    assert_true(l.bottom < l.top && l.left < l.right && l.right < f.width);
}

static void a_legend_keeps_all_its_rows(void **state)
{
    static char name[] = "a label of a series that is longer than its picture has room for at all";
    static struct series series[12];
    struct figure f = bars_figure(2, NULL, &series[0]);
    struct layout l;

    (void)state;
    for (int i = 0; i < 12; i++)
        series[i] = (struct series){.label = name, .style = TRAWL_SERIES_LINE};
    f.x = f.y;
    f.n_series = 12;
    f.width = 300;
    f.height = 200;
    layout_figure(&f, &l);
    assert_true(l.legend_row * 12 <= l.top - l.bottom);
    assert_true(l.right > l.left && l.right + l.legend_text < 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_short_and_tell_neighbours_apart),
        cmocka_unit_test(ticks_stand_on_round_values),
        cmocka_unit_test(time_ticks_show_what_differs),
        cmocka_unit_test(names_are_cut_between_characters),
        cmocka_unit_test(bars_lie_when_their_names_have_no_room),
        cmocka_unit_test(a_legend_keeps_all_its_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
