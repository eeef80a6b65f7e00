/* Memory: allocator, budget, faults, regions, arenas, buffers. */
#include <stdarg.h>
#include <stddef.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/plugin/host.h"

enum { mib = 1 << 20 };

/* ---- the allocator ---- */

static void blocks_are_zero_and_counted(void **state)
{
    uint64_t before = tw_memory_used();
    uint8_t *p = tw_alloc(1000);
    uint8_t *q;

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    assert_true(tw_memory_used() >= before + 1000);
    memset(p, 7, 1000);
    q = tw_realloc_array(p, 50000, 2);
    assert_non_null(q);
    assert_int_equal(q[999], 7);
    assert_true(tw_memory_used() >= before + 100000);
    tw_free(q);
    tw_free(NULL);
    assert_int_equal(tw_memory_used(), before);
}

/* Address space that is limited is left to regions: a heap keeps what it had once. */
static void large_pages_take_none_of_little_space(void **state)
{
    struct rlimit all, little;
    const void *end;

    (void)state;
#ifdef M_MMAP_THRESHOLD /* as the program has it: from the heap, which stays */
    mallopt(M_MMAP_THRESHOLD, 8 * mib);
    mallopt(M_TRIM_THRESHOLD, 16 * mib);
#endif
    assert_int_equal(getrlimit(RLIMIT_AS, &all), 0);
    little = (struct rlimit){512 * mib, all.rlim_max};
    end = sbrk(0);
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    tw_alloc_large_pages();
    assert_int_equal(setrlimit(RLIMIT_AS, &all), 0);
    assert_ptr_equal(sbrk(0), end);
}

static void sizes_are_checked(void **state)
{
    size_t r = 5;

    (void)state;
    assert_null(tw_alloc_array(SIZE_MAX / 2, 3));
    assert_null(tw_realloc_array(NULL, SIZE_MAX, 2));
    assert_false(tw_mul_size(SIZE_MAX, 2, &r));
    assert_false(tw_add_size(SIZE_MAX, 1, &r));
    assert_int_equal(r, 5);
    assert_null(tw_strndup("x", SIZE_MAX));
}

static void strings_are_copied(void **state)
{
    char *s = tw_strndup("hello world", 5), *t = tw_asprintf("%s-%d", s, 42);

    (void)state;
    assert_string_equal(s, "hello");
    assert_string_equal(t, "hello-42");
    tw_free(s);
    tw_free(t);
}

static void the_nth_allocation_fails(void **state)
{
    void *p[4];
    struct tw_region region = TW_REGION_INIT;
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    tw_memory_fail_at("2");
    for (size_t i = 0; i < 4; i++)
        p[i] = tw_alloc(1);
    assert_non_null(p[0]);
    assert_null(p[1]);
    assert_non_null(p[2]);
    assert_non_null(p[3]);
    tw_memory_fail_at("2+");
    assert_int_equal(tw_region_grow(&region, 1, mib, &err), TRAWL_OK);
    assert_int_equal(tw_region_grow(&region, mib / 2, 0, &err), TRAWL_E_NOMEM);
    assert_string_equal(err.message, "out of memory");
    assert_null(tw_alloc(1));
    assert_null(tw_strdup("x"));
    tw_memory_fail_at(NULL);
    assert_int_equal(tw_region_grow(&region, mib / 2, 0, NULL), TRAWL_OK);
    tw_region_fini(&region);
    for (size_t i = 0; i < 4; i++)
        tw_free(p[i]);
}

/* ---- regions ---- */

static void regions_grow_in_place(void **state)
{
    struct tw_region region = TW_REGION_INIT;
    uint64_t before = tw_memory_used(), kept;
    uint8_t *base;

    (void)state;
    assert_int_equal(tw_region_grow(&region, 10, 64 * mib, NULL), TRAWL_OK);
    base = region.base;
    memset(base, 1, region.committed);
    for (uint64_t n = 1; n <= 20; n++) {
        uint64_t old = region.committed;

        assert_int_equal(tw_region_grow(&region, n * mib, 0, NULL), TRAWL_OK);
        assert_ptr_equal(region.base, base);
        assert_true(region.committed >= n * mib);
        for (uint64_t i = old; i < region.committed; i += 509)
            assert_int_equal(base[i], 0);
        memset(base + old, 1, region.committed - old);
    }
    assert_true(tw_memory_used() - before < 24 * mib);
    tw_region_trim(&region, 130000);
    kept = region.committed; /* up to the end of a page, 65,536 bytes at most */
    assert_in_range(kept, 130000, 130000 + 65536);
    assert_int_equal(base[129999], 1);
    assert_int_equal(base[130000], 0);
    assert_int_equal(tw_region_grow(&region, mib, 0, NULL), TRAWL_OK);
    assert_int_equal(base[kept], 0);
    assert_int_equal(base[mib - 1], 0);
    tw_region_fini(&region);
    assert_null(region.base);
    assert_int_equal(tw_memory_used(), before);
}

/* Regions begin at different places of a page, so that a row in many columns does not lie in one
 * set of the cache; cells stay aligned. */
static void regions_begin_apart(void **state)
{
    struct tw_region regions[16];
    bool seen[64] = {false};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(regions); i++) {
        regions[i] = (struct tw_region)TW_REGION_INIT;
        assert_int_equal(tw_region_grow(&regions[i], 8, mib, NULL), TRAWL_OK);
        assert_int_equal((uintptr_t)regions[i].base % 64, 0);
        assert_false(seen[(uintptr_t)regions[i].base % 4096 / 64]);
        seen[(uintptr_t)regions[i].base % 4096 / 64] = true;
    }
    for (size_t i = 0; i < TW_COUNT(regions); i++)
        tw_region_fini(&regions[i]);
}

/* Regions grown at once lie behind each other on large pages, but are freed each for itself; past
 * the limit each goes its own way. */
static void regions_grow_at_once(void **state)
{
    static const uint64_t n_bytes[] = {700000, 8, 0, 1300000, 900000};
    const uint64_t limits[] = {0, 4 * mib};
    const uint64_t before = tw_memory_used();

    (void)state;
    for (size_t k = 0; k < TW_COUNT(limits); k++) {
        struct tw_region regions[TW_COUNT(n_bytes)], *at[TW_COUNT(n_bytes)];

        tw_memory_set_limit(limits[k]);
        for (size_t i = 0; i < TW_COUNT(n_bytes); i++) {
            regions[i] = (struct tw_region)TW_REGION_INIT;
            at[i] = &regions[i];
        }
        assert_int_equal(tw_regions_grow_once(at, n_bytes, TW_COUNT(n_bytes), NULL), TRAWL_OK);
        for (size_t i = 0; i < TW_COUNT(n_bytes); i++) {
            assert_true(regions[i].committed >= n_bytes[i]);
            for (uint64_t b = 0; b < n_bytes[i]; b += 997)
                assert_int_equal(regions[i].base[b], 0);
            memset(regions[i].base, (int)i + 1, n_bytes[i]);
        }
        for (size_t i = 0; i < TW_COUNT(n_bytes); i++) {
            assert_true(n_bytes[i] == 0 ||
                        (regions[i].base[0] == i + 1 && regions[i].base[n_bytes[i] - 1] == i + 1));
            tw_region_fini(&regions[i]);
        }
        assert_int_equal(tw_memory_used(), before);
    }
    tw_memory_set_limit(0);
    tw_memory_fini();
}

/* What is expected to be large grows by large pages, unless memory is short. */
static void regions_expect_their_size(void **state)
{
    struct tw_region region = TW_REGION_INIT, few = TW_REGION_INIT;

    (void)state;
    tw_region_expect(&region, 8 * mib);
    assert_int_equal(tw_region_grow(&region, 10, 64 * mib, NULL), TRAWL_OK);
    assert_int_equal((region.committed + region.skew) % (2 * mib), 0);
    assert_int_equal(tw_region_grow(&region, 3 * mib, 0, NULL), TRAWL_OK);
    assert_int_equal((region.committed + region.skew) % (2 * mib), 0);
    tw_region_fini(&region);
    tw_memory_set_limit(64 * mib);
    tw_region_expect(&few, 8 * mib);
    assert_int_equal(tw_region_grow(&few, 10, 64 * mib, NULL), TRAWL_OK);
    assert_true(few.committed < mib);
    tw_region_fini(&few);
    tw_memory_set_limit(0);
}

static void regions_end_at_their_reservation(void **state)
{
    struct tw_region region = TW_REGION_INIT;
    trawl_error err = TW_ERROR_INIT;
    char message[100];

    (void)state;
    assert_int_equal(tw_region_grow(&region, 65536, 131072, &err), TRAWL_OK);
    assert_int_equal(tw_region_grow(&region, 131072, 0, &err), TRAWL_OK);
    assert_in_range(region.reserved, 131072, 131072 + 65536);
    assert_int_equal(tw_region_grow(&region, region.reserved + 1, 0, &err), TRAWL_E_NOMEM);
    snprintf(message, sizeof(message), "out of memory: a column cannot grow beyond %llu bytes",
             (unsigned long long)region.reserved);
    assert_string_equal(err.message, message);
    tw_region_fini(&region);
}

/* ---- past the limit ---- */

static void regions_move_to_a_file(void **state)
{
    struct tw_region region = TW_REGION_INIT;
    uint8_t *base = NULL;

    (void)state;
    tw_memory_set_limit(16 * mib);
    for (uint64_t n = 1; n <= 40; n++) {
        assert_int_equal(tw_region_grow(&region, n * mib, 64 * mib, NULL), TRAWL_OK);
        base = base ? base : region.base;
        assert_ptr_equal(region.base, base);
        memset(base + (n - 1) * mib, (int)n, mib);
    }
    assert_true(region.spilled);
    assert_true(tw_memory_used() <= 16 * mib);
    for (uint64_t n = 1; n <= 40; n++) {
        assert_int_equal(base[(n - 1) * mib], n);
        assert_int_equal(base[n * mib - 1], n);
    }
    tw_region_trim(&region, 10 * mib + 5);
    assert_int_equal(tw_region_grow(&region, 20 * mib, 0, NULL), TRAWL_OK);
    assert_int_equal(base[10 * mib - 1], 10);
    assert_int_equal(base[10 * mib + 4], 11);
    assert_int_equal(base[10 * mib + 5], 0);
    assert_int_equal(base[20 * mib - 1], 0);
    tw_region_fini(&region);
    tw_memory_set_limit(0);
    tw_memory_fini();
}

static void big_blocks_move_to_a_file(void **state)
{
    uint64_t before = tw_memory_used();
    uint8_t *a, *b;

    (void)state;
    tw_memory_set_limit(8 * mib);
    a = tw_alloc(5 * mib);
    b = tw_alloc(20 * mib);
    assert_non_null(a);
    assert_non_null(b);
    assert_true(tw_memory_used() < 8 * mib);
    assert_int_equal(b[20 * mib - 1], 0);
    b[0] = 1;
    b[20 * mib - 1] = 2;
    b = tw_realloc_array(b, 30, mib);
    assert_non_null(b);
    assert_int_equal(b[0], 1);
    assert_int_equal(b[20 * mib - 1], 2);
    b = tw_realloc_array(b, 100, 1);
    assert_int_equal(b[0], 1);
    tw_free(b);
    tw_free(a);
    tw_memory_set_limit(0);
    tw_memory_fini();
    assert_int_equal(tw_memory_used(), before);
}

/* Where nothing can be written, one clear error, and what is there stays. */
static void no_room_is_one_clear_error(void **state)
{
    struct tw_region region = TW_REGION_INIT;
    trawl_error err = TW_ERROR_INIT;
    const char *old = getenv("TMPDIR");
    char *kept = old ? tw_strdup(old) : NULL;

    (void)state;
    setenv("TMPDIR", "/proc/none", 1);
    tw_memory_set_limit(8 * mib);
    assert_int_equal(tw_region_grow(&region, 4 * mib, 64 * mib, &err), TRAWL_OK);
    memset(region.base, 9, 4 * mib);
    assert_int_equal(tw_region_grow(&region, 20 * mib, 0, &err), TRAWL_E_NOMEM);
    assert_non_null(strstr(err.message, "the limit of 8 MiB is reached and '/proc/none'"));
    assert_non_null(strstr(err.hint, "--memory-limit"));
    assert_int_equal(region.base[4 * mib - 1], 9);
    assert_null(tw_alloc(20 * mib));
    assert_true(tw_memory_refused());
    tw_error_clear(&err);
    tw_fail_nomem(&err);
    assert_string_equal(err.message, "out of memory: the limit of 8 MiB is reached");
    tw_error_clear(&err);
    (tw_host.fail)(&err, TRAWL_E_NOMEM, "could not keep %s: no memory",
                   "it"); /* a plugin's words */
    assert_string_equal(err.message, "could not keep it: no memory: the limit of 8 MiB is reached");
    assert_string_equal(err.hint, "Give more with --memory-limit.");
    (tw_host.fail)(&err, TRAWL_E_NOMEM, "later");
    assert_string_equal(err.message, "could not keep it: no memory: the limit of 8 MiB is reached");
    tw_memory_set_limit(0);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    tw_free(kept);
    tw_region_fini(&region);
}

static uint64_t resident(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long long size = 0, pages = 0;

    if (!f || fscanf(f, "%llu %llu", &size, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * 4096;
}

/* 400 MiB under a limit of 64: what is written last may still be in memory, the rest is not. */
static void resident_memory_stays_near_the_limit(void **state)
{
    struct tw_region region = TW_REGION_INIT;
    uint64_t before = resident(), most = 0, now;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* its shadow is resident too */
#endif
    tw_memory_set_limit(before + 64 * mib);
    for (uint64_t n = 1; n <= 400; n++) {
        assert_int_equal(tw_region_grow(&region, n * mib, 512 * mib, NULL), TRAWL_OK);
        memset(region.base + (n - 1) * mib, (int)n, mib);
        now = resident();
        most = TW_MAX(most, now);
    }
    print_message("resident: %llu MiB at most\n", (unsigned long long)((most - before) / mib));
    assert_true(most - before < 200 * mib);
    for (uint64_t n = 1; n <= 400; n++)
        assert_int_equal(region.base[n * mib - 1], (uint8_t)n);
    tw_region_fini(&region);
    tw_memory_set_limit(0);
    tw_memory_fini();
}

/* ---- arenas and buffers ---- */

static void arena_blocks_are_aligned_and_zero(void **state)
{
    struct tw_arena arena = TW_ARENA_INIT;
    uint64_t before = tw_memory_used();
    char *s;

    (void)state;
    for (size_t n = 1; n < 3000; n++) {
        uint8_t *p = tw_arena_alloc(&arena, n);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_int_equal(p[0] | p[n - 1], 0);
        memset(p, 0xff, n);
    }
    assert_non_null(tw_arena_alloc(&arena, mib));
    s = tw_arena_strdup(&arena, "name");
    assert_string_equal(s, "name");
    assert_null(tw_arena_alloc(&arena, SIZE_MAX - 3));
    tw_arena_fini(&arena);
    assert_int_equal(tw_memory_used(), before);
}

static void buffers_grow_and_stay_terminated(void **state)
{
    struct tw_buffer buffer = TW_BUFFER_INIT;
    char *s;

    (void)state;
    for (int i = 0; i < 1000; i++)
        tw_buffer_printf(&buffer, "%d,", i);
    tw_buffer_puts(&buffer, "end");
    tw_buffer_putc(&buffer, '!');
    assert_int_equal(buffer.len, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    assert_int_equal(buffer.data[buffer.len], '\0');
    s = tw_buffer_steal(&buffer);
    assert_memory_equal(s, "0,1,2,", 6);
    assert_null(buffer.data);
    tw_free(s);
    s = tw_buffer_steal(&buffer);
    assert_string_equal(s, ""); /* nothing was appended: still a string */
    tw_free(s);
}

static void a_failed_buffer_stays_failed(void **state)
{
    struct tw_buffer buffer = TW_BUFFER_INIT;

    (void)state;
    tw_buffer_puts(&buffer, "abc");
    tw_memory_fail_at("1");
    for (int i = 0; i < 100; i++)
        tw_buffer_puts(&buffer, "0123456789");
    tw_memory_fail_at(NULL);
    assert_true(buffer.failed);
    assert_true(buffer.len < 100);
    tw_buffer_puts(&buffer, "x");
    assert_int_equal(buffer.data[buffer.len], '\0');
    assert_null(tw_buffer_steal(&buffer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zero_and_counted),
        cmocka_unit_test(large_pages_take_none_of_little_space),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(the_nth_allocation_fails),
        cmocka_unit_test(regions_grow_in_place),
        cmocka_unit_test(regions_begin_apart),
        cmocka_unit_test(regions_grow_at_once),
        cmocka_unit_test(regions_expect_their_size),
        cmocka_unit_test(regions_end_at_their_reservation),
        cmocka_unit_test(regions_move_to_a_file),
        cmocka_unit_test(big_blocks_move_to_a_file),
        cmocka_unit_test(no_room_is_one_clear_error),
        cmocka_unit_test(resident_memory_stays_near_the_limit),
        cmocka_unit_test(arena_blocks_are_aligned_and_zero),
        cmocka_unit_test(buffers_grow_and_stay_terminated),
        cmocka_unit_test(a_failed_buffer_stays_failed),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
