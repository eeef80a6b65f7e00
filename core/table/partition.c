/* Dense numbers for cells most of which differ: split by hash, so that each part's table stays in
 * the cache. Must not know what the numbers are for. */
#include "core/table/keys.h"

enum {
    piece_least = 1 << 16,
    part_rows = 1 << 14, /* wanted in a part */
    parts_most = 1 << 11,
    parts_least = 1 << 6
};

struct job {
    const struct tw_pack *pack;
    uint64_t seed;
    uint64_t n, n_pieces;
    unsigned part_bits;
    uint32_t *next;   /* [piece][part]: counts, then where the piece's next cell of the part goes */
    uint32_t *starts; /* by part, and the end */
    uint64_t *keys;   /* by part, in the order of the cells */
    uint32_t *cells;
    uint32_t *first_of; /* by cell: the first cell that equals it */
    uint32_t **slots;   /* by thread: a part's table of indices + 1 */
    uint32_t n_slots;   /* of the largest part */
};

static uint64_t hash_of(const struct job *job, uint64_t key)
{
    return tw_mix64(key ^ job->seed);
}

static int count_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;
    uint64_t from = job->n * i_piece / job->n_pieces, to = job->n * (i_piece + 1) / job->n_pieces;
    uint32_t *counts = job->next + (i_piece << job->part_bits);
    uint64_t block[tw_block_rows];

    (void)i_thread;
    for (; from < to; from += tw_block_rows) {
        uint64_t n = TW_MIN(to - from, (uint64_t)tw_block_rows);

        if (tw_cancelled())
            return tw_fail_cancelled(err);
        tw_pack_block(job->pack, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++)
            counts[hash_of(job, block[i]) >> (64 - job->part_bits)]++;
    }
    return TRAWL_OK;
}

static int scatter_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;
    uint64_t from = job->n * i_piece / job->n_pieces, to = job->n * (i_piece + 1) / job->n_pieces;
    uint32_t *next = job->next + (i_piece << job->part_bits);
    uint64_t block[tw_block_rows];

    (void)i_thread;
    for (; from < to; from += tw_block_rows) {
        uint64_t n = TW_MIN(to - from, (uint64_t)tw_block_rows);

        if (tw_cancelled())
            return tw_fail_cancelled(err);
        tw_pack_block(job->pack, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++) {
            uint32_t at = next[hash_of(job, block[i]) >> (64 - job->part_bits)]++;

            job->keys[at] = block[i];
            job->cells[at] = (uint32_t)(from + i);
        }
    }
    return TRAWL_OK;
}

/* Cells of a part come in row order: the first that has a key is the first of all. */
static int match_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;
    uint32_t from = job->starts[i_part], to = job->starts[i_part + 1];
    uint32_t mask = (UINT32_C(1) << TW_MAX(tw_bits_for((uint64_t)(to - from) * 2), 1U)) - 1;
    uint32_t *slots = job->slots[i_thread];

    (void)err;
    memset(slots, 0, ((size_t)mask + 1) * sizeof(*slots));
    for (uint32_t i = from; i < to; i++) {
        uint32_t at = (uint32_t)hash_of(job, job->keys[i]) & mask;

        while (slots[at] != 0 && job->keys[from + slots[at] - 1] != job->keys[i])
            at = (at + 1) & mask;
        if (slots[at] == 0)
            slots[at] = i - from + 1;
        job->first_of[job->cells[i]] = job->cells[from + slots[at] - 1];
    }
    return TRAWL_OK;
}

/* Where the cells of each part go, pieces in order within a part. */
static void place(struct job *job)
{
    uint64_t n_parts = UINT64_C(1) << job->part_bits;
    uint32_t at = 0, most = 0;

    for (uint64_t part = 0; part < n_parts; part++) {
        job->starts[part] = at;
        for (uint64_t p = 0; p < job->n_pieces; p++) {
            uint32_t n = job->next[(p << job->part_bits) + part];

            job->next[(p << job->part_bits) + part] = at;
            at += n;
        }
        most = TW_MAX(most, at - job->starts[part]);
    }
    job->starts[n_parts] = at;
    job->n_slots = UINT32_C(1) << TW_MAX(tw_bits_for((uint64_t)most * 2), 1U);
}

static int match_parts(struct job *job, trawl_error *err)
{
    unsigned n_threads = tw_pool_threads();
    int rc = TRAWL_OK;

    job->slots = tw_alloc_array(n_threads, sizeof(*job->slots));
    if (!job->slots)
        return tw_fail_nomem(err);
    for (unsigned i = 0; i < n_threads && rc == TRAWL_OK; i++) {
        job->slots[i] = tw_alloc_array(job->n_slots, sizeof(**job->slots));
        if (!job->slots[i])
            rc = tw_fail_nomem(err);
    }
    if (rc == TRAWL_OK)
        rc = tw_pool_run(UINT64_C(1) << job->part_bits, match_part, job, err);
    for (unsigned i = 0; i < n_threads; i++)
        tw_free(job->slots[i]);
    tw_free(job->slots);
    return rc;
}

/* First cells to numbers, in place: a cell's first comes no later than itself. */
static int number_firsts(uint32_t *first_of, uint64_t n, struct tw_numbering *ret, trawl_error *err)
{
    uint64_t n_numbers = 0;
    uint32_t *first, next = 0;

    for (uint64_t i = 0; i < n; i++)
        n_numbers += first_of[i] == i;
    first = tw_alloc_array(n_numbers, sizeof(*first));
    if (!first)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < n; i++) {
        if (first_of[i] == i) {
            first[next] = (uint32_t)i;
            first_of[i] = next++;
        } else {
            first_of[i] = first_of[first_of[i]];
        }
    }
    ret->number_of = first_of;
    ret->first = first;
    ret->n_numbers = n_numbers;
    return TRAWL_OK;
}

int tw_number_by_parts(const struct tw_pack *pack, uint64_t n, struct tw_numbering *ret,
                       trawl_error *err)
{
    struct job job = {.pack = pack, .seed = tw_seed(), .n = n};
    uint64_t n_parts = TW_MAX(TW_MIN(n / part_rows, (uint64_t)parts_most), (uint64_t)parts_least);
    int rc;

    job.n_pieces = tw_pieces_for(n, piece_least);
    job.part_bits = tw_bits_for(n_parts);
    job.next = tw_alloc_array(job.n_pieces << job.part_bits, sizeof(*job.next));
    job.starts = tw_alloc_array((UINT64_C(1) << job.part_bits) + 1, sizeof(*job.starts));
    job.keys = tw_alloc_array(n, sizeof(*job.keys));
    job.cells = tw_alloc_array(n, sizeof(*job.cells));
    job.first_of = tw_alloc_array(n, sizeof(*job.first_of));
    if (!job.next || !job.starts || !job.keys || !job.cells || !job.first_of) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    rc = tw_pool_run(job.n_pieces, count_piece, &job, err);
    if (rc != TRAWL_OK)
        goto out;
    place(&job);
    rc = tw_pool_run(job.n_pieces, scatter_piece, &job, err);
    if (rc == TRAWL_OK)
        rc = match_parts(&job, err);
    if (rc == TRAWL_OK)
        rc = number_firsts(job.first_of, n, ret, err);
    if (rc == TRAWL_OK)
        job.first_of = NULL; /* the numbers now */
out:
    tw_free(job.next);
    tw_free(job.starts);
    tw_free(job.keys);
    tw_free(job.cells);
    tw_free(job.first_of);
    return rc;
}
