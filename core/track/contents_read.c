/* Places in packets to bytes. Connections that begin near each other lie mixed in the capture, so
 * many are read together, in the capture's order. Must not know tables or sessions. */
#include <stdlib.h>

#include "core/track/contents.h"

enum {
    MAX_FETCHES = 16,
    CANCEL_CHUNKS = 1 << 12,
    PART_BYTES = 1 << 20,
    PIECES_MOST = 1024,
    BATCH_MOST = 8 << 20, /* bytes; a thread has as much */
    BATCH_LEAST = 64 << 10,
    BATCHES_LEAST = 8, /* a thread, so that none waits for the last one */
    BATCH_CHUNKS = 1 << 17
};

/* Directions [first, first + n) that are read together. */
struct batch {
    size_t first, n;
    uint64_t n_bytes;
};

struct reader {
    struct tw_fetch *fetches[MAX_FETCHES];
    struct tw_frame frame;
    uint8_t *bytes;
    size_t capacity, n_bytes;
    uint64_t *order; /* BATCH_CHUNKS; row << 32 | chunk of the batch */
    size_t *at;      /* by chunk of the batch: its place in bytes */
    uint32_t *got;   /* by chunk of the batch: how much of it there is */
    trawl_piece pieces[PIECES_MOST];
    size_t n_pieces;
};

struct read {
    const struct tw_packets *packets;
    const struct tw_contents *contents;
    struct batch *batches;
    size_t n_batches;
    struct reader **readers; /* by thread */
    int (*body)(void *context, const trawl_contents *part, unsigned i_thread, trawl_error *err);
    void *context;
};

/* ---- which ---- */

/* Bytes of a chunk at most: what was cut off takes no room. */
static uint32_t bytes_most(const struct tw_packets *p, const struct tw_chunk *chunk)
{
    if (TW_CELLS(p->flags, const uint16_t)[chunk->row] & TW_FRAME_WHOLE)
        return chunk->n;
    return TW_MIN(chunk->n, TW_CELLS(p->cap_len, const uint32_t)[chunk->row]);
}

/* Directions that follow each other and fit together; one that is too big alone is its own batch,
 * read in parts. Batches of a small capture are smaller, so that all threads have some. */
static int plan(struct read *read, trawl_error *err)
{
    const struct tw_contents *c = read->contents;
    uint64_t most = 0;
    struct batch now = {0};
    size_t n = 0;

    for (size_t k = 0; k < c->n_chunks; k++)
        most += bytes_most(read->packets, &c->chunks[k]);
    most = most / BATCHES_LEAST / tw_pool_threads();
    most = TW_MIN(TW_MAX(most, (uint64_t)BATCH_LEAST), (uint64_t)BATCH_MOST);
    read->batches = tw_alloc_array(c->n_halves + 1, sizeof(*read->batches));
    if (!read->batches)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < c->n_halves; i++) {
        uint64_t bytes = 0;

        for (size_t k = c->first[i]; k < c->first[i + 1]; k++)
            bytes += bytes_most(read->packets, &c->chunks[k]);
        if (now.n &&
            (now.n_bytes + bytes > most || c->first[i + 1] - c->first[now.first] > BATCH_CHUNKS)) {
            read->batches[n++] = now;
            now = (struct batch){.first = i};
        }
        now.n++;
        now.n_bytes += bytes;
    }
    if (now.n)
        read->batches[n++] = now;
    read->n_batches = n;
    return TRAWL_OK;
}

/* ---- bytes ---- */

/* The frame of a row, and how much of it there is. */
static int frame_of(const struct tw_packets *p, struct reader *r, uint32_t row, const uint8_t **ret,
                    uint32_t *ret_n, trawl_error *err)
{
    const struct tw_interface
        *interface = &p->input->interfaces[TW_CELLS(p->interface, const uint16_t)[row]];
    struct tw_fetch **fetch = &r->fetches[interface->i_file % MAX_FETCHES];

    if (TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_WHOLE) {
        tw_fragments_walk(p, row, &r->frame);
        *ret = r->frame.data;
        *ret_n = r->frame.cap_len;
        return TRAWL_OK;
    }
    if (!*fetch) {
        *fetch = tw_fetch_open(p->input, err);
        if (!*fetch)
            return TRAWL_E_NOMEM;
    }
    *ret_n = TW_CELLS(p->cap_len, const uint32_t)[row];
    return tw_fetch_bytes(*fetch, interface->i_file, TW_CELLS(p->offset, const uint64_t)[row],
                          *ret_n, ret, err);
}

/* A chunk's bytes, those that were captured; they stay until the next call. */
static int chunk_bytes(const struct read *read, struct reader *r, const struct tw_chunk *chunk,
                       const uint8_t **ret, uint32_t *ret_n, trawl_error *err)
{
    const struct tw_packets *p = read->packets;
    const uint32_t least = read->contents->udp ? 8 : 20; /* of a header */
    uint32_t at = TW_CELLS(p->transport, const uint16_t)[chunk->row], n, header;
    const uint8_t *data;
    int rc = frame_of(p, r, chunk->row, &data, &n, err);

    *ret_n = 0;
    if (rc != TRAWL_OK)
        return rc;
    if (n <= at || n - at < least)
        return TRAWL_OK;
    header = read->contents->udp ? least : (uint32_t)(data[at + 12] >> 4) * 4;
    if (n - at < header)
        return TRAWL_OK;
    at += header;
    if (n - at <= chunk->skip)
        return TRAWL_OK;
    at += chunk->skip;
    *ret = data + at;
    *ret_n = TW_MIN(chunk->n, n - at);
    return TRAWL_OK;
}

static bool make_room(struct reader *r, size_t n)
{
    if (n <= r->capacity)
        return true;
    tw_free(r->bytes);
    r->bytes = tw_alloc_unset(n);
    r->capacity = r->bytes ? n : 0;
    return r->bytes;
}

/* i: of contents->first */
static int hand_over(const struct read *read, struct reader *r, size_t i, bool more,
                     unsigned i_thread, trawl_error *err)
{
    const struct tw_contents *c = read->contents;
    const uint32_t half = c->chunks[c->first[i]].half;
    const trawl_contents part = {.size = sizeof(part),
                                 .stream = half / 2,
                                 .direction = (uint8_t)(half % 2),
                                 .more = more,
                                 .pieces = r->pieces,
                                 .n_pieces = r->n_pieces,
                                 .length = c->lengths[i]};

    r->n_bytes = r->n_pieces = 0;
    return read->body(read->context, &part, i_thread, err);
}

/* ---- one direction, in parts ---- */

static int add_piece(const struct read *read, struct reader *r, size_t i,
                     const struct tw_chunk *chunk, unsigned i_thread, trawl_error *err)
{
    const uint8_t *data = NULL;
    uint32_t n;
    int rc = chunk_bytes(read, r, chunk, &data, &n, err);

    for (uint32_t done = 0, take; rc == TRAWL_OK && done < n; done += take) {
        if (r->n_pieces == PIECES_MOST || r->n_bytes == PART_BYTES)
            rc = hand_over(read, r, i, true, i_thread, err);
        take = TW_MIN(n - done, (uint32_t)(PART_BYTES - r->n_bytes));
        memcpy(r->bytes + r->n_bytes, data + done, take);
        r->pieces[r->n_pieces++] = (trawl_piece){.offset = chunk->offset + done,
                                                 .data = r->bytes + r->n_bytes,
                                                 .n = take,
                                                 .row = chunk->row};
        r->n_bytes += take;
    }
    return rc;
}

static int read_half(const struct read *read, struct reader *r, size_t i, unsigned i_thread,
                     trawl_error *err)
{
    const struct tw_contents *c = read->contents;
    int rc = make_room(r, PART_BYTES) ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t k = c->first[i]; rc == TRAWL_OK && k < c->first[i + 1]; k++) {
        if (k % CANCEL_CHUNKS == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        rc = add_piece(read, r, i, &c->chunks[k], i_thread, err);
    }
    return rc == TRAWL_OK ? hand_over(read, r, i, false, i_thread, err) : rc;
}

/* ---- many directions ---- */

static int by_row(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* All chunks of a batch, in the order of the capture, each to its place. */
static int fill(const struct read *read, struct reader *r, const struct tw_chunk *chunks, size_t n,
                trawl_error *err)
{
    size_t end = 0;
    int rc = TRAWL_OK;

    for (size_t k = 0; k < n; k++) {
        r->order[k] = (uint64_t)chunks[k].row << 32 | k;
        r->at[k] = end;
        end += bytes_most(read->packets, &chunks[k]);
    }
    qsort(r->order, n, sizeof(*r->order), by_row);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const size_t k = (uint32_t)r->order[i];
        const uint8_t *data = NULL;

        if (i % CANCEL_CHUNKS == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        rc = chunk_bytes(read, r, &chunks[k], &data, &r->got[k], err);
        if (rc == TRAWL_OK && r->got[k])
            memcpy(r->bytes + r->at[k], data, r->got[k]);
    }
    return rc;
}

static int read_together(const struct read *read, struct reader *r, const struct batch *batch,
                         unsigned i_thread, trawl_error *err)
{
    const struct tw_contents *c = read->contents;
    const size_t first = c->first[batch->first];
    int rc;

    rc = fill(read, r, c->chunks + first, c->first[batch->first + batch->n] - first, err);
    for (size_t i = batch->first; rc == TRAWL_OK && i < batch->first + batch->n; i++) {
        if (tw_cancelled())
            return tw_fail_cancelled(err);
        for (size_t k = c->first[i]; rc == TRAWL_OK && k < c->first[i + 1]; k++) {
            const struct tw_chunk *chunk = &c->chunks[k];
            const size_t n = r->got[k - first];

            if (n == 0)
                continue;
            if (r->n_pieces == PIECES_MOST || (r->n_pieces && r->n_bytes + n > PART_BYTES))
                rc = hand_over(read, r, i, true, i_thread, err);
            r->pieces[r->n_pieces++] = (trawl_piece){.offset = chunk->offset,
                                                     .data = r->bytes + r->at[k - first],
                                                     .n = (uint32_t)n,
                                                     .row = chunk->row};
            r->n_bytes += n;
        }
        if (rc == TRAWL_OK)
            rc = hand_over(read, r, i, false, i_thread, err);
    }
    return rc;
}

static void close_reader(struct reader *r)
{
    if (!r)
        return;
    for (size_t k = 0; k < MAX_FETCHES; k++)
        tw_fetch_close(r->fetches[k]);
    tw_free(r->bytes);
    tw_free(r->order);
    tw_free(r->at);
    tw_free(r->got);
    tw_free(r);
}

static struct reader *open_reader(const struct read *read)
{
    struct reader *r = tw_alloc(sizeof(*r));
    const size_t n = TW_MIN(read->contents->n_chunks, (size_t)BATCH_CHUNKS) + 1;

    if (!r)
        return NULL;
    r->order = tw_alloc_array(n, sizeof(*r->order));
    r->at = tw_alloc_array(n, sizeof(*r->at));
    r->got = tw_alloc_array(n, sizeof(*r->got));
    if (r->order && r->at && r->got)
        return r;
    close_reader(r);
    return NULL;
}

static int read_batch(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct read *read = context;
    const struct batch *batch = &read->batches[i];
    struct reader **r = &read->readers[i_thread];
    int rc = TRAWL_OK;

    if (tw_cancelled())
        return tw_fail_cancelled(err);
    if (!*r)
        *r = open_reader(read);
    if (!*r)
        return tw_fail_nomem(err);
    if (batch->n > 1 && make_room(*r, batch->n_bytes))
        return read_together(read, *r, batch, i_thread, err);
    for (size_t k = 0; rc == TRAWL_OK && k < batch->n; k++) /* with little memory, one by one */
        rc = read_half(read, *r, batch->first + k, i_thread, err);
    return rc;
}

int tw_contents_read(const struct tw_packets *packets, const struct tw_contents *contents,
                     int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                                 trawl_error *err),
                     void *context, trawl_error *err)
{
    const unsigned n_threads = tw_pool_threads();
    struct read read = {.packets = packets, .contents = contents, .body = body, .context = context};
    int rc = plan(&read, err);

    if (rc == TRAWL_OK) {
        read.readers = tw_alloc_array(n_threads, sizeof(*read.readers));
        rc = read.readers ? tw_pool_run(read.n_batches, read_batch, &read, err)
                          : tw_fail_nomem(err);
    }
    for (unsigned i = 0; read.readers && i < n_threads; i++)
        close_reader(read.readers[i]);
    tw_free(read.readers);
    tw_free(read.batches);
    return rc;
}
