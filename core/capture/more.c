/* Reading on in an input that grows: the records that are whole, in order, on one thread.
 * Must not know formats. */
#include "core/capture/pass.h"

enum { BLOCK = 1 << 20, HEAD_LEAST = 24 /* of pcap; a pcapng section is longer */ };

struct tw_more {
    struct tw_pass pass;
    struct tw_block block;
};

int tw_more_open(struct tw_input *input, const struct tw_input_options *options,
                 tw_input_reserve *reserve, tw_input_body *body, void *context,
                 struct tw_more **ret, trawl_error *err)
{
    struct tw_more *more = tw_alloc(sizeof(*more));
    int rc;

    if (!more)
        return tw_fail_nomem(err);
    more->pass = (struct tw_pass){
        .input = input, .options = options, .reserve = reserve, .body = body, .context = context};
    rc = tw_block_init(&more->block, BLOCK) == TRAWL_OK ? TRAWL_OK : tw_fail_nomem(err);
    if (rc == TRAWL_OK && options->bpf)
        rc = tw_bpf_new(options->bpf, &more->pass.bpf, err);
    if (rc == TRAWL_OK)
        rc = tw_input_rewind(input, err);
    if (rc != TRAWL_OK) {
        tw_more_close(more);
        return rc;
    }
    *ret = more;
    return TRAWL_OK;
}

void tw_more_close(struct tw_more *more)
{
    if (!more)
        return;
    tw_bpf_free(more->pass.bpf);
    tw_block_fini(&more->block);
    tw_free(more);
}

static struct tw_reader *reader_of(const struct tw_more *more)
{
    return &more->pass.input->state->readers[0];
}

bool tw_more_ended(const struct tw_more *more)
{
    return reader_of(more)->ended;
}

uint64_t tw_more_place(const struct tw_more *more)
{
    return reader_of(more)->pos;
}

void tw_more_go_back(struct tw_more *more, uint64_t place)
{
    reader_of(more)->pos = place;
    reader_of(more)->n_zeros = 0;
    more->pass.n_rows = 0;
    more->pass.input->files[0].n_packets = 0;
}

void tw_more_turn(struct tw_more *more, void *context)
{
    more->pass.context = context;
}

/* Find the records of the block, which ends at `available` at the latest. */
static int find_records(struct tw_more *more, uint64_t available, bool ended, trawl_error *err)
{
    struct tw_reader *reader = reader_of(more);
    struct tw_block *block = &more->block;
    struct tw_source *source = reader->input->files[0].source;

    while (!reader->ended) {
        const struct tw_window window = {block->data, block->offset, block->n,
                                         block->offset + block->n};
        const int hop = reader->format->hop(reader, &window, &block->batch, err);
        size_t have;
        int rc;

        if (hop != TW_HOP_SHORT)
            return hop < 0 ? hop : TRAWL_OK;
        if (block->batch.n) /* what is cut begins the next block */
            return TRAWL_OK;
        if (reader->need > available - reader->pos) {
            if (ended)
                tw_reader_end(reader, (size_t)(available - reader->pos));
            return TRAWL_OK;
        }
        rc = tw_block_extend(block, source, reader->pos, reader->need, &have, err);
        if (rc != TRAWL_OK)
            return rc;
        if (have < reader->need) { /* the file shrank since */
            tw_reader_end(reader, have);
            return TRAWL_OK;
        }
    }
    return TRAWL_OK;
}

int tw_more_read(struct tw_more *more, bool *ret_any, trawl_error *err)
{
    struct tw_reader *reader = reader_of(more);
    struct tw_block *block = &more->block;
    struct tw_source *source = reader->input->files[0].source;
    const uint64_t place = reader->pos;
    uint64_t available, first_row = 0;
    bool ended;
    int rc;

    *ret_any = false;
    if (reader->ended)
        return TRAWL_OK;
    available = tw_source_available(source, &ended);
    if (available < reader->pos) {
        tw_reader_damage(reader, reader->pos, "cut", "the file became shorter while it was read");
        return TRAWL_OK;
    }
    if (available == reader->pos) {
        if (ended)
            tw_reader_end(reader, 0);
        return TRAWL_OK;
    }
    block->offset = reader->pos;
    block->batch.n = 0;
    rc = tw_source_read(source, block->offset, block->data,
                        (size_t)TW_MIN(available - block->offset, (uint64_t)BLOCK), &block->n, err);
    if (rc == TRAWL_OK)
        rc = find_records(more, available, ended, err);
    if (rc == TRAWL_OK)
        rc = tw_pass_take(&more->pass, block->batch.records, &block->batch.n, &first_row, err);
    if (rc == TRAWL_OK && block->batch.n)
        rc = more->pass.body(more->pass.context, first_row, block->batch.records, block->batch.n, 0,
                             err);
    *ret_any = rc == TRAWL_OK && reader->pos != place && !reader->ended;
    return rc;
}

bool tw_input_has_head(const struct tw_input *input, bool *ret_ended)
{
    return tw_source_available(input->files[0].source, ret_ended) >= HEAD_LEAST;
}
