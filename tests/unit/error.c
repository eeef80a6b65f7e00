/* Errors: the first wins, context goes before, long messages are cut. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/base.h"

static void the_first_error_wins(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    assert_int_equal(tw_fail(&err, TRAWL_E_IO, "could not open '%s'", "a.pcap"), TRAWL_E_IO);
    assert_int_equal(tw_fail(&err, TRAWL_E_DATA, "second"), TRAWL_E_DATA);
    assert_int_equal(err.code, TRAWL_E_IO);
    assert_string_equal(err.message, "could not open 'a.pcap'");
    tw_error_clear(&err);
    assert_int_equal(err.code, TRAWL_OK);
    assert_string_equal(err.message, "");
}

static void null_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(tw_fail(NULL, TRAWL_E_IO, "x"), TRAWL_E_IO);
    assert_int_equal(tw_error_wrap(NULL, TRAWL_E_DATA, "y"), TRAWL_E_DATA);
    tw_error_hint(NULL, "z");
    tw_error_span(NULL, 1, 2);
    tw_error_shift(NULL, 1);
    tw_error_clear(NULL);
    assert_int_equal(tw_fail_nomem(NULL), TRAWL_E_NOMEM);
}

static void wrapping_keeps_the_code(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    tw_fail(&err, TRAWL_E_USAGE, "no column 'byts'");
    tw_error_hint(&err, "Did you mean '%s'?", "bytes");
    tw_error_hint(&err, "second");
    assert_int_equal(tw_error_wrap(&err, TRAWL_E_IO, "compare"), TRAWL_E_USAGE);
    assert_string_equal(err.message, "compare: no column 'byts'");
    assert_string_equal(err.hint, "Did you mean 'bytes'?");
}

static void passed_on_it_is_whole(void **state)
{
    trawl_error cause = TW_ERROR_INIT, err = TW_ERROR_INIT;

    (void)state;
    tw_fail(&cause, TRAWL_E_NOMEM, "out of memory");
    tw_error_hint(&cause, "Give more.");
    tw_error_span(&cause, 3, 4);
    assert_int_equal(tw_fail_as(&err, &cause), TRAWL_E_NOMEM);
    assert_int_equal(err.code, TRAWL_E_NOMEM);
    assert_string_equal(err.message, "out of memory");
    assert_string_equal(err.hint, "Give more.");
    assert_int_equal(err.span_start, 3);
    tw_error_clear(&err);
    tw_fail(&err, TRAWL_E_DATA, "first");
    assert_int_equal(tw_fail_as(&err, &cause), TRAWL_E_NOMEM);
    assert_string_equal(err.message, "first");
    assert_string_equal(err.hint, "");
    assert_int_equal(tw_fail_as(NULL, &cause), TRAWL_E_NOMEM);
}

static void places_shift_and_the_first_wins(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    tw_error_span(&err, 5, 5);
    assert_false(err.has_span); /* no error, no place */
    tw_fail(&err, TRAWL_E_USAGE, "x");
    tw_error_span(&err, 3, 0);
    tw_error_span(&err, 9, 9);
    tw_error_shift(&err, 10);
    assert_true(err.has_span);
    assert_int_equal(err.span_start, 13);
    assert_int_equal(err.span_len, 1);
}

static void long_messages_end_in_an_ellipsis(void **state)
{
    trawl_error err = TW_ERROR_INIT;
    char name[600];
    size_t len;

    (void)state;
    /* Two-byte characters: the cut must not leave half of one. */
    for (size_t i = 0; i < sizeof(name) - 1; i++)
        name[i] = i % 2 ? '\xa9' : '\xc3';
    name[sizeof(name) - 1] = '\0';
    tw_fail(&err, TRAWL_E_IO, "x%s", name);
    len = strlen(err.message);
    assert_true(len < sizeof(err.message) && len > sizeof(err.message) - 6);
    assert_string_equal(err.message + len - 3, "\xe2\x80\xa6");
    assert_int_equal((unsigned char)err.message[len - 4], 0xa9);
    tw_error_wrap(&err, TRAWL_E_IO, "context");
    assert_memory_equal(err.message, "context: x\xc3\xa9", 12);
    assert_string_equal(err.message + strlen(err.message) - 3, "\xe2\x80\xa6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(null_is_accepted),
        cmocka_unit_test(wrapping_keeps_the_code),
        cmocka_unit_test(passed_on_it_is_whole),
        cmocka_unit_test(places_shift_and_the_first_wins),
        cmocka_unit_test(long_messages_end_in_an_ellipsis),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
