/* A file's bytes, decompressed: random access over a stream that another thread is still decoding.
 * Must not know captures. */
#include "core/capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/now.h"
#include "core/base/task.h"
#include "core/capture/decode.h"
#include "core/capture/io.h"

struct tw_source {
    char *path;
    int fd;
    uint64_t size;  /* on disk, 0 unknown */
    uint64_t start; /* plain: where byte 0 is (stdin may have been read before) */
    const struct tw_codec *codec;
    struct tw_spill *spill; /* NULL: plain file */
    struct tw_store *store; /* what another thread appends to, borrowed; or NULL */
    struct tw_feed feed;
    pthread_t decoder;
    pthread_mutex_t start_lock; /* of has_decoder becoming true */
    _Atomic bool has_decoder;
    _Atomic uint64_t reported; /* bytes already added to tw_progress.done */
};

static void *run_decoder(void *context)
{
    struct tw_source *source = context;

    if (source->codec)
        source->codec->decode(&source->feed, source->spill);
    else
        tw_decode_copy(&source->feed, source->spill);
    return NULL;
}

/* Hundreds of files read as one need more descriptors than the usual soft limit. */
static bool more_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) {
        errno = EMFILE;
        return false;
    }
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* A FIFO without a writer must not hang an open that nobody can cancel: open it without waiting,
 * tw_io_read() waits for the writer. */
static int open_path(const char *path, trawl_error *err)
{
    int fd;

    if (strcmp(path, "-") == 0) {
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
            return tw_fail(err, TRAWL_E_IO, "could not read standard input: %s", tw_reason(errno));
        return fd;
    }
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (fd < 0 && ((errno == EINTR && !tw_cancelled()) || (errno == EMFILE && more_files())));
    if (fd < 0 && errno == ENXIO)
        return tw_fail(err, TRAWL_E_IO, "could not open '%s': it is a socket or has no device",
                       path);
    if (fd < 0)
        return tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", path, tw_reason(errno));
    return fd;
}

static int take_head(struct tw_source *source, bool regular, trawl_error *err)
{
    struct tw_feed *feed = &source->feed;
    int rc, number = 0;

    feed->fd = source->fd;
    feed->regular = regular;
    feed->offset = source->start;
    if (regular)
        rc = tw_io_pread(source->fd, feed->head, sizeof(feed->head), source->start, &feed->n_head,
                         &number);
    else
        rc = tw_io_read(source->fd, feed->head, sizeof(feed->head), NULL, &feed->n_head, &number);
    feed->offset += feed->n_head;
    if (rc == TRAWL_E_CANCELLED)
        return tw_fail_cancelled(err);
    if (rc != TRAWL_OK)
        return tw_fail(err, TRAWL_E_IO, "could not read '%s': %s", source->path, tw_reason(number));
    source->codec = tw_codec_find(feed->head, feed->n_head);
    return TRAWL_OK;
}

int tw_source_open(const char *path, struct tw_source **ret, trawl_error *err)
{
    struct tw_source *source = tw_alloc(sizeof(*source));
    struct stat st;
    int rc = TRAWL_OK;
    bool regular;

    if (!source)
        return tw_fail_nomem(err);
    source->fd = -1;
    pthread_mutex_init(&source->start_lock, NULL);
    source->path = tw_strdup(path);
    if (!source->path) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    source->fd = open_path(path, err);
    if (source->fd < 0) {
        rc = source->fd;
        goto out;
    }
    if (fstat(source->fd, &st) != 0) {
        rc = tw_fail(err, TRAWL_E_IO, "could not read '%s': %s", path, tw_reason(errno));
        goto out;
    }
    if (S_ISDIR(st.st_mode)) {
        rc = tw_fail(err, TRAWL_E_IO, "cannot read '%s': it is a directory", path);
        goto out;
    }
    regular = S_ISREG(st.st_mode);
    if (regular) {
        off_t at = strcmp(path, "-") == 0 ? lseek(source->fd, 0, SEEK_CUR) : 0;

        source->start = at > 0 ? (uint64_t)at : 0;
        source->size = (uint64_t)st.st_size > source->start ? (uint64_t)st.st_size - source->start
                                                            : 0;
    }
    rc = take_head(source, regular, err);
    if (rc != TRAWL_OK)
        goto out;
    if (regular)
        posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (!regular || source->codec) {
        source->spill = tw_spill_new(err);
        if (!source->spill) {
            rc = TRAWL_E_NOMEM;
            goto out;
        }
        source->feed.stop = tw_spill_stop_flag(source->spill);
    }

out:
    if (rc == TRAWL_OK)
        *ret = source;
    else
        tw_source_close(source);
    return rc;
}

int tw_source_open_store(const char *name, struct tw_store *store, struct tw_source **ret,
                         trawl_error *err)
{
    struct tw_source *source = tw_alloc(sizeof(*source));

    if (!source)
        return tw_fail_nomem(err);
    source->fd = -1;
    source->store = store;
    pthread_mutex_init(&source->start_lock, NULL);
    source->path = tw_strdup(name);
    if (!source->path) {
        tw_source_close(source);
        return tw_fail_nomem(err);
    }
    *ret = source;
    return TRAWL_OK;
}

uint64_t tw_source_available(const struct tw_source *source, bool *ret_ended)
{
    struct stat st;

    *ret_ended = false;
    if (source->store)
        return tw_store_length(source->store, ret_ended);
    if (source->spill || fstat(source->fd, &st) != 0 || (uint64_t)st.st_size < source->start) {
        *ret_ended = true;
        return 0;
    }
    return (uint64_t)st.st_size - source->start;
}

void tw_source_close(struct tw_source *source)
{
    if (!source)
        return;
    if (source->has_decoder) {
        tw_spill_stop(source->spill);
        pthread_join(source->decoder, NULL);
    }
    tw_spill_free(source->spill);
    pthread_mutex_destroy(&source->start_lock);
    if (source->fd >= 0)
        close(source->fd);
    tw_free(source->path);
    tw_free(source);
}

static int start_decoder(struct tw_source *source, trawl_error *err)
{
    int rc = TRAWL_OK;

    pthread_mutex_lock(&source->start_lock);
    if (!source->has_decoder) {
        if (tw_io_thread(&source->decoder, run_decoder, source))
            source->has_decoder = true;
        else
            rc = tw_fail(err, TRAWL_E_NOMEM, "could not start a thread to read '%s'", source->path);
    }
    pthread_mutex_unlock(&source->start_lock);
    return rc;
}

int tw_source_read(struct tw_source *source, uint64_t offset, void *out, size_t n, size_t *ret_n,
                   trawl_error *err)
{
    int rc, number = 0;

    if (source->store)
        return tw_store_read(source->store, offset, out, n, ret_n, err);
    if (source->spill) {
        rc = source->has_decoder ? TRAWL_OK : start_decoder(source, err);
        return rc == TRAWL_OK ? tw_spill_read(source->spill, offset, out, n, ret_n, err) : rc;
    }
    if (offset > UINT64_MAX - source->start) {
        *ret_n = 0;
        return TRAWL_OK;
    }
    rc = tw_io_pread(source->fd, out, n, source->start + offset, ret_n, &number);
    if (rc != TRAWL_OK)
        return tw_fail(err, rc, "could not read '%s': %s", source->path, tw_reason(number));
    return TRAWL_OK;
}

void tw_source_advance(struct tw_source *source, uint64_t offset)
{
    uint64_t done = source->spill ? atomic_load_explicit(&source->feed.done, memory_order_relaxed)
                                  : TW_MIN(offset, source->size);
    uint64_t before = atomic_exchange_explicit(&source->reported, done, memory_order_relaxed);

    if (source->spill)
        tw_spill_advance(source->spill, offset);
    if (done > before)
        atomic_fetch_add_explicit(&tw_progress.done, done - before, memory_order_relaxed);
}

void tw_source_set_lead(struct tw_source *source, uint64_t n_bytes)
{
    if (source->spill)
        tw_spill_set_lead(source->spill, n_bytes);
}

uint64_t tw_source_length_guess(const struct tw_source *source)
{
    uint64_t done, made;

    if (!source->spill)
        return source->size;
    done = atomic_load_explicit(&source->feed.done, memory_order_relaxed);
    made = tw_spill_length(source->spill);
    if (done == 0 || source->size <= done)
        return made;
    return (uint64_t)((double)made * ((double)source->size / (double)done));
}

const char *tw_source_compression(const struct tw_source *source)
{
    return source->codec ? source->codec->name : NULL;
}

bool tw_source_identity(const struct tw_source *source, struct tw_source_identity *ret)
{
    struct stat st;

    if (source->fd < 0 || fstat(source->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    *ret = (struct tw_source_identity){.device = st.st_dev,
                                       .inode = st.st_ino,
                                       .size = (uint64_t)st.st_size,
                                       .modified_ns = tw_timespec_ns(st.st_mtim),
                                       .changed_ns = tw_timespec_ns(st.st_ctim)};
    return true;
}

void tw_source_set_late(struct tw_source *source)
{
    if (!source->spill)
        return;
    tw_spill_set_steady(source->spill);
    tw_spill_set_lead(source->spill, UINT64_MAX);
}

uint64_t tw_source_size(const struct tw_source *source)
{
    return source->size;
}

const char *tw_source_damage(const struct tw_source *source)
{
    return source->spill ? tw_spill_damage(source->spill) : NULL;
}
