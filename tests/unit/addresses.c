/* Prefixes and ranges of the plugin `addresses`, whose files are linked with this one.
 * Must not know files or tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugins/addresses/addresses.h"

static void *zeroed(size_t n)
{
    return calloc(1, n);
}

static const trawl_host bare_host = {.alloc = zeroed, .free = free};

static void check_prefix(const char *text, const char *canonical, const char *from, const char *to)
{
    struct address a, b, first, last;
    char out[64];

    assert_true(prefix_parse(text, &a, &b, out));
    assert_string_equal(out, canonical);
    assert_true(address_parse(from, &first) && address_parse(to, &last));
    assert_int_equal(address_compare(&a, &first), 0);
    assert_int_equal(address_compare(&b, &last), 0);
}

static void prefixes_have_first_and_last(void **state)
{
    static const char *const wrong[] = {
        "",           "10.0.0",      "10.0.0.0/", "10.0.0.0/33", "::/129",
        "10.0.0.0/x", "10.0.0.0/8x", "/8",        "name.org",    "::/99999999999999999999"};
    struct address a, b;
    char out[64];

    (void)state;
    check_prefix("10.1.2.3/8", "10.0.0.0/8", "10.0.0.0", "10.255.255.255");
    check_prefix("10.1.2.3", "10.1.2.3/32", "10.1.2.3", "10.1.2.3");
    check_prefix("10.1.2.3/0", "0.0.0.0/0", "0.0.0.0", "255.255.255.255");
    check_prefix("10.1.2.3/31", "10.1.2.2/31", "10.1.2.2", "10.1.2.3");
    check_prefix("2001:db8::1/64", "2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff");
    /* 33 bits: the first bit of the third group stays */
    check_prefix("2001:db8:ffff::/33", "2001:db8:8000::/33",
                 "2001:db8:8000::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
    check_prefix("::1/0", "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    check_prefix("::1/128", "::1/128", "::1", "::1");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_false(prefix_parse(wrong[i], &a, &b, out));
}

/* Codes: 0 10.0.0.1, 1 10.0.0.2 (not in the column), 2 10.9.0.1, 3 ::ffff:10.0.0.1 as IPv6, which
 * is 10.0.0.1 too, 4 2001:db8::1. */
enum { SIX = 0x80000000 };
static const uint8_t addresses[5][16] = {
    [0] = {[10] = 0xff, 0xff, 10, 0, 0, 1}, [1] = {[10] = 0xff, 0xff, 10, 0, 0, 2},
    [2] = {[10] = 0xff, 0xff, 10, 9, 0, 1}, [3] = {[10] = 0xff, 0xff, 10, 0, 0, 1},
    [4] = {0x20, 1, 0xd, 0xb8, [15] = 1},
};
static const uint32_t cells[] = {2, 0, SIX + 3, 1, 2, SIX + 4};
static const uint64_t valid = 0x37; /* row 3 is null */
static const trawl_view view = {.size = sizeof(view),
                                .type = TRAWL_IP,
                                .n_rows = 6,
                                .n_codes = 5,
                                .valid = &valid,
                                .data = cells,
                                .addresses = addresses};

static size_t put(struct match *m, const char *prefix, uint32_t entry)
{
    struct address from, to;
    char out[64];

    assert_true(prefix_parse(prefix, &from, &to, out));
    return match_range(m, &from, &to, entry);
}

static void the_narrowest_range_counts(void **state)
{
    struct match m;

    (void)state;
    assert_int_equal(match_init(&m, &view, 1, NULL), TRAWL_OK);
    assert_int_equal(m.n, 4);
    /* in order: 10.0.0.1 twice, 10.9.0.1, then IPv6 */
    assert_int_equal(m.places[0].code + m.places[1].code, 3);
    assert_int_equal(m.places[2].code, 2);
    assert_int_equal(m.places[3].code, 4);
    assert_int_equal(put(&m, "10.0.0.0/16", 1), 2);
    assert_int_equal(put(&m, "10.0.0.0/8", 2), 1); /* only 10.9.0.1 takes the wider one */
    assert_int_equal(put(&m, "0.0.0.0/0", 3), 0);
    assert_int_equal(put(&m, "10.0.0.2", 4), 0); /* nobody has it */
    assert_int_equal(put(&m, "10.9.0.1", 5), 1);
    assert_int_equal(put(&m, "10.0.0.0/16", 6), 2); /* the same again: the last one counts */
    assert_int_equal(put(&m, "::/0", 7), 1);        /* not the IPv4 ones */
    assert_int_equal(m.places[0].entry, 6);
    assert_int_equal(m.places[1].entry, 6);
    assert_int_equal(m.places[2].entry, 5);
    assert_int_equal(m.places[3].entry, 7);
    match_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_have_first_and_last),
        cmocka_unit_test(the_narrowest_range_counts),
    };

    host = &bare_host;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
