/* The pool of threads, cancelling, messages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/task.h"

enum { n_indices = 5000 };

struct work {
    _Atomic uint32_t seen[n_indices];
    _Atomic uint64_t n_run;
    unsigned n_threads;
};

static int note(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct work *work = context;

    (void)err;
    assert_true(i_thread < work->n_threads);
    atomic_fetch_add(&work->seen[i], 1);
    return TRAWL_OK;
}

static void each_index_runs_once(void **state)
{
    struct work *work = tw_alloc(sizeof(*work));

    (void)state;
    for (unsigned n = 1; n <= 5; n++) {
        tw_pool_set_threads(n);
        assert_int_equal(tw_pool_threads(), n);
        work->n_threads = n;
        assert_int_equal(tw_pool_run(n_indices, note, work, NULL), TRAWL_OK);
        for (size_t i = 0; i < n_indices; i++)
            assert_int_equal(work->seen[i], n);
    }
    assert_int_equal(tw_pool_run(0, note, work, NULL), TRAWL_OK);
    tw_free(work);
    tw_pool_fini();
}

static int fail_late(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    (void)i_thread;
    atomic_fetch_add(&((struct work *)context)->n_run, 1);
    if (i % 100 == 37)
        return tw_fail(err, TRAWL_E_DATA, "index %d", (int)i);
    return TRAWL_OK;
}

static void the_lowest_failure_is_returned(void **state)
{
    struct work *work = tw_alloc(sizeof(*work));

    (void)state;
    tw_pool_set_threads(4);
    for (int round = 0; round < 200; round++) {
        trawl_error err = TW_ERROR_INIT;

        atomic_store(&work->n_run, 0);
        assert_int_equal(tw_pool_run(n_indices, fail_late, work, &err), TRAWL_E_DATA);
        assert_string_equal(err.message, "index 37");
        assert_true(work->n_run < n_indices);
    }
    tw_free(work);
    tw_pool_fini();
}

static int nested(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    (void)i;
    (void)i_thread;
    return tw_pool_run(10, note, context, err);
}

static void bodies_may_run_loops(void **state)
{
    struct work *work = tw_alloc(sizeof(*work));

    (void)state;
    tw_pool_set_threads(4);
    work->n_threads = 4;
    assert_int_equal(tw_pool_run(50, nested, work, NULL), TRAWL_OK);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(work->seen[i], 50);
    tw_free(work);
    tw_pool_fini();
}

static int cancel_at_5(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    (void)i_thread;
    (void)err;
    atomic_fetch_add(&((struct work *)context)->n_run, 1);
    if (i == 5)
        atomic_store(&tw_cancel_flag, true);
    return TRAWL_OK;
}

static void cancelling_stops_the_loop(void **state)
{
    struct work *work = tw_alloc(sizeof(*work));

    (void)state;
    for (unsigned n = 1; n <= 3; n += 2) {
        trawl_error err = TW_ERROR_INIT;

        tw_pool_set_threads(n);
        atomic_store(&work->n_run, 0);
        assert_int_equal(tw_pool_run(n_indices, cancel_at_5, work, &err), TRAWL_E_CANCELLED);
        assert_true(work->n_run < n_indices);
        assert_string_equal(err.message, "cancelled");
        atomic_store(&tw_cancel_flag, false);
    }
    tw_free(work);
    tw_pool_fini();
}

static void keep(int level, const char *message, void *context)
{
    char *kept = context;

    kept[0] = (char)('0' + level);
    memcpy(kept + 1, message, TW_MIN(strlen(message) + 1, (size_t)99));
}

static void messages_are_escaped(void **state)
{
    char kept[100] = "";

    (void)state;
    tw_log(1, "nobody listens");
    tw_log_set_sink(keep, kept);
    tw_log(1, "no '%s'", "a\x1b[2J\xe2\x80\xae");
    assert_string_equal(kept, "1no 'a\\x1b[2J\\xe2\\x80\\xae'");
    tw_log(2, "C:\\x");
    assert_string_equal(kept, "2C:\\x");
    tw_log_set_sink(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_index_runs_once), cmocka_unit_test(the_lowest_failure_is_returned),
        cmocka_unit_test(bodies_may_run_loops), cmocka_unit_test(cancelling_stops_the_loop),
        cmocka_unit_test(messages_are_escaped),
    };

    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
