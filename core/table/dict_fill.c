/* A dictionary's values many at once: as they were stored, on all threads and without its locks, or
 * new ones under locks that are taken once. Must not know where they come from. */
#include "core/table/dict.h"

enum { CHUNK = 1 << 15 };
static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};
static const uint32_t v6_bit = UINT32_C(1) << 31;

struct filling {
    struct tw_dict *dict;
    const struct tw_dict_values *values;
    uint32_t n_codes;
    uint64_t *slots;                    /* by code */
    uint64_t *sorted;                   /* by shard, then by code */
    uint32_t (*starts)[tw_dict_shards]; /* of each chunk in `sorted`, first the numbers */
    uint64_t shard_start[tw_dict_shards + 1];
};

static int bad(trawl_error *err)
{
    return tw_fail(err, TRAWL_E_DATA, "a value is out of range");
}

static bool is_v6(const struct filling *f, uint32_t code)
{
    return f->values->families[code / 64] >> (code % 64) & 1;
}

/* Copy the chunk's values, find their tags, count them by shard. */
static int take_addresses(const struct filling *f, uint32_t from, uint32_t to, trawl_error *err)
{
    const uint64_t seed = tw_seed();

    memcpy(f->dict->values.base + (size_t)from * 16, f->values->addresses[from],
           (size_t)(to - from) * 16);
    for (uint32_t i = from; i < to; i++) {
        const uint8_t *p = f->values->addresses[i];

        if (is_v6(f, i))
            f->slots[i] = tw_dict_slot(tw_dict_bytes_tag(p, 16), i | v6_bit);
        else if (memcmp(p, mapped_prefix, sizeof(mapped_prefix)) == 0)
            f->slots[i] = tw_dict_slot(tw_dict_ipv4_tag(tw_le32(p + 12), seed), i);
        else
            return bad(err);
    }
    return TRAWL_OK;
}

static void take_texts(const struct filling *f, uint32_t from, uint32_t to)
{
    const uint64_t *ends = f->values->ends, start = ends[from - 1];
    uint64_t *offsets = (uint64_t *)(void *)f->dict->offsets.base;

    if (ends[to - 1] > start)
        memcpy(f->dict->values.base + start, f->values->text + start,
               (size_t)(ends[to - 1] - start));
    for (uint32_t i = from; i < to; i++) {
        offsets[i + 1] = ends[i];
        f->slots[i] = tw_dict_slot(
            tw_dict_bytes_tag(f->values->text + ends[i - 1], (size_t)(ends[i] - ends[i - 1])), i);
    }
}

static int take_chunk(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct filling *f = context;
    const uint32_t from = TW_MAX((uint32_t)i * CHUNK, 1u);
    const uint32_t to = (uint32_t)TW_MIN((i + 1) * CHUNK, (uint64_t)f->n_codes);
    int rc = TRAWL_OK;

    (void)i_thread;
    if (f->dict->type == TRAWL_IP)
        rc = take_addresses(f, from, to, err);
    else
        take_texts(f, from, to);
    for (uint32_t c = from; rc == TRAWL_OK && c < to; c++)
        f->starts[i][tw_dict_shard_of((uint32_t)(f->slots[c] >> 32))]++;
    return rc;
}

/* Numbers to places. */
static void place_chunks(struct filling *f, uint64_t n_chunks)
{
    uint32_t at = 0;

    for (size_t s = 0; s < tw_dict_shards; s++) {
        f->shard_start[s] = at;
        for (uint64_t i = 0; i < n_chunks; i++) {
            const uint32_t n = f->starts[i][s];

            f->starts[i][s] = at;
            at += n;
        }
    }
    f->shard_start[tw_dict_shards] = at;
}

static int sort_chunk(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct filling *f = context;
    const uint64_t from = TW_MAX(i * CHUNK, UINT64_C(1));
    const uint64_t to = TW_MIN((i + 1) * CHUNK, (uint64_t)f->n_codes);

    (void)i_thread;
    (void)err;
    for (uint64_t c = from; c < to; c++)
        f->sorted[f->starts[i][tw_dict_shard_of((uint32_t)(f->slots[c] >> 32))]++] = f->slots[c];
    return TRAWL_OK;
}

/* Two codes of one tag. That of an IPv4 address is the address. */
static bool is_same_value(const struct tw_dict *dict, uint32_t a, uint32_t b)
{
    const uint8_t *p, *q;
    size_t n, m;

    if (dict->type == TRAWL_IP)
        return (a & v6_bit) == (b & v6_bit) &&
               (!(a & v6_bit) || memcmp(tw_dict_address(dict, a & ~v6_bit),
                                        tw_dict_address(dict, b & ~v6_bit), 16) == 0);
    p = tw_dict_text(dict, a, &n);
    q = tw_dict_text(dict, b, &m);
    return n == m && (n == 0 || memcmp(p, q, n) == 0);
}

static int make_shard(void *context, uint64_t s, unsigned i_thread, trawl_error *err)
{
    const struct filling *f = context;
    const uint64_t n = f->shard_start[s + 1] - f->shard_start[s];
    struct tw_dict_table *table;
    uint64_t n_slots = 8;
    size_t n_bytes;

    (void)i_thread;
    while (n_slots * 3 < (n + 1) * 4)
        n_slots *= 2;
    if (n_slots > UINT32_MAX || !tw_mul_size((size_t)n_slots, sizeof(uint64_t), &n_bytes) ||
        !tw_add_size(n_bytes, sizeof(*table), &n_bytes) || !(table = tw_alloc(n_bytes)))
        return tw_fail_nomem(err);
    table->mask = (uint32_t)(n_slots - 1);
    atomic_store(&f->dict->shards[s].table, table); /* freed with the dictionary */
    f->dict->shards[s].n_used = (uint32_t)n;
    for (uint64_t k = f->shard_start[s]; k < f->shard_start[s + 1]; k++) {
        const uint64_t mine = f->sorted[k];
        uint32_t at = (uint32_t)(mine >> 32) & table->mask;

        for (uint64_t slot;
             (slot = atomic_load_explicit(&table->slots[at], memory_order_relaxed)) != 0;
             at = (at + 1) & table->mask)
            if (slot >> 32 == mine >> 32 && is_same_value(f->dict, (uint32_t)slot, (uint32_t)mine))
                return bad(err);
        atomic_store_explicit(&table->slots[at], mine, memory_order_relaxed);
    }
    return TRAWL_OK;
}

static int make_room(const struct filling *f, trawl_error *err)
{
    struct tw_dict *dict = f->dict;
    int rc;

    if (dict->type == TRAWL_IP)
        return tw_region_grow(&dict->values, (uint64_t)f->n_codes * 16, 0, err);
    rc = tw_region_grow(&dict->offsets, ((uint64_t)f->n_codes + 1) * 8, 0, err);
    return rc == TRAWL_OK ? tw_region_grow(&dict->values, f->values->ends[f->n_codes - 1], 0, err)
                          : rc;
}

int tw_dict_fill(struct tw_dict *dict, const struct tw_dict_values *values, uint32_t n_codes,
                 trawl_error *err)
{
    const uint64_t n_chunks = ((uint64_t)n_codes + CHUNK - 1) / CHUNK;
    struct filling f = {.dict = dict, .values = values, .n_codes = n_codes};
    int rc;

    if (tw_dict_size(dict) != 1)
        TW_BUG("a dictionary with values is filled");
    if (n_codes == 0 || n_codes >= UINT32_MAX >> 1)
        return bad(err);
    f.slots = tw_alloc_array(n_codes, sizeof(*f.slots));
    f.sorted = tw_alloc_array(n_codes, sizeof(*f.sorted));
    f.starts = tw_alloc_array((size_t)n_chunks, sizeof(*f.starts));
    rc = f.slots && f.sorted && f.starts ? make_room(&f, err) : tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run(n_chunks, take_chunk, &f, err);
    if (rc == TRAWL_OK) {
        place_chunks(&f, n_chunks);
        rc = tw_pool_run(n_chunks, sort_chunk, &f, err);
    }
    if (rc == TRAWL_OK)
        rc = tw_pool_run(tw_dict_shards, make_shard, &f, err);
    if (rc == TRAWL_OK)
        atomic_store_explicit(&dict->n_codes, n_codes, memory_order_release);
    tw_free(f.slots);
    tw_free(f.sorted);
    tw_free(f.starts);
    return rc;
}

/* ---- more texts ---- */

static void lock_all(struct tw_dict *dict)
{
    for (size_t s = 0; s < tw_dict_shards;
         s++) /* as tw_dict_code(): a shard's lock, then this one */
        pthread_mutex_lock(&dict->shards[s].lock);
    pthread_mutex_lock(&dict->append_lock);
}

static void unlock_all(struct tw_dict *dict)
{
    pthread_mutex_unlock(&dict->append_lock);
    for (size_t s = 0; s < tw_dict_shards; s++)
        pthread_mutex_unlock(&dict->shards[s].lock);
}

/* The code of a text, whose tag is there already. Everything is locked, and values has room. */
static int add_text(struct tw_dict *dict, uint32_t tag, const uint8_t *text, size_t n,
                    uint32_t *ret, trawl_error *err)
{
    struct tw_dict_shard *shard = &dict->shards[tw_dict_shard_of(tag)];
    struct tw_dict_table *table = tw_dict_shard_room(shard, 1);
    uint64_t *offsets = (uint64_t *)(void *)dict->offsets.base;
    const uint32_t code = atomic_load_explicit(&dict->n_codes, memory_order_relaxed);
    uint64_t slot;
    uint32_t at;

    if (!table)
        return tw_fail_nomem(err);
    for (at = tag & table->mask;
         (slot = atomic_load_explicit(&table->slots[at], memory_order_relaxed)) != 0;
         at = (at + 1) & table->mask) {
        size_t n_there;
        const uint8_t *there = slot >> 32 == tag ? tw_dict_text(dict, (uint32_t)slot, &n_there)
                                                 : NULL;

        if (there && n_there == n && (n == 0 || memcmp(there, text, n) == 0)) {
            *ret = (uint32_t)slot;
            return TRAWL_OK;
        }
    }
    if (n)
        memcpy(dict->values.base + offsets[code], text, n);
    offsets[code + 1] = offsets[code] + n;
    atomic_store_explicit(&dict->n_codes, code + 1, memory_order_release);
    atomic_store_explicit(&table->slots[at], tw_dict_slot(tag, code), memory_order_release);
    shard->n_used++;
    *ret = code;
    return TRAWL_OK;
}

/* Few texts, of which some may be there: a lock for each that is not. */
static int code_few(struct tw_dict *dict, const uint8_t *text, const uint64_t *offsets, size_t n,
                    uint32_t *ret, trawl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        ret[i] = tw_dict_code(dict, text + offsets[i], (size_t)(offsets[i + 1] - offsets[i]), err);
        if (!ret[i])
            return TRAWL_E_NOMEM;
    }
    return TRAWL_OK;
}

/* Tables that need not grow while so many texts are added. All locked. */
static int make_tables(struct tw_dict *dict, size_t n, trawl_error *err)
{
    for (size_t s = 0; s < tw_dict_shards; s++)
        if (!tw_dict_shard_room(&dict->shards[s], n / tw_dict_shards + 1))
            return tw_fail_nomem(err);
    return TRAWL_OK;
}

int tw_dict_codes_texts(struct tw_dict *dict, const uint8_t *text, const uint64_t *offsets,
                        size_t n, uint32_t *ret, trawl_error *err)
{
    enum { AHEAD = 8, FEW = tw_dict_shards };
    const uint64_t n_bytes = n ? offsets[n] - offsets[0] : 0;
    uint64_t n_codes;
    int rc;

    if (dict->type == TRAWL_IP)
        TW_BUG("addresses are no texts");
    if (n <= FEW)
        return code_few(dict, text, offsets, n, ret, err);
    for (size_t i = 0; i < n; i++)
        ret[i] = tw_dict_bytes_tag(text + offsets[i], (size_t)(offsets[i + 1] - offsets[i]));
    lock_all(dict);
    n_codes = atomic_load_explicit(&dict->n_codes, memory_order_relaxed);
    rc = n_codes + n >= UINT32_MAX
             ? tw_fail(err, TRAWL_E_NOMEM, "out of memory: too many distinct values")
             : tw_region_grow(&dict->offsets, (n_codes + n + 1) * 8, 0, err);
    if (rc == TRAWL_OK)
        rc = tw_region_grow(&dict->values,
                            ((const uint64_t *)(void *)dict->offsets.base)[n_codes] + n_bytes, 0,
                            err);
    if (rc == TRAWL_OK)
        rc = make_tables(dict, n, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        if (i + AHEAD < n) {
            const struct tw_dict_table *next = atomic_load_explicit(
                &dict->shards[tw_dict_shard_of(ret[i + AHEAD])].table, memory_order_relaxed);

            if (next)
                __builtin_prefetch(&next->slots[ret[i + AHEAD] & next->mask]);
        }
        rc = add_text(dict, ret[i], text + offsets[i], (size_t)(offsets[i + 1] - offsets[i]),
                      &ret[i], err);
    }
    unlock_all(dict);
    return rc;
}
