/* The first pass over several files: their records in the order of time. The order of one file is
 * never changed; at equal times the earlier file goes first. Must not know formats. */
#include "core/capture/pass.h"

enum {
    BLOCK_MAX = 1 << 20,
    BLOCK_MIN = 64 << 10,
    BLOCKS_TOTAL = 64 << 20, /* bytes that the blocks of many files share */
    TURN_RECORDS = 8192,
    TURN_BYTES = 2 << 20
};

/* A block that a cursor reads from and that bodies may still use. */
struct shared_block {
    struct tw_block block;
    unsigned n_users; /* the cursor and the turns; under the lock of the merge */
    uint64_t held_by; /* ticket + 1 of the last turn that took it */
    struct shared_block *next;
};

struct cursor {
    struct tw_reader *reader;
    struct shared_block *current;
    size_t i_record;
    int64_t key; /* time of the next record */
    int64_t last_time;
};

struct merge {
    struct tw_pass *pass;
    struct cursor *cursors;
    uint32_t *heap; /* indices of cursors that have a record, the earliest first */
    size_t n_heap;
    size_t block_bytes;
    pthread_mutex_t lock; /* of the free list and of n_users */
    struct shared_block *free;
    bool started;
};

/* Records of a turn and the blocks that hold their bytes. */
struct turn {
    struct tw_record *records;
    size_t n;
    struct shared_block **held;
    size_t n_held, held_capacity;
};

static struct shared_block *take_free(struct merge *merge, trawl_error *err)
{
    struct shared_block *block;

    pthread_mutex_lock(&merge->lock);
    block = merge->free;
    if (block)
        merge->free = block->next;
    pthread_mutex_unlock(&merge->lock);
    if (!block) {
        block = tw_alloc(sizeof(*block));
        if (!block || tw_block_init(&block->block, merge->block_bytes) != TRAWL_OK) {
            tw_free(block);
            tw_fail_nomem(err);
            return NULL;
        }
    }
    block->n_users = 1;
    block->held_by = 0;
    return block;
}

static void release(struct merge *merge, struct shared_block *block)
{
    if (!block)
        return;
    pthread_mutex_lock(&merge->lock);
    if (--block->n_users == 0) {
        block->next = merge->free;
        merge->free = block;
    }
    pthread_mutex_unlock(&merge->lock);
}

/* ---- one file ---- */

/* Read the records from the reader's place on into a fresh block: none at the end of the file. */
static int fill_block(struct merge *merge, struct tw_reader *reader, struct tw_block *block,
                      trawl_error *err)
{
    struct tw_source *source = reader->input->files[reader->i_file].source;
    trawl_error cause = TW_ERROR_INIT;
    int rc;

    block->offset = reader->pos;
    block->batch.n = 0;
    rc = tw_source_read(source, block->offset, block->data, merge->block_bytes, &block->n, &cause);
    while (rc == TRAWL_OK && !reader->ended) {
        struct tw_window window = {block->data, block->offset, block->n,
                                   block->offset + TW_MAX(block->n, 1u)};
        int hop = reader->format->hop(reader, &window, &block->batch, err);
        size_t have;

        if (hop < 0)
            return hop;
        if (block->batch.n) /* a cut record is the first of the next block */
            break;
        if (hop == TW_HOP_LIMIT) { /* blocks without packets: start again behind them */
            block->offset = reader->pos;
            rc = tw_source_read(source, block->offset, block->data, merge->block_bytes, &block->n,
                                &cause);
            continue;
        }
        if (hop == TW_HOP_ENDED)
            break;
        rc = tw_block_extend(block, source, reader->pos, reader->need, &have, &cause);
        if (rc == TRAWL_OK && have < reader->need)
            tw_reader_end(reader, have);
    }
    if (rc == TRAWL_E_IO)
        tw_reader_fail(reader, reader->pos, &cause);
    else if (rc != TRAWL_OK)
        return tw_fail(err, rc, "%s", cause.message);
    tw_source_advance(source, reader->pos);
    return TRAWL_OK;
}

/* Bring the cursor to its next record; *ret: there is one. */
static int advance(struct merge *merge, struct cursor *cursor, bool *ret, trawl_error *err)
{
    const struct tw_record *record;

    while (!cursor->current || cursor->i_record == cursor->current->block.batch.n) {
        int rc;

        *ret = false;
        release(merge, cursor->current);
        cursor->current = NULL;
        if (cursor->reader->ended)
            return TRAWL_OK;
        cursor->current = take_free(merge, err);
        if (!cursor->current)
            return TRAWL_E_NOMEM;
        cursor->i_record = 0;
        rc = fill_block(merge, cursor->reader, &cursor->current->block, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    record = &cursor->current->block.batch.records[cursor->i_record];
    if (record->time_ns != INT64_MIN) /* one without a time stays with the one before it */
        cursor->last_time = record->time_ns;
    cursor->key = cursor->last_time;
    *ret = true;
    return TRAWL_OK;
}

/* ---- heap ---- */

static bool is_before(const struct merge *merge, uint32_t a, uint32_t b)
{
    int64_t ka = merge->cursors[a].key, kb = merge->cursors[b].key;

    return ka < kb || (ka == kb && a < b);
}

static void sift_down(struct merge *merge, size_t i)
{
    uint32_t moving = merge->heap[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= merge->n_heap)
            break;
        if (child + 1 < merge->n_heap &&
            is_before(merge, merge->heap[child + 1], merge->heap[child]))
            child++;
        if (!is_before(merge, merge->heap[child], moving))
            break;
        merge->heap[i] = merge->heap[child];
        i = child;
    }
    merge->heap[i] = moving;
}

static int start(struct merge *merge, trawl_error *err)
{
    const struct tw_input *input = merge->pass->input;

    merge->started = true;
    for (uint32_t i = 0; i < input->n_files; i++) {
        bool has;
        int rc = advance(merge, &merge->cursors[i], &has, err);

        if (rc != TRAWL_OK)
            return rc;
        if (has)
            merge->heap[merge->n_heap++] = i;
    }
    for (size_t i = merge->n_heap; i-- > 0;)
        sift_down(merge, i);
    return TRAWL_OK;
}

/* ---- a turn ---- */

static int hold(struct merge *merge, struct turn *turn, struct shared_block *block, uint64_t ticket,
                trawl_error *err)
{
    if (block->held_by == ticket + 1)
        return TRAWL_OK;
    if (!tw_grow(&turn->held, turn->n_held + 1, &turn->held_capacity, sizeof(*turn->held)))
        return tw_fail_nomem(err);
    turn->held[turn->n_held++] = block;
    block->held_by = ticket + 1;
    pthread_mutex_lock(&merge->lock);
    block->n_users++;
    pthread_mutex_unlock(&merge->lock);
    return TRAWL_OK;
}

/* Take the records of the earliest cursor as long as it stays the earliest. */
static int take_run(struct merge *merge, struct turn *turn, uint64_t ticket, size_t *n_bytes,
                    trawl_error *err)
{
    uint32_t i = merge->heap[0];
    struct cursor *cursor = &merge->cursors[i];
    uint32_t rival = UINT32_MAX;
    bool has = true;
    int rc;

    if (merge->n_heap > 1)
        rival = merge->heap[1];
    if (merge->n_heap > 2 && is_before(merge, merge->heap[2], rival))
        rival = merge->heap[2];
    do {
        rc = hold(merge, turn, cursor->current, ticket, err);
        if (rc != TRAWL_OK)
            return rc;
        turn->records[turn->n] = cursor->current->block.batch.records[cursor->i_record++];
        *n_bytes += turn->records[turn->n++].cap_len;
        rc = advance(merge, cursor, &has, err);
        if (rc != TRAWL_OK)
            return rc;
    } while (has && turn->n < TURN_RECORDS && *n_bytes < TURN_BYTES &&
             (rival == UINT32_MAX || !is_before(merge, rival, i)));
    if (!has)
        merge->heap[0] = merge->heap[--merge->n_heap];
    if (merge->n_heap)
        sift_down(merge, 0);
    return TRAWL_OK;
}

/* The serial part of a turn. */
static int take_turn(struct merge *merge, struct turn *turn, uint64_t ticket, uint64_t *ret_row,
                     trawl_error *err)
{
    size_t n_bytes = 0;
    int rc = merge->started ? TRAWL_OK : start(merge, err);

    turn->n = 0;
    while (rc == TRAWL_OK && merge->n_heap && turn->n < TURN_RECORDS && n_bytes < TURN_BYTES)
        rc = take_run(merge, turn, ticket, &n_bytes, err);
    if (rc == TRAWL_OK)
        rc = tw_pass_take(merge->pass, turn->records, &turn->n, ret_row, err);
    return rc;
}

static int run_turns(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct merge *merge = context;
    struct tw_pass *pass = merge->pass;
    struct turn turn = {0};
    int rc = TRAWL_OK;

    (void)i;
    turn.records = tw_alloc_array(TURN_RECORDS, sizeof(*turn.records));
    if (!turn.records)
        rc = tw_fail_nomem(err);
    while (rc == TRAWL_OK) {
        uint64_t ticket = atomic_fetch_add(&pass->ticket, 1), first_row = 0;

        if (!tw_pass_begin_turn(pass, ticket))
            break;
        rc = tw_cancelled() ? tw_fail_cancelled(err)
                            : take_turn(merge, &turn, ticket, &first_row, err);
        tw_pass_end_turn(pass, rc != TRAWL_OK || !merge->n_heap || pass->full);
        if (rc == TRAWL_OK && turn.n)
            rc = pass->body(pass->context, first_row, turn.records, turn.n, i_thread, err);
        while (turn.n_held)
            release(merge, turn.held[--turn.n_held]);
    }
    if (rc != TRAWL_OK)
        tw_pass_stop(pass);
    tw_free(turn.held);
    tw_free(turn.records);
    return rc;
}

static void merge_fini(struct merge *merge, size_t n_files)
{
    for (size_t i = 0; merge->cursors && i < n_files; i++)
        release(merge, merge->cursors[i].current);
    while (merge->free) {
        struct shared_block *block = merge->free;

        merge->free = block->next;
        tw_block_fini(&block->block);
        tw_free(block);
    }
    tw_free(merge->cursors);
    tw_free(merge->heap);
    pthread_mutex_destroy(&merge->lock);
}

int tw_pass_merge(struct tw_pass *pass, trawl_error *err)
{
    const struct tw_input *input = pass->input;
    struct merge merge = {.pass = pass};
    int rc;

    merge.block_bytes = TW_MAX((size_t)BLOCK_MIN,
                               TW_MIN((size_t)BLOCK_MAX, BLOCKS_TOTAL / input->n_files));
    pthread_mutex_init(&merge.lock, NULL);
    merge.cursors = tw_alloc_array(input->n_files, sizeof(*merge.cursors));
    merge.heap = tw_alloc_array(input->n_files, sizeof(*merge.heap));
    if (merge.cursors && merge.heap) {
        for (size_t i = 0; i < input->n_files; i++) {
            merge.cursors[i].reader = &input->state->readers[i];
            merge.cursors[i].last_time = INT64_MIN;
        }
        rc = tw_pool_run(tw_pool_threads(), run_turns, &merge, err);
    } else {
        rc = tw_fail_nomem(err);
    }
    merge_fini(&merge, input->n_files);
    return rc;
}
