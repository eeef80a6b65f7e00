/* Dictionaries: codes, values, many threads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/table/column.h"

static void codes_are_dense_and_stable(void **state)
{
    struct tw_dict *dict = tw_dict_new(TRAWL_STRING);
    size_t n;
    uint32_t a, b, empty;

    (void)state;
    a = tw_dict_code(dict, "alpha", 5, NULL);
    b = tw_dict_code(dict, "beta", 4, NULL);
    empty = tw_dict_code(dict, "", 0, NULL);
    assert_int_equal(a, 1);
    assert_int_equal(b, 2);
    assert_int_equal(empty, 3);
    assert_int_equal(tw_dict_code(dict, "alpha", 5, NULL), a);
    assert_int_equal(tw_dict_find(dict, "beta", 4), b);
    assert_int_equal(tw_dict_find(dict, "bet", 3), 0);
    assert_int_equal(tw_dict_size(dict), 4);
    assert_memory_equal(tw_dict_bytes(dict, a, &n), "alpha", 5);
    assert_int_equal(n, 5);
    tw_dict_bytes(dict, empty, &n);
    assert_int_equal(n, 0);
    tw_dict_bytes(dict, 0, &n);
    assert_int_equal(n, 0);
    tw_dict_release(dict);
}

static void a_mapped_address_is_not_the_ipv4_one(void **state)
{
    struct tw_dict *dict = tw_dict_new(TRAWL_IP);
    const uint8_t v4[4] = {192, 0, 2, 1};
    const uint8_t v6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
    uint32_t a = tw_dict_code(dict, v4, 4, NULL), b = tw_dict_code(dict, v6, 16, NULL);
    trawl_error err = TW_ERROR_INIT;
    struct tw_ip ip;

    (void)state;
    assert_int_equal(a, 1);
    assert_true(b == (2U | 1U << 31));
    ip = tw_dict_ip(dict, a);
    assert_false(ip.is_v6);
    assert_memory_equal(ip.bytes, v6, 16);
    assert_true(tw_dict_ip(dict, b).is_v6);
    assert_int_equal(tw_dict_find(dict, v4, 4), a);
    assert_true(tw_dict_find(dict, v6, 16) == b);
    assert_int_equal(tw_dict_code(dict, v6, 5, &err), 0);
    assert_int_equal(err.code, TRAWL_E_PLUGIN);
    tw_dict_release(dict);
}

struct crowd {
    struct tw_dict *dict;
    uint32_t *codes; /* [thread body][value] */
};

enum { n_bodies = 8, n_values = 20000 };

static int insert_all(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct crowd *crowd = context;
    struct tw_dict_cache *cache = tw_alloc(sizeof(*cache));

    (void)i_thread;
    for (uint32_t j = 0; j < n_values; j++) {
        uint32_t v = (j * 7919 + (uint32_t)i * 13) % n_values;
        uint8_t address[4] = {10, (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

        crowd->codes[i * n_values + v] = tw_dict_code_cached(crowd->dict, cache, address, 4, err);
    }
    tw_free(cache);
    return TRAWL_OK;
}

static void threads_agree_on_codes(void **state)
{
    struct crowd crowd = {tw_dict_new(TRAWL_IP),
                          tw_alloc_array(n_bodies * n_values, sizeof(uint32_t))};

    (void)state;
    tw_pool_set_threads(4);
    assert_int_equal(tw_pool_run(n_bodies, insert_all, &crowd, NULL), TRAWL_OK);
    assert_int_equal(tw_dict_size(crowd.dict), n_values + 1);
    for (uint32_t v = 0; v < n_values; v++) {
        struct tw_ip ip = tw_dict_ip(crowd.dict, crowd.codes[v]);

        assert_int_equal(tw_be32(ip.bytes + 12), 10U << 24 | v);
        for (size_t i = 1; i < n_bodies; i++)
            assert_int_equal(crowd.codes[i * n_values + v], crowd.codes[v]);
    }
    tw_free(crowd.codes);
    tw_dict_release(crowd.dict);
    tw_pool_fini();
}

/* The budget of a capture with many hosts: at most 40 bytes an address. */
static void a_million_addresses_fit(void **state)
{
    uint64_t before = tw_memory_used();
    struct tw_dict *dict = tw_dict_new(TRAWL_IP);
    uint64_t used;

    (void)state;
    for (uint32_t v = 0; v < 1000000; v++) {
        uint32_t address = __builtin_bswap32(v * 2654435761U);

        assert_int_not_equal(tw_dict_code(dict, &address, 4, NULL), 0);
    }
    tw_dict_settle(dict);
    used = tw_memory_used() - before;
    print_message("%.1f bytes an address\n", (double)used / 1e6);
    /* 16 for the address, 8 a slot in 64 tables of 2^15 slots for 15,625 addresses each: 33 MB; a
     * table is between 3/8 and 3/4 full, which makes 27 to 37 */
    assert_in_range(used, 27000000, 37500000);
    tw_dict_release(dict);
    assert_int_equal(tw_memory_used(), before);
}

/* 100,000 addresses, each third an IPv6 one: filled at once they have the codes of one by one. */
static void filling_gives_the_same_codes(void **state)
{
    enum { N = 100000 };
    struct tw_dict *one = tw_dict_new(TRAWL_IP), *all = tw_dict_new(TRAWL_IP);
    uint8_t(*bytes)[16] = tw_alloc_array(N + 1, 16);
    uint64_t *families;

    (void)state;
    for (uint32_t i = 1; i <= N; i++) {
        const uint8_t v4[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        uint8_t v6[16] = {0x20, 0x01, [13] = (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        struct tw_ip ip;

        tw_dict_code(one, i % 3 ? v4 : v6, i % 3 ? 4 : 16, NULL);
        ip = tw_dict_ip(one, i);
        memcpy(bytes[i], ip.bytes, 16);
    }
    families = tw_dict_families(one, N + 1);
    assert_int_equal(tw_dict_fill(all,
                                  &(struct tw_dict_values){.addresses = (const uint8_t(*)[16])bytes,
                                                           .families = families},
                                  N + 1, NULL),
                     TRAWL_OK);
    assert_int_equal(tw_dict_size(all), N + 1);
    for (uint32_t i = 1; i <= N; i++) {
        const uint8_t *p = i % 3 ? bytes[i] + 12 : bytes[i];

        assert_memory_equal(tw_dict_ip(all, i).bytes, bytes[i], 16);
        assert_int_equal(tw_dict_find(all, p, i % 3 ? 4 : 16),
                         tw_dict_find(one, p, i % 3 ? 4 : 16));
    }
    /* a new value has the next code */
    assert_int_equal(tw_dict_code(all, "\x7f\0\0\1", 4, NULL), N + 1);
    tw_dict_release(one);
    tw_dict_release(all);
    tw_free(bytes);
    tw_free(families);
}

static int fill_texts(const char *text, const uint64_t *ends, uint32_t n)
{
    struct tw_dict *dict = tw_dict_new(TRAWL_STRING);
    const int rc = tw_dict_fill(
        dict, &(struct tw_dict_values){.text = (const uint8_t *)text, .ends = ends}, n, NULL);

    if (rc == TRAWL_OK && n > 2) {
        assert_int_equal(tw_dict_find(dict, "ab", 2), 1);
        assert_int_equal(tw_dict_find(dict, "", 0), 2);
        assert_int_equal(tw_dict_find(dict, "abc", 3), 3);
        assert_int_equal(tw_dict_find(dict, "b", 1), 0);
    }
    tw_dict_release(dict);
    return rc;
}

static void filling_refuses_what_no_dictionary_holds(void **state)
{
    const uint8_t addresses[2][16] = {{0}, {[12] = 10, [15] = 1}}; /* without ffff */
    const uint64_t families = 0;
    struct tw_dict *dict = tw_dict_new(TRAWL_IP);

    (void)state;
    assert_int_equal(fill_texts("ababc", (const uint64_t[]){0, 2, 2, 5}, 4), TRAWL_OK);
    assert_int_equal(fill_texts("", (const uint64_t[]){0}, 1), TRAWL_OK);
    assert_int_equal(fill_texts("abab", (const uint64_t[]){0, 2, 4}, 3), TRAWL_E_DATA);
    assert_int_equal(fill_texts("", (const uint64_t[]){0, 0, 0}, 3), TRAWL_E_DATA);
    assert_int_equal(
        tw_dict_fill(dict, &(struct tw_dict_values){.addresses = addresses, .families = &families},
                     2, NULL),
        TRAWL_E_DATA);
    tw_dict_release(dict);
}

/* "ab", "", "ab", "c" and "ab" again, when "c" is there as 1: new values take the next codes in
 * their order, 2 for "ab", 3 for "". The text begins 3 bytes in. */
static void many_texts_get_the_codes_of_one_by_one(void **state)
{
    static const uint8_t text[] = "xyzababcab";
    static const uint64_t offsets[] = {3, 5, 5, 7, 8, 10};
    struct tw_dict *dict = tw_dict_new(TRAWL_STRING);
    uint32_t codes[5] = {0};

    (void)state;
    assert_int_equal(tw_dict_code(dict, "c", 1, NULL), 1);
    assert_int_equal(tw_dict_codes_texts(dict, text, offsets, 5, codes, NULL), TRAWL_OK);
    assert_int_equal(codes[0], 2);
    assert_int_equal(codes[1], 3);
    assert_int_equal(codes[2], 2);
    assert_int_equal(codes[3], 1);
    assert_int_equal(codes[4], 2);
    assert_int_equal(tw_dict_size(dict), 4);
    assert_int_equal(tw_dict_find(dict, "ab", 2), 2);
    assert_int_equal(tw_dict_code(dict, "d", 1, NULL), 4);
    assert_int_equal(tw_dict_codes_texts(dict, text, offsets, 0, codes, NULL), TRAWL_OK);
    tw_dict_release(dict);
}

struct many {
    struct tw_dict *dict;
    uint32_t (*codes)[5000];
};

static int add_many(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct many *m = context;
    uint64_t offsets[5001] = {0};
    char text[5000 * 8];

    (void)i_thread;
    for (unsigned k = 0; k < 5000; k++) { /* each body has half of the next one's texts */
        const int n = snprintf(text + offsets[k], 8, "%u", (unsigned)i * 2500 + k);

        offsets[k + 1] = offsets[k] + (uint64_t)n;
    }
    return tw_dict_codes_texts(m->dict, (const uint8_t *)text, offsets, 5000, m->codes[i], err);
}

/* 8 bodies of 5,000 texts that overlap by half: 22,500 different ones, each with one code. */
static void threads_agree_on_many_texts(void **state)
{
    struct many m = {tw_dict_new(TRAWL_STRING), tw_alloc_array(8, sizeof(*m.codes))};

    (void)state;
    tw_pool_set_threads(4);
    assert_int_equal(tw_pool_run(8, add_many, &m, NULL), TRAWL_OK);
    assert_int_equal(tw_dict_size(m.dict), 22501);
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned k = 0; k < 5000; k++) {
            char text[8];
            const int n = snprintf(text, sizeof(text), "%u", i * 2500 + k);

            assert_int_equal(tw_dict_find(m.dict, text, (size_t)n), m.codes[i][k]);
        }
    }
    tw_free(m.codes);
    tw_dict_release(m.dict);
    tw_pool_fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_dense_and_stable),
        cmocka_unit_test(a_mapped_address_is_not_the_ipv4_one),
        cmocka_unit_test(threads_agree_on_codes),
        cmocka_unit_test(a_million_addresses_fit),
        cmocka_unit_test(filling_gives_the_same_codes),
        cmocka_unit_test(filling_refuses_what_no_dictionary_holds),
        cmocka_unit_test(many_texts_get_the_codes_of_one_by_one),
        cmocka_unit_test(threads_agree_on_many_texts),
    };

    return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
