/* What plugins/conn is made of: sets of ranges, digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "digest.h"
#include "spans.h"
#include <cmocka.h>

static const trawl_host memory = {.realloc = realloc, .free = free};

/* ---- spans ---- */

struct told {
    uint64_t total;
    unsigned n;
};
static int tell(void *context, uint64_t start, uint64_t end)
{
    struct told *t = context;

    t->total += end - start;
    t->n++;
    return 1;
}

static void ranges_that_touch_become_one(void **state)
{
    struct spans s = {0};
    uint32_t root = SPAN_NONE;
    struct told t = {0};

    (void)state;
    assert_int_equal(spans_cover(&s, &root, 10, 20, tell, &t), 1);
    assert_int_equal(spans_cover(&s, &root, 30, 40, tell, &t), 1);
    assert_int_equal(spans_cover(&s, &root, 50, 60, tell, &t), 1);
    assert_int_equal(t.total, 30);
    /* [15, 50) lacks [20, 30) and [40, 50), and joins all three: [10, 60). */
    t = (struct told){0};
    assert_int_equal(spans_cover(&s, &root, 15, 50, tell, &t), 1);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.total, 20);
    assert_int_equal(s.items[root].start, 10);
    assert_int_equal(s.items[root].end, 60);
    assert_int_equal(s.items[root].left, SPAN_NONE);
    assert_int_equal(s.items[root].right, SPAN_NONE);
    assert_null(spans_find(&s, root, 60, 70));
    assert_null(spans_find(&s, root, 0, 10));
    assert_non_null(spans_find(&s, root, 59, 70));
    assert_null(spans_find(&s, root, 59, 59));
    spans_fini(&s);
}

/* 20,000 ranges at places of a fixed sequence, against a byte for each number. */
static void ranges_agree_with_a_map_of_bytes(void **state)
{
    static uint8_t have[4096];
    struct spans s = {0};
    uint32_t root = SPAN_NONE, x = 1;
    uint64_t found = 0;

    (void)state;
    memset(have, 0, sizeof(have));
    for (int i = 0; i < 20000; i++) {
        struct told t = {0};
        uint64_t fresh = 0;
        uint32_t start, n;
        int some = 0;

        x = x * 1664525u + 1013904223u;
        start = x >> 20;
        n = (x >> 8 & 7) + 1;
        if (i % 500 == 499) { /* now and then start anew */
            memset(have, 0, sizeof(have));
            root = SPAN_NONE;
        }
        for (uint32_t k = start; k < start + n && k < sizeof(have); k++)
            some |= have[k];
        if (start + n > sizeof(have))
            continue;
        assert_int_equal(spans_find(&s, root, start, start + n) != NULL, some);
        found += (uint64_t)some;
        for (uint32_t k = start; k < start + n; k++) {
            fresh += !have[k];
            have[k] = 1;
        }
        assert_int_equal(spans_cover(&s, &root, start, start + n, tell, &t), 1);
        assert_int_equal(t.total, fresh);
    }
    assert_in_range(found, 1000, 19000); /* both answers were asked for */
    spans_fini(&s);
}

/* ---- digests ---- */

enum { SERVER_KEY = 0x2021 };

static void digests(void **state)
{
    /* hashlib.sha256((0x2021).to_bytes(8, "big")), its first 4 and last 8 bytes; sha1 likewise */
    uint32_t token;
    uint64_t idsn;

    (void)state;
    assert_int_equal(digest_mptcp(1, SERVER_KEY, &token, &idsn), 1);
    assert_int_equal(token, 0xe4c93895u);
    assert_int_equal(idsn, 0xcb199630ec55914bu);
    assert_int_equal(digest_mptcp(0, SERVER_KEY, &token, &idsn), 1);
    assert_int_equal(token, 0x18a24695u);
    assert_int_equal(idsn, 0x669246a04cb56577u);
    assert_int_equal(digest_mptcp(2, SERVER_KEY, &token, &idsn), 0);
}

static void hex(const uint8_t *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", p[i]);
}

/* RFC 2202 section 3 (HMAC-SHA-1), RFC 4231 (HMAC-SHA-256): test cases 1 to 3. */
static void hmacs_of_the_rfcs(void **state)
{
    static const struct {
        unsigned version;
        uint8_t key, n_key;
        const char *text_key, *message, *digest;
    } cases[] = {
        {0, 0x0b, 20, NULL, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
        {0, 0, 4, "Jefe", "what do ya want for nothing?",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {1, 0x0b, 20, NULL, "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {1, 0, 4, "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {0, 0xaa, 20, NULL, NULL, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
        {1, 0xaa, 20, NULL, NULL,
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t key[20], message[64], got[32];
        char text[65];
        size_t n = cases[i].message ? strlen(cases[i].message) : 50;

        memset(key, cases[i].key, sizeof(key));
        if (cases[i].text_key)
            memcpy(key, cases[i].text_key, cases[i].n_key);
        memset(message, 0xdd, sizeof(message)); /* case 3: fifty times 0xdd */
        if (cases[i].message)
            memcpy(message, cases[i].message, n);
        n = digest_hmac(cases[i].version, key, cases[i].n_key, message, n, got);
        assert_int_equal(n, cases[i].version ? 32 : 20);
        hex(got, n, text);
        assert_string_equal(text, cases[i].digest);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_that_touch_become_one),
        cmocka_unit_test(ranges_agree_with_a_map_of_bytes),
        cmocka_unit_test(digests),
        cmocka_unit_test(hmacs_of_the_rfcs),
    };

    host = &memory;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
