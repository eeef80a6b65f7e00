/* Times as text in databases: every expected text by `date -u -d @SECONDS +%FT%T`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sql.h"

static void check(int64_t ns, unsigned decimals, const char *expected)
{
    char text[64];
    const size_t n = time_text(text, sizeof(text), ns, decimals);

    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
}

static void times(void **state)
{
    const int64_t second = 1000000000;

    (void)state;
    check(0, 6, "1970-01-01T00:00:00.000000Z");
    check(0, 9, "1970-01-01T00:00:00.000000000Z");
    check(-1, 9, "1969-12-31T23:59:59.999999999Z");
    check(-1000, 6, "1969-12-31T23:59:59.999999Z");
    check(1705312800 * second + 123956000, 6, "2024-01-15T10:00:00.123956Z");
    check(1705312800 * second + 123956789, 9, "2024-01-15T10:00:00.123956789Z");
    check(951782399 * second, 6, "2000-02-28T23:59:59.000000Z");
    check(951782400 * second, 6, "2000-02-29T00:00:00.000000Z"); /* 400 divides 2000 */
    check(951868800 * second, 6, "2000-03-01T00:00:00.000000Z");
    check(4107456000 * second, 6, "2100-02-28T00:00:00.000000Z");
    check(4107542400 * second, 6, "2100-03-01T00:00:00.000000Z"); /* 2100 is no leap year */
    check(-2203977600 * second, 6, "1900-02-28T00:00:00.000000Z");
    check(-2203891200 * second, 6, "1900-03-01T00:00:00.000000Z");
    check(946684799 * second, 6, "1999-12-31T23:59:59.000000Z");
    /* the ends of what 64 bits of nanoseconds can say */
    check(INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z");
    check(INT64_MIN + 1, 9, "1677-09-21T00:12:43.145224193Z");
}

static void no_room(void **state)
{
    char text[8];

    (void)state;
    assert_int_equal(time_text(text, sizeof(text), 0, 6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times), cmocka_unit_test(no_room)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
