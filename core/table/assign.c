/* Dense numbers for equal cells, by first cell: the heart of group, count, distinct and join.
 * Must not know what the numbers are for. */
#include "core/table/keys.h"

/* Each thread numbers a run of rows with a table of its own; the tables are then merged in the
 * order of the rows, which gives the numbers that one thread would have given. */

enum {
    direct_bits_most = 22, /* a table by value itself: 16 MiB */
    first_slots = 1 << 12,
    piece_least = 1 << 16,
    batch = 32 /* lookups whose cache misses overlap */
};

struct slot {
    uint64_t key;
    uint32_t number; /* + 1; 0: free */
};

/* Word → local number. */
struct piece {
    uint64_t from, to;
    uint32_t *direct; /* by word: number + 1 */
    struct slot *slots;
    uint64_t n_slots;
    uint64_t *keys;   /* by number */
    uint32_t *first;  /* by number */
    uint32_t *global; /* by number: after merging */
    uint64_t n, capacity;
};

struct job {
    const struct tw_pack *pack;
    uint64_t seed;
    bool is_direct;
    uint32_t *number_of;
    struct piece *pieces;
    uint64_t n_pieces;
};

static void piece_fini(struct piece *piece)
{
    tw_free(piece->direct);
    tw_free(piece->slots);
    tw_free(piece->keys);
    tw_free(piece->first);
    tw_free(piece->global);
}

static int piece_init(const struct job *job, struct piece *piece, trawl_error *err)
{
    if (job->is_direct) {
        piece->direct = tw_alloc_array((size_t)1 << job->pack->bits, sizeof(*piece->direct));
        return piece->direct ? TRAWL_OK : tw_fail_nomem(err);
    }
    piece->n_slots = first_slots;
    piece->slots = tw_alloc_array(piece->n_slots, sizeof(*piece->slots));
    return piece->slots ? TRAWL_OK : tw_fail_nomem(err);
}

/* Room for `batch` more numbers. */
static int piece_reserve(struct piece *piece, trawl_error *err)
{
    uint64_t capacity = piece->capacity * 2 + 1024;
    uint64_t *keys;
    uint32_t *first;

    if (piece->n + batch <= piece->capacity)
        return TRAWL_OK;
    keys = tw_realloc_array(piece->keys, capacity, sizeof(*keys));
    if (!keys)
        return tw_fail_nomem(err);
    piece->keys = keys;
    first = tw_realloc_array(piece->first, capacity, sizeof(*first));
    if (!first)
        return tw_fail_nomem(err);
    piece->first = first;
    piece->capacity = capacity;
    return TRAWL_OK;
}

static uint64_t hash_of(const struct job *job, uint64_t key)
{
    return tw_mix64(key ^ job->seed);
}

static int slots_grow(const struct job *job, struct piece *piece, trawl_error *err)
{
    uint64_t n_slots = piece->n_slots * 4;
    struct slot *slots;

    if ((piece->n + batch) * 2 <= piece->n_slots)
        return TRAWL_OK;
    slots = tw_alloc_array(n_slots, sizeof(*slots));
    if (!slots)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < piece->n; i++) {
        uint64_t at = hash_of(job, piece->keys[i]) & (n_slots - 1);

        while (slots[at].number != 0)
            at = (at + 1) & (n_slots - 1);
        slots[at] = (struct slot){piece->keys[i], (uint32_t)i + 1};
    }
    tw_free(piece->slots);
    piece->slots = slots;
    piece->n_slots = n_slots;
    return TRAWL_OK;
}

static uint32_t add_number(struct piece *piece, uint64_t key, uint64_t cell)
{
    piece->keys[piece->n] = key;
    piece->first[piece->n] = (uint32_t)cell;
    return (uint32_t)++piece->n;
}

/* Numbers of n ≤ batch words whose cells are cell, cell + 1 … (or cells[i]). */
static int number_batch(const struct job *job, struct piece *piece, const uint64_t *keys,
                        const uint32_t *cells, uint64_t cell, uint64_t n, uint32_t *ret,
                        trawl_error *err)
{
    uint64_t at[batch];
    uint64_t mask;
    int rc = piece_reserve(piece, err);

    if (rc == TRAWL_OK && !job->is_direct)
        rc = slots_grow(job, piece, err);
    if (rc != TRAWL_OK)
        return rc;
    if (job->is_direct) {
        for (uint64_t i = 0; i < n; i++) {
            uint32_t *number = &piece->direct[keys[i]];

            if (TW_UNLIKELY(*number == 0))
                *number = add_number(piece, keys[i], cells ? cells[i] : cell + i);
            ret[i] = *number - 1;
        }
        return TRAWL_OK;
    }
    mask = piece->n_slots - 1;
    for (uint64_t i = 0; i < n; i++) {
        at[i] = hash_of(job, keys[i]) & mask;
        __builtin_prefetch(&piece->slots[at[i]]);
    }
    for (uint64_t i = 0; i < n; i++) {
        struct slot *slot = &piece->slots[at[i]];

        while (slot->number != 0 && slot->key != keys[i]) {
            at[i] = (at[i] + 1) & mask;
            slot = &piece->slots[at[i]];
        }
        if (slot->number == 0)
            *slot = (struct slot){keys[i], add_number(piece, keys[i], cells ? cells[i] : cell + i)};
        ret[i] = slot->number - 1;
    }
    return TRAWL_OK;
}

static int number_piece(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;
    struct piece *piece = &job->pieces[i_piece];
    uint64_t block[tw_block_rows];
    int rc = piece_init(job, piece, err);

    (void)i_thread;
    for (uint64_t from = piece->from; from < piece->to && rc == TRAWL_OK; from += tw_block_rows) {
        uint64_t n = TW_MIN(piece->to - from, (uint64_t)tw_block_rows);

        if (tw_cancelled())
            return tw_fail_cancelled(err);
        tw_pack_block(job->pack, NULL, from, n, block);
        for (uint64_t i = 0; i < n && rc == TRAWL_OK; i += batch)
            rc = number_batch(job, piece, block + i, NULL, from + i, TW_MIN(n - i, (uint64_t)batch),
                              job->number_of + from + i, err);
    }
    return rc;
}

static int remap_piece(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;
    const struct piece *piece = &job->pieces[i + 1];

    (void)i_thread;
    (void)err;
    for (uint64_t row = piece->from; row < piece->to; row++)
        job->number_of[row] = piece->global[job->number_of[row]];
    return TRAWL_OK;
}

/* The first piece's table becomes everyone's. */
static int merge_pieces(const struct job *job, trawl_error *err)
{
    struct piece *all = &job->pieces[0];
    int rc = TRAWL_OK;

    for (uint64_t p = 1; p < job->n_pieces && rc == TRAWL_OK; p++) {
        struct piece *piece = &job->pieces[p];

        piece->global = tw_alloc_array(piece->n, sizeof(*piece->global));
        if (!piece->global)
            return tw_fail_nomem(err);
        for (uint64_t i = 0; i < piece->n && rc == TRAWL_OK; i += batch)
            rc = number_batch(job, all, piece->keys + i, piece->first + i, 0,
                              TW_MIN(piece->n - i, (uint64_t)batch), piece->global + i, err);
        if (tw_cancelled())
            return tw_fail_cancelled(err);
    }
    return rc;
}

/* Whether most of some cells, taken evenly, differ from each other. */
static int mostly_differ(const struct job *job, uint64_t n, bool *ret, trawl_error *err)
{
    enum { n_samples = 1 << 15, samples_block = 1 << 9 };
    struct piece seen = {.n_slots = 4 * n_samples};
    uint64_t block[samples_block];
    uint32_t numbers[batch];
    int rc = TRAWL_OK;

    if (n < 16 * n_samples)
        return TRAWL_OK;
    seen.slots = tw_alloc_array(seen.n_slots, sizeof(*seen.slots));
    if (!seen.slots)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < n_samples && rc == TRAWL_OK; i += samples_block) {
        tw_pack_block(job->pack, NULL, n / n_samples * i, samples_block, block);
        for (uint64_t j = 0; j < samples_block && rc == TRAWL_OK; j += batch)
            rc = number_batch(job, &seen, block + j, NULL, 0, batch, numbers, err);
    }
    *ret = seen.n > n_samples / 2;
    piece_fini(&seen);
    return rc;
}

int tw_number_cells(const struct tw_pack *pack, uint64_t n, struct tw_numbering *ret,
                    trawl_error *err)
{
    struct job job = {.pack = pack, .seed = tw_seed()};
    bool by_parts = false;
    int rc = TRAWL_OK;

    job.n_pieces = tw_pieces_for(n, piece_least);
    job.is_direct = pack->bits <= direct_bits_most &&
                    (UINT64_C(1) << pack->bits) <= TW_MAX(n, UINT64_C(1024));
    if (!job.is_direct)
        rc = mostly_differ(&job, n, &by_parts, err);
    if (rc != TRAWL_OK)
        return rc;
    if (by_parts)
        return tw_number_by_parts(pack, n, ret, err);
    job.number_of = tw_alloc_array(n, sizeof(*job.number_of));
    job.pieces = tw_alloc_array(job.n_pieces, sizeof(*job.pieces));
    if (!job.number_of || !job.pieces) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    for (uint64_t i = 0; i < job.n_pieces; i++) {
        job.pieces[i].from = n * i / job.n_pieces;
        job.pieces[i].to = n * (i + 1) / job.n_pieces;
    }
    rc = tw_pool_run(job.n_pieces, number_piece, &job, err);
    if (rc == TRAWL_OK)
        rc = merge_pieces(&job, err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run(job.n_pieces - 1, remap_piece, &job, err);
    if (rc == TRAWL_OK) {
        ret->number_of = job.number_of;
        ret->first = job.pieces[0].first;
        ret->n_numbers = job.pieces[0].n;
        job.number_of = NULL;
        job.pieces[0].first = NULL;
    }
out:
    for (uint64_t i = 0; job.pieces && i < job.n_pieces; i++)
        piece_fini(&job.pieces[i]);
    tw_free(job.pieces);
    tw_free(job.number_of);
    return rc;
}

void tw_numbering_fini(struct tw_numbering *numbering)
{
    tw_free(numbering->number_of);
    tw_free(numbering->first);
    *numbering = (struct tw_numbering){NULL, NULL, 0};
}

/* Take what was numbered so far into a new word: its dense numbers stand for all its keys. */
static int condense(struct tw_pack *pack, struct tw_numbering *numbering, uint64_t n,
                    trawl_error *err)
{
    struct tw_numbering next = {NULL, NULL, 0};
    int rc = tw_number_cells(pack, n, &next, err);

    if (rc != TRAWL_OK)
        return rc;
    tw_numbering_fini(numbering);
    *numbering = next;
    *pack = (struct tw_pack){.n = 0};
    tw_pack_add(pack, NULL, numbering->number_of, tw_bits_for(numbering->n_numbers));
    return TRAWL_OK;
}

int tw_number_keys(const uint32_t *dense, uint64_t n_dense, const struct tw_key *keys,
                   size_t n_keys, uint64_t n, struct tw_numbering *ret, trawl_error *err)
{
    struct tw_pack pack = {.n = 0};
    struct tw_numbering numbering = {NULL, NULL, 0};
    struct tw_key(*split)[2] = tw_alloc_array(n_keys, sizeof(*split));
    int rc = split ? TRAWL_OK : tw_fail_nomem(err);

    if (dense)
        tw_pack_add(&pack, NULL, dense, tw_bits_for(n_dense));
    for (size_t k = 0; k < n_keys && rc == TRAWL_OK; k++) {
        size_t n_parts = tw_key_split(&keys[k], split[k]);

        for (size_t part = 0; part < n_parts && rc == TRAWL_OK; part++) {
            const struct tw_key *key = &split[k][part];
            unsigned half = key->bits / 2;

            if (tw_pack_add(&pack, key, NULL, key->bits))
                continue;
            rc = condense(&pack, &numbering, n, err);
            if (rc != TRAWL_OK || tw_pack_add(&pack, key, NULL, key->bits))
                continue;
            /* Numbers and a full word: half of its bits, then the other half. */
            tw_pack_add(&pack, key, NULL, half);
            pack.windows[pack.n - 1].shift = key->bits - half;
            rc = condense(&pack, &numbering, n, err);
            tw_pack_add(&pack, key, NULL, key->bits - half);
        }
    }
    if (rc == TRAWL_OK)
        rc = condense(&pack, &numbering, n, err);
    tw_free(split);
    if (rc == TRAWL_OK)
        *ret = numbering;
    else
        tw_numbering_fini(&numbering);
    return rc;
}
