/* A hash map from 64-bit keys to 32-bit values, seeded: keys come from the wire.
 * Knows nothing of what they mean. */
#ifndef CONN_MAP_H
#define CONN_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map {
    uint64_t *keys;
    uint32_t *values;   /* + 1; 0: free */
    size_t n, capacity; /* capacity: 0 or a power of two */
    uint64_t seed;
};

enum { MAP_NONE = 0xffffffffu };

/** @return the value, or MAP_NONE */
uint32_t map_find(const struct map *map, uint64_t key);
/** Set the value (below MAP_NONE - 1) of a key. @return 1, or 0 without memory (map unchanged). */
int map_set(struct map *map, uint64_t key, uint32_t value);
void map_fini(struct map *map);

/**
 * Room for one more item in an array of items of `size` bytes.
 * @return 1 with *items and *capacity grown where needed, or 0 without memory (both unchanged)
 */
int room_for(void **items, size_t n, size_t *capacity, size_t size);

#endif
