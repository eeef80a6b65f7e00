/* Values to dense codes: addresses, strings and byte strings, each stored once.
 * Must not know columns. */
#include "core/table/dict.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const uint32_t v6_bit = UINT32_C(1) << 31;

/* A value as it is looked for. */
struct probe {
    const uint8_t *value;
    size_t n;
    uint32_t tag;
    uint32_t family; /* v6_bit or 0 */
    uint8_t address[16];
};

static bool is_ip(const struct tw_dict *dict)
{
    return dict->type == TRAWL_IP;
}

/* ---- life ---- */

static uint64_t values_most(const struct tw_dict *dict)
{
    return is_ip(dict) ? (uint64_t)16 << 31 : UINT64_C(1) << 38;
}

struct tw_dict *tw_dict_new(trawl_type type)
{
    struct tw_dict *dict;

    if (!tw_type_is_coded(type))
        TW_BUG("no dictionary for type %d", (int)type);
    dict = tw_alloc(sizeof(*dict));
    if (!dict)
        return NULL;
    atomic_init(&dict->refs, 1);
    atomic_init(&dict->n_codes, 1);
    dict->type = type;
    dict->values = dict->offsets = (struct tw_region)TW_REGION_INIT;
    pthread_mutex_init(&dict->append_lock, NULL);
    pthread_mutex_init(&dict->ranks_lock, NULL);
    for (size_t i = 0; i < tw_dict_shards; i++)
        pthread_mutex_init(&dict->shards[i].lock, NULL);
    if (tw_region_grow(&dict->values, 16, values_most(dict), NULL) != TRAWL_OK ||
        (!is_ip(dict) && tw_region_grow(&dict->offsets, 16, (uint64_t)8 << 32, NULL) != TRAWL_OK)) {
        tw_dict_release(dict);
        return NULL;
    }
    return dict;
}

struct tw_dict *tw_dict_retain(struct tw_dict *dict)
{
    if (dict)
        atomic_fetch_add_explicit(&dict->refs, 1, memory_order_relaxed);
    return dict;
}

void tw_dict_release(struct tw_dict *dict)
{
    if (!dict || atomic_fetch_sub_explicit(&dict->refs, 1, memory_order_acq_rel) != 1)
        return;
    tw_dict_settle(dict);
    for (size_t i = 0; i < tw_dict_shards; i++) {
        tw_free(atomic_load(&dict->shards[i].table));
        pthread_mutex_destroy(&dict->shards[i].lock);
    }
    for (size_t i = 0; i < tw_dict_ranks_kept; i++)
        tw_free(dict->ranks[i]);
    tw_region_fini(&dict->values);
    tw_region_fini(&dict->offsets);
    pthread_mutex_destroy(&dict->append_lock);
    pthread_mutex_destroy(&dict->ranks_lock);
    tw_free(dict);
}

void tw_dict_settle(struct tw_dict *dict)
{
    for (size_t i = 0; i < tw_dict_shards; i++) {
        struct tw_dict_table *table = atomic_load(&dict->shards[i].table);

        while (table && table->older) {
            struct tw_dict_table *older = table->older;

            table->older = older->older;
            tw_free(older);
        }
    }
}

trawl_type tw_dict_type(const struct tw_dict *dict)
{
    return dict->type;
}

uint32_t tw_dict_size(const struct tw_dict *dict)
{
    return atomic_load_explicit(&dict->n_codes, memory_order_acquire);
}

/* ---- looking up ---- */

static bool probe_init(struct probe *probe, const struct tw_dict *dict, const void *value, size_t n)
{
    probe->value = value;
    probe->n = n;
    probe->family = 0;
    if (!is_ip(dict)) {
        probe->tag = tw_dict_bytes_tag(value, n);
        return true;
    }
    if (n != 4 && n != 16)
        return false;
    if (n == 4) {
        memcpy(probe->address, mapped_prefix, 12);
        memcpy(probe->address + 12, value, 4);
        probe->tag = tw_dict_ipv4_tag(tw_le32(value), tw_seed());
    } else {
        memcpy(probe->address, value, 16);
        probe->family = v6_bit;
        probe->tag = tw_dict_bytes_tag(value, 16);
    }
    probe->value = probe->address;
    probe->n = 16;
    return true;
}

static struct tw_dict_shard *shard_of(const struct tw_dict *dict, uint32_t tag)
{
    return (struct tw_dict_shard *)&dict->shards[tw_dict_shard_of(tag)];
}

/* The slot's tag is the probe's already. */
static bool has_value(const struct tw_dict *dict, uint32_t code, const struct probe *probe)
{
    const uint8_t *value;
    size_t n;

    if (is_ip(dict))
        return (code & v6_bit) == probe->family &&
               (!probe->family ||
                memcmp(tw_dict_address(dict, code & ~v6_bit), probe->value, 16) == 0);
    value = tw_dict_text(dict, code, &n);
    return n == probe->n && (n == 0 || memcmp(value, probe->value, n) == 0);
}

/* Code of the value in a table, or 0 with the free slot where it belongs. No lock. */
static uint32_t table_find(const struct tw_dict *dict, struct tw_dict_table *table,
                           const struct probe *probe, uint32_t *ret_free)
{
    uint32_t i = probe->tag & table->mask;

    for (;; i = (i + 1) & table->mask) {
        const uint64_t slot = atomic_load_explicit(&table->slots[i], memory_order_acquire);

        if (slot == 0)
            break;
        if (slot >> 32 == probe->tag && has_value(dict, (uint32_t)slot, probe))
            return (uint32_t)slot;
    }
    *ret_free = i;
    return 0;
}

static uint32_t probe_find(const struct tw_dict *dict, const struct probe *probe)
{
    struct tw_dict_table *table = atomic_load_explicit(&shard_of(dict, probe->tag)->table,
                                                       memory_order_acquire);
    uint32_t free_slot;

    return table ? table_find(dict, table, probe, &free_slot) : 0;
}

uint32_t tw_dict_find(const struct tw_dict *dict, const void *value, size_t n)
{
    struct probe probe;

    return probe_init(&probe, dict, value, n) ? probe_find(dict, &probe) : 0;
}

/* ---- inserting ---- */

struct tw_dict_table *tw_dict_shard_room(struct tw_dict_shard *shard, uint64_t n)
{
    struct tw_dict_table *old = atomic_load_explicit(&shard->table, memory_order_relaxed);
    struct tw_dict_table *table;
    uint64_t n_slots = old ? ((uint64_t)old->mask + 1) * 2 : 8;
    size_t n_bytes;

    if (old && ((uint64_t)shard->n_used + n) * 4 <= ((uint64_t)old->mask + 1) * 3)
        return old;
    while (n_slots * 3 < ((uint64_t)shard->n_used + n) * 4)
        n_slots *= 2;
    if (n_slots > UINT32_MAX || !tw_mul_size((size_t)n_slots, sizeof(uint64_t), &n_bytes) ||
        !tw_add_size(n_bytes, sizeof(*table), &n_bytes))
        return NULL;
    table = tw_alloc(n_bytes);
    if (!table)
        return NULL;
    table->older = old;
    table->mask = (uint32_t)(n_slots - 1);
    for (uint64_t i = 0; old && i <= old->mask; i++) {
        const uint64_t slot = atomic_load_explicit(&old->slots[i], memory_order_relaxed);
        uint32_t k = (uint32_t)(slot >> 32) & table->mask;

        if (slot == 0)
            continue;
        while (atomic_load_explicit(&table->slots[k], memory_order_relaxed) != 0)
            k = (k + 1) & table->mask;
        atomic_store_explicit(&table->slots[k], slot, memory_order_relaxed);
    }
    atomic_store_explicit(&shard->table, table, memory_order_release);
    return table;
}

/* Store the value under the next code. */
static int append_value(struct tw_dict *dict, const struct probe *probe, uint32_t *ret,
                        trawl_error *err)
{
    uint32_t code;
    uint64_t end;
    uint64_t *offsets;
    int rc = TRAWL_OK;

    pthread_mutex_lock(&dict->append_lock);
    code = atomic_load_explicit(&dict->n_codes, memory_order_relaxed);
    if (code >= (is_ip(dict) ? UINT32_MAX >> 1 : UINT32_MAX - 1)) {
        rc = tw_fail(err, TRAWL_E_NOMEM, "out of memory: too many distinct values");
        goto out;
    }
    if (is_ip(dict)) {
        rc = tw_region_grow(&dict->values, ((uint64_t)code + 1) * 16, 0, err);
        if (rc != TRAWL_OK)
            goto out;
        memcpy(dict->values.base + (size_t)code * 16, probe->value, 16);
    } else {
        rc = tw_region_grow(&dict->offsets, ((uint64_t)code + 2) * 8, 0, err);
        if (rc != TRAWL_OK)
            goto out;
        offsets = (uint64_t *)(void *)dict->offsets.base;
        end = offsets[code] + probe->n;
        rc = tw_region_grow(&dict->values, end, 0, err);
        if (rc != TRAWL_OK)
            goto out;
        if (probe->n > 0)
            memcpy(dict->values.base + offsets[code], probe->value, probe->n);
        offsets[code + 1] = end;
    }
    *ret = code;
    atomic_store_explicit(&dict->n_codes, code + 1, memory_order_release);
out:
    pthread_mutex_unlock(&dict->append_lock);
    return rc;
}

static uint32_t insert(struct tw_dict *dict, const struct probe *probe, trawl_error *err)
{
    struct tw_dict_shard *shard = shard_of(dict, probe->tag);
    struct tw_dict_table *table;
    uint32_t code = 0, slot = 0;

    pthread_mutex_lock(&shard->lock);
    table = tw_dict_shard_room(shard, 1);
    if (!table) {
        tw_fail_nomem(err);
        goto out;
    }
    code = table_find(dict, table, probe, &slot); /* another thread may have been first */
    if (code != 0 || append_value(dict, probe, &code, err) != TRAWL_OK)
        goto out;
    code |= probe->family;
    atomic_store_explicit(&table->slots[slot], tw_dict_slot(probe->tag, code),
                          memory_order_release);
    shard->n_used++;
out:
    pthread_mutex_unlock(&shard->lock);
    return code;
}

uint32_t tw_dict_code(struct tw_dict *dict, const void *value, size_t n, trawl_error *err)
{
    struct probe probe;
    uint32_t code;

    if (!probe_init(&probe, dict, value, n)) {
        tw_fail(err, TRAWL_E_PLUGIN, "an address has 4 or 16 bytes, not %zu", n);
        return 0;
    }
    code = probe_find(dict, &probe);
    return code ? code : insert(dict, &probe, err);
}

/* The same as probe_find() for an IPv4 address: tag and family tell it from all others. */
static inline uint32_t find_ipv4(const struct tw_dict_table *table, uint32_t tag)
{
    for (uint32_t i = tag & table->mask;; i = (i + 1) & table->mask) {
        const uint64_t slot = atomic_load_explicit(&table->slots[i], memory_order_acquire);

        if (slot == 0)
            return 0;
        if (slot >> 32 == tag && !((uint32_t)slot & v6_bit))
            return (uint32_t)slot;
    }
}

int tw_dict_codes_ipv4(struct tw_dict *dict, uint32_t *addresses, size_t n, trawl_error *err)
{
    enum { BATCH = 64 };
    const struct tw_dict_table *tables[BATCH];
    const uint64_t seed = tw_seed();
    uint32_t tags[BATCH];

    for (size_t start = 0; start < n; start += BATCH) {
        const size_t m = TW_MIN(n - start, (size_t)BATCH);
        uint32_t *cells = addresses + start;

        for (size_t j = 0; j < m; j++) {
            tags[j] = tw_dict_ipv4_tag(cells[j], seed);
            tables[j] = atomic_load_explicit(&shard_of(dict, tags[j])->table, memory_order_acquire);
            if (tables[j])
                __builtin_prefetch(&tables[j]->slots[tags[j] & tables[j]->mask]);
        }
        for (size_t j = 0; j < m; j++) {
            uint32_t code = tables[j] ? find_ipv4(tables[j], tags[j]) : 0;

            if (TW_UNLIKELY(!code)) {
                struct probe probe;

                probe_init(&probe, dict, &cells[j], 4);
                code = insert(dict, &probe, err);
            }
            if (!code)
                return TRAWL_E_NOMEM;
            cells[j] = code;
        }
    }
    return TRAWL_OK;
}

uint32_t tw_dict_code_cached(struct tw_dict *dict, struct tw_dict_cache *cache, const void *value,
                             size_t n, trawl_error *err)
{
    uint64_t a, b = 0;
    size_t i;
    uint32_t code;

    if (n == 4) {
        a = tw_le32(value);
    } else if (n == 16) {
        a = tw_le64(value);
        b = tw_le64((const uint8_t *)value + 8);
    } else {
        return tw_dict_code(dict, value, n, err);
    }
    i = (size_t)((a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93) >> 54);
    if (TW_LIKELY(cache->slots[i].n == n && memcmp(cache->slots[i].key, value, n) == 0))
        return cache->slots[i].code;
    code = tw_dict_code(dict, value, n, err);
    if (code != 0) {
        memcpy(cache->slots[i].key, value, n);
        cache->slots[i].n = (uint32_t)n;
        cache->slots[i].code = code;
    }
    return code;
}

/* ---- values ---- */

const uint8_t *tw_dict_bytes(const struct tw_dict *dict, uint32_t code, size_t *ret_n)
{
    return tw_dict_text(dict, code, ret_n);
}

struct tw_ip tw_dict_ip(const struct tw_dict *dict, uint32_t code)
{
    struct tw_ip ip;

    memcpy(ip.bytes, tw_dict_address(dict, code & ~v6_bit), 16);
    ip.is_v6 = (code & v6_bit) != 0;
    return ip;
}

int tw_dict_compare(const struct tw_dict *dict, uint32_t a, uint32_t b)
{
    const uint8_t *p, *q;
    size_t n, m;
    int order;

    if (a == b)
        return 0;
    if (is_ip(dict)) {
        if ((a & v6_bit) != (b & v6_bit))
            return a & v6_bit ? 1 : -1;
        order = memcmp(tw_dict_address(dict, a & ~v6_bit), tw_dict_address(dict, b & ~v6_bit), 16);
        return order < 0 ? -1 : order > 0;
    }
    p = tw_dict_text(dict, a, &n);
    q = tw_dict_text(dict, b, &m);
    order = TW_MIN(n, m) > 0 ? memcmp(p, q, TW_MIN(n, m)) : 0;
    if (order == 0)
        return n < m ? -1 : n > m;
    return order < 0 ? -1 : 1;
}

uint64_t *tw_dict_families(struct tw_dict *dict, uint32_t n_codes)
{
    uint64_t *bits = tw_alloc_array((size_t)n_codes / 64 + 1, sizeof(*bits));

    if (!bits)
        return NULL;
    for (size_t s = 0; s < tw_dict_shards; s++) {
        struct tw_dict_table *table = atomic_load_explicit(&dict->shards[s].table,
                                                           memory_order_acquire);

        for (uint64_t i = 0; table && i <= table->mask; i++) {
            const uint64_t slot = atomic_load_explicit(&table->slots[i], memory_order_relaxed);
            const uint32_t code = (uint32_t)slot & ~v6_bit;

            if ((slot & v6_bit) && code < n_codes)
                bits[code / 64] |= UINT64_C(1) << (code % 64);
        }
    }
    return bits;
}

void tw_dict_view(const struct tw_dict *dict, trawl_view *ret)
{
    if (!dict)
        return;
    ret->n_codes = tw_dict_size(dict);
    if (is_ip(dict)) {
        ret->addresses = (const uint8_t(*)[16])(const void *)dict->values.base;
        return;
    }
    ret->text_offsets = (const uint64_t *)(const void *)dict->offsets.base;
    ret->text = dict->values.base;
}
