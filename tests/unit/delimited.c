/* Cells of delimited text and what they look like. RFC 4180's rules by hand; times by
 * `date -u -d TEXT +%s`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "delimited.h"

/* The cells of a text as "a|b\n": | between cells, a newline after each row, a ! for an open quote.
 * Each scan runs in memory of its exact length, so that a sanitizer sees a byte too many. */
static void check_scan(const char *text, char delimiter, const char *expected)
{
    const size_t n = strlen(text);
    char *copy = malloc(n ? n : 1), got[256];
    struct scanner s = {.text = copy, .n = n, .delimiter = delimiter, .quotes = delimiter != '\t'};
    struct cell cell;
    size_t len = 0;
    int rc;

    memcpy(copy, text, n);
    while ((rc = scan_cell(&s, &cell)) == SCAN_CELL) {
        assert_true(len + cell.n + 2 < sizeof(got));
        memcpy(got + len, cell.text, cell.n);
        len += cell.n;
        got[len++] = cell.last ? '\n' : '|';
    }
    if (rc == SCAN_OPEN)
        got[len++] = '!';
    got[len] = 0;
    assert_string_equal(got, expected);
    free(copy);
}

static void cells(void **state)
{
    (void)state;
    check_scan("a,b\n1,2\n", ',', "a|b\n1|2\n");
    check_scan("a,b\r\n1,2", ',', "a|b\n1|2\n");
    check_scan("", ',', "");
    check_scan("\n\r\n\n", ',', "");
    check_scan("a\n\n\nb\n", ',', "a\nb\n");
    check_scan("a,\n,\n,b", ',', "a|\n|\n|b\n");
    check_scan("a,", ',', "a|\n");
    check_scan("\"a,b\",\"c\nd\"\n2", ',', "a,b|c\nd\n2\n");
    check_scan("\"say \"\"hi\"\"\",x", ',', "say \"\"hi\"\"|x\n"); /* undoubled when it is put */
    check_scan("\"a\"junk,b\n", ',', "a|b\n");
    check_scan("a,\"b\n", ',', "a|!");
    check_scan("\"", ',', "!");
    check_scan("\"\"", ',', "\n");
    check_scan("a\tb \"c\"\t\"\n", '\t', "a|b \"c\"|\"\n"); /* no quotes between tabs */
    check_scan("a\rb,c\r\n", ',', "a\rb|c\n");              /* a return within a line is a cell's */
}

static void lines(void **state)
{
    const char *text = "a\n\"b\nc\"\n\nd\n";
    struct scanner s = {.text = text, .n = strlen(text), .delimiter = ',', .quotes = 1, .line = 1};
    struct cell cell;

    (void)state;
    assert_int_equal(scan_cell(&s, &cell), SCAN_CELL);
    assert_int_equal(s.line, 2);
    assert_int_equal(scan_cell(&s, &cell), SCAN_CELL);
    assert_int_equal(s.line, 4); /* the quoted newline counts */
    assert_int_equal(scan_cell(&s, &cell), SCAN_CELL);
    assert_int_equal(s.line, 6);
}

static void delimiters(void **state)
{
    (void)state;
    assert_int_equal(scan_delimiter("a,b,c\nx;y;z;w\n", 14), ',');
    assert_int_equal(scan_delimiter("a;b,c;d", 7), ';');
    assert_int_equal(scan_delimiter("\"a;b;c\",d", 9), ',');
    assert_int_equal(scan_delimiter("a|b", 3), '|');
    assert_int_equal(scan_delimiter("a\tb", 3), '\t');
    assert_int_equal(scan_delimiter("a", 1), ',');
    assert_int_equal(scan_delimiter("", 0), ',');
}

static struct cell cell_of(const char *text)
{
    return (struct cell){.text = text, .n = strlen(text)};
}

static unsigned kinds(const char *text)
{
    const struct cell cell = cell_of(text);

    return cell_kinds(&cell, IS_ANY);
}

static void what_cells_look_like(void **state)
{
    (void)state;
    assert_int_equal(kinds(""), IS_ANY);
    assert_int_equal(kinds("true"), IS_BOOL);
    assert_int_equal(kinds("TRUE"), IS_TEXT);
    assert_int_equal(kinds("0"), IS_WHOLE | IS_REAL);
    assert_int_equal(kinds("-5"), IS_WHOLE | IS_REAL);
    assert_int_equal(kinds("18446744073709551615"), IS_WHOLE | IS_REAL);
    assert_int_equal(kinds("18446744073709551616"), IS_REAL); /* 2^64 */
    assert_int_equal(kinds("-9223372036854775808"), IS_WHOLE | IS_REAL);
    assert_int_equal(kinds("-9223372036854775809"), IS_REAL);
    assert_int_equal(kinds("007"), IS_TEXT);
    assert_int_equal(kinds("0.5"), IS_REAL);
    assert_int_equal(kinds("00.5"), IS_TEXT);
    assert_int_equal(kinds("1e-3"), IS_REAL);
    assert_int_equal(kinds("nan"), IS_REAL);
    assert_int_equal(kinds("-"), IS_TEXT);
    assert_int_equal(kinds("1.2.3"), IS_TEXT);
    assert_int_equal(kinds(" 1"), IS_TEXT);
    assert_int_equal(kinds("0x1F"), IS_HEX);
    assert_int_equal(kinds("0x"), IS_TEXT);
    assert_int_equal(kinds("0x10000000000000000"), IS_TEXT); /* 17 digits */
    assert_int_equal(kinds("10.0.0.1"), IS_IP);
    assert_int_equal(kinds("10.0.0.256"), IS_TEXT);
    assert_int_equal(kinds("2001:db8::1"), IS_IP);
    assert_int_equal(kinds("::"), IS_IP);
    assert_int_equal(kinds("02:00:00:00:00:0a"), IS_MAC);
    assert_int_equal(kinds("02:00:00:00:00:0g"), IS_TEXT);
    assert_int_equal(kinds("2024-01-15T10:00:00Z"), IS_TIME);
    assert_int_equal(kinds("2024-01-15"), IS_TEXT);
    assert_int_equal(kinds("2024-13-15T10:00:00Z"), IS_TEXT);
    assert_int_equal(kinds("2024-01-15T10:00:00."), IS_TEXT);
    assert_int_equal(kinds("2024-01-15T10:00:00Zx"), IS_TEXT);
    assert_int_equal(kinds("9999-01-15T10:00:00Z"), IS_TEXT); /* beyond 64 bits of nanoseconds */
}

static void check_time(const char *text, int64_t expected)
{
    const struct cell cell = cell_of(text);

    assert_int_equal(cell_kinds(&cell, IS_ANY), IS_TIME);
    assert_true(cell_time(&cell) == expected);
}

static void values(void **state)
{
    const int64_t second = 1000000000;
    const struct cell whole = cell_of("-9223372036854775808"), hex = cell_of("0xdeadbeef"),
                      mac = cell_of("02:00:5E:10:00:fF");
    uint8_t address[16];
    uint64_t v;
    int negative;

    (void)state;
    check_time("2024-01-15T10:00:00Z", 1705312800 * second);
    check_time("2024-01-15 10:00:00.123956789", 1705312800 * second + 123956789);
    check_time("2024-01-15T10:00:00.5+01:00", 1705309200 * second + 500000000);
    check_time("2024-01-15T10:00:00-0230", 1705321800 * second);
    check_time("1969-12-31T23:59:59.999999999Z", -1);
    check_time("2000-02-29T00:00:00Z", 951782400 * second);
    check_time("2024-01-15T10:00:00.1239567891Z", 1705312800 * second + 123956789);
    assert_int_equal(cell_whole(&whole, &v, &negative), 1);
    assert_true(negative && v == (uint64_t)1 << 63);
    assert_true(cell_hex(&hex) == 0xdeadbeef);
    assert_true(cell_mac(&mac) == 0x02005e1000ff);
    assert_int_equal(cell_ip(&(struct cell){.text = "10.0.0.1", .n = 8}, address), 4);
    assert_int_equal(address[0], 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells),      cmocka_unit_test(lines),
        cmocka_unit_test(delimiters), cmocka_unit_test(what_cells_look_like),
        cmocka_unit_test(values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
