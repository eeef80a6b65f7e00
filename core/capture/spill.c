/* Bytes that one thread makes and others read at any place, while it is still making them: memory
 * up to a bound, then an unlinked temporary file. Must not know where the bytes come from. */
#include "core/capture/spill.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/base/task.h"
#include "core/capture/io.h"

enum {
    CHUNK = 1 << 20,      /* unit of the file part */
    N_RING = 12,          /* chunks between the maker and the file */
    GROW = 2 << 20,       /* the memory part grows by this: whole huge pages */
    FIRST_LEAD = 8 << 20, /* before anyone knows whether the bytes are wanted */
    WAIT_STEP_MS = 50
};
#define DEFAULT_MEMORY (UINT64_C(256) << 20)

/* A chunk of the file part while it is in memory: being filled, or waiting to be written. A written
 * one stays readable here until its place is needed. */
struct ring_chunk {
    uint8_t *bytes;
    uint64_t i_chunk; /* of the file part; UINT64_MAX: free */
    bool full, written;
    unsigned n_readers;
};

struct tw_spill {
    pthread_mutex_t lock;
    pthread_cond_t grown;  /* for readers: as many bytes came as one wanted, or the end */
    pthread_cond_t filled; /* for the writer: a chunk is full, or the end */
    pthread_cond_t freed;  /* for the maker: a chunk was written or left */
    uint64_t wanted;       /* least length that a reader waits for, UINT64_MAX: none waits */
    struct tw_region memory;
    _Atomic uint64_t
        memory_bound; /* bytes before it live in memory; lowered when that cannot grow */
    int fd;           /* of the file part, -1: none yet */
    struct ring_chunk ring[N_RING];
    pthread_t writer;
    bool has_writer;
    _Atomic uint64_t len;
    uint64_t made;     /* the maker's own count of len */
    uint64_t advanced; /* the first pass is past this */
    uint64_t lead;     /* the maker pauses this far beyond it */
    bool ended;
    atomic_bool stop;
    bool steady; /* a cancel does not stop the maker */
    char damage[256];
    int failed; /* a negative code when the spill itself failed */
    trawl_error error;
};

/* Bytes in the memory parts of all spills. */
static _Atomic uint64_t memory_held;

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attr);
    pthread_condattr_destroy(&attr);
}

/* Something ended: everyone looks again. With the lock held. */
static void wake_all(struct tw_spill *spill)
{
    pthread_cond_broadcast(&spill->grown);
    pthread_cond_broadcast(&spill->filled);
    pthread_cond_broadcast(&spill->freed);
}

struct tw_spill *tw_spill_new(trawl_error *err)
{
    struct tw_spill *spill = tw_alloc(sizeof(*spill));
    uint64_t limit = tw_memory_limit();

    if (!spill) {
        tw_fail_nomem(err);
        return NULL;
    }
    init_condition(&spill->grown);
    init_condition(&spill->filled);
    init_condition(&spill->freed);
    spill->wanted = UINT64_MAX;
    spill->lead = FIRST_LEAD;
    pthread_mutex_init(&spill->lock, NULL);
    spill->memory = (struct tw_region)TW_REGION_INIT;
    spill->memory_bound = DEFAULT_MEMORY;
    /* The tables need most of the limit. */
    if (limit && limit / 4 < spill->memory_bound)
        spill->memory_bound = limit / 4 / GROW * GROW;
    spill->fd = -1;
    for (size_t i = 0; i < N_RING; i++)
        spill->ring[i].i_chunk = UINT64_MAX;
    return spill;
}

void tw_spill_free(struct tw_spill *spill)
{
    if (!spill)
        return;
    if (spill->has_writer) {
        tw_spill_stop(spill);
        pthread_join(spill->writer, NULL);
    }
    atomic_fetch_sub(&memory_held, spill->memory.committed);
    tw_region_fini(&spill->memory);
    for (size_t i = 0; i < N_RING; i++)
        tw_free(spill->ring[i].bytes);
    if (spill->fd >= 0)
        close(spill->fd);
    pthread_cond_destroy(&spill->grown);
    pthread_cond_destroy(&spill->filled);
    pthread_cond_destroy(&spill->freed);
    pthread_mutex_destroy(&spill->lock);
    tw_error_clear(&spill->error);
    tw_free(spill);
}

bool tw_spill_stopped(const struct tw_spill *spill)
{
    return atomic_load_explicit(&spill->stop, memory_order_relaxed) ||
           (!spill->steady && tw_cancelled());
}

const atomic_bool *tw_spill_stop_flag(const struct tw_spill *spill)
{
    return &spill->stop;
}

void tw_spill_stop(struct tw_spill *spill)
{
    pthread_mutex_lock(&spill->lock);
    atomic_store(&spill->stop, true);
    wake_all(spill);
    pthread_mutex_unlock(&spill->lock);
}

/* Wait with the lock held, at most one step: a cancel wakes nobody. */
static void wait_step(struct tw_spill *spill, pthread_cond_t *condition)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_STEP_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(condition, &spill->lock, &until);
}

/* The spill cannot hold more: remember why, with the lock held. */
static void fail_locked(struct tw_spill *spill, int code, const char *what, int number)
{
    if (spill->failed)
        return;
    spill->failed = code;
    wake_all(spill);
    if (code == TRAWL_E_NOMEM)
        tw_fail_nomem(&spill->error);
    else
        tw_fail(&spill->error, code, "could not %s a temporary file for decompressed bytes: %s",
                what, tw_reason(number));
}

/* ---- the file part ---- */

static struct ring_chunk *find_chunk(struct tw_spill *spill, uint64_t i_chunk)
{
    for (size_t i = 0; i < N_RING; i++) {
        if (spill->ring[i].i_chunk == i_chunk)
            return &spill->ring[i];
    }
    return NULL;
}

static struct ring_chunk *next_to_write(struct tw_spill *spill)
{
    struct ring_chunk *first = NULL;

    for (size_t i = 0; i < N_RING; i++) {
        struct ring_chunk *chunk = &spill->ring[i];

        if (chunk->full && !chunk->written && (!first || chunk->i_chunk < first->i_chunk))
            first = chunk;
    }
    return first;
}

/* Nobody needs the places of written chunks any more. */
static void free_written(struct tw_spill *spill)
{
    for (size_t i = 0; i < N_RING; i++) {
        struct ring_chunk *chunk = &spill->ring[i];

        if (chunk->i_chunk != UINT64_MAX && (!chunk->written || chunk->n_readers))
            continue;
        tw_free(chunk->bytes);
        *chunk = (struct ring_chunk){.i_chunk = UINT64_MAX};
    }
}

static void *write_chunks(void *context)
{
    struct tw_spill *spill = context;

    pthread_mutex_lock(&spill->lock);
    while (!atomic_load(&spill->stop) && !spill->failed) {
        struct ring_chunk *chunk = next_to_write(spill);
        int rc, number = 0;

        if (!chunk) {
            if (spill->ended) {
                free_written(spill);
                break;
            }
            pthread_cond_wait(&spill->filled, &spill->lock);
            continue;
        }
        pthread_mutex_unlock(&spill->lock);
        rc = tw_io_pwrite(spill->fd, chunk->bytes, CHUNK, chunk->i_chunk * CHUNK, &number);
        pthread_mutex_lock(&spill->lock);
        if (rc != TRAWL_OK)
            fail_locked(spill, rc, "write", number);
        else
            chunk->written = true;
        pthread_cond_signal(&spill->freed);
    }
    pthread_mutex_unlock(&spill->lock);
    return NULL;
}

static bool start_file(struct tw_spill *spill)
{
    if (spill->fd >= 0)
        return true;
    spill->fd = tw_io_temporary();
    if (spill->fd < 0) {
        fail_locked(spill, TRAWL_E_IO, "make", errno);
        return false;
    }
    if (!tw_io_thread(&spill->writer, write_chunks, spill)) {
        fail_locked(spill, TRAWL_E_NOMEM, NULL, 0);
        return false;
    }
    spill->has_writer = true;
    return true;
}

/* The place to fill next: a free one (when `fresh`), else the one that was written longest ago;
 * NULL: none yet. */
static struct ring_chunk *oldest_place(struct tw_spill *spill, bool fresh, bool *ret_pending)
{
    struct ring_chunk *oldest = NULL;

    *ret_pending = false;
    for (size_t i = 0; i < N_RING; i++) {
        struct ring_chunk *chunk = &spill->ring[i];

        if (chunk->i_chunk != UINT64_MAX && (!chunk->written || chunk->n_readers))
            *ret_pending = true;
        else if ((chunk->bytes || fresh) && (!oldest || chunk->i_chunk + 1 < oldest->i_chunk + 1))
            oldest = chunk; /* a free one counts as 0 */
    }
    return oldest;
}

/* A free place of the ring, waiting for the writer; NULL: stopped or failed. Lock held. */
static struct ring_chunk *take_chunk(struct tw_spill *spill, uint64_t i_chunk)
{
    while (!tw_spill_stopped(spill) && !spill->failed) {
        bool pending;
        struct ring_chunk *place = oldest_place(spill, true, &pending);

        if (place && !place->bytes) {
            place->bytes = tw_alloc(CHUNK);
            /* No memory for one more: those that there are do, only slower. */
            if (!place->bytes)
                place = oldest_place(spill, false, &pending);
        }
        if (!place && !pending) {
            fail_locked(spill, TRAWL_E_NOMEM, NULL, 0);
            return NULL;
        }
        if (!place) {
            wait_step(spill, &spill->freed);
            continue;
        }
        place->i_chunk = i_chunk;
        place->full = place->written = false;
        return place;
    }
    return NULL;
}

static uint8_t *file_space(struct tw_spill *spill, size_t *ret_n)
{
    uint64_t at = spill->made - spill->memory_bound;
    struct ring_chunk *chunk;

    pthread_mutex_lock(&spill->lock);
    chunk = start_file(spill) ? find_chunk(spill, at / CHUNK) : NULL;
    if (!chunk && spill->fd >= 0 && !spill->failed)
        chunk = take_chunk(spill, at / CHUNK);
    pthread_mutex_unlock(&spill->lock);
    if (!chunk || tw_spill_stopped(spill))
        return NULL;
    *ret_n = (size_t)(CHUNK - at % CHUNK);
    return chunk->bytes + at % CHUNK;
}

/* ---- the maker ---- */

/* More of the memory part, which all spills share. */
static void grow_memory(struct tw_spill *spill)
{
    uint64_t bound = spill->memory_bound, old = spill->memory.committed;
    trawl_error ignored = TW_ERROR_INIT;

    if (atomic_load(&memory_held) + GROW > bound ||
        tw_region_grow(&spill->memory, TW_MIN(spill->made + GROW, bound), bound, &ignored) !=
            TRAWL_OK)
        spill->memory_bound = spill->made; /* the rest goes to the file */
    tw_error_clear(&ignored);
    atomic_fetch_add(&memory_held, spill->memory.committed - old);
}

/* Wait until the reader is near enough, or wants more. */
static void keep_distance(struct tw_spill *spill)
{
    pthread_mutex_lock(&spill->lock);
    while (spill->made > spill->advanced && spill->made - spill->advanced > spill->lead &&
           spill->wanted == UINT64_MAX && !tw_spill_stopped(spill))
        wait_step(spill, &spill->freed);
    pthread_mutex_unlock(&spill->lock);
}

uint8_t *tw_spill_space(struct tw_spill *spill, size_t *ret_n)
{
    keep_distance(spill);
    if (tw_spill_stopped(spill))
        return NULL;
    if (spill->made < spill->memory_bound && spill->made == spill->memory.committed)
        grow_memory(spill);
    if (spill->made < spill->memory_bound) {
        uint64_t bound = spill->memory_bound;

        *ret_n = (size_t)(TW_MIN(spill->memory.committed, bound) - spill->made);
        return spill->memory.base + spill->made;
    }
    return file_space(spill, ret_n);
}

void tw_spill_commit(struct tw_spill *spill, size_t n)
{
    if (n == 0)
        return;
    pthread_mutex_lock(&spill->lock);
    if (spill->made >= spill->memory_bound) {
        uint64_t at = spill->made - spill->memory_bound;
        struct ring_chunk *chunk = find_chunk(spill, at / CHUNK);

        if (chunk && at % CHUNK + n == CHUNK) {
            chunk->full = true;
            pthread_cond_signal(&spill->filled);
        }
    }
    spill->made += n;
    atomic_store_explicit(&spill->len, spill->made, memory_order_release);
    if (spill->made >= spill->wanted) { /* those who want more say so again */
        spill->wanted = UINT64_MAX;
        pthread_cond_broadcast(&spill->grown);
    }
    pthread_mutex_unlock(&spill->lock);
}

bool tw_spill_write(struct tw_spill *spill, const void *data, size_t n)
{
    const uint8_t *from = data;

    while (n) {
        size_t room;
        uint8_t *to = tw_spill_space(spill, &room);

        if (!to)
            return false;
        room = TW_MIN(room, n);
        memcpy(to, from, room);
        tw_spill_commit(spill, room);
        from += room;
        n -= room;
    }
    return true;
}

void tw_spill_end(struct tw_spill *spill, const char *damage)
{
    pthread_mutex_lock(&spill->lock);
    if (!spill->ended && damage)
        snprintf(spill->damage, sizeof(spill->damage), "%s", damage);
    spill->ended = true;
    wake_all(spill);
    pthread_mutex_unlock(&spill->lock);
}

void tw_spill_end_nomem(struct tw_spill *spill)
{
    pthread_mutex_lock(&spill->lock);
    fail_locked(spill, TRAWL_E_NOMEM, NULL, 0);
    spill->ended = true;
    wake_all(spill);
    pthread_mutex_unlock(&spill->lock);
}

/* ---- readers ---- */

uint64_t tw_spill_length(const struct tw_spill *spill)
{
    return atomic_load_explicit(&spill->len, memory_order_acquire);
}

const char *tw_spill_damage(struct tw_spill *spill)
{
    const char *damage;

    pthread_mutex_lock(&spill->lock);
    damage = spill->ended && spill->damage[0] ? spill->damage : NULL;
    pthread_mutex_unlock(&spill->lock);
    return damage;
}

void tw_spill_advance(struct tw_spill *spill, uint64_t offset)
{
    pthread_mutex_lock(&spill->lock);
    spill->advanced = offset;
    if (spill->lead != UINT64_MAX)
        pthread_cond_signal(&spill->freed);
    pthread_mutex_unlock(&spill->lock);
}

void tw_spill_set_lead(struct tw_spill *spill, uint64_t n_bytes)
{
    pthread_mutex_lock(&spill->lock);
    spill->lead = n_bytes;
    pthread_cond_signal(&spill->freed);
    pthread_mutex_unlock(&spill->lock);
}

void tw_spill_set_steady(struct tw_spill *spill)
{
    spill->steady = true;
}

/* Copy bytes of one chunk of the file part. */
static int read_chunk(struct tw_spill *spill, uint64_t at, void *out, size_t n, trawl_error *err)
{
    struct ring_chunk *chunk;
    size_t got;
    int rc, number = 0;

    pthread_mutex_lock(&spill->lock);
    chunk = find_chunk(spill, at / CHUNK);
    if (chunk)
        chunk->n_readers++;
    pthread_mutex_unlock(&spill->lock);
    if (chunk) {
        memcpy(out, chunk->bytes + at % CHUNK, n);
        pthread_mutex_lock(&spill->lock);
        if (--chunk->n_readers == 0)
            pthread_cond_signal(&spill->freed);
        pthread_mutex_unlock(&spill->lock);
        return TRAWL_OK;
    }
    rc = tw_io_pread(spill->fd, out, n, at, &got, &number);
    if (rc == TRAWL_OK && got == n)
        return TRAWL_OK;
    return tw_fail(err, TRAWL_E_IO, "could not read back decompressed bytes: %s",
                   rc == TRAWL_OK ? "the temporary file is short" : tw_reason(number));
}

int tw_spill_read(struct tw_spill *spill, uint64_t offset, void *out, size_t n, size_t *ret_n,
                  trawl_error *err)
{
    uint8_t *to = out;
    uint64_t len = tw_spill_length(spill), end, bound;

    if (offset > UINT64_MAX - n)
        n = (size_t)(UINT64_MAX - offset);
    if (len < offset + n) {
        int rc = TRAWL_OK;

        pthread_mutex_lock(&spill->lock);
        while (spill->made < offset + n && !spill->ended && !spill->failed && !tw_cancelled() &&
               !atomic_load(&spill->stop)) {
            spill->wanted = TW_MIN(spill->wanted, offset + n);
            pthread_cond_signal(&spill->freed);
            wait_step(spill, &spill->grown);
        }
        if (spill->made < offset + n && spill->failed)
            rc = tw_fail(err, spill->failed, "%s", spill->error.message);
        len = spill->made;
        pthread_mutex_unlock(&spill->lock);
        if (rc != TRAWL_OK)
            return rc;
        if (tw_cancelled())
            return tw_fail_cancelled(err);
    }
    bound = spill->memory_bound; /* after len: what was published before it was lowered is seen */
    end = TW_MIN(len, offset + n);
    *ret_n = offset < end ? (size_t)(end - offset) : 0;
    while (offset < end) {
        size_t part;

        if (offset < bound) {
            part = (size_t)(TW_MIN(end, bound) - offset);
            memcpy(to, spill->memory.base + offset, part);
        } else {
            uint64_t at = offset - bound;
            int rc;

            part = (size_t)TW_MIN(end - offset, CHUNK - at % CHUNK);
            rc = read_chunk(spill, at, to, part, err);
            if (rc != TRAWL_OK)
                return rc;
        }
        to += part;
        offset += part;
    }
    return TRAWL_OK;
}
