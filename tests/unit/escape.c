/* Bytes from the wire on their way to a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/text.h"

static void check(const char *in, size_t n, const char *expected)
{
    struct tw_buffer out = TW_BUFFER_INIT;

    tw_escape(&out, in, n);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    tw_buffer_fini(&out);
}
#define CHECK(in, expected) check(in, sizeof(in) - 1, expected)

static void text_passes(void **state)
{
    (void)state;
    CHECK("", "");
    CHECK("plain text ~!", "plain text ~!");
    CHECK("caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\x9f",
          "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\x9f");
    CHECK("\xc2\xa0", "\xc2\xa0"); /* U+00A0, the first after C1 */
}

static void controls_do_not(void **state)
{
    (void)state;
    CHECK("a\x1b[2Jb", "a\\x1b[2Jb");
    CHECK("\t\n\r", "\\x09\\x0a\\x0d");
    CHECK("a\0b", "a\\x00b");
    CHECK("\x7f", "\\x7f");
    CHECK("\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f"); /* C1: U+0080, U+009F */
    CHECK("\xc2\x9b"
          "31m",
          "\\xc2\\x9b31m"); /* a CSI of one character */
}

static void a_backslash_is_doubled(void **state)
{
    (void)state;
    CHECK("\\x1b", "\\\\x1b");
    CHECK("\\", "\\\\");
}

static void bidirectional_marks_do_not(void **state)
{
    /* U+200E/F, U+202A-E, U+2066-9, U+061C; U+2028/9 end lines; U+FEFF shows nothing. */
    (void)state;
    CHECK("\xe2\x80\x8e\xe2\x80\x8f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
    CHECK("\xe2\x80\xaa\xe2\x80\xae", "\\xe2\\x80\\xaa\\xe2\\x80\\xae");
    CHECK("\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
    CHECK("\xd8\x9c", "\\xd8\\x9c");
    CHECK("\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
    CHECK("\xef\xbb\xbf", "\\xef\\xbb\\xbf");
    CHECK("\xe2\x80\x90\xe2\x80\xa7", "\xe2\x80\x90\xe2\x80\xa7"); /* a hyphen and a dot: text */
}

static void invalid_utf8_does_not(void **state)
{
    (void)state;
    CHECK("\xff\xfe", "\\xff\\xfe");
    CHECK("\xc3", "\\xc3");                            /* cut */
    CHECK("\xc3(", "\\xc3(");                          /* no continuation */
    CHECK("\xc0\xaf", "\\xc0\\xaf");                   /* overlong '/' */
    CHECK("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* longer still */
    CHECK("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
    CHECK("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    CHECK("\xe2\x82", "\\xe2\\x82");                   /* half a euro sign */
    CHECK("\x80z", "\\x80z");
    CHECK("\xef\xbf\xbf", "\\xef\\xbf\\xbf"); /* a noncharacter */
}

/* Whatever comes in, what goes out has no control characters and no invalid UTF-8 left. */
static void nothing_dangerous_comes_out(void **state)
{
    struct tw_buffer out = TW_BUFFER_INIT, again = TW_BUFFER_INIT;
    uint64_t s = 9;
    char in[64];

    (void)state;
    for (int round = 0; round < 20000; round++) {
        tw_buffer_clear(&out);
        tw_buffer_clear(&again);
        for (size_t i = 0; i < sizeof(in); i += 8) {
            uint64_t v = tw_mix64(s++);

            memcpy(in + i, &v, 8);
        }
        tw_escape(&out, in, sizeof(in));
        for (size_t i = 0; i < out.len; i++)
            assert_true((uint8_t)out.data[i] >= 0x20 && (uint8_t)out.data[i] != 0x7f);
        /* Escaping again changes backslashes only. */
        tw_escape(&again, out.data, out.len);
        for (size_t i = 0, j = 0; i < out.len; i++, j++) {
            assert_int_equal(again.data[j], out.data[i]);
            if (out.data[i] == '\\')
                assert_int_equal(again.data[++j], '\\');
        }
    }
    tw_buffer_fini(&out);
    tw_buffer_fini(&again);
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(tw_text_width("", 0), 0);
    assert_int_equal(tw_text_width("abc", 3), 3);
    assert_int_equal(tw_text_width("caf\xc3\xa9", 5), 4);
    assert_int_equal(tw_text_width("e\xcc\x81", 3), 1);                /* combining accent */
    assert_int_equal(tw_text_width("\xe6\x97\xa5\xe6\x9c\xac", 6), 4); /* wide characters */
    assert_int_equal(tw_text_width("\xef\xbc\xa1", 3), 2);             /* fullwidth A */
    assert_int_equal(tw_text_width("\xf0\x9f\x90\x9f", 4), 2);         /* a fish */
    assert_int_equal(tw_text_width("\xe2\x80\xa6\xe2\x80\x93", 6), 2); /* … and – */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_passes),
        cmocka_unit_test(controls_do_not),
        cmocka_unit_test(a_backslash_is_doubled),
        cmocka_unit_test(bidirectional_marks_do_not),
        cmocka_unit_test(invalid_utf8_does_not),
        cmocka_unit_test(nothing_dangerous_comes_out),
        cmocka_unit_test(widths),
    };

    return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
