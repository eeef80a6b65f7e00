/* System calls for reading, in one place: short reads, EINTR, faults on purpose, temporary files.
 * Must not know compression or captures. */
#include "core/capture/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/task.h"
#include "core/base/text.h"

enum {
    WAIT_STEP_MS = 50, /* a wait for input looks at the cancel flag this often */
    MAX_READ = 1 << 30 /* one system call moves at most this much */
};

/* TRAWL_FAIL_READ=n: the n-th read of the process fails with EIO, once. 0: off. */
static atomic_ullong reads_left;
static atomic_int reads_counted; /* 0: the variable was not looked at yet, 1: counts, 2: off */

static bool fails_on_purpose(void)
{
    int state = atomic_load_explicit(&reads_counted, memory_order_acquire);

    if (state == 0) {
        const char *text = getenv("TRAWL_FAIL_READ");
        uint64_t n = 0;
        int expected = 0;

        if (text && tw_parse_u64(text, strlen(text), &n) != TRAWL_OK)
            n = 0;
        state = n ? 1 : 2;
        if (n)
            atomic_compare_exchange_strong(&reads_left, &(unsigned long long){0}, n);
        atomic_compare_exchange_strong(&reads_counted, &expected, state);
    }
    if (state == 2)
        return false;
    return atomic_fetch_sub(&reads_left, 1) == 1;
}

static bool wants_stop(const atomic_bool *stop)
{
    return tw_cancelled() || (stop && atomic_load_explicit(stop, memory_order_relaxed));
}

int tw_io_read(int fd, void *out, size_t n, const atomic_bool *stop, size_t *ret_n, int *ret_errno)
{
    size_t have = 0;

    *ret_n = 0;
    while (have < n) {
        struct pollfd waited = {.fd = fd, .events = POLLIN};
        ssize_t got;
        int ready = poll(&waited, 1, WAIT_STEP_MS);

        if (wants_stop(stop))
            return TRAWL_E_CANCELLED;
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        if (fails_on_purpose()) {
            got = -1;
            errno = EIO;
        } else {
            got = read(fd, (uint8_t *)out + have, TW_MIN(n - have, (size_t)MAX_READ));
        }
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0) {
            *ret_errno = errno;
            return TRAWL_E_IO;
        }
        if (got == 0)
            break;
        have += (size_t)got;
        *ret_n = have;
    }
    return TRAWL_OK;
}

int tw_io_pread(int fd, void *out, size_t n, uint64_t offset, size_t *ret_n, int *ret_errno)
{
    size_t have = 0;

    *ret_n = 0;
    while (have < n) {
        ssize_t got;

        if (offset > (uint64_t)INT64_MAX - n) /* beyond any file */
            break;
        if (fails_on_purpose()) {
            got = -1;
            errno = EIO;
        } else {
            got = pread(fd, (uint8_t *)out + have, TW_MIN(n - have, (size_t)MAX_READ),
                        (off_t)(offset + have));
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *ret_errno = errno;
            return TRAWL_E_IO;
        }
        if (got == 0)
            break;
        have += (size_t)got;
        *ret_n = have;
    }
    return TRAWL_OK;
}

int tw_io_pwrite(int fd, const void *data, size_t n, uint64_t offset, int *ret_errno)
{
    size_t done = 0;

    while (done < n) {
        ssize_t put = pwrite(fd, (const uint8_t *)data + done, n - done, (off_t)(offset + done));

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            *ret_errno = put < 0 ? errno : ENOSPC;
            return TRAWL_E_IO;
        }
        done += (size_t)put;
    }
    return TRAWL_OK;
}

bool tw_io_thread(pthread_t *ret, void *(*run)(void *), void *context)
{
    sigset_t all, old;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(ret, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0;
}

int tw_io_temporary(void)
{
    const char *const folders[] = {getenv("TMPDIR"), "/tmp", "/var/tmp"};
    int last = ENOENT;

    for (size_t i = 0; i < TW_COUNT(folders); i++) {
        char path[4096];
        int fd, n;

        if (!folders[i] || folders[i][0] != '/')
            continue;
        fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0)
            return fd;
        n = snprintf(path, sizeof(path), "%s/trawl-XXXXXX", folders[i]);
        if (n < 0 || (size_t)n >= sizeof(path))
            continue;
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path);
            return fd;
        }
        last = errno;
    }
    errno = last;
    return -1;
}
