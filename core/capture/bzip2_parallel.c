/* bzip2 blocks decoded in parallel, several at a time by each thread, and put out in order.
 * Must not know captures. */
#include <pthread.h>

#include "core/base/memory.h"
#include "core/base/task.h"
#include "core/capture/bzip2.h"
#include "core/capture/bzip2_block.h"
#include "core/capture/bzip2_scan.h"
#include "core/capture/io.h"

enum {
    MAX_WORKERS = 64,
    MAX_BLOCK_BYTES = 2 << 20, /* no block of 900,000 bytes gets so long by compressing */
    OUT_BYTES = 1 << 20,       /* made at a time */
    HEADER = 4,                /* "BZh9" */
    MAGIC_BITS = 48,
    CRC_BITS = 32
};

/* A block: its bits, from the given bit of the first byte on. */
struct job {
    uint8_t *bytes;
    unsigned bit;
    uint64_t n_bits;
    struct job *next;
};

struct blocks {
    struct tw_spill *spill;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *first, *last; /* not yet taken */
    size_t n_waiting, n_most;
    unsigned n_workers;
    uint64_t taken; /* number of the next job that a worker takes */
    uint64_t turn;  /* number of the job that may write */
    bool no_more;   /* the scan has ended */
    bool failed;    /* a block does not decode: the rest is not written */
    uint64_t made;  /* bytes given to the spill */
};

/* A worker's room for the blocks that it decodes together. */
struct lanes {
    struct tw_region memory; /* large: it gets huge pages, which the links need most */
    uint8_t *out;
    struct tw_bz_block blocks[TW_BZ_LANES];
};

static void free_job(struct job *job)
{
    if (job)
        tw_free(job->bytes);
    tw_free(job);
}

/* ---- workers ---- */

static bool lanes_init(struct lanes *lanes)
{
    const uint64_t links = TW_BZ_BLOCK_MOST * sizeof(uint32_t), lane = links + TW_BZ_BLOCK_MOST;
    const uint64_t n = lane * TW_BZ_LANES + OUT_BYTES;
    tw_error ignored = TW_ERROR_INIT;

    lanes->memory = (struct tw_region)TW_REGION_INIT;
    if (tw_region_grow(&lanes->memory, n, n, &ignored) != TRAWL_OK)
        return false;
    for (size_t i = 0; i < TW_BZ_LANES; i++) {
        lanes->blocks[i].links = (uint32_t *)(void *)(lanes->memory.base + i * links);
        lanes->blocks[i].text = lanes->memory.base + TW_BZ_LANES * links + i * TW_BZ_BLOCK_MOST;
    }
    lanes->out = lanes->memory.base + TW_BZ_LANES * lane;
    return true;
}

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

/* Give a block's bytes to the spill when it is its turn. False: it is not sound, or nobody wants
 * the bytes. The last piece is only given when the checksum fits. */
static bool put_block(struct blocks *blocks, const struct tw_bz_block *block, uint64_t i_job,
                      uint8_t *out)
{
    struct tw_bz_run run;
    size_t n;

    tw_bz_run_init(&run);
    n = tw_bz_run_write(&run, block, out, OUT_BYTES);
    if (!wait_turn(blocks, i_job))
        return false;
    for (;;) {
        bool done = run.i == block->n && !run.left;

        if (done && !tw_bz_run_matches(&run, block))
            return false;
        if (!tw_spill_write(blocks->spill, out, n))
            return false;
        blocks->made += n;
        if (done)
            return true;
        n = tw_bz_run_write(&run, block, out, OUT_BYTES);
    }
}

/* Take several jobs that follow one another, so many that the other workers get some too. */
static size_t take_jobs(struct blocks *blocks, struct job **ret, uint64_t *ret_number)
{
    size_t n = 0, most;

    pthread_mutex_lock(&blocks->lock);
    while (!blocks->failed && !blocks->no_more && blocks->n_waiting < blocks->n_most)
        pthread_cond_wait(&blocks->changed, &blocks->lock);
    most = TW_MIN((size_t)TW_BZ_LANES,
                  (blocks->n_waiting + blocks->n_workers - 1) / blocks->n_workers);
    *ret_number = blocks->taken;
    while (!blocks->failed && n < most) {
        ret[n] = blocks->first;
        blocks->first = blocks->first->next;
        blocks->n_waiting--;
        blocks->taken++;
        n++;
    }
    pthread_cond_broadcast(&blocks->changed);
    pthread_mutex_unlock(&blocks->lock);
    return n;
}

/* Decode n jobs; how many of them came out. */
static size_t run_jobs(struct blocks *blocks, struct lanes *lanes, struct job **jobs, size_t n,
                       uint64_t number)
{
    struct tw_bz_block *sound[TW_BZ_LANES];
    size_t n_sound = 0, n_put = 0;

    while (n_sound < n && !tw_spill_stopped(blocks->spill) &&
           tw_bz_block_read(&lanes->blocks[n_sound], jobs[n_sound]->bytes, jobs[n_sound]->bit,
                            jobs[n_sound]->n_bits)) {
        sound[n_sound] = &lanes->blocks[n_sound];
        n_sound++;
    }
    tw_bz_blocks_undo(sound, n_sound);
    while (n_put < n_sound && put_block(blocks, sound[n_put], number + n_put, lanes->out)) {
        n_put++;
        pthread_mutex_lock(&blocks->lock);
        blocks->turn++;
        pthread_cond_broadcast(&blocks->changed);
        pthread_mutex_unlock(&blocks->lock);
    }
    return n_put;
}

static void *work(void *context)
{
    struct blocks *blocks = context;
    struct lanes lanes;
    struct job *jobs[TW_BZ_LANES];
    uint64_t number;
    size_t n;

    if (!lanes_init(&lanes))
        fail(blocks);
    while ((n = take_jobs(blocks, jobs, &number)) > 0) {
        size_t n_put = run_jobs(blocks, &lanes, jobs, n, number);

        for (size_t i = 0; i < n; i++)
            free_job(jobs[i]);
        if (n_put < n) {
            wait_turn(blocks, number + n_put); /* blocks before this one still count */
            fail(blocks);
            break;
        }
    }
    tw_region_fini(&lanes.memory);
    return NULL;
}

/* ---- the scan ---- */

/* The block at bits [from, to). */
static struct job *make_job(const struct tw_bz_scan *scan, uint64_t from, uint64_t to)
{
    struct job *job = tw_alloc(sizeof(*job));
    size_t n = (size_t)((to + 7) / 8 - from / 8);

    if (job)
        job->bytes = tw_alloc(n + TW_BZ_PADDING);
    if (!job || !job->bytes) {
        free_job(job);
        return NULL;
    }
    memcpy(job->bytes, scan->bytes + from / 8, n);
    job->bit = (unsigned)(from % 8);
    job->n_bits = to - from;
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
        crc = (crc << 1 | crc >> 31) ^ (uint32_t)tw_bz_scan_bits(scan, *bit + MAGIC_BITS, CRC_BITS);
        if (tw_bz_scan_next(scan, *bit + MAGIC_BITS + CRC_BITS, (uint64_t)MAX_BLOCK_BYTES * 8,
                            &next) == TW_BZ_NONE)
            return SCAN_DOUBT; /* cut, or whole before a mark that is damaged: libbz2 finds out */
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
        blocks.n_workers = TW_MIN(tw_pool_threads(), (unsigned)MAX_WORKERS);
        blocks.n_most = (size_t)blocks.n_workers * TW_BZ_LANES;
        n = start_workers(&blocks, workers, blocks.n_workers);
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
