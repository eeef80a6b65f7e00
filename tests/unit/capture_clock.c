/* Times of pcapng: resolutions, offsets, and what does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/capture/pcapng.h"

static int64_t time_of(uint8_t tsresol, int64_t offset_s, uint64_t ticks)
{
    struct tw_ng_clock clock = tw_ng_clock_of(tsresol);
    int64_t ns = -1;

    clock.offset_s = offset_s;
    assert_true(tw_ng_time(&clock, ticks, &ns));
    return ns;
}

static bool fits(uint8_t tsresol, int64_t offset_s, uint64_t ticks)
{
    struct tw_ng_clock clock = tw_ng_clock_of(tsresol);
    int64_t ns;

    clock.offset_s = offset_s;
    return tw_ng_time(&clock, ticks, &ns);
}

static void powers_of_ten(void **state)
{
    (void)state;
    assert_int_equal(time_of(6, 0, 1700000000123456), 1700000000123456000);
    assert_int_equal(time_of(9, 0, 1700000000123456789), 1700000000123456789);
    assert_int_equal(time_of(0, 0, 1700000000), 1700000000000000000);
    assert_int_equal(time_of(3, 0, 1700000000123), 1700000000123000000);
    /* Picoseconds are cut, not rounded: 1,999 ps is 1 ns. */
    assert_int_equal(time_of(12, 0, 1999), 1);
    /* 10^-19: 2^64 - 1 = 18,446,744,073,709,551,615 ticks are 1.844674407 s. */
    assert_int_equal(time_of(19, 0, UINT64_MAX), 1844674407);
    /* 10^-28 divides by 10^19: 2^64 - 1 ticks are 1.8 ns. 10^-29 would need 10^20. */
    assert_int_equal(time_of(28, 0, UINT64_MAX), 1);
    assert_int_equal(time_of(29, 0, UINT64_MAX), 0);
    assert_int_equal(time_of(127, 0, UINT64_MAX), 0);
}

static void powers_of_two(void **state)
{
    (void)state;
    assert_int_equal(time_of(0x80, 0, 1700000000), 1700000000000000000);
    /* 2^-10: 1,536 ticks are 1.5 s. */
    assert_int_equal(time_of(0x80 | 10, 0, 1536), 1500000000);
    /* 2^-32: half of 2^32 is 0.5 s; one tick is 0.23 ns. */
    assert_int_equal(time_of(0x80 | 32, 0, UINT64_C(0x80000000)), 500000000);
    assert_int_equal(time_of(0x80 | 32, 0, 1), 0);
    /* 2^-64: the largest number of ticks is just under a second. */
    assert_int_equal(time_of(0x80 | 64, 0, UINT64_MAX), 999999999);
    assert_int_equal(time_of(0xff, 0, UINT64_MAX), 0);
}

static void offsets_are_seconds(void **state)
{
    (void)state;
    assert_int_equal(time_of(6, 100, 2000000), 102000000000);
    assert_int_equal(time_of(6, -3, 2000000), -1000000000);
}

static void times_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    /* The last second that fits is 9,223,372,036; 854,775,807 ns of the next one too. */
    assert_true(fits(9, 0, INT64_MAX));
    assert_false(fits(9, 0, (uint64_t)INT64_MAX + 1));
    assert_true(fits(0, 0, 9223372036));
    assert_false(fits(0, 0, 9223372037));
    assert_false(fits(6, INT64_MAX, 0));
    assert_false(fits(6, INT64_MIN, UINT64_MAX));
    /* INT64_MIN itself means "no time". */
    assert_false(fits(9, -9223372037, 145224192));
    assert_true(fits(9, -9223372037, 145224193));
}

static void decimals_worth_showing(void **state)
{
    (void)state;
    assert_int_equal(tw_ng_clock_of(6).decimals, 6);
    assert_int_equal(tw_ng_clock_of(9).decimals, 9);
    assert_int_equal(tw_ng_clock_of(12).decimals, 9);
    /* 2^-10 is about a thousandth (3.01 digits), 2^-20 about a millionth (6.02). */
    assert_int_equal(tw_ng_clock_of(0x80 | 10).decimals, 4);
    assert_int_equal(tw_ng_clock_of(0x80 | 20).decimals, 7);
    assert_int_equal(tw_ng_clock_of(0x80).decimals, 0);
}

static void options_stop_where_they_run_past_the_end(void **state)
{
    /* Option 2 of three bytes and one of padding, then option 9 that says eight bytes and has two.
     */
    static const uint8_t bytes[] = {2, 0, 3, 0, 'e', 't', 'h', 0, 9, 0, 8, 0, 6, 0};
    struct tw_ng_option option = {.next = bytes, .end = bytes + sizeof(bytes)};

    (void)state;
    assert_true(tw_ng_option_next(&option, false));
    assert_int_equal(option.code, 2);
    assert_int_equal(option.n, 3);
    assert_memory_equal(option.value, "eth", 3);
    assert_false(tw_ng_option_next(&option, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_of_ten),
        cmocka_unit_test(powers_of_two),
        cmocka_unit_test(offsets_are_seconds),
        cmocka_unit_test(times_beyond_64_bits_are_refused),
        cmocka_unit_test(decimals_worth_showing),
        cmocka_unit_test(options_stop_where_they_run_past_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
