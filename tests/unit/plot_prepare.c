/* Figures made ready to be drawn. Plugins are modules, so the files are compiled in here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/plot/figure.c"
#include "plugins/plot/prepare.c"
#include <cmocka.h> /* behind what calls host->fail(): its fail() is a macro */

/* ---- what the files ask of the host and of their neighbours ---- */

static char said[256];
static void *made[64];
static size_t n_made;

static int failed(trawl_error *err, int code, const char *format, ...)
{
    va_list args;

    (void)err;
    va_start(args, format);
    vsnprintf(said, sizeof(said), format, args);
    va_end(args);
    return code;
}

static void note(int level, const char *format, ...)
{
    va_list args;

    (void)level;
    va_start(args, format);
    vsnprintf(said, sizeof(said), format, args);
    va_end(args);
}

static const trawl_host fake = {.fail = failed, .log = note};
const trawl_host *host = &fake;

void *plot_array(trawl_call *call, uint64_t n, size_t size, trawl_error *err)
{
    (void)call;
    (void)err;
    assert_true(n_made < sizeof(made) / sizeof(made[0]));
    made[n_made] = calloc((size_t)n + 1, size);
    return made[n_made++];
}

static int forget(void **state)
{
    (void)state;
    while (n_made)
        free(made[--n_made]);
    said[0] = '\0';
    return 0;
}

/* ---- */

static void are(const double *got, size_t n, const double *expected)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(expected[i]))
            assert_true(isnan(got[i]));
        else if (!(fabs(got[i] - expected[i]) <= 1e-9))
            fail_msg("value %zu: got %g, expected %g", i, got[i], expected[i]);
    }
}

static const double x3[] = {1, 10, 100}, y3[] = {5, 7, 6};

/* A plugin that was built for ABI 1.1 knows nothing behind `series`. */
static void an_old_figure_has_no_looks(void **state)
{
    trawl_series series = {.label = "a", .n = 3, .x = x3, .y = y3};
    trawl_figure f = {.size = (uint32_t)offsetof(trawl_figure, looks),
                      .n_series = 1,
                      .series = &series,
                      .looks = (const trawl_look *)(uintptr_t)16, /* must not be read */
                      .look_size = 99};
    const trawl_canvas canvas = {.size = sizeof(canvas)};
    struct plot_figure got;

    (void)state;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    assert_int_equal(got.n_series, 1);
    assert_int_equal(got.series[0].colour, 1);
    assert_null(got.series[0].low);
    assert_ptr_equal(got.series[0].y, y3);
}

/* Ticks of whole numbers are whole; of what has a fraction, on its own side, they need not be. */
static void an_axis_of_whole_numbers_is_one(void **state)
{
    static const double y[] = {NAN, 7, 6.5};
    trawl_series series[] = {{.label = "a", .n = 3, .x = x3, .y = y3},
                             {.label = "b", .n = 3, .x = x3, .y = y}};
    const trawl_look looks[] = {{.flags = 0}, {.flags = TRAWL_LOOK_RIGHT}};
    trawl_figure f = {.size = sizeof(f),
                      .n_series = 2,
                      .series = series,
                      .looks = looks,
                      .look_size = sizeof(looks[0])};
    const trawl_canvas canvas = {.size = sizeof(canvas)}, log = {.size = sizeof(log), .log = "x"};
    struct plot_figure got;

    (void)state;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    assert_int_equal(got.x.kind, TICKS_WHOLE);
    assert_int_equal(got.y.kind, TICKS_WHOLE);
    assert_int_equal(got.y2.kind, TRAWL_AXIS_LINEAR);
    assert_int_equal(plot_prepare(NULL, &f, &log, &got, NULL), TRAWL_OK);
    assert_int_equal(got.x.kind, TRAWL_AXIS_LOG); /* of 1, 10 and 100: 0, 1, 2 */
}

/* ---- what a picture cannot show ---- */

static struct plot_range square(double side)
{
    return (struct plot_range){.x_max = side, .y_max = side};
}

/* A hundred thousand points at 50 but for one of 99 and one of 1, side by side, over 100 pixels, of
 * which a column has half: four points a column at most, and both extremes among them. */
static void a_thinned_line_keeps_its_extremes(void **state)
{
    enum { N = 100000 };
    static double x[N], y[N];
    struct plot_series s = {.n = N, .x = x, .y = y};
    struct plot_figure f = {.series = &s, .n_series = 1};
    const struct plot_range range = square(N);
    int high = 0, low = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        x[i] = i;
        y[i] = 50;
    }
    y[54321] = 99;
    y[54322] = 1;
    assert_int_equal(plot_thin(NULL, &f, &range, 100, 100, NULL), TRAWL_OK);
    assert_true(s.n <= 4 * 2 * 100);
    for (size_t k = 0; k < s.n; k++) {
        high += s.y[k] == 99;
        low += s.y[k] == 1;
        assert_true(!k || s.x[k] > s.x[k - 1]);
    }
    assert_int_equal(high, 1);
    assert_int_equal(low, 1);
    assert_true(s.x[0] == 0 && s.x[s.n - 1] == N - 1);
}

/* Segments of 1 that lie on one another, and one that reaches from 0 to 90 among them. */
static void thinned_ranges_cover_the_same(void **state)
{
    enum { N = 50000 };
    static double x[N], low[N], high[N];
    struct plot_series s = {
        .style = TRAWL_SERIES_RANGES, .n = N, .x = x, .y = high, .low = low, .high = high};
    struct plot_figure f = {.series = &s, .n_series = 1};
    const struct plot_range range = square(100);
    double most = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        x[i] = 50;
        low[i] = 10;
        high[i] = 11;
    }
    low[40000] = 0;
    high[40000] = 90;
    assert_int_equal(plot_thin(NULL, &f, &range, 100, 100, NULL), TRAWL_OK);
    assert_int_equal(s.n, 2);
    for (size_t k = 0; k < s.n; k++)
        most = s.high[k] > most ? s.high[k] : most;
    assert_true(most == 90);
}

/* A dot is a quarter of a pixel: a thousand on one are one, two that are a pixel apart are two. */
static void thinned_dots_are_where_there_were_some(void **state)
{
    enum { N = 1001 };
    static double x[N], y[N];
    struct plot_series s = {.style = TRAWL_SERIES_DOTS, .n = N, .x = x, .y = y};
    struct plot_figure f = {.series = &s, .n_series = 1};
    const struct plot_range range = square(100);

    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = y[i] = 20.1;
    x[500] = 21.1;
    assert_int_equal(plot_thin(NULL, &f, &range, 100, 100, NULL), TRAWL_OK);
    assert_int_equal(s.n, 2);
}

/* Of two --style the first is for the first line, the second for all others; bars are none. */
static void styles_go_in_turns(void **state)
{
    static const char *const words[] = {"dots", "steps"};
    trawl_series series[4] = {{.n = 3, .x = x3, .y = y3},
                              {.style = TRAWL_SERIES_BARS, .n = 3, .x = x3, .y = y3},
                              {.n = 3, .x = x3, .y = y3},
                              {.n = 3, .x = x3, .y = y3}};
    trawl_figure f = {.size = sizeof(f), .n_series = 4, .series = series};
    const trawl_canvas canvas = {.size = sizeof(canvas), .styles = {words, 2}};
    struct plot_figure got;

    (void)state;
    assert_int_equal(plot_copy(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    assert_int_equal(got.series[0].style, TRAWL_SERIES_DOTS);
    assert_int_equal(got.series[1].style, TRAWL_SERIES_BARS);
    assert_int_equal(got.series[2].style, TRAWL_SERIES_STEPS);
    assert_int_equal(got.series[3].style, TRAWL_SERIES_STEPS);
}

/* From (1, 5) level to 10, up to 7, level to 100, down to 6. */
static void steps_are_level_lines(void **state)
{
    const double x[] = {1, 10, 10, 100, 100}, y[] = {5, 5, 7, 7, 6};
    trawl_series series = {.style = TRAWL_SERIES_LINE, .n = 3, .x = x3, .y = y3};
    trawl_figure f = {.size = sizeof(f), .n_series = 1, .series = &series};
    const trawl_canvas canvas = {.size = sizeof(canvas), .style = "steps", .title = "none"};
    struct plot_figure got;

    (void)state;
    f.title = "a title";
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    assert_null(got.title);
    assert_int_equal(got.series[0].style, TRAWL_SERIES_LINE);
    assert_int_equal(got.series[0].n, 5);
    are(got.series[0].x, 5, x);
    are(got.series[0].y, 5, y);
}

static void logarithms_leave_out_what_has_none(void **state)
{
    const double y[] = {0, -3, 1000}, log_y[] = {NAN, NAN, 3}, log_x[] = {0, 1, 2};
    trawl_series series = {.style = TRAWL_SERIES_DOTS, .n = 3, .x = x3, .y = y};
    trawl_figure f = {.size = sizeof(f), .n_series = 1, .series = &series};
    trawl_canvas canvas = {.size = sizeof(canvas), .log = "xy"};
    struct plot_figure got;

    (void)state;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    are(got.series[0].x, 3, log_x);
    are(got.series[0].y, 3, log_y);
    assert_string_equal(said, "a logarithmic axis leaves out what is not above 0: 2 of the values");

    f.x.kind = TRAWL_AXIS_TIME;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_E_USAGE);
    assert_string_equal(said, "the x axis has times, which have no logarithm");
    f.x.kind = TRAWL_AXIS_LINEAR;
    series.style = TRAWL_SERIES_BARS;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_E_USAGE);
    assert_string_equal(said, "bars stand on a linear axis: only --log y");
}

/* Left 5 to 7 becomes 4.9 to 7.1 (a margin of 5 % of 2). Right 0.1 to 0.3: above 30 % of the
 * largest, so 0.09 to 0.31: 0.2 is the middle of both, 0.1 is a hundredth of 0.22 above the
 * lowest: 4.9 + 2.2 * 0.01 / 0.22 = 5. */
static void the_right_axis_shares_the_height(void **state)
{
    const double right[] = {0.1, 0.2, 0.3}, at[] = {5, 6, 7};
    trawl_series series[2] = {{.n = 3, .x = x3, .y = y3}, {.n = 3, .x = x3, .y = right}};
    const trawl_look looks[2] = {{.flags = 0}, {.flags = TRAWL_LOOK_RIGHT}};
    trawl_figure f = {.size = sizeof(f),
                      .n_series = 2,
                      .series = series,
                      .looks = looks,
                      .look_size = sizeof(looks[0])};
    const trawl_canvas canvas = {.size = sizeof(canvas)};
    struct plot_figure got;
    struct plot_range range;

    (void)state;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    assert_true(plot_range(&got, &range));
    assert_true(range.has_y2);
    are(&range.y_min, 1, (const double[]){4.9});
    are(&range.y2_min, 1, (const double[]){0.09});
    assert_int_equal(plot_join_axes(NULL, &got, &range, NULL), TRAWL_OK);
    are(got.series[1].y, 3, at);
    assert_int_equal(got.series[1].colour, 2);
}

/* Ends widen the axis; ranges without ends are a plugin's fault. */
static void ranges_need_ends(void **state)
{
    const double low[] = {1, 2, 3}, high[] = {4, 9, 5};
    trawl_series series = {.style = TRAWL_SERIES_RANGES, .n = 3, .x = x3};
    trawl_look look = {.low = low, .high = high, .mark = TRAWL_MARK_CROSS, .colour = 5};
    trawl_figure f = {.size = sizeof(f),
                      .n_series = 1,
                      .series = &series,
                      .looks = &look,
                      .look_size = sizeof(look)};
    const trawl_canvas canvas = {.size = sizeof(canvas)};
    struct plot_figure got;
    struct plot_range range;

    (void)state;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_OK);
    assert_true(plot_range(&got, &range));
    are(&range.y_max, 1, (const double[]){9 * 1.05});
    assert_int_equal(got.series[0].colour, 5);
    look.high = NULL;
    assert_int_equal(plot_prepare(NULL, &f, &canvas, &got, NULL), TRAWL_E_PLUGIN);
}

/* One value, none, and not a number: an axis always has a length. */
static void every_range_has_a_length(void **state)
{
    const double one[] = {36000}, value[] = {1500}, zero[] = {0}, none[] = {NAN};
    const double negative[] = {-4};
    struct plot_series s = {.n = 1, .x = one, .y = value};
    struct plot_figure f = {.n_series = 1, .series = &s, .x = {.kind = TRAWL_AXIS_TIME}};
    struct plot_range r;

    (void)state;
    assert_true(plot_range(&f, &r));
    assert_true(r.x_min == 35999 && r.x_max == 36001 && r.y_min == 0 && r.y_max == 1875);
    s.y = zero;
    assert_true(plot_range(&f, &r));
    assert_true(r.y_min < 0 && r.y_max > 0);
    s.y = negative;
    assert_true(plot_range(&f, &r));
    assert_true(r.y_min < -4 && r.y_max > -4);
    s.style = TRAWL_SERIES_BARS;
    assert_true(plot_range(&f, &r));
    assert_true(r.y_min < -4 && r.y_max == 0);
    s.y = none;
    assert_false(plot_range(&f, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_old_figure_has_no_looks, forget),
        cmocka_unit_test_teardown(an_axis_of_whole_numbers_is_one, forget),
        cmocka_unit_test_teardown(a_thinned_line_keeps_its_extremes, forget),
        cmocka_unit_test_teardown(thinned_ranges_cover_the_same, forget),
        cmocka_unit_test_teardown(thinned_dots_are_where_there_were_some, forget),
        cmocka_unit_test_teardown(styles_go_in_turns, forget),
        cmocka_unit_test_teardown(steps_are_level_lines, forget),
        cmocka_unit_test_teardown(logarithms_leave_out_what_has_none, forget),
        cmocka_unit_test_teardown(the_right_axis_shares_the_height, forget),
        cmocka_unit_test_teardown(ranges_need_ends, forget),
        cmocka_unit_test_teardown(every_range_has_a_length, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
