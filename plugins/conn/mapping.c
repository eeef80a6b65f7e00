/* Mappings lie in one array; windows of 64 KiB of sequence numbers lead to those that touch them.
 * Knows nothing of options or of packets. */
#include "mapping.h"

enum { WINDOW_BITS = 16, MAX_CHAIN = 1024 };

/* Key of the window of a sequence number in the map of mappings. */
static uint64_t window_key(uint32_t i_subflow, unsigned direction, uint32_t seq)
{
    return ((uint64_t)i_subflow * 2 + direction) << WINDOW_BITS | seq >> WINDOW_BITS;
}

/* One of long ago, before the subflow's numbers of 32 bits came around. */
static int is_stale(const struct mapping *map, const struct mapping *newer)
{
    uint64_t distance = newer->dsn - map->dsn;

    return distance + (1u << 31) > UINT32_MAX;
}

const struct mapping *mapping_find(const struct model *m, uint32_t i_subflow, unsigned direction,
                                   uint32_t seq)
{
    const struct mapping *found = NULL;
    uint32_t i = map_find(&m->mappings, window_key(i_subflow, direction, seq));

    for (int n = 0; i != MAP_NONE && n < MAX_CHAIN; n++) {
        const struct mapping *map = &m->maps[i];
        int in_first = map->low >> WINDOW_BITS == seq >> WINDOW_BITS;

        if (seq - map->low < map->length && !(found && is_stale(map, found)))
            found = map;
        i = map->older[in_first ? 0 : 1];
    }
    return found;
}

int mapping_add(struct model *m, uint32_t i_subflow, unsigned direction,
                const struct mapping *mapping)
{
    struct half *half = &m->subflows[i_subflow].half[direction];
    const struct mapping *same = mapping_find(m, i_subflow, direction, mapping->low);
    uint64_t dsn = mapping->dsn, end = dsn + mapping->length;
    uint32_t high = mapping->low + (uint32_t)(mapping->length - 1);
    uint64_t keys[2] = {window_key(i_subflow, direction, mapping->low),
                        window_key(i_subflow, direction, high)};
    struct mapping *map;

    if (!half->has_dsn || (int64_t)(dsn - half->dsn_min) < 0)
        half->dsn_min = dsn;
    if (!half->has_dsn || (int64_t)(end - half->dsn_end) > 0)
        half->dsn_end = end;
    half->has_dsn = 1;
    if (same && same->low == mapping->low && same->length >= mapping->length && same->dsn == dsn)
        return 1;
    if (m->n_maps >= NONE32 - 2 ||
        !room_for((void **)&m->maps, m->n_maps, &m->cap_maps, sizeof(*m->maps)))
        return 0;
    map = &m->maps[m->n_maps];
    *map = *mapping;
    map->older[0] = map_find(&m->mappings, keys[0]);
    map->older[1] = map_find(&m->mappings, keys[1]);
    if (!map_set(&m->mappings, keys[0], (uint32_t)m->n_maps) ||
        (keys[1] != keys[0] && !map_set(&m->mappings, keys[1], (uint32_t)m->n_maps)))
        return 0;
    m->n_maps++;
    return 1;
}
