/* A pool of threads for loops over many rows.
 * Must not know what the work is. */
#include "core/base/task.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

enum {
    threads_most = 256,
    spins_most = 2000 /* looks at what another thread is about to do, before one sleeps */
};

atomic_bool tw_cancel_flag;
struct tw_progress tw_progress;

int tw_fail_cancelled(trawl_error *err)
{
    return tw_fail(err, TRAWL_E_CANCELLED, "cancelled");
}

struct job {
    uint64_t n;
    tw_pool_body *body;
    void *context;
    _Atomic uint64_t next;
    atomic_bool stop;
    pthread_mutex_t lock; /* of what follows */
    uint64_t i_failed;
    int code;
    trawl_error error;
};

/* One pool a process. A loop that finds it busy with another thread's runs on its caller alone. */
static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER; /* held by the one that runs */
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t pool_wake = PTHREAD_COND_INITIALIZER;
static pthread_cond_t pool_done = PTHREAD_COND_INITIALIZER;
static pthread_t threads[threads_most];
static unsigned n_started;          /* threads that exist, the caller's not counted */
static _Atomic unsigned n_active;   /* of them, still in the current job */
static _Atomic uint64_t generation; /* counts jobs */
static bool stopping;
static struct job *current;
static _Atomic unsigned n_threads; /* 0: not set */

static _Thread_local bool in_body;
static _Thread_local unsigned own_index;

static unsigned count_cores(void)
{
    cpu_set_t set;
    int n = 1;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        n = CPU_COUNT(&set);
    return n < 1 ? 1 : TW_MIN((unsigned)n, (unsigned)threads_most);
}

void tw_pool_set_threads(unsigned n)
{
    tw_pool_fini();
    atomic_store(&n_threads, TW_MIN(n, (unsigned)threads_most));
}

unsigned tw_pool_threads(void)
{
    unsigned n = atomic_load_explicit(&n_threads, memory_order_relaxed);

    if (n == 0) {
        n = count_cores();
        atomic_store_explicit(&n_threads, n, memory_order_relaxed);
    }
    return n;
}

unsigned tw_pool_share(void)
{
    return in_body ? 1 : tw_pool_threads();
}

static void job_failed(struct job *job, uint64_t i, int code, const trawl_error *error)
{
    pthread_mutex_lock(&job->lock);
    if (job->code == TRAWL_OK || i < job->i_failed) {
        job->i_failed = i;
        job->code = code;
        job->error = *error;
    }
    atomic_store_explicit(&job->stop, true, memory_order_relaxed);
    pthread_mutex_unlock(&job->lock);
}

static void job_work(struct job *job, unsigned i_thread)
{
    trawl_error error = TW_ERROR_INIT;
    uint64_t i;
    int code;

    while (!atomic_load_explicit(&job->stop, memory_order_relaxed)) {
        i = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed);
        if (i >= job->n)
            break;
        code = tw_cancelled() ? tw_fail_cancelled(&error)
                              : job->body(job->context, i, i_thread, &error);
        if (code != TRAWL_OK) {
            job_failed(job, i, code, &error);
            break;
        }
    }
}

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Most loops follow each other closely, and to wake a thread takes longer than many of them: above
 * all where the cores are a virtual machine's. So it looks for a while before it sleeps. */
static void expect_job(uint64_t seen)
{
    for (unsigned i = 0;
         i < spins_most && atomic_load_explicit(&generation, memory_order_relaxed) == seen; i++)
        relax();
}

static void expect_end(void)
{
    for (unsigned i = 0;
         i < spins_most && atomic_load_explicit(&n_active, memory_order_relaxed) > 0; i++)
        relax();
}

static void *worker(void *argument)
{
    uint64_t seen = 0;
    struct job *job;

    own_index = (unsigned)(uintptr_t)argument;
    tw_alloc_large_pages();
    in_body = true;
    pthread_mutex_lock(&pool_lock);
    for (;;) {
        while (!stopping && (!current || generation == seen))
            pthread_cond_wait(&pool_wake, &pool_lock);
        if (stopping)
            break;
        seen = generation;
        job = current;
        n_active++;
        pthread_mutex_unlock(&pool_lock);
        job_work(job, own_index);
        pthread_mutex_lock(&pool_lock);
        if (--n_active == 0)
            pthread_cond_signal(&pool_done);
        pthread_mutex_unlock(&pool_lock);
        expect_job(seen);
        pthread_mutex_lock(&pool_lock);
    }
    pthread_mutex_unlock(&pool_lock);
    return NULL;
}

/* Start what is missing; fewer threads than wanted is slower, not an error. */
static void start_threads(unsigned n)
{
    sigset_t all, old;

    if (n_started >= n)
        return;
    sigfillset(&all); /* signals are the shell's thread's */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (n_started < n) {
        if (pthread_create(&threads[n_started], NULL, worker, (void *)(uintptr_t)(n_started + 1)) !=
            0)
            break;
        n_started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static int run_alone(uint64_t n, tw_pool_body *body, void *context, trawl_error *err)
{
    int code = TRAWL_OK;

    for (uint64_t i = 0; i < n && code == TRAWL_OK; i++)
        code = tw_cancelled() ? tw_fail_cancelled(err) : body(context, i, own_index, err);
    return code;
}

int tw_pool_run(uint64_t n, tw_pool_body *body, void *context, trawl_error *err)
{
    struct job job = {.n = n, .body = body, .context = context};
    unsigned n_wanted = (unsigned)TW_MIN((uint64_t)tw_pool_threads(), n);

    if (in_body || n_wanted <= 1 || pthread_mutex_trylock(&run_lock) != 0)
        return run_alone(n, body, context, err);
    pthread_mutex_init(&job.lock, NULL);
    start_threads(n_wanted - 1);
    pthread_mutex_lock(&pool_lock);
    current = &job;
    generation++;
    pthread_cond_broadcast(&pool_wake);
    pthread_mutex_unlock(&pool_lock);

    in_body = true;
    job_work(&job, 0);
    in_body = false;

    pthread_mutex_lock(&pool_lock);
    current = NULL; /* who has not woken by now finds nothing to do */
    pthread_mutex_unlock(&pool_lock);
    expect_end();
    pthread_mutex_lock(&pool_lock);
    while (n_active > 0)
        pthread_cond_wait(&pool_done, &pool_lock);
    pthread_mutex_unlock(&pool_lock);
    pthread_mutex_unlock(&run_lock);
    pthread_mutex_destroy(&job.lock);
    if (job.code != TRAWL_OK && err && err->code == TRAWL_OK)
        *err = job.error;
    return job.code;
}

void tw_pool_fini(void)
{
    if (in_body)
        return;
    pthread_mutex_lock(&run_lock);
    pthread_mutex_lock(&pool_lock);
    stopping = true;
    pthread_cond_broadcast(&pool_wake);
    pthread_mutex_unlock(&pool_lock);
    for (unsigned i = 0; i < n_started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_lock(&pool_lock);
    n_started = 0;
    stopping = false;
    pthread_mutex_unlock(&pool_lock);
    pthread_mutex_unlock(&run_lock);
}
