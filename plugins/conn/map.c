/* Open addressing with linear probing, at most three quarters full.
 * Knows nothing of what keys mean. */
#include "map.h"
#include "conn.h"

#include <string.h>
#include <sys/random.h>

static size_t slot_of(const struct map *map, uint64_t key)
{
    uint64_t x = key ^ map->seed;

    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return (size_t)x & (map->capacity - 1);
}

static size_t probe(const struct map *map, uint64_t key)
{
    size_t i = slot_of(map, key);

    while (map->values[i] && map->keys[i] != key)
        i = (i + 1) & (map->capacity - 1);
    return i;
}

uint32_t map_find(const struct map *map, uint64_t key)
{
    return map->capacity ? map->values[probe(map, key)] - 1u : (uint32_t)MAP_NONE;
}

static int map_grow(struct map *map)
{
    struct map bigger = {.capacity = map->capacity ? map->capacity * 2 : 64, .seed = map->seed};

    if (!map->capacity && getrandom(&bigger.seed, sizeof(bigger.seed), GRND_NONBLOCK) < 0)
        bigger.seed = (uint64_t)(uintptr_t)map;
    bigger.keys = host->alloc(bigger.capacity * sizeof(*bigger.keys));
    bigger.values = host->alloc(bigger.capacity * sizeof(*bigger.values));
    if (!bigger.keys || !bigger.values) {
        map_fini(&bigger);
        return 0;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        size_t j;

        if (!map->values[i])
            continue;
        j = probe(&bigger, map->keys[i]);
        bigger.keys[j] = map->keys[i];
        bigger.values[j] = map->values[i];
    }
    bigger.n = map->n;
    map_fini(map);
    *map = bigger;
    return 1;
}

int map_set(struct map *map, uint64_t key, uint32_t value)
{
    size_t i;

    if ((map->n + 1) * 4 > map->capacity * 3 && !map_grow(map))
        return 0;
    i = probe(map, key);
    if (!map->values[i])
        map->n++;
    map->keys[i] = key;
    map->values[i] = value + 1u;
    return 1;
}

void map_fini(struct map *map)
{
    host->free(map->keys);
    host->free(map->values);
    memset(map, 0, sizeof(*map));
}

int room_for(void **items, size_t n, size_t *capacity, size_t size)
{
    size_t more = *capacity ? *capacity * 2 : 64;
    void *p;

    if (n < *capacity)
        return 1;
    if (more > SIZE_MAX / size)
        return 0;
    p = host->realloc(*items, more * size);
    if (!p)
        return 0;
    *items = p;
    *capacity = more;
    return 1;
}
