/* libndpi set up with the n-th of its allocations failing: NULL, no crash, and nothing left behind
 * (the allocations that are not freed are counted, and AddressSanitizer looks too). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "part/guard.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void __real_free(void *p);
void __wrap_free(void *p);

/* Of guard.c alone: the linker gives it these in the place of the C library's. */
static unsigned long n_taken, n_freed, fail_at;

void *__wrap_malloc(size_t n)
{
    if (++n_taken == fail_at) {
        n_taken--;
        return NULL;
    }
    return __real_malloc(n);
}

void __wrap_free(void *p)
{
    n_freed += p != NULL;
    __real_free(p);
}

static const trawl_host the_host = {.realloc = realloc, .free = __real_free};

static void fails_at_any(void **state)
{
    static const unsigned long places[] = {1, 2, 3, 4, 5, 10, 100, 1023, 1024, 1025, 20000, 99000};

    (void)state;
    for (size_t i = 0; i < TRAWL_COUNT(places); i++) {
        n_taken = n_freed = 0;
        fail_at = places[i];
        assert_null(guard_module_new());
        assert_int_equal(n_taken, places[i] - 1);
        assert_int_equal(n_freed, n_taken);
    }
}

static void works_afterwards(void **state)
{
    struct ndpi_detection_module_struct *module;

    (void)state;
    fail_at = n_taken = n_freed = 0;
    module = guard_module_new();
    assert_non_null(module);
    assert_true(n_taken > 99000);
    ndpi_exit_detection_module(module);
    assert_int_equal(n_freed, n_taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_at_any),
        cmocka_unit_test(works_afterwards),
    };

    guard_init(&the_host);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
