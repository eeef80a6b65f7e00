/* A thread that reads a pipe to its end, and a FIFO until it is told to stop, whatever commands do
 * meanwhile. Must not know captures. */
#include "core/capture/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include "core/base/task.h"
#include "core/capture/frames.h"
#include "core/capture/io.h"

enum { STEP = 64 << 10, WAIT_MS = 50, FULL_MS = 5 };

struct tw_pump {
    int fd;
    char *path;
    struct tw_store *store;
    pthread_t thread;
    bool has_thread, is_fifo;
    bool is_next; /* of its writers begins: it was not looked at */
    atomic_bool stop, waits;
    struct tw_frames frames;
    struct tw_buffer held; /* the beginning of a record, whose rest has not come */
    uint8_t bytes[STEP];
};

static bool put(struct tw_pump *pump, const void *data, size_t n)
{
    const struct timespec pause = {.tv_nsec = FULL_MS * 1000000};
    const uint8_t *from = data;

    while (n) {
        const size_t part = TW_MIN(n, (size_t)STEP);

        if (!tw_store_append(pump->store, NULL, 0, from, part)) {
            if (atomic_load(&pump->stop))
                return false;
            nanosleep(&pause, NULL);
            continue;
        }
        tw_store_publish(pump->store);
        from += part;
        n -= part;
    }
    return true;
}

/* What a writer begins with; false: not with packets of this format. */
static bool take_head(struct tw_pump *pump, size_t *at)
{
    size_t skip;

    switch (tw_frames_again(&pump->frames, (const uint8_t *)pump->held.data + *at,
                            pump->held.len - *at, &skip)) {
    case TW_FRAMES_MORE:
        break;
    case TW_FRAMES_REFUSED:
        tw_log(1,
               "'%s' has another writer, whose packets are of another format or link type: they "
               "are not taken in, and it is not read on",
               pump->path);
        tw_buffer_clear(&pump->held);
        return false;
    case TW_FRAMES_TAKEN:
        pump->is_next = false;
        *at += skip;
    }
    return true;
}

/* Records of a FIFO that are whole; what is not is held back, for its writer may end here. */
static bool put_whole(struct tw_pump *pump, size_t n)
{
    struct tw_buffer *held = &pump->held;
    size_t at = 0;

    tw_buffer_append(held, pump->bytes, n);
    if (held->failed) {
        tw_log(1, "out of memory: '%s' is not read on; what came before stays", pump->path);
        return false;
    }
    do {
        size_t whole;

        if (pump->is_next && !take_head(pump, &at))
            return false;
        if (pump->is_next) /* more of it has to come */
            break;
        whole = tw_frames_whole(&pump->frames, (const uint8_t *)held->data + at, held->len - at);
        if (!put(pump, held->data + at, whole)) {
            tw_buffer_clear(held);
            return false;
        }
        at += whole;
        pump->is_next = pump->frames.at_head;
    } while (pump->is_next);
    held->len -= at;
    if (at) /* else it would be moved for each piece of a long block */
        memmove(held->data, held->data + at, held->len);
    return true;
}

/* Make ready for another one; false: there cannot be one. */
static bool next_writer(struct tw_pump *pump)
{
    struct stat st;
    int fd;

    if (!pump->is_fifo || pump->frames.format == TW_FRAMES_OTHER || stat(pump->path, &st) != 0 ||
        !S_ISFIFO(st.st_mode))
        return false;
    fd = open(pump->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        tw_log(1, "could not open '%s' again: %s", pump->path, tw_reason(errno));
        return false;
    }
    close(pump->fd); /* not before: a writer that is there already would fail */
    pump->fd = fd;
    if (pump->held.len)
        tw_log(1, "'%s': its writer ended within a record: %zu bytes are left out", pump->path,
               pump->held.len);
    tw_buffer_clear(&pump->held);
    pump->is_next = pump->frames.format != TW_FRAMES_UNTOLD;
    return true;
}

/* What was read; false: that was the end. */
static bool take(struct tw_pump *pump, size_t n)
{
    if (n == 0) {
        atomic_store(&pump->waits, next_writer(pump));
        return pump->waits;
    }
    atomic_store(&pump->waits, false);
    return pump->is_fifo ? put_whole(pump, n) : put(pump, pump->bytes, n);
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
                   tw_reason(errno));
        if (got < 0 || !take(pump, (size_t)got))
            break;
    }
    if (pump->held.len) /* that it is cut is damage */
        (void)put(pump, pump->held.data, pump->held.len);
    tw_store_end(pump->store);
    return NULL;
}

/* One with a name: a pipe, which '/dev/fd/63' is too, has the writers that it has. */
static bool is_fifo(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
        return false;
#ifdef __linux__
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && fs.f_type != PIPEFS_MAGIC;
#else
    return true;
#endif
}

int tw_pump_open(const char *path, struct tw_store *store, struct tw_pump **ret, trawl_error *err)
{
    struct tw_pump *pump = tw_alloc(sizeof(*pump));
    int rc = TRAWL_OK;

    if (!pump)
        return tw_fail_nomem(err);
    pump->store = store;
    pump->held = (struct tw_buffer)TW_BUFFER_INIT;
    pump->path = tw_strdup(path);
    pump->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                      : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (!pump->path)
        rc = tw_fail_nomem(err);
    else if (pump->fd < 0)
        rc = tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", path, tw_reason(errno));
    if (rc == TRAWL_OK) {
        pump->is_fifo = strcmp(path, "-") != 0 && is_fifo(pump->fd);
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

bool tw_pump_waits(const struct tw_pump *pump)
{
    return atomic_load(&pump->waits);
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
    tw_buffer_fini(&pump->held);
    tw_free(pump->path);
    tw_free(pump);
}
