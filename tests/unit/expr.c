/* The filter language over the table of expr_table.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "expr_table.h"

static tw_table *table;

/** Rows where it holds, as "0 2"; the message when it does not compile or run. */
static const char *rows(const char *text)
{
    static char out[1024];
    trawl_error err = TW_ERROR_INIT;
    struct tw_bits *bits = NULL;
    tw_expr *x = NULL;
    size_t at = 0;

    out[0] = '\0';
    if (tw_expr_compile(text, strlen(text), table->schema, &expr_names, &x, &err) ||
        tw_expr_bits(x, table, &bits, &err)) {
        (void)snprintf(out, sizeof(out), "%s", err.message);
    } else {
        for (uint64_t i = 0; i < bits->n; i++)
            if (tw_bits_get(bits, i))
                at += (size_t)snprintf(out + at, sizeof(out) - at, at ? " %d" : "%d", (int)i);
    }
    tw_bits_release(bits);
    tw_expr_free(x);
    return out;
}

/** Values of a row, as machine formats write them. */
static const char *value(const char *text, uint64_t row)
{
    static char out[1024];
    static const struct tw_cell_style style = {TW_TIME_EPOCH, 3, 0};
    trawl_error err = TW_ERROR_INIT;
    struct tw_buffer buffer = TW_BUFFER_INIT;
    struct tw_column *column = NULL;
    tw_expr *x = NULL;

    if (tw_expr_compile(text, strlen(text), table->schema, &expr_names, &x, &err) ||
        tw_expr_column(x, table, &column, &err)) {
        (void)snprintf(out, sizeof(out), "%s", err.message);
    } else {
        if (tw_column_has(column, row))
            tw_cell_text(column, 0, row, &style, &buffer);
        else
            tw_buffer_puts(&buffer, "null");
        (void)snprintf(out, sizeof(out), "%s", buffer.data);
    }
    tw_buffer_fini(&buffer);
    tw_column_release(column);
    tw_expr_free(x);
    return out;
}

/** "start+len|message|hint" of what must not compile. */
static const char *wrong(const char *text)
{
    static char out[1024];
    trawl_error err = TW_ERROR_INIT;
    tw_expr *x = NULL;

    if (tw_expr_compile(text, strlen(text), table->schema, &expr_names, &x, &err) == TRAWL_OK)
        (void)snprintf(out, sizeof(out), "compiled");
    else
        (void)snprintf(out, sizeof(out), "%zu+%zu|%s|%s", err.span_start, err.span_len, err.message,
                       err.hint);
    tw_expr_free(x);
    return out;
}

#define ROWS(text, want)       assert_string_equal(rows(text), want)
#define VALUE(text, row, want) assert_string_equal(value(text, row), want)
#define WRONG(text, want)      assert_string_equal(wrong(text), want)

static void numbers_compare(void **state)
{
    (void)state;
    ROWS("len == 1500", "1");
    ROWS("len eq 1500", "1");
    ROWS("len != 1500", "0 2 3");
    ROWS("len > 60", "1 2");
    ROWS("len >= 60 && len < 1514", "0 1");
    ROWS("len le 0x3c", "0 3");
    ROWS("len == 0b111100", "0");
    ROWS("len > 59.5 and len < 60.5", "0"); /* a fraction against integers */
    ROWS("len == 60.5", "");
    ROWS("len < 60.0", "3");
    ROWS("len > 1499.0", "1 2");
    ROWS("len > -1", "0 1 2 3");
    ROWS("len < -1", "");
    ROWS("len >= 99999999999", "");
    ROWS("len <= 99999999999", "0 1 2 3");
    ROWS("1500 <= len", "1 2");
    ROWS("60 <= len < 1514", "0 1"); /* a chain */
    ROWS("len > 1kB", "1 2");        /* 1000 */
    ROWS("len == 1500B", "1");
    ROWS("delta < 0", "0 3");
    ROWS("delta == -5", "0");
    ROWS("delta > -6 and delta < 1e3", "0 1");
    ROWS("big == 9223372036854775808", "0"); /* 2^63 does not fit signed 64 bits */
    ROWS("big > delta", "0 1 3");            /* unsigned with signed */
    ROWS("delta < big", "0 1 3");
    ROWS("ratio >= 0.5", "0 1"); /* nan is not, null is not */
    ROWS("ratio != 0.5", "1 3"); /* nan differs from all */
    ROWS("ratio < 1", "0");
    ROWS("ratio == 1.5", "1");
    ROWS("ratio < len", "0 1");
}

static void null_never_matches(void **state)
{
    (void)state;
    ROWS("x.sport == 0", "");
    ROWS("x.sport != 443", "1 2");
    ROWS("not x.sport == 443", "1 2 3");
    ROWS("name == \"\"", "3");
    ROWS("name != \"www.A.org\"", "1 3");
    ROWS("src != 10.0.0.1", "1 2");
    ROWS("wait < 0", "");
}

static void logic_has_the_usual_precedence(void **state)
{
    (void)state;
    ROWS("len == 60 or len == 1500 and len == 1", "0");
    ROWS("(len == 60 or len == 1500) and len == 1500", "1");
    ROWS("not len == 60 and len < 1500", "3");
    ROWS("!(len == 60 and len < 1500)", "1 2 3");
    ROWS("len == 60 xor len < 100", "3");
    ROWS("len == 60 ^^ len < 100 || len == 1514", "2 3");
    ROWS("not not len == 60", "0");
}

static void any_of_names_follow_wireshark_4(void **state)
{
    (void)state;
    ROWS("x.port == 443", "0 1");
    ROWS("x.port != 443", "2"); /* neither; row 3 has no port */
    ROWS("any x.port != 443", "0 1 2");
    ROWS("x.port !== 443", "0 1 2");
    ROWS("x.port === 53", "2"); /* all */
    ROWS("all x.port > 400", "0 1");
    ROWS("any x.port > 400", "0 1");
    ROWS("all x.port > 443", "");
    ROWS("x.port in {53, 443}", "0 1 2");
    ROWS("x.port not in {53, 400..443}", "3"); /* not (… in …), as tshark 4.0 answers */
    ROWS("addr == 10.0.0.1", "0 1");
    ROWS("addr != 10.0.0.1", "2");
    ROWS("addr == 10.0.0.0/8", "0 1");
    ROWS("all addr == 10.0.0.0/8", "1");
    ROWS("x.port", "0 1 2");
    ROWS("x.port == x.sport", "0 1 2");
    ROWS("x.port + 1 == 444", "0 1");
}

static void lists_match_when_any_item_does(void **state)
{
    (void)state;
    ROWS("opt == 2", "0 1");
    ROWS("opt != 2", "3"); /* none equals */
    ROWS("opt > 4", "1 3");
    ROWS("all opt < 3", "0");
    ROWS("opt in {1, 5..8}", "0 3");
    ROWS("opt", "0 1 3");
    ROWS("opt * 2 == 18", "1");
    ROWS("count(opt) == 2", "0 1");
    ROWS("max(opt) == 9", "1");
    ROWS("min(opt, len) == 0", "3");
    ROWS("tags == \"red\"", "0 1");
    ROWS("tags != \"blue\"", "1");
    ROWS("upper(tags) == \"BLUE\"", "0");
    ROWS("all tags contains \"e\"", "0 1");
    ROWS("tags == name", "");
    ROWS("opt == opt", "0 1 3");
}

static void addresses(void **state)
{
    (void)state;
    ROWS("src == 10.0.0.1", "0");
    ROWS("src == \"10.0.0.1\"", "0");
    ROWS("src == 10.0.0.0/8", "0 1");
    ROWS("src == 10.8.0.0/15", "1");
    ROWS("src != 10.0.0.0/16", "1 2");
    ROWS("src == 2001:db8::/32", "2");
    ROWS("src == 2001:DB8::1", "2");
    ROWS("src == ::/0", "2");
    ROWS("src == 0.0.0.0/0", "0 1");
    ROWS("src == ::ffff:10.0.0.1", "");
    ROWS("src in {10.0.0.1..10.1.0.0, 2001:db8::1}", "0 2");
    ROWS("src in {192.0.2.0/24, 10.0.0.1}", "0");
    ROWS("src < 10.9.8.7", "0");
    ROWS("src > 10.9.8.7", "2"); /* IPv4 before IPv6 */
    ROWS("src == dst", "");
    ROWS("src < dst", "0 2");
    ROWS("mac == 00:11:22:33:44:55", "0");
    ROWS("mac == 00-11-22-33-44-55", "0");
    ROWS("mac[0:3] == 00:11:22", "0 1");
    ROWS("mac[0] == aa", "3");
    ROWS("mac[-1] == 0xff", "3");
    ROWS("src[0] == 0a", "0 1");
    ROWS("src[0:2] == \"\\x20\\x01\"", "2");
}

static void strings_and_bytes(void **state)
{
    (void)state;
    ROWS("name == \"mail.b.org\"", "1");
    ROWS("name == 'mail.b.org'", "1");
    ROWS("name > \"n\"", "0");
    ROWS("name contains \".org\"", "0 1");
    ROWS("name contains \"\"", "0 1 3");
    ROWS("name not contains \"mail\"", "0 2 3");
    ROWS("name matches \"^WWW\\.\"", "0"); /* case does not count */
    ROWS("name ~ r\"^\\w+\\.b\\.\"", "1");
    ROWS("name matches \"(?-i)a\\.org$\"", "");
    ROWS("lower(name) == \"www.a.org\"", "0");
    ROWS("len(name) > 9", "1");
    ROWS("name[0:3] == \"www\"", "0");
    ROWS("name[-3:] == \"org\"", "0 1");
    ROWS("name[4-5] == \"A.\"", "0");
    ROWS("name[0,-1] == \"wg\"", "0");
    ROWS("name[50]", "");
    ROWS("name in {\"a\", \"mail.b.org\"}", "1");
    ROWS("name in {\"a\"..\"n\"}", "1");
    ROWS("data == 16:03", "0");
    ROWS("data[0] == 0x16", "0");
    ROWS("data[0] == 16", "0"); /* two digits are hex, as tshark 4.0 has it */
    ROWS("data contains 03", "0");
    ROWS("data == \"GE\"", "1");
    ROWS("data == \"\\x16\\x03\"", "0");
    ROWS("data[0] == ff", "3");
    ROWS("data[0] > 0x40", "1 3");
    ROWS("len(data) == 1", "3");
}

static void times_and_spans(void **state)
{
    (void)state;
    ROWS("at >= \"1970-01-01T00:00:02Z\"", "1 2 3");
    ROWS("at == 1.5", "0");
    ROWS("at - 1s > \"1970-01-01T00:00:01Z\"", "2 3");
    ROWS("at - wait < 2", "0 1"); /* 1.499 s, 1.995 s; row 3: 2 s */
    ROWS("wait > 1ms", "1 3");
    ROWS("wait == 0.005", "1"); /* a bare number is seconds */
    ROWS("wait >= 2", "3");
    ROWS("wait in {1ms..4ms, 2s}", "0 3");
    ROWS("wait * 2 == 2ms", "0");
    ROWS("wait / 1ms > 4", "1 3");
    ROWS("len / wait == 60000", "0"); /* 60 in a millisecond */
    VALUE("wait / 4", 0, "0.000250000");
    VALUE("at + 500ms", 0, "2.000");
    VALUE("at - at", 1, "0.000000000");
    VALUE("-wait", 0, "-0.001000000");
}

static void truth_values_and_presence(void **state)
{
    (void)state;
    ROWS("flag == true", "0 3");
    ROWS("flag == 1", "0 3");
    ROWS("flag == False", "1");
    ROWS("flag != true", "1");
    ROWS("flag", "0 3");
    ROWS("not flag", "1 2");
    ROWS("flag and len >= 60", "0");
    ROWS("tcp.flags.syn", "0 1"); /* it is there: as in Wireshark, not its value */
    ROWS("not tcp.flags.syn", "2 3");
    ROWS("tcp.flags.syn == 1", "1");
    VALUE("flag and len > 60", 1, "false");
    ROWS("web", "0 1");
    ROWS("not web", "2 3");
    ROWS("web && len > 60", "1");
    ROWS("src", "0 1 2");
    ROWS("!src", "3");
    ROWS("len & 4", "0 1"); /* 60 = 111100, 1500 = 10111011100; 1514 = 10111101010 */
    ROWS("len & 0x3f == 60", "0");
    ROWS("len - 60", "1 2 3");
}

static void arithmetic(void **state)
{
    (void)state;
    VALUE("1 + 2 * 3", 0, "7");
    VALUE("(1 + 2) * 3", 0, "9");
    VALUE("7 / 2", 0, "3.5"); /* whole numbers divide to a fraction; '//' cuts it off */
    VALUE("7 // 2", 0, "3");
    VALUE("-7 // 2", 0, "-3");
    VALUE("7 // 0", 0, "this has no value");
    VALUE("wait // 300us", 0, "3"); /* a millisecond */
    VALUE("len % 7", 0, "4");       /* 60 = 8 * 7 + 4 */
    VALUE("7 / 2.0", 0, "3.5");
    VALUE("7 % 4 & 2", 0, "2");
    VALUE("len - 61", 0, "-1");
    VALUE("len / x.sport", 3, "null");
    VALUE("len / 0", 0, "null");
    VALUE("len + 1 / 0", 0, "this has no value");
    VALUE("len / (len - 60)", 0, "null"); /* by zero */
    VALUE("big * 2", 0, "null");          /* 2^64 */
    VALUE("big - 1", 0, "9223372036854775807");
    VALUE("big & big", 0, "9223372036854775808");
    VALUE("-delta", 0, "5");
    VALUE("-delta", 3, "null"); /* 2^63 */
    VALUE("abs(delta)", 3, "9223372036854775808");
    VALUE("delta - 1", 3, "null");
    VALUE("-2 * len", 0, "-120");
    VALUE("len > 60", 1, "true");
    VALUE("opt + 1", 1, "3,10");
    VALUE("lower(name)", 0, "www.a.org");
    VALUE("name[0:4]", 1, "mail");
    VALUE("x.port", 1, "50000,443");
    VALUE("max(x.port)", 1, "50000");
    VALUE("max(len, ratio)", 1, "1500");
    VALUE("count(name)", 2, "null");
    VALUE("mac[0:2]", 0, "0011");
    VALUE("src", 2, "2001:db8::1");
    VALUE("\"a\\tb\\u00e9\"", 0, "a\tb\xc3\xa9");
}

static void errors_have_a_place_and_a_hint(void **state)
{
    (void)state;
    WRONG("", "0+1|the expression is empty|For example: tcp.port == 443.");
    WRONG("len = 4", "4+1|'=' is no comparison|Write '==' to compare.");
    WRONG("len == 4 = 5",
          "9+1|'=' stands where 'and', 'or' or the end should|Write '==' to compare.");
    WRONG("lem > 4", "0+3|no column 'lem'|Did you mean 'len'?");
    WRONG("len > \"4\"", "6+3|'4' is no number|Write the number without quotes.");
    WRONG("name == SF", "8+2|no column 'SF'|Quote a string: \"SF\".");
    WRONG("name == 12", "8+2|'12' is no string|Quote it: \"12\".");
    WRONG("len == 1.2.3.4", "7+7|'1.2.3.4' is no number|");
    WRONG("src == 300.1.1.1", "7+9|'300.1.1.1' is no IP address|");
    WRONG("src == host", "7+4|no column 'host'|Columns here: len, x.sport, x.dport, src, dst, "
                         "name, mac, at and 9 more.");
    WRONG("src > 10.0.0.0/8", "6+10|a network cannot stand here|Use ==, != or in with a network.");
    WRONG("wait > len",
          "0+10|a time span cannot be compared with a number|Divide the time span by 1s to get a "
          "number of seconds.");
    WRONG("flag == 2", "8+1|'2' is no truth value|Write true, false, 1 or 0.");
    WRONG("len > 5furlongs", "6+9|'5furlongs' is no number|Units are kB MB GB KiB MiB and, for "
                             "times, ns us ms s m h d.");
    WRONG("len ==", "6+1|the expression ends where a column or a value should follow|");
    WRONG("(len == 1", "9+1|the expression ends where ')' should follow|");
    WRONG("len == 1)", "8+1|')' stands where 'and', 'or' or the end should|");
    WRONG("len in 5", "7+1|'5' stands where '{' should|Write a set as {1, 2, 5..9}.");
    WRONG("len in {9..5}", "8+4|the range is empty|Write the lower end first.");
    WRONG("len in {}", "8+1|'}' stands where a value of the set should|");
    WRONG("name == \"x", "8+2|the quote is not closed|");
    WRONG("name == \"\\q\"", "8+4|'\\q' is no escape of a string|Double the backslash, or write a "
                             "raw string: r\"\u2026\".");
    WRONG("name matches \"(\"",
          "13+3|the regular expression is wrong at its character 2: missing closing parenthesis|");
    WRONG("name matches lower(name)", "13+11|the regular expression must be a quoted string|For "
                                      "example: matches \"^www\\.\".");
    WRONG("len contains \"a\"",
          "0+3|'contains' works on strings and bytes, this is a number|Its text "
          "is string(len).");
    WRONG("len[0:1] == 3",
          "0+8|a number has no bytes to slice|Strings, bytes and addresses can be sliced.");
    WRONG("name[x] == \"a\"",
          "4+1|the slice cannot be read|Write [start:length], [first-last] or [index].");
    WRONG("lenn(name) > 3", "0+4|no function 'lenn'|The functions are len, lower, upper, string, "
                            "abs, count, min and max.");
    WRONG("name.startswith(\"a\")", "0+15|no function 'name.startswith'|Python's "
                                    "s.startswith(\"x\") is s matches \"(?-i)^x\" here.");
    WRONG("name.lower() == \"a\"",
          "0+10|no function 'name.lower'|Python's s.lower() is lower(s) here.");
    WRONG("lower(len) == \"a\"",
          "6+3|the function cannot take a number|lower and upper take a string.");
    WRONG("at + at > 3", "0+7|'at + at' cannot be computed: a time and a time do not go with '+'|");
    WRONG("web == 1", "0+3|a test has no value to compute with|A protocol is a test by itself.");
    WRONG("len == 1 $", "9+1|an expression cannot have '$' here|Write the value itself.");
    WRONG("len-x.sport > 1", "0+11|no column 'len-x.sport'|Put blanks around a minus sign.");
    WRONG("data[0] == 4", "11+1|'4' is no byte|Write a byte as two hex digits, 1f, and several as "
                          "00:1f:a0.");
    WRONG("name == flag",
          "0+12|a string cannot be compared with a truth value|Quote a string: \"flag\".");
    WRONG("len == flag", "0+11|a number cannot be compared with a truth value|"
                         "Compare with a number, or write 'and': 'flag' says whether it is there.");
    WRONG("flag < x.port", "0+13|a truth value cannot be compared with a number|");
    WRONG("flag contains \"GET\"",
          "0+4|'contains' works on strings and bytes, this is a truth value|");
    WRONG("not 5", "4+1|a value by itself is no test|Compare a column with it.");
    WRONG("len == 99999999999999999999", "7+20|'99999999999999999999' is no number of 64 bits|");
    assert_string_equal(rows("5"), "a value by itself is no test");
}

static void nesting_is_bounded(void **state)
{
    char text[4096];
    size_t n = 0;

    (void)state;
    for (; n < 1000; n++)
        text[n] = '(';
    text[n] = '\0';
    assert_non_null(strstr(wrong(text), "nested more than 200 deep"));
    for (n = 0; n < 1000; n++)
        text[n] = '!';
    text[n] = '\0';
    assert_non_null(strstr(wrong(text), "nested more than 200 deep"));
    for (n = 0; n < 1000; n++)
        text[n] = '-';
    text[n] = '\0';
    assert_non_null(strstr(wrong(text), "nested more than 200 deep"));
    n = (size_t)snprintf(text, sizeof(text), "len");
    for (int i = 0; i < 500; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "+len");
    assert_non_null(strstr(wrong(text), "nested more than 200 deep"));
    n = (size_t)snprintf(text, sizeof(text), "len==1"); /* but any number of alternatives */
    for (int i = 0; i < 400; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "||len==0");
    assert_string_equal(rows(text), "3");
}

static void a_costly_pattern_is_an_error_not_a_wait(void **state)
{
    static const trawl_column column = TRAWL_COLUMN(.name = "s", .type = TRAWL_STRING);
    const char *text = "s matches \"^(a+)+$\"";
    trawl_error err = TW_ERROR_INIT;
    tw_schema *schema = tw_schema_new();
    struct tw_bits *bits = NULL;
    tw_table *one = NULL;
    tw_expr *x = NULL;
    tw_builder *b;

    (void)state;
    assert_int_equal(tw_schema_add(schema, &column, NULL), TRAWL_OK);
    b = tw_builder_new(schema, NULL, NULL);
    tw_builder_value(b, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 58);
    tw_builder_end_row(b);
    assert_int_equal(tw_builder_finish(b, &one, &err), TRAWL_OK);
    assert_int_equal(tw_expr_compile(text, strlen(text), schema, NULL, &x, &err), TRAWL_OK);
    assert_int_equal(tw_expr_bits(x, one, &bits, &err), TRAWL_E_DATA);
    assert_string_equal(err.message,
                        "the regular expression takes too many steps on a text of 58 bytes");
    tw_expr_free(x);
    tw_table_release(one);
    tw_schema_free(schema);
}

/** Many rows: batches, threads, lifted dictionaries. Row i has n = i, s = "s<i % 100>" (null when
 * i % 7 is 0). */
static void many_rows(void **state)
{
    static const trawl_column columns[] = {TRAWL_COLUMN(.name = "n", .type = TRAWL_U32),
                                           TRAWL_COLUMN(.name = "s", .type = TRAWL_STRING)};
    const char *text = "s matches \"^s4.$\" and n % 2 == 0 and not n in {0..49999}";
    tw_schema *schema = tw_schema_new();
    struct tw_bits *bits = NULL;
    struct tw_column *column = NULL;
    tw_table *many = NULL;
    tw_expr *x = NULL;
    tw_builder *b;
    uint64_t n = 100003;
    char s[16];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(tw_schema_add(schema, &columns[i], NULL), TRAWL_OK);
    b = tw_builder_new(schema, NULL, NULL);
    for (uint64_t i = 0; i < n; i++) {
        tw_builder_u64(b, i);
        if (i % 7)
            tw_builder_value(b, s, (size_t)snprintf(s, sizeof(s), "s%d", (int)(i % 100)));
        else
            tw_builder_null(b);
        tw_builder_end_row(b);
    }
    assert_int_equal(tw_builder_finish(b, &many, NULL), TRAWL_OK);
    assert_int_equal(tw_expr_compile(text, strlen(text), schema, NULL, &x, NULL), TRAWL_OK);
    assert_int_equal(tw_expr_bits(x, many, &bits, NULL), TRAWL_OK);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(tw_bits_get(bits, i),
                         i % 7 && i % 100 >= 40 && i % 100 < 50 && i % 2 == 0 && i >= 50000);
    tw_expr_free(x);
    assert_int_equal(tw_expr_compile("upper(s)", 8, schema, NULL, &x, NULL), TRAWL_OK);
    assert_int_equal(tw_expr_column(x, many, &column, NULL), TRAWL_OK);
    for (uint64_t i = 0; i < n; i++) {
        size_t len;
        const uint8_t *p = tw_dict_bytes(column->dict, TW_CELLS(column, uint32_t)[i], &len);
        int want = snprintf(s, sizeof(s), "S%d", (int)(i % 100));

        assert_int_equal(tw_column_has(column, i), i % 7 != 0);
        if (i % 7 && (len != (size_t)want || memcmp(p, s, len) != 0))
            fail_msg("row %d", (int)i);
    }
    tw_column_release(column);
    tw_expr_free(x);
    tw_bits_release(bits);
    tw_table_release(many);
    tw_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_compare),
        cmocka_unit_test(null_never_matches),
        cmocka_unit_test(logic_has_the_usual_precedence),
        cmocka_unit_test(any_of_names_follow_wireshark_4),
        cmocka_unit_test(lists_match_when_any_item_does),
        cmocka_unit_test(addresses),
        cmocka_unit_test(strings_and_bytes),
        cmocka_unit_test(times_and_spans),
        cmocka_unit_test(truth_values_and_presence),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(errors_have_a_place_and_a_hint),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(a_costly_pattern_is_an_error_not_a_wait),
        cmocka_unit_test(many_rows),
    };
    int rc;

    table = expr_table();
    if (!table)
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    tw_table_release(table);
    tw_pool_fini();
    return rc;
}
