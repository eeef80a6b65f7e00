/* What DNS said is kept: more addresses at once than it keeps for long are all answered, and are
 * forgotten when yet another one comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "part/cache.h"

static void *zeroed(size_t n)
{
    return calloc(1, n);
}

static const trawl_host fake = {
    .size = sizeof(fake), .alloc = zeroed, .realloc = realloc, .free = free};
const trawl_host *host = &fake;

enum { MOST = 1 << 18, N = MOST + 1000 };

static const struct entry *look(struct cache *c, uint32_t number, int64_t now_ns)
{
    uint8_t address[16] = {0};

    memcpy(address + 12, &number, sizeof(number));
    return cache_look(c, address, now_ns);
}

static void more_than_are_kept(void **state)
{
    struct cache c = {0};
    uint8_t address[16];
    int64_t i;

    (void)state;
    for (uint32_t k = 0; k < N; k++)
        assert_int_equal(look(&c, k, 1)->answer, ANSWER_WAITS);
    for (uint32_t k = 0; k < N; k++) {
        i = cache_next(&c, address);
        assert_true(i >= 0);
        assert_int_equal(cache_put(&c, (size_t)i, k ? ANSWER_NONE : ANSWER_NAME, "a.example", 2),
                         0);
    }
    assert_int_equal(cache_next(&c, address), -1);
    for (uint32_t k = 0; k < N; k++) /* asked for once is enough */
        assert_int_equal(look(&c, k, 3)->answer, k ? ANSWER_NONE : ANSWER_NAME);
    assert_string_equal(look(&c, 0, 3)->name, "a.example");
    assert_int_equal(look(&c, N, 3)->answer, ANSWER_WAITS);
    assert_int_equal(look(&c, 0, 3)->answer, ANSWER_WAITS);
    assert_int_equal(c.n, 2);
    host->free(c.items);
    host->free(c.slots);
    host->free(c.waiting);
}

/* A name lasts ten minutes; then it is asked for again, and is what is known until the answer. */
static void old_names(void **state)
{
    static const int64_t minutes = INT64_C(60000000000);
    struct cache c = {0};
    uint8_t address[16];
    const struct entry *e;

    (void)state;
    assert_int_equal(look(&c, 7, 0)->answer, ANSWER_WAITS);
    assert_int_equal(cache_next(&c, address), 0);
    assert_int_equal(cache_put(&c, 0, ANSWER_NAME, "b.example", 0), 0);
    assert_int_equal(look(&c, 7, 10 * minutes)->answer, ANSWER_NAME);
    e = look(&c, 7, 10 * minutes + 1);
    assert_int_equal(e->answer, ANSWER_WAITS);
    assert_string_equal(e->name, "b.example");
    assert_int_equal(c.n_open, 1);
    host->free(c.items[0].name);
    host->free(c.items);
    host->free(c.slots);
    host->free(c.waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(more_than_are_kept),
                                       cmocka_unit_test(old_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
