/* The first pass over one file: threads read blocks in parallel, hop over the record headers one
 * after the other, and hand the records out in parallel. Must not know formats. */
#include "core/capture/pass.h"

enum {
    BLOCK = 1 << 20, /* bytes of file a turn; a few hundred record headers, within the L2 cache */
    BLOCK_LEAST = 128 << 10, /* … of a small file, so that all threads have some of it */
    SLACK = 8 << 10, /* read beyond the block: most records that cross its end are whole then */
    EXTEND = BLOCK + (256 << 10), /* first step of a window for a longer record */
    LEAD_TOTAL = 128 << 20,       /* decoded bytes of several files that nobody has read yet */
    LEAD_LEAST = 2 << 20
};

bool tw_pass_begin_turn(struct tw_pass *pass, uint64_t ticket)
{
    bool go;

    pthread_mutex_lock(&pass->lock);
    while (pass->turn != ticket && !pass->stop)
        pthread_cond_wait(&pass->turned, &pass->lock);
    go = !pass->stop;
    pthread_mutex_unlock(&pass->lock);
    return go;
}

void tw_pass_end_turn(struct tw_pass *pass, bool stop)
{
    pthread_mutex_lock(&pass->lock);
    pass->turn++;
    if (stop)
        pass->stop = true;
    pthread_cond_broadcast(&pass->turned);
    pthread_mutex_unlock(&pass->lock);
}

void tw_pass_stop(struct tw_pass *pass)
{
    pthread_mutex_lock(&pass->lock);
    pass->stop = true;
    pthread_cond_broadcast(&pass->turned);
    pthread_mutex_unlock(&pass->lock);
}

/* How many rows there may be in the end. */
static uint64_t guess_rows(const struct tw_pass *pass, uint64_t n_rows)
{
    const struct tw_input *input = pass->input;
    double read = 0, all = 0;
    uint64_t guess;

    for (size_t i = 0; i < input->n_files; i++) {
        const struct tw_reader *reader = &input->state->readers[i];

        read += (double)reader->pos;
        all += (double)TW_MAX(tw_source_length_guess(input->files[i].source), reader->pos);
    }
    guess = read > 0 ? (uint64_t)((double)n_rows * (all / read)) : n_rows;
    guess = TW_MAX(guess, n_rows);
    if (pass->options->max_packets)
        guess = TW_MIN(guess, pass->options->max_packets);
    return guess;
}

static bool is_kept(const struct tw_input_options *options, uint64_t i)
{
    return i < options->n_keep && options->keep[i / 64] >> (i % 64) & 1;
}

int tw_pass_take(struct tw_pass *pass, struct tw_record *records, size_t *n, uint64_t *ret_row,
                 trawl_error *err)
{
    const struct tw_input_options *options = pass->options;
    struct tw_input *input = pass->input;
    size_t n_kept = 0;
    int rc;

    if (!pass->bpf && !options->keep) {
        n_kept = *n;
        pass->n_passed += *n;
    } else {
        for (size_t i = 0; i < *n; i++) {
            bool passes = true;

            if (pass->bpf) {
                rc = tw_bpf_match(pass->bpf, &input->interfaces[records[i].i_interface],
                                  &records[i], &passes, err);
                if (rc != TRAWL_OK)
                    return rc;
            }
            if (passes && options->keep)
                passes = is_kept(options, pass->n_passed++);
            if (passes)
                records[n_kept++] = records[i];
        }
    }
    if (options->max_packets && options->max_packets - pass->n_rows <= n_kept) {
        n_kept = (size_t)(options->max_packets - pass->n_rows);
        pass->full = true;
    }
    if (input->n_files == 1) {
        input->files[0].n_packets += n_kept;
    } else {
        for (size_t i = 0; i < n_kept; i++)
            input->files[input->interfaces[records[i].i_interface].i_file].n_packets++;
    }
    *ret_row = pass->n_rows;
    *n = n_kept;
    if (n_kept == 0)
        return TRAWL_OK;
    pass->n_rows += n_kept;
    atomic_store_explicit(&tw_progress.packets, pass->n_rows, memory_order_relaxed);
    return pass->reserve(pass->context, pass->n_rows, guess_rows(pass, pass->n_rows), err);
}

/* ---- one file ---- */

int tw_block_init(struct tw_block *block, size_t n_bytes)
{
    size_t records_bytes;

    *block = (struct tw_block){.capacity = n_bytes};
    block->batch.capacity = n_bytes / TW_LEAST_RECORD + 1;
    block->data = tw_alloc_unset(n_bytes);
    if (tw_mul_size(block->batch.capacity, sizeof(*block->batch.records), &records_bytes))
        block->batch.records = tw_alloc_unset(records_bytes);
    if (block->data && block->batch.records)
        return TRAWL_OK;
    tw_block_fini(block);
    return TRAWL_E_NOMEM;
}

void tw_block_fini(struct tw_block *block)
{
    tw_free(block->data);
    tw_free(block->batch.records);
    *block = (struct tw_block){0};
}

static int grow_block(struct tw_block *block, size_t capacity, trawl_error *err)
{
    uintptr_t old = (uintptr_t)block->data;
    uint8_t *grown = tw_realloc_array(block->data, capacity, 1);

    if (!grown)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < block->batch.n; i++) {
        struct tw_record *record = &block->batch.records[i];

        record->data = grown + ((uintptr_t)record->data - old);
    }
    block->data = grown;
    block->capacity = capacity;
    return TRAWL_OK;
}

/* Plugins' formats may have shorter records than the built-in ones. */
static int grow_batch(struct tw_batch *batch, trawl_error *err)
{
    struct tw_record *grown = tw_realloc_array(batch->records, batch->capacity * 2, sizeof(*grown));

    if (!grown)
        return tw_fail_nomem(err);
    batch->records = grown;
    batch->capacity *= 2;
    return TRAWL_OK;
}

int tw_block_extend(struct tw_block *block, struct tw_source *source, uint64_t pos, size_t need,
                    size_t *ret_n, trawl_error *err)
{
    size_t at = (size_t)(pos - block->offset), want = at + need;

    /* A claimed length costs memory only as its bytes turn up. */
    while (at <= block->n && block->n < want) {
        size_t step = TW_MIN(want, TW_MAX(block->n * 2, (size_t)EXTEND)), got;
        int rc = TRAWL_OK;

        if (step > block->capacity)
            rc = grow_block(block, step, err);
        if (rc == TRAWL_OK)
            rc = tw_source_read(source, block->offset + block->n, block->data + block->n,
                                step - block->n, &got, err);
        if (rc != TRAWL_OK)
            return rc;
        block->n += got;
        if (block->n < step)
            break;
    }
    *ret_n = at < block->n ? TW_MIN(block->n - at, need) : 0;
    return TRAWL_OK;
}

/* Find the records that begin in the block. */
static int hop_block(struct tw_reader *reader, struct tw_block *block, size_t block_bytes,
                     trawl_error *err)
{
    struct tw_source *source = reader->input->files[reader->i_file].source;

    block->batch.n = 0;
    while (!reader->ended) {
        struct tw_window window = {block->data, block->offset, block->n,
                                   block->offset + block_bytes};
        int hop = reader->format->hop(reader, &window, &block->batch, err), rc;
        trawl_error cause = TW_ERROR_INIT;
        size_t have;

        if (hop == TW_HOP_FULL) {
            rc = grow_batch(&block->batch, err);
            if (rc != TRAWL_OK)
                return rc;
            continue;
        }
        if (hop != TW_HOP_SHORT)
            return hop < 0 ? hop : TRAWL_OK;
        rc = tw_block_extend(block, source, reader->pos, reader->need, &have, &cause);
        if (rc == TRAWL_E_IO)
            tw_reader_fail(reader, reader->pos, &cause);
        else if (rc != TRAWL_OK)
            return tw_fail(err, rc, "%s", cause.message);
        else if (have < reader->need)
            tw_reader_end(reader, have);
    }
    return TRAWL_OK;
}

/* The serial part of a turn. */
static int take_block(struct tw_pass *pass, struct tw_block *block, int read_rc,
                      const trawl_error *cause, uint64_t *ret_row, trawl_error *err)
{
    struct tw_reader *reader = &pass->input->state->readers[0];
    int rc;

    block->batch.n = 0;
    if (read_rc == TRAWL_E_IO) {
        tw_reader_fail(reader, reader->pos, cause);
        return TRAWL_OK;
    }
    rc = hop_block(reader, block, pass->block_bytes, err);
    if (rc == TRAWL_OK)
        rc = tw_pass_take(pass, block->batch.records, &block->batch.n, ret_row, err);
    return rc;
}

int tw_pass_one_file(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct tw_pass *pass = context;
    struct tw_source *source = pass->input->files[0].source;
    struct tw_reader *reader = &pass->input->state->readers[0];
    struct tw_block block;
    const size_t n_bytes = pass->block_bytes + SLACK;
    int rc = tw_block_init(&block, n_bytes);

    (void)i;
    if (rc != TRAWL_OK) {
        tw_pass_stop(pass);
        return tw_fail_nomem(err);
    }
    while (rc == TRAWL_OK) {
        uint64_t ticket = atomic_fetch_add(&pass->ticket, 1), first_row = 0;
        trawl_error cause = TW_ERROR_INIT;
        int read_rc;

        block.offset = ticket * pass->block_bytes;
        block.n = 0;
        read_rc = tw_cancelled()
                      ? tw_fail_cancelled(&cause)
                      : tw_source_read(source, block.offset, block.data, n_bytes, &block.n, &cause);
        if (read_rc != TRAWL_OK && read_rc != TRAWL_E_IO) {
            rc = tw_fail(err, read_rc, "%s", cause.message);
            break;
        }
        if (!tw_pass_begin_turn(pass, ticket))
            break;
        rc = take_block(pass, &block, read_rc, &cause, &first_row, err);
        tw_source_advance(source, reader->pos);
        tw_pass_end_turn(pass, rc != TRAWL_OK || reader->ended || pass->full);
        if (rc == TRAWL_OK && block.batch.n)
            rc = pass->body(pass->context, first_row, block.batch.records, block.batch.n, i_thread,
                            err);
    }
    if (rc != TRAWL_OK)
        tw_pass_stop(pass);
    tw_block_fini(&block);
    return rc;
}

/* ---- the entry ---- */

/* Bytes of a turn: less for a plain file that is small, as far as its length says it. */
static size_t block_bytes_of(const struct tw_input_file *file)
{
    const uint64_t part = file->size / (tw_pool_share() * 4) / BLOCK_LEAST * BLOCK_LEAST;

    return file->size ? (size_t)TW_MIN(TW_MAX(part, (uint64_t)BLOCK_LEAST), (uint64_t)BLOCK)
                      : (size_t)BLOCK;
}

/* One file is decoded as fast as that goes; of several, the ones that are not due yet wait. What is
 * not read (a limit of packets) is not decoded either. */
static void set_leads(struct tw_input *input, bool reads)
{
    uint64_t lead = TW_MAX((uint64_t)LEAD_TOTAL / input->n_files, (uint64_t)LEAD_LEAST);

    if (reads && input->n_files == 1)
        lead = UINT64_MAX;
    for (size_t i = 0; i < input->n_files; i++)
        tw_source_set_lead(input->files[i].source, reads ? lead : 0);
}

int tw_input_read(struct tw_input *input, const struct tw_input_options *options,
                  tw_input_reserve *reserve, tw_input_body *body, void *context, trawl_error *err)
{
    struct tw_pass pass = {
        .input = input, .options = options, .reserve = reserve, .body = body, .context = context};
    int rc = TRAWL_OK;

    pass.block_bytes = block_bytes_of(&input->files[0]);
    if (options->bpf)
        rc = tw_bpf_new(options->bpf, &pass.bpf, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = tw_input_rewind(input, err);
    if (rc != TRAWL_OK)
        goto out;
    set_leads(input, true);
    pthread_mutex_init(&pass.lock, NULL);
    pthread_cond_init(&pass.turned, NULL);
    if (input->n_files == 1)
        rc = tw_pool_run(tw_pool_share(), tw_pass_one_file, &pass, err);
    else
        rc = tw_pass_merge(&pass, err);
    pthread_cond_destroy(&pass.turned);
    pthread_mutex_destroy(&pass.lock);
    for (size_t i = 0; i < input->n_files; i++)
        tw_reader_finish(&input->state->readers[i]);
    set_leads(input, false);
out:
    tw_bpf_free(pass.bpf);
    return rc;
}
