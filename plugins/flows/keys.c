/* A hash table that is asked in batches, so that its cache misses overlap.
 * Knows nothing of flows. */
#include "keys.h"

/* Equal for the two directions. */
struct flow_key {
    uint64_t low, high;
};

static struct flow_key key_of(const struct input *in, uint64_t row)
{
    const unsigned proto = input_proto(in, row);
    uint64_t a = (uint64_t)input_u32(&in->src, row) << 16;
    uint64_t b = (uint64_t)input_u32(&in->dst, row) << 16;

    if (input_has_ports(proto)) {
        a |= input_port(&in->sport, row);
        b |= input_port(&in->dport, row);
    }
    if (a > b) {
        const uint64_t t = a;

        a = b;
        b = t;
    }
    return (struct flow_key){a | (uint64_t)proto << 48 | (uint64_t)input_tunnel(in, row) << 56,
                             b | (uint64_t)input_vlan(in, row) << 48};
}

static uint64_t hash_of(const struct keys *k, struct flow_key key)
{
    uint64_t x = (key.low ^ k->seed) * 0x9e3779b97f4a7c15u;

    x = ((x ^ x >> 32) + key.high) * 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return x * 0xd6e8feb86659fd93u;
}

static size_t home_of(const struct keys *k, uint64_t hash)
{
    return (size_t)(hash >> 20) & (k->n_slots - 1);
}

/* The slot of a key, or the free one where it belongs. */
static size_t probe(const struct keys *k, struct flow_key key, uint64_t hash)
{
    size_t i = home_of(k, hash);

    while (k->slots[i]) {
        if (k->slots[i] >> 32 == hash >> 32) {
            const struct flow_key *other = &k->items[(uint32_t)k->slots[i] - 1];

            if (other->low == key.low && other->high == key.high)
                return i;
        }
        i = (i + 1) & (k->n_slots - 1);
    }
    return i;
}

static int grow_slots(struct keys *k)
{
    const size_t n_slots = k->n_slots * 2;
    uint64_t *slots = host->alloc(n_slots * sizeof(*slots));

    if (!slots)
        return 0;
    host->free(k->slots);
    k->slots = slots;
    k->n_slots = n_slots;
    for (size_t i = 0; i < k->n; i++) {
        const uint64_t hash = hash_of(k, k->items[i]);
        size_t at = home_of(k, hash);

        while (slots[at])
            at = (at + 1) & (n_slots - 1);
        slots[at] = hash >> 32 << 32 | (i + 1);
    }
    return 1;
}

static int grow_items(struct keys *k)
{
    const size_t more = k->cap + k->cap / 2 + 1024;
    struct flow_key *items = host->realloc(k->items, more * sizeof(*items));

    if (!items)
        return 0;
    k->items = items;
    k->cap = more;
    return 1;
}

/* Number of a key, new or known. @return FLOWS_NONE: no memory */
static uint32_t number_of(struct keys *k, struct flow_key key, uint64_t hash)
{
    size_t i = probe(k, key, hash);

    if (k->slots[i])
        return (uint32_t)k->slots[i] - 1;
    if (k->n == k->cap && !grow_items(k))
        return FLOWS_NONE;
    if ((k->n + 1) * 4 > k->n_slots * 3) {
        if (!grow_slots(k))
            return FLOWS_NONE;
        i = probe(k, key, hash);
    }
    k->items[k->n++] = key;
    k->slots[i] = hash >> 32 << 32 | k->n;
    return (uint32_t)k->n - 1;
}

int keys_init(struct keys *k, const struct input *input, uint64_t seed)
{
    const uint64_t n_streams = (uint64_t)input->n_streams[0] + input->n_streams[1];
    int ok;

    *k = (struct keys){.input = input, .seed = seed, .n_slots = 1024};
    while (k->n_slots * 3 / 4 < n_streams / input->n_parts)
        k->n_slots *= 2;
    k->slots = host->alloc(k->n_slots * sizeof(*k->slots));
    ok = k->slots != NULL;
    for (int i = 0; i < 2 && ok; i++) {
        k->of_stream[i] = host->alloc(((size_t)input->n_streams[i] + 1) * sizeof(uint32_t));
        ok = k->of_stream[i] != NULL;
    }
    return ok;
}

void keys_fini(struct keys *k)
{
    host->free(k->items);
    host->free(k->slots);
    host->free(k->of_stream[0]);
    host->free(k->of_stream[1]);
    *k = (struct keys){0};
}

int keys_find(struct keys *k, const uint32_t *rows, unsigned n, uint32_t *ret)
{
    const struct input *in = k->input;
    uint32_t *known[KEYS_BATCH];
    struct flow_key keys[KEYS_BATCH];
    uint64_t hashes[KEYS_BATCH];
    unsigned asked[KEYS_BATCH], n_asked = 0;

    for (unsigned i = 0; i < n; i++) {
        known[i] = NULL;
        if (in->rows[rows[i]] & ROW_PLAIN) {
            known[i] = &k->of_stream[input_proto(in, rows[i]) == 17]
                                    [input_u32(&in->stream, rows[i])];
            __builtin_prefetch(known[i]);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        ret[i] = known[i] ? *known[i] - 1 : FLOWS_NONE;
        if (ret[i] != FLOWS_NONE)
            continue;
        keys[n_asked] = key_of(in, rows[i]);
        hashes[n_asked] = hash_of(k, keys[n_asked]);
        __builtin_prefetch(&k->slots[home_of(k, hashes[n_asked])]);
        asked[n_asked++] = i;
    }
    for (unsigned j = 0; j < n_asked; j++) {
        const unsigned i = asked[j];

        ret[i] = number_of(k, keys[j], hashes[j]);
        if (ret[i] == FLOWS_NONE)
            return 0;
        if (known[i])
            *known[i] = ret[i] + 1;
    }
    return 1;
}
