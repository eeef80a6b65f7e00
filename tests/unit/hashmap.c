/* The map of names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/hashmap.h"
#include "core/base/memory.h"

static void values_are_found_replaced_removed(void **state)
{
    struct tw_hashmap map = TW_HASHMAP_INIT;
    int a, b;

    (void)state;
    assert_null(tw_hashmap_get(&map, "x"));
    assert_null(tw_hashmap_remove(&map, "x"));
    assert_int_equal(tw_hashmap_put(&map, "x", &a), TRAWL_OK);
    assert_int_equal(tw_hashmap_put(&map, "", &b), TRAWL_OK);
    assert_ptr_equal(tw_hashmap_get(&map, "x"), &a);
    assert_ptr_equal(tw_hashmap_get(&map, ""), &b);
    assert_int_equal(tw_hashmap_put(&map, "x", &b), TRAWL_OK);
    assert_ptr_equal(tw_hashmap_get(&map, "x"), &b);
    assert_int_equal(map.n_live, 2);
    assert_ptr_equal(tw_hashmap_remove(&map, "x"), &b);
    assert_null(tw_hashmap_get(&map, "x"));
    assert_int_equal(map.n_live, 1);
    tw_hashmap_fini(&map);
}

static void order_is_that_of_insertion(void **state)
{
    struct tw_hashmap map = TW_HASHMAP_INIT;
    char key[24];
    size_t n = 0;

    (void)state;
    for (uintptr_t i = 0; i < 5000; i++) {
        key[0] = 'k';
        key[1] = (char)('a' + i % 26);
        key[2] = (char)('a' + i / 26 % 26);
        key[3] = (char)('a' + i / 676);
        key[4] = '\0';
        assert_int_equal(tw_hashmap_put(&map, key, (void *)(i + 1)), TRAWL_OK);
        if (i % 3 == 0)
            assert_ptr_equal(tw_hashmap_remove(&map, key), (void *)(i + 1));
    }
    for (size_t i = 0; i < map.n_entries; i++) {
        if (!map.entries[i].key)
            continue;
        while (n % 3 == 0)
            n++;
        assert_ptr_equal(map.entries[i].value, (void *)(n + 1));
        assert_ptr_equal(tw_hashmap_get(&map, map.entries[i].key), (void *)(n + 1));
        n++;
    }
    assert_int_equal(map.n_live, 3333);
    tw_hashmap_fini(&map);
}

static void no_memory_leaves_it_as_it_was(void **state)
{
    struct tw_hashmap map = TW_HASHMAP_INIT;
    char key[2] = "a";

    (void)state;
    for (char c = 'a'; c <= 'z'; c++) {
        key[0] = c;
        tw_memory_fail_at("1+");
        assert_int_equal(tw_hashmap_put(&map, key, key), TRAWL_E_NOMEM);
        tw_memory_fail_at(NULL);
        assert_null(tw_hashmap_get(&map, key));
        assert_int_equal(tw_hashmap_put(&map, key, key), TRAWL_OK);
    }
    assert_int_equal(map.n_live, 26);
    tw_hashmap_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_replaced_removed),
        cmocka_unit_test(order_is_that_of_insertion),
        cmocka_unit_test(no_memory_leaves_it_as_it_was),
    };

    return cmocka_run_group_tests_name("hashmap", tests, NULL, NULL);
}
