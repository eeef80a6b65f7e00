/* Mappings lie in one array; a set of ranges for each direction says which of them has a byte.
 * Knows nothing of options or of packets. */
#include "mapping.h"

#define FIRST_PLACE ((uint64_t)1 << 62) /* as far from both ends as a subflow may go on */

enum {
    NEAR = 1 << 30, /* a mapping so far on is taken for the next one at once */
    /* Ranges that a mapping may look at, on average, beyond so many; then it may look at as many.
     */
    PARTS = 64,
    PARTS_FREE = 1 << 16
};

uint64_t mapping_place(const struct model *m, uint32_t i_subflow, unsigned direction, uint32_t seq)
{
    const struct half *half = &m->subflows[i_subflow].half[direction];

    if (!half->has_dsn)
        return FIRST_PLACE | seq;
    return half->place + (uint64_t)(int64_t)(int32_t)(seq - (uint32_t)half->place);
}

const struct mapping *mapping_at(const struct model *m, uint32_t i_subflow, unsigned direction,
                                 uint64_t place)
{
    const struct half *half = &m->subflows[i_subflow].half[direction];
    const struct span *span = spans_find(&m->spans, half->mapped, place, place + 1);

    return span ? &m->maps[span->value] : NULL;
}

const struct mapping *mapping_find(const struct model *m, uint32_t i_subflow, unsigned direction,
                                   uint32_t seq)
{
    return mapping_at(m, i_subflow, direction, mapping_place(m, i_subflow, direction, seq));
}

int mapping_touches(const struct model *m, uint32_t i_subflow, unsigned direction, uint32_t seq,
                    uint32_t n)
{
    const uint64_t place = mapping_place(m, i_subflow, direction, seq);

    return spans_find(&m->spans, m->subflows[i_subflow].half[direction].mapped, place, place + n) !=
           NULL;
}

/* Numbers go on from the newest mapping, or from one far away that another one follows: what is far
 * from all others does not count. */
static void go_on(struct half *half, uint64_t place, uint32_t low)
{
    const int64_t ahead = (int64_t)(place - half->place);

    if (ahead >= -NEAR && ahead < NEAR) {
        if (ahead > 0)
            half->place = place;
        return;
    }
    if (half->has_far && low - half->far < (uint32_t)NEAR)
        half->place = place;
    half->far = low;
    half->has_far = 1;
}

/* Its bytes that no mapping had. */
static int put_new(struct model *m, struct half *half, uint64_t place, uint64_t end, uint32_t i_map)
{
    uint64_t parts = 0;

    while (place < end && (parts++ < PARTS || m->map_steps < m->map_steps_allowed)) {
        const struct span *known = spans_find(&m->spans, half->mapped, place, end);
        const uint64_t until = known ? known->start : end, next = known ? known->end : end;

        m->map_steps++;
        if (until > place && !spans_put(&m->spans, &half->mapped, place, until, i_map, half->side))
            return 0;
        place = next;
    }
    return 1;
}

int mapping_add(struct model *m, uint32_t i_subflow, unsigned direction,
                const struct mapping *mapping)
{
    struct half *half = &m->subflows[i_subflow].half[direction];
    uint64_t dsn = mapping->dsn, end = dsn + mapping->length, place;
    const struct mapping *same;

    place = mapping_place(m, i_subflow, direction, mapping->low);
    if (!half->has_dsn)
        half->place = place;
    same = mapping_at(m, i_subflow, direction, place);
    if (!half->has_dsn || (int64_t)(dsn - half->dsn_min) < 0)
        half->dsn_min = dsn;
    if (!half->has_dsn || (int64_t)(end - half->dsn_end) > 0)
        half->dsn_end = end;
    half->has_dsn = 1;
    go_on(half, place, mapping->low);
    if (same && same->low == mapping->low && same->length >= mapping->length && same->dsn == dsn) {
        if (same->length == mapping->length)
            m->maps[same - m->maps].last_row = mapping->row;
        return 1;
    }
    if (m->n_maps >= NONE32 - 2 ||
        !room_for((void **)&m->maps, m->n_maps, &m->cap_maps, sizeof(*m->maps)))
        return 0;
    m->maps[m->n_maps] = *mapping;
    if (!m->map_steps_allowed)
        m->map_steps_allowed = PARTS_FREE;
    m->map_steps_allowed += PARTS;
    return put_new(m, half, place, place + mapping->length, (uint32_t)m->n_maps++);
}
