/* The inside of dictionaries, for the files of this room that walk them.
 * Must not be included outside core/table. */
#ifndef TW_TABLE_DICT_H
#define TW_TABLE_DICT_H

#include <pthread.h>

#include "core/table/column.h"

enum { tw_dict_shards = 32, tw_dict_ranks_kept = 8 };

/* A part of the hash table. A slot is a tag of the value above its code, 0 is free; the tag of an
 * IPv4 address is the address, mixed, so that finding one touches nothing else. Readers need no
 * lock: a slot is written once, and a table that has grown stays readable until the dictionary ends
 * (all old tables together are no larger than the newest). */
struct tw_dict_table {
    struct tw_dict_table *older;
    uint32_t mask; /* number of slots - 1 */
    _Atomic uint64_t slots[];
};

/* A part of the hash table; the lock is for adding. */
struct tw_dict_shard {
    _Atomic(struct tw_dict_table *) table;
    pthread_mutex_t lock;
    uint32_t n_used;
};

struct tw_dict {
    _Atomic uint32_t refs;
    trawl_type type;
    _Atomic uint32_t n_codes;
    pthread_mutex_t append_lock; /* of n_codes, values and offsets while a value is added */
    struct tw_region values;     /* IP: 16 bytes a code; else the text of all, in code order */
    struct tw_region offsets;    /* STRING, BYTES: uint64_t[n_codes + 1] into values */
    struct tw_dict_shard shards[tw_dict_shards];
    pthread_mutex_t ranks_lock;          /* of what follows */
    uint32_t *ranks[tw_dict_ranks_kept]; /* newest first */
    uint32_t n_ranked;
};

/* Of two IPv4 addresses (as their bytes lie in memory) never the same: each step can be undone. */
static inline uint32_t tw_dict_ipv4_tag(uint32_t address, uint64_t seed)
{
    uint32_t x = address ^ (uint32_t)seed;

    x *= (uint32_t)(seed >> 32) | 1;
    x ^= x >> 16;
    x *= UINT32_C(0x7feb352d);
    x ^= x >> 15;
    x *= UINT32_C(0x846ca68b);
    return x ^ x >> 16;
}

static inline uint32_t tw_dict_bytes_tag(const void *value, size_t n)
{
    return (uint32_t)(tw_hash_bytes(value, n, tw_seed()) >> 32);
}

/* High bits of the tag place the shard, low ones the slot. */
static inline uint32_t tw_dict_shard_of(uint32_t tag)
{
    return tag >> 27;
}

static inline uint64_t tw_dict_slot(uint32_t tag, uint32_t code)
{
    return (uint64_t)tag << 32 | code;
}

static inline const uint8_t *tw_dict_address(const struct tw_dict *dict, uint32_t i)
{
    return dict->values.base + (size_t)i * 16;
}

static inline const uint8_t *tw_dict_text(const struct tw_dict *dict, uint32_t code, size_t *ret_n)
{
    const uint64_t *offsets = (const uint64_t *)(const void *)dict->offsets.base;

    *ret_n = (size_t)(offsets[code + 1] - offsets[code]);
    return dict->values.base + offsets[code];
}

/* A table with room for n more values. The shard is locked. NULL: no memory. */
struct tw_dict_table *tw_dict_shard_room(struct tw_dict_shard *shard, uint64_t n);

/* -1, 0, 1: values of two codes in the order of tw_dict_ranks(). */
int tw_dict_compare(const struct tw_dict *dict, uint32_t a, uint32_t b);

/* Fill what a view of a coded column shows of its dictionary. NULL is fine. */
void tw_dict_view(const struct tw_dict *dict, trawl_view *ret);

#endif
