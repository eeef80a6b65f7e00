/* Work that goes on beside commands while a capture grows, each on a thread of its own.
 * Must not know what the work is. */
#include "core/session/growing.h"

#include <time.h>

#include "core/base/now.h"
#include "core/base/task.h"
#include "core/capture/io.h"

enum { AT_MOST = 10 }; /* a step takes no more than a tenth of the time */

/* Locks are taken in this order: the session's turn, `lock`, the gate's. */
struct tw_beside {
    struct tw_beside *next;
    tw_session *session;
    tw_capture *capture;
    struct tw_work work;
    pthread_t thread;
    pthread_mutex_t lock; /* held during a step */
    atomic_bool done;     /* written under it: no step comes any more, the capture may be gone */
    atomic_bool exited;
};

/* Why no step comes any more. */
static void tell(const struct tw_beside *b, int rc, const trawl_error *error)
{
    if (rc != TRAWL_OK && rc != TRAWL_E_CANCELLED)
        tw_log(1, "'%s': %s; %s", b->capture->name, error->message, b->work.what_ends);
}

/* One step, unless it was the last; *ret_done: it is now. */
static void step(struct tw_beside *b, bool *ret_done)
{
    trawl_error error = TW_ERROR_INIT;

    pthread_mutex_lock(&b->lock);
    if (!b->done) {
        const bool is_end = !tw_growing_runs(b->capture->growing);
        const int rc = b->work.step(b->work.context, is_end, &error);

        tell(b, rc, &error);
        b->done = rc == TRAWL_OK ? is_end : rc != TRAWL_E_CANCELLED;
    }
    *ret_done = b->done;
    pthread_mutex_unlock(&b->lock);
    tw_error_clear(&error);
}

/* Until the time has come; false: the work is done. */
static bool wait_until(struct tw_beside *b, int64_t ns)
{
    const struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    struct tw_gate *gate = &b->session->gate;

    pthread_mutex_lock(&gate->lock);
    while (!b->done && tw_now_ns(CLOCK_MONOTONIC) < ns)
        (void)pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
    pthread_mutex_unlock(&gate->lock);
    return !b->done;
}

static void *run(void *context)
{
    struct tw_beside *b = context;
    const int64_t every = (int64_t)b->work.every_ms * 1000000;
    int64_t start = tw_now_ns(CLOCK_MONOTONIC), took = 0;
    bool done = false;

    tw_log_detach();
    while (!done && wait_until(b, start + TW_MAX(every, took * AT_MOST))) {
        if (b->work.needs_tables)
            tw_session_enter(b->session);
        start = tw_now_ns(CLOCK_MONOTONIC);
        /* who keeps commands waiting counts the time, who does not its own work alone */
        took = -tw_now_ns(b->work.needs_tables ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID);
        step(b, &done);
        took += tw_now_ns(b->work.needs_tables ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID);
        if (b->work.needs_tables)
            tw_session_leave(b->session);
    }
    atomic_store(&b->exited, true);
    return NULL;
}

static void free_work(struct tw_beside *b)
{
    pthread_join(b->thread, NULL);
    b->work.free(b->work.context);
    pthread_mutex_destroy(&b->lock);
    tw_free(b);
}

/* Those whose threads are gone. */
static void prune(tw_session *session)
{
    for (struct tw_beside **at = &session->beside; *at;) {
        struct tw_beside *b = *at;

        if (atomic_load(&b->exited)) {
            *at = b->next;
            free_work(b);
        } else {
            at = &b->next;
        }
    }
}

int tw_session_beside(tw_session *session, tw_capture *capture, const struct tw_work *work,
                      trawl_error *err)
{
    struct tw_beside *b;

    if (!tw_growing_runs(capture->growing))
        return tw_fail(err, TRAWL_E_USAGE, "'%s' does not grow%s", capture->name,
                       capture->growing ? " any more" : "");
    prune(session);
    b = tw_alloc(sizeof(*b));
    if (!b)
        return tw_fail_nomem(err);
    b->session = session;
    b->capture = capture;
    b->work = *work;
    pthread_mutex_init(&b->lock, NULL);
    if (!tw_io_thread(&b->thread, run, b)) {
        pthread_mutex_destroy(&b->lock);
        tw_free(b);
        return tw_fail(err, TRAWL_E_NOMEM, "could not start a thread for '%s'", capture->name);
    }
    b->next = session->beside;
    session->beside = b;
    return TRAWL_OK;
}

int tw_session_beside_end(tw_session *session, const tw_capture *capture, trawl_error *err)
{
    int first = TRAWL_OK;

    for (struct tw_beside *b = session->beside; b; b = b->next) {
        trawl_error error = TW_ERROR_INIT;
        int rc = TRAWL_OK;

        if (capture && b->capture != capture)
            continue;
        pthread_mutex_lock(&b->lock);
        if (!b->done)
            rc = b->work.step(b->work.context, true, &error);
        b->done = true;
        pthread_mutex_unlock(&b->lock);
        if (rc != TRAWL_OK && first == TRAWL_OK && err)
            first = tw_fail_as(err, &error);
        else
            tell(b, rc, &error);
        tw_error_clear(&error);
    }
    return first;
}

void tw_session_beside_free(tw_session *session)
{
    struct tw_gate *gate = &session->gate;

    if (!session->beside)
        return;
    tw_session_enter(session);
    /* a signal that ended trawl is not meant for what comes last */
    atomic_store_explicit(&tw_cancel_flag, false, memory_order_relaxed);
    (void)tw_session_beside_end(session, NULL, NULL);
    tw_session_leave(session);
    pthread_mutex_lock(&gate->lock);
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
    while (session->beside) {
        struct tw_beside *b = session->beside;

        session->beside = b->next;
        free_work(b);
    }
}
