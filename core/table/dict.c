/* Values to dense codes: addresses, strings and byte strings, each stored once.
 * Must not know columns. */
#include "core/table/dict.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const uint32_t v6_bit = UINT32_C(1) << 31;

/* A value as it is looked for. */
struct probe {
    const uint8_t *value;
    size_t n;
    uint64_t hash;
    uint8_t address[16];
    uint32_t family; /* v6_bit or 0 */
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
        (!is_ip(dict) &&
         tw_region_grow(&dict->offsets, 16, (uint64_t)8 << 32, NULL) != TRAWL_OK)) {
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
    for (size_t i = 0; i < tw_dict_shards; i++) {
        tw_free(dict->shards[i].slots);
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
    uint64_t seed = tw_seed();

    probe->value = value;
    probe->n = n;
    probe->family = 0;
    if (is_ip(dict)) {
        if (n != 4 && n != 16)
            return false;
        if (n == 4) {
            memcpy(probe->address, mapped_prefix, 12);
            memcpy(probe->address + 12, value, 4);
        } else {
            memcpy(probe->address, value, 16);
            probe->family = v6_bit;
            seed = ~seed;
        }
        probe->value = probe->address;
        probe->n = 16;
    }
    probe->hash = tw_hash_bytes(probe->value, probe->n, seed);
    return true;
}

static uint32_t tag_of(const struct tw_dict *dict, const struct probe *probe)
{
    uint32_t tag = (uint32_t)(probe->hash >> 26);

    return is_ip(dict) ? (tag & ~v6_bit) | probe->family : tag;
}

static struct tw_dict_shard *shard_of(const struct tw_dict *dict, uint64_t hash)
{
    return (struct tw_dict_shard *)&dict->shards[hash >> 58];
}

static bool has_value(const struct tw_dict *dict, uint32_t code, const struct probe *probe)
{
    const uint8_t *value;
    size_t n;

    if (is_ip(dict))
        return memcmp(tw_dict_address(dict, code), probe->value, 16) == 0;
    value = tw_dict_text(dict, code, &n);
    return n == probe->n && (n == 0 || memcmp(value, probe->value, n) == 0);
}

static uint32_t low_bits(unsigned n)
{
    return n >= 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1;
}

/* The slot of the value or the free one where it belongs. The shard is locked and has slots. */
static uint32_t *shard_slot(const struct tw_dict *dict, const struct tw_dict_shard *shard,
                            const struct probe *probe)
{
    uint32_t code_mask = low_bits(shard->code_bits);
    uint32_t tag = tag_of(dict, probe) & ~code_mask;
    uint32_t mask = shard->n_slots - 1;
    uint32_t i = (uint32_t)probe->hash & mask;

    while (shard->slots[i] != 0) {
        uint32_t slot = shard->slots[i];

        if ((slot & ~code_mask) == tag && has_value(dict, slot & code_mask, probe))
            break;
        i = (i + 1) & mask;
    }
    return &shard->slots[i];
}

/* Code of a slot as callers see it. */
static uint32_t slot_code(const struct tw_dict *dict, const struct tw_dict_shard *shard,
                          uint32_t slot)
{
    uint32_t code = slot & low_bits(shard->code_bits);

    return is_ip(dict) ? code | (slot & v6_bit) : code;
}

uint32_t tw_dict_find(const struct tw_dict *dict, const void *value, size_t n)
{
    struct probe probe;
    struct tw_dict_shard *shard;
    uint32_t code = 0;

    if (!probe_init(&probe, dict, value, n))
        return 0;
    shard = shard_of(dict, probe.hash);
    pthread_mutex_lock(&shard->lock);
    if (shard->n_slots > 0)
        code = slot_code(dict, shard, *shard_slot(dict, shard, &probe));
    pthread_mutex_unlock(&shard->lock);
    return code;
}

/* ---- inserting ---- */

static unsigned bits_for(uint64_t n)
{
    return n <= 1 ? 1 : 64 - (unsigned)__builtin_clzll(n - 1);
}

/* Make room for one more value and for codes below n_codes. The shard is locked. */
static int shard_rebuild(const struct tw_dict *dict, struct tw_dict_shard *shard, uint64_t n_codes)
{
    struct tw_dict_shard old = *shard;
    uint32_t n_slots = old.n_slots ? old.n_slots : 8;
    uint64_t expected;
    uint32_t *slots;

    if ((uint64_t)(old.n_used + 1) * 5 > (uint64_t)n_slots * 4) {
        if (n_slots > UINT32_MAX / 2)
            return TRAWL_E_NOMEM;
        n_slots *= 2;
    }
    slots = tw_alloc_array(n_slots, sizeof(*slots));
    if (!slots)
        return TRAWL_E_NOMEM;
    expected = TW_MAX(n_codes, (uint64_t)n_slots * tw_dict_shards);
    shard->slots = slots;
    shard->n_slots = n_slots;
    shard->code_bits = TW_MIN(bits_for(expected), is_ip(dict) ? 31U : 32U);
    for (uint32_t i = 0; i < old.n_slots; i++) {
        struct probe probe;
        uint32_t code, *slot;
        const uint8_t *value;
        size_t n = 16;

        if (old.slots[i] == 0)
            continue;
        code = old.slots[i] & low_bits(old.code_bits);
        value = is_ip(dict) ? tw_dict_address(dict, code) : tw_dict_text(dict, code, &n);
        if (is_ip(dict) && !(old.slots[i] & v6_bit)) {
            value += 12;
            n = 4;
        }
        if (!probe_init(&probe, dict, value, n))
            continue;
        /* All values differ: the first free slot is the right one. */
        slot = &slots[(uint32_t)probe.hash & (n_slots - 1)];
        while (*slot != 0)
            slot = slot + 1 == slots + n_slots ? slots : slot + 1;
        *slot = (tag_of(dict, &probe) & ~low_bits(shard->code_bits)) | code;
    }
    tw_free(old.slots);
    return TRAWL_OK;
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

uint32_t tw_dict_code(struct tw_dict *dict, const void *value, size_t n, trawl_error *err)
{
    struct probe probe;
    struct tw_dict_shard *shard;
    uint32_t code = 0, new_code = 0;
    uint32_t *slot;

    if (!probe_init(&probe, dict, value, n)) {
        tw_fail(err, TRAWL_E_PLUGIN, "an address has 4 or 16 bytes, not %zu", n);
        return 0;
    }
    shard = shard_of(dict, probe.hash);
    pthread_mutex_lock(&shard->lock);
    if (shard->n_slots > 0)
        code = slot_code(dict, shard, *shard_slot(dict, shard, &probe));
    if (code != 0)
        goto out;
    if (((uint64_t)shard->n_used + 1) * 5 > (uint64_t)shard->n_slots * 4 &&
        shard_rebuild(dict, shard, 0) != TRAWL_OK) {
        tw_fail_nomem(err);
        goto out;
    }
    if (append_value(dict, &probe, &new_code, err) != TRAWL_OK)
        goto out;
    if (new_code > low_bits(shard->code_bits) &&
        shard_rebuild(dict, shard, (uint64_t)new_code * 2) != TRAWL_OK) {
        tw_fail_nomem(err); /* the value stays stored and is not found: wasted, not wrong */
        goto out;
    }
    slot = shard_slot(dict, shard, &probe);
    *slot = (tag_of(dict, &probe) & ~low_bits(shard->code_bits)) | new_code;
    shard->n_used++;
    code = new_code | probe.family;
out:
    pthread_mutex_unlock(&shard->lock);
    return code;
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
        struct tw_dict_shard *shard = &dict->shards[s];

        pthread_mutex_lock(&shard->lock);
        for (uint32_t i = 0; i < shard->n_slots; i++) {
            uint32_t code = shard->slots[i] & low_bits(shard->code_bits);

            if ((shard->slots[i] & v6_bit) && code < n_codes)
                bits[code / 64] |= UINT64_C(1) << (code % 64);
        }
        pthread_mutex_unlock(&shard->lock);
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
