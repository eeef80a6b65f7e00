/* bzip2 blocks decoded in parallel, as streams of one block each, and put out in order.
 * Must not know captures. */
#include <bzlib.h>

#include "core/base/task.h"
#include "core/capture/bzip2.h"
#include "core/capture/bzip2_scan.h"
#include "core/capture/io.h"

enum {
    MAX_WORKERS = 64,
    JOBS_PER_WORKER = 3,
    MAX_BLOCK_BYTES = 2 << 20, /* no block of 900,000 bytes gets so long by compressing */
    OUT_BYTES = 2 << 20,       /* kept by a worker before it waits for its turn */
    HEADER = 4,                /* "BZh9" */
    FOOTER = 10,               /* end magic and checksum */
    MAGIC_BITS = 48,
    CRC_BITS = 32
};

/* A block, made into a stream of its own. */
struct job {
    uint8_t *bytes;
    size_t n;
    struct job *next;
};

struct blocks {
    struct tw_spill *spill;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *first, *last;   /* not yet taken */
    size_t n_waiting, n_most;
    uint64_t taken;             /* number of the next job that a worker takes */
    uint64_t turn;              /* number of the job that may write */
    bool no_more;               /* the scan has ended */
    bool failed;                /* a block does not decode: the rest is not written */
    uint64_t made;              /* bytes given to the spill */
};

static void free_job(struct job *job)
{
    if (job)
        tw_free(job->bytes);
    tw_free(job);
}

/* ---- workers ---- */

static bool wait_turn(struct blocks *blocks, uint64_t i_job)
{
    bool go;

    pthread_mutex_lock(&blocks->lock);
    while (blocks->turn != i_job && !blocks->failed)
        pthread_cond_wait(&blocks->changed, &blocks->lock);
    go = !blocks->failed;
    pthread_mutex_unlock(&blocks->lock);
    return go;
}

static void fail(struct blocks *blocks)
{
    pthread_mutex_lock(&blocks->lock);
    blocks->failed = true;
    pthread_cond_broadcast(&blocks->changed);
    pthread_mutex_unlock(&blocks->lock);
}

/* In one's turn. */
static bool put(struct blocks *blocks, const uint8_t *out, size_t n)
{
    if (!tw_spill_write(blocks->spill, out, n))
        return false;
    blocks->made += n;
    return true;
}

/* Decode a job; its bytes leave in order. False: it does not decode, or nobody wants it. */
static bool run_job(struct blocks *blocks, const struct job *job, uint64_t i_job, uint8_t *out)
{
    bz_stream stream = {0};
    bool has_turn = false, good = true;
    size_t n = 0;
    int rc;

    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
        return false;
    stream.next_in = (char *)job->bytes;
    stream.avail_in = (unsigned)job->n;
    do {
        stream.next_out = (char *)out + n;
        stream.avail_out = (unsigned)(OUT_BYTES - n);
        rc = BZ2_bzDecompress(&stream);
        if (rc == BZ_OK && stream.avail_out && !stream.avail_in)
            rc = BZ_UNEXPECTED_EOF;
        n = OUT_BYTES - stream.avail_out;
        if (rc != BZ_OK || n == OUT_BYTES) {
            if (!has_turn)
                has_turn = wait_turn(blocks, i_job);
            good = has_turn && put(blocks, out, n);
            n = 0;
        }
    } while (rc == BZ_OK && good);
    BZ2_bzDecompressEnd(&stream);
    return good && rc == BZ_STREAM_END;
}

static struct job *take_job(struct blocks *blocks, uint64_t *ret_number)
{
    struct job *job;

    pthread_mutex_lock(&blocks->lock);
    while (!blocks->first && !blocks->no_more && !blocks->failed)
        pthread_cond_wait(&blocks->changed, &blocks->lock);
    job = blocks->failed ? NULL : blocks->first;
    if (job) {
        blocks->first = job->next;
        blocks->n_waiting--;
        *ret_number = blocks->taken++;
        pthread_cond_broadcast(&blocks->changed);
    }
    pthread_mutex_unlock(&blocks->lock);
    return job;
}

static void *work(void *context)
{
    struct blocks *blocks = context;
    uint8_t *out = tw_alloc(OUT_BYTES);
    struct job *job;
    uint64_t number;

    if (!out)
        fail(blocks);
    while (out && (job = take_job(blocks, &number))) {
        bool good = run_job(blocks, job, number, out);

        free_job(job);
        if (!good) {
            wait_turn(blocks, number); /* blocks before this one still count */
            fail(blocks);
            break;
        }
        pthread_mutex_lock(&blocks->lock);
        blocks->turn++;
        pthread_cond_broadcast(&blocks->changed);
        pthread_mutex_unlock(&blocks->lock);
    }
    tw_free(out);
    return NULL;
}

/* ---- the scan ---- */

/* A stream of the one block at bits [from, to). */
static struct job *make_job(const struct tw_bz_scan *scan, uint64_t from, uint64_t to)
{
    static const uint8_t end_magic[] = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
    struct job *job = tw_alloc(sizeof(*job));
    uint64_t n_bits = to - from, n_bytes = n_bits / 8;
    unsigned rest = (unsigned)(n_bits % 8);
    uint8_t tail[FOOTER];
    uint32_t crc = (uint32_t)tw_bz_scan_bits(scan, from + MAGIC_BITS, CRC_BITS);
    uint8_t *p;

    if (job)
        job->bytes = tw_alloc(HEADER + n_bytes + FOOTER + 1);
    if (!job || !job->bytes) {
        free_job(job);
        return NULL;
    }
    memcpy(job->bytes, "BZh9", HEADER);
    p = job->bytes + HEADER;
    for (uint64_t i = 0; i < n_bytes; i++) {
        unsigned pair = tw_be16(scan->bytes + from / 8 + i);

        p[i] = (uint8_t)(pair >> (8 - from % 8));
    }
    /* The checksum of a stream of one block is the block's. */
    memcpy(tail, end_magic, sizeof(end_magic));
    for (unsigned i = 0; i < 4; i++)
        tail[sizeof(end_magic) + i] = (uint8_t)(crc >> (24 - 8 * i));
    p += n_bytes;
    if (rest)
        p[0] = (uint8_t)(tw_bz_scan_bits(scan, from + n_bytes * 8, rest) << (8 - rest));
    for (size_t i = 0; i < FOOTER; i++) {
        unsigned pair = (unsigned)p[i] << 8 | (unsigned)tail[i] << 8 >> rest;

        p[i] = (uint8_t)(pair >> 8);
        p[i + 1] = (uint8_t)pair;
    }
    job->n = (size_t)(HEADER + n_bytes + FOOTER + (rest ? 1 : 0));
    return job;
}

static bool give_job(struct blocks *blocks, struct job *job)
{
    bool given = false;

    pthread_mutex_lock(&blocks->lock);
    while (blocks->n_waiting >= blocks->n_most && !blocks->failed)
        pthread_cond_wait(&blocks->changed, &blocks->lock);
    if (!blocks->failed) {
        if (blocks->first)
            blocks->last->next = job;
        else
            blocks->first = job;
        blocks->last = job;
        blocks->n_waiting++;
        given = true;
        pthread_cond_broadcast(&blocks->changed);
    }
    pthread_mutex_unlock(&blocks->lock);
    if (!given)
        free_job(job);
    return given;
}

/* How the scan ended. */
enum scan_end { SCAN_GOOD, SCAN_CUT, SCAN_DOUBT };

/* The blocks of one stream, whose first mark is at *bit; then *bit is behind its checksum. */
static enum scan_end scan_stream(struct blocks *blocks, struct tw_bz_scan *scan, uint64_t *bit)
{
    uint32_t crc = 0;

    for (;;) {
        enum tw_bz_mark mark = tw_bz_scan_at(scan, *bit);
        uint64_t next;
        struct job *job;

        if (mark == TW_BZ_NONE || !tw_bz_scan_want(scan, *bit + MAGIC_BITS + CRC_BITS))
            return scan->failed ? SCAN_DOUBT : SCAN_CUT;
        if (mark == TW_BZ_FINISH) {
            uint64_t want = tw_bz_scan_bits(scan, *bit + MAGIC_BITS, CRC_BITS);

            *bit = (*bit + MAGIC_BITS + CRC_BITS + 7) / 8 * 8;
            return crc == want ? SCAN_GOOD : SCAN_DOUBT;
        }
        crc = (crc << 1 | crc >> 31) ^
              (uint32_t)tw_bz_scan_bits(scan, *bit + MAGIC_BITS, CRC_BITS);
        if (tw_bz_scan_next(scan, *bit + MAGIC_BITS + CRC_BITS,
                            (uint64_t)MAX_BLOCK_BYTES * 8, &next) == TW_BZ_NONE)
            return scan->ended && !scan->failed ? SCAN_CUT : SCAN_DOUBT;
        job = make_job(scan, *bit, next);
        if (!job || !give_job(blocks, job))
            return SCAN_DOUBT;
        *bit = next - tw_bz_scan_drop(scan, next);
    }
}

static enum scan_end scan_all(struct blocks *blocks, struct tw_bz_scan *scan)
{
    uint64_t bit = 0;

    while (tw_bz_scan_want(scan, bit + HEADER * 8)) {
        uint64_t head = tw_bz_scan_bits(scan, bit, HEADER * 8);
        enum scan_end end;

        if (head < 0x425a6831 || head > 0x425a6839) /* BZh1 to BZh9 */
            return SCAN_DOUBT;
        bit += HEADER * 8;
        if (tw_bz_scan_want(scan, bit + MAGIC_BITS) && tw_bz_scan_at(scan, bit) == TW_BZ_NONE)
            return SCAN_DOUBT;
        end = scan_stream(blocks, scan, &bit);
        if (end != SCAN_GOOD)
            return end;
    }
    return (uint64_t)scan->n * 8 > bit || scan->failed ? SCAN_DOUBT : SCAN_GOOD;
}

static unsigned start_workers(struct blocks *blocks, pthread_t *workers, unsigned n)
{
    unsigned started = 0;

    while (started < n && tw_io_thread(&workers[started], work, blocks))
        started++;
    return started;
}

bool tw_bzip2_parallel(struct tw_feed *feed, struct tw_spill *spill, uint64_t *ret_made)
{
    struct blocks blocks = {.spill = spill};
    struct tw_bz_scan *scan = tw_alloc(sizeof(*scan));
    pthread_t workers[MAX_WORKERS];
    unsigned n = 0;
    enum scan_end end = SCAN_DOUBT;

    pthread_mutex_init(&blocks.lock, NULL);
    pthread_cond_init(&blocks.changed, NULL);
    if (scan && tw_bz_scan_init(scan, feed)) {
        n = start_workers(&blocks, workers, TW_MIN(tw_pool_threads(), (unsigned)MAX_WORKERS));
        blocks.n_most = (size_t)n * JOBS_PER_WORKER;
        if (n)
            end = scan_all(&blocks, scan);
    }
    pthread_mutex_lock(&blocks.lock);
    blocks.no_more = true;
    pthread_cond_broadcast(&blocks.changed);
    pthread_mutex_unlock(&blocks.lock);
    while (n)
        pthread_join(workers[--n], NULL);
    while (blocks.first) {
        struct job *job = blocks.first;

        blocks.first = job->next;
        free_job(job);
    }
    if (scan)
        tw_bz_scan_fini(scan);
    tw_free(scan);
    pthread_cond_destroy(&blocks.changed);
    pthread_mutex_destroy(&blocks.lock);
    *ret_made = blocks.made;
    if (tw_spill_stopped(spill))
        tw_spill_end(spill, NULL);
    else if (blocks.failed || end == SCAN_DOUBT)
        return false;
    else
        tw_spill_end(spill, end == SCAN_CUT ? "the bzip2 data is cut" : NULL);
    return true;
}
