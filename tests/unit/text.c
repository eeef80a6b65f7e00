/* Numbers, times, addresses, sizes: text to value and back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "core/base/text.h"

#define CHECK_TEXT(expression, expected)    \
    do {                                    \
        char out[TW_TEXT_MAX + 1];          \
        size_t len = (expression);          \
        assert_true(len <= TW_TEXT_MAX);    \
        out[len] = '\0';                    \
        assert_string_equal(out, expected); \
    } while (0)

/* ---- numbers ---- */

static void check_u64(const char *s, int rc, uint64_t expected)
{
    uint64_t v = 77;

    assert_int_equal(tw_parse_u64(s, strlen(s), &v), rc);
    assert_int_equal(v, rc == TRAWL_OK ? expected : 77);
}

static void check_i64(const char *s, int rc, int64_t expected)
{
    int64_t v = 77;

    assert_int_equal(tw_parse_i64(s, strlen(s), &v), rc);
    assert_int_equal(v, rc == TRAWL_OK ? expected : 77);
}

static void integers_are_read_whole_or_not(void **state)
{
    (void)state;
    check_u64("0", TRAWL_OK, 0);
    check_u64("007", TRAWL_OK, 7);
    check_u64("18446744073709551615", TRAWL_OK, UINT64_MAX);
    check_u64("18446744073709551616", TRAWL_E_USAGE, 0);
    check_u64("99999999999999999999", TRAWL_E_USAGE, 0);
    check_u64("0xFfffFFFFffffFFFF", TRAWL_OK, UINT64_MAX);
    check_u64("0x10000000000000000", TRAWL_E_USAGE, 0);
    check_u64("0x", TRAWL_E_USAGE, 0);
    check_u64("", TRAWL_E_USAGE, 0);
    check_u64("-1", TRAWL_E_USAGE, 0);
    check_u64("+1", TRAWL_E_USAGE, 0);
    check_u64(" 1", TRAWL_E_USAGE, 0);
    check_u64("1x", TRAWL_E_USAGE, 0);
    check_i64("-9223372036854775808", TRAWL_OK, INT64_MIN);
    check_i64("9223372036854775807", TRAWL_OK, INT64_MAX);
    check_i64("9223372036854775808", TRAWL_E_USAGE, 0);
    check_i64("-9223372036854775809", TRAWL_E_USAGE, 0);
    check_i64("+5", TRAWL_OK, 5);
    check_i64("--5", TRAWL_E_USAGE, 0);
    check_i64("-", TRAWL_E_USAGE, 0);
}

static void integers_are_written(void **state)
{
    char text[TW_TEXT_MAX + 1];

    (void)state;
    CHECK_TEXT(tw_format_u64(out, 0), "0");
    CHECK_TEXT(tw_format_u64(out, UINT64_MAX), "18446744073709551615");
    CHECK_TEXT(tw_format_i64(out, INT64_MIN), "-9223372036854775808");
    for (uint64_t v = 1; v < UINT64_MAX / 7; v = v * 7 + 3) {
        uint64_t back = 0;

        assert_int_equal(tw_parse_u64(text, tw_format_u64(text, v), &back), TRAWL_OK);
        assert_int_equal(back, v);
    }
}

static void check_f64(const char *s, int rc, double expected)
{
    double v = 77;

    assert_int_equal(tw_parse_f64(s, strlen(s), &v), rc);
    if (rc == TRAWL_OK)
        assert_true(v == expected);
}

static void reals_are_read(void **state)
{
    double nan = 0;

    (void)state;
    check_f64("1.5", TRAWL_OK, 1.5);
    check_f64("-.5e1", TRAWL_OK, -5);
    check_f64("1e308", TRAWL_OK, 1e308);
    check_f64("-inf", TRAWL_OK, -INFINITY);
    check_f64("1e309", TRAWL_E_USAGE, 0);
    check_f64("0x10", TRAWL_E_USAGE, 0);
    check_f64("1,5", TRAWL_E_USAGE, 0);
    check_f64(" 1", TRAWL_E_USAGE, 0);
    check_f64("infinity", TRAWL_E_USAGE, 0);
    check_f64("", TRAWL_E_USAGE, 0);
    check_f64(".", TRAWL_E_USAGE, 0);
    check_f64("1e", TRAWL_E_USAGE, 0);
    assert_int_equal(tw_parse_f64("nan", 3, &nan), TRAWL_OK);
    assert_true(isnan(nan));
}

static void reals_are_written_as_short_as_can_be(void **state)
{
    char text[TW_TEXT_MAX + 1];
    uint64_t s = 1;

    (void)state;
    CHECK_TEXT(tw_format_f64(out, 0), "0");
    CHECK_TEXT(tw_format_f64(out, -0.0), "-0");
    CHECK_TEXT(tw_format_f64(out, 0.1), "0.1");
    CHECK_TEXT(tw_format_f64(out, 0.1 + 0.2), "0.30000000000000004");
    CHECK_TEXT(tw_format_f64(out, 1.0 / 3), "0.3333333333333333");
    CHECK_TEXT(tw_format_f64(out, -1234.5), "-1234.5");
    CHECK_TEXT(tw_format_f64(out, 1e15), "1000000000000000");
    CHECK_TEXT(tw_format_f64(out, 9007199254740991.0), "9007199254740991");
    CHECK_TEXT(tw_format_f64(out, 1e16), "1e+16");
    CHECK_TEXT(tw_format_f64(out, 9234567890123456.0), "9234567890123456");
    CHECK_TEXT(tw_format_f64(out, 1e22), "1e+22");
    CHECK_TEXT(tw_format_f64(out, 0.00012345), "0.00012345");
    /* A power of two: the doubles below it are closer together than those above. */
    CHECK_TEXT(tw_format_f64(out, 9007199254740992.0 * 2), "1.8014398509481984e+16");
    CHECK_TEXT(tw_format_f64(out, 2.2250738585072014e-308), "2.2250738585072014e-308");
    CHECK_TEXT(tw_format_f64(out, 1.5e-7), "1.5e-07");
    CHECK_TEXT(tw_format_f64(out, 0.00001), "1e-05");
    CHECK_TEXT(tw_format_f64(out, 0.0001), "0.0001");
    CHECK_TEXT(tw_format_f64(out, 5e-324), "5e-324");
    CHECK_TEXT(tw_format_f64(out, 1.7976931348623157e308), "1.7976931348623157e+308");
    CHECK_TEXT(tw_format_f64(out, NAN), "nan");
    CHECK_TEXT(tw_format_f64(out, -INFINITY), "-inf");
    for (int i = 0; i < 50000; i++) {
        double v, back = 0;
        uint64_t bits = tw_mix64(s += UINT64_C(0x9e3779b97f4a7c15));
        size_t n;

        if (i % 2)
            v = (double)(bits >> 12) / (double)(1 + (bits & 0xfff)); /* of everyday size */
        else
            memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v))
            continue;
        n = tw_format_f64(text, v);
        assert_int_equal(tw_parse_f64(text, n, &back), TRAWL_OK);
        assert_true(back == v);
        assert_true(n <= 24);
    }
}

static void reals_with_decimals(void **state)
{
    (void)state;
    CHECK_TEXT(tw_format_f64_digits(out, 2.0 / 3, 2), "0.67");
    CHECK_TEXT(tw_format_f64_digits(out, -0.001, 2), "0.00");
    CHECK_TEXT(tw_format_f64_digits(out, -1.5, 0), "-2");
    CHECK_TEXT(tw_format_f64_digits(out, 1e300, 2), "1.00e+300");
    CHECK_TEXT(tw_format_f64_digits(out, INFINITY, 2), "inf");
}

static void check_size(const char *s, int rc, uint64_t expected)
{
    uint64_t v = 77;

    assert_int_equal(tw_parse_size(s, strlen(s), &v), rc);
    assert_int_equal(v, rc == TRAWL_OK ? expected : 77);
}

static void sizes(void **state)
{
    (void)state;
    check_size("10", TRAWL_OK, 10);
    check_size("10B", TRAWL_OK, 10);
    check_size("4k", TRAWL_OK, 4096);
    check_size("4kB", TRAWL_OK, 4000);
    check_size("4KiB", TRAWL_OK, 4096);
    check_size("1.5GiB", TRAWL_OK, UINT64_C(1610612736));
    check_size("256M", TRAWL_OK, UINT64_C(268435456));
    check_size("16E", TRAWL_E_USAGE, 0);
    check_size("15.5E", TRAWL_OK, UINT64_C(0xf800000000000000)); /* 31 halves of 2^60 */
    check_size("4x", TRAWL_E_USAGE, 0);
    check_size("4kiBs", TRAWL_E_USAGE, 0);
    check_size("4BB", TRAWL_E_USAGE, 0);
    check_size("k", TRAWL_E_USAGE, 0);
    check_size("-4k", TRAWL_E_USAGE, 0);
    check_size("", TRAWL_E_USAGE, 0);
}

/* ---- times ---- */

static void check_time(const char *s, int rc, int64_t expected)
{
    int64_t v = 77;

    assert_int_equal(tw_parse_time(s, strlen(s), &v), rc);
    assert_int_equal(v, rc == TRAWL_OK ? expected : 77);
}

static void times_are_read(void **state)
{
    (void)state;
    /* 2024-02-29 is day 19782: 54 years of 365, 13 leap days, 31 of January, 28: × 86400. */
    check_time("2024-02-29", TRAWL_OK, INT64_C(1709164800000000000));
    check_time("2024-02-29T01:02", TRAWL_OK, INT64_C(1709168520000000000));
    check_time("2024-02-29 01:02:03.25", TRAWL_OK, INT64_C(1709168523250000000));
    check_time("2024-02-29T01:02:03.123456789Z", TRAWL_OK, INT64_C(1709168523123456789));
    check_time("2024-02-29T01:02:03+01:30", TRAWL_OK, INT64_C(1709163123000000000));
    check_time("2024-02-29T01:02:03-0130", TRAWL_OK, INT64_C(1709173923000000000));
    check_time("1969-12-31T23:59:59.5Z", TRAWL_OK, -500000000);
    check_time("1709168523.25", TRAWL_OK, INT64_C(1709168523250000000));
    check_time("-0.5", TRAWL_OK, -500000000);
    check_time("0", TRAWL_OK, 0);
    check_time("2016-12-31T23:59:60Z", TRAWL_OK, INT64_C(1483228800000000000));
    check_time("2024-02-29 01:02:03 UTC", TRAWL_OK, INT64_C(1709168523000000000));
    check_time("Feb 29, 2024 01:02:03.25", TRAWL_OK, INT64_C(1709168523250000000)); /* Wireshark */
    check_time("Feb  9, 2024 00:00:00 UTC", TRAWL_OK, INT64_C(1707436800000000000));
    check_time("Feb 30, 2024", TRAWL_E_USAGE, 0);
    check_time("Feb 29 2024", TRAWL_E_USAGE, 0);
    check_time("Feb", TRAWL_E_USAGE, 0);
    check_time("2023-02-29", TRAWL_E_USAGE, 0);
    check_time("1900-02-29", TRAWL_E_USAGE, 0);
    check_time("2024-13-01", TRAWL_E_USAGE, 0);
    check_time("2024-04-31", TRAWL_E_USAGE, 0);
    check_time("2024-01-01T24:00", TRAWL_E_USAGE, 0);
    check_time("2024-01-01T00:00:00.Z", TRAWL_E_USAGE, 0);
    check_time("2024-01-01x", TRAWL_E_USAGE, 0);
    check_time("9999-01-01", TRAWL_E_USAGE, 0); /* beyond 2262: not in 64 bits of ns */
    check_time("99999999999", TRAWL_E_USAGE, 0);
    check_time("", TRAWL_E_USAGE, 0);
    check_time("-", TRAWL_E_USAGE, 0);
}

static void times_are_written(void **state)
{
    const int64_t t = INT64_C(1709168523123456789);

    (void)state;
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_UTC, 9, 0), "2024-02-29T01:02:03.123456789Z");
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_UTC, 6, 0), "2024-02-29T01:02:03.123456Z");
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_UTC, 0, 0), "2024-02-29T01:02:03Z");
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_EPOCH, 3, 0), "1709168523.123");
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_RELATIVE, 6, t - 1500000), "0.001500");
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_RELATIVE, 6, t + 1500000), "-0.001500");
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_RELATIVE, 3, t + 1), "0.000");
    CHECK_TEXT(tw_format_time(out, 0, TW_TIME_UTC, 0, 0), "1970-01-01T00:00:00Z");
    CHECK_TEXT(tw_format_time(out, -1, TW_TIME_UTC, 9, 0), "1969-12-31T23:59:59.999999999Z");
    CHECK_TEXT(tw_format_time(out, INT64_MAX, TW_TIME_UTC, 9, 0), "2262-04-11T23:47:16.854775807Z");
    CHECK_TEXT(tw_format_time(out, INT64_MIN, TW_TIME_UTC, 9, 0), "1677-09-21T00:12:43.145224192Z");
    CHECK_TEXT(tw_format_time(out, INT64_MIN, TW_TIME_RELATIVE, 9, INT64_MAX),
               "-18446744073.709551615");
    CHECK_TEXT(tw_format_time(out, INT64_MIN, TW_TIME_EPOCH, 9, 0), "-9223372036.854775808");
}

static void every_day_reads_back(void **state)
{
    char text[TW_TEXT_MAX];

    (void)state;
    for (int64_t day = -106000; day < 106000; day += 7) {
        int64_t t = day * INT64_C(86400000000000) + 12345678901, back = 0;

        assert_int_equal(tw_parse_time(text, tw_format_time(text, t, TW_TIME_UTC, 9, 0), &back),
                         TRAWL_OK);
        assert_int_equal(back, t);
    }
}

static void local_times_carry_their_offset(void **state)
{
    const int64_t t = INT64_C(1709168523123456789);

    (void)state;
    setenv("TZ", "XXX-5:30", 1);
    tzset();
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_LOCAL, 3, 0), "2024-02-29T06:32:03.123+05:30");
    setenv("TZ", "YYY3", 1);
    tzset();
    CHECK_TEXT(tw_format_time(out, t, TW_TIME_LOCAL, 0, 0), "2024-02-28T22:02:03-03:00");
    setenv("TZ", "UTC", 1);
    tzset();
}

static void check_span(const char *s, int rc, int64_t expected)
{
    int64_t v = 77;

    assert_int_equal(tw_parse_span(s, strlen(s), &v), rc);
    assert_int_equal(v, rc == TRAWL_OK ? expected : 77);
}

static void spans(void **state)
{
    (void)state;
    check_span("5ms", TRAWL_OK, 5000000);
    check_span("1.5s", TRAWL_OK, 1500000000);
    check_span("200us", TRAWL_OK, 200000);
    check_span("200\xc2\xb5s", TRAWL_OK, 200000);
    check_span("3m", TRAWL_OK, INT64_C(180000000000));
    check_span("2h", TRAWL_OK, INT64_C(7200000000000));
    check_span("1d", TRAWL_OK, INT64_C(86400000000000));
    check_span("0.25", TRAWL_OK, 250000000);
    check_span("-2", TRAWL_OK, -2000000000);
    check_span("7ns", TRAWL_OK, 7);
    check_span("0.1ns", TRAWL_OK, 0);
    check_span("106752d", TRAWL_E_USAGE, 0); /* 292 years and more */
    check_span("5 ms", TRAWL_E_USAGE, 0);
    check_span("ms", TRAWL_E_USAGE, 0);
    check_span("5x", TRAWL_E_USAGE, 0);
    check_span("", TRAWL_E_USAGE, 0);
    CHECK_TEXT(tw_format_span(out, 1500000000, 9), "1.500000000");
    CHECK_TEXT(tw_format_span(out, -1, 9), "-0.000000001");
    CHECK_TEXT(tw_format_span(out, -1, 6), "0.000000");
    CHECK_TEXT(tw_format_span(out, 1999999999, 0), "1");
}

static void human_forms(void **state)
{
    (void)state;
    CHECK_TEXT(tw_format_size_human(out, 0), "0 B");
    CHECK_TEXT(tw_format_size_human(out, 999), "999 B");
    CHECK_TEXT(tw_format_size_human(out, 1234567), "1.2 MB");
    CHECK_TEXT(tw_format_size_human(out, 999999), "1.0 MB");
    CHECK_TEXT(tw_format_size_human(out, 123456), "123 kB");
    CHECK_TEXT(tw_format_count_human(out, 1200000), "1.2 M");
    CHECK_TEXT(tw_format_count_human(out, 12), "12");
    CHECK_TEXT(tw_format_count_human(out, 12.34), "12.3");
    CHECK_TEXT(tw_format_count_human(out, -1500), "-1.5 k");
    CHECK_TEXT(tw_format_span_human(out, 0), "0 s");
    CHECK_TEXT(tw_format_span_human(out, 12), "12 ns");
    CHECK_TEXT(tw_format_span_human(out, 12300000), "12.3 ms");
    CHECK_TEXT(tw_format_span_human(out, 1500), "1.5 \xc2\xb5s");
    CHECK_TEXT(tw_format_span_human(out, INT64_C(4440000000000)), "1 h 14 m");
    CHECK_TEXT(tw_format_span_human(out, INT64_C(59960000000)), "1 m 0 s");
    CHECK_TEXT(tw_format_span_human(out, INT64_C(-61000000000)), "-1 m 1 s");
    CHECK_TEXT(tw_format_span_human(out, INT64_C(183600000000000)), "2 d 3 h");
    assert_true(tw_format_span_human((char[TW_TEXT_MAX]){0}, INT64_MIN) < TW_TEXT_MAX);
}

/* ---- addresses ---- */

static void check_ip(const char *s, const char *expected)
{
    struct tw_ip ip;

    assert_int_equal(tw_parse_ip(s, strlen(s), &ip), TRAWL_OK);
    CHECK_TEXT(tw_format_ip(out, &ip), expected);
}

static void addresses_have_one_form(void **state)
{
    static const char *const wrong[] = {
        "",        "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", ":::",          "1::2::3",
        "12345::", "g::",   "::1%lo",    "1.2.3.4 ",  "::1/64",   "1:2:3:4:5:6:7"};
    struct tw_ip ip;

    (void)state;
    check_ip("192.0.2.1", "192.0.2.1");
    check_ip("0.0.0.0", "0.0.0.0");
    check_ip("255.255.255.255", "255.255.255.255");
    /* RFC 5952, sections 4.1, 4.2.1, 4.2.2, 4.2.3, 4.3 and 5. */
    check_ip("2001:0db8::0001", "2001:db8::1");
    check_ip("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
    check_ip("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    check_ip("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    check_ip("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    check_ip("2001:DB8::ABCD", "2001:db8::abcd");
    check_ip("::ffff:192.0.2.1", "::ffff:192.0.2.1");
    check_ip("::", "::");
    check_ip("::1", "::1");
    check_ip("1::", "1::");
    check_ip("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    check_ip("1:2:3:4:5:6::", "1:2:3:4:5:6::");
    check_ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    for (size_t i = 0; i < TW_COUNT(wrong); i++)
        assert_int_equal(tw_parse_ip(wrong[i], strlen(wrong[i]), &ip), TRAWL_E_USAGE);
    assert_int_equal(tw_parse_ip("1.2.3.4\0", 8, &ip), TRAWL_E_USAGE);
    assert_int_equal(tw_parse_ip("1.2.3.45", 7, &ip), TRAWL_OK);
    assert_int_equal(ip.bytes[15], 4);
}

static void networks(void **state)
{
    static const char *const wrong[] = {"10.0.0.0",  "10.0.0.0/33", "::/129",
                                        "10.0.0.0/", "/8",          "10.0.0.0/-1"};
    struct tw_ip ip;
    unsigned prefix = 99;

    (void)state;
    assert_int_equal(tw_parse_cidr("10.0.0.0/8", 10, &ip, &prefix), TRAWL_OK);
    assert_int_equal(prefix, 8);
    assert_false(ip.is_v6);
    assert_int_equal(tw_parse_cidr("2001:db8::/32", 13, &ip, &prefix), TRAWL_OK);
    assert_int_equal(prefix, 32);
    assert_true(ip.is_v6);
    for (size_t i = 0; i < TW_COUNT(wrong); i++)
        assert_int_equal(tw_parse_cidr(wrong[i], strlen(wrong[i]), &ip, &prefix), TRAWL_E_USAGE);
}

static void hardware_addresses(void **state)
{
    uint64_t mac = 0;

    (void)state;
    assert_int_equal(tw_parse_mac("00:1B:44:11:3a:b7", 17, &mac), TRAWL_OK);
    assert_int_equal(mac, UINT64_C(0x001b44113ab7));
    CHECK_TEXT(tw_format_mac(out, mac), "00:1b:44:11:3a:b7");
    CHECK_TEXT(tw_format_hex(out, mac, 16), "0x0000001b44113ab7");
    CHECK_TEXT(tw_format_bytes(out, "\0\x7f\xfe", 3), "007ffe");
    assert_int_equal(tw_parse_mac("00-1b-44-11-3a-b7", 17, &mac), TRAWL_OK);
    assert_int_equal(tw_parse_mac("001b.4411.3ab8", 14, &mac), TRAWL_OK);
    assert_int_equal(mac, UINT64_C(0x001b44113ab8));
    assert_int_equal(tw_parse_mac("00.1b.44.11.3a.b9", 17, &mac), TRAWL_OK);
    assert_int_equal(mac, UINT64_C(0x001b44113ab9));
    assert_int_equal(tw_parse_mac("001b:4411:3ab7", 14, &mac), TRAWL_E_USAGE);
    assert_int_equal(tw_parse_mac("001b.44.11.3ab", 14, &mac), TRAWL_E_USAGE);
    assert_int_equal(tw_parse_mac("00-1b:44-11-3a-b7", 17, &mac), TRAWL_E_USAGE);
    assert_int_equal(tw_parse_mac("00:1b:44:11:3a:b", 16, &mac), TRAWL_E_USAGE);
    assert_int_equal(tw_parse_mac("00:1b:44:11:3a:bg", 17, &mac), TRAWL_E_USAGE);
}

/* ---- words ---- */

static void the_nearest_word(void **state)
{
    static const char *const words[] = {"bytes", "packets", "start", "b"};

    (void)state;
    assert_string_equal(tw_nearest("byts", words, 4), "bytes");
    assert_string_equal(tw_nearest("pakcets", words, 4), "packets"); /* a swap is one edit */
    assert_string_equal(tw_nearest("packts", words, 4), "packets");
    assert_string_equal(tw_nearest("start", words, 4), "start");
    assert_null(tw_nearest("client", words, 4));
    assert_null(tw_nearest("x", words, 4));
    assert_null(tw_nearest("", words, 4));
    assert_null(tw_nearest("byts", words, 0));
}

static void a_name_by_its_words(void **state)
{
    static const char *const names[] = {"match-value", "match",     "bin",  "packet-count",
                                        "min-count",   "threshold", "sort", "reverse"};
    const size_t n = TW_COUNT(names);

    (void)state;
    assert_string_equal(tw_nearest_name("bin-size", names, n), "bin");
    assert_string_equal(tw_nearest_name("match-string", names, n), "match");
    assert_string_equal(tw_nearest_name("minimum-packets", names, n), "min-count");
    assert_string_equal(tw_nearest_name("print-threshold", names, n), "threshold");
    assert_string_equal(tw_nearest_name("reverse_sort", names, n), "reverse");
    assert_string_equal(tw_nearest_name("thresold", names, n), "threshold");
    assert_null(tw_nearest_name("no-such", names, n)); /* nothing of two letters */
    assert_null(tw_nearest_name("--", names, n));
    assert_null(tw_nearest_name("", names, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_whole_or_not),
        cmocka_unit_test(integers_are_written),
        cmocka_unit_test(reals_are_read),
        cmocka_unit_test(reals_are_written_as_short_as_can_be),
        cmocka_unit_test(reals_with_decimals),
        cmocka_unit_test(sizes),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(times_are_written),
        cmocka_unit_test(every_day_reads_back),
        cmocka_unit_test(local_times_carry_their_offset),
        cmocka_unit_test(spans),
        cmocka_unit_test(human_forms),
        cmocka_unit_test(addresses_have_one_form),
        cmocka_unit_test(networks),
        cmocka_unit_test(hardware_addresses),
        cmocka_unit_test(the_nearest_word),
        cmocka_unit_test(a_name_by_its_words),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
