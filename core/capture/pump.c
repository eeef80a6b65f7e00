/* A thread that reads a pipe to its end, whatever commands do meanwhile.
 * Must not know captures. */
#include "core/capture/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "core/base/task.h"
#include "core/capture/io.h"

enum { STEP = 64 << 10, WAIT_MS = 50, FULL_MS = 5 };

struct tw_pump {
    int fd;
    char *path;
    struct tw_store *store;
    pthread_t thread;
    bool has_thread;
    atomic_bool stop;
    uint8_t bytes[STEP];
};

static bool put(struct tw_pump *pump, size_t n)
{
    const struct timespec pause = {.tv_nsec = FULL_MS * 1000000};

    while (!tw_store_append(pump->store, NULL, 0, pump->bytes, n)) {
        if (atomic_load(&pump->stop))
            return false;
        nanosleep(&pause, NULL);
    }
    tw_store_publish(pump->store);
    return true;
}

static void *run(void *context)
{
    struct tw_pump *pump = context;

    tw_log_detach();
    while (!atomic_load(&pump->stop)) {
        struct pollfd waited = {.fd = pump->fd, .events = POLLIN};
        const int ready = poll(&waited, 1, WAIT_MS);
        ssize_t got;

        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        got = read(pump->fd, pump->bytes, sizeof(pump->bytes));
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            tw_log(1, "could not read '%s': %s; what came before stays", pump->path,
                   tw_io_reason(errno));
        if (got <= 0 || !put(pump, (size_t)got))
            break;
    }
    tw_store_end(pump->store);
    return NULL;
}

int tw_pump_open(const char *path, struct tw_store *store, struct tw_pump **ret, trawl_error *err)
{
    struct tw_pump *pump = tw_alloc(sizeof(*pump));
    int rc = TRAWL_OK;

    if (!pump)
        return tw_fail_nomem(err);
    pump->store = store;
    pump->path = tw_strdup(path);
    pump->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                      : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (!pump->path)
        rc = tw_fail_nomem(err);
    else if (pump->fd < 0)
        rc = tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", path, tw_io_reason(errno));
    if (rc == TRAWL_OK) {
        pump->has_thread = tw_io_thread(&pump->thread, run, pump);
        if (!pump->has_thread)
            rc = tw_fail(err, TRAWL_E_NOMEM, "could not start a thread to read '%s'", path);
    }
    if (rc != TRAWL_OK) {
        tw_pump_close(pump);
        return rc;
    }
    *ret = pump;
    return TRAWL_OK;
}

void tw_pump_close(struct tw_pump *pump)
{
    if (!pump)
        return;
    atomic_store(&pump->stop, true);
    if (pump->has_thread)
        pthread_join(pump->thread, NULL);
    if (pump->fd >= 0)
        close(pump->fd);
    tw_free(pump->path);
    tw_free(pump);
}
