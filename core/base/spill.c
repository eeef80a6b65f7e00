/* Unlinked temporary files behind memory past the limit, and the keeper that drops their pages
 * from the process when it holds too much. Must not know what is stored. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/budget.h"

/* ---- files ---- */

static const char *spill_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/var/tmp";
}

static int fail_spill(trawl_error *err, int reason)
{
    tw_budget_set_refused(true);
    tw_fail(err, TRAWL_E_NOMEM,
            "out of memory: the limit of %llu MiB is reached and '%s' cannot take more: %s",
            (unsigned long long)(tw_memory_limit() >> 20), spill_folder(), tw_reason(reason));
    tw_error_hint(err, "Give more with --memory-limit, or set TMPDIR to a folder with room.");
    return TRAWL_E_NOMEM;
}

static int open_unlinked(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int n;

    if (fd >= 0)
        return fd;
    n = snprintf(path, sizeof(path), "%s/trawl-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int tw_spill_open(uint64_t n_bytes, trawl_error *err)
{
    int fd = open_unlinked(spill_folder());

    if (fd < 0) {
        fail_spill(err, errno);
        return -1;
    }
    if (tw_spill_extend(fd, 0, n_bytes, err) != TRAWL_OK) {
        close(fd);
        return -1;
    }
    return fd;
}

int tw_spill_extend(int fd, uint64_t old_bytes, uint64_t n_bytes, trawl_error *err)
{
    int rc;

    do {
        rc = posix_fallocate(fd, (off_t)old_bytes, (off_t)(n_bytes - old_bytes));
    } while (rc == EINTR);
    return rc == 0 ? TRAWL_OK : fail_spill(err, rc);
}

/* ---- the keeper of resident memory ---- */

struct tracked {
    void *base;
    uint64_t n_bytes;
};
static pthread_mutex_t keeper_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t keeper_wake = PTHREAD_COND_INITIALIZER;
static struct tracked *tracked;
static size_t n_tracked, capacity;
static pthread_t keeper;
static bool keeper_runs, keeper_stops;

/* Pages of this process in memory, in bytes; 0 when unknown. */
static uint64_t resident_bytes(int fd)
{
    char text[128];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    char *second;

    if (n <= 0)
        return 0;
    text[n] = '\0';
    second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void *keeper_main(void *context)
{
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    uint64_t limit;
    struct timespec until;

    (void)context;
    pthread_mutex_lock(&keeper_lock);
    while (!keeper_stops) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 10 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (n_tracked == 0)
            pthread_cond_wait(&keeper_wake, &keeper_lock);
        else
            pthread_cond_timedwait(&keeper_wake, &keeper_lock, &until);
        limit = tw_memory_limit();
        if (n_tracked == 0 || limit == 0 || fd < 0 || resident_bytes(fd) < limit - limit / 16)
            continue;
        /* The pages are shared with a file: dropping them loses nothing. */
        for (size_t i = 0; i < n_tracked; i++)
            madvise(tracked[i].base, tracked[i].n_bytes, MADV_DONTNEED);
    }
    pthread_mutex_unlock(&keeper_lock);
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void keeper_start(void)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    keeper_runs = pthread_create(&keeper, NULL, keeper_main, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void tw_spill_track(void *base, uint64_t n_bytes)
{
    struct tracked *grown;

    pthread_mutex_lock(&keeper_lock);
    if (n_tracked == capacity) {
        /* Not tw_alloc: it may be the one that asks. Untracked is slower to give back, not wrong.
         */
        grown = realloc(tracked, (capacity * 2 + 16) * sizeof(*grown));
        if (!grown) {
            pthread_mutex_unlock(&keeper_lock);
            return;
        }
        tracked = grown;
        capacity = capacity * 2 + 16;
    }
    tracked[n_tracked++] = (struct tracked){base, n_bytes};
    if (!keeper_runs)
        keeper_start();
    else if (n_tracked == 1)
        pthread_cond_signal(&keeper_wake);
    pthread_mutex_unlock(&keeper_lock);
}

void tw_spill_untrack(void *base)
{
    pthread_mutex_lock(&keeper_lock);
    for (size_t i = 0; i < n_tracked; i++) {
        if (tracked[i].base == base) {
            tracked[i] = tracked[--n_tracked];
            break;
        }
    }
    pthread_mutex_unlock(&keeper_lock);
}

void tw_memory_fini(void)
{
    bool runs;

    pthread_mutex_lock(&keeper_lock);
    runs = keeper_runs;
    keeper_stops = true;
    keeper_runs = false;
    pthread_cond_signal(&keeper_wake);
    pthread_mutex_unlock(&keeper_lock);
    if (runs)
        pthread_join(keeper, NULL);
    pthread_mutex_lock(&keeper_lock);
    keeper_stops = false;
    free(tracked);
    tracked = NULL;
    n_tracked = capacity = 0;
    pthread_mutex_unlock(&keeper_lock);
}
