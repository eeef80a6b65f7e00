/* Fragments to datagrams: a table by key, a sorted list of ranges each.
 * Must not know columns or what the datagrams carry. */
#include "core/dissect/reassembly.h"

#include "core/base/hashmap.h"

struct range {
    uint32_t start, end;
};

/* A datagram that is not whole yet. */
struct pending {
    struct pending *newer, *older; /* in order of first fragment */
    char key[32];
    uint8_t *data;
    uint32_t capacity;
    uint32_t total;       /* length, once the last fragment is there; else UINT32_MAX */
    struct range *ranges; /* disjoint, ascending */
    size_t n_ranges, ranges_capacity;
    uint32_t *rows;
    size_t n_rows, rows_capacity;
};

struct tw_reassembly {
    struct tw_hashmap by_key;
    struct pending *oldest, *newest;
    struct pending *done; /* handed out by the last call */
    uint64_t n_bytes;
};

struct tw_reassembly *tw_reassembly_new(trawl_error *err)
{
    struct tw_reassembly *r = tw_alloc(sizeof(*r));

    if (!r) {
        tw_fail_nomem(err);
        return NULL;
    }
    r->by_key = (struct tw_hashmap)TW_HASHMAP_INIT;
    return r;
}

static void pending_free(struct pending *p)
{
    if (!p)
        return;
    tw_free(p->data);
    tw_free(p->ranges);
    tw_free(p->rows);
    tw_free(p);
}

static void detach(struct tw_reassembly *r, struct pending *p)
{
    tw_hashmap_remove(&r->by_key, p->key);
    *(p->older ? &p->older->newer : &r->oldest) = p->newer;
    *(p->newer ? &p->newer->older : &r->newest) = p->older;
    r->n_bytes -= p->capacity;
}

void tw_reassembly_free(struct tw_reassembly *r)
{
    if (!r)
        return;
    while (r->oldest) {
        struct pending *p = r->oldest;

        r->oldest = p->newer;
        pending_free(p);
    }
    pending_free(r->done);
    tw_hashmap_fini(&r->by_key);
    tw_free(r);
}

static void key_text(const struct tw_datagram_key *key, char out[32])
{
    static const char digits[] = "0123456789abcdef";
    const uint32_t words[] = {key->src, key->dst, key->id, key->proto};
    size_t n = 0;

    for (size_t i = 0; i < TW_COUNT(words); i++) {
        for (int shift = i == 3 ? 4 : 28; shift >= 0; shift -= 4)
            out[n++] = digits[words[i] >> shift & 15];
    }
    out[n] = '\0';
}

static struct pending *pending_find(struct tw_reassembly *r, const struct tw_datagram_key *key,
                                    trawl_error *err)
{
    char text[32];
    struct pending *p;

    key_text(key, text);
    p = tw_hashmap_get(&r->by_key, text);
    if (p)
        return p;
    p = tw_alloc(sizeof(*p));
    if (!p || tw_hashmap_put(&r->by_key, text, p) != TRAWL_OK) {
        tw_free(p);
        tw_fail_nomem(err);
        return NULL;
    }
    memcpy(p->key, text, sizeof(text));
    p->total = UINT32_MAX;
    p->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = p;
    r->newest = p;
    return p;
}

/* Room for one more element of an array that grows. */
static bool room(void **array, size_t n, size_t *capacity, size_t size)
{
    void *grown;
    size_t more = *capacity ? *capacity * 2 : 4;

    if (n < *capacity)
        return true;
    grown = tw_realloc_array(*array, more, size);
    if (!grown)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}

static bool data_room(struct tw_reassembly *r, struct pending *p, uint32_t end)
{
    uint32_t capacity = p->capacity ? p->capacity : 2048;
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
            if (!room((void **)&p->ranges, p->n_ranges, &p->ranges_capacity, sizeof(*p->ranges)))
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
    pending_free(r->done);
    r->done = NULL;
    if (f->offset > TW_DATAGRAM_BYTES || f->n > TW_DATAGRAM_BYTES - f->offset)
        return TRAWL_OK;
    p = pending_find(r, key, err);
    if (!p)
        return TRAWL_E_NOMEM;
    if (!room((void **)&p->rows, p->n_rows, &p->rows_capacity, sizeof(*p->rows)) ||
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
        pending_free(old);
    }
    return TRAWL_OK;
}
