/* A file's bytes in memory, read-only, shared by whoever counts a reference.
 * Must not know what is stored. */
#include "core/base/map.h"

#include <sys/mman.h>

struct tw_map *tw_map_open(int fd, uint64_t n)
{
    struct tw_map *map = n && n <= SIZE_MAX ? tw_alloc(sizeof(*map)) : NULL;
    void *p;

    if (!map)
        return NULL;
    p = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        tw_free(map);
        return NULL;
    }
    atomic_init(&map->refs, 1);
    map->data = p;
    map->n = n;
    return map;
}

struct tw_map *tw_map_retain(struct tw_map *map)
{
    if (map)
        atomic_fetch_add_explicit(&map->refs, 1, memory_order_relaxed);
    return map;
}

void tw_map_release(struct tw_map *map)
{
    if (!map || atomic_fetch_sub_explicit(&map->refs, 1, memory_order_acq_rel) != 1)
        return;
    munmap((void *)(uintptr_t)map->data, (size_t)map->n);
    tw_free(map);
}
