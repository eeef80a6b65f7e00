/* Ranges of sequence numbers, and datagrams, to places in packets. Must not know tables or
 * sessions. */
#include "core/track/contents.h"

#include <stdlib.h>

enum {
    RANGES_MOST = 1024, /* apart from each other, a direction */
    CANCEL_ROWS = 1 << 16,
    FIN = 1,
    SYN = 2
};
#define WINDOW_MOST (INT64_C(1) << 30) /* RFC 7323 section 2.3 */

/* Bytes that came before those ahead of them. */
struct range {
    int64_t start, end;
};

struct half {
    struct range *early; /* ascending, apart */
    uint32_t n_early, capacity;
    uint32_t base; /* sequence number of `shift` */
    int64_t shift; /* offset at which the numbers began anew */
    int64_t next;  /* all before it came, or will not come */
    int64_t fin;   /* where the FIN says that the bytes end; 0: none came */
    bool started;
};

struct shard {
    struct half *halves; /* two a stream: stream / number of shards */
    struct tw_chunk *chunks;
    size_t n, capacity;
};

struct find {
    const struct tw_packets *packets;
    uint32_t n_streams;
    const uint8_t *wanted; /* by stream; NULL: all */
    struct shard *shards;
    unsigned n_shards;
};

static int add_chunk(struct shard *shard, const struct tw_chunk *like, int64_t segment,
                     int64_t start, int64_t end, trawl_error *err)
{
    struct tw_chunk *chunk;

    if (!tw_grow(&shard->chunks, shard->n + 1, &shard->capacity, sizeof(*shard->chunks)))
        return tw_fail_nomem(err);
    chunk = &shard->chunks[shard->n++];
    *chunk = *like;
    chunk->offset = (uint64_t)start;
    chunk->skip = (uint32_t)(start - segment);
    chunk->n = (uint32_t)(end - start);
    return TRAWL_OK;
}

/* [start, end) came: joined with the ranges that it touches. `at`: the first that ends at or behind
 * start. */
static int insert_range(struct half *h, uint32_t at, int64_t start, int64_t end, trawl_error *err)
{
    uint32_t last = at;

    while (last < h->n_early && h->early[last].start <= end)
        last++;
    if (last > at) {
        start = TW_MIN(start, h->early[at].start);
        end = TW_MAX(end, h->early[last - 1].end);
        memmove(&h->early[at + 1], &h->early[last], (h->n_early - last) * sizeof(*h->early));
        h->n_early -= last - at - 1;
    } else {
        if (h->n_early == h->capacity) {
            const uint32_t capacity = h->capacity ? h->capacity * 2 : 4;
            struct range *grown = tw_realloc_array(h->early, capacity, sizeof(*grown));

            if (!grown)
                return tw_fail_nomem(err);
            h->early = grown;
            h->capacity = capacity;
        }
        memmove(&h->early[at + 1], &h->early[at], (h->n_early - at) * sizeof(*h->early));
        h->n_early++;
    }
    h->early[at] = (struct range){start, end};
    /* What would fill the first gaps is not waited for without end. */
    if (h->n_early > RANGES_MOST)
        h->next = h->early[0].start;
    while (h->n_early && h->early[0].start <= h->next) {
        h->next = TW_MAX(h->next, h->early[0].end);
        h->n_early--;
        memmove(&h->early[0], &h->early[1], h->n_early * sizeof(*h->early));
    }
    return TRAWL_OK;
}

/* The parts of a segment [start, end) that did not come before. */
static int add_segment(struct shard *shard, struct half *h, const struct tw_chunk *like,
                       int64_t segment, int64_t start, int64_t end, trawl_error *err)
{
    uint32_t at = 0;
    int rc = TRAWL_OK;

    start = TW_MAX(start, h->next);
    if (start >= end)
        return TRAWL_OK;
    if (start == h->next && !h->n_early) {
        h->next = end;
        return add_chunk(shard, like, segment, start, end, err);
    }
    while (at < h->n_early && h->early[at].end < start)
        at++;
    for (uint32_t i = at; rc == TRAWL_OK && start < end; i++) {
        const int64_t stop = i < h->n_early ? TW_MIN(end, h->early[i].start) : end;

        if (start < stop)
            rc = add_chunk(shard, like, segment, start, stop, err);
        if (i == h->n_early)
            break;
        start = TW_MAX(start, h->early[i].end);
    }
    if (rc == TRAWL_OK)
        rc = insert_range(h, at, TW_MAX(segment, h->next), end, err);
    return rc;
}

static int take_row(const struct find *find, struct shard *shard, uint64_t row, uint32_t stream,
                    trawl_error *err)
{
    const struct tw_packets *p = find->packets;
    const uint16_t flags = TW_CELLS(p->tcp_flags, const uint16_t)[row];
    const unsigned dir = (TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_REVERSE) != 0;
    const uint32_t seq = TW_CELLS(p->seq, const uint32_t)[row] + ((flags & SYN) != 0);
    const uint32_t n = TW_CELLS(p->payload, const uint32_t)[row];
    struct half *h = &shard->halves[2 * (size_t)(stream / find->n_shards) + dir];
    const struct tw_chunk like = {.row = (uint32_t)row, .half = 2 * stream + dir};
    int64_t segment, start;

    if (flags & SYN ? !h->started || seq != h->base : !h->started && n) {
        /* The first number, or numbers that begin anew: what comes is behind what came. */
        h->next = h->n_early ? h->early[h->n_early - 1].end : h->next;
        h->n_early = 0;
        h->fin = 0;
        h->shift = h->next;
        h->base = seq;
        h->started = true;
    }
    if (n == 0 && !(flags & FIN && h->started))
        return TRAWL_OK;
    /* The number is extended to the place nearest to what is expected. */
    segment = h->next + (int32_t)(seq - (h->base + (uint32_t)(h->next - h->shift)));
    if (segment - h->next > WINDOW_MOST || h->next - segment > WINDOW_MOST)
        return TRAWL_OK;
    start = TW_MAX(segment, h->shift);
    if (flags & FIN && !h->fin) /* some stacks send more, each a number further */
        h->fin = TW_MAX(segment + n, 0);
    return add_segment(shard, h, &like, segment, start, segment + n, err);
}

static int find_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct find *find = context;
    const struct tw_packets *p = find->packets;
    struct shard *shard = &find->shards[i];
    const uint32_t *streams = TW_CELLS(p->stream, const uint32_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint16_t *transport = TW_CELLS(p->transport, const uint16_t);
    int rc = TRAWL_OK;

    (void)i_thread;
    for (uint64_t row = 0; rc == TRAWL_OK && row < p->n_rows; row++) {
        if (row % CANCEL_ROWS == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        /* Fragments have their datagram's stream and no TCP header of their own. */
        if (proto[row] != 6 || streams[row] == UINT32_MAX || streams[row] % find->n_shards != i ||
            !transport[row] || (flags[row] & (TW_FRAME_QUOTED | TW_FRAME_RECORD)) ||
            (find->wanted && !find->wanted[streams[row]]))
            continue;
        rc = take_row(find, shard, row, streams[row], err);
    }
    return rc;
}

/* Each datagram goes behind those before it: `next` is the length of its direction so far. */
static int find_datagrams(const struct find *find, trawl_error *err)
{
    const struct tw_packets *p = find->packets;
    struct shard *shard = &find->shards[0];
    const uint32_t *streams = TW_CELLS(p->stream, const uint32_t);
    const uint32_t *payload = TW_CELLS(p->payload, const uint32_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint16_t *transport = TW_CELLS(p->transport, const uint16_t);
    int rc = TRAWL_OK;

    for (uint64_t row = 0; rc == TRAWL_OK && row < p->n_rows; row++) {
        struct tw_chunk like = {.row = (uint32_t)row};
        struct half *h;

        if (row % CANCEL_ROWS == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        if ((proto[row] != 17 && proto[row] != 136) || streams[row] == UINT32_MAX ||
            !transport[row] || !payload[row] ||
            (flags[row] & (TW_FRAME_QUOTED | TW_FRAME_RECORD)) ||
            (find->wanted && !find->wanted[streams[row]]))
            continue;
        like.half = 2 * streams[row] + ((flags[row] & TW_FRAME_REVERSE) != 0);
        h = &shard->halves[like.half];
        rc = add_chunk(shard, &like, h->next, h->next, h->next + payload[row], err);
        h->next += payload[row];
        h->fin = h->next;
    }
    return rc;
}

static int by_offset(const void *a, const void *b)
{
    const struct tw_chunk *x = a, *y = b;

    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* All shards' chunks, by direction and then offset. */
static int gather(const struct find *find, struct tw_contents *ret, trawl_error *err)
{
    const size_t n_halves = 2 * (size_t)find->n_streams;
    size_t *at = tw_alloc_array(n_halves + 1, sizeof(*at)), n = 0, n_used = 0;

    for (unsigned s = 0; s < find->n_shards; s++)
        n += find->shards[s].n;
    ret->chunks = tw_alloc_array(n + 1, sizeof(*ret->chunks));
    if (!at || !ret->chunks) {
        tw_free(at);
        return tw_fail_nomem(err);
    }
    for (unsigned s = 0; s < find->n_shards; s++)
        for (size_t i = 0; i < find->shards[s].n; i++)
            at[find->shards[s].chunks[i].half]++;
    for (size_t h = 0, sum = 0; h < n_halves; h++) {
        const size_t count = at[h];

        at[h] = sum;
        sum += count;
        n_used += count != 0;
    }
    for (unsigned s = 0; s < find->n_shards; s++) {
        for (size_t i = 0; i < find->shards[s].n; i++)
            ret->chunks[at[find->shards[s].chunks[i].half]++] = find->shards[s].chunks[i];
        tw_free(find->shards[s].chunks);
        find->shards[s].chunks = NULL;
    }
    tw_free(at);
    ret->n_chunks = n;
    ret->first = tw_alloc_array(n_used + 1, sizeof(*ret->first));
    if (!ret->first)
        return tw_fail_nomem(err);
    for (size_t i = 0, end; i < n; i = end) {
        bool ordered = true;

        for (end = i + 1; end < n && ret->chunks[end].half == ret->chunks[i].half; end++)
            ordered &= ret->chunks[end].offset > ret->chunks[end - 1].offset;
        if (!ordered)
            qsort(ret->chunks + i, end - i, sizeof(*ret->chunks), by_offset);
        ret->first[ret->n_halves++] = i;
    }
    ret->first[ret->n_halves] = n;
    ret->lengths = tw_alloc_array(n_used + 1, sizeof(*ret->lengths));
    if (!ret->lengths)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < ret->n_halves; i++) {
        const uint32_t half = ret->chunks[ret->first[i]].half;
        const struct shard *shard = &find->shards[half / 2 % find->n_shards];

        ret->lengths[i] =
            (uint64_t)shard->halves[2 * (size_t)(half / 2 / find->n_shards) + half % 2].fin;
    }
    return TRAWL_OK;
}

static int prepare(struct find *find, const uint32_t *wanted, size_t n_wanted, uint8_t **ret,
                   trawl_error *err)
{
    const size_t n_streams = find->n_streams;

    find->shards = tw_alloc_array(find->n_shards, sizeof(*find->shards));
    if (!find->shards)
        return tw_fail_nomem(err);
    for (unsigned s = 0; s < find->n_shards; s++) {
        find->shards[s].halves = tw_alloc_array(2 * (n_streams / find->n_shards + 1),
                                                sizeof(struct half));
        if (!find->shards[s].halves)
            return tw_fail_nomem(err);
    }
    if (!wanted)
        return TRAWL_OK;
    *ret = tw_alloc(n_streams + 1);
    if (!*ret)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n_wanted; i++)
        if (wanted[i] < n_streams)
            (*ret)[wanted[i]] = 1;
    find->wanted = *ret;
    return TRAWL_OK;
}

int tw_contents_find(const struct tw_packets *packets, const struct tw_conversations *conversations,
                     bool udp, const uint32_t *wanted, size_t n_wanted, struct tw_contents *ret,
                     trawl_error *err)
{
    struct find find = {.packets = packets,
                        .n_streams = udp ? conversations->n_udp : conversations->n_tcp,
                        .n_shards = udp ? 1 : tw_pool_threads()};
    struct tw_contents made = {.udp = udp};
    uint8_t *is_wanted = NULL;
    int rc = prepare(&find, wanted, n_wanted, &is_wanted, err);

    if (rc == TRAWL_OK)
        rc = udp ? find_datagrams(&find, err) : tw_pool_run(find.n_shards, find_shard, &find, err);
    if (rc == TRAWL_OK)
        rc = gather(&find, &made, err);
    for (unsigned s = 0; find.shards && s < find.n_shards; s++) {
        const size_t n = 2 * (find.n_streams / find.n_shards + 1);

        for (size_t i = 0; find.shards[s].halves && i < n; i++)
            tw_free(find.shards[s].halves[i].early);
        tw_free(find.shards[s].halves);
        tw_free(find.shards[s].chunks);
    }
    tw_free(find.shards);
    tw_free(is_wanted);
    if (rc != TRAWL_OK) {
        tw_contents_fini(&made);
        return rc;
    }
    *ret = made;
    return TRAWL_OK;
}

void tw_contents_fini(struct tw_contents *contents)
{
    tw_free(contents->chunks);
    tw_free(contents->first);
    tw_free(contents->lengths);
    *contents = (struct tw_contents){0};
}
