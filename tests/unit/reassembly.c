/* Fragments to datagrams: order, overlap, reuse of an identification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/dissect/reassembly.h"

static const struct tw_datagram_key key_a = {1, 2, 77, 17}, key_b = {1, 2, 77, 6};

static bool add(struct tw_reassembly *r, const struct tw_datagram_key *key, uint32_t row,
                uint32_t offset, const char *text, bool more, struct tw_datagram *ret)
{
    const struct tw_fragment f = {.row = row,
                                  .offset = offset,
                                  .n = (uint32_t)strlen(text),
                                  .more = more,
                                  .data = (const uint8_t *)text};
    bool complete = false;

    assert_int_equal(tw_reassembly_add(r, key, &f, &complete, ret, NULL), TRAWL_OK);
    return complete;
}

static void assert_text(const struct tw_datagram *d, const char *text)
{
    assert_int_equal(d->n, strlen(text));
    assert_memory_equal(d->data, text, d->n);
}

static void order_does_not_matter(void **state)
{
    struct tw_reassembly *r = tw_reassembly_new(NULL);
    struct tw_datagram d;

    (void)state;
    assert_false(add(r, &key_a, 5, 16, "tail", false, &d));
    assert_false(add(r, &key_a, 6, 0, "01234567", true, &d));
    assert_true(add(r, &key_a, 9, 8, "89abcdef", true, &d));
    assert_text(&d, "0123456789abcdeftail");
    assert_int_equal(d.n_rows, 3);
    assert_int_equal(d.rows[0], 5);
    assert_int_equal(d.rows[2], 9); /* the one that completed it */
    tw_reassembly_free(r);
}

static void the_first_bytes_stay_where_fragments_overlap(void **state)
{
    struct tw_reassembly *r = tw_reassembly_new(NULL);
    struct tw_datagram d;

    (void)state;
    assert_false(add(r, &key_a, 1, 8, "BBBBBBBB", true, &d));
    assert_false(add(r, &key_a, 2, 0, "aaaaaaaaaaaa", true, &d)); /* 8 to 11 are there already */
    assert_true(add(r, &key_a, 3, 12, "ccccccccdd", false, &d));  /* 12 to 15 too */
    assert_text(&d, "aaaaaaaaBBBBBBBBccccdd");
    tw_reassembly_free(r);
}

static void keys_are_apart_and_begin_anew(void **state)
{
    struct tw_reassembly *r = tw_reassembly_new(NULL);
    struct tw_datagram d;

    (void)state;
    assert_false(add(r, &key_a, 1, 0, "xxxxxxxx", true, &d));
    assert_false(add(r, &key_b, 2, 8, "yy", false, &d)); /* another protocol */
    assert_true(add(r, &key_a, 3, 8, "zz", false, &d));
    assert_text(&d, "xxxxxxxxzz");
    assert_false(add(r, &key_a, 4, 8, "zz", false, &d)); /* the datagram ended with row 3 */
    tw_reassembly_free(r);
}

static void absurd_offsets_are_left_alone(void **state)
{
    struct tw_reassembly *r = tw_reassembly_new(NULL);
    struct tw_datagram d;

    (void)state;
    assert_false(add(r, &key_a, 1, TW_DATAGRAM_BYTES + 8, "q", false, &d));
    assert_false(add(r, &key_a, 2, UINT32_MAX, "q", false, &d));
    tw_reassembly_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(the_first_bytes_stay_where_fragments_overlap),
        cmocka_unit_test(keys_are_apart_and_begin_anew),
        cmocka_unit_test(absurd_offsets_are_left_alone),
    };

    return cmocka_run_group_tests_name("reassembly", tests, NULL, NULL);
}
