/* Fragments to datagrams: a table by key, a sorted list of ranges each.
 * Must not know columns or what the datagrams carry. */
#include "core/dissect/reassembly.h"

enum {
    BUCKETS = 1 << 13,    /* of the table; TW_REASSEMBLY_BYTES hold a few datagrams for each */
    FIRST_BYTES = 2048,   /* room of a datagram at first */
    SPARE_MOST = 64,      /* buffers kept for the next datagrams */
    SPARE_BYTES = 8 << 10 /* larger ones are not kept */
};

struct range {
    uint32_t start, end;
};

/* A datagram that is not whole yet. */
struct pending {
    struct pending *newer, *older; /* in order of first fragment */
    struct pending *next;          /* of the same bucket; of the spare ones */
    struct tw_datagram_key key;
    uint8_t *data;
    uint32_t capacity;
    uint32_t total;       /* length, once the last fragment is there; else UINT32_MAX */
    struct range *ranges; /* disjoint, ascending */
    size_t n_ranges, ranges_capacity;
    uint32_t *rows;
    size_t n_rows, rows_capacity;
};

struct tw_reassembly {
    struct pending *buckets[BUCKETS];
    struct pending *oldest, *newest;
    struct pending *done;  /* handed out by the last call */
    struct pending *spare; /* used up, with their buffers */
    size_t n_spare;
    uint64_t seed;
    uint64_t n_bytes;
};

struct tw_reassembly *tw_reassembly_new(trawl_error *err)
{
    struct tw_reassembly *r = tw_alloc(sizeof(*r));

    if (!r)
        tw_fail_nomem(err);
    else
        r->seed = tw_seed();
    return r;
}

static void pending_free(struct pending *p)
{
    tw_free(p->data);
    tw_free(p->ranges);
    tw_free(p->rows);
    tw_free(p);
}

/* Most datagrams have a few fragments: their buffers serve the next ones. */
static void retire(struct tw_reassembly *r, struct pending *p)
{
    if (!p)
        return;
    if (r->n_spare == SPARE_MOST || p->capacity > SPARE_BYTES) {
        pending_free(p);
        return;
    }
    p->next = r->spare;
    r->spare = p;
    r->n_spare++;
}

static struct pending *fresh(struct tw_reassembly *r)
{
    struct pending *p = r->spare;

    if (!p)
        return tw_alloc(sizeof(*p));
    r->spare = p->next;
    r->n_spare--;
    p->newer = p->older = NULL;
    p->n_ranges = p->n_rows = 0;
    return p;
}

static struct pending **bucket_of(struct tw_reassembly *r, const struct tw_datagram_key *key)
{
    const uint64_t addresses = (uint64_t)key->src << 32 | key->dst;
    const uint64_t rest = (uint64_t)key->id << 8 | key->proto;

    return &r->buckets[tw_mix64(addresses ^ r->seed ^ tw_mix64(rest ^ r->seed)) % BUCKETS];
}

static bool same_key(const struct tw_datagram_key *a, const struct tw_datagram_key *b)
{
    return a->src == b->src && a->dst == b->dst && a->id == b->id && a->proto == b->proto;
}

static void detach(struct tw_reassembly *r, struct pending *p)
{
    struct pending **link = bucket_of(r, &p->key);

    while (*link != p)
        link = &(*link)->next;
    *link = p->next;
    *(p->older ? &p->older->newer : &r->oldest) = p->newer;
    *(p->newer ? &p->newer->older : &r->newest) = p->older;
    r->n_bytes -= p->capacity;
}

void tw_reassembly_free(struct tw_reassembly *r)
{
    if (!r)
        return;
    retire(r, r->done);
    while (r->oldest) {
        struct pending *p = r->oldest;

        r->oldest = p->newer;
        pending_free(p);
    }
    while (r->spare) {
        struct pending *p = r->spare;

        r->spare = p->next;
        pending_free(p);
    }
    tw_free(r);
}

static struct pending *pending_find(struct tw_reassembly *r, const struct tw_datagram_key *key,
                                    trawl_error *err)
{
    struct pending **bucket = bucket_of(r, key);
    struct pending *p = *bucket;

    while (p && !same_key(&p->key, key))
        p = p->next;
    if (p)
        return p;
    p = fresh(r);
    if (!p) {
        tw_fail_nomem(err);
        return NULL;
    }
    p->key = *key;
    p->total = UINT32_MAX;
    p->next = *bucket;
    *bucket = p;
    p->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = p;
    r->newest = p;
    r->n_bytes += p->capacity;
    return p;
}

static bool data_room(struct tw_reassembly *r, struct pending *p, uint32_t end)
{
    uint32_t capacity = p->capacity ? p->capacity : FIRST_BYTES;
    uint8_t *grown;

    if (end <= p->capacity)
        return true;
    while (capacity < end)
        capacity *= 2;
    grown = tw_realloc_array(p->data, capacity, 1);
    if (!grown)
        return false;
    r->n_bytes += capacity - p->capacity;
    p->data = grown;
    p->capacity = capacity;
    return true;
}

/* Copy what of the fragment is new and note it. */
static bool merge(struct pending *p, const struct tw_fragment *f)
{
    uint32_t at = f->offset;
    const uint32_t end = f->offset + f->n;
    size_t i = 0;

    while (at < end) {
        uint32_t stop = end;

        while (i < p->n_ranges && p->ranges[i].end <= at)
            i++;
        if (i < p->n_ranges && p->ranges[i].start <= at) {
            at = p->ranges[i].end;
            continue;
        }
        if (i < p->n_ranges && p->ranges[i].start < stop)
            stop = p->ranges[i].start;
        memcpy(p->data + at, f->data + (at - f->offset), stop - at);
        if (i > 0 && p->ranges[i - 1].end == at) {
            p->ranges[i - 1].end = stop;
        } else {
            if (!tw_grow(&p->ranges, p->n_ranges + 1, &p->ranges_capacity, sizeof(*p->ranges)))
                return false;
            memmove(p->ranges + i + 1, p->ranges + i, (p->n_ranges - i) * sizeof(*p->ranges));
            p->ranges[i] = (struct range){at, stop};
            p->n_ranges++;
        }
        at = stop;
    }
    return true;
}

static bool is_whole(const struct pending *p)
{
    uint32_t end = 0;

    for (size_t i = 0; i < p->n_ranges && p->ranges[i].start <= end; i++)
        end = TW_MAX(end, p->ranges[i].end);
    return p->total != UINT32_MAX && end >= p->total;
}

int tw_reassembly_add(struct tw_reassembly *r, const struct tw_datagram_key *key,
                      const struct tw_fragment *f, bool *ret_complete, struct tw_datagram *ret,
                      trawl_error *err)
{
    struct pending *p;

    *ret_complete = false;
    retire(r, r->done);
    r->done = NULL;
    if (f->offset > TW_DATAGRAM_BYTES || f->n > TW_DATAGRAM_BYTES - f->offset)
        return TRAWL_OK;
    p = pending_find(r, key, err);
    if (!p)
        return TRAWL_E_NOMEM;
    if (!tw_grow(&p->rows, p->n_rows + 1, &p->rows_capacity, sizeof(*p->rows)) ||
        !data_room(r, p, f->offset + f->n) || !merge(p, f))
        return tw_fail_nomem(err);
    p->rows[p->n_rows++] = f->row;
    if (!f->more && p->total == UINT32_MAX)
        p->total = f->offset + f->n;
    if (is_whole(p)) {
        detach(r, p);
        r->done = p;
        *ret_complete = true;
        *ret = (struct tw_datagram){
            .data = p->data, .n = p->total, .rows = p->rows, .n_rows = p->n_rows};
    }
    while (r->n_bytes > TW_REASSEMBLY_BYTES && r->oldest != r->newest) {
        struct pending *old = r->oldest;

        detach(r, old);
        retire(r, old);
    }
    return TRAWL_OK;
}
